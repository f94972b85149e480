"""Idempotency-Key over the wire: repeats, restarts, crashes, and two at once."""

import pathlib
import sqlite3
import threading
import unittest

from harness import WireCase, WireTest, wait_until
from samples import ENDLESS, as_csv, rows

X, Y = rows(40)
JOB = {"dataset": {"x": X, "y": Y}, "hyperparameters": {"epochs": 5}}
TABLE = as_csv(["a", "b", "c", "y"], [[*x, y] for x, y in zip(X, Y)])


def count(daemon, what):
    return len(daemon.expect(200, daemon.get(f"/v1/{what}?limit=1000"))["data"])


class Repeats(WireTest):
    def assertRepeat(self, first, second):
        self.assertEqual(second.status, first.status, str(second))
        self.assertEqual(second.body, first.body)
        self.assertEqual(second.headers["Location"], first.headers["Location"])
        self.assertEqual(second.headers["Idempotent-Replayed"], "true")
        self.assertIsNone(first.headers["Idempotent-Replayed"])

    def test_a_repeated_job_is_one_job(self):
        before = count(self.daemon, "jobs"), count(self.daemon, "datasets")
        first = self.daemon.post("/v1/jobs", JOB, idempotency_key="job")
        self.daemon.finish(self.daemon.expect(202, first))
        self.assertRepeat(first, self.daemon.post("/v1/jobs", JOB, idempotency_key="job"))
        after = count(self.daemon, "jobs"), count(self.daemon, "datasets")
        self.assertEqual(after, (before[0] + 1, before[1] + 1))

    def test_a_repeated_dataset_is_one_dataset_in_json_and_in_csv(self):
        before = count(self.daemon, "datasets")
        for key, post in (("json", lambda: self.daemon.post(
                              "/v1/datasets", JOB["dataset"], idempotency_key="json")),
                          ("csv", lambda: self.daemon.post_csv(
                              "/v1/datasets?name=n", TABLE, idempotency_key="csv"))):
            with self.subTest(key):
                first = post()
                self.daemon.expect(201, first)
                self.assertRepeat(first, post())
        self.assertEqual(count(self.daemon, "datasets"), before + 2)

    def test_who_waited_is_told_of_the_finished_job_once_more(self):
        first = self.daemon.post("/v1/jobs?wait=30", JOB, idempotency_key="waits")
        self.assertEqual(self.daemon.expect(200, first)["state"], "succeeded")
        self.assertRepeat(first, self.daemon.post("/v1/jobs?wait=30", JOB,
                                                  idempotency_key="waits"))

    def test_another_body_query_or_route_with_the_key_is_refused(self):
        self.daemon.expect(202, self.daemon.post("/v1/jobs", JOB, idempotency_key="taken"))
        before = count(self.daemon, "jobs"), count(self.daemon, "datasets")
        other = {**JOB, "hyperparameters": {"epochs": 6}}
        for path, body in (("/v1/jobs", other), ("/v1/jobs?wait=1", JOB), ("/v1/datasets", JOB)):
            self.refused(self.daemon.post(path, body, idempotency_key="taken"), 422, None,
                         "Idempotency-Key", "another")
        self.assertEqual((count(self.daemon, "jobs"), count(self.daemon, "datasets")), before)

    def test_a_failed_request_may_be_mended_and_sent_with_the_same_key(self):
        wrong = {"dataset": {"x": X, "y": Y[:-1]}}
        self.refused(self.daemon.post("/v1/jobs", wrong, idempotency_key="mended"), 422)
        self.daemon.expect(202, self.daemon.post("/v1/jobs", JOB, idempotency_key="mended"))

    def test_a_key_that_is_none_is_refused(self):
        for key in ("k" * 256, "", "\u00e9"):
            reply = self.daemon.post("/v1/jobs", JOB, idempotency_key=key)
            self.refused(reply, 400, None, "Idempotency-Key")

    def test_of_two_at_the_same_time_one_makes_the_job(self):
        before = count(self.daemon, "jobs")
        for turn in range(20):
            replies, start = [], threading.Barrier(4)

            def post(key=f"race-{turn}", replies=replies, start=start):
                start.wait()
                replies.append(self.daemon.post("/v1/jobs", JOB, idempotency_key=key))
            threads = [threading.Thread(target=post) for _ in range(4)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertLessEqual({r.status for r in replies}, {202, 409})
            made = {r.json["id"] for r in replies if r.status == 202}
            self.assertEqual(len(made), 1)
            for reply in replies:
                if reply.status == 409:
                    self.assertEqual(reply.headers["Retry-After"], "1")
        self.assertEqual(count(self.daemon, "jobs"), before + 20)


class Waiting(WireCase):
    def test_while_the_first_waits_for_its_job_a_second_is_a_conflict(self):
        daemon = self.own_daemon()
        body = {**JOB, "hyperparameters": ENDLESS}
        replies = []
        thread = threading.Thread(target=lambda: replies.append(
            daemon.post("/v1/jobs?wait=60", body, idempotency_key="long")))
        thread.start()
        job = wait_until(lambda: daemon.get("/v1/jobs").json["data"], "the job")[0]
        second = daemon.post("/v1/jobs?wait=60", body, idempotency_key="long")
        self.refused(second, 409, None, "under way")
        self.assertEqual(second.headers["Retry-After"], "1")
        daemon.expect(200, daemon.post(f"/v1/jobs/{job['id']}/cancel"))
        thread.join()
        self.assertEqual(replies[0].json["state"], "cancelled")
        third = daemon.post("/v1/jobs?wait=60", body, idempotency_key="long")
        self.assertEqual((third.status, third.body), (200, replies[0].body))
        self.assertEqual(count(daemon, "jobs"), 1)


class Lasting(WireCase):
    def test_keys_outlast_a_restart_and_a_crash(self):
        daemon = self.own_daemon()
        first = daemon.post_csv("/v1/datasets", TABLE, idempotency_key="lasting")
        daemon.expect(201, first)
        for again in (daemon.restart, lambda: (daemon.kill(), daemon.start())):
            again()
            reply = daemon.post_csv("/v1/datasets", TABLE, idempotency_key="lasting")
            self.assertEqual((reply.status, reply.body), (201, first.body))
            self.assertEqual(reply.headers["Idempotent-Replayed"], "true")
        self.assertEqual(count(daemon, "datasets"), 1)

    def test_a_client_that_repeats_over_crashes_makes_each_job_once(self):
        daemon = self.own_daemon()
        rounds = 8
        for turn in range(rounds):
            killer = threading.Timer(0.002 * turn, daemon.process.kill)
            killer.start()
            reply = None
            while reply is None or reply.status == 409:
                try:
                    reply = daemon.post("/v1/jobs", JOB, idempotency_key=f"crash-{turn}")
                except OSError:
                    killer.join()
                    daemon.kill()
                    daemon.start()
            killer.join()
            self.assertEqual(reply.status, 202, str(reply))
            daemon.kill()
            daemon.start()
            again = daemon.post("/v1/jobs", JOB, idempotency_key=f"crash-{turn}")
            self.assertEqual(again.json["id"], reply.json["id"])
        self.assertEqual(count(daemon, "jobs"), rounds)

    def test_a_key_is_free_again_after_a_day(self):
        daemon = self.own_daemon()
        first = daemon.expect(202, daemon.post("/v1/jobs", JOB, idempotency_key="old"))
        daemon.stop()
        store = sqlite3.connect(pathlib.Path(daemon.directory) / "backpropd.db")
        with store:
            store.execute("UPDATE idempotency SET created_at = created_at - 24 * 3600 * 1000 - 1")
        store.close()
        daemon.start()
        second = daemon.expect(202, daemon.post("/v1/jobs", JOB, idempotency_key="old"))
        self.assertNotEqual(second["id"], first["id"])


if __name__ == "__main__":
    unittest.main()
