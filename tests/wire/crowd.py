"""Many clients at once, and few of them friendly: those who idle, those who send or read a byte now
and then, those who flood. `python3 crowd.py HOST PORT IDLE SLOW READERS PATH` is such a crowd in a
process of its own; it says `ready` when all have connected, and goes on until its input ends."""

import contextlib
import http.client
import selectors
import socket
import statistics
import subprocess
import sys
import threading
import time

from harness import die_with_parent

GET = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
BEGIN = b"POST /v1/datasets HTTP/1.1\r\nHost: a\r\nX-Slow: "
SECONDS = 1  # between two bytes


def connect(address):
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(address)
    return connection


def idle(address):
    connection = connect(address)
    connection.sendall(GET)
    connection.recv(4096)
    return connection


def slow(address):
    connection = connect(address)
    connection.sendall(BEGIN)
    return connection


def reader(address, path):
    connection = connect(address)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return connection


class Crowd:
    """Whoever is cut off comes again."""

    def __init__(self, address, idle_count, slow_count, readers, path):
        self.address, self.path = address, path
        self.idle = [idle(address) for _ in range(idle_count)]
        self.slow = [slow(address) for _ in range(slow_count)]
        self.readers = [reader(address, path) for _ in range(readers)]

    def step(self):
        for i, connection in enumerate(self.slow):
            self.slow[i] = self.again(connection, lambda c: c.sendall(b"a"), slow)
        for i, connection in enumerate(self.readers):
            self.readers[i] = self.again(connection, lambda c: c.recv(1) or c.sendall(b""),
                                         lambda address: reader(address, self.path))
        for i, connection in enumerate(self.idle):
            self.idle[i] = self.again(connection, still_there, idle)

    def again(self, connection, act, make):
        with contextlib.suppress(OSError):
            act(connection)
            return connection
        connection.close()
        return make(self.address)


def still_there(connection):
    connection.setblocking(False)
    try:
        if not connection.recv(1):
            raise ConnectionResetError
    except BlockingIOError:
        pass
    finally:
        connection.setblocking(True)


@contextlib.contextmanager
def crowd(address, *counts, path):
    """The crowd in a process of its own, so that it does not slow down who measures."""
    command = [sys.executable, "-B", __file__, *address, *counts, path]
    with subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, preexec_fn=die_with_parent) as process:
        try:
            assert process.stdout.readline() == b"ready\n", "the crowd did not come together"
            yield
        finally:
            process.stdin.close()
            process.stdout.close()
            process.kill()


def latencies(address, path, body, seconds):
    """Of a client that asks again and again on one connection, in seconds, sorted."""
    connection = http.client.HTTPConnection(*address, timeout=30)
    headers = {"Content-Type": "application/json"}
    taken, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        began = time.monotonic()
        connection.request("POST", path, body, headers)
        response = connection.getresponse()
        response.read()
        taken.append(time.monotonic() - began)
        assert response.status == 200, response.status
    connection.close()
    return sorted(taken)


def p99(taken):
    return statistics.quantiles(taken, n=100)[98]


def flood(address, sockets, seconds):
    """Sockets that ask as fast as they can and read nothing of the answers but their beginning;
    returns how many answers began."""
    answers, until = 0, time.monotonic() + seconds
    with selectors.DefaultSelector() as ready:
        for _ in range(sockets):
            connection = connect(address)
            connection.setblocking(False)
            ready.register(connection, selectors.EVENT_READ | selectors.EVENT_WRITE)
        while time.monotonic() < until:
            for key, events in ready.select(0.1):
                with contextlib.suppress(OSError):
                    if events & selectors.EVENT_WRITE:
                        key.fileobj.send(GET)
                    answers += bool(events & selectors.EVENT_READ and key.fileobj.recv(64))
        for key in list(ready.get_map().values()):
            key.fileobj.close()
    return answers


def main():
    host, port, *counts, path = sys.argv[1:]
    here = Crowd((host, int(port)), *map(int, counts), path)
    print("ready", flush=True)
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    with contextlib.suppress(ConnectionRefusedError):  # the daemon has stopped
        while not ended.wait(SECONDS):
            here.step()


if __name__ == "__main__":
    main()
