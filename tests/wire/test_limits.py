"""What one client may take of the daemon, and that the others do not suffer for it: connections,
the time that a request and a reply take, the size of a header."""

import contextlib
import http.client
import json
import resource
import select
import socket
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from harness import SLOWER, WireCase, die_with_parent, wait_until
from samples import rows

GET = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"


class Limits(WireCase):
    def connect(self, daemon, address="127.0.0.1"):
        connection = socket.create_connection(daemon.address, 20 * SLOWER, (address, 0))
        self.addCleanup(connection.close)
        return connection

    def ask(self, connection):
        """The status of an answer, its connection being kept; 0 where the daemon has closed it."""
        with contextlib.suppress(OSError):
            connection.sendall(GET)
            return int((connection.recv(4096) or b"HTTP/1.1 0 ").split()[1])
        return 0

    def crowd(self, daemon, count):
        """So many who come one after the other, are answered, and stay."""
        crowd = []
        for i in range(count):
            crowd.append(self.connect(daemon))
            self.assertEqual(self.ask(crowd[-1]), 200, f"client {i}")
        return crowd

    def whole_answer(self, connection):
        answer = http.client.HTTPResponse(connection, method="POST")
        answer.begin()
        return answer.status, json.loads(answer.read())

    def counted(self, daemon, reason):
        name = f'backpropd_http_connections_cut_total{{reason="{reason}"}} '
        lines = daemon.get("/metrics").text.splitlines()
        return next(int(line[len(name):]) for line in lines if line.startswith(name))

    def test_an_address_has_only_so_many_connections(self):
        daemon = self.own_daemon("--connections-per-address=5")
        crowd = self.crowd(daemon, 5)
        refused = daemon.get("/livez")
        self.refused(refused, 429, None, "5 connections", "--connections-per-address")
        self.assertEqual(refused.headers["Retry-After"], "1")
        self.assertEqual(self.ask(self.connect(daemon, "127.0.0.2")), 200)
        crowd.pop().close()
        wait_until(lambda: daemon.get("/livez").status == 200, "the place of who left")
        self.assertEqual([self.ask(one) for one in crowd], [200] * 4)
        self.assertGreaterEqual(self.counted(daemon, "crowded"), 1)

    def test_zero_is_no_limit_for_an_address(self):
        daemon = self.own_daemon("--connections-per-address=0")
        crowd = self.crowd(daemon, 50)
        self.assertEqual([self.ask(one) for one in crowd], [200] * 50)

    def test_idle_connections_make_room_for_new_ones(self):
        daemon = self.own_daemon("--connections=20", "--request-timeout=600")
        crowd = self.crowd(daemon, 40)
        began = time.monotonic()
        self.assertEqual(daemon.get("/livez").status, 200)
        self.assertLess(time.monotonic() - began, 2 * SLOWER)
        self.assertEqual(self.ask(crowd[-1]), 200)
        self.assertEqual(self.ask(crowd[0]), 0)
        self.assertGreaterEqual(self.counted(daemon, "evicted"), 20)

    def trickle(self, daemon, start, piece):
        """A connection that a byte now and then goes to, until there is an answer."""
        connection = self.connect(daemon)
        connection.sendall(start)
        deadline = time.monotonic() + 10 * SLOWER
        while time.monotonic() < deadline:
            if select.select([connection], [], [], 0.1)[0]:
                return connection
            connection.send(piece)
        raise AssertionError("the daemon takes bytes for ever")

    def test_a_request_that_trickles_in_is_answered_with_408(self):
        daemon = self.own_daemon("--request-timeout=1")
        length = b"Content-Type: application/json\r\nContent-Length: 9999\r\n\r\n"
        starts = {b"GET /": b"a", GET[:-2]: b"x",
                  b"POST /v1/jobs HTTP/1.1\r\nHost: a\r\n" + length: b" "}
        with ThreadPoolExecutor() as pool:
            slow = list(pool.map(lambda start: self.trickle(daemon, start, starts[start]), starts))
        for connection in slow:
            status, problem = self.whole_answer(connection)
            self.assertEqual(status, 408)
            self.assertIn("--request-timeout", problem["detail"])
        self.assertEqual(self.counted(daemon, "late"), 3)
        self.assertEqual(daemon.get("/v1/jobs").json["data"], [])
        line = wait_until(lambda: next((e for e in daemon.events() if e.get("status") == 408), 0),
                          "the line of the request")
        self.assertEqual((line["end"], line["path"]), ("timeout", "/v1/jobs"))

    def test_a_long_upload_that_moves_is_taken(self):
        daemon = self.own_daemon("--request-timeout=1")
        x, y = rows(2000)
        body = json.dumps({"x": x, "y": y}).encode()
        connection = self.connect(daemon)
        connection.sendall(b"POST /v1/datasets HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n"
                           b"Content-Type: application/json\r\n\r\n" % len(body))
        began = time.monotonic()
        for i in range(15):
            connection.sendall(body[i * len(body) // 15:(i + 1) * len(body) // 15])
            select.select([connection], [], [], 0.2)  # an answer would be too early
        self.assertGreater(time.monotonic() - began, 2)
        self.assertEqual(self.whole_answer(connection)[0], 201)

    def test_who_does_not_take_a_reply_loses_the_connection(self):
        daemon = self.own_daemon("--request-timeout=1")
        x, y = rows(4)
        daemon.train({"x": x, "y": y}, {"hidden": [1000, 1000], "epochs": 1}, model="big")
        reader = socket.socket()
        self.addCleanup(reader.close)
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(daemon.address)
        reader.sendall(b"GET /v1/models/big/weights HTTP/1.1\r\nHost: a\r\n\r\n")

        def given_up():
            return any(e.get("route", "").endswith("/weights") and e["end"] == "timeout"
                       for e in daemon.events())
        wait_until(given_up, "the end of a reply that nobody reads")
        self.assertEqual(daemon.get("/livez").status, 200)

    def test_a_header_over_the_limit_is_answered_with_431(self):
        daemon = self.own_daemon()
        fields = {f"X-{i}": "1" for i in range(60)}
        self.assertEqual(daemon.request("GET", "/livez", None, fields).status, 200)
        fields = {f"X-{i}": "1" for i in range(70)}
        self.refused(daemon.request("GET", "/livez", None, fields), 431, None, "64 fields")
        self.assertEqual(daemon.get("/livez", x_long="a" * 15000).status, 200)
        self.refused(daemon.get("/livez", x_long="a" * 17000), 431, None, "16384 bytes")

    def test_a_hard_limit_on_descriptors_is_said_and_kept_to(self):
        def few():
            die_with_parent()
            resource.setrlimit(resource.RLIMIT_NOFILE, (600, 600))
        daemon = self.own_daemon(setup=few)
        said = daemon.event("too-few-file-descriptors")
        self.assertEqual((said["level"], said["allowed"], said["connections"]),
                         ("warning", 600, 300))
        self.crowd(daemon, 400)

    def test_a_soft_limit_on_descriptors_is_raised(self):
        def low():
            die_with_parent()
            hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
            resource.setrlimit(resource.RLIMIT_NOFILE, (128, hard))
        daemon = self.own_daemon(setup=low)
        self.assertIsNone(daemon.event("too-few-file-descriptors"))
        self.assertEqual(self.ask(self.crowd(daemon, 300)[0]), 200)


if __name__ == "__main__":
    unittest.main()
