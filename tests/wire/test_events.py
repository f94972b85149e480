"""What happens to a job as a stream: replayed, live, resumed, by many, by slow ones, to the end."""

import http.client
import json
import signal
import socket
import unittest

from harness import SLOWER, WireTest, load_json, wait_until
from samples import ENDLESS, endless_dataset, rows

LINES = {"Accept": "application/x-ndjson"}


class Stream:
    """A listener; iterating gives (id, event, data)."""

    def __init__(self, daemon, job, headers=None, query=""):
        self.connection = daemon.connect()
        self.path = f"/v1/jobs/{job}/events{query}"
        self.connection.request("GET", self.path, headers=headers or {})
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.type = self.response.headers.get("Content-Type")
        self.all = []

    def sse(self):
        fields = {}
        for line in self.response:
            line = line.decode("utf-8").rstrip("\n")
            if line.startswith(":") or line.startswith("retry: "):
                continue
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                yield fields["id"], fields["event"], load_json(fields["data"])
                fields = {}

    def lines(self):
        for line in self.response:
            event = load_json(line)
            if event["event"] != "ping":
                yield event["id"], event["event"], event["data"]

    def __iter__(self):
        for event in self.lines() if self.type == LINES["Accept"] else self.sse():
            self.all.append(event)
            yield event

    def until(self, condition):
        return next(event for event in self if condition(*event))

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        self.response.close()
        self.connection.close()


def epochs(events):
    return [(data["run"], data["epoch"]) for _, name, data in events if name == "progress"]


def states(events):
    return [data["state"] for _, name, data in events if name == "state"]


class Events(WireTest):
    def trained(self, daemon, **hyperparameters):
        x, y = rows(60)
        return daemon.train({"x": x, "y": y}, {"epochs": 30, "tolerance": 0, **hyperparameters})

    def replay(self, daemon, job, headers=None, query=""):
        with Stream(daemon, job["id"], headers, query) as stream:
            self.assertEqual(stream.status, 200)
            return list(stream)

    def test_a_job_that_has_ended_is_told_from_its_first_epoch_to_its_end(self):
        job = self.trained(self.daemon, validation_split=0.2, ensemble=2)
        events = self.replay(self.daemon, job)
        self.assertEqual([e[1] for e in events],
                         ["state", "state"] + ["progress"] * 62 + ["state", "end"])
        self.assertEqual([e[2] for e in events if e[1] == "state"], job["transitions"])
        self.assertEqual(events[-1][2], job)
        loss = self.daemon.get(f"/v1/jobs/{job['id']}/loss").json
        told = [data for _, name, data in events if name == "progress"]
        for key, name in (("run", "run"), ("epoch", "epoch"), ("train", "train_loss"),
                          ("validation", "validation_loss")):
            self.assertEqual([data[name] for data in told], loss[key])

    def test_lines_tell_the_same(self):
        job = self.trained(self.daemon)
        with Stream(self.daemon, job["id"], LINES) as stream:
            self.assertEqual(stream.type, "application/x-ndjson")
            lines = list(stream)
        self.assertEqual(lines, self.replay(self.daemon, job))

    def test_each_event_can_be_the_last_that_was_heard(self):
        job = self.trained(self.daemon, epochs=5)
        events = self.replay(self.daemon, job)
        for i, (last, _, _) in enumerate(events[:-1]):
            self.assertEqual(self.replay(self.daemon, job, {"Last-Event-ID": last}),
                             events[i + 1:])
            self.assertEqual(self.replay(self.daemon, job, query=f"?last_event_id={last}"),
                             events[i + 1:])
        path = f"/v1/jobs/{job['id']}/events"
        self.assertEqual(self.daemon.get(path, last_event_id=events[-1][0]).status, 204)

    def test_a_long_history_comes_whole(self):
        job = self.trained(self.daemon, epochs=4321, hidden=[2])
        self.assertEqual(epochs(self.replay(self.daemon, job)), [(1, e) for e in range(4322)])

    def test_a_running_job_is_told_as_it_goes_on_until_it_is_cancelled(self):
        job = self.daemon.start_job(endless_dataset(self.daemon), ENDLESS)
        with Stream(self.daemon, job["id"]) as stream:
            stream.until(lambda _, name, data: name == "progress" and data["epoch"] >= 5)
            self.daemon.expect(200, self.daemon.post(f"/v1/jobs/{job['id']}/cancel"))
            self.assertEqual(list(stream)[-1][1], "end")
            self.assertEqual(states(stream.all), ["queued", "running", "cancelled"])
            told = epochs(stream.all)
        self.assertEqual(told, [(1, epoch) for epoch in range(len(told))])
        self.assertEqual(len(told), 1 + stream.all[-1][2]["progress"]["epoch"])

    def test_no_event_is_lost_or_told_twice_across_a_crash(self):
        daemon = self.own_daemon()
        hyperparameters = {**ENDLESS, "time_limit": 2 * SLOWER}
        job = daemon.start_job(endless_dataset(daemon), hyperparameters)
        with Stream(daemon, job["id"], LINES) as stream:
            last = stream.until(lambda _, name, data: name == "progress" and data["epoch"] >= 3)
            heard = stream.all
            daemon.kill()
        daemon.start()
        rest = self.replay(daemon, job, {**LINES, "Last-Event-ID": last[0]})
        every = heard + rest
        self.assertEqual(every[-1][1], "end")
        self.assertEqual(states(every), ["queued", "running", "queued", "running", "succeeded"])
        told = epochs(every)
        self.assertEqual(told, [(1, epoch) for epoch in range(len(told))])
        loss = daemon.get(f"/v1/jobs/{job['id']}/loss").json
        self.assertEqual([data["train_loss"] for _, name, data in every if name == "progress"],
                         loss["train"][:len(told)])
        self.assertEqual(len(told), len(loss["train"]))

    def test_a_hundred_listeners_hear_the_same(self):
        daemon = self.own_daemon()
        job = daemon.start_job(endless_dataset(daemon), {**ENDLESS, "time_limit": 2})
        streams = [Stream(daemon, job["id"], LINES) for _ in range(100)]
        first, *others = [list(stream) for stream in streams]
        self.assertEqual(first[-1][1], "end")
        self.assertEqual(first[-1][2]["state"], "succeeded")
        self.assertTrue(all(other == first for other in others))
        for stream in streams:
            stream.connection.close()

    def test_who_stops_reading_holds_up_nobody_and_gets_all_in_the_end(self):
        daemon = self.own_daemon()
        job = self.trained(daemon, epochs=30000 // SLOWER, hidden=[1], optimizer="adam")
        with socket.socket() as slow:
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(daemon.address)
            slow.sendall(f"GET /v1/jobs/{job['id']}/events HTTP/1.0\r\nHost: x\r\n\r\n".encode())
            beginning = slow.recv(100)
            events = self.replay(daemon, job)
            self.assertEqual(len(epochs(events)), 1 + 30000 // SLOWER)
            rest = b"".join(iter(lambda: slow.recv(1 << 20), b""))
        text = (beginning + rest).decode()
        self.assertEqual(text.count("\nevent: progress\n"), len(epochs(events)))
        self.assertEqual(json.loads(text.rpartition("data: ")[2]), events[-1][2])

    def test_those_who_left_make_room_for_others(self):
        daemon = self.own_daemon("--connections=8")
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        streams = [Stream(daemon, job["id"]) for _ in range(4)]
        for stream in streams:  # it counts once it has had to wait
            stream.until(lambda _, name, __: name == "progress")
        refused = daemon.get(f"/v1/jobs/{job['id']}/events")
        self.assertEqual(refused.status, 503)
        self.assertTrue(refused.json["type"].endswith("/busy"))
        self.assertIn("--connections", refused.json["detail"])
        for stream in streams:
            stream.__exit__()

        def listens():
            with Stream(daemon, job["id"]) as stream:
                return stream.status == 200
        wait_until(listens, "room for a listener")

    def test_a_stop_ends_the_streams_and_is_quick(self):
        daemon = self.own_daemon()
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        streams = [Stream(daemon, job["id"]) for _ in range(20)]
        streams[0].until(lambda _, name, __: name == "progress")
        self.assertLess(daemon.stop(signal.SIGTERM), 5 * SLOWER)
        for stream in streams:
            list(stream)  # the body ends as a body should
            self.assertNotIn("end", [name for _, name, _ in stream.all])
            stream.connection.close()

    def test_what_is_asked_wrongly_is_said(self):
        job = self.trained(self.daemon, epochs=2)
        path = f"/v1/jobs/{job['id']}/events"
        for wrong in ("5", "1-2", "a-b-c", "1-1-1-1", "-1-1-1", "01-1-1", "1-1-1 ", "9" * 40):
            reply = self.daemon.get(path, last_event_id=wrong)
            self.assertEqual(reply.status, 422, wrong)
            self.assertIn("2-1-500", reply.errors["Last-Event-ID"])
        self.assertEqual(self.daemon.get(path, last_event_id="5-1-1").status, 422)
        self.assertEqual(self.daemon.get(path, accept="text/html").status, 406)
        self.assertEqual(self.daemon.get("/v1/jobs/job_none/events").status, 404)
        self.assertEqual(self.daemon.get(path + "?from=3").status, 422)
        self.assertEqual(self.daemon.request("HEAD", path).status, 200)


if __name__ == "__main__":
    unittest.main()
