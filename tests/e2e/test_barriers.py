"""Barriers: --count, --from, --any-status and --arrive."""

import json
import os
import random
import re
import signal
import subprocess
import threading

from case import FAILURE, NOTHING, OK, REMAPHORE, ROOT, USAGE, HubCase, environment, let_time_pass, wait_until
from stream_case import StreamCase

import wire
from relay import Relay
from terminal import OnTerminal

SOME, FAILED = 4, 5


class BarrierCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left = self.node("com.left")

    def others(self, *names, **options):
        return [self.foreign(f"com.{name}", **options) for name in names]

    def grouped(self, *lines):
        self.left.peers = [*self.left.peer_lines(), "[ Groups ]", *lines]

    def listen_for(self, *args, **options):
        return self.listen(self.left, *args, **options)


class Counting(BarrierCase):
    def test_count_waits_for_that_many_different_nodes(self):
        a, b, c = self.others("a", "b", "c")
        listener = self.listen_for("-u", "done", "--count", "3")
        for number, node in enumerate((a, b, c)):
            self.assertIsNone(listener.returncode)
            node.send(b"%d" % number, uuid=b"done")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.lines, ["0", "1", "2"])
        self.assertEqual(listener.stderr.lines, ["Ready"])

    def test_further_messages_of_a_node_are_received_and_count_once(self):
        a, b = self.others("a", "b")
        listener = self.listen_for("--count", "2")
        for payload in (b"one", b"two", b"three"):
            a.send(payload)
        listener.stdout.wait_lines(3)
        self.assertIsNone(listener.returncode)
        b.send(b"four")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.lines, ["one", "two", "three", "four"])

    def test_destinations_count_not_keys(self):
        a, b = self.others("a", "b")
        second = wire.Identity()
        self.left.peers = [*self.left.peer_lines(), f"com.a {second.public} [*]"]
        listener = self.listen_for("--count", "all", "-t", "20s")
        a.send(b"one")
        a.send(b"two", signer=second)
        listener.stdout.wait_lines(2)
        self.assertIsNone(listener.returncode)
        b.send(b"three")
        listener.expect_exit(OK)

    def test_all_and_a_percentage_are_of_the_configured_peers_rounded_up(self):
        nodes = self.others("a", "b", "c")
        for count, needed in (("all", 3), ("34%", 2), ("1%", 1)):
            with self.subTest(count=count):
                listener = self.listen_for("--count", count)
                for node in nodes[:needed - 1]:
                    node.send(b"here")
                listener.stdout.wait_lines(needed - 1)
                self.assertIsNone(listener.returncode)
                nodes[needed - 1].send(b"here")
                listener.expect_exit(OK)

    def test_only_verified_matching_messages_count(self):
        a, b = self.others("a", "b")
        stranger = wire.Identity()
        listener = self.listen_for("-u", "done", "-v", "ready", "--count", "2", "--verbose")
        right = {"uuid": b"done", "verb": "ready"}
        a.send(b"here", **right)
        b.send(b"other verb", uuid=b"done")
        b.send(b"other name", uuid=b"else", verb="ready")
        b.send(b"other node", destination="com.other", **right)
        b.send(b"nobody", signer=stranger, **right)
        listener.stderr.wait_for("ignored", count=4)
        self.assertIsNone(listener.returncode)
        b.send(b"there", **right)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.lines, ["here", "there"])


class Naming(BarrierCase):
    def test_from_waits_for_every_one_that_is_named(self):
        a, b, c = self.others("a", "b", "c")
        listener = self.listen_for("--from", "com.a,com.c")
        a.send(b"a")
        b.send(b"b")
        listener.stdout.wait_lines(2)
        self.assertIsNone(listener.returncode)
        c.send(b"c")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.lines, ["a", "b", "c"])

    def test_from_takes_groups_brackets_patterns_and_exclusions(self):
        self.others("db1", "db2", "web1", "web2")
        self.grouped("db com.db[1-2]")
        for names, missing in (("@db", "com.db1, com.db2"), ("com.web*", "com.web1, com.web2"),
                               ("com.db[1-2],com.web1,!com.db1", "com.db2, com.web1"), ("!@db", "com.web1, com.web2")):
            with self.subTest(names=names):
                listener = self.remaphore(self.left, "--from", names, "-t", "300ms").expect_exit(NOTHING)
                self.assertIn(f"remaphore: 0 of 2 arrived, not {missing}", listener.stderr.lines)

    def test_both_together_wait_for_as_many_of_these_as_that(self):
        a, b, c = self.others("web1", "web2", "db")
        listener = self.listen_for("--from", "com.web*", "--count", "50%")
        c.send(b"db")
        listener.stdout.wait_lines(1)
        self.assertIsNone(listener.returncode)
        b.send(b"web2")
        listener.expect_exit(OK)

    def test_more_than_there_are_is_a_usage_error_before_anything_is_waited_for(self):
        self.others("a", "b")
        self.left.servers = ["nats://127.0.0.1:1"]
        self.assert_refused(self.remaphore(self.left, "--count", "3"), USAGE, "--count", "3 must arrive", "only 2")
        self.assert_refused(self.remaphore(self.left, "--from", "com.a", "--count", "2"), USAGE, "--count", "only 1")

    def test_a_node_that_is_no_peer_is_a_usage_error(self):
        self.others("a")
        for names, *parts in (("com.a,com.nobody", "com.nobody"), ("@none", "none"), ("", "--from"),
                              ("com.a,", "empty"), ("com.[1-999999999]", "com.[1-999999999]")):
            with self.subTest(names=names):
                self.assert_refused(self.remaphore(self.left, "--from", names), USAGE, *parts)

    def test_a_malformed_count_is_a_usage_error(self):
        self.others("a")
        for count in ("0", "0%", "101%", "some"):
            self.assert_refused(self.remaphore(self.left, "--count", count), USAGE, "--count", count)

    def test_a_barrier_and_once_exclude_each_other(self):
        self.others("a")
        self.assert_refused(self.remaphore(self.left, "-o", "--count", "1"), USAGE, "-o", "--count")
        self.assert_refused(self.remaphore(self.left, "--exit-status", "--count", "1", "true"), USAGE, "--exit-status")

    def test_a_notice_names_nodes_that_may_not_send_the_verb(self):
        self.others("a")
        self.others("b", verbs="ping")
        listener = self.remaphore(self.left, "--from", "com.*", "-v", "ready", "-t", "300ms").expect_exit(NOTHING)
        self.assertIn("remaphore: 2 must arrive, but only 1 may send such a message to this node, not com.b",
                      listener.stderr.lines)
        listener = self.remaphore(self.left, "--from", "com.*", "-v", "ping", "-t", "300ms").expect_exit(NOTHING)
        self.assertNotIn("may send", listener.stderr.text)

    def test_peers_that_join_the_config_later_are_not_expected(self):
        a, = self.others("a")
        listener = self.listen_for("--count", "all")
        late = self.foreign("com.late")
        self.left.write()
        wait_until(lambda: late.send(b"late") and b"late" in listener.stdout.data, "the late one is a peer")
        self.assertIsNone(listener.returncode)
        a.send(b"a")
        listener.expect_exit(OK)


class Commands(BarrierCase):
    def test_a_command_runs_for_each_message_and_gets_the_number_of_arrivals(self):
        a, b, c = self.others("a", "b", "c")
        tell = self.script('echo "$REMAPHORE_PEER $REMAPHORE_ARRIVED of $REMAPHORE_EXPECTED"')
        listener = self.listen_for("--count", "3", tell)
        for node in (a, a, b, c):
            node.send(b"x")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.lines, ["com.a 1 of 3", "com.a 1 of 3", "com.b 2 of 3", "com.c 3 of 3"])

    def test_the_variables_are_set_at_a_barrier_only(self):
        a, = self.others("a")
        tell = self.script("env | grep -c 'REMAPHORE_ARRIVED\\|REMAPHORE_EXPECTED'")
        listener = self.listen_for("-o", tell, env={"REMAPHORE_ARRIVED": "9", "PATH": "/usr/bin:/bin"})
        a.send(b"x")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.lines, ["0"])

    def test_a_command_that_fails_does_not_count(self):
        a, b = self.others("a", "b")
        listener = self.listen_for("--count", "2", self.script('test "$2" = good'))
        a.send(b"bad")
        b.send(b"good")
        listener.stderr.wait_for("exit status 0")
        self.assertIsNone(listener.returncode)
        a.send(b"good")
        listener.expect_exit(FAILED)

    def test_any_status_counts_it(self):
        a, b = self.others("a", "b")
        listener = self.listen_for("--count", "2", "--any-status", self.script("exit 3"))
        a.send(b"x")
        b.send(b"x")
        listener.expect_exit(FAILED)

    def test_any_status_goes_with_a_barrier_and_a_command(self):
        self.others("a")
        self.assert_refused(self.remaphore(self.left, "--any-status", "true"), USAGE, "--any-status", "--count")
        self.assert_refused(self.remaphore(self.left, "--any-status", "--count", "1"), USAGE, "--any-status", "command")


class Ending(BarrierCase):
    def test_missing_nodes_are_named_at_the_timeout(self):
        a, *_ = self.others("a", "b", "c")
        listener = self.listen_for("--from", "com.*", "-t", "1s")
        a.send(b"x")
        listener.expect_exit(SOME)
        self.assertEqual(listener.stderr.lines, ["Ready", "remaphore: 1 of 3 arrived, not com.b, com.c"])

    def test_missing_nodes_are_named_at_a_signal(self):
        self.others("a", "b")
        listener = self.listen_for("--from", "com.*", "-q")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)
        self.assertEqual(listener.stderr.lines, ["Ready", "remaphore: 0 of 2 arrived, not com.a, com.b"])

    def test_the_number_of_missing_is_reported_if_none_were_named(self):
        a, *_ = self.others("a", "b", "c")
        listener = self.listen_for("--count", "3", "-t", "1s")
        a.send(b"x")
        listener.expect_exit(SOME)
        self.assertEqual(listener.stderr.lines, ["Ready", "remaphore: 1 of 3 arrived, 2 missing"])

    def test_no_arrival_is_exit_1(self):
        a, b = self.others("a", "b")
        listener = self.listen_for("--from", "com.b", "-t", "1s")
        a.send(b"x")
        listener.expect_exit(NOTHING)

    def test_a_node_whose_command_failed_is_exit_4_and_named(self):
        a, b = self.others("a", "b")
        listener = self.listen_for("--from", "com.*", "-t", "1s", "false")
        a.send(b"x")
        listener.expect_exit(SOME)
        self.assertIn("remaphore: 0 of 2 arrived, not com.a (command failed), com.b", listener.stderr.lines)

    def test_a_server_that_is_not_there_is_exit_3(self):
        self.others("a")
        self.left.servers = ["nats://127.0.0.1:1"]
        self.remaphore(self.left, "--count", "1", "-t", "500ms").expect_exit(FAILURE)

    def test_json_has_the_messages_the_missing_and_a_summary(self):
        a, b = self.others("a", "b")
        listener = self.listen_for("--from", "com.*", "--json", "-t", "1s")
        a.send(b"x")
        listener.expect_exit(SOME)
        objects = [json.loads(line) for line in listener.stdout.lines]
        self.assertEqual([one["type"] for one in objects], ["message", "missing", "summary"])
        self.assertEqual(objects[1], {"type": "missing", "destination": "com.b"})
        self.assertEqual(objects[2],
                         {"type": "summary", "received": 1, "dropped": 0, "arrived": 1, "expected": 2, "status": 4})

    def test_json_of_a_count_has_no_missing(self):
        a, b = self.others("a", "b")
        listener = self.listen_for("--count", "2", "--json")
        a.send(b"x")
        b.send(b"x")
        listener.expect_exit(OK)
        objects = [json.loads(line) for line in listener.stdout.lines]
        self.assertEqual([one["type"] for one in objects], ["message", "message", "summary"])
        self.assertEqual([objects[2][key] for key in ("arrived", "expected", "status")], [2, 2, 0])


class OnATerminal(BarrierCase):
    def listen_on_terminal(self, *args, **options):
        terminal = OnTerminal([REMAPHORE, "-c", self.left.write(), *args], env=environment(), cwd=self.folder,
                              **({"stdout": subprocess.PIPE} | options))
        self.addCleanup(terminal.close)
        return terminal

    def test_arrivals_are_shown(self):
        a, b = self.others("a", "b")
        terminal = self.listen_on_terminal("--from", "com.*", "-t", "20s")
        terminal.wait_for("0 of 2 arrived, 2 missing")
        screen = terminal.wait_for("Ready")
        a.send(b"x")
        screen = terminal.wait_for("1 of 2 arrived, 1 missing")
        rows = [line.split() for line in screen.lines if "com." in line]
        self.assertEqual([(row[1], row[-1]) for row in rows], [("arrived", "com.a"), ("waiting", "com.b")])
        b.send(b"x")
        terminal.expect_exit(OK)
        terminal.wait_for("2 of 2 arrived in ")

    def test_of_a_count_those_that_came_are_shown(self):
        a, b, c = self.others("a", "b", "c")
        terminal = self.listen_on_terminal("--count", "2")
        terminal.wait_for("0 of 2 arrived, 2 missing")
        terminal.wait_for("Ready")
        b.send(b"x")
        terminal.wait_for("1 of 2 arrived, 1 missing")
        self.assertEqual([line.split()[-1] for line in terminal.screen.lines if "com." in line], ["com.b"])
        c.send(b"x")
        terminal.expect_exit(OK)

    def test_nothing_is_shown_unless_wanted(self):
        a, = self.others("a")
        for args in (["--progress", "never"], ["-q"], ["sh", "-c", "echo by the command >&2"]):
            with self.subTest(args=args):
                terminal = self.listen_on_terminal("--count", "1", *args)
                terminal.wait_for("Ready")
                a.send(b"x")
                terminal.expect_exit(OK)
                self.assertFalse([line for line in terminal.screen.lines if "arrived" in line])


class Readme(BarrierCase):
    def test_a_barrier_of_backups_works_as_in_the_readme(self):
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            lines = [re.split(r"  +", line.strip())[0] for line in file if "backup_done" in line]
        signal_line, group_line, count_line = lines
        databases = [self.node(f"com.db{number}") for number in range(3)]
        self.grouped("db com.db*")
        ship = self.script("echo shipped", name="ship")
        self.script(f'exec {REMAPHORE} -c "$CONFIG" "$@"', name="remaphore")

        def shell(node, line):
            path = f"{self.folder}:{environment()['PATH']}"
            return self.start("/bin/sh", "-c", line, env=environment(CONFIG=node.write(), PATH=path))

        self.assertTrue(os.path.exists(ship))
        waiting = [shell(self.left, line).wait_ready() for line in (group_line, count_line)]
        for database in databases:
            shell(database, signal_line).expect_exit(OK)
        for process in waiting:
            process.expect_exit(OK)
        self.assertEqual(waiting[0].stdout.lines, ["shipped"])


class Arriving(HubCase):
    def nodes(self, count):
        return [self.node(f"com.n{number}") for number in range(count)]

    def arrive(self, node, *args, **options):
        return self.remaphore(node, "--arrive", "-u", "meet", *args, **options)

    def test_two_meet_in_either_order(self):
        for pair in (self.nodes(2), self.nodes(2)[::-1]):
            first = self.arrive(pair[0], "--from", f"{pair[0].destination},{pair[1].destination}").wait_ready()
            second = self.arrive(pair[1], "--from", pair[0].destination)
            for process in (first, second):
                process.expect_exit(OK)

    def test_we_count_and_our_signal_has_the_name_verb_subject_and_payload_that_we_wait_for(self):
        left, ear = self.node("com.left"), self.foreign("com.ear").subscribe("part")
        payload = self.file("payload", b"any\0bytes")
        process = self.arrive(left, "--count", "2", "-v", "ready", "-S", "part", "--payload-file", payload)
        first = ear.next()
        self.assertEqual((first.uuid, first.verb, first.payload, first.flag), (b"meet", b"ready", b"any\0bytes", b"_"))
        ear.send(b"me", part="part", uuid=b"meet", verb="ready")
        self.assertEqual(ear.next().payload, b"me")
        again = ear.next()
        self.assertEqual((again.uuid, again.verb, again.payload), (first.uuid, first.verb, first.payload))
        self.assertGreater(again.time_ns, first.time_ns)
        process.expect_exit(OK)
        self.assertEqual(process.stdout.data, b"me\n")

    def test_the_signal_is_sent_once_the_subscription_is_confirmed(self):
        left, ear = self.node("com.left"), self.foreign("com.ear").subscribe()
        for _ in range(5):
            process = self.arrive(left, "--count", "2")
            ear.next()
            ear.send(b"an answer", uuid=b"meet")  # it is received, as whatever is sent after the signal
            process.expect_exit(OK)
            self.assertEqual(process.stdout.data, b"an answer\n")
            self.assertEqual(ear.next().payload, b"an answer")
            ear.next()

    def test_the_signal_is_sent_at_most_once_a_second(self):
        left, ear = self.node("com.left"), self.foreign("com.ear").subscribe()
        others = [self.foreign(f"com.o{number}") for number in range(3)]
        process = self.arrive(left, "--count", "all")
        times = [ear.next().time_ns]
        for other in (*others, ear):
            other.send(b"", uuid=b"meet")
        process.expect_exit(OK)
        signals = [message for message in (ear.next() for _ in range(5)) if message.public == left.public]
        self.assertEqual(len(signals), 1, "one for all four")
        self.assertGreaterEqual(signals[0].time_ns - times[0], 1_000_000_000)

    def test_an_identity_that_may_use_the_verb_is_needed(self):
        left = self.node("com.left", verbs="ping")
        self.node("com.right")
        self.assert_refused(self.arrive(left, "--count", "2", "-v", "deploy"), USAGE, "deploy")

    def test_it_signals_with_one_verb(self):
        left, _ = self.nodes(2)
        self.assert_refused(self.arrive(left, "--count", "2", "-v", "a,b"), USAGE, "--arrive", "one verb")

    def test_it_goes_with_a_barrier_only(self):
        left, _ = self.nodes(2)
        self.assert_refused(self.arrive(left), USAGE, "--arrive", "--count or --from")

    def test_a_payload_file_of_a_listener_goes_with_arrive_only(self):
        left, _ = self.nodes(2)
        path = self.file("payload", "x")
        self.assert_refused(self.remaphore(left, "--count", "1", "--payload-file", path), USAGE, "--payload-file",
                            "--arrive")

    def test_a_payload_file_that_cannot_be_read_is_named(self):
        left, _ = self.nodes(2)
        self.assert_refused(self.arrive(left, "--count", "2", "--payload-file", "/nonexistent"), USAGE, "/nonexistent")

    def test_missing_nodes_are_named_and_we_are_not(self):
        left, _ = self.nodes(2)
        process = self.arrive(left, "--from", "com.n*", "-t", "500ms").expect_exit(NOTHING)
        self.assertIn("remaphore: 1 of 2 arrived, not com.n1", process.stderr.lines)

    def test_a_restarted_server_does_not_keep_them_apart(self):
        server = self.server()
        fleet = self.make_fleet(server)
        nodes = [fleet.node(f"com.n{number}") for number in range(4)]
        early = [self.arrive(node, "--count", "all").wait_ready() for node in nodes[:3]]
        server.restart()
        for process in (*early, self.arrive(nodes[3], "--count", "all")):
            process.expect_exit(OK)


class Late(StreamCase):
    """Nodes that come after the others have gone, and find what a stream has kept."""

    def setUp(self):
        super().setUp()
        self.left, self.a, self.b = self.node("com.left"), self.foreign("com.a"), self.foreign("com.b")

    def test_signals_that_are_kept_count(self):
        self.a.send(b"a", uuid=b"done")
        self.streams.wait_kept(self.streams.messages, 1)
        late = self.remaphore(self.left, "-u", "done", "--from", "com.*", "--since", "1h").wait_ready()
        self.assertIsNone(late.returncode)
        self.b.send(b"b", uuid=b"done")
        late.expect_exit(OK)
        self.assertEqual(late.stdout.lines, ["a", "b"])

    def test_a_command_that_fails_for_a_kept_signal_is_exit_5(self):
        self.a.send(b"a", uuid=b"done")
        self.streams.wait_kept(self.streams.messages, 1)
        words = ("-u", "done", "--from", "com.a", "--any-status", "--since", "1h", "--state", self.path("state"),
                 "false")
        self.remaphore(self.left, *words).expect_exit(FAILED)

    def test_one_that_was_killed_comes_back_when_the_other_has_left(self):
        nodes = [self.node(f"com.n{number}") for number in range(2)]
        words = ("--arrive", "-u", "meet", "--from", "com.n[0-1]", "--since", "1h")
        killed = self.remaphore(nodes[0], *words)
        self.streams.wait_kept(self.streams.messages, 1)
        killed.signal(signal.SIGKILL)
        killed.wait_exit()
        self.remaphore(nodes[1], *words).expect_exit(OK)
        self.streams.wait_kept(self.streams.messages, 2)
        self.remaphore(nodes[0], *words).expect_exit(OK)

    def test_the_last_to_arrive_finds_all_and_signals_too(self):
        for number, node in enumerate((self.a, self.b)):
            node.send(b"here", uuid=b"meet")
            self.streams.wait_kept(self.streams.messages, number + 1)
        self.remaphore(self.left, "--arrive", "-u", "meet", "--from", "com.*", "--since", "1h").expect_exit(OK)
        self.streams.wait_kept(self.streams.messages, 3)


class Crowds(HubCase):
    """Twenty real nodes, in any order."""

    def setUp(self):
        super().setUp()
        self.random = random.Random(4)
        self.nodes = [self.node(f"com.n{number}") for number in range(20)]
        for node in self.nodes:
            node.write()

    def arrive(self, node, name):
        return self.command("-c", node.config, "--arrive", "-u", name, "--from", "com.n[0-19]", "-q", "-t", "60s")

    def test_of_twenty_nodes_those_that_were_killed_or_stay_silent_are_named(self):
        admin = self.node("com.admin")
        process = self.remaphore(admin, "-u", "backup_done", "--from", "com.n[0-19]", "--json").wait_ready()
        signals = {number: self.remaphore(node, "-s", "-u", "backup_done", "--stdin", stdin=subprocess.PIPE)
                   for number, node in enumerate(self.nodes) if number != 9}
        signals[3].signal(signal.SIGKILL)
        signals[3].wait_exit()
        slow = signals.pop(11)
        for number in [number for number in signals if number != 3]:
            signals[number].popen.stdin.close()
            signals[number].expect_exit(OK)
        self.send(self.nodes[5], "-u", "backup_done")  # once more
        process.stdout.wait_lines(18)
        slow.popen.stdin.close()
        slow.expect_exit(OK)
        process.stdout.wait_lines(19)
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM)
        self.assert_error_line(process, "18 of 20 arrived, not com.n3, com.n9")

    def test_twenty_nodes_meet_whatever_the_order(self):
        for turn in range(5):
            self.random.shuffle(self.nodes)
            processes = []
            for node in self.nodes:
                processes.append(self.arrive(node, f"turn{turn}"))
                if self.random.random() < 0.2:
                    let_time_pass(self.random.random() / 2)
            for process in processes:
                process.expect_exit(OK, within=60)

    def test_twenty_nodes_meet_though_some_are_killed_and_come_back(self):
        for turn in range(2):
            self.random.shuffle(self.nodes)
            *early, last = self.nodes
            processes = {node: self.arrive(node, f"kill{turn}") for node in early}
            for node in self.random.sample(early, 6):
                processes[node].wait_ready()
                processes[node].signal(signal.SIGKILL)
                processes[node].wait_exit()
                processes[node] = self.arrive(node, f"kill{turn}")
            processes[last] = self.arrive(last, f"kill{turn}")
            for process in processes.values():
                process.expect_exit(OK, within=60)

    def test_twenty_nodes_meet_though_links_break(self):
        host, port = self.hub().address.split(":")
        relays = {}
        for node in self.nodes:
            relays[node] = Relay((host, int(port)))
            self.addCleanup(relays[node].close)
            node.servers = [relays[node].url]
            node.settings["announced_servers"] = "no"
            node.write()
        for turn in range(2):
            self.random.shuffle(self.nodes)
            *early, last = self.nodes
            processes = {node: self.arrive(node, f"break{turn}") for node in early}
            for node in self.random.sample(early, 8):
                relays[node].cut()
                threading.Timer(self.random.random(), relays[node].mend).start()
            for node in early:
                wait_until(lambda node=node: relays[node].pairs, "the link is mended")
            processes[last] = self.arrive(last, f"break{turn}")
            for process in processes.values():
                process.expect_exit(OK, within=60)
