"""`remaphore -r`: who is asked, which answers count, how they are printed and when it ends."""

import os
import pty
import time

from case import FAILURE, NOTHING, OK, USAGE, REMAPHORE, GoListener, HubCase, Process, environment, records, wait_until

import nkeys
import wire
from fake_server import FakeServer


class RequestCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left = self.node("com.crypto.us.left")

    def responder(self, destination="com.crypto.us.b", payload=b"0,done", answers=None, **options):
        return self.foreign(destination, kind=GoListener, payload=payload, answers=answers, **options)

    def ask(self, *args, code=OK, within=20, timeout="10s"):
        process = self.remaphore(self.left, "-r", "-t", timeout, *args)
        return process.expect_exit(code, within)

    def asked(self, *args, **options):
        return self.ask(*args, **options).stdout.data


class Asking(RequestCase):
    def test_the_request_is_a_message_that_wants_a_reply(self):
        responder = self.responder()
        self.ask("-v", "deploy", "-u", "release", "-D", "com.**", "to", "all")
        request, = responder.requests
        self.assertEqual((request.flag, request.verb, request.uuid, request.destination, request.payload,
                          request.public),
                         (b"Q", b"deploy", b"release", b"com.**", b"to all", self.left.public))

    def test_the_defaults_are_those_of_sending(self):
        responder = self.responder()
        self.ask()
        request, = responder.requests
        self.assertEqual((request.verb, request.destination, request.payload, len(request.uuid)),
                         (b"ping", b"**", b"", 12))

    def test_it_subscribes_to_the_replies_before_it_publishes(self):
        seen = []

        def play(connection):
            connection.info()
            while True:
                operation = connection.operation()
                seen.append(operation)
                if operation[0] == "PING":
                    connection.send("PONG\r\n")
        server = FakeServer(play)
        self.addCleanup(server.close)
        self.responder()
        self.left.servers = [server.url]
        self.ask("hi", code=NOTHING, timeout="500ms")
        words = [word for word, _, _ in seen]
        self.assertLess(words.index("SUB"), words.index("PUB"))
        subject, payload = next((rest.split()[0], payload) for word, rest, payload in seen if word == "PUB")
        self.assertEqual(subject, f"{self.fleet.subject}.all")
        replies = next(rest.split()[0] for word, rest, _ in seen if word == "SUB")
        self.assertEqual(replies, wire.reply_subject(self.fleet.subject, wire.decode(payload)))

    def test_another_subject_is_for_the_request_alone(self):
        responder = self.responder(part="other")
        self.assertEqual(self.asked("-S", "other", "hi"), b"com.crypto.us.b,0,done\n")
        self.assertEqual(len(responder.requests), 1)

    def test_no_addressed_peer_is_a_usage_error(self):
        self.responder()
        process = self.remaphore(self.left, "-r", "-D", "net.**", "hi")
        self.assert_refused(process, USAGE, "no configured peer matches", "net.**")

    def test_without_peers_no_node_is_addressed(self):
        self.assert_refused(self.remaphore(self.left, "-r", "hi"), USAGE, "no configured peer matches", "**")

    def test_a_verb_no_identity_may_use_is_a_usage_error(self):
        self.responder()
        self.left.identities = [(self.left.identity, "ping")]
        self.assert_refused(self.remaphore(self.left, "-r", "-v", "deploy", "hi"), USAGE, "deploy")

    def test_a_server_that_is_not_there_is_exit_3(self):
        self.responder()
        self.left.servers = ["nats://127.0.0.1:1"]
        self.assert_refused(self.remaphore(self.left, "-r", "-t", "300ms", "hi"), FAILURE)

    def test_a_request_larger_than_the_server_takes_is_refused_with_both_sizes(self):
        small = self.server(max_payload=2000)
        fleet = self.make_fleet(small)
        left = fleet.node("com.left")
        fleet.foreign("com.b")
        process = self.remaphore(left, "-r", "x" * 3000)
        self.assert_refused(process, FAILURE, "2000")
        self.assertRegex(process.stderr.text, r"\b3[0-3]\d\d\b")

    def test_refused_credentials_are_exit_3_and_none_are_named_as_missing(self):
        self.responder()
        self.left.write_credentials(nkeys.Authority().user().credentials)
        process = self.remaphore(self.left, "-r", "-t", "5s", "hi")
        self.assert_refused(process, FAILURE, "refuses the credentials")
        self.assertEqual(len(process.stderr.lines), 1, process)

    def test_a_user_that_may_not_subscribe_gets_an_error(self):
        self.responder()
        user = self.hub().authority.user(subscribe=["elsewhere.*"])
        self.left.write_credentials(user.credentials)
        self.assert_refused(self.remaphore(self.left, "-r", "-t", "5s", "hi"), FAILURE, "permission")


class Printing(RequestCase):
    def test_an_answer_is_one_record(self):
        self.responder(payload=b"7,done")
        self.assertEqual(self.asked("hi"), b"com.crypto.us.b,7,done\n")

    def test_white_space_at_the_end_is_trimmed_and_at_the_beginning_it_stays(self):
        self.responder(payload=b"0, \t done it \r\n\n")
        self.assertEqual(self.asked("hi"), b"com.crypto.us.b,0, \t done it\n")

    def test_commas_in_the_output_are_kept(self):
        self.responder(payload=b"0,a,b,,c")
        self.assertEqual(self.asked("hi"), b"com.crypto.us.b,0,a,b,,c\n")

    def test_no_output_leaves_an_empty_third_field(self):
        self.responder(payload=b"1,")
        self.assertEqual(self.asked("hi"), b"com.crypto.us.b,1,\n")

    def test_several_lines_are_framed(self):
        self.responder(payload=b"0,first line\nsecond line\n")
        self.assertRegex(self.asked("hi"),
                         rb"\A--> ([0-9a-f]{32})\ncom\.crypto\.us\.b,0,first line\nsecond line\n--< \1\n\Z")

    def test_a_frame_has_the_same_digits_for_all_answers_of_one_request(self):
        self.responder("com.a", payload=b"0,1\n2")
        self.responder("com.b", payload=b"0,3\n4")
        found, frames = records(self.asked("hi"))
        self.assertEqual(sorted(found), [("com.a", "0", "1\n2"), ("com.b", "0", "3\n4")])
        self.assertEqual(len(frames), 2)
        self.assertEqual(len(set(frames)), 1)
        self.assertNotEqual(records(self.asked("hi"))[1][0], frames[0])

    def test_a_framed_record_is_one_write(self):
        self.responder(payload=b"0,first line\nsecond line\n")
        read_end, write_end = os.pipe2(os.O_DIRECT)  # each write is read by itself
        self.addCleanup(os.close, read_end)
        process = self.remaphore(self.left, "-r", "-t", "10s", "hi", stdout=write_end)
        os.close(write_end)
        self.assertRegex(os.read(read_end, 4096),
                         rb"\A--> \w+\ncom\.crypto\.us\.b,0,first line\nsecond line\n--< \w+\n\Z")
        process.expect_exit(OK)

    def test_only_answers_of_several_lines_are_framed(self):
        self.responder("com.a", payload=b"0,1\n2")
        self.responder("com.b", payload=b"0,3\n")
        found, frames = records(self.asked("hi"))
        self.assertEqual((len(found), len(frames)), (2, 1))

    def test_a_bare_no_data_has_three_fields(self):
        self.responder(payload=b"NO_DATA")
        self.assertEqual(self.asked("hi"), b"com.crypto.us.b,0,NO_DATA\n")

    def test_our_own_no_data_looks_the_same(self):
        self.responder(payload=b"0,NO_DATA")
        self.assertEqual(self.asked("hi"), b"com.crypto.us.b,0,NO_DATA\n")

    def test_an_exit_status_may_be_negative(self):
        self.responder(payload=b"-1,killed")
        self.assertEqual(self.asked("hi"), b"com.crypto.us.b,-1,killed\n")

    def test_output_is_raw_when_stdout_is_no_terminal(self):
        self.responder(payload=b"0,\x1b[31mred\x07\xff\0end")
        self.assertEqual(self.asked("hi"), b"com.crypto.us.b,0,\x1b[31mred\x07\xff\0end\n")

    def test_control_bytes_are_escaped_on_a_terminal(self):
        self.responder(payload=b"0,\x1b]0;title\x07\tok\x9b31m")
        shown = self.on_terminal("-r", "-t", "10s", "hi")
        self.assertIn(b"com.crypto.us.b,0,", shown)
        self.assertIn(b"\tok", shown)
        for byte in (b"\x1b]0", b"\x07"):
            self.assertNotIn(byte, shown)

    def on_terminal(self, *args):
        leader, follower = pty.openpty()
        process = Process([REMAPHORE, "-c", self.left.write(), *args], env=environment(NO_COLOR="1"), stdout=follower)
        self.addCleanup(process.close)
        os.close(follower)
        data = b""
        while b"\n" not in data:
            try:
                data += os.read(leader, 65536)
            except OSError:
                break
        process.expect_exit(OK)
        os.close(leader)
        return data

    def test_records_come_as_the_answers_do(self):
        hold = self.responder("com.slow", answers=lambda request: [])
        self.responder("com.fast", payload=b"0,first")
        process = self.remaphore(self.left, "-r", "-t", "20s", "hi")
        process.stdout.wait_for("com.fast,0,first\n")
        self.assertIsNone(process.returncode)
        request = wait_until(lambda: hold.requests, "the request arrived")[0]
        hold.client.publish(wire.reply_subject(self.fleet.subject, request), hold.reply(request, b"0,second"))
        process.expect_exit(OK)
        self.assertEqual(process.stdout.data, b"com.fast,0,first\ncom.slow,0,second\n")

    def test_a_very_long_answer_is_printed_whole(self):
        body = b"x" * 900000
        self.responder(payload=b"0," + body)
        self.assertEqual(self.asked("hi"), b"com.crypto.us.b,0," + body + b"\n")


class Waiting(RequestCase):
    def test_it_returns_when_every_awaited_peer_has_answered(self):
        for name in ("com.a", "com.b", "com.c"):
            self.responder(name)
        process = self.ask("hi", timeout="15s")
        self.assertLess(process.seconds, 5)
        self.assertEqual(sorted(process.stdout.lines), ["com.a,0,done", "com.b,0,done", "com.c,0,done"])
        self.assertEqual(process.stderr.data, b"")

    def test_silent_nodes_are_named_at_the_timeout(self):
        self.responder("com.there")
        self.foreign("com.absent")
        process = self.ask("hi", timeout="700ms")
        self.assertEqual(process.stdout.data, b"com.there,0,done\n")
        self.assertIn("com.absent", process.stderr.text)
        self.assertNotIn("com.there", process.stderr.text)
        self.assertTrue(0.6 < process.seconds < 3)

    def test_no_answer_at_all_is_exit_1(self):
        self.foreign("com.absent")
        process = self.ask("hi", timeout="400ms", code=NOTHING)
        self.assertEqual(process.stdout.data, b"")
        self.assertIn("com.absent", process.stderr.text)

    def test_a_failing_answer_is_an_answer(self):
        self.responder(payload=b"1,broken")
        self.assertEqual(self.asked("hi"), b"com.crypto.us.b,1,broken\n")

    def test_only_peers_that_the_pattern_addresses_are_awaited(self):
        self.responder("com.a")
        self.foreign("net.absent")
        self.assertLess(self.ask("-D", "com.*", "hi").seconds, 5)

    def test_a_pattern_is_read_as_a_pattern(self):
        self.responder("com.crypto.us.b")
        self.foreign("com.crypto.eu.c")
        self.assertLess(self.ask("-D", "com.*.us.**", "hi").seconds, 5)

    def test_our_own_key_is_not_awaited(self):
        self.responder("com.other")
        self.left.peers = [self.left.peer_line()] + self.left.peer_lines()
        process = self.ask("hi", timeout="15s")
        self.assertLess(process.seconds, 5)

    def test_our_own_key_is_awaited_if_nothing_else_matches(self):
        self.left.peers = [self.left.peer_line()]
        listener = self.listen(self.left, "-o", "/bin/echo")
        self.assertEqual(self.asked("hi"), b"com.crypto.us.left,0,ping hi\n")
        listener.expect_exit(OK)

    def test_a_key_on_several_peer_lines_is_awaited_once(self):
        responder = self.responder("com.one")
        self.left.peers = [responder.peer_line(), f"com.two {responder.public} [*]"]
        process = self.ask("hi", timeout="15s")
        self.assertLess(process.seconds, 5)
        self.assertEqual(len(process.stdout.lines), 1)

    def test_a_node_with_several_keys_is_awaited_once(self):
        responder = self.responder("com.one")
        retired = self.fleet.foreign("com.one")
        self.left.peers = [retired.peer_line(), responder.peer_line()]
        process = self.ask("--require", "all", "hi", timeout="15s")
        self.assertLess(process.seconds, 5)
        self.assertEqual(process.stdout.data, b"com.one,0,done\n")

    def test_a_peer_that_only_sends_is_not_awaited(self):
        self.responder("com.one")
        self.foreign("com.ops.desk")
        self.left.settings["send_only"] = "com.ops.*"
        self.assertLess(self.ask("hi", timeout="15s").seconds, 5)

    def test_a_pattern_that_only_senders_match_is_a_usage_error(self):
        self.foreign("com.ops.desk")
        self.left.settings["send_only"] = "com.ops.*"
        process = self.ask("-D", "com.ops.*", "hi", code=USAGE)
        self.assert_error_line(process, "com.ops.*", "send_only")


class LostLink(RequestCase):
    """The link is lost while the requester waits. Its server is its own."""

    def setUp(self):
        super().setUp()
        self.server_ = self.server(extra='lame_duck_grace_period: "1s"\nlame_duck_duration: "30s"\n')
        self.own = self.make_fleet(self.server_)
        self.left = self.own.node("com.left")

    def silent(self, destination="com.right"):
        return self.own.foreign(destination, kind=GoListener, answers=lambda request: [])

    def answer_later(self, listener, payload):
        """What `listener` was asked, answered over a connection to the server that there is now."""
        request = listener.requests[0]
        client = self.own.server.client()
        self.addCleanup(client.close)
        client.publish(wire.reply_subject(self.own.subject, request), listener.reply(request, payload))
        client.flush()

    def test_the_answer_comes_over_the_connection_to_a_server_that_was_restarted(self):
        there = self.own.foreign("com.there", kind=GoListener, payload=b"0,at once")
        right = self.silent()
        process = self.remaphore(self.left, "-r", "-t", "30s", "hi")
        process.stdout.wait_for("com.there,0,at once\n")
        wait_until(lambda: right.requests, "the request arrived")
        self.server_.restart()
        process.stderr.wait_for("may have been missed")
        self.answer_later(right, b"0,after all")
        process.expect_exit(OK)
        self.assertEqual(process.stdout.data, b"com.there,0,at once\ncom.right,0,after all\n")
        self.assertEqual(len(there.requests), 1)
        self.assert_error_line(process, "trying again")
        self.assert_error_line(process, "the connection is back; answers of the last")

    def test_a_server_that_stays_away_is_no_failure_once_the_request_was_confirmed(self):
        self.own.foreign("com.there", kind=GoListener, payload=b"0,done")
        right = self.silent()
        process = self.remaphore(self.left, "-r", "-t", "4s", "hi")
        process.stdout.wait_for("com.there,0,done\n")
        wait_until(lambda: right.requests, "the request arrived")
        self.server_.kill()
        process.expect_exit(OK, within=8)
        self.assert_error_line(process, "no answer from com.right")

    def test_without_any_answer_that_is_exit_1(self):
        right = self.silent()
        process = self.remaphore(self.left, "-r", "-t", "3s", "hi")
        wait_until(lambda: right.requests, "the request arrived")
        self.server_.kill()
        process.expect_exit(NOTHING, within=8)
        self.assert_error_line(process, "no answer from com.right")

    def test_a_loss_before_the_confirmation_is_exit_3_and_not_sent_again(self):
        """The server takes the request, and is gone before it says so."""
        def play(connection):
            if connection is fake.connections[0]:
                connection.info()
                connection.until("PUB")
            else:
                connection.handshake()
                connection.serve()

        fake = FakeServer(play)
        self.addCleanup(fake.close)
        self.left.servers = [fake.url]
        self.silent()
        process = self.remaphore(self.left, "-r", "-t", "3s", "hi")
        process.expect_exit(FAILURE, within=8)
        self.assert_error_line(process, "may not have been delivered")
        self.assertGreater(len(fake.connections), 1)
        self.assertEqual(fake.received.count(b"PUB "), 1)
        self.assertIn(b"SUB ", fake.connections[-1].received)

    def test_a_server_in_lame_duck_mode_is_left_for_another(self):
        other = self.server(authority=self.server_.authority)
        right = self.silent()
        self.left.servers = [self.server_.url, other.url]
        process = self.remaphore(self.left, "-r", "-t", "60s", "hi")
        wait_until(lambda: right.requests, "the request arrived")
        self.server_.lame_duck()
        process.stderr.wait_for("may have been missed", within=45)
        self.own.server = other
        self.answer_later(right, b"0,elsewhere")
        process.expect_exit(OK)
        self.assertEqual(process.stdout.data, b"com.right,0,elsewhere\n")


class Accepting(RequestCase):
    """Which replies count. A last good one from the only awaited peer ends each test."""

    def answers(self, make, good=b"0,good"):
        """Asks a peer whose raw answers are `make(listener, request)`, then a good one. The ended process."""
        box = []
        listener = self.responder("com.b", answers=lambda request: [*make(box[0], request),
                                                                    box[0].reply(request, good)])
        box.append(listener)
        return self.ask("hi", timeout="15s")

    def check_ignored(self, make, said=()):
        process = self.answers(make)
        self.assertEqual(process.stdout.data, b"com.b,0,good\n", process)
        if said:
            self.assert_error_line(process, *said)
        return process

    def test_a_payload_that_is_no_answer_is_ignored_with_a_line(self):
        for payload in (b"hello", b"x,out", b"", b"NO_DATA_AT_ALL", b"--1,x", b"1x,y", b"0x1,y", b"+1,x", b",x",
                        b"-,x", b"no_data"):
            with self.subTest(payload=payload):
                self.check_ignored(lambda listener, request: [listener.reply(request, payload)], said=["com.b"])
                self.fleet.members[-1].close()
                self.fleet.members.pop()

    def test_a_peer_that_was_not_addressed_is_ignored_with_a_line(self):
        other = self.foreign("net.other")
        box = []
        listener = self.responder("com.b", answers=lambda request: [
            wire.build_reply(other.identity, request, b"0,intruder"), box[0].reply(request, b"0,good")])
        box.append(listener)
        process = self.ask("-D", "com.**", "hi")
        self.assertEqual(process.stdout.data, b"com.b,0,good\n")
        self.error_lines(process)

    def test_an_unknown_key_is_ignored(self):
        stranger = wire.Identity()
        self.check_ignored(lambda listener, request: [wire.build_reply(stranger, request, b"0,bad")])

    def test_a_forged_signature_is_ignored(self):
        def forge(listener, request):
            raw = listener.reply(request, b"0,bad")
            return [raw[:-1] + b"x"]
        self.check_ignored(forge)

    def test_a_signature_of_another_key_is_ignored(self):
        def forge(listener, request):
            public, _, rest = listener.reply(request, b"0,bad").split(b",", 2)
            return [b",".join([public, wire.base58_encode(wire.Identity().sign(rest)).encode(), rest])]
        self.check_ignored(forge)

    def test_another_verb_is_ignored(self):
        self.check_ignored(lambda listener, request: [listener.reply(request, b"0,bad", verb="ping")])

    def test_a_destination_is_ignored(self):
        self.check_ignored(lambda listener, request: [listener.reply(request, b"0,bad", destination="**")])

    def test_a_reply_that_wants_a_reply_is_ignored(self):
        self.check_ignored(lambda listener, request: [listener.reply(request, b"0,bad", flag="Q")])

    def test_a_time_outside_the_window_is_ignored(self):
        def stale(listener, request):
            return [listener.reply(request, b"0,bad", time_ns=time.time_ns() + offset * 10**9) for offset in (-60, 60)]
        self.check_ignored(stale)

    def test_extreme_times_are_ignored(self):
        def stale(listener, request):
            return [listener.reply(request, b"0,bad", time_ns=stamp) for stamp in
                    (wire.INT64_MIN, wire.INT64_MAX, 0, -1)]
        self.check_ignored(stale)

    def test_garbage_is_ignored(self):
        self.check_ignored(lambda listener, request: [b"", b"garbage", b",,,,,,,", b"\0" * 500, request.raw])

    def test_a_reply_needs_no_verb_permission(self):
        self.foreign("com.b", "nothing", kind=GoListener, payload=b"0,ok")
        self.assertEqual(self.asked("hi"), b"com.b,0,ok\n")

    def test_a_random_uuid_is_accepted(self):
        self.responder("com.b", payload=b"0,unbound")
        self.assertEqual(self.asked("hi"), b"com.b,0,unbound\n")

    def test_a_bound_uuid_is_accepted_where_binding_is_required(self):
        self.left.settings["require_bound_replies"] = "yes"
        box = []
        box.append(self.responder("com.b", answers=lambda request: [box[0].reply(request, b"0,bound",
                                                                                 uuid=request.binding)]))
        self.assertEqual(self.asked("hi"), b"com.b,0,bound\n")

    def test_a_random_uuid_is_refused_where_binding_is_required(self):
        self.left.settings["require_bound_replies"] = "yes"
        self.responder("com.b", payload=b"0,unbound")
        process = self.ask("hi", code=NOTHING, timeout="500ms")
        self.assertEqual(process.stdout.data, b"")

    def test_a_captured_answer_is_refused_where_binding_is_required(self):
        self.left.settings["require_bound_replies"] = "yes"
        captured, box = [], []

        def answers(request):
            if not captured:
                captured.append(box[0].reply(request, b"0,first", uuid=request.binding))
            return captured
        box.append(self.responder("com.b", answers=answers))
        self.assertEqual(self.asked("hi"), b"com.b,0,first\n")
        self.assertEqual(self.ask("hi", code=NOTHING, timeout="500ms").stdout.data, b"")

    def test_identical_answers_are_dropped(self):
        other = self.foreign("com.hold", kind=GoListener, answers=lambda request: [])
        box = []

        def answers(request):
            raw = box[0].reply(request, b"0,once")
            return [raw, raw, raw]
        box.append(self.responder("com.b", answers=answers))
        process = self.ask("hi", timeout="700ms")
        self.assertEqual(process.stdout.data, b"com.b,0,once\n")
        wait_until(lambda: len(other.requests) == 1, "the silent peer was asked too")

    def test_distinct_answers_of_one_peer_before_the_end_are_printed_too(self):
        self.foreign("com.absent")
        box = []
        box.append(self.responder("com.b", answers=lambda request: [box[0].reply(request, b"0,one"),
                                                                    box[0].reply(request, b"0,two")]))
        process = self.ask("hi", timeout="700ms")
        self.assertEqual(process.stdout.data, b"com.b,0,one\ncom.b,0,two\n")

    def test_an_answer_to_another_request_is_not_seen(self):
        def elsewhere(listener, request):
            other = wire.decode(wire.build(self.left.identity, b"another", flag="Q"))
            listener.client.publish(wire.reply_subject(self.fleet.subject, other), listener.reply(other, b"0,bad"))
            return []
        self.check_ignored(elsewhere)


class OwnResponders(RequestCase):
    """Both ends are the program under test."""

    def test_listeners_with_commands_answer(self):
        names = ["com.a", "com.b", "com.c"]
        nodes = [self.node(name) for name in names]
        for node in nodes:
            self.listen(node, "/bin/sh", "-c", f'echo "{node.destination} $2"; exit 4', "sh")
        process = self.ask("hi", timeout="15s")
        found, frames = records(process.stdout.data)
        self.assertEqual((sorted(found), frames), ([(name, "4", f"{name} hi") for name in names], []))

    def test_a_listener_without_a_command_answers_no_data(self):
        self.listen(self.node("com.a"))
        self.assertEqual(self.asked("hi"), b"com.a,0,NO_DATA\n")

    def test_our_replies_are_bound(self):
        self.left.settings["require_bound_replies"] = "yes"
        self.listen(self.node("com.a"), "/bin/echo")
        self.assertEqual(self.asked("hi"), b"com.a,0,ping hi\n")

    def test_answers_of_two_listeners_of_one_identity_both_count_before_the_end(self):
        node = self.node("com.a")
        self.foreign("com.absent")
        self.listen(node, "/bin/echo", "one")
        self.listen(node, "/bin/echo", "two")
        process = self.ask("hi", timeout="1s")
        self.assertEqual(sorted(process.stdout.lines), ["com.a,0,one ping hi", "com.a,0,two ping hi"])

    def test_a_command_that_cannot_be_found_is_answered(self):
        self.listen(self.node("com.a"), self.path("absent"))
        found, _ = records(self.asked("hi"))
        self.assertEqual(found[0][:2], ("com.a", "127"))

    def test_only_the_addressed_answer(self):
        for name in ("com.a", "net.b"):
            self.listen(self.node(name), "/bin/echo", name)
        self.assertEqual(self.asked("-D", "net.*", "hi"), b"net.b,0,net.b ping hi\n")
