"""Jobs: started, waited for, listed, cancelled; and their losses."""

import math
import socket
import time
import unittest
import xml.etree.ElementTree

from harness import SLOWER, WireTest
from samples import ENDLESS, apply_layers, as_csv, endless_dataset, energy, golden, mse, rows

MEMBERS = {"id", "model", "state", "stopped_because", "dataset", "from_model", "hyperparameters",
           "parameters", "queue_position", "progress", "metrics", "error", "attempts", "labels",
           "transitions", "created_at", "started_at", "finished_at"}
PROGRESS = {"epoch", "epochs", "train_loss", "validation_loss", "epochs_per_second", "eta_seconds"}
HYPERPARAMETERS = {
    "hidden", "activation", "optimizer", "learning_rate", "batch_size", "shuffle", "epochs",
    "tolerance", "patience", "gradient_tolerance", "validation_split", "l2", "standardize",
    "init", "seed", "time_limit"}


class Jobs(WireTest):
    def setUp(self):
        self.x, self.y = rows(60)
        self.dataset = self.daemon.add_dataset(self.x, self.y)["id"]

    def test_a_job_is_accepted_runs_and_succeeds(self):
        reply = self.daemon.post("/v1/jobs", {"dataset": self.dataset, "model": "accepted",
                                              "hyperparameters": {"epochs": 20}})
        self.assertEqual(reply.status, 202, str(reply))
        job = reply.json
        self.assertEqual(reply.headers["Location"], f"/v1/jobs/{job['id']}")
        self.assertTrue(job["id"].startswith("job_"))
        self.assertEqual(set(job) & MEMBERS, MEMBERS)
        self.assertEqual(set(job["progress"]) & PROGRESS, PROGRESS)
        done = self.daemon.finish(job)
        self.assertEqual((done["state"], done["stopped_because"]), ("succeeded", "max_epochs"))
        self.assertEqual(done["model"], {"name": "accepted", "version": 1})
        self.assertEqual(done["dataset"], self.dataset)
        self.assertEqual((done["attempts"], done["error"]), (1, None))
        self.assertEqual((done["progress"]["epoch"], done["progress"]["epochs"]), (20, 20))
        self.assertEqual(done["parameters"], 3 * 16 + 16 + 16 + 1)
        self.assertEqual([t["state"] for t in done["transitions"]],
                         ["queued", "running", "succeeded"])
        self.assertLessEqual(done["created_at"], done["started_at"])
        self.assertLessEqual(done["started_at"], done["finished_at"])

    def test_a_job_answers_all_its_hyperparameters_resolved(self):
        job = self.daemon.start_job(self.dataset, {"optimizer": "adam", "epochs": 3})
        got = job["hyperparameters"]
        self.assertEqual(set(got) & HYPERPARAMETERS, HYPERPARAMETERS)
        expected = {"hidden": [16], "activation": "tanh", "optimizer": "adam", "batch_size": None,
                    "shuffle": True, "epochs": 3, "tolerance": 1e-6, "patience": 20,
                    "gradient_tolerance": 0, "validation_split": 0, "l2": 0, "standardize": True,
                    "init": "xavier_uniform", "seed": 0, "time_limit": None}
        self.assertEqual({name: got[name] for name in expected}, expected)
        self.assertGreater(got["learning_rate"], 0)

    def test_relu_starts_from_he_unless_told_otherwise(self):
        job = self.daemon.start_job(self.dataset, {"activation": "relu", "epochs": 1})
        self.assertEqual(job["hyperparameters"]["init"], "he_uniform")

    def test_resolved_hyperparameters_can_be_posted_again_for_the_same_network(self):
        first = self.daemon.train(self.dataset, {"epochs": 10, "batch_size": 8, "seed": 7,
                                                 "optimizer": "adam"}, model="again")
        second = self.daemon.train(self.dataset, first["hyperparameters"], model="again")
        self.assertEqual(second["state"], "succeeded", second)
        self.assertEqual(self.digest("again/versions/1"), self.digest("again/versions/2"))

    def test_the_seed_decides(self):
        for seed in (1, 1, 2):
            self.daemon.train(self.dataset, {"epochs": 3, "seed": seed, "batch_size": 16},
                              model="seeded")
        one, same, other = (self.digest(f"seeded/versions/{n}") for n in (1, 2, 3))
        self.assertEqual(one, same)
        self.assertNotEqual(one, other)

    def digest(self, model):
        return self.daemon.expect(200, self.daemon.get(f"/v1/models/{model}"))["digest"]

    def test_a_job_without_a_model_name_gets_a_model_of_its_own(self):
        job = self.daemon.train(self.dataset, {"epochs": 3})
        self.assertEqual(job["model"]["version"], 1)
        self.assertEqual(len(self.daemon.predict(job["model"]["name"], self.x)["predictions"]), 60)

    def test_an_inline_dataset_is_kept(self):
        job = self.daemon.train({"x": self.x, "y": self.y}, {"epochs": 3})
        dataset = self.daemon.expect(200, self.daemon.get(f"/v1/datasets/{job['dataset']}"))
        self.assertEqual(dataset["rows"], 60)

    def test_labels_are_kept(self):
        labels = {"who": "me", "größe": "10 m²"}
        job = self.daemon.start_job(self.dataset, {"epochs": 1}, labels=labels)
        self.assertEqual(self.daemon.finish(job)["labels"], labels)

    def test_a_csv_file_trains_in_one_request(self):
        header, table = energy()
        job = self.daemon.expect(200, self.daemon.post_csv(
            "/v1/jobs?target=heating_load&model=one-line&hidden=16,8&epochs=25&optimizer=adam"
            "&batch_size=32&learning_rate=0.01&activation=sigmoid&shuffle=false&seed=5&wait=60",
            as_csv(header, table)))
        self.assertEqual(job["state"], "succeeded")
        got = job["hyperparameters"]
        self.assertEqual((got["hidden"], got["epochs"], got["optimizer"]), ([16, 8], 25, "adam"))
        self.assertEqual((got["batch_size"], got["learning_rate"]), (32, 0.01))
        self.assertEqual((got["activation"], got["shuffle"], got["seed"]), ("sigmoid", False, 5))
        self.assertEqual(job["model"], {"name": "one-line", "version": 1})
        self.assertEqual(job["parameters"], 8 * 16 + 16 + 16 * 8 + 8 + 8 + 1)

    def test_csv_and_json_train_the_same_network(self):
        header, table = energy()
        self.daemon.expect(200, self.daemon.post_csv(
            "/v1/jobs?model=same&hidden=&epochs=25&wait=60", as_csv(header, table)))
        self.daemon.train({"x": [r[:-1] for r in table], "y": [r[-1] for r in table]},
                          {"hidden": [], "epochs": 25}, model="same")
        self.assertEqual(self.digest("same/versions/1"), self.digest("same/versions/2"))

    def test_prefer_waits_for_the_end(self):
        body = {"dataset": self.dataset, "hyperparameters": {"epochs": 5}}
        for path, headers in (("/v1/jobs", {"prefer": "wait=30"}), ("/v1/jobs?wait=30", {})):
            with self.subTest(path=path):
                reply = self.daemon.post(path, body, **headers)
                self.assertEqual((reply.status, reply.json["state"]), (200, "succeeded"))

    def test_a_wait_that_is_too_short_answers_202(self):
        dataset = endless_dataset(self.daemon)
        began = time.monotonic()
        reply = self.daemon.post("/v1/jobs?wait=1",
                                 {"dataset": dataset, "hyperparameters": ENDLESS})
        took = time.monotonic() - began
        self.assertEqual((reply.status, reply.json["state"]), (202, "running"), str(reply))
        self.assertGreaterEqual(took, 0.9)
        path = f"/v1/jobs/{reply.json['id']}"
        self.assertEqual(self.daemon.get(f"{path}?wait=0").json["state"], "running")
        self.daemon.expect(200, self.daemon.post(f"{path}/cancel?discard=true"))

    def test_a_waiting_client_hears_of_a_cancel_at_once(self):
        job = self.daemon.start_job(endless_dataset(self.daemon), ENDLESS)
        self.daemon.wait_for_epoch(job)
        with_wait = f"GET /v1/jobs/{job['id']}?wait=60 HTTP/1.1\r\nHost: a\r\n"
        with socket.create_connection(self.daemon.address, timeout=60) as waiting:
            waiting.sendall(with_wait.encode() + b"Connection: close\r\n\r\n")
            self.daemon.expect(200, self.daemon.post(f"/v1/jobs/{job['id']}/cancel"))
            began = time.monotonic()
            answer = b"".join(iter(lambda: waiting.recv(65536), b""))
        self.assertIn(b'"cancelled"', answer)
        self.assertLess(time.monotonic() - began, 5 * SLOWER)

    def test_a_linear_network_finds_the_line(self):
        x = [[i / 10, (i * 7 % 13) / 13] for i in range(50)]
        y = [3 * a - 2 * b + 1 for a, b in x]
        job = self.daemon.train({"x": x, "y": y}, {
            "hidden": [], "epochs": 5000, "learning_rate": 0.2, "tolerance": 0}, model="line")
        self.assertLess(job["metrics"]["train"]["rmse"], 1e-6)
        self.assertGreater(job["metrics"]["train"]["r2"], 0.999999)
        self.assertClose(self.daemon.predict("line", [[10, 10]])["predictions"], [11.0], 1e-5)

    def test_training_that_makes_no_headway_converges(self):
        job = self.daemon.train(self.dataset, {"epochs": 100000, "tolerance": 0.5, "patience": 3})
        self.assertEqual(job["stopped_because"], "converged")
        self.assertLess(job["progress"]["epoch"], 1000)

    def test_a_validation_split_stops_early_and_scores_both(self):
        x, y = rows(80, 3, seed=4)
        job = self.daemon.train({"x": x, "y": y}, {
            "hidden": [40], "optimizer": "adam", "learning_rate": 0.05, "epochs": 20000,
            "validation_split": 0.5, "patience": 10, "tolerance": 0})
        self.assertEqual(job["stopped_because"], "early_stopping")
        for part in ("train", "validation"):
            self.assertEqual(set(job["metrics"][part]), {"mse", "rmse", "mae", "r2"})
        loss = self.daemon.get(f"/v1/jobs/{job['id']}/loss").json
        self.assertEqual(len(loss["validation"]), len(loss["epoch"]))
        best = min(range(len(loss["validation"])), key=loss["validation"].__getitem__)
        self.assertEqual(len(loss["epoch"]) - 1 - best, 10)

    def test_metrics_are_in_the_units_of_the_user(self):
        y = [1000 * v + 5 for v in self.y]
        job = self.daemon.train({"x": self.x, "y": y}, {"epochs": 50}, model="units")
        predicted = self.daemon.predict("units", self.x)["predictions"]
        expected = mse([[p] for p in predicted], [[t] for t in y])
        train = job["metrics"]["train"]
        self.assertClose(train["mse"], expected, 1e-9)
        self.assertClose(train["rmse"], math.sqrt(expected), 1e-9)
        self.assertClose(train["mae"], math.fsum(abs(p - t) for p, t in zip(predicted, y)) / 60,
                         1e-9)
        mean = math.fsum(y) / 60
        self.assertClose(train["r2"], 1 - expected * 60 / math.fsum((t - mean) ** 2 for t in y),
                         1e-9)

    def test_a_time_limit_ends_training(self):
        job = self.daemon.train(endless_dataset(self.daemon), {**ENDLESS, "time_limit": 0.2})
        self.assertEqual((job["state"], job["stopped_because"]), ("succeeded", "time_limit"))

    def test_a_job_starts_from_the_layers_it_is_given(self):
        run = golden("notes_tanh_gd")
        layers = run["initial_layers"]
        job = self.daemon.train({"x": run["x"], "y": run["y"]}, {
            "hidden": [8], "epochs": 1, "standardize": False}, initial_layers=layers)
        shown = [dict(layer, activation=a) for layer, a in zip(layers, ("tanh", "identity"))]
        loss = self.daemon.get(f"/v1/jobs/{job['id']}/loss").json
        by_hand = mse([apply_layers(shown, x) for x in run["x"]], run["y"])
        self.assertClose(loss["train"][0], by_hand, 1e-12)


class Losses(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(60)
        cls.job = cls.daemon.train({"x": x, "y": y}, {"epochs": 50, "tolerance": 0})
        cls.split = cls.daemon.train({"x": x, "y": y}, {
            "epochs": 50, "tolerance": 0, "patience": 1000, "validation_split": 0.2})
        cls.path = f"/v1/jobs/{cls.job['id']}/loss"

    def test_the_history_is_whole_from_epoch_0(self):
        loss = self.daemon.expect(200, self.daemon.get(self.path))
        self.assertEqual(loss["epoch"], list(range(51)))
        self.assertEqual(len(loss["train"]), 51)
        self.assertLess(loss["train"][-1], loss["train"][0])
        self.assertEqual(loss["train"][-1], self.job["progress"]["train_loss"])

    def test_with_standardised_targets_the_loss_is_the_unexplained_variance(self):
        loss = self.daemon.expect(200, self.daemon.get(self.path))
        self.assertClose(1 - loss["train"][-1], self.job["metrics"]["train"]["r2"], 1e-9)

    def test_from_and_to_cut_the_history(self):
        cut = self.daemon.expect(200, self.daemon.get(f"{self.path}?from=10&to=12"))
        whole = self.daemon.expect(200, self.daemon.get(self.path))
        self.assertEqual(cut["epoch"], [10, 11, 12])
        self.assertEqual(cut["train"], whole["train"][10:13])
        tail = self.daemon.expect(200, self.daemon.get(f"{self.path}?from=49"))
        self.assertEqual(tail["epoch"], [49, 50])

    def test_points_thin_the_history_and_keep_both_ends(self):
        thin = self.daemon.expect(200, self.daemon.get(f"{self.path}?points=10"))
        self.assertLessEqual(len(thin["epoch"]), 10)
        self.assertGreaterEqual(len(thin["epoch"]), 5)
        self.assertEqual((thin["epoch"][0], thin["epoch"][-1]), (0, 50))
        whole = self.daemon.expect(200, self.daemon.get(self.path))
        self.assertEqual(thin["train"], [whole["train"][e] for e in thin["epoch"]])

    def test_csv_says_the_same(self):
        path = f"/v1/jobs/{self.split['id']}/loss"
        whole = self.daemon.expect(200, self.daemon.get(path))
        reply = self.daemon.get(path, accept="text/csv")
        self.assertEqual((reply.status, reply.type), (200, "text/csv"))
        header, *lines = reply.text.splitlines()
        self.assertEqual(header, "epoch,train,validation")
        cells = [line.split(",") for line in lines]
        self.assertEqual([int(c[0]) for c in cells], whole["epoch"])
        self.assertEqual([float(c[1]) for c in cells], whole["train"])
        self.assertEqual([float(c[2]) for c in cells], whole["validation"])

    def test_the_loss_is_plotted_for_a_page_and_for_a_terminal(self):
        path = f"/v1/jobs/{self.split['id']}/loss"
        picture = self.daemon.get(path, accept="image/svg+xml")
        self.assertEqual((picture.status, picture.type), (200, "image/svg+xml"))
        root = xml.etree.ElementTree.fromstring(picture.text)
        self.assertTrue(root.tag.endswith("svg"))
        self.assertIn(self.split["id"], root[0].text)
        text = self.daemon.get(path, accept="text/plain")
        self.assertEqual((text.status, text.type), (200, "text/plain"))
        self.assertIn("epoch 50: * train", text.text)
        self.assertIn("o validation", text.text)

    def test_a_type_that_the_loss_does_not_come_as_is_refused(self):
        reply = self.daemon.get(self.path, accept="image/png")
        self.assertEqual(reply.status, 406)
        for kind in ("application/json", "text/csv", "image/svg+xml", "text/plain"):
            self.assertIn(kind, reply.json["detail"])

    def test_without_a_validation_split_no_validation_loss_is_made_up(self):
        loss = self.daemon.expect(200, self.daemon.get(self.path))
        self.assertFalse([v for v in loss["validation"] or [] if v is not None])
        for line in self.daemon.get(self.path, accept="text/csv").text.splitlines()[1:]:
            self.assertEqual(line.split(",")[2:], [""])

    def test_bad_bounds_are_refused_by_name(self):
        for query in ("from=-1", "to=x", "points=0"):
            with self.subTest(query=query):
                reply = self.daemon.get(f"{self.path}?{query}")
                self.refused(reply, 422, "?" + query.split("=")[0])


class Cancelling(WireTest):
    def setUp(self):
        self.dataset = endless_dataset(self.daemon)

    def cancel(self, job, query=""):
        return self.daemon.post(f"/v1/jobs/{job['id']}/cancel{query}")

    def test_a_cancelled_job_leaves_its_weights_as_a_model(self):
        job = self.daemon.start_job(self.dataset, ENDLESS, model="kept")
        self.daemon.wait_for_epoch(job)
        ended = self.daemon.expect(200, self.cancel(job))
        self.assertEqual((ended["state"], ended["stopped_because"]), ("cancelled", "cancelled"))
        self.assertEqual(ended["model"], {"name": "kept", "version": 1})
        self.assertEqual(len(self.daemon.predict("kept", [[0, 0, 0, 0]])["predictions"]), 1)

    def test_a_discarded_job_leaves_no_model(self):
        job = self.daemon.start_job(self.dataset, ENDLESS, model="discarded")
        self.daemon.wait_for_epoch(job)
        ended = self.daemon.expect(200, self.cancel(job, "?discard=true"))
        self.assertEqual(ended["state"], "cancelled")
        self.refused(self.daemon.get("/v1/models/discarded"), 404)

    def test_the_history_of_a_cancelled_job_stays(self):
        job = self.daemon.start_job(self.dataset, ENDLESS)
        self.daemon.wait_for_epoch(job, 2)
        ended = self.daemon.expect(200, self.cancel(job))
        loss = self.daemon.get(f"/v1/jobs/{job['id']}/loss").json
        self.assertEqual(loss["epoch"], list(range(ended["progress"]["epoch"] + 1)))

    def test_a_queued_job_is_cancelled_before_it_runs(self):
        jobs = [self.daemon.start_job(self.dataset, ENDLESS) for _ in range(4)]
        for job in jobs[:2]:
            self.daemon.wait_for_epoch(job)
        now = [self.daemon.get(f"/v1/jobs/{job['id']}").json for job in jobs]
        self.assertEqual([j["state"] for j in now], ["running"] * 2 + ["queued"] * 2)
        self.assertEqual([j["queue_position"] for j in now[2:]], [1, 2])
        ended = self.daemon.expect(200, self.cancel(jobs[2]))
        self.assertEqual((ended["state"], ended["attempts"]), ("cancelled", 0))
        moved = self.daemon.get(f"/v1/jobs/{jobs[3]['id']}").json
        self.assertEqual(moved["queue_position"], 1)
        for job in (jobs[3], jobs[0], jobs[1]):
            self.daemon.expect(200, self.cancel(job, "?discard=true"))

    def test_an_ended_job_cannot_be_cancelled(self):
        for _ in range(30):  # at once after its end, when its worker may not have let go of it yet
            job = self.daemon.train(self.dataset, {"epochs": 1})
            self.refused(self.cancel(job), 409)

    def test_a_job_that_is_not_there_cannot_be_cancelled(self):
        self.refused(self.daemon.post("/v1/jobs/job_none/cancel"), 404)


class JobLists(WireTest):
    def test_jobs_are_listed_newest_first_by_state_and_model(self):
        x, y = rows(10)
        dataset = self.daemon.add_dataset(x, y)["id"]
        names = ["red", "blue", "red"]
        made = [self.daemon.train(dataset, {"epochs": 1}, model=name)["id"] for name in names]
        failed = self.daemon.train(dataset, {"learning_rate": 1e6, "epochs": 1000,
                                             "activation": "relu"}, model="red")
        newest = self.daemon.get("/v1/jobs?limit=4").json
        self.assertEqual([j["id"] for j in newest["data"]], [failed["id"], *made[::-1]])
        red = self.daemon.get("/v1/jobs?model=red&state=succeeded").json["data"]
        self.assertEqual([j["id"] for j in red], [made[2], made[0]])
        bad = self.daemon.get("/v1/jobs?state=failed").json
        self.assertEqual(([j["id"] for j in bad["data"]], bad["next"]), ([failed["id"]], None))
        first = self.daemon.get("/v1/jobs?limit=2").json
        second = self.daemon.get(f"/v1/jobs?limit=2&after={first['next']}").json
        self.assertEqual([j["id"] for j in second["data"]], [made[1], made[0]])

    def test_an_unknown_state_is_refused_with_the_nearest(self):
        self.refused(self.daemon.get("/v1/jobs?state=suceeded"), 422, "?state", "succeeded")

    def test_an_ended_job_is_deleted_and_its_model_stays(self):
        x, y = rows(10)
        job = self.daemon.train({"x": x, "y": y}, {"epochs": 1}, model="stays")
        self.assertEqual(self.daemon.delete(f"/v1/jobs/{job['id']}").status, 204)
        self.refused(self.daemon.get(f"/v1/jobs/{job['id']}"), 404)
        self.refused(self.daemon.get(f"/v1/jobs/{job['id']}/loss"), 404)
        self.assertEqual(len(self.daemon.predict("stays", x)["predictions"]), 10)

    def test_a_running_job_is_not_deleted(self):
        job = self.daemon.start_job(endless_dataset(self.daemon), ENDLESS)
        self.daemon.wait_for_epoch(job)
        self.refused(self.daemon.delete(f"/v1/jobs/{job['id']}"), 409)
        self.daemon.expect(200, self.daemon.post(f"/v1/jobs/{job['id']}/cancel?discard=true"))


if __name__ == "__main__":
    unittest.main()
