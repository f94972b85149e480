"""Copies again and again of a store on which all goes on: each is sound, a daemon starts on it, and
what it trains ends as on the first; and what a copy costs the clients of a large store."""

import pathlib
import random
import shutil
import sqlite3
import statistics
import tempfile
import threading
import time
import unittest

import disturbed
from harness import Daemon, WireCase, wait_until
from samples import as_csv, rows
from test_backup import backup, command

COPIES = 16
GIB_CHUNKS = 1000  # of 1 MiB each


class UnderLoad(WireCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="backpropd-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.over = threading.Event()

    def repeat(self, what, *args):
        """Does it in a thread of its own until the test is over; its mistake is the test's."""
        def run():
            try:
                while not self.over.is_set():
                    what(*args)
            except Exception as mistake:  # noqa: BLE001
                self.mistakes.append(mistake)
        self.mistakes = getattr(self, "mistakes", [])
        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.over.set)

    def upload_and_delete(self, daemon, draw):
        x, y = rows(draw.randrange(1, 3000), 8)
        made = daemon.post_csv("/v1/datasets", as_csv("abcdefghi", [a + [b] for a, b in zip(x, y)]))
        daemon.expect(201, made)
        if draw.random() < 0.8:
            daemon.expect(204, daemon.delete(made.headers["Location"]))

    def train_short(self, daemon, dataset, draw):
        daemon.train(dataset, {"epochs": draw.randrange(1, 300)}, model=f"m{draw.randrange(5)}")

    def copy_of(self, daemon, i):
        file = self.folder / f"{i}.db"
        if i % 2:
            done = backup(daemon.directory, file)
            self.assertEqual(done.returncode, 0, done.stderr)
        else:
            reply = daemon.post("/v1/backup")
            self.assertEqual(reply.status, 200)
            file.write_bytes(reply.body)
        return file

    def assert_sound(self, file):
        done = command("check", file)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        store = sqlite3.connect(file)
        self.assertEqual(store.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
        self.assertEqual(store.execute("PRAGMA foreign_key_check").fetchall(), [])
        store.close()

    def test_each_of_many_copies_is_sound_and_goes_on_to_the_same_bits(self):
        seed = disturbed.seed()
        daemon = self.own_daemon("--workers=2")
        x, y = rows(300)
        dataset = daemon.add_dataset(x, y)["id"]
        asked = disturbed.hyperparameters("adam", batch=30, shuffle=True, validation=0.2)
        asked["epochs"] *= 4  # so that copies are made of it at work
        expected = disturbed.outcome(daemon, daemon.start_job(dataset, asked, model="expected"))
        self.repeat(self.upload_and_delete, daemon, random.Random(seed))
        self.repeat(self.train_short, daemon, dataset, random.Random(seed + 1))
        resumed = 0
        for i in range(COPIES):
            job = daemon.start_job(dataset, asked, model=f"copy{i}")
            daemon.wait_for_epoch(job, 1)
            file = self.copy_of(daemon, i)
            self.assert_sound(file)
            if i % 4 < 2:
                resumed += self.assert_goes_on(file, job, expected)
            file.unlink()
            done = command("check", f"--data-dir={daemon.directory}")
            self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.mistakes, [], f"BACKPROPD_SEED={seed}")
        self.assertGreater(resumed, COPIES / 8)

    def assert_goes_on(self, file, job, expected):
        """1 where the job was at work in the copy."""
        folder = self.folder / "restored"
        folder.mkdir()
        shutil.copy(file, folder / "backpropd.db")
        copy = Daemon(directory=folder)
        try:
            got = disturbed.outcome(copy, job)
            self.assertEqual(disturbed.differences(expected, {**got, "version": 1}), [])
            at_work = copy.event("job-goes-on") is not None
        finally:
            copy.close()
        shutil.rmtree(folder)
        return at_work

    def fill(self, daemon):
        """About a gigabyte beside what is there, that belongs to nothing."""
        daemon.stop()
        store = sqlite3.connect(f"{daemon.directory}/backpropd.db")
        with store:
            store.execute("INSERT INTO blobs VALUES (1000000, ?)", (GIB_CHUNKS << 20,))
            for i in range(GIB_CHUNKS):
                store.execute("INSERT INTO blob_chunks VALUES (1000000, ?, 0, randomblob(1048576))",
                              (i,))
        store.close()
        daemon.start()

    def timed(self, times, what, *args):
        began = time.monotonic()
        what(*args)
        times.append(time.monotonic() - began)

    def test_a_copy_of_a_gigabyte_holds_up_neither_commits_nor_predictions_nor_the_stop(self):
        daemon = self.own_daemon("--workers=1")
        daemon.train(daemon.add_dataset(*rows(50))["id"], {"epochs": 5}, model="m")
        self.fill(daemon)
        commits, predictions = [], []
        self.repeat(self.timed, commits, daemon.add_dataset, [[1], [2]], [3, 4])
        self.repeat(self.timed, predictions, daemon.predict, "m", [[1, 2, 3]])
        wait_until(lambda: len(commits) > 200, "clients at work")
        idle = [list(commits), list(predictions)]
        commits.clear(), predictions.clear()
        began = time.monotonic()
        done = backup(daemon.directory, self.folder / "large.db")
        took = time.monotonic() - began
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.mistakes, [])
        wal = pathlib.Path(daemon.directory, "backpropd.db-wal").stat().st_size
        for name, calm, busy in zip(("commit", "prediction"), idle, (commits, predictions)):
            p99 = [statistics.quantiles(times, n=100)[98] for times in (calm, list(busy))]
            print(f"{name}: p99 {1000 * p99[0]:.1f} ms, during a copy of {took:.1f} s "
                  f"{1000 * p99[1]:.1f} ms, at most {1000 * max(busy):.1f} ms of {len(busy)}")
            self.assertLess(p99[1], 1)
            self.assertLess(max(busy), took / 2 + 1)
        self.assertLess(wal, 200 << 20)
        asking = threading.Thread(target=daemon.raw, args=(
            b"POST /v1/backup HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 60))
        asking.start()
        wait_until(lambda: list(pathlib.Path(daemon.directory).glob("backpropd.copy-*")), "a copy")
        self.over.set()
        self.assertLess(daemon.stop(), 3)
        asking.join()
        self.assertEqual(list(pathlib.Path(daemon.directory).glob("backpropd.copy-*")), [])


if __name__ == "__main__":
    unittest.main()
