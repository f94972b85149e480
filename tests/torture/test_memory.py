"""Every allocation fails once, and several in a row from each, through requests of every kind,
trainings and the start of the daemon."""

import tempfile
import unittest

import starved
from harness import WireCase
from starved_asks import World


@unittest.skipIf(starved.SKIP, starved.SKIP)
class Memory(WireCase):
    def sweep(self, kind, *more, **how):
        self.daemon = starved.Starved("--workers=1")
        self.addCleanup(self.daemon.close)
        self.assertEqual(World(self.daemon).sweep(kind, *more, **how), [])

    def test_requests_that_change_nothing(self):
        self.sweep("reading")

    def test_requests_that_make_or_forget_something(self):
        self.sweep("writing")

    def test_jobs_that_train(self):
        """A worker that cannot claim a job tries again after a second: hence not at each."""
        self.sweep("training", 31, counts=(1,))

    def test_a_key_makes_one_thing_whatever_fails(self):
        daemon = self.daemon = starved.Starved("--workers=1")
        self.addCleanup(daemon.close)
        wrong = World(daemon).sweep_key()
        self.assertEqual(wrong, [])

    def test_a_daemon_starts_or_says_why_not(self):
        memory = starved.Memory()
        self.addCleanup(memory.folder.cleanup)
        with tempfile.TemporaryDirectory(prefix="backpropd-") as directory:
            self.assertEqual(starved.starts(memory, directory, 3), [])


if __name__ == "__main__":
    unittest.main()
