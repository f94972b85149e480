"""Teaches Schemathesis lines of JSON: a text is sent as it is, all else as one line; replies are
their first line."""

import json

import schemathesis

NDJSON = "application/x-ndjson"


@schemathesis.serializer(NDJSON)
def body(_context, value):
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else json.dumps(value)).encode()


@schemathesis.deserializer(NDJSON)
def first_line(_context, response):
    return json.loads(response.content.split(b"\n")[0])
