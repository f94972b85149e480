"""Every allocation may fail: what is asked is answered as ever or refused, nothing is kept in
part, nothing leaks. Here at samples; tests/torture/test_memory.py at each allocation there is."""

import tempfile
import unittest

import starved
from harness import WireCase
from starved_asks import World


@unittest.skipIf(starved.SKIP, starved.SKIP)
class Memory(WireCase):
    def sweep(self, kind, step, **more):
        self.daemon = starved.Starved("--workers=1")
        self.addCleanup(self.daemon.close)
        self.assertEqual(World(self.daemon).sweep(kind, step, **more), [])

    def test_requests_that_change_nothing(self):
        self.sweep("reading", 19)

    def test_requests_that_make_or_forget_something(self):
        self.sweep("writing", 37)

    def test_jobs_that_train(self):
        self.sweep("training", 301, counts=(1,))

    def test_a_key_makes_one_thing_whatever_fails(self):
        daemon = self.daemon = starved.Starved("--workers=1")
        self.addCleanup(daemon.close)
        wrong = World(daemon).sweep_key(step=7)
        self.assertEqual(wrong, [])

    def test_a_daemon_starts_or_says_why_not(self):
        memory = starved.Memory()
        self.addCleanup(memory.folder.cleanup)
        with tempfile.TemporaryDirectory(prefix="backpropd-") as directory:
            self.assertEqual(starved.starts(memory, directory, 211), [])


if __name__ == "__main__":
    unittest.main()
