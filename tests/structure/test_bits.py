"""The promise of core/real.h: every build gives the same bits. A few builds here; `make check-bits`
has them all."""

import unittest

import builds


class Bits(unittest.TestCase):
    def test_every_build_trains_to_the_same_bits(self):
        done = builds.trainings(builds.FEW)
        self.assertGreaterEqual(len(done), 3, "no gcc here")
        (first, expected), *others = done.items()
        self.assertGreater(len(expected), 150)
        self.assertGreater(len(set(expected.values())), 150)
        self.assertFalse([t for t, said in expected.items() if "nan" in said])
        for build, said in others:
            self.assertEqual(said, expected, f"{first} and {build} differ")


if __name__ == "__main__":
    unittest.main()
