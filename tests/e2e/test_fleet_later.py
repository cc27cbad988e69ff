"""`remaphore-fleet`: add, revoke and check, on a fleet that already lives."""

import os
import re
import signal
import time

from case import OK, USAGE, mode_of
from test_fleet import FleetCase, snapshot

import nkeys
import wire
from nats_client import NatsClient, NatsError


class LivingFleet(FleetCase):
    def setUp(self):
        super().setUp()
        self.init("com.a=*", "com.b=*")

    def nodes(self):
        return sorted(os.listdir(os.path.join(self.dir, "nodes")))

    def peers(self, name):
        return sorted(line[0] for line in self.section(name, "Peers"))

    def refuse(self, *args, parts=()):
        before = snapshot(self.dir)
        process = self.tool(*args).expect_exit(USAGE)
        self.assertRegex(process.stderr.text, r"(?m)^remaphore-fleet: [^A-Z]", process)
        for part in parts:
            self.assertIn(part, process.stderr.text)
        self.assertEqual(snapshot(self.dir), before)


class Add(LivingFleet):
    def test_a_new_node_is_known_to_all_and_knows_all(self):
        self.tool("add", self.dir, "net.c=deploy").expect_exit(OK)
        self.assertEqual(self.nodes(), ["com.a", "com.b", "net.c"])
        self.assertEqual([self.peers(name) for name in self.nodes()],
                         [["com.b", "net.c"], ["com.a", "net.c"], ["com.a", "com.b"]])
        self.assertIn("net.c", self.read("roster"))
        self.assertEqual((mode_of(self.conf("net.c")), mode_of(self.creds("net.c"))), (0o640, 0o640))

    def test_no_file_of_the_server_is_changed(self):
        before = snapshot(os.path.join(self.dir, "hub"))
        self.tool("add", self.dir, "net.c").expect_exit(OK)
        self.assertEqual(snapshot(os.path.join(self.dir, "hub")), before)

    def test_credentials_and_keys_of_the_others_stay(self):
        before = {name: (self.read("nodes", name, "nats.creds"), self.section(name, "Identities")) for name in self.nodes()}
        self.tool("add", self.dir, "net.c").expect_exit(OK)
        for name, kept in before.items():
            self.assertEqual((self.read("nodes", name, "nats.creds"), self.section(name, "Identities")), kept)

    def test_what_a_person_wrote_into_a_config_stays(self):
        path = self.conf("com.a")
        text = open(path).read()
        stranger = wire.Identity().public
        with open(path, "w") as file:
            file.write("# my own remark\n" + text.replace("destination: com.a", "destination: com.a.renamed")
                       + f"\n# a friend\nnet.friend {stranger} [ping]\n")
        self.tool("add", self.dir, "net.c").expect_exit(OK)
        after = open(path).read()
        for part in ("# my own remark", "destination: com.a.renamed", "# a friend", f"net.friend {stranger} [ping]"):
            self.assertIn(part, after)
        self.assertEqual(self.peers("com.a"), ["com.b", "net.c", "net.friend"])

    def test_several_nodes_are_added_at_once(self):
        self.tool("add", self.dir, "net.c", "net.d").expect_exit(OK)
        self.assertEqual(self.peers("net.c"), ["com.a", "com.b", "net.d"])

    def test_an_existing_node_is_left_alone(self):
        self.refuse("add", self.dir, "com.a", parts=["com.a"])
        self.refuse("add", self.dir, "net.new", "com.b", parts=["com.b"])

    def test_a_folder_that_is_no_fleet_is_a_usage_error(self):
        self.refuse("add", self.path("nothing"), "com.x", parts=[self.path("nothing")])

    def test_a_node_may_bring_its_own_key(self):
        own = wire.Identity()
        self.tool("add", self.dir, "net.c", "--public-key", own.public).expect_exit(OK)
        self.assertIn(["net.c", own.public], [line[:2] for line in self.section("com.a", "Peers")])
        self.assertIn(own.public, self.read("roster"))

    def test_a_key_that_is_none_is_refused(self):
        self.refuse("add", self.dir, "net.c", "--public-key", "xyz", parts=["xyz"])

    def test_an_added_node_works_without_a_word_to_the_server(self):
        self.start_hub()
        self.tool("add", self.dir, "net.c=*").expect_exit(OK)
        listener = self.as_node("com.a", "-o").wait_ready()
        self.as_node("net.c", "-s", "hi").expect_exit(OK)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"hi\n")


class Revoke(LivingFleet):
    def test_a_revoked_node_is_dropped_and_its_folder_moved(self):
        process = self.tool("revoke", self.dir, "com.b").expect_exit(OK)
        self.assertEqual(self.nodes(), ["com.a"])
        self.assertTrue(os.path.exists(os.path.join(self.dir, "revoked", "com.b", "remaphore.conf")))
        self.assertEqual(self.peers("com.a"), [])
        said = process.stdout.text + process.stderr.text
        self.assertIn("com.a", said)
        self.assertRegex(said, r"(?i)reload")

    def test_its_user_stands_in_the_account_token(self):
        user = nkeys.claims_of(nkeys.parse_credentials(self.read("nodes", "com.b", "nats.creds"))[0])["sub"]
        self.tool("revoke", self.dir, "com.b").expect_exit(OK)
        tokens = re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", self.read("hub", "nats-server.conf"))
        revoked = [nkeys.claims_of(token)["nats"].get("revocations", {}) for token in tokens]
        self.assertTrue(any(user in table for table in revoked), revoked)
        for token in tokens:
            nkeys.verify_token(token)

    def test_after_a_reload_its_credentials_are_refused_and_the_others_work(self):
        hub = self.start_hub()
        credentials = self.read("nodes", "com.b", "nats.creds")
        NatsClient(self.url, credentials).close()
        self.tool("revoke", self.dir, "com.b").expect_exit(OK)
        hub.signal(signal.SIGTERM)
        hub.wait_exit(within=15)
        self.start_hub()
        with self.assertRaises(NatsError):
            NatsClient(self.url, credentials)
        self.as_node("com.a", "-s", "hi").expect_exit(OK)

    def test_an_unknown_node_is_a_usage_error(self):
        self.refuse("revoke", self.dir, "net.unknown", parts=["net.unknown"])

    def test_a_revoked_name_may_be_given_again(self):
        self.tool("revoke", self.dir, "com.b").expect_exit(OK)
        self.tool("add", self.dir, "com.b").expect_exit(OK)
        self.assertEqual(self.peers("com.a"), ["com.b"])


class Check(LivingFleet):
    def check(self, name="com.a", *args, code=OK):
        return self.tool("check", *args, self.conf(name)).expect_exit(code)

    def test_a_good_node_passes_every_point(self):
        self.start_hub()
        process = self.check()
        self.assertIn("\u2714", process.stdout.text)
        self.assertNotIn("\u2718", process.stdout.text)
        self.assertRegex(process.stdout.text, r"\d+(\.\d+)? ?(ms|\u00b5s|us)")

    def test_it_sends_no_message(self):
        self.start_hub()
        listener = self.as_node("com.b", "--verbose").wait_ready()
        self.check()
        self.as_node("com.a", "-s", "after").expect_exit(OK)
        listener.stdout.wait_for("after\n")
        self.assertEqual(listener.stdout.data, b"after\n")
        self.assertEqual(listener.stderr.data, b"Ready\n")

    def test_a_server_that_is_not_there_fails_with_advice(self):
        process = self.check(code=1)
        line = next(line for line in process.stdout.lines if "\u2718" in line)
        self.assertIn(f"127.0.0.1:{self.port}", process.stdout.text)
        self.assertTrue(line)

    def test_open_file_permissions_fail(self):
        self.start_hub()
        os.chmod(self.conf("com.a"), 0o644)
        self.assertIn("\u2718", self.check(code=1).stdout.text)

    def test_missing_credentials_fail(self):
        self.start_hub()
        os.unlink(self.creds("com.a"))
        process = self.check(code=1)
        self.assertIn("nats.creds", process.stdout.text + process.stderr.text)

    def test_expired_credentials_fail(self):
        self.start_hub()
        authority = nkeys.Authority()
        with open(self.creds("com.a"), "w") as file:
            file.write(authority.user(expires=time.time() - 60).credentials)
        process = self.check(code=1)
        self.assertRegex(process.stdout.text, r"(?i)expired")

    def test_a_ping_is_opted_in_and_shows_who_answers(self):
        self.start_hub()
        self.as_node("com.b").wait_ready()
        process = self.check("com.a", "--ping")
        self.assertRegex(process.stdout.text, r"com\.b")

    def test_a_peer_that_does_not_answer_the_ping_is_no_failure(self):
        self.start_hub()
        self.check("com.a", "--ping")
