"""Datasets: in as JSON and CSV, out as descriptions and rows."""

import hashlib
import statistics
import struct
import unittest

from harness import WireTest
from samples import ENDLESS, as_csv, endless_dataset, energy, rows

TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"


def digest_by_hand(features, targets, table):
    """SHA-256 of the counts, the names and the numbers, as server/state/dataset.h has it."""
    sha = hashlib.sha256(struct.pack("<QQ", len(features), len(targets)))
    for name in features + targets:
        sha.update(name.encode() + b"\0")
    for row in table:
        sha.update(struct.pack(f"<{len(row)}d", *row))
    return sha.hexdigest()


class JsonDatasets(WireTest):
    def test_a_json_dataset_is_created_and_described(self):
        x, y = rows(50)
        reply = self.daemon.post("/v1/datasets", {
            "name": "fifty", "x": x, "y": y, "features": ["a", "b", "c"], "targets": ["t"]})
        self.assertEqual(reply.status, 201, str(reply))
        made = reply.json
        self.assertEqual(reply.headers["Location"], f"/v1/datasets/{made['id']}")
        self.assertTrue(made["id"].startswith("ds_"))
        self.assertEqual((made["name"], made["rows"]), ("fifty", 50))
        self.assertEqual([c["name"] for c in made["features"]], ["a", "b", "c"])
        self.assertEqual([c["name"] for c in made["targets"]], ["t"])
        self.assertRegex(made["created_at"], TIME)
        self.assertGreaterEqual(made["bytes"], 50 * 4 * 8)
        self.assertEqual(self.daemon.get(reply.headers["Location"]).json, made)

    def test_columns_carry_their_statistics(self):
        x, y = rows(200)
        made = self.daemon.add_dataset(x, y)
        for described, values in zip(made["features"] + made["targets"], [*zip(*x), y]):
            self.assertEqual(described["min"], min(values))
            self.assertEqual(described["max"], max(values))
            self.assertClose(described["mean"], statistics.fmean(values), 1e-12, 1e-12)
            self.assertClose(described["std"], statistics.pstdev(values), 1e-12)

    def test_columns_without_names_are_numbered(self):
        one = self.daemon.add_dataset([[1, 2], [3, 4]], [5, 6])
        two = self.daemon.add_dataset([[1, 2], [3, 4]], [[5, 7], [6, 8]])
        self.assertEqual([c["name"] for c in one["features"]], ["x1", "x2"])
        self.assertEqual([c["name"] for c in one["targets"]], ["y"])
        self.assertEqual([c["name"] for c in two["targets"]], ["y1", "y2"])

    def test_the_digest_is_that_of_the_contents(self):
        x, y = rows(20, 2)
        first = self.daemon.add_dataset(x, y, name="first")
        again = self.daemon.add_dataset(x, [[v] for v in y], name="again")
        table = [r + [v] for r, v in zip(x, y)]
        self.assertIn(digest_by_hand(["x1", "x2"], ["y"], table), first["digest"])
        self.assertEqual(first["digest"], again["digest"])
        self.assertNotEqual(first["id"], again["id"])
        other = self.daemon.add_dataset(x, [v + 1 for v in y])
        self.assertNotEqual(first["digest"], other["digest"])

    def test_numbers_come_back_to_the_same_bits(self):
        hard = [0.1, 1 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308,
                -0.0, 123456789012345678, 9007199254740993, 1e22, 1e23, 8.5e-17]
        made = self.daemon.add_dataset([[v] for v in hard], list(range(len(hard))))
        back = self.daemon.get(f"/v1/datasets/{made['id']}/rows").json
        self.assertEqual([struct.pack("<d", r[0]) for r in back["x"]],
                         [struct.pack("<d", float(v)) for v in hard])

    def test_rows_come_in_pages(self):
        x, y = rows(25)
        made = self.daemon.add_dataset(x, y, features=["a", "b", "c"], targets=["t"])
        path = f"/v1/datasets/{made['id']}/rows"
        page = self.daemon.get(f"{path}?offset=10&limit=10").json
        self.assertEqual(page["features"], ["a", "b", "c"])
        self.assertEqual(page["targets"], ["t"])
        self.assertEqual((page["offset"], page["next"]), (10, 20))
        self.assertEqual(page["x"], x[10:20])
        self.assertEqual(page["y"], [[v] for v in y[10:20]])
        last = self.daemon.get(f"{path}?offset=20&limit=10").json
        self.assertEqual((last["x"], last["next"]), (x[20:], None))
        beyond = self.daemon.get(f"{path}?offset=1000").json
        self.assertEqual((beyond["x"], beyond["next"]), ([], None))

    def test_rows_come_as_csv_that_can_be_posted_again(self):
        x, y = rows(12)
        made = self.daemon.add_dataset(x, y, features=["a", "b,c", 'say "d"'], targets=["t"])
        reply = self.daemon.get(f"/v1/datasets/{made['id']}/rows", accept="text/csv")
        self.assertEqual((reply.status, reply.type), (200, "text/csv"))
        again = self.daemon.post_csv("/v1/datasets", reply.text)
        self.assertEqual(again.status, 201, str(again))
        self.assertEqual(again.json["digest"], made["digest"])

    def test_a_name_in_utf8_is_kept(self):
        made = self.daemon.add_dataset([[1], [2]], [1, 2], name="Größe \U0001f3e0",
                                       features=["Fläche"])
        got = self.daemon.get(f"/v1/datasets/{made['id']}").json
        self.assertEqual(got["name"], "Größe \U0001f3e0")
        self.assertEqual(got["features"][0]["name"], "Fläche")


class CsvDatasets(WireTest):
    def test_the_last_column_is_the_target_unless_another_is_named(self):
        text = "a,b,c\n1,2,3\n4,5,6\n"
        last = self.daemon.expect(201, self.daemon.post_csv("/v1/datasets?name=last", text))
        self.assertEqual(last["name"], "last")
        self.assertEqual([c["name"] for c in last["features"]], ["a", "b"])
        self.assertEqual([c["name"] for c in last["targets"]], ["c"])
        named = self.daemon.expect(201, self.daemon.post_csv("/v1/datasets?target=a", text))
        self.assertEqual([c["name"] for c in named["features"]], ["b", "c"])
        self.assertEqual([c["name"] for c in named["targets"]], ["a"])
        page = self.daemon.get(f"/v1/datasets/{named['id']}/rows").json
        self.assertEqual((page["x"], page["y"]), ([[2, 3], [5, 6]], [[1], [4]]))

    def test_several_targets_are_taken_in_the_order_named(self):
        text = "a,b,c\n1,2,3\n4,5,6\n"
        made = self.daemon.expect(201, self.daemon.post_csv(
            "/v1/datasets?target=c&target=a", text))
        self.assertEqual([c["name"] for c in made["targets"]], ["c", "a"])
        page = self.daemon.get(f"/v1/datasets/{made['id']}/rows").json
        self.assertEqual((page["x"], page["y"]), ([[2], [5]], [[3, 1], [6, 4]]))

    def test_quotes_crlf_a_byte_order_mark_and_no_last_newline_change_nothing(self):
        plain = self.daemon.expect(201, self.daemon.post_csv("/v1/datasets", "a,b\n1,2\n3,4.5\n"))
        for text in ("a,b\r\n1,2\r\n3,4.5\r\n", "\ufeffa,b\n1,2\n3,4.5\n", "a,b\n1,2\n3,4.5",
                     '"a","b"\n"1",2\n3,"4.5"\n', "a,b\n 1 , 2\n3,4.5\n", "a,b\n1,+2\n3,4.5\n\n"):
            with self.subTest(text=text):
                made = self.daemon.expect(201, self.daemon.post_csv("/v1/datasets", text))
                self.assertEqual(made["digest"], plain["digest"])

    def test_a_quoted_name_may_hold_commas_quotes_and_newlines(self):
        text = '"size, m²","the ""real""","two\nlines",y\n1,2,3,4\n5,6,7,8\n'
        made = self.daemon.expect(201, self.daemon.post_csv("/v1/datasets", text))
        self.assertEqual([c["name"] for c in made["features"]],
                         ["size, m²", 'the "real"', "two\nlines"])

    def test_real_data_is_the_same_as_csv_and_as_json(self):
        header, table = energy()
        by_csv = self.daemon.expect(201, self.daemon.post_csv(
            "/v1/datasets?target=heating_load", as_csv(header, table)))
        by_json = self.daemon.add_dataset([r[:-1] for r in table], [r[-1] for r in table],
                                          features=header[:-1], targets=header[-1:])
        self.assertEqual(by_csv["rows"], 768)
        self.assertEqual(by_csv["digest"], by_json["digest"])
        self.assertIn(digest_by_hand(header[:-1], header[-1:], table), by_csv["digest"])

    def test_an_upload_in_chunks_is_the_same_as_one_in_one_piece(self):
        text = b"a,b\n1,2\n3,4\n"
        chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in text) + b"0\r\n\r\n"
        answer, _ = self.daemon.raw(
            b"POST /v1/datasets HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/csv\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n" + chunks)
        self.assertTrue(answer.startswith(b"HTTP/1.1 201 "), answer)
        whole = self.daemon.expect(201, self.daemon.post_csv("/v1/datasets", text))
        self.assertIn(whole["digest"].encode(), answer)


class DatasetLists(WireTest):
    def test_the_list_is_newest_first_in_pages(self):
        made = [self.daemon.add_dataset([[i], [i + 1]], [1, 2])["id"] for i in range(7)]
        newest = self.daemon.get("/v1/datasets?limit=3").json
        self.assertEqual([d["id"] for d in newest["data"]], made[:3:-1])
        seen, path = [], "/v1/datasets?limit=2"
        while path:
            page = self.daemon.expect(200, self.daemon.get(path))
            self.assertLessEqual(len(page["data"]), 2)
            seen += [d["id"] for d in page["data"]]
            path = page["next"] and f"/v1/datasets?limit=2&after={page['next']}"
        self.assertEqual(seen[:7], made[::-1])
        self.assertEqual(len(seen), len(set(seen)))

    def test_a_limit_out_of_range_is_refused(self):
        for limit in ("0", "1001", "-1", "ten", ""):
            with self.subTest(limit=limit):
                self.refused(self.daemon.get(f"/v1/datasets?limit={limit}"), 422, "?limit")

    def test_a_deleted_dataset_is_gone(self):
        made = self.daemon.add_dataset([[1], [2]], [1, 2])
        reply = self.daemon.delete(f"/v1/datasets/{made['id']}")
        self.assertEqual((reply.status, reply.body), (204, b""))
        for path in ("", "/rows"):
            self.refused(self.daemon.get(f"/v1/datasets/{made['id']}{path}"), 404)
        self.refused(self.daemon.delete(f"/v1/datasets/{made['id']}"), 404)
        listed = self.daemon.get("/v1/datasets").json["data"]
        self.assertNotIn(made["id"], [d["id"] for d in listed])

    def test_a_dataset_that_a_job_needs_is_not_deleted(self):
        dataset = endless_dataset(self.daemon)
        job = self.daemon.start_job(dataset, ENDLESS)
        self.refused(self.daemon.delete(f"/v1/datasets/{dataset}"), 409)
        self.daemon.expect(200, self.daemon.post(f"/v1/jobs/{job['id']}/cancel?discard=true"))
        self.assertEqual(self.daemon.delete(f"/v1/datasets/{dataset}").status, 204)

    def test_a_model_outlives_its_dataset(self):
        x, y = rows(30)
        dataset = self.daemon.add_dataset(x, y)
        self.daemon.train(dataset["id"], {"epochs": 5}, model="outlives")
        before = self.daemon.predict("outlives", x)
        self.assertEqual(self.daemon.delete(f"/v1/datasets/{dataset['id']}").status, 204)
        self.assertEqual(self.daemon.predict("outlives", x), before)
        model = self.daemon.expect(200, self.daemon.get("/v1/models/outlives"))
        self.assertEqual(model["dataset_digest"], dataset["digest"])


if __name__ == "__main__":
    unittest.main()
