"""Jobs on a daemon that is stopped again and again, beside the same jobs on one that is left alone.

The moments are drawn by a seed; a failure names it, and BACKPROPD_SEED draws them again.
"""

import os
import random
import signal
import time

from harness import SLOWER, wait_until
from samples import rows

OPTIMIZERS = ("gradient_descent", "adam", "rmsprop", "rprop", "lbfgs", "levenberg_marquardt")

# Of one run of some tenths of a second on 300 rows.
EPOCHS = {"gradient_descent": 24000, "adam": 18000, "rmsprop": 18000, "rprop": 12000, "lbfgs": 9000,
          "levenberg_marquardt": 700}
RATE = {"gradient_descent": 0.01, "adam": 0.001, "rmsprop": 0.001}

SHAPES = {"one run": {}, "restarts": {"restarts": 3}, "ensemble": {"ensemble": 2},
          "folds": {"cross_validation": 3},
          "all": {"restarts": 2, "ensemble": 2, "cross_validation": 2}}


def seed():
    return int(os.environ.get("BACKPROPD_SEED") or random.SystemRandom().randrange(1 << 32))


def runs_of(shape):
    """How many runs that makes."""
    return ((shape.get("cross_validation", 0) + 1) * shape.get("ensemble", 1) *
            shape.get("restarts", 1))


def hyperparameters(optimizer, *, batch=None, shuffle=False, validation=0.0, shape=None, **more):
    """Of a job that takes about as long whatever it is made of."""
    shape = shape or {}
    batches = 1 if batch is None else 300 / batch
    cost = runs_of(shape) * (1 + batches / 3) * SLOWER
    asked = {"hidden": [12], "optimizer": optimizer, "tolerance": 0, "patience": 100000,
             "epochs": max(4, round(EPOCHS[optimizer] / cost)), "checkpoint_seconds": 0.05,
             "validation_split": validation, "seed": 7, **shape, **more}
    if optimizer in RATE:
        asked["learning_rate"] = RATE[optimizer]
    if batch is not None:
        asked.update(batch_size=batch, shuffle=shuffle)
    return asked


def few_jobs():
    """Each optimiser and each shape, batches, shuffling and validation dealt out among them."""
    first_order = OPTIMIZERS[:3]
    for i, optimizer in enumerate(OPTIMIZERS):
        batch = 20 if optimizer in first_order else None
        yield hyperparameters(optimizer, batch=batch, shuffle=i % 2 == 0,
                              validation=0.2 * (i % 3 == 0))
    for i, shape in enumerate(list(SHAPES.values())[1:]):
        yield hyperparameters(OPTIMIZERS[i + 1], batch=30 if i < 2 else None, shuffle=True,
                              validation=0.25 * (i % 2), shape=shape)
    yield hyperparameters("levenberg_marquardt", regularization="bayesian")


def all_jobs():
    """Every optimiser with and without batches, shuffling and validation, in every shape."""
    for optimizer in OPTIMIZERS:
        takes_batches = optimizer in OPTIMIZERS[:3]
        kinds = [(None, False)] + ([(25, False), (25, True)] if takes_batches else [])
        for batch, shuffle in kinds:
            for validation in (0.0, 0.2):
                for shape in SHAPES.values():
                    yield hyperparameters(optimizer, batch=batch, shuffle=shuffle,
                                          validation=validation, shape=shape)
    for schedule in ("step", "cosine", "reduce_on_plateau"):
        yield hyperparameters("adam", batch=25, shuffle=True, schedule=schedule)
    for shape in SHAPES.values():
        yield hyperparameters("levenberg_marquardt", shape=shape, regularization="bayesian")


def begin(daemon, jobs, warm):
    """Queues the jobs; where warm is set, also one that starts from a model."""
    x, y = rows(300, 4, seed=5)
    dataset = daemon.add_dataset(x, y)["id"]
    started = []
    if warm:
        first = daemon.train(dataset, hyperparameters("rprop", epochs=20), model="first")
        assert first["state"] == "succeeded", first
        again = hyperparameters("adam", batch=20, shuffle=True)
        del again["hidden"]
        started.append(daemon.start_job(dataset, again, model="warm", from_model="first"))
    for i, asked in enumerate(jobs):
        started.append(daemon.start_job(dataset, asked, model=f"m{i}"))
    return started


def unfinished(daemon, jobs):
    listed = daemon.expect(200, daemon.get("/v1/jobs?limit=1000"))["data"]
    ended = {j["id"] for j in listed if j["state"] in ("succeeded", "failed", "cancelled")}
    return [j for j in jobs if j["id"] not in ended]


def disturb(daemon, jobs, draw, longest=0.5, gently=0.0):
    """Stops and starts the daemon, after `longest` seconds at most, until all jobs have ended; how
    often that was. A share `gently` of the stops is by SIGTERM, the others give it no chance."""
    stops = 0
    while unfinished(daemon, jobs):
        until = time.monotonic() + draw.uniform(0.1, 1) * longest
        wait_until(lambda: time.monotonic() >= until, "the moment")  # noqa: B023
        if draw.random() < gently:
            assert daemon.stop(signal.SIGTERM) < 2 * SLOWER, "the stop took too long"
        else:
            daemon.kill()
        daemon.start()
        stops += 1
    return stops


def outcome(daemon, job):
    """All that a job leaves, but what depends on the time."""
    done = daemon.finish(job)
    assert done["state"] == "succeeded", done
    loss = daemon.expect(200, daemon.get(f"/v1/jobs/{job['id']}/loss"))
    runs = daemon.expect(200, daemon.get(f"/v1/jobs/{job['id']}/runs"))
    name = done["model"]["name"]
    model = daemon.expect(200, daemon.get(f"/v1/models/{name}"))
    return {"digest": model["digest"], "version": model["version"], "loss": loss,
            "runs": runs["data"], "metrics": done["metrics"],
            "stopped_because": done["stopped_because"],
            "progress": {k: done["progress"][k]
                         for k in ("run", "epoch", "train_loss", "validation_loss")}}


def differences(expected, got):
    """The names of what is not the same."""
    return [name for name in expected if expected[name] != got[name]]
