"""`remaphore --check`: is this node ready? The same questions as `remaphore-fleet check`."""

import grp
import os
import re
import signal

from case import NOTHING, OK, USAGE
from test_fleet import FleetCase

from fake_server import FakeServer
from server import Certificates

NOT_READY = NOTHING


class CheckCase(FleetCase):
    def setUp(self):
        super().setUp()
        self.init("com.a=*", "com.b=*")

    def check(self, *args, code=OK, **options):
        return self.command("--check", "-c", self.conf("com.a"), *args, **options).expect_exit(code)

    def failures(self, process):
        return [line for line in process.stdout.lines if line.startswith("\u2718 ")]


class Answers(CheckCase):
    def test_they_are_those_of_the_other_program(self):
        def without_times(process):
            self.assertEqual(process.stderr.data, b"", process)
            return re.sub(r"[\d.]+ ms", "N ms", process.stdout.text)
        self.start_hub()
        for spoil, code in ((lambda: None, OK), (lambda: os.chmod(self.conf("com.a"), 0o644), NOT_READY),
                            (lambda: os.unlink(self.creds("com.a")), NOT_READY)):
            spoil()
            ours = self.check(code=code)
            theirs = self.tool("check", self.conf("com.a")).expect_exit(code)
            self.assertEqual(without_times(ours), without_times(theirs))
            self.assertGreater(len(ours.stdout.lines), 2)
        self.assertEqual(len(self.failures(ours)), 2)

    def test_a_good_node_passes_every_point(self):
        self.start_hub()
        process = self.check()
        self.assertEqual(len(process.stdout.lines), 10, process)
        self.assertTrue(all(line.startswith("\u2714 ") for line in process.stdout.lines), process)

    def test_a_ping_is_opted_in_and_names_the_nodes_that_answer(self):
        self.start_hub()
        listener = self.as_node("com.b", "/bin/echo").wait_ready()
        self.assertNotIn("com.b", self.check().stdout.text)
        process = self.check("--ping")
        self.assertRegex(process.stdout.text, r"(?m)^\u00b7 com\.b answers in [\d.]+ ms, its clock is \S+ s from ours$")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)
        self.assertNotIn("exit status", listener.stderr.text)  # of a command
        self.assertEqual(listener.stdout.data, b"")

    def test_as_root_files_are_judged_for_the_user_that_will_read_them(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        self.start_hub()
        os.chmod(self.folder, 0o755)
        for folder in (self.dir, os.path.join(self.dir, "nodes"), os.path.dirname(self.conf("com.a"))):
            os.chmod(folder, 0o755)
        self.check()
        for user in ("nobody", "nobody:nogroup", "65534"):
            with self.subTest(user=user):
                failed, = self.failures(self.check("--user", user, code=NOT_READY))
                self.assertIn(f"{self.conf('com.a')}: cannot be read: Permission denied", failed)
        for path in (self.conf("com.a"), self.creds("com.a")):
            os.chown(path, 0, grp.getgrnam("nogroup").gr_gid)
        self.check("--user", "nobody")

    def test_a_user_who_cannot_be_become_is_a_usage_error(self):
        for user, part in (("no-such-user", "no such user"), ("nobody:no-such-group", "no such group")):
            with self.subTest(user=user):
                process = self.command("--check", "-c", self.conf("com.a"), f"--user={user}").expect_exit(USAGE)
                self.assertIn(part, process.stderr.text)

    def test_a_config_that_is_none_is_a_failed_point(self):
        with open(self.conf("com.a"), "a") as file:
            file.write("nonsense here\n")
        process = self.check(code=NOT_READY)
        self.assertEqual(len(process.stdout.lines), 1)
        self.assertRegex(process.stdout.text, r"remaphore\.conf:\d+: ")

    def test_each_server_is_a_point_of_its_own(self):
        self.start_hub()
        with open(self.conf("com.a")) as file:
            text = file.read()
        with open(self.conf("com.a"), "w") as file:
            file.write(text.replace(f"server: {self.url}", f"server: {self.url}\nserver: nats://127.0.0.1:1", 1))
        process = self.check(code=NOT_READY)
        self.assertEqual(len(self.failures(process)), 1, process)
        self.assertIn("127.0.0.1:1", self.failures(process)[0])
        self.assertIn(f"127.0.0.1:{self.port} permits publishing", process.stdout.text)

    def add(self, **settings):
        with open(self.conf("com.a")) as file:
            text = file.read()
        with open(self.conf("com.a"), "w") as file:
            file.write("".join(f"{key}: {value}\n" for key, value in settings.items()) + text)

    def test_a_file_for_tls_that_cannot_be_used_is_named_by_both_programs(self):
        certificates = Certificates(self.path("tls"))
        junk = self.file("junk.pem", "junk\n", 0o600)
        self.add(tls_ca=certificates.ca, tls_cert=certificates.client_cert, tls_key=junk)
        for process in (self.check(code=NOT_READY), self.tool("check", self.conf("com.a")).expect_exit(NOT_READY)):
            failure, = self.failures(process)
            self.assertIn(f"tls_key {junk}: it holds no private key", failure)
            self.assertNotIn("does the server run", process.stdout.text)

    def test_files_for_tls_that_can_be_used_are_a_point(self):
        certificates = Certificates(self.path("tls"))
        os.chmod(certificates.client_key, 0o600)
        self.add(tls_ca=certificates.ca, tls_cert=certificates.client_cert, tls_key=certificates.client_key)
        self.assertIn("\u2714 the TLS files are usable", self.check(code=NOT_READY).stdout.text)

    def test_a_stop_signal_ends_it(self):
        def silent(connection):
            connection.info()
            while connection.operation():
                pass
        server = FakeServer(silent)
        self.addCleanup(server.close)
        with open(self.conf("com.a")) as file:
            text = file.read()
        with open(self.conf("com.a"), "w") as file:
            file.write(text.replace(self.url, server.url))
        process = self.command("--check", "-c", self.conf("com.a"))
        process.stdout.wait_for("never expire")
        process.signal(signal.SIGINT)
        process.expect_exit(-signal.SIGINT, within=3)


class Usage(CheckCase):
    def test_nothing_else_goes_with_it(self):
        for args, part in ((["-s"], "-s"), (["-r"], "-r"), (["x.conf"], "x.conf")):
            with self.subTest(args=args):
                self.assert_refused(self.command("--check", *args), USAGE, "--check", part)

    def test_a_ping_alone_is_a_usage_error(self):
        for mode in ("-s", "-r", "-o"):
            self.assert_refused(self.command("--ping", mode), USAGE, "--ping", "--check")
