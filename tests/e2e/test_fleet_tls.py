"""`remaphore-fleet`: TLS of a fleet, with an authority of its own."""

import json
import os
import re
import signal
import ssl
import subprocess

from case import OK, USAGE, mode_of, wait_until
from test_fleet import FleetCase, snapshot

from nats_client import NatsClient, NatsError

FAILED = 3
YES, NOTE = "\u2714 ", "\u00b7 "


def openssl(*args, **options):
    return subprocess.run(["openssl", *args], check=True, capture_output=True, text=True, **options).stdout


class TlsCase(FleetCase):
    def setUp(self):
        super().setUp()
        self.init("--keep", "0", "--tls", "com.a=*", "com.b=*")

    def file_of(self, *parts):
        return os.path.join(self.dir, *parts)

    def about(self, *parts):
        return openssl("x509", "-in", self.file_of(*parts), "-noout", "-text")

    def sign(self, days, hosts="IP:127.0.0.1"):
        """A certificate of the server, by the fleet's authority, that lasts so long."""
        request = openssl("req", "-new", "-key", self.file_of("hub", "server.key"), "-subj", "/CN=server")
        extensions = self.file("extensions", f"subjectAltName={hosts}\n")
        text = openssl("x509", "-req", "-days", str(days), "-CA", self.file_of("hub", "ca.pem"), "-CAkey", self.file_of("secrets", "ca.key"),
                       "-set_serial", "7", "-extfile", extensions, input=request)
        with open(self.file_of("hub", "server.pem"), "w") as file:
            file.write(text)

    def check(self, name="com.a", code=OK):
        return self.tool("check", self.conf(name)).expect_exit(code, within=30).stdout.lines

    def messages_go(self):
        listener = self.as_node("com.a", "-o").wait_ready()
        self.as_node("com.b", "-s", "hi").expect_exit(OK)
        listener.expect_exit(OK)


class Init(TlsCase):
    def test_it_makes_an_authority_and_a_certificate_of_the_server_and_every_node_trusts_it(self):
        for name in ("com.a", "com.b"):
            self.assertEqual(self.setting(name, "tls_ca"), ["ca.pem"])
            self.assertEqual(self.setting(name, "server"), [f"tls://127.0.0.1:{self.port}"])
            self.assertEqual(self.read("nodes", name, "ca.pem"), self.read("hub", "ca.pem"))
        self.assertIn("CA:TRUE", self.about("hub", "ca.pem"))
        openssl("verify", "-CAfile", self.file_of("hub", "ca.pem"), "-purpose", "sslserver", "-verify_ip", "127.0.0.1", self.file_of("hub", "server.pem"))
        for path, mode in ((("secrets", "ca.key"), 0o600), (("hub", "server.key"), 0o600), (("hub", "ca.pem"), 0o644),
                           (("hub", "server.pem"), 0o644), (("nodes", "com.a", "ca.pem"), 0o640)):
            self.assertEqual(mode_of(self.file_of(*path)), mode, path)

    def test_the_authority_s_key_signs_servers_only_and_stays_with_the_fleet(self):
        self.assertIn("pathlen:0", self.about("hub", "ca.pem"))
        self.assertIn("CA:FALSE", self.about("hub", "server.pem"))
        secret = self.read("secrets", "ca.key").splitlines()[1]
        for path, content in snapshot(self.dir).items():
            if not path.endswith("secrets/ca.key"):
                self.assertNotIn(secret, str(content))

    def test_the_nodes_work_with_it(self):
        self.start_hub()
        self.messages_go()
        lines = self.check()
        self.assertIn("the files for TLS can be used", "\n".join(lines))
        self.assertTrue(any(re.fullmatch(YES + rf"the certificate of tls://127\.0\.0\.1:{self.port} expires in 36\d days", line) or
                            re.fullmatch(YES + rf"the certificate of .*{self.port} expires in 36\d days", line) for line in lines), lines)

    def test_every_name_of_its_servers_is_in_the_certificate(self):
        self.dir = self.path("names")
        self.tool("init", self.dir, "--tls", "--server", "nats://hub.example:4222", "--server", "192.0.2.7", "--server", "[2001:db8::1]:4333",
                  "--listen", "127.0.0.1:4222", "com.a").expect_exit(OK)
        for option, host in (("-verify_hostname", "hub.example"), ("-verify_ip", "192.0.2.7"), ("-verify_ip", "2001:db8::1"),
                             ("-verify_hostname", "localhost"), ("-verify_ip", "::1")):
            openssl("verify", "-CAfile", self.file_of("hub", "ca.pem"), option, host, self.file_of("hub", "server.pem"))
        self.assertEqual(self.setting("com.a", "server"), ["tls://hub.example:4222,tls://192.0.2.7,tls://[2001:db8::1]:4333"])

    def test_an_added_node_trusts_it_too(self):
        self.tool("add", self.dir, "com.c").expect_exit(OK)
        self.assertEqual(self.read("nodes", "com.c", "ca.pem"), self.read("hub", "ca.pem"))
        self.start_hub()
        self.as_node("com.c", "-s", "hi").expect_exit(OK)

    def test_a_server_with_another_authority_is_refused(self):
        mine = self.dir
        self.dir = self.path("other")
        self.init("--keep", "0", "--tls", "com.a", "com.b")
        for name in ("server.pem", "server.key"):
            with open(os.path.join(mine, "hub", name), "w") as file:
                file.write(self.read("hub", name))
        self.dir = mine
        self.tool("hub", self.dir)
        process = self.as_node("com.a", "-s", "-t", "3s", "hi").expect_exit(FAILED, within=20)
        self.assertRegex(process.stderr.text, "certificate|refused")

    def test_a_link_without_tls_is_refused_by_the_server(self):
        self.start_hub()
        with self.assertRaises((NatsError, OSError, ssl.SSLError, EOFError)):
            NatsClient(self.url, self.read("nodes", "com.a", "nats.creds")).flush()

    def test_a_roster_is_published_over_it(self):
        self.start_hub()
        said = self.tool("publish", self.dir, "-t", "2s").expect_exit(1, within=20).stdout.text
        self.assertIn("com.a has not answered", said)


class Renewal(TlsCase):
    def test_a_new_certificate_takes_the_place_of_the_old_one_and_the_nodes_notice_nothing(self):
        hub = self.start_hub()
        before = self.about("hub", "server.pem")
        process = self.tool("renew-tls", self.dir).expect_exit(OK)
        self.assertIn(self.file_of("hub", "server.pem"), process.stdout.text)
        self.assertIn("reload", process.stdout.text)
        self.assertNotEqual(self.about("hub", "server.pem"), before)
        self.assertEqual(mode_of(self.file_of("hub", "server.key")), 0o600)
        serial = int(openssl("x509", "-in", self.file_of("hub", "server.pem"), "-noout", "-serial").split("=")[1], 16)
        hub.signal(signal.SIGHUP)
        self.assertGreater(serial, 0)
        wait_until(lambda: self.as_node("com.a", "-s", "-t", "20s", "hi").wait_exit(within=30) == OK, "the nodes work")
        self.messages_go()

    def test_check_warns_thirty_days_ahead(self):
        for days, mark in ((29, NOTE), (32, YES)):
            self.sign(days)
            hub = self.start_hub()
            line, = (line for line in self.check() if "the certificate of" in line)
            self.assertTrue(line.startswith(mark), line)
            self.assertEqual("renew-tls" in line, mark == NOTE)
            hub.signal(signal.SIGTERM)
            hub.wait_exit(within=15)

    def test_an_authority_that_ends_within_two_years_is_renewed_under_its_key(self):
        openssl("req", "-x509", "-key", self.file_of("secrets", "ca.key"), "-days", "700", "-out", self.file_of("hub", "ca.pem"),
                "-subj", "/CN=remaphore com.fleet", "-addext", "basicConstraints=critical,CA:TRUE,pathlen:0")
        before = self.read("hub", "ca.pem")
        with open(self.file_of("nodes", "com.b", "ca.pem"), "w") as file:
            file.write(before)
        said = self.tool("renew-tls", self.dir).expect_exit(OK).stdout.text
        self.assertNotEqual(self.read("hub", "ca.pem"), before)
        for name in ("com.a", "com.b"):
            self.assertIn(self.file_of("nodes", name, "ca.pem"), said)
            self.assertEqual(self.read("nodes", name, "ca.pem"), self.read("hub", "ca.pem"))
        old = self.file("old.pem", before)
        openssl("verify", "-CAfile", old, self.file_of("hub", "server.pem"))  # nodes that have the old one yet
        again = self.tool("renew-tls", self.dir, "--json").expect_exit(OK).stdout.lines
        self.assertEqual([os.path.basename(json.loads(line)["path"]) for line in again if "path" in line], ["server.pem", "server.key"])

    def test_a_fleet_without_tls_has_nothing_to_renew(self):
        self.dir = self.path("plain")
        self.init("com.a")
        self.tool("renew-tls", self.dir).expect_exit(USAGE)


class Without(FleetCase):
    def test_a_server_beyond_the_loopback_says_so(self):
        said = self.tool("init", self.dir, "--server", "nats://hub.example", "com.a").expect_exit(OK).stdout.text
        self.assertIn("without TLS", said)
        for args in (["--server", "nats://hub.example", "--tls"], ["--server", "nats://127.0.0.1"],
                     ["--server", "nats://hub.example", "--listen", "127.0.0.1:4222"]):
            said = self.tool("init", self.path("other-" + str(len(args)) + args[-1].strip("-/:")[:4]), *args, "com.a").expect_exit(OK).stdout.text
            self.assertNotIn("without TLS", said, args)

    def test_its_hub_says_so_too(self):
        self.tool("init", self.dir, "--keep", "0", "--server", self.url, "--listen", f"0.0.0.0:{self.port}", "com.a").expect_exit(OK)
        hub = self.start_hub()
        self.assertIn("without TLS", hub.stderr.text)
