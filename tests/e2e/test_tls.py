"""TLS: requested by the address or by the server, always verified, never silently omitted."""

import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

from case import BUILD, FAILURE, NOTHING, OK, USAGE, HubCase, NatsServer, let_time_pass

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


class Scripted(TlsCase):
    """Servers that do TLS by a script, with a certificate of the hub's authority."""

    def serve(self, play, names="IP:127.0.0.1", host="127.0.0.1", first=False):
        """`play(connection)` once TLS is up; unless TLS comes first, behind a greeting in the clear."""
        cert, key = self.certificates.issue(os.urandom(4).hex(), f"subjectAltName={names}", 2)

        def secured(connection):
            if not first:
                connection.info(tls_required=True)
            connection.start_tls(cert, key)
            play(connection)
        return self.fake(secured, host=host)

    def fake(self, play, **options):
        server = FakeServer(play, **options)
        self.addCleanup(server.close)
        return server

    def log_in(self, connection, **info):
        """The rest of a login, an INFO as newer servers send it, and the end of the link."""
        connection.until("PING")
        connection.send("PONG\r\n" + (f"INFO {json.dumps(info)}\r\nPING\r\n" if info else ""))
        if info:
            connection.until("PONG")


class Announced(Scripted):
    """Which servers a server can make us try."""

    def trap(self, **options):
        return self.serve(lambda connection: (self.log_in(connection), connection.serve()), **options)

    def listens_to(self, server, trap, taken):
        """The server drops its first link. Returns whether the trap is then contacted; else our server gets its second
        link."""
        self.left.servers = [server.url.replace("nats://", "tls://")]
        listener = self.remaphore(self.left, "--verbose").wait_ready()
        if taken:
            trap.wait(lambda: b"CONNECT" in trap.received, "a login")
        else:
            server.wait_connections(4)
            self.assertNotIn(b"CONNECT", trap.received)
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)

    def announces(self, *addresses, inside=True, names="IP:127.0.0.1"):
        """A server that names `addresses` in TLS or before it, and takes one login."""
        cert, key = self.certificates.issue("announcer", f"subjectAltName={names}", 2)
        info = {"max_payload": 1048576, "connect_urls": list(addresses)}

        def play(connection):
            connection.info(tls_required=True, **({} if inside else info))
            connection.start_tls(cert, key)
            if len(server.connections) == 1:
                self.log_in(connection, **(info if inside else {}))
        server = self.fake(play)
        return server

    def test_servers_announced_before_the_handshake_are_not_learned(self):
        trap = self.trap()
        self.listens_to(self.announces(f"127.0.0.1:{trap.port}", inside=False), trap, taken=False)

    def test_servers_announced_inside_tls_are_learned(self):
        trap = self.trap()
        self.listens_to(self.announces(f"127.0.0.1:{trap.port}"), trap, taken=True)

    def test_a_learned_address_must_bear_the_name_of_the_server_that_announced_it(self):
        trap = self.trap(names="IP:127.0.0.9", host="127.0.0.9")
        self.listens_to(self.announces(f"127.0.0.9:{trap.port}"), trap, taken=False)

    def test_a_learned_address_that_bears_it_is_taken(self):
        trap = self.trap(names="IP:127.0.0.1", host="127.0.0.9")
        self.listens_to(self.announces(f"127.0.0.9:{trap.port}"), trap, taken=True)

    def test_a_learned_address_is_not_talked_to_in_the_clear(self):
        trap = self.fake(lambda connection: (connection.info(), connection.serve()))
        self.listens_to(self.announces(f"127.0.0.1:{trap.port}"), trap, taken=False)

    def test_with_announced_servers_no_nothing_is_learned(self):
        self.left.settings["announced_servers"] = "no"
        trap = self.trap()
        self.listens_to(self.announces(f"127.0.0.1:{trap.port}"), trap, taken=False)


class KeyUpdates(HubCase):
    """A server that says nothing but them, as fast as it can."""

    slow = True

    def setUp(self):
        super().setUp()
        authority, flooding_server = self.path("ca.pem"), os.path.join(BUILD, "flooding_server")
        if not os.path.exists(flooding_server):
            self.skipTest("this build has no tests")
        flood = self.start(flooding_server, authority)
        port = int(flood.stdout.wait_lines(1)[0])
        self.left = self.node()
        self.left.settings["tls_ca"] = authority
        self.left.servers = [f"tls://localhost:{port}"]

    def test_do_not_keep_a_listener_from_its_timeout(self):
        process = self.remaphore(self.left, "-t", "1s").wait_ready()
        process.expect_exit(NOTHING)
        self.assertLess(process.seconds, 3)

    def test_do_not_keep_a_listener_from_term(self):
        process = self.listen(self.left)
        let_time_pass(0.2)
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM, within=3)

    def test_are_no_sign_of_life(self):
        process = self.listen(self.left)
        process.stderr.wait_for("does not answer", within=20)


class TlsFirst(Scripted):
    """A server that wants TLS before it says anything."""

    def first(self):
        return self.serve(lambda connection: (connection.handshake(), connection.serve()), first=True)

    def test_is_served_with_tls_first(self):
        server = self.first()
        self.left.servers = [server.url]
        self.left.settings["tls_first"] = "yes"
        self.send(self.left, "hi")
        self.assertIn(b"PUB ", server.received)
        self.assertTrue(server.connects[0]["tls_required"])

    def test_may_announce_servers(self):
        self.left.settings["tls_first"] = "yes"
        other = self.first()

        def play(connection):
            if len(server.connections) == 1:
                connection.handshake(connect_urls=[f"127.0.0.1:{other.port}"])
        server = self.serve(play, first=True)
        self.left.servers = [server.url]
        listener = self.listen(self.left)
        other.wait_connections(1)
        listener.signal(signal.SIGTERM)

    def test_without_tls_first_the_remedy_is_named(self):
        server = self.first()
        self.left.servers = [server.url.replace("nats://", "tls://")]
        process = self.remaphore(self.left, "-s", "-t", "1s", "hi")
        self.assert_refused(process, FAILURE, "does not answer", "handshake_first", "tls_first: yes")

    def test_without_tls_first_the_remedy_is_named_when_the_server_gives_up(self):
        self.left.servers = [self.fake(lambda connection: None).url.replace("nats://", "tls://")]
        process = self.remaphore(self.left, "-s", "-t", "500ms", "hi")
        self.assert_refused(process, FAILURE, "closed the connection", "handshake_first", "tls_first: yes")

    def test_with_tls_first_a_server_that_greets_first_is_named(self):
        self.left.settings["tls_first"] = "yes"
        process = self.remaphore(self.left, "-s", "-t", "500ms", "hi")
        self.assert_refused(process, FAILURE, "no TLS on that port", "tls_first")

    def test_with_tls_first_nothing_is_sent_in_the_clear(self):
        self.left.settings["tls_first"] = "yes"
        server = self.fake(lambda connection: (connection.info(), connection.hold()))
        self.left.servers = [server.url]
        self.remaphore(self.left, "-s", "-t", "500ms", "hi").expect_exit(FAILURE)
        self.assertTrue(server.received.startswith(b"\x16\x03"), server.received[:20])


class Rotation(TlsCase):
    """Files that are unusable for a moment do not end a listener."""

    certificate_options = {"verify_clients": True}

    def setUp(self):
        super().setUp()
        self.own = self.server(authority=self.hub().authority, tls=self.certificates)
        self.left.servers = [self.own.url]
        self.files = {}
        for name, source in (("tls_ca", self.certificates.ca), ("tls_cert", self.certificates.client_cert),
                             ("tls_key", self.certificates.client_key)):
            self.files[name] = shutil.copy(source, self.path(name))
            os.chmod(self.files[name], 0o600)
        self.left.settings |= self.files

    def check(self, name, content):
        listener = self.listen(self.left, "-o")
        with open(self.files[name]) as file:
            good = file.read()
        os.unlink(self.files[name])
        if content is not None:
            self.file(name, content, 0o600)
        self.own.kill()
        self.own.start()
        listener.stderr.wait_for(f"{name} {self.files[name]}: ")
        self.file(name, good, 0o600)
        listener.stderr.wait_for("is back")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)

    def test_a_file_that_is_gone(self):
        self.check("tls_ca", None)

    def test_a_file_that_is_empty(self):
        self.check("tls_cert", "")

    def test_a_file_that_is_half_written(self):
        with open(self.files["tls_key"]) as file:
            self.check("tls_key", file.read()[:60])

    def test_a_key_whose_certificate_has_not_come_yet(self):
        with open(self.certificates.server_key) as file:
            self.check("tls_key", file.read())


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
