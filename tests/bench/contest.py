"""The Python side of the contest, the same as contest.[ch]: a peer trains by order of its standard
input and answers on its standard output."""

import os

# Before numpy is imported: one thread, as the others have, and the best kernels that the processor
# can run. OpenBLAS 0.3.21 goes by model numbers, and takes those of 2004 for a processor that came
# after it.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
with open("/proc/cpuinfo", encoding="utf-8") as _file:
    _flags = _file.read().split()
for _flag, _kernels in (("avx512vl", "SKYLAKEX"), ("avx2", "HASWELL")):
    if _flag in _flags:
        os.environ.setdefault("OPENBLAS_CORETYPE", _kernels)

import sys
import time

import numpy as np


class Problem:
    """What `FILE ROWS FEATURES HIDDEN BATCH EPOCHS` names; see Problem in contest.h."""

    def __init__(self, arguments):
        file, *sizes = arguments
        rows, features, hidden, batch, self.epochs = map(int, sizes)
        numbers = np.fromfile(file)
        data = numbers[:rows * (features + 1)].reshape(rows, features + 1)
        ends = np.cumsum([features * hidden, hidden, hidden, 1])
        weights, biases, out, bias, _ = np.split(numbers[data.size:], ends)
        self.batch = batch or rows
        self.hidden = hidden
        self.x = np.ascontiguousarray(data[:, :features])
        self.y = np.ascontiguousarray(data[:, features])
        self.weights = [weights.reshape(features, hidden), out.reshape(hidden, 1)]
        self.biases = [biases, bias]


def epochs_a_second(run, seconds, guess):
    """run(epochs) trains; where the guess has too few epochs for the time, more of them follow."""
    began, epochs, took = time.process_time(), 0, 0
    while took < seconds:
        more = max(1, guess)
        run(more)
        epochs += more
        took = time.process_time() - began
        guess = int((seconds - took) * epochs / took)
    return epochs / took


def contest(name, problem, run, predict):
    """predict() gives the answers to problem.x."""
    run(problem.epochs)
    loss = np.mean((predict().ravel() - problem.y) ** 2)
    print(name, repr(float(loss)), flush=True)
    rate = 0
    for line in sys.stdin:
        rate = epochs_a_second(run, float(line), int(float(line) * rate))
        print(rate, flush=True)
