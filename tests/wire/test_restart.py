"""What survives: a clean stop, a crash, a second daemon, a closer look at the file."""

import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import unittest

from harness import PROGRAM, ROOT, SLOWER, Daemon, WireCase
from samples import ENDLESS, endless_dataset, rows


def states(job):
    return [t["state"] for t in job["transitions"]]


class Restarts(WireCase):
    def trained(self, daemon):
        x, y = rows(60)
        daemon.train({"x": x, "y": y}, {"epochs": 30}, model="lasting")
        return daemon.post("/v1/models/lasting:predict", {"instances": x}), {"instances": x}

    def test_predictions_after_a_restart_are_the_same_bytes(self):
        daemon = self.own_daemon()
        before, body = self.trained(daemon)
        paths = ["/v1/models/lasting", "/v1/models/lasting/weights", "/v1/models", "/v1/jobs",
                 "/v1/datasets"]
        paths += [f"/v1/jobs/{j['id']}/loss" for j in daemon.get("/v1/jobs").json["data"]]
        pages = {path: daemon.get(path).body for path in paths}
        daemon.restart()
        self.assertEqual(daemon.post("/v1/models/lasting:predict", body).body, before.body)
        for path, page in pages.items():
            self.assertEqual(daemon.get(path).body, page)

    def test_what_was_answered_survives_a_crash(self):
        daemon = self.own_daemon()
        before, body = self.trained(daemon)
        dataset = daemon.add_dataset([[1], [2]], [3, 4])
        daemon.kill()
        daemon.start()
        self.assertEqual(daemon.post("/v1/models/lasting:predict", body).body, before.body)
        self.assertEqual(daemon.get(f"/v1/datasets/{dataset['id']}").json, dataset)

    def test_a_job_that_a_crash_left_running_is_queued_again_and_finishes(self):
        daemon = self.own_daemon()
        hyperparameters = {**ENDLESS, "time_limit": 1.5}
        job = daemon.start_job(endless_dataset(daemon), hyperparameters, model="survivor")
        daemon.wait_for_epoch(job)
        daemon.kill()
        daemon.start()
        done = daemon.finish(job)
        self.assertEqual((done["state"], done["stopped_because"], done["attempts"]),
                         ("succeeded", "time_limit", 2))
        self.assertEqual(states(done), ["queued", "running", "queued", "running", "succeeded"])
        loss = daemon.get(f"/v1/jobs/{job['id']}/loss").json
        self.assertEqual(loss["epoch"], list(range(done["progress"]["epoch"] + 1)))

    def test_a_stop_while_training_is_quick_and_puts_the_jobs_back(self):
        for by in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=by.name):
                daemon = self.own_daemon()
                dataset = endless_dataset(daemon)
                jobs = [daemon.start_job(dataset, ENDLESS) for _ in range(3)]
                for job in jobs[:2]:
                    daemon.wait_for_epoch(job)
                self.assertLess(daemon.stop(by), 5 * SLOWER)
                daemon.start()
                for job in jobs[:2]:
                    again = daemon.wait_for_epoch(job)
                    self.assertEqual(states(again), ["queued", "running", "queued", "running"])
                    self.assertTrue(again["transitions"][2]["reason"])
                waiting = daemon.get(f"/v1/jobs/{jobs[2]['id']}").json
                self.assertEqual(states(waiting), ["queued"])

    def test_a_stop_answers_the_clients_that_wait(self):
        daemon = self.own_daemon()
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        daemon.wait_for_epoch(job)
        request = f"GET /v1/jobs/{job['id']}?wait=60 HTTP/1.1\r\nHost: a\r\n\r\n"
        with socket.create_connection(daemon.address, timeout=60) as waiting, \
                socket.create_connection(daemon.address, timeout=60) as idle:
            waiting.sendall(request.encode())
            idle.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
            self.assertIn(b" 200 ", idle.recv(4096).splitlines()[0])
            self.assertLess(daemon.stop(), 5 * SLOWER)
            answer = b"".join(iter(lambda: waiting.recv(65536), b""))
        self.assertTrue(answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 202", b"HTTP/1.1 503")),
                        answer)

    def test_a_second_daemon_on_the_directory_is_refused(self):
        daemon = self.own_daemon()
        second = subprocess.run(daemon.command(), capture_output=True, timeout=20 * SLOWER,
                                env=daemon.clean_environment(), text=True)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(daemon.directory, second.stderr)
        self.assertEqual(daemon.get("/livez").status, 200)

    def test_a_crash_does_not_leave_the_directory_locked(self):
        daemon = self.own_daemon()
        daemon.kill()
        daemon.start()
        self.assertEqual(daemon.get("/readyz").status, 200)

    def test_an_address_in_use_is_said(self):
        daemon = self.own_daemon()
        other = self.own_daemon()
        other.stop()
        command = [str(PROGRAM), "--listen=%s:%d" % daemon.address, f"--data-dir={other.directory}"]
        second = subprocess.run(command, capture_output=True, timeout=20 * SLOWER, text=True)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(str(daemon.address[1]), second.stderr)

    def test_a_file_that_is_no_store_is_refused_and_left_alone(self):
        daemon = self.own_daemon()
        daemon.stop()
        file = pathlib.Path(daemon.directory) / "backpropd.db"
        for junk in (b"not a database at all" * 500, self.foreign_database()):
            for leftover in pathlib.Path(daemon.directory).glob("backpropd.db*"):
                leftover.unlink()
            file.write_bytes(junk)
            second = subprocess.run(daemon.command(), capture_output=True, text=True,
                                    timeout=20 * SLOWER)
            self.assertNotEqual(second.returncode, 0)
            self.assertIn("backpropd.db", second.stderr)
            self.assertEqual(file.read_bytes(), junk)

    def foreign_database(self):
        database = sqlite3.connect(":memory:")
        database.execute("CREATE TABLE somebody (elses INTEGER)")
        database.commit()
        whole = database.serialize()
        database.close()
        return whole

    def test_the_store_is_sound_and_as_promised(self):
        daemon = self.own_daemon()
        self.trained(daemon)
        daemon.stop()
        steps = sorted((ROOT / "schema").glob("[0-9]*.sql"))
        store = sqlite3.connect(f"{daemon.directory}/backpropd.db")
        self.addCleanup(store.close)

        def ask(sql):
            return store.execute(sql).fetchall()
        self.assertEqual(ask("PRAGMA integrity_check"), [("ok",)])
        self.assertEqual(ask("PRAGMA foreign_key_check"), [])
        self.assertNotEqual(ask("PRAGMA application_id"), [(0,)])
        self.assertEqual(ask("PRAGMA user_version"), [(len(steps),)])
        self.assertEqual(ask("PRAGMA journal_mode"), [("wal",)])
        tables = [t for t in ask("PRAGMA table_list")
                  if t[0] == "main" and not t[1].startswith("sqlite_")]
        self.assertGreaterEqual(len(tables), 3)
        self.assertEqual([t[1] for t in tables if not t[5]], [], "not STRICT")

    def test_a_newer_store_is_refused(self):
        daemon = self.own_daemon()
        daemon.stop()
        store = sqlite3.connect(f"{daemon.directory}/backpropd.db")
        store.execute("PRAGMA user_version = 1000000")
        store.commit()
        store.close()
        second = subprocess.run(daemon.command(), capture_output=True, text=True,
                                timeout=20 * SLOWER)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("newer", second.stderr)

    def test_it_works_as_process_1(self):
        unshare = shutil.which("unshare")
        if not unshare or subprocess.run([unshare, "--pid", "--fork", "true"],
                                         capture_output=True).returncode != 0:
            self.skipTest("this machine does not allow a process namespace")
        daemon = InNamespace()
        self.addCleanup(daemon.close)
        self.daemon = daemon
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        daemon.wait_for_epoch(job)
        self.assertLess(daemon.stop(), 5 * SLOWER)


class InNamespace(Daemon):
    """The daemon as process 1 of a namespace; signals go to it, not to unshare."""

    def command(self):
        return ["unshare", "--pid", "--fork", "--kill-child", *super().command()]

    def stop(self, by=signal.SIGTERM):
        outer = self.process.pid
        children = pathlib.Path(f"/proc/{outer}/task/{outer}/children").read_text().split()
        os.kill(int(children[0]), by)
        return super().stop(0)


if __name__ == "__main__":
    unittest.main()
