"""Workers that are idle help with big batches: it changes the time and never the bits."""

import unittest

from harness import WireCase
from samples import rows

LIMITS = {"epochs": 12, "hidden": [20], "tolerance": 0, "validation_split": 0.2}


class Workers(WireCase):
    def digests(self, workers):
        """Of three trainings, two of them at the same time."""
        daemon = self.own_daemon(f"--workers={workers}")
        x, y = rows(7000)
        alone = daemon.train({"x": x, "y": y}, LIMITS, model="alone")
        jobs = [daemon.start_job(alone["dataset"], {**LIMITS, "optimizer": optimizer},
                                 model=optimizer) for optimizer in ("adam", "lbfgs")]
        for job in jobs:
            self.assertEqual(daemon.finish(job)["state"], "succeeded")
        return [daemon.get(f"/v1/models/{model}").json["digest"]
                for model in ("alone", "adam", "lbfgs")]

    def test_any_number_of_workers_trains_to_the_same_bits(self):
        expected = self.digests(1)
        self.assertEqual(len(set(expected)), 3)
        for workers in (2, 3, 7):
            self.assertEqual(self.digests(workers), expected, f"{workers} workers")


if __name__ == "__main__":
    unittest.main()
