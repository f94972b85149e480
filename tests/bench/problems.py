"""The data of the contest: made by a fixed seed, and a table of shapes."""

import collections

import numpy as np

Shape = collections.namedtuple("Shape", "rows features hidden batch epochs")

# epochs: after which the losses are compared.
TABLE = [
    Shape(506, 13, 50, 0, 20), Shape(506, 13, 50, 32, 20), Shape(506, 13, 50, 1, 3),
    Shape(8192, 8, 50, 0, 10), Shape(8192, 8, 50, 32, 3),
    Shape(45730, 9, 100, 0, 3), Shape(45730, 9, 100, 32, 2),
    Shape(10000, 100, 256, 0, 3), Shape(20000, 256, 1024, 0, 2),
]
THREADS = Shape(45730, 9, 100, 0, 2)
REACH = Shape(1030, 8, 50, 0, 400)


def standardised(v):
    return (v - v.mean(axis=0)) / v.std(axis=0)


def smooth(shape):
    """A smooth function of a few of the features, and noise."""
    rng = np.random.default_rng(shape.rows + shape.features)
    x = rng.standard_normal((shape.rows, shape.features))
    y = np.sin(x[:, 0]) + x[:, 1] * np.tanh(x[:, 2]) + 0.3 * x[:, 3:].sum(axis=1)
    y += 0.1 * rng.standard_normal(shape.rows)
    return standardised(np.column_stack([x, y]))


def concrete(rows):
    """In the style of the strength of concrete: seven amounts, some often none, and an age."""
    rng = np.random.default_rng(1030)
    x = rng.uniform([100, 0, 0, 120, 0, 800, 600, 0], [540, 360, 200, 250, 32, 1150, 1000, 1],
                    (rows, 8))
    x[:, [1, 2, 4]] *= rng.random((rows, 3)) > 0.5
    x[:, 7] = rng.choice([3, 7, 14, 28, 56, 90, 180, 365], rows)
    binder = x[:, 0] + 0.8 * x[:, 1] + 0.4 * x[:, 2]
    water = x[:, 3] * (1 - 0.006 * x[:, 4])
    y = 24 * (binder / water - 0.4) ** 0.8 * np.log1p(x[:, 7]) / 3 + 0.01 * (x[:, 5] - x[:, 6])
    y += 3 * rng.standard_normal(rows)
    return standardised(np.column_stack([x, y]))


def from_csv(file):
    """Rows of numbers below a header, the target last."""
    return standardised(np.genfromtxt(file, delimiter=",", skip_header=1))


def parameters(shape):
    """Half as wide as Xavier's, so that no unit saturates (FANN cuts slopes off there)."""
    rng = np.random.default_rng(7)
    inner = 0.5 * np.sqrt(6 / (shape.features + shape.hidden))
    outer = 0.5 * np.sqrt(6 / (shape.hidden + 1))
    return np.concatenate([rng.uniform(-inner, inner, (shape.features + 1) * shape.hidden),
                           rng.uniform(-outer, outer, shape.hidden), [0]])


def write(file, shape, data):
    with open(file, "wb") as out:
        data.tofile(out)
        parameters(shape).tofile(out)
