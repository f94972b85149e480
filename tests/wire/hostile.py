"""Some hundred requests that nobody sends who means well: (name, bytes). Each is to be refused, or
to lead nowhere; none is to be taken."""

import gzip
import json
import os

from harness import SLOWER

ALL = "BACKPROPD_TORTURE" in os.environ

HOST = b"Host: a\r\n"
CLOSE = b"Connection: close\r\n"
JSON = b"Content-Type: application/json\r\n"
POST = b"POST /v1/datasets HTTP/1.1\r\n" + HOST + JSON
BODY = b'{"x": [[1]], "y": [1]}'
INNER = b"POST /v1/datasets HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" \
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
CONTROLS = [bytes([c]) for c in [*range(9), *range(11, 13), *range(14, 32), 127]]
PATHS = ("/v1/datasets", "/v1/jobs", "/v1/models/m:predict", "/v1/models/m:import",
         "/v2/models/m/infer", "/v1/tokens")


def lines():
    """Of the request."""
    for version in (b"HTTP/0.9", b"HTTP/1.2", b"HTTP/2.0", b"HTTP/3", b"HTTP/11", b"HTTP/1.1.1",
                    b"http/1.1", b"HTTQ/1.1", b"HTTP/ 1.1", b"HTTP/-1.1", b"X", b"HTTP/1.1 x"):
        yield b"version " + version, b"GET /livez " + version + b"\r\n" + HOST + CLOSE + b"\r\n"
    for method in (b"TRACE", b"CONNECT", b"PATCH", b"PUT", b"BREW", b"get", b"G\x01T", b"(GET)",
                   b"GET\t/x", b"A" * 5000, b"\xff\xfe", b"PRI", b"DEBUG", b"PROPFIND"):
        yield b"method " + method[:9], method + b" /livez HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"
    for target in (b"/%", b"/%4", b"/%zz", b"/%00", b"/%0", b"/a%c0%af", b"/%ff", b"/\xff",
                   b"/%ed%a0%80",
                   b"/livez%00.html", b"/v1/models/%2e%2e/%2e%2e/etc/passwd", b"/../../etc/passwd",
                   b"//livez", b"/livez/../livez", b"\\livez", b"livez", b"*", b"http://b/livez",
                   b"/livez#a", b"/livez;a=b", b"/v1/models/" + b"a" * 9000, b"/" + b"a/" * 9000,
                   b"/livez?" + b"a=1&" * 200, b"/livez?" + b"a" * 30000, b"/livez?a=%",
                   b"/livez?%00", b"/v1/jobs?limit=99999999999999999999", b"/v1/jobs?limit=-1",
                   b"/v1/jobs?limit=1&limit=2", b"/v1/jobs?after=%27%20OR%201=1",
                   b"/v1/jobs?wait=1e309",
                   b"/v1/jobs?state=%F0%9F%92%A9", b"/v1/datasets/' OR '1'='1",
                   b"/v1/jobs/%25s%25n"):
        yield b"target " + target[:20], b"GET " + target + b" HTTP/1.1\r\n" + HOST + CLOSE + b"\r\n"


def controls():
    """In each place of a header where none may be."""
    for byte in CONTROLS:
        for where, text in (("target", b"GET /v1/nothing%s HTTP/1.1\r\n" + HOST),
                            ("method", b"GE%sT /livez HTTP/1.1\r\n" + HOST),
                            ("name", b"GET /livez HTTP/1.1\r\n" + HOST + b"X%sY: 1\r\n"),
                            ("host", b"GET /livez HTTP/1.1\r\nHost: %sb\r\n")):
            yield f"{byte!r} in the {where}", text.replace(b"%s", byte) + CLOSE + b"\r\n"


def framing():
    """What two programs could read differently, with a second request to smuggle in."""
    for length in (b"abc", b"-1", b"+5", b"0x10", b"1e3", b"5, 5", b"5,6", b"1 2", b"", b" ",
                   b"5.0",
                   b"18446744073709551615", b"18446744073709551616", b"9" * 40,
                   b"9223372036854775808",
                   b"\xd9\xa1", b"5;", b"'5'"):
        yield b"length " + length, POST + b"Content-Length: " + length + b"\r\n\r\n" + INNER
    for coding in (b"gzip", b"identity", b"chunked, gzip", b"gzip, chunked", b"xchunked",
                   b"chunked;",
                   b"chunke\x0bd", b"\x0bchunked", b"chunked, chunked", b",chunked", b"Chunked x",
                   b"'chunked'"):
        yield (b"coding " + coding,
               POST + b"Transfer-Encoding: " + coding + b"\r\n\r\n0\r\n\r\n" + INNER)
    for both in (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                 b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
                 b"Content-Length: 5\r\nContent-Length: 6\r\n",
                 b"Content-Length: 5\r\nContent-Length: 5\r\n",
                 b"Content-Length : 5\r\n", b"Content-Length\t: 5\r\n", b"Content_Length: 5\r\n",
                 b"Transfer-Encoding : chunked\r\n",
                 b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
                 b"Transfer-Encoding:\r\n chunked\r\n", b"X: y\r\n Content-Length: 5\r\n",
                 b" Content-Length: 5\r\n", b"Host: b\r\n", b"Content-Length: 5\r\n\tfolded\r\n"):
        yield b"framing " + both, POST + both + b"\r\n0\r\n\r\n" + INNER
    for chunks in (b"zz\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n", b"5;" + b"a" * 40000 + b"\r\n",
                   b"\r\n",
                   b"0x5\r\nhello\r\n", b" 5\r\nhello\r\n", b"5\r\nhelloXX0\r\n\r\n",
                   b"5\nhello\n0\n\n",
                   b"fffffffffffffffe\r\nhello", b"5\r\nhello", b"+5\r\nhello\r\n",
                   b"0" * 40000 + b"5\r\n"):
        yield b"chunks " + chunks[:20], POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    yield "no host", b"GET /livez HTTP/1.1\r\n\r\n"
    yield "two hosts", b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"
    yield ("bytes that are no HTTP",
           b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc" + b"\xaa" * 300 + b"\r\n\r\n")
    for host in (b"a b", b"a/b", b"a@b", b"a,b", b"evil.example", b"a:99999x", b"[", b"]",
                 b"a" * 5000):
        yield (b"host " + host[:20],
               b"GET /livez HTTP/1.1\r\nHost: " + host + b"\r\n" + CLOSE + b"\r\n")


def headers():
    """That are long, or many."""
    many = b"\r\n".join(b"X-%d: 1" % i for i in range(300))
    for text in (b"X-Long: " + b"a" * 20000, b"X-Long: " + b"a" * 200000, many, b"no colon",
                 b"X" * 20000 + b": 1", b"Content-Type: " + b"a/" * 9000):
        yield (b"header " + text[:20],
               b"GET /livez HTTP/1.1\r\n" + HOST + text + b"\r\n" + CLOSE + b"\r\n")


def documents():
    """Bodies of JSON that are none, or too much."""
    deep = 100000
    yield "deep arrays", b"[" * deep
    yield "deep and whole", b"[" * deep + b"]" * deep
    yield "deep objects", b'{"a":' * deep
    yield "deep in x", b'{"x": ' + b"[" * 3000 + b"1" + b"]" * 3000 + b', "y": [1]}'
    for number in (b"1e400", b"-1e999", b"NaN", b"Infinity", b"-Infinity", b"0x1", b"01", b"1.",
                   b".5", b"+1",
                   b"1e", b"--1", b"9" * 5000, b"1e99999999999", b"1_0", b"null", b"true", b'"1"',
                   b"{}", b"[]"):
        yield b"number " + number[:15], b'{"x": [[' + number + b']], "y": [1]}'
    for text in (b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b"\x00", b"\n",
                 b"\\x41",
                 b"a" * 300, b"\xf5\x80\x80\x80", b"\\"):
        yield b"text " + text[:10], b'{"name": "' + text + b'", "x": [[1]], "y": [1], "no": 1}'
    for broken in (b"", b" ", b"{", b"}", b"[]", b"null", b"1", b'"x"', b'{"x": [[1]], "y": [1]}}',
                   b"\xef\xbb\xbf{",
                   b'{"x": [[1]], "x": [[2]], "y": [1]}', b'{"x": [[1]], "y": [1],}', b"{'x': 1}",
                   b"/**/{}",
                   b'{"x": [[1], [1, 2]], "y": [1, 2]}', b'{"x": [], "y": []}',
                   b'{"x": [[]], "y": [1]}',
                   b'{"x": {"a": 1}, "y": [1]}', b'{"__proto__": 1}', b'{"x": [[1]], "y": [1, 2]}'):
        yield b"document " + broken[:20], broken
    yield "many mistakes", b"{" + b",".join(b'"k%d": 1' % i for i in range(20000)) + b"}"
    yield ("small objects",
           b'{"name": [' + b"{}," * ((16 if ALL else 3) << 20) + b'{}], "x": [[1]], "y": [1]}')
    yield "small arrays", b'{"x": [' + b"[]," * ((16 if ALL else 1) << 20) + b'[]], "y": [1]}'


def packed():
    """Bodies that are small until they are unpacked."""
    bomb = gzip.compress(b" " * ((512 if ALL else 80) << 20), 6 if ALL else 1)
    whole = gzip.compress(BODY)
    for body in (bomb, gzip.compress(bomb), whole[:-5], BODY, whole[:-8] + bytes(8), whole + b"x",
                 b"", b"\x1f\x8b"):
        yield (f"packed {body[-8:]}",
               POST + b"Content-Encoding: gzip\r\n" + CLOSE + with_length(body))
    for coding in (b"deflate", b"br", b"gzip, gzip", b"x", b"\xff"):
        yield coding, POST + b"Content-Encoding: " + coding + b"\r\n" + CLOSE + with_length(whole)


def tables():
    """CSV and NDJSON."""
    columns = b",".join(b"c%d" % i for i in range(30000))
    for body in (columns + b"\n", b'a,b\n"1,2\n', b"a,b\n1,\0\n", b"a,b\n1,2\n1\n", b"a,b\n", b"",
                 b"a,\xff\n1,2\n", b"a,a\n1,2\n", b"a,b\n1,x\n", b"a,b\n1,1e999\n",
                 b"a,b\n1,nan\n", b"a,b\n1," + b"9" * 6000000):
        yield b"text/csv", body
    for body in (b'{"x": [' + b"1," * 3000000 + b'1], "y": 1}\n', b"junk\n", b"[" * 100000,
                 b'{"x":[1],"y":1}\n{"x":[1,2],"y":1}\n'):
        yield b"application/x-ndjson", body


def with_length(body):
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def post(path, kind, body):
    head = b"POST %s HTTP/1.1\r\nContent-Type: %s\r\n" % (path.encode(), kind)
    return head + HOST + CLOSE + with_length(body)


def requests():
    for part in (lines, controls, framing, headers, packed):
        yield from part()
    for name, body in documents():
        small = len(body) < 10000 or (ALL and SLOWER == 1)
        for path in PATHS if small else PATHS[:1]:
            yield f"{name} to {path}", post(path, b"application/json", body)
    for kind, body in tables():
        for path in ("/v1/datasets", "/v1/jobs"):
            yield f"{kind} {body[:20]} to {path}", post(path, kind, body)
