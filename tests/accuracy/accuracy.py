#!/usr/bin/env python3
"""How well a user's trainings predict: real data, through a real daemon, over its interface.

usage: accuracy.py [--data=tests/data] [--splits=20] [--sets=a,b] [--workers=0]

A set is a folder with `data.csv` (a header, the target last) and `test_rows.txt` (line k: the
0-based rows of split k that are predicted; the others are trained on). Each split is trained by
each recipe below. The table has the root mean squared error on the test rows, in the target's
units: its mean over the splits and the standard error of that mean; and beside it what others have
published for the same sets and splits.
"""

import argparse
import csv
import datetime
import math
import pathlib
import statistics
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "wire"))

from harness import Daemon  # noqa: E402

RECIPES = {
    "accurate": {"preset": "accurate"},
    "plain": {"optimizer": "gradient_descent", "activation": "tanh", "hidden": [50]},
}
LEGEND = """\
accurate: the preset of that name; plain: gradient descent, the whole split a step, no momentum,
tanh, 50 units, defaults otherwise; s: seconds of one training; then what others have published."""

# Means over the same 20 splits; the networks have one hidden layer of 50 units.
COLUMNS = ("bp", "drop", "drop+", "deep", "trees")
PUBLISHED = {
    "concrete": (5.98, 5.23, 4.81, 5.73, 4.12),
    "energy": (1.10, 1.66, 1.09, 1.61, 0.33),
    "kin8nm": (0.091, 0.10, 0.093, 0.08, 0.108),
    "wine-quality-red": (0.645, 0.62, 0.61, 0.64, 0.571),
}
CITATIONS = """\
bp     plain back-propagation: Hernandez-Lobato and Adams, "Probabilistic Backpropagation for
       Scalable Learning of Bayesian Neural Networks", ICML 2015
drop   Monte Carlo dropout, 400 epochs: Gal and Ghahramani, "Dropout as a Bayesian
       Approximation", ICML 2016
drop+  the same, 4,000 epochs
deep   an ensemble of 5: Lakshminarayanan, Pritzel and Blundell, "Simple and Scalable
       Predictive Uncertainty Estimation using Deep Ensembles", NIPS 2017
trees  gradient-boosted trees of scikit-learn, untuned"""


class Set:
    def __init__(self, folder, splits):
        self.name = folder.name
        with open(folder / "data.csv", newline="", encoding="utf-8") as lines:
            header, *rows = csv.reader(lines)
        self.rows = [[float(cell) for cell in row] for row in rows if row]
        self.features = len(header) - 1
        tests = (folder / "test_rows.txt").read_text(encoding="utf-8").splitlines()
        self.tests = [[int(row) for row in line.split()] for line in tests if line.strip()][:splits]

    def training(self, test):
        """What is left of the rows: x and y."""
        held = set(test)
        rows = [row for i, row in enumerate(self.rows) if i not in held]
        return {"x": [row[:-1] for row in rows], "y": [row[-1] for row in rows]}


def ended(daemon, job):
    """The job, however long it takes."""
    now = None
    while now is None:
        now = daemon.ended_job(job["id"])
    if now["state"] != "succeeded":
        raise SystemExit(f"job {job['id']} has {now['state']}: {now}")
    return now


def seconds(job):
    began, finished = (datetime.datetime.fromisoformat(job[key].replace("Z", "+00:00"))
                       for key in ("started_at", "finished_at"))
    return (finished - began).total_seconds()


def test_error(daemon, model, rows):
    """The root mean squared error on these rows."""
    predicted = daemon.predict(model, [row[:-1] for row in rows])["predictions"]
    return math.sqrt(statistics.fmean((p - row[-1]) ** 2 for p, row in zip(predicted, rows)))


def train_splits(daemon, data, recipes):
    """Two lists a recipe: errors and seconds, a split each. All its jobs are in the queue at once,
    so the daemon's workers share them."""
    jobs = []
    for k, test in enumerate(data.tests):
        dataset = daemon.add_dataset(**data.training(test))["id"]
        for recipe, hyperparameters in recipes.items():
            model = f"{data.name}.{k}.{recipe}"
            jobs.append((recipe, test, daemon.start_job(dataset, hyperparameters, model=model)))
    results = {recipe: ([], []) for recipe in recipes}
    for recipe, test, job in jobs:
        job = ended(daemon, job)
        rows = [data.rows[i] for i in test]
        errors, times = results[recipe]
        errors.append(test_error(daemon, job["model"]["name"], rows))
        times.append(seconds(job))
        daemon.expect(204, daemon.delete(f"/v1/models/{job['model']['name']}"))
    return results


def cells(errors, times):
    spread = statistics.stdev(errors) / math.sqrt(len(errors)) if len(errors) > 1 else math.nan
    return f"{statistics.fmean(errors):8.4f} ± {spread:6.4f} {statistics.fmean(times):7.1f} s"


def heading(recipes):
    ours = "".join(f"  {recipe:>27}" for recipe in recipes)
    return f"{'set':18} {'rows x features':>15}{ours}" + "".join(f"{c:>7}" for c in COLUMNS)


def line(data, results):
    size = f"{len(data.rows)} x {data.features}"
    ours = "".join(f"  {cells(*result):>27}" for result in results.values())
    published = "".join(f"{number:7g}" for number in PUBLISHED.get(data.name, ()))
    return f"{data.name:18} {size:>15}{ours}{published}"


def folders(root, names):
    """Those of the sets below root that are asked for; all where none is."""
    found = {path.parent.name: path.parent for path in sorted(root.glob("*/data.csv"))
             if (path.parent / "test_rows.txt").exists()}
    missing = [name for name in names if name not in found]
    if missing or not found:
        raise SystemExit(f"{root} has no {', '.join(missing) or 'set'}; it has: {', '.join(found)}")
    return [found[name] for name in names or found]


def arguments():
    parser = argparse.ArgumentParser(description="How well a user's trainings predict.")
    parser.add_argument("--data", type=pathlib.Path, default=HERE.parent / "data",
                        help="folder with a folder a set (tests/data)")
    parser.add_argument("--splits", type=int, default=20, help="of each set, at most (20)")
    parser.add_argument("--sets", default="", help="names, by comma (all)")
    parser.add_argument("--workers", type=int, default=0, help="of the daemon (one a processor)")
    return parser.parse_args()


def main():
    options = arguments()
    chosen = folders(options.data, [name for name in options.sets.split(",") if name])
    print(f"Mean test RMSE ± standard error over at most {options.splits} splits.\n{LEGEND}\n")
    print(heading(RECIPES), flush=True)
    daemon = Daemon(f"--workers={options.workers}")
    try:
        for folder in chosen:
            data = Set(folder, options.splits)
            print(line(data, train_splits(daemon, data, RECIPES)), flush=True)
    finally:
        daemon.close()
    print(f"\n{CITATIONS}")


if __name__ == "__main__":
    main()
