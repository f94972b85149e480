"""A crowd of slow and idle clients: the others do not notice, and a stop does not wait for it. The
long form is tests/torture/test_crowd.py."""

import unittest

import crowd
from harness import SANITIZED, SLOWER, WireCase, wait_until
from samples import ENDLESS, endless_dataset, rows

BODY = b'{"instances": [[1, 2, 3]]}'
WEIGHTS = "/v1/models/house/weights"
PREDICT = "/v1/models/house:predict"


class Load(WireCase):
    def served(self, *options):
        daemon = self.own_daemon("--access-log=off", *options)
        x, y = rows(20)
        daemon.train({"x": x, "y": y}, {"epochs": 2, "hidden": [300, 300]}, model="house")
        return daemon

    def test_a_crowd_does_not_disturb_a_client_that_predicts(self):
        daemon = self.served()
        alone = crowd.p99(crowd.latencies(daemon.address, PREDICT, BODY, 1))
        with crowd.crowd(daemon.address, 300, 50, 50, path=WEIGHTS):
            among = min(crowd.p99(crowd.latencies(daemon.address, PREDICT, BODY, 0.5))
                        for _ in range(3))  # the machine may do other things meanwhile
        self.assertLess(among, 2 * alone + 0.2 * SLOWER)

    def test_a_flood_is_survived(self):
        daemon = self.served()
        self.assertGreater(crowd.flood(daemon.address, 300, 1), 300)
        self.assertEqual(daemon.post(PREDICT, BODY).status, 200)

    @unittest.skipIf(SANITIZED, "the sanitizers keep what is freed")
    def test_the_memory_of_a_crowd_goes_back_when_it_has_left(self):
        daemon = self.served()
        alone = daemon.memory("VmRSS")
        with crowd.crowd(daemon.address, 1000, 0, 0, path=WEIGHTS):
            self.assertGreater(daemon.memory("VmRSS"), alone + (20 << 20))
        wait_until(lambda: daemon.memory("VmRSS") < alone + (8 << 20), "the memory")

    def test_a_stop_does_not_wait_for_the_crowd(self):
        daemon = self.served()
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        waits = [crowd.reader(daemon.address, f"/v1/jobs/{job['id']}{what}")
                 for what in ["/events", "?wait=60"] * 40]
        for one in waits:
            self.addCleanup(one.close)
        daemon.wait_for_epoch(job)
        with crowd.crowd(daemon.address, 200, 100, 50, path=WEIGHTS):
            self.assertLess(daemon.stop(), 2 * SLOWER)


if __name__ == "__main__":
    unittest.main()
