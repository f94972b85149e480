"""A small disk of its own for a daemon, to be filled to the last byte and emptied again."""

import os
import pathlib
import subprocess
import tempfile
import unittest


class FullDisk:
    """A tmpfs. Needs the right to mount; elsewhere the test is skipped."""

    def __init__(self, test, mebibytes=48):
        self.temporary = tempfile.TemporaryDirectory(prefix="backpropd-disk-")
        test.addCleanup(self.temporary.cleanup)
        self.path = pathlib.Path(self.temporary.name)
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", "tmpfs",
                                  str(self.path)], capture_output=True, text=True)
        if mounted.returncode != 0:
            raise unittest.SkipTest("a small disk needs the right to mount one: "
                                    + mounted.stderr.strip())
        test.addCleanup(subprocess.run, ["umount", "-l", str(self.path)], check=True)
        self.store = self.path / "store"
        self.filler = self.path / "filler"

    def fill(self):
        """Others fill the disk, to the last byte."""
        with open(self.filler, "ab", buffering=0) as file:
            size, step = file.tell(), 1 << 24
            while step > 0:
                try:
                    os.posix_fallocate(file.fileno(), size, step)
                    size += step
                except OSError:
                    step //= 2

    def empty(self):
        self.filler.unlink(missing_ok=True)
