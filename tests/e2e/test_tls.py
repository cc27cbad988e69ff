"""TLS: asked for by the address or by the server, always verified, never silently left out."""

import os
import re
import shutil
import subprocess
import tempfile

from case import BUILD, FAILURE, OK, USAGE, HubCase, NatsServer

from fake_server import FakeServer
from server import Certificates


class TlsCase(HubCase):
    certificate_options = {}
    _certificates = None

    @classmethod
    def hub(cls):
        if cls._hub is None:
            folder = tempfile.mkdtemp(prefix="tls-")
            cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
            cls._certificates = Certificates(folder, **cls.certificate_options)
            cls._hub = NatsServer(tls=cls._certificates).start()
            cls.addClassCleanup(cls._close_hub)
        return cls._hub

    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()
        self.left.settings["tls_ca"] = self.certificates.ca
        self.left.servers = [self.hub().url.replace("nats://", "tls://")]

    @property
    def certificates(self):
        self.hub()
        return self._certificates

    def check_delivered(self):
        self.right.subscribe()
        self.send(self.left, "hi")
        self.assertEqual(self.right.next().payload, b"hi")
        listener = self.listen(self.left, "-o")
        self.right.send(b"back")
        listener.expect_exit(OK)

    def check_refused(self, *parts):
        process = self.remaphore(self.left, "-s", "-t", "1500ms", "hi")
        self.assert_refused(process, FAILURE, *parts)
        self.assertLess(process.seconds, 5)


class WithTls(TlsCase):
    def test_a_tls_address_is_served_encrypted(self):
        self.check_delivered()

    def test_installed_under_any_prefix_it_finds_its_module(self):
        with open(os.path.join(BUILD, "CMakeCache.txt")) as cache:
            library = re.search(r"^CMAKE_INSTALL_LIBDIR:PATH=(.*)$", cache.read(), re.M).group(1)
        module = self.path(f"prefix/{library}/remaphore/remaphore-tls.so")
        program = self.path("prefix/bin/remaphore")
        for source, copy in (("remaphore", program), ("remaphore-tls.so", module)):
            os.makedirs(os.path.dirname(copy))
            shutil.copy(os.path.join(BUILD, source), copy)
        self.start(program, "-c", self.left.write(), "-s", "hi").expect_exit(OK)
        os.unlink(module)
        self.assert_refused(self.start(program, "-c", self.left.write(), "-s", "hi"), USAGE, module, "not installed")

    def test_a_server_that_requires_tls_gets_it_without_being_asked(self):
        self.left.servers = [self.hub().url]
        self.check_delivered()

    def test_a_host_name_of_the_certificate_is_good_too(self):
        self.left.servers = [f"tls://localhost:{self.hub().port}"]
        self.check_delivered()

    def test_an_unknown_authority_is_refused(self):
        self.left.settings["tls_ca"] = Certificates(self.path("other")).ca
        self.check_refused("certificate")

    def test_without_an_authority_of_ours_the_systems_decide(self):
        self.left.settings["tls_ca"] = None
        self.check_refused("certificate")

    def test_a_required_tls_is_verified_too(self):
        self.left.servers = [self.hub().url]
        self.left.settings["tls_ca"] = None
        self.check_refused("certificate")

    def test_an_authority_file_that_does_not_exist_is_named(self):
        path = self.path("absent.pem")
        self.left.settings["tls_ca"] = path
        process = self.remaphore(self.left, "-s", "-t", "2s", "hi")
        self.assert_refused(process, USAGE, path)

    def test_an_authority_file_that_is_none_is_named(self):
        self.left.settings["tls_ca"] = self.file("junk.pem", "junk\n")
        process = self.remaphore(self.left, "-s", "-t", "2s", "hi")
        self.assert_refused(process, USAGE, "tls_ca")

    def test_large_messages_pass_in_both_directions(self):
        self.right.subscribe()
        payload = b"x" * 130000
        self.send(self.left, payload)
        self.assertEqual(self.right.next().payload, payload)
        listener = self.listen(self.left, "-o")
        payload = b"y" * 1000000
        self.right.send(payload)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, payload + b"\n")

    def test_many_small_messages_arrive_as_they_were_sent(self):
        listener = self.listen(self.left)
        sent = [b"%d" % number for number in range(300)]
        for payload in sent:
            self.right.send(payload)
        listener.stdout.wait_lines(300)
        self.assertEqual(listener.stdout.data.split(), sent)

    def test_a_request_is_answered_over_tls(self):
        answering = self.node("com.answering")
        answering.servers, answering.settings["tls_ca"] = self.left.servers, self.certificates.ca
        self.listen(answering, "-o", "/bin/echo")
        process = self.remaphore(self.left, "-r", "-t", "5s", "-D", "com.answering", "hi").expect_exit(OK)
        self.assertEqual(process.stdout.data, b"com.answering,0,ping hi\n")

    def test_the_next_server_is_tried_after_a_bad_certificate(self):
        stranger = self.server(tls=Certificates(self.path("other")), authority=self.hub().authority)
        self.left.servers.insert(0, stranger.url.replace("nats://", "tls://"))
        self.check_delivered()


class WrongName(TlsCase):
    certificate_options = {"names": "DNS:elsewhere.example"}

    def test_a_certificate_for_another_name_is_refused(self):
        self.check_refused("certificate")

    def test_a_required_tls_checks_the_name_too(self):
        self.left.servers = [self.hub().url]
        self.check_refused("certificate")


class Expired(TlsCase):
    certificate_options = {"days": -1}

    def test_an_expired_certificate_is_refused(self):
        self.check_refused("certificate", "expired")


class ClientCertificates(TlsCase):
    certificate_options = {"verify_clients": True}

    def test_a_client_certificate_is_shown_when_configured(self):
        self.left.settings |= {"tls_cert": self.certificates.client_cert, "tls_key": self.certificates.client_key}
        self.check_delivered()

    def test_without_a_client_certificate_the_server_refuses(self):
        self.check_refused()

    def test_a_certificate_without_its_key_is_a_clear_error(self):
        self.left.settings["tls_cert"] = self.certificates.client_cert
        process = self.remaphore(self.left, "-s", "-t", "2s", "hi")
        self.assert_refused(process, USAGE, "tls_key")

    def test_a_key_with_a_passphrase_is_refused_without_a_prompt(self):
        key = self.path("protected.key")
        subprocess.run(["openssl", "pkey", "-in", self.certificates.client_key, "-aes128", "-passout", "pass:secret",
                        "-out", key], check=True)
        os.chmod(key, 0o600)
        self.left.settings |= {"tls_cert": self.certificates.client_cert, "tls_key": key}
        asked, held = os.pipe()  # somebody might type
        self.addCleanup(os.close, held)
        self.addCleanup(os.close, asked)
        for mode in (["-s", "hi"], ["-o"]):
            process = self.remaphore(self.left, *mode, stdin=asked, preexec=os.setsid)
            self.assert_refused(process, USAGE, key, "passphrase")

    def test_a_key_of_another_certificate_is_a_clear_error(self):
        self.left.settings |= {"tls_cert": self.certificates.client_cert, "tls_key": self.certificates.server_key}
        process = self.remaphore(self.left, "-s", "-t", "2s", "hi")
        self.assert_refused(process, USAGE, "tls_key")


class Plaintext(HubCase):
    """A tls:// address to a server that has no TLS is an error, and nothing of ours goes over the wire."""

    def setUp(self):
        super().setUp()
        self.left = self.node()

    def test_the_real_server_without_tls_is_refused(self):
        watcher = self.foreign().subscribe()
        self.left.servers = [self.hub().url.replace("nats://", "tls://")]
        process = self.remaphore(self.left, "-s", "-t", "1500ms", "hi")
        self.assert_refused(process, FAILURE, "tls")
        self.assertEqual(watcher.client.pending(), [])

    def test_nothing_is_sent_in_the_clear(self):
        def play(connection):
            connection.info()
            connection.hold()
        server = FakeServer(play)
        self.addCleanup(server.close)
        self.left.servers = [server.url.replace("nats://", "tls://")]
        self.remaphore(self.left, "-s", "-t", "800ms", "hi").expect_exit(FAILURE)
        for word in (b"CONNECT", b"PUB", b"jwt", b"ping"):
            self.assertNotIn(word, server.received)

    def test_a_server_that_requires_tls_and_has_none_gets_nothing_in_the_clear(self):
        def play(connection):
            connection.info(tls_required=True)
            connection.hold()
        server = FakeServer(play)
        self.addCleanup(server.close)
        self.left.servers = [server.url]
        process = self.remaphore(self.left, "-s", "-t", "2s", "hi")
        server.wait(lambda: server.received, "the client's first word")
        process.expect_exit(FAILURE)
        self.assertLess(process.seconds, 5)
        self.assertNotIn(b"CONNECT", server.received)
        self.assertTrue(server.received.startswith(b"\x16\x03"), server.received[:20])

    def test_a_handshake_that_never_ends_is_bounded_by_the_timeout(self):
        def play(connection):
            connection.info(tls_required=True)
            connection.more()
            connection.send(b"\x16\x03\x03")
            connection.hold()
        server = FakeServer(play)
        self.addCleanup(server.close)
        self.left.servers = [server.url]
        process = self.remaphore(self.left, "-s", "-t", "600ms", "hi").expect_exit(FAILURE)
        self.assertLess(process.seconds, 4)

    def test_without_tls_the_tls_files_are_not_needed(self):
        watcher = self.foreign().subscribe()
        self.send(self.left, "hi")
        self.assertEqual(watcher.next().payload, b"hi")
