"""A command under a lock has the terminal, as if it had been started there; and the display while it waits."""

import os
import signal

from case import OK, REMAPHORE, USAGE, environment, wait_until
from lock_case import CONFLICT, LOST, LockCase

from terminal import OnTerminal


class TerminalCase(LockCase):
    def on_terminal(self, *argv, **options):
        terminal = OnTerminal(list(argv), env=environment(**options.pop("changes", {})), cwd=self.folder, **options)
        self.addCleanup(terminal.close)
        return terminal

    def lock_on_terminal(self, *args, who="left", **options):
        return self.on_terminal(REMAPHORE, "-c", self.nodes[who].write(), "--lock", "nightly", *args, **options)

    def foreground(self, terminal):
        return os.tcgetpgrp(terminal.leader)


class Direct(TerminalCase):
    """remaphore has the terminal to itself."""

    def test_the_command_reads_from_the_terminal(self):
        terminal = self.lock_on_terminal("/bin/sh", "-c", "echo up; read x </dev/tty; echo got $x")
        terminal.wait_for("up")
        terminal.type(b"this\n")
        terminal.expect_exit(OK)
        self.assertIn("got this", terminal.screen.text)

    def test_its_group_is_in_the_foreground_and_ours_is_afterwards(self):
        terminal = self.lock_on_terminal("/bin/sh", "-c", "echo up; read x; exit 3")
        terminal.wait_for("up")
        self.assertEqual(self.foreground(terminal), os.getpgid(self.command_of(terminal.process)))
        self.assertNotEqual(self.foreground(terminal), terminal.process.pid)
        terminal.type(b"\n")
        terminal.expect_exit(3)

    def test_ctrl_c_ends_the_command_and_then_us_by_the_same_signal(self):
        terminal = self.lock_on_terminal("/bin/sh", "-c", "echo up; exec sleep 60")
        terminal.wait_for("up")
        terminal.type(b"\x03")
        terminal.expect_exit(-signal.SIGINT)

    def test_ctrl_c_that_the_command_survives_does_not_end_us(self):
        terminal = self.lock_on_terminal("/bin/sh",
                                         "-c", "trap 'echo caught' INT; echo up; read x; echo on; read x; exit 4")
        terminal.wait_for("up")
        terminal.type(b"\x03")
        terminal.wait_for("caught")
        terminal.type(b"\n\n")
        terminal.expect_exit(4)

    def test_ctrl_z_has_no_effect_without_a_shell_to_continue_it(self):
        terminal = self.lock_on_terminal("/bin/sh", "-c", "echo up; read x; exit 5")
        terminal.wait_for("up")
        terminal.type(b"\x1a")
        terminal.type(b"\n")
        terminal.expect_exit(5)

    def test_a_line_names_the_holder_while_it_waits_and_goes_then(self):
        holder = self.hold("right")
        terminal = self.lock_on_terminal("/bin/sh", "-c", "echo mine", width=120)
        terminal.wait_for("waiting: nightly is held by com.x.right", "1 ahead")
        holder.signal(signal.SIGTERM)
        terminal.expect_exit(OK)
        self.assertEqual(terminal.screen.lines, ["mine"])

    def test_the_line_is_shortened_to_the_terminal(self):
        self.hold("right")
        terminal = self.lock_on_terminal("/bin/true", width=40)
        terminal.wait_for("waiting: nightly")
        self.assertEqual(len(terminal.screen.lines), 1)

    def test_the_line_follows_the_queue(self):
        holder = self.hold("right")
        second = self.queue("third", seconds=-1)
        terminal = self.lock_on_terminal("/bin/true", width=120)
        terminal.wait_for("2 ahead")
        holder.signal(signal.SIGTERM)
        self.wait_running("third")
        terminal.wait_for("held by com.x.third", "1 ahead")
        second.signal(signal.SIGTERM)
        terminal.expect_exit(OK)

    def test_ctrl_c_while_it_waits_leaves_the_queue(self):
        self.hold("right")
        terminal = self.lock_on_terminal("/bin/true", width=120)
        terminal.wait_for("waiting:")
        terminal.type(b"\x03")
        terminal.expect_exit(-signal.SIGINT)
        self.assertEqual(terminal.screen.text.replace("^C", ""), "")


class UnderAShell(TerminalCase):
    """An interactive shell with job control in between."""

    def shell(self):
        shell = self.on_terminal("/bin/bash", "--norc", "--noediting", "-i", width=150,
                                 changes={"PS1": "$ ", "TERM": "dumb", "REM": REMAPHORE,
                                          "CONF": self.nodes["left"].write()})
        shell.wait_for("$")
        return shell

    def test_ctrl_z_gives_the_shell_back_and_fg_goes_on_with_the_lock(self):
        shell = self.shell()
        shell.type(b"$REM -c $CONF --lock nightly sh -c 'echo up; read x; echo got $x'\n")
        shell.wait(lambda screen: "up" in screen.lines, "the command")
        shell.type(b"\x1a")
        shell.wait_for("Stopped")
        self.lock("right", "--no-wait", "/bin/true").expect_exit(CONFLICT)
        shell.type(b"fg\n")
        shell.wait(lambda screen: screen.text.count("--lock") >= 2, "the job")
        shell.type(b"this\n")
        shell.wait(lambda screen: "got this" in screen.lines, "its answer")
        self.lock("right", "--wait", "5s", "/bin/true").expect_exit(OK)
        shell.type(b"exit\n")

    def test_in_the_background_it_stops_when_it_reads_and_fg_gives_it_the_terminal(self):
        shell = self.shell()
        shell.type(b"$REM -c $CONF --lock nightly sh -c 'read x </dev/tty; echo got $x' &\n")
        wait_until(lambda: (shell.type(b"jobs\n"), "Stopped" in shell.screen.text)[1], "it is stopped")
        shell.type(b"fg\n")
        shell.wait(lambda screen: screen.text.count("--lock") >= 3, "the job")
        shell.type(b"this\n")
        shell.wait(lambda screen: "got this" in screen.lines, "its answer")
        shell.type(b"exit\n")

    def test_stopped_for_too_long_the_lock_is_lost_and_the_command_ended(self):
        shell = self.shell()
        shell.type(b"$REM -c $CONF --lock nightly --lease 2s sh -c 'echo up; exec sleep 60'; echo was $?\n")
        shell.wait(lambda screen: "up" in screen.lines, "the command")
        shell.type(b"\x1a")
        shell.wait_for("Stopped")
        self.lock("right", "--wait", "10s", "/bin/true").expect_exit(OK)
        shell.type(b"fg; echo is $?\n")
        shell.wait(lambda screen: f"is {LOST}" in screen.lines, "its exit status")
        shell.type(b"exit\n")


class Asking(TerminalCase):
    def ask(self, answer, *options):
        holder = self.hold("left")
        terminal = self.on_terminal(REMAPHORE, "-c", self.nodes["admin"].write(), *options, "--break",
                                    f"nightly/{self.spans_of('left')[0].fence & 0x7fffffff}", width=150)
        terminal.wait_for("com.x.left", "holds nightly since", "[y/N]")
        terminal.type(answer)
        return holder, terminal

    def test_breaking_asks_and_does_it_for_a_yes(self):
        holder, terminal = self.ask(b"y\n")
        terminal.expect_exit(OK)
        holder.expect_exit(LOST)

    def test_breaking_does_nothing_for_anything_else(self):
        holder, terminal = self.ask(b"\n")
        terminal.expect_exit(1)
        self.assertIsNone(holder.returncode)

    def test_without_an_answer_in_time_breaking_does_nothing(self):
        holder, terminal = self.ask(b"", "-t", "2s")
        self.assertIn("--break was not confirmed within 2s; nothing was done", terminal.expect_exit(USAGE).text)
        self.assertIsNone(holder.returncode)

    def test_ctrl_c_at_the_question_does_nothing(self):
        holder, terminal = self.ask(b"\x03")
        terminal.expect_exit(-signal.SIGINT)
        self.assertIsNone(holder.returncode)
