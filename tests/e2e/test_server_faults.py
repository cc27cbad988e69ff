"""Servers that die, freeze, vanish, refuse, shrink or talk nonsense, for a sender, a requester and a listener each."""

import json
import os
import signal
import time

from case import FAILURE, NOTHING, OK, GoListener, GoRequester, let_time_pass, wait_until
from fault_case import FaultCase

import nkeys
import wire


class Killed(FaultCase):
    def setUp(self):
        super().setUp()
        self.server_ = self.own()

    def test_a_sender_that_was_not_greeted_yet_sends_to_the_next_life(self):
        self.server_.freeze()
        process = self.remaphore(self.left, "-s", "-t", "20s", "hi")
        wait_until(lambda: connections_to(self.server_.port), "it has connected")
        self.server_.restart(debug=True)
        process.expect_exit(OK)
        wait_until(lambda: "Client connection closed" in self.server_.log, "the server's log has all of it")
        self.assertEqual(self.server_.log.count(f"[PUB {self.fleet_subject()}.all "), 1)
        self.assert_idle(process)

    def fleet_subject(self):
        return self.left.fleet.subject

    def test_a_requester_that_was_not_greeted_yet_asks_the_next_life(self):
        self.server_.freeze()
        process = self.remaphore(self.left, "-r", "-t", "3s", "hi")
        wait_until(lambda: connections_to(self.server_.port), "it has connected")
        self.server_.restart(debug=True)
        wait_until(lambda: f"[PUB {self.fleet_subject()}.all " in self.server_.log, "the request is with the server")
        self.assert_in_time(process, 3)
        process.expect_exit(NOTHING)
        self.assert_error_line(process, "no answer from", "com.right")

    def test_a_requester_that_waits_for_answers_goes_on_to_its_deadline_and_reports_the_reason(self):
        answers = GoListener(self.left.fleet, "com.silent", "*", answers=lambda request: [])
        self.left.fleet.add(answers)
        process = self.remaphore(self.left, "-r", "-D", "com.silent", "-t", "4s", "hi")
        wait_until(lambda: answers.requests, "the request arrived")
        self.server_.kill()
        self.assert_in_time(process, 4)
        process.expect_exit(NOTHING)
        self.assert_error_line(process, "trying again")
        self.assert_error_line(process, "no answer from", "com.silent")

    def test_a_reply_waits_for_the_next_life(self):
        asker = self.left.fleet.foreign("com.asker", kind=GoRequester)
        gate = self.fifo("gate")
        listener = self.listen(self.left, "/bin/sh", "-c", f"read line < {gate}; echo $line")
        before = len(os.listdir(f"/proc/{listener.pid}/fd"))
        question = asker.request(b"hi")
        wait_until(lambda: len(os.listdir(f"/proc/{listener.pid}/fd")) > before, "the command runs")
        self.server_.kill()
        listener.stderr.wait_for("trying again")
        self.server_.start()
        self.reconnect(asker)
        asker.subscribe(question.hash.hex())
        self.release(gate, "finished")
        self.assertEqual(asker.next().payload, b"0,finished\n")
        self.assert_steady(listener, before)

    def test_a_reply_that_was_made_while_there_was_no_server_is_sent(self):
        asker = self.left.fleet.foreign("com.asker", kind=GoRequester)
        gate = self.fifo("gate")
        listener = self.listen(self.left, "/bin/sh", "-c", f"read line < {gate}; echo $line")
        question = asker.request(b"hi")
        with open(gate, "w") as file:
            self.server_.kill()
            listener.stderr.wait_for("trying again")
            file.write("finished\n")
        listener.stderr.wait_for("exit status 0")
        self.server_.start(debug=True)
        wait_until(lambda: f"[PUB {self.fleet_subject()}.{question.hash.hex()} " in self.server_.log, "the reply")

    def test_messages_that_wait_for_a_command_outlive_the_server(self):
        gate = self.fifo("gate")
        listener = self.listen(self.left, "/bin/sh",
                               "-c", f'[ "$2" != 0 ] || {{ echo up; read line < {gate}; }}; echo "$2"', "sh")
        for number in range(20):
            self.right.send(b"%d" % number)
        listener.stdout.wait_for("up\n")
        self.await_arrival(listener, self.right)
        self.server_.kill()
        listener.stderr.wait_for("trying again")
        self.release(gate)
        listener.stdout.wait_lines(21)
        self.assertEqual(listener.stdout.lines, ["up", *map(str, range(20))])

    def await_arrival(self, listener, foreign):
        """Waits until the listener has read what came before: a message with a wrong clock, which it tells at once."""
        foreign.send(b"marker", time_ns=time.time_ns() - 3600 * 10**9)
        listener.stderr.wait_for("refused a message")

    def test_a_listener_reports_that_messages_may_have_been_missed(self):
        listener = self.listen(self.left, "-q")
        self.server_.kill()
        listener.stderr.wait_for("trying again")
        self.server_.start()
        listener.stderr.wait_for("may have been missed")
        self.assertRegex(listener.stderr.text, r"messages of the last \S+ may have been missed")
        self.reconnect(self.right)
        self.right.send(b"heard")
        listener.stdout.wait_for("heard\n")
        self.assert_idle(listener)

    def test_a_listener_without_a_server_does_not_spin(self):
        listener = self.listen(self.left)
        self.server_.kill()
        listener.stderr.wait_for("trying again")
        let_time_pass(1.5)
        self.assert_idle(listener)
        self.assertLess(len(listener.stderr.lines), 6, "each trouble is told once")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=5)

    def test_a_listener_that_had_subscribed_ends_at_its_deadline_with_1(self):
        listener = self.remaphore(self.left, "-t", "2s").wait_ready()
        self.server_.kill()
        self.assert_in_time(listener, 2)
        listener.expect_exit(NOTHING)

    def test_once_the_message_was_printed_the_end_of_the_server_does_not_matter(self):
        listener = self.listen(self.left, "-t", "2s")
        self.right.send(b"hi")
        listener.stdout.wait_for("hi\n")
        self.server_.kill()
        self.assert_in_time(listener, 2)
        listener.expect_exit(OK)


def connections_to(port):
    """Established connections to a port of this host, as /proc/net/tcp tells."""
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return [row for row in rows if row[2].endswith(f":{port:04X}") and row[3] == "01"]


class Frozen(FaultCase):
    """SIGSTOP: the kernel still accepts for a server that says nothing."""

    slow = True

    def setUp(self):
        super().setUp()
        self.server_ = self.own()
        self.addCleanup(self.server_.thaw)

    def test_before_its_greeting_everybody_ends_at_the_deadline(self):
        self.server_.freeze()
        self.assert_all_fail_at(1)

    def test_a_sender_is_done_once_it_thaws(self):
        self.right.subscribe()
        self.server_.freeze()
        process = self.remaphore(self.left, "-s", "-t", "20s", "hi")
        wait_until(lambda: connections_to(self.server_.port), "it has connected")
        self.server_.thaw()
        process.expect_exit(OK)
        self.assertEqual(self.right.next().payload, b"hi")

    def test_a_requester_that_waits_for_answers_ends_at_its_deadline(self):
        answers = self.left.fleet.add(GoListener(self.left.fleet, "com.silent", "*", answers=lambda request: []))
        process = self.remaphore(self.left, "-r", "-D", "com.silent", "-t", "2s", "hi")
        wait_until(lambda: answers.requests, "the request arrived")
        self.server_.freeze()
        self.assert_in_time(process, 2)
        self.assertIn(process.returncode, (NOTHING, FAILURE))
        self.assert_error_line(process, "no answer from", "com.silent")

    def test_a_listener_ends_at_its_deadline(self):
        listener = self.remaphore(self.left, "-t", "2s").wait_ready()
        self.server_.freeze()
        self.assert_in_time(listener, 2)
        listener.expect_exit(NOTHING)

    def test_a_listener_dies_of_a_signal_at_once(self):
        listener = self.listen(self.left)
        self.server_.freeze()
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=5)

    def test_a_listener_gets_the_messages_from_before_and_after(self):
        listener = self.listen(self.left)
        self.right.send(b"before")
        listener.stdout.wait_for("before\n")
        self.server_.freeze()
        self.right.client._send(b"PUB %s 3\r\nx,x\r\n" % self.right.subject().encode())
        raw = wire.build(self.right.identity, b"after")
        self.right.client._send(b"PUB %s %d\r\n%s\r\n" % (self.right.subject().encode(), len(raw), raw))
        let_time_pass(0.3)
        self.server_.thaw()
        listener.stdout.wait_for("after\n")
        self.assertEqual(listener.stderr.data, b"Ready\n")

    def test_a_listener_that_ends_reports_its_unsent_last_reply(self):
        asker = self.left.fleet.foreign("com.asker", kind=GoRequester)
        gate = self.fifo("gate")
        listener = self.listen(self.left, "/bin/sh", "-c", f"read line < {gate}; echo $line")
        asker.request(b"hi")
        with open(gate, "w"):
            self.server_.freeze()
        listener.stderr.wait_for("exit status 0")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=5)
        self.assert_error_line(listener, "1 replies could not be sent")


class Unreachable(FaultCase):
    def test_where_nothing_answers_everybody_ends_at_the_deadline(self):
        self.left.servers = [self.blackhole()]
        self.assert_all_fail_at(1)

    def test_where_nothing_listens_everybody_ends_at_the_deadline(self):
        self.left.servers = ["nats://127.0.0.1:1"]
        self.assert_all_fail_at(1, "refused")

    def test_another_server_is_tried_when_one_does_not_answer(self):
        self.left.servers = [self.blackhole(), self.hub().url]
        self.right.subscribe()
        self.send(self.left, "-t", "20s", "hi")
        self.assertEqual(self.right.next().payload, b"hi")

    def test_a_process_that_waits_for_a_connection_dies_of_a_signal(self):
        self.left.servers = [self.blackhole()]
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            for mode in (["-s"], ["-r"], []):
                with self.subTest(number=number, mode=mode):
                    process = self.remaphore(self.left, *mode, "-t", "30s")
                    wait_until(lambda: any(name.startswith("socket:") for name in self.open_files(process)),
                               "it connects")
                    process.signal(number)
                    process.expect_exit(-number, within=5)

    def open_files(self, process):
        found = []
        for name in os.listdir(f"/proc/{process.pid}/fd"):
            try:
                found.append(os.readlink(f"/proc/{process.pid}/fd/{name}"))
            except FileNotFoundError:
                pass
        return found


class Leaving(FaultCase):
    def test_a_listener_outlives_a_server_in_lame_duck_mode_that_is_restarted(self):
        server = self.own()
        listener = self.listen(self.left)
        self.right.client.flush()
        server.lame_duck()
        self.right.send(b"still")
        listener.stdout.wait_for("still\n")
        server.restart()
        listener.stderr.wait_for("may have been missed")
        self.reconnect(self.right)
        self.right.send(b"again")
        listener.stdout.wait_for("again\n")

    def test_a_request_under_way_is_answered_in_lame_duck_mode(self):
        """There is no other server to go to."""
        server = self.own()
        asked = []
        def answers(request):
            asked.append(request)
            server.lame_duck()
            wait_until(lambda: "lame duck" in server.log.lower(), "the server says it is leaving")
            return [listener.reply(request, b"0,done")]
        listener = self.left.fleet.add(GoListener(self.left.fleet, "com.b", "*", answers=answers))
        process = self.remaphore(self.left, "-r", "-D", "com.b", "-t", "10s", "hi").expect_exit(OK)
        self.assertEqual(process.stdout.data, b"com.b,0,done\n")

    def test_on_a_full_server_everybody_ends_at_the_deadline(self):
        server = self.own(max_connections=1)
        self.addCleanup(server.client().close)
        self.assert_all_fail_at(1, "maximum connections")

    def test_a_sender_gets_the_place_that_becomes_free(self):
        server = self.own(max_connections=1)
        holder = server.client()
        process = self.remaphore(self.left, "-s", "-t", "20s", "hi")
        wait_until(lambda: "maximum connections exceeded" in server.log, "it was turned away")
        holder.close()
        process.expect_exit(OK)


class Refused(FaultCase):
    def test_expired_credentials_are_reported_at_once(self):
        self.left.write_credentials(self.hub().authority.user(expires=time.time() - 60).credentials)
        self.assert_all_fail_at_once(self.left.credentials, "expired")

    def test_credentials_of_another_fleet_are_reported_at_once(self):
        self.left.write_credentials(nkeys.Authority().user().credentials)
        self.assert_all_fail_at_once(self.left.credentials)

    def test_credentials_that_are_revoked_meanwhile_end_a_listener(self):
        server = self.own()
        user = server.authority.user()
        self.left.write_credentials(user.credentials)
        listener = self.listen(self.left)
        server.authority.revoke(user)
        server.reload()
        listener.stderr.wait_for("trying again")
        self.assert_idle(listener)
        listener.expect_exit(FAILURE, within=90)  # once it has lasted a minute
        self.assert_error_line(listener, self.left.credentials)
        self.assert_idle(listener)

    def test_credentials_that_are_revoked_meanwhile_end_a_requester(self):
        server = self.own()
        user = server.authority.user()
        self.left.write_credentials(user.credentials)
        answers = self.left.fleet.add(GoListener(self.left.fleet, "com.silent", "*", answers=lambda request: []))
        process = self.remaphore(self.left, "-r", "-D", "com.silent", "-t", "30s", "hi")
        wait_until(lambda: answers.requests, "the request arrived")
        server.authority.revoke(user)
        server.reload()
        process.expect_exit(FAILURE, within=10)
        self.assert_error_line(process, "no answer from", "com.silent")

    def test_if_credentials_vanish_or_are_half_written_the_last_good_ones_are_used(self):
        """They may be rotated just when a listener loses its link, and it reconnects nevertheless."""
        server = self.own()
        listener = self.listen(self.left)
        whole = open(self.left.credentials).read()
        for number, text in enumerate((None, whole[:100], ""), 1):
            if text is None:
                os.unlink(self.left.credentials)
            else:
                self.left.write_credentials(text)
            server.restart()
            listener.stderr.wait_for("may have been missed", count=number)
        self.reconnect(self.right)
        self.right.send(b"heard")
        listener.stdout.wait_for("heard\n")

    def test_a_requester_that_may_not_publish_fails_at_once(self):
        user = self.hub().authority.user(deny_publish=[f"{self.fleet.subject}.all"])
        self.left.write_credentials(user.credentials)
        process = self.remaphore(self.left, "-r", "-t", "30s", "hi")
        self.assert_refused(process, FAILURE, "permissions violation", f"{self.fleet.subject}.all")
        self.assertLess(process.seconds, 15)

    def test_a_listener_that_may_not_answer_reports_it_and_goes_on(self):
        user = self.hub().authority.user(publish=["nothing"])
        self.left.write_credentials(user.credentials)
        asker = self.foreign("com.asker", kind=GoRequester)
        listener = self.listen(self.left)
        asker.request(b"question")
        listener.stderr.wait_for("ermissions")
        self.right.send(b"after")
        listener.stdout.wait_for("after\n")
        self.assert_error_line(listener, "permissions violation", f"{self.fleet.subject}.")
        self.assertIsNone(listener.returncode)


class Small(FaultCase):
    """max_payload below what is to be sent."""

    def test_a_request_that_is_too_large_is_reported_at_once_with_both_sizes(self):
        self.own(max_payload=1000)
        process = self.remaphore(self.left, "-r", "-t", "30s", "x" * 1000)
        self.assert_refused(process, FAILURE, "too large", "1000")
        self.assertLess(process.seconds, 15)

    def test_a_listener_whose_answers_never_fit_reports_it_and_goes_on(self):
        server = self.own(max_payload=180)
        asker = self.left.fleet.foreign("com.a", kind=GoRequester)
        listener = self.listen(self.left)
        asker.request(b"", uuid="u")
        listener.stderr.wait_for("cannot be sent")
        self.right.send(b"hi", uuid="v")
        listener.stdout.wait_for("hi\n")
        self.assert_error_line(listener, "reply", "180")
        self.assertEqual(server.log.count("maximum payload"), 0)

    def test_a_reply_is_cut_to_the_limit_of_the_restarted_server(self):
        server = self.own()
        asker = self.left.fleet.foreign("com.asker", kind=GoRequester)
        gate = self.fifo("gate")
        listener = self.listen(self.left, "/bin/sh", "-c", f"read line < {gate}; head -c 100000 /dev/zero | tr '\\0' x")
        question = asker.request(b"hi")
        with open(gate, "w") as file:
            server.kill()
            listener.stderr.wait_for("trying again")
            file.write("go\n")
        listener.stderr.wait_for("exit status 0")
        server.max_payload = 2000
        server.start(debug=True)
        published = f"[PUB {self.left.fleet.subject}.{question.hash.hex()} "
        wait_until(lambda: published in server.log, "the reply")
        size = int(server.log.split(published)[1].split("]")[0])
        self.assertLessEqual(size, 2000)
        self.assertGreater(size, 1500)
        wait_until(lambda: "trying again" not in listener.stderr.text.split("may have been missed")[-1],
                   "it stays connected")


class Nonsense(FaultCase):
    """Whatever a server says, nobody hangs, spins, crashes or grows."""

    def check(self, *talk):
        """Said instead of a greeting, and after the login."""
        def at_once(connection):
            for part in talk:
                connection.send(part)
            connection.hold()
        def logged_in(connection):
            connection.info()
            connection.until("PING")
            for part in talk:
                connection.send(part)
            connection.hold()
        for name, play in (("instead of the greeting", at_once), ("instead of the confirmation", logged_in)):
            with self.subTest(stage=name):
                self.left.servers = [self.fake(play).url]
                for process in self.modes(0.7).values():
                    self.assert_not_late(process, 0.7)
                    process.expect_exit(FAILURE)
                    self.error_lines(process)
                    self.assertLess(len(process.stderr.data), 20_000)

    def test_an_absurd_length(self):
        self.check(b"MSG s 1 2147483646\r\n", b"x" * 100)

    def test_a_greeting_nested_without_end(self):
        self.check(b'INFO {"a":' + b"[" * 300_000 + b"\r\n")

    def test_nuls(self):
        self.check(b"\0" * 3000 + b"\r\n")

    def test_a_line_without_end(self):
        self.check(b"I" * 3_000_000)

    def test_errors_without_end(self):
        def play(connection):
            connection.info()
            while True:
                connection.send("-ERR 'Permissions Violation for Nothing'\r\n" * 100)
        self.left.servers = [self.fake(play).url]
        for mode, process in self.modes(1).items():
            with self.subTest(mode=mode):
                process.expect_exit(FAILURE)
                self.assertLess(len(process.stderr.data), 20_000)
                self.assert_idle(process)

    def test_greetings_without_end(self):
        """The list of servers that a server may tell us of is bounded, and so is what we remember."""
        def play(connection):
            connection.handshake()
            for number in range(300):
                urls = [f"127.0.0.1:{1 + (number * 50 + n) % 60000}" for n in range(50)]
                connection.send("INFO " + json.dumps({"max_payload": 1000, "connect_urls": urls}) + "\r\n")
            connection.send("PING\r\n")
            connection.serve()
        fake = self.fake(play)
        self.left.servers = [fake.url]
        listener = self.listen(self.left)
        fake.wait(lambda: b"PONG\r\n" in fake.received, "it took them all")
        self.assertIsNone(listener.returncode)
        self.assert_idle(listener)

    def test_a_server_that_drops_everybody_right_after_the_login_is_no_reason_to_spin(self):
        fake = self.fake(lambda connection: connection.handshake())
        self.left.servers = [fake.url]
        listener = self.remaphore(self.left, "-t", "2s")
        self.assert_in_time(listener, 2)
        self.assertIn(listener.returncode, (NOTHING, FAILURE))
        self.assertLess(len(fake.connections), 40)

    def test_pongs_without_a_ping_do_no_harm(self):
        def play(connection):
            connection.handshake()
            connection.send("PONG\r\n" * 1000 + "+OK\r\n" * 1000 + "PING\r\n")
            connection.serve()
        fake = self.fake(play)
        self.left.servers = [fake.url]
        listener = self.listen(self.left)
        fake.wait(lambda: fake.received.endswith(b"PONG\r\n"), "it goes on")
        self.assertIsNone(listener.returncode)
