"""The program as one runs it: options from the line, the environment and a file."""

import json
import os
import re
import signal
import subprocess
import tempfile
import unittest

from harness import PROGRAM, ROOT, SLOWER, WireCase

OPTIONS = {"listen", "data-dir", "workers", "max-body", "connections", "log-level"}


def run(*arguments, environment=None):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROPD_")}
    return subprocess.run([str(PROGRAM), *arguments], capture_output=True, text=True,
                          timeout=20 * SLOWER, env={**kept, **(environment or {})})


def settings(*arguments, environment=None):
    done = run(*arguments, "--print-config", environment=environment)
    assert done.returncode == 0, done.stderr
    pairs = [line.split(" = ", 1) for line in done.stdout.splitlines()
             if line and not line.startswith("#")]
    return {name: value for name, value in pairs}


class Options(WireCase):
    def write(self, text):
        file = tempfile.NamedTemporaryFile("w", suffix=".conf")
        self.addCleanup(file.close)
        file.write(text)
        file.flush()
        return file.name

    def test_help_names_every_option(self):
        done = run("--help")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for name in OPTIONS | {"config", "print-config", "version", "help"}:
            self.assertIn(f"--{name}", done.stdout)
        self.assertIn("BACKPROPD_", done.stdout)
        self.assertIn("healthcheck", done.stdout)

    def test_each_command_has_a_help_of_its_own(self):
        for word in ("token", "backup", "check", "healthcheck"):
            for asked in ("--help", "-h"):
                done = run(word, asked)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertRegex(done.stdout, rf"\Ausage: backpropd {word} ")
            self.assertIn(done.stdout, run(word, "too", "many", "words").stderr)

    def test_a_word_that_is_no_command_is_told_so(self):
        done = run("tokne", "list")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertEqual(done.stderr,
                         "backpropd: there is no command 'tokne'; did you mean 'token'?\n")
        self.assertIn("no command 'serve'; --help", run("serve").stderr)

    def test_version(self):
        done = run("--version")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"^backpropd \d+\.\d+\.\d+ \(core: [a-z0-9-]+\)\n$")

    def test_the_defaults(self):
        config = settings()
        self.assertLessEqual(OPTIONS, set(config))
        self.assertEqual(config["listen"], "127.0.0.1:8080")
        self.assertEqual(config["max-body"], str(64 * 1024 * 1024))

    def test_the_command_line_wins_over_the_environment_and_that_over_the_file(self):
        file = self.write("# a comment\n\nworkers = 3\nconnections = 40\nlog-level = error\n")
        environment = {"BACKPROPD_WORKERS": "5", "BACKPROPD_CONNECTIONS": "50"}
        config = settings(f"--config={file}", "--workers=7", environment=environment)
        self.assertEqual((config["workers"], config["connections"], config["log-level"]),
                         ("7", "50", "error"))

    def test_the_file_may_be_named_in_the_environment(self):
        file = self.write("workers = 3\n")
        self.assertEqual(settings(environment={"BACKPROPD_CONFIG": file})["workers"], "3")

    def test_what_is_printed_can_be_read_back(self):
        given = ("--listen=127.0.0.1:1234", "--workers=6", "--max-body=3MiB", "--log-level=debug")
        printed = run(*given, "--print-config").stdout
        self.assertEqual(settings(f"--config={self.write(printed)}"), settings(*given))

    def test_the_example_file_is_taken_and_says_the_defaults(self):
        example = ROOT / "deploy" / "backpropd.conf"
        self.assertEqual(settings(f"--config={example}"), settings())

    def test_a_daemon_starts_from_the_example_file(self):
        daemon = self.own_daemon(f"--config={ROOT / 'deploy' / 'backpropd.conf'}")
        self.assertEqual(daemon.get("/livez").status, 200)

    def failed(self, done, *words):
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        for word in words:
            self.assertIn(word, done.stderr)

    def test_an_unknown_option_names_the_nearest(self):
        self.failed(run("--worker=2"), "worker", "'workers'")
        self.failed(run("nonsense"), "nonsense")
        self.failed(run(f"--config={self.write('wrokers = 2')}"), "wrokers", "workers")

    def test_bad_values_are_refused_by_name(self):
        for option in ("--workers=-1", "--workers=two", "--workers=", "--workers=99999999",
                       "--listen=nowhere", "--listen=127.0.0.1:99999", "--max-body=-1",
                       "--max-body=5XB", "--connections=0", "--log-level=loud"):
            with self.subTest(option=option):
                name, _, value = option.partition("=")
                self.failed(run(option, "--print-config"), name.lstrip("-"), value)

    def test_a_port_that_is_too_large_is_said_so(self):
        for value in ("127.0.0.1:99999", "[::1]:65536", ":99999999999999999999"):
            self.failed(run(f"--listen={value}", "--print-config"), "a port from 0 to 65535")
        for value in ("127.0.0.1:", "127.0.0.1:80x", "127.0.0.1"):
            self.failed(run(f"--listen={value}", "--print-config"), "must be HOST:PORT")

    def test_options_that_cannot_be_used_are_refused_before_a_store_is_made(self):
        taken = self.own_daemon().address
        short = {"BACKPROPD_TOKEN": "short"}
        for option, environment, said in (
                ("--tls-cert=/dev/null", None, "--tls-key is not given"),
                ("--tls-key=/dev/null", None, "--tls-cert is not given"),
                ("--listen=no.such.host.invalid:0", None, "there is no address"),
                ("--listen=%s:%d" % taken, None, "cannot be listened on"),
                ("--token-file=/does/not/exist", None, "--token-file"),
                ("--workers=1", short, "BACKPROPD_TOKEN must hold")):
            with self.subTest(option), tempfile.TemporaryDirectory() as folder:
                done = run("--listen=127.0.0.1:0", f"--data-dir={folder}/store", option,
                           environment=environment)
                self.failed(done, said)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertEqual(os.listdir(folder), [])

    def test_a_bad_value_says_where_it_came_from(self):
        self.failed(run("--print-config", environment={"BACKPROPD_WORKERS": "x"}),
                    "BACKPROPD_WORKERS")
        file = self.write("# first\nworkers = x\n")
        self.failed(run("--print-config", f"--config={file}"), file, "2")

    def test_a_file_that_is_not_there_is_said(self):
        self.failed(run("--config=/nowhere/at/all.conf", "--print-config"), "/nowhere/at/all.conf")

    def test_a_directory_that_cannot_be_made_is_said(self):
        self.failed(run("--listen=127.0.0.1:0", "--data-dir=/dev/null/store"), "/dev/null/store")


class Healthcheck(WireCase):
    def test_it_tells_a_living_daemon_from_a_dead_one(self):
        daemon = self.own_daemon()
        listen = "--listen=%s:%d" % daemon.address
        alive = run("healthcheck", listen)
        self.assertEqual(alive.returncode, 0, alive.stderr)
        by_environment = run("healthcheck", environment={"BACKPROPD_LISTEN": listen[9:]})
        self.assertEqual(by_environment.returncode, 0, by_environment.stderr)
        daemon.stop()
        self.assertEqual(run("healthcheck", listen).returncode, 1)

    def test_it_says_that_a_daemon_does_not_answer(self):
        daemon = self.own_daemon()
        daemon.process.send_signal(signal.SIGSTOP)
        try:
            done = run("healthcheck", "--listen=%s:%d" % daemon.address)
        finally:
            daemon.process.send_signal(signal.SIGCONT)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, r"does not answer within \d s\n")

    def test_it_finds_a_daemon_that_listens_everywhere(self):
        daemon = self.own_daemon("--listen=0.0.0.0:0")
        done = run("healthcheck", "--listen=0.0.0.0:%d" % daemon.address[1])
        self.assertEqual(done.returncode, 0, done.stderr)


class Log(WireCase):
    def test_every_line_is_one_json_object(self):
        daemon = self.own_daemon("--log-level=debug")
        daemon.post("/v1/datasets", b"{")
        daemon.get("/v1/models/%22%0A%5C")
        daemon.stop()
        self.assertGreaterEqual(len(daemon.log), 2)
        for line in daemon.log:
            event = json.loads(line)
            self.assertLessEqual({"at", "level", "event"}, set(event))
            self.assertRegex(event["at"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")

    def test_the_level_silences_what_is_below(self):
        daemon = self.own_daemon("--log-level=info")
        daemon.stop()
        self.assertNotIn("debug", {e["level"] for e in daemon.events()})


class Readme(WireCase):
    """What the README must not forget."""

    def setUp(self):
        self.text = (ROOT / "README.md").read_text()

    def test_every_option_is_in_the_readme(self):
        for name in re.findall(r"^\s+--([a-z-]+)", run("--help").stdout, re.MULTILINE):
            self.assertIn(f"--{name}", self.text)

    def test_every_hyperparameter_is_in_the_readme(self):
        daemon = self.own_daemon()
        job = daemon.start_job({"x": [[1], [2]], "y": [1, 2]}, {"epochs": 1})
        self.assertGreaterEqual(len(job["hyperparameters"]), 15)
        for name in job["hyperparameters"]:
            self.assertIn(f"`{name}`", self.text)


if __name__ == "__main__":
    unittest.main()
