"""Each fuzz target over its seed corpus, on whatever build the other tests run."""

import os
import pathlib
import subprocess
import unittest

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
BUILD = ROOT / os.environ.get("BACKPROPD_BUILD", "build")


class Corpus(unittest.TestCase):
    def replay(self, target):
        seeds = sorted((HERE / "corpus" / target.stem).iterdir())
        self.assertGreaterEqual(len(seeds), 3)
        done = subprocess.run([BUILD / "tests" / "fuzz" / f"{target.stem}.bin", *seeds],
                              capture_output=True, text=True, errors="replace", timeout=100)
        self.assertEqual((done.returncode, done.stdout), (0, f"{len(seeds)} files\n"),
                         done.stderr[-4000:])

    def test_every_target_takes_its_seeds_and_what_they_begin_with(self):
        targets = sorted(HERE.glob("fuzz_*.c"))
        self.assertGreaterEqual(len(targets), 9)
        for target in targets:
            with self.subTest(target.stem):
                self.replay(target)


if __name__ == "__main__":
    unittest.main()
