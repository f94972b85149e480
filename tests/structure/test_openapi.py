"""The description of the interface is sound OpenAPI 3.1, and has the routes that there are."""

import json
import pathlib
import re
import sys
import unittest

from jsonschema import Draft202012Validator
from project import BUILD, ROOT, text

sys.path.insert(0, str(ROOT / "tests" / "wire"))

from contract import Contract  # noqa: E402

# The fields of OpenAPI's objects, as far as this document uses them: what must be, what may be.
FIELDS = {
    "document": ({"openapi", "info", "paths", "components", "servers", "tags"},
                 {"security", "jsonSchemaDialect"}),
    "info": ({"title", "version"}, {"summary", "description", "license"}),
    "item": (set(), {"parameters", "get", "post", "delete"}),
    "operation": ({"operationId", "tags", "summary", "responses"},
                  {"description", "parameters", "requestBody", "security"}),
    "parameter": ({"name", "in", "schema"},
                  {"description", "required", "style", "explode", "example"}),
    "body": ({"required", "content"}, {"description"}),
    "media": (set(), {"schema", "example"}),
    "response": ({"description"}, {"headers", "content"}),
    "header": ({"description", "schema"}, {"required"}),
}

# Objects that may have members which are not described.
OPEN = {"InferParameters", "getOpenapi"}


class Openapi(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.document = json.loads((BUILD / "gen" / "openapi.json").read_text(encoding="utf-8"))
        cls.contract = Contract(cls.document)
        cls.operations = list(cls.contract.operations())

    def none(self, complaints):
        found = list(complaints)
        if found:
            self.fail("\n" + "\n".join(found))

    def walk(self, part=None, place="#"):
        """Every object below, with its place."""
        part = self.document if part is None else part
        if isinstance(part, dict):
            yield place, part
        pairs = part.items() if isinstance(part, dict) else enumerate(part)
        for name, child in pairs:
            if isinstance(child, (dict, list)):
                yield from self.walk(child, f"{place}/{name}")

    def test_it_is_openapi_3_1_of_this_version(self):
        version = re.search(r"^VERSION = (.*)$", text(pathlib.PurePosixPath("Makefile")), re.M)
        self.assertRegex(self.document["openapi"], r"^3\.1\.\d+$")
        self.assertEqual(self.document["info"]["version"], version.group(1))

    def test_its_routes_are_those_of_the_daemon(self):
        table = text(pathlib.PurePosixPath("server/api/route.c"))
        routes = re.findall(r'\{METHOD_(\w+), "([^"]+)"', table)
        self.assertGreater(len(routes), 30)
        self.assertEqual(sorted(routes), sorted((m, path) for m, path, _ in self.operations))

    def test_every_reference_leads_somewhere(self):
        count = 0
        for place, part in self.walk():
            if isinstance(part.get("$ref"), str):
                count += 1
                with self.subTest(place):
                    self.assertIsInstance(self.contract.resolve({"$ref": part["$ref"]}), dict)
        self.assertGreater(count, 100)

    def test_every_component_is_used(self):
        used = {part["$ref"] for _, part in self.walk() if isinstance(part.get("$ref"), str)}
        replied_anywhere = {"#/components/responses/MethodNotAllowed",
                            "#/components/responses/Options"}
        schemes = {f"#/components/securitySchemes/{name}" for _, _, operation in self.operations
                   for choice in operation.get("security", []) for name in choice}
        for kind, parts in self.document["components"].items():
            for name in parts:
                with self.subTest(name):
                    self.assertIn(f"#/components/{kind}/{name}", used | replied_anywhere | schemes)

    def test_it_asks_for_the_scopes_that_the_daemon_asks_for(self):
        table = text(pathlib.PurePosixPath("server/api/route.c"))
        scopes = {(m, path): scope.lower() for m, path, scope
                  in re.findall(r'\{METHOD_(\w+), "([^"]+)", SCOPE_(\w+)', table)}
        self.assertEqual({"none", "predict", "train", "admin"}, set(scopes.values()))
        for method, path, operation in self.operations:
            with self.subTest(operation["operationId"]):
                scope = scopes[method, path]
                asked = [] if scope == "none" else [{"token": [scope]}, {}]
                self.assertEqual(operation.get("security", []), asked)
                statuses = {"401", "403"} if asked else set()
                if method == "GET" and scope == "predict":
                    statuses = {"401"}  # no token has less, and any page may ask
                self.assertEqual({"401", "403"} & set(operation["responses"]), statuses)

    def fields(self, kind, part, place):
        required, optional = FIELDS[kind]
        if "$ref" in part:
            return
        for name in sorted(required - set(part)):
            yield f"{place}: {name} is missing"
        for name in sorted(set(part) - required - optional):
            yield f"{place}: {kind} has no field {name}"

    def content_fields(self, part, place):
        for name, media in part.get("content", {}).items():
            yield from self.fields("media", media, f"{place} {name}")

    def operation_fields(self, operation):
        place = operation["operationId"]
        yield from self.fields("operation", operation, place)
        for parameter in operation.get("parameters", []):
            yield from self.fields("parameter", parameter, place)
        if "requestBody" in operation:
            yield from self.fields("body", operation["requestBody"], place)
            yield from self.content_fields(operation["requestBody"], place)
        for status, response in operation["responses"].items():
            yield from self.fields("response", response, f"{place} {status}")
            yield from self.content_fields(response, f"{place} {status}")

    def test_its_objects_have_the_fields_that_openapi_knows(self):
        self.none(self.fields("document", self.document, "#"))
        self.none(self.fields("info", self.document["info"], "info"))
        for path, item in self.document["paths"].items():
            self.none(self.fields("item", item, path))
        for _, _, operation in self.operations:
            self.none(self.operation_fields(operation))
        for kind in ("header", "parameter", "response"):
            for name, part in self.document["components"][f"{kind}s"].items():
                self.none(self.fields(kind, part, name))

    def test_operations_have_names_and_tags_of_their_own(self):
        names = [operation["operationId"] for _, _, operation in self.operations]
        tags = {tag["name"] for tag in self.document["tags"]}
        self.assertEqual(len(names), len(set(names)))
        for _, _, operation in self.operations:
            self.assertLessEqual(set(operation["tags"]), tags)

    def test_every_operation_tells_of_success_and_of_error(self):
        for _, _, operation in self.operations:
            with self.subTest(operation["operationId"]):
                statuses = set(operation["responses"])
                self.assertTrue(all(re.fullmatch(r"[1-5]\d\d", status) for status in statuses))
                self.assertTrue(any(status[0] == "2" for status in statuses))
                self.assertLessEqual({"400", "422", "500", "503"}, statuses)

    def test_the_parameters_of_a_path_are_declared(self):
        for _, path, operation in self.operations:
            with self.subTest(operation["operationId"]):
                every = self.contract.parameters(self.document["paths"][path], operation)
                keys = [(p["in"], p["name"]) for p in every]
                self.assertEqual(len(keys), len(set(keys)))
                declared = {p["name"] for p in every if p["in"] == "path" and p["required"]}
                self.assertEqual(declared, set(re.findall(r"\{(\w+)\}", path)))
                self.assertIn(("header", "X-Request-Id"), keys)

    def schemas(self):
        """Every schema that is not part of another, with its place."""
        for name, schema in self.document["components"]["schemas"].items():
            yield name, schema
        for place, part in self.walk():
            if "schema" in part and "/components/schemas/" not in place:
                yield place, part["schema"]

    def test_schemas_are_json_schema_2020_12(self):
        count = 0
        for place, schema in self.schemas():
            with self.subTest(place):
                Draft202012Validator.check_schema(schema)
                count += 1
        self.assertGreater(count, 100)

    def test_objects_are_closed(self):
        for place, schema in self.schemas():
            for inner, part in self.walk(schema, place):
                if part.get("type") != "object" or "properties" not in part:
                    continue
                known = any(name in place for name in OPEN) or "/openapi.json/" in place
                with self.subTest(inner):
                    self.assertTrue(known or "additionalProperties" in part, "is open")
                    self.assertLessEqual(set(part.get("required", [])), set(part["properties"]))

    def valid(self, schema, value, place):
        with self.subTest(place):
            self.assertEqual(self.contract.mistakes(schema, value), [])

    def test_examples_and_defaults_are_valid(self):
        count = 0
        for place, part in self.walk():
            if "example" in part and "schema" in part:
                self.valid(part["schema"], part["example"], place)
                count += 1
        for place, schema in self.schemas():
            for inner, part in self.walk(schema, place):
                values = part["examples"] if isinstance(part.get("examples"), list) else []
                is_schema = isinstance(part.get("type"), (str, list))
                for name in {"default", "x-default"} & set(part) if is_schema else ():
                    values = [*values, part[name]]
                for value in values:
                    self.valid(part, value, inner)
                    count += 1
        self.assertGreater(count, 30)

    def test_bodies_have_examples(self):
        for _, _, operation in self.operations:
            content = operation.get("requestBody", {}).get("content", {})
            for name, media in content.items():
                with self.subTest(f"{operation['operationId']} {name}"):
                    self.assertTrue("example" in media or name == "application/octet-stream")


if __name__ == "__main__":
    unittest.main()
