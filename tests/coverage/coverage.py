#!/usr/bin/env python3
"""What the tests reach: shares of lines and branches, for each folder and in all, from what a build
with --coverage left behind.

usage: coverage.py [--build=build/coverage] [PATH...]

With paths (server/store, core/blob.c) it lists besides, for the files that begin so, each line that
no test reached, and each that never took one of its branches.
"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Share:
    def __init__(self):
        self.lines = self.lines_met = self.branches = self.branches_met = 0

    def add(self, line):
        self.lines += 1
        self.lines_met += line["count"] > 0
        self.branches += len(line["branches"])
        self.branches_met += sum(branch["count"] > 0 for branch in line["branches"])

    def __str__(self):
        return (f"{percent(self.lines_met, self.lines)} {self.lines:7}  "
                f"{percent(self.branches_met, self.branches)} {self.branches:7}")


def percent(met, of):
    return f"{100 * met / of:6.1f} %" if of else "       -"


def lines_of(data):
    """The lines of the source that this object's counts are of, as gcov has them."""
    done = subprocess.run(["gcov", "--json-format", "--branch-probabilities", "--stdout", data],
                          cwd=ROOT, capture_output=True, text=True, check=True)
    for report in map(json.loads, filter(None, done.stdout.splitlines())):
        for file in report["files"]:
            if file["file"].startswith(("core/", "server/")) and file["file"].endswith(".c"):
                yield file["file"], file["lines"]


def read(build):
    files = {}
    data = sorted(path for part in ("core", "server") for path in (build / part).rglob("*.gcda"))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for found in pool.map(lambda path: list(lines_of(path)), data):
            files.update(found)
    return files


def print_missing(name, lines):
    for line in lines:
        never = sum(branch["count"] == 0 for branch in line["branches"])
        if line["count"] == 0:
            print(f"{name}:{line['line_number']}: not reached")
        elif never:
            print(f"{name}:{line['line_number']}: {never} of {len(line['branches'])} branches")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "coverage")
    parser.add_argument("path", nargs="*")
    given = parser.parse_args()
    files = read(given.build.resolve())
    if not files:
        parser.error(f"no counts below {given.build}; `make coverage` makes them")
    folders, total = collections.defaultdict(Share), Share()
    for name, lines in files.items():
        for line in lines:
            folders[os.path.dirname(name)].add(line)
            total.add(line)
    print(f"{'':22}{'lines':>8} {'of':>7}  {'branches':>8} {'of':>7}")
    for folder in sorted(folders):
        print(f"{folder:22}{folders[folder]}")
    print(f"{'in all':22}{total}")
    for name in sorted(files):
        if given.path and name.startswith(tuple(given.path)):
            print_missing(name, files[name])


if __name__ == "__main__":
    main()
