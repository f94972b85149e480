#!/bin/sh
# From a file of data to predictions, with curl: trains on the energy data of tests/data, and shows
# each command before it runs it. usage: demo.sh [PROGRAM]
set -eu
cd "$(dirname "$0")/.."
program=${1:-build/backpropd}
data=tests/data/energy

temporary=$(mktemp -d)
daemon=
clean() {
    status=$?
    trap - EXIT INT TERM
    if [ -n "$daemon" ]; then
        kill "$daemon" 2> /dev/null || true
        wait "$daemon" 2> /dev/null || true
    fi
    if [ "$status" != 0 ] && [ -s "$temporary/log" ]; then
        echo "The log of the daemon:" >&2
        cat "$temporary/log" >&2
    fi
    rm -rf "$temporary"
    exit "$status"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n# %s\n' "$*"; }

# Prints a command as one would type it, and runs it.
run() {
    printf '$'
    for word in "$@"; do
        case $word in
        *[!A-Za-z0-9_./:=,@+-]*) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
    printf '\n'
    "$@"
}

# The value of a member that is a number or a string, from JSON on standard input.
member() {
    tr ',{}' '[\n*]' | sed -n "s/^ *\"$1\": *\"\{0,1\}\([^\"]*\)\"\{0,1\} *\$/\1/p" | head -1
}

# Line 1 of test_rows.txt holds the row numbers, from 0, that are held out.
awk -F, -v train="$temporary/train.csv" -v held="$temporary/held_out.csv" '
    NR == 1   { n = split($0, row, " "); for (i = 1; i <= n; i++) out[row[i]] }
    NR == FNR { next }
    FNR == 1  { print > train; next }
              { if ((FNR - 2) in out) print > held; else print > train }
' $data/test_rows.txt $data/data.csv

say "The daemon, on a free port, with a store in a temporary folder"
echo "$ $program --listen=127.0.0.1:0 --data-dir=$temporary/store &"
"$program" --listen=127.0.0.1:0 --data-dir="$temporary/store" 2> "$temporary/log" &
daemon=$!
url=
tries=0
while [ -z "$url" ]; do
    tries=$((tries + 1))
    if [ $tries -gt 100 ] || ! kill -0 "$daemon" 2> /dev/null; then
        echo "The daemon did not start." >&2
        exit 1
    fi
    sleep 0.1
    url=$(grep '"event": *"listening"' "$temporary/log" | member address || true)
done
url=http://$url

train=$(($(wc -l < "$temporary/train.csv") - 1))
held=$(($(wc -l < "$temporary/held_out.csv")))
say "Train on $train buildings in one request: 8 properties each, and their heating load"
cd "$temporary"
query='target=heating_load&model=energy&hidden=50&optimizer=adam&learning_rate=0.005&batch_size=32'
run curl -sS --fail-with-body --data-binary @train.csv -H 'Content-Type: text/csv' -o job.json \
    "$url/v1/jobs?$query&epochs=1500&tolerance=0"
id=$(member id < job.json)
echo "$id is $(member state < job.json)"

say "Wait for its end"
run curl -sS --fail-with-body -o job.json "$url/v1/jobs/$id?wait=60"
echo "$id has $(member state < job.json): $(member stopped_because < job.json)"

say "The loss of every epoch is kept (1 is a guess at the mean, 0 is perfect); some of them"
run curl -sS --fail-with-body -H 'Accept: text/csv' -o loss.csv "$url/v1/jobs/$id/loss"
awk -F, 'BEGIN { split("0 1 2 5 10 20 50 100 200 500 1000 1500", list, " ")
                 for (i in list) show[list[i]] }
$1 in show {
    bar = ""
    for (n = 0; n < 40 + 5 * log($2); n++) bar = bar "#"
    printf "  epoch %5d  loss %.6f  %s\n", $1, $2, bar
}' loss.csv

say "Predict the $held buildings that it has never seen"
awk -F, 'BEGIN { printf "{\"instances\": [" }
    { printf "%s[%s", (NR > 1 ? ", " : ""), $1
      for (i = 2; i < NF; i++) printf ", %s", $i
      printf "]" }
    END { print "]}" }' held_out.csv > held_out.json
run curl -sS --fail-with-body --data @held_out.json -H 'Content-Type: application/json' \
    -o predictions.json "$url/v1/models/energy:predict"
sed 's/.*"predictions": *\[\([^]]*\)\].*/\1/' predictions.json | tr ',' '\n' > predictions.txt
awk -F, '
    NR == FNR { predicted[FNR] = $1 + 0; next }
    { e = predicted[FNR] - $NF; sum += e * e; n++
      if (FNR <= 6) printf "  predicted %6.2f   measured %6.2f kWh/m2\n", predicted[FNR], $NF }
    END { printf "\nTest RMSE on %d held-out rows: %.2f kWh/m2\n", n, sqrt(sum / n)
          print "(published means of 20 such splits: back-propagation 1.10, MC dropout 1.09)" }
' predictions.txt held_out.csv

say "Stop it"
echo "$ kill -TERM $daemon"
kill -TERM "$daemon"
wait "$daemon"
daemon=
