"""The manners of the interface: methods, types, headers, ids."""

import unittest

from harness import WireTest
from samples import rows


class Manners(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(20)
        cls.job = cls.daemon.train({"x": x, "y": y}, {"epochs": 3}, model="house")
        cls.pages = ["/livez", "/readyz", "/version", "/v1/datasets", "/v1/jobs", "/v1/models",
                     f"/v1/datasets/{cls.job['dataset']}",
                     f"/v1/datasets/{cls.job['dataset']}/rows", f"/v1/jobs/{cls.job['id']}",
                     f"/v1/jobs/{cls.job['id']}/loss", f"/v1/jobs/{cls.job['id']}/runs",
                     "/v1/models/house",
                     "/v1/models/house/versions/1", "/v1/models/house/weights"]

    def test_the_daemon_says_that_it_lives_and_who_it_is(self):
        self.assertEqual(self.daemon.get("/livez").json, {"status": "ok"})
        ready = self.daemon.get("/readyz")
        self.assertEqual((ready.status, ready.json), (200, {"status": "ready"}))
        version = self.daemon.get("/version").json
        self.assertEqual(version["name"], "backpropd")
        self.assertRegex(version["version"], r"^\d+\.\d+\.\d+$")
        self.assertRegex(version["core"], r"^[a-z0-9-]+$")

    def test_head_is_get_without_the_body(self):
        for page in self.pages:
            with self.subTest(page=page):
                get, head = self.daemon.get(page), self.daemon.request("HEAD", page)
                self.assertEqual((get.status, head.status), (200, 200))
                self.assertEqual(head.body, b"")
                self.assertEqual(head.headers["Content-Length"], str(len(get.body)))
                self.assertEqual(head.type, get.type)

    def test_a_wrong_method_is_405_with_what_is_allowed(self):
        wrong = {"/v1/datasets": ("PUT", {"GET", "HEAD", "POST"}),
                 f"/v1/datasets/{self.job['dataset']}": ("POST", {"GET", "HEAD", "DELETE"}),
                 f"/v1/jobs/{self.job['id']}/cancel": ("GET", {"POST"}),
                 f"/v1/jobs/{self.job['id']}/loss": ("DELETE", {"GET", "HEAD"}),
                 "/v1/models": ("POST", {"GET", "HEAD"}),
                 "/v1/models/house:predict": ("GET", {"POST"}),
                 "/livez": ("POST", {"GET", "HEAD"})}
        for path, (method, allowed) in wrong.items():
            with self.subTest(path=path):
                reply = self.daemon.request(method, path)
                self.refused(reply, 405)
                told = {m.strip() for m in reply.headers["Allow"].split(",")}
                self.assertLessEqual(allowed, told)
                self.assertNotIn(method, told)

    def test_options_tells_the_methods(self):
        reply = self.daemon.request("OPTIONS", "/v1/jobs")
        self.assertIn(reply.status, (200, 204))
        self.assertLessEqual({"GET", "HEAD", "POST", "OPTIONS"},
                             {m.strip() for m in reply.headers["Allow"].split(",")})

    def test_options_of_the_daemon_as_such_tells_all_methods(self):
        answer, _ = self.daemon.raw(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\n"
                                    b"Connection: close\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 204 "), answer)
        self.assertIn(b"Allow: GET, HEAD, POST, DELETE, OPTIONS\r\n", answer)

    def test_an_unknown_path_is_404(self):
        for path in ("/nothing", "/v1", "/v1/", "/v1/jobs/", "/v1/jobs/a/b/c", "/v1/models/house/x",
                     "/v1/models/house:export", "/V1/jobs", "//v1/jobs", "/v1/models//weights"):
            with self.subTest(path=path):
                self.refused(self.daemon.get(path), 404)

    def test_a_type_that_is_not_spoken_is_406(self):
        for path in (f"/v1/jobs/{self.job['id']}/loss",
                     f"/v1/datasets/{self.job['dataset']}/rows"):
            with self.subTest(path=path):
                self.refused(self.daemon.get(path, accept="application/x-unheard-of"), 406)

    def test_accept_chooses_by_weight(self):
        path = f"/v1/jobs/{self.job['id']}/loss"
        for accept, expected in (("*/*", "application/json"), ("text/*", "text/csv"),
                                 ("text/csv;q=0.5, application/json", "application/json"),
                                 ("application/json;q=0.1, text/csv;q=0.9", "text/csv"),
                                 ("application/*", "application/json"),
                                 ("image/webp, */*;q=0.1", "application/json"),
                                 ("application/json;q=0, text/csv", "text/csv")):
            with self.subTest(accept=accept):
                self.assertEqual(self.daemon.get(path, accept=accept).type, expected)

    def test_a_body_of_another_type_is_415(self):
        form = "application/x-www-form-urlencoded"  # which `curl -d` sends; :predict takes it
        for path, kinds in (("/v1/datasets", ("text/plain", "application/xml", form)),
                            ("/v1/jobs", ("text/plain", "application/xml", form)),
                            ("/v1/models/house:predict", ("text/plain", "text/csv"))):
            for kind in kinds:
                with self.subTest(path=path, kind=kind):
                    self.refused(self.daemon.post(path, b"{}", content_type=kind), 415)
        reply = self.daemon.request("POST", "/v1/datasets", b"{}", {})
        self.refused(reply, 415)

    def test_parameters_and_case_of_a_type_do_not_matter(self):
        for kind in ("application/json; charset=utf-8", "Application/JSON"):
            reply = self.daemon.post("/v1/datasets", {"x": [[1]], "y": [1]}, content_type=kind)
            self.assertEqual(reply.status, 201, str(reply))
        self.assertEqual(self.daemon.post("/v1/datasets", "a,b\n1,2\n",
                                          content_type="text/csv;header=present").status, 201)

    def test_a_request_id_is_returned_or_made(self):
        given = self.daemon.get("/livez", x_request_id="abc-123")
        self.assertEqual(given.headers["X-Request-Id"], "abc-123")
        made = {self.daemon.get("/livez").headers["X-Request-Id"] for _ in range(3)}
        self.assertEqual(len(made), 3)
        failed = self.daemon.get("/nothing", x_request_id="find-me")
        self.assertEqual(failed.json["request_id"], "find-me")
        self.assertTrue(failed.json["instance"])

    def test_a_request_id_that_could_split_a_header_or_a_log_is_not_returned(self):
        for bad in ("a" * 5000, 'quo"te\\', "tab\there"):
            reply = self.daemon.get("/livez", x_request_id=bad)
            if reply.status == 200:
                self.assertNotEqual(reply.headers["X-Request-Id"], bad)

    def test_percent_encoded_paths_are_decoded_once(self):
        self.assertEqual(self.daemon.get("/v1/models/hou%73e").status, 200)
        self.refused(self.daemon.get("/v1/models/hou%2573e"), 404)

    def test_a_connection_serves_many_requests(self):
        answer, _ = self.daemon.raw(
            b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" * 3
            + b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        self.assertEqual(answer.count(b"HTTP/1.1 200 "), 4)

    def test_a_body_is_asked_for_before_it_is_sent(self):
        answer, _ = self.daemon.raw(
            b"POST /v1/datasets HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
            b"Content-Length: 8\r\nExpect: 100-continue\r\nConnection: close\r\n\r\na,b\n1,2\n")
        self.assertIn(b"HTTP/1.1 100 Continue", answer)
        self.assertIn(b"HTTP/1.1 201 ", answer)

    def test_every_page_is_sound_json(self):
        for page in self.pages:
            with self.subTest(page=page):
                self.assertIsNotNone(self.daemon.get(page).json)


if __name__ == "__main__":
    unittest.main()
