"""A node that runs out of descriptors, processes or disk, whose scripts misbehave, or that is told to stop at any
point."""

import fcntl
import os
import resource
import signal

from case import FAILURE, NOTHING, OK, REMAPHORE, GoListener, GoRequester, let_time_pass, wait_until
from fault_case import MIB, FaultCase

from process import children_of, is_alive

ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
NOBODY = 61234  # a user without any process


def limit(what, soft, hard=None):
    return lambda: resource.setrlimit(what, (soft, resource.RLIM_INFINITY if hard is None else hard))


def lift(process, what, number):
    resource.prlimit(process.pid, what, (number, number))


class Descriptors(FaultCase):
    HARD = 4096
    SANITIZER = 2  # descriptors that one needs to tell the type of an object; with fewer it sees faults where none are

    def limited(self, count):
        return limit(resource.RLIMIT_NOFILE, count, self.HARD)

    def highest(self, listener):
        return max(int(name) for name in os.listdir(f"/proc/{listener.pid}/fd"))

    def squeeze(self, listener):
        """Leaves a running listener too few descriptors for a command whose output it must capture."""
        self.assertEqual(len(os.listdir(f"/proc/{listener.pid}/fd")), self.highest(listener) + 1, "there are gaps")
        resource.prlimit(listener.pid, resource.RLIMIT_NOFILE, (self.highest(listener) + 1 + self.SANITIZER, self.HARD))

    def test_whatever_the_limit_everybody_works_or_fails_with_3(self):
        self.foreign("com.b", kind=GoListener, payload=b"0,done")
        worked = {mode: 0 for mode in ("sender", "requester", "listener")}
        for count in range(4, 13):
            for mode, flags, good in (("sender", ["-s", "-t", "2s"], OK),
                                      ("requester", ["-r", "-D", "com.b", "-t", "2s"], OK),
                                      ("listener", ["-t", "200ms"], NOTHING)):
                with self.subTest(mode=mode, descriptors=count):
                    process = self.remaphore(self.left, *flags, preexec=self.limited(count))
                    self.assert_not_late(process, 2)
                    if b"<memory cannot be printed>" in process.stderr.data:
                        continue  # a sanitizer without the descriptors that it needs itself
                    self.assertIn(process.returncode, (good, FAILURE, 2), process)
                    if process.returncode == good:
                        worked[mode] += 1
                    else:
                        self.error_lines(process)
        self.assertTrue(all(count >= 1 for count in worked.values()), worked)

    def test_a_request_that_finds_none_waits_and_is_answered_when_there_are_some(self):
        asker = self.foreign("com.asker", kind=GoRequester)
        listener = self.listen(self.left, "/bin/sh", "-c", "ulimit -Sn; echo done")
        before = self.steady(listener)
        self.squeeze(listener)
        asker.request(b"hi")
        listener.stderr.wait_for("trying again")
        self.assert_error_line(listener, "Too many open files")
        self.right.send(b"behind it")
        lift(listener, resource.RLIMIT_NOFILE, self.HARD)
        self.assertTrue(asker.next().payload.endswith(b"done\n"))
        listener.stdout.wait_for("done\n")
        self.assert_steady(listener, before)
        self.assert_idle(listener)

    def test_messages_that_find_none_run_in_order_when_there_are_some(self):
        ran = self.path("ran")
        listener = self.listen(self.left, "--payload-stdin", "/bin/sh", "-c", f"cat >> {ran}")
        before = self.steady(listener)
        self.squeeze(listener)
        for number in range(10):
            self.right.send(b"%d\n" % number, flag="Q")
        listener.stderr.wait_for("trying again")
        self.assertFalse(os.path.exists(ran))
        lift(listener, resource.RLIMIT_NOFILE, self.HARD)
        listener.stderr.wait_for("exit status 0", count=10)
        self.assertEqual(open(ran).read().split(), [str(n) for n in range(10)])
        self.assert_steady(listener, before)

    def test_a_lost_link_is_made_again_when_there_are_some(self):
        server = self.own()
        listener = self.listen(self.left)
        server.kill()
        listener.stderr.wait_for("trying again")
        lowest = min(set(range(100)) - {int(name) for name in os.listdir(f"/proc/{listener.pid}/fd")})
        resource.prlimit(listener.pid, resource.RLIMIT_NOFILE, (min(lowest, 3), self.HARD))
        server.start()
        listener.stderr.wait_for("Too many open files")
        lift(listener, resource.RLIMIT_NOFILE, self.HARD)
        listener.stderr.wait_for("may have been missed")
        self.reconnect(self.right)
        self.right.send(b"hi")
        listener.stdout.wait_for("hi\n")

    def test_a_listener_that_holds_a_message_for_lack_of_them_dies_of_a_signal(self):
        for number in ENDING:
            with self.subTest(number=number):
                listener = self.listen(self.left, "--payload-stdin", "/bin/sh", "-c", "cat")
                self.squeeze(listener)
                self.right.send(b"held", flag="Q")
                self.right.send(b"behind it", flag="Q")
                listener.stderr.wait_for("trying again")
                self.right.client.flush()
                listener.signal(number)
                listener.expect_exit(-number, within=5)
                self.assertRegex(listener.stderr.text, "[12] received messages were not handled")


class Processes(FaultCase):
    """A user who may have no more of them."""

    def start_as_nobody(self, *command):
        for path in (self.folder, self.left.fleet.folder, self.left.folder, self.scratch):
            os.chmod(path, 0o755)
        self.left.write()
        for path in (self.left.config, self.left.credentials):
            os.chown(path, NOBODY, NOBODY)

        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        listener = self.as_nobody(REMAPHORE, "-c", self.left.config, *command).wait_ready()
        self.allow_processes(listener, 0)
        return listener

    def as_nobody(self, *command):
        return self.start("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command)

    def allow_processes(self, listener, count):
        """Sets the limit as the listener's own user: root may lack the right to."""
        self.as_nobody("prlimit", "--pid", str(listener.pid), f"--nproc={count}:").expect_exit(0)

    def test_a_message_that_finds_none_waits_and_runs_when_there_are_some(self):
        listener = self.start_as_nobody("/bin/echo")
        before = self.steady(listener)
        for number in range(5):
            self.right.send(b"%d" % number)
        listener.stderr.wait_for("trying again")
        self.assert_error_line(listener, "cannot be started now", "temporarily unavailable")
        self.allow_processes(listener, 100)
        listener.stdout.wait_lines(5)
        self.assertEqual(listener.stdout.lines, [f"ping {n}" for n in range(5)])
        self.assert_steady(listener, before)
        self.assert_idle(listener)

    def test_a_listener_that_holds_a_message_for_lack_of_them_ends_at_the_deadline(self):
        listener = self.start_as_nobody("-t", "2s", "/bin/echo")
        self.right.send(b"x")
        listener.stderr.wait_for("trying again")
        self.assert_in_time(listener, 2)
        self.assert_error_line(listener, "1 received messages were not handled")

    def test_printing_needs_no_process(self):
        listener = self.start_as_nobody()
        self.right.send(b"printed")
        listener.stdout.wait_for("printed\n")


class Output(FaultCase):
    def test_a_disk_that_fills_up_ends_a_listener_with_3(self):
        disk = self.tmpfs(64 << 10)
        with open(os.path.join(disk, "out"), "wb") as out:
            listener = self.listen(self.left, stdout=out)
        self.right.send(b"fits")
        wait_until(lambda: os.path.getsize(os.path.join(disk, "out")) == 5, "the first payload")
        self.right.send(b"x" * 100_000)
        listener.expect_exit(FAILURE)
        self.assert_error_line(listener, "standard output", "No space left on device")

    def test_a_disk_that_is_full_ends_a_requester_with_3(self):
        self.foreign("com.b", kind=GoListener, payload=b"0,done")
        disk = self.tmpfs(64 << 10)
        with open(os.path.join(disk, "out"), "wb") as out:
            self.fill(disk)
            process = self.remaphore(self.left, "-r", "-D", "com.b", "-t", "20s", stdout=out)
        process.expect_exit(FAILURE)
        self.assert_error_line(process, "No space left on device")

    def test_a_reader_that_goes_away_ends_a_requester_with_3(self):
        gate = []
        def answers(request):
            wait_until(lambda: gate, "the reader has gone")
            return [answering.reply(request, b"0,done")]
        answering = self.foreign("com.b", kind=GoListener, answers=answers)
        read_end, write_end = os.pipe()
        process = self.remaphore(self.left, "-r", "-D", "com.b", "-t", "20s", stdout=write_end)
        os.close(write_end)
        wait_until(lambda: answering.requests, "the request arrived")
        os.close(read_end)
        gate.append(True)
        process.expect_exit(FAILURE)
        self.assert_error_line(process, "standard output")

    def test_a_limit_on_the_size_of_files_ends_a_listener_with_3(self):
        """SIGXFSZ does not kill a process that can report what happened."""
        with open(self.path("out"), "wb") as out:
            listener = self.listen(self.left, stdout=out, preexec=limit(resource.RLIMIT_FSIZE, 1000, 1000))
        self.right.send(b"x" * 2000)
        listener.expect_exit(FAILURE)
        self.assert_error_line(listener, "File too large")

    def test_a_descriptor_that_does_not_block_is_no_reason_to_lose_anything(self):
        """A shell may share its terminal or pipe with a program that set O_NONBLOCK on it."""
        read_end, write_end = os.pipe()
        os.set_blocking(write_end, False)
        fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
        self.listen(self.left, stdout=write_end)
        os.close(write_end)
        sent = [b"%04d" % number + b"x" * 3000 for number in range(50)]
        for payload in sent:
            self.right.send(payload)
        with os.fdopen(read_end, "rb") as reader:
            self.assertEqual([reader.readline()[:-1] for _ in sent], sent)


class Scripts(FaultCase):
    def setUp(self):
        super().setUp()
        self.asker = self.foreign("com.asker", kind=GoRequester)

    def ask(self, payload=b"x"):
        self.asker.request(payload)
        return self.asker.next().payload

    def test_one_that_goes_missing_and_comes_back_is_answered_for_each_time(self):
        script = self.script("echo here")
        listener = self.listen(self.left, script)
        before = self.steady(listener)
        self.assertEqual(self.ask(), b"0,here\n")
        os.rename(script, script + ".away")
        self.assertTrue(self.ask().startswith(b"127,"))
        os.rename(script + ".away", script)
        self.assertEqual(self.ask(), b"0,here\n")
        self.assert_steady(listener, before)

    def test_one_that_is_being_written_is_answered_with_126(self):
        script = self.script("echo here")
        self.listen(self.left, script)
        with open(script, "ab"):
            self.assertTrue(self.ask().startswith(b"126,"))
        self.assertEqual(self.ask(), b"0,here\n")

    def test_one_that_is_killed_is_answered_with_its_signal(self):
        gate = self.fifo("gate")
        listener = self.listen(self.left, "/bin/sh", "-c", f"echo partly; read line < {gate}")
        before = self.steady(listener)
        self.asker.request(b"x")
        child, = wait_until(lambda: children_of(listener.pid), "it runs")
        with open(gate, "w"):
            os.kill(child, signal.SIGKILL)
        self.assertEqual(self.asker.next().payload, b"137,partly\n")
        self.assert_steady(listener, before)

    def test_a_grandchild_that_holds_the_pipe_delays_nothing_and_leaves_nothing(self):
        gate = self.fifo("gate")
        listener = self.listen(self.left, "/bin/sh", "-c", f"(read line < {gate}) & echo $!")
        before = self.steady(listener)
        orphans = []
        for _ in range(5):
            status, pid = self.ask().split(b",")
            self.assertEqual(status, b"0")
            orphans.append(int(pid))
        self.assertTrue(all(map(is_alive, orphans)))
        self.assertLessEqual(self.steady(listener), before + len(orphans))  # a pipe for each, which is drained
        for pid in orphans:
            os.kill(pid, signal.SIGKILL)
        self.assert_steady(listener, before)

    def test_one_that_writes_without_end_is_ended_for_its_time_and_its_reply_is_cut(self):
        listener = self.listen(self.left, "--script-timeout", "700ms", "/bin/sh", "-c", "exec yes")
        before = self.steady(listener)
        answer = self.ask()
        self.assertTrue(answer.startswith(b"124,y\ny\n"), answer[:50])
        self.assertLessEqual(len(answer), MIB)
        self.assertRegex(answer[-200:].decode(), r"\d{4,}")
        self.assertEqual(self.ask()[:4], b"124,")
        self.assert_steady(listener, before)

    def test_one_that_writes_without_end_does_not_keep_others_waiting(self):
        listener = self.listen(self.left, "--jobs", "2", "--script-timeout", "15s", "/bin/sh", "-c",
                               '[ "$2" != flood ] || exec yes; echo "$2"', "sh")
        self.asker.request(b"flood")
        flooding, = wait_until(lambda: children_of(listener.pid), "it runs")
        for number in range(3):
            self.right.send(b"%d" % number)
            listener.stdout.wait_for(b"%d\n" % number, within=10)
        os.kill(flooding, signal.SIGKILL)
        self.assertTrue(self.asker.next().payload.startswith(b"137,y\n"))

    def test_one_that_closes_its_output_early_is_still_awaited(self):
        gate = self.fifo("gate")
        listener = self.listen(self.left, "/bin/sh", "-c", f"echo out; exec >&- 2>&-; read line < {gate}; exit 3")
        self.asker.request(b"x")
        child, = wait_until(lambda: children_of(listener.pid), "it runs")
        wait_until(lambda: not os.path.exists(f"/proc/{child}/fd/1"), "it has closed its output")
        let_time_pass(0.3)
        self.assert_idle(listener)
        self.release(gate)
        self.assertEqual(self.asker.next().payload, b"3,out\n")

    def test_one_that_stops_itself_is_ended_for_its_time(self):
        self.listen(self.left, "--script-timeout", "300ms", "/bin/sh", "-c", "kill -STOP $$; echo never")
        self.assertEqual(self.ask(), b"124,")

    def test_one_that_leaves_its_group_is_still_reaped(self):
        listener = self.listen(self.left, "--script-timeout", "300ms", "setsid", "-w", "/bin/sh",
                               "-c", "echo $$; exec sleep 9")
        status, pid = self.ask().split(b",")
        self.assertEqual(status, b"124")
        wait_until(lambda: not children_of(listener.pid), "nothing is left of ours")
        if is_alive(int(pid)):
            os.kill(int(pid), signal.SIGKILL)


class Signals(FaultCase):
    """Signals in the states that a listener of several commands can be in; the plain ones are tested elsewhere."""

    def test_while_commands_run_and_others_wait(self):
        for number in ENDING:
            with self.subTest(number=number):
                gate = self.fifo(f"gate{number}")
                listener = self.listen(self.left, "--jobs", "2", "/bin/sh", "-c", f"echo up; read line < {gate}")
                for _ in range(4):
                    self.right.send(b"x")
                listener.stdout.wait_for("up\n", count=2)
                self.right.client.flush()
                running = children_of(listener.pid)
                listener.signal(number)
                listener.expect_exit(-number, within=8)
                self.assertFalse([pid for pid in running if is_alive(pid)])

    def test_a_second_signal_during_the_cleaning_up_changes_nothing(self):
        gate = self.fifo("gate")
        listener = self.listen(self.left, "/bin/sh", "-c",
                               f"trap 'echo cleaning' TERM; echo up; exec 3<> {gate}; "
                               "while :; do read line <&3 && exit; done")
        self.right.send(b"x")
        listener.stdout.wait_for("up\n")
        listener.signal(signal.SIGTERM)
        listener.stdout.wait_for("cleaning\n")
        for number in ENDING:
            listener.signal(number)
        self.release(gate)
        listener.expect_exit(-signal.SIGTERM, within=8)
        self.assertEqual(children_of(listener.pid), [])

    def test_while_a_command_that_ignores_them_is_killed(self):
        gate = self.fifo("gate")
        listener = self.listen(self.left, "--script-timeout", "200ms", "/bin/sh", "-c",
                               f"trap '' TERM; echo up; read line < {gate}")
        self.right.send(b"x")
        listener.stdout.wait_for("up\n")
        child, = children_of(listener.pid)
        let_time_pass(0.3)
        listener.signal(signal.SIGINT)
        listener.expect_exit(-signal.SIGINT, within=8)
        self.assertFalse(is_alive(child))

    def test_while_the_reader_of_stdout_is_slow_and_a_command_is_none(self):
        read_end, write_end = os.pipe()
        listener = self.listen(self.left, stdout=write_end)
        os.close(write_end)
        for _ in range(20):
            self.right.send(b"x" * 100_000)
        self.right.client.flush()
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=8)
        os.close(read_end)

    def test_a_hundred_stops_and_continuations_lose_nothing(self):
        listener = self.listen(self.left, "-q", "/bin/echo")
        for number in range(100):
            listener.signal(signal.SIGSTOP)
            self.right.send(b"%d" % number)
            listener.signal(signal.SIGCONT)
        listener.stdout.wait_lines(100)
        self.assertEqual(listener.stdout.lines, [f"ping {n}" for n in range(100)])
