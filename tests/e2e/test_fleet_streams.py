"""`remaphore-fleet`: what the servers of a fleet keep, `hub` as the supervisor of its server, and `provision`."""

import json
import os
import re
import shutil
import signal
import socket
import tempfile

from case import OK, USAGE, FAILURE, environment, wait_until
from test_fleet import FleetCase, can_connect, snapshot

import nkeys
from nats_client import NatsClient
from process import children_of, is_alive, is_stopped
from server import find_nats_server
from streams import Api, ApiError

DAY, HOUR = 86400 * 10**9, 3600 * 10**9


class StreamsOfAFleet(FleetCase):
    def end(self, hub):
        hub.signal(signal.SIGINT)
        hub.expect_exit(0)

    def provision(self, *args, code=OK):
        return self.tool("provision", self.dir, *args).expect_exit(code)

    def api(self, name="com.a"):
        credentials = self.read("nodes", name, "nats.creds")
        user = nkeys.claims_of(nkeys.parse_credentials(credentials)[0])["sub"]
        client = NatsClient(self.url, credentials)
        self.addCleanup(client.close)
        return Api(client, f"_INBOX.{user}")

    def config_of(self, stream="REMAPHORE"):
        return self.api().info(stream)["config"]

    def admin(self):
        """Somebody who holds the fleet's account."""
        account = nkeys.KeyPair.from_seed(self.read("secrets", "account.seed").strip())
        client = NatsClient(self.url, nkeys.Authority().user(issuer=account).credentials)
        self.addCleanup(client.close)
        return Api(client)

    def of_old(self, *nodes):
        """A fleet as it was made before servers kept anything."""
        self.init("--keep", "0", *nodes)
        path = os.path.join(self.dir, "roster")
        text = re.sub(r"(?m)^keep.*\n", "", self.read("roster"))
        with open(path, "w") as file:
            file.write(text)


class Kept(StreamsOfAFleet):
    def test_messages_are_kept_for_a_day_by_default(self):
        said = self.init("com.a", "com.b").stdout.text
        self.assertIn("the server keeps messages for 24h, at most 64 MiB\n", said)
        self.ready_hub()
        config = self.config_of()
        self.assertEqual({key: config.get(key, False) for key in (
            "subjects", "storage", "discard", "max_age", "max_bytes", "allow_direct", "deny_delete", "deny_purge",
            "num_replicas", "retention")},
            {"subjects": ["remaphore.all"], "storage": "file", "discard": "old", "max_age": DAY, "max_bytes": 64 << 20,
             "allow_direct": False, "deny_delete": True, "deny_purge": True, "num_replicas": 1, "retention": "limits"})

    def test_locks_are_available(self):
        self.init("com.a", "com.b")
        self.ready_hub()
        config = self.config_of("REMAPHORE_LOCKS")
        self.assertEqual({key: config.get(key, False) for key in (
            "subjects", "storage", "discard", "max_age", "max_bytes", "max_msgs_per_subject", "max_msgs",
            "allow_direct", "deny_delete", "deny_purge")},
            {"subjects": ["remaphore.lock.>"], "storage": "file", "discard": "new", "max_age": 600 * 10**9,
             "max_bytes": -1, "max_msgs_per_subject": 1, "max_msgs": 10000, "allow_direct": False, "deny_delete": True,
             "deny_purge": True})

    def test_init_sets_how_long_how_much_and_what_else_is_kept(self):
        self.init("--subject", "fleet7", "--keep", "90m", "--keep-bytes", "5M", "--keep-subject", "night",
                  "--keep-subject=day", "com.a", "com.b")
        self.ready_hub()
        config = self.config_of("FLEET7")
        self.assertEqual((config["subjects"], config["max_age"], config["max_bytes"]),
                         (["fleet7.all", "fleet7.night", "fleet7.day"], HOUR * 3 // 2, 5 << 20))
        self.assertEqual(self.config_of("FLEET7_LOCKS")["subjects"], ["fleet7.lock.>"])

    def test_answers_are_never_kept(self):
        self.init("com.a=*", "com.b=*")
        self.ready_hub()
        self.as_node("com.b", "/bin/echo", "hi").wait_ready()
        self.as_node("com.a", "-r", "-t", "10s", "hello").expect_exit(OK)
        api = self.api()
        wait_until(lambda: api.info("REMAPHORE")["state"]["messages"] == 1, "the question is kept, and nothing else")

    def test_subjects_that_cannot_be_kept_are_usage_errors(self):
        for option, values in {"--keep": ["", "soon", "-1h", "1ms", "900000h"],
                               "--keep-bytes": ["", "0", "x", "1K", "99T"],
                               "--keep-subject": ["", "a.b", "all", "*", "a b"]}.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    process = self.init(option, value, "com.a", code=USAGE)
                    self.assertRegex(process.stderr.text, r"\Aremaphore-fleet: [^A-Z][^\n]*\n\Z")
                    self.assertFalse(os.path.exists(self.dir))

    def test_a_subject_too_long_to_be_kept_is_a_usage_error(self):
        process = self.init("--subject", "x" * 129, "com.a", code=USAGE)
        self.assertIn("--keep 0", process.stderr.text)
        self.init("--subject", "x" * 129, "--keep", "0", "com.a")
        self.dir = self.path("longest")
        self.init("--subject", "x" * 128, "c" * 200)  # their login still fits into a line of the protocol
        self.ready_hub()
        self.as_node("c" * 200, "-s", "hi").expect_exit(OK)

    def test_without_jetstream_nothing_is_kept_and_nothing_granted(self):
        self.init("--keep", "0", "com.a", "com.b")
        self.assertNotIn("jetstream", self.read("hub", "nats-server.conf"))
        claims = nkeys.claims_of(nkeys.parse_credentials(self.read("nodes", "com.a", "nats.creds"))[0])
        self.assertEqual(claims["nats"]["pub"], {"allow": ["remaphore.*"]})
        self.assertEqual(claims["nats"]["sub"], {"allow": ["remaphore.*", f"_INBOX.{claims['sub']}.*"]})
        hub = self.ready_hub()
        self.assertNotIn("JetStream", hub.stderr.text)
        self.assertIn("nothing is kept", self.provision().stdout.text)

    def test_kept_messages_lie_below_the_folder_of_the_hub_and_survive_it(self):
        self.init("com.a=*", "com.b=*")
        hub = self.ready_hub()
        self.as_node("com.a", "-s", "kept").expect_exit(OK)
        wait_until(lambda: self.api().info("REMAPHORE")["state"]["messages"] == 1, "the message is kept")
        self.end(hub)
        self.assertTrue(os.path.isdir(os.path.join(self.dir, "hub", "jetstream")))
        self.ready_hub()
        self.assertEqual(self.api().info("REMAPHORE")["state"]["messages"], 1)

    def test_the_folder_may_have_any_name(self):
        for name in ('with "quotes"', "b\\ack", "a;b", "$(x)", "\t tab"):
            with self.subTest(name=name):
                self.dir = self.path(name)
                self.init("com.a")
                hub = self.ready_hub()
                self.assertTrue(os.path.isdir(os.path.join(self.dir, "hub", "jetstream")))
                self.end(hub)


class Supervisor(StreamsOfAFleet):
    def setUp(self):
        super().setUp()
        self.init("com.a=*", "com.b=*")

    def server_of(self, hub):
        server, = children_of(hub.pid)
        return server

    def test_it_is_ready_once_the_streams_are_made(self):
        hub = self.ready_hub()
        self.assertEqual([line for line in hub.stderr.lines if line.startswith("remaphore-fleet: ")],
                         ["remaphore-fleet: REMAPHORE: created; keeps remaphore.all for 24h, at most 64 MiB",
                          "remaphore-fleet: REMAPHORE_LOCKS: created; keeps remaphore.lock.> for 10m"])
        self.assertEqual(hub.stderr.lines[-1], "Ready")
        self.end(hub)
        again = self.ready_hub()
        self.assertEqual([line for line in again.stderr.lines if line.startswith("remaphore-fleet: ")], [])

    def test_signals_are_passed_on(self):
        hub = self.ready_hub()
        hub.signal(signal.SIGHUP)
        hub.stderr.wait_for("Reloaded server configuration")
        hub.signal(signal.SIGUSR2)  # lame duck
        hub.stderr.wait_for("lame duck")
        hub.signal(signal.SIGINT)
        hub.wait_exit(within=15)
        self.assertFalse(can_connect(self.port))

    def test_a_signal_to_all_that_reaches_the_server_first_is_no_failure(self):
        hub = self.ready_hub()
        server = self.server_of(hub)
        hub.signal(signal.SIGSTOP)
        wait_until(lambda: is_stopped(hub.pid), "the hub stands still")
        os.kill(server, signal.SIGINT)
        wait_until(lambda: not is_alive(server), "the server has ended")
        hub.signal(signal.SIGINT)
        hub.signal(signal.SIGCONT)
        self.assertEqual(hub.wait_exit(within=15), OK, hub)
        self.assertNotIn("remaphore-fleet: nats-server ended", hub.stderr.text)

    def test_its_exit_status_is_that_of_the_server(self):
        hub = self.ready_hub()
        os.kill(self.server_of(hub), signal.SIGKILL)
        self.assertEqual(hub.wait_exit(), 128 + signal.SIGKILL)
        self.assertIn("remaphore-fleet: nats-server was ended by signal 9\n", hub.stderr.text)
        hub = self.ready_hub()
        self.end(hub)
        self.assertNotIn("nats-server ended", hub.stderr.text)

    def test_the_server_never_outlives_it(self):
        hub = self.ready_hub()
        server = self.server_of(hub)
        hub.signal(signal.SIGKILL)
        hub.wait_exit()
        wait_until(lambda: not is_alive(server), "the server is gone")

    def test_a_server_that_does_not_start_is_reported_with_its_status(self):
        with open(os.path.join(self.dir, "hub", "nats-server.conf"), "a") as file:
            file.write("nonsense {{\n")
        hub = self.tool("hub", self.dir)
        self.assertGreater(hub.wait_exit(), 0)
        self.assertRegex(hub.stderr.text,
                         r"remaphore-fleet: nats-server ended with status 1 before it was ready; [^\n]+\n\Z")

    def test_a_place_for_messages_that_cannot_be_written_is_named(self):
        if os.geteuid() == 0:
            read_only = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
            os.chmod(self.folder, 0o755)
        else:
            read_only = []
            os.chmod(os.path.join(self.dir, "hub"), 0o555)
        hub = self.start(*read_only, self.fleet_program(), "hub", self.dir, cwd="/")
        hub.expect_exit(USAGE)
        self.assertRegex(hub.stderr.text, r"\Aremaphore-fleet: the server keeps messages there: [^\n]+ denied\n\Z")
        self.assertIn(os.path.join(self.dir, "hub"), hub.stderr.text)

    def fleet_program(self):
        from case import REMAPHORE_FLEET
        place = tempfile.mkdtemp(prefix="program-")  # reachable by anybody
        self.addCleanup(shutil.rmtree, place)
        os.chmod(place, 0o755)
        return shutil.copy(REMAPHORE_FLEET, place)

    def test_a_fleet_that_has_moved_keeps_its_messages_in_its_new_place(self):
        hub = self.ready_hub()
        self.as_node("com.a", "-s", "kept").expect_exit(OK)
        wait_until(lambda: self.api().info("REMAPHORE")["state"]["messages"] == 1, "the message is kept")
        self.end(hub)
        moved = self.path("elsewhere")
        os.rename(self.dir, moved)
        before, self.dir = self.dir, moved
        self.ready_hub()
        self.assertEqual(self.api().info("REMAPHORE")["state"]["messages"], 1)
        self.assertFalse(os.path.exists(before))

    def test_a_place_of_a_persons_own_that_is_not_there_is_named(self):
        path = os.path.join(self.dir, "hub", "nats-server.conf")
        text = re.sub(r"(?m)^# (begin|end) jetstream.*\n", "", self.read("hub", "nats-server.conf"))
        with open(path, "w") as file:
            file.write(text.replace(f'"{self.dir}/hub"', f'"{self.path("absent")}"'))
        process = self.tool("hub", self.dir).expect_exit(USAGE)
        self.assertIn(f"{self.path('absent')}, where the server keeps messages (store_dir), does not exist",
                      process.stderr.text)

    def test_a_service_manager_is_notified(self):
        address = self.path("notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.bind(address)
            manager.settimeout(20)
            hub = self.ready_hub(env=environment(NOTIFY_SOCKET=address))
            said = manager.recv(4096).decode()
            self.assertEqual(said, "STATUS=connecting\n")
            self.assertEqual(manager.recv(4096).decode(), "STATUS=listening\nREADY=1\n")
            with open(f"/proc/{self.server_of(hub)}/environ") as file:
                self.assertNotIn("NOTIFY_SOCKET", file.read())
            hub.signal(signal.SIGINT)
            self.assertEqual(manager.recv(4096).decode(), "STATUS=stopping\nSTOPPING=1\n")
            hub.expect_exit(0)

    def test_without_the_secrets_it_runs_and_names_the_command_that_makes_the_streams(self):
        os.rename(os.path.join(self.dir, "secrets"), self.path("secrets"))
        hub = self.ready_hub()
        self.assertIn("is missing, so the streams are unchanged; on the machine that has the fleet, run: "
                      f"remaphore-fleet provision {self.dir}\n", hub.stderr.text)
        with self.assertRaises(ApiError):
            self.api().info("REMAPHORE")
        os.rename(self.path("secrets"), os.path.join(self.dir, "secrets"))
        self.provision()
        self.assertEqual(self.config_of()["max_age"], DAY)

    def test_a_stream_that_cannot_be_used_ends_it(self):
        hub = self.ready_hub()
        admin = self.admin()
        admin.api("DELETE", "REMAPHORE")
        admin.api("CREATE", "REMAPHORE", {"name": "REMAPHORE", "subjects": ["remaphore.all"], "storage": "file",
                                          "retention": "workqueue"})
        self.end(hub)
        hub = self.tool("hub", self.dir).expect_exit(FAILURE)
        self.assertIn("the stream REMAPHORE cannot be used: its retention is workqueue, not limits", hub.stderr.text)
        self.assertFalse(can_connect(self.port))


YES, NO, NOTE = "\u2714 ", "\u2718 ", "\u00b7 "


class Checked(StreamsOfAFleet):
    """What `check` reports about kept messages and locks."""

    def check(self, code=OK):
        lines = self.tool("check", self.conf("com.a")).expect_exit(code).stdout.lines
        return [line for line in lines if re.search("messages|locks|stream", line)]

    @property
    def server(self):
        return f"127.0.0.1:{self.port}"

    def test_it_reports_how_long_messages_are_kept_and_that_there_are_locks(self):
        self.init("--keep", "36h", "--keep-bytes", "5M", "com.a", "com.b")
        self.ready_hub()
        self.assertEqual(self.check(), [f"{YES}{self.server} keeps messages for 36h, at most 5 MiB",
                                        f"{YES}{self.server} grants locks"])

    def test_the_lines_are_json_too(self):
        self.init("com.a", "com.b")
        self.ready_hub()
        lines = self.command("--check", "--json", "-c", self.conf("com.a")).expect_exit(OK).stdout.lines
        self.assertIn({"type": "check", "result": "good", "text": f"{self.server} grants locks"},
                      map(json.loads, lines))

    def test_streams_that_are_missing_fail_with_the_remedy(self):
        self.init("com.a", "com.b")
        self.ready_hub()
        admin = self.admin()
        for stream in ("REMAPHORE", "REMAPHORE_LOCKS"):
            admin.api("DELETE", stream)
        messages, locks = self.check(code=1)
        self.assertEqual(messages, f"{NO}{self.server} keeps no messages; the server has no stream REMAPHORE: "
                                   "remaphore-fleet provision DIR creates it")
        self.assertEqual(locks, f"{NO}{self.server} grants no locks; the server has no stream REMAPHORE_LOCKS: "
                                "remaphore-fleet provision DIR creates it")
        self.provision()
        self.assertEqual([line[:2] for line in self.check()], [YES, YES])

    def test_a_server_without_jetstream_fails_if_the_fleet_keeps_messages(self):
        self.init("com.a", "com.b")
        path = self.file("plain.conf", re.sub(r"(?ms)^# begin jetstream.*^# end jetstream[^\n]*\n", "",
                                              self.read("hub", "nats-server.conf")))
        server = self.start(find_nats_server(), "-c", path)
        server.stderr.wait_for("Server is ready")
        for line in self.check(code=1):
            self.assertRegex(line,
                             f"^{NO}{self.server} (keeps no messages|grants no locks); .*JetStream.*provision DIR")

    def test_a_fleet_that_keeps_nothing_passes_with_a_note(self):
        self.init("--keep", "0", "com.a", "com.b")
        self.ready_hub()
        note, = self.check()
        self.assertTrue(note.startswith(f"{NOTE}no messages are kept for this node"), note)

    def test_streams_that_a_node_could_empty_or_that_are_of_another_kind_fail(self):
        self.init("com.a", "com.b")
        self.ready_hub()
        admin = self.admin()
        kept = {stream: admin.info(stream)["config"] for stream in ("REMAPHORE", "REMAPHORE_LOCKS")}
        for stream, change, part in (
                ("REMAPHORE", {"deny_purge": False}, "nodes can empty the stream REMAPHORE"),
                ("REMAPHORE", {"allow_direct": True}, "nodes can empty the stream REMAPHORE"),
                ("REMAPHORE", {"subjects": ["remaphore.other"]}, "does not keep messages sent to remaphore.all"),
                ("REMAPHORE_LOCKS", {"deny_delete": False}, "nodes can empty the stream REMAPHORE_LOCKS"),
                ("REMAPHORE_LOCKS", {"max_msgs_per_subject": 9}, "is not set up for locks")):
            with self.subTest(stream=stream, change=change):
                admin.api("DELETE", stream)
                admin.api("CREATE", stream, kept[stream] | change)
                failed, = (line for line in self.check(code=1) if line.startswith(NO))
                self.assertIn(part, failed)
                self.assertIn("remaphore-fleet provision DIR", failed)
                self.provision()
                self.check()


class Provision(StreamsOfAFleet):
    def test_the_second_time_it_changes_nothing(self):
        self.init("com.a", "com.b")
        hub = self.ready_hub()
        before = {path: data for path, data in snapshot(self.dir).items() if "/jetstream/" not in path}
        created = self.api().info("REMAPHORE")["created"]
        self.assertEqual(self.provision().stdout.lines, ["REMAPHORE: keeps remaphore.all for 24h, at most 64 MiB",
                                                         "REMAPHORE_LOCKS: keeps remaphore.lock.> for 10m"])
        self.assertEqual({path: data for path, data in snapshot(self.dir).items() if "/jetstream/" not in path}, before)
        self.assertEqual(self.api().info("REMAPHORE")["created"], created)
        self.end(hub)

    def test_it_reports_its_changes_to_a_stream(self):
        self.init("com.a", "com.b")
        self.ready_hub()
        admin = self.admin()
        admin.api("UPDATE", "REMAPHORE", admin.info("REMAPHORE")["config"] | {"max_age": HOUR, "max_msgs": 1000,
                                                                             "description": "mine"})
        self.assertEqual(self.provision().stdout.lines[:3],
                         ["REMAPHORE: changed max_age from 1h to 24h",
                          "REMAPHORE: keeps remaphore.all for 24h, at most 64 MiB",
                          "REMAPHORE: left as it is, as the fleet does not define it: max_msgs is 1000"])
        config = admin.info("REMAPHORE")["config"]
        self.assertEqual((config["max_age"], config["max_msgs"], config["description"]), (DAY, 1000, "mine"))

    def test_it_changes_which_messages_are_kept_and_how_long(self):
        self.init("com.a", "com.b")
        self.ready_hub()
        said = self.provision("--keep", "2h", "--keep-subject", "night").stdout.text
        self.assertIn("REMAPHORE: changed max_age from 24h to 2h\n", said)
        self.assertIn("REMAPHORE: changed subjects from remaphore.all to remaphore.all,remaphore.night\n", said)
        self.assertEqual(self.config_of()["subjects"], ["remaphore.all", "remaphore.night"])
        self.assertIn("\nkeep: 2h\n", self.read("roster"))

    def test_messages_that_are_kept_stay(self):
        self.init("com.a=*", "com.b=*")
        self.ready_hub()
        self.as_node("com.a", "-s", "kept").expect_exit(OK)
        wait_until(lambda: self.api().info("REMAPHORE")["state"]["messages"] == 1, "the message is kept")
        self.provision("--keep-bytes", "2M")
        self.assertEqual(self.api().info("REMAPHORE")["state"]["messages"], 1)

    def test_a_fleet_made_before_gets_its_streams(self):
        self.of_old("com.a=*", "com.b=*")
        before = self.read("nodes", "com.a", "nats.creds")
        hub = self.ready_hub()
        listener = self.as_node("com.b").wait_ready()
        process = self.provision(code=FAILURE)
        for path in (self.creds("com.a"), self.creds("com.b"), os.path.join(self.dir, "hub", "nats-server.conf")):
            self.assertIn(f"  {path}\n", process.stdout.text)
        self.assertIn("reload", process.stdout.text)
        self.assertIn(f"once the server has its config: remaphore-fleet provision {self.dir}", process.stderr.text)
        old, new = (nkeys.parse_credentials(text) for text in (before, self.read("nodes", "com.a", "nats.creds")))
        self.assertEqual(old[1], new[1])  # the same user
        hub.signal(signal.SIGHUP)
        hub.stderr.wait_for("REMAPHORE_LOCKS: created")
        self.assertEqual(self.provision().stdout.lines, ["REMAPHORE: keeps remaphore.all for 24h, at most 64 MiB",
                                                         "REMAPHORE_LOCKS: keeps remaphore.lock.> for 10m"])
        self.as_node("com.a", "-s", "still here").expect_exit(OK)
        listener.stdout.wait_for("still here\n")

    def test_a_fleet_that_keeps_nothing_stays_so_until_it_is_changed(self):
        self.init("--keep", "0", "com.a")
        self.assertEqual(self.provision().stdout.text, "nothing is kept (--keep 0)\n")
        self.ready_hub()
        self.provision("--keep", "1h", code=FAILURE)
        self.assertIn("jetstream {", self.read("hub", "nats-server.conf"))
        self.provision("--keep", "0")
        self.assertNotIn("jetstream", self.read("hub", "nats-server.conf"))

    def test_nodes_whose_credentials_are_elsewhere_are_named(self):
        self.of_old("com.a", "com.b")
        os.unlink(self.creds("com.a"))
        self.ready_hub()
        process = self.provision(code=FAILURE)
        self.assertIn(self.creds("com.a"), process.stderr.text)
        self.assertIn(f"  {self.creds('com.b')}\n", process.stdout.text)

    def test_hand_written_lines_of_the_servers_config_stay(self):
        self.of_old("com.a")
        path = os.path.join(self.dir, "hub", "nats-server.conf")
        with open(path, "a") as file:
            file.write("max_payload: 2MB  # mine\n")
        self.provision(code=FAILURE)
        self.assertIn("max_payload: 2MB  # mine\n", self.read("hub", "nats-server.conf"))
        self.start(find_nats_server(), "-t", "-c", path).expect_exit(0)

    def test_the_user_that_makes_the_streams_can_do_nothing_else(self):
        self.init("com.a")
        log = self.path("log")
        with open(os.path.join(self.dir, "hub", "nats-server.conf"), "a") as file:
            file.write(f'trace: true\nlog_file: "{log}"\n')
        hub = self.tool("hub", self.dir)
        hub.stderr.wait_for("Ready")
        token = re.search(r'"jwt":"([^"]+)"', open(log).read()).group(1)
        claims = nkeys.claims_of(token)
        self.assertEqual(sorted(claims["nats"]["pub"]["allow"]),
                         sorted(f"$JS.API.STREAM.{what}.{stream}" for what in ("CREATE", "UPDATE", "INFO")
                                for stream in ("REMAPHORE", "REMAPHORE_LOCKS")))
        self.assertEqual(claims["nats"]["sub"], {"allow": [f"_INBOX.{claims['sub']}.*"]})
        self.assertEqual(claims["exp"] - claims["iat"], 3600)
        for folder, _, names in os.walk(self.dir):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    self.assertNotIn(token.encode(), file.read())
