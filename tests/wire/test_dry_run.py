"""Dry runs over the wire: the estimate beside the real thing, and requests that stay quick."""

import math
import random
import threading
import time
import unittest

from harness import SANITIZED, WireTest
from samples import ENERGY, as_csv, rows


class DryRuns(WireTest):
    def dry_run(self, body, query=""):
        return self.daemon.expect(200, self.daemon.post(f"/v1/jobs?dry_run=true{query}", body))

    def kept(self):
        return [self.daemon.get(f"/v1/{what}?limit=1000").json["data"]
                for what in ("jobs", "datasets", "models")]

    def test_it_tells_all_of_a_csv_and_keeps_nothing(self):
        before = self.kept()
        said = self.daemon.expect(200, self.daemon.post_csv(
            "/v1/jobs?target=heating_load&model=energy&hidden=50&optimizer=adam&batch_size=32"
            "&validation_split=0.1&dry_run=true", ENERGY.read_text()))
        self.assertEqual(said["rows"], {"training": 691, "validation": 77})
        self.assertEqual(said["parameters"], 501)
        self.assertEqual(said["hyperparameters"]["learning_rate"], 0.001)
        self.assertEqual(said["warnings"], [])
        self.assertGreater(said["memory_bytes"], 768 * 9 * 8)
        self.assertGreaterEqual(said["estimate"]["measured_epochs"], 1)
        self.assertEqual(self.kept(), before)

    def test_mistakes_are_those_of_the_job_itself(self):
        body = {"dataset": {"x": [[1, 2], [3]], "y": [1, 2]}, "epochs": 5,
                "hyperparameters": {"learning_rat": 0.1, "model": "m"}, "labels": {"n": 1}}
        dry, real = (self.daemon.post(f"/v1/jobs{query}", body) for query in ("?dry_run=true", ""))
        self.assertEqual(dry.status, 422)
        self.assertEqual(dry.errors, real.errors)
        self.assertEqual(set(dry.errors), {
            "#/dataset/x/1", "#/epochs", "#/hyperparameters/learning_rat",
            "#/hyperparameters/model", "#/labels/n"})
        self.assertIn("belongs under hyperparameters", dry.errors["#/epochs"])
        self.assertIn("belongs beside hyperparameters", dry.errors["#/hyperparameters/model"])

    def test_warnings_name_columns_and_places(self):
        x, y = rows(60)
        x = [[*r, 1, r[0], target] for r, target in zip(x, y)]
        said = self.dry_run({"dataset": {"x": x, "y": y}, "hyperparameters": {
            "optimizer": "adam", "momentum": 0.5, "hidden": [2], "epochs": 2}})
        columns = {w["column"]: w["detail"] for w in said["warnings"] if "column" in w}
        places = {w["pointer"]: w["detail"] for w in said["warnings"] if "pointer" in w}
        self.assertEqual(set(columns), {"x4", "x5", "x6"})
        self.assertEqual(set(places), {"#/hyperparameters/momentum"})

    @unittest.skipIf(SANITIZED, "a question of speed")
    def test_the_estimate_is_of_the_size_of_the_real_time(self):
        draw = random.Random(1)
        x = [[draw.gauss(0, 1) for _ in range(8)] for _ in range(4000)]
        y = [math.sin(r[0]) for r in x]
        body = {"dataset": {"x": x, "y": y}, "hyperparameters": {
            "hidden": [32], "epochs": 400, "tolerance": 0, "ensemble": 2}}
        estimate = self.dry_run(body)["estimate"]["seconds"]
        began = time.monotonic()
        job = self.daemon.finish(self.daemon.expect(202, self.daemon.post("/v1/jobs", body)))
        real = time.monotonic() - began
        self.assertEqual(job["progress"]["epoch"], 400)
        self.assertLess(estimate, 4 * real)
        self.assertGreater(estimate, real / 4)

    @unittest.skipIf(SANITIZED, "a question of speed")
    def test_a_training_of_hours_is_answered_within_seconds_and_others_meanwhile(self):
        x, y = rows(3000, 40)
        body = {"dataset": {"x": x, "y": y}, "hyperparameters": {
            "hidden": [2000, 2000], "epochs": 100000}}
        said = []
        threads = [threading.Thread(target=lambda: said.append(self.dry_run(body)))
                   for _ in range(3)]
        for thread in threads:
            thread.start()
        waits = []
        while any(thread.is_alive() for thread in threads):
            began = time.monotonic()
            self.daemon.expect(200, self.daemon.get("/v1/hyperparameters"))
            self.daemon.expect(200, self.daemon.get("/v1/jobs"))
            waits.append(time.monotonic() - began)
        for thread in threads:
            thread.join()
        self.assertEqual(len(said), 3)
        self.assertLess(max(waits), 2, "others waited for the dry runs")
        for one in said:
            self.assertGreater(one["estimate"]["seconds"], 3600)

    def test_a_table_of_many_columns_and_copies_is_looked_through(self):
        x, y = rows(50, 300)
        table = as_csv([f"c{i}" for i in range(301)], [[*r, t] for r, t in zip(x, y)] * 2)
        said = self.daemon.expect(200, self.daemon.post_csv(
            "/v1/jobs?dry_run=true&hidden=&epochs=2", table))
        details = [w["detail"] for w in said["warnings"]]
        self.assertTrue(any("50 rows that are copies" in d for d in details), details)


if __name__ == "__main__":
    unittest.main()
