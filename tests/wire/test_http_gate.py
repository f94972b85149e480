"""What the HTTP library lets through and the gate before it must not: each of these requests gets
a clean refusal and a closed connection, at once."""

import socket
import unittest

from harness import WireTest

BODY = b'{"x": [[1]], "y": [1]}'
POST = b"POST /v1/datasets HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"


class Gate(WireTest):
    def refused_and_closed(self, request):
        answer, closed = self.daemon.raw(request)
        self.assertTrue(closed, f"left open after {answer[:300]!r}")
        self.assertRegex(answer[:300], rb"^HTTP/1\.[01] [45]\d\d ")
        self.assertEqual(answer.count(b"HTTP/1.1 2"), 0, answer)
        self.assertEqual(self.daemon.get("/livez").status, 200)
        return answer

    def test_two_hosts(self):
        self.refused_and_closed(b"GET /livez HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n")

    def test_no_host(self):
        self.refused_and_closed(b"GET /livez HTTP/1.1\r\n\r\n")

    def test_http_1_0_needs_no_host(self):
        answer, closed = self.daemon.raw(b"GET /livez HTTP/1.0\r\n\r\n")
        self.assertTrue(closed)
        self.assertRegex(answer, rb"^HTTP/1\.[01] 200 ")

    def test_a_length_beside_a_transfer_encoding(self):
        self.refused_and_closed(POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
                                b"16\r\n" + BODY + b"\r\n0\r\n\r\n")

    def test_two_lengths(self):
        for second in (b"5", b"%d" % len(BODY)):
            self.refused_and_closed(POST + b"Content-Length: %d\r\nContent-Length: %s\r\n\r\n%s"
                                    % (len(BODY), second, BODY))

    def test_a_length_that_is_no_number(self):
        for length in (b"abc", b"-1", b"1e3", b"0x10", b"+5", b"5, 5", b"18446744073709551615",
                       b"99999999999999999999999"):
            with self.subTest(length=length):
                self.refused_and_closed(POST + b"Content-Length: " + length + b"\r\n\r\n")

    def test_a_blank_before_the_colon(self):
        self.refused_and_closed(POST + b"Content-Length : %d\r\n\r\n%s" % (len(BODY), BODY))

    def test_a_folded_header(self):
        self.refused_and_closed(b"GET /livez HTTP/1.1\r\nHost: a\r\n folded: yes\r\n\r\n")

    def test_a_header_name_that_is_no_token(self):
        for name in (b"X\x01Y", b"X(Y)", b"X\xc3\xa4"):
            with self.subTest(name=name):
                self.refused_and_closed(b"GET /livez HTTP/1.1\r\nHost: a\r\n" + name
                                        + b": 1\r\n\r\n")

    def test_another_version_of_http(self):
        for version in (b"HTTP/1.2", b"HTTP/2.0", b"HTTP/0.9", b"HTTP/1.10", b"http/1.1"):
            with self.subTest(version=version):
                self.refused_and_closed(b"GET /livez " + version + b"\r\nHost: a\r\n\r\n")

    def test_an_unknown_method(self):
        for method in (b"BREW", b"get", b"G\x01T", b"TRACE", b"CONNECT"):
            with self.subTest(method=method):
                self.refused_and_closed(method + b" /livez HTTP/1.1\r\nHost: a\r\n\r\n")

    def test_a_nul_in_the_path(self):
        for path in (b"/livez\0", b"/livez%00", b"/v1/models/a%00b", b"/livez?a=%00"):
            with self.subTest(path=path):
                self.refused_and_closed(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n\r\n")

    def test_a_nul_in_a_header_does_no_harm(self):
        answer, closed = self.daemon.raw(b"GET /livez HTTP/1.1\r\nHost: a\0b\r\n"
                                         b"X-Nul: \0\r\nConnection: close\r\n\r\n")
        self.assertTrue(closed)
        self.assertEqual(answer.count(b"HTTP/1.1"), 1, answer)

    def test_a_percent_sign_that_encodes_nothing(self):
        for path in (b"/v1/models/%", b"/v1/models/%4", b"/v1/models/%zz"):
            with self.subTest(path=path):
                answer, _ = self.daemon.raw(b"GET " + path + b" HTTP/1.1\r\nHost: a\r\n"
                                            b"Connection: close\r\n\r\n")
                self.assertRegex(answer, rb"^HTTP/1\.1 40[04] ")

    def test_an_unknown_transfer_encoding(self):
        for coding in (b"gzip", b"chunked, gzip", b"gzip, chunked", b"identity", b"xchunked"):
            with self.subTest(coding=coding):
                self.refused_and_closed(POST + b"Transfer-Encoding: " + coding + b"\r\n\r\n"
                                        b"16\r\n" + BODY + b"\r\n0\r\n\r\n")

    def test_chunks_that_are_none(self):
        for chunk in (b"zz\r\n", b"-1\r\n", b"ffffffffffffffffff\r\n"):
            with self.subTest(chunk=chunk):
                answer, closed = self.daemon.raw(
                    POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk + BODY + b"\r\n\r\n")
                self.assertTrue(closed)
                self.assertNotIn(b"HTTP/1.1 2", answer)

    def test_headers_without_end(self):
        request = b"GET /livez HTTP/1.1\r\nHost: a\r\n" + b"X-Long: %s\r\n" % (b"a" * 1000) * 300
        answer, closed = self.daemon.raw(request + b"\r\n")
        self.assertTrue(closed)
        self.assertNotIn(b"HTTP/1.1 2", answer)
        self.assertEqual(self.daemon.get("/livez").status, 200)

    def test_a_path_without_end(self):
        answer, closed = self.daemon.raw(b"GET /" + b"a" * 300000 + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertTrue(closed)
        self.assertNotIn(b"HTTP/1.1 2", answer)

    def test_bytes_that_are_no_http(self):
        for junk in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xaa" * 200 + b"\r\n\r\n",
                     b"\r\n\r\n\r\n\r\nhello\r\n\r\n", b"GET\r\n\r\n", b"GET /livez\r\n\r\n"):
            with self.subTest(junk=junk[:20]):
                answer, closed = self.daemon.raw(junk, seconds=15)
                self.assertTrue(closed)
                self.assertNotIn(b" 200 ", answer[:20])
                self.assertEqual(self.daemon.get("/livez").status, 200)

    def test_a_client_that_leaves_in_mid_body_does_no_harm(self):
        for _ in range(20):
            with socket.create_connection(self.daemon.address, timeout=5) as client:
                client.sendall(POST + b"Content-Length: 1000000\r\n\r\n" + BODY)
        self.assertEqual(self.daemon.get("/livez").status, 200)

    def test_a_request_smuggled_behind_a_refused_one_is_not_answered(self):
        answer, closed = self.daemon.raw(
            POST + b"Content-Length : 40\r\n\r\n"
            b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertTrue(closed)
        self.assertEqual(answer.count(b"HTTP/1.1"), 1, answer)


if __name__ == "__main__":
    unittest.main()
