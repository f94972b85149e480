"""Exported ONNX models: sound by onnx.checker, and ONNX Runtime predicts as the daemon does, for
each activation, several depths, several targets and ensembles, near the data and far from it."""

import sys
import unittest

import numpy
import onnx
import onnxruntime

from harness import WireTest
from samples import ACTIVATIONS, rows

NEAR = 1e-12  # relative to the daemon's prediction, whose targets keep away from 0


class Onnx(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        onnxruntime.set_default_logger_severity(3)
        x, y = rows(80)
        cls.x = x
        cls.far = [[scale * v for v in row] for scale in (3, 30, 3000) for row in x[:10]]
        cls.two = cls.daemon.add_dataset(x, [[t + 10, 3 * r[0] - 20] for t, r in zip(y, x)],
                                         features=["a", "b", "c"], targets=["t", "u"])
        cls.one = cls.daemon.add_dataset(x, [t + 10 for t in y])

    def check(self, name, x):
        """The session, having been asked for the predictions of x."""
        reply = self.daemon.get(f"/v1/models/{name}/export?format=onnx")
        self.assertEqual(reply.status, 200, str(reply))
        onnx.checker.check_model(onnx.load_from_string(reply.body), full_check=True)
        session = onnxruntime.InferenceSession(reply.body, providers=["CPUExecutionProvider"])
        got = dict(zip([output.name for output in session.get_outputs()],
                       session.run(None, {"x": numpy.array(x)})))
        expected = self.daemon.predict(name, x, std=True)
        y = numpy.array(expected["predictions"]).reshape(len(x), -1)
        self.assertEqual(got["y"].dtype, numpy.float64)
        self.assertEqual(got["y"].shape, y.shape)
        self.assertLess(numpy.max(numpy.abs(got["y"] - y) / numpy.abs(y)), NEAR, name)
        if "std" in got:
            std = numpy.array(expected["std"]).reshape(len(x), -1)
            self.assertLess(numpy.max(numpy.abs(got["std"] - std)), NEAR * numpy.max(std), name)
        return session

    def train(self, name, dataset, **hyperparameters):
        job = self.daemon.train(dataset["id"], {"epochs": 30, "learning_rate": 0.05,
                                                **hyperparameters}, model=name)
        self.assertEqual(job["state"], "succeeded", job)

    def test_every_activation_in_every_shape(self):
        shapes = {"none": ([], 1), "one": ([7], 1), "three": ([8, 6, 5], 1),
                  "ensemble": ([6, 5], 4)}
        for activation in ACTIVATIONS:
            for shape, (hidden, members) in shapes.items():
                name = f"{activation}.{shape}"
                with self.subTest(name):
                    self.train(name, self.two, activation=activation, hidden=hidden,
                               ensemble=members)
                    self.check(name, self.x)

    def test_far_from_the_data_too(self):
        for activation in ACTIVATIONS:
            with self.subTest(activation):
                name = f"far.{activation}"
                self.train(name, self.two, activation=activation, hidden=[9])
                self.check(name, self.far)

    def test_one_target_one_row_and_no_scaling(self):
        self.train("raw", self.one, hidden=[5], standardize=False)
        self.check("raw", self.x[:1])

    def test_the_model_says_what_it_is(self):
        self.train("named", self.two, hidden=[4])
        session = self.check("named", self.x)
        model = self.daemon.expect(200, self.daemon.get("/v1/models/named"))
        meta = session.get_modelmeta()
        self.assertEqual((meta.producer_name, meta.graph_name, meta.version),
                         ("backpropd", "named", model["version"]))
        told = meta.custom_metadata_map
        self.assertEqual(told["features"], '["a","b","c"]')
        self.assertEqual(told["targets"], '["t","u"]')
        self.assertEqual(told["digest"], model["digest"])
        self.assertEqual(told["dataset_digest"], self.two["digest"])


if __name__ == "__main__":
    sys.exit(0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1)
