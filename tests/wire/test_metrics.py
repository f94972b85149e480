"""/metrics as Prometheus reads it, /readyz?verbose, and the line that each request leaves."""

import collections
import re
import socket
import struct
import unittest

from harness import WireTest, wait_until
from samples import rows

SAMPLE = re.compile(r'^([a-z_]+)(?:\{((?:[a-z]+="[^"]*",?)*)\})? (\S+)$')
BASE_UNITS = re.compile("(milliseconds|microseconds|_ms|_us|minutes|kilobytes|megabytes|_kb)")


class Metrics(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(20)
        cls.width = len(x[0])
        cls.job = cls.daemon.train({"x": x, "y": y}, {"epochs": 7}, model="house")

    def samples(self):
        """name and labels -> value; and the types. What is wrong with the page fails."""
        page = self.daemon.get("/metrics")
        self.assertEqual(page.headers["Content-Type"], "text/plain; version=0.0.4; charset=utf-8")
        types, helps, found, last = {}, set(), {}, None
        for line in page.text.splitlines():
            if line.startswith("# HELP "):
                helps.add(line.split()[2])
            elif line.startswith("# TYPE "):
                _, _, last, kind = line.split()
                self.assertNotIn(last, types, "a second TYPE")
                types[last] = kind
            else:
                name, labels, value = SAMPLE.match(line).groups()
                base = re.sub("_(bucket|sum|count)$", "", name) if name not in types else name
                self.assertEqual(base, last, "a sample that is not below its TYPE")
                self.assertNotIn((name, labels), found, "a series twice")
                found[name, labels] = float(value)
        self.assertEqual(set(types), helps)
        return found, types

    def value(self, name, labels=None):
        return self.samples()[0].get((name, labels), 0)

    def test_the_page_keeps_the_conventions(self):
        found, types = self.samples()
        self.assertGreater(len(types), 20)
        for name, kind in types.items():
            self.assertEqual(kind == "counter", name.endswith("_total"), name)
            self.assertTrue(name.startswith(("backpropd_", "process_")), name)
            self.assertIsNone(BASE_UNITS.search(name), name)
        for (name, labels), _ in found.items():
            self.assertNotIn(self.job["id"], labels or "", name)

    def test_histograms_are_cumulative_and_end_with_infinity(self):
        found, types = self.samples()
        buckets = collections.defaultdict(list)
        for (name, labels), value in found.items():
            if name.endswith("_bucket"):
                rest, bound = re.fullmatch(r'(.*?),?le="([^"]*)"', labels).groups()
                buckets[name.removesuffix("_bucket"), rest or None].append((float(bound), value))
        self.assertEqual({name for name, _ in buckets},
                         {name for name, kind in types.items() if kind == "histogram"})
        for (name, labels), steps in buckets.items():
            self.assertEqual(steps, sorted(steps), name)
            self.assertEqual([v for _, v in steps], sorted(v for _, v in steps), name)
            self.assertEqual(steps[-1], (float("inf"), found[f"{name}_count", labels]), name)

    def test_what_was_done_is_counted(self):
        route = 'method="POST",route="/v1/models/{name}:predict"'
        before = self.value("backpropd_predicted_rows_total")
        asked = self.value("backpropd_http_requests_total", f'{route},code="200"')
        for _ in range(3):
            self.daemon.post("/v1/models/house:predict", {"instances": [[1] * self.width] * 2})
        self.assertEqual(self.value("backpropd_predicted_rows_total"), before + 6)
        self.assertEqual(self.value("backpropd_http_requests_total", f'{route},code="200"'),
                         asked + 3)
        self.assertGreaterEqual(self.value("backpropd_epochs_total"), 7)
        self.assertGreaterEqual(self.value("backpropd_jobs_ended_total", 'state="succeeded"'), 1)
        self.assertGreaterEqual(self.value("backpropd_jobs", 'state="succeeded"'), 1)
        self.assertEqual(self.value("backpropd_workers"), 2)

    def test_unknown_paths_share_one_series(self):
        for path in ("/no", "/nowhere", "/v1/none"):
            self.refused(self.daemon.get(path), 404)
        labels = 'method="GET",route="unknown",code="404"'
        self.assertGreaterEqual(self.value("backpropd_http_requests_total", labels), 3)

    def test_readyz_tells_each_check(self):
        reply = self.daemon.get("/readyz?verbose")
        self.assertEqual((reply.status, reply.json["status"]), (200, "ready"))
        self.assertEqual(set(reply.json["checks"]),
                         {"store", "disk", "workers", "queue", "running"})
        self.assertTrue(all(check["ok"] for check in reply.json["checks"].values()))
        self.refused(self.daemon.get("/readyz?verbos"), 422, "?verbos", "verbose")

    def test_a_query_that_is_not_taken_is_refused(self):
        for page in ("/", "/livez", "/metrics", "/version", "/problems", "/v1/hyperparameters",
                     "/v1/models/house", "/v1/models/house/weights", "/v2", "/v2/health/live",
                     f"/v1/datasets/{self.job['dataset']}"):
            with self.subTest(page=page):
                self.refused(self.daemon.get(f"{page}?colour=red"), 422, "?colour")

    def line(self, request_id):
        return wait_until(lambda: next((e for e in self.daemon.events()
                                        if e.get("event") == "request" and e["id"] == request_id),
                                       None), f"the line of {request_id}")

    def test_each_request_leaves_a_line(self):
        reply = self.daemon.get(f"/v1/jobs/{self.job['id']}", x_request_id="see-me")
        line = self.line("see-me")
        self.assertEqual((line["method"], line["route"], line["status"], line["bytes"], line["end"],
                          line["client"], line["level"]),
                         ("GET", "/v1/jobs/{id}", 200, len(reply.body), "complete", "127.0.0.1",
                          "info"))
        self.assertEqual(line["path"], f"/v1/jobs/{self.job['id']}")
        self.assertGreater(line["us"], 0)
        self.refused(self.daemon.get("/nothing", x_request_id="not-there"), 404)
        self.assertEqual((self.line("not-there")["route"], self.line("not-there")["status"]),
                         ("", 404))

    def test_a_line_is_json_whatever_a_client_sends(self):
        self.daemon.raw(b"GET /\xe9 HTTP/1.1\r\nHost: a\r\nX-Request-Id: odd\r\n"
                        b"Connection: close\r\nUser-Agent: \xff\xc3\xa9\"\x01\xf0\x9f\r\n\r\n")
        line = self.line("odd")
        self.assertEqual((line["path"], line["agent"]), ("/?", "?\u00e9\"\x01??"))

    def test_a_client_that_leaves_in_mid_body_is_499(self):
        with socket.create_connection(self.daemon.address) as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(b"POST /v1/datasets HTTP/1.1\r\nHost: a\r\nX-Request-Id: gone\r\n"
                           b"Content-Type: text/csv\r\nContent-Length: 100\r\n"
                           b"Expect: 100-continue\r\n\r\n")
            self.assertIn(b"100", client.recv(100))  # so the reset comes after the header
            client.sendall(b"a,b\n1,")
        line = self.line("gone")
        self.assertEqual((line["status"], line["end"]), (499, "aborted"))


if __name__ == "__main__":
    unittest.main()
