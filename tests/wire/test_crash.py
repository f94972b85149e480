"""Trainings on a daemon that is killed again and again: the same weights, the same history."""

import random
import signal
import sqlite3
import time
import unittest

import disturbed
from harness import SLOWER, WireCase, wait_until
from samples import ENDLESS, endless_dataset, rows
from test_events import Stream, epochs, states


class Crashes(WireCase):
    def outcomes(self, daemon, jobs):
        return [disturbed.outcome(daemon, job) for job in jobs]

    def undisturbed(self, asked, warm=True):
        daemon = self.own_daemon()
        return self.outcomes(daemon, disturbed.begin(daemon, asked, warm))

    def assert_same(self, expected, got, asked, seed):
        for one, other, what in zip(expected, got, asked):
            different = disturbed.differences(one, other)
            self.assertEqual(different, [], f"{what}, BACKPROPD_SEED={seed}")

    def test_jobs_of_every_optimiser_end_as_if_nobody_had_killed_the_daemon(self):
        asked = list(disturbed.few_jobs())
        began = time.monotonic()
        expected = self.undisturbed(asked)
        longest = (time.monotonic() - began) / 25
        seed = disturbed.seed()
        daemon = self.own_daemon()
        jobs = disturbed.begin(daemon, asked, warm=True)
        stops = disturbed.disturb(daemon, jobs, random.Random(seed), longest, gently=0.2)
        self.assertGreater(stops, 5, f"BACKPROPD_SEED={seed}")
        self.assert_same(expected, self.outcomes(daemon, jobs), ["warm", *asked], seed)
        attempts = [daemon.get(f"/v1/jobs/{job['id']}").json["attempts"] for job in jobs]
        self.assertGreater(max(attempts), 1, f"BACKPROPD_SEED={seed}")

    def sql(self, daemon, statement):
        store = sqlite3.connect(f"{daemon.directory}/backpropd.db")
        with store:
            answer = store.execute(statement).fetchall()
        store.close()
        return answer

    def test_nothing_of_checkpoints_is_left_when_all_jobs_have_ended(self):
        daemon = self.own_daemon()
        x, y = rows(200)
        job = daemon.start_job({"x": x, "y": y}, {**ENDLESS, "checkpoint_seconds": 0.01})
        daemon.wait_for_epoch(job, 100)
        daemon.kill()
        self.assertEqual(self.sql(daemon, "SELECT count(*) FROM checkpoints"), [(1,)])
        daemon.start()
        daemon.wait_for_epoch(job, 101)
        daemon.expect(200, daemon.post(f"/v1/jobs/{job['id']}/cancel"))
        done = daemon.finish(job)
        loss = daemon.get(f"/v1/jobs/{job['id']}/loss").json
        self.assertEqual(loss["epoch"], list(range(done["progress"]["epoch"] + 1)))
        daemon.stop()
        self.assertEqual(self.sql(daemon, "SELECT count(*) FROM checkpoints"), [(0,)])
        self.assertEqual(self.sql(daemon, "SELECT count(*) FROM blobs"), [(2,)])  # rows, model
        self.assertEqual(self.sql(daemon, "PRAGMA foreign_key_check"), [])

    def test_a_listener_hears_each_epoch_once_across_crashes(self):
        seed = disturbed.seed()
        draw = random.Random(seed)
        daemon = self.own_daemon()
        x, y = rows(300)
        job = daemon.start_job({"x": x, "y": y}, disturbed.hyperparameters(
            "adam", batch=30, shuffle=True, epochs=6000 // SLOWER, checkpoint_seconds=0.1))
        heard, last = [], None
        while not heard or heard[-1][1] != "end":
            headers = {"Last-Event-ID": last} if last else {}
            with Stream(daemon, job["id"], headers) as stream:
                many = draw.randrange(1, 3000 // SLOWER)
                for event in stream:
                    heard.append(event)
                    if len(stream.all) >= many:
                        break
            last = heard[-1][0]
            if heard[-1][1] != "end":
                daemon.kill()
                daemon.start()
        what = f"BACKPROPD_SEED={seed}"
        done = daemon.finish(job)
        self.assertEqual(epochs(heard), [(1, e) for e in range(done["progress"]["epoch"] + 1)],
                         what)
        self.assertEqual(states(heard), [t["state"] for t in done["transitions"]], what)
        loss = daemon.get(f"/v1/jobs/{job['id']}/loss").json
        self.assertEqual([d["train_loss"] for _, name, d in heard if name == "progress"],
                         loss["train"], what)

    def test_a_stop_in_mid_epoch_is_quick_loses_nothing_and_the_job_goes_on_by_itself(self):
        daemon = self.own_daemon()
        x, y = rows(4000, 20)
        dataset = daemon.add_dataset(x, y)["id"]
        large = {"hidden": [700, 700], "batch_size": 50, "optimizer": "adam", "epochs": 3 ,
                 "learning_rate": 1e-4, "tolerance": 0}
        if SLOWER > 1:
            large.update(hidden=[100, 100])
        expected = disturbed.outcome(daemon, daemon.start_job(dataset, large, model="a"))
        job = daemon.start_job(dataset, large, model="b")
        daemon.wait_for_epoch(job, 0)
        for _ in range(3):
            self.assertLess(daemon.stop(signal.SIGTERM), 2 * SLOWER)
            self.assertEqual(self.sql(daemon, "SELECT state FROM jobs ORDER BY seq DESC LIMIT 1"),
                             [("queued",)])
            daemon.start()
            daemon.wait_for_epoch(job, 0)
        got = disturbed.outcome(daemon, job)
        self.assertEqual(disturbed.differences(expected, got), [])

    def test_a_damaged_checkpoint_costs_the_work_and_not_the_job(self):
        x, y = rows(300)
        asked = disturbed.hyperparameters("adam", batch=30, shuffle=True, epochs=3000 // SLOWER)
        daemon = self.own_daemon()
        dataset = daemon.add_dataset(x, y)["id"]
        expected = disturbed.outcome(daemon, daemon.start_job(dataset, asked, model="a"))
        job = daemon.start_job(dataset, asked, model="b")
        wait_until(lambda: self.sql(daemon, "SELECT count(*) FROM checkpoints") == [(1,)],
                   "a checkpoint")
        daemon.kill()
        self.sql(daemon, "UPDATE blob_chunks SET bytes = zeroblob(length(bytes)) WHERE blob IN"
                         " (SELECT blob FROM checkpoints)")
        daemon.start()
        got = disturbed.outcome(daemon, job)
        self.assertEqual(disturbed.differences(expected, got), [])
        wait_until(lambda: daemon.event("checkpoint-is-damaged"), "the log to say so")

    def test_a_job_that_takes_the_daemon_down_again_and_again_fails(self):
        daemon = self.own_daemon()
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        daemon.wait_for_epoch(job)
        daemon.kill()
        self.sql(daemon, "UPDATE jobs SET crashes = 6, state = 'running'")
        daemon.start()
        done = daemon.expect(200, daemon.get(f"/v1/jobs/{job['id']}"))
        self.assertEqual(done["state"], "failed")
        self.assertIn("7 times in a row", done["error"]["detail"])
        self.assertEqual(done["transitions"][-1]["state"], "failed")


if __name__ == "__main__":
    unittest.main()
