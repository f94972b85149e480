"""The part `scale` of `make bench`: a store with a thousand queued jobs, a thousand models and a
million losses beside one with next to nothing: memory, and how long the usual requests take."""

import http.client
import json
import pathlib
import random
import statistics
import time

from predict import start_daemon

JOBS, MODELS, EPOCHS = 1000, 1000, 1_000_000
HIDDEN, FEATURES = 50, 13
MIB = 1024.0


class Client:
    """One connection that stays open, but for event streams."""

    def __init__(self, port):
        self.port = port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)

    def ask(self, method, path, body=None, kind="application/json", accept="*/*"):
        self.connection.request(method, path, body, {"Content-Type": kind, "Accept": accept})
        reply = self.connection.getresponse()
        text = reply.read()
        if reply.status >= 300:
            raise SystemExit(f"bench: {method} {path}: {reply.status} {text[:300]}")
        return text

    def json(self, method, path, body=None):
        return json.loads(self.ask(method, path, json.dumps(body) if body is not None else None))

    def first_event(self, path):
        """From a new connection to the first bytes of the stream."""
        other = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        other.request("GET", path)
        other.getresponse().read1(1)
        other.close()


def resident(pid, what):
    """VmRSS or VmHWM, in MiB."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(what):
            return int(line.split()[1]) / MIB
    return 0.0


def processor_ms(pid):
    """Of all threads but those that train, which are the nice ones."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        nice = int((task / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[16])
        if nice == 0:
            total += int((task / "schedstat").read_text(encoding="utf-8").split()[0])
    return total / 1e6


def dataset(rows):
    draw = random.Random(3)
    x = [[round(draw.uniform(-2, 2), 4) for _ in range(FEATURES)] for _ in range(rows)]
    return {"x": x, "y": [row[0] for row in x]}


def make_models(client, count):
    """Copies of one under names of their own."""
    data = client.json("POST", "/v1/datasets", dataset(200))["id"]
    client.json("POST", "/v1/jobs?wait=60", {"model": "m0", "dataset": data,
                                             "hyperparameters": {"hidden": [HIDDEN], "epochs": 5}})
    file = client.ask("GET", "/v1/models/m0/export")
    for i in range(1, count):
        client.ask("POST", f"/v1/models/m{i}:import", file)
    return data


def make_history(client, epochs):
    """A job whose loss has so many rows."""
    x = [[i / 2] for i in range(4)]
    job = client.json("POST", "/v1/jobs?wait=3600", {
        "model": "long", "dataset": {"x": x, "y": [r[0] ** 2 for r in x]},
        "hyperparameters": {"hidden": [2], "epochs": epochs, "tolerance": 0, "patience": 10 ** 9,
                            "learning_rate": 1e-6}})
    if job["progress"]["epoch"] != epochs:
        raise SystemExit(f"bench: the job ended after epoch {job['progress']['epoch']}")
    return job["id"]


def make_queue(client, data, count):
    """So many jobs behind those that keep the workers busy; the last one."""
    endless = {"hidden": [64, 64], "epochs": 1_000_000, "tolerance": 0, "learning_rate": 1e-4}
    running = client.json("POST", "/v1/jobs", {"dataset": data, "hyperparameters": endless})["id"]
    while client.json("GET", f"/v1/jobs/{running}")["state"] == "queued":
        time.sleep(0.05)
    for _ in range(count):
        last = client.json("POST", "/v1/jobs", {"dataset": data})["id"]
    return last


def requests(client, models, job, long):
    """Each as its name, how often, and what is done."""
    draw = random.Random(9)
    body = json.dumps({"instances": [[0.5] * FEATURES]})

    def get(path, accept="*/*"):
        return lambda: client.ask("GET", path, accept=accept)

    def predict(name):
        return lambda: client.ask("POST", f"/v1/models/{name()}:predict", body)
    return [
        ("predict, one model", 1000, predict(lambda: "m0")),
        ("predict, any model", 1000, predict(lambda: f"m{draw.randrange(models)}")),
        ("list 100 jobs", 100, get("/v1/jobs")),
        ("list 1,000 jobs", 30, get("/v1/jobs?limit=1000")),
        ("list the queued", 100, get("/v1/jobs?state=queued")),
        ("the last job", 300, get(f"/v1/jobs/{job}")),
        ("list 100 models", 100, get("/v1/models")),
        ("loss, 500 points", 10, get(f"/v1/jobs/{long}/loss?points=500")),
        ("loss as a plot", 10, get(f"/v1/jobs/{long}/loss", "image/svg+xml")),
        ("loss, all, CSV", 3, get(f"/v1/jobs/{long}/loss", "text/csv")),
        ("events, the first", 100, lambda: client.first_event(f"/v1/jobs/{long}/events")),
        ("metrics", 100, get("/metrics")),
        ("readyz?verbose", 100, get("/readyz?verbose")),
    ]


def measure(client, pid, wanted):
    """Of each request: p50, p99 and the processor's time in milliseconds, and the memory after."""
    taken = {}
    for name, times, act in wanted:
        took = []
        act()
        before = processor_ms(pid)
        for _ in range(times):
            began = time.perf_counter()
            act()
            took.append(1e3 * (time.perf_counter() - began))
        took.sort()
        taken[name] = (statistics.median(took), took[int(0.99 * (len(took) - 1))],
                       (processor_ms(pid) - before) / times, resident(pid, "VmRSS"))
    return taken


def store_of(folder, options, jobs, models, epochs):
    daemon = start_daemon(options.build, folder, "--workers=1", "--access-log=off")
    client, pid = Client(daemon.port), daemon.child.pid
    began = resident(pid, "VmRSS")
    data = make_models(client, models)
    long = make_history(client, epochs)
    last = make_queue(client, data, jobs)
    filled = resident(pid, "VmRSS")
    taken = measure(client, pid, requests(client, models, last, long))
    peak = resident(pid, "VmHWM")
    client.connection.close()
    daemon.close()
    return taken, (began, filled, peak)


def scale(folder, options):
    small, large = folder / "small", folder / "large"
    small.mkdir(), large.mkdir()
    few, few_memory = store_of(small, options, 1, 1, 10)
    many, many_memory = store_of(large, options, JOBS, MODELS, EPOCHS)
    print(f"{JOBS:,} queued jobs, {MODELS:,} models {FEATURES}-{HIDDEN}-1 and {EPOCHS:,} losses, "
          "beside 1, 1 and 10; one worker trains meanwhile; milliseconds:\n")
    print("| | p50, little | p50 | p99 | processor's, little | processor's | MiB after it |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for name, (p50, p99, processor, memory) in many.items():
        print(f"| {name} | {few[name][0]:.2f} | {p50:.2f} | {p99:.2f} | {few[name][2]:.2f} "
              f"| {processor:.2f} | {memory:.0f} |")
    for name, memory in (("little", few_memory), ("much", many_memory)):
        print(f"\nMemory with {name} in the store: {memory[0]:.0f} MiB at the start, "
              f"{memory[1]:.0f} when it was filled, {memory[2]:.0f} at most.")
