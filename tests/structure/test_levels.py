"""The core is built once for each level of the processor, and the loader takes the best there is:
beside the binary where it was built, and below the prefix where it was installed."""

import os
import pathlib
import platform
import re
import subprocess
import tempfile
import unittest

from project import BUILD, ROOT

LOADER = pathlib.Path("/lib64/ld-linux-x86-64.so.2")
SAYS = re.compile(r"^backpropd \d+\.\d+\.\d+ \(core: ([a-z0-9-]+)\)\n$")


def said_by(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    found = SAYS.match(done.stdout)
    assert done.returncode == 0 and found, (command, done.stdout, done.stderr)
    return found.group(1)


def usable_levels():
    """What the loader says it would search for on this processor, best first, and what is left
    where none of them is there."""
    if not LOADER.exists():
        return [platform.machine().replace("_", "-")]
    done = subprocess.run([LOADER, "--help"], capture_output=True, text=True)
    found = re.findall(r"^  (x86-64-v[34]) \(supported, searched\)$", done.stdout, re.MULTILINE)
    return [*found, "x86-64"]


class Levels(unittest.TestCase):
    def each_level_runs_from(self, binary):
        for level in usable_levels():
            loader = [LOADER, "--glibc-hwcaps-mask", level] if LOADER.exists() else []
            self.assertEqual(said_by(*loader, binary, "--version"), level)

    def test_the_loader_takes_the_best_build(self):
        self.assertEqual(said_by(BUILD / "backpropd", "--version"), usable_levels()[0])

    def test_each_level_runs_where_it_was_built(self):
        self.each_level_runs_from(BUILD / "backpropd")

    def test_each_level_runs_where_it_was_installed(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["make", "-s", "install", f"DESTDIR={folder}", "PREFIX=/opt/b",
                            f"BUILD={os.path.relpath(BUILD, ROOT)}"], cwd=ROOT, check=True,
                           capture_output=True)
            installed = pathlib.Path(folder) / "opt/b/bin/backpropd"
            self.each_level_runs_from(installed)
            loaded = subprocess.run(["ldd", installed], capture_output=True, text=True)
            self.assertIn(f"{folder}/opt/b/bin/../lib/backpropd/", loaded.stdout)


if __name__ == "__main__":
    unittest.main()
