#!/bin/sh
# The image as one uses it: built, started on a free port with a named volume, trained, restarted,
# asked again. Needs a Docker engine; ends with "N passed, N failed".
set -eu
cd "$(dirname "$0")/../.."

if ! command -v docker > /dev/null || ! docker info > /dev/null 2>&1; then
    echo "This needs a Docker engine, and there is none that answers here (docker info)." >&2
    exit 1
fi

image=backpropd-test
name=backpropd-test-$$
trusted=
temporary=$(mktemp -d)
passed=0 failed=0
clean() {
    docker rm -f "$name" > /dev/null 2>&1 || true
    docker volume rm -f "$name" > /dev/null 2>&1 || true
    docker image rm -f "$image" > /dev/null 2>&1 || true
    rm -rf "$temporary"
}
trap clean EXIT
trap 'exit 130' INT TERM

# check SENTENCE COMMAND...: the command says whether the sentence holds.
check() {
    sentence=$1
    shift
    if "$@" > "$temporary/said" 2>&1; then
        passed=$((passed + 1))
        echo "ok      $sentence"
    else
        failed=$((failed + 1))
        echo "FAILED  $sentence"
        sed 's/^/        /' "$temporary/said"
    fi
}

# until_true SECONDS COMMAND...: asks again until it holds.
until_true() {
    deadline=$(($(date +%s) + $1))
    shift
    until "$@"; do
        [ "$(date +%s)" -lt $deadline ] || return 1
        sleep 0.2
    done
}

inspect() { docker inspect -f "$1" "$2"; }
is() { [ "$1" = "$2" ] || { echo "got '$1', expected '$2'"; return 1; }; }
healthy() { [ "$(inspect '{{.State.Health.Status}}' "$name")" = healthy ]; }
# curl with the token that the container showed at its first start.
ask() {
    token=$(docker logs "$name" 2> /dev/null | grep -o 'bp_[0-9a-f]\{64\}' | head -1)
    curl -sS --fail-with-body -H "Authorization: Bearer $token" "$@"
}
answers() { curl -sSf ${trusted:+--cacert "$trusted"} -o /dev/null "$url/readyz" 2> /dev/null; }
rereads() {
    docker kill -s HUP "$name"
    until_true 10 logged tls-reloaded
}
logged() { docker logs "$name" 2>&1 | grep -q "\"event\":\"$1\""; }
find_url() { url=http://$(docker port "$name" 8080/tcp | head -1); }
trains() {
    ask -H 'Content-Type: text/csv' \
        --data-binary @tests/data/energy/data.csv \
        "$url/v1/jobs?target=heating_load&model=energy&epochs=50&wait=60" > "$temporary/job"
    grep -q '"state": *"succeeded"' "$temporary/job" || { cat "$temporary/job"; return 1; }
}
predict() {
    ask -H 'Content-Type: application/json' -o "$temporary/$1" \
        -d '{"instances": [[0.98, 514.5, 294, 110.25, 7, 2, 0, 0]]}' \
        "$url/v1/models/energy:predict"
    grep -q '"predictions"' "$temporary/$1"
}
status() { curl -sS -o /dev/null -w '%{http_code}' "$@"; }
asks_for_a_token() { is "$(status "$url/v1/models")" 401; }
makes_a_token() {
    made=$(docker exec "$name" backpropd token create predict)
    is "$(status -H "Authorization: Bearer $made" "$url/v1/models")" 200
    is "$(status -H "Authorization: Bearer $made" "$url/v1/jobs")" 403
}
says() { docker exec "$name" grep -q "^$1:[[:space:]]*$2\$" /proc/1/status; }
has_no_capability() { says CapEff 0000000000000000 && says CapBnd 0000000000000000; }
gains_nothing() { says NoNewPrivs 1; }
size_of() { docker image inspect -f '{{.Size}}' "$1"; }
is_small() { [ $(($(size_of "$image") - $(size_of debian:bookworm-slim))) -lt 20000000 ]; }
shows_it_once() { is "$(docker logs "$name" 2> /dev/null | grep -c 'shown only once')" 1; }
same() { cmp "$temporary/before" "$temporary/after"; }
stops() { docker stop -t 9 "$name" && is "$(inspect '{{.State.ExitCode}}' "$name")" 0; }
runs_as_nobody() {
    is "$(docker top "$name" -eo uid,pid,args | awk 'NR == 2 { print $1 }')" 65532
}

docker build -q -t "$image" . > "$temporary/build"
start_container() {
    docker run -d --name "$name" -p 127.0.0.1:0:8080 --read-only --cap-drop=ALL \
        --security-opt=no-new-privileges "$@" "$image" > /dev/null
    find_url
}
start_container -v "$name:/data"

check "it answers on the port that was published" until_true 20 answers
check "its process is 65532, not root" runs_as_nobody
check "its process has no capability" has_no_capability
check "it may gain no privilege" gains_nothing
check "the image is its base and a little" is_small
check "the data are in a volume" is "$(inspect '{{(index .Mounts 0).Destination}}' "$name")" /data
check "it asks for a token" asks_for_a_token
check "it makes another token by hand" makes_a_token
check "it trains from a file" trains
check "it predicts" predict before
check "it calls itself healthy" until_true 40 healthy
check "it stops cleanly as process 1" stops
docker start "$name" > /dev/null
find_url
check "it answers again after a restart" until_true 20 answers
check "it predicts again" predict after
check "the predictions are the same bytes" same
check "the token was shown once, at the first start" shows_it_once
docker rm -f "$name" > /dev/null

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=IP:127.0.0.1 -keyout "$temporary/key.pem" -out "$temporary/cert.pem" \
    2> /dev/null
chmod 755 "$temporary"
chmod 644 "$temporary/key.pem" # whoever 65532 is on this machine
trusted=$temporary/cert.pem
start_container -v "$temporary:/tls:ro" -e BACKPROPD_TLS_CERT=/tls/cert.pem \
    -e BACKPROPD_TLS_KEY=/tls/key.pem
url=https${url#http}
check "it answers over TLS" until_true 20 answers
check "it calls itself healthy over TLS" until_true 40 healthy
check "a signal reads the certificate again" rereads

if docker compose version > /dev/null 2>&1; then
    check "the compose file is sound" docker compose -f deploy/compose.yaml config -q
fi

[ $failed = 0 ] || docker logs "$name" 2>&1 | tail -50
echo "$passed passed, $failed failed"
[ $failed = 0 ]
