"""Many clients at once. The HTTP library's loop stalls for a second or more when 128 sockets of one
thread are ready together; the daemon's limits keep it from that, and this would show it."""

import selectors
import socket
import time
import unittest

from harness import SLOWER, WireTest
from samples import rows

QUIET = 0.7 * SLOWER  # seconds without any answer, while clients wait, that count as a stall


class Client:
    """One closed-loop client: sends, reads the whole answer, sends again, and leaves."""

    def __init__(self, address, request, count):
        self.request, self.left = request, count
        self.received = b""
        self.socket = socket.create_connection(address, timeout=30)
        self.socket.setblocking(False)

    def send(self):
        self.received = b""
        self.socket.send(self.request)

    def read(self):
        """True when an answer is complete."""
        chunk = self.socket.recv(65536)
        if not chunk:
            raise AssertionError(f"the daemon closed on a client after {self.received[:200]!r}")
        self.received += chunk
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return False
        length = next(int(line.split(b":")[1]) for line in head.lower().splitlines()
                      if line.startswith(b"content-length:"))
        if len(body) < length:
            return False
        if not head.startswith(b"HTTP/1.1 200 "):
            raise AssertionError(self.received[:500])
        self.left -= 1
        return True


class Stall(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(20)
        cls.daemon.train({"x": x, "y": y}, {"epochs": 2}, model="house")

    def drive(self, clients, request, count=20):
        """The longest silence while clients wait, in seconds."""
        waiting = selectors.DefaultSelector()
        for client in [Client(self.daemon.address, request, count) for _ in range(clients)]:
            waiting.register(client.socket, selectors.EVENT_READ, client)
        everyone = [key.data for key in list(waiting.get_map().values())]
        for client in everyone:
            client.send()
        answers, longest, last = 0, 0.0, time.monotonic()
        deadline = last + 60 * SLOWER
        while waiting.get_map():
            ready = waiting.select(timeout=1)
            now = time.monotonic()
            self.assertLess(now, deadline, f"{answers} of {clients * count} answers")
            if ready:
                longest, last = max(longest, now - last), now
            for key, _ in ready:
                answers += self.turn(key.data, waiting)
        waiting.close()
        self.assertEqual(answers, clients * count)
        return longest

    def turn(self, client, waiting):
        if not client.read():
            return 0
        if client.left:
            client.send()
        else:
            waiting.unregister(client.socket)
            client.socket.close()
        return 1

    def test_no_number_of_clients_stalls_the_daemon(self):
        get = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        for clients in (32, 127, 128, 129, 256, 512):
            with self.subTest(clients=clients):
                self.assertLess(self.drive(clients, get), QUIET)

    def test_no_number_of_clients_stalls_predictions(self):
        body = b'{"instances": [[1, 2, 3]]}'
        post = (b"POST /v1/models/house:predict HTTP/1.1\r\nHost: a\r\n"
                b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body))
        for clients in (128, 256, 512):
            with self.subTest(clients=clients):
                self.assertLess(self.drive(clients, post), QUIET)


if __name__ == "__main__":
    unittest.main()
