"""The suite's own tools, checked against the committed vectors and the real server before anything relies on them."""

import os
import signal
import ssl
import subprocess
import sys
import threading
import unittest

from case import HubCase, load_vectors, records

import nkeys
import wire
from fake_server import FakeServer
from fleet import GoListener, GoRequester
from nats_client import NatsClient, NatsError
from process import children_of, is_alive, wait_until
from server import Certificates
from terminal import Screen


class WireVectors(unittest.TestCase):
    def test_base58_agrees_with_every_vector(self):
        for row in load_vectors("base58"):
            data = bytes.fromhex(row["bytes"])
            self.assertEqual(wire.base58_encode(data), row["text"])
            self.assertEqual(wire.base58_decode(row["text"]), data)

    def test_uuids_agree_with_every_vector(self):
        for row in load_vectors("uuids"):
            self.assertEqual(wire.uuid_from_text(row["text"]).hex(), row["uuid"], row)

    def test_destinations_agree_with_every_vector(self):
        for row in load_vectors("destinations"):
            self.assertEqual(wire.matches(row["destination"], row["pattern"]), row["match"], row)

    def test_messages_agree_with_every_vector(self):
        for row in load_vectors("messages"):
            peers = {peer["public_key"]: peer["verbs"] for peer in row["peers"]}
            raw = bytes.fromhex(row["bytes"])
            try:
                message = wire.judge(raw, reply=row["kind"] == "reply", peers=peers, now_ns=int(row["now_ns"]),
                                     allow_skew_ns=int(row["allow_skew_ns"]))
            except wire.WireError as error:
                self.assertEqual(error.verdict, row["expect"], row["name"])
                continue
            self.assertEqual(row["expect"], "ok", row["name"])
            self.assertEqual(message.hash.hex(), row["hash"])
            self.assertEqual(message.payload.hex(), row["payload"])
            self.assertEqual((message.destination.hex(), message.verb.hex(), message.uuid.hex(), message.public),
                             (row["destination"], row["verb"], row["uuid"], row["public_key"]))
            self.assertEqual((message.time_ns, message.reply_requested),
                             (int(row["time_ns"]), row["reply_requested"]))

    def test_a_built_message_decodes_to_its_fields_and_holds(self):
        identity = wire.Identity()
        message = wire.decode(wire.build(identity, b"a,b\n\0\xff", verb="deploy", flag="Q", uuid="x", time_ns=-1))
        self.assertTrue(message.holds())
        self.assertEqual((message.payload, message.verb, message.time_ns, message.uuid, message.public),
                         (b"a,b\n\0\xff", b"deploy", -1, b"x", identity.public))

    def test_a_changed_message_does_not_hold(self):
        message = wire.decode(wire.build(wire.Identity(), b"pay")[:-1] + b"x")
        self.assertFalse(message.holds())

    def test_records_reads_plain_and_framed_answers(self):
        frame = "0" * 32
        text = f"a,0,x\n--> {frame}\nb,1,one\ntwo\n--< {frame}\n"
        self.assertEqual(records(text.encode()), ([("a", "0", "x"), ("b", "1", "one\ntwo")], [frame]))


class Nkeys(unittest.TestCase):
    def test_the_checksum_is_xmodem(self):
        self.assertEqual(nkeys.crc16(b"123456789"), 0x31C3)

    def test_keys_of_a_known_seed_are_spelled_as_known(self):
        seed = bytes(range(32))
        known = {"operator": ("OAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3QZVT",
                              "SOAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H2AJA"),
                 "account": ("AAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3QPZV",
                             "SAAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4HYMHI"),
                 "user": ("UAB2CB576PHBBPQ5ODORRZ2LYCMWPZGWGCN2KDK7DXOIMZASKUY3RLKK",
                          "SUAAAAICAMCAKBQHBAEQUCYMBUHA6EARCIJRIFIWC4MBSGQ3DQOR4H776Y")}
        for kind, (public, text) in known.items():
            key = nkeys.KeyPair(kind, seed)
            self.assertEqual((key.public, key.seed), (public, text))
            self.assertEqual(nkeys.KeyPair.from_seed(text).public, public)

    def test_a_minted_token_verifies(self):
        user = nkeys.Authority().user()
        nkeys.verify_token(user.jwt)
        self.assertEqual(nkeys.claims_of(user.jwt)["sub"], user.public)


class RealServer(HubCase):
    def test_two_foreign_nodes_exchange_a_message(self):
        left, right = self.foreign("left"), self.foreign("right").subscribe()
        raw = left.send(b"hello\r\n\0")
        self.assertEqual(right.next().raw, raw)

    def test_a_requester_gets_a_listeners_answer(self):
        self.foreign("listener", kind=GoListener, payload=b"0,done\n")
        requester = self.foreign("requester", kind=GoRequester)
        request = requester.request(b"hi")
        reply = requester.next()
        self.assertEqual((reply.verb, reply.destination, reply.payload, reply.flag),
                         (b"reply", b"", b"0,done\n", b"_"))
        self.assertNotEqual(reply.uuid, request.binding)

    def test_headers_arrive_apart_from_the_payload(self):
        client = self.hub().client()
        self.addCleanup(client.close)
        client.subscribe("headers")
        client.publish("headers", b"body", headers=b"NATS/1.0\r\nA: b\r\n\r\n")
        message = client.next()
        self.assertEqual((message.headers, message.payload), (b"NATS/1.0\r\nA: b\r\n\r\n", b"body"))

    def test_an_unknown_user_is_refused(self):
        with self.assertRaisesRegex(NatsError, "Authorization Violation"):
            NatsClient(self.hub().url, nkeys.Authority().user().credentials)

    def test_an_expired_user_is_refused(self):
        with self.assertRaisesRegex(NatsError, "(?i)auth"):
            self.hub().client(self.hub().authority.user(expires=1).credentials)

    def test_a_user_without_the_permission_gets_an_error(self):
        client = self.hub().client(self.hub().authority.user(publish=["a.*"], subscribe=["a.*"]).credentials)
        self.addCleanup(client.close)
        client.publish("a.b", b"")
        client.flush()
        client.publish("b.b", b"")
        with self.assertRaisesRegex(NatsError, "(?i)permissions violation for publish"):
            client.flush()


class OwnServer(HubCase):
    def test_a_restarted_server_has_the_same_port(self):
        server = self.server()
        port = server.port
        server.restart()
        self.assertEqual(server.port, port)
        server.client().close()

    def test_a_revoked_user_is_refused_after_a_reload(self):
        server = self.server()
        user = server.authority.user()
        server.client(user.credentials).close()
        server.authority.revoke(user)
        server.reload()
        with self.assertRaises(NatsError):
            server.client(user.credentials)

    def test_a_frozen_server_answers_again_when_thawed(self):
        server = self.server()
        client = server.client()
        self.addCleanup(client.close)
        server.freeze()
        with self.assertRaises(TimeoutError):
            client.flush(within=0.1)
        server.thaw()
        client.flush()

    def test_limits_of_size_and_number_hold(self):
        server = self.server(max_payload=1000, max_connections=1)
        client = server.client()
        self.addCleanup(client.close)
        self.assertEqual(client.info["max_payload"], 1000)
        with self.assertRaisesRegex(NatsError, "maximum connections"):
            server.client()

    def test_a_server_with_certificates_wants_tls(self):
        certificates = Certificates(self.path("tls"), verify_clients=True)
        server = self.server(tls=certificates)
        server.client().close()
        with self.assertRaises((NatsError, ssl.SSLError, OSError)):
            NatsClient(server.url, server.credentials, tls=ssl.create_default_context())


class FakeServers(unittest.TestCase):
    def test_a_fake_server_plays_a_handshake_and_sees_all_bytes(self):
        def play(connection):
            connection.handshake()
            connection.serve()
        with FakeServer(play) as server, NatsClient(server.url) as client:
            client.publish("a.b", b"one\r\ntwo")
            client.flush()
            self.assertEqual([connect["name"] for connect in server.connects], ["foreign"])
            self.assertIn(b"PUB a.b 8\r\none\r\ntwo\r\n", server.received)

    def test_a_frozen_fake_is_silent(self):
        with FakeServer(lambda connection: connection.hold()) as server:
            done = threading.Event()

            def attempt():
                try:
                    NatsClient(server.url)
                except NatsError:
                    done.set()
            threading.Thread(target=attempt, daemon=True).start()
            server.wait_connections(1)
            self.assertFalse(done.is_set())
        self.assertTrue(done.wait(5))


class Processes(HubCase):
    def test_output_and_exit_code_are_captured(self):
        process = self.start("/bin/sh", "-c", "echo out; echo err >&2; exit 7").expect_exit(7)
        self.assertEqual((process.stdout.data, process.stderr.data), (b"out\n", b"err\n"))

    def test_a_signal_shows_as_a_negative_exit_code(self):
        process = self.start("/bin/sleep", "30")
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM)

    def test_a_wrong_exit_code_is_an_error_that_shows_the_output(self):
        with self.assertRaisesRegex(AssertionError, "(?s)exit 3, expected 0.*why"):
            self.start("/bin/sh", "-c", "echo why >&2; exit 3").expect_exit(0)

    def test_ready_is_a_line_of_its_own(self):
        process = self.start("/bin/sh", "-c", "echo notReady >&2; echo Ready now >&2")
        with self.assertRaises(AssertionError):
            process.wait_ready(within=5)
        self.start("/bin/sh", "-c", "echo a >&2; echo Ready >&2; exec sleep 30").wait_ready()

    def test_a_wait_ends_at_its_deadline(self):
        with self.assertRaisesRegex(AssertionError, "still running"):
            self.start("/bin/sleep", "30").wait_exit(within=0.05)

    def test_exit_is_seen_though_a_child_keeps_the_pipe(self):
        process = self.start("/bin/sh", "-c", "sleep 30 & echo $!").expect_exit(0)
        child = int(process.stdout.text)
        self.assertTrue(is_alive(child))
        os.kill(child, signal.SIGKILL)

    def test_close_leaves_no_child(self):
        process = self.start("/bin/sh", "-c", "trap '' TERM; sleep 30 & echo started; wait; wait")
        process.stdout.wait_for("started")
        family = [process.pid, *children_of(process.pid)]
        process.close(grace=0.05)
        self.assertEqual(len(family), 2)
        wait_until(lambda: not any(map(is_alive, family)), "the family ended")

    def test_output_is_seen_in_order_across_both_streams(self):
        for _ in range(20):
            process = self.start("/bin/sh", "-c", "echo 1 >&2; echo 2; echo 3 >&2; read x", stdin=subprocess.PIPE)
            process.stdout.wait_for("2\n")
            self.assertIn("1\n", process.stderr)
            process.stderr.wait_for("3\n")
            self.assertIn("2\n", process.stdout)
            process.close()

    def test_paused_reading_leaves_the_pipe_full(self):
        process = self.start(sys.executable, "-c", "import os\nos.write(2, b'go\\n')\nos.write(1, b'x' * 200000)\n")
        process.pause_reading()
        process.stderr.wait_for("go")
        with self.assertRaises(AssertionError):
            process.wait_exit(within=0.2)
        process.resume_reading()
        process.expect_exit(0)
        self.assertEqual(len(process.stdout.data), 200000)


class Terminals(unittest.TestCase):
    PICTURE = ("one\r\n\x1b[?25l\x1b[32m✔ ok\x1b[0m  日本\x1b[K\r\nlast\x1b[K\r\n\x1b[?25h"
               "\x1b[2A\r\x1b[2mx\x1b[0m\x1b[K\r\n\x1b[J")

    def test_a_picture_is_the_same_in_whatever_pieces_it_comes(self):
        whole = Screen()
        whole.feed(self.PICTURE.encode())
        self.assertEqual((whole.lines, whole.row, whole.column, whole.frames), (["one", "x"], 2, 0, 1))
        self.assertEqual(whole.colour_of("x"), {"2"})
        for size in range(1, 12):
            pieces = Screen()
            for start in range(0, len(self.PICTURE.encode()), size):
                pieces.feed(self.PICTURE.encode()[start:start + size])
            self.assertEqual((pieces.rows, pieces.row, pieces.frames), (whole.rows, whole.row, whole.frames))

    def test_output_that_is_no_picture_is_reported(self):
        for text in ("\x1b[2J", "\x1b]0;title\x07", "\x07", "\x1bc", "\x9b2J"):
            with self.assertRaises(AssertionError):
                Screen().feed(text.encode())

    def test_lines_scroll_and_wrap(self):
        screen = Screen(5, 2)
        screen.feed(b"abcdefg\r\nh")
        self.assertEqual((screen.scrolled, screen.lines), (["abcde"], ["fg", "h"]))


if __name__ == "__main__":
    unittest.main()
