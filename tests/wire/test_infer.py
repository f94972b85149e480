"""The Open Inference Protocol over HTTP, JSON and raw tensors, with requests built by hand."""

import json
import random
import struct
import unittest

from harness import WireTest, quoted
from samples import rows

CODES = {"UINT8": "B", "UINT16": "H", "UINT32": "I", "UINT64": "Q", "INT8": "b", "INT16": "h",
         "INT32": "i", "INT64": "q", "FP16": "e", "FP32": "f", "FP64": "d"}
LENGTH = "Inference-Header-Content-Length"


def flat(table):
    return [value for row in table for value in row]


def pack(values, datatype="FP64"):
    return struct.pack(f"<{len(values)}{CODES[datatype]}", *values)


def tensor(x, datatype="FP64", **more):
    return {"name": "x", "shape": [len(x), len(x[0])], "datatype": datatype, **more}


def split(document, raw):
    """A body of JSON and raw bytes, and the headers that go with it."""
    text = json.dumps(document).encode()
    return text + raw, {"Content-Type": "application/octet-stream", LENGTH: str(len(text))}


class Infer(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.x, y = rows(60, 3, seed=12)
        job = cls.daemon.train({"x": cls.x, "y": y}, {"hidden": [7], "epochs": 40}, model="house")
        assert job["state"] == "succeeded", job
        cls.y = cls.daemon.predict("house", cls.x)["predictions"]

    def infer(self, body, headers=None, model="house"):
        """body: bytes as they are, anything else as JSON."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        return self.daemon.request("POST", f"/v2/models/{quoted(model)}/infer", body,
                                   headers or {"Content-Type": "application/json"})

    def infer_raw(self, x, datatype="FP64", **more):
        """The outputs of a request and a reply with raw tensors, by name."""
        raw = pack(flat(x), datatype)
        one = tensor(x, datatype, parameters={"binary_data_size": len(raw)})
        body, headers = split({"inputs": [one], "parameters": {"binary_data_output": True}, **more},
                              raw)
        reply = self.infer(body, headers)
        self.assertEqual(reply.status, 200, str(reply))
        return self.raw_outputs(reply)

    def raw_outputs(self, reply):
        self.assertEqual(reply.type, "application/octet-stream")
        end = int(reply.headers[LENGTH])
        got, raw = {}, reply.body[end:]
        for output in json.loads(reply.body[:end])["outputs"]:
            size = output["parameters"]["binary_data_size"]
            self.assertEqual(size, 8 * output["shape"][0] * output["shape"][1])
            got[output["name"]] = list(struct.unpack(f"<{size // 8}d", raw[:size]))
            raw = raw[size:]
        self.assertEqual(raw, b"")
        return got

    def test_the_server_and_its_models_describe_themselves(self):
        self.assertIn("binary_tensor_data", self.daemon.get("/v2").json["extensions"])
        self.assertEqual(self.daemon.get("/v2/health/live").json, {"live": True})
        self.assertEqual(self.daemon.get("/v2/health/ready").json, {"ready": True})
        self.assertEqual(self.daemon.get("/v2/models/house/ready").json,
                         {"name": "house", "ready": True})
        self.assertEqual(self.daemon.get("/v2/models/house/versions/1").json, {
            "name": "house", "versions": ["1"], "platform": "backpropd_net",
            "inputs": [{"name": "x", "datatype": "FP64", "shape": [-1, 3]}],
            "outputs": [{"name": "y", "datatype": "FP64", "shape": [-1, 1]}]})
        listed = self.daemon.get("/v2/models").json["data"]
        self.assertIn({"name": "house", "versions": ["1"]}, listed)
        self.refused(self.daemon.get("/v2/models/none"), 404)

    def test_the_routes_take_their_methods_only(self):
        for path, allow in (("/v2", "GET, HEAD, OPTIONS"),
                            ("/v2/models/house/ready", "GET, HEAD, OPTIONS"),
                            ("/v2/models/house/infer", "POST, OPTIONS")):
            reply = self.daemon.request("DELETE", path)
            self.assertEqual((reply.status, reply.headers["Allow"]), (405, allow))
            self.assertEqual(self.daemon.request("OPTIONS", path).headers["Allow"], allow)
        head = self.daemon.request("HEAD", "/v2/models/house")
        self.assertEqual((head.status, head.body), (200, b""))

    def test_flat_and_nested_numbers_give_what_predict_gives(self):
        for data in (self.x, flat(self.x)):
            reply = self.infer({"id": "42", "inputs": [tensor(self.x, data=data)]})
            self.assertEqual(reply.json, {
                "model_name": "house", "model_version": "1", "id": "42",
                "outputs": [{"name": "y", "datatype": "FP64", "shape": [60, 1], "data": self.y}]})

    def test_raw_tensors_give_the_same_bits(self):
        self.assertEqual(self.infer_raw(self.x), {"y": self.y})

    def test_each_datatype_means_the_same_raw_and_as_json(self):
        draw = random.Random(5)
        for datatype, code in CODES.items():
            with self.subTest(datatype=datatype):
                x = [[draw.randrange(0, 100) for _ in range(3)] for _ in range(5)]
                if datatype.startswith("FP"):
                    x = [[value / 7 for value in row] for row in x]
                raw = self.infer_raw(x, datatype)["y"]
                reply = self.infer({"inputs": [tensor(x, datatype, data=x)]})
                self.assertEqual(reply.json["outputs"][0]["data"], raw)
                held = struct.unpack(f"<15{code}", pack(flat(x), datatype))
                by_rows = [list(held[i:i + 3]) for i in range(0, 15, 3)]
                self.assertEqual(self.daemon.predict("house", by_rows)["predictions"], raw)

    def test_a_large_tensor_comes_back_whole(self):
        many = self.x * 2000
        got = self.infer_raw(many)["y"]
        self.assertEqual(got, self.y * 2000)
        reply = self.infer({"inputs": [tensor(many, data=many)]})
        self.assertEqual(reply.json["outputs"][0]["data"], got)

    def test_a_body_in_chunks_is_taken(self):
        raw = pack(flat(self.x))
        body, headers = split({"inputs": [tensor(self.x, parameters={
            "binary_data_size": len(raw)})]}, raw)
        pieces = (body[i:i + 37] for i in range(0, len(body), 37))
        headers["Transfer-Encoding"] = "chunked"
        encoded = b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\n\r\n"
        reply = self.infer(encoded, headers)
        self.assertEqual(reply.json["outputs"][0]["data"], self.y)

    def test_an_ensemble_gives_its_deviation(self):
        x, y = rows(40, 3, seed=13)
        self.daemon.train({"x": x, "y": y}, {"epochs": 5, "ensemble": 3}, model="several")
        described = self.daemon.get("/v2/models/several").json["outputs"]
        self.assertEqual([o["name"] for o in described], ["y", "std"])
        expected = self.daemon.predict("several", x, std=True)
        reply = self.infer({"inputs": [tensor(x, data=x)]}, model="several")
        got = {o["name"]: o["data"] for o in reply.json["outputs"]}
        self.assertEqual(got, {"y": expected["predictions"], "std": expected["std"]})

    def test_several_targets_are_columns_of_y(self):
        y = [[a + b, a - c] for a, b, c in self.x]
        self.daemon.train({"x": self.x, "y": y}, {"epochs": 5}, model="two")
        reply = self.infer({"inputs": [tensor(self.x, data=self.x)]}, model="two")
        output = reply.json["outputs"][0]
        self.assertEqual(output["shape"], [60, 2])
        self.assertEqual(output["data"], flat(self.daemon.predict("two", self.x)["predictions"]))

    def test_lengths_that_do_not_fit_are_refused(self):
        raw = pack(flat(self.x))
        size = "#/inputs/0/parameters/binary_data_size"
        document = {"inputs": [tensor(self.x, parameters={"binary_data_size": len(raw)})]}
        body, headers = split(document, raw)
        self.refused(self.infer(body, {**headers, LENGTH: "100000"}), 400, None, "100000", LENGTH)
        for none in "-1", "0":
            self.refused(self.infer(body, {**headers, LENGTH: none}), 400, None, LENGTH)
        self.refused(self.infer(body, {**headers, LENGTH: "3"}), 400, None, "line 1")
        self.refused(self.infer(body[:-8], headers), 422, size, "1432 bytes follow")
        self.refused(self.infer(body + b"\0", headers), 422, size, "1441 bytes follow")
        self.refused(self.infer(json.dumps(document).encode()), 422, size, LENGTH)

    def test_a_tensor_out_of_its_range_is_refused_by_place(self):
        x = [[1, 2, 300], [4, -5, 6]]
        reply = self.infer({"inputs": [tensor(x, "UINT8", data=x)]})
        self.refused(reply, 422, "#/inputs/0/data/0/2", "0 to 255", 300)
        self.refused(reply, 422, "#/inputs/0/data/1/1", -5)
        raw = struct.pack("<3d", 1, float("nan"), 2)
        body, headers = split({"inputs": [tensor([[1, 2, 3]], parameters={
            "binary_data_size": 24})]}, raw)
        self.refused(self.infer(body, headers), 422, "#/inputs/0/data/0/1", "NaN")

    def test_other_kinds_of_bodies_are_refused(self):
        body = {"inputs": [tensor(self.x, data=self.x)]}
        self.refused(self.infer(body, {"Content-Type": "text/csv"}), 415)
        self.refused(self.infer(b"", {}), 400, None, "empty")
        self.refused(self.infer(b"{\"inputs\": [", {}), 400, None, "line 1")
        self.refused(self.infer(body, model="none"), 404, None, "'none'")
        self.refused(self.daemon.post("/v2/models/house/versions/9/infer", body), 404, None, "'9'")


if __name__ == "__main__":
    unittest.main()
