"""Models: described, their weights, predictions, versions, deletion."""

import json
import struct
import time
import unittest

from harness import SLOWER, WireTest, quoted
from samples import (ACTIVATIONS, ENDLESS, apply_layers, as_csv, endless_dataset, energy,
                     predict_by_hand, rows)


class Models(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.x, cls.y = rows(60)
        cls.dataset = cls.daemon.add_dataset(cls.x, cls.y, features=["a", "b", "c"],
                                             targets=["t"])
        cls.job = cls.daemon.train(cls.dataset["id"], {
            "hidden": [7, 4], "epochs": 40, "validation_split": 0.25, "patience": 1000,
            "tolerance": 0}, model="house")

    def model(self, name):
        return self.daemon.expect(200, self.daemon.get(f"/v1/models/{quoted(name)}"))

    def weights(self, name):
        return self.daemon.expect(200, self.daemon.get(f"/v1/models/{quoted(name)}/weights"))

    def test_a_model_says_what_it_is(self):
        model = self.model("house")
        self.assertEqual((model["name"], model["version"], model["versions"]), ("house", 1, [1]))
        self.assertEqual(model["job"], self.job["id"])
        self.assertEqual(model["dataset"], self.dataset["id"])
        self.assertEqual(model["dataset_digest"], self.dataset["digest"])
        self.assertEqual(model["parameters"], 3 * 7 + 7 + 7 * 4 + 4 + 4 + 1)
        self.assertEqual(model["layers"], [
            {"inputs": 3, "outputs": 7, "activation": "tanh"},
            {"inputs": 7, "outputs": 4, "activation": "tanh"},
            {"inputs": 4, "outputs": 1, "activation": "identity"}])
        self.assertEqual([c["name"] for c in model["scaling"]["features"]], ["a", "b", "c"])
        self.assertEqual([c["name"] for c in model["scaling"]["targets"]], ["t"])
        for split in ("train", "validation"):
            self.assertEqual(model["metrics"][split], self.job["metrics"][split])
        for column, values in zip(model["scaling"]["features"], zip(*self.x)):
            self.assertEqual((column["min"], column["max"]), (min(values), max(values)))

    def test_the_weights_have_the_shapes_of_the_layers(self):
        layers = self.weights("house")["layers"]
        shapes = [(len(l["weights"]), len(l["weights"][0]), len(l["biases"])) for l in layers]
        self.assertEqual(shapes, [(7, 3, 7), (4, 7, 4), (1, 4, 1)])
        self.assertEqual([l["activation"] for l in layers], ["tanh", "tanh", "identity"])

    def test_predictions_are_the_weights_applied(self):
        model, weights = self.model("house"), self.weights("house")
        got = self.daemon.predict("house", self.x)["predictions"]
        by_hand = [predict_by_hand(model, weights, x)[0] for x in self.x]
        self.assertClose(got, by_hand, 1e-10, 1e-10)

    def test_every_activation_predicts_as_by_hand(self):
        for activation in ACTIVATIONS:
            with self.subTest(activation=activation):
                name = f"with-{activation}"
                job = self.daemon.train(self.dataset["id"], {
                    "activation": activation, "hidden": [6, 5], "epochs": 30,
                    "learning_rate": 0.05}, model=name)
                self.assertEqual(job["state"], "succeeded", job)
                got = self.daemon.predict(name, self.x)["predictions"]
                model, weights = self.model(name), self.weights(name)
                self.assertEqual(weights["layers"][0]["activation"], activation)
                by_hand = [predict_by_hand(model, weights, x)[0] for x in self.x]
                self.assertClose(got, by_hand, 1e-10, 1e-10)

    def test_without_standardising_the_weights_work_on_the_raw_numbers(self):
        self.daemon.train(self.dataset["id"], {"epochs": 20, "standardize": False,
                                               "learning_rate": 0.05}, model="raw")
        layers = self.weights("raw")["layers"]
        got = self.daemon.predict("raw", self.x[:5])["predictions"]
        self.assertClose(got, [apply_layers(layers, x)[0] for x in self.x[:5]], 1e-10, 1e-12)

    def test_real_data_trained_by_csv_predicts_as_by_hand(self):
        header, table = energy()
        self.daemon.expect(200, self.daemon.post_csv(
            "/v1/jobs?model=energy&hidden=20&optimizer=adam&batch_size=32&epochs=60&wait=60",
            as_csv(header, table)))
        model, weights = self.model("energy"), self.weights("energy")
        sample = [row[:-1] for row in table[::37]]
        got = self.daemon.predict("energy", sample)["predictions"]
        self.assertClose(got, [predict_by_hand(model, weights, x)[0] for x in sample],
                         1e-10, 1e-10)
        self.assertGreater(model["metrics"]["train"]["r2"], 0.9)

    def test_objects_by_feature_name_are_as_good_as_arrays(self):
        arrays = self.daemon.predict("house", self.x[:4])
        objects = self.daemon.predict("house", [
            {"c": c, "a": a, "b": b} for a, b, c in self.x[:4]])
        self.assertEqual(objects["predictions"], arrays["predictions"])

    def test_several_targets_are_predicted_as_arrays(self):
        y = [[a + b, a - c] for a, b, c in self.x]
        self.daemon.train({"x": self.x, "y": y}, {"epochs": 20}, model="two")
        got = self.daemon.predict("two", self.x[:3])["predictions"]
        model, weights = self.model("two"), self.weights("two")
        self.assertClose(got, [predict_by_hand(model, weights, x) for x in self.x[:3]],
                         1e-10, 1e-10)

    def test_one_row_and_many_rows_give_the_same_bits(self):
        together = self.daemon.predict("house", self.x)["predictions"]
        alone = [self.daemon.predict("house", [x])["predictions"][0] for x in self.x]
        self.assertEqual(alone, together)

    def test_a_prediction_reads_back_to_the_same_bits(self):
        reply = self.daemon.post("/v1/models/house:predict", {"instances": self.x})
        numbers = json.loads(reply.body, parse_float=str)["predictions"]
        for digits in numbers:
            value = float(digits)
            self.assertLessEqual(len(digits), len(repr(value)) + 1)
            self.assertEqual(struct.pack("<d", float(repr(value))), struct.pack("<d", value))

    def test_a_large_batch_is_predicted_whole(self):
        many = self.x * 500
        got = self.daemon.predict("house", many)["predictions"]
        self.assertEqual(len(got), 30000)
        self.assertEqual(got[:60], got[-60:])

    def test_inputs_outside_the_training_range_are_answered_and_named(self):
        inside = self.x[0]
        got = self.daemon.predict("house", [inside, [100, 0, 0], [0, -100, 100]])
        self.assertEqual(len(got["predictions"]), 3)
        self.assertEqual(got["extrapolated"], [{"row": 1, "features": ["a"]},
                                               {"row": 2, "features": ["b", "c"]}])

    def test_a_path_with_a_version_means_that_version(self):
        for epochs in (1, 60):
            self.daemon.train(self.dataset["id"], {"epochs": epochs}, model="versions")
        model = self.model("versions")
        self.assertEqual((model["version"], model["versions"]), (2, [2, 1]))
        one = self.daemon.predict("versions/versions/1", self.x)
        two = self.daemon.predict("versions/versions/2", self.x)
        newest = self.daemon.predict("versions", self.x)
        self.assertEqual(newest["predictions"], two["predictions"])
        self.assertNotEqual(newest["predictions"], one["predictions"])
        first = self.daemon.expect(200, self.daemon.get("/v1/models/versions/versions/1"))
        self.assertEqual(first["version"], 1)
        self.assertNotEqual(first["digest"], model["digest"])
        path = "/v1/models/versions/versions/1/weights"
        self.assertNotEqual(self.daemon.expect(200, self.daemon.get(path)),
                            self.weights("versions"))
        for missing in ("3", "0", "-1", "x"):
            self.refused(self.daemon.get(f"/v1/models/versions/versions/{missing}"), 404)

    def test_a_deleted_version_is_gone_and_its_number_is_not_used_again(self):
        for _ in range(2):
            self.daemon.train(self.dataset["id"], {"epochs": 1}, model="gone")
        self.assertEqual(self.daemon.delete("/v1/models/gone/versions/2").status, 204)
        self.assertEqual(self.model("gone")["versions"], [1])
        self.refused(self.daemon.post("/v1/models/gone/versions/2:predict",
                                      {"instances": self.x}), 404)
        again = self.daemon.train(self.dataset["id"], {"epochs": 1}, model="gone")
        self.assertEqual(again["model"]["version"], 3)
        self.assertEqual(self.daemon.delete("/v1/models/gone").status, 204)
        for path in ("", "/weights", "/versions/1", "/versions/3"):
            self.refused(self.daemon.get(f"/v1/models/gone{path}"), 404)
        self.refused(self.daemon.post("/v1/models/gone:predict", {"instances": self.x}), 404)
        self.refused(self.daemon.delete("/v1/models/gone"), 404)

    def test_models_are_listed_newest_first_one_entry_a_name(self):
        for name in ("list-1", "list-2", "list-1"):
            self.daemon.train(self.dataset["id"], {"epochs": 1}, model=name)
        page = self.daemon.expect(200, self.daemon.get("/v1/models?limit=2"))
        self.assertEqual([(m["name"], m["version"]) for m in page["data"]],
                         [("list-1", 2), ("list-2", 1)])
        rest = self.daemon.expect(200, self.daemon.get(
            f"/v1/models?limit=1000&after={quoted(page['next'])}"))
        names = [m["name"] for m in rest["data"]]
        self.assertIn("house", names)
        self.assertNotIn("list-1", names)
        self.assertEqual(len(names), len(set(names)))

    def test_training_does_not_hold_up_predictions(self):
        jobs = [self.daemon.start_job(endless_dataset(self.daemon), ENDLESS) for _ in range(2)]
        for job in jobs:
            self.daemon.wait_for_epoch(job)
        longest = 0.0
        for _ in range(200):
            began = time.monotonic()
            self.daemon.predict("house", self.x[:1])
            longest = max(longest, time.monotonic() - began)
        for job in jobs:
            self.daemon.expect(200, self.daemon.post(f"/v1/jobs/{job['id']}/cancel?discard=true"))
        self.assertLess(longest, 0.5 * SLOWER)


if __name__ == "__main__":
    unittest.main()
