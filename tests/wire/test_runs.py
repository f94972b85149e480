"""Jobs of several runs: what is told of each, and what becomes of them when they are stopped."""

import unittest

from harness import WireCase, WireTest, wait_until
from samples import ENDLESS, endless_dataset, rows

QUICK = {"hidden": [5], "epochs": 30, "learning_rate": 0.1, "tolerance": 0}
RUN = {"run", "fold", "member", "restart", "seed", "stopped_because", "epoch", "best_epoch",
       "train_loss", "validation_loss", "effective_parameters", "kept"}
METRICS = ("mse", "rmse", "mae", "r2")


def runs_of(daemon, job):
    return daemon.expect(200, daemon.get(f"/v1/jobs/{job['id']}/runs"))["data"]


def loss_of(daemon, job, query=""):
    return daemon.expect(200, daemon.get(f"/v1/jobs/{job['id']}/loss{query}"))


def wait_for_run(daemon, job, run):
    def reached():
        progress = daemon.expect(200, daemon.get(f"/v1/jobs/{job['id']}"))["progress"]
        return progress if progress["run"] >= run else None
    return wait_until(reached, f"run {run} of job {job['id']}", 60)


class Runs(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(50)
        cls.dataset = cls.daemon.add_dataset(x, y)["id"]
        cls.single = cls.train("single", seed=5)
        cls.many = cls.train("many", seed=5, restarts=3, ensemble=2, validation_split=0.2)
        cls.folded = cls.train("folded", seed=5, cross_validation=4)

    @classmethod
    def train(cls, model, **hyperparameters):
        job = cls.daemon.train(cls.dataset, {**QUICK, **hyperparameters}, model=model)
        assert job["state"] == "succeeded", job
        return job

    def test_each_run_is_told_with_its_place_and_its_seed(self):
        runs = runs_of(self.daemon, self.many)
        self.assertEqual([set(r) for r in runs], [RUN] * 6)
        places = [(r["run"], r["fold"], r["member"], r["restart"], r["seed"]) for r in runs]
        self.assertEqual(places, [(i + 1, None, i // 3 + 1, i % 3 + 1, 5 + i) for i in range(6)])
        for run in runs:
            self.assertIsNone(run["effective_parameters"])
            self.assertIn(run["stopped_because"], ("max_epochs", "early_stopping"))

    def test_of_the_restarts_of_a_network_the_best_is_kept(self):
        runs = runs_of(self.daemon, self.many)
        for member in (1, 2):
            own = [r for r in runs if r["member"] == member]
            best = {r["run"]: min(loss_of(self.daemon, self.many, f"?run={r['run']}")["validation"])
                    for r in own}
            self.assertEqual([r["run"] for r in own if r["kept"]], [min(best, key=best.get)])

    def test_the_job_says_which_run_it_is_at_and_how_many_it_makes(self):
        self.assertEqual([self.single["progress"][k] for k in ("run", "runs")], [1, 1])
        self.assertEqual([self.many["progress"][k] for k in ("run", "runs")], [6, 6])
        self.assertEqual([self.folded["progress"][k] for k in ("run", "runs")], [5, 5])

    def test_the_history_names_the_runs_and_one_can_be_picked(self):
        loss = loss_of(self.daemon, self.many)
        self.assertEqual(list(loss), ["run", "epoch", "train", "validation"])
        places = list(zip(loss["run"], loss["epoch"]))
        self.assertEqual(places, sorted(places))
        for run in runs_of(self.daemon, self.many):
            one = loss_of(self.daemon, self.many, f"?run={run['run']}")
            self.assertEqual(one["epoch"], list(range(run["epoch"] + 1)))
            self.assertEqual(set(one["run"]), {run["run"]})
            self.assertEqual(one["train"][-1], run["train_loss"])
            self.assertEqual(one["validation"][-1], run["validation_loss"])

    def test_the_history_as_csv_has_the_run_first(self):
        path = f"/v1/jobs/{self.many['id']}/loss?run=2&to=0"
        lines = self.daemon.get(path, accept="text/csv").text.splitlines()
        self.assertEqual(lines[0], "run,epoch,train,validation")
        self.assertEqual([line.split(",")[:2] for line in lines[1:]], [["2", "0"]])

    def test_a_job_of_one_run_answers_as_ever(self):
        loss = loss_of(self.daemon, self.single)
        self.assertEqual(list(loss), ["epoch", "train", "validation"])
        self.assertEqual(loss_of(self.daemon, self.single, "?run=1"), loss)
        (run,) = runs_of(self.daemon, self.single)
        self.assertEqual((run["run"], run["fold"], run["kept"]), (1, None, True))
        self.assertIsNone(self.single["metrics"]["cross_validation"])

    def test_thinning_leaves_something_of_every_run(self):
        for points, most in ((2, 12), (20, 20), (60, 60)):
            loss = loss_of(self.daemon, self.many, f"?points={points}")
            self.assertEqual(set(loss["run"]), set(range(1, 7)))
            self.assertLessEqual(len(loss["run"]), most)

    def test_a_run_that_is_not_made_is_refused(self):
        path = f"/v1/jobs/{self.many['id']}/loss?run="
        for run in (0, 7, "last"):
            self.refused(self.daemon.get(f"{path}{run}"), 422, "?run", "6")

    def test_the_folds_are_summed_up_and_their_runs_told(self):
        runs = runs_of(self.daemon, self.folded)
        self.assertEqual([r["fold"] for r in runs], [1, 2, 3, 4, None])
        self.assertEqual({r["seed"] for r in runs}, {5})
        summary = self.folded["metrics"]["cross_validation"]
        self.assertEqual(summary["folds"], 4)
        for name in METRICS:
            self.assertEqual(set(summary[name]), {"mean", "std"})
            self.assertGreater(summary[name]["std"], 0)
        self.assertClose(summary["mse"]["mean"],
                         summary["rmse"]["mean"] ** 2 + summary["rmse"]["std"] ** 2, 1e-9)

    def test_cross_validation_leaves_the_model_alone(self):
        digests = {self.daemon.get(f"/v1/models/{name}").json["digest"]
                   for name in ("single", "folded")}
        self.assertEqual(len(digests), 1)
        self.assertEqual(loss_of(self.daemon, self.folded, "?run=5")["train"],
                         loss_of(self.daemon, self.single)["train"])

    def test_bayesian_regularisation_tells_the_effective_parameters(self):
        job = self.train("bayes", optimizer="levenberg_marquardt", regularization="bayesian",
                         learning_rate=None, restarts=2)
        for run in runs_of(self.daemon, job):
            self.assertGreater(run["effective_parameters"], 0)
            self.assertLessEqual(run["effective_parameters"], job["parameters"])

    def test_the_page_of_runs_has_the_manners_of_the_others(self):
        path = f"/v1/jobs/{self.many['id']}/runs"
        self.assertEqual(self.daemon.request("HEAD", path).status, 200)
        self.assertEqual(self.daemon.request("OPTIONS", path).status, 204)
        self.refused(self.daemon.post(path, {}), 405)
        self.refused(self.daemon.get(f"{path}?limit=3"), 422, "?limit")
        self.refused(self.daemon.get("/v1/jobs/job_none/runs"), 404)


class Stopped(WireCase):
    def test_cancelled_in_the_cross_validation_there_is_no_model(self):
        daemon = self.own_daemon()
        job = daemon.start_job(endless_dataset(daemon), {**ENDLESS, "cross_validation": 3},
                               model="never")
        daemon.wait_for_epoch(job)
        ended = daemon.expect(200, daemon.post(f"/v1/jobs/{job['id']}/cancel"))
        self.assertEqual((ended["state"], ended["stopped_because"]), ("cancelled", "cancelled"))
        self.assertEqual((ended["model"], ended["metrics"], ended["error"]), (None, None, None))
        (run,) = runs_of(daemon, job)
        self.assertEqual((run["fold"], run["stopped_because"]), (1, "cancelled"))
        self.refused(daemon.get("/v1/models/never"), 404)

    def test_a_time_limit_in_the_cross_validation_says_what_to_change(self):
        daemon = self.own_daemon()
        job = daemon.train(endless_dataset(daemon),
                           {**ENDLESS, "cross_validation": 3, "time_limit": 0.3})
        self.assertEqual((job["state"], job["stopped_because"]), ("failed", "time_limit"))
        self.assertEqual(job["error"]["type"], "/problems/time-limit")
        for words in ("time_limit of 0.3 s", "run 1 of 4", "cross_validation (it was 3)"):
            self.assertIn(words, job["error"]["detail"])
        self.assertIsNone(job["model"])

    def test_a_time_limit_in_an_ensemble_keeps_the_networks_there_are(self):
        daemon = self.own_daemon()
        job = daemon.train(endless_dataset(daemon), {**ENDLESS, "ensemble": 3, "time_limit": 0.3},
                           model="part")
        self.assertEqual((job["state"], job["stopped_because"]), ("succeeded", "time_limit"))
        self.assertEqual(daemon.get("/v1/models/part").json["members"], 1)

    def test_the_time_left_is_that_of_all_runs(self):
        daemon = self.own_daemon()
        job = daemon.start_job(endless_dataset(daemon), {**ENDLESS, "ensemble": 5})
        progress = daemon.wait_for_epoch(job)["progress"]
        left = 5 * ENDLESS["epochs"] - progress["epoch"]
        self.assertClose(progress["eta_seconds"] * progress["epochs_per_second"], left, 1e-6)

    def interrupted(self, stop):
        """An ensemble that the daemon's end interrupts is as one that it did not."""
        daemon = self.own_daemon("--workers=1")
        dataset = endless_dataset(daemon)
        hyperparameters = {**ENDLESS, "epochs": 20, "ensemble": 6}
        whole = daemon.train(dataset, hyperparameters, model="whole")
        job = daemon.start_job(dataset, hyperparameters, model="broken")
        wait_for_run(daemon, job, 3)
        stop(daemon)
        daemon.start()
        done = daemon.finish(job)
        self.assertEqual((done["state"], done["attempts"]), ("succeeded", 2))
        digests = {daemon.get(f"/v1/models/{m}").json["digest"] for m in ("whole", "broken")}
        self.assertEqual(len(digests), 1)
        self.assertEqual(runs_of(daemon, job), runs_of(daemon, whole))
        self.assertEqual(loss_of(daemon, job), loss_of(daemon, whole))

    def test_a_stop_in_mid_ensemble_costs_no_bit(self):
        self.interrupted(lambda daemon: daemon.stop())

    def test_a_crash_in_mid_ensemble_costs_no_bit(self):
        self.interrupted(lambda daemon: daemon.kill())


if __name__ == "__main__":
    unittest.main()
