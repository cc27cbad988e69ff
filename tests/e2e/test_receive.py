"""Receiving without a command: what matches, what is printed, and how it ends."""

import re
import threading

from case import FAILURE, NOTHING, OK, REMAPHORE, USAGE, HubCase, let_time_pass, load_vectors

import wire
from fake_server import FakeServer


class Receiving(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()

    def received(self, listener, sends, *, end=b"end", **end_fields):
        """What the listener prints for `sends` (keyword sets), up to a last message that must come through."""
        for fields in sends:
            self.right.send(**fields)
        self.right.send(end, **end_fields)
        listener.stdout.wait_for(end + b"\n")
        return listener.stdout.data.split(b"\n")[:-2]


class Printing(Receiving):
    def test_ready_comes_once_the_server_has_confirmed_the_subscription(self):
        for number in range(8):
            listener = self.listen(self.left, "-o")
            self.right.send(str(number).encode())
            listener.expect_exit(OK)
            self.assertEqual(listener.stdout.data, f"{number}\n".encode())

    def test_ready_is_all_that_stderr_gets(self):
        listener = self.listen(self.left, "-o")
        self.right.send(b"hi")
        listener.expect_exit(OK)
        self.assertEqual(listener.stderr.data, b"Ready\n")

    def test_quiet_prints_ready_too(self):
        for flag in ("-q", "--quiet"):
            listener = self.listen(self.left, flag, "-o")
            self.right.send(b"hi")
            listener.expect_exit(OK)
            self.assertEqual(listener.stderr.data, b"Ready\n")

    def test_the_payload_is_printed_with_a_newline(self):
        listener = self.listen(self.left, "-o")
        self.right.send(b"hello world")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"hello world\n")

    def test_an_empty_payload_prints_nothing(self):
        listener = self.listen(self.left, "-o")
        self.right.send(b"")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"")

    def test_a_payload_is_printed_byte_for_byte(self):
        payload = b"a,b\n\0\xff\xfe\r\n\x1b[31m,," + bytes(range(256))
        listener = self.listen(self.left, "-o")
        self.right.send(payload)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, payload + b"\n")

    def test_messages_are_printed_in_order(self):
        listener = self.listen(self.left)
        sent = [str(number).encode() for number in range(300)]
        for payload in sent:
            self.right.client.publish(self.right.subject(), wire.build(self.right.identity, payload))
        self.right.client.flush()
        listener.stdout.wait_lines(300)
        self.assertEqual(listener.stdout.data.splitlines(), sent)

    def test_the_largest_message_of_the_server_is_received(self):
        size = self.right.client.info["max_payload"]
        payload = b"x" * (size - 250)
        listener = self.listen(self.left, "-o")
        self.right.send(payload)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, payload + b"\n")

    def test_a_slow_reader_of_stdout_loses_nothing(self):
        listener = self.listen(self.left)
        listener.pause_reading()
        sent = [b"%05d" % number + b"x" * 8000 for number in range(60)]
        for payload in sent:
            self.right.send(payload)
        listener.resume_reading()
        listener.stdout.wait_lines(60)
        self.assertEqual(listener.stdout.data.split(b"\n")[:-1], sent)

    def test_a_slow_reader_of_stdout_does_not_age_messages(self):
        """They are judged at arrival, which a full pipe does not delay."""
        self.left.settings["allow_skew"] = "1s"
        listener = self.listen(self.left)
        listener.pause_reading()
        for _ in range(60):
            self.right.send(b"x" * 8000)
        let_time_pass(1.3)
        listener.resume_reading()
        listener.stdout.wait_lines(60)
        self.assertNotIn("skew", listener.stderr)


class Filters(Receiving):
    def test_once_ends_at_the_first_match(self):
        listener = self.listen(self.left, "-o", "-v", "deploy")
        self.right.send(b"no", verb="ping")
        self.right.send(b"yes", verb="deploy")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"yes\n")

    def test_once_false_goes_on(self):
        listener = self.listen(self.left, "-o=false")
        self.assertEqual(self.received(listener, [dict(payload=b"1"), dict(payload=b"2")]), [b"1", b"2"])

    def test_a_uuid_selects_and_ends(self):
        listener = self.listen(self.left, "-u", "release")
        self.right.send(b"no", uuid="other")
        self.right.send(b"no")
        self.right.send(b"yes", uuid="release")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"yes\n")

    def test_a_long_uuid_text_is_mapped_as_by_the_sender(self):
        text = "550e8400-e29b-41d4-a716-446655440000"
        listener = self.listen(self.left, "-u", text)
        self.right.send(b"no", uuid=text[:12])
        self.right.send(b"yes", uuid=text)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"yes\n")

    def test_a_uuid_is_compared_as_bytes(self):
        listener = self.listen(self.left, "-u", "a")
        self.right.send(b"no", uuid=b"a\0")
        self.right.send(b"no", uuid=b"\0a")
        self.right.send(b"yes", uuid=b"a")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"yes\n")

    def test_verbs_select_any_of_a_list_whatever_the_blanks(self):
        listener = self.listen(self.left, "-v", "deploy, reboot ,x")
        sends = [dict(payload=verb.encode(), verb=verb) for verb in ("ping", "deploy", "Deploy", "reboot", "rebooted")]
        self.assertEqual(self.received(listener, sends, verb="x"), [b"deploy", b"reboot"])

    def test_without_a_verb_filter_every_verb_is_taken(self):
        listener = self.listen(self.left)
        sends = [dict(payload=b"verb " + verb.encode(), verb=verb) for verb in ("ping", "deploy", "")]
        self.assertEqual(self.received(listener, sends), [b"verb ping", b"verb deploy", b"verb "])

    def test_a_public_key_selects_its_messages(self):
        other = self.foreign("com.other")
        listener = self.listen(self.left, "-p", self.right.public)
        other.send(b"no")
        self.assertEqual(self.received(listener, [dict(payload=b"yes")]), [b"yes"])

    def test_the_configured_destination_selects(self):
        listener = self.listen(self.left)
        sends = [dict(payload=p.encode(), destination=p) for p in
                 ("com.crypto.us.left", "com.crypto.us.right", "com.**", "net.**", "com.*.us.le*", "*")]
        self.assertEqual(self.received(listener, sends), [b"com.crypto.us.left", b"com.**", b"com.*.us.le*"])

    def test_another_destination_stands_in_for_the_configured_one(self):
        listener = self.listen(self.left, "-D", "net.b")
        sends = [dict(payload=p.encode(), destination=p) for p in ("com.crypto.us.left", "net.*", "net.b", "com.**")]
        self.assertEqual(self.received(listener, sends), [b"net.*", b"net.b"])

    def test_another_destination_matches_the_same_string_too(self):
        listener = self.listen(self.left, "-D", "web*.eu")
        sends = [dict(payload=p.encode(), destination=p) for p in ("web*.eu", "web1.eu", "web*.us")]
        self.assertEqual(self.received(listener, sends, destination="web*.eu"), [b"web*.eu"])

    def test_a_name_with_a_star_matches_no_pattern(self):
        listener = self.listen(self.left, "-D", "web*.eu")
        sends = [dict(payload=b"no", destination=p) for p in ("*.eu", "we*.eu", "web*.*")]
        self.assertEqual(self.received(listener, sends, destination="web*.eu"), [])

    def test_any_destination_switches_the_filter_off(self):
        listener = self.listen(self.left, "-d")
        sends = [dict(payload=b"1", destination="elsewhere"), dict(payload=b"2", destination=""),
                 dict(payload=b"3", destination="a*b*c")]
        self.assertEqual(self.received(listener, sends), [b"1", b"2", b"3"])

    def test_another_subject_is_another_channel(self):
        listener = self.listen(self.left, "-S", "other")
        self.right.send(b"no")
        self.assertEqual(self.received(listener, [dict(payload=b"yes", part="other")], part="other"), [b"yes"])

    def test_all_filters_must_hold(self):
        listener = self.listen(self.left, "-u", "x", "-v", "deploy", "-p", self.right.public)
        self.right.send(b"1", uuid="x", verb="ping")
        self.right.send(b"2", uuid="y", verb="deploy")
        self.right.send(b"3", uuid="x", verb="deploy")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"3\n")

    def test_our_own_key_is_ignored_unless_listed(self):
        listener = self.listen(self.left)
        self.right.send(b"own", signer=self.left.identity)
        self.assertEqual(self.received(listener, []), [])

    def test_our_own_key_is_accepted_when_listed(self):
        self.left.peers = [self.left.peer_line()]
        listener = self.listen(self.left, "-o")
        self.send(self.left, "own")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"own\n")


class Patterns(Receiving):
    """The destination vectors, end to end: each name listens, each of its patterns is sent."""

    def check(self, destination, rows):
        self.left.destination = destination
        listener = self.listen(self.left)
        sends = [dict(payload=b"%d" % number, destination=row["pattern"]) for number, row in enumerate(rows)]
        seen = self.received(listener, sends)
        self.assertEqual(seen, [b"%d" % number for number, row in enumerate(rows) if row["match"]], destination)
        listener.close()

    def test_names_match_exactly_the_patterns_of_the_vectors(self):
        by_name = {}
        for row in load_vectors("destinations"):
            name = row["destination"]
            if re.fullmatch(r"[\w.-]+", name) and "," not in row["pattern"]:
                by_name.setdefault(name, []).append(row)
        chosen = sorted(by_name.items(), key=lambda item: -len(item[1]))[:12]
        self.assertGreater(sum(len(rows) for _, rows in chosen), 100)
        for destination, rows in chosen:
            self.check(destination, rows)


class Ending(Receiving):
    def test_nothing_before_the_timeout_is_exit_1(self):
        listener = self.listen(self.left, "-t", "300ms").expect_exit(NOTHING)
        self.assertEqual(listener.stdout.data, b"")
        self.assertTrue(0.25 < listener.seconds < 2, listener)

    def test_nothing_before_the_timeout_is_a_notice(self):
        for quiet, lines in (([], ["Ready", "remaphore: no message came within 300ms"]), (["-q"], ["Ready"])):
            with self.subTest(quiet=quiet):
                self.assertEqual(self.listen(self.left, "-t", "300ms", *quiet).expect_exit(NOTHING).stderr.lines, lines)

    def test_a_message_before_the_timeout_is_exit_0(self):
        listener = self.listen(self.left, "-t", "600ms")
        self.right.send(b"hi")
        listener.expect_exit(OK)
        self.assertGreater(listener.seconds, 0.5)

    def test_a_message_that_does_not_match_is_exit_1(self):
        listener = self.listen(self.left, "-o", "-v", "deploy", "-t", "400ms")
        self.right.send(b"hi")
        listener.expect_exit(NOTHING)

    def test_an_empty_payload_counts(self):
        listener = self.listen(self.left, "-t", "400ms")
        self.right.send(b"")
        listener.expect_exit(OK)

    def test_a_timeout_of_zero_is_no_bound(self):
        listener = self.listen(self.left, "-t", "0", "-o")
        self.right.send(b"hi")
        listener.expect_exit(OK)

    def test_a_value_can_be_caught_in_a_shell_variable(self):
        shell = self.start("/bin/sh", "-c", 'v=$("$0" -c "$1" -u release -t 20s) && echo "got <$v>"',
                           REMAPHORE, self.left.write())
        shell.wait_ready()
        self.right.send(b"1.2.3", uuid="release")
        shell.expect_exit(OK)
        self.assertEqual(shell.stdout.data, b"got <1.2.3>\n")


class Subscribing(HubCase):
    """Against a scripted server, for what the real one does too quickly to see."""

    def fake_node(self, play):
        server = FakeServer(play)
        self.addCleanup(server.close)
        node = self.node()
        node.servers = [server.url]
        return node, server

    def test_ready_waits_for_the_confirmation(self):
        asked, release = threading.Event(), threading.Event()

        def play(connection):
            connection.info()
            connection.until("SUB")
            connection.until("PING")
            asked.set()
            release.wait(20)
            connection.send("PONG\r\n")
            connection.serve()
        node, _ = self.fake_node(play)
        listener = self.remaphore(node)
        self.assertTrue(asked.wait(10))
        self.assertNotIn("Ready", listener.stderr)
        release.set()
        listener.wait_ready()

    def test_a_refused_subscription_is_exit_3(self):
        node = self.node()
        node.write_credentials(self.hub().authority.user(subscribe=["elsewhere.*"]).credentials)
        listener = self.remaphore(node)
        self.assert_refused(listener, FAILURE, "permission")
        self.assertNotIn("Ready", listener.stderr.lines)

    def test_a_destination_of_two_kinds_is_a_usage_error(self):
        self.assert_refused(self.remaphore(self.node(), "-d", "-D", "x"), USAGE)
