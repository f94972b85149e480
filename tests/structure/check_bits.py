#!/usr/bin/env python3
"""`make check-bits`: every build of the core trains to the same bits. Says for each build whether
its digests are those of the first, and which activations differ; ends with "N passed, N failed"."""

import collections
import sys

import builds


def main():
    skipped = [build for build in builds.ALL if not builds.runs_here(build)]
    for build in skipped:
        print(f"skipped  {' '.join(build)}: the compiler or the processor is not here")
    (first, expected), *others = builds.trainings(builds.ALL).items()
    print(f"{len(expected)} trainings a build, against {first}")
    failed = 0
    for build, said in others:
        apart = collections.Counter(t.split()[0] for t in expected if said.get(t) != expected[t])
        failed += bool(apart)
        where = ", ".join(f"{name} ({n})" for name, n in apart.items())
        print(f"DIFFERS  {build}: {where}" if apart else f"same     {build}")
    print(f"{len(others) - failed} passed, {failed} failed")
    return 1 if failed or not others else 0


if __name__ == "__main__":
    sys.exit(main())
