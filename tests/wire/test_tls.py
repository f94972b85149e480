"""TLS on the port: who speaks it and who does not, certificates that are exchanged in mid-work, and
what is long: uploads, streams, the stop."""

import functools
import http.client
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

from harness import PROGRAM, SLOWER, Daemon, WireCase, die_with_parent, wait_until
from samples import ENDLESS, endless_dataset, rows
from test_events import Stream

FOLDER = tempfile.TemporaryDirectory(prefix="backpropd-tls-")


@functools.cache
def identity(name, days=2):
    """Files with a certificate of localhost that signs itself, and with its key."""
    cert, key = (str(pathlib.Path(FOLDER.name) / f"{name}.{kind}.pem") for kind in ("cert", "key"))
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", key, "-out", cert, "-days", str(days), "-subj", f"/CN={name}",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    return cert, key


def trusting(*certificates):
    context = ssl.create_default_context()
    for certificate in certificates:
        context.load_verify_locations(certificate)
    return context


class TlsDaemon(Daemon):
    """Its certificate and key are copies in files of its own, which a test may write anew."""

    def __init__(self, *options, name="first", **more):
        self.folder = tempfile.TemporaryDirectory(prefix="backpropd-tls-")
        self.cert, self.key = (str(pathlib.Path(self.folder.name) / file)
                               for file in ("cert.pem", "key.pem"))
        self.install(name)
        self.context = trusting(self.cert)
        super().__init__(f"--tls-cert={self.cert}", f"--tls-key={self.key}", *options, **more)

    def install(self, name, cert=True, key=True):
        for wanted, here, there in zip((cert, key), identity(name), (self.cert, self.key)):
            if wanted:
                pathlib.Path(there).write_bytes(pathlib.Path(here).read_bytes())
                os.chmod(there, 0o600)

    def connect(self):
        return http.client.HTTPSConnection(*self.address, timeout=60 * SLOWER,
                                           context=self.context)

    def handshake(self, context):
        """A connection after its handshake; its caller closes it."""
        plain = socket.create_connection(self.address, timeout=10 * SLOWER)
        try:
            return context.wrap_socket(plain, server_hostname="localhost")
        except BaseException:
            plain.close()
            raise

    def reload(self, event):
        """Sends SIGHUP and waits until the log tells this event once more."""
        def told():
            return [e for e in self.events() if e.get("event") == event]
        before = len(told())
        self.process.send_signal(signal.SIGHUP)
        return wait_until(lambda: told()[before:], event)[0]

    def close(self):
        super().close()
        self.folder.cleanup()


class TlsCase(WireCase):
    def tls_daemon(self, *options, **more):
        daemon = TlsDaemon(*options, **more)
        self.addCleanup(daemon.close)
        self.daemon = daemon
        return daemon


def shown(connection):
    """The name in the certificate that the daemon showed."""
    subject = connection.getpeercert()["subject"]
    return dict(part[0] for part in subject)["commonName"]


class Handshakes(TlsCase):
    def test_both_versions_are_spoken_with_http_as_the_protocol(self):
        daemon = self.tls_daemon()
        self.assertEqual(daemon.event("listening")["scheme"], "https")
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = trusting(daemon.cert)
            context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["h2", "http/1.1"])
            with daemon.handshake(context) as connection:
                self.assertEqual(connection.version(), version.name.replace("_", "."))
                self.assertEqual(connection.selected_alpn_protocol(), "http/1.1")
                connection.sendall(b"GET https://localhost/livez HTTP/1.1\r\nHost: a\r\n\r\n")
                self.assertIn(b"HTTP/1.1 200 OK", connection.recv(65536))

    def older(self, daemon, version, ciphers):
        context = trusting(daemon.cert)
        context.set_ciphers(f"{ciphers}:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
        return daemon.handshake(context)

    def test_older_versions_and_weak_ciphers_are_refused(self):
        daemon = self.tls_daemon()
        tls_1_2 = ssl.TLSVersion.TLSv1_2
        for version, ciphers in ((ssl.TLSVersion.TLSv1_1, "ALL"), (ssl.TLSVersion.TLSv1, "ALL"),
                                 (tls_1_2, "AES128-GCM-SHA256"),
                                 (tls_1_2, "ECDHE-ECDSA-AES128-SHA256")):
            with self.subTest(version=version.name, ciphers=ciphers):
                hung_up = "EOF|reset|ALERT"  # the daemon did; a refusal of our own reads otherwise
                with self.assertRaisesRegex((ssl.SSLError, ConnectionResetError), hung_up):
                    self.older(daemon, version, ciphers)
        with self.older(daemon, tls_1_2, "ECDHE-ECDSA-AES128-GCM-SHA256") as connection:
            self.assertEqual(connection.cipher()[0], "ECDHE-ECDSA-AES128-GCM-SHA256")

    def test_plain_http_is_hung_up_on(self):
        daemon = self.tls_daemon()
        answer, closed = daemon.raw(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertTrue(closed)
        self.assertNotIn(b"HTTP/", answer)
        self.assertEqual(daemon.get("/livez").status, 200)

    def test_the_command_for_the_first_token_says_https(self):
        with tempfile.TemporaryFile("w+") as said:
            class Heard(TlsDaemon):
                output = said.fileno()
            daemon = Heard("--listen=0.0.0.0:0")
            self.addCleanup(daemon.close)
            said.seek(0)
            self.assertIn(f"https://localhost:{daemon.address[1]}/v1/models", said.read())

    def test_the_healthcheck_asks_over_tls(self):
        daemon = self.tls_daemon()
        command = [str(PROGRAM), "healthcheck", "--listen=%s:%d" % daemon.address]

        def ask(*options):
            return subprocess.run([*command, *options], env=daemon.clean_environment(),
                                  capture_output=True, text=True, timeout=20 * SLOWER)
        self.assertEqual(ask(f"--tls-cert={daemon.cert}").returncode, 0)
        plain = ask()
        self.assertEqual(plain.returncode, 1)
        self.assertIn("does not speak HTTP; if the daemon has TLS, --tls-cert", plain.stderr)
        daemon.stop()
        self.assertEqual(ask(f"--tls-cert={daemon.cert}").returncode, 1)


class Reload(TlsCase):
    def test_new_connections_get_the_new_certificate_and_old_ones_go_on(self):
        daemon = self.tls_daemon()
        context = trusting(*(identity(name)[0] for name in ("first", "second")))
        request = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
        with daemon.handshake(context) as old:
            daemon.install("second")
            daemon.reload("tls-reloaded")
            with daemon.handshake(context) as new:
                self.assertEqual((shown(old), shown(new)), ("first", "second"))
                for connection in (old, new):
                    connection.sendall(request)
                    self.assertIn(b"HTTP/1.1 200 OK", connection.recv(65536))

    def test_what_cannot_be_used_changes_nothing(self):
        daemon = self.tls_daemon()
        context = trusting(*(identity(name)[0] for name in ("first", "second")))
        for spoil, words in ((lambda: daemon.install("second", key=False), "is not the key"),
                             (lambda: pathlib.Path(daemon.cert).write_text("no"), "certificate"),
                             (lambda: os.unlink(daemon.key), "No such file")):
            spoil()
            with self.subTest(words):
                self.assertIn(words, daemon.reload("tls-kept")["why"])
                with daemon.handshake(context) as connection:
                    self.assertEqual(shown(connection), "first")
            daemon.install("first")
        daemon.install("second")
        daemon.reload("tls-reloaded")
        with daemon.handshake(context) as connection:
            self.assertEqual(shown(connection), "second")

    def test_nobody_is_turned_away_while_certificates_come_and_go(self):
        daemon = self.tls_daemon()
        daemon.context = trusting(*(identity(name)[0] for name in ("first", "second")))
        answers, over = [], threading.Event()

        def ask():
            while not over.is_set():
                try:
                    answers.append(daemon.get("/livez").status)
                except OSError as error:
                    answers.append(error)
        clients = [threading.Thread(target=ask) for _ in range(4)]
        for client in clients:
            client.start()
        for name in ("second", "first") * 2:
            daemon.install(name)
            daemon.reload("tls-reloaded")
            before = len(answers)
            wait_until(lambda: len(answers) > before + 4, "further answers")
        over.set()
        for client in clients:
            client.join()
        self.assertEqual(set(answers), {200})

    def test_without_tls_sighup_changes_nothing(self):
        daemon = self.own_daemon()
        daemon.process.send_signal(signal.SIGHUP)
        self.assertEqual(daemon.get("/livez").status, 200)
        daemon.stop()
        self.assertEqual(daemon.event("stopping")["signal"], signal.SIGTERM)


class Start(TlsCase):
    def start(self, cert, key):
        with tempfile.TemporaryDirectory(prefix="backpropd-") as folder:
            done = subprocess.run(
                [str(PROGRAM), "--listen=127.0.0.1:0", f"--data-dir={folder}",
                 f"--tls-cert={cert}", f"--tls-key={key}"], capture_output=True, text=True,
                timeout=20 * SLOWER, preexec_fn=die_with_parent)
        return done.returncode, done.stderr.splitlines()[-1]

    def test_files_that_cannot_be_used_are_said(self):
        cert, key = identity("first")
        locked = str(pathlib.Path(FOLDER.name) / "locked.pem")
        subprocess.run(["openssl", "ec", "-in", key, "-aes128", "-passout", "pass:x", "-out",
                        locked], check=True, capture_output=True)
        for given, words in (((cert, ""), ("--tls-key is not given",)),
                             (("", key), ("--tls-cert is not given",)),
                             (("/nowhere.pem", key), ("--tls-cert", "/nowhere.pem", "No such")),
                             ((cert, "/nowhere.pem"), ("--tls-key", "/nowhere.pem", "No such")),
                             ((FOLDER.name, key), ("--tls-cert", "Is a directory")),
                             ((key, key), ("--tls-cert", "must hold a certificate")),
                             ((cert, cert), ("--tls-key", "must hold a private key")),
                             ((cert, locked), ("--tls-key", "not encrypted")),
                             ((cert, identity("second")[1]), ("is not the key",))):
            with self.subTest(words):
                status, said = self.start(*given)
                self.assertEqual(status, 1)
                for word in words:
                    self.assertIn(word, said)

    def test_a_key_that_all_may_read_and_a_certificate_that_has_ended_are_warned_of(self):
        daemon = self.tls_daemon()
        self.assertIsNone(daemon.event("tls-key-exposed"))
        self.assertIsNone(daemon.event("tls-expired"))
        os.chmod(daemon.key, 0o644)
        self.assertEqual(daemon.reload("tls-key-exposed")["file"], daemon.key)
        old = subprocess.run(["openssl", "x509", "-in", daemon.cert, "-signkey", daemon.key,
                              "-days", "-1"], check=True, capture_output=True)
        pathlib.Path(daemon.cert).write_bytes(old.stdout)
        self.assertEqual(daemon.reload("tls-expired")["level"], "warning")


class Length(TlsCase):
    def test_a_large_upload_arrives_whole(self):
        daemon, plain = self.tls_daemon(), self.own_daemon()
        text = "a,b,c\n" + "".join(f"{i},{i / 7},{i % 11}\n" for i in range(300000))
        made = daemon.expect(201, daemon.post_csv("/v1/datasets", text))
        expected = plain.expect(201, plain.post_csv("/v1/datasets", text))
        self.assertEqual((made["rows"], made["digest"]), (300000, expected["digest"]))
        page = daemon.get(f"/v1/datasets/{made['id']}/rows?limit=10000").json
        self.assertEqual(len(page["x"]), 10000)

    def test_a_stream_is_told_live_to_its_end(self):
        daemon = self.tls_daemon()
        x, y = rows(60)
        job = daemon.start_job({"x": x, "y": y}, {"epochs": 300, "tolerance": 0})
        with Stream(daemon, job["id"]) as stream:
            names = [name for _, name, _ in stream]
        self.assertEqual((names.count("progress"), names[-1]), (301, "end"))

    def test_who_waits_is_answered_and_who_left_is_noticed(self):
        daemon = self.tls_daemon()
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        with daemon.handshake(daemon.context) as connection:
            connection.sendall(f"GET /v1/jobs/{job['id']}?wait=600 HTTP/1.1\r\nHost: a\r\n\r\n"
                               .encode())
            wait_until(lambda: b"http_requests_in_flight 2" in daemon.get("/metrics").body,
                       "the request to be parked")
        wait_until(lambda: b"http_requests_in_flight 1" in daemon.get("/metrics").body,
                   "the client's leave to be noticed")
        self.assertEqual(daemon.get(f"/v1/jobs/{job['id']}?wait=0").json["state"], "running")

    def test_it_stops_in_time_whatever_is_open(self):
        daemon = self.tls_daemon()
        job = daemon.start_job(endless_dataset(daemon), ENDLESS)
        with (Stream(daemon, job["id"]) as stream, daemon.handshake(daemon.context),
              socket.create_connection(daemon.address) as silent,
              socket.create_connection(daemon.address) as hello):
            hello.sendall(b"\x16\x03\x01\x02\x00\x01")  # the beginning of a handshake
            stream.until(lambda _, name, __: name == "progress")
            self.assertLess(daemon.stop(), 2 * SLOWER)
            self.assertEqual(silent.recv(1), b"")


if __name__ == "__main__":
    unittest.main()
