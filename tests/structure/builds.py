"""Builds of the core whose trainings must have the same bits, and what becomes of them."""

import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

from project import ROOT

ALWAYS = ["-std=c11", "-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math", "-I."]
WIDE = ["-mprefer-vector-width=512"]

# What every run of the tests looks at.
FEW = [
    ["gcc", "-O3"], ["gcc", "-O0"], ["gcc", "-O3", "-march=native"],
    ["clang", "-O3"], ["clang", "-O3", "-march=native"],
]

# What `make check-bits` looks at.
ALL = [
    [compiler, *flags]
    for compiler, scalar in (("gcc", ["-fno-tree-vectorize"]),
                             ("clang", ["-fno-vectorize", "-fno-slp-vectorize"]))
    for flags in (["-O3"], ["-O0"], ["-O1"], ["-O2"], ["-O3", *scalar],
                  ["-O0", "-march=x86-64-v3"], ["-O3", "-march=x86-64-v3"],
                  ["-O3", "-march=x86-64-v3", *scalar],
                  ["-O3", "-march=x86-64-v4", *WIDE], ["-O3", "-march=x86-64-v4", *scalar])
] + [["aarch64-linux-gnu-gcc", "-static", level] for level in ("-O0", "-O3")] + [
    # The same program as on a processor without fma: the C library then has other functions.
    ["gcc", "-O3", "GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-AVX2"],
]

LEVEL_NEEDS = {"-march=x86-64-v3": "avx2", "-march=x86-64-v4": "avx512vl"}


def runs_here(build):
    """The compiler is here, and the processor (or qemu) that the build is for."""
    if not shutil.which(build[0]):
        return False
    if build[0].startswith("aarch64"):
        return shutil.which("qemu-aarch64") is not None
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        has = file.read()
    return all(LEVEL_NEEDS.get(flag, "") in has for flag in build)


def lines_of(build, folder):
    program = f"{folder}/{'_'.join(build)}"
    settings = dict(word.split("=", 1) for word in build if word.startswith("GLIBC_TUNABLES="))
    build = [word for word in build if not word.startswith("GLIBC_TUNABLES=")]
    sources = sorted(str(p) for p in (ROOT / "core").glob("*.c"))
    subprocess.run([*build, *ALWAYS, "tests/structure/bits.c", *sources, "-lm", "-o", program],
                   cwd=ROOT, check=True)
    command = ["qemu-aarch64", program] if build[0].startswith("aarch64") else [program]
    done = subprocess.run(command, capture_output=True, check=True, text=True,
                          env={**os.environ, **settings})
    return done.stdout.splitlines()


def trainings(builds):
    """{build: {training: its end, loss and digest}}, of the builds that run here."""
    names = [build for build in builds if runs_here(build)]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        printed = pool.map(lambda build: lines_of(build, folder), names)
        return {" ".join(build): dict(line.split(": ", 1) for line in lines)
                for build, lines in zip(names, printed)}
