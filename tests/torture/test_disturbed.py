"""Every kind of training, on a daemon that is killed again and again at random moments."""

import random
import time
import unittest

import disturbed
from harness import WireCase


class Disturbed(WireCase):
    def test_every_kind_of_job_ends_as_if_nobody_had_killed_the_daemon(self):
        asked = list(disturbed.all_jobs())
        seed = disturbed.seed()
        calm = self.own_daemon()
        began = time.monotonic()
        expected = [disturbed.outcome(calm, job) for job in disturbed.begin(calm, asked, warm=True)]
        longest = (time.monotonic() - began) / 60
        daemon = self.own_daemon()
        jobs = disturbed.begin(daemon, asked, warm=True)
        stops = disturbed.disturb(daemon, jobs, random.Random(seed), longest, gently=0.2)
        self.assertGreater(stops, 30, f"BACKPROPD_SEED={seed}")
        for one, job, what in zip(expected, jobs, ["warm", *asked]):
            different = disturbed.differences(one, disturbed.outcome(daemon, job))
            self.assertEqual(different, [], f"{what}, BACKPROPD_SEED={seed}")


if __name__ == "__main__":
    unittest.main()
