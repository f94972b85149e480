"""Data for the tests, the same on every run, and the network applied by hand."""

import csv
import io
import json
import math
import random

from harness import ROOT

ENERGY = ROOT / "tests" / "data" / "energy" / "data.csv"


def rows(count, features=3, seed=1):
    """x and a smooth y of it."""
    draw = random.Random(seed)
    x = [[round(draw.uniform(-2, 2), 4) for _ in range(features)] for _ in range(count)]
    y = [round(math.sin(r[0]) + 0.5 * r[-1] + 0.1 * draw.gauss(0, 1), 4) for r in x]
    return x, y


def as_csv(header, table, end="\n"):
    text = io.StringIO()
    csv.writer(text, lineterminator=end).writerows([header, *table])
    return text.getvalue()


def energy():
    """Header and rows of the real data."""
    with open(ENERGY, newline="") as file:
        header, *table = csv.reader(file)
    return header, [[float(cell) for cell in row] for row in table]


def golden(name):
    return json.loads((ROOT / "tests" / "golden" / f"{name}.json").read_text())


def golden_names():
    return sorted(file.stem for file in (ROOT / "tests" / "golden").glob("*.json"))


# A job that goes on for hours unless it is stopped.
ENDLESS = {"hidden": [64, 64], "epochs": 1000000, "tolerance": 0, "learning_rate": 1e-4}


def endless_dataset(daemon):
    x, y = rows(1000, 4, seed=99)
    return daemon.add_dataset(x, y)["id"]


def gelu(z):
    return 0.5 * z * (1 + math.erf(z / math.sqrt(2)))


ACTIVATIONS = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + math.exp(-z)),
    "tanh": math.tanh,
    "relu": lambda z: max(z, 0.0),
    "leaky_relu": lambda z: z if z > 0 else 0.01 * z,
    "elu": lambda z: z if z > 0 else math.expm1(z),
    "softplus": lambda z: max(z, 0.0) + math.log1p(math.exp(-abs(z))),
    "silu": lambda z: z / (1 + math.exp(-z)),
    "gelu": gelu,
}


def apply_layers(layers, inputs):
    a = inputs
    for layer in layers:
        g = ACTIVATIONS[layer["activation"]]
        a = [g(math.fsum(w * v for w, v in zip(row, a)) + b)
             for row, b in zip(layer["weights"], layer["biases"])]
    return a


def predict_by_hand(model, weights, inputs):
    """One row through the weights, in the user's units: what the daemon should answer."""
    scaled = [(v - s["shift"]) / s["scale"] for v, s in zip(inputs, model["scaling"]["features"])]
    outputs = apply_layers(weights["layers"], scaled)
    return [v * s["scale"] + s["shift"] for v, s in zip(outputs, model["scaling"]["targets"])]


def mse(rows_predicted, rows_true):
    squares = [(p - t) ** 2 for ps, ts in zip(rows_predicted, rows_true) for p, t in zip(ps, ts)]
    return math.fsum(squares) / len(squares)
