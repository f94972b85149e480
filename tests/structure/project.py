"""The files of the project, read once."""

import functools
import os
import pathlib
import subprocess

from csource import Source

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / os.environ.get("BACKPROPD_BUILD", "build")

# Folders that hold what was built or what git keeps.
NOT_OURS = {".git", "build", "__pycache__"}


@functools.cache
def files():
    """Every file of the project, relative to its root: what git has or would take; without git,
    all that is not built."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=ROOT,
                            capture_output=True, text=True)
    if listed.returncode == 0 and listed.stdout:
        names = [pathlib.PurePosixPath(n) for n in listed.stdout.split("\0") if n]
        return [n for n in names if (ROOT / n).exists() and not NOT_OURS & set(n.parts)]
    return [pathlib.PurePosixPath(p.relative_to(ROOT)) for p in sorted(ROOT.rglob("*"))
            if p.is_file() and not NOT_OURS & set(p.relative_to(ROOT).parts)]


def c_files(*folders):
    """The .c and .h files below these folders, as {path: Source}."""
    return {path: source(path) for path in files()
            if path.parts[0] in folders and path.suffix in (".c", ".h")}


@functools.cache
def source(path):
    return Source(text(path))


@functools.cache
def text(path):
    return (ROOT / path).read_text(encoding="utf-8")
