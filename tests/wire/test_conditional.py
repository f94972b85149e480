"""Validators, 304, and gzip, as caches and browsers use them."""

import gzip
import unittest

from harness import WireTest
from samples import rows


class Conditional(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(60)
        cls.job = cls.daemon.train({"x": x, "y": y}, {"epochs": 3, "hidden": [40]}, model="house")
        data = f"/v1/datasets/{cls.job['dataset']}"
        job = f"/v1/jobs/{cls.job['id']}"
        cls.pages = ["/", "/problems", "/problems/invalid", "/v1/hyperparameters", data,
                     f"{data}/rows", job, f"{job}/loss", f"{job}/runs", "/v1/models/house",
                     "/v1/models/house/versions/1", "/v1/models/house/weights",
                     "/v1/models/house/export?format=c", "/v1/models/house/export?format=onnx"]

    def test_a_page_that_the_client_has_is_304_without_a_body(self):
        for page in self.pages:
            with self.subTest(page=page):
                first = self.daemon.get(page)
                tag = first.headers["ETag"]
                self.assertRegex(tag, r'^"[^"]+"$')
                for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
                    again = self.daemon.get(page, if_none_match=known)
                    self.assertEqual((again.status, again.body), (304, b""), known)
                    self.assertEqual(again.headers["ETag"], tag)
                self.assertEqual(self.daemon.get(page, if_none_match='"other"').body, first.body)

    def test_a_304_has_the_length_of_the_page_or_none(self):
        for page in self.pages:
            for coding in ("identity", "gzip"):
                for method in ("GET", "HEAD"):
                    with self.subTest(page=page, coding=coding, method=method):
                        headers = {"Accept-Encoding": coding}
                        full = self.daemon.request("HEAD", page, None, headers).headers
                        headers["If-None-Match"] = full["ETag"]
                        known = self.daemon.request(method, page, None, headers)
                        self.assertEqual((known.status, known.body), (304, b""))
                        self.assertIn(known.headers["Content-Length"],
                                      (full["Content-Length"], None))
                        self.assertNotIn("Transfer-Encoding", known.headers)

    def test_a_304_has_the_tag_that_the_client_named(self):
        for page in self.pages:
            for coding in ("identity", "gzip"):
                with self.subTest(page=page, coding=coding):
                    tag = self.daemon.get(page, accept_encoding=coding).headers["ETag"]
                    known = self.daemon.get(page, accept_encoding=coding, if_none_match=tag)
                    self.assertEqual((known.status, known.headers["ETag"]), (304, tag))

    def test_the_connection_stays_open_after_a_304_of_a_page_that_was_made(self):
        connection = self.daemon.connect()
        self.addCleanup(connection.close)
        for page in ("/", "/problems", "/v1/hyperparameters", "/v1/models/house"):
            tag = self.daemon.get(page).headers["ETag"]
            for method in ("GET", "HEAD", "GET"):
                connection.request(method, page, headers={"If-None-Match": tag})
                answer = connection.getresponse()
                answer.read()
                self.assertEqual((answer.status, answer.will_close), (304, False), page)

    def test_what_is_gone_is_404_for_who_had_it_too(self):
        made = self.daemon.add_dataset([[1], [2]], [1, 2])
        path = f"/v1/datasets/{made['id']}"
        tag = self.daemon.get(f"{path}/rows").headers["ETag"]
        self.assertEqual(self.daemon.get(f"{path}/rows", if_none_match=tag).status, 304)
        self.assertEqual(self.daemon.delete(path).status, 204)
        self.assertEqual(self.daemon.get(f"{path}/rows", if_none_match=tag).status, 404)

    def test_rows_and_weights_have_a_tag_for_each_form_and_part(self):
        data, weights = self.pages[5], "/v1/models/house/weights"
        tags = [self.daemon.get(path, accept=accept).headers["ETag"]
                for path in (data, f"{data}?limit=3", f"{data}?offset=1&limit=3")
                for accept in ("application/json", "text/csv")]
        self.assertEqual(len(set(tags)), 6)
        x, y = rows(30, seed=2)
        before = self.daemon.get(weights)
        self.daemon.train({"x": x, "y": y}, {"epochs": 1, "seed": 5}, model="house")
        after = self.daemon.get(weights, if_none_match=before.headers["ETag"])
        self.assertEqual(after.status, 200)
        self.assertNotEqual(after.body, before.body)

    def test_head_says_what_get_says(self):
        for page in self.pages:
            for coding in ("identity", "gzip"):
                with self.subTest(page=page, coding=coding):
                    get = self.daemon.get(page, accept_encoding=coding)
                    head = self.daemon.request("HEAD", page, None, {"Accept-Encoding": coding})
                    self.assertEqual((head.status, head.body), (200, b""))
                    for name in ("Content-Length", "Content-Type", "ETag", "Vary",
                                 "Content-Encoding"):
                        self.assertEqual(head.headers.get(name), get.headers.get(name), name)

    def test_a_page_that_changed_has_another_tag(self):
        before = self.daemon.get("/v1/models/house").headers["ETag"]
        x, y = rows(30)
        self.daemon.train({"x": x, "y": y}, {"epochs": 1}, model="house")
        after = self.daemon.get("/v1/models/house", if_none_match=before)
        self.assertEqual(after.status, 200)
        self.assertNotEqual(after.headers["ETag"], before)

    def test_gzip_holds_the_same_bytes_under_a_tag_of_its_own(self):
        page = "/v1/models/house/versions/1/weights"
        plain = self.daemon.get(page)
        packed = self.daemon.get(page, accept_encoding="gzip, deflate")
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertLess(len(packed.body), len(plain.body))
        self.assertEqual(gzip.decompress(packed.body), plain.body)
        self.assertNotEqual(packed.headers["ETag"], plain.headers["ETag"])
        self.assertIn("Accept-Encoding", plain.headers["Vary"])
        known = self.daemon.get(page, accept_encoding="gzip", if_none_match=packed.headers["ETag"])
        self.assertEqual(known.status, 304)

    def test_who_does_not_take_gzip_does_not_get_it(self):
        for coding in ("gzip;q=0", "identity", "br", "*;q=0", "gzip;q=0.1, identity"):
            with self.subTest(coding=coding):
                reply = self.daemon.get("/v1/hyperparameters", accept_encoding=coding)
                self.assertNotIn("Content-Encoding", reply.headers)
                self.assertIn("data", reply.json)

    def test_what_is_small_or_binary_is_sent_as_it_is(self):
        for page in ("/livez", "/v1/models/house/export?format=onnx"):
            reply = self.daemon.get(page, accept_encoding="gzip")
            self.assertNotIn("Content-Encoding", reply.headers)

    def test_several_lines_of_accept_are_one_list(self):
        path = f"/v1/jobs/{self.job['id']}/loss".encode()
        answer, _ = self.daemon.raw(
            b"GET " + path + b" HTTP/1.1\r\nHost: a\r\nAccept: image/x-none\r\n"
            b"Accept: text/csv\r\nConnection: close\r\n\r\n")
        self.assertIn(b"Content-Type: text/csv", answer)

    def test_a_writing_request_is_not_conditional(self):
        reply = self.daemon.request("POST", "/v1/models/house:predict",
                                    b'{"instances": [[1, 2]]}',
                                    {"Content-Type": "application/json", "If-None-Match": "*"})
        self.assertNotEqual(reply.status, 304)


if __name__ == "__main__":
    unittest.main()
