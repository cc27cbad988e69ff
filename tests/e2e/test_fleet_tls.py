"""`remaphore-fleet`: TLS of a fleet, with its own certificate authority."""

import json
import os
import re
import shlex
import shutil
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
        """A certificate of the server, from the fleet's authority, that is valid for that long."""
        request = openssl("req", "-new", "-key", self.file_of("hub", "server.key"), "-subj", "/CN=server")
        extensions = self.file("extensions", f"subjectAltName={hosts}\n")
        text = openssl("x509", "-req", "-days", str(days), "-CA", self.file_of("hub", "ca.pem"),
                       "-CAkey", self.file_of("secrets", "ca.key"),
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
        openssl("verify", "-CAfile", self.file_of("hub", "ca.pem"), "-purpose", "sslserver", "-verify_ip", "127.0.0.1",
                self.file_of("hub", "server.pem"))
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
        self.assertIn("the TLS files are usable", "\n".join(lines))
        says = YES + rf"the certificate of .*{self.port} expires in 36\d days"
        self.assertTrue(any(re.fullmatch(says, line) for line in lines), lines)

    def three_servers(self):
        self.dir = self.path("names")
        self.tool("init", self.dir, "--tls", "--server", "nats://hub.example:4222", "--server", "192.0.2.7",
                  "--server", "[2001:db8::1]:4333", "--listen", "198.51.100.3:4222", "com.a").expect_exit(OK)

    def test_each_server_has_a_certificate_for_its_own_names_and_no_other(self):
        self.three_servers()
        loopback = "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1"
        for name, own in (("server.pem", "DNS:hub.example, IP Address:198.51.100.3"),
                          ("server-2.pem", "IP Address:192.0.2.7"),
                          ("server-3.pem", "IP Address:2001:DB8:0:0:0:0:0:1")):
            self.assertIn(f"\n                {own}, {loopback}\n", self.about("hub", name), name)
            openssl("verify", "-CAfile", self.file_of("hub", "ca.pem"), "-purpose", "sslserver",
                    self.file_of("hub", name))
        self.assertEqual(self.setting("com.a", "server"),
                         ["tls://hub.example:4222,tls://192.0.2.7,tls://[2001:db8::1]:4333"])

    def test_each_server_has_a_key_of_its_own_for_its_config_alone(self):
        self.three_servers()
        keys = {self.read("hub", name) for name in ("server.key", "server-2.key", "server-3.key")}
        self.assertEqual(len(keys), 3)
        for config, name in (("nats-server.conf", "server"), ("nats-server-2.conf", "server-2"),
                             ("nats-server-3.conf", "server-3")):
            used = set(re.findall(r'"([^"]*\.(?:pem|key))"', self.read("hub", config)))
            self.assertEqual(used, {self.file_of("hub", file) for file in ("ca.pem", f"{name}.pem", f"{name}.key")})
            self.assertEqual(mode_of(self.file_of("hub", f"{name}.key")), 0o600)

    def test_a_hub_finds_its_server_where_that_listens(self):
        self.dir = self.path("elsewhere")
        self.tool("init", self.dir, "--tls", "--server", "nats://hub.example", "--listen", f"127.0.0.2:{self.port}",
                  "com.a").expect_exit(OK)
        self.start_hub()

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
        openssl("req", "-x509", "-key", self.file_of("secrets", "ca.key"), "-days", "700",
                "-out", self.file_of("hub", "ca.pem"),
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
        self.assertEqual([os.path.basename(json.loads(line)["path"]) for line in again if "path" in line],
                         ["server.pem", "server.key"])

    def test_each_server_gets_a_new_certificate_and_key(self):
        self.dir = self.path("three")
        self.init("--server", "nats://192.0.2.2", "--server", "nats://192.0.2.3", "--tls", "com.a")
        names = [f"{name}.{ending}" for name in ("server", "server-2", "server-3") for ending in ("pem", "key")]
        before = [self.read("hub", name) for name in names]
        os.remove(self.file_of("hub", "server-2.key"))
        said = self.tool("renew-tls", self.dir).expect_exit(OK).stdout.text
        for name, old in zip(names, before):
            self.assertIn(f"  {self.file_of('hub', name)}\n", said)
            self.assertNotEqual(self.read("hub", name), old, name)
            self.assertEqual(mode_of(self.file_of("hub", name)), 0o600 if name.endswith("key") else 0o644)
        openssl("verify", "-CAfile", self.file_of("hub", "ca.pem"), "-verify_ip", "192.0.2.3",
                self.file_of("hub", "server-3.pem"))

    def test_a_fleet_without_tls_gets_the_remedy(self):
        self.dir = self.path("plain fleet")
        self.init("com.a")
        error = self.tool("renew-tls", self.dir).expect_exit(USAGE).stderr.text
        self.assertEqual(error.count("\n"), 1)
        words = shlex.split(error.split("certificates: ")[1])
        self.assertEqual(words,
                         ["remaphore-fleet", "servers", self.dir, "--tls", "--server", f"tls://127.0.0.1:{self.port}"])
        self.tool(*words[1:]).expect_exit(OK)
        self.tool("renew-tls", self.dir).expect_exit(OK)


class Added(FleetCase):
    """TLS for a fleet that was made without."""

    def setUp(self):
        super().setUp()
        self.init("com.a=*", "com.b=*")

    def add_tls(self, *words, code=OK, **options):
        return self.tool("servers", self.dir, "--tls", "--server", self.url, *words, **options).expect_exit(code)

    def works(self):
        hub = self.start_hub()
        for name in ("com.a", "com.b"):
            self.assertEqual(self.setting(name, "server"), [self.url.replace("nats:", "tls:")])
            self.assertEqual(self.setting(name, "tls_ca"), ["ca.pem"])
            self.assertEqual(self.read("nodes", name, "ca.pem"), self.read("hub", "ca.pem"))
            said = self.tool("check", self.conf(name)).expect_exit(OK, within=30).stdout.text
            self.assertIn("the certificate of", said)
        hub.signal(signal.SIGTERM)
        hub.wait_exit(within=15)

    def test_it_gets_all_that_one_has_that_was_made_with_it(self):
        said = self.add_tls().stdout.text
        for parts in (("hub", "nats-server.conf"), ("hub", "server.pem"), ("hub", "server.key"), ("hub", "ca.pem"),
                      ("nodes", "com.a", "remaphore.conf"), ("nodes", "com.b", "ca.pem")):
            self.assertIn("  " + os.path.join(self.dir, *parts) + "\n", said)
        self.assertNotIn("secrets", said)
        modes = {os.path.relpath(path, self.dir): mode_of(path) for path in snapshot(self.dir)}
        self.works()
        self.dir = self.path("made with")
        self.init("--tls", "com.a=*", "com.b=*")
        self.assertEqual(modes, {os.path.relpath(path, self.dir): mode_of(path) for path in snapshot(self.dir)})

    def test_a_listener_follows_when_its_server_starts_again(self):
        hub = self.start_hub()
        listener = self.as_node("com.a", "-o").wait_ready()
        self.add_tls()
        listener.stderr.wait_for("was read again")
        hub.signal(signal.SIGTERM)
        hub.wait_exit(within=15)
        self.start_hub()
        def heard():
            self.as_node("com.b", "-s", "encrypted").expect_exit(OK)
            return listener.returncode is not None
        wait_until(heard, "the listener hears of it", within=30)
        self.assertEqual(listener.stdout.data, b"encrypted\n")

    def test_the_next_steps_can_be_pasted_in_their_order(self):
        shutil.move(self.dir, self.path("a fleet"))
        self.dir = self.path("a fleet")
        self.start_hub().signal(signal.SIGTERM)
        said = self.add_tls().stdout.text
        steps = [shlex.split(line, comments=True) for line in said.split("next:\n")[1].splitlines()]
        self.assertEqual([words[:2] for words in steps[1:]],
                         [["remaphore-fleet", "hub"], ["remaphore-fleet", "provision"]])
        self.assertEqual(steps[0], ["scp", f"{self.dir}/nodes/com.a/*", "root@com.a:/etc/remaphore/"])
        hub = self.tool(*steps[1][1:])
        hub.stderr.wait_for("Ready\n")
        self.tool(*steps[2][1:]).expect_exit(OK)

    def test_hand_written_lines_stay_except_the_authority(self):
        with open(self.conf("com.a"), "a") as file:
            file.write("# my own remark\n")
        text = self.read("nodes", "com.b", "remaphore.conf").replace("allow_skew",
                                                                     "tls_ca: /etc/ssl/mine.pem\nallow_skew")
        with open(self.conf("com.b"), "w") as file:
            file.write(text)
        self.add_tls()
        self.assertTrue(self.read("nodes", "com.a", "remaphore.conf").endswith("# my own remark\n"))
        self.works()

    def test_a_tls_section_that_a_person_wrote_is_an_error_and_nothing_changes(self):
        with open(os.path.join(self.dir, "hub", "nats-server.conf"), "a") as file:
            file.write('tls { cert_file: "/etc/ssl/mine.pem", key_file: "/etc/ssl/mine.key" }\n')
        before = snapshot(self.dir)
        self.assertIn("nats-server.conf: has a tls section", self.add_tls(code=USAGE).stderr.text)
        self.assertEqual(snapshot(self.dir), before)

    def test_where_the_nodes_have_it_elsewhere_they_find_it_there(self):
        self.dir = self.path("absolute")
        self.init("--prefix", "/etc/remaphore", "com.a")
        self.add_tls()
        self.assertEqual(self.setting("com.a", "tls_ca"), ["/etc/remaphore/ca.pem"])

    def test_the_same_again_changes_nothing(self):
        self.add_tls()
        before = snapshot(self.dir)
        self.add_tls()
        self.tool("servers", self.dir, "--server", self.url).expect_exit(OK)
        self.assertEqual(snapshot(self.dir), before)

    def test_interrupted_it_does_all_of_it_and_killed_the_same_again_does_the_rest(self):
        self.tool("add", self.dir, *(f"com.node{i}" for i in range(60))).expect_exit(OK)
        plain = self.path("plain")
        shutil.copytree(self.dir, plain)
        for number in [signal.SIGTERM, signal.SIGINT] + [signal.SIGKILL] * 8:
            with self.subTest(number=number):
                shutil.rmtree(self.dir)
                shutil.copytree(plain, self.dir)
                process = self.tool("servers", self.dir, "--tls", "--server", self.url)
                count = len(os.listdir(os.path.join(self.dir, "hub")))
                wait_until(lambda: process.returncode is not None or
                           len(os.listdir(os.path.join(self.dir, "hub"))) != count, "it began")
                process.signal(number)
                self.assertIn(process.wait_exit(), (-number, OK), process)
                if number == signal.SIGKILL:
                    self.add_tls()
                else:
                    self.assertFalse([name for _, _, names in os.walk(self.dir) for name in names if ".tmp-" in name])
                self.works()


class Without(FleetCase):
    def test_a_server_beyond_the_loopback_is_a_warning(self):
        said = self.tool("init", self.dir, "--server", "nats://hub.example", "com.a").expect_exit(OK).stdout.text
        self.assertIn("without TLS", said)
        for args in (["--server", "nats://hub.example", "--tls"], ["--server", "nats://127.0.0.1"],
                     ["--server", "nats://hub.example", "--listen", "127.0.0.1:4222"]):
            said = self.tool("init", self.path("other-" + str(len(args)) + args[-1].strip("-/:")[:4]), *args,
                             "com.a").expect_exit(OK).stdout.text
            self.assertNotIn("without TLS", said, args)

    def test_its_hub_warns_too(self):
        self.tool("init", self.dir, "--keep", "0", "--server", self.url, "--listen", f"0.0.0.0:{self.port}",
                  "com.a").expect_exit(OK)
        hub = self.start_hub()
        self.assertIn("without TLS", hub.stderr.text)
