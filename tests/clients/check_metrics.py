"""Prometheus' linter of metrics, promtool, on those of a daemon that has been used."""

import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "wire"))

from harness import WireTest  # noqa: E402
from samples import rows  # noqa: E402


class Metrics(WireTest):
    def linted(self):
        metrics = self.daemon.get("/metrics").body
        done = subprocess.run(["promtool", "check", "metrics", "--extended"], input=metrics,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode(), metrics.decode()

    def test_the_linter_has_nothing_to_say_before_and_after_use(self):
        for after in (False, True):
            with self.subTest(after=after):
                if after:
                    x, y = rows(30)
                    self.daemon.train({"x": x, "y": y}, {"epochs": 5}, model="house")
                    self.daemon.predict("house", x)
                    self.daemon.get("/v1/models/none")
                status, said, metrics = self.linted()
                self.assertEqual(status, 0, said)
                names = {line.split()[2] for line in metrics.splitlines()
                         if line.startswith("# TYPE ")}
                self.assertGreater(len(names), 20)
                for name in names if after else ():
                    self.assertIn(name, said)  # the table of --extended: it was read, and counted


if __name__ == "__main__":
    unittest.main()
