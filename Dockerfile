FROM debian:bookworm-slim AS build
WORKDIR /src
COPY deploy/install-packages.sh deploy/
RUN apt-get update && apt-get install -y --no-install-recommends make \
    && deploy/install-packages.sh build
COPY . .
RUN make -s -j"$(nproc)" CFLAGS=-O2

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libmicrohttpd12 libjansson4 libsqlite3-0 libgnutls30 libprotobuf-c1 zlib1g \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/log/* \
    && mkdir /data && chown 65532:65532 /data
COPY --from=build /src/build/backpropd /usr/bin/backpropd
COPY --from=build /src/build/lib/backpropd /usr/lib/backpropd
USER 65532:65532
ENV BACKPROPD_LISTEN=0.0.0.0:8080 BACKPROPD_DATA_DIR=/data
VOLUME /data
# SQLite puts what is too large for its memory here, as nothing else can be written.
WORKDIR /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s CMD ["backpropd", "healthcheck"]
ENTRYPOINT ["backpropd"]
