"""A disk that is full: what is refused, what goes on, and that all goes on by itself afterwards."""

import subprocess
import unittest

import disturbed
from full_disk import FullDisk
from harness import SLOWER, Daemon, WireCase, wait_until
from samples import ENDLESS, endless_dataset, rows


class FullDisks(WireCase):
    def setUp(self):
        self.disk = FullDisk(self)

    def daemon_there(self):
        daemon = Daemon(directory=self.disk.store)
        self.addCleanup(daemon.close)
        self.daemon = daemon
        return daemon

    def trained(self, daemon):
        """A large dataset, and a model of another; the ids of all."""
        x, y = rows(60)
        job = daemon.train({"x": x, "y": y}, {"epochs": 30}, model="lasting")
        x, y = rows(8000, 9)
        return {"large": daemon.add_dataset(x, y)["id"], "small": job["dataset"], "job": job["id"]}

    def assert_full(self, daemon):
        x, y = rows(5)
        for reply in (daemon.post("/v1/datasets", {"x": x, "y": y}),
                      daemon.post("/v1/jobs", {"dataset": {"x": x, "y": y}})):
            self.assertEqual(reply.status, 507, str(reply))
            self.assertIn("delete datasets or jobs", reply.json["detail"])
        ready = daemon.get("/readyz?verbose")
        self.assertEqual(ready.status, 507, str(ready))
        self.assertIn("is full", ready.errors["#/checks/disk"])
        self.assertEqual(daemon.get("/livez").status, 200)

    def assert_predicts(self, daemon):
        self.assertEqual(len(daemon.predict("lasting", [[0, 0, 0]])["predictions"]), 1)

    def test_trainings_wait_for_room_and_go_on_by_themselves_to_the_same_end(self):
        asked = [disturbed.hyperparameters(name, batch=batch, shuffle=bool(batch))
                 for name, batch in (("adam", 20), ("gradient_descent", None))]
        beside = self.own_daemon()
        expected = [disturbed.outcome(beside, job)
                    for job in disturbed.begin(beside, asked, warm=False)]
        daemon = self.daemon_there()
        self.trained(daemon)
        daemon.restart()  # its log is empty then, and has no room of its own
        jobs = disturbed.begin(daemon, asked, warm=False)
        daemon.wait_for_epoch(jobs[0])
        self.disk.fill()
        wait_until(lambda: daemon.event("store-error"), "the disk to be full for the daemon")
        self.assert_full(daemon)
        self.assert_predicts(daemon)
        self.assertEqual(len(disturbed.unfinished(daemon, jobs)), 2)
        self.disk.empty()
        got = [disturbed.outcome(daemon, job) for job in jobs]
        for one, other, what in zip(expected, got, asked):
            self.assertEqual(disturbed.differences(one, other), [], what)
        self.assertEqual(daemon.get("/readyz").status, 200)
        wait_until(lambda: daemon.event("store-works-again"), "the log to say so")

    def test_deleting_works_and_makes_room(self):
        self.delete_all()

    def test_deleting_works_on_a_disk_that_is_hardly_larger_than_the_store(self):
        self.disk = FullDisk(self, 10)
        self.delete_all()

    def delete_all(self):
        daemon = self.daemon_there()
        made = self.trained(daemon)
        daemon.restart()
        self.disk.fill()
        self.assert_full(daemon)
        self.assertEqual(daemon.delete(f"/v1/jobs/{made['job']}").status, 204)
        self.assertEqual(daemon.delete(f"/v1/datasets/{made['small']}").status, 204)
        self.assertEqual(daemon.delete("/v1/models/lasting").status, 204)
        self.assertEqual(daemon.delete(f"/v1/datasets/{made['large']}").status, 204)
        self.disk.empty()
        self.assertEqual(daemon.get("/v1/datasets").json["data"], [])
        x, y = rows(60)
        daemon.train({"x": x, "y": y}, {"epochs": 30})

    def ballast(self):
        file = self.disk.store / "ballast"
        return file.stat().st_size if file.exists() else 0

    def test_the_ballast_is_made_again_when_there_is_room(self):
        daemon = self.daemon_there()
        made = self.trained(daemon)
        whole = wait_until(self.ballast, "a ballast")
        daemon.restart()
        self.disk.fill()
        self.assertEqual(daemon.delete(f"/v1/datasets/{made['large']}").status, 204)
        wait_until(lambda: daemon.event("ballast-dropped"), "the log to say so")
        self.assertLess(self.ballast(), whole)
        self.disk.empty()
        x, y = rows(5)
        daemon.add_dataset(x, y)
        wait_until(lambda: self.ballast() == whole, "a whole ballast")

    def test_a_daemon_on_a_full_disk_stops_and_starts(self):
        daemon = self.daemon_there()
        made = self.trained(daemon)
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        daemon.wait_for_epoch(job)
        self.disk.fill()
        self.assertLess(daemon.stop(), 5 * SLOWER)
        self.disk.fill()
        daemon.start()
        self.assert_full(daemon)
        self.assert_predicts(daemon)
        self.assertEqual(daemon.delete(f"/v1/datasets/{made['large']}").status, 204)
        self.disk.empty()
        again = daemon.wait_for_epoch(job)
        self.assertEqual(again["transitions"][1]["state"], "running")
        daemon.expect(200, daemon.post(f"/v1/jobs/{job['id']}/cancel"))

    def test_where_it_cannot_start_it_says_so(self):
        daemon = self.daemon_there()
        self.trained(daemon)
        daemon.stop()
        (self.disk.store / "ballast").unlink()
        self.disk.fill()
        again = subprocess.run(daemon.command(), capture_output=True, text=True,
                               timeout=20 * SLOWER, env=daemon.clean_environment())
        self.assertEqual(again.returncode, 1)
        self.assertRegex(again.stderr.splitlines()[-1], "disk under it is full.*make room")
        self.disk.empty()
        daemon.start()
        self.assert_predicts(daemon)


if __name__ == "__main__":
    unittest.main()
