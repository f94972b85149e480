"""Schemathesis, a fuzzer that is driven by the OpenAPI document, against a real daemon.

`make check-clients` runs it in a virtual environment that has it, twice for FUZZ_SECONDS: with
names that it makes up, and with those of a model, a job and a dataset that are there. What it finds
is printed as a curl command.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "wire"))

from harness import Daemon, WireTest  # noqa: E402
from samples import rows  # noqa: E402

SECONDS = os.environ.get("FUZZ_SECONDS", "30")

# Not among the checks: whether what the document allows is taken. It cannot say all (rows of one
# length, names of columns that are there, a query that goes with CSV alone).
CHECKS = ["not_a_server_error", "status_code_conformance", "content_type_conformance",
          "response_schema_conformance", "response_headers_conformance",
          "negative_data_rejection", "unsupported_method", "allow_header_conformance",
          "use_after_free", "ensure_resource_availability"]


def settings(text, **parameters):
    """A configuration file: no request waits for a job, which may be one that goes on for hours."""
    for name, value in {"query.wait": 0, "header.Prefer": "wait=0", **parameters}.items():
        text += f"{json.dumps(name)} = {json.dumps(value)}\n"
    return text


class Fuzzed(WireTest):
    """As an administrator: on an open daemon the first token that it makes would shut it out."""

    token = "of-the-fuzzer-" + 20 * "x"

    @classmethod
    def setUpClass(cls):
        cls.daemon = Daemon(environment={"BACKPROPD_TOKEN": cls.token}, token=cls.token)
        cls.addClassCleanup(cls.daemon.close)

    def fuzz(self, config, *options):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "schemathesis.toml"
            file.write_text(config)
            program = pathlib.Path(sys.executable).parent / "schemathesis"
            host, port = self.daemon.address
            done = subprocess.run(
                [program, f"--config-file={file}", "run", f"http://{host}:{port}/openapi.json",
                 f"--header=Authorization: Bearer {self.token}",
                 f"--checks={','.join(CHECKS)}", f"--max-time={SECONDS}", "--no-color",
                 "--continue-on-failure", "--request-timeout=60", *options],
                env={**os.environ, "SCHEMATHESIS_HOOKS": "fuzz_ndjson",
                     "PYTHONPATH": str(pathlib.Path(__file__).parent)},
                cwd=folder, capture_output=True, text=True, timeout=10 * int(SECONDS) + 120)
        print(done.stdout[done.stdout.find("= SUMMARY ="):])
        if done.returncode != 0:
            self.fail(f"exit status {done.returncode}\n{done.stdout[-20000:]}{done.stderr[-4000:]}")
        tested = re.search(r"^ *Tested: (\d+)$", done.stdout, re.M)
        self.assertGreater(int(tested.group(1)), 40, "operations tested; give it more FUZZ_SECONDS")
        self.assertFalse(self.daemon.ended())

    def test_with_names_that_are_made_up(self):
        self.fuzz(settings("[parameters]\n"))

    def test_with_names_that_are_there(self):
        x, y = rows(40, 2, seed=3)
        job = self.daemon.train({"x": x, "y": y}, {"epochs": 30, "ensemble": 2}, model="line")
        by_folder = "".join(
            f'[[operations]]\ninclude-path-regex = "^/v1/{folder}/"\n[operations.parameters]\n'
            f'"path.id" = "{name}"\n'
            for folder, name in (("jobs", job["id"]), ("datasets", job["dataset"])))
        names = {"path.name": "line", "path.version": "1"}
        self.fuzz(settings("[parameters]\n", **names) + by_folder, "--exclude-method=DELETE")
        reply = self.daemon.post("/v1/models/line/versions/1:predict", {"instances": [[0.5, 0.5]]})
        self.assertEqual(reply.status, 200, str(reply))


if __name__ == "__main__":
    unittest.main()
