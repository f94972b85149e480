"""Intervals of predictions, by split conformal prediction, and rows that do not fit the model."""

import json
import math
import random
import unittest

from harness import WireTest, quoted
from samples import rows

LEVEL = 0.9


def noisy(count, seed):
    """y = x0^2 + noise: no two rows share a residual."""
    draw = random.Random(seed)
    x = [[draw.uniform(-2, 2), draw.uniform(-2, 2)] for _ in range(count)]
    return x, [a * a + 0.3 * draw.gauss(0, 1) for a, b in x]


class Intervals(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.x, cls.y = noisy(1200, 1)
        cls.fit = {"optimizer": "lbfgs", "hidden": [8], "epochs": 60, "validation_split": 0.4}
        cls.daemon.train({"x": cls.x, "y": cls.y}, cls.fit, model="noisy")
        x, y = rows(30)
        cls.daemon.train({"x": x, "y": y}, {"epochs": 5}, model="whole")
        cls.daemon.train({"x": x, "y": [[a, 10 * a] for a in y]},
                         {"epochs": 5, "validation_split": 0.4}, model="two")

    def ask(self, model, instances, **more):
        return self.daemon.post(f"/v1/models/{model}:predict", {"instances": instances, **more})

    def intervals(self, model, instances, level=LEVEL):
        return self.daemon.expect(200, self.ask(model, instances, interval=level))

    def test_new_rows_are_in_them_as_often_as_the_level_says(self):
        x, y = noisy(1000, 2)
        for level in (0.5, 0.9):
            found = self.intervals("noisy", x, level)["intervals"]
            inside = sum(low <= value <= high for (low, high), value in zip(found, y))
            # the share varies with the 1000 new rows and with the 480 that were held out
            spread = math.sqrt(level * (1 - level) * (1000 + 1000 ** 2 / 480))
            self.assertLess(abs(inside - 1000 * level), 3.5 * spread, (level, inside))

    def test_they_are_an_order_statistic_of_the_validation_rows(self):
        """Which rows were held out the export does not say, but how far the model was off."""
        exported = self.daemon.expect(200, self.daemon.get("/v1/models/noisy/export"))
        residuals = exported["residuals"]["values"][0]
        self.assertEqual((exported["residuals"]["rows"], len(residuals)), (480, 480))
        self.assertEqual(residuals, sorted(residuals))
        predicted = self.daemon.predict("noisy", self.x)["predictions"]
        off = [abs(a - b) for a, b in zip(predicted, self.y)]
        for residual in residuals[::60]:
            self.assertLess(min(abs(residual - one) for one in off), 1e-9)
        for level in (0.1, 0.5, 0.9, 0.95):
            rank = math.ceil(481 * level)
            got = self.intervals("noisy", self.x[:3], level)
            for middle, (low, high) in zip(got["predictions"], got["intervals"]):
                self.assertAlmostEqual(middle - low, residuals[rank - 1], delta=1e-12)
                self.assertAlmostEqual(high - middle, residuals[rank - 1], delta=1e-12)

    def test_several_targets_have_an_interval_each(self):
        got = self.intervals("two", [[0, 0, 0], [1, 1, 1]])
        self.assertEqual([len(row) for row in got["intervals"]], [2, 2])
        for middles, pairs in zip(got["predictions"], got["intervals"]):
            for middle, (low, high) in zip(middles, pairs):
                self.assertTrue(low < middle < high)

    def test_an_ensemble_has_those_of_its_mean(self):
        self.daemon.train({"x": self.x, "y": self.y}, {**self.fit, "ensemble": 3}, model="three")
        residuals = self.daemon.expect(200, self.daemon.get("/v1/models/three/export"))["residuals"]
        predicted = self.daemon.predict("three", self.x)["predictions"]
        off = [abs(a - b) for a, b in zip(predicted, self.y)]
        for residual in residuals["values"][0][::60]:
            self.assertLess(min(abs(residual - one) for one in off), 1e-9)

    def test_the_same_training_gives_the_same_bits(self):
        self.daemon.train({"x": self.x, "y": self.y}, self.fit, model="again")
        self.assertEqual(self.ask("again", self.x[:9], interval=LEVEL).body,
                         self.ask("noisy", self.x[:9], interval=LEVEL).body)

    def test_they_travel_with_an_exported_model_and_outlive_the_daemon(self):
        exported = self.daemon.get("/v1/models/noisy/export").body
        self.daemon.expect(201, self.daemon.post("/v1/models/copy:import", json.loads(exported)))
        wanted = self.intervals("noisy", self.x[:5])
        self.assertEqual(self.intervals("copy", self.x[:5]), wanted)
        self.daemon.restart()
        self.assertEqual(self.intervals("noisy", self.x[:5]), wanted)
        self.assertEqual(self.intervals("copy", self.x[:5]), wanted)

    def test_an_import_with_residuals_that_cannot_be_is_refused(self):
        exported = json.loads(self.daemon.get("/v1/models/two/export").body)
        for residuals, pointer in (
                ({"rows": 12, "values": [[1] * 12]}, "#/residuals/values"),
                ({"rows": 12, "values": [[1] * 11, [1] * 11]}, "#/residuals/values"),
                ({"rows": 2, "values": [[1, 2], [2, 1]]}, "#/residuals/values"),
                ({"rows": 2, "values": [[-1, 2], [1, 2]]}, "#/residuals/values"),
                ({"rows": 0, "values": [[1], [1]]}, "#/residuals/rows"),
                ({"rows": 1, "values": [[1], [1]], "more": 1}, "#/residuals/more"),
                (3, "#/residuals")):
            reply = self.daemon.post("/v1/models/bad:import", {**exported, "residuals": residuals})
            self.refused(reply, 422)
            self.assertEqual(list(reply.errors), [pointer], residuals)

    def test_what_cannot_be_says_what_it_would_take(self):
        for model, level, said in (
                ("whole", 0.9, "validation_split"),
                ("two", 0.95, "takes 19 validation rows or more for the level 0.95, this model "
                              "had 12"),
                ("noisy", 1, "between 0 and 1"), ("noisy", 0, "between 0 and 1"),
                ("noisy", "0.9", "between 0 and 1")):
            reply = self.ask(model, [[0] * (2 if model == "noisy" else 3)], interval=level)
            self.refused(reply, 422)
            self.assertIn(said, reply.errors["#/interval"])

    def test_each_row_of_a_wrong_length_is_held_against_the_model(self):
        reply = self.ask("whole", [[1, 2], [1, 2, 3], [1, 2], [1]])
        self.refused(reply, 422)
        self.assertEqual(list(reply.errors), ["#/instances/0", "#/instances/2", "#/instances/3"])
        self.assertIn("row 0 has 2 numbers, the model takes 3 (", reply.errors["#/instances/0"])
        self.assertIn("row 3 has 1 number, the model takes 3 (", reply.errors["#/instances/3"])
        reply = self.ask("whole", [[1, 2, 3], ["a", 2, 3], [1, 2]])
        self.assertEqual(list(reply.errors), ["#/instances/1/0", "#/instances/2"])
        reply = self.ask("whole", [[1, 2, 3]] + [[1, 2]] * 100)
        self.assertEqual(len(reply.errors) + reply.json["errors_not_shown"], 100)

    def test_what_clients_of_tensorflow_serving_send_is_taken(self):
        self.daemon.expect(200, self.ask("noisy", self.x[:2], signature_name="serving_default"))
        self.refused(self.ask("noisy", self.x[:2], signature_name=1), 422)

    def test_names_of_features_are_exact(self):
        name = [c["name"] for c in self.daemon.expect(
            200, self.daemon.get(f"/v1/models/{quoted('noisy')}"))["scaling"]["features"]]
        reply = self.ask("noisy", [{name[0]: 1, name[1] + "x": 2}])
        self.refused(reply, 422)
        self.assertEqual(set(reply.errors), {f"#/instances/0/{name[1]}",
                                             f"#/instances/0/{name[1]}x"})
        self.assertIn(f"did you mean '{name[1]}'", reply.errors[f"#/instances/0/{name[1]}x"])
        got = self.intervals("noisy", [{name[1]: 50, name[0]: 0}])
        self.assertEqual(got["extrapolated"], [{"row": 0, "features": [name[1]]}])


if __name__ == "__main__":
    unittest.main()
