"""Pages in a browser: which host a request may name, and which page may ask for what."""

import unittest

from harness import Daemon, WireCase, WireTest, contract

EVIL = "http://evil.example"
OURS = "https://app.example"
# Headers of replies that no page of another origin has a use for: those for a proxy, for what
# sends bodies, and for the browser that shows the dashboard.
FOR_OTHERS = {"accept-encoding", "x-accel-buffering", "content-security-policy",
              "x-content-type-options", "referrer-policy", "cross-origin-opener-policy",
              "cross-origin-resource-policy", "permissions-policy"}
PREFLIGHT = {"Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "authorization,content-type"}


class Hosts(WireTest):
    """While nobody is asked for a token, a name that was made to lead here gets nothing."""

    options = ("--host-name=net.example",)

    def status(self, host):
        return self.daemon.request("GET", "/v1/models", None, {"Host": host}).status

    def test_names_of_this_host_are_answered_with_any_port(self):
        port = self.daemon.address[1]
        for host in ("localhost", "127.0.0.1", "127.0.0.2", "[::1]", "LocalHost", "net.example"):
            for suffix in ("", f":{port}", ":9999"):  # a tunnel has a port of its own
                self.assertEqual(self.status(host + suffix), 200, host + suffix)

    def test_other_names_are_refused_on_every_operation(self):
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8080",
                     "10.0.0.1", "0.0.0.0", "net.example.evil", "[::2]", "localhost:80:80"):
            self.assertEqual(self.status(host), 421, host)
        for method, path, _ in contract().operations():
            reply = self.daemon.request(method, path, None, {"Host": "evil.example"})
            self.refused(reply, 421, None, "evil.example", "--host-name")
        self.assertEqual(self.daemon.request("GET", "/none", None, {"Host": "evil"}).status, 421)

    def test_http_1_0_without_a_host_is_a_probe_and_no_browser(self):
        answer, _ = self.daemon.raw(b"GET /readyz HTTP/1.0\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 200 "), answer)


class AskedForTokens(WireCase):
    def test_any_name_will_do_where_tokens_are_asked_for(self):
        d = self.own_daemon()
        d.token = d.expect(201, d.post("/v1/tokens", {"scope": "admin"}))["token"]
        reply = d.request("GET", "/v1/models", None, {"Host": "evil.example"})
        self.assertEqual(reply.status, 200)


class Pages(WireTest):
    """Nothing is said to browsers unless an origin is listed."""

    def test_a_page_of_another_origin_may_change_nothing(self):
        d = self.daemon
        for headers in ({"Origin": EVIL}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
                        {"Origin": f"http://{d.address[0]}:1"}):
            for method, path, _ in contract().operations():
                if method != "GET":
                    reply = d.request(method, path, None, headers)
                    self.refused(reply, 403, None, "another origin", "--cors-origin")

    def test_our_own_page_may(self):
        d = self.daemon
        origin = f"http://{d.address[0]}:{d.address[1]}"
        for headers in ({"Origin": origin, "Sec-Fetch-Site": "same-origin"},
                        {"Origin": origin.replace("http:", "https:")},  # behind a proxy
                        {"Sec-Fetch-Site": "none"}, {}):
            self.assertEqual(d.request("DELETE", "/v1/jobs/none", None, headers).status, 404)

    def test_there_are_no_headers_of_cors(self):
        d = self.daemon
        for method, more in (("GET", {}), ("OPTIONS", PREFLIGHT), ("POST", {})):
            reply = d.request(method, "/v1/datasets", None, {"Origin": EVIL, **more})
            found = [name for name in reply.headers if name.lower().startswith("access-control")]
            self.assertEqual(found, [])


class ListedPages(WireTest):
    options = (f"--cors-origin=http://localhost:3000,{OURS}",)

    def preflight(self, path, origin):
        return self.daemon.request("OPTIONS", path, None, {"Origin": origin, **PREFLIGHT})

    def test_a_browsers_question_is_answered_for_every_path(self):
        for path in contract().document["paths"]:
            reply = self.preflight(path, OURS)
            self.assertEqual(reply.status, 204)
            self.assertEqual(reply.headers["Access-Control-Allow-Origin"], OURS)
            self.assertEqual(reply.headers["Access-Control-Allow-Methods"],
                             reply.headers["Allow"])
            allowed = reply.headers["Access-Control-Allow-Headers"].lower().split(", ")
            self.assertLessEqual({"authorization", "content-type"}, set(allowed))
            self.assertIn("Origin", reply.headers.get_all("Vary"))

    def test_what_may_be_sent_and_read_is_what_is_described(self):
        reply = self.preflight("/v1/jobs", OURS)
        sends = set(reply.headers["Access-Control-Allow-Headers"].lower().split(", "))
        reads = set(reply.headers["Access-Control-Expose-Headers"].lower().split(", "))
        document = contract().document
        for path, item in document["paths"].items():
            for method, operation in item.items():
                if method == "parameters":
                    continue
                sent = {p["name"].lower() for p in contract().parameters(item, operation)
                        if p["in"] == "header"}
                self.assertLessEqual(sent, sends, path)
                for response in operation["responses"].values():
                    names = {n.lower() for n in contract().resolve(response).get("headers", {})}
                    names -= FOR_OTHERS
                    self.assertLessEqual(names, reads, path)

    def test_the_question_needs_no_token_and_the_answer_to_a_refusal_can_be_read(self):
        d = Daemon(*self.options)
        self.addCleanup(d.close)
        token = d.expect(201, d.post("/v1/tokens", {"scope": "admin"}))
        asked = d.request("OPTIONS", "/v1/jobs", None, {"Origin": OURS, **PREFLIGHT})
        self.assertEqual(asked.status, 204)
        refused = d.get("/v1/jobs", origin=OURS)
        self.assertEqual(refused.status, 401)
        self.assertEqual(refused.headers["Access-Control-Allow-Origin"], OURS)
        d.token = token["token"]
        made = d.post("/v1/datasets", {"x": [[1], [2]], "y": [1, 2]}, origin=OURS,
                      sec_fetch_site="cross-site")
        self.assertEqual(made.status, 201)
        self.assertEqual(made.headers["Access-Control-Allow-Origin"], OURS)

    def test_another_origin_gets_nothing_but_the_advice_to_caches(self):
        for origin in (EVIL, "http://app.example", OURS + ":444", OURS + ".evil", "null"):
            for reply in (self.preflight("/v1/jobs", origin),
                          self.daemon.get("/v1/jobs", origin=origin)):
                self.assertNotIn("Access-Control-Allow-Origin", reply.headers)
                self.assertIn("Origin", reply.headers.get_all("Vary"))
            posted = self.daemon.request("DELETE", "/v1/jobs/none", None, {"Origin": origin})
            self.assertEqual(posted.status, 403, origin)


if __name__ == "__main__":
    unittest.main()
