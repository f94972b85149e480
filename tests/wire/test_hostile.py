"""Requests of clients that mean ill (hostile.py): none is taken, none stays, none costs much."""

import contextlib
import re
import socket
import unittest
from concurrent.futures import ThreadPoolExecutor

import hostile
from harness import SANITIZED, SLOWER, WireCase

MEMORY = 1 << 30  # bytes, at most, with as many at a time as there are threads here


class Hostile(WireCase):
    def answer(self, daemon, request):
        """What came until the daemon closed."""
        answer = b""
        with socket.create_connection(daemon.address, timeout=30 * SLOWER) as connection:
            with contextlib.suppress(ConnectionError):  # it may close in the middle of a body
                connection.sendall(request)
            with contextlib.suppress(ConnectionError):
                while chunk := connection.recv(65536):
                    answer += chunk
        return answer

    def most_memory(self, daemon):
        with open(f"/proc/{daemon.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM"))

    def test_none_is_taken_and_none_stays(self):
        daemon = self.own_daemon("--request-timeout=1", "--access-log=off")
        sent = list(hostile.requests())
        self.assertGreater(len(sent), 500)
        with ThreadPoolExecutor(16) as pool:
            answers = pool.map(lambda entry: self.answer(daemon, entry[1]), sent)
            for (name, request), answer in zip(sent, answers):
                statuses = re.findall(rb"(?m)^HTTP/1\.[01] (\d+)", answer)
                # The library's own: 500 to a chunk's line without end, 505 to old versions, and a
                # header that it repeats where it refuses a Content-Length.
                for status in map(int, statuses):
                    fine = 400 <= status < 500 or status in (500, 505)
                    self.assertTrue(fine or (status == 200 and len(statuses) == 1),
                                    (name, answer[:2000]))
        for path in ("/v1/datasets", "/v1/jobs", "/v1/models", "/v1/tokens"):
            self.assertEqual(daemon.get(path).json["data"], [], path)
        self.assertEqual(daemon.add_dataset([[1], [2]], [1, 2])["rows"], 2)
        if not SANITIZED:
            self.assertLess(self.most_memory(daemon), MEMORY)


if __name__ == "__main__":
    unittest.main()
