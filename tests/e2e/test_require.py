"""Exit statuses of requests and scripts: --require, --gather, --exit-status."""

import signal

from case import NOTHING, OK, USAGE, GoListener, HubCase

SILENT, FAILED = 4, 5


class RequestCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left = self.node("com.left")

    def responders(self, **payloads):
        return [self.foreign(f"com.{name}", kind=GoListener, payload=payload) for name, payload in payloads.items()]

    def ask(self, *args, code=OK, timeout="10s"):
        return self.remaphore(self.left, "-r", "-t", timeout, *args).expect_exit(code)


class Require(RequestCase):
    def test_all_is_met_when_all_have_succeeded(self):
        self.responders(a=b"0,", b=b"NO_DATA")
        process = self.ask("--require", "all")
        self.assertEqual(process.stderr.data, b"")

    def test_it_returns_as_soon_as_it_is_met(self):
        self.responders(a=b"0,", b=b"0,")
        self.node("com.silent")
        for count in ("2", "50%", "66%"):
            # no -t: it would wait for ever
            process = self.remaphore(self.left, "-r", "--require", count).expect_exit(OK)
            self.assertEqual(process.stderr.data, b"")

    def test_silence_is_exit_4_and_names_the_silent(self):
        self.responders(a=b"0,", b=b"0,")
        self.node("com.silent")
        process = self.ask("--require", "all", code=SILENT, timeout="1500ms")
        self.assertEqual(process.stderr.lines, ["remaphore: no answer from com.silent"])
        self.assertEqual(len(process.stdout.lines), 2)
        self.ask("--require", "67%", code=SILENT, timeout="1500ms")  # rounded up: 3 of 3

    def test_no_answer_is_exit_4(self):
        self.node("com.silent")
        self.ask("--require", "1", code=SILENT, timeout="1500ms")
        self.ask(code=NOTHING, timeout="1500ms")

    def test_a_command_that_failed_is_exit_5_and_is_named(self):
        self.responders(a=b"0,", b=b"7,oops", c=b"-1,killed")
        process = self.ask("--require", "all", code=FAILED)
        self.assertEqual(process.stderr.lines, ["remaphore: the command failed on com.b (7), com.c (-1)"])
        self.assertEqual(sorted(process.stdout.lines), ["com.a,0,", "com.b,7,oops", "com.c,-1,killed"])
        self.ask("--require", "2", code=FAILED)
        self.ask("--require", "1", code=OK)

    def test_silence_wins_over_failure(self):
        self.responders(b=b"7,oops")
        self.node("com.silent")
        process = self.ask("--require", "all", code=SILENT, timeout="1500ms")
        self.assertEqual(process.stderr.lines,
                         ["remaphore: no answer from com.silent", "remaphore: the command failed on com.b (7)"])

    def test_more_than_there_are_is_a_usage_error_before_anything_is_sent(self):
        responder, other = self.responders(a=b"0,", b=b"0,")
        process = self.remaphore(self.left, "-r", "--require", "3", "first")
        self.assert_refused(process, USAGE, "--require: 3 must succeed, but only 2 will be asked")
        self.ask("--require", "2", "second")
        self.assertEqual([request.payload for request in responder.requests], [b"second"])

    def test_a_malformed_count_is_a_usage_error(self):
        self.responders(a=b"0,")
        for count in ("0", "0%", "101%", "some", "-1", "1.5", "50 %"):
            self.assert_refused(self.remaphore(self.left, "-r", "--require", count), USAGE, "--require", count)

    def test_without_it_nothing_changes(self):
        self.responders(a=b"7,oops")
        self.node("com.silent")
        process = self.ask(timeout="1500ms")
        self.assertEqual(process.stderr.lines, ["remaphore: no answer from com.silent"])

    def test_a_node_that_stays_silent_after_a_lost_link_is_silent(self):
        server = self.server()
        fleet = self.make_fleet(server)
        left = fleet.node("com.left")
        fleet.foreign("com.a", kind=GoListener, payload=b"0,")
        fleet.node("com.silent")
        process = self.remaphore(left, "-r", "--require", "all", "-t", "4s")
        process.stdout.wait_lines(1)
        server.close()
        process.expect_exit(SILENT)
        self.assert_error_line(process, "no answer from com.silent")

    def test_it_goes_with_requests_only(self):
        for args in (["-s", "--require", "1"], ["--require", "1"], ["-s", "--gather"], ["--gather"]):
            self.assert_refused(self.remaphore(self.left, *args), USAGE, "is only for -r")


class Gather(RequestCase):
    RULE = "-" * 15

    def test_equal_answers_are_one_record_under_their_nodes_and_failures_come_last(self):
        self.responders(d=b"0,up\n2 users\n", b=b"0,up\n2 users", c=b"1,down", a=b"0,alone", e=b"1,down \n",
                        f=b"1,down")
        text = self.ask("--gather").stdout.text
        self.assertEqual(text, "".join(f"{self.RULE}\n{header}\n{self.RULE}\n{output}\n" for header, output in (
            ("com.b,com.d (2)", "up\n2 users"), ("com.a", "alone"), ("com.c,com.e,com.f (3): exit status 1", "down"))))

    def test_no_output_can_forge_a_header(self):
        self.responders(liar=f"0,x\n{self.RULE}\ncom.bank\n{self.RULE}\nforged".encode())
        lines = self.ask("--gather").stdout.lines
        self.assertEqual(lines[0], "-" * 16)
        self.assertEqual([number for number, line in enumerate(lines) if line == lines[0]], [0, 2])

    def test_a_signal_prints_the_answers_so_far(self):
        responder, = self.responders(a=b"0,done")
        self.node("com.silent")
        process = self.remaphore(self.left, "-r", "--gather", "--verbose")
        process.stderr.wait_for("the answer from com.a is not bound")
        self.assertEqual(process.stdout.data, b"")
        process.signal(signal.SIGINT)
        process.expect_exit(-signal.SIGINT)
        self.assertEqual(process.stdout.text, f"{self.RULE}\ncom.a\n{self.RULE}\ndone\n")
        self.assertIn("no answer from com.silent", process.stderr.text)

    def test_large_outputs_are_printed_whole_at_the_end(self):
        self.responders(a=b"0," + b"a" * 900_000, b=b"0," + b"b" * 900_000)
        self.assertEqual(len(self.ask("--gather").stdout.data), 2 * (900_000 + 2 * 16 + len("com.a\n") + 1))

    def test_it_goes_with_require(self):
        self.responders(a=b"3,x", b=b"3,x")
        process = self.ask("--gather", "--require", "all", code=FAILED)
        self.assertEqual(process.stdout.text, f"{self.RULE}\ncom.a,com.b (2): exit status 3\n{self.RULE}\nx\n")

    def test_it_does_not_go_with_json(self):
        self.responders(a=b"0,")
        process = self.remaphore(self.left, "-r", "--gather", "--json").expect_exit(USAGE)
        self.assert_error_line(process, "--json and --gather cannot be combined")


class ExitStatus(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()

    def run_once(self, *args, code, flags=("-o", "--exit-status")):
        listener = self.listen(self.left, *flags, *args)
        self.right.send(b"hi")
        return listener.expect_exit(code)

    def test_of_the_command_is_passed_through(self):
        for code in (0, 1, 2, 3, 42, 255):
            self.run_once("sh", "-c", f"exit {code}", code=code)

    def test_of_a_command_that_a_signal_killed_is_128_and_its_number(self):
        self.run_once("sh", "-c", "kill -9 $$", code=137)
        self.run_once("sh", "-c", "kill -TERM $$", code=143)

    def test_of_a_command_that_cannot_be_run_is_the_shells(self):
        self.run_once("/nonexistent/command", code=127)
        self.run_once(self.file("plain", b"no program"), code=126)

    def test_of_a_command_that_took_too_long_is_124(self):
        self.run_once("sh", "-c", "exec sleep 100", code=124,
                      flags=("-o", "--exit-status", "--script-timeout", "200ms"))

    def test_a_name_implies_once(self):
        listener = self.listen(self.left, "-u", "release", "--exit-status", "sh", "-c", "exit 9")
        self.right.send(b"hi", uuid="release")
        listener.expect_exit(9)

    def test_without_a_message_it_is_ours(self):
        self.remaphore(self.left, "-o", "--exit-status", "-t", "1500ms", "true").expect_exit(NOTHING)

    def test_unless_asked_for_it_is_ours(self):
        self.run_once("sh", "-c", "exit 42", code=OK, flags=("-o",))

    def test_it_needs_once_and_a_command(self):
        for args, needs in ((["--exit-status", "true"], "-o or -u"), (["-o", "--exit-status"], "a command")):
            self.assert_refused(self.remaphore(self.left, *args), USAGE, f"--exit-status needs {needs}")
        for mode in ("-s", "-r"):
            self.assert_refused(self.remaphore(self.left, mode, "--exit-status"), USAGE,
                                "--exit-status is only for receiving")
