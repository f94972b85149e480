"""Copies of the store, over HTTP and by the command: whole, sound, and good to go on with."""

import os
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import unittest

import disturbed
from full_disk import FullDisk
from harness import PROGRAM, SLOWER, WireCase, wait_until
from samples import rows

LARGE = 40 << 20  # bytes: more than the sockets of both ends hold


def command(*words):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("BACKPROPD_")}
    return subprocess.run([str(PROGRAM), *map(str, words)], capture_output=True, text=True,
                          timeout=60 * SLOWER, env=kept)


def backup(directory, file):
    return command("backup", file, f"--data-dir={directory}")


class Backups(WireCase):
    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="backpropd-")
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def assert_sound(self, file):
        store = sqlite3.connect(file)
        self.assertEqual(store.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertEqual(store.execute("PRAGMA foreign_key_check").fetchall(), [])
        self.assertEqual(store.execute("PRAGMA journal_mode").fetchall(), [("delete",)])
        store.close()

    def restored(self, file):
        """A daemon on a store that is made of the copy."""
        self.assert_sound(file)
        folder = self.folder()
        shutil.copy(file, folder / "backpropd.db")
        return self.own_daemon(directory=folder)

    def posted(self, daemon):
        """The file of a copy that came over HTTP."""
        reply = daemon.post("/v1/backup")
        self.assertEqual(reply.status, 200, str(reply)[:1000])
        self.assertEqual(reply.type, "application/vnd.sqlite3")
        self.assertEqual(int(reply.headers["Content-Length"]), len(reply.body))
        self.assertRegex(reply.headers["Content-Disposition"],
                         r'^attachment; filename="backpropd-\d{8}T\d{6}Z\.db"$')
        self.assertEqual(reply.headers["Cache-Control"], "no-store")
        file = self.folder() / "copy.db"
        file.write_bytes(reply.body)
        return file

    def commanded(self, daemon):
        file = self.folder() / "copy.db"
        done = backup(daemon.directory, file)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assertEqual(done.stderr, f"{file}: {file.stat().st_size} bytes\n")
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        self.assertEqual(os.listdir(file.parent), ["copy.db"])
        return file

    def answers(self, daemon):
        """All that a client can read, but who is at work."""
        jobs = [job["id"] for job in daemon.get("/v1/jobs").json["data"]]
        sets = [dataset["id"] for dataset in daemon.get("/v1/datasets").json["data"]]
        models = [m["name"] for m in daemon.get("/v1/models").json["data"]]
        paths = ["/v1/jobs", "/v1/datasets", "/v1/models"]
        paths += [f"/v1/jobs/{job}{tail}" for job in jobs for tail in ("", "/loss", "/runs")]
        paths += [f"/v1/datasets/{one}{tail}" for one in sets for tail in ("", "/rows")]
        paths += [f"/v1/models/{name}{tail}" for name in models
                  for tail in ("", "/weights", "/export")]
        self.assertGreater(len(paths), 15)
        return {path: daemon.get(path).body for path in paths}

    def test_a_restored_store_answers_byte_for_byte_as_the_first(self):
        daemon = self.own_daemon()
        x, y = rows(60)
        daemon.train({"x": x, "y": y}, {"epochs": 30}, model="lasting")
        daemon.train({"x": x, "y": y}, {"epochs": 5, "ensemble": 2, "cross_validation": 2},
                     model="lasting")
        before = self.answers(daemon)
        for file in (self.posted(daemon), self.commanded(daemon)):
            self.assertEqual(self.answers(self.restored(file)), before)
        daemon.stop()
        self.assertEqual(self.answers(self.restored(self.commanded(daemon))), before)

    def test_what_trains_while_the_copy_is_made_goes_on_from_it_to_the_same_bits(self):
        daemon = self.own_daemon()
        x, y = rows(300)
        asked = disturbed.hyperparameters("adam", batch=30, shuffle=True, validation=0.2)
        jobs = [daemon.start_job({"x": x, "y": y}, {**asked, "epochs": 2 * asked["epochs"]})]
        self.wait_for_checkpoint(daemon)
        copies = [self.posted(daemon), self.commanded(daemon)]
        self.assertTrue(disturbed.unfinished(daemon, jobs))
        expected = [disturbed.outcome(daemon, job) for job in jobs]
        for file in copies:
            copy = self.restored(file)
            self.assertEqual([disturbed.outcome(copy, job) for job in jobs], expected)
            wait_until(lambda: copy.event("job-goes-on"), "the log to say so")

    def wait_for_checkpoint(self, daemon):
        store = sqlite3.connect(f"file:{daemon.directory}/backpropd.db?mode=ro", uri=True)
        wait_until(lambda: store.execute("SELECT count(*) FROM checkpoints").fetchone()[0],
                   "a checkpoint")
        store.close()

    def large_daemon(self):
        """One whose copy does not fit into the sockets: its sending lasts until it is read."""
        daemon = self.own_daemon()
        daemon.stop()
        store = sqlite3.connect(f"{daemon.directory}/backpropd.db")
        with store:
            store.execute("INSERT INTO blobs VALUES (77, ?)", (LARGE,))
            store.execute("INSERT INTO blob_chunks VALUES (77, 0, 0, randomblob(?))", (LARGE,))
        store.close()
        daemon.start()
        return daemon

    def begun(self, daemon):
        """A client that has read the head of its copy, and no more."""
        client = socket.create_connection(daemon.address, timeout=60 * SLOWER)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.sendall(b"POST /v1/backup HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(1024)
        self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
        return client

    def test_there_is_one_at_a_time_and_nothing_is_left_of_one_whose_client_leaves(self):
        daemon = self.large_daemon()
        files = sorted(os.listdir(daemon.directory))
        with self.begun(daemon):
            busy = daemon.post("/v1/backup")
            self.refused(busy, 503, None, "one at a time")
            self.assertEqual(busy.headers["Retry-After"], "5")
            self.assertEqual(busy.json["type"], "/problems/busy")
            daemon.expect(200, daemon.get("/v1/jobs"))
            daemon.add_dataset([[1], [2]], [3, 4])
            self.assertEqual(sorted(os.listdir(daemon.directory)), files)
        reply = wait_until(lambda: self.unless_busy(daemon.post("/v1/backup")), "the next copy")
        self.assertGreater(len(reply.body), LARGE)
        self.assertEqual(sorted(os.listdir(daemon.directory)), files)

    def unless_busy(self, reply):
        return None if reply.status == 503 else reply

    def test_a_stop_cuts_a_copy_off_and_the_client_can_tell(self):
        daemon = self.large_daemon()
        with self.begun(daemon) as client:
            self.assertLess(daemon.stop(), 5 * SLOWER)
            rest = 0
            while True:
                try:
                    got = len(client.recv(1 << 20))
                except ConnectionResetError:
                    got = 0
                if got == 0:
                    break
                rest += got
        self.assertLess(rest, LARGE)

    def test_a_copy_that_does_not_fit_the_disk_is_refused_and_nothing_is_left_of_it(self):
        disk = FullDisk(self, mebibytes=48)
        daemon = self.own_daemon(directory=disk.store)
        x, y = rows(20000, 20)
        daemon.add_dataset(x, y)  # some 3 MiB
        room = shutil.disk_usage(disk.path).free
        disk.filler.write_bytes(bytes(room - (18 << 20)))  # 16 have to stay
        files = sorted(os.listdir(disk.store))
        refused = daemon.post("/v1/backup")
        self.refused(refused, 507, None, "a copy takes up to", "16777216 more have to stay free")
        done = backup(daemon.directory, disk.path / "copy.db")
        self.assertEqual(done.returncode, 1)
        self.assertIn("a copy takes up to", done.stderr)
        self.assertEqual(sorted(os.listdir(disk.store)), files)
        self.assertEqual(sorted(os.listdir(disk.path)), ["filler", "store"])
        self.assertEqual(daemon.get("/readyz").status, 200)
        disk.empty()
        self.assert_sound(self.posted(daemon))

    def test_a_file_is_there_whole_or_not_at_all_and_never_overwritten(self):
        daemon = self.own_daemon()
        folder = self.folder()
        file = folder / "mine"
        file.write_text("mine")
        done = backup(daemon.directory, file)
        self.assertEqual((done.returncode, done.stdout, done.stderr),
                         (1, "", f"backpropd backup: {file} is there already; nothing is "
                                 "overwritten\n"))
        self.assertEqual(file.read_text(), "mine")
        done = backup(daemon.directory, folder / "none" / "copy.db")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr, "copy.db.* cannot be made: No such file or directory\n")
        self.assertEqual(os.listdir(folder), ["mine"])

    def test_a_signal_leaves_nothing_behind(self):
        daemon = self.large_daemon()
        folder = self.folder()
        for _ in range(20):
            child = subprocess.Popen([str(PROGRAM), "backup", folder / "copy.db",
                                      f"--data-dir={daemon.directory}"],
                                     stderr=subprocess.PIPE, text=True)
            wait_until(lambda: os.listdir(folder) or child.poll() is not None,  # noqa: B023
                       "the copy to begin")
            child.send_signal(signal.SIGINT)
            said = child.communicate()[1]
            left = os.listdir(folder)
            if child.returncode == 1:
                self.assertEqual((said, left), ("backpropd backup: it was stopped; nothing was "
                                                "kept\n", []))
                return
            self.assertEqual((child.returncode, left), (0, ["copy.db"]), said)
            (folder / "copy.db").unlink()
        self.skipTest("each copy was whole before its signal came")

    def test_wrong_words_and_stores_are_said(self):
        daemon = self.own_daemon()
        folder = self.folder()
        for words in ((), ("a", "b"), ("x" * 5000,)):
            done = command("backup", *words, f"--data-dir={daemon.directory}")
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertRegex(done.stderr, r"usage: backpropd backup FILE")
        self.assertEqual(command("backup", folder / "a", "--no-such-option=1").returncode, 2)
        done = backup(folder, folder / "copy.db")
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"there is no store {folder}/backpropd.db", done.stderr)
        self.assertEqual(os.listdir(folder), [])

    def test_a_copy_may_be_made_by_administrators_only(self):
        daemon = self.own_daemon()
        admin = daemon.expect(201, daemon.post("/v1/tokens", {"scope": "admin"}))["token"]
        daemon.token = admin
        train = daemon.expect(201, daemon.post("/v1/tokens", {"scope": "train"}))["token"]
        daemon.token = train
        self.refused(daemon.post("/v1/backup"), 403, None, "admin")
        daemon.token = admin
        whole = self.posted(daemon).read_bytes()
        for token in (admin, train):
            self.assertNotIn(token.encode(), whole)


class Log(WireCase):
    def test_it_says_what_was_given_away(self):
        daemon = self.own_daemon()
        daemon.expect(200, daemon.get("/livez"))
        size = len(daemon.post("/v1/backup", x_request_id="mine").body)
        event = wait_until(lambda: daemon.event("backup"), "the line")
        self.assertEqual((event["bytes"], event["request"]), (size, "mine"))


if __name__ == "__main__":
    unittest.main()
