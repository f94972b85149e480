"""Warm starts: a job goes on from a model, with its networks and its scaling."""

import unittest

from harness import WireTest, quoted
from samples import ENDLESS, as_csv, endless_dataset, rows

QUICK = {"hidden": [6], "epochs": 40, "learning_rate": 0.05, "tolerance": 0}
NAMES = {"features": ["a", "b", "c"], "targets": ["t"]}


class WarmStarts(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.x, cls.y = rows(60)
        cls.dataset = cls.daemon.add_dataset(cls.x, cls.y, **NAMES)["id"]
        cls.first = cls.daemon.train(cls.dataset, {**QUICK, "activation": "sigmoid"}, model="first")

    def model(self, name, rest=""):
        return self.daemon.expect(200, self.daemon.get(f"/v1/models/{quoted(name)}{rest}"))

    def go_on(self, source, hyperparameters=None, dataset=None, **more):
        job = self.daemon.train(dataset or self.dataset, hyperparameters, from_model=source, **more)
        self.assertEqual(job["state"], "succeeded", job)
        return job

    def refuse(self, pointer, *words, dataset=None, **more):
        reply = self.daemon.post("/v1/jobs", {"dataset": dataset or self.dataset,
                                              "from_model": "first", **more})
        self.refused(reply, 422, pointer, *words)

    def test_training_goes_on_where_the_model_stood(self):
        job = self.go_on("first", {"epochs": 50, "learning_rate": 0.05, "tolerance": 0},
                         model="second")
        loss = self.daemon.get(f"/v1/jobs/{job['id']}/loss").json
        before = self.daemon.get(f"/v1/jobs/{self.first['id']}/loss").json
        self.assertEqual(loss["train"][0], before["train"][-1])
        self.assertLess(loss["train"][-1], loss["train"][0])

    def test_twice_forty_epochs_are_eighty(self):
        whole = {**QUICK, "activation": "sigmoid", "epochs": 80}
        self.daemon.train(self.dataset, whole, model="eighty")
        self.go_on("first", {**QUICK, "activation": "sigmoid"}, model="forty-and-forty")
        self.assertEqual(self.model("forty-and-forty")["digest"], self.model("eighty")["digest"])

    def test_hyperparameters_follow_the_model(self):
        job = self.go_on("first/1", {"epochs": 1})
        got = job["hyperparameters"]
        self.assertEqual((got["hidden"], got["activation"], got["ensemble"]), ([6], "sigmoid", 1))

    def test_other_rows_are_scaled_as_the_model_scales(self):
        x, y = rows(30, seed=7)
        far = self.daemon.add_dataset([[v + 10 for v in row] for row in x], y, **NAMES)["id"]
        self.go_on("first", {"epochs": 5}, dataset=far, model="moved")
        for part in ("features", "targets"):
            was, now = (self.model(m)["scaling"][part] for m in ("first", "moved"))
            self.assertEqual([(c["shift"], c["scale"]) for c in now],
                             [(c["shift"], c["scale"]) for c in was])

    def test_a_csv_names_the_model_in_its_query(self):
        table = as_csv(["a", "b", "c", "t"], [[*x, y] for x, y in zip(self.x, self.y)])
        job = self.daemon.expect(200, self.daemon.post_csv(
            "/v1/jobs?from_model=first&epochs=3&wait=60", table))
        self.assertEqual((job["state"], job["hyperparameters"]["hidden"]), ("succeeded", [6]))
        self.refused(self.daemon.post_csv("/v1/jobs?from_model=frist", table), 422,
                     "?from_model", "no model 'frist'")

    def test_a_model_may_have_a_new_version_from_its_last(self):
        self.daemon.train(self.dataset, {**QUICK, "epochs": 2}, model="grows")
        for version in (2, 3):
            job = self.go_on("grows", {"epochs": 2}, model="grows")
            self.assertEqual(job["model"], {"name": "grows", "version": version})

    def test_an_ensemble_goes_on_member_by_member(self):
        self.daemon.train(self.dataset, {**QUICK, "ensemble": 3}, model="several")
        self.daemon.train(self.dataset, {**QUICK, "ensemble": 3, "epochs": 60}, model="longer")
        self.go_on("several", {**QUICK, "epochs": 20}, model="shorter")
        self.assertEqual(self.model("shorter")["members"], 3)
        self.assertEqual(self.model("shorter")["digest"], self.model("longer")["digest"])

    def test_the_start_is_kept_with_the_job(self):
        daemon = self.own_daemon("--workers=1")
        daemon.train({"x": self.x, "y": self.y}, QUICK, model="source")
        digest = daemon.get("/v1/models/source").json["digest"]
        blocking = daemon.start_job(endless_dataset(daemon), ENDLESS)
        daemon.wait_for_epoch(blocking)
        job = daemon.start_job({"x": self.x, "y": self.y}, {"epochs": 1, "learning_rate": 1e-300},
                               from_model="source", model="target")
        self.assertEqual(daemon.delete("/v1/models/source").status, 204)
        daemon.restart()
        daemon.post(f"/v1/jobs/{blocking['id']}/cancel?discard=true")
        self.assertEqual(daemon.finish(job)["state"], "succeeded")
        self.assertEqual(daemon.get("/v1/models/target").json["digest"], digest)

    def test_what_contradicts_the_model_is_refused_naming_both(self):
        for name, given, had in (("hidden", [6, 3], "[6]"), ("activation", "tanh", "sigmoid"),
                                 ("ensemble", 2, 1), ("standardize", False, "scaling")):
            with self.subTest(name=name):
                shown = str(given).lower() if isinstance(given, bool) else given
                self.refuse(f"#/hyperparameters/{name}", shown, "first/1", had,
                            hyperparameters={name: given})

    def test_other_columns_are_refused(self):
        def dataset(features, targets):
            x, y = rows(5, len(features))
            y = [[v] * len(targets) for v in y]
            return self.daemon.add_dataset(x, y, features=features, targets=targets)["id"]
        self.refuse("#/from_model", "3 features", "2", dataset=dataset(["a", "b"], ["t"]))
        self.refuse("#/from_model", "1 target", "2", dataset=dataset(["a", "b", "c"], ["t", "u"]))
        self.refuse("#/from_model", "'b'", "feature 2", "'c'",
                    dataset=dataset(["a", "c", "b"], ["t"]))
        self.refuse("#/from_model", "'t'", "target 1", "'u'",
                    dataset=dataset(["a", "b", "c"], ["u"]))
        self.go_on("first", {"epochs": 1}, dataset={"x": self.x, "y": self.y})

    def test_what_makes_no_sense_with_it_is_refused(self):
        self.refuse("#/hyperparameters/restarts", "from_model", hyperparameters={"restarts": 3})
        self.refuse("#/hyperparameters/cross_validation", "has seen the rows",
                    hyperparameters={"cross_validation": 5})
        self.refuse("#/from_model", "initial_layers",
                    initial_layers=self.model("first", "/weights")["layers"])

    def test_a_model_that_there_is_not_is_refused(self):
        for name, words in (("none", "no model 'none'"), ("first/9", "no version 9"),
                            ("first/0", "boston/3"), ("", "boston"), (3, "got 3")):
            with self.subTest(name=name):
                self.refuse("#/from_model", words, **{"from_model": name})


if __name__ == "__main__":
    unittest.main()
