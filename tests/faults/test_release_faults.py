"""Cells that need a program without sanitizers: a limit on memory, and a wall clock that is stepped."""

import contextlib
import datetime
import fcntl
import os
import resource
import signal
import struct
import subprocess
import termios
import time

from case import FAILURE, NOTHING, OK, GoListener, GoRequester, environment, let_time_pass, wait_until
from fault_case import MIB, FaultCase
import test_locks_under_faults as locks

from process import children_of, status_of
from stepped_clock import SteppedClock

HOUR = 3600


class Memory(FaultCase):
    def squeeze(self, listener, room):
        size = status_of(listener.pid, "VmSize") << 10
        resource.prlimit(listener.pid, resource.RLIMIT_AS, (size + room, resource.RLIM_INFINITY))

    def test_a_listener_without_memory_reports_it_and_ends_with_3(self):
        read_end, write_end = os.pipe()
        listener = self.listen(self.left, stdout=write_end)
        os.close(write_end)
        self.squeeze(listener, 8 * MIB)
        for _ in range(40):
            self.right.send(b"x" * 900_000)
        listener.expect_exit(FAILURE)
        self.error_lines(listener)
        os.close(read_end)

    def test_a_sender_without_memory_reports_it_and_ends_with_3(self):
        seen = set()
        for room in range(0, 8 * MIB, MIB // 2):
            process = self.remaphore(self.left, "-s", "-t", "5s", "--stdin", stdin=subprocess.PIPE)
            process.popen.stdin.write(b"x")  # it reads as soon as it has started
            process.popen.stdin.flush()
            wait_until(lambda: not readable(process.popen.stdin), "it has read the first byte")
            self.squeeze(process, room)
            with contextlib.suppress(BrokenPipeError):
                process.popen.stdin.write(b"x" * 900_000)
                process.popen.stdin.close()
            code = process.wait_exit()
            self.assertIn(code, (OK, FAILURE), process)
            if code == FAILURE:
                self.error_lines(process)
            seen.add(code)
        self.assertEqual(seen, {OK, FAILURE})


def readable(pipe):
    """The number of bytes that nobody has read yet."""
    return struct.unpack("i", fcntl.ioctl(pipe.fileno(), termios.FIONREAD, b"\0" * 4))[0]


class Clock(FaultCase):
    def setUp(self):
        super().setUp()
        self.clock = SteppedClock(self.folder)
        self.addCleanup(self.clock.close)
        self.env = self.environment(**self.clock.variables)

    def step(self, seconds):
        self.clock.step(seconds)

    def start(self, *argv, **options):
        return super().start(*argv, **({"env": self.env} | options))

    def waits(self, process):
        wait_until(lambda: any(os.readlink(f"/proc/{process.pid}/fd/{name}").startswith("socket:")
                               for name in os.listdir(f"/proc/{process.pid}/fd")), "it waits for a connection")

    def test_deadlines_do_not_depend_on_it(self):
        self.left.servers = [self.blackhole()]
        for offset in (HOUR, -HOUR):
            self.step(0)
            for mode, process in self.modes(1).items():
                with self.subTest(mode=mode, offset=offset):
                    if process.returncode is None and process.seconds < 0.8:
                        self.waits(process)
                    self.step(offset)
                    self.assert_in_time(process, 1)
                    process.expect_exit(FAILURE)

    def test_the_time_of_a_command_does_not_depend_on_it(self):
        asker = self.foreign("com.asker", kind=GoRequester)
        gate = self.fifo("gate")
        listener = self.listen(self.left, "--script-timeout", "400ms", "/bin/sh", "-c", f"echo up; read line < {gate}")
        for offset in (-HOUR, HOUR):
            self.step(0)
            asker.request(b"x")
            wait_until(lambda: children_of(listener.pid), "it runs")
            self.step(offset)
            self.assertEqual(asker.next().payload, b"124,up\n")

    def test_while_it_is_wrong_messages_are_refused_and_reported_and_afterwards_accepted_again(self):
        listener = self.listen(self.left)
        for number, offset in enumerate((HOUR, -HOUR, HOUR), 1):
            self.step(offset)
            self.right.send(b"unheard")
            listener.stderr.wait_for("refused a message", count=number)
            self.step(0)
            self.right.send(b"heard")
            listener.stdout.wait_for("heard\n", count=number)
        self.assertEqual(listener.stdout.data, b"heard\n" * 3)

    def test_stepping_it_back_opens_no_window_for_copies(self):
        listener = self.listen(self.left)
        raws = [self.right.send(b"one"), self.right.send(b"two")]
        listener.stdout.wait_for("two\n")
        for offset in (HOUR, 0, -HOUR, 0):
            self.step(offset)
            for raw in raws:
                self.right.publish(raw)
        self.right.send(b"three")
        listener.stdout.wait_for("three\n")
        self.assertEqual(listener.stdout.data, b"one\ntwo\nthree\n")

    def test_a_restart_under_a_clock_that_was_stepped_back_opens_no_window_for_copies(self):
        state = self.path("state")
        self.step(0)
        first = self.listen(self.left, "--state", state)
        raw = self.right.send(b"one")
        first.stdout.wait_for("one\n")
        first.signal(signal.SIGTERM)
        first.expect_exit(-signal.SIGTERM)
        self.step(HOUR)
        second = self.listen(self.left, "--state", state)  # for this one it has expired
        second.signal(signal.SIGTERM)
        second.expect_exit(-signal.SIGTERM)
        self.step(0)
        third = self.listen(self.left, "--state", state)
        self.right.publish(raw)
        self.right.send(b"two")
        third.stdout.wait_for("two\n")
        self.assertEqual(third.stdout.data, b"two\n")

    def test_a_request_is_signed_with_the_clock_of_the_moment(self):
        answering = self.foreign("com.b", kind=GoListener, payload=b"0,done")
        self.step(HOUR)
        process = self.remaphore(self.left, "-r", "-D", "com.b", "-t", "600ms", "hi").expect_exit(NOTHING)
        self.assert_error_line(process, "clock")
        self.assertEqual(len(answering.requests), 1)
        self.step(0)
        self.remaphore(self.left, "-r", "-D", "com.b", "-t", "5s", "hi").expect_exit(OK)


class LocksAndClock(locks.Contention):
    def test_locks_do_not_depend_on_the_clock_of_nodes(self):
        clock = SteppedClock(self.folder)
        self.addCleanup(clock.close)
        self.env = environment(**clock.variables)

        def step():
            clock.step(self.random.choice((-7200, -3600, -1, 0, 1, 3600, 7200)))
            return self.random.random() * 0.5
        self.lease = "10s"
        self.trouble(step)
        self.conclude()
        self.assertEqual(set(self.exits), {OK})


class LocksAndTheServersClock(locks.Contention):
    def stream_server(self, **options):
        self.clock = SteppedClock(self.folder)
        self.addCleanup(self.clock.close)
        return super().stream_server(variables=self.clock.go_variables, **options)

    def stored_at(self):
        """When the server stored an entry last, as it says: the hours that its clock is ahead."""
        stored = datetime.datetime.fromisoformat(self.streams.info(self.streams.locks)["state"]["last_ts"][:19] +
                                                 "+00:00")
        return round((stored.timestamp() - time.time()) / HOUR)

    def test_locks_do_not_depend_on_the_clock_of_the_server(self):
        seen, ahead = set(), [0]

        def step():  # never to where it is: on a busy machine there are few steps
            seen.add(self.stored_at())
            ahead.append(self.random.choice([hours for hours in (-2, -1, 0, 1, 2) if hours != ahead[-1]]))
            self.clock.step(ahead[-1] * HOUR)
            let_time_pass(0.1 + self.random.random() * 0.5)
            seen.add(self.stored_at())
            return 0
        self.lease = "10s"
        self.trouble(step)
        self.conclude()
        self.assertEqual(set(self.exits), {OK})
        self.assertGreater(len(seen), 1, "the server's clock was stepped")
