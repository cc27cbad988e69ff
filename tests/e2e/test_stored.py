"""Messages that a stream keeps: `-s --stored`, and those that come late for them."""

import json
import signal

from case import FAILURE, OK, USAGE
from stream_case import StreamCase

import wire
from fake_server import FakeServer


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

    def test_as_json_it_says_where_the_message_is(self):
        process = self.send(self.node(), "--stored", "--json", "-v", "deploy")
        sent = json.loads(process.stdout.data)
        self.assertEqual((sent["type"], sent["verb"], sent["stream"], sent["sequence"], sent["duplicate"],
                          sent["status"]), ("sent", "deploy", self.fleet.subject.upper(), 1, False, 0))

    def test_without_a_stream_it_fails_and_says_how_to_make_one(self):
        fleet = self.make_fleet(self.hub(), create=False)
        process = self.remaphore(fleet.node("com.example.left"), "-s", "--stored")
        self.assert_refused(process, FAILURE, "no stream keeps", "remaphore-fleet provision DIR")

    def test_without_a_stream_it_fails_although_somebody_listens(self):
        fleet = self.make_fleet(self.hub(), create=False)
        left = fleet.node("com.example.left")
        fleet.foreign("com.example.right").subscribe()
        process = self.remaphore(left, "-s", "--stored")
        self.assert_refused(process, FAILURE, f"no stream {fleet.subject.upper()}", "nothing keeps it")

    def test_without_jetstream_it_fails(self):
        server = self.server()
        fleet = self.make_fleet(server, create=False)
        left = fleet.node("com.example.left")
        fleet.foreign("com.example.right").subscribe()
        self.assert_refused(self.remaphore(left, "-s", "--stored"), FAILURE, "jetstream is off",
                            "remaphore-fleet provision DIR")

    def test_a_subject_that_is_not_kept_fails_and_names_the_option(self):
        left = self.node()
        self.foreign().subscribe("night")
        self.assert_refused(self.remaphore(left, "-s", "--stored", "-S", "night"), FAILURE, '--keep-subject "night"')

    def test_a_full_stream_fails_with_its_reason(self):
        self.streams.update(self.streams.messages, discard="new", max_msgs=1)
        self.send(self.node(), "--stored")
        self.assert_refused(self.remaphore(self.node("com.example.b"), "-s", "--stored"), FAILURE,
                            "takes nothing more", "maximum messages exceeded")

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
        self.assert_refused(self.remaphore(self.node(), "-r", "--stored"), USAGE, "--stored goes with")
        self.assert_refused(self.remaphore(self.node(), "--stored"), USAGE, "--stored goes with")

    def test_a_signal_ends_the_wait(self):
        server = self.stream_server()
        left = self.make_fleet(server).node("com.example.left")
        server.freeze()
        process = self.remaphore(left, "-s", "--stored", "-t", "0")
        self.addCleanup(server.thaw)
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM)
