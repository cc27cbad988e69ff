"""Messages that a stream keeps: `-s --stored`, and receivers that join late."""

import base64
import json
import signal
import time

from case import FAILURE, LITTLE_KEPT, NOTHING, OK, USAGE, environment, load_vectors
from stream_case import StreamCase

import wire
from fake_server import FakeServer
from nkeys import KeyPair
from process import status_of


class StoredSend(StreamCase):
    def kept(self):
        return self.streams.info(self.streams.messages)["state"]["messages"]

    def test_it_ends_well_once_the_stream_has_it(self):
        left, right = self.pair()
        right.subscribe()
        self.send(left, "--stored", "hello")
        self.assertEqual(self.kept(), 1)
        delivery = right.client.next()
        self.assertTrue(delivery.payload.endswith(b",hello"), "who listens hears it too")

    def test_json_reports_where_the_message_is_kept(self):
        process = self.send(self.node(), "--stored", "--json", "-v", "deploy")
        sent = json.loads(process.stdout.data)
        self.assertEqual((sent["type"], sent["verb"], sent["stream"], sent["sequence"], sent["duplicate"],
                          sent["status"]), ("sent", "deploy", self.fleet.subject.upper(), 1, False, 0))

    def test_each_of_a_list_has_a_message_of_its_own_that_is_kept(self):
        left = self.node()
        for name in ("com.example.a", "com.example.b", "com.example.c"):
            self.foreign(name)
        process = self.send(left, "--stored", "--json", "-D", "com.example.*,!com.example.b")
        sent = [json.loads(line) for line in process.stdout.lines]
        self.assertEqual([(one["destination"], one["sequence"]) for one in sent],
                         [("com.example.a", 1), ("com.example.c", 2)])
        self.assertEqual(self.kept(), 2)

    def test_for_a_list_it_reports_how_many_are_kept(self):
        self.streams.update(self.streams.messages, discard="new", max_msgs=1)
        left = self.node()
        for name in ("com.example.n1", "com.example.n2"):
            self.foreign(name)
        self.assert_refused(self.remaphore(left, "-s", "--stored", "-D", "com.example.n[1-2]"), FAILURE,
                            "maximum messages exceeded", "kept so far: 1 of 2 messages")

    def test_json_reports_the_failure_after_the_messages_that_are_kept(self):
        self.streams.update(self.streams.messages, discard="new", max_msgs=1)
        left = self.node()
        for name in ("com.example.n1", "com.example.n2"):
            self.foreign(name)
        process = self.remaphore(left, "-s", "--stored", "--json", "-D", "com.example.n[1-2]").expect_exit(FAILURE)
        told = [json.loads(line) for line in process.stdout.lines]
        self.assertEqual([(one["type"], one["status"]) for one in told], [("sent", OK), ("error", FAILURE)])

    def test_without_a_stream_it_fails_with_the_remedy(self):
        fleet = self.make_fleet(self.hub(), create=False)
        process = self.remaphore(fleet.node("com.example.left"), "-s", "--stored")
        self.assert_refused(process, FAILURE, "no stream keeps", "remaphore-fleet provision DIR")

    def test_without_a_stream_it_fails_although_there_is_a_listener(self):
        fleet = self.make_fleet(self.hub(), create=False)
        left = fleet.node("com.example.left")
        fleet.foreign("com.example.right").subscribe()
        process = self.remaphore(left, "-s", "--stored")
        self.assert_refused(process, FAILURE, f"no stream {fleet.subject.upper()}", "no stream keeps it")

    def test_without_jetstream_it_fails(self):
        server = self.server()
        fleet = self.make_fleet(server, create=False)
        left = fleet.node("com.example.left")
        fleet.foreign("com.example.right").subscribe()
        self.assert_refused(self.remaphore(left, "-s", "--stored"), FAILURE, "the server has no jetstream",
                            "remaphore-fleet provision DIR")

    def test_a_subject_that_is_not_kept_fails_and_names_the_option(self):
        left = self.node()
        self.foreign().subscribe("night")
        self.assert_refused(self.remaphore(left, "-s", "--stored", "-S", "night"), FAILURE, '--keep-subject "night"')

    def test_a_subject_that_is_not_kept_names_the_option_without_listeners_too(self):
        self.assert_refused(self.remaphore(self.node(), "-s", "--stored", "-S", "night"), FAILURE,
                            "nobody is listening", '--keep-subject "night"')

    def test_a_full_stream_fails_with_its_reason(self):
        self.streams.update(self.streams.messages, discard="new", max_msgs=1)
        self.send(self.node(), "--stored")
        self.assert_refused(self.remaphore(self.node("com.example.b"), "-s", "--stored"), FAILURE,
                            "accepts no more", "maximum messages exceeded")

    def test_a_link_that_is_lost_before_the_answer_sends_the_same_bytes_again(self):
        sent = []

        def play(connection):
            connection.info()
            inbox = connection.until("SUB")[1].split()
            _, line, message = connection.until("HPUB")
            sent.append(message)
            if len(sent) < 3:
                return  # and hang up
            ack = b'{"stream":"REMAPHORE", "seq":7,"duplicate": true}'
            connection.send(f"MSG {line.split()[1]} {inbox[-1]} {len(ack)}\r\n".encode() + ack + b"\r\n")
            connection.serve()

        with FakeServer(play) as server:
            left = self.node()
            left.servers = [server.url]
            left.settings["subject"] = "remaphore"
            process = self.remaphore(left, "-s", "--stored", "--json", "-t", "60s").expect_exit(OK)
        self.assertEqual(json.loads(process.stdout.data)["duplicate"], True)
        self.assertEqual(len(sent), 3)
        self.assertEqual(len(set(sent)), 1, "the same bytes, and the same Nats-Msg-Id")
        headers, _, message = sent[0].partition(b"\r\n\r\n")
        self.assertEqual(headers, b"NATS/1.0\r\nNats-Msg-Id: " + wire.decode(message).hash.hex().encode())

    def test_it_is_an_option_of_senders_only(self):
        self.assert_refused(self.remaphore(self.node(), "-r", "--stored"), USAGE, "--stored is only for -s")
        self.assert_refused(self.remaphore(self.node(), "--stored"), USAGE, "--stored is only for -s")

    def test_a_signal_ends_the_wait(self):
        server = self.stream_server()
        left = self.make_fleet(server).node("com.example.left")
        server.freeze()
        process = self.remaphore(left, "-s", "--stored", "-t", "0")
        self.addCleanup(server.thaw)
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM)


HOUR = 3600 * 10 ** 9


class Late(StreamCase):
    """Receivers that join late, and read what a real server keeps."""

    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()

    def keep(self, *payloads, ago=0, **fields):
        """Sent by a Go node that knows nothing of it, `ago` nanoseconds ago, and stored."""
        for payload in payloads:
            self.right.send(payload, time_ns=time.time_ns() - ago, **fields)
        self.kept = getattr(self, "kept", 0) + len(payloads)
        self.streams.wait_kept(self.streams.messages, self.kept)

    def join(self, *words, since="24h"):
        return self.remaphore(self.left, "--since", since, *words)

    def test_a_one_shot_takes_an_earlier_message(self):
        self.keep(b"1.0", uuid=b"release")
        process = self.join("-u", "release").expect_exit(OK)
        self.assertEqual(process.stdout.data, b"1.0\n")

    def test_a_one_shot_takes_the_oldest_and_with_last_the_newest(self):
        self.keep(b"1.0", b"1.1", b"1.2")
        self.assertEqual(self.join("-o").expect_exit(OK).stdout.data, b"1.0\n")
        self.assertEqual(self.join("-o", "--last").expect_exit(OK).stdout.data, b"1.2\n")

    def test_last_is_the_newest_by_its_signed_time_whatever_the_order_of_the_stream(self):
        self.keep(b"newest")
        self.keep(b"older", ago=HOUR)
        self.assertEqual(self.join("-o", "--last").expect_exit(OK).stdout.data, b"newest\n")

    def test_if_nothing_is_kept_it_waits(self):
        process = self.join("-o").wait_ready()
        self.right.send(b"live")
        self.assertEqual(process.expect_exit(OK).stdout.data, b"live\n")

    def test_if_nothing_comes_in_time_that_is_exit_1(self):
        self.join("-u", "release", "-t", "2s").expect_exit(NOTHING)

    def test_without_since_nothing_that_is_kept_is_received(self):
        self.keep(b"before")
        process = self.listen(self.left)
        self.right.send(b"live")
        process.stdout.wait_for("live\n")
        self.assertEqual(process.stdout.data, b"live\n")

    def test_all_that_is_kept_comes_in_its_order_and_then_live_ones(self):
        self.keep(*(b"%d" % i for i in range(500)))
        process = self.join().wait_ready()
        self.assertEqual(process.stdout.lines[-1], "499", "Ready comes after what is kept")
        self.right.send(b"live")
        process.stdout.wait_for("live\n")
        self.assertEqual(process.stdout.lines, [*map(str, range(500)), "live"])

    def test_messages_older_than_the_window_are_passed_over(self):
        self.keep(b"old", ago=2 * HOUR)
        self.keep(b"new", ago=HOUR // 2)
        process = self.join(since="1h").wait_ready()
        self.assertEqual(process.stdout.data, b"new\n")
        self.assertNotIn("clock", process.stderr.text)

    def test_messages_that_come_while_it_joins_come_once_and_in_order(self):
        self.keep(*(b"%d" % i for i in range(200)))
        process = self.join()
        for number in range(200, 2200):
            self.right.client.publish(self.right.subject(), wire.build(self.right.identity, b"%d" % number))
        self.right.client.flush()
        process.stdout.wait_for("2199\n")
        self.assertEqual(process.stdout.lines, list(map(str, range(2200))))

    def test_go_senders_messages_of_the_vectors_are_joined_late(self):
        rows = [row for row in load_vectors("messages") if row["expect"] == "ok" and row["kind"] == "message"]
        rows = [row for row in rows if int(row["time_ns"]) < time.time_ns() and not row["reply_requested"]]
        rows = [row for row in rows if int(row["time_ns"]) > time.time_ns() - 100 * 8760 * HOUR]
        rows = list({row["bytes"]: row for row in rows}.values())
        self.assertGreater(len(rows), 20)
        keys = dict.fromkeys(row["public_key"] for row in rows)
        self.left.peers = [f"com.example.n{number} {key} [*]" for number, key in enumerate(keys)]
        for row in rows:
            self.right.publish(bytes.fromhex(row["bytes"]))
        self.streams.wait_kept(self.streams.messages, len(rows))
        process = self.join("-d", "--json", since="876000h").wait_ready()
        seen = [json.loads(line) for line in process.stdout.lines]
        self.assertEqual([one["uuid"] for one in seen], [row["uuid"] for row in rows])

    def test_an_old_request_is_not_run_and_not_answered(self):
        self.right.subscribe("*")
        self.keep(b"old", ago=HOUR, flag="Q")
        self.keep(b"message", ago=HOUR)
        process = self.join().wait_ready()
        self.assertEqual(process.stdout.data, b"message\n")
        answers = [one for one in self.right.client.pending() if not one.subject.endswith(".all")]
        self.assertEqual(answers, [])

    def test_messages_not_signed_by_a_peer_are_never_taken(self):
        stranger = wire.Identity()
        self.right.publish(b"noise")
        self.right.publish(wire.build(stranger, b"stranger"))
        self.kept = 2
        self.keep(b"good")
        self.assertEqual(self.join().wait_ready().stdout.data, b"good\n")

    def test_messages_on_other_subjects_of_the_stream_are_not_taken(self):
        subjects = [f"{self.fleet.subject}.{part}" for part in ("all", "night")]
        self.streams.update(self.streams.messages, subjects=subjects)
        self.right.send(b"night", part="night")
        self.kept = 1
        self.keep(b"day")
        self.assertEqual(self.join().wait_ready().stdout.data, b"day\n")
        self.assertEqual(self.join("-S", "night").wait_ready().stdout.data, b"night\n")

    def test_a_command_runs_once_across_restarts_and_missed_messages_are_caught_up(self):
        words = ("--state", self.path("state"), "/bin/echo")
        self.keep(b"one", b"two")
        first = self.join(*words).wait_ready()
        first.stdout.wait_for("ping two\n")
        first.signal(signal.SIGKILL)
        first.wait_exit()
        self.keep(b"three")
        second = self.join(*words).wait_ready()
        second.stdout.wait_for("ping three\n")
        self.right.send(b"four")
        second.stdout.wait_for("ping four\n")
        self.assertEqual(first.stdout.data + second.stdout.data, b"ping one\nping two\nping three\nping four\n")

    def test_messages_that_waited_at_a_kill_run_after_the_restart(self):
        words = ("--state", self.path("state"))
        script = self.script('echo "$2"; exec sleep 300')
        self.keep(b"one", b"two")
        first = self.join(*words, script)
        first.stdout.wait_for("one\n")
        first.signal(signal.SIGKILL)
        first.wait_exit()
        second = self.join(*words, "/bin/echo").wait_ready()
        second.stdout.wait_for("ping two\n")
        self.assertEqual(second.stdout.data, b"ping two\n")

    def test_messages_that_waited_for_their_time_at_a_kill_run_after_the_restart(self):
        words = ("--state", self.path("state"))
        self.keep(b"one", b"two")
        for number in (signal.SIGKILL, signal.SIGTERM):
            for delay in ("--splay", "--start-after"):
                first = self.join(*words, delay, "9000h", "--jobs", "2", "/bin/echo").wait_ready()
                first.signal(number)
                first.expect_exit(-number)
                self.assertEqual(first.stdout.data, b"")
        second = self.join(*words, "/bin/echo").wait_ready()
        second.stdout.wait_for("ping two\n")
        second.signal(signal.SIGKILL)
        second.wait_exit()
        third = self.join(*words, "/bin/echo").wait_ready()
        self.assertEqual(second.stdout.data + third.stdout.data, b"ping one\nping two\n")

    def test_the_audit_names_the_message_that_was_running_at_a_kill(self):
        audit = self.path("audit.jsonl")
        words = ("--state", self.path("state"), "--audit", audit)
        self.keep(b"one", b"two")
        first = self.join(*words, self.script('echo "$2"; exec sleep 300'))
        first.stdout.wait_for("one\n")
        first.signal(signal.SIGKILL)
        first.wait_exit()
        second = self.join(*words, "/bin/echo").wait_ready()
        second.stdout.wait_for("ping two\n")
        second.signal(signal.SIGTERM)
        second.wait_exit()
        with open(audit, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        self.assertEqual([line["action"] for line in lines], ["taken", "taken", "ran"])
        self.assertEqual(lines[1]["uuid"], lines[2]["uuid"])
        self.assertNotEqual(lines[0]["uuid"], lines[1]["uuid"])

    def test_a_command_without_an_end_needs_a_state(self):
        self.assert_refused(self.join("/bin/true"), USAGE, "--since", "--state DIR")

    def test_last_goes_with_since_and_a_one_shot(self):
        self.assert_refused(self.remaphore(self.left, "-o", "--last"), USAGE, "--last needs --since")
        self.assert_refused(self.join("--last"), USAGE, "--last needs -o or -u")

    def test_a_stream_that_keeps_less_is_a_warning_with_both(self):
        process = self.join(since="48h").wait_ready()
        self.assert_error_line(process, "--since 2d", "24h", self.fleet.subject.upper())


class WithoutAStream(StreamCase):
    def refused(self, fleet, *parts, words=(), credentials=None):
        left = fleet.node("com.example.left", credentials=credentials)
        process = self.remaphore(left, "--since", "1h", *words)
        self.assert_refused(process, FAILURE, *parts)
        self.assertNotIn("Ready", process.stderr.text)

    def test_no_stream_is_an_error_that_names_the_remedy(self):
        fleet = self.make_fleet(self.hub(), create=False)
        self.refused(fleet, f"no stream {fleet.subject.upper()}", "remaphore-fleet provision DIR")

    def test_no_jetstream_is_an_error_that_names_the_remedy(self):
        self.refused(self.make_fleet(self.server(), create=False), "the server has no jetstream",
                     "remaphore-fleet provision DIR")

    def test_no_permission_to_read_it(self):
        key = KeyPair("user")
        subject = self.fleet.subject
        user = self.hub().authority.user("old", publish=[f"{subject}.*"],
                                         subscribe=[f"{subject}.*", f"_INBOX.{key.public}.*"], key=key)
        self.refused(self.fleet, "$js.api.stream.info", "remaphore-fleet provision DIR", credentials=user.credentials)

    def test_no_permission_for_an_inbox(self):
        subject = self.fleet.subject
        user = self.hub().authority.user("older", publish=[f"{subject}.*"], subscribe=[f"{subject}.*"])
        self.refused(self.fleet, "_inbox", "remaphore-fleet provision DIR", credentials=user.credentials)

    def test_a_subject_that_it_does_not_keep(self):
        self.refused(self.fleet, "does not keep", '--keep-subject "night"', words=("-S", "night"))


class LostLinks(StreamCase):
    def setUp(self):
        super().setUp()
        self.server_ = self.stream_server()
        self.mine = self.make_fleet(self.server_)
        self.left, self.right = self.mine.node("com.example.left"), self.mine.foreign("com.example.right")

    def restart(self):
        self.right.close()
        self.right.connection = None
        self.mine.streams.forget_connection()
        self.server_.restart()

    def test_messages_sent_before_it_is_back_are_not_missed(self):
        process = self.remaphore(self.left, "--since", "1h").wait_ready()
        sent = []
        for life in range(3):
            self.right.send(b"%d before" % life)
            process.stdout.wait_for(f"{life} before\n")
            self.restart()
            for number in range(20):
                self.right.send(b"%d %d" % (life, number))
            process.stderr.wait_for("the connection is back", count=life + 1)
            process.stdout.wait_for(f"{life} 19\n")
            sent += [f"{life} before", *(f"{life} {number}" for number in range(20))]
        self.assertEqual(process.stdout.lines, sent)
        self.assert_error_line(process, "were read from stream", "none of those that it keeps were missed")

    def test_a_stream_that_is_gone_cuts_it_off_and_one_that_is_back_heals_it(self):
        process = self.remaphore(self.left, "--since", "1h").wait_ready()
        self.mine.streams.delete(self.mine.streams.messages)
        self.restart()
        process.stderr.wait_for("missed messages cannot be read")
        self.mine.streams.create(self.mine.streams.messages)
        process.stderr.wait_for("the connection is back")
        self.assert_error_line(process, "may have been missed", "was recreated")
        self.right.send(b"alive")
        process.stdout.wait_for("alive\n")


class Liars(StreamCase):
    """A server that answers JetStream's API as told."""

    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()
        self.left.settings["subject"] = "remaphore"

    def info(self, first=1, last=3, messages=None, **config):
        return {"config": {"name": "REMAPHORE", "subjects": ["remaphore.all"], "max_age": 24 * HOUR} | config,
                "created": "2026-01-01T00:00:00Z",
                "state": {"messages": last if messages is None else messages, "bytes": 1000, "first_seq": first,
                          "last_seq": last, "first_ts": "2026-01-01T00:00:00Z", "consumer_count": 0}}

    def stored(self, number, payload=None, **changes):
        raw = wire.build(self.right.identity, payload or b"%d" % number)
        return {"message": {"subject": "remaphore.all", "seq": number, "data": base64.b64encode(raw).decode(),
                            "time": "2026-11-25T09:42:39.54102667Z"} | changes}

    def serve(self, info, get):
        """`info()` and `get(sequence)` give an answer, or bytes, or None for silence."""
        def play(connection):
            connection.info()
            waiting = []
            sids = {}
            while True:
                word, line, payload = connection.operation()
                if word == "PING":
                    connection.send("PONG\r\n")
                elif word == "SUB":
                    words = line.split()
                    sids[words[0].split(".")[0]] = words[-1]
                elif word == "PUB" and line.startswith("$JS.API."):
                    answer = info() if ".INFO." in line else get(json.loads(payload)["seq"])
                    if answer is None:
                        continue
                    data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                    waiting.append(f"MSG {line.split()[1]} {sids['_INBOX']} {len(data)}\r\n".encode() + data + b"\r\n")
                    if ".INFO." in line or len(waiting) == self.batch:  # the last question's answer comes first
                        connection.send(b"".join(reversed(waiting)))
                        waiting.clear()
        self.batch = getattr(self, "batch", 1)
        server = FakeServer(play)
        self.addCleanup(server.close)
        self.left.servers = [server.url]
        return server

    def listen_to(self, info, get, *words):
        self.serve(info, get)
        return self.remaphore(self.left, "--since", "24h", *words)

    def assert_told(self, info, get, *parts):
        self.assert_refused(self.listen_to(info, get), FAILURE, *parts)

    def test_answers_out_of_order_are_put_in_order(self):
        self.batch = 3
        process = self.listen_to(self.info, self.stored, "-t", "30s").wait_ready()
        self.assertEqual(process.stdout.lines, ["1", "2", "3"])

    def test_another_message_than_was_asked_for(self):
        self.assert_told(self.info, lambda number: self.stored(number + 1), "asked for message 1, the answer holds 2")

    def test_another_stream_than_was_asked_for(self):
        self.assert_told(lambda: self.info(name="OTHER"), self.stored, "asked for stream remaphore")

    def test_a_stream_of_that_name_with_other_subjects(self):
        self.assert_told(lambda: self.info(subjects=["else.>"]), self.stored, "does not keep")

    def test_text_that_is_no_json_or_has_no_end(self):
        for answer in (b"", b"{", b"[" * 100000, b'{"config":{"name":"', b"\xff\xfe", b"{}", b"null"):
            with self.subTest(answer=answer[:20]):
                self.assert_told(lambda answer=answer: answer, self.stored, "not an answer of jetstream")
                self.assert_told(self.info, lambda _, answer=answer: answer, "not an answer of jetstream")

    def test_sequences_that_are_none(self):
        self.assert_told(lambda: self.info(first=-1), self.stored, "not an answer of jetstream")
        self.assert_told(lambda: self.info(first=9, last=3), self.stored, "not an answer of jetstream")
        self.assert_told(self.info, lambda number: self.stored(number, seq="1"), "not an answer of jetstream")

    def test_headers_that_lie_change_nothing(self):
        lies = base64.b64encode(b"NATS/1.0 404 No Messages\r\nNats-Sequence: 9\r\nNats-Subject: x\r\n\r\n").decode()
        process = self.listen_to(self.info, lambda number: self.stored(number, hdrs=lies), "-t", "30s").wait_ready()
        self.assertEqual(process.stdout.lines, ["1", "2", "3"])

    def test_messages_that_are_not_signed_run_nothing(self):
        data = base64.b64encode(b"not signed").decode()
        process = self.listen_to(self.info, lambda number: self.stored(number, data=data), "-t", "30s").wait_ready()
        self.assertEqual(process.stdout.data, b"")

    def test_sequences_that_go_back_at_the_second_look(self):
        infos = iter([self.info(first=10, last=12), self.info(first=1, last=2), self.info(first=1, last=2)])
        process = self.listen_to(lambda: next(infos), self.stored, "-t", "30s").wait_ready()
        self.assertEqual(process.stdout.lines, ["10", "11", "12", "1", "2"])

    def test_a_stream_without_end_keeps_neither_from_signals_nor_takes_memory(self):
        hole = {"error": {"code": 404, "err_code": 10037, "description": "no message found"}}
        server = self.serve(lambda: self.info(last=2 ** 62), lambda _: hole)
        process = self.remaphore(self.left, "--since", "24h", env=environment(**LITTLE_KEPT))
        server.wait(lambda: server.connections and server.connections[0].received.count(b"MSG.GET") > 2000, "questions")
        before = status_of(process.pid, "VmRSS")
        seen = server.connections[0].received.count(b"MSG.GET")
        server.wait(lambda: server.connections[0].received.count(b"MSG.GET") > seen + 2000, "more questions")
        self.assertLess(status_of(process.pid, "VmRSS"), before + 2000, "KiB")
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM)
