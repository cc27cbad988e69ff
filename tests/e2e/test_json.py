"""--json: one object per line in every mode, whatever it holds and whatever goes wrong, read by another parser."""

import base64
import fcntl
import json
import os
import pty
import re
import signal
import sys
import termios
import time

from case import (FAILURE, NOTHING, OK, REMAPHORE, USAGE, GoListener, GoRequester, HubCase, Process, environment,
                  wait_until)

import wire

EVERY_BYTE = bytes(range(256))
TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"


def once(pairs):
    """A repeated member is an error."""
    members = dict(pairs)
    assert len(members) == len(pairs), pairs
    return members


def refuse(constant):
    raise AssertionError(f"{constant} is not JSON")


def objects(data):
    """The objects of a standard output that holds nothing else."""
    assert data == b"" or data.endswith(b"\n"), data[-200:]
    lines = data.decode("utf-8").split("\n")[:-1]
    for line in lines:
        assert not re.search("[\x00-\x1f\x7f-\x9f]", line), line[:200]
    found = [json.loads(line, object_pairs_hook=once, parse_constant=refuse) for line in lines]
    assert all(isinstance(one, dict) for one in found)
    return found


def raw(record, name="output", encoding="encoding"):
    """The bytes that a text stands for."""
    if encoding in record:
        assert record[encoding] == "base64"
        return base64.b64decode(record[name], validate=True)
    return record[name].encode()


class JsonCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left = self.node("com.crypto.us.left")

    def responder(self, destination="com.crypto.us.b", payload=b"0,done", **options):
        return self.foreign(destination, kind=GoListener, payload=payload, **options)

    def ask(self, *args, code=OK, timeout="10s", **options):
        return self.remaphore(self.left, "-r", "--json", "-t", timeout, *args, **options).expect_exit(code)

    def asked(self, *args, **options):
        return objects(self.ask(*args, **options).stdout.data)

    def assert_error(self, process, status, *parts):
        """An error and nothing else: an object on stdout, the same line for people on stderr."""
        process.expect_exit(status)
        error, = objects(process.stdout.data)
        self.assertEqual((error["type"], error["status"]), ("error", status))
        self.assertIn(f"remaphore: {error['message']}", process.stderr.lines)
        for part in parts:
            self.assertIn(part, error["message"])


class Requesting(JsonCase):
    def test_an_answer_is_an_object_and_a_summary_closes(self):
        responder = self.responder(payload=b"7, two\nlines \n")
        reply, summary = self.asked("-u", "abc")
        latency = reply.pop("latency")
        self.assertTrue(0 < latency < 10, latency)
        self.assertEqual(reply, {"type": "reply", "destination": "com.crypto.us.b", "public_key": responder.public,
                                 "exit": 7, "output": " two\nlines \n", "bound": False})
        self.assertEqual(summary, {"type": "summary", "uuid": b"abc".hex(), "awaited": 1, "answered": 1, "failed": 1,
                                   "missing": 0, "status": OK})

    def test_an_answer_of_ours_is_bound(self):
        right = self.node("com.crypto.us.right")
        self.listen(right, "sh", "-c", "echo heard")
        reply, summary = self.asked("hi")
        self.assertEqual((reply["bound"], reply["exit"], reply["output"]), (True, 0, "heard\n"))

    def test_a_silent_node_is_an_object_too(self):
        self.responder()
        silent = self.node("com.crypto.us.silent")
        reply, missing, summary = self.asked(timeout="1500ms")
        self.assertEqual(missing,
                         {"type": "missing", "destination": "com.crypto.us.silent", "public_key": silent.public})
        self.assertEqual((summary["answered"], summary["missing"], summary["status"]), (1, 1, OK))

    def test_no_answer_is_a_summary_with_status_1(self):
        self.node("com.crypto.us.silent")
        missing, summary = self.asked(timeout="1500ms", code=NOTHING)
        self.assertEqual((missing["type"], summary["status"]), ("missing", NOTHING))

    def test_output_of_any_bytes_is_given_exactly(self):
        outputs = [EVERY_BYTE, b"", b"a\0b", "ä€😀\u2028\x80\x9b".encode(), b"\xe2\x82", b'"\\\x1b[2J\r\n',
                   b"\xed\xa0\x80", b"NO_DATA"]
        for number, output in enumerate(outputs):
            self.responder(f"com.n{number}", payload=b"0," + output)
        replies = {one["destination"]: one for one in self.asked() if one["type"] == "reply"}
        self.assertEqual([raw(replies[f"com.n{number}"]) for number in range(len(outputs))], outputs)
        for number, output in enumerate(outputs):
            self.assertEqual("encoding" in replies[f"com.n{number}"],
                             output in (EVERY_BYTE, b"\xe2\x82", b"\xed\xa0\x80"))

    def test_an_output_of_a_mebibyte_is_one_line(self):
        plain = b"0," + b"x" * 1_000_000
        binary = b"0," + os.urandom(1_000_000)
        self.responder("com.a", payload=plain)
        self.responder("com.b", payload=binary)
        replies = {one["destination"]: raw(one) for one in self.asked() if one["type"] == "reply"}
        self.assertEqual(replies, {"com.a": plain[2:], "com.b": binary[2:]})

    def test_many_answers_come_through_a_slow_pipe_whole(self):
        last = self.foreign("com.b")

        def answers(request):
            return [responder.reply(request, b"0,%d " % number + b"x" * 50_000) for number in range(40)] + \
                [responder.reply(request, b"3,last", signer=last.identity)]
        responder = self.responder("com.a", answers=answers)
        process = self.remaphore(self.left, "-r", "--json")
        process.pause_reading()
        pipe = process.popen.stdout.fileno()
        wait_until(lambda: int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, b"0000"), sys.byteorder) > 50_000,
                   "a full pipe")
        process.resume_reading()
        process.expect_exit(OK)
        found = objects(process.stdout.data)
        self.assertEqual([one["type"] for one in found], ["reply"] * 41 + ["summary"])
        self.assertEqual([one["output"].split()[0] for one in found[:41]],
                         [str(number) for number in range(40)] + ["last"])

    def test_each_object_is_written_when_its_answer_comes(self):
        self.responder("com.a")
        self.node("com.silent")
        process = self.remaphore(self.left, "-r", "--json")
        process.stdout.wait_lines(1)
        self.assertEqual(objects(process.stdout.data)[0]["type"], "reply")
        self.assertIsNone(process.returncode)
        process.signal(signal.SIGINT)
        process.expect_exit(-signal.SIGINT)
        found = objects(process.stdout.data)
        self.assertEqual([one["type"] for one in found], ["reply", "missing", "summary"])
        self.assertEqual(found[-1]["status"], 130)

    def test_a_reader_that_has_gone_is_exit_3(self):
        self.responder()
        read_end, write_end = os.pipe()
        os.close(read_end)
        process = self.remaphore(self.left, "-r", "--json", "-t", "10s", stdout=write_end)
        os.close(write_end)
        process.expect_exit(FAILURE)
        self.assert_error_line(process, "standard output")

    def test_a_full_device_is_exit_3(self):
        self.responder()
        with open("/dev/full", "wb") as full:
            process = self.remaphore(self.left, "-r", "--json", "-t", "10s", stdout=full).expect_exit(FAILURE)
        self.assert_error_line(process, "standard output")

    def asked_over_a_server_of_its_own(self, *flags):
        """One peer has answered, another never will."""
        server = self.server()
        fleet = self.make_fleet(server)
        left = fleet.node("com.crypto.us.left")
        user = server.authority.user()
        left.write_credentials(user.credentials)
        fleet.foreign("com.a", kind=GoListener, payload=b"0,done")
        fleet.node("com.silent")
        process = self.remaphore(left, "-r", "--json", *flags)
        process.stdout.wait_lines(1)
        return server, user, process

    def test_a_refusal_while_it_waits_is_an_error_before_the_summary(self):
        server, user, process = self.asked_over_a_server_of_its_own()
        server.authority.revoke(user)
        server.reload()
        process.expect_exit(FAILURE)
        found = objects(process.stdout.data)
        self.assertEqual([one["type"] for one in found], ["reply", "error", "missing", "summary"])
        self.assertEqual([one["status"] for one in found if "status" in one], [FAILURE, FAILURE])

    def test_a_lost_link_is_no_error(self):
        server, _, process = self.asked_over_a_server_of_its_own("-t", "4s")
        server.close()
        process.expect_exit(OK)
        found = objects(process.stdout.data)
        self.assertEqual([one["type"] for one in found], ["reply", "missing", "summary"])
        self.assertEqual(found[-1]["status"], OK)

    def test_nothing_is_a_control_character_on_a_terminal(self):
        self.responder(payload="0,\x1b[31m\x9b2J\x7f".encode())
        leader, follower = pty.openpty()
        process = Process([REMAPHORE, "-c", self.left.write(), "-r", "--json", "-t", "10s"], env=environment(),
                          stdout=follower)
        self.addCleanup(process.close)
        os.close(follower)
        process.expect_exit(OK)
        shown = os.read(leader, 1 << 16)
        os.close(leader)
        reply, summary = objects(shown.replace(b"\r\n", b"\n"))
        self.assertEqual(reply["output"], "\x1b[31m\x9b2J\x7f")


class Sending(JsonCase):
    def test_a_message_that_was_sent_is_an_object(self):
        right = self.foreign().subscribe()
        process = self.send(self.left, "--json", "-v", "deploy", "-D", "com.**", "hi")
        sent, = objects(process.stdout.data)
        self.assertEqual(sent,
                         {"type": "sent", "uuid": right.next().uuid.hex(), "destination": "com.**", "verb": "deploy",
                          "public_key": self.left.public, "status": OK})

    def test_bytes_that_are_no_utf8_are_replaced(self):
        process = self.send(self.left, "--json", "-v", b"\xff\x1b", "-D", b"com.\xc2")
        sent, = objects(process.stdout.data)
        self.assertEqual((sent["verb"], sent["destination"]), ("\ufffd\x1b", "com.\ufffd"))

    def test_a_server_that_is_not_there_is_an_error(self):
        self.left.servers = ["nats://127.0.0.1:1"]
        for mode in ("-s", "-r"):
            self.node("com.other")
            self.assert_error(self.remaphore(self.left, mode, "--json", "-t", "1500ms", "hi"), FAILURE,
                              "no server accepted the message")

    def test_an_object_that_cannot_be_written_is_exit_3(self):
        with open("/dev/full", "wb") as full:
            process = self.remaphore(self.left, "-s", "--json", "hi", stdout=full).expect_exit(FAILURE)
        self.assert_error_line(process, "standard output")

    def test_without_json_it_prints_nothing(self):
        self.assertEqual(self.send(self.left, "--json", "--json=false", "hi").stdout.data, b"")


class Errors(JsonCase):
    def test_an_error_in_the_command_line_is_an_object(self):
        for args in (["--json", "-zz"], ["-zz", "--json"], ["--json", "-t", "soon"], ["--json=true", "-u"],
                     ["--json", "-s", "-r"], ["-o=maybe", "--json", "word"]):
            with self.subTest(args=args):
                self.assert_error(self.remaphore(self.left, *args), USAGE)

    def test_an_option_after_the_arguments_is_not_an_option(self):
        process = self.remaphore(self.left, "-zz", "word", "--json").expect_exit(USAGE)
        self.assertEqual(process.stdout.data, b"")

    def test_an_error_of_a_mode_is_an_object(self):
        for args in (["-s", "-v", "a,b"], ["-r", "-D", "nobody.at.all"], ["-S", "*"], ["-r", "--gather"],
                     ["-s", "--require", "all"], ["-p", "xyz"]):
            with self.subTest(args=args):
                self.assert_error(self.remaphore(self.left, "--json", *args), USAGE)

    def test_an_error_in_the_config_is_an_object(self):
        self.assert_error(self.command("--json", "-c", self.path("absent"), "-s", "hi"), USAGE, "absent")
        config = self.file("conf", b"server: nats://127.0.0.1:1\n\xff\"[ \x1b\n", 0o640)
        self.assert_error(self.command("--json", "-c", config), USAGE)

    def test_missing_credentials_are_an_object(self):
        with open(self.left.write(), "rb") as file:
            text = re.sub(rb"(?m)^credentials:.*$", b"credentials: /nonexistent", file.read())
        self.assert_error(self.command("--json", "-c", self.file("conf", text, 0o640)), USAGE, "/nonexistent")


class Checking(JsonCase):
    def test_each_line_is_an_object_and_a_summary_closes(self):
        process = self.remaphore(self.left, "--check", "--json").expect_exit(OK)
        *checks, summary = objects(process.stdout.data)
        self.assertEqual({(one["type"], one["result"]) for one in checks}, {("check", "good"), ("check", "note")})
        self.assertEqual(summary, {"type": "summary", "status": OK})
        plain = self.remaphore(self.left, "--check").expect_exit(OK).stdout.lines
        self.assertEqual(len(plain), len(checks))
        self.assertEqual(plain[0], f"✔ {checks[0]['text']}")

    def test_each_failed_point_has_its_advice(self):
        self.left.servers = ["nats://127.0.0.1:1"]
        process = self.remaphore(self.left, "--check", "--json").expect_exit(1)
        *checks, summary = objects(process.stdout.data)
        bad = [one for one in checks if one["result"] == "bad"]
        self.assertTrue(bad and bad[0]["advice"], checks)
        self.assertEqual(summary["status"], 1)


class Texts(JsonCase):
    def test_help_version_and_the_example_are_objects_with_the_text(self):
        for flag, kind in (("--help", "help"), ("--version", "version"), ("-C", "example_config")):
            text, = objects(self.command("--json", flag).expect_exit(OK).stdout.data)
            self.assertEqual((text["type"], text["status"]), (kind, OK))
            plain = self.command(flag).expect_exit(OK).stdout.text
            if flag == "-C":  # a new key each time
                self.assertEqual(text["text"].split("[ Peers ]")[1], plain.split("[ Peers ]")[1])
            else:
                self.assertEqual(text["text"], plain)


class Receiving(JsonCase):
    def setUp(self):
        super().setUp()
        self.right = self.foreign()

    def test_a_message_is_an_object(self):
        listener = self.listen(self.left, "--json", "-o")
        sent = wire.decode(self.right.send(b"two\nlines", destination="com.**", verb="deploy", uuid="abc"))
        listener.expect_exit(OK)
        message, summary = objects(listener.stdout.data)
        self.assertRegex(message.pop("time"), TIME)
        seconds, nanoseconds = divmod(sent.time_ns, 10**9)
        self.assertEqual(message.pop("signed"),
                         time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds // 1000:06}Z")
        self.assertEqual(message, {"type": "message", "peer": self.right.destination, "public_key": self.right.public,
                                   "destination": "com.**", "verb": "deploy", "uuid": b"abc".hex(),
                                   "reply_wanted": False, "payload": "two\nlines", "action": "printed"})
        self.assertEqual(summary, {"type": "summary", "received": 1, "dropped": 0, "status": OK})

    def test_each_object_is_written_at_once(self):
        listener = self.listen(self.left, "--json")
        for number in range(3):
            self.right.send(b"%d" % number)
            listener.stdout.wait_lines(number + 1)
        self.assertEqual([one["payload"] for one in objects(listener.stdout.data)], ["0", "1", "2"])
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)
        self.assertEqual(objects(listener.stdout.data)[-1],
                         {"type": "summary", "received": 3, "dropped": 0, "status": 143})

    def test_payloads_and_verbs_of_any_bytes_are_valid(self):
        listener = self.listen(self.left, "--json")
        payloads = [EVERY_BYTE, b"", b"a\0b", b"\xff", "ä€😀".encode(), b"x" * 900_000, os.urandom(900_000)]
        for payload in payloads:
            self.right.send(payload, verb=b"\xff\x00\"")
        listener.stdout.wait_lines(len(payloads))
        found = objects(listener.stdout.data)
        self.assertEqual([raw(one, "payload") for one in found], payloads)
        self.assertEqual({one["verb"] for one in found}, {"\ufffd\x00\""})

    def test_many_messages_come_through_a_slow_pipe_whole(self):
        listener = self.listen(self.left, "--json")
        listener.pause_reading()
        for number in range(200):
            self.right.client.publish(self.right.subject(),
                                      wire.build(self.right.identity, b"%d " % number + b"x" * 5000))
        listener.resume_reading()
        listener.stdout.wait_lines(200)
        self.assertEqual([int(one["payload"].split()[0]) for one in objects(listener.stdout.data)], list(range(200)))

    def test_a_command_is_reported_at_its_end_with_its_output(self):
        script = self.script('echo "out $2"; echo err >&2; printf "\\377"; exit 3')
        listener = self.listen(self.left, "--json", "-o", script)
        self.right.send(b"hi")
        listener.expect_exit(OK)
        message, summary = objects(listener.stdout.data)
        self.assertEqual((message["action"], message["exit"], message["payload"]), ("ran", 3, "hi"))
        self.assertEqual(raw(message, "output", "output_encoding"), b"out hi\nerr\n\xff")
        self.assertTrue(0 < message["seconds"] < 10)

    def test_a_command_that_answers_is_reported_too(self):
        requester = self.foreign("com.crypto.us.asks", kind=GoRequester)
        listener = self.listen(self.left, "--json", "-o", "sh", "-c", "echo heard")
        requester.request(b"hi")
        self.assertEqual(requester.next().payload, b"0,heard\n")
        listener.expect_exit(OK)
        message = objects(listener.stdout.data)[0]
        self.assertEqual((message["reply_wanted"], message["output"]), (True, "heard\n"))

    def test_output_that_was_cut_is_marked(self):
        listener = self.listen(self.left, "--json", "-o", "sh", "-c", "head -c 3000000 /dev/zero | tr '\\0' x")
        self.right.send(b"hi")
        listener.expect_exit(OK)
        message = objects(listener.stdout.data)[0]
        self.assertGreater(message["output_cut"], 1_000_000)
        self.assertEqual(len(message["output"]) + message["output_cut"], 3_000_000)

    def test_a_command_that_is_not_found_is_reported(self):
        listener = self.listen(self.left, "--json", "-o", "/nonexistent/command")
        self.right.send(b"hi")
        listener.expect_exit(FAILURE)
        found = objects(listener.stdout.data)
        self.assertEqual(sorted(one["type"] for one in found), ["error", "message", "summary"])
        message = next(one for one in found if one["type"] == "message")
        self.assertEqual((message["action"], message["exit"]), ("not run", 127))
        self.assertEqual(found[-1]["status"], FAILURE)

    def test_nothing_received_is_a_summary_with_status_1(self):
        process = self.remaphore(self.left, "--json", "-t", "1500ms").expect_exit(NOTHING)
        self.assertEqual(objects(process.stdout.data),
                         [{"type": "summary", "received": 0, "dropped": 0, "status": NOTHING}])

    def test_a_listener_that_never_subscribed_reports_the_reason(self):
        self.left.servers = ["nats://127.0.0.1:1"]
        process = self.remaphore(self.left, "--json", "-t", "1500ms").expect_exit(FAILURE)
        error, summary = objects(process.stdout.data)
        self.assertIn("never subscribed", error["message"])
        self.assertEqual((error["status"], summary["status"]), (FAILURE, FAILURE))

    def test_a_reader_that_has_gone_ends_a_listener(self):
        read_end, write_end = os.pipe()
        listener = self.remaphore(self.left, "--json", stdout=write_end).wait_ready()
        os.close(write_end)
        os.close(read_end)
        self.right.send(b"hi")
        listener.expect_exit(FAILURE)
        self.assert_error_line(listener, "standard output")
