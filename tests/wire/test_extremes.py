"""Numbers and shapes at the ends of what there is. Every reply is checked for NaN on its way."""

import random
import statistics
import sys
import time
import unittest
from fractions import Fraction

from harness import SLOWER, WireTest
from samples import as_csv

LARGEST = sys.float_info.max


class Numbers(WireTest):
    header = ["big", "constant", "denormal", "ends", "y"]

    def table(self, unit):
        """The target is in that unit."""
        return [[(i - 10) * 1e300, 7.0, i * 5e-324, LARGEST if i % 2 else -LARGEST, (i - 3) * unit]
                for i in range(20)]

    def add(self, table):
        return self.daemon.expect(201, self.daemon.post_csv(
            "/v1/datasets", as_csv(self.header, table)))

    def test_statistics_of_columns_are_right_at_any_scale(self):
        table = self.table(1e306)
        made = self.add(table)
        for column, values in zip(made["features"] + made["targets"], zip(*table)):
            with self.subTest(column=column["name"]):
                mean = statistics.mean(map(Fraction, values))
                exact = [Fraction(v) - mean for v in values]
                # As floats of order 1: the squares of these numbers have none.
                unit = max(map(abs, exact)) or 1
                root = statistics.fmean(float(v / unit) ** 2 for v in exact) ** 0.5
                self.assertEqual((column["min"], column["max"]), (min(values), max(values)))
                room = max(float(max(map(abs, map(Fraction, values)))) * 1e-15, 5e-324)
                self.assertClose(column["mean"], float(mean), 0, room)
                self.assertClose(column["std"], float(Fraction(root) * unit), 1e-14, 5e-324)

    def test_such_columns_are_trained_on_and_predicted_for(self):
        table = self.table(1e152)
        job = self.daemon.train(self.add(table)["id"], {"epochs": 50}, model="ends")
        self.assertEqual(job["state"], "succeeded", job)
        self.assertGreater(job["metrics"]["train"]["r2"], 0)
        seen = self.daemon.predict("ends", [row[:-1] for row in table])["predictions"]
        self.assertLess(max(map(abs, seen)), 1e154)
        self.daemon.predict("ends", [[-LARGEST, -LARGEST, LARGEST, 0]])

    def test_errors_whose_squares_have_no_number_are_said_to_be_so(self):
        job = self.daemon.train(self.add(self.table(1e306))["id"], {"epochs": 5})
        self.assertEqual(job["state"], "failed", job)
        self.assertIn("squared errors", job["error"]["detail"])
        self.assertIsNone(job["stopped_because"])


class Shapes(WireTest):
    def quickly(self, seconds, call, *args):
        """What the call returns, in so many seconds; about ten times what it takes."""
        began = time.monotonic()
        answer = call(*args)
        self.assertLess(time.monotonic() - began, seconds * SLOWER)
        return answer

    def trained(self, x, y, model):
        dataset = self.quickly(4, self.daemon.add_dataset, x, y)
        job = self.quickly(4, self.finished, dataset["id"], model)
        self.assertEqual(job["state"], "succeeded", job)
        return dataset

    def finished(self, dataset, model):
        return self.daemon.train(dataset, {"epochs": 10}, model=model)

    def test_ten_thousand_features(self):
        draw = random.Random(1)
        x = [[round(draw.uniform(-1, 1), 3) for _ in range(10000)] for _ in range(20)]
        made = self.trained(x, [row[0] for row in x], "wide")
        self.assertEqual(len(made["features"]), 10000)
        self.assertEqual(self.daemon.get(f"/v1/datasets/{made['id']}/rows").json["x"], x)
        weights = self.quickly(4, self.daemon.get, "/v1/models/wide/weights").json
        self.assertEqual(len(weights["layers"][0]["weights"][0]), 10000)
        by_row = self.quickly(4, self.daemon.predict, "wide", x)
        names = [column["name"] for column in made["features"]]
        by_name = self.quickly(4, self.daemon.predict, "wide",
                               [dict(zip(reversed(names), reversed(row))) for row in x])
        self.assertEqual(by_name, by_row)

    def test_ten_thousand_features_as_csv(self):
        header = [f"f{i}" for i in range(10000)] + ["y"]
        table = [[i % 7 + j for i in range(10001)] for j in range(5)]
        made = self.daemon.expect(201, self.quickly(
            4, self.daemon.post_csv, "/v1/datasets", as_csv(header, table)))
        self.assertEqual([c["name"] for c in made["features"]], header[:-1])

    def test_a_thousand_targets(self):
        x = [[i / 50] for i in range(50)]
        y = [[i * k / 50 for k in range(1000)] for i in range(50)]
        made = self.trained(x, y, "many")
        self.assertEqual(len(made["targets"]), 1000)
        predictions = self.quickly(4, self.daemon.predict, "many", x)["predictions"]
        self.assertEqual([len(row) for row in predictions], [1000] * 50)

    def test_one_row_of_one_number(self):
        made = self.daemon.add_dataset([[5]], [3])
        job = self.daemon.train(made["id"], {"epochs": 200, "learning_rate": 0.1,
                                             "batch_size": 64}, model="one")
        self.assertEqual(job["state"], "succeeded", job)
        self.assertIsNone(job["metrics"]["validation"])
        self.assertClose(self.daemon.predict("one", [[5]])["predictions"], [3], 1e-6)


if __name__ == "__main__":
    unittest.main()
