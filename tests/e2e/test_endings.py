"""How operations end when the outside does not cooperate: nothing is cut off silently, and no limit is exceeded."""

import json
import os
import signal

from case import FAILURE, NOTHING, OK, USAGE, HubCase

import wire
from fake_server import FakeServer

BIG = b"x" * 400_000


class EndingCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()

    def fake(self, play, **options):
        server = FakeServer(play, **options)
        self.addCleanup(server.close)
        return server

    def full_pipe(self):
        """A pipe that nobody reads, with its write end for a child."""
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, read_end)
        stream = os.fdopen(write_end, "wb")
        self.addCleanup(stream.close)
        return stream


class UnreadOutput(EndingCase):
    def test_a_payload_that_could_not_be_written_whole_is_exit_3_and_reported(self):
        listener = self.listen(self.left, "-o", "-t", "1500ms", stdout=self.full_pipe())
        self.right.send(BIG)
        listener.expect_exit(FAILURE)
        self.assert_error_line(listener, "standard output")

    def test_once_with_a_full_pipe_keeps_its_timeout(self):
        listener = self.listen(self.left, "-o", "-t", "1500ms", stdout=self.full_pipe())
        self.right.send(BIG)
        listener.expect_exit(FAILURE)
        self.assertLess(listener.seconds, 4)

    def test_once_that_winds_down_dies_of_the_signal(self):
        listener = self.listen(self.left, "-o", stdout=self.full_pipe())
        self.right.send(BIG)
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=5)


class Fifos(EndingCase):
    def fifo(self):
        path = self.path("fifo")
        os.mkfifo(path)
        return path

    def test_a_payload_fifo_without_a_writer_ends_at_the_timeout(self):
        sender = self.remaphore(self.left, "-s", "-t", "500ms", "--payload-file", self.fifo())
        sender.expect_exit(FAILURE, within=5)
        self.assert_error_line(sender, "fifo")

    def test_a_payload_fifo_without_a_writer_does_not_hold_back_a_signal(self):
        path = self.fifo()
        sender = self.remaphore(self.left, "-s", "--payload-file", path)
        sender.signal(signal.SIGTERM)
        sender.expect_exit(-signal.SIGTERM, within=5)

    def test_a_config_fifo_without_a_writer_is_an_error(self):
        self.command("-c", self.fifo(), "-s", "-t", "500ms", "hi").expect_exit(USAGE, within=5)

    def test_a_config_fifo_without_a_writer_does_not_hold_back_a_signal(self):
        sender = self.command("-c", self.fifo(), "-s", "hi")
        sender.signal(signal.SIGTERM)
        sender.expect_exit(-signal.SIGTERM, within=5)

    def test_an_audit_fifo_without_a_reader_is_an_error(self):
        self.remaphore(self.left, "--audit", self.fifo(), "-t", "2s").expect_exit(USAGE, within=5)


class Servers(EndingCase):
    def test_a_request_outlives_the_lame_duck_notice(self):
        def play(connection):
            connection.handshake()
            notice = {"server_id": "FAKE", "max_payload": 1048576, "ldm": True, "connect_urls": [self.hub().address]}
            connection.send("INFO " + json.dumps(notice) + "\r\n")
            connection.serve()
        self.foreign("com.b")
        self.left.servers = [self.fake(play).url]
        request = self.remaphore(self.left, "-r", "-D", "com.b", "-t", "1s", "hi")
        request.expect_exit(NOTHING)
        self.assertGreater(request.seconds, 0.9)

    def test_a_hundred_denied_replies_leave_the_link(self):
        user = self.hub().authority.user(deny_publish=[">"])
        self.left.write_credentials(user.credentials)
        listener = self.listen(self.left, "/bin/true")
        for _ in range(100):
            self.right.send(b"hi", flag="Q")
        listener.stderr.wait(lambda data: data.count(b"exit status 0") >= 100, "a hundred commands")
        self.assertNotIn("lost", listener.stderr.text)

    def test_the_same_trouble_of_two_servers_is_reported_once_each(self):
        self.left.servers = ["nats://127.0.0.1:1", "nats://127.0.0.1:2"]
        listener = self.remaphore(self.left, "-t", "2s")
        listener.expect_exit(FAILURE)
        lines = [line for line in listener.stderr.lines if "trying again" in line]
        self.assertEqual(len(lines), len(set(lines)), lines)
        self.assertLessEqual(len(lines), 4, lines)

    def test_credentials_that_vanish_do_not_end_a_reconnect(self):
        server = self.server()
        left = self.make_fleet(server).node("com.left", "*")
        listener = self.listen(left)
        os.unlink(left.credentials)
        server.restart()
        listener.stderr.wait_for("is back")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)


class Usage(EndingCase):
    def test_a_list_without_a_verb_is_a_usage_error(self):
        for verbs in (",", " ", " , "):
            with self.subTest(verbs=verbs):
                self.assert_refused(self.remaphore(self.left, "-v", verbs, "-t", "1s"), USAGE, "verb")

    def test_an_empty_uuid_is_a_usage_error(self):
        self.assert_refused(self.remaphore(self.left, "-u", ""), USAGE, "-u", "empty")

    def test_an_unpassable_message_does_not_count_for_once(self):
        listener = self.listen(self.left, "-o", "/bin/echo")
        self.right.send(b"a\0b")
        self.right.send(b"good")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"ping good\n")

    def test_a_tls_key_that_others_may_read_is_reported(self):
        key = self.file("key.pem", "no key\n", 0o644)
        self.left.settings["tls_key"] = key
        self.assertIn("key.pem", self.remaphore(self.left, "-s", "-t", "1s", "hi").expect_exit(USAGE).stderr.text)


class Corners(EndingCase):
    def test_a_request_with_a_timeout_of_zero_waits_as_long_as_it_takes(self):
        self.foreign("com.b")
        request = self.remaphore(self.left, "-r", "-t", "0", "-D", "com.b", "hi")
        with self.assertRaises(AssertionError):
            request.wait_exit(within=0.5)
        request.signal(signal.SIGINT)
        request.expect_exit(-signal.SIGINT)

    def test_a_subject_part_may_hold_dots(self):
        listener = self.listen(self.left, "-S", "a.b", "-o")
        self.right.send(b"hi", part="a.b")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"hi\n")

    def test_a_key_of_no_peer_is_never_matched(self):
        listener = self.listen(self.left, "-p", wire.Identity().public, "-t", "1s")
        self.right.send(b"hi")
        listener.expect_exit(NOTHING)

    def test_payloads_that_were_not_printed_are_counted(self):
        listener = self.listen(self.left, "-t", "2s", stdout=self.full_pipe())
        for _ in range(3):
            self.right.send(BIG)
        listener.expect_exit(FAILURE)
        self.assert_error_line(listener, "2 received messages were not handled")
