"""Models as files: JSON and ONNX come back as the same bits, C gives the same bits, CSV too."""

import copy
import csv
import io
import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from harness import WireTest
from samples import ACTIVATIONS, rows

OCTETS = "application/octet-stream"
STRICT = ["-std=c99", "-Wall", "-Wextra", "-pedantic", "-Werror", "-ffp-contract=off"]
COMPILERS = [name for name in ("gcc", "clang") if shutil.which(name)] or ["cc"]


class Export(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.x, y = rows(60)
        two = [[t + 10, 3 * r[0]] for t, r in zip(y, cls.x)]
        cls.dataset = cls.daemon.add_dataset(cls.x, two, features=["a", 'b "*/ ??/', "\u00e4"],
                                             targets=["t", "u"])["id"]
        cls.train("plain", hidden=[5, 4], validation_split=0.2)
        cls.train("many", hidden=[5], ensemble=3)
        cls.train("line", hidden=[])

    @classmethod
    def train(cls, name, **hyperparameters):
        job = cls.daemon.train(cls.dataset, {"epochs": 30, "learning_rate": 0.05,
                                             **hyperparameters}, model=name)
        assert job["state"] == "succeeded", job

    def export(self, name, form="json"):
        reply = self.daemon.get(f"/v1/models/{name}/export?format={form}")
        self.assertEqual(reply.status, 200, str(reply))
        return reply

    def take(self, name, body, **headers):
        return self.daemon.post(f"/v1/models/{name}:import", body, **headers)

    def model(self, name):
        return self.daemon.expect(200, self.daemon.get(f"/v1/models/{name}"))

    def assertSame(self, copied, name):
        """All that a model says of itself, but for where and when it was made."""
        told, original = self.model(copied), self.model(name)
        for member in ("digest", "members", "parameters", "layers", "scaling", "metrics",
                       "dataset_digest"):
            self.assertEqual(told[member], original[member])
        self.assertEqual((told["job"], told["dataset"]), (None, None))
        far = self.x + [[1e3 * v for v in row] for row in self.x]
        self.assertEqual(self.daemon.predict(copied, far, std=True),
                         self.daemon.predict(name, far, std=True))

    # Round trips.

    def test_json_and_onnx_come_back_as_the_same_bits(self):
        for name in ("plain", "many", "line"):
            for form, content_type in (("json", "application/json"), ("onnx", OCTETS)):
                with self.subTest(f"{name} {form}"):
                    copied = f"copy-{name}-{form}"
                    reply = self.take(copied, self.export(name, form).body,
                                      content_type=content_type)
                    self.assertEqual(reply.status, 201, str(reply))
                    self.assertEqual((reply.json["name"], reply.json["version"]), (copied, 1))
                    self.assertEqual(reply.headers["Location"], f"/v1/models/{copied}/versions/1")
                    self.assertSame(copied, name)
                    again = self.export(copied, form).body
                    self.assertEqual(self.take(copied, again, content_type=content_type).status,
                                     201)
                    self.assertEqual(self.model(copied)["versions"], [2, 1])

    def test_another_daemon_takes_it_and_keeps_it(self):
        body = self.export("many").body
        before = self.daemon.predict("many", self.x)
        daemon = self.own_daemon()
        daemon.expect(201, daemon.post("/v1/models/abroad:import", body))
        self.assertEqual(daemon.predict("abroad", self.x), before)
        daemon.restart()
        self.assertEqual(daemon.predict("abroad", self.x), before)
        self.assertEqual(daemon.get("/v1/models").json["data"][0]["name"], "abroad")

    def test_an_import_is_the_newest_version_of_a_name_that_trains_too(self):
        self.train("mixed", hidden=[2])
        old = self.daemon.predict("mixed", self.x)
        self.daemon.expect(201, self.take("mixed", self.export("plain").body))
        self.assertEqual(self.daemon.predict("mixed", self.x),
                         self.daemon.predict("plain", self.x))
        self.assertEqual(self.daemon.predict("mixed/versions/1", self.x), old)
        self.train("mixed", hidden=[3])
        self.assertEqual(self.model("mixed")["versions"], [3, 2, 1])

    def test_training_goes_on_from_an_imported_model(self):
        self.daemon.expect(201, self.take("begun", self.export("plain").body))
        job = self.daemon.train(self.dataset, {"epochs": 5}, model="begun", from_model="begun")
        self.assertEqual((job["state"], job["model"]["version"]), ("succeeded", 2))

    def test_numbers_at_the_edges_keep_their_bits(self):
        document = self.export("plain").json
        layer = document["members"][0]["layers"][0]
        layer["weights"][0] = [-0.0, 5e-324, 1.7976931348623157e308]
        layer["weights"][1] = [0.1, 1 / 3, 2.2250738585072014e-308]
        del document["digest"]
        self.daemon.expect(201, self.take("edges", document))
        again = self.export("edges").json
        self.assertEqual(json.dumps(again["members"]), json.dumps(document["members"]))
        self.daemon.expect(201, self.take("edges", self.export("edges", "onnx").body,
                                          content_type=OCTETS))
        self.assertEqual(json.dumps(self.export("edges").json["members"]),
                         json.dumps(document["members"]))

    # C.

    def compile_and_run(self, body, compiler, level):
        with tempfile.TemporaryDirectory() as folder:
            source = pathlib.Path(folder) / "model.c"
            source.write_bytes(body)
            macro = re.search(rb"#ifdef (\w+_SELF_TEST)", body).group(1).decode()
            command = [compiler, *STRICT, level, str(source), "-o", folder + "/test"]
            subprocess.run([*command, "-D" + macro], check=True)
            done = subprocess.run([folder + "/test"], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout), (0, "0 of 8 rows differ\n"))

    def test_the_c_file_gives_the_same_bits_for_every_activation(self):
        for activation in ACTIVATIONS:
            name = f"c-{activation}"
            self.train(name, activation=activation, hidden=[6, 5])
            body = self.export(name, "c").body
            for compiler in COMPILERS:
                with self.subTest(f"{activation} {compiler}"):
                    self.compile_and_run(body, compiler, "-O0")
                    self.compile_and_run(body, compiler, "-O3")

    def test_the_c_file_gives_the_same_bits_for_ensembles_and_lines(self):
        for name in ("many", "line"):
            for compiler in COMPILERS:
                self.compile_and_run(self.export(name, "c").body, compiler, "-O2")

    def test_the_self_test_sees_one_wrong_bit(self):
        body = self.export("plain", "c").body
        at = body.index(b"plain_parameters[PLAIN_MEMBERS]")
        digit = re.compile(rb"0x1\.([0-9a-f])").search(body, at)
        wrong = b"0" if digit.group(1) != b"0" else b"1"
        changed = body[:digit.start(1)] + wrong + body[digit.end(1):]
        with self.assertRaises(AssertionError):
            self.compile_and_run(changed, COMPILERS[0], "-O1")

    def test_the_c_function_is_named_after_the_model(self):
        for name, prefix in (("9-lives.v2", "model_9_lives_v2"), ("_x", "model__x"),
                             ("A-b", "A_b")):
            self.daemon.expect(201, self.take(name, self.export("plain").body))
            body = self.export(name, "c").body
            self.assertIn(f"void {prefix}_predict(const double x[".encode(), body)
            self.compile_and_run(body, COMPILERS[0], "-O1")

    def test_a_program_that_calls_it_predicts_as_the_daemon(self):
        main = """
#include <stdio.h>
void many_predict(const double x[3], double y[2]);
int main(void)
{
    double x[3], y[2];
    while (scanf("%la %la %la", &x[0], &x[1], &x[2]) == 3) {
        many_predict(x, y);
        printf("%a %a\\n", y[0], y[1]);
    }
    return 0;
}
"""
        with tempfile.TemporaryDirectory() as folder:
            (pathlib.Path(folder) / "model.c").write_bytes(self.export("many", "c").body)
            (pathlib.Path(folder) / "main.c").write_text(main)
            subprocess.run([COMPILERS[0], *STRICT, "-O2", "main.c", "model.c", "-o", "main"],
                           cwd=folder, check=True)
            asked = "\n".join(" ".join(v.hex() for v in row) for row in self.x)
            done = subprocess.run([folder + "/main"], input=asked, capture_output=True, text=True)
        got = [[float.fromhex(v) for v in line.split()] for line in done.stdout.splitlines()]
        self.assertEqual(got, self.daemon.predict("many", self.x)["predictions"])

    # CSV.

    def test_csv_has_a_row_a_parameter(self):
        table = list(csv.reader(io.StringIO(self.export("plain", "csv").text)))
        self.assertEqual(table[0], ["layer", "unit", "input", "value"])
        told = {tuple(row[:3]): float(row[3]) for row in table[1:]}
        self.assertEqual(len(told), self.model("plain")["parameters"])
        layers = self.daemon.get("/v1/models/plain/weights").json["layers"]
        for l, layer in enumerate(layers):
            for unit, (weights, bias) in enumerate(zip(layer["weights"], layer["biases"])):
                got = [told[str(l), str(unit), str(i)] for i in range(len(weights))]
                self.assertEqual((got, told[str(l), str(unit), ""]), (weights, bias))

    def test_csv_of_an_ensemble_names_the_member(self):
        table = list(csv.reader(io.StringIO(self.export("many", "csv").text)))
        self.assertEqual(table[0], ["member", "layer", "unit", "input", "value"])
        self.assertEqual(sorted({row[0] for row in table[1:]}), ["0", "1", "2"])
        members = self.daemon.get("/v1/models/many/weights").json["members"]
        last = members[2]["layers"][1]
        self.assertEqual(table[-1], ["2", "1", "1", "", repr(last["biases"][1])])

    # What HTTP says around it.

    def test_a_file_has_a_name_a_type_and_an_etag(self):
        for form, content_type in (("json", "application/json"), ("onnx", OCTETS),
                                   ("c", "text/x-c"), ("csv", "text/csv")):
            reply = self.export("plain", form)
            self.assertEqual(reply.type, content_type)
            self.assertEqual(reply.headers["Content-Disposition"],
                             f'attachment; filename="plain-1.{form}"')
            tag = reply.headers["ETag"]
            known = self.daemon.get(f"/v1/models/plain/export?format={form}", if_none_match=tag)
            self.assertEqual((known.status, known.body), (304, b""))
        self.assertEqual(self.daemon.get("/v1/models/plain/export").type, "application/json")
        one = self.daemon.get("/v1/models/plain/versions/1/export")
        self.assertEqual(one.json["members"], self.export("plain").json["members"])

    def test_what_cannot_be_exported_is_said(self):
        self.refused(self.daemon.get("/v1/models/none/export"), 404)
        self.refused(self.daemon.get("/v1/models/plain/versions/7/export"), 404)
        self.refused(self.daemon.get("/v1/models/plain/export?format=h5"), 422, "?format", "onnx")
        self.refused(self.daemon.get("/v1/models/plain/export?fromat=c"), 422, "?fromat", "format")

    # Mistakes of an import.

    def test_each_mistake_of_a_document_is_named(self):
        def changed(*path, to):
            document = copy.deepcopy(self.document)
            at = document
            for step in path[:-1]:
                at = at[step]
            if to is None:
                del at[path[-1]]
            else:
                at[path[-1]] = to
            return document
        self.document = self.export("plain").json
        layer = ("members", 0, "layers", 1)
        cases = [
            (("format",), None, "#/format"), (("format_version",), 2, "#/format_version"),
            (("activation",), "tanhh", "#/activation"), (("activation",), None, "#/activation"),
            (("digest",), "abc", "#/digest"), (("digest",), "0" * 64, "#/digest"),
            (("features",), [], "#/features"), (("targets",), None, "#/targets"),
            (("features", 1, "scale"), 0, "#/features/1/scale"),
            (("features", 1, "shift"), "x", "#/features/1/shift"),
            (("features", 1, "min"), None, "#/features/1/min"),
            (("features", 1, "name"), "", "#/features/1/name"),
            (("features", 1, "name"), "a", "#"),
            (("features", 1), 3, "#/features/1"),
            (("features",), self.document["features"][:2], "#/members/0"),
            (("targets", 0, "colour"), 3, "#/targets/0/colour"),
            (("metrics",), 3, "#/metrics"), (("metrics", "train"), 3, "#/metrics/train"),
            (("metrics", "train", "mse"), -1, "#/metrics/train/mse"),
            (("metrics", "train", "r2"), None, "#/metrics/train/r2"),
            (("members",), [], "#/members"), (("members", 0), 3, "#/members/0"),
            (("members", 0, "layers"), [], "#/members/0"),
            ((*layer, "weights"), None, "#/members/0/layers/1/weights"),
            ((*layer, "weights"), [1, 2], "#/members/0/layers/1/weights"),
            ((*layer, "weights", 1), [1, 2], "#/members/0/layers/1/weights/1"),
            ((*layer, "weights", 1, 2), "z", "#/members/0/layers/1/weights/1/2"),
            ((*layer, "biases"), [1], "#/members/0/layers/1"),
            ((*layer, "biases"), [[1]], "#/members/0/layers/1/biases"),
            ((*layer, "activation"), "relu", "#/members/0/layers/1/activation"),
            ((*layer, "weihts"), 1, "#/members/0/layers/1/weihts"),
            (layer, 3, "#/members/0/layers/1"), (("colour",), 1, "#/colour"),
        ]
        for path, to, pointer in cases:
            with self.subTest(f"{path} {to}"):
                self.refused(self.take("wrong", changed(*path, to=to)), 422, pointer)
        self.refused(self.daemon.get("/v1/models/wrong"), 404)

    def test_all_mistakes_are_named_at_once(self):
        document = self.export("plain").json
        document["activation"] = "none"
        document["features"][0]["scale"] = -1
        document["members"][0]["layers"][2]["biases"] = "x"
        reply = self.take("wrong", document)
        self.refused(reply, 422, "#/activation")
        self.assertLessEqual({"#/features/0/scale", "#/members/0/layers/2/biases"},
                             set(reply.errors))

    def test_rows_of_weights_are_held_against_what_goes_into_their_layer(self):
        self.train("wide", hidden=[50, 45], epochs=1)
        document = self.export("wide").json
        layers = document["members"][0]["layers"]
        at = "#/members/0/layers/%d/weights/%d"
        del layers[0]["weights"][0][-1]
        del layers[1]["weights"][0][0]
        layers[1]["weights"][20].append(0)
        reply = self.take("wrong", document)
        self.assertEqual(reply.status, 422)
        self.assertEqual(reply.errors, {
            at % (0, 0): "has 2 values, but there are 3 features",
            at % (1, 0): "has 49 values, but the layer before has 50 units",
            at % (1, 20): "has 51 values, but the layer before has 50 units"})
        for row in layers[0]["weights"][2:]:
            row.append(0)
        reply = self.take("wrong", document)
        self.assertNotIn(at % (0, 1), reply.errors)
        self.assertEqual(reply.errors[at % (0, 2)], "has 4 values, but there are 3 features")

    def test_members_have_one_shape(self):
        document = self.export("plain").json
        document["members"].append(self.export("line").json["members"][0])
        document["digest"] = None
        self.refused(self.take("wrong", document), 422, "#/members/1", "shape")

    def test_weights_that_were_changed_are_not_those_of_the_digest(self):
        document = self.export("plain").json
        document["members"][0]["layers"][0]["weights"][0][0] += 1e-9
        self.refused(self.take("wrong", document), 422, "#/digest")
        del document["digest"], document["metrics"]
        self.daemon.expect(201, self.take("changed", document))
        self.assertEqual(self.model("changed")["metrics"], {"train": None, "validation": None})

    def test_what_is_no_document_of_ours_is_refused(self):
        self.refused(self.take("wrong", "{"), 400)
        self.refused(self.take("wrong", "[]"), 422, "#")
        self.refused(self.take("wrong", "{}"), 422, "#/members")
        self.refused(self.take("wrong", "x", content_type="text/plain"), 415)
        self.refused(self.take("wrong", b"", content_type=OCTETS), 400)
        self.refused(self.take("wrong", b"\x00\x01", content_type=OCTETS), 400)
        self.refused(self.take("wrong", self.export("plain").body, content_type=OCTETS), 400, None,
                     "Content-Type: application/json")
        self.refused(self.take("...", self.export("plain").body), 422, None, "name")
        self.refused(self.take("wr%20ong", self.export("plain").body), 422, None, "name")

    def test_onnx_that_is_not_ours_or_was_changed_is_refused(self):
        body = self.export("plain", "onnx").body
        foreign = body.replace(b"\x0a\x09backpropd\x12", b"\x0a\x09backpropt\x12")
        self.assertNotEqual(foreign, body)
        self.refused(self.take("wrong", foreign, content_type=OCTETS), 422,
                     "#/metadata_props/backpropd", "exported")
        self.refused(self.take("wrong", body[:-20], content_type=OCTETS), 400)
        at = body.index(b"member0.layer0.weights", body.index(b"x.scale\x4a")) + 40
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]
        self.refused(self.take("wrong", changed, content_type=OCTETS), 422, "#/digest")
        renamed = body.replace(b"member0.layer1.biases", b"member0.layer1.biased")
        self.refused(self.take("wrong", renamed, content_type=OCTETS), 422,
                     "#/graph/initializer/member0.layer1.biases")

    def test_onnx_with_two_graphs_is_refused(self):
        body = self.export("plain", "onnx").body
        self.refused(self.take("wrong", body + b"\x3a\x02\x0a\x00", content_type=OCTETS), 400)

    def test_a_deeply_nested_onnx_does_no_harm(self):
        def inside(tag, content):  # a field of that tag and content
            size, length = len(content), b""
            while size > 127:
                length, size = length + bytes([size & 127 | 128]), size >> 7
            return tag + length + bytes([size]) + content
        body = b""
        for _ in range(3000):  # a graph with a node with an attribute with a graph ...
            body = inside(b"\x0a", inside(b"\x2a", inside(b"\x32", body)))
        self.refused(self.take("wrong", inside(b"\x3a", body), content_type=OCTETS), 400)


if __name__ == "__main__":
    unittest.main()
