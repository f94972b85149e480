"""The dashboard as it is served: what a browser gets and a terminal does not, the headers that keep
the page to itself, and its size; and the split that it draws validation rows by. What it does is
tried in a browser, by tests/ui."""

import gzip
import http.client
import json
import re
import time
import unittest

from harness import ROOT, SLOWER, WireTest
from samples import rows

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LIMIT = 150_000  # bytes of all that the page loads, compressed

PROTECTION = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
}
POLICY = {"default-src": "'none'", "script-src": "'self'", "style-src": "'self'",
          "connect-src": "'self'", "img-src": "'self' data:", "base-uri": "'none'",
          "form-action": "'none'", "frame-ancestors": "'none'"}


def linked(page):
    """The paths that a page or module names, without those of the interface."""
    found = re.findall(r"""(?:href|src)="(/ui/[^"]+)\"""", page)
    return found + [f"/ui/{name}" for name in re.findall(r"from '\./([^']+)'", page)]


class Dashboard(WireTest):
    def fetch(self, path, **headers):
        reply = self.daemon.get(path, accept=BROWSER, accept_encoding="gzip", **headers)
        self.assertEqual(reply.status, 200, path)
        return reply

    def everything(self):
        """{path: reply} of all that a browser loads."""
        found, left = {}, ["/"]
        while left:
            path = left.pop()
            if path not in found:
                found[path] = self.fetch(path)
                left += linked(found[path].plain.decode("utf-8"))
        return found

    def test_a_browser_gets_the_page_and_a_terminal_the_guide(self):
        page = self.fetch("/")
        self.assertEqual(page.type, "text/html")
        self.assertIn(b"<main", page.plain)
        for accept in ("*/*", "text/plain", "text/html;q=0.5, text/plain"):
            guide = self.daemon.get("/", accept=accept)
            self.assertEqual(guide.type, "text/plain", accept)
            self.assertIn("curl", guide.text)
            self.assertNotIn("Content-Security-Policy", guide.headers)

    def test_it_is_small_and_all_of_it_is_there(self):
        found = self.everything()
        self.assertGreater(len(found), 15)
        self.assertEqual({f"/ui/{file.name}" for file in (ROOT / "server" / "ui").iterdir()}
                         - set(found) - {"/ui/index.html"}, set())
        for path, reply in found.items():
            self.assertEqual(reply.headers["Content-Encoding"], "gzip", path)
        self.assertLess(sum(len(reply.body) for reply in found.values()), LIMIT)

    def test_it_comes_with_the_headers_that_protect_it(self):
        for path, reply in self.everything().items():
            with self.subTest(path):
                for name, value in PROTECTION.items():
                    self.assertEqual(reply.headers[name], value)
                policy = reply.headers["Content-Security-Policy"]
                self.assertEqual(dict(part.split(" ", 1) for part in policy.split("; ")), POLICY)

    def test_it_names_no_other_host_and_has_no_script_or_style_of_its_own(self):
        for path, reply in self.everything().items():
            text = reply.plain.decode("utf-8")
            if "dygraph" in path:
                continue  # its licence stands at an address
            with self.subTest(path):
                self.assertEqual(set(re.findall(r"https?://[^\s\"'`]+", text))
                                 - {"http://www.w3.org/2000/svg"}, set())
        page = self.fetch("/").plain.decode("utf-8")
        self.assertNotRegex(page, r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=")

    def test_it_is_asked_for_once(self):
        for path, reply in self.everything().items():
            again = self.daemon.get(path, accept=BROWSER, accept_encoding="gzip",
                                    if_none_match=reply.headers["ETag"])
            self.assertEqual((again.status, again.body), (304, b""), path)
            plain = self.daemon.get(path, accept=BROWSER)
            self.assertNotEqual(plain.headers["ETag"], reply.headers["ETag"], path)
            self.assertEqual(gzip.decompress(reply.body), plain.body)

    def test_it_arrives_at_once(self):
        """As a browser loads it: what is asked for together, on a few connections."""
        paths = list(self.everything())
        began = time.monotonic()
        connection = http.client.HTTPConnection(*self.daemon.address)
        for path in paths:
            connection.request("GET", path, headers={"Accept": BROWSER, "Accept-Encoding": "gzip"})
            connection.getresponse().read()
        connection.close()
        self.assertLess(time.monotonic() - began, 0.2 * SLOWER)

    def test_a_file_that_is_not_there(self):
        self.refused(self.daemon.get("/ui/none.js"), 404, None, "no file 'none.js'")
        self.refused(self.daemon.get("/ui/main.js?a=1"), 422, "?a")


class Split(WireTest):
    def job(self, **hyperparameters):
        x, y = rows(80, seed=7)
        self.x, self.y = x, y
        return self.daemon.train({"x": x, "y": y}, {"epochs": 20, **hyperparameters}, model="one")

    def split(self, job):
        return self.daemon.expect(200, self.daemon.get(f"/v1/jobs/{job['id']}/split"))

    def check(self, job):
        """The metrics of the validation are those of the rows that are named."""
        split = self.split(job)
        held_out = split["validation"]
        self.assertEqual(split["rows"], len(self.x))
        self.assertEqual(split["training"] + len(held_out), split["rows"])
        self.assertEqual(held_out, sorted(set(held_out)))
        found = self.daemon.predict(f"one/versions/{job['model']['version']}",
                                    [self.x[row] for row in held_out])["predictions"]
        mse = sum((p - self.y[row]) ** 2 for p, row in zip(found, held_out)) / len(held_out)
        self.assertClose(job["metrics"]["validation"]["mse"], mse, 1e-9)

    def test_the_rows_held_out_are_those_that_the_metrics_are_of(self):
        for more in ({"validation_split": 0.2}, {"validation_split": 0.5, "seed": 9},
                     {"validation_split": 0.3, "ensemble": 2, "cross_validation": 3},
                     {"validation_split": 0.2, "standardize": False}):
            with self.subTest(json.dumps(more)):
                self.check(self.job(**more))

    def test_none_are_held_out_unless_it_is_asked(self):
        self.assertEqual(self.split(self.job()), {"rows": 80, "training": 80, "validation": []})

    def test_what_is_gone_is_not_split(self):
        job = self.job(validation_split=0.2)
        self.daemon.expect(204, self.daemon.delete(f"/v1/datasets/{job['dataset']}"))
        self.refused(self.daemon.get(f"/v1/jobs/{job['id']}/split"), 404, None, "dataset")
        self.refused(self.daemon.get("/v1/jobs/none/split"), 404, None, "job")


if __name__ == "__main__":
    unittest.main()
