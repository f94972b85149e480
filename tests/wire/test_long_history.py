"""Histories that are too long to be held: sent as they are read, whole or visibly broken."""

import http.client
import os
import signal
import unittest

from harness import SANITIZED, SLOWER, WireTest

EPOCHS = 1_000_000 if os.environ.get("BACKPROPD_TORTURE") else 40_000
TINY = {"x": [[1], [2], [3], [4]], "y": [1, 2, 4, 8]}
SLOW = {"hidden": [2], "epochs": EPOCHS, "tolerance": 0, "learning_rate": 1e-6,
        "validation_split": 0.25, "patience": EPOCHS}


class LongHistory(WireTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.job = cls.daemon.train(TINY, SLOW)
        cls.path = f"/v1/jobs/{cls.job['id']}/loss"

    def columns(self):
        text = self.daemon.get(self.path, accept="text/csv").body.decode()
        head, *rows = text.splitlines()
        self.assertEqual(head, "epoch,train,validation")
        epoch, train, validation = zip(*(row.split(",") for row in rows))
        return {"epoch": list(map(int, epoch)), "train": list(map(float, train)),
                "validation": list(map(float, validation))}

    def test_json_and_csv_are_whole_and_the_same(self):
        loss = self.daemon.expect(200, self.daemon.get(self.path))
        self.assertEqual(loss["epoch"], list(range(EPOCHS + 1)))
        self.assertEqual(loss, self.columns())

    def test_a_part_and_a_thinned_one_are_parts_of_the_whole(self):
        whole = self.columns()
        part = self.daemon.get(f"{self.path}?from=7&to={EPOCHS - 9}").json
        for name, values in part.items():
            self.assertEqual(values, whole[name][7:EPOCHS - 8])
        thin = self.daemon.get(f"{self.path}?points=500").json
        self.assertTrue(200 < len(thin["epoch"]) <= 500, len(thin["epoch"]))
        for at, *losses in zip(*thin.values()):
            self.assertEqual(losses, [whole["train"][at], whole["validation"][at]])
        for name in ("train", "validation"):
            self.assertEqual((min(thin[name]), max(thin[name])),
                             (min(whole[name]), max(whole[name])))

    def test_each_form_takes_little_memory(self):
        for accept in ("application/json", "text/csv", "text/plain", "image/svg+xml"):
            with self.subTest(accept=accept):
                idle = self.daemon.forget_peak()
                self.assertEqual(self.daemon.get(self.path, accept=accept).status, 200)
                if not SANITIZED:
                    self.assertLess(self.daemon.memory("VmHWM") - idle, 4 << 20)

    def test_one_that_the_client_has_is_not_sent_again(self):
        for accept in ("application/json", "text/csv"):
            head = self.daemon.request("HEAD", self.path, headers={"Accept": accept})
            known = self.daemon.get(self.path, accept=accept, if_none_match=head.headers["ETag"])
            self.assertEqual((head.status, known.status), (200, 304))

    def test_one_that_is_cut_by_the_end_of_the_daemon_is_not_taken_for_whole(self):
        connection = http.client.HTTPConnection(*self.daemon.address, timeout=60 * SLOWER)
        self.addCleanup(connection.close)
        connection.request("GET", self.path, headers={"Accept": "text/csv"})
        response = connection.getresponse()
        self.assertEqual(response.read(6), b"epoch,")
        self.daemon.process.send_signal(signal.SIGTERM)
        self.daemon.wait_for_end()
        self.addCleanup(self.daemon.start)
        with self.assertRaises((http.client.IncompleteRead, ConnectionResetError)):
            response.read()


if __name__ == "__main__":
    unittest.main()
