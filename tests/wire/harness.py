"""A real daemon for the tests: on a free port, in a directory of its own, stopped by its pid.

Every reply passes through here, so what holds for all of them is checked once: JSON has no NaN, an
error is a complete problem document, and both request and reply are as the interface is described.
"""

import contextlib
import ctypes
import functools
import gzip
import http.client
import json
import math
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

from contract import Contract

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / os.environ.get("BACKPROPD_BUILD", "build")
PROGRAM = BUILD / "backpropd"

# The sanitizers make the daemon some ten times slower, and so does counting what it runs through;
# deadlines are that much later there.
SANITIZED = BUILD.name in ("asan", "tsan")
SLOWER = 10 if SANITIZED or BUILD.name == "coverage" else 1

SANITIZER_MARKS = ("AddressSanitizer", "ThreadSanitizer", "LeakSanitizer", "runtime error:")

PROBLEM_MEMBERS = ("type", "title", "status", "detail", "instance", "request_id", "error")


def die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG


def wait_until(condition, what, seconds=20):
    """The first true answer of condition(), asked again and again until the deadline."""
    deadline = time.monotonic() + seconds * SLOWER
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds * SLOWER} s for {what}")
        time.sleep(0.005)


def refuse_constant(text):
    raise AssertionError(f"{text} in a reply")


def load_json(text):
    """Refuses what Python takes and JSON has not: NaN, Infinity, and numbers that overflow."""
    def real(digits):
        value = float(digits)
        if not math.isfinite(value):
            refuse_constant(digits)
        return value
    return json.loads(text, parse_constant=refuse_constant, parse_float=real)


@functools.cache
def contract():
    return Contract(json.loads((BUILD / "gen" / "openapi.json").read_text(encoding="utf-8")))


class Reply:
    def __init__(self, method, path, status, headers, body):
        self.request = f"{method} {path}"
        self.status, self.headers, self.body = status, headers, body
        self.type = (headers.get("Content-Type") or "").split(";")[0]
        self.json = None
        if body and self.type.endswith("json"):
            lines = self.type.endswith("ndjson")
            self.json = ([load_json(line) for line in self.plain.splitlines()] if lines
                         else load_json(self.plain))
        if status >= 400 and method != "HEAD":
            self.check_problem()

    def check_problem(self):
        assert self.type == "application/problem+json", f"{self}: an error of type {self.type!r}"
        for member in PROBLEM_MEMBERS:
            assert member in self.json, f"{self}: no {member}"
        assert self.json["status"] == self.status, f"{self}: another status inside"
        assert self.json["detail"], f"{self}: no detail"
        assert self.json["error"] == self.json["detail"], f"{self}: error is not the detail"
        assert "/problems/" in self.json["type"], f"{self}: type leads nowhere"

    @property
    def plain(self):
        packed = self.body and self.headers.get("Content-Encoding") == "gzip"
        return gzip.decompress(self.body) if packed else self.body

    @property
    def text(self):
        return self.body.decode("utf-8")

    @property
    def errors(self):
        """The mistakes named: pointer -> detail."""
        return {e["pointer"]: e["detail"] for e in self.json.get("errors", [])}

    def __str__(self):
        return f"{self.request} -> {self.status} {self.body[:2000]!r}"


class Daemon:
    """backpropd in a process. `directory` survives stop() and start(); close() removes it."""

    output = subprocess.DEVNULL  # standard output; the log goes to standard error

    def __init__(self, *options, environment=None, directory=None, token=None,
                 setup=die_with_parent):
        self.temporary = None if directory else tempfile.TemporaryDirectory(prefix="backpropd-")
        self.directory = str(directory or self.temporary.name)
        self.options = options
        self.environment = environment or {}
        self.token = token  # that requests show
        self.setup = setup  # done in the process before the program runs
        self.log = []
        self.process = None
        self.start()

    def command(self):
        return [str(PROGRAM), "--listen=127.0.0.1:0", f"--data-dir={self.directory}",
                "--workers=2", "--host-name=a,x", *self.options]  # what raw requests here say

    def clean_environment(self):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROPD_")}
        # A thread that is left behind on purpose, as the stop is in a hurry, is no finding.
        return {"TSAN_OPTIONS": "report_thread_leaks=0", **kept, **self.environment}

    def start(self):
        self.process = subprocess.Popen(
            self.command(), stdin=subprocess.DEVNULL, stdout=self.output,
            stderr=subprocess.PIPE, env=self.clean_environment(), preexec_fn=self.setup)
        self.first_line = len(self.log)
        self.reader = threading.Thread(target=self.read_log, args=(self.process.stderr,))
        self.reader.start()
        listening = wait_until(lambda: self.event("listening") or self.ended(), "listening")
        if not isinstance(listening, dict):
            self.reader.join()
            raise AssertionError("the daemon did not start:\n" + self.log_text())
        host, _, port = listening["address"].rpartition(":")
        self.address = (host, int(port))

    def read_log(self, stream):
        with stream:
            for line in stream:
                self.log.append(line.decode("utf-8", "replace").rstrip("\n"))

    def ended(self):
        return self.process.poll() is not None

    def events(self):
        """What this run of the daemon has logged; a line that is not JSON is left out here."""
        for line in self.log[self.first_line:]:
            with contextlib.suppress(ValueError):
                yield json.loads(line)

    def event(self, name):
        return next((e for e in self.events() if e.get("event") == name), None)

    def log_text(self):
        return "\n".join(self.log[-200:])

    def stop(self, by=signal.SIGTERM):
        """A clean stop: its exit status must be 0. Returns the seconds it took."""
        began = time.monotonic()
        self.process.send_signal(by)
        status = self.wait_for_end()
        took = time.monotonic() - began
        if status != 0:
            raise AssertionError(f"exit status {status} after a clean stop:\n{self.log_text()}")
        return took

    def wait_for_end(self):
        try:
            status = self.process.wait(timeout=15 * SLOWER)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError("the daemon did not stop:\n" + self.log_text()) from None
        self.reader.join()
        return status

    def kill(self):
        """As a crash or the loss of power to the process: no chance to tidy up."""
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def restart(self):
        self.stop()
        self.start()

    def close(self):
        try:
            if not self.ended():
                self.stop()
            for line in self.log:
                if any(mark in line for mark in SANITIZER_MARKS):
                    raise AssertionError("the sanitizer complains:\n" + self.log_text())
        finally:
            if not self.ended():
                self.kill()
            if self.temporary:
                self.temporary.cleanup()

    # Requests, each on a connection of its own.

    def connect(self):
        return http.client.HTTPConnection(*self.address, timeout=60 * SLOWER)

    def request(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            shown = {"Authorization": f"Bearer {self.token}"} if self.token else {}
            connection.request(method, path, body=body, headers={**shown, **(headers or {})})
            response = connection.getresponse()
            reply = Reply(method, path, response.status, response.headers, response.read())
            contract().check((method, path, headers or {}, body), reply)
            return reply
        finally:
            connection.close()

    def get(self, path, **headers):
        return self.request("GET", path, headers=dashed(headers))

    def delete(self, path):
        return self.request("DELETE", path)

    def post(self, path, body=None, **headers):
        """body: bytes or text as it is, anything else as JSON."""
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode("utf-8")
        return self.request("POST", path, body or b"",
                            {"Content-Type": "application/json", **dashed(headers)})

    def post_csv(self, path, text, **headers):
        return self.post(path, text, content_type="text/csv", **headers)

    def raw(self, request, seconds=5):
        """Sends bytes and reads until the daemon closes. Returns (bytes, whether it closed)."""
        with socket.create_connection(self.address, timeout=seconds * SLOWER) as connection:
            connection.sendall(request)
            answer = b""
            try:
                while True:
                    chunk = connection.recv(65536)
                    if not chunk:
                        return answer, True
                    answer += chunk
            except ConnectionResetError:
                return answer, True
            except TimeoutError:
                return answer, False

    # Its memory, as the system counts it.

    def memory(self, field):
        """Bytes: VmRSS is what it holds now, VmHWM the most that it held."""
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(rf"^{field}:\s+(\d+) kB", status.read(), re.M).group(1)) << 10

    def forget_peak(self):
        """The most counts from here on; returns what it holds now."""
        with open(f"/proc/{self.process.pid}/clear_refs", "w", encoding="ascii") as reset:
            reset.write("5")
        return self.memory("VmRSS")

    # Steps that many tests take on their way.

    def expect(self, status, reply):
        if reply.status != status:
            raise AssertionError(f"expected {status}: {reply}")
        return reply.json

    def add_dataset(self, x, y, **more):
        return self.expect(201, self.post("/v1/datasets", {"x": x, "y": y, **more}))

    def start_job(self, dataset, hyperparameters=None, **more):
        body = {"dataset": dataset, "hyperparameters": hyperparameters or {}, **more}
        return self.expect(202, self.post("/v1/jobs", body))

    def train(self, dataset, hyperparameters=None, **more):
        """The job, ended."""
        return self.finish(self.start_job(dataset, hyperparameters, **more))

    def finish(self, job):
        return wait_until(lambda: self.ended_job(job["id"]), f"job {job['id']} to end", 60)

    def ended_job(self, job_id):
        job = self.expect(200, self.get(f"/v1/jobs/{job_id}?wait=5"))
        return job if job["state"] in ("succeeded", "failed", "cancelled") else None

    def wait_for_epoch(self, job, epoch=1):
        def reached():
            now = self.expect(200, self.get(f"/v1/jobs/{job['id']}"))
            if now["state"] not in ("queued", "running"):
                raise AssertionError(f"the job ended before it was to: {now}")
            return now if now["state"] == "running" and now["progress"]["epoch"] >= epoch else None
        return wait_until(reached, f"epoch {epoch} of job {job['id']}", 30)

    def predict(self, model, instances, **more):
        path = f"/v1/models/{quoted(model)}:predict"
        return self.expect(200, self.post(path, {"instances": instances, **more}))


def dashed(headers):
    return {name.replace("_", "-").title(): value for name, value in headers.items()}


def quoted(name):
    return urllib.parse.quote(name, safe="/")


class WireCase(unittest.TestCase):
    """A test that starts what daemons it needs; their log is shown when it fails."""

    daemon = None
    maxDiff = 4000

    def run(self, result=None):
        before = len(result.failures) + len(result.errors)
        super().run(result)
        if self.daemon and len(result.failures) + len(result.errors) > before:
            print(f"--- log of the daemon under {self.id()}\n{self.daemon.log_text()}\n---")

    def own_daemon(self, *options, **more):
        """A daemon for this test alone, which may stop it."""
        daemon = Daemon(*options, **more)
        self.addCleanup(daemon.close)
        self.daemon = daemon
        return daemon

    def refused(self, reply, status, pointer=None, *words):
        """An error of this status that has something to say about the pointer, with these words."""
        self.assertEqual(reply.status, status, str(reply))
        if pointer is not None:
            self.assertIn(pointer, reply.errors, str(reply))
        said = reply.errors[pointer] if pointer is not None else reply.json["detail"]
        for word in words:
            self.assertIn(str(word), said, str(reply))

    def assertClose(self, got, expected, relative, absolute=0.0):
        """Numbers, or arrays of them of the same shape."""
        if isinstance(expected, list):
            self.assertEqual(len(got), len(expected))
            for g, e in zip(got, expected):
                self.assertClose(g, e, relative, absolute)
        else:
            room = max(relative * abs(expected), absolute)
            self.assertLessEqual(abs(got - expected), room, f"got {got!r}, expected {expected!r}")


def dead(daemon):
    """As an exception's triple: a crash costs the test that it came under, and not all after it."""
    error = AssertionError(f"the daemon ended, exit status {daemon.process.returncode}")
    return AssertionError, error, None


class WireTest(WireCase):
    """Tests that share one daemon; each makes what it needs under names of its own."""

    options = ()

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(*cls.options)
        cls.addClassCleanup(cls.daemon.close)

    def run(self, result=None):
        super().run(result)
        if type(self).daemon.ended():
            result.addError(self, dead(type(self).daemon))
            type(self).daemon.start()
