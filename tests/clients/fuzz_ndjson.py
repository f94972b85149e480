"""Teaches Schemathesis lines of JSON: bodies are sent as they are, replies are their first line."""

import json

import schemathesis

NDJSON = "application/x-ndjson"


@schemathesis.serializer(NDJSON)
def body(_context, value):
    return value.encode() if isinstance(value, str) else value


@schemathesis.deserializer(NDJSON)
def first_line(_context, response):
    return json.loads(response.content.split(b"\n")[0])
