#!/bin/sh
# Installs what is missing of the Debian packages of the named sets, and says which.
# Says and does nothing where all are there. usage: install-packages.sh SET...
set -eu

packages() {
    case $1 in
    build)
        echo gcc libc6-dev libmicrohttpd-dev libjansson-dev libsqlite3-dev libgnutls28-dev \
            zlib1g-dev libprotobuf-c-dev protobuf-c-compiler libonnx-dev libjs-dygraphs \
            python3-yaml
        ;;
    demo) echo curl ;;
    docker) echo curl openssl ;;
    test) echo libcriterion-dev libmpfr-dev python3 python3-jsonschema openssl ;;
    clang) echo clang libclang-rt-14-dev ;;
    clients) echo python3-venv ;;
    ui) echo chromium chromium-driver python3-selenium python3-venv ;;
    metrics) echo prometheus python3-jsonschema ;;
    bits) echo gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user ;;
    bench) echo python3-sklearn python3-torch libopenblas0-pthread libfann-dev wrk \
        python3-flask gunicorn python3-pandas jq ;;
    *)
        echo "install-packages.sh: no set '$1' (build, demo, docker, test, ui, clang," \
            "clients, metrics, bits, bench)" >&2
        exit 2
        ;;
    esac
}

wanted=
for set in "$@"; do
    list=$(packages "$set")
    wanted="$wanted $list"
done

if ! command -v dpkg-query > /dev/null; then
    echo "This is not Debian: install the like of$wanted by hand if something is missing." >&2
    exit 0
fi

missing=
for package in $wanted; do
    case $(dpkg-query -W -f '${Status}' "$package" 2> /dev/null || true) in
    'install ok installed') ;;
    *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

echo "Installing what is missing:$missing"
if ! command -v apt-get > /dev/null; then
    echo "There is no apt-get here: install these by hand." >&2
    exit 1
fi
sudo=
if [ "$(id -u)" != 0 ]; then
    if ! command -v sudo > /dev/null; then
        echo "This needs root and there is no sudo. As root: apt-get install$missing" >&2
        exit 1
    fi
    sudo=sudo
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086 # the list is meant to split
if ! { $sudo apt-get -q update &&
    $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $missing
} > "$log" 2>&1; then
    cat "$log" >&2
    echo "apt-get could not install:$missing" >&2
    exit 1
fi
