"""Bad input: refused at the door, all of it at once, with its place and what would be right."""

import json
import unittest

from harness import WireTest
from samples import as_csv, rows


class BadDatasets(WireTest):
    def post(self, body, **headers):
        return self.daemon.post("/v1/datasets", body, **headers)

    def test_an_empty_body_is_malformed(self):
        self.refused(self.post(b""), 400)
        self.refused(self.daemon.post_csv("/v1/datasets", ""), 400)

    def test_broken_json_is_malformed_and_says_where(self):
        for text in ('{"x": [[1]], "y": [1]', '{"x": [[1]], "y": [1]} x', '{"x" [[1]]}', "{,}",
                     '{"x": [[1,]], "y": [1]}', '{"x": [[01]], "y": [1]}', "\xff", "nonsense",
                     '{"x": [[1]], "y": [1], "name": "\\x"}'):
            with self.subTest(text=text):
                self.refused(self.post(text), 400, None, "line")

    def test_a_member_that_is_there_twice_is_refused(self):
        for text in ('{"x": [[1]], "x": [[2]], "y": [1]}',
                     '{"x": [[1]], "y": [1], "name": "a", "name": "b"}'):
            with self.subTest(text=text):
                self.assertIn(self.post(text).status, (400, 422))

    def test_json_that_is_no_object_is_refused(self):
        for text in ("[]", "5", "null", '"x"'):
            with self.subTest(text=text):
                self.assertIn(self.post(text).status, (400, 422))

    def test_a_number_where_an_array_belongs(self):
        self.refused(self.post({"x": 5, "y": [1]}), 422, "#/x", "array")
        self.refused(self.post({"x": [[1]], "y": 1}), 422, "#/y", "array")

    def test_missing_members_are_all_named(self):
        reply = self.post({"name": "nothing"})
        self.refused(reply, 422, "#/x")
        self.refused(reply, 422, "#/y")

    def test_a_ragged_row_is_named(self):
        self.refused(self.post({"x": [[1, 2], [3], [4, 5, 6]], "y": [1, 2, 3]}), 422, "#/x/1")

    def test_text_among_the_numbers_is_named_by_row_and_column(self):
        for bad in ("abc", None, True, {}, "1"):
            with self.subTest(bad=bad):
                self.refused(self.post({"x": [[1, 2], [3, bad]], "y": [1, 2]}), 422, "#/x/1/1")

    def test_a_number_beyond_the_range_is_named(self):
        reply = self.post('{"x": [[1], [1e999]], "y": [1, -1e999]}')
        self.refused(reply, 422, "#/x/1/0")
        self.refused(reply, 422, "#/y/1")

    def test_nan_is_not_json(self):
        for word in ("NaN", "Infinity", "-Infinity", "nan"):
            with self.subTest(word=word):
                reply = self.post('{"x": [[1], [%s]], "y": [1, 2]}' % word)
                self.assertIn(reply.status, (400, 422), str(reply))

    def test_no_rows(self):
        self.refused(self.post({"x": [], "y": []}), 422, "#/x")
        self.refused(self.daemon.post_csv("/v1/datasets", "a,b\n"), 422)

    def test_rows_without_columns(self):
        self.refused(self.post({"x": [[], []], "y": [1, 2]}), 422, "#/x")

    def test_x_and_y_of_different_lengths(self):
        self.refused(self.post({"x": [[1], [2]], "y": [1, 2, 3]}), 422, "#/y", 2, 3)

    def test_names_that_do_not_fit(self):
        body = {"x": [[1, 2], [3, 4]], "y": [1, 2]}
        self.refused(self.post({**body, "features": ["a"]}), 422, "#/features")
        self.refused(self.post({**body, "targets": ["t", "u"]}), 422, "#/targets")
        self.assertEqual(self.post({**body, "features": ["a", "a"]}).status, 422)
        self.assertEqual(self.post({**body, "features": ["a", "t"], "targets": ["t"]}).status, 422)
        self.assertEqual(self.post({**body, "features": ["a", ""]}).status, 422)
        self.refused(self.post({**body, "features": ["a", 5]}), 422, "#/features/1")
        self.refused(self.post({**body, "name": 5}), 422, "#/name")
        self.refused(self.post({**body, "name": "n" * 500}), 422, "#/name")

    def test_an_unknown_field_names_the_nearest(self):
        body = {"x": [[1], [2]], "y": [1, 2], "feature": ["a"]}
        self.refused(self.post(body), 422, "#/feature", "features")

    def test_every_mistake_is_reported_at_once(self):
        reply = self.post({"x": [[1, 2], [3]], "y": [1, "two"], "name": 7, "nmae": "x"})
        self.assertEqual(reply.status, 422)
        self.assertLessEqual({"#/x/1", "#/y/1", "#/name", "#/nmae"}, set(reply.errors), str(reply))

    def test_csv_mistakes_are_named_by_line_and_column(self):
        text = "crim,rm,medv\n1,2,3\n4,,6\n7,abc,9\n10,NaN,inf\n1e999,12,13\n14,15\n"
        reply = self.daemon.post_csv("/v1/datasets", text)
        self.assertEqual(reply.status, 422)
        places = ["line 3, column rm", "line 4, column rm", "line 5, column rm",
                  "line 5, column medv", "line 6, column crim"]
        self.assertLessEqual(set(places), set(reply.errors), str(reply))
        self.assertTrue([p for p in reply.errors if p.startswith("line 7")], str(reply))

    def test_a_header_that_is_a_row_of_data_is_refused(self):
        self.refused(self.daemon.post_csv("/v1/datasets", "1,2,3\n4,5,6\n"), 422)

    def test_an_unclosed_quote_is_refused(self):
        self.refused(self.daemon.post_csv("/v1/datasets", 'a,b\n1,"2\n3,4\n'), 422)

    def test_the_same_name_twice_in_a_header_is_refused(self):
        self.refused(self.daemon.post_csv("/v1/datasets", "a,a,b\n1,2,3\n"), 422)

    def test_a_target_that_is_not_in_the_header_names_what_is(self):
        reply = self.daemon.post_csv("/v1/datasets?target=mdev", "rm,medv\n1,2\n3,4\n")
        self.refused(reply, 422, "?target", "mdev", "medv")

    def test_targets_that_leave_no_feature_are_refused(self):
        reply = self.daemon.post_csv("/v1/datasets?target=a&target=b", "a,b\n1,2\n3,4\n")
        self.refused(reply, 422)
        self.refused(self.daemon.post_csv("/v1/datasets", "a\n1\n2\n"), 422)

    def test_an_unknown_query_parameter_names_the_nearest(self):
        reply = self.daemon.post_csv("/v1/datasets?tagret=b", "a,b\n1,2\n3,4\n")
        self.refused(reply, 422, "?tagret", "target")

    def test_a_dataset_that_is_not_there(self):
        for path in ("/v1/datasets/ds_none", "/v1/datasets/ds_none/rows"):
            self.refused(self.daemon.get(path), 404)

    def test_thousands_of_mistakes_are_answered_briefly(self):
        reply = self.daemon.post_csv("/v1/datasets", "a,b\n" + "x,y\n" * 20000)
        self.assertEqual(reply.status, 422)
        self.assertLess(len(reply.body), 50000)


class OddData(WireTest):
    """Data that is fine, if odd: it trains, and no number in any reply is NaN."""

    def trains(self, x, y, hyperparameters=None):
        job = self.daemon.train({"x": x, "y": y}, {"epochs": 20, **(hyperparameters or {})})
        self.assertEqual(job["state"], "succeeded", job)
        return job, self.daemon.predict(job["model"]["name"], x)["predictions"]

    def test_one_row(self):
        _, predictions = self.trains([[1, 2]], [3])
        self.assertEqual(len(predictions), 1)

    def test_a_constant_column(self):
        x, y = rows(20)
        self.trains([[a, 5, c] for a, _, c in x], y)

    def test_a_constant_target_has_an_r2_of_0_unless_it_is_met_exactly(self):
        x, _ = rows(20)
        job, predictions = self.trains(x, [7] * 20, {"epochs": 3000, "learning_rate": 0.1})
        self.assertIn(job["metrics"]["train"]["r2"], (0, 1))
        self.assertClose(predictions, [7.0] * 20, 0.1)

    def test_numbers_near_the_ends_of_the_range(self):
        for scale in (1e-300, 1e150, 1e300):
            with self.subTest(scale=scale):
                x, y = rows(20)
                body = {"x": [[v * scale for v in r] for r in x], "y": y}
                job = self.daemon.train(body, {"epochs": 5})
                self.assertIn(job["state"], ("succeeded", "failed"))
                self.daemon.expect(200, self.daemon.get(f"/v1/jobs/{job['id']}/loss"))
                self.daemon.expect(200, self.daemon.get(f"/v1/datasets/{job['dataset']}"))


class BadJobs(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(20)
        cls.dataset = cls.daemon.add_dataset(x, y)["id"]

    def post(self, hyperparameters=None, **more):
        return self.daemon.post("/v1/jobs", {
            "dataset": self.dataset, "hyperparameters": hyperparameters or {}, **more})

    def test_an_unknown_hyperparameter_names_the_nearest(self):
        for given, meant in (("learning_rte", "learning_rate"), ("epoch", "epochs"),
                             ("hiden", "hidden"), ("batchsize", "batch_size")):
            with self.subTest(given=given):
                self.refused(self.post({given: 1}), 422, f"#/hyperparameters/{given}", meant)

    def test_values_out_of_range_are_refused_by_name(self):
        bad = [("learning_rate", 0), ("learning_rate", -1), ("epochs", 0), ("epochs", -5),
               ("epochs", 1.5), ("batch_size", 0), ("momentum", 1), ("momentum", -0.1),
               ("validation_split", 1), ("validation_split", -0.1), ("l2", -1), ("patience", 0),
               ("tolerance", -1), ("gradient_tolerance", -1), ("seed", -1), ("seed", 0.5),
               ("time_limit", 0), ("time_limit", -1), ("hidden", [0]), ("hidden", [-1]),
               ("hidden", [1.5]), ("hidden", 1e9)]
        for name, value in bad:
            with self.subTest(name=name, value=value):
                reply = self.post({name: value})
                self.assertEqual(reply.status, 422, str(reply))
                self.assertTrue([p for p in reply.errors
                                 if p.startswith(f"#/hyperparameters/{name}")], str(reply))

    def test_the_detail_says_what_would_be_right_and_what_was_given(self):
        reply = self.post({"learning_rate": -1})
        self.refused(reply, 422, "#/hyperparameters/learning_rate", "greater than 0", -1)

    def test_values_of_the_wrong_kind_are_refused_by_name(self):
        bad = [("learning_rate", "fast"), ("epochs", "10"), ("shuffle", 1), ("hidden", "16"),
               ("activation", 3), ("standardize", "yes"), ("optimizer", None), ("seed", [])]
        for name, value in bad:
            with self.subTest(name=name):
                self.refused(self.post({name: value}), 422, f"#/hyperparameters/{name}")

    def test_an_unknown_word_names_the_nearest(self):
        for name, given, meant in (("activation", "tahn", "tanh"), ("optimizer", "adm", "adam"),
                                   ("init", "xavier", "xavier_uniform")):
            with self.subTest(name=name):
                self.refused(self.post({name: given}), 422, f"#/hyperparameters/{name}", meant)

    def test_two_mistakes_are_both_reported(self):
        reply = self.post({"learning_rate": -1, "epochs": 0}, lables={"a": "b"})
        self.assertEqual(set(reply.errors), {
            "#/hyperparameters/learning_rate", "#/hyperparameters/epochs", "#/lables"}, str(reply))

    def test_query_parameters_of_a_csv_job_are_checked_alike(self):
        text = as_csv(["a", "y"], [[1, 2], [3, 4]])
        reply = self.daemon.post_csv("/v1/jobs?epochs=none&learning_rte=1&l2=-1&target=z", text)
        self.assertLessEqual({"?epochs", "?learning_rte", "?l2", "?target"}, set(reply.errors),
                             str(reply))
        self.assertIn("learning_rate", reply.errors["?learning_rte"])

    def test_a_dataset_that_is_not_there(self):
        reply = self.daemon.post("/v1/jobs", {"dataset": "ds_00000000000000000000"})
        self.assertIn(reply.status, (404, 422), str(reply))
        self.assertIn("ds_00000000000000000000", reply.text)

    def test_a_job_without_a_dataset(self):
        self.refused(self.daemon.post("/v1/jobs", {}), 422, "#/dataset")

    def test_bad_inline_rows_are_named(self):
        reply = self.daemon.post("/v1/jobs", {"dataset": {"x": [[1], [2, 3]], "y": [1, "a"]}})
        self.assertLessEqual({"#/dataset/x/1", "#/dataset/y/1"}, set(reply.errors), str(reply))

    def test_model_names_that_would_not_fit_in_a_path_are_refused(self):
        for name in ("", "a/b", "a:b", "..", "x" * 300, 5):
            with self.subTest(name=name):
                self.refused(self.post(model=name), 422, "#/model")

    def test_labels_are_strings(self):
        self.assertEqual(self.post(labels={"a": 5}).status, 422)
        self.assertEqual(self.post(labels=["a"]).status, 422)

    def test_initial_layers_of_another_shape_are_refused(self):
        right = [{"weights": [[0.1, 0.2, 0.3]] * 2, "biases": [0, 0]},
                 {"weights": [[0.1, 0.2]], "biases": [0]}]
        bad = {
            "too few": right[:1],
            "too wide": [{"weights": [[0.1, 0.2]] * 2, "biases": [0, 0]}, right[1]],
            "biases": [{"weights": [[0.1, 0.2, 0.3]] * 2, "biases": [0]}, right[1]],
            "no weights": [{"biases": [0, 0]}, right[1]],
            "text": [{"weights": [[0.1, 0.2, "x"]] * 2, "biases": [0, 0]}, right[1]],
        }
        for name, layers in bad.items():
            with self.subTest(name):
                reply = self.post({"hidden": [2]}, initial_layers=layers)
                self.assertEqual(reply.status, 422, str(reply))
                self.assertTrue([p for p in reply.errors if p.startswith("#/initial_layers")],
                                str(reply))
        self.assertEqual(self.post({"hidden": [2]}, initial_layers=right).status, 202)
        job = self.daemon.expect(202, self.post({}, initial_layers=right))
        self.assertEqual(job["hyperparameters"]["hidden"], [2])

    def test_a_wait_that_is_no_number_is_refused(self):
        self.refused(self.daemon.post("/v1/jobs?wait=long", {"dataset": self.dataset}), 422,
                     "?wait")

    def test_a_job_that_is_not_there(self):
        for path in ("/v1/jobs/job_none", "/v1/jobs/job_none/loss"):
            self.refused(self.daemon.get(path), 404)

    def test_divergence_fails_the_job_and_the_daemon_goes_on(self):
        job = self.daemon.train(self.dataset, {"learning_rate": 1e6}, model="diverges")
        self.assertEqual((job["state"], job["stopped_because"]), ("failed", "diverged"))
        self.assertTrue(job["error"]["type"].endswith("/problems/diverged"), job)
        self.assertRegex(job["error"]["detail"], r"epoch \d+")
        self.assertIn("learning_rate", job["error"]["detail"])
        loss = self.daemon.expect(200, self.daemon.get(f"/v1/jobs/{job['id']}/loss"))
        self.assertEqual(loss["epoch"][0], 0)
        self.refused(self.daemon.get("/v1/models/diverges"), 404)
        fine = self.daemon.train(self.dataset, {"epochs": 2})
        self.assertEqual(fine["state"], "succeeded")

    def test_divergence_is_told_from_convergence_whatever_the_network(self):
        for activation in ("relu", "tanh", "sigmoid", "identity"):
            for hidden in ([], [16]):
                with self.subTest(activation=activation, hidden=hidden):
                    job = self.daemon.train(self.dataset, {
                        "learning_rate": 1e6, "activation": activation, "hidden": hidden})
                    self.assertEqual(job["stopped_because"], "diverged")


class BadForms(WireTest):
    """What is wrong with the request around the data."""

    def test_a_body_where_none_is_taken(self):
        self.refused(self.daemon.post("/v1/jobs/job_none/cancel", {"discard": True}), 422, None,
                     "takes no body", "query")

    def test_a_parameter_given_twice(self):
        reply = self.daemon.post_csv("/v1/jobs?hidden=50&hidden=20", "a,b\n1,2\n3,4\n")
        self.refused(reply, 422, "?hidden", "more than once")

    def test_a_compressed_body(self):
        reply = self.daemon.post("/v1/jobs", b"\x1f\x8b", content_encoding="gzip")
        self.refused(reply, 400, None, "gzip", "in the middle")

    def test_csv_whose_line_ends_curl_removed(self):
        reply = self.daemon.post_csv("/v1/datasets", "a,b1,23,4")
        self.refused(reply, 422, None, "--data-binary")

    def test_a_cursor_that_is_none(self):
        for path in ("/v1/jobs", "/v1/datasets"):
            self.refused(self.daemon.get(f"{path}?after=zzz"), 422, "?after", "zzz")

    def test_two_columns_of_one_name(self):
        body = {"x": [[1], [2]], "y": [1, 2], "features": ["y"]}
        self.refused(self.daemon.post("/v1/datasets", body), 422, "#", "two columns", "'y'")

    def test_labels_that_are_too_long(self):
        body = {"dataset": {"x": [[1]], "y": [1]}, "labels": {"n" * 65: "x"}}
        self.refused(self.daemon.post("/v1/jobs", body), 422, "#/labels/" + "n" * 65, "64 bytes")

    def test_targets_whose_squares_overflow_are_not_called_diverged(self):
        job = self.daemon.train({"x": [[1], [2], [3]], "y": [1e160, 2e160, 3e160]}, {"epochs": 5})
        self.assertEqual((job["state"], job["stopped_because"]), ("failed", None))
        self.assertIn("divide the targets", job["error"]["detail"])

    def test_a_loss_that_is_infinite_at_the_start_names_epoch_0(self):
        job = self.daemon.train({"x": [[1], [2]], "y": [1e200, 2e200]}, {"standardize": False})
        self.assertEqual(job["stopped_because"], "diverged")
        self.assertIn("at epoch 0:", job["error"]["detail"])


class BadPredictions(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(20)
        dataset = cls.daemon.add_dataset(x, y, features=["rooms", "age", "tax"])["id"]
        cls.daemon.train(dataset, {"epochs": 2}, model="house")

    def predict(self, body, model="house"):
        return self.daemon.post(f"/v1/models/{model}:predict", body)

    def test_a_row_of_the_wrong_width_names_the_features(self):
        for row in ([1, 2], [1, 2, 3, 4], []):
            with self.subTest(row=row):
                reply = self.predict({"instances": [row, row]})
                self.assertEqual(reply.status, 422, str(reply))
                for word in ("rooms", "age", "tax", str(len(row))):
                    self.assertIn(word, reply.text)
                mixed = self.predict({"instances": [[1, 2, 3], row]})
                self.refused(mixed, 422, "#/instances/1", len(row))

    def test_a_first_row_of_the_wrong_width_is_the_only_one_blamed(self):
        reply = self.predict({"instances": [[1, 2]] + 50 * [[1, 2, 3]]})
        self.refused(reply, 422, "#/instances/0", "3")
        self.assertEqual(len(reply.errors), 1)
        self.assertTrue(reply.json["detail"].startswith("#/instances/0: "), reply.json["detail"])

    def test_an_object_with_a_wrong_name_says_so(self):
        reply = self.predict({"instances": [{"rooms": 1, "age": 2, "tx": 3}]})
        self.assertEqual(reply.status, 422)
        self.assertIn("tax", reply.text)
        self.assertIn("tx", reply.text)

    def test_values_that_are_no_numbers_are_named(self):
        reply = self.predict({"instances": [[1, "a", 3], [1, 2, None]]})
        self.assertLessEqual({"#/instances/0/1", "#/instances/1/2"}, set(reply.errors), str(reply))
        reply = self.predict({"instances": [{"rooms": 1, "age": "b", "tax": 3}]})
        self.refused(reply, 422, "#/instances/0/age")
        self.refused(self.predict('{"instances": [[1, 2, 1e999]]}'), 422, "#/instances/0/2")

    def test_instances_are_demanded(self):
        self.refused(self.predict({}), 422, "#/instances")
        self.refused(self.predict({"instances": 5}), 422, "#/instances")
        self.refused(self.predict({"instnces": [[1, 2, 3]]}), 422, "#/instnces", "instances")
        self.refused(self.predict(b"{"), 400)
        self.refused(self.predict(b""), 400)

    def test_a_model_that_is_not_there(self):
        self.refused(self.predict({"instances": [[1]]}, "nowhere"), 404, None, "nowhere")
        self.refused(self.predict({"instances": [[1]]}, "house/versions/9"), 404)
        for path in ("", "/weights", "/versions/1"):
            self.refused(self.daemon.get(f"/v1/models/nowhere{path}"), 404)

    def test_inputs_that_overflow_give_no_infinity(self):
        reply = self.predict({"instances": [[1.7e308, -1.7e308, 1.7e308]]})
        self.assertIn(reply.status, (200, 422), str(reply))


class Limits(WireTest):
    options = ("--max-body=64KiB",)

    def test_a_body_over_the_limit_is_413_and_names_it(self):
        text = "a,b\n" + "1,2\n" * 30000
        reply = self.daemon.post_csv("/v1/datasets", text)
        self.assertEqual(reply.status, 413, str(reply))
        self.assertRegex(reply.json["detail"], r"64 ?KiB|65,?536")

    def test_a_body_without_a_length_meets_the_same_limit(self):
        chunk = b"1000\r\n" + b"1,2\n" * 1024 + b"\r\n"
        answer, _ = self.daemon.raw(
            b"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n4\r\na,b\n\r\n"
            + chunk * 32 + b"0\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 413 "), answer[:500])

    def test_a_body_under_the_limit_is_taken(self):
        reply = self.daemon.post_csv("/v1/datasets", "a,b\n" + "1,2\n" * 16000)
        self.assertEqual(reply.status, 201, str(reply))

    def test_deep_nesting_is_refused_without_harm(self):
        for text in ("[" * 60000, '{"x": ' + "[" * 60000, '{"a":' * 10000):
            self.assertIn(self.daemon.post("/v1/datasets", text).status, (400, 413, 422))
        self.assertEqual(self.daemon.get("/livez").status, 200)

    def test_a_body_of_empty_objects_is_refused_without_harm(self):
        text = json.dumps({"x": [{}] * 15000, "y": [1]})
        self.assertEqual(self.daemon.post("/v1/datasets", text).status, 422)


if __name__ == "__main__":
    unittest.main()
