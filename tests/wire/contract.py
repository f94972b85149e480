"""Requests and replies held against the description of the interface (schema/openapi.yaml).

The harness passes each exchange through `Contract.check`: a route, status, media type, header,
parameter or field that is not described is an error, whichever test met it. `seen` remembers
what was met, so that test_openapi.py can tell what never was.
"""

import functools
import gzip
import json
import re
import urllib.parse

from jsonschema import Draft202012Validator

# Fields of a reply that HTTP itself describes (RFC 9110, RFC 9112), and those of CORS (Fetch).
STANDARD = {"date", "content-length", "content-type", "connection", "transfer-encoding",
            "content-encoding", "vary", "keep-alive", "accept-ranges", "etag", "cache-control",
            "access-control-allow-origin", "access-control-expose-headers",
            "access-control-allow-methods", "access-control-allow-headers",
            "access-control-max-age"}

# What is answered where no operation is found, by the names of components/responses.
ANYWHERE = {400: "Malformed", 404: "NotFound", 413: "TooLarge", 421: "Misdirected",
            503: "Unavailable"}

FORM = "application/x-www-form-urlencoded"
LARGE = 300_000  # bytes of a body that is not looked into: it would take seconds


def media_type(value):
    return (value or "").split(";")[0].strip().lower()


class Contract:
    def __init__(self, document):
        self.document = document
        self.seen = set()
        self.paths = [(re.compile(re.sub(r"\\\{\w+\\\}", "([^/:]+)", re.escape(template))), item)
                      for template, item in document["paths"].items()]
        self.paths.sort(key=lambda path: path[0].pattern.count("("))

    def resolve(self, part):
        while "$ref" in part:
            target = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                target = target[name.replace("~1", "/").replace("~0", "~")]
            part = target
        return part

    @functools.cache
    def validator(self, text):
        schema = json.loads(text)
        return Draft202012Validator({"components": self.document["components"], "allOf": [schema]})

    def mistakes(self, schema, value):
        found = self.validator(json.dumps(schema, sort_keys=True)).iter_errors(value)
        return [f"{e.json_path}: {e.message[:300]}" for e in found][:5]

    def operations(self):
        """Each as (method, template, operation)."""
        for template, item in self.document["paths"].items():
            for method, operation in item.items():
                if method != "parameters":
                    yield method.upper(), template, operation

    def item(self, target):
        path = urllib.parse.unquote(re.sub(r"^http://[^/]*", "", target).split("?")[0])
        return next((item for pattern, item in self.paths if pattern.fullmatch(path)), None)

    def parameters(self, item, operation):
        every = item.get("parameters", []) + operation.get("parameters", [])
        return [self.resolve(parameter) for parameter in every]

    def check(self, sent, reply):
        """sent: (method, target, headers, body); raises AssertionError with all that is wrong."""
        method, target, headers, body = sent
        wrong = list(self.wrong(method, target, {k.lower(): v for k, v in headers.items()},
                                body, reply))
        if wrong:
            raise AssertionError(f"{reply}\nis not as schema/openapi.yaml has it:\n"
                                 + "\n".join(wrong))

    def wrong(self, method, target, headers, body, reply):
        item = self.item(target)
        operation = (item or {}).get("get" if method == "HEAD" else method.lower())
        if operation is None:
            yield from self.wrong_elsewhere(item, method, reply)
            return
        described = operation["responses"].get(str(reply.status))
        if reply.status == 304 and method in ("GET", "HEAD"):  # any GET, with If-None-Match
            described = self.document["components"]["responses"]["NotModified"]
        if described is None:
            yield f"{operation['operationId']} has no status {reply.status}"
            return
        if method != "HEAD":
            self.seen.add((operation["operationId"], reply.status, reply.type))
        yield from self.wrong_reply(self.resolve(described), method, reply)
        if reply.status < 300:
            parameters = self.parameters(item, operation)
            yield from self.wrong_query(parameters, target)
            yield from self.wrong_body(operation, headers, body)

    def wrong_elsewhere(self, item, method, reply):
        """A reply about a path or method that there is not."""
        name = ANYWHERE.get(reply.status)
        if item is not None and reply.status == 405:
            name = "MethodNotAllowed"
        if item is not None and method == "OPTIONS" and reply.status == 204:
            name = "Options"
        if name is None or (item is not None and name == "NotFound"):
            yield f"{method} there has no status {reply.status}"
        else:
            yield from self.wrong_reply(self.document["components"]["responses"][name], method,
                                        reply)

    def wrong_reply(self, described, method, reply):
        yield from self.wrong_headers(described.get("headers", {}), reply.headers)
        content = described.get("content")
        if content is None:
            if reply.type or reply.body:
                yield f"a body of type {reply.type!r}, where none is"
            return
        if reply.type not in content:
            yield f"the type {reply.type!r} is none of {', '.join(content)}"
        elif method != "HEAD" and len(reply.body) < LARGE:
            schema = content[reply.type].get("schema", {})
            plain = getattr(reply, "plain", reply.body)
            if reply.type.endswith("ndjson"):  # the schema is that of a line
                for line in plain.splitlines():
                    yield from self.mistakes(schema, json.loads(line))
            elif reply.type.endswith("json"):
                yield from self.mistakes(schema, json.loads(plain))
            elif schema.get("type") == "string" and schema.get("format") != "binary":
                yield from self.mistakes(schema, plain.decode("utf-8"))

    def wrong_headers(self, described, headers):
        names = {name.lower(): self.resolve(header) for name, header in described.items()}
        for name, header in names.items():
            if header.get("required") and name not in headers:
                yield f"no header {name}"
        for name, value in headers.items():
            if name.lower() in names:
                schema = names[name.lower()]["schema"]
                given = int(value) if schema["type"] == "integer" else value
                for mistake in self.mistakes(schema, given):
                    yield f"header {name}: {mistake}"
            elif name.lower() not in STANDARD:
                yield f"the header {name} is not described"

    def wrong_query(self, parameters, target):
        described = {p["name"]: p for p in parameters if p["in"] == "query"}
        query = urllib.parse.parse_qsl(target.partition("?")[2], keep_blank_values=True)
        for name in dict(query):
            values = [value for key, value in query if key == name]
            if name not in described:
                yield f"the parameter {name} is taken and not described"
                continue
            for mistake in self.mistakes(described[name]["schema"],
                                         self.decoded(described[name], values)):
                yield f"the parameter {name}: {mistake}"

    def decoded(self, parameter, values):
        """The values of a parameter as its schema sees them."""
        schema = self.resolve(parameter["schema"])
        kinds = schema.get("type", "string")
        if kinds == "array" and parameter.get("explode", True):
            return values
        if kinds == "array":
            return json.loads(f"[{values[0].strip('[]')}]")
        if kinds == "string" or ("string" in kinds and values[0] != "null"):
            return values[0]
        try:
            return json.loads(values[0])
        except ValueError:
            return values[0]

    def wrong_body(self, operation, headers, body):
        if headers.get("content-encoding", "identity").lower() != "identity":
            body = gzip.decompress(body)
        content = self.resolve(operation.get("requestBody", {})).get("content", {})
        given = media_type(headers.get("content-type"))
        if not content or not isinstance(body, bytes):
            return
        if given not in content and not (given in ("", FORM) and "application/json" in content):
            yield f"a body of type {given!r} is taken and not described"
        elif given not in ("application/json", "", FORM) or len(body) > LARGE:
            return
        else:
            length = headers.get("inference-header-content-length")
            document = json.loads(body[:int(length)] if length else body)
            schema = content["application/json"]["schema"]
            for mistake in self.mistakes(schema, document):
                yield f"the body is taken and not described: {mistake}"
