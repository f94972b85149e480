"""Restarts, ensembles and cross-validation: what model becomes of many runs."""

import statistics
import unittest

from harness import WireTest, quoted
from samples import predict_by_hand, rows

QUICK = {"hidden": [5], "epochs": 30, "learning_rate": 0.1, "tolerance": 0}


class Ensembles(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.x, cls.y = rows(50)
        cls.dataset = cls.daemon.add_dataset(cls.x, cls.y)["id"]
        cls.train("single", seed=5)
        cls.train("three", seed=5, ensemble=3)

    @classmethod
    def train(cls, model, **hyperparameters):
        job = cls.daemon.train(cls.dataset, {**QUICK, **hyperparameters}, model=model)
        assert job["state"] == "succeeded", job
        return job

    def model(self, name, rest=""):
        return self.daemon.expect(200, self.daemon.get(f"/v1/models/{quoted(name)}{rest}"))

    def test_a_model_says_how_many_networks_it_is(self):
        one, three = self.model("single"), self.model("three")
        self.assertEqual((one["members"], three["members"]), (1, 3))
        self.assertEqual(three["layers"], one["layers"])
        self.assertEqual(three["parameters"], 3 * one["parameters"])
        self.assertNotEqual(three["digest"], one["digest"])

    def test_each_member_is_the_network_of_its_seed(self):
        members = self.model("three", "/weights")["members"]
        self.assertEqual(len(members), 3)
        for i, member in enumerate(members):
            self.train("alone", seed=5 + i)
            self.assertEqual(member, self.model("alone", "/weights"))

    def test_predictions_are_the_mean_of_the_members(self):
        model, members = self.model("three"), self.model("three", "/weights")["members"]
        got = self.daemon.predict("three", self.x, std=True)
        by_hand = [[predict_by_hand(model, member, x)[0] for member in members] for x in self.x]
        self.assertClose(got["predictions"], [statistics.fmean(p) for p in by_hand], 1e-9, 1e-10)
        self.assertClose(got["std"], [statistics.pstdev(p) for p in by_hand], 1e-7, 1e-9)
        self.assertGreater(max(got["std"]), 0)

    def test_the_deviation_comes_only_where_it_is_asked_for(self):
        plain = self.daemon.predict("three", self.x[:3])
        self.assertNotIn("std", plain)
        self.assertEqual(self.daemon.predict("three", self.x[:3], std=False), plain)
        asked = self.daemon.predict("three", self.x[:3], std=True)
        self.assertEqual(asked["predictions"], plain["predictions"])
        self.assertEqual(self.daemon.predict("single", self.x[:3], std=True)["std"], [0, 0, 0])
        reply = self.daemon.post("/v1/models/three:predict", {"instances": self.x, "std": "yes"})
        self.refused(reply, 422, "#/std", "true or false", "yes")

    def test_several_targets_have_a_deviation_each(self):
        y = [[a + b, a - c] for a, b, c in self.x]
        self.daemon.train({"x": self.x, "y": y}, {**QUICK, "ensemble": 2}, model="two-targets")
        got = self.daemon.predict("two-targets", self.x[:4], std=True)
        self.assertEqual([len(row) for row in got["std"]], [2] * 4)

    def test_the_metrics_are_those_of_the_mean(self):
        job = self.train("scored", ensemble=4)
        got = self.daemon.predict("scored", self.x)["predictions"]
        mse = statistics.fmean((p - t) ** 2 for p, t in zip(got, self.y))
        self.assertClose(job["metrics"]["train"]["mse"], mse, 1e-9)

    def test_of_the_restarts_the_best_is_kept(self):
        self.train("restarted", seed=8, restarts=4)
        alone = {}
        for seed in range(8, 12):
            job = self.train("one-start", seed=seed)
            alone[job["metrics"]["train"]["mse"]] = self.model("one-start")["digest"]
        self.assertEqual(self.model("restarted")["digest"], alone[min(alone)])

    def test_folds_do_not_change_the_model(self):
        self.train("folded", seed=5, cross_validation=4)
        self.assertEqual(self.model("folded")["digest"], self.model("single")["digest"])

    def test_an_ensemble_is_the_same_after_a_restart(self):
        before = self.daemon.predict("three", self.x, std=True)
        self.daemon.restart()
        self.assertEqual(self.daemon.predict("three", self.x, std=True), before)

    def test_too_many_trainings_are_refused(self):
        reply = self.daemon.post("/v1/jobs", {"dataset": self.dataset, "hyperparameters": {
            "restarts": 20, "ensemble": 10, "cross_validation": 10}})
        self.refused(reply, 422, "#/hyperparameters/restarts", "2200", "at most 1000")

    def test_more_folds_than_rows_are_refused(self):
        reply = self.daemon.post("/v1/jobs", {"dataset": self.dataset, "hyperparameters": {
            "cross_validation": 51}})
        self.refused(reply, 422, "#/hyperparameters/cross_validation", "50", "51")

    def test_explicit_layers_start_one_network_once(self):
        layers = self.model("single", "/weights")["layers"]
        for name in ("restarts", "ensemble"):
            reply = self.daemon.post("/v1/jobs", {"dataset": self.dataset, "hyperparameters": {
                name: 2}, "initial_layers": layers})
            self.refused(reply, 422, f"#/hyperparameters/{name}", "initial_layers", "must be 1")


if __name__ == "__main__":
    unittest.main()
