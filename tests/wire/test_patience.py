"""Nothing and nobody waits for what is slow: big networks, heavy predictions, clients that wait."""

import socket
import threading
import time
import unittest

from harness import SLOWER, WireCase, wait_until
from samples import ENDLESS, endless_dataset, rows

BIG = {"hidden": [3000, 3000], "epochs": 1, "tolerance": 0}  # nine million parameters


class Patience(WireCase):
    def waiting_client(self, daemon, path):
        client = socket.create_connection(daemon.address)
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        return client

    def test_who_sees_the_new_version_is_answered_by_it(self):
        daemon = self.own_daemon()
        x, y = rows(40)
        for version in range(1, 8):
            job = daemon.start_job({"x": x, "y": y}, {"epochs": version, "hidden": [400, 400]},
                                   model="m")
            wait_until(lambda: daemon.get(f"/v1/jobs/{job['id']}").json["state"] == "succeeded",
                       "the job's end")
            newest = daemon.predict("m", x[:1])
            self.assertEqual(newest, daemon.predict(f"m/versions/{version}", x[:1]))

    def test_a_heavy_prediction_does_not_hold_up_the_others(self):
        daemon = self.own_daemon("--connections=4")
        x, y = rows(4)
        daemon.train({"x": x, "y": y}, BIG, model="big")
        heavy = threading.Thread(target=daemon.predict, args=("big", x * 100))
        slowest = 0
        heavy.start()
        while heavy.is_alive():
            began = time.monotonic()
            daemon.expect(200, daemon.get("/livez"))
            slowest = max(slowest, time.monotonic() - began)
        heavy.join()
        self.assertLess(slowest, 1 * SLOWER)

    def test_a_big_network_does_not_hold_up_the_stop(self):
        daemon = self.own_daemon()
        x, y = rows(3000)
        job = daemon.start_job({"x": x, "y": y}, {**BIG, "epochs": 1000})
        wait_until(lambda: daemon.get(f"/v1/jobs/{job['id']}").json["state"] == "running",
                   "the job to run")
        self.assertLess(daemon.stop(), 5 * SLOWER)

    def test_clients_that_wait_leave_room_for_others(self):
        daemon = self.own_daemon("--connections=8")
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        clients = [self.waiting_client(daemon, f"/v1/jobs/{job['id']}?wait=3600")
                   for _ in range(6)]
        self.assertEqual(daemon.get("/livez").status, 200)
        for client in clients:
            client.close()

    def test_clients_that_waited_and_left_are_noticed(self):
        daemon = self.own_daemon("--connections=8")
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        path = f"/v1/jobs/{job['id']}?wait=3600"
        for client in [self.waiting_client(daemon, path) for _ in range(4)]:
            client.close()

        def waits_again():  # a new client waits, so the places of those who left are free
            with self.waiting_client(daemon, path) as client:
                client.settimeout(0.3)
                try:
                    return not client.recv(1)
                except TimeoutError:
                    return True
        wait_until(waits_again, "a place among those who wait", 30)


if __name__ == "__main__":
    unittest.main()
