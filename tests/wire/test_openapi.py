"""Every operation of schema/openapi.yaml, asked for every reply that is described: the harness
holds each against the description, and at the end nothing may be left that never came."""

import copy
import email.message
import http.client
import json
import socket
import struct
import threading
import unittest

from contract import Contract
from harness import BUILD, SLOWER, Daemon, Reply, WireTest, contract, wait_until
from samples import ENDLESS, rows

# Statuses that a healthy daemon does not give, and why they are not provoked here.
NOT_PROVOKED = {
    500: "a fault of the daemon, of which none is known",
    503: "the daemon stops, or has no memory or store: test_restart.py and test_stall.py",
    507: "the disk is full: test_full_disk.py",
}
# Replies that depend on who is faster.
NOT_CERTAIN = {("cancelJob", 202, "application/json"),
               ("createDataset", 409, "application/problem+json")}

TENSOR = {"inputs": [{"name": "x", "datatype": "FP64", "shape": [1, 3], "data": [1, 2, 3]}]}
RAW = {"inputs": [{"name": "x", "datatype": "FP64", "shape": [1, 3],
                   "parameters": {"binary_data_size": 24}}],
       "parameters": {"binary_data_output": True}}
CSV = "a,b,c\n1,2,3\n2,3,5\n4,1,6\n"


class Described(WireTest):
    options = ("--max-body=200000",)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(60, 3, seed=5)
        daemon = cls.daemon
        cls.dataset = daemon.add_dataset(x, y, name="sixty")["id"]
        cls.job = daemon.train(cls.dataset, {"epochs": 5}, model="one")["id"]
        daemon.train(cls.dataset, {"epochs": 5, "ensemble": 2, "cross_validation": 2},
                     model="one")

    def ok(self, status, reply):
        self.assertEqual(reply.status, status, str(reply))
        return reply

    def datasets(self):
        d = self.daemon
        body = {"x": [[1, 2], [3, 4]], "y": [[1], [2]], "name": "n", "features": ["a", "b"],
                "targets": ["c"]}
        made = self.ok(201, d.post("/v1/datasets", body))
        self.ok(201, d.post_csv("/v1/datasets?target=a&target=c&name=n", CSV))
        self.ok(200, d.get("/v1/datasets?limit=1"))
        path = made.headers["Location"]
        self.ok(200, d.get(path))
        self.ok(200, d.get(path + "/rows?offset=1&limit=1"))
        self.ok(200, d.get(path + "/rows", accept="text/csv"))
        self.ok(406, d.get(path + "/rows", accept="image/png"))
        self.ok(204, d.delete(path))
        for gone in (d.get(path), d.get(path + "/rows"), d.delete(path)):
            self.ok(404, gone)

    def jobs(self):
        d = self.daemon
        body = {"dataset": self.dataset, "hyperparameters": {"epochs": 3}, "labels": {"a": "b"}}
        self.ok(202, d.post("/v1/jobs", body))
        self.ok(200, d.post("/v1/jobs?wait=60", {**body, "from_model": "one/1"}))
        done = self.ok(200, d.post_csv("/v1/jobs?hidden=2,2&epochs=3&model=two&wait=60&target=b",
                                       CSV))
        path = done.headers["Location"]
        self.ok(200, d.get("/v1/jobs?limit=2&state=succeeded&model=one"))
        self.ok(200, d.get(path, prefer="wait=1"))
        self.ok(200, d.get(f"/v1/jobs/{self.job}/runs"))
        self.ok(200, d.get(f"/v1/jobs/{self.job}/split"))
        self.ok(200, d.get(f"/v1/jobs/{self.job}/loss?from=0&to=9&points=4&run=1"))
        self.ok(200, d.get(f"/v1/jobs/{self.job}/loss", accept="text/csv"))
        self.ok(200, d.get(f"/v1/jobs/{self.job}/loss", accept="image/svg+xml"))
        self.ok(200, d.get(f"/v1/jobs/{self.job}/loss", accept="text/plain"))
        self.ok(406, d.get(f"/v1/jobs/{self.job}/loss", accept="image/png"))
        events = f"/v1/jobs/{self.job}/events"
        self.ok(200, d.get(events))
        last = self.ok(200, d.get(events, accept="application/x-ndjson")).json[-1]["id"]
        self.ok(204, d.get(events, last_event_id=last))
        self.ok(204, d.get(f"{events}?last_event_id={last}"))
        self.ok(406, d.get(events, accept="image/png"))
        self.ok(409, d.post(path + "/cancel"))
        self.ok(204, d.delete(path))
        for tail in ("", "/events", "/loss", "/runs", "/split"):
            self.ok(404, d.get(path + tail))
        self.ok(404, d.delete(path))
        self.ok(404, d.post(path + "/cancel"))

    def once(self):
        d = self.daemon
        body = {"x": [[1], [2]], "y": [1, 2]}
        self.ok(200, d.post("/v1/jobs?dry_run=true", {"dataset": body}))
        for path, made in (("/v1/datasets", body), ("/v1/jobs", {"dataset": body})):
            first, second = (d.post(path, made, idempotency_key=f"of {path}") for _ in range(2))
            self.assertEqual((second.status, second.body), (first.status, first.body))

    def under_way(self):
        """A job that its client still waits for."""
        d = self.daemon
        body = {"dataset": endless_dataset_of(d), "hyperparameters": ENDLESS}
        thread = threading.Thread(target=d.post, args=("/v1/jobs?wait=60", body),
                                  kwargs={"idempotency_key": "waits"})
        thread.start()
        job = wait_until(lambda: [j for j in d.get("/v1/jobs?state=running").json["data"]
                                  if j["dataset"] == body["dataset"]], "the job")[0]
        self.ok(409, d.post("/v1/jobs?wait=60", body, idempotency_key="waits"))
        self.ok(200, d.post(f"/v1/jobs/{job['id']}/cancel?discard=true"))
        thread.join()

    def cancelled(self):
        d = self.daemon
        dataset = endless_dataset_of(d)
        job = d.start_job(dataset, ENDLESS)
        self.ok(409, d.delete(f"/v1/jobs/{job['id']}"))
        self.ok(409, d.delete(f"/v1/datasets/{dataset}"))
        self.ok(200, d.post(f"/v1/jobs/{job['id']}/cancel?discard=true"))

    def models(self):
        d = self.daemon
        self.ok(200, d.get("/v1/models?limit=1"))
        for path in ("/v1/models/one", "/v1/models/one/versions/2"):
            self.ok(200, d.get(path))
            self.ok(200, d.get(path + "/weights"))
            files = {name: self.ok(200, d.get(f"{path}/export?format={name}"))
                     for name in ("json", "onnx", "c", "csv")}
            tag = files["json"].headers["ETag"]
            self.ok(304, d.get(path + "/export?format=json", if_none_match=tag))
            self.ok(200, d.post(path + ":predict", {"instances": [[1, 2, 99]], "std": True}))
            self.ok(404, d.post(path.replace("one", "none") + ":predict", {"instances": [[1]]}))
            for tail in ("", "/weights", "/export"):
                self.ok(404, d.get(path.replace("one", "none") + tail))
        self.ok(201, d.post("/v1/models/copy:import", files["json"].body))
        self.ok(201, d.post("/v1/models/copy:import", files["onnx"].body,
                            content_type="application/octet-stream"))
        for path in ("/v1/models/copy/versions/1", "/v1/models/copy"):
            self.ok(204, d.delete(path))
            self.ok(404, d.delete(path))

    def inference(self):
        d = self.daemon
        for path in ("/v2", "/v2/health/live", "/v2/health/ready", "/v2/models?limit=1"):
            self.ok(200, d.get(path))
        head = json.dumps(RAW).encode()
        raw = head + struct.pack("<3d", 1, 2, 3)
        for path in ("/v2/models/one", "/v2/models/one/versions/2"):
            none = path.replace("one", "none")
            for tail in ("", "/ready"):
                self.ok(200, d.get(path + tail))
                self.ok(404, d.get(none + tail))
            self.ok(200, d.post(path + "/infer", {**TENSOR, "id": "7"}))
            self.ok(200, d.post(path + "/infer", raw, content_type="application/octet-stream",
                                inference_header_content_length=str(len(head))))
            self.ok(404, d.post(none + "/infer", TENSOR))

    def system(self):
        d = self.daemon
        for path in ("/", "/problems", "/problems/invalid", "/livez", "/readyz",
                     "/readyz?verbose", "/metrics", "/version", "/v1/hyperparameters"):
            self.ok(200, d.get(path))
        self.ok(200, d.post("/v1/backup"))
        self.ok(404, d.get("/problems/none"))
        self.ok(200, d.get("/", accept="text/html"))
        for name in ("index.html", "style.css", "main.js", "icon.svg"):
            self.ok(200, d.get(f"/ui/{name}"))
        self.ok(404, d.get("/ui/none"))
        reply = self.ok(200, d.get("/openapi.json"))
        self.ok(200, d.get("/openapi.json", accept="application/vnd.oai.openapi+json"))
        self.ok(304, d.get("/openapi.json", if_none_match=reply.headers["ETag"]))
        self.ok(406, d.get("/openapi.json", accept="text/html"))

    def tokens(self):
        """On a daemon of their own: from the first token on it asks for one."""
        d = Daemon()
        self.addCleanup(d.close)
        made = self.ok(201, d.post("/v1/tokens", {"scope": "admin", "name": "me"}))
        d.token = made.json["token"]
        other = self.ok(201, d.post("/v1/tokens", {"scope": "predict"}))
        self.ok(200, d.get("/v1/tokens?limit=1"))
        path = other.headers["Location"]
        self.ok(200, d.get(path))
        self.ok(204, d.delete(path))
        self.ok(404, d.get("/v1/tokens/none"))
        self.ok(404, d.delete("/v1/tokens/none"))
        self.fill(d)
        self.ok(409, d.post("/v1/tokens", {"scope": "predict"}))

    def who_is_refused(self):
        d = Daemon()
        self.addCleanup(d.close)
        admin = self.ok(201, d.post("/v1/tokens", {"scope": "admin"})).json["token"]
        small = self.ok(201, d.post("/v1/tokens", {"scope": "predict"},
                                    authorization=f"Bearer {admin}")).json["token"]
        for method, path, operation in self.every_operation():
            if "security" not in operation:
                continue
            self.ok(401, d.request(method, path))
            self.ok(400, d.request(method, path, None, {"Authorization": "Bearer ?"}))
            if "403" in operation["responses"]:  # the page's fault, or the token's
                self.ok(403, d.request(method, path, None, {"Authorization": f"Bearer {small}",
                                                            "Origin": "http://evil.example"}))

    def fill(self, d):
        """As many tokens as are kept; the harness would look at each for long."""
        connection = http.client.HTTPConnection(*d.address)
        headers = {"Authorization": f"Bearer {d.token}", "Content-Type": "application/json"}
        status = 201
        while status == 201:
            connection.request("POST", "/v1/tokens", b'{"scope": "predict"}', headers)
            response = connection.getresponse()
            response.read()
            status = response.status
        connection.close()

    def every_operation(self):
        """With names in the paths that are there."""
        for method, template, operation in contract().operations():
            path = template.replace("{id}", self.job if "/jobs/" in template else self.dataset)
            path = path.replace("{version}", "1")
            path = path.replace("{name}", {"/problems/{name}": "invalid", "/ui/{name}": "style.css"}
                                .get(template, "one"))
            yield method, path, operation

    def what_any_operation_refuses(self):
        """Each before the handler is asked."""
        for method, path, operation in self.every_operation():
            with self.subTest(operation["operationId"]):
                self.refuse(method, path, operation)

    def refuse(self, method, path, operation):
        d = self.daemon
        body = b"{}" if "requestBody" in operation else None
        self.ok(400, d.request(method, path + "?a=%zz", body))
        self.ok(413, d.request(method, path, b" " * 200001))
        self.ok(421, d.request(method, path, None, {"Host": "evil.example"}))
        self.ok(431, d.request(method, path, None, {"X-Long": "a" * 17000}))
        self.ok(415, d.request(method, path, body, {"Content-Encoding": "compress"}))
        self.ok(422, d.request(method, path + "?limit=1&limit=1", body,
                               {"Content-Type": "application/json"}))

    def who_is_slow(self):
        """All at once, so that the time to wait is one."""
        d = Daemon("--request-timeout=1")
        self.addCleanup(d.close)
        asked = [(method, path, begin(d, method, path))
                 for method, path, _ in self.every_operation()]
        for method, path, connection in asked:
            with connection, http.client.HTTPResponse(connection, method=method) as answer:
                answer.begin()
                reply = Reply(method, path, answer.status, answer.headers, answer.read())
                contract().check((method, path, {}, None), self.ok(408, reply))

    def whose_address_has_too_many(self):
        d = Daemon("--connections-per-address=1")
        self.addCleanup(d.close)
        with begin(d, "GET", "/livez"):
            for method, path, _ in self.every_operation():
                self.ok(429, d.request(method, path))

    def test_every_reply_that_is_described_is_given(self):
        for part in (self.datasets, self.jobs, self.once, self.under_way, self.cancelled,
                     self.models, self.inference, self.system, self.tokens,
                     self.who_is_refused, self.who_is_slow, self.whose_address_has_too_many,
                     self.what_any_operation_refuses):
            part()
        described = {(operation["operationId"], int(status), kind)
                     for _, _, operation in contract().operations()
                     for status, response in operation["responses"].items()
                     for kind in contract().resolve(response).get("content") or [""]}
        self.assertGreater(len(described), 200)
        missing = {entry for entry in described - contract().seen - NOT_CERTAIN
                   if entry[1] not in NOT_PROVOKED}
        self.assertEqual(missing, set())

    def test_it_is_served_as_it_was_built(self):
        reply = self.daemon.get("/openapi.json")
        self.assertEqual(reply.body, (BUILD / "gen" / "openapi.json").read_bytes())
        self.assertEqual(reply.json["info"]["version"],
                         self.daemon.get("/version").json["version"])

    def test_other_methods_and_paths_are_refused_as_described(self):
        for path in contract().document["paths"]:
            allow = self.ok(204, self.daemon.request("OPTIONS", path)).headers["Allow"]
            self.assertEqual(self.ok(405, self.daemon.request("PATCH", path)).headers["Allow"],
                             allow)
            item = {m.upper() for m in contract().document["paths"][path] if m != "parameters"}
            self.assertEqual(set(allow.split(", ")) - {"HEAD", "OPTIONS"}, item)
        self.ok(404, self.daemon.get("/v1/nothing"))

    def test_its_hyperparameters_are_those_of_the_daemon(self):
        table = self.daemon.get("/v1/hyperparameters").json["data"]
        schemas = contract().document["components"]["schemas"]["Hyperparameters"]["properties"]
        self.assertEqual({row["name"]: schema_of(row) for row in table}, schemas)
        item = contract().document["paths"]["/v1/jobs"]
        query = {p["name"]: p["schema"] for p in contract().parameters(item, item["post"])
                 if p["in"] == "query"}
        for name, schema in schemas.items():
            self.assertEqual(query[name], schema)


def begin(daemon, method, path):
    """A request that goes no further."""
    connection = socket.create_connection(daemon.address, timeout=20 * SLOWER)
    connection.sendall(f"{method} {path} HTTP/1.1\r\n".encode())
    return connection


def endless_dataset_of(daemon):
    """A body of 200 kB holds less than that of samples.py."""
    x, y = rows(500, 4, seed=99)
    return daemon.add_dataset(x, y)["id"]


def schema_of(row):
    """The schema that a row of GET /v1/hyperparameters stands for."""
    names = {"minimum": "minimum", "greater_than": "exclusiveMinimum",
             "maximum": "maximum", "less_than": "exclusiveMaximum"}
    bounds = {names[name]: value for name, value in row.items() if name in names}
    schema = {"description": row["help"], "x-default": row["default"]}
    if row["type"] == "integers":
        return {**schema, "type": "array", "items": {"type": "integer", **bounds}, "maxItems": 64}
    schema["type"] = [row["type"], "null"] if row["nullable"] else row["type"]
    if "choices" in row:
        schema["enum"] = row["choices"] + ([None] if row["nullable"] else [])
    return {**schema, **bounds}


class Answer:
    """A reply that no daemon gave."""

    def __init__(self, status, body, kind="application/json", **headers):
        self.status, self.type = status, kind
        self.body = json.dumps(body).encode() if body is not None else b""
        self.headers = email.message.Message()
        for name, value in {"X-Request-Id": "7", **headers}.items():
            self.headers[name] = value
        self.json = body


class Rules(unittest.TestCase):
    """The contract itself finds what it is there to find."""

    ready = {"status": "ready"}

    def setUp(self):
        self.contract = Contract(copy.deepcopy(contract().document))

    def wrong(self, words, reply, method="GET", target="/readyz", body=None):
        with self.assertRaisesRegex(AssertionError, words):
            self.contract.check((method, target, {"Content-Type": "application/json"}, body), reply)

    def test_a_reply_as_described_is_taken(self):
        self.contract.check(("GET", "/readyz", {}, None), Answer(200, self.ready))
        self.assertEqual(self.contract.seen, {("getReadiness", 200, "application/json")})

    def test_a_route_that_is_not_described(self):
        self.wrong("GET there has no status 200", Answer(200, self.ready), target="/secret")
        self.wrong("POST there has no status 200", Answer(200, self.ready), method="POST")

    def test_a_status_that_is_not_described(self):
        self.wrong("getReadiness has no status 202", Answer(202, self.ready))

    def test_a_type_that_is_not_described(self):
        self.wrong("'text/csv' is none of application/json", Answer(200, self.ready, "text/csv"))

    def test_a_field_that_is_not_described(self):
        self.wrong("'more' was unexpected", Answer(200, {**self.ready, "more": 1}))
        self.wrong("'status' is a required property", Answer(200, {}))

    def test_a_header_that_is_not_described_or_is_missing(self):
        self.wrong("the header X-More is not described",
                   Answer(200, self.ready, **{"X-More": "1"}))
        answer = Answer(200, self.ready)
        del answer.headers["X-Request-Id"]
        self.wrong("no header x-request-id", answer)

    def test_a_body_where_none_is(self):
        self.wrong("a body of type", Answer(204, {}), method="DELETE", target="/v1/models/one")

    def test_a_parameter_or_body_that_is_taken_and_not_described(self):
        self.wrong("the parameter more is taken", Answer(200, self.ready), target="/readyz?more=1")
        page = {"data": [], "next": None}
        self.wrong("the parameter limit: .* is greater", Answer(200, page),
                   target="/v1/models?limit=1001")
        self.wrong("the body is taken and not described: .*'more'",
                   Answer(200, {"predictions": [1]}), method="POST",
                   target="/v1/models/one:predict", body=b'{"instances": [[1]], "more": 1}')


if __name__ == "__main__":
    unittest.main()
