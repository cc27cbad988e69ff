"""What a node may and may not do with its fleet's streams, as judged by a real server."""

import os

from case import GoListener
from stream_case import StreamCase

import wire
from streams import ApiError, NatsError, StreamFleet, node_user


class StreamPermissions(StreamCase):
    def setUp(self):
        super().setUp()
        self.user = node_user(self.hub().authority, self.fleet.subject)
        self.api = self.fleet.node_client(self.user)
        self.addCleanup(self.api.client.close)
        self.kept, self.locks = self.streams.messages["name"], self.streams.locks["name"]

    def subject(self, part):
        return f"{self.fleet.subject}.{part}"

    def assert_denied(self, subject, body=None):
        with self.assertRaisesRegex(NatsError, "Permissions Violation for Publish"):
            self.api.ask(subject, body)

    def test_a_node_may_ask_for_the_info_of_the_streams(self):
        self.assertEqual(self.api.info(self.kept)["config"]["subjects"], [self.subject("all")])
        self.assertEqual(self.api.info(self.locks)["config"]["subjects"], [self.subject("lock.>")])

    def test_a_node_may_read_kept_messages(self):
        self.api.client.publish(self.subject("all"), b"kept")
        self.streams.wait_kept(self.streams.messages, 1)
        self.assertEqual(self.api.last_on(self.kept, self.subject("all")), (1, b"kept"))

    def test_a_node_may_write_lock_entries_and_read_them(self):
        key = self.subject("lock.nightly.0123")
        self.assertEqual(self.api.put(key, b"first", expected=0), 1)
        self.assertEqual(self.api.put(key, b"second", expected=1), 2)
        with self.assertRaises(ApiError) as refused:
            self.api.put(key, b"third", expected=1)
        self.assertEqual(refused.exception.code, 10071)
        self.assertEqual(self.api.last_on(self.locks, key), (2, b"second"))
        self.assertEqual(self.streams.entries("nightly"), {key: (2, b"second")})

    def test_a_node_may_subscribe_to_lock_entries(self):
        self.api.client.subscribe(self.subject("lock.nightly.*"))
        self.api.client.publish(self.subject("lock.nightly.0123"), b"entry")
        self.api.client.flush()
        self.assertEqual(self.api.client.next().payload, b"entry")

    def test_a_node_may_not_read_directly_or_consume_or_change_anything(self):
        for stream in (self.kept, self.locks):
            for verb in ("DIRECT.GET", "CONSUMER.CREATE", "CONSUMER.DURABLE.CREATE", "STREAM.PURGE", "STREAM.DELETE",
                         "STREAM.UPDATE", "STREAM.CREATE", "STREAM.MSG.DELETE", "STREAM.SNAPSHOT"):
                with self.subTest(verb=verb, stream=stream):
                    self.assert_denied(f"$JS.API.{verb}.{stream}", b"{}")
        self.assert_denied(f"$JS.API.DIRECT.GET.{self.kept}.{self.subject('all')}")
        self.assert_denied("$JS.API.INFO")
        self.assert_denied("$JS.API.STREAM.NAMES")

    def test_a_node_may_not_touch_the_streams_of_others(self):
        other = self.make_fleet(self.hub())
        self.assert_denied(f"$JS.API.STREAM.INFO.{other.streams.locks['name']}")
        self.assert_denied(f"{other.subject}.lock.nightly.0123", b"entry")

    def test_a_node_may_subscribe_to_its_own_inbox_and_no_other(self):
        stranger = node_user(self.hub().authority, self.fleet.subject)
        for inbox in (f"_INBOX.{stranger.public}.*", "_INBOX.>", ">"):
            with self.subTest(inbox=inbox), self.assertRaisesRegex(NatsError, "Permissions Violation for Subscription"):
                self.api.client.subscribe(inbox)

    def test_the_streams_deny_deleting_and_purging_to_everybody(self):
        self.api.put(self.subject("lock.nightly.0123"), b"entry", expected=0)
        for verb, body in (("PURGE", {}), ("MSG.DELETE", {"seq": 1})):
            with self.subTest(verb=verb), self.assertRaises(ApiError):
                self.streams.api.api(verb, self.locks, body)
        self.assertEqual(len(self.streams.entries("nightly")), 1)

    def test_kept_messages_survive_a_restart_but_not_a_lost_store(self):
        server = self.stream_server()
        fleet = StreamFleet(server, self.folder, "t" + os.urandom(6).hex())
        self.addCleanup(fleet.close)
        fleet.streams.api.put(f"{fleet.subject}.lock.nightly.0123", b"entry")
        server.restart()
        fleet.streams.forget_connection()
        self.assertEqual(len(fleet.streams.entries("nightly")), 1)
        server.kill()
        server.lose_store()
        server.start()
        fleet.streams.forget_connection()
        self.assertEqual(fleet.streams.names(), [])

    def test_requests_and_answers_of_nodes_with_these_permissions_go_on(self):
        node = self.node("com.x.node")
        self.foreign("com.x.foreign", kind=GoListener, payload=b"0,done")
        process = self.remaphore(node, "-r", "-D", "com.x.foreign", "-t", "10s", "hi").expect_exit(0)
        self.assertEqual(process.stdout.data, b"com.x.foreign,0,done\n")
        self.assertTrue(wire.decode(self.api.last_on(self.kept, self.subject("all"))[1]).holds())
