"""The part `predict` of `make bench`: how fast the daemon answers predictions. wrk keeps 32
connections busy; the programs are asked in turn, several rounds, and ratios are medians of those of
the rounds."""

import http.client
import json
import os
import pathlib
import random
import socket
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
FEATURES, HIDDEN, MANY = 13, 50, 10000
PEERS = {"daemon": "backpropd", "bare": "bare libmicrohttpd", "flask": "Flask, gunicorn"}


class Server:
    """A process that answers at a port, until close()."""

    def __init__(self, command, port=None, **more):
        self.child = subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                                      text=True, **more)
        self.port = port

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {"Content-Type": "application/json"})
        reply = connection.getresponse()
        text = reply.read()
        connection.close()
        if reply.status >= 300:
            sys.exit(f"bench: {path}: {reply.status} {text[:300]}")
        return text

    def close(self):
        self.child.stdin.close()
        self.child.terminate()
        self.child.wait()


def start_daemon(build, folder, *more):
    """Its log, a line for each request, goes into a file: to write it is part of its work."""
    log = folder / "log"
    with open(log, "w", encoding="utf-8") as sink:
        daemon = Server([build / "backpropd", "--listen=127.0.0.1:0", f"--data-dir={folder}/store"],
                        stderr=sink)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and daemon.child.poll() is None:
        lines = log.read_text(encoding="utf-8").split("\n")[:-1]
        for line in lines:
            if json.loads(line).get("event") == "listening":
                daemon.port = int(json.loads(line)["address"].rpartition(":")[2])
                return daemon
        time.sleep(0.05)
    sys.exit("bench: the daemon did not start")


def start_bare(build, answer):
    bare = Server([build / "bench/bare", answer, "application/json"], stdout=subprocess.PIPE)
    bare.port = int(bare.child.stdout.readline())
    return bare


def start_flask(python):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flask = Server([python, "-B", "-m", "gunicorn", "--workers", os.cpu_count(), "--worker-class",
                    "gthread", "--threads", "4", "--bind", f"127.0.0.1:{port}", "--log-level",
                    "error", "--keep-alive", "10", "peer_flask:app"], port, cwd=HERE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return flask
        except OSError:
            time.sleep(0.1)
    sys.exit("bench: gunicorn did not start")


def rows(count):
    draw = random.Random(5)
    return [[round(draw.uniform(-2, 2), 4) for _ in range(FEATURES)] for _ in range(count)]


def train(daemon):
    x = rows(506)
    job = {"model": "bench", "dataset": {"x": x, "y": [row[0] * row[1] for row in x]},
           "hyperparameters": {"hidden": [HIDDEN], "epochs": 50}}
    daemon.ask("POST", "/v1/jobs?wait=60", json.dumps(job))


def processor_seconds(pid):
    """Of a process and its children."""
    total = 0
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        if pid in (int(stat.parent.name), int(fields[1])):
            total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def wrk(server, path, body, seconds):
    """Requests a second, p50 and p99 in microseconds, the processor's microseconds a request."""
    before = processor_seconds(server.child.pid)
    done = subprocess.run(["wrk", "-t1", "-c32", f"-d{seconds}s", "-s", HERE / "predict.lua",
                           f"http://127.0.0.1:{server.port}{path}"], text=True, check=True,
                          stdout=subprocess.PIPE, env={**os.environ, "PREDICT_BODY": str(body)})
    line = next(l for l in done.stdout.splitlines() if l.startswith("RESULT"))
    rate, p50, p99, refused, failed = map(float, line.split()[1:])
    if refused or failed:
        sys.exit(f"bench: {path}: {refused:.0f} refused, {failed:.0f} failed")
    if rate == 0:
        sys.exit(f"bench: {path}: no answer in {seconds} seconds")
    return rate, p50, p99, 1e6 * (processor_seconds(server.child.pid) - before) / rate / seconds


def median_of(rounds, what):
    return statistics.median(one[what] for one in rounds)


def ratio_of(a, b, what):
    return statistics.median(x[what] / y[what] for x, y in zip(a, b))


def one_row(daemon, folder, options):
    body, answer = folder / "one.json", folder / "one.answer"
    body.write_text(json.dumps({"instances": rows(1)}), encoding="utf-8")
    path = "/v1/models/bench:predict"
    answer.write_bytes(daemon.ask("POST", path, body.read_bytes()))
    servers = {"daemon": (daemon, path), "bare": (start_bare(options.build, answer), path),
               "flask": (start_flask(sys.executable), "/predict")}
    taken = {name: [] for name in servers}
    for turn in range(options.rounds + 1):
        for name, (server, where) in servers.items():
            result = wrk(server, where, body, 2)
            taken[name] += [result] if turn else []  # the first one was to warm up
    for name in ("bare", "flask"):
        servers[name][0].close()
    print(f"One row, {FEATURES}-{HIDDEN}-1, keep-alive, `wrk -t1 -c32`:\n")
    print("| | requests/s | p50 us | p99 us | processor's us a request | requests : bare "
          "| p99 : bare | processor's time : bare |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, rounds in taken.items():
        print(f"| {PEERS[name]} | {median_of(rounds, 0):,.0f} | {median_of(rounds, 1):,.0f} "
              f"| {median_of(rounds, 2):,.0f} | {median_of(rounds, 3):.1f} "
              f"| {ratio_of(rounds, taken['bare'], 0):.2f} "
              f"| {ratio_of(rounds, taken['bare'], 2):.2f} "
              f"| {ratio_of(rounds, taken['bare'], 3):.2f} |")


def many_rows(daemon, folder, options):
    request, answer = folder / "many.json", folder / "many.answer"
    request.write_text(json.dumps({"instances": rows(MANY)}), encoding="utf-8")
    path = "/v1/models/bench:predict"
    answer.write_bytes(daemon.ask("POST", path, request.read_bytes()))
    body = request.read_bytes()
    ours, floors = [], []
    for _ in range(options.rounds):
        took = []
        for _ in range(9):
            began = time.perf_counter()
            daemon.ask("POST", path, body)
            took.append(time.perf_counter() - began)
        ours.append(statistics.median(took))
        done = subprocess.run([options.build / "bench/jansson", request, answer, str(FEATURES),
                               str(HIDDEN), "9"], text=True, check=True, stdout=subprocess.PIPE)
        floors.append([float(word) for word in done.stdout.split()])
    parse, dump, arithmetic = (1e3 * median_of(floors, i) for i in range(3))
    share = statistics.median(a / sum(b) for a, b in zip(ours, floors))
    print(f"\n{MANY:,} rows in one request ({len(body) / 1e6:.1f} MB), from a new connection to "
          f"the last byte of the answer: {1e3 * statistics.median(ours):.1f} ms. jansson's parsing "
          f"of the request {parse:.1f} ms and dumping of the answer {dump:.1f} ms, the arithmetic "
          f"{arithmetic:.1f} ms: the daemon takes {share:.2f} of their sum.")


def while_training(daemon, folder, options):
    x = rows(2000)
    job = {"dataset": {"x": x, "y": [row[0] for row in x]},
           "hyperparameters": {"hidden": [64, 64], "epochs": 1000000, "tolerance": 0,
                               "learning_rate": 1e-4}}
    idle, busy = [], []
    for _ in range(options.rounds):
        idle.append(wrk(daemon, "/v1/models/bench:predict", folder / "one.json", 2))
        jobs = [json.loads(daemon.ask("POST", "/v1/jobs", json.dumps(job)))["id"]
                for _ in range(os.cpu_count())]
        while any(json.loads(daemon.ask("GET", f"/v1/jobs/{one}"))["state"] == "queued"
                  for one in jobs):
            time.sleep(0.05)
        busy.append(wrk(daemon, "/v1/models/bench:predict", folder / "one.json", 2))
        for one in jobs:
            daemon.ask("POST", f"/v1/jobs/{one}/cancel?discard=true", "")
    print(f"\nWhile all {os.cpu_count()} workers train: {median_of(busy, 0):,.0f} requests/s "
          f"({ratio_of(busy, idle, 0):.2f} of those of an idle daemon), p50 "
          f"{median_of(busy, 1):,.0f} us ({ratio_of(busy, idle, 1):.2f}), "
          f"p99 {median_of(busy, 2):,.0f} us "
          f"({ratio_of(busy, idle, 2):.2f}).")


def predict(folder, options):
    daemon = start_daemon(options.build, folder)
    train(daemon)
    one_row(daemon, folder, options)
    many_rows(daemon, folder, options)
    while_training(daemon, folder, options)
    daemon.close()
