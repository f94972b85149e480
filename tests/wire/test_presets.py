"""Presets: recipes that are resolved openly, wherever they come from."""

import unittest

from harness import WireTest
from samples import as_csv, rows

SMALL = {"hidden": [4], "ensemble": 2, "epochs": 20}


class Presets(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.x, cls.y = rows(60)
        cls.table = as_csv(["a", "b", "c", "t"], [[*x, y] for x, y in zip(cls.x, cls.y)])
        cls.values = cls.daemon.get("/v1/hyperparameters").json["presets"]["accurate"]

    def start(self, **hyperparameters):
        return self.daemon.start_job({"x": self.x, "y": self.y}, hyperparameters)

    def start_csv(self, query):
        job = self.daemon.post_csv(f"/v1/jobs?{query}", self.table)
        return self.daemon.expect(202, job)["hyperparameters"]

    def drop(self, *jobs):
        for job in jobs:
            self.daemon.post(f"/v1/jobs/{job['id']}/cancel?discard=true")

    def digest(self, name):
        return self.daemon.get(f"/v1/models/{name}").json["digest"]

    def test_presets_are_listed_beside_the_table(self):
        table = self.daemon.get("/v1/hyperparameters").json
        names = {row["name"] for row in table["data"]}
        choices = next(row["choices"] for row in table["data"] if row["name"] == "preset")
        self.assertEqual(sorted(table["presets"]), sorted(choices))
        for name, values in table["presets"].items():
            with self.subTest(preset=name):
                self.assertTrue(values)
                self.assertLessEqual(set(values), names)

    def test_every_value_of_a_preset_is_in_the_job(self):
        job = self.start(preset="accurate")
        self.drop(job)
        expected = {"preset": "accurate", **self.values}
        self.assertEqual({n: job["hyperparameters"][n] for n in expected}, expected)

    def test_values_that_are_given_override_it_in_any_order(self):
        changed = {"preset": "accurate", **self.values, **SMALL}
        for given in ({"preset": "accurate", **SMALL}, {**SMALL, "preset": "accurate"}):
            job = self.start(**given)
            self.drop(job)
            self.assertEqual({n: job["hyperparameters"][n] for n in changed}, changed)
        small = "hidden=4&ensemble=2&epochs=20"
        for query in (f"preset=accurate&{small}", f"{small}&preset=accurate"):
            got = self.start_csv(query)
            self.assertEqual({n: got[n] for n in changed}, changed)

    def test_a_preset_and_its_values_written_out_are_the_same_training(self):
        dataset = {"x": self.x, "y": self.y}
        self.daemon.train(dataset, {"preset": "accurate", **SMALL}, model="preset")
        self.daemon.train(dataset, {**self.values, **SMALL}, model="written-out")
        self.assertEqual(self.digest("preset"), self.digest("written-out"))

    def test_what_was_resolved_can_be_posted_again(self):
        first = self.start(preset="accurate", **SMALL)
        second = self.start(**first["hyperparameters"])
        self.assertEqual(second["hyperparameters"], first["hyperparameters"])

    def test_a_preset_that_there_is_not_is_named(self):
        reply = self.daemon.post("/v1/jobs", {"dataset": {"x": self.x, "y": self.y},
                                              "hyperparameters": {"preset": "best"}})
        self.refused(reply, 422, "#/hyperparameters/preset", "accurate", "best")

    def test_a_regularization_that_the_optimizer_cannot_do_is_explained(self):
        reply = self.daemon.post_csv("/v1/jobs?preset=accurate&optimizer=adam", self.table)
        self.refused(reply, 422, "?regularization", "bayesian", "preset accurate",
                     "levenberg_marquardt", "adam", "null")
        got = self.start_csv("preset=accurate&optimizer=adam&regularization=null&epochs=1")
        self.assertEqual((got["optimizer"], got["regularization"]), ("adam", None))


if __name__ == "__main__":
    unittest.main()
