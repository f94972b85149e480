#!/usr/bin/env python3
"""`make bench`: backpropd's core beside its peers. Each program of the contest is started once for
a shape, trains a few epochs and tells its loss, which must agree with the others'; then all of them
are timed in turn, several rounds, and the tables have medians of the rounds."""

import argparse
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

import ingest
import predict
import scale
import problems

HERE = pathlib.Path(__file__).resolve().parent
LOADER = "/lib64/ld-linux-x86-64.so.2"
LEVELS = {"x86-64": "sse2", "x86-64-v3": "avx2", "x86-64-v4": "avx512vl"}
PEERS = {"sklearn": "scikit-learn", "torch": "PyTorch", "fann": "FANN"}

# How far losses may be apart, relatively: FANN keeps its learning rate in single precision.
AGREE = {"sklearn": 1e-10, "torch": 1e-10, "fann": 1e-6}


def levels_here():
    flags = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    return [level for level, flag in LEVELS.items() if flag in flags] or [platform.machine()]


class Process:
    """A program that answers each line with a line."""

    def __init__(self, command):
        self.child = subprocess.Popen([str(word) for word in command], text=True,
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def read(self):
        line = self.child.stdout.readline()
        if not line:
            sys.exit(f"bench: {self.child.args} ended early")
        return line.split()

    def ask(self, line):
        print(line, file=self.child.stdin, flush=True)
        return self.read()

    def close(self):
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()


def core_program(level, name):
    """The command for a program below build/bench on one build of the core: the loader looks for no
    better one."""
    loader = [LOADER, "--glibc-hwcaps-mask", level] if level in LEVELS else []
    return [*loader, OPTIONS.build / "bench" / name]


def command_of(name):
    if name == "fann":
        return [OPTIONS.build / "bench/peer_fann"]
    if name in PEERS:
        return [sys.executable, "-B", HERE / f"peer_{name}.py"]
    return core_program(name, "peer_core")


def check_losses(shape, loss):
    levels = [name for name in loss if name not in PEERS]
    ours = loss[levels[0]] if levels else None
    for name in loss:
        apart = abs(loss[name] - ours) / ours if levels else 0
        if apart > AGREE.get(name, 0):
            sys.exit(f"bench: {shape}: the loss of {name} is {loss[name]}, {levels[0]}'s {ours}")


def measure(file, shape, names):
    """{name: epochs a second, round by round}"""
    arguments = [file, shape.rows, shape.features, shape.hidden, shape.batch, shape.epochs]
    process, loss = {}, {}
    for name in names:
        process[name] = Process([*command_of(name), *arguments])
        said, number = process[name].read()
        loss[name] = float(number)
        if said != name:
            sys.exit(f"bench: {said} came where {name} was called")
    check_losses(shape, loss)
    rates = {name: [] for name in names}
    for turn in range(OPTIONS.rounds + 1):
        for name in names:
            seconds = OPTIONS.seconds if turn else OPTIONS.seconds / 10  # warms up
            rate = float(process[name].ask(seconds)[0])
            rates[name] += [rate] if turn else []
    for p in process.values():
        p.close()
    return rates


def shown(rate):
    """Two digits, three from a leading 1."""
    digits = 3 if f"{rate:e}"[0] == "1" else 2
    rounded = float(f"{rate:.{digits}g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:.{digits}g}"


def method_of(shape):
    return {0: "full batch", 1: "batches of one"}.get(shape.batch, f"batches of {shape.batch}")


def row_of(shape, rates, levels, peers):
    """Ratios are those to the fastest peer of the same round."""
    cells = [f"{shape.rows:,} x {shape.features} x {shape.hidden:,}", method_of(shape)]
    cells += [shown(statistics.median(rates[n])) if n in rates else "" for n in [*levels, *peers]]
    there = [rates[n] for n in peers if n in rates]
    for level in levels if there else []:
        ratios = [own / max(others) for own, *others in zip(rates[level], *there)]
        cells.append(f"{statistics.median(ratios):.2f}")
    return f"| {' | '.join(cells)} |"


def contest(folder):
    levels, peers = OPTIONS.levels, OPTIONS.peers
    heads = [*levels, *(PEERS[n] for n in peers), *(f"{n} : best peer" for n in levels if peers)]
    print(f"| rows x features x hidden | method | {' | '.join(heads)} |")
    print("|---|---" + "|---:" * len(heads) + "|", flush=True)
    for shape in problems.TABLE:
        if OPTIONS.rows and shape.rows not in OPTIONS.rows:
            continue
        if OPTIONS.batch is not None and shape.batch != OPTIONS.batch:
            continue
        file = folder / "problem"
        problems.write(file, shape, problems.smooth(shape))
        names = levels + [n for n in peers if n != "fann" or shape.batch == 0]
        print(row_of(shape, measure(file, shape, names), levels, peers), flush=True)


def threads(folder):
    shape = problems.THREADS
    file = folder / "problem"
    problems.write(file, shape, problems.smooth(shape))
    print(f"\nTwo threads beside one, {shape.rows:,} x {shape.features} x {shape.hidden}, full "
          "batch, by wall time, equal bits:\n")
    for level in OPTIONS.levels:
        done = subprocess.run([str(w) for w in [*core_program(level, "threads"), file, *shape]],
                              text=True, check=True, stdout=subprocess.PIPE)
        print("- {}: {} times as fast, {} by the fastest of each".format(*done.stdout.split()),
              flush=True)


def reach(folder):
    data = problems.from_csv(OPTIONS.concrete) if OPTIONS.concrete else problems.concrete(
        problems.REACH.rows)
    shape = problems.REACH._replace(rows=data.shape[0], features=data.shape[1] - 1)
    file = folder / "problem"
    problems.write(file, shape, data)
    torch = Process([sys.executable, "-B", HERE / "reach_torch.py", file, *shape])
    names = [(rule, level) for rule in ("levenberg_marquardt", "lbfgs") for level in OPTIONS.levels]
    ours = {name: Process([*core_program(name[1], "reach"), name[0], file, *shape])
            for name in names}
    took, ratios = [], {name: [] for name in names}
    for _ in range(OPTIONS.rounds):
        seconds, epochs, error = map(float, torch.ask("go"))
        took.append(seconds)
        for name in names:
            ratios[name].append([float(v) for v in ours[name].ask(error)[1:]])
    print(f"\nTime to PyTorch's training error, {shape.rows:,} x {shape.features} x "
          f"{shape.hidden}, by its processor's time:\n")
    print(f"- PyTorch's Adam, full batch, learning rate 0.01: {epochs:.0f} epochs, "
          f"{1e3 * statistics.median(took):.0f} ms, mean squared error {error:.5f}")
    for (rule, level), runs in ratios.items():
        share = statistics.median(run[0] / t for run, t in zip(runs, took))
        reached = "" if runs[0][2] <= error else " (NOT REACHED)"
        print(f"- {rule}, {level}: {runs[0][1]:.0f} epochs, "
              f"{1e3 * statistics.median(r[0] for r in runs):.1f} ms, error {runs[0][2]:.5f}"
              f"{reached}: {share:.3f} of PyTorch's time")
    for process in [torch, *ours.values()]:
        process.close()


def uploads(_):
    ingest.table(OPTIONS.build / "backpropd", OPTIONS.rounds, OPTIONS.upload, OPTIONS.formats)


PARTS = {"contest": contest, "threads": threads, "reach": reach, "ingest": uploads,
         "predict": lambda folder: predict.predict(folder, OPTIONS),
         "scale": lambda folder: scale.scale(folder, OPTIONS)}


def machine():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return f"{line.split(': ')[1]}, {os.cpu_count()} cores"
    return f"{platform.machine()}, {os.cpu_count()} cores"


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, default=pathlib.Path("build"))
    parser.add_argument("--rows", type=int, nargs="+", help="only shapes of so many rows")
    parser.add_argument("--batch", type=int, help="only batches of this size; 0 is full batch")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=list(PEERS))
    parser.add_argument("--levels", nargs="+", choices=levels_here(), default=levels_here())
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--seconds", type=float, default=0.5, help="of each, each round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--concrete", help="a CSV file for `reach`, the target last")
    parser.add_argument("--upload", type=int, default=400, help="thousands of rows of `ingest`")
    parser.add_argument("--formats", nargs="+", help="only these of `ingest`, such as CSV")
    given = parser.parse_args()
    if given.rows and "--parts" not in sys.argv:
        given.parts = ["contest"]
    return given


def main():
    print(f"{machine()}; medians of {OPTIONS.rounds} rounds\n")
    with tempfile.TemporaryDirectory() as folder:
        for part in OPTIONS.parts:
            PARTS[part](pathlib.Path(folder))


OPTIONS = options()

if __name__ == "__main__":
    main()
