"""A store that another program holds, that is damaged, or that was taken away: what is said, what
goes on, and what comes back by itself."""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import unittest

from full_disk import FullDisk
from harness import SLOWER, WireCase, wait_until
from samples import ENDLESS, endless_dataset, rows
from test_events import Stream


def database(daemon):
    return pathlib.Path(daemon.directory) / "backpropd.db"


def hold(daemon):
    """A lock as the sqlite3 shell has it after BEGIN EXCLUSIVE."""
    connection = sqlite3.connect(database(daemon), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    return connection


class Trouble(WireCase):
    def trained(self):
        daemon = self.own_daemon()
        x, y = rows(60)
        daemon.train({"x": x, "y": y}, {"epochs": 30}, model="lasting")
        daemon.predict("lasting", x[:1])  # it is in memory from now on
        return daemon

    def add(self, daemon):
        return daemon.post("/v1/datasets", {"x": [[1], [2]], "y": [3, 4]})

    def begin(self, daemon):
        """The daemon once more, by hand; its last line and exit status come by refusal()."""
        process = subprocess.Popen(daemon.command(), stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=daemon.clean_environment())
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def refusal(self, process):
        _, said = process.communicate(timeout=30 * SLOWER)
        self.assertEqual(process.returncode, 1, said)
        return said.splitlines()[-1]

    def assert_serves_and_says(self, daemon, *words):
        """Not ready, with these words; predictions go on."""
        self.assertEqual(len(daemon.predict("lasting", [[0, 0, 0]])["predictions"]), 1)
        ready = daemon.get("/readyz?verbose")
        self.refused(ready, 503, "#/checks/store", *words)
        self.refused(daemon.get("/readyz"), 503, None, *words)

    def test_a_lock_of_another_program_is_said_and_passes(self):
        daemon, locked = self.trained(), self.own_daemon()
        locked.stop()
        for_good = hold(locked)
        self.addCleanup(for_good.close)
        never = self.begin(locked)  # while the other one waits
        other = hold(daemon)
        self.addCleanup(other.close)
        self.refused(self.add(daemon), 503, None, "/readyz says why")
        self.assert_serves_and_says(daemon, "another program holds a lock")
        self.assertEqual(daemon.get("/v1/datasets").status, 200)
        other.execute("ROLLBACK")
        wait_until(lambda: daemon.get("/readyz").status == 200, "the daemon to be ready again")
        self.assertEqual(self.add(daemon).status, 201)
        self.assertRegex(self.refusal(never), "backpropd.db cannot be .*holds a lock")

    def test_a_stop_does_not_wait_for_the_lock_of_another_program(self):
        daemon = self.trained()
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        daemon.wait_for_epoch(job)
        with contextlib.closing(hold(daemon)):
            self.assertLess(daemon.stop(), 4 * SLOWER, "s; a lock is waited for for 5 s else")
        daemon.start()
        daemon.wait_for_epoch(job)
        daemon.expect(200, daemon.post(f"/v1/jobs/{job['id']}/cancel"))

    def test_a_lock_that_passes_only_delays_the_start(self):
        daemon = self.trained()
        daemon.stop()
        other = hold(daemon)
        process = self.begin(daemon)
        wait_until(lambda: self.has_open(process, str(database(daemon)) + "-wal"), "the log")
        other.close()
        line = wait_until(lambda: self.listening(process), "the daemon to listen")
        self.assertIn("127.0.0.1", line)
        process.terminate()
        self.assertEqual(process.wait(20 * SLOWER), 0)

    def has_open(self, process, path):
        with contextlib.suppress(FileNotFoundError):  # what is closed while we look
            fds = pathlib.Path(f"/proc/{process.pid}/fd")
            return path in [os.readlink(fd) for fd in fds.iterdir()]
        return False

    def listening(self, process):
        line = process.stderr.readline()
        return line if '"listening"' in line else None

    def test_a_store_that_is_taken_away_is_missed_at_once(self):
        daemon = self.trained()
        while os.path.exists(daemon.directory):  # it may be about to make its ballast
            shutil.rmtree(daemon.directory, ignore_errors=True)
        self.assert_serves_and_says(daemon, "would be lost")
        self.refused(self.add(daemon), 503)
        os.mkdir(daemon.directory)
        self.assert_serves_and_says(daemon, "moved or deleted", "takes no more writes")

    def test_a_store_that_is_replaced_takes_no_writes(self):
        daemon = self.trained()
        moved = database(daemon).with_name("moved")
        database(daemon).rename(moved)
        shutil.copy(moved, database(daemon))
        self.refused(self.add(daemon), 503)
        self.assert_serves_and_says(daemon, "moved or deleted")

    def damage_pages(self, daemon, first):
        """Everything from a page on is overwritten."""
        with open(database(daemon), "r+b") as file:
            size = file.seek(0, os.SEEK_END)
            self.assertGreater(size, (first + 1) * 4096)
            file.seek(first * 4096)
            file.write(b"\xa5" * (size - first * 4096))

    def test_damage_in_the_middle_stops_the_writing_and_the_next_start(self):
        daemon = self.trained()
        x, y = rows(4000, 9)
        dataset = daemon.add_dataset(x, y)["id"]
        daemon.restart()
        daemon.predict("lasting", [[0, 0, 0]])
        self.damage_pages(daemon, 20)
        self.assertEqual(daemon.get(f"/v1/datasets/{dataset}/rows").status, 503)
        self.assert_serves_and_says(daemon, "malformed", "takes no more writes")
        self.refused(self.add(daemon), 503)
        daemon.stop()
        self.assertRegex(self.refusal(self.begin(daemon)), "is damaged.*restore it from a backup")

    def test_events_whose_history_is_damaged_break_off(self):
        daemon = self.trained()
        x, y = rows(60)
        job = daemon.train({"x": x, "y": y}, {"epochs": 20000, "tolerance": 0})
        daemon.restart()
        self.damage_pages(daemon, 60)
        with Stream(daemon, job["id"]) as stream:
            for line in stream.response:
                self.assertNotIn(line, [b": nothing new\n", b"event: end\n"])
        self.assert_serves_and_says(daemon, "malformed", "takes no more writes")

    def test_a_header_that_is_overwritten_is_no_database(self):
        daemon = self.trained()
        daemon.stop()
        with open(database(daemon), "r+b") as file:
            file.write(bytes(100))
        self.assertRegex(self.refusal(self.begin(daemon)), "cannot be read as a database")

    def test_a_log_that_is_cut_short_leaves_a_sound_store(self):
        daemon = self.own_daemon()
        for _ in range(5):
            self.assertEqual(self.add(daemon).status, 201)
        daemon.kill()
        log = pathlib.Path(str(database(daemon)) + "-wal")
        os.truncate(log, log.stat().st_size // 2 + 1)
        daemon.start()
        self.assertEqual(daemon.get("/readyz").status, 200)
        for dataset in daemon.get("/v1/datasets").json["data"]:
            reply = daemon.get(f"/v1/datasets/{dataset['id']}/rows")
            self.assertEqual(reply.json["y"], [3, 4])
        self.assertEqual(self.add(daemon).status, 201)

    def test_a_disk_that_is_read_only_is_said(self):
        disk = FullDisk(self)
        daemon = self.own_daemon(directory=disk.store)
        daemon.stop()
        subprocess.run(["mount", "-o", "remount,ro", str(disk.path)], check=True)
        self.assertRegex(self.refusal(self.begin(daemon)), "Read-only file system")
        subprocess.run(["mount", "-o", "remount,rw", str(disk.path)], check=True)
        daemon.start()


if __name__ == "__main__":
    unittest.main()
