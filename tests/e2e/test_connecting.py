"""Reaching a server: addresses, credentials, several servers, lost links, and servers that misbehave."""

import base64
import json
import os
import signal
import socket
import subprocess
import time

from case import FAILURE, NOTHING, OK, USAGE, HubCase, let_time_pass, wait_until

import nkeys
import wire
from fake_server import FakeServer
from process import status_of

NOBODY = "nats://127.0.0.1:1"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ConnectCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()

    def fake(self, play, **options):
        server = FakeServer(play, **options)
        self.addCleanup(server.close)
        return server

    def delivered(self, *servers, flags=("-t", "15s")):
        """Sends by way of `servers`; true once the hub has handed the message on."""
        self.right.subscribe()
        self.left.servers = list(servers)
        self.send(self.left, *flags, "hi")
        self.assertEqual(self.right.next().payload, b"hi")


class Addresses(ConnectCase):
    def test_every_spelling_of_an_address_that_go_takes_works(self):
        address = self.hub().address
        for spelling in (f"nats://{address}", address, f"nats://{address}/", f"{address}/",
                         f"nats://localhost:{self.hub().port}", f"localhost:{self.hub().port}"):
            with self.subTest(spelling=spelling):
                self.delivered(spelling)

    def test_a_bare_host_means_port_4222(self):
        host = "127.{}.{}.{}".format(*(1 + byte % 250 for byte in os.urandom(3)))
        try:
            server = self.fake(lambda connection: (connection.handshake(), connection.serve()), host=host, port=4222)
        except OSError:
            self.skipTest("port 4222 is taken on every address")
        self.left.servers = [host]
        self.send(self.left, "hi")
        self.assertIn(b"PUB ", server.received)

    def test_a_name_and_password_in_the_address_are_given_to_the_server(self):
        server = self.fake(lambda connection: (connection.handshake(), connection.serve()))
        self.left.servers = [f"nats://somebody:s3cret@{server.host}:{server.port}"]
        self.send(self.left, "hi")
        connect, = server.connects
        self.assertEqual((connect["user"], connect["pass"]), ("somebody", "s3cret"))

    def test_an_address_that_is_none_is_a_config_error(self):
        for server in ("ftp://127.0.0.1:4222", "nats://127.0.0.1:notaport", "nats://127.0.0.1:99999"):
            with self.subTest(server=server):
                self.left.servers = [server]
                self.assert_refused(self.remaphore(self.left, "-s", "-t", "2s", "hi"), USAGE, self.left.config + ":1:",
                                    server.split("//")[1])

    def test_a_password_is_never_shown(self):
        self.left.servers = ["nats://somebody:s3cret@127.0.0.1:1"]
        process = self.remaphore(self.left, "-s", "-t", "300ms", "--verbose", "hi").expect_exit(FAILURE)
        self.assertNotIn("s3cret", process.stderr.text)


class SeveralServers(ConnectCase):
    slow = True

    def test_the_second_is_tried_when_the_first_is_not_there(self):
        self.delivered(NOBODY, self.hub().url)

    def test_a_list_in_one_line_is_split_at_commas(self):
        self.delivered(f"{NOBODY}, {self.hub().url}")

    def test_they_are_tried_in_the_given_order(self):
        fake = self.fake(lambda connection: (connection.handshake(), connection.serve()))
        self.left.servers = [fake.url, self.hub().url]
        for _ in range(4):
            self.send(self.left, "hi")
        self.assertEqual(len(fake.connections), 4)

    def test_the_second_is_tried_when_the_first_refuses_the_credentials(self):
        other = self.server()
        self.delivered(other.url, self.hub().url)

    def test_the_second_is_tried_when_the_first_is_silent(self):
        fake = self.fake(lambda connection: connection.hold())
        self.delivered(fake.url, self.hub().url)

    def test_a_silent_first_leaves_a_short_timeout_enough_for_the_second(self):
        fake = self.fake(lambda connection: connection.hold())
        self.delivered(fake.url, self.hub().url, flags=("-t", "1500ms"))
        listener = self.remaphore(self.left, "-o", "-t", "1500ms").wait_ready()
        listener.expect_exit(NOTHING)

    def test_the_time_to_read_the_payload_is_not_charged_to_the_first(self):
        fake = self.fake(lambda connection: connection.hold())
        self.right.subscribe()
        self.left.servers = [fake.url, self.hub().url]
        with subprocess.Popen(["/bin/sh", "-c", "sleep 3; echo hi"], stdout=subprocess.PIPE) as slow:
            self.remaphore(self.left, "-s", "-t", "5s", "--stdin", stdin=slow.stdout).expect_exit(OK)
        self.assertEqual(self.right.next().payload, b"hi\n")

    def test_six_silent_ones_leave_the_timeout_enough_for_the_seventh(self):
        fake = self.fake(lambda connection: connection.hold())
        self.delivered(*[fake.url] * 6, self.hub().url, flags=("-t", "7s"))

    def test_servers_that_did_not_answer_in_time_are_named(self):
        fake = self.fake(lambda connection: connection.hold())
        self.left.servers = [fake.url]
        for mode in (["-s"], []):
            process = self.remaphore(self.left, *mode, "-t", "600ms")
            self.assert_refused(process, FAILURE, f"{fake.host}:{fake.port} does not answer")

    def test_all_are_tried_again_and_again_until_the_timeout(self):
        fakes = [self.fake(lambda connection: None) for _ in range(2)]
        self.left.servers = [fake.url for fake in fakes]
        self.remaphore(self.left, "-s", "-t", "1s", "hi").expect_exit(FAILURE)
        for fake in fakes:
            self.assertGreaterEqual(len(fake.connections), 2)
            self.assertLess(len(fake.connections), 12, "the waits grow")

    def test_the_second_is_tried_when_the_first_freezes_after_its_greeting(self):
        def play(connection):
            connection.info()
            connection.hold()
        self.right.subscribe()
        self.left.servers = [self.fake(play).url, self.hub().url]
        listener = self.remaphore(self.left, "-o").wait_ready()
        self.right.send(b"hi")
        listener.expect_exit(OK)

    def test_the_second_is_tried_when_the_first_is_full(self):
        full = self.server(authority=self.hub().authority, max_connections=1)
        holder = full.client(self.hub().credentials)
        self.addCleanup(holder.close)
        self.delivered(full.url, self.hub().url)

    def test_a_listener_goes_to_the_second_when_the_first_is_killed(self):
        first = self.server(authority=self.hub().authority)
        self.left.servers = [first.url, self.hub().url]
        listener = self.listen(self.left, "-o")
        first.kill()
        wait_for_message(self, listener, self.right)
        listener.expect_exit(OK)


def wait_for_message(test, listener, sender, within=15):
    """Sends until the listener has printed something: it is subscribed again."""
    def attempt():
        sender.send(b"again")
        let_time_pass(0.02)
        return listener.stdout.data
    wait_until(attempt, lambda: f"a message after the link was lost: {listener}", within)


class Credentials(ConnectCase):
    def refused_file(self, text=None):
        path = self.path("bad.creds")
        if text is not None:
            self.file("bad.creds", text, 0o600)
        self.left.settings["credentials"] = path
        for mode in (["-s", "hi"], ["-o"], []):
            self.assert_refused(self.remaphore(self.left, *mode), USAGE, path)

    def test_a_missing_file_is_named(self):
        self.refused_file()

    def test_a_file_that_is_a_folder_is_named(self):
        self.left.settings["credentials"] = self.folder
        self.assert_refused(self.remaphore(self.left, "-s", "hi"), USAGE, self.folder)

    def test_an_empty_file_is_named(self):
        self.refused_file("")

    def test_a_file_without_a_token_is_named(self):
        self.refused_file(self.hub().credentials.split("\n\n")[1])

    def test_a_file_without_a_seed_is_named(self):
        self.refused_file(self.hub().credentials.split("\n\n")[0] + "\n")

    def test_a_seed_with_a_typing_error_is_named_and_not_shown(self):
        token, seed = nkeys.parse_credentials(self.hub().credentials)
        wrong = seed[:20] + ("A" if seed[20] != "A" else "B") + seed[21:]
        self.refused_file(nkeys.credentials_text(token, wrong))
        process = self.remaphore(self.left, "-s", "hi").expect_exit(USAGE)
        self.assertNotIn(wrong, process.stderr.text)

    def test_a_seed_that_is_no_seed_is_named(self):
        token, _ = nkeys.parse_credentials(self.hub().credentials)
        self.refused_file(nkeys.credentials_text(token, "not a seed"))

    def test_a_seed_that_does_not_belong_to_the_token_is_exit_3_and_named(self):
        token, _ = nkeys.parse_credentials(self.hub().credentials)
        self.check_server_refuses(nkeys.credentials_text(token, nkeys.KeyPair("user").seed),
                                  "the seed does not belong to the token's user")

    def test_line_ends_blanks_and_indentation_do_not_matter(self):
        text = self.hub().credentials
        spellings = {"crlf": text.replace("\n", "\r\n"), "trailing blanks": text.replace("\n", "  \t\n"),
                     "indented": "".join(f"   {line}\n" for line in text.splitlines()),
                     "banner": "# of the node\n\n" + text + "\n*** IMPORTANT ***\n", "no last newline": text.rstrip()}
        for name, spelling in spellings.items():
            with self.subTest(name=name):
                self.left.write_credentials(spelling)
                self.delivered(self.hub().url)

    def test_expired_credentials_are_exit_3(self):
        user = self.hub().authority.user(expires=time.time() - 60)
        self.check_server_refuses(user.credentials, "expired")

    def test_a_user_of_another_fleet_is_exit_3(self):
        self.check_server_refuses(nkeys.Authority().user().credentials)

    def test_claims_that_cannot_be_read_are_exit_3(self):
        _, seed = nkeys.parse_credentials(self.hub().credentials)
        self.check_server_refuses(nkeys.credentials_text("eyJ0eXAiOiJKV1QifQ.e30.AAAA", seed))

    def check_server_refuses(self, credentials, *parts):
        self.left.write_credentials(credentials)
        for mode in (["-s", "hi"], ["-o"], []):
            process = self.remaphore(self.left, *mode)
            process.expect_exit(FAILURE)
            self.assert_error_line(process, *parts)
            self.assertLess(process.seconds, 6, "a refusal is final at once")

    def test_a_revoked_user_is_exit_3(self):
        server = self.server()
        user = server.authority.user()
        server.authority.revoke(user)
        server.reload()
        self.left.servers = [server.url]
        self.check_server_refuses(user.credentials)

    def test_a_refusal_by_every_server_is_final(self):
        others = [self.server().url, self.server().url]
        self.left.servers = others
        process = self.remaphore(self.left, "-s", "-t", "20s", "hi")
        self.assert_refused(process, FAILURE)
        self.assertLess(process.seconds, 8)

    def test_a_rotated_file_is_used_for_the_next_connection(self):
        server = self.server()
        fleet = self.make_fleet(server)
        left, right = fleet.node("com.left"), fleet.foreign("com.right")
        old = server.authority.user("old")
        left.write_credentials(old.credentials)
        listener = self.listen(left, "-o")
        left.write_credentials(server.authority.user("new").credentials)
        server.authority.revoke(old)
        server.restart()
        wait_for_message(self, listener, right)
        listener.expect_exit(OK)

    def test_a_signature_that_begins_with_a_zero_byte_is_sent_too(self):
        _, seed = nkeys.parse_credentials(self.hub().credentials)
        key = nkeys.KeyPair.from_seed(seed)
        nonce = next(text for text in (f"nonce{number}" for number in range(100000)) if key.sign(text.encode())[0] == 0)
        server = self.fake(lambda connection: (connection.handshake(nonce=nonce), connection.serve()))
        self.left.servers = [server.url]
        self.send(self.left, "hi")
        self.assertEqual(server.connects[0]["sig"], nkeys.base64url(key.sign(nonce.encode())))

    def test_credentials_that_expire_while_connected_end_a_listener(self):
        user = self.hub().authority.user(expires=int(time.time()) + 2)
        self.left.write_credentials(user.credentials)
        listener = self.listen(self.left)
        listener.expect_exit(FAILURE, within=90)  # a refusal is for good once it has lasted a minute
        self.error_lines(listener)
        self.assertGreater(listener.seconds, 60)

    def test_a_refusal_that_lasts_a_moment_ends_no_listener_that_has_stood(self):
        def play(connection):
            attempt = len(server.connections)
            if attempt == 1:
                return connection.handshake()
            if attempt < 6:
                connection.info()
                connection.until("CONNECT")
                return connection.send("-ERR 'Authorization Violation'\r\n")
            connection.handshake()
            connection.serve()
        server = self.fake(play)
        self.left.servers = [server.url]
        listener = self.listen(self.left)
        listener.stderr.wait_for("may have been missed", within=30)
        self.assert_error_line(listener, "refuses the credentials", "Authorization Violation")
        self.assertIsNone(listener.returncode)

    def test_a_token_that_is_longer_than_the_lines_of_the_server_is_final(self):
        def play(connection):
            connection.info()
            connection.until("CONNECT")
            connection.send("-ERR 'maximum control line exceeded'\r\n")
        self.left.servers = [self.fake(play).url]
        process = self.remaphore(self.left, "-s", "-t", "30s", "hi")
        self.assert_refused(process, FAILURE, "max_control_line", self.left.credentials, "bytes")
        self.assertLess(process.seconds, 15)


class Handshake(ConnectCase):
    def connect(self, *args, **info):
        server = self.fake(lambda connection: (connection.handshake(**info), connection.serve()))
        self.left.servers = [server.url]
        self.send(self.left, "hi")
        return server.connects[0], server.connections[0].nonce

    def test_connect_names_the_kind_of_client(self):
        connect, nonce = self.connect()
        for key, value in {"verbose": False, "pedantic": False, "protocol": 1, "headers": True, "no_responders": True,
                           "echo": True}.items():
            self.assertEqual(connect.get(key), value, key)

    def test_connect_carries_the_token_and_a_signature_of_the_nonce(self):
        connect, nonce = self.connect()
        token, seed = nkeys.parse_credentials(self.hub().credentials)
        self.assertEqual(connect["jwt"], token)
        self.assertEqual(base64.urlsafe_b64decode(connect["sig"] + "=="),
                         nkeys.KeyPair.from_seed(seed).sign(nonce.encode()))
        self.assertNotIn("=", connect["sig"])
        self.assertNotIn(seed, json.dumps(connect))

    def test_a_greeting_that_comes_byte_by_byte_is_read(self):
        def play(connection):
            text = b'INFO {"server_id":"X","max_payload":1048576,"nonce":"abc","auth_required":true}\r\n'
            for number in range(len(text)):
                connection.send(text[number:number + 1])
            connection.until("PING")
            for part in (b"PO", b"NG\r", b"\n"):
                connection.send(part)
            connection.serve()
        server = self.fake(play)
        self.left.servers = [server.url]
        self.send(self.left, "hi")
        self.assertIn(b"PUB ", server.received)

    def test_unknown_and_nested_fields_of_the_greeting_do_not_matter(self):
        self.connect(colour="blue", nested={"a": [{"b": None}, 1.5e300, "\u00e4\\u0000"]}, connect_urls=[], empty="")

    def test_a_ping_of_the_server_is_answered(self):
        def play(connection):
            connection.handshake()
            connection.send("PING\r\n")
            connection.until("PONG")
            connection.send("MSG x 1 0\r\n\r\nPING\r\n")
            connection.serve()
        server = self.fake(play)
        self.left.servers = [server.url]
        listener = self.listen(self.left)
        server.wait(lambda: server.received.count(b"PONG\r\n") >= 2, "two answers")
        self.assertIsNone(listener.returncode)


class Listeners(ConnectCase):
    """A listener without -t never gives up on a server that may come back."""

    def own(self):
        server = self.server()
        fleet = self.make_fleet(server)
        return server, fleet.node("com.left"), fleet.foreign("com.right")

    def test_it_waits_for_a_server_that_comes_later(self):
        server, left, right = self.own()
        server.kill()
        listener = self.remaphore(left, "-o")
        server.start()
        listener.wait_ready()
        right.send(b"hi")
        listener.expect_exit(OK)

    def test_it_reconnects_after_a_restart_and_reports_it(self):
        server, left, right = self.own()
        listener = self.listen(left)
        said = len(listener.stderr.data)
        server.kill()
        listener.stderr.wait(lambda data: b"\nremaphore: " in data[said - 1:], "a line about the lost link")
        lost = len(listener.stderr.data)
        server.start()
        listener.stderr.wait(lambda data: b"\nremaphore: " in data[lost - 1:], "a line about the new link")
        wait_for_message(self, listener, right)
        self.assertIn(b"again\n", listener.stdout.data)
        self.error_lines(listener)

    def test_it_reports_how_long_messages_may_have_been_missed(self):
        server, left, right = self.own()
        listener = self.listen(left)
        server.kill()
        listener.stderr.wait_for("remaphore: ")
        server.start()
        wait_for_message(self, listener, right)
        self.assertRegex(listener.stderr.text, r"(?m)^remaphore: .*\d+(\.\d+)? ?(ms|s)\b")

    def test_it_is_back_after_several_restarts(self):
        server, left, right = self.own()
        listener = self.listen(left)
        for number in range(3):
            server.restart()
            right.close()
            right.connection = None
            seen = len(listener.stdout.data)

            def attempt():
                right.send(b"%d" % number)
                let_time_pass(0.02)
                return b"%d\n" % number in listener.stdout.data[seen:]
            wait_until(attempt, f"a message after restart {number}: {listener}", 15)

    def test_never_subscribed_before_the_timeout_is_exit_3(self):
        self.left.servers = [NOBODY]
        process = self.remaphore(self.left, "-t", "400ms")
        self.assert_refused(process, FAILURE)
        self.assertTrue(0.3 < process.seconds < 3)

    def test_subscribed_and_then_cut_off_is_exit_1_at_the_timeout(self):
        server, left, _ = self.own()
        listener = self.listen(left, "-t", "800ms")
        server.kill()
        listener.expect_exit(NOTHING)

    def test_a_message_before_the_link_was_cut_is_exit_0_at_the_timeout(self):
        server, left, right = self.own()
        listener = self.listen(left, "-t", "1200ms")
        right.send(b"hi")
        listener.stdout.wait_for("hi\n")
        server.kill()
        listener.expect_exit(OK)

    def test_a_server_in_lame_duck_mode_is_left_at_once(self):
        def play(connection):
            if len(server.connections) > 1:
                return
            connection.handshake(connect_urls=[self.hub().address])
            connection.send("INFO " + json.dumps({"server_id": "FAKE", "max_payload": 1048576, "ldm": True,
                                                  "connect_urls": [self.hub().address]}) + "\r\n")
            connection.serve()
        server = self.fake(play)
        self.left.servers = [server.url]
        listener = self.listen(self.left, "-o")
        wait_for_message(self, listener, self.right, within=8)
        listener.expect_exit(OK)

    def learns(self, in_greeting, later):
        def play(connection):
            if len(server.connections) > 1:
                return
            connection.handshake(**in_greeting)
            connection.send("".join(f"INFO {json.dumps(info)}\r\n" for info in later) + "PING\r\n")
            connection.until("PONG")
        server = self.fake(play)
        self.left.servers = [server.url]
        listener = self.listen(self.left, "-o")
        wait_for_message(self, listener, self.right, within=8)
        listener.expect_exit(OK)

    def test_addresses_learned_from_a_server_are_used(self):
        self.learns({"connect_urls": [self.hub().address]}, [])

    def test_addresses_learned_from_a_later_info_are_used(self):
        self.learns({}, [{"max_payload": 1048576}, {"max_payload": 1048576, "connect_urls": [self.hub().address]}])

    def test_a_place_that_becomes_free_on_a_full_server_is_taken(self):
        server = self.server(max_connections=1)
        fleet = self.make_fleet(server)
        left = fleet.node("com.left")
        holder = server.client()
        process = self.remaphore(left, "-s", "-t", "15s", "hi")
        server.process.stderr.wait_for("maximum connections exceeded")
        holder.close()
        process.expect_exit(OK)

    def test_a_stale_connection_is_replaced(self):
        def play(connection):
            connection.handshake()
            if len(server.connections) == 1:
                connection.send("-ERR 'Stale Connection'\r\n")
                return
            connection.serve()
        server = self.fake(play)
        self.left.servers = [server.url]
        self.remaphore(self.left).wait_ready()
        server.wait_connections(2)


class WrongPorts(ConnectCase):
    """A nats-server has several, and most greet alike."""

    def check_named(self, extra, port, *parts):
        server = self.server(extra=extra)
        self.left.servers = [f"nats://127.0.0.1:{port}"]
        process = self.remaphore(self.left, "-s", "-t", "500ms", "hi")
        self.assert_refused(process, FAILURE, f"127.0.0.1:{port}", "clients use another", *parts)
        return server

    def test_a_clusters_port_is_named(self):
        port = free_port()
        self.check_named(f'cluster {{ name: c, listen: "127.0.0.1:{port}" }}\n', port, "is a cluster port")

    def test_a_gateways_port_is_named(self):
        port = free_port()
        self.check_named(f'gateway {{ name: c, listen: "127.0.0.1:{port}" }}\n', port, "is a gateway port")

    def test_a_leaf_nodes_port_is_named(self):
        port = free_port()
        self.check_named(f'leafnodes {{ listen: "127.0.0.1:{port}" }}\n', port, "is a leaf node port")

    def test_the_next_server_is_tried_after_a_clusters_port(self):
        port = free_port()
        server = self.server(authority=self.hub().authority,
                             extra=f'cluster {{ name: c, listen: "127.0.0.1:{port}" }}\n')
        self.delivered(f"nats://{server.host}:{port}", self.hub().url)


class Announced(ConnectCase):
    """Servers that a server names are tried, each after those of the config."""

    def play_blip(self, addresses):
        """A server that announces `addresses` and drops its first link."""
        def play(connection):
            connection.handshake(connect_urls=addresses)
            if len(server.connections) > 1:
                connection.serve()
            connection.send("PING\r\n")
            connection.until("PONG")
        server = self.fake(play)
        self.left.servers = [server.url]
        return server

    def test_after_a_blip_the_configs_server_is_tried_before_those_that_it_announced(self):
        silent = [self.fake(lambda connection: connection.hold()) for _ in range(6)]
        server = self.play_blip([f"127.0.0.1:{fake.port}" for fake in silent])
        listener = self.listen(self.left)
        listener.stderr.wait_for("is back")
        server.wait_connections(2)
        self.assertLessEqual(sum(len(fake.connections) for fake in silent), 1)

    def test_with_announced_servers_no_they_are_not_tried(self):
        self.left.settings["announced_servers"] = "no"
        other = self.fake(lambda connection: (connection.handshake(), connection.serve()))

        def play(connection):
            if len(server.connections) == 1:
                connection.handshake(connect_urls=[f"127.0.0.1:{other.port}"])
        server = self.fake(play)
        self.left.servers = [server.url]
        self.listen(self.left)
        server.wait_connections(4)
        self.assertEqual(other.connections, [])


class SilentServer(ConnectCase):
    slow = True

    def test_a_server_that_stops_answering_is_left(self):
        """Three seconds of silence twice over, and another server is asked."""
        first = self.server(authority=self.hub().authority)
        self.left.servers = [first.url, self.hub().url]
        listener = self.listen(self.left, "-o")
        first.freeze()
        wait_for_message(self, listener, self.right, within=18)
        listener.expect_exit(OK)

    def test_a_ping_comes_after_3_seconds_of_silence_and_two_without_an_answer_end_the_link(self):
        moments = []

        def play(connection):
            connection.handshake()
            moments.append(time.monotonic())
            for _ in range(2):
                connection.until("PING")
                moments.append(time.monotonic())
            connection.hold()
            moments.append(time.monotonic())
        self.left.servers = [self.fake(play).url]
        listener = self.listen(self.left)
        listener.stderr.wait_for("does not answer", within=20)
        wait_until(lambda: len(moments) >= 4, "the end of the link", 5)
        for earlier, later in zip(moments[:3], moments[1:]):
            self.assertTrue(2.9 < later - earlier < 5.9, moments)


class Misbehaviour(ConnectCase):
    """What no server should say ends the connection with a clear error; never the process, never the deadline."""

    def sends_to(self, play, code=FAILURE, timeout="500ms"):
        self.left.servers = [self.fake(play).url]
        process = self.remaphore(self.left, "-s", "-t", timeout, "hi")
        self.assert_refused(process, code)
        self.assertLess(process.seconds, 4)
        return process

    def listens_to(self, *parts):
        """A listener whose first server says `parts` after the handshake goes on to the hub."""
        def play(connection):
            connection.handshake()
            for part in parts:
                connection.send(part)
            connection.serve()
        fake = self.fake(play)
        self.left.servers = [fake.url, self.hub().url]
        listener = self.listen(self.left)
        wait_for_message(self, listener, self.right)
        self.assertLess(peak_memory(listener), 300_000)
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)
        return listener

    def test_silence_instead_of_a_greeting_ends_at_the_timeout(self):
        self.sends_to(lambda connection: connection.hold())

    def test_silence_after_the_greeting_ends_at_the_timeout(self):
        self.sends_to(lambda connection: (connection.info(), connection.hold()))

    def test_half_a_greeting_ends_at_the_timeout(self):
        self.sends_to(lambda connection: (connection.send("INFO {"), connection.hold()))

    def test_a_connection_closed_at_once_is_retried_until_the_timeout(self):
        self.sends_to(lambda connection: None)

    def test_a_greeting_that_is_garbage_is_an_error(self):
        for text in ("HTTP/1.1 400 Bad Request\r\n\r\n", "SSH-2.0-OpenSSH\r\n", "\0\0\0\0\r\n", "INFO nonsense\r\n",
                     "INFO []\r\n", "INFO {}{}\r\n", "INFO\r\n", "\r\n", "INFO 5\r\n", 'INFO {"nonce":5}\r\n',
                     'INFO {"max_payload":"many"}\r\n', 'INFO {"max_payload":-1}\r\n',
                     'INFO {"max_payload":1e400}\r\n', "PONG\r\n", "MSG x 1 1\r\nx\r\n"):
            with self.subTest(text=text):
                self.sends_to(lambda connection: (connection.send(text), connection.hold()), timeout="300ms")

    def test_a_greeting_without_end_is_an_error(self):
        def play(connection):
            connection.send('INFO {"a":"')
            while True:
                connection.send("x" * 65536)
        self.sends_to(play, timeout="2s")
        fake = self.fake(play)
        self.left.servers = [fake.url]
        listener = self.remaphore(self.left)
        fake.wait_connections(3)  # two greetings have been given up
        self.assertLess(peak_memory(listener), 300_000)

    def test_a_greeting_nested_without_end_is_an_error(self):
        deep = "[" * 500000
        self.sends_to(lambda connection: (connection.send(f'INFO {{"a":{deep}\r\n'), connection.hold()), timeout="2s")
        closed = "[" * 20000 + "]" * 20000
        self.left.servers = [self.fake(lambda connection: (
            connection.send(f'INFO {{"max_payload":1000,"a":{closed}}}\r\n'), connection.serve())).url]
        process = self.remaphore(self.left, "-s", "-t", "1s", "hi")
        self.assertIn(process.wait_exit(), (OK, FAILURE))

    def test_a_flood_of_errors_ends_at_the_timeout(self):
        def play(connection):
            connection.info()
            while True:
                connection.send("-ERR 'whatever'\r\n" * 100)
        process = self.sends_to(play, timeout="1s")
        self.assertLess(len(process.stderr.data), 100_000)

    def test_an_absurd_length_drops_the_connection(self):
        for line in (b"MSG s 1 2147483646\r\n", b"MSG s 1 99999999999999999999\r\n", b"MSG s 1 -5\r\n",
                     b"MSG s 1 1073741824\r\n", b"HMSG s 1 100 50\r\n", b"HMSG s 1 4294967295 4294967296\r\n",
                     b"MSG s 1 0x10\r\n", b"MSG s 1 \r\n", b"MSG\r\n"):
            with self.subTest(line=line):
                self.listens_to(line, b"x" * 100 + b"\r\n")

    def test_a_line_without_end_drops_the_connection(self):
        self.listens_to(b"MSG " + b"s" * 3_000_000)

    def test_a_payload_without_its_end_drops_the_connection(self):
        self.listens_to(b"MSG s 1 3\r\nabcdefgh\r\n")

    def test_a_word_that_is_none_drops_the_connection(self):
        self.listens_to(b"HELLO there\r\n")

    def test_nuls_drop_the_connection(self):
        self.listens_to(b"\0" * 100 + b"\r\n")

    def test_a_message_without_a_subscription_does_not_matter(self):
        def play(connection):
            connection.handshake()
            connection.send(b"MSG some.where 99 2\r\nhi\r\nPING\r\n")
            connection.serve()
        server = self.fake(play)
        self.left.servers = [server.url]
        listener = self.listen(self.left)
        server.wait(lambda: b"PONG" in server.received, "an answer to the ping")
        self.assertEqual((listener.stdout.data, listener.returncode), (b"", None))

    def test_headers_on_a_message_do_not_matter(self):
        """A foreign node need not use them, and nothing in them counts; the payload does."""
        raw = wire.build(self.right.identity, b"hi")
        listener = self.listen(self.left, "-o")
        self.right.client.publish(self.right.subject(), raw, headers=b"NATS/1.0\r\nA: b\r\n\r\n")
        self.right.client.flush()
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"hi\n")

    def test_a_reply_subject_of_nats_on_a_request_does_not_matter(self):
        """The answers go to the hashes of the requests, and nowhere else."""
        client = self.right.client
        client.subscribe("_INBOX.>")
        self.listen(self.left)
        subjects = []
        for payload in (b"one", b"two"):
            question = wire.build(self.right.identity, payload, flag="Q")
            subjects.append(f"{self.fleet.subject}.{wire.decode(question).hash.hex()}")
            client.subscribe(subjects[-1])
            client.publish(self.right.subject(), question, reply="_INBOX.a")
        self.assertEqual([client.next().subject, client.next().subject], subjects)
        self.assertEqual(client.pending(), [])

    def test_a_name_that_does_not_resolve_is_exit_3(self):
        self.left.servers = ["nats://no-such-host.invalid:4222"]
        process = self.remaphore(self.left, "-s", "-t", "1s", "hi")
        self.assert_refused(process, FAILURE)
        self.assertLess(process.seconds, 6)


def peak_memory(process):
    """Peak memory in KiB of a process that still runs. (The count at its end may include that of its parent.)"""
    return status_of(process.pid, "VmHWM")
