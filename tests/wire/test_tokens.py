"""Who may do what: tokens and their scopes, over the wire and by hand, against every operation
that is described, so that none can be forgotten."""

import hashlib
import http.client
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import time
import unittest

from harness import PROGRAM, SLOWER, Daemon, WireCase, WireTest, contract, wait_until
from samples import ENDLESS, rows

LEVELS = ("none", "predict", "train", "admin")

# What needs no token, by name: a route that is added asks for one, or stands here.
OPEN = {"/", "/ui/{name}", "/problems", "/problems/{name}", "/livez", "/readyz", "/version",
        "/openapi.json", "/v2/health/live", "/v2/health/ready"}


def needed(method, path):
    """The rule, as people are told it."""
    if path in OPEN:
        return "none"
    if path.startswith(("/v1/tokens", "/v1/backup")):
        return "admin"
    reads = method == "GET" or path.endswith((":predict", "/infer"))
    predicts = path.startswith(("/v1/models", "/v2", "/v1/hyperparameters", "/metrics"))
    return "predict" if predicts and reads else "train"


def command(directory, *words, environment=None):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROPD_")}
    return subprocess.run([str(PROGRAM), "token", *words, f"--data-dir={directory}"],
                          capture_output=True, text=True, timeout=30 * SLOWER,
                          env={**kept, **(environment or {})})


def made(done):
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"bp_[0-9a-f]{64}\n", done.stdout), done.stdout
    return done.stdout.strip()


def create(directory, scope, *name):
    return made(command(directory, "create", scope, *name))


def listed(directory):
    """Rows of `token list`: id, scope, created, revoked or -, name."""
    done = command(directory, "list")
    assert done.returncode == 0, done.stderr
    return [line.split(None, 4) for line in done.stdout.splitlines()[1:]]


class EveryOperation(WireTest):
    """One daemon with a token of each scope, a revoked one, and one that it never made."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        d = cls.daemon
        cls.token = {scope: create(d.directory, scope) for scope in LEVELS[1:]}
        cls.token["revoked"] = create(d.directory, "admin", "revoked")
        revoked = next(row[0] for row in listed(d.directory) if row[-1] == "revoked")
        assert command(d.directory, "revoke", revoked).returncode == 0
        cls.token["wrong"] = "bp_" + 64 * "0"

    def ask(self, method, path, token):
        self.daemon.token = self.token.get(token)
        path = re.sub(r"\{version\}", "1", re.sub(r"\{\w*(id|name)\}", "nothing", path))
        return self.daemon.request(method, path, b"{}" if method == "POST" else None,
                                   {"Content-Type": "application/json"})

    def expected(self, scope, token):
        """The statuses that a token may be refused with; none: let in."""
        if scope == "none":
            return None
        if token not in LEVELS or token == "none":
            return 401
        return None if LEVELS.index(token) >= LEVELS.index(scope) else 403

    def check(self, method, path, token):
        reply = self.ask(method, path, token)
        status = self.expected(needed("GET" if method == "HEAD" else method, path), token)
        if status is None:
            self.assertNotIn(reply.status, (401, 403), str(reply))
            self.assertNotIn("WWW-Authenticate", reply.headers)
        else:
            self.assertEqual(reply.status, status, str(reply))
            self.assertRegex(reply.headers["WWW-Authenticate"], '^Bearer realm="backpropd"')

    def test_every_operation_with_every_token(self):
        count = 0
        for method, path, _ in contract().operations():
            for token in ("none", "wrong", "revoked", *LEVELS[1:]):
                for asked in (method, "HEAD") if method == "GET" else (method,):
                    with self.subTest(f"{asked} {path} with {token}"):
                        self.check(asked, path, token)
                        count += 1
        self.assertGreater(count, 400)

    def test_the_rule_is_what_is_described(self):
        for method, path, operation in contract().operations():
            with self.subTest(f"{method} {path}"):
                scope = needed(method, path)
                self.assertEqual(operation.get("security", []),
                                 [] if scope == "none" else [{"token": [scope]}, {}])

    def test_other_methods_and_paths_tell_nothing_that_the_description_does_not(self):
        self.daemon.token = None
        for path in contract().document["paths"]:
            self.assertEqual(self.daemon.request("OPTIONS", path).status, 204)
        self.assertEqual(self.daemon.get("/v1/nothing").status, 404)

    def test_challenges_are_those_of_rfc_6750(self):
        asks = {"none": 'Bearer realm="backpropd"',
                "wrong": 'Bearer realm="backpropd", error="invalid_token"',
                "revoked": 'Bearer realm="backpropd", error="invalid_token"',
                "predict": 'Bearer realm="backpropd", error="insufficient_scope", scope="train"'}
        for token, challenge in asks.items():
            reply = self.ask("GET", "/v1/jobs", token)
            self.assertEqual(reply.headers["WWW-Authenticate"], challenge)

    def test_a_body_is_not_waited_for_where_the_token_is_wrong(self):
        answer, closed = self.daemon.raw(
            b"POST /v1/datasets HTTP/1.1\r\nHost: a\r\nContent-Type: text/csv\r\n"
            b"Content-Length: 1000000\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 401 ") and closed, answer)

    def test_a_header_that_is_no_bearer_token_is_refused_with_advice(self):
        self.daemon.token = None
        for header, status, word in (("Basic YTpi", 401, "Basic"), ("Bearer", 400, "once"),
                                     ("Bearer a b", 400, "once"), ("bearer ?", 400, "once")):
            reply = self.daemon.get("/v1/models", authorization=header)
            self.refused(reply, status, None, word, "Bearer TOKEN")

    def test_the_scheme_is_read_in_any_case(self):
        reply = self.daemon.get("/v1/models", authorization=f"bEaReR  {self.token['predict']}")
        self.assertEqual(reply.status, 200)


class ByHand(WireCase):
    """`backpropd token`, beside a daemon and without one."""

    def test_what_is_made_beside_a_daemon_is_good_at_once_and_until_it_is_revoked(self):
        d = self.own_daemon()
        self.assertEqual(d.get("/v1/jobs").status, 200)
        d.token = create(d.directory, "train", "Anna's laptop")
        self.assertEqual(d.get("/v1/jobs").status, 200)
        (row,) = listed(d.directory)
        self.assertEqual((row[1], row[3], row[4]), ("train", "-", "Anna's laptop"))
        for _ in range(2):  # to have it revoked is what was asked for
            self.assertEqual(command(d.directory, "revoke", row[0]).returncode, 0)
        self.assertEqual(d.get("/v1/jobs").status, 401)
        self.assertNotEqual(listed(d.directory)[0][3], "-")
        left = [p.name for p in pathlib.Path(d.directory).iterdir() if "token" in p.name]
        self.assertEqual(left, [])

    def test_what_is_made_without_a_daemon_is_asked_for_by_the_next(self):
        with tempfile.TemporaryDirectory() as directory:
            d = self.own_daemon(directory=directory)
            d.stop()
            token = create(directory, "predict")
            d.start()
            self.assertEqual(d.get("/v1/models").status, 401)
            d.token = token
            self.assertEqual(d.get("/v1/models").status, 200)
            d.stop()
            (row,) = listed(directory)
            self.assertEqual(command(directory, "revoke", row[0]).returncode, 0)
            d.start()
            self.assertEqual(d.get("/v1/models").status, 401)
            d.stop()

    def test_many_at_a_time_are_all_made(self):
        d = self.own_daemon()
        running = [subprocess.Popen([str(PROGRAM), "token", "create", "predict",
                                     f"--data-dir={d.directory}"], stdout=subprocess.PIPE,
                                    stderr=subprocess.DEVNULL, text=True) for _ in range(8)]
        tokens = {process.communicate()[0].strip() for process in running}
        self.assertEqual({process.returncode for process in running}, {0})
        self.assertEqual(len(tokens), 8)
        for d.token in tokens:
            self.assertEqual(d.get("/v1/models").status, 200)

    def test_a_daemon_that_does_not_answer_is_said_and_nothing_left(self):
        d = self.own_daemon()
        d.process.send_signal(19)  # SIGSTOP
        try:
            done = command(d.directory, "create", "train")
        finally:
            d.process.send_signal(18)  # SIGCONT
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("did not answer", done.stderr)
        self.assertEqual(listed(d.directory), [])

    def test_none_is_made_where_there_is_no_store(self):
        with tempfile.TemporaryDirectory() as empty:
            for directory in (empty, f"{empty}/missing"):
                for words in (("create", "predict", "shop"), ("revoke", "tok_" + 20 * "0")):
                    done = command(directory, *words)
                    self.assertEqual((done.returncode, done.stdout), (1, ""))
                    self.assertIn(f"there is no store {directory}/backpropd.db", done.stderr)
            self.assertEqual(list(pathlib.Path(empty).iterdir()), [])

    def test_mistakes_are_told(self):
        with tempfile.TemporaryDirectory() as directory:
            self.own_daemon(directory=directory).stop()
            create(directory, "train")
            for words, status, said in (
                    ((), 2, "usage"), (("make",), 2, "create, list or revoke"),
                    (("create",), 2, "takes a scope"), (("create", "root"), 2, "predict, train or"),
                    (("create", "train", "a\nb"), 2, "printable"),
                    (("create", "train", "x" * 101), 2, "100"),
                    (("create", "train", "a", "b"), 2, "takes a scope"),
                    (("list", "all"), 2, "nothing more"), (("revoke",), 2, "takes the id"),
                    (("revoke", "me"), 2, "an id is tok_"),
                    (("revoke", "tok_" + 20 * "0"), 1, "there is no token")):
                with self.subTest(words):
                    done = command(directory, *words)
                    self.assertEqual((done.returncode, done.stdout), (status, ""))
                    self.assertIn(said, done.stderr)
            self.assertEqual(len(listed(directory)), 1)
        done = command(directory, "list")
        self.assertEqual(done.returncode, 1)
        self.assertIn("there is no store", done.stderr)


class OverHttp(WireCase):
    """/v1/tokens."""

    def test_the_first_has_to_be_an_administrators_and_closes_the_door(self):
        d = self.own_daemon()
        self.refused(d.post("/v1/tokens", {"scope": "train"}), 422, "#/scope", "first")
        first = d.expect(201, d.post("/v1/tokens", {"scope": "admin", "name": "me"}))
        self.assertEqual(d.get("/v1/models").status, 401)
        d.token = first["token"]
        reply = d.post("/v1/tokens", {"scope": "train"})
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        second = d.expect(201, reply)
        page = d.expect(200, d.get("/v1/tokens?limit=1"))
        self.assertEqual(page["next"], second["id"])
        rest = d.expect(200, d.get(f"/v1/tokens?after={page['next']}"))
        self.assertEqual([t["id"] for t in page["data"] + rest["data"]],
                         [second["id"], first["id"]])
        self.assertNotIn("token", rest["data"][0])

    def test_a_revoked_one_opens_nothing_from_the_reply_on_nor_after_a_restart(self):
        d = self.own_daemon()
        admin = create(d.directory, "admin")
        d.token = admin
        other = d.expect(201, d.post("/v1/tokens", {"scope": "admin"}))
        self.assertEqual(d.delete(f"/v1/tokens/{other['id']}").status, 204)
        self.assertEqual(d.delete(f"/v1/tokens/{other['id']}").status, 404)
        d.token = other["token"]
        self.assertEqual(d.get("/v1/models").status, 401)
        d.restart()
        d.token = other["token"]
        self.assertEqual(d.get("/v1/models").status, 401)
        d.token = admin
        self.assertEqual(d.get(f"/v1/tokens/{other['id']}").status, 404)
        self.assertEqual(len(d.expect(200, d.get("/v1/tokens"))["data"]), 1)
        row = next(row for row in listed(d.directory) if row[0] == other["id"])
        self.assertNotEqual(row[3], "-")

    def test_a_stream_ends_when_its_token_is_revoked(self):
        d = self.own_daemon()
        d.token = create(d.directory, "admin")
        x, y = rows(500, 4, seed=9)
        job = d.start_job(d.add_dataset(x, y)["id"], ENDLESS)
        other = d.expect(201, d.post("/v1/tokens", {"scope": "train"}))
        with socket.create_connection(d.address, timeout=30 * SLOWER) as listener:
            listener.sendall(f"GET /v1/jobs/{job['id']}/events HTTP/1.1\r\nHost: a\r\n"
                             f"Authorization: Bearer {other['token']}\r\n\r\n".encode())
            tail = listener.recv(65536)
            self.assertTrue(tail.startswith(b"HTTP/1.1 200 "))
            self.assertEqual(d.delete(f"/v1/tokens/{other['id']}").status, 204)
            deadline = time.monotonic() + 30 * SLOWER
            while not tail.endswith(b"\r\n0\r\n\r\n"):
                part = listener.recv(65536)
                self.assertTrue(part, "the stream was cut, not ended")
                self.assertLess(time.monotonic(), deadline, "the stream goes on")
                tail = (tail + part)[-16:]
        self.assertEqual(d.get(f"/v1/jobs/{job['id']}").json["state"], "running")
        self.assertEqual(d.post(f"/v1/jobs/{job['id']}/cancel?discard=true").status, 200)

    def test_who_waits_is_refused_when_the_token_is_revoked(self):
        d = self.own_daemon()
        d.token = create(d.directory, "admin")
        x, y = rows(500, 4, seed=9)
        job = d.start_job(d.add_dataset(x, y)["id"], ENDLESS)
        other = d.expect(201, d.post("/v1/tokens", {"scope": "train"}))
        parked = http.client.HTTPConnection(*d.address, timeout=30 * SLOWER)
        self.addCleanup(parked.close)
        parked.request("GET", f"/v1/jobs/{job['id']}?wait=600",
                       headers={"Authorization": f"Bearer {other['token']}"})
        wait_until(lambda: b"http_requests_in_flight 2" in d.get("/metrics").body,
                   "the request that waits")
        self.assertEqual(d.delete(f"/v1/tokens/{other['id']}").status, 204)
        answer = parked.getresponse()
        self.assertEqual(answer.status, 401)
        self.assertIn("error=\"invalid_token\"", answer.headers["WWW-Authenticate"])
        self.assertNotIn(b"hyperparameters", answer.read())
        self.assertEqual(d.post(f"/v1/jobs/{job['id']}/cancel?discard=true").status, 200)

    def test_to_revoke_the_last_opens_nothing(self):
        d = self.own_daemon()
        d.token = create(d.directory, "admin")
        (mine,) = d.expect(200, d.get("/v1/tokens"))["data"]
        self.assertEqual(d.delete(f"/v1/tokens/{mine['id']}").status, 204)
        for _ in range(2):
            for d.token in (d.token, None):
                self.assertEqual(d.get("/v1/models").status, 401)
            d.restart()

    def test_all_mistakes_are_told_at_once(self):
        d = self.own_daemon()
        reply = d.post("/v1/tokens?x=1", {"scope": "root", "name": 7, "scop": "train"})
        self.assertEqual(reply.status, 422)
        self.assertEqual(set(reply.errors), {"?x", "#/scope", "#/name", "#/scop"}, str(reply))
        self.refused(d.post("/v1/tokens", {}), 422, "#/scope", "nothing")
        self.refused(d.post("/v1/tokens", {"scope": "admin", "name": "\n"}), 422, "#/name")
        self.refused(d.post("/v1/tokens", []), 422, "#")
        self.assertEqual(d.get("/v1/tokens").json["data"], [])


class Door(WireCase):
    """Who is asked for a token when the daemon starts."""

    def start(self, *options, environment=None, directory=None):
        """A daemon, and the file that its standard output goes to."""
        said = tempfile.NamedTemporaryFile()
        self.addCleanup(said.close)
        before, Daemon.output = Daemon.output, said.fileno()
        try:
            return self.own_daemon(*options, environment=environment, directory=directory), said
        finally:
            Daemon.output = before

    def text(self, said):
        return pathlib.Path(said.name).read_text(encoding="ascii")

    def test_loopback_is_open_until_there_is_a_token(self):
        for host in ("127.0.0.1", "localhost", "127.0.0.2"):
            d, said = self.start(f"--listen={host}:0")
            self.assertEqual(d.get("/v1/jobs").status, 200)
            self.assertEqual(self.text(said), "")

    def test_elsewhere_the_first_start_makes_a_token_and_shows_it_once(self):
        with tempfile.TemporaryDirectory() as directory:
            d, said = self.start("--listen=0.0.0.0:0", directory=directory)
            self.assertEqual(d.get("/v1/models").status, 401)
            self.assertEqual(d.get("/readyz").status, 200)
            shown = self.text(said)
            (token,) = set(re.findall(r"bp_[0-9a-f]{64}", shown))
            self.assertIn(f"curl -H 'Authorization: Bearer {token}' \\\n"
                          f"    http://localhost:{d.address[1]}/v1/models\n", shown)
            d.token = token
            (first,) = d.expect(200, d.get("/v1/tokens"))["data"]
            self.assertEqual((first["scope"], first["name"]), ("admin", "first"))
            d.stop()
            self.assertNotIn(token, d.log_text())
            again, said = self.start("--listen=0.0.0.0:0", directory=directory)
            self.assertEqual(again.get("/v1/models").status, 401)
            again.token = token
            self.assertEqual(again.get("/v1/models").status, 200)
            self.assertEqual(self.text(said), "")
            again.stop()

    def test_anonymous_is_the_explicit_way_out(self):
        with tempfile.TemporaryDirectory() as directory:
            self.own_daemon(directory=directory).stop()
            create(directory, "predict")
            d, said = self.start("--listen=0.0.0.0:0", "--allow-anonymous", "--host-name=",
                                 directory=directory)
            self.assertEqual(d.get("/v1/jobs").status, 200)
            self.assertEqual(d.get("/v1/jobs", authorization="Bearer who").status, 200)
            self.assertEqual(self.text(said), "")
            self.assertIn("--allow-anonymous", d.event("open")["why"])
            d.expect(201, d.post("/v1/tokens", {"scope": "predict"}))
            d.stop()

    def test_the_operators_own_token_is_an_administrators(self):
        token = "of.the-operator_" + 20 * "x"
        for environment, options in (({"BACKPROPD_TOKEN": token}, []), ({}, ["--token-file"])):
            with tempfile.NamedTemporaryFile("w") as file:
                file.write(token + "\n")
                file.flush()
                options = [f"{option}={file.name}" for option in options]
                d, said = self.start("--listen=0.0.0.0:0", *options, environment=environment)
            self.assertEqual(d.get("/v1/models").status, 401)
            d.token = token
            self.assertEqual(d.get("/v1/tokens").json["data"], [])
            self.assertEqual(self.text(said), "")
            shown = pathlib.Path(f"/proc/{d.process.pid}/environ").read_bytes()
            self.assertNotIn(token.encode(), shown)

    def refuses(self, words, *options, environment=None):
        with self.assertRaises(AssertionError) as raised:
            self.start(*options, environment=environment)
        for word in words:
            self.assertIn(word, str(raised.exception))

    def test_a_token_of_the_operator_that_is_none_is_refused(self):
        self.refuses(("BACKPROPD_TOKEN", "32"), environment={"BACKPROPD_TOKEN": "short"})
        self.refuses(("BACKPROPD_TOKEN", "32"), environment={"BACKPROPD_TOKEN": ""})
        self.refuses(("BACKPROPD_TOKEN", "32"), environment={"BACKPROPD_TOKEN": 300 * "x"})
        self.refuses(("--token-file", "No such file"), "--token-file=/does/not/exist")
        self.refuses(("--token-file", "empty"), "--token-file=/dev/null")
        good = {"BACKPROPD_TOKEN": 32 * "x"}
        self.refuses(("both",), "--token-file=/dev/null", environment=good)
        self.refuses(("contradict",), "--allow-anonymous", environment=good)


class NotToBeFound(WireCase):
    def test_no_token_is_in_a_log_a_file_or_a_command_line(self):
        d = self.own_daemon("--log-level=debug", environment={"BACKPROPD_TOKEN": 20 * "operator"})
        d.token = given = 20 * "operator"
        d.token = by_http = d.expect(201, d.post("/v1/tokens", {"scope": "admin"}))["token"]
        by_hand = create(d.directory, "train")
        wrong = "bp_" + 64 * "7"
        for d.token in (given, by_http, by_hand, wrong):
            d.get("/v1/models")
            d.get("/v1/tokens")
            d.get("/v1/jobs", authorization=d.token)
            d.get("/v1/jobs", authorization=f"Bearer {d.token} {d.token}")
        files = list(pathlib.Path(d.directory).rglob("*"))
        held = b"".join(path.read_bytes() for path in files if path.is_file())
        for token in (by_http, by_hand):  # else nothing would have been looked for
            self.assertIn(hashlib.sha256(token.encode()).hexdigest().encode(), held)
        process = pathlib.Path(f"/proc/{d.process.pid}")
        held += (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        d.stop()
        made = d.event("token-made")["id"]  # that is how the log calls it, and the operator's own
        shown = {e["token"] for e in d.events() if e.get("event") == "request"}
        self.assertLessEqual({"", "operator", made}, shown)
        held += b"".join(path.read_bytes() for path in files if path.is_file())
        held += "\n".join(d.log).encode()
        for token in (given, by_http, by_hand, wrong):
            self.assertNotIn(token.encode(), held)
            self.assertNotIn(token.removeprefix("bp_")[:40].encode(), held)


if __name__ == "__main__":
    unittest.main()
