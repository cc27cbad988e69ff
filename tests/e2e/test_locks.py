"""`remaphore --lock`, `--locks` and `--break` against the real server: one at a time, in order, with nothing left
over."""

import json
import os
import signal
import subprocess

from case import FAILURE, NOTHING, OK, REMAPHORE, ROOT, USAGE, environment, let_time_pass, wait_until
from lock_case import CONFLICT, LEASE, LEASE_SECONDS, LOST, TIMED_OUT, LockCase

import readme
import wire
from process import descriptors_of, is_alive, marked
from streams import SECOND, StreamFleet

TRUE = "/bin/true"


class Taking(LockCase):
    def test_a_command_runs_under_a_lock_that_is_free_and_its_output_is_ours(self):
        process = self.lock("left", "/bin/sh", "-c", "echo out; echo err >&2").expect_exit(OK)
        self.assertEqual((process.stdout.data, process.stderr.data), (b"out\n", b"err\n"))

    def test_its_exit_status_is_ours(self):
        self.lock("left", "/bin/sh", "-c", "exit 42").expect_exit(42)
        self.lock("left", "/bin/sh", "-c", "kill -TERM $$").expect_exit(-signal.SIGTERM)
        self.lock("left", "/bin/sh", "-c", "kill -USR1 $$").expect_exit(128 + signal.SIGUSR1)

    def test_a_command_that_is_not_there_is_127_and_gives_the_lock_back(self):
        process = self.lock("left", "/nonexistent/command").expect_exit(127)
        self.assert_error_line(process, "/nonexistent/command", "not found")
        self.lock("right", "--no-wait", TRUE).expect_exit(OK)

    def test_the_next_waits_until_the_command_has_ended(self):
        first = self.hold("left", seconds=-1)
        second = self.queue("right")
        let_time_pass(0.3)
        self.assertEqual(self.spans_of("right"), [])
        first.signal(signal.SIGTERM)
        first.expect_exit(OK)
        second.expect_exit(OK)
        self.judge(queue=["left", "right"])

    def test_two_of_the_same_node_exclude_each_other(self):
        first = self.hold("left1")
        second = self.queue("left2")
        let_time_pass(0.3)
        self.assertEqual(self.spans_of("left2"), [])
        first.signal(signal.SIGTERM)
        second.expect_exit(OK)
        self.judge(queue=["left1", "left2"])

    def test_the_first_in_the_queue_is_served_first(self):
        first = self.hold("left")
        names = [f"{who}{number}" for number in range(3) for who in ("right", "third", "left")]
        waiting = [self.queue(name) for name in names]
        first.signal(signal.SIGTERM)
        for process in waiting:
            process.expect_exit(OK)
        self.judge(queue=["left", *names])
        self.assertEqual([span.who for span in self.spans()], ["left", *names])

    def test_as_many_run_at_once_as_there_are_slots(self):
        running = [self.hold(who, "--slots", "2") for who in ("left", "right")]
        third = self.queue("third", "--slots", "2")
        let_time_pass(0.3)
        self.assertEqual(self.spans_of("third"), [])
        running[1].signal(signal.SIGTERM)
        third.expect_exit(OK)
        running[0].signal(signal.SIGTERM)
        running[0].expect_exit(OK)
        self.judge(slots=2)

    def test_another_number_of_slots_is_a_usage_error_that_names_both(self):
        self.hold("left", "--slots", "2")
        process = self.lock("right", "--slots", "3", TRUE)
        self.assert_refused(process, USAGE, "com.x.left", "2")

    def test_locks_of_other_names_are_not_in_the_way(self):
        self.hold("left")
        self.lock("right", "--no-wait", TRUE, name="other").expect_exit(OK)

    def test_the_fence_rises(self):
        fences = [int(self.lock(who, "/bin/sh", "-c", "echo $REMAPHORE_FENCE").expect_exit(OK).stdout.data)
                  for who in ("left", "right", "left")]
        self.assertEqual(fences, sorted(set(fences)))
        self.assertLess(fences[-1], 2 ** 63)

    def test_the_fence_rises_also_when_the_stream_was_lost(self):
        read = lambda: int(self.lock("left", "/bin/sh", "-c", "echo $REMAPHORE_FENCE").expect_exit(OK).stdout.data)
        before = read()
        let_time_pass(1.1)  # the high part is the second in which the stream was made
        self.streams.purge(self.streams.locks)
        self.assertGreater(read(), before)

    def test_nothing_but_a_released_entry_is_left(self):
        self.lock("left", TRUE).expect_exit(OK)
        for _, raw in self.streams.entries("nightly").values():
            self.assertEqual(json.loads(wire.decode(raw).payload)["state"], "gone")


class Entries(LockCase):
    """The content of the stream, read by an independent reader of the wire format."""

    def assert_passed_over(self, who="left", **options):
        """An entry that does not verify may have replaced a holder's: it is passed over when the holder's lease has run
        out."""
        self.lock(who, "--lease", LEASE, "--wait", "15s", TRUE, **options).expect_exit(OK)

    def test_an_entry_is_signed_and_bound_to_its_place(self):
        self.hold("left")
        (subject, (_, raw)), = self.streams.entries("nightly").items()
        message = wire.decode(raw)
        self.assertTrue(message.holds())
        self.assertEqual(message.public, self.nodes["left"].public)
        self.assertEqual(message.verb, b"lock")
        self.assertEqual(message.destination, b"**")
        self.assertEqual(message.uuid, wire.hashlib.sha256(subject.encode()).digest()[:wire.UUID_BYTES])
        self.assertRegex(subject, rf"^{self.fleet.subject}\.lock\.nightly\.[0-9a-f]{{32}}$")

    def test_an_entry_copied_to_the_broadcast_subject_runs_nothing(self):
        listener = self.listen(self.nodes["admin"], "/bin/sh", "-c", 'printf "%s\\n" "$2"', "sh")
        self.hold("left", "--lease", LEASE)
        (_, (_, raw)), = self.streams.entries("nightly").items()
        self.streams.api.client.publish(f"{self.fleet.subject}.all", raw)
        self.send(self.nodes["left"], "good")
        listener.stdout.wait_for("good\n")
        self.assertEqual(listener.stdout.data, b"good\n")

    def test_the_holder_refreshes_its_entry(self):
        self.hold("left", "--lease", LEASE)
        (_, (before, _)), = self.streams.entries("nightly").items()
        wait_until(lambda: next(iter(self.streams.entries("nightly").values()))[0] > before + 1, "two refreshes", 10)

    def test_an_unsigned_entry_is_ignored(self):
        self.streams.api.put(f"{self.fleet.subject}.lock.nightly.{'0' * 32}", b"garbage")
        self.assert_passed_over()

    def test_an_entry_of_a_stranger_is_ignored(self):
        subject = f"{self.fleet.subject}.lock.nightly.{'0' * 32}"
        body = {"v": 1, "state": "held", "beat": 1, "slots": 1, "lease_ms": 30000, "who": "com.x.left", "host": "h",
                "pid": 1, "ticket": 1, "fence": 5, "since": 0}
        raw = wire.build(wire.Identity(), json.dumps(body).encode(), verb="lock",
                         uuid=wire.hashlib.sha256(subject.encode()).digest()[:wire.UUID_BYTES])
        self.streams.api.put(subject, raw)
        self.assert_passed_over()

    def test_an_entry_that_was_copied_to_another_place_is_ignored(self):
        first = self.hold("left", "--lease", LEASE)
        (_, (_, raw)), = self.streams.entries("nightly").items()
        self.streams.api.put(f"{self.fleet.subject}.lock.other.{'1' * 32}", raw)
        self.assert_passed_over(who="right", name="other")
        first.signal(signal.SIGTERM)

    def test_garbage_over_its_entry_does_not_take_the_lock_from_a_holder(self):
        first = self.hold("left", "--lease", LEASE)
        (subject, _), = self.streams.entries("nightly").items()
        second = self.queue("right", "--lease", LEASE)
        for _ in range(5):
            self.streams.api.put(subject, b"garbage")
            let_time_pass(0.2)
        self.assertEqual(self.spans_of("right"), [])
        first.signal(signal.SIGTERM)
        first.expect_exit(OK)
        second.expect_exit(OK)
        self.judge(queue=["left", "right"])


class Rights(LockCase):
    def test_without_an_identity_that_may_lock_it_is_a_usage_error(self):
        self.nodes["left"].identities = [(self.nodes["left"].identity, "ping")]
        self.assert_refused(self.lock("left", TRUE), USAGE, "lock")

    def test_the_verb_of_one_lock_is_enough_for_that_one(self):
        self.nodes["left"].identities = [(self.nodes["left"].identity, "lock.nightly")]
        self.nodes["left"].verbs = "lock.nightly"
        self.lock("left", TRUE).expect_exit(OK)
        self.assert_refused(self.lock("left", TRUE, name="other"), USAGE, "lock.other")

    def test_rights_do_not_tell_upper_from_lower_case_but_locks_do(self):
        self.nodes["left"].identities = [(self.nodes["left"].identity, "lock.nightly")]
        self.nodes["left"].verbs = "lock.nightly"
        holder = self.hold("right", name="nightly")
        self.lock("left", "--no-wait", TRUE, name="Nightly").expect_exit(OK)
        self.lock("left", "--no-wait", TRUE).expect_exit(CONFLICT)
        holder.signal(signal.SIGTERM)

    def test_a_peer_that_may_not_lock_holds_nothing_for_the_others(self):
        self.nodes["right"].peers = [f"com.x.left {self.nodes['left'].public} [ping]"]
        holder = self.hold("left")
        self.lock("right", "--lease", LEASE, "--wait", "15s", TRUE).expect_exit(OK)
        holder.expect_exit(LOST)
        self.assert_error_line(holder, "nightly is lost")

    def test_a_name_is_letters_digits_dashes_and_underscores(self):
        for name in ("a.b", "a b", "*", ">", "x" * 65, "ä"):
            with self.subTest(name=name):
                self.assert_refused(self.lock("left", TRUE, name=name), USAGE)
        self.lock("left", TRUE, name="A-z_09" + "x" * 58).expect_exit(OK)

    def test_an_empty_name_is_an_error_and_runs_nothing(self):
        self.assert_refused(self.lock("left", "/bin/sh", "-c", ">ran", name=""), USAGE)
        self.assertFalse(os.path.exists(self.path("ran")))


class Environment(LockCase):
    """The command runs as it would without us."""

    def run_shell(self, script, *args, **options):
        return self.lock("left", *args, "/bin/sh", "-c", script, **options)

    def test_it_gets_the_name_the_fence_and_the_slots_and_all_that_we_have(self):
        process = self.run_shell("env", "--slots", "3",
                                 env=environment(OTHER="kept", REMAPHORE_MSG="kept")).expect_exit(OK)
        found = dict(line.split("=", 1) for line in process.stdout.lines)
        self.assertEqual((found["REMAPHORE_LOCK"], found["REMAPHORE_SLOTS"]), ("nightly", "3"))
        self.assertEqual((found["OTHER"], found["REMAPHORE_MSG"]), ("kept", "kept"))
        self.assertGreater(int(found["REMAPHORE_FENCE"]), 0)

    def test_it_reads_our_standard_input(self):
        process = self.lock("left", "cat", stdin=subprocess.PIPE)
        process.popen.stdin.write(b"given\n")
        process.popen.stdin.close()
        process.popen.stdin = None
        self.assertEqual(process.expect_exit(OK).stdout.data, b"given\n")

    def test_no_descriptor_of_ours_is_left_in_it_and_those_of_our_caller_are(self):
        read_end, write_end = os.pipe()
        process = self.hold("left", pass_fds=[write_end])
        os.close(write_end)
        found = descriptors_of(self.command_of(process))
        os.close(read_end)
        self.assertEqual(sorted(number for number in found if number not in (0, 1, 2)),
                         sorted([write_end, *(n for n, link in found.items() if link == self.log)]), found)

    def test_its_resource_limits_and_signals_are_ours(self):
        script = ("ulimit -c; while read name value; do case $name in SigBlk:) echo $value;; "
                  "SigIgn:) echo ${value#?????????};; esac; done </proc/$$/status")
        plain = self.start("/bin/sh", "-c", script).expect_exit(OK)
        self.assertEqual(self.run_shell(script).expect_exit(OK).stdout.data, plain.stdout.data)

    def test_signals_that_ask_us_to_end_are_passed_on_to_it(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(signal=number):
                process = self.run_shell("trap 'exit 9' TERM INT HUP QUIT; echo up; while :; do sleep 0.01; done")
                process.stdout.wait_for("up")
                process.signal(number)
                process.expect_exit(9)

    def test_every_interrupt_is_passed_on(self):
        process = self.run_shell("trap 'echo got' INT; echo up; while :; do sleep 0.01; done")
        process.stdout.wait_for("up")
        for count in (1, 2, 3):
            process.signal(signal.SIGINT)
            process.stdout.wait_for("got", count=count)
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM)

    def test_nothing_of_it_is_left_when_it_has_ended(self):
        self.lock("left", TRUE, env=environment(LOCK_TEST=self.folder)).expect_exit(OK)
        wait_until(lambda: not marked("LOCK_TEST", self.folder), "the guard is gone too")

    def test_its_background_processes_live_on_without_the_lock(self):
        process = self.run_shell("sleep 60 >/dev/null 2>&1 & echo $!").expect_exit(OK)
        pid = int(process.stdout.data)
        try:
            self.assertTrue(is_alive(pid))
            self.lock("right", "--no-wait", TRUE).expect_exit(OK)
        finally:
            os.kill(pid, signal.SIGKILL)


class Bounds(LockCase):
    def test_no_wait_is_75_and_names_the_holder(self):
        self.hold("left")
        process = self.lock("right", "--no-wait", TRUE).expect_exit(CONFLICT)
        self.assert_error_line(process, "nightly is held by com.x.left", f"({os.uname().nodename}, pid ", "since 20",
                               "1 ahead")
        self.assertEqual(self.lock("right", "--no-wait", "--conflict-exit-status", "0", TRUE).wait_exit(), 0)

    def test_wait_bounds_the_waiting_only(self):
        process = self.lock("left", "--wait", "500ms", "/bin/sleep", "0.8")
        process.expect_exit(OK)
        holder = self.hold("left")
        process = self.lock("right", "--wait", "300ms", TRUE).expect_exit(CONFLICT)
        self.assertGreater(process.seconds, 0.3)
        self.assertLess(process.seconds, 3)
        holder.signal(signal.SIGTERM)

    def test_a_node_that_gave_up_is_not_in_the_way(self):
        holder = self.hold("left")
        self.lock("right", "--wait", "200ms", TRUE).expect_exit(CONFLICT)
        third = self.queue("third")
        holder.signal(signal.SIGTERM)
        third.expect_exit(OK)

    def test_a_timeout_bounds_the_command_too(self):
        process = self.lock("left", "-t", "700ms", "/bin/sleep", "60").expect_exit(TIMED_OUT)
        self.assertLess(process.seconds, 5)
        self.lock("right", "--no-wait", TRUE).expect_exit(OK)

    def test_a_timeout_kills_a_command_that_does_not_end(self):
        process = self.lock("left", "-t", "500ms", "/bin/sh", "-c", "trap '' TERM; while :; do sleep 0.1; done")
        process.expect_exit(TIMED_OUT)
        self.assertGreater(process.seconds, 2.4)
        self.assertLess(process.seconds, 8)

    def test_a_timeout_bounds_the_waiting_too(self):
        self.hold("left")
        self.lock("right", "-t", "300ms", TRUE).expect_exit(TIMED_OUT)

    def test_a_signal_while_it_waits_ends_it(self):
        self.hold("left")
        process = self.queue("right")
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM)
        self.assertEqual(self.spans_of("right"), [])

    def test_without_a_terminal_one_line_names_the_holder(self):
        holder = self.hold("left")
        waiting = self.queue("right")
        waiting.stderr.wait_for("waiting: nightly is held by com.x.left")
        holder.signal(signal.SIGTERM)
        waiting.expect_exit(OK)
        self.assertEqual(len(waiting.stderr.lines), 1, waiting)

    def test_quiet_prints_nothing_while_it_waits(self):
        holder = self.hold("left")
        waiting = self.queue("right", "-q")
        holder.signal(signal.SIGTERM)
        waiting.expect_exit(OK)
        self.assertEqual(waiting.stderr.data, b"")


class WithoutACommand(LockCase):
    def test_it_is_ready_when_it_holds_and_ends_with_standard_input(self):
        process = self.lock("left", stdin=subprocess.PIPE).wait_ready()
        self.lock("right", "--no-wait", TRUE).expect_exit(CONFLICT)
        process.popen.stdin.write(b"anything\n")
        process.popen.stdin.close()
        process.popen.stdin = None
        process.expect_exit(OK)
        self.lock("right", "--no-wait", TRUE).expect_exit(OK)

    def test_it_ends_with_a_signal_and_gives_the_lock_back(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(signal=number):
                process = self.lock("left", stdin=subprocess.PIPE).wait_ready()
                process.signal(number)
                process.expect_exit(-number)
                self.lock("right", "--no-wait", TRUE).expect_exit(OK)

    def test_dev_null_and_files_are_no_sign_of_anybody(self):
        for stdin in (subprocess.DEVNULL, open(self.file("empty", b""))):
            with self.subTest(stdin=stdin):
                process = self.lock("left", stdin=stdin).wait_ready()
                self.lock("right", "--no-wait", TRUE).expect_exit(CONFLICT)
                self.assertIsNone(process.returncode)
                process.signal(signal.SIGTERM)
                process.expect_exit(-signal.SIGTERM)
                if stdin is not subprocess.DEVNULL:
                    stdin.close()

    def test_it_is_not_ready_while_it_waits(self):
        holder = self.hold("left")
        ready = self.path("ready")
        process = self.lock("right", "--ready-file", ready, stdin=subprocess.PIPE)
        process.stderr.wait_for("waiting:")
        self.assertFalse(os.path.exists(ready))
        holder.signal(signal.SIGTERM)
        process.wait_ready()
        wait_until(lambda: os.path.exists(ready), "the ready file")
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM)
        self.assertFalse(os.path.exists(ready))

    def test_json_reports_each_state(self):
        holder = self.hold("left")
        process = self.lock("right", "--json", stdin=subprocess.PIPE)
        process.stdout.wait_for('"holder"')
        holder.signal(signal.SIGTERM)
        process.wait_ready()
        process.popen.stdin.close()
        process.popen.stdin = None
        process.expect_exit(OK)
        objects = [json.loads(line) for line in process.stdout.lines]
        states = [found["state"] for found in objects]
        self.assertEqual((states[0], states[-2:]), ("waiting", ["held", "released"]))
        self.assertGreater(objects[-2]["fence"], 0)


class Losing(LockCase):
    """No process of a command lives when another node may hold the lock."""

    def test_out_of_touch_for_too_long_is_76_and_the_command_has_ended_before(self):
        server = self.stream_server()
        fleet = self._fleet = self.make_fleet(server)
        self.nodes = {who: self.node(f"com.x.{who}") for who in ("left", "right")}
        process = self.hold("left", "--lease", LEASE)
        server.freeze()
        process.expect_exit(LOST, within=10)
        self.assert_error_line(process, "lost", "nightly", "1.")
        server.thaw()
        self.judge()
        self.assertIsNotNone(self.spans_of("left")[0].end)
        self.assertIs(fleet, self.fleet)

    def test_a_command_is_asked_to_end_once(self):
        server = self.stream_server()
        self._fleet = self.make_fleet(server)
        self.nodes = {"left": self.node("com.x.left")}
        script = "trap 'echo asked' TERM; echo up; while :; do sleep 0.01; done"
        process = self.lock("left", "--lease", LEASE, "/bin/sh", "-c", script)
        process.stdout.wait_for("up")
        server.freeze()
        process.expect_exit(LOST, within=20)
        self.assertEqual(process.stdout.data, b"up\nasked\n")
        server.thaw()

    def test_a_server_that_comes_back_in_time_has_no_effect(self):
        server = self.stream_server()
        self._fleet = self.make_fleet(server)
        self.nodes = {who: self.node(f"com.x.{who}") for who in ("left", "right")}
        process = self.hold("left", "--lease", "6s")
        server.restart()
        let_time_pass(3)
        self.streams.forget_connection()
        second = self.lock("right", "--no-wait", TRUE).expect_exit(CONFLICT)
        self.assertEqual(second.stdout.data, b"")
        process.signal(signal.SIGTERM)
        process.expect_exit(OK)

    def test_a_killed_holders_command_ends_before_the_next_begins(self):
        holder = self.hold("left", "--lease", LEASE)
        second = self.queue("right", "--lease", LEASE)
        self.watch(self.command_of(holder))
        holder.signal(signal.SIGKILL)
        second.expect_exit(OK, within=15)
        self.judge(queue=["left", "right"])

    def test_the_guard_has_no_name_that_a_kill_by_name_of_ours_would_find(self):
        _, names = self.guard_of(self.hold("left", "--lease", LEASE))
        self.assertEqual(names, (b"lock-guard\n", b"lock-guard\0"))

    def test_a_stopped_holders_command_ends_before_the_next_begins(self):
        holder = self.hold("left", "--lease", LEASE)
        second = self.queue("right", "--lease", LEASE)
        self.watch(self.command_of(holder))
        holder.signal(signal.SIGSTOP)
        second.expect_exit(OK, within=15)
        holder.signal(signal.SIGCONT)
        holder.expect_exit(LOST, within=15)
        self.judge(queue=["left", "right"])

    def test_a_holder_whose_entry_has_expired_ends_if_another_has_taken_the_lock(self):
        holder = self.hold("left", "--lease", "9s")
        self.streams.update(self.streams.locks, max_age=SECOND // 10)  # as if the server's clock had stepped ahead
        wait_until(lambda: not self.streams.entries("nightly"), "all have expired")
        self.streams.update(self.streams.locks)
        second = self.hold("right", "--lease", "9s")
        holder.expect_exit(LOST, within=15)
        self.assert_error_line(holder, "lost", "com.x.right holds it now")
        second.signal(signal.SIGTERM)
        second.expect_exit(OK)

    def test_a_waiter_that_was_killed_is_passed_over(self):
        holder = self.hold("left", "--lease", LEASE)
        second = self.queue("right", "--lease", LEASE)
        third = self.queue("third", "--lease", LEASE)
        second.signal(signal.SIGKILL)
        let_time_pass(LEASE_SECONDS * 1.5)
        holder.signal(signal.SIGTERM)
        third.expect_exit(OK, within=15)

    def test_a_waiter_that_was_stopped_queues_again(self):
        holder = self.hold("left", "--lease", LEASE)
        second = self.queue("right", "--lease", LEASE)
        third = self.queue("third", "--lease", LEASE)
        second.signal(signal.SIGSTOP)
        let_time_pass(LEASE_SECONDS * 1.5)
        holder.signal(signal.SIGTERM)
        third.expect_exit(OK, within=15)
        second.signal(signal.SIGCONT)
        second.expect_exit(OK, within=15)
        self.judge(queue=["left", "third", "right"])


class Fencing(LockCase):
    """The resource that the README shows."""

    def setUp(self):
        super().setUp()
        self.script("echo backed up", name="backup")
        left = self.nodes["left"].write()
        self.typed = (f'remaphore() {{ {REMAPHORE} -c {left} "$@"; }}\n' +
                      readme.fence().replace("/srv/backup", self.folder))

    def back_up(self, code=OK):
        return self.start("/bin/sh", "-euc", self.typed).expect_exit(code)

    def test_it_takes_the_numbers_of_later_holders(self):
        for _ in range(2):
            self.assertEqual(self.back_up().stdout.data, b"backed up\n")

    def test_it_refuses_a_lower_number_and_the_same_again(self):
        self.back_up()
        with open(self.path("fence")) as file:
            last = int(file.read())
        for seen in (last + 2**31, 2**63 - 1):
            self.file("fence", f"{seen}\n")
            refused = self.back_up(code=1)
            self.assertEqual((refused.stdout.data, refused.stderr.data), (b"", b"a later holder has written\n"))
        same = self.typed.replace("sh -c '", "sh -c 'REMAPHORE_FENCE=$(cat fence)")
        self.assertNotEqual(same, self.typed)
        self.start("/bin/sh", "-euc", same).expect_exit(1)

    def test_the_man_page_shows_the_same_one(self):
        with open(os.path.join(ROOT, "doc", "remaphore.1.scd"), encoding="utf-8") as file:
            self.assertIn(readme.fence(), file.read())


class Barred(LockCase):
    def test_no_stream_is_3_with_the_remedy(self):
        self.streams.delete(self.streams.locks)
        self.assert_refused(self.lock("left", TRUE), FAILURE, "remaphore-fleet")

    def test_jetstream_off_is_3_with_the_remedy(self):
        server = self.server()
        self._fleet = StreamFleet(server, self.folder, "off", create=False)
        self.addCleanup(self._fleet.close)
        self.nodes = {"left": self.node("com.x.left")}
        self.assert_refused(self.lock("left", TRUE), FAILURE, "jetstream")

    def test_no_permission_is_3_with_the_remedy(self):
        from streams import node_user
        poor = node_user(self.hub().authority, self.fleet.subject, locks=False)
        self.nodes["left"].write_credentials(poor.credentials)
        self.assert_refused(self.lock("left", TRUE), FAILURE, "remaphore-fleet")

    def test_without_a_server_a_bounded_wait_is_3(self):
        self.nodes["left"].servers = ["nats://127.0.0.1:1"]
        for bound in (["--wait", "300ms"], ["-t", "300ms"]):
            with self.subTest(bound=bound):
                self.assert_refused(self.lock("left", *bound, TRUE), FAILURE, "127.0.0.1:1")


class Listing(LockCase):
    def locks(self, *args, code=OK):
        return self.remaphore(self.nodes["admin"], "--locks", *args).expect_exit(code)

    def test_holders_and_waiters_are_listed_in_order(self):
        self.hold("left")
        self.queue("right")
        self.queue("third")
        lines = self.locks().stdout.lines
        self.assertEqual(lines[0].split(), ["LOCK/TICKET", "SLOT", "HOLDER", "HOST", "PID", "SINCE", "SEEN", "FENCE"])
        self.assertRegex(lines[1], rf"^nightly/\d+ +1 of 1 +com\.x\.left +{os.uname().nodename} +\d+ "
                                   r"+\d{4}-\S+Z +\d+s ago +\d+$")
        self.assertRegex(lines[2], r"^nightly/\d+ +waits 1 +com\.x\.right .* -$")
        self.assertRegex(lines[3], r"^nightly/\d+ +waits 2 +com\.x\.third .* -$")
        self.assertEqual(len(lines), 4)

    def test_a_name_lists_that_lock_alone(self):
        self.hold("left")
        self.assertEqual(len(self.locks("nightly").stdout.lines), 2)
        self.assertEqual(self.locks("other", code=NOTHING).stdout.data, b"")

    def test_json_lists_the_same_entries_and_a_summary(self):
        holder = self.hold("left")
        found, summary = [json.loads(line) for line in self.locks("--json").stdout.lines]
        self.assertEqual((summary["type"], summary["status"]), ("summary", OK))
        last, = [json.loads(line) for line in self.locks("--json", "other", code=NOTHING).stdout.lines]
        self.assertEqual((last["type"], last["status"]), ("summary", NOTHING))
        self.assertEqual((found["type"], found["name"], found["state"], found["holder"], found["pid"], found["slots"],
                          found["lease"]), ("lock", "nightly", "held", "com.x.left", holder.pid, 1, 30.0))
        self.assertEqual(found["fence"], self.spans_of("left")[0].fence)

    def test_a_second_name_is_a_usage_error(self):
        self.assert_refused(self.remaphore(self.nodes["admin"], "--locks", "a", "b"), USAGE, "further")


class Breaking(LockCase):
    def break_it(self, place, *args):
        return self.remaphore(self.nodes["admin"], "--break", place, *args)

    def ticket(self, row=0):
        return [json.loads(line) for line in
                self.remaphore(self.nodes["admin"], "--locks", "--json").expect_exit(OK).stdout.lines][row]["ticket"]

    def test_a_broken_holders_command_is_ended_and_the_breaker_named(self):
        holder = self.hold("left")
        second = self.queue("right")
        last = self.break_it(f"nightly/{self.ticket()}", "--yes", "--json").expect_exit(OK).stdout.lines[-1]
        self.assertEqual([json.loads(last)[name] for name in ("state", "holder", "status")],
                         ["broken", "com.x.left", OK])
        holder.expect_exit(LOST)
        self.assert_error_line(holder, "com.x.admin")
        second.expect_exit(OK)
        self.assertFalse(is_alive(self.spans_of("left")[0].pid))

    def test_a_waiter_can_be_broken_too(self):
        self.hold("left")
        second = self.queue("right", "--lease", LEASE)
        self.break_it(f"nightly/{self.ticket(1)}", "--yes").expect_exit(OK)
        second.expect_exit(LOST)
        self.assert_error_line(second, "com.x.admin")

    def test_an_owner_to_whom_the_breaker_is_a_stranger_keeps_it_and_is_named(self):
        others = [f"com.x.{who} {self.nodes[who].public} [*]" for who in ("left", "right")]
        for who in ("left", "right"):
            self.nodes[who].peers = others
        holder, second = self.hold("left", "--lease", LEASE), self.queue("right", "--lease", LEASE)
        for row, says in ((0, "com.x.left"), (1, "com.x.right")):
            broken = self.break_it(f"nightly/{self.ticket(row)}", "--yes")
            self.assert_refused(broken, FAILURE, says, "still", self.nodes["admin"].public)
        self.assertEqual(self.spans_of("right"), [])
        holder.signal(signal.SIGTERM)
        holder.expect_exit(OK)
        second.expect_exit(OK)
        self.judge(queue=["left", "right"])

    def test_a_timeout_bounds_the_wait_for_the_owner(self):
        self.hold("left")
        second = self.queue("right")  # with its lease it has 10 s to refuse the eviction
        ticket = self.ticket(1)
        second.signal(signal.SIGSTOP)
        self.addCleanup(second.signal, signal.SIGCONT)
        broken = self.break_it(f"nightly/{ticket}", "--yes", "-t", "1s").expect_exit(FAILURE, within=5)
        self.assert_error_line(broken, "com.x.right", "not known")

    def test_a_ticket_that_two_have_breaks_neither(self):
        holder = self.hold("left")
        ticket, subject = self.ticket(), f"{self.fleet.subject}.lock.nightly.{'0' * 32}"
        body = {"v": 1, "state": "wait", "after": 0, "beat": 2, "slots": 1, "lease_ms": 30000, "who": "com.x.third",
                "host": "h", "pid": 7, "ticket": ticket, "stream": 1, "since": 0}
        raw = wire.build(self.nodes["third"].identity, json.dumps(body).encode(), verb="lock",
                         uuid=wire.hashlib.sha256(subject.encode()).digest()[:wire.UUID_BYTES])
        self.streams.api.put(subject, raw, expected=0)
        self.assert_refused(self.break_it(f"nightly/{ticket}", "--yes"), FAILURE, "com.x.left",
                            "com.x.third (h, pid 7)")
        self.assertIsNone(holder.returncode)
        holder.signal(signal.SIGTERM)

    def test_without_a_terminal_it_wants_yes(self):
        self.hold("left")
        self.assert_refused(self.break_it(f"nightly/{self.ticket()}"), USAGE, "--yes")

    def test_an_unknown_ticket_is_exit_1(self):
        self.hold("left")
        self.assert_refused(self.break_it("nightly/12345", "--yes"), NOTHING, "12345")

    def test_a_place_that_is_none_is_a_usage_error(self):
        for place in ("nightly", "nightly/", "nightly/x", "nightly/0", "/1", "a.b/1", ""):
            with self.subTest(place=place):
                self.assert_refused(self.break_it(place, "--yes"), USAGE)
