"""Jobs by optimiser: what each does with real data, and what goes with which."""

import unittest

from harness import WireTest
from samples import energy, rows


class Optimisers(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        _, table = energy()
        cls.dataset = cls.daemon.add_dataset([r[:-1] for r in table], [r[-1] for r in table])["id"]

    def train(self, **hyperparameters):
        return self.daemon.train(self.dataset, {"hidden": [10], "tolerance": 0, **hyperparameters})

    def refused_job(self, hyperparameters, name, *words):
        reply = self.daemon.post("/v1/jobs", {"dataset": self.dataset,
                                              "hyperparameters": hyperparameters})
        self.refused(reply, 422, f"#/hyperparameters/{name}", *words)

    def test_second_order_methods_reach_in_few_epochs_what_adam_reaches_in_many(self):
        adam = self.train(optimizer="adam", epochs=300, batch_size=32)["progress"]["train_loss"]
        for optimizer, epochs in (("lbfgs", 150), ("levenberg_marquardt", 15)):
            with self.subTest(optimizer=optimizer):
                job = self.train(optimizer=optimizer, epochs=epochs)
                self.assertEqual(job["stopped_because"], "max_epochs")
                self.assertLess(job["progress"]["train_loss"], adam)
                self.assertIsNone(job["hyperparameters"]["learning_rate"])

    def test_what_was_resolved_can_be_posted_again_for_every_optimizer(self):
        table = self.daemon.expect(200, self.daemon.get("/v1/hyperparameters"))
        fields = table if isinstance(table, list) else next(iter(table.values()))
        [names] = [f for f in fields if f["name"] == "optimizer"]
        for optimizer in names["choices"]:
            with self.subTest(optimizer=optimizer):
                first = self.train(optimizer=optimizer, epochs=3, validation_split=0.1)
                self.assertEqual(first["state"], "succeeded", first)
                second = self.daemon.train(self.dataset, first["hyperparameters"])
                self.assertEqual(second["metrics"], first["metrics"])

    def test_a_schedule_and_clipping_change_the_training(self):
        plain = {"optimizer": "adam", "epochs": 20, "learning_rate": 0.02}
        losses = {self.train(**plain, **more)["progress"]["train_loss"] for more in (
            {}, {"schedule": "step", "step_epochs": 5}, {"schedule": "cosine"},
            {"schedule": "cosine", "schedule_floor": 0.5}, {"clip_norm": 0.01})}
        self.assertEqual(len(losses), 5)

    def test_training_that_finds_no_better_point_has_converged(self):
        x, y = rows(30, 2)
        job = self.daemon.train({"x": x, "y": y}, {
            "hidden": [], "optimizer": "levenberg_marquardt", "epochs": 100000, "tolerance": 0})
        self.assertEqual((job["state"], job["stopped_because"]), ("succeeded", "converged"))

    def test_bayesian_regularisation_needs_no_decay_to_be_named(self):
        job = self.train(optimizer="levenberg_marquardt", regularization="bayesian", epochs=30)
        self.assertEqual((job["state"], job["hyperparameters"]["regularization"]),
                         ("succeeded", "bayesian"))

    def test_methods_of_the_whole_split_refuse_batches(self):
        for optimizer in ("rprop", "lbfgs", "levenberg_marquardt"):
            self.refused_job({"optimizer": optimizer, "batch_size": 32}, "batch_size", optimizer)
            self.refused_job({"optimizer": optimizer, "schedule": "step"}, "schedule", optimizer)
            self.refused_job({"optimizer": optimizer, "clip_norm": 1}, "clip_norm", optimizer)

    def test_what_finds_its_own_steps_takes_no_learning_rate(self):
        self.refused_job({"optimizer": "lbfgs", "learning_rate": 1}, "learning_rate", "lbfgs")
        self.train(optimizer="rprop", learning_rate=0.01, epochs=1)

    def test_a_network_too_large_for_levenberg_marquardt_is_refused_with_its_size(self):
        self.refused_job({"optimizer": "levenberg_marquardt", "hidden": [1000]}, "optimizer",
                         "8192", "10001")

    def test_bayesian_regularisation_needs_levenberg_marquardt(self):
        self.refused_job({"optimizer": "adam", "regularization": "bayesian"}, "regularization",
                         "levenberg_marquardt")
        self.refused_job({"optimizer": "levenberg_marquardt", "regularization": "bayesian",
                          "l2": 0.1}, "l2")

    def test_a_csv_body_has_its_mistakes_in_the_query(self):
        reply = self.daemon.post_csv("/v1/jobs?optimizer=lbfgs&batch_size=8", "a,b\n1,2\n3,4\n")
        self.refused(reply, 422, "?batch_size", "lbfgs")


if __name__ == "__main__":
    unittest.main()
