"""Datasets on their way in: NDJSON, gzip, the memory they take, and clients that leave."""

import gzip
import json
import socket
import struct
import zlib

from harness import SANITIZED, Daemon, WireTest, wait_until
from samples import as_csv, energy

NDJSON = "application/x-ndjson"

ESTABLISHED = "01"  # as /proc/net/tcp has it


def lines(rows, end="\n"):
    return "".join(json.dumps(row) + end for row in rows)


def flat(header, table):
    return [dict(zip(header, row)) for row in table]


class Ndjson(WireTest):
    def post(self, path, text, **headers):
        return self.daemon.post(path, text, content_type=NDJSON, **headers)

    def test_real_data_are_the_same_in_every_format(self):
        header, table = energy()
        by_csv = self.daemon.expect(201, self.daemon.post_csv(
            "/v1/datasets?target=heating_load", as_csv(header, table)))
        by_key = self.daemon.expect(201, self.post(
            "/v1/datasets?target=heating_load&name=flat", lines(flat(header, table), "\r\n")))
        self.assertEqual(by_key["digest"], by_csv["digest"])
        self.assertEqual(by_key["name"], "flat")
        self.assertEqual(by_key["targets"][0]["name"], "heating_load")
        pairs = [{"x": row[:-1], "y": row[-1]} for row in table]
        by_pair = self.daemon.expect(201, self.post("/v1/datasets", lines(pairs)))
        as_json = self.daemon.add_dataset([p["x"] for p in pairs], [p["y"] for p in pairs])
        self.assertEqual(by_pair["digest"], as_json["digest"])

    def test_the_target_is_the_last_key_or_those_that_are_named(self):
        rows = lines([{"a": 1, "b": 2, "c": 3}, {"c": 6, "b": 5, "a": 4}])
        last = self.daemon.expect(201, self.post("/v1/datasets", rows))
        self.assertEqual([c["name"] for c in last["targets"]], ["c"])
        two = self.daemon.expect(201, self.post("/v1/datasets?target=b&target=a", rows))
        self.assertEqual([c["name"] for c in two["targets"]], ["b", "a"])
        got = self.daemon.get(f"/v1/datasets/{two['id']}/rows", accept="text/csv").text
        self.assertEqual(got.split(), ["c,b,a", "3.0,2.0,1.0", "6.0,5.0,4.0"])

    def test_rows_of_x_alone_name_no_columns_and_so_no_target(self):
        for line in ('{"x":[1,2]}', '{"x":[1,2],"y":[]}', '{"y":[],"x":[1]}', '{"x":[1],"Y":3}'):
            for path in ("/v1/datasets", "/v1/jobs"):
                with self.subTest(f"{path} {line}"):
                    self.refused(self.post(path, line), 422, "line 1, y")
                    reply = self.post(f"{path}?target=a", line)
                    self.refused(reply, 422, "line 1, y")
                    self.refused(reply, 422, "?target", "these have x and y")

    def test_an_array_in_a_flat_line_makes_no_more_columns_than_keys(self):
        rows = '{"a":[1,2,3,4,5,6,7,8],"b":1}\n{"b":[1,2],"a":1}\n'
        for path in ("/v1/datasets", "/v1/jobs"):
            reply = self.post(f"{path}?target=c", rows)
            self.refused(reply, 422, "line 1, a", "must be a number, got an array")
            self.refused(reply, 422, "?target", "the columns are 'a', 'b'")

    def test_a_job_trains_from_ndjson_in_one_request(self):
        rows = lines([{"a": i, "b": 2 * i + 1} for i in range(20)])
        job = self.daemon.expect(200, self.post(
            "/v1/jobs?target=b&model=ndjson&hidden=&optimizer=lbfgs&wait=30", rows))
        self.assertEqual(job["state"], "succeeded")

    def test_every_mistake_is_named_at_once(self):
        rows = lines([{"crim": 1, "rm": 2}, {"crim": "high", "rm": 1}, {"crim": 1},
                      {"crim": 1, "rn": 2, "rm": 3}])
        rows += '{"crim": 1 "rm": 2}\n{"crim": 1, "rm": 1e400}'
        reply = self.post("/v1/datasets", rows)
        self.refused(reply, 400, "line 2, crim", "number", "high")
        self.refused(reply, 400, "line 3, rm", "missing")
        self.refused(reply, 400, "line 4, rn", "did you mean 'rm'?")
        self.refused(reply, 400, "line 5, column 12", "comma")
        self.refused(reply, 400, "line 6, rm", "range")
        self.assertEqual(len(reply.errors), 5)

    def test_a_target_that_is_not_there_or_not_asked_for(self):
        self.refused(self.post("/v1/datasets?target=z", '{"a": 1, "b": 2}'), 422, "?target",
                     "'a', 'b'")
        self.refused(self.post("/v1/datasets?target=y", '{"x": [1], "y": 2}'), 422, "?target")
        self.refused(self.post("/v1/datasets", '{"a": 1}'), 422)

    def test_a_wrong_type_is_answered_with_all_three(self):
        reply = self.daemon.post("/v1/datasets", "a,b\n", content_type="text/plain")
        self.refused(reply, 415, None, "application/json", "text/csv", NDJSON, "text/plain")


class Gzip(WireTest):
    options = ("--max-body=1MiB",)

    def post(self, path, packed, **headers):
        return self.daemon.post(path, packed, **{"content_encoding": "gzip", **headers})

    def count(self):
        return len(self.daemon.expect(200, self.daemon.get("/v1/datasets?limit=1000"))["data"])

    def test_every_format_may_be_gzip(self):
        header, table = energy()
        text = as_csv(header, table).encode()
        plain = self.daemon.expect(201, self.daemon.post_csv("/v1/datasets", text.decode()))
        for coding in ("gzip", "GZIP", "x-gzip"):
            made = self.daemon.expect(201, self.post("/v1/datasets", gzip.compress(text),
                                                     content_type="text/csv",
                                                     content_encoding=coding))
            self.assertEqual(made["digest"], plain["digest"])
        members = gzip.compress(text[:1000]) + gzip.compress(text[1000:])
        made = self.daemon.expect(201, self.post("/v1/datasets", members, content_type="text/csv"))
        self.assertEqual(made["digest"], plain["digest"])
        body = gzip.compress(json.dumps({"x": [[1], [2]], "y": [1, 2]}).encode())
        self.daemon.expect(201, self.post("/v1/datasets", body))
        rows = gzip.compress(b'{"a": 1, "b": 2}')
        self.daemon.expect(201, self.post("/v1/datasets", rows, content_type=NDJSON))

    def test_predictions_take_gzip_also_with_raw_tensors(self):
        self.daemon.train(self.daemon.add_dataset([[1.], [2.]], [1., 2.])["id"],
                          {"hidden": [], "epochs": 5}, model="line")
        asked = gzip.compress(b'{"instances": [[1.5]]}')
        got = self.daemon.expect(200, self.post("/v1/models/line:predict", asked))
        self.assertEqual(got, self.daemon.predict("line", [[1.5]]))
        head = json.dumps({"inputs": [{"name": "x", "datatype": "FP64", "shape": [1, 1],
                                       "parameters": {"binary_data_size": 8}}]}).encode()
        packed = gzip.compress(head + struct.pack("<d", 1.5))
        got = self.daemon.expect(200, self.post(
            "/v2/models/line/infer", packed, content_type="application/octet-stream",
            inference_header_content_length=str(len(head))))
        self.assertEqual(got["outputs"][0]["data"],
                         self.daemon.predict("line", [[1.5]])["predictions"])

    def test_damaged_data_are_refused_and_nothing_is_kept(self):
        before = self.count()
        packed = gzip.compress(b"a,b\n" + b"1,2\n" * 1000)
        flipped = bytearray(packed)
        flipped[-6] ^= 1
        for body, words in ((packed[:-1], "end in the middle"), (packed + b"x", "behind the end"),
                            (bytes(flipped), "damaged"), (b"a,b\n1,2\n", "not gzip"),
                            (packed[:15], "end in the middle"), (b"", "empty"),
                            (gzip.compress(b""), "empty")):
            reply = self.post("/v1/datasets", body, content_type="text/csv")
            self.refused(reply, 400, None, words)
        self.assertEqual(self.count(), before)

    def test_a_bomb_ends_at_the_limit(self):
        bomb = gzip.compress(b"1,2\n" * (50 << 20), 9)
        self.assertLess(len(bomb), 1 << 20)
        for body in (bomb, gzip.compress(b"a,b\n" + b"1,2\n" * (1 << 18))):
            reply = self.post("/v1/datasets", body, content_type="text/csv")
            self.refused(reply, 413, None, 1 << 20, "--max-body")
        fits = b"a,b\n" + b"1,2\n" * ((1 << 18) - 1)
        self.assertEqual(len(fits), 1 << 20)
        self.daemon.expect(201, self.post("/v1/datasets", gzip.compress(fits),
                                          content_type="text/csv"))

    def test_another_coding_is_answered_with_what_is_taken(self):
        for coding in ("br", "deflate", "gzip, gzip", "zstd"):
            reply = self.post("/v1/datasets", b"a,b\n1,2\n", content_type="text/csv",
                              content_encoding=coding)
            self.refused(reply, 415, None, coding, "gzip")
            self.assertEqual(reply.headers["Accept-Encoding"], "gzip, identity")


class ClientsThatLeave(WireTest):
    def begin(self, text, length, coding=None):
        connection = socket.create_connection(self.daemon.address, timeout=30)
        head = (f"POST /v1/datasets HTTP/1.1\r\nHost: {self.daemon.address[0]}\r\n"
                f"Content-Type: text/csv\r\nContent-Length: {length}\r\n")
        connection.sendall((head + (f"Content-Encoding: {coding}\r\n" if coding else "") +
                            "\r\n").encode() + text)
        return connection

    def sockets(self, state):
        """How many connections the daemon has in a state of the kernel's table."""
        port = f":{self.daemon.address[1]:04X}"
        with open("/proc/net/tcp", encoding="ascii") as table:
            rows = [row.split() for row in table][1:]
        return sum(1 for row in rows if row[1].endswith(port) and row[3] == state)

    def test_nothing_of_an_upload_that_breaks_off_is_stored(self):
        text = b"a,b\n" + b"1,2\n" * 10000
        packed = gzip.compress(text)
        for body, coding in ((text, None), (packed, "gzip")):
            left = self.begin(body, len(body) + 1, coding)
            left.shutdown(socket.SHUT_WR)
            left.close()
            reset = self.begin(body, len(body) + 1, coding)
            reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            reset.close()
        wait_until(lambda: self.sockets(ESTABLISHED) == 0, "the clients to have left")
        self.assertEqual(self.daemon.get("/v1/datasets").json["data"], [])
        made = self.daemon.expect(201, self.daemon.post_csv("/v1/datasets", text.decode()))
        listed = self.daemon.get("/v1/datasets").json["data"]
        self.assertEqual([d["id"] for d in listed], [made["id"]])


COLUMNS, BLOCK, BLOCKS = 10, 1000, 300
NUMBERS = COLUMNS * BLOCK * BLOCKS


def block():
    """Text of BLOCK rows of numbers that need six digits."""
    return [[f"{(7919 * (COLUMNS * r + c)) % 999983 / 1000:.3f}" for c in range(COLUMNS)]
            for r in range(BLOCK)]


def big_csv(rows):
    head = ",".join(f"c{i}" for i in range(COLUMNS)) + "\n"
    return (head + "".join(",".join(row) + "\n" for row in rows) * BLOCKS).encode()


def big_ndjson(rows):
    text = "".join("{" + ", ".join(f'"c{i}": {v}' for i, v in enumerate(row)) + "}\n"
                   for row in rows)
    return (text * BLOCKS).encode()


def big_json(rows, targets):
    x, y = (",".join([",".join(f"[{','.join(part(row))}]" for row in rows)] * BLOCKS)
            for part in (lambda row: row[:-targets], lambda row: row[-targets:]))
    return f'{{"x": [{x}], "y": [{y}]}}'.encode()


def packed(text):
    coder = zlib.compressobj(1, zlib.DEFLATED, 31)
    return coder.compress(text) + coder.flush()


class Memory(WireTest):
    """Measured from outside: the most that the daemon held during an upload, above what it held
    before, is at most 1.5 times the numbers' own eight bytes, and 16 MiB."""

    options = ("--max-body=1GiB",)

    def upload(self, text, content_type, coding):
        idle = self.daemon.forget_peak()
        headers = {"content_encoding": "gzip"} if coding else {}
        made = self.daemon.expect(201, self.daemon.post(
            "/v1/datasets", packed(text) if coding else text, content_type=content_type, **headers))
        self.assertEqual(made["rows"], BLOCK * BLOCKS)
        held = self.daemon.memory("VmHWM") - idle
        self.assertGreater(held, NUMBERS)  # it was measured at all
        if not SANITIZED:
            self.assertLessEqual(held, 1.5 * 8 * NUMBERS + (16 << 20),
                                 f"{content_type} {coding}")

    def test_an_upload_takes_little_more_than_its_numbers(self):
        rows = block()
        for text, content_type in ((big_csv(rows), "text/csv"), (big_ndjson(rows), NDJSON),
                                   (big_json(rows, 1), "application/json"),
                                   (big_json(rows, COLUMNS // 2), "application/json"),
                                   (big_json(rows, COLUMNS - 1), "application/json")):
            for coding in (None, "gzip"):
                with self.subTest(content_type, coding=coding):
                    self.upload(text, content_type, coding)
