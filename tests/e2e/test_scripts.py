"""Receiving with a command: how it is started, what it sees, how its output travels and when it ends."""

import ctypes
import json
import os
import pty
import resource
import select
import signal
import struct
import sys
import time

from case import (FAILURE, NOTHING, OK, REMAPHORE, GoRequester, HubCase, environment, let_time_pass, wait_until)

import wire
from process import children_of, is_alive

SHOW = """import json, os, sys
print(json.dumps({"argv": [os.fsencode(a).hex() for a in sys.argv[1:]],
    "pid": os.getpid(), "pgid": os.getpgrp(), "sid": os.getsid(0),
    "cwd": os.getcwd(), "stdin": os.stat(0).st_rdev == os.stat("/dev/null").st_rdev,
    "env": {k: os.fsencode(v).hex() for k, v in os.environ.items()},
    "fds": sorted(int(f) for f in os.listdir("/proc/self/fd") if os.path.exists("/proc/self/fd/" + f)),
    "limits": open("/proc/self/limits").read()}))
"""


class ScriptCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()

    def run_once(self, *command, flags=(), options=None, **message):
        """One message through `-o COMMAND`; the ended listener."""
        listener = self.listen(self.left, "-o", *flags, *command, **(options or {}))
        self.right.send(**message)
        return listener.expect_exit(OK)

    def shown(self, *command_args, flags=(), options=None, **message):
        """What a started command sees of its world."""
        show = self.script(SHOW, "show", sys.executable + " -IS")
        listener = self.run_once(show, *command_args, flags=flags, options=options, **message)
        return json.loads(listener.stdout.text)


class Starting(ScriptCase):
    def test_the_verb_and_the_payload_are_its_last_arguments(self):
        shown = self.shown("first", "", "third", payload=b"the payload", verb="deploy")
        self.assertEqual([bytes.fromhex(a) for a in shown["argv"]],
                         [b"first", b"", b"third", b"deploy", b"the payload"])

    def test_an_empty_payload_is_an_empty_argument(self):
        self.assertEqual([bytes.fromhex(a) for a in self.shown(payload=b"")["argv"]], [b"ping", b""])

    def test_no_shell_looks_at_the_payload(self):
        witness = self.path("witness")
        for payload in (f"; touch {witness}", f"$(touch {witness})", f"`touch {witness}`", f"'\n touch {witness} #",
                        "*"):
            shown = self.shown(payload=payload.encode())
            self.assertEqual(bytes.fromhex(shown["argv"][1]), payload.encode())
        self.assertFalse(os.path.exists(witness))

    def test_a_payload_arrives_byte_for_byte(self):
        payload = bytes(range(1, 256)) + b",,\n"
        self.assertEqual(bytes.fromhex(self.shown(payload=payload)["argv"][1]), payload)

    def test_flags_of_the_command_are_its_own(self):
        shown = self.shown("-v", "--", "-o", payload=b"x")
        self.assertEqual([bytes.fromhex(a) for a in shown["argv"]], [b"-v", b"--", b"-o", b"ping", b"x"])

    def test_a_command_is_found_along_the_path(self):
        listener = self.run_once("echo", "found", payload=b"hi")
        self.assertEqual(listener.stdout.data, b"found ping hi\n")

    def test_it_leads_a_process_group_of_its_own(self):
        shown = self.shown()
        self.assertEqual(shown["pgid"], shown["pid"])

    def test_it_leads_a_session_of_its_own(self):
        shown = self.shown()
        self.assertEqual(shown["sid"], shown["pid"])

    def test_it_cannot_ask_on_our_terminal(self):
        """The command has no terminal, is not stopped for reading from it, and the next message is handled."""
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                os.execve(REMAPHORE, [REMAPHORE, "-c", self.left.write(), "-t", "15s", "--ready-file", self.path("r"),
                                      "/bin/sh", "-c", '[ "$2" = ask ] && read -r x </dev/tty; echo "heard $2"', "sh"],
                          environment())
            finally:
                os._exit(99)
        self.addCleanup(os.close, terminal)
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.kill, pid, signal.SIGKILL)
        wait_until(lambda: os.path.exists(self.path("r")), "it is ready")
        self.right.send(b"ask")
        self.right.send(b"next")
        seen = b""
        while b"heard next" not in seen:
            self.assertTrue(select.select([terminal], [], [], 10)[0], seen)
            seen += os.read(terminal, 4096)

    def test_its_stdin_is_empty(self):
        self.assertTrue(self.shown()["stdin"])
        read_end, write_end = os.pipe()
        os.write(write_end, b"for remaphore\n")
        os.close(write_end)
        listener = self.run_once("/bin/sh", "-c", "cat", options={"stdin": read_end})
        os.close(read_end)
        self.assertEqual(listener.stdout.data, b"")

    def test_it_starts_in_our_directory(self):
        self.assertEqual(self.shown()["cwd"], os.path.realpath(self.folder))

    def test_no_descriptor_of_ours_is_open_in_it(self):
        self.assertEqual(self.shown()["fds"], [0, 1, 2])

    def test_no_descriptor_of_ours_is_open_in_it_when_a_reply_is_wanted(self):
        show = self.script(SHOW, "show", sys.executable + " -IS")
        question = self.foreign("com.asker", kind=GoRequester)
        listener = self.listen(self.left, "-o", show)
        question.request(b"hi")
        self.assertEqual(json.loads(question.next().payload.split(b",", 1)[1])["fds"], [0, 1, 2])
        listener.expect_exit(OK)

    def test_the_descriptors_of_our_caller_are_open_in_it(self):
        read_end, write_end = os.pipe()
        os.write(write_end, b"inside\n")
        os.close(write_end)
        self.addCleanup(os.close, read_end)
        # bash: dash takes descriptors of one digit only, and this one may have more while tests run side by side.
        listener = self.start("/bin/bash", "-c", f'exec "$@" 7<&{read_end}', "bash", REMAPHORE, "-c", self.left.write(),
                              "-o", "/bin/sh", "-c", "cat <&7", pass_fds=[read_end]).wait_ready()
        self.right.send(b"hi")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"inside\n")

    def test_no_descriptor_of_ours_is_open_in_it_with_all_that_opens_some(self):
        show = self.script(SHOW, "show", sys.executable + " -IS")
        read_end, write_end = os.pipe()
        listener = self.start(REMAPHORE, "-c", self.left.write(), "-o", "--state", self.path("state"), "--audit",
                              self.path("audit"), "--ready-fd", str(write_end), "--ready-file", self.path("ready"),
                              "--payload-stdin", show, pass_fds=[write_end]).wait_ready()
        os.close(write_end)
        self.assertEqual(os.read(read_end, 10), b"\n")
        os.close(read_end)
        self.right.send(b"hi")
        listener.expect_exit(OK)
        self.assertEqual(json.loads(listener.stdout.text)["fds"], [0, 1, 2])

    def test_no_signal_is_blocked_or_ignored_by_us_in_it(self):
        probe = ["/bin/sh", "-c", "exec grep '^Sig[BI]' /proc/self/status"]
        masks = lambda text: {line.split(":")[0]: int(line.split()[1], 16) for line in text.splitlines()}
        plain = masks(self.start(*probe).expect_exit(0).stdout.text)
        seen = masks(self.run_once(*probe).stdout.text)
        c_librarys_own = 1 << 31 | 1 << 32  # signals 32 and 33, which glibc's posix_spawn leaves ignored in every child
        self.assertEqual(seen["SigBlk"], 0)
        self.assertEqual(seen["SigIgn"] & ~plain["SigIgn"] & ~c_librarys_own, 0)

    def test_its_resource_limits_are_those_we_were_given(self):
        plain = self.start("/bin/cat", "/proc/self/limits").expect_exit(0).stdout.text
        self.assertEqual(self.shown()["limits"], plain)

    def test_a_leftover_of_an_earlier_command_is_not_awaited(self):
        listener = self.listen(self.left, "/bin/sh", "-c", 'sleep 20 & echo "$2"', "sh")
        self.right.send(b"1")
        self.right.send(b"2")
        listener.stdout.wait_for(b"1\n2\n", within=5)


class Environment(ScriptCase):
    def env(self, flags=(), options=None, **message):
        shown = self.shown(flags=flags, options=options, **message)["env"]
        return {name: bytes.fromhex(value) for name, value in shown.items()}

    def test_the_message_is_described_in_variables(self):
        stamp = time.time_ns()
        env = self.env(payload=b"pay,load\n\xff", verb="deploy", uuid="release", destination="com.**", time_ns=stamp)
        ours = {name: value for name, value in env.items() if name.startswith("REMAPHORE_")}
        self.assertEqual(ours, {
            "REMAPHORE_SENDER": self.right.public.encode(), "REMAPHORE_PEER": self.right.destination.encode(),
            "REMAPHORE_VERB": b"deploy",
            "REMAPHORE_TIME": str(stamp // 10**9).encode(), "REMAPHORE_UUID": b"release".hex().encode(),
            "REMAPHORE_MSG": b"pay,load\n\xff", "REMAPHORE_DESTMATCH": self.left.destination.encode()})

    def test_the_destination_that_matched_is_the_one_stood_for(self):
        env = self.env(flags=["-D", "net.b"], destination="net.*")
        self.assertEqual(env["REMAPHORE_DESTMATCH"], b"net.b")

    def test_without_a_destination_filter_there_is_no_match_variable(self):
        self.assertNotIn("REMAPHORE_DESTMATCH", self.env(flags=["-d"]))

    def test_the_parents_environment_is_passed_on(self):
        env = self.env(options={"env": environment(COLOUR="blue")})
        self.assertEqual(env["COLOUR"], b"blue")

    def test_older_variables_of_our_prefix_are_removed(self):
        old = environment(REMAPHORE_DESTMATCH="old", REMAPHORE_OTHER="old", REMAPHORE_MSG="old", REMAPHORE_PEER="old")
        env = self.env(flags=["-d"], options={"env": old}, payload=b"new")
        self.assertNotIn("REMAPHORE_OTHER", env)
        self.assertNotIn("REMAPHORE_DESTMATCH", env)
        self.assertEqual(env["REMAPHORE_MSG"], b"new")
        self.assertEqual(env["REMAPHORE_PEER"], self.right.destination.encode())

    def test_every_variable_stands_there_once(self):
        old = environment(REMAPHORE_MSG="old")
        listener = self.run_once("/bin/sh", "-c", "cat /proc/self/environ | tr '\\0' '\\n' | grep -c ^REMAPHORE_MSG=",
                                 payload=b"new", options={"env": old})
        self.assertEqual(listener.stdout.data, b"1\n")

    def test_variables_are_there_for_requests_too(self):
        asker = self.foreign("com.asker", kind=GoRequester)
        listener = self.listen(self.left, "-o", "/bin/sh", "-c", 'printf %s "$REMAPHORE_SENDER"')
        asker.request(b"hi")
        self.assertEqual(asker.next().payload, b"0," + asker.public.encode())
        listener.expect_exit(OK)


class Output(ScriptCase):
    def test_without_a_reply_its_output_is_ours(self):
        listener = self.run_once("/bin/sh", "-c", "echo out; echo err >&2")
        self.assertEqual(listener.stdout.data, b"out\n")
        self.assertIn("err", listener.stderr.lines)

    def test_the_payload_is_not_printed_beside_it(self):
        self.assertEqual(self.run_once("/bin/true", payload=b"hi").stdout.data, b"")

    def test_stderr_has_a_line_with_its_exit_status(self):
        for status in (0, 7):
            listener = self.run_once("/bin/sh", "-c", f"exit {status}")
            lines = [line for line in listener.stderr.lines if line.startswith("remaphore: ")]
            self.assertEqual(len(lines), 1, listener)
            self.assertRegex(lines[0], rf"\b{status}\b")

    def test_stderr_names_the_signal_that_ended_it(self):
        listener = self.run_once("/bin/sh", "-c", "kill -KILL $$")
        self.assertRegex(listener.stderr.text, r"(?m)^remaphore: .*(137|\b9\b|KILL)")

    def test_quiet_leaves_the_status_line_out(self):
        listener = self.run_once("/bin/true", flags=["-q"])
        self.assertEqual(listener.stderr.data, b"Ready\n")

    def test_a_failing_command_was_started_all_the_same(self):
        self.run_once("/bin/false")  # exit 0: a message was received and its command could be started

    def test_commands_run_one_after_the_other_in_the_order_of_arrival(self):
        log = self.path("log")
        listener = self.listen(self.left, "/bin/sh", "-c",
                               f'echo "start $2" >> {log}; sleep 0.02; echo "end $2" >> {log}; echo done', "sh")
        for number in range(10):
            self.right.send(str(number).encode())
        listener.stdout.wait_for("done\n", count=10)
        self.assertEqual(open(log).read().splitlines(),
                         [f"{what} {number}" for number in range(10) for what in ("start", "end")])

    def test_messages_that_arrive_while_it_runs_are_judged_at_arrival(self):
        self.left.settings["allow_skew"] = "1s"
        listener = self.listen(self.left, "/bin/sh", "-c", '[ "$2" = 0 ] && sleep 1.3; echo "$2"', "sh")
        for number in range(5):
            self.right.send(str(number).encode())
        listener.stdout.wait_lines(5)
        self.assertEqual(listener.stdout.data, b"0\n1\n2\n3\n4\n")
        self.assertNotIn("skew", listener.stderr)

    def test_a_message_sent_late_while_it_runs_is_refused_all_the_same(self):
        self.left.settings["allow_skew"] = "1s"
        listener = self.listen(self.left, "/bin/sh", "-c", '[ "$2" = slow ] && sleep 0.5; echo "$2"', "sh")
        self.right.send(b"slow")
        self.right.send(b"late", time_ns=time.time_ns() - 3 * 10**9)
        self.right.send(b"good")
        listener.stdout.wait_for("good\n")
        self.assertEqual(listener.stdout.data, b"slow\ngood\n")

    def test_many_messages_wait_for_a_slow_command(self):
        listener = self.listen(self.left, "/bin/sh", "-c", '[ "$2" = 0 ] && sleep 0.5; echo "$2"', "sh")
        for number in range(200):
            self.right.send(str(number).encode())
        listener.stdout.wait_lines(200)
        self.assertEqual(listener.stdout.data.split(), [b"%d" % number for number in range(200)])


class NotRun(ScriptCase):
    """Messages that cannot be passed, and commands that cannot be started: the reason is reported, and the next message
    is handled."""

    def setUp(self):
        super().setUp()
        self.asker = self.foreign("com.asker", kind=GoRequester)

    def check_not_passed(self, payload=b"x", verb="ping"):
        witness = self.path("witness")
        listener = self.listen(self.left, "-o", "/bin/sh", "-c", f'echo ran >> {witness}; echo "$2"', "sh")
        self.right.send(payload, verb=verb)
        self.asker.request(payload, verb=verb)
        self.assertTrue(self.asker.next().payload.startswith(b"126,"))
        self.assertFalse(os.path.exists(witness))
        self.assertIsNone(listener.returncode)
        self.right.send(b"good")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"good\n")
        self.assertEqual(open(witness).read(), "ran\n")
        self.assertEqual(sum("was not run: the " in line for line in self.error_lines(listener)), 2, listener)

    def test_a_payload_with_a_nul_is_not_passed(self):
        self.check_not_passed(payload=b"a\0b")

    def test_a_verb_with_a_nul_is_not_passed(self):
        self.check_not_passed(verb="a\0b")

    def test_a_verb_that_looks_like_a_flag_is_not_passed(self):
        self.check_not_passed(verb="-rf")

    def test_a_verb_of_a_dash_alone_is_not_passed(self):
        self.check_not_passed(verb="-")

    def test_a_payload_beyond_the_kernels_limit_is_not_passed(self):
        self.check_not_passed(payload=b"x" * 131072)

    def test_a_payload_that_fits_an_argument_but_not_a_variable_is_not_passed(self):
        self.check_not_passed(payload=b"x" * (131072 - len("REMAPHORE_MSG=")))

    def test_an_unpassable_message_alone_is_exit_1_with_once(self):
        listener = self.listen(self.left, "-o", "-t", "3s", "/bin/echo")
        self.right.send(b"a\0b")
        listener.stderr.wait_for("was not run: the ")
        listener.expect_exit(NOTHING)
        self.assertEqual(listener.stdout.data, b"")

    def test_an_unpassable_message_counts_as_received_without_once(self):
        listener = self.listen(self.left, "-t", "3s", "/bin/echo")
        self.right.send(b"a\0b")
        listener.stderr.wait_for("was not run: the ")
        listener.expect_exit(OK)

    def test_a_command_line_beyond_the_kernels_total_is_not_passed(self):
        listener = self.listen(self.left, "-o", "/bin/sh", "-c", 'echo ${#2}', "sh", preexec=lambda: resource.setrlimit(
            resource.RLIMIT_STACK, (400_000, resource.getrlimit(resource.RLIMIT_STACK)[1])))
        self.asker.request(b"x" * 100_000)  # twice, as argument and as variable: a quarter of the stack is for both
        self.assertTrue(self.asker.next().payload.startswith(b"126,"))
        self.right.send(b"good")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"4\n")

    def test_the_longest_payload_that_can_be_passed_is(self):
        payload = b"x" * (131072 - len("REMAPHORE_MSG=") - 1)
        listener = self.run_once("/bin/sh", "-c", 'echo ${#2} ${#REMAPHORE_MSG}', "sh", payload=payload)
        self.assertEqual(listener.stdout.text, f"{len(payload)} {len(payload)}\n")

    def test_a_payload_that_looks_like_a_flag_is_passed(self):
        listener = self.run_once("/bin/sh", "-c", 'echo "$2"', "sh", payload=b"-rf /")
        self.assertEqual(listener.stdout.data, b"-rf /\n")

    def test_without_a_command_such_messages_are_printed(self):
        listener = self.listen(self.left, "-o")
        self.right.send(b"a\0b", verb="-rf")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"a\0b\n")

    def check_not_started(self, command, status):
        listener = self.listen(self.left, command)
        self.asker.request(b"1")
        self.assertTrue(self.asker.next().payload.startswith(b"%d," % status))
        self.asker.request(b"2")
        self.assertTrue(self.asker.next().payload.startswith(b"%d," % status))
        self.assertIsNone(listener.returncode)
        listener.stderr.wait_for("remaphore: ")
        self.assert_error_line(listener, command)

    def test_a_command_that_is_not_found_is_answered_with_127(self):
        self.check_not_started(self.path("absent"), 127)

    def test_a_command_that_is_not_found_along_the_path_is_answered_with_127(self):
        self.check_not_started("no-such-command-anywhere", 127)

    def test_a_command_that_is_no_program_is_answered_with_126(self):
        self.check_not_started(self.file("plain", "echo hi\n", 0o644), 126)

    def test_once_with_a_command_that_cannot_be_started_is_exit_3(self):
        for command in (self.path("absent"), self.file("plain", "x", 0o644)):
            listener = self.listen(self.left, "-o", command)
            self.right.send(b"hi")
            listener.expect_exit(FAILURE)
            self.assert_error_line(listener, command)


class Replying(ScriptCase):
    def setUp(self):
        super().setUp()
        self.asker = self.foreign("com.asker", kind=GoRequester)

    def answer(self, *command, flags=(), **message):
        listener = self.listen(self.left, "-o", *flags, *command)
        self.asker.request(**message)
        reply = self.asker.next()
        self.listener = listener.expect_exit(OK)
        return reply

    def shell(self, body, **message):
        return self.answer("/bin/sh", "-c", body, "sh", **message).payload

    def test_a_reply_is_signed_bound_and_shaped_as_agreed(self):
        reply = self.answer("/bin/echo", payload=b"hi")
        self.assertEqual((reply.public, reply.destination, reply.verb, reply.flag, reply.uuid),
                         (self.left.public, b"", b"reply", b"_", self.asker.question.binding))
        self.assertEqual(reply.payload, b"0,ping hi\n")

    def test_a_reply_is_signed_by_the_default_identity_whatever_its_verbs(self):
        second = wire.Identity()
        self.left.identities = [(second, "*"), (self.left.identity, "nothing")]
        self.left.settings["default_identity"] = self.left.public
        self.assertEqual(self.answer("/bin/true").public, self.left.public)

    def test_stdout_and_stderr_are_sent_together_in_order(self):
        self.assertEqual(self.shell("echo 1; echo 2 >&2; echo 3; echo 4 >&2"), b"0,1\n2\n3\n4\n")
        self.assertEqual(self.listener.stdout.data, b"")

    def test_output_is_sent_raw(self):
        self.assertEqual(self.shell(r"printf ' a,b\000\377\n\n'"), b"0, a,b\0\xff\n\n")

    def test_no_output_is_an_empty_field(self):
        self.assertEqual(self.shell("exit 0"), b"0,")

    def test_the_exit_status_is_sent(self):
        self.assertEqual(self.shell("echo no; exit 42"), b"42,no\n")

    def test_a_signal_is_sent_as_128_and_its_number(self):
        self.assertEqual(self.shell("echo a; kill -KILL $$"), b"137,a\n")
        self.assertEqual(self.shell("kill -SEGV $$"), b"139,")

    def test_without_a_command_the_reply_is_no_data(self):
        reply = self.answer(payload=b"hi")
        self.assertEqual(reply.payload, b"0,NO_DATA")
        self.assertEqual(self.listener.stdout.data, b"hi\n")
        self.assertEqual(reply.uuid, self.asker.question.binding)

    def test_a_background_child_delays_no_reply_and_lives_on(self):
        began = time.monotonic()
        payload = self.shell("echo before; sleep 25 & echo $!; exit 3")
        self.assertLess(time.monotonic() - began, 10)
        status, text = payload.split(b",", 1)
        before, child = text.split()
        self.assertEqual((status, before), (b"3", b"before"))
        self.assertTrue(is_alive(int(child)))
        os.kill(int(child), signal.SIGKILL)

    def test_output_of_background_processes_is_discarded(self):
        """More than a pipe holds: neither killed by its writes nor held up by them."""
        fifo, told = self.path("fifo"), self.path("told")
        os.mkfifo(fifo)
        child = f"read go < {fifo}; head -c 1000000 /dev/zero; echo $? > {told}.new; mv {told}.new {told}"
        listener = self.listen(self.left, "/bin/sh", "-c", f"({child}) & echo early")
        self.asker.request(b"hi")
        self.assertEqual(self.asker.next().payload, b"0,early\n")
        with open(fifo, "w") as go:
            go.write("go\n")
        wait_until(lambda: os.path.exists(told), "the child wrote")
        self.assertEqual(open(told).read(), "0\n")
        self.assertIsNone(listener.returncode)

    def test_output_in_the_pipe_at_the_end_is_read(self):
        self.assertEqual(self.shell("head -c 60000 /dev/zero | tr '\\0' x"), b"0," + b"x" * 60000)

    def test_output_beyond_a_pipes_size_is_read_while_it_runs(self):
        self.assertEqual(self.shell("head -c 400000 /dev/zero | tr '\\0' x; echo end"),
                         b"0," + b"x" * 400000 + b"end\n")

    def test_requests_are_answered_each_on_its_own(self):
        listener = self.listen(self.left, "/bin/sh", "-c", 'echo "$2"', "sh")
        questions = [self.asker.request(b"%d" % number) for number in range(5)]
        replies = {reply.uuid: reply.payload for reply in (self.asker.next() for _ in questions)}
        self.assertEqual(replies, {q.binding: b"0,%d\n" % number for number, q in enumerate(questions)})
        self.assertIsNone(listener.returncode)

    def test_a_message_that_wants_no_reply_gets_none(self):
        listener = self.listen(self.left, "-o", "/bin/echo")
        watcher = self.hub().client()
        self.addCleanup(watcher.close)
        watcher.subscribe(self.fleet.subject + ".>")
        self.right.send(b"hi")
        listener.expect_exit(OK)
        self.assertEqual(len(watcher.pending()), 1)

    def test_a_reply_goes_out_before_once_ends(self):
        listener = self.listen(self.left, "-o", "/bin/echo")
        self.asker.request(b"hi")
        listener.expect_exit(OK)
        self.assertEqual(len(self.asker.client.pending()), 1)

    def test_a_reply_under_another_subject_goes_to_the_hash_alone(self):
        listener = self.listen(self.left, "-o", "-S", "other", "/bin/echo")
        question = self.asker.request(b"hi", part="other")
        self.assertEqual(self.asker.next().uuid, question.binding)
        listener.expect_exit(OK)


class BoundedReplies(ScriptCase):
    hub_options = {"max_payload": 20000}

    def setUp(self):
        super().setUp()
        self.asker = self.foreign("com.asker", kind=GoRequester)

    def answer(self, count):
        listener = self.listen(self.left, "-o", "/bin/sh", "-c", f"head -c {count} /dev/zero | tr '\\0' x; exit 5")
        self.asker.request(b"hi")
        delivery = self.asker.client.next()
        listener.expect_exit(OK)
        return delivery.payload

    def test_too_much_output_is_cut_and_the_reply_names_the_amount(self):
        raw = self.answer(100000)
        self.assertLessEqual(len(raw), 20000)
        payload = wire.decode(raw).payload
        self.assertTrue(payload.startswith(b"5," + b"x" * 15000))
        last = payload.rstrip(b"\n").rsplit(b"\n", 1)[1]
        numbers = [int(word) for word in "".join(c if c.isdigit() else " " for c in last.decode()).split()]
        body = len(payload[2:].split(b"\n")[0])
        self.assertIn(100000 - body, numbers, (last, body))

    def test_output_that_just_fits_is_whole(self):
        self.assertEqual(wire.decode(self.answer(19000)).payload, b"5," + b"x" * 19000)

    def test_every_size_around_the_limit_is_answered_in_bounds(self):
        for count in (19600, 19700, 19730, 19740, 19750, 19760, 19770, 19780, 19790, 19800, 19900, 20000, 20001):
            with self.subTest(count=count):
                self.assertLessEqual(len(self.answer(count)), 20000)


class BeingStopped(ScriptCase):
    """-t reached or a signal: no new command, TERM to the running one's group, KILL two seconds later."""

    def test_the_timeout_ends_the_running_command_and_counts_the_queue(self):
        started = self.path("started")
        listener = self.listen(self.left, "-t", "700ms", "/bin/sh", "-c", f"echo $$ >> {started}; exec sleep 30")
        for number in range(4):
            self.right.send(b"%d" % number)
        listener.expect_exit(OK, within=10)  # a message was received
        self.assertTrue(0.6 < listener.seconds < 2.6, listener)
        pids = open(started).read().split()
        self.assertEqual(len(pids), 1)
        wait_until(lambda: not is_alive(int(pids[0])), "the command ended")
        self.assertRegex(listener.stderr.text, r"(?m)^remaphore: .*\b3\b")

    def test_the_whole_process_group_is_ended(self):
        listener = self.listen(self.left, "-t", "600ms", "/bin/sh", "-c", "sleep 30 & echo $!; wait")
        self.right.send(b"hi")
        listener.expect_exit(OK, within=10)
        child = int(listener.stdout.text)
        wait_until(lambda: not is_alive(child), "the grandchild ended")

    def test_a_command_that_ignores_term_is_killed_after_two_seconds(self):
        listener = self.listen(self.left, "-t", "500ms", "/bin/sh", "-c",
                               "trap 'echo term' TERM; echo $$; while :; do sleep 0.02; done")
        self.right.send(b"hi")
        listener.stdout.wait_for("term\n")
        told = time.monotonic()
        listener.expect_exit(OK, within=10)
        self.assertTrue(1.5 < listener.ended - told < 3, listener)
        self.assertFalse(is_alive(int(listener.stdout.lines[0])))

    def test_a_command_may_clean_up_on_term(self):
        listener = self.listen(self.left, "-t", "500ms", "/bin/sh", "-c",
                               "trap 'echo cleaned; exit 0' TERM; echo up; while :; do sleep 0.05; done")
        self.right.send(b"hi")
        listener.expect_exit(OK, within=10)
        self.assertEqual(listener.stdout.data, b"up\ncleaned\n")

    def test_a_stopped_command_is_still_answered(self):
        asker = self.foreign("com.asker", kind=GoRequester)
        listener = self.listen(self.left, "-t", "500ms", "/bin/sh", "-c", "echo partial; exec sleep 30")
        asker.request(b"hi")
        self.assertEqual(asker.next().payload, b"143,partial\n")
        listener.expect_exit(OK)

    def test_a_signal_ends_the_running_command_and_then_us(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            with self.subTest(number=number):
                listener = self.listen(self.left, "/bin/sh", "-c", "echo $$; exec sleep 30")
                self.right.send(b"hi")
                pid = int(listener.stdout.wait_for("\n"))
                listener.signal(number)
                listener.expect_exit(-number, within=5)
                wait_until(lambda: not is_alive(pid), "the command ended")

    def test_a_command_may_end_by_itself_within_its_grace(self):
        """A deploy may restart its own service in the middle."""
        gate = self.path("gate")
        os.mkfifo(gate)
        asker = self.foreign("com.asker", kind=GoRequester)
        listener = self.listen(self.left, "--grace", "15s", "/bin/sh",
                               "-c", f"echo $$ >&2; read x < {gate}; echo whole; exit 3")
        asker.request(b"hi")
        wait_until(lambda: children_of(listener.pid), "it runs")
        asker.request(b"another")
        listener.signal(signal.SIGTERM)
        let_time_pass(0.3)
        self.assertIsNone(listener.returncode, listener)
        with open(gate, "w") as go:
            go.write("go\n")
        listener.expect_exit(-signal.SIGTERM, within=5)
        self.assertRegex(asker.next().payload, rb"\A3,\d+\nwhole\n\Z")
        self.assertIn("1 received messages were not handled", listener.stderr.text)

    def test_a_command_is_terminated_when_its_grace_is_over(self):
        listener = self.listen(self.left, "--grace", "500ms", "/bin/sh", "-c", "echo up; exec sleep 30")
        self.right.send(b"hi")
        listener.stdout.wait_for("up\n")
        told = time.monotonic()
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=5)
        self.assertGreaterEqual(listener.ended - told, 0.5)
        self.assertIn("exit status 143", listener.stderr.text)

    def test_a_signal_counts_the_queue_too(self):
        listener = self.listen(self.left, "/bin/sh", "-c", "echo go; exec sleep 30")
        for number in range(6):
            self.right.send(b"%d" % number)
        listener.stdout.wait_for("go\n")
        let_time_pass(0.1)  # for the last of the five to reach the listener too
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=5)
        self.assertRegex(listener.stderr.text, r"(?m)^remaphore: .*\b5\b")

    def test_once_does_not_run_a_second_command(self):
        log = self.path("log")
        listener = self.listen(self.left, "-o", "/bin/sh", "-c", f"echo $2 >> {log}; sleep 0.2", "sh")
        self.right.send(b"1")
        self.right.send(b"2")
        listener.expect_exit(OK)
        self.assertEqual(open(log).read(), "1\n")

    def test_a_finished_command_before_the_timeout_changes_nothing(self):
        listener = self.listen(self.left, "-t", "500ms", "/bin/echo")
        self.right.send(b"hi")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"ping hi\n")

    def test_nothing_received_is_exit_1_with_a_command_too(self):
        self.listen(self.left, "-t", "300ms", "/bin/echo").expect_exit(NOTHING)

    def test_no_child_is_left_unreaped(self):
        listener = self.listen(self.left, "/bin/echo")
        for number in range(5):
            self.right.send(b"%d" % number)
        listener.stdout.wait_lines(5)
        wait_until(lambda: children_of(listener.pid) == [], "all children reaped")


PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER = 38, 22, 36
PIDFD_OPEN = 434  # on every architecture


def without_pidfd_open():
    """From here on pidfd_open fails with ENOSYS, as under an old kernel or a container's filter."""
    libc = ctypes.CDLL(None, use_errno=True)
    load_number, if_it_is, refuse, allow = (0x20, 0, 0, 0), (0x15, 0, 1, PIDFD_OPEN), (0x06, 0, 0, 0x00050026), \
        (0x06, 0, 0, 0x7fff0000)
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one)
                                                for one in (load_number, if_it_is, refuse, allow)))

    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_void_p)]

    program = Program(4, ctypes.addressof(code))
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, 2, ctypes.byref(program), 0, 0)):
        if libc.prctl(*arguments) != 0:
            os._exit(99)


class WhatOurCallerLeftUs(ScriptCase):
    def ignoring_children(self):
        return self.listen(self.left, "/bin/sh", "-c", 'echo "$2"', "sh",
                           preexec=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))

    def test_commands_end_though_sigchld_was_ignored(self):
        listener = self.ignoring_children()
        for number in range(3):
            self.right.send(b"%d" % number)
        listener.stderr.wait_for("exit status 0", count=3)
        self.assertEqual(listener.stdout.data, b"0\n1\n2\n")

    def test_a_signal_ends_us_though_sigchld_was_ignored(self):
        listener = self.ignoring_children()
        self.right.send(b"hi")
        listener.stderr.wait_for("exit status 0")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM, within=5)
        self.assertLess(listener.cpu, 0.5)

    def test_sigchld_is_not_ignored_in_a_command(self):
        listener = self.listen(self.left, "-o", "/bin/sh", "-c", "exec grep ^SigIgn /proc/self/status",
                               preexec=lambda: signal.signal(signal.SIGCHLD, signal.SIG_IGN))
        self.right.send(b"hi")
        listener.expect_exit(OK)
        self.assertFalse(int(listener.stdout.text.split()[1], 16) >> (signal.SIGCHLD - 1) & 1, listener)

    def test_without_pidfds_a_listener_with_a_command_does_not_begin(self):
        process = self.remaphore(self.left, "/bin/echo", preexec=without_pidfd_open)
        process.expect_exit(FAILURE)
        self.assertRegex(process.stderr.text, r"\Aremaphore: commands cannot be watched here: pidfd_open: [^\n]*\n\Z")

    def test_without_pidfds_payloads_are_printed_all_the_same(self):
        listener = self.listen(self.left, "-o", preexec=without_pidfd_open)
        self.right.send(b"hi")
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"hi\n")

    def test_orphans_are_reaped_where_they_become_ours(self):
        """In a container, remaphore may be process 1."""
        libc = ctypes.CDLL(None, use_errno=True)
        listener = self.listen(self.left, "/bin/sh", "-c", "(sleep 0.1 &); (sleep 0.2; exit 3) & exit 5",
                               preexec=lambda: libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
        for number in range(5):
            self.right.send(b"%d" % number)
        listener.stderr.wait_for("exit status 5", count=5)
        wait_until(lambda: children_of(listener.pid) == [], "all are reaped")

    def test_children_from_before_our_exec_are_reaped(self):
        listener = self.start("/bin/sh", "-c", '(exit 1) & exec "$@"', "sh", REMAPHORE, "-c", self.left.write(),
                              "/bin/echo").wait_ready()
        wait_until(lambda: children_of(listener.pid) == [], "it is reaped")
