"""What all jobs may take together: places in the queue, and memory."""

import unittest

from harness import WireCase, wait_until
from samples import ENDLESS, endless_dataset, rows


class Queue(WireCase):
    def state(self, daemon, job):
        return daemon.get(f"/v1/jobs/{job['id']}").json["state"]

    def running(self, daemon, job):
        wait_until(lambda: self.state(daemon, job) == "running", "the job to run")

    def test_a_queue_of_one_is_said_as_one(self):
        daemon = self.own_daemon("--queue=1", "--workers=1")
        dataset = endless_dataset(daemon)
        self.running(daemon, daemon.start_job(dataset, ENDLESS))
        daemon.start_job(dataset, ENDLESS)
        more = daemon.post("/v1/jobs", {"dataset": dataset, "hyperparameters": ENDLESS})
        self.refused(more, 503, None, "1 job is in the queue")

    def test_a_full_queue_is_said_and_keeps_nothing(self):
        daemon = self.own_daemon("--queue=2", "--workers=1")
        dataset = endless_dataset(daemon)
        self.running(daemon, daemon.start_job(dataset, ENDLESS))
        waiting = [daemon.start_job(dataset, ENDLESS) for _ in range(2)]
        x, y = rows(5)
        more = {"dataset": {"x": x, "y": y}}
        refused = daemon.post("/v1/jobs", more, idempotency_key="again")
        self.refused(refused, 503, None, "2 jobs", "--queue")
        self.assertEqual(refused.headers["Retry-After"], "1")
        self.assertEqual(refused.json["type"], "/problems/busy")
        self.assertEqual(len(daemon.get("/v1/datasets").json["data"]), 1)
        self.assertEqual(len(daemon.get("/v1/jobs").json["data"]), 3)
        self.assertIn('jobs_refused_total{reason="queue"} 1', daemon.get("/metrics").text)
        daemon.expect(200, daemon.post(f"/v1/jobs/{waiting[0]['id']}/cancel"))
        daemon.expect(202, daemon.post("/v1/jobs", more, idempotency_key="again"))

    def test_a_job_that_never_fits_is_refused_with_its_size(self):
        daemon = self.own_daemon("--job-memory=10MiB")
        x, y = rows(100)
        for query in ("", "?dry_run=true"):
            asked = {"dataset": {"x": x, "y": y}, "hyperparameters": {"hidden": [1000, 1000]}}
            refused = daemon.post(f"/v1/jobs{query}", asked)
            self.refused(refused, 422, "#/hyperparameters/hidden", "MB", "10 MB", "--job-memory")
        self.assertEqual(daemon.get("/v1/jobs").json["data"], [])
        self.assertEqual(daemon.get("/v1/datasets").json["data"], [])

    def test_a_job_waits_for_the_memory_of_another(self):
        daemon = self.own_daemon()
        dataset = endless_dataset(daemon)
        asked = {"dataset": dataset, "hyperparameters": ENDLESS}
        needed = daemon.expect(200, daemon.post("/v1/jobs?dry_run=true", asked))["memory_bytes"]
        daemon.options = (f"--job-memory={needed * 3 // 2 // 1024}KiB",)
        daemon.restart()
        first, second = (daemon.start_job(dataset, ENDLESS) for _ in range(2))
        small = daemon.start_job(dataset, {"epochs": 1})
        self.running(daemon, first)
        self.assertEqual(self.state(daemon, second), "queued", "it does not fit")
        self.assertEqual(self.state(daemon, small), "queued", "it would overtake")
        daemon.expect(200, daemon.post(f"/v1/jobs/{first['id']}/cancel?discard=true"))
        self.running(daemon, second)
        daemon.expect(200, daemon.post(f"/v1/jobs/{second['id']}/cancel?discard=true"))
        self.assertEqual(daemon.finish(small)["state"], "succeeded")


if __name__ == "__main__":
    unittest.main()
