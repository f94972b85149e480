"""How requests ask: names in the query, Prefer, labels, pages, and the time that is left."""

import unittest

from harness import WireTest
from samples import ENDLESS, endless_dataset, rows


class Queries(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(20)
        cls.body = {"dataset": {"x": x, "y": y}, "hyperparameters": {"epochs": 1}}
        cls.job = cls.daemon.train(**cls.body, model="asked")

    def test_a_name_that_no_route_knows_is_refused_by_each(self):
        dataset, job = (f"/v1/datasets/{self.job['dataset']}", f"/v1/jobs/{self.job['id']}")
        version = "/v1/models/asked/versions/1"
        for method, path in (
                ("GET", "/v1/datasets"), ("GET", dataset), ("GET", dataset + "/rows"),
                ("DELETE", dataset), ("GET", "/v1/jobs"), ("GET", job), ("GET", job + "/loss"),
                ("GET", job + "/runs"), ("POST", job + "/cancel"), ("DELETE", job),
                ("GET", "/v1/models"), ("GET", "/v1/models/asked"), ("GET", version),
                ("GET", "/v1/models/asked/weights"), ("GET", version + "/weights"),
                ("GET", "/v1/models/asked/export"), ("DELETE", version),
                ("DELETE", "/v1/models/asked")):
            with self.subTest(f"{method} {path}"):
                reply = self.daemon.request(method, path + "?nonsense=1")
                self.refused(reply, 422, "?nonsense", "is not known here")
        self.assertEqual(self.daemon.get("/v1/models/asked").status, 200)
        self.assertEqual(self.daemon.get(job).status, 200)

    def test_the_posts_refuse_it_too(self):
        for path, body in (("/v1/datasets", self.body["dataset"]), ("/v1/jobs", self.body),
                           ("/v1/jobs?dry_run=true", self.body)):
            mark = "&" if "?" in path else "?"
            reply = self.daemon.post(f"{path}{mark}nonsense=1", body)
            self.refused(reply, 422, "?nonsense", "is not known here")

    def test_a_preference_that_was_honoured_is_said(self):
        reply = self.daemon.post("/v1/jobs", self.body, prefer="respond-async, wait=30")
        self.assertEqual(reply.status, 200)
        self.assertEqual(reply.headers["Preference-Applied"], "wait=30")
        reply = self.daemon.get(f"/v1/jobs/{reply.json['id']}", prefer="wait=99999999")
        self.assertEqual(reply.headers["Preference-Applied"], "wait=3600")

    def test_a_preference_that_does_not_count_is_not_said(self):
        for path, headers in (("/v1/jobs", {}), ("/v1/jobs", {"prefer": "handling=lenient"}),
                              ("/v1/jobs?wait=20", {"prefer": "wait=10"})):
            reply = self.daemon.post(path, self.body, **headers)
            self.assertLess(reply.status, 300)
            self.assertIsNone(reply.headers["Preference-Applied"])

    def test_labels_are_strings_within_bounds_and_come_back(self):
        labels = {"k" * 64: "v" * 256, "\u00e9": "", "a": "1"}
        reply = self.daemon.post("/v1/jobs", {**self.body, "labels": labels})
        self.assertEqual(self.daemon.expect(202, reply)["labels"], labels)
        wrong = {"n": 1, "none": None, "long": "v" * 257, "k" * 65: "v", "list": ["v"]}
        reply = self.daemon.post("/v1/jobs", {**self.body, "labels": wrong})
        self.assertEqual(reply.status, 422)
        self.assertEqual(len(reply.errors), 5, str(reply))
        many = {f"k{i}": "v" for i in range(65)}
        self.refused(self.daemon.post("/v1/jobs", {**self.body, "labels": many}), 422,
                     "#/labels", "65", "64")

    def test_names_with_a_slash_or_a_tilde_are_escaped_in_pointers(self):
        x, y = rows(9)
        reply = self.daemon.post("/v1/jobs", {
            "dataset": {"x": x, "y": y}, "labels": {"a/b~c": 3},
            "hyperparameters": {"l2/l1": 1}})
        self.refused(reply, 422, "#/labels/a~1b~0c", "text")
        self.refused(reply, 422, "#/hyperparameters/l2~1l1", "not known")

    def test_pages_of_one_are_the_whole_list_in_order(self):
        for _ in range(3):
            self.daemon.train(**self.body)
            self.daemon.add_dataset([[1], [2]], [1, 2])
        for what, key in (("jobs", "id"), ("datasets", "id"), ("models", "name")):
            whole = [e[key] for e in self.daemon.get(f"/v1/{what}?limit=1000").json["data"]]
            self.assertGreaterEqual(len(whole), 3)
            paged, after = [], ""
            while after is not None:
                page = self.daemon.get(f"/v1/{what}?limit=1{after and '&after=' + after}").json
                self.assertEqual(len(page["data"]), 1)
                paged += [e[key] for e in page["data"]]
                after = page["next"]
            self.assertEqual(paged, whole)

    def test_the_time_left_ends_with_the_time_limit(self):
        dataset = endless_dataset(self.daemon)
        job = self.daemon.start_job(dataset, {**ENDLESS, "time_limit": 500})
        progress = self.daemon.wait_for_epoch(job)["progress"]
        self.assertLessEqual(progress["eta_seconds"], 500)
        self.assertGreater(progress["eta_seconds"], 300)
        self.daemon.expect(200, self.daemon.post(f"/v1/jobs/{job['id']}/cancel"))

    def test_a_queued_job_has_a_place_and_no_time(self):
        dataset = endless_dataset(self.daemon)
        jobs = [self.daemon.start_job(dataset, ENDLESS) for _ in range(4)]
        for job in jobs[:2]:
            self.daemon.wait_for_epoch(job)
        for place, job in enumerate(jobs[2:], 1):
            now = self.daemon.get(f"/v1/jobs/{job['id']}").json
            self.assertEqual((now["state"], now["queue_position"]), ("queued", place))
            self.assertIsNone(now["progress"]["eta_seconds"])
        for job in reversed(jobs):
            self.daemon.expect(200, self.daemon.post(f"/v1/jobs/{job['id']}/cancel"))


if __name__ == "__main__":
    unittest.main()
