"""A crowd of 2,000 idle clients, 200 who send and 200 who read a byte a second: a client that
predicts beside them waits no longer than twice as long as alone. And every hostile request, the
large ones too."""

import unittest

import crowd
from harness import WireCase
from samples import rows
from test_hostile import Hostile  # noqa: F401, it runs here with all it has

BODY = b'{"instances": [[1, 2, 3]]}'
PREDICT = "/v1/models/house:predict"
FLOOR = 0.005  # seconds: below this a p99 is the machine's own


class Crowd(WireCase):
    def test_a_crowd_does_not_disturb_a_client_that_predicts(self):
        daemon = self.own_daemon("--access-log=off")
        x, y = rows(20)
        daemon.train({"x": x, "y": y}, {"epochs": 2, "hidden": [300, 300]}, model="house")
        alone = crowd.p99(crowd.latencies(daemon.address, PREDICT, BODY, 20))
        with crowd.crowd(daemon.address, 2000, 200, 200, path="/v1/models/house/weights"):
            among = crowd.p99(crowd.latencies(daemon.address, PREDICT, BODY, 60))
        print(f"p99 of a prediction: {1e6 * alone:.0f} us alone, {1e6 * among:.0f} us in the crowd")
        self.assertLess(among, 2 * max(alone, FLOOR))
        self.assertLess(daemon.stop(), 2)

    def test_a_flood_from_hundreds_of_sockets_is_survived(self):
        daemon = self.own_daemon("--access-log=off")
        self.assertGreater(crowd.flood(daemon.address, 800, 20), 10000)
        self.assertEqual(daemon.get("/livez").status, 200)


if __name__ == "__main__":
    unittest.main()
