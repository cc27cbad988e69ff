"""`remaphore -s`: the message on the wire, the identity that signs it, and the report of a failure."""

import re
import time

from case import FAILURE, OK, USAGE, HubCase, load_vectors

import wire
from fake_server import FakeServer


class OnTheWire(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()
        self.right.subscribe()

    def sent(self, *args):
        self.send(self.left, *args)
        return self.right.next()

    def test_the_defaults_are_everyone_ping_and_no_reply(self):
        message = self.sent("hello")
        self.assertEqual((message.destination, message.verb, message.flag, message.payload),
                         (b"**", b"ping", b"_", b"hello"))

    def test_the_signature_and_every_field_are_canonical(self):
        message = self.sent("hello")  # decode refuses what is not
        self.assertEqual(message.raw, wire.build(self.left.identity, b"hello", uuid=message.uuid,
                                                 time_ns=message.time_ns))

    def test_the_time_is_the_moment_of_publishing(self):
        before = time.time_ns()
        message = self.sent("hello")
        self.assertTrue(before <= message.time_ns <= time.time_ns())

    def test_the_message_is_the_arguments_joined_by_single_spaces(self):
        self.assertEqual(self.sent("a", "b  c", "", "d").payload, b"a b  c  d")

    def test_no_arguments_are_an_empty_payload(self):
        self.assertEqual(self.sent().payload, b"")

    def test_a_payload_is_any_bytes(self):
        payload = b"a,b\n\r\n\t\xff\xfe\x80,,"
        self.assertEqual(self.sent(payload).payload, payload)

    def test_without_a_text_the_uuid_is_twelve_random_bytes(self):
        first, second = self.sent("a"), self.sent("b")
        self.assertEqual((len(first.uuid), len(second.uuid)), (12, 12))
        self.assertNotEqual(first.uuid, second.uuid)

    def test_a_uuid_text_is_mapped_as_in_the_vectors(self):
        rows = [row for row in load_vectors("uuids")[:24] if "\0" not in row["text"]]
        for row in rows:
            with self.subTest(text=row["text"]):
                self.assertEqual(self.sent("-u", row["text"]).uuid.hex(), row["uuid"])

    def test_a_verb_goes_out_as_it_is_spelled(self):
        self.assertEqual(self.sent("-v", "Deploy now").verb, b"Deploy now")

    def test_a_verb_of_256_bytes_is_sent(self):
        self.assertEqual(self.sent("-v", "v" * 256).verb, b"v" * 256)

    def test_a_destination_pattern_goes_out_as_it_is(self):
        for pattern in ("com.*.us.**", "a*b*c", "d" * 1024, "ümläut\n"):
            with self.subTest(pattern=pattern):
                self.assertEqual(self.sent("-D", pattern).destination, pattern.encode())

    def test_another_subject_takes_the_place_of_all(self):
        self.right.subscribe("other")
        self.send(self.left, "-S", "other", "hi")
        self.assertEqual([m.subject for m in self.right.client.pending()], [self.right.subject("other")])

    def test_the_subject_is_remaphore_when_the_config_names_none(self):
        self.left.settings["subject"] = None
        client = self.hub().client()
        self.addCleanup(client.close)
        client.subscribe("remaphore.all")
        self.send(self.left, "hi")
        self.assertEqual(wire.decode(client.next().payload).payload, b"hi")

    def test_one_command_sends_one_message(self):
        self.send(self.left, "hi")
        self.assertEqual(len(self.right.client.pending()), 1)

    def test_success_is_silent(self):
        process = self.send(self.left, "hi")
        self.assertEqual((process.stdout.data, process.stderr.data), (b"", b""))

    def test_a_payload_up_to_the_kernels_limit_is_sent(self):
        payload = b"x" * 131000  # one argument can be no longer than 131071 bytes
        self.assertEqual(self.sent(payload).payload, payload)

    def test_the_message_is_with_the_server_when_the_command_returns(self):
        for number in range(5):
            self.send(self.left, str(number))
            self.assertEqual([wire.decode(m.payload).payload for m in self.right.client.pending()],
                             [str(number).encode()])


class WhichIdentity(HubCase):
    """-p, else the default identity if it may use the verb, else the first that may."""

    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()
        self.right.subscribe()
        self.keys = [wire.Identity() for _ in range(3)]

    def identities(self, *verbs, default=0):
        self.left.identities = list(zip(self.keys, verbs))
        self.left.settings["default_identity"] = None if default is None else self.keys[default].public

    def sent_by(self, *args):
        self.send(self.left, *args)
        public = self.right.next().public
        return [key.public for key in self.keys].index(public)

    def test_the_default_identity_signs_when_it_may(self):
        self.identities("ping", "ping", "ping", default=1)
        self.assertEqual(self.sent_by("hi"), 1)

    def test_a_star_may_use_every_verb(self):
        self.identities("ping", "*", default=1)
        self.assertEqual(self.sent_by("-v", "whatever"), 1)

    def test_without_a_named_default_it_is_the_first(self):
        self.identities("ping", "ping", default=None)
        self.assertEqual(self.sent_by("hi"), 0)

    def test_else_the_first_that_may_signs(self):
        self.identities("ping", "deploy", "deploy")
        self.assertEqual(self.sent_by("-v", "deploy"), 1)

    def test_a_named_key_signs(self):
        self.identities("*", "*", "*")
        self.assertEqual(self.sent_by("-p", self.keys[2].public, "hi"), 2)

    def test_a_named_key_that_may_not_use_the_verb_gives_way_to_no_other(self):
        self.identities("ping", "deploy")
        process = self.remaphore(self.left, "-s", "-p", self.keys[0].public, "-v", "deploy", "hi")
        self.assert_refused(process, USAGE, self.keys[0].public, "deploy")
        self.assertEqual(self.right.client.pending(), [])

    def test_the_last_of_several_verbs_of_an_identity_counts_too(self):
        self.identities(["ping", "deploy"])
        self.assertEqual(self.sent_by("-v", "deploy"), 0)

    def test_if_none_may_the_verb_and_the_identities_are_named(self):
        self.identities("ping", "deploy")
        process = self.remaphore(self.left, "-s", "-v", "reboot", "hi")
        self.assert_refused(process, USAGE, "reboot")
        for key in self.keys[:2]:
            self.assertIn(key.public, process.stderr.text)
        self.assertEqual(self.right.client.pending(), [])

    def test_no_private_key_is_ever_shown(self):
        self.identities("ping", "deploy")
        process = self.remaphore(self.left, "-s", "-v", "reboot", "hi").expect_exit(USAGE)
        for key in self.keys:
            self.assertNotIn(key.secret, process.stderr.text)


class Limits(HubCase):
    hub_options = {"max_payload": 2000}

    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()
        self.right.subscribe()

    def test_a_message_larger_than_the_server_takes_is_refused_with_both_sizes(self):
        process = self.remaphore(self.left, "-s", "x" * 3000)
        self.assert_refused(process, FAILURE, "2000")
        sizes = [int(word) for word in re.findall(r"\d+", process.stderr.text)]
        self.assertTrue(any(3000 < size < 3400 for size in sizes), process)
        self.assertEqual(self.right.client.pending(), [])

    def test_a_message_of_exactly_the_servers_size_is_sent(self):
        uuid = "u" * 12
        bare = wire.decode(wire.build(self.left.identity, b"", uuid=uuid))
        longest = len(bare.raw) - len(wire.base58_encode(bare.signature)) + 88  # four signatures of five are
        for _ in range(20):
            self.send(self.left, "-u", uuid, "x" * (2000 - longest))
            if len(self.right.client.next().payload) == 2000:
                return
        self.fail("no signature of 20 had 88 digits")

    def test_a_user_that_may_not_publish_gets_an_error(self):
        user = self.hub().authority.user(publish=["elsewhere.*"])
        self.left.write_credentials(user.credentials)
        process = self.remaphore(self.left, "-s", "hi")
        self.assert_refused(process, FAILURE, "permission")
        self.assertLess(process.seconds, 5)


class LostLink(HubCase):
    def fake_node(self, play):
        server = FakeServer(play)
        self.addCleanup(server.close)
        node = self.node()
        node.servers = [server.url]
        return node, server

    def test_a_link_lost_after_the_message_was_written_may_have_delivered_it(self):
        def play(connection):
            connection.info()
            connection.until("PUB")
        node, server = self.fake_node(play)
        process = self.remaphore(node, "-s", "-t", "5s", "hi")
        self.assert_refused(process, FAILURE, "may have been delivered")
        self.assertEqual(server.received.count(b"PUB "), 1)

    def test_a_message_is_never_sent_twice(self):
        def play(connection):
            connection.info()
            connection.until("PUB")
        node, server = self.fake_node(play)
        self.remaphore(node, "-s", "-t", "1s", "hi").expect_exit(FAILURE)
        self.assertEqual(sum(c.received.count(b"PUB ") for c in server.connections), 1)

    def test_a_server_that_never_confirms_ends_at_the_timeout(self):
        def play(connection):
            connection.info()
            connection.hold()
        node, _ = self.fake_node(play)
        process = self.remaphore(node, "-s", "-t", "400ms", "hi")
        self.assert_refused(process, FAILURE)
        self.assertTrue(0.35 < process.seconds < 3, process)

    def test_an_error_of_the_server_before_the_confirmation_is_the_result(self):
        for error in ('Permissions Violation for Publish to "x"', "Authorization Violation",
                      "Maximum Payload Violation"):
            def play(connection):
                connection.info()
                connection.until("PUB")
                connection.until("PING")
                connection.send(f"-ERR '{error}'\r\nPONG\r\n")
                connection.serve()
            with self.subTest(error=error):
                node, server = self.fake_node(play)
                process = self.remaphore(node, "-s", "-t", "30s", "hi")
                self.assert_refused(process, FAILURE, error.split()[0])
                self.assertLess(process.seconds, 8)
                self.assertEqual(len(server.connections), 1)

    def test_login_message_and_ping_are_one_write(self):
        """A server that reads once, as soon as there is anything, has it all."""
        reads = []

        def play(connection):
            connection.info()
            connection.more()
            reads.append(connection.received)
            connection.until("PING")
            connection.send("PONG\r\n")
            connection.serve()
        node, _ = self.fake_node(play)
        for _ in range(10):
            self.send(node, "hi")
        for read in reads:
            self.assertTrue(read.startswith(b"CONNECT {") and b"\r\nPUB " in read and read.endswith(b"\r\nPING\r\n"),
                            read)

    def test_neither_headers_nor_a_reply_subject_of_nats_are_used(self):
        node, server = self.fake_node(lambda connection: (connection.handshake(), connection.serve()))
        self.send(node, "hi")
        for line in (line for line in server.received.split(b"\r\n") if b"PUB" in line):
            self.assertRegex(line, rb"^PUB \S+ \d+$")


    def test_a_message_beyond_the_users_limit_is_exit_3_at_once(self):
        """The limit is in the token: the server says it only after the login, so the message is on its way by then."""
        node = self.node()
        node.write_credentials(self.hub().authority.user(payload=400).credentials)
        self.send(node, "hi")
        process = self.remaphore(node, "-s", "-t", "30s", "x" * 500)
        self.assert_refused(process, FAILURE, "maximum payload violation")
        self.assertLess(process.seconds, 8)


class Timeout(HubCase):
    def test_a_server_that_is_not_there_ends_at_the_timeout(self):
        node = self.node()
        node.servers = ["nats://127.0.0.1:1"]
        process = self.remaphore(node, "-s", "-t", "500ms", "hi")
        self.assert_refused(process, FAILURE)
        self.assertTrue(0.4 < process.seconds < 3, process)

    def test_a_server_that_comes_within_the_timeout_gets_the_message(self):
        server = self.server()
        fleet = self.make_fleet(server)
        node = fleet.node("com.late")
        server.kill()
        process = self.remaphore(node, "-s", "-t", "15s", "--verbose", "hi")
        server.start()
        process.expect_exit(OK)

    def test_a_timeout_of_zero_is_no_bound(self):
        server = self.server()
        fleet = self.make_fleet(server)
        node = fleet.node("com.late")
        server.kill()
        process = self.remaphore(node, "-s", "-t", "0", "hi")
        server.start()
        process.expect_exit(OK)
