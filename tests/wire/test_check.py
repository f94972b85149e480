"""`backpropd check`: sound stores, damaged ones, beside a daemon and without; and who may be on one
directory at a time."""

import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import tempfile
import unittest

from harness import SLOWER, WireCase
from samples import ENDLESS, endless_dataset, rows
from test_backup import backup, command


def check(directory, *words):
    return command("check", *words, f"--data-dir={directory}")


class Checks(WireCase):
    def filled(self):
        daemon = self.own_daemon()
        x, y = rows(60)
        daemon.train({"x": x, "y": y}, {"epochs": 30}, model="one")
        daemon.train({"x": x, "y": y}, {"epochs": 3, "ensemble": 2, "cross_validation": 2},
                     model="one")
        return daemon

    def assert_sound(self, done, counts):
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout, f"^/.* is sound: {counts}\n$")

    def assert_damaged(self, done, *findings):
        self.assertEqual((done.returncode, done.stderr), (1, ""), done.stdout)
        *found, last = done.stdout.splitlines()
        for finding in findings:
            self.assertTrue(any(re.match(finding, line) for line in found), done.stdout)
        self.assertRegex(last, rf"is damaged: {len(found)} findings? in \d+ datasets?")

    def test_a_store_is_sound_beside_a_daemon_and_without_and_so_is_its_copy(self):
        daemon = self.filled()
        job = daemon.start_job(endless_dataset(daemon), {**ENDLESS, "checkpoint_seconds": 0.05})
        daemon.wait_for_epoch(job, 50)
        self.assert_sound(check(daemon.directory), r"3 datasets, 2 models, 3 jobs, \d checkpoints?")
        file = pathlib.Path(daemon.directory) / "copy.db"
        self.assertEqual(backup(daemon.directory, file).returncode, 0)
        self.assert_sound(command("check", file), r"3 datasets, 2 models, 3 jobs, \d checkpoints?")
        daemon.stop()
        self.assert_sound(check(daemon.directory), "3 datasets, 2 models, 3 jobs, 1 checkpoint")
        self.assertEqual(os.listdir(daemon.directory).count("backpropd.lock"), 1)
        daemon.start()
        daemon.kill()
        self.assert_sound(check(daemon.directory), r"3 datasets, 2 models, 3 jobs, 1 checkpoint")

    def sql(self, daemon, *statements):
        store = sqlite3.connect(f"{daemon.directory}/backpropd.db")
        with store:
            for statement in statements:
                store.execute(statement)
        store.close()

    def test_what_is_damaged_is_named(self):
        daemon = self.filled()
        daemon.stop()
        self.sql(daemon, "UPDATE models SET digest = 'f00' WHERE version = 2",
                 "UPDATE blob_chunks SET checksum = 1 WHERE blob ="
                 " (SELECT min(blob) FROM datasets)",
                 "DELETE FROM history WHERE epoch = 7",
                 "INSERT INTO transitions VALUES (99, 1, 'queued', 0, '')")
        self.assert_damaged(check(daemon.directory),
                            "model one/2: its digest is f00, but what is stored gives [0-9a-f]+$",
                            "dataset ds_.*: the checksum of a chunk of its blob is wrong$",
                            "job job_.*: losses of its run 1 are missing, 1 in all$",
                            "table transitions: a row belongs to one of jobs that is not there$")
        daemon.start()

    def test_a_file_with_bytes_changed_is_damaged_and_others_are_no_stores(self):
        daemon = self.filled()
        daemon.stop()
        file = pathlib.Path(daemon.directory) / "backpropd.db"
        whole = file.read_bytes()
        file.write_bytes(whole[:8192] + b"\xff" * 4096 + whole[12288:])
        done = check(daemon.directory)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertRegex(done.stdout, "(?m)^the file: ")
        for junk in (b"no database " * 1000, whole[:5000]):
            file.write_bytes(junk)
            done = check(daemon.directory)
            self.assertEqual(done.returncode, 1)
            self.assertIn(str(file), done.stdout + done.stderr)
        file.write_bytes(whole)
        self.assert_sound(check(daemon.directory), ".*")

    def test_wrong_words_and_a_store_that_is_not_there_are_said(self):
        daemon = self.own_daemon()
        done = check(daemon.directory, "a", "b")
        self.assertEqual(done.returncode, 2)
        self.assertIn("usage: backpropd check", done.stderr)
        self.assertEqual(command("check", "--such=1").returncode, 2)
        for done in (check("/does/not/exist"), command("check", "/does/not/exist")):
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertIn("there is no store /does/not/exist", done.stderr)
        self.assertIn("is a folder; of one, --data-dir", command("check", daemon.directory).stderr)
        with tempfile.NamedTemporaryFile() as empty:
            self.assertIn("is empty: there is no store", command("check", empty.name).stderr)


class OneAtATime(WireCase):
    """The directory is one daemon's, however the last one ended; commands are beside it."""

    def refused(self, daemon):
        second = subprocess.run(daemon.command(), capture_output=True, timeout=20 * SLOWER,
                                env=daemon.clean_environment(), text=True)
        self.assertEqual((second.returncode, second.stdout), (1, ""))
        self.assertEqual(second.stderr, "backpropd: another backpropd (process "
                         f"{daemon.process.pid}) is using the directory {daemon.directory}\n")

    def test_a_second_daemon_is_refused_and_the_first_goes_on_whatever_was_before(self):
        daemon = self.own_daemon()
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        for _ in range(2):
            daemon.wait_for_epoch(job)
            self.refused(daemon)
            self.assertEqual(check(daemon.directory).returncode, 0)
            self.refused(daemon)
            daemon.expect(200, daemon.get("/readyz"))
            daemon.process.send_signal(signal.SIGKILL)
            daemon.kill()
            daemon.start()

    def test_commands_that_read_keep_no_daemon_from_starting_or_stopping(self):
        daemon = self.own_daemon()
        daemon.start_job(endless_dataset(daemon), ENDLESS)
        file = pathlib.Path(daemon.directory) / "copy.db"
        reader = sqlite3.connect(f"file:{daemon.directory}/backpropd.db?mode=ro", uri=True)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchall()
        daemon.restart()
        daemon.kill()
        daemon.start()
        daemon.add_dataset([[1], [2]], [3, 4])
        reader.close()
        self.assertEqual(backup(daemon.directory, file).returncode, 0)
        daemon.stop()
        self.assertEqual(check(daemon.directory).returncode, 0)
        self.assertEqual(command("check", file).returncode, 0)


if __name__ == "__main__":
    unittest.main()
