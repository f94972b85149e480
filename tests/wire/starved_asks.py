"""Requests of every kind, for a daemon that is short of memory: what each asks, and what of the
reply is the same each time that memory is there."""

import gzip
import itertools
import json
import struct

from samples import ENDLESS, as_csv, rows
from starved import BURST, Ask, exactly

JSON = {"Content-Type": "application/json"}
CSV = {"Content-Type": "text/csv"}
NDJSON = {"Content-Type": "application/x-ndjson"}
ONNX = {"Content-Type": "application/octet-stream"}
GZIP = {"Content-Encoding": "gzip"}

X, Y = rows(40, 3, seed=5)
TABLE = as_csv(["a", "b", "c", "d"], [[*x, y] for x, y in zip(X, Y)]).encode()
LINES = "".join(json.dumps({"x": x, "y": y}) + "\n" for x, y in zip(X, Y)).encode()
TINY = {"hidden": [3], "epochs": 5, "validation_split": 0.4}


def packed(document):
    return json.dumps(document).encode()


def members(*names):
    """Those of the reply's document, and its status."""
    return lambda reply: (reply.status, *(reply.json.get(name) for name in names))


def status(reply):
    return reply.status, reply.type


DATASET = members("name", "rows", "features", "targets", "digest", "bytes")
JOB = members("parameters", "hyperparameters", "runs")
ENDED = members("state", "stopped_because", "metrics", "parameters")


class World:
    """What there is on a daemon to ask for, each kind of request by the method of its name."""

    def __init__(self, daemon):
        self.daemon = daemon
        self.count = itertools.count()
        self.last = self.runs = ""
        self.dataset = daemon.add_dataset(X, Y, name="forty")["id"]
        self.job = daemon.train(self.dataset, {**TINY, "cross_validation": 2, "ensemble": 2},
                                model="one")["id"]
        daemon.train(self.dataset, TINY, model="one")
        self.digest = daemon.expect(200, daemon.get("/v1/models/one"))["digest"]
        self.files = {form: daemon.get(f"/v1/models/one/export?format={form}").body
                      for form in ("json", "onnx")}

    def sweep(self, kind, step=1, counts=(1, BURST)):
        """Tries each request of a kind: one failure at a time and several in a row, at every
        `step`-th allocation. What was wrong, as sentences."""
        wrong = []
        for i, ask in enumerate(getattr(self, kind)()):
            for count in counts:
                every = step * ask.every
                tried, found = self.daemon.sweep(ask, count, (i + count) % min(every, 20), every)
                wrong += found + [f"{ask.name}: nothing failed"] * (tried < 1)
        self.cancel()
        wrong += self.daemon.halves()
        ready = self.daemon.get("/readyz")
        return wrong + [f"not ready: {ready}"] * (ready.status != 200)

    def sweep_key(self, step=1):
        """An upload with a key, where allocations fail, and then again: one dataset is made. What
        was wrong, as sentences."""
        wrong, failed, at = [], True, 0
        while failed:
            ask = Ask("with a key", "POST", "/v1/datasets", LINES,
                      {**NDJSON, "Idempotency-Key": f"key {at}"}, DATASET)
            before = self.daemon.rows("datasets")
            first, failed = self.daemon.ask(ask, at, 1)
            again, _ = self.daemon.ask(ask)
            made = self.daemon.rows("datasets") - before
            if again is None or again.status != 201 or made != 1:
                wrong.append(f"allocation {at}: {first}, then {again}, and {made} made")
            at += step
        return wrong

    def reading(self):
        """What changes nothing."""
        yield from self.reading_system()
        yield from self.reading_datasets_and_jobs()
        yield from self.reading_models()

    def gets(self, path, *accepted, same=exactly, **headers):
        for accept in accepted or [""]:
            shown = {"Accept": accept} if accept else {}
            shown.update({name.replace("_", "-"): text for name, text in headers.items()})
            yield Ask(f"GET {path} {accept or headers or ''}", "GET", path, None, shown, same)

    def reading_system(self):
        for path in ("/", "/problems", "/problems/invalid", "/livez", "/version", "/openapi.json",
                     "/v1/hyperparameters", "/readyz", "/v2", "/v2/health/live",
                     "/v2/health/ready", "/v1/tokens?limit=1"):
            yield from self.gets(path)
        yield from self.gets("/", "text/html")
        yield from self.gets("/readyz?verbose", same=status)
        yield from self.gets("/metrics", same=status)
        yield from self.gets("/openapi.json", accept_encoding="gzip")
        tag = self.daemon.get("/openapi.json").headers["ETag"]
        yield Ask("not modified", "GET", "/openapi.json", None, {"If-None-Match": tag},
                  also=lambda reply: reply.status == 200)
        yield Ask("HEAD", "HEAD", "/v1/hyperparameters")
        yield Ask("OPTIONS", "OPTIONS", "/v1/hyperparameters")

    def reading_datasets_and_jobs(self):
        dataset, job = f"/v1/datasets/{self.dataset}", f"/v1/jobs/{self.job}"
        for path in ("/v1/datasets?limit=1", dataset, "/v1/jobs?limit=1",
                     "/v1/jobs?state=succeeded&model=one", job, f"{job}?wait=1", f"{job}/runs",
                     f"{job}/loss?points=4&run=1"):
            yield from self.gets(path)
        yield from self.gets(f"{dataset}/rows?offset=1&limit=9", "application/json", "text/csv")
        yield from self.gets(f"{job}/loss", "application/json", "text/csv", "image/svg+xml",
                             "text/plain")
        yield from self.gets(f"{job}/events", "text/event-stream", "application/x-ndjson")
        yield from self.gets(f"{job}/events", last_event_id="2-1-3")

    def reading_models(self):
        for path in ("/v1/models?limit=1", "/v2/models?limit=1"):
            yield from self.gets(path)
        for path in ("/v1/models/one", "/v1/models/one/versions/1"):
            yield from self.gets(path)
            yield from self.gets(f"{path}/weights")
            yield from self.gets(f"{path}/weights", accept_encoding="gzip")
            for form in ("json", "onnx", "c", "csv"):
                yield from self.gets(f"{path}/export?format={form}")
            for body in ({"instances": X[:4]}, {"instances": [[1, 2, 99]], "std": True},
                         {"instances": [dict(zip(("x1", "x2", "x3"), X[0]))]},
                         {"instances": X[:2], "interval": 0.9}):
                yield Ask(f"predict {list(body)} {path}", "POST", f"{path}:predict", packed(body))
        for path in ("/v2/models/one", "/v2/models/one/versions/1"):
            yield from self.gets(path)
            yield from self.gets(f"{path}/ready")
            yield from self.inferring(path)

    def inferring(self, path):
        tensor = {"name": "x", "datatype": "FP64", "shape": [2, 3]}
        flat = [value for row in X[:2] for value in row]
        body = packed({"id": "7", "inputs": [{**tensor, "data": flat}]})
        yield Ask(f"infer {path}", "POST", f"{path}/infer", body)
        head = packed({"inputs": [{**tensor, "parameters": {"binary_data_size": 48}}],
                       "parameters": {"binary_data_output": True}})
        raw = {**ONNX, "Inference-Header-Content-Length": str(len(head))}
        yield Ask(f"infer raw {path}", "POST", f"{path}/infer", head + struct.pack("<6d", *flat),
                  raw)

    def writing(self):
        """What makes or forgets something, but for a job that trains."""
        yield from self.uploading()
        yield from self.making()
        yield from self.forgetting()
        yield from self.administering()

    def uploading(self):
        document = {"name": "n", "x": X, "y": Y, "features": ["a", "b", "c"], "targets": ["d"]}
        whole = packed(document)
        for name, query, body, headers in (("JSON", "", whole, JSON),
                                           ("CSV", "?target=d&name=n", TABLE, CSV),
                                           ("NDJSON", "", LINES, NDJSON),
                                           ("gzip", "", gzip.compress(whole), {**JSON, **GZIP})):
            yield Ask(f"upload {name}", "POST", f"/v1/datasets{query}", body, headers, DATASET,
                      makes="datasets")

    def making(self):
        of_rows = packed({"dataset": {"x": X, "y": Y}, "hyperparameters": TINY})
        yield Ask("dry run", "POST", "/v1/jobs?dry_run=true", of_rows, JSON,
                  members("parameters", "hyperparameters", "memory_bytes", "warnings"))
        for form, headers in (("json", JSON), ("onnx", ONNX)):
            yield Ask(f"import {form}", "POST", "/v1/models/copy:import", self.files[form], headers,
                      members("digest", "name"), makes="models")

    def forgetting(self):
        """And a prediction by a model that is not in memory."""
        yield Ask("delete dataset", "DELETE", "/v1/datasets/{}", prepare=new_dataset, same=status)
        yield Ask("delete job", "DELETE", "/v1/jobs/{}", prepare=new_job, same=status)
        for name, method, path, body in (
                ("delete model", "DELETE", "/v1/models/{}", None),
                ("delete version", "DELETE", "/v1/models/{}/versions/1", None),
                ("predict cold", "POST", "/v1/models/{}/versions/1:predict",
                 packed({"instances": X[:4]}))):
            yield Ask(name, method, path, body, prepare=self.new_model,
                      same=status if body is None else members("predictions", "extrapolated"))

    def new_model(self, daemon):
        """The first version of a name of its own, in the place of the last."""
        daemon.delete(f"/v1/models/{self.last}")
        self.last = f"model{next(self.count)}"
        daemon.expect(201, daemon.post(f"/v1/models/{self.last}:import", self.files["json"]))
        return self.last

    def administering(self):
        """With one token at a time, as their number is bounded."""
        body = packed({"scope": "predict", "name": "shop"})
        yield Ask("make token", "POST", "/v1/tokens", body, JSON, members("scope", "name"),
                  prepare=revoke_last, makes="tokens")
        yield Ask("revoke token", "DELETE", "/v1/tokens/{}", prepare=new_token, same=status)
        yield Ask("backup", "POST", "/v1/backup", same=whole_store, every=10)

    def training(self):
        """Workers try again after a second what failed for lack of memory, so that takes its time,
        and a model more is in the caches each time."""
        post = "/v1/jobs?wait=60"
        job = {"dataset": self.dataset, "hyperparameters": TINY, "labels": {"a": "b"}}
        several = {**TINY, "cross_validation": 2, "ensemble": 2, "optimizer": "lbfgs"}
        for name, body in (("train", job),
                           ("train rows", {**job, "dataset": {"x": X, "y": Y}}),
                           ("train from a model", {**job, "from_model": "one/1"}),
                           ("train several", {**job, "hyperparameters": several})):
            yield Ask(name, "POST", post, packed(body), JSON, ENDED, lacked_memory, tight=False)
        yield Ask("train CSV", "POST", f"{post}&target=d&hidden=3&epochs=5&validation_split=0.4",
                  TABLE, CSV, ENDED, lacked_memory, tight=False)
        yield Ask("cancel", "POST", "/v1/jobs/{}/cancel?discard=true", prepare=self.endless_job,
                  same=members("state", "stopped_because"), also=failed_before, tight=False)

    def endless_job(self, daemon):
        """In the place of the last."""
        self.cancel()
        job = daemon.start_job({"x": X, "y": Y}, {**ENDLESS, "checkpoint_seconds": 1000})
        self.runs = daemon.wait_for_epoch(job)["id"]
        return self.runs

    def cancel(self):
        if self.runs:
            self.daemon.post(f"/v1/jobs/{self.runs}/cancel?discard=true")


def lacked_memory(reply):
    """The job failed, and says so."""
    return (reply.status in (200, 202) and reply.json["state"] == "failed"
            and reply.json["error"]["type"] == "/problems/out-of-memory")


def failed_before(reply):
    """The job did, if only between the two requests."""
    return lacked_memory(reply) or (reply.status == 409
                                    and "has ended already: it failed" in reply.json["detail"])


def new_dataset(daemon):
    return daemon.add_dataset(X[:3], Y[:3])["id"]


def new_job(daemon):
    return daemon.train({"x": X[:3], "y": Y[:3]}, TINY)["id"]


def revoke_last(daemon):
    for token in daemon.get("/v1/tokens?limit=1").json["data"]:
        daemon.delete(f"/v1/tokens/{token['id']}")
    return ""


def new_token(daemon):
    revoke_last(daemon)
    return daemon.expect(201, daemon.post("/v1/tokens", {"scope": "predict"}))["id"]


def whole_store(reply):
    """Whether the file is one, and of the size that it says in its own head."""
    size, = struct.unpack(">H", reply.body[16:18])
    pages, = struct.unpack(">L", reply.body[28:32])
    return status(reply), reply.body[:15], size * pages == len(reply.body)
