"""The promise of core/real.h: every build gives the same bits. The core is built by the compilers
that are here, plain and optimised, with and without vectorisation and wider instructions."""

import os
import shutil
import subprocess
import tempfile
import unittest
from concurrent.futures import ThreadPoolExecutor

from project import ROOT

ALWAYS = ["-std=c11", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-I."]
GCC = (["-O0"], ["-O2"], ["-O3"], ["-O3", "-fno-tree-vectorize"], ["-O3", "-march=native"])
CLANG = (["-O0"], ["-O3"], ["-O3", "-march=native"])


class Bits(unittest.TestCase):
    def builds(self):
        for compiler, sets in (("gcc", GCC), ("clang", CLANG)):
            if shutil.which(compiler):
                yield from ([compiler, *flags] for flags in sets)

    def printed(self, command, folder):
        program = f"{folder}/{'_'.join(command)}"
        sources = sorted(str(p) for p in (ROOT / "core").glob("*.c"))
        subprocess.run([*command, *ALWAYS, "tests/structure/bits.c", *sources, "-lm", "-o",
                        program], cwd=ROOT, check=True)
        return subprocess.run([program], capture_output=True, check=True).stdout

    def test_every_build_trains_to_the_same_bits(self):
        builds = list(self.builds())
        self.assertGreaterEqual(len(builds), len(GCC), "no gcc here")
        with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
            printed = list(pool.map(lambda command: self.printed(command, folder), builds))
        self.assertGreater(printed[0].count(b"0x1."), 1000)
        self.assertNotIn(b"nan", printed[0])
        for command, output in zip(builds[1:], printed[1:]):
            self.assertTrue(output == printed[0], f"{builds[0]} and {command} differ")


if __name__ == "__main__":
    unittest.main()
