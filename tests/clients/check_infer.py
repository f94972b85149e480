"""The stock client of the Open Inference Protocol, tritonclient.http, against a real daemon.

`make check-clients` runs it in a virtual environment that has the client.
"""

import pathlib
import sys
import unittest

import ml_dtypes
import numpy
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "wire"))

from harness import WireTest  # noqa: E402
from samples import rows  # noqa: E402


class Client(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        x, y = rows(60, 3, seed=12)
        cls.daemon.train({"x": x, "y": y}, {"epochs": 40}, model="house")
        cls.daemon.train({"x": x, "y": y}, {"epochs": 5, "ensemble": 3}, model="several")
        cls.x = numpy.array(x)
        cls.y = numpy.array(cls.daemon.predict("house", x)["predictions"]).reshape(-1, 1)
        host, port = cls.daemon.address
        cls.client = triton.InferenceServerClient(f"{host}:{port}", concurrency=4)
        cls.addClassCleanup(cls.client.close)

    def tensor(self, x, binary=True):
        given = triton.InferInput("x", list(x.shape), np_to_triton_dtype(x.dtype))
        return given.set_data_from_numpy(x, binary_data=binary)

    def predicted(self, x, model="house", name="predictions", **more):
        table = [[float(value) for value in row] for row in x]
        return numpy.array(self.daemon.predict(model, table, **more)[name]).reshape(-1, 1)

    def same(self, got, expected):
        self.assertEqual((got.dtype, got.shape), (numpy.float64, expected.shape))
        self.assertTrue((got == expected).all(), f"{got} is not {expected}")

    def test_health(self):
        self.assertTrue(self.client.is_server_live())
        self.assertTrue(self.client.is_server_ready())
        self.assertTrue(self.client.is_model_ready("house"))
        self.assertTrue(self.client.is_model_ready("house", "1"))
        self.assertFalse(self.client.is_model_ready("house", "2"))
        self.assertFalse(self.client.is_model_ready("none"))

    def test_metadata(self):
        server = self.client.get_server_metadata()
        self.assertEqual((server["name"], server["extensions"]),
                         ("backpropd", ["binary_tensor_data"]))
        model = self.client.get_model_metadata("house", "1")
        self.assertEqual((model["name"], model["versions"]), ("house", ["1"]))
        self.assertEqual(model["inputs"], [{"name": "x", "datatype": "FP64", "shape": [-1, 3]}])
        self.assertEqual(model["outputs"], [{"name": "y", "datatype": "FP64", "shape": [-1, 1]}])

    def test_as_the_client_does_it_by_itself(self):
        result = self.client.infer("house", [self.tensor(self.x)])
        self.same(result.as_numpy("y"), self.y)
        self.assertIsNone(result.as_numpy("std"))

    def test_every_way_of_numbers_in_and_out(self):
        for datatype in (numpy.float64, numpy.float32):
            x = self.x.astype(datatype)
            expected = self.predicted(x)
            for binary_in in (True, False):
                for binary_out in (True, False):
                    with self.subTest(datatype=datatype, binary=(binary_in, binary_out)):
                        result = self.client.infer(
                            "house", [self.tensor(x, binary_in)], request_id="a 7",
                            outputs=[triton.InferRequestedOutput("y", binary_data=binary_out)])
                        self.same(result.as_numpy("y"), expected)
                        response = result.get_response()
                        self.assertEqual(response["id"], "a 7")
                        self.assertEqual(response["model_version"], "1")
                        self.assertEqual("data" in response["outputs"][0], not binary_out)

    def test_other_datatypes(self):
        whole = (self.x * 50).round()
        for datatype in (numpy.float16, ml_dtypes.bfloat16, numpy.int8, numpy.int16, numpy.int32,
                         numpy.int64):
            with self.subTest(datatype=datatype):
                x = whole.astype(datatype)
                self.same(self.client.infer("house", [self.tensor(x)]).as_numpy("y"),
                          self.predicted(x))
        for datatype in (numpy.uint8, numpy.uint16, numpy.uint32, numpy.uint64):
            with self.subTest(datatype=datatype):
                x = abs(whole).astype(datatype)
                self.same(self.client.infer("house", [self.tensor(x)]).as_numpy("y"),
                          self.predicted(x))

    def test_an_ensemble_gives_its_deviation(self):
        result = self.client.infer("several", [self.tensor(self.x)])
        self.same(result.as_numpy("y"), self.predicted(self.x, "several"))
        self.same(result.as_numpy("std"), self.predicted(self.x, "several", "std", std=True))

    def test_many_at_once(self):
        pending = [self.client.async_infer("house", [self.tensor(self.x)], request_id=str(i))
                   for i in range(32)]
        for i, request in enumerate(pending):
            result = request.get_result()
            self.same(result.as_numpy("y"), self.y)
            self.assertEqual(result.get_response()["id"], str(i))

    def test_errors_are_raised_with_our_text(self):
        def message(status, *arguments, **more):
            with self.assertRaises(InferenceServerException) as caught:
                self.client.infer(*arguments, **more)
            self.assertEqual(caught.exception.status(), str(status))
            return caught.exception.message()

        self.assertEqual(message(404, "none", [self.tensor(self.x)]), "there is no model 'none'")
        self.assertEqual(message(404, "house", [self.tensor(self.x)], model_version="9"),
                         "there is no version '9' of the model 'house'")
        self.assertEqual(message(422, "house", [self.tensor(self.x[:, :2])]),
                         "#/inputs/0/shape/1: must be 3, the number of features, in the shape "
                         "[60,2]")
        self.assertEqual(message(422, "house", [self.tensor(self.x)],
                                 outputs=[triton.InferRequestedOutput("z")]),
                         "#/outputs/0/name: must be an output of the model, 'y', got 'z'")
        wrong = self.x.copy()
        wrong[2, 1] = numpy.nan
        self.assertEqual(message(422, "house", [self.tensor(wrong)]),
                         "#/inputs/0/data/2/1: must be a finite number, got NaN")
        with self.assertRaisesRegex(InferenceServerException, "there is no model 'none'"):
            self.client.get_model_metadata("none")


if __name__ == "__main__":
    unittest.main()
