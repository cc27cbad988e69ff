"""A name with several addresses: whatever fails up to the login is a failure of that address."""

import shutil
import signal
import tempfile

from case import FAILURE, OK, REMAPHORE, HubCase, NatsServer, wait_until

from fake_server import FakeServer
from names import NameServer, resolv_conf, seeing
from server import Certificates

NAME = "hub.example"
BAD, GOOD = "127.0.0.2", "127.0.0.3"  # as near to 127.0.0.1 as each other: getaddrinfo leaves them in their order


class NamedCase(HubCase):
    """The hub is the second address of its name, on the same port."""

    hub_options = {"host": GOOD}
    scheme = "nats"

    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()
        self.left.servers = [f"{self.scheme}://{NAME}:{self.hub().port}"]
        self.target, self.seen = "/etc/hosts", self.file("hosts", f"{BAD} {NAME}\n{GOOD} {NAME}\n")

    def remaphore(self, node, *args, **options):
        argv = seeing(self.target, self.seen, [REMAPHORE, "-c", node.write(), *args])
        if argv is None:
            self.skipTest("no mount namespace to be had")
        return self.start(*argv, **options)

    def fake(self, play, host=BAD):
        server = FakeServer(play, host=host, port=self.hub().port)
        self.addCleanup(server.close)
        return server

    def first(self, **options):
        """A real server on the first address."""
        return self.server(**{"host": BAD, "port": self.hub().port} | options)

    def check_delivered(self, *flags):
        self.right.subscribe()
        self.send(self.left, *flags, "hi")
        self.assertEqual(self.right.next().payload, b"hi")
        listener = self.listen(self.left, "-o")
        self.right.send(b"back")
        listener.expect_exit(OK)
        return listener


class FirstAddress(NamedCase):
    slow = True

    def test_that_nobody_listens_on_is_passed_over(self):
        self.check_delivered()

    def test_that_is_silent_is_passed_over(self):
        fake = self.fake(lambda connection: connection.hold())
        self.check_delivered()
        self.assertEqual(len(fake.connections), 2)

    def test_that_is_silent_leaves_a_short_timeout_enough_for_the_second(self):
        self.fake(lambda connection: connection.hold())
        self.check_delivered("-t", "1500ms")

    def test_that_closes_at_once_is_passed_over(self):
        self.fake(lambda connection: None)
        self.check_delivered()

    def test_that_freezes_after_its_greeting_is_passed_over(self):
        self.fake(lambda connection: (connection.info(), connection.hold()))
        listener = self.listen(self.left, "-o")
        self.right.send(b"back")
        listener.expect_exit(OK)

    def test_that_is_full_is_passed_over(self):
        full = self.first(authority=self.hub().authority, max_connections=1)
        holder = full.client(self.hub().credentials)
        self.addCleanup(holder.close)
        self.check_delivered()

    def test_that_is_another_fleets_is_passed_over(self):
        self.first()
        self.check_delivered()

    def test_that_is_a_cluster_port_is_passed_over(self):
        self.cluster_port()
        self.check_delivered()

    def test_that_speaks_no_nats_is_passed_over(self):
        self.fake(lambda connection: connection.send("SSH-2.0-OpenSSH_9.2p1\r\n"))
        self.check_delivered()

    def test_is_named_in_errors_about_it(self):
        fake = self.fake(lambda connection: connection.send("SSH-2.0-OpenSSH_9.2p1\r\n"))
        listener = self.check_delivered()
        self.assert_error_line(listener, f"{NAME}:{fake.port} ({BAD})", "trying again")

    def cluster_port(self):
        return self.server(extra=f'cluster {{ name: c, listen: "{BAD}:{self.hub().port}" }}\n')


class Check(NamedCase):
    def test_an_address_that_is_passed_over_is_reported_and_is_not_a_failure(self):
        self.fake(lambda connection: None)
        process = self.remaphore(self.left, "--check").expect_exit(OK)
        self.assertRegex(process.stdout.text, rf"(?m)^· .*{NAME}:\d+ \({BAD}\): the server closed the connection$")
        self.assertRegex(process.stdout.text, rf"(?m)^✔ {NAME}:\d+ answers in ")


class AllAddresses(NamedCase):
    def test_that_refuse_the_credentials_are_final_at_once(self):
        self.left.write_credentials(NatsServer().credentials)
        self.first()
        process = self.remaphore(self.left, "-s", "-t", "20s", "hi")
        self.assert_refused(process, FAILURE, "refuses the credentials")
        self.assertLess(process.seconds, 8)

    def test_a_refusal_is_final_though_the_other_has_no_listener(self):
        self.left.write_credentials(NatsServer().credentials)
        process = self.remaphore(self.left, "-s", "-t", "20s", "hi")
        self.assert_refused(process, FAILURE, "refuses the credentials")
        self.assertLess(process.seconds, 8)

    def test_the_fault_of_one_that_answers_is_reported_rather_than_another_without_a_listener(self):
        self.seen = self.file("hosts", f"127.0.0.4 {NAME}\n{BAD} {NAME}\n")
        self.fake(lambda connection: connection.send("SSH-2.0-OpenSSH_9.2p1\r\n"), host="127.0.0.4")
        process = self.remaphore(self.left, "-s", "-t", "700ms", "hi")
        self.assert_refused(process, FAILURE, "(127.0.0.4)")

    def test_are_tried_before_the_next_server(self):
        fakes = [self.fake(lambda connection: None, host=host) for host in (BAD, "127.0.0.4")]
        self.seen = self.file("hosts", f"{BAD} {NAME}\n127.0.0.4 {NAME}\n")
        self.left.servers.append(self.hub().url)
        self.send(self.left, "hi")
        self.assertEqual([len(fake.connections) for fake in fakes], [1, 1])

    def test_a_listener_whose_server_is_gone_goes_to_the_other_address(self):
        first = self.first(authority=self.hub().authority)
        listener = self.listen(self.left, "-o")
        first.kill()
        listener.stderr.wait_for("is back")
        self.right.send(b"back")
        listener.expect_exit(OK)


class Certificate(NamedCase):
    scheme = "tls"

    @classmethod
    def hub(cls):
        if cls.__dict__.get("_hub") is None:
            folder = tempfile.mkdtemp(prefix="tls-")
            cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
            cls.certificates = Certificates(folder, names=f"DNS:{NAME}")
            cls._hub = NatsServer(host=GOOD, tls=cls.certificates).start()
            cls.addClassCleanup(cls._close_hub)
        return cls._hub

    def setUp(self):
        super().setUp()
        self.left.settings["tls_ca"] = self.certificates.ca

    def test_a_first_address_whose_certificate_is_unusable_is_passed_over(self):
        self.first(authority=self.hub().authority, tls=Certificates(self.path("other"), names=f"DNS:{NAME}"))
        self.check_delivered()

    def test_a_first_address_without_tls_is_passed_over(self):
        self.first(authority=self.hub().authority)
        self.check_delivered()


class SlowNames(NamedCase):
    def setUp(self):
        super().setUp()
        try:
            self.names = NameServer([GOOD])
        except PermissionError:
            self.skipTest("the port of name servers is not to be had")
        self.addCleanup(self.names.close)
        self.target, self.seen = "/etc/resolv.conf", resolv_conf(self.folder, self.names.host)

    def asked(self):
        return self.names.questions.count(1)

    def test_a_name_is_looked_up_once_for_as_long_as_it_takes_and_that_is_reported(self):
        listener = self.remaphore(self.left, "-o")
        listener.stderr.wait_for(f'cannot look up "{NAME}" yet: the name servers are slow to answer; trying again')
        self.names.release()
        listener.wait_ready()
        self.assertEqual(self.asked(), 1)
        self.right.send(b"hi")
        listener.expect_exit(OK)

    def test_a_sender_reports_that_too_while_it_waits(self):
        for mode in (["-s", "-t", "20s"], ["-r", "-t", "20s"]):
            with self.subTest(mode=mode):
                sender = self.remaphore(self.left, *mode, "hi")
                sender.stderr.wait_for(f'cannot look up "{NAME}" yet: the name servers are slow to answer; '
                                       "trying again")
                self.assertIsNone(sender.returncode)

    def test_the_next_server_is_tried_meanwhile(self):
        self.left.servers.append(self.hub().url)
        self.send(self.left, "-t", "5s", "hi")
        self.assertEqual(self.asked(), 1)

    def test_a_sender_waits_for_them_until_its_timeout(self):
        process = self.remaphore(self.left, "-s", "-t", "3s", "hi")
        self.assert_refused(process, FAILURE, f'cannot look up "{NAME}" yet')
        self.assertTrue(2.9 < process.seconds < 5)

    def test_term_ends_a_listener_that_waits_for_them(self):
        listener = self.remaphore(self.left)
        wait_until(lambda: self.names.questions, "a question")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)
