"""`remaphore -r` on a terminal: what a person sees while it waits, and what is left on the screen."""

import json
import os
import signal
import subprocess
from xml.etree import ElementTree

from case import BUILD, NOTHING, OK, REMAPHORE, ROOT, USAGE, GoListener, environment, wait_until
from test_request import RequestCase

import wire
from terminal import OnTerminal


class TerminalCase(RequestCase):
    """Peers that answer when the test says so."""

    def silent(self, *names):
        """Peers that the test answers for; the first of them listens."""
        self.ear = self.foreign(names[0], kind=GoListener, answers=lambda request: [])
        self.peers = {names[0]: self.ear} | {name: self.foreign(name) for name in names[1:]}

    def run_on(self, argv, env=None, **options):
        terminal = OnTerminal(argv, env=environment(**(env or {})), cwd=self.folder, **options)
        self.addCleanup(terminal.close)
        return terminal

    def ask_on_terminal(self, *args, timeout="20s", env=None, **options):
        return self.run_on([REMAPHORE, "-c", self.left.write(), "-r", "-t", timeout, *args], env, **options)

    def watch(self, *args, **options):
        """Standard error is the terminal, standard output is not."""
        return self.ask_on_terminal(*args, **({"stdout": subprocess.PIPE} | options))

    def answer(self, name, payload=b"0,done"):
        request = wait_until(lambda: self.ear.requests, "the request arrived")[0]
        self.ear.client.publish(wire.reply_subject(self.fleet.subject, request),
                                wire.build_reply(self.peers[name].identity, request, payload, uuid=os.urandom(12)))

    def asked(self):
        wait_until(lambda: self.ear.requests, "the request arrived")


class Picture(TerminalCase):
    def test_each_expected_responder_has_a_line_and_all_together_a_bar(self):
        self.silent("com.a", "com.b", "com.c")
        terminal = self.watch()
        screen = terminal.wait_for("0 of 3 answered, 3 waiting")
        self.assertEqual([line.split() for line in screen.lines[:3]],
                         [["·", "waiting", name] for name in ("com.a", "com.b", "com.c")])
        self.assertRegex(screen.lines[3], r"^─{24}  0 of 3 answered, 3 waiting, \ds of 20s$")
        self.answer("com.b")
        self.answer("com.c", b"3,broken")
        screen = terminal.wait_for("2 of 3 answered, 1 failed, 1 waiting")
        self.assertEqual(screen.lines[0].split(), ["·", "waiting", "com.a"])
        self.assertRegex(screen.lines[1], r"^✔ ok +[\d.]+ m?s  com\.b$")
        self.assertRegex(screen.lines[2], r"^✘ exit 3 +[\d.]+ m?s  com\.c$")
        self.assertRegex(screen.lines[3], r"^━{16}─{8}  2 of 3")
        self.assertEqual(len({line.index("com.") for line in screen.lines[:3]}), 1, "the names are aligned")

    def test_at_the_end_it_stays_as_it_was_left(self):
        self.silent("com.a", "com.b", "com.c")
        terminal = self.watch(timeout="1s")
        self.answer("com.b")
        self.answer("com.c", b"3,broken")
        screen = terminal.expect_exit(OK)
        self.assertEqual(len(screen.lines), 5, screen.text)
        self.assertEqual(screen.lines[0], "remaphore: no answer from com.a")
        self.assertRegex(screen.lines[1], r"^✘ no answer +com\.a$")
        self.assertRegex(screen.lines[4], r"^✘ 2 of 3 answered, 1 failed, 1 without answer in [\d.]+ m?s$")
        self.assertTrue(screen.cursor_shown)
        self.assertEqual((screen.row, screen.column), (5, 0))
        self.assertEqual(terminal.process.stdout.data, b"com.b,0,done\ncom.c,3,broken\n")

    def test_colours_distinguish_good_from_bad(self):
        self.silent("com.a", "com.b", "com.c")
        terminal = self.watch()
        self.answer("com.a")
        self.answer("com.b", b"1,")
        screen = terminal.wait_for("2 of 3 answered")
        self.assertEqual([screen.colour_of(part) for part in ("✔ ok", "✘ exit 1", "· waiting", "com.a")],
                         [{"32"}, {"31"}, {"2"}, {""}])

    def test_a_peer_may_answer_itself_out_of_the_good_ones(self):
        self.silent("com.a", "com.b")
        terminal = self.watch()
        self.answer("com.a", b"0,one")
        terminal.wait_for("1 of 2 answered, 1 waiting")
        self.answer("com.a", b"4,two")
        self.assertIn("✘ exit 4", terminal.wait_for("1 of 2 answered, 1 failed, 1 waiting").lines[0])

    def test_a_fleet_that_is_taller_than_the_screen_shows_the_failed_and_the_missing(self):
        names = [f"com.node{number:02}" for number in range(60)]
        self.silent(*names)
        terminal = self.watch(width=80, height=24)
        screen = terminal.wait_for("0 of 60 answered, 60 waiting")
        self.assertEqual(len(screen.lines), 10)
        self.assertEqual(screen.scrolled, [])
        self.assertEqual(screen.lines[8], "… and 52 more: 52 waiting")
        for name in names[:51]:
            self.answer(name, b"0,")
        self.answer(names[51], b"1,")
        screen = terminal.wait_for("52 of 60 answered, 1 failed, 8 waiting")
        self.assertEqual([line.split()[-1] for line in screen.lines[:-1]], names[51:])
        self.assertIn("exit 1", screen.lines[0])
        for name in names[52:]:
            self.answer(name, b"0,")
        screen = terminal.expect_exit(OK)
        self.assertEqual(len(screen.lines), 2, screen.text)
        self.assertIn(names[51], screen.lines[0])
        self.assertRegex(screen.lines[1], r"^✘ 60 of 60 answered, 1 failed in ")
        self.assertEqual(screen.scrolled, [])

    def test_names_cannot_touch_the_terminal(self):
        self.silent("com.a", "com.日本語日本語日本語日本語日本語", "com.\udcff")
        self.left.text = self.left.config_text().encode("utf-8", "surrogateescape")
        terminal = self.watch(width=40)
        screen = terminal.wait_for("0 of 3 answered")
        self.assertEqual([line.split()[-1] for line in screen.lines[1:3]],
                         ["com.日本語日本語…", "com.\\xff"])

    def test_it_fits_a_tiny_screen(self):
        self.silent("com.a", "com.b", "com.c")
        for width, height in ((1, 1), (7, 2), (20, 3)):
            with self.subTest(width=width, height=height):
                terminal = self.watch("-t", "500ms", width=width, height=height)
                screen = terminal.expect_exit(NOTHING)
                self.assertTrue(screen.cursor_shown)


class PictureInTheReadme(TerminalCase):
    def test_it_is_made_from_a_live_request(self):
        path = self.path("request.svg")
        self.start(os.path.join(ROOT, "tools", "picture"), "--build", BUILD, path).expect_exit(OK, within=60)
        text = " ".join(element.text for element in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text"))
        for part in ("com.example.web2,1,no space left on /srv", "exit 1",
                     "round 2 of 3, 3 of 7 answered, 1 failed, 1 waiting, 3 later"):
            self.assertIn(part, text)
        self.assertEqual([name for name in os.listdir(self.folder) if name.startswith("request")], ["request.svg"])

    def test_the_readme_shows_it(self):
        with open(os.path.join(ROOT, "README.md")) as file:
            self.assertIn("](doc/request.svg)", file.read())
        self.assertTrue(os.path.exists(os.path.join(ROOT, "doc/request.svg")))


class Economy(TerminalCase):
    def test_nothing_is_drawn_while_nothing_changes_but_the_clock(self):
        self.silent("com.a")
        terminal = self.watch(timeout="3500ms")
        screen = terminal.expect_exit(NOTHING)
        self.assertTrue(5 <= screen.frames <= 6, screen.frames)  # at 0, 1, 2, 3 s, one aside, and the end
        self.assertLess(terminal.process.cpu, 0.5)

    def test_a_burst_of_answers_is_a_picture_or_two(self):
        names = [f"com.node{number:02}" for number in range(60)]
        self.silent(*names, "com.absent")
        terminal = self.watch(stdout=subprocess.DEVNULL)
        terminal.wait_for("0 of 61 answered")
        before = terminal.screen.frames
        for name in names:
            self.answer(name)
        screen = terminal.wait_for("60 of 61 answered")
        self.assertLess(screen.frames - before, 15)


class Without(TerminalCase):
    """Without a live view, standard error is as usual."""

    def assert_none(self, *args, **options):
        self.silent("com.a", "com.b")
        terminal = self.watch(*args, timeout="600ms", **options)
        self.answer("com.a")
        terminal.expect_exit(OK)
        self.assertEqual(terminal.data, b"remaphore: no answer from com.b\r\n")

    def test_progress_never_shows_no_view(self):
        self.assert_none("--progress", "never")

    def test_quiet_shows_no_view(self):
        self.assert_none("-q")

    def test_a_dumb_terminal_shows_no_view(self):
        self.assert_none(env={"TERM": "dumb"})

    def test_without_term_there_is_no_view(self):
        self.assert_none(env={"TERM": None})

    def test_without_a_terminal_there_is_no_view(self):
        self.silent("com.a", "com.b")
        terminal = self.ask_on_terminal("--progress", "auto", timeout="600ms", stderr=subprocess.PIPE)
        self.answer("com.a")
        terminal.expect_exit(OK)
        self.assertEqual(terminal.data, b"com.a,0,done\r\n")
        self.assertEqual(terminal.process.stderr.data, b"remaphore: no answer from com.b\n")

    def test_another_word_is_a_usage_error(self):
        self.silent("com.a")
        self.assert_refused(self.remaphore(self.left, "-r", "--progress", "maybe"), USAGE, "-progress", "maybe",
                            "never")
        self.assertEqual(self.ear.requests, [])


class Characters(TerminalCase):
    def setUp(self):
        super().setUp()
        self.silent("com.a", "com.größe")

    def end_of(self, **env):
        self.ear.requests.clear()
        terminal = self.watch(timeout="600ms", env=env)
        self.answer("com.a")
        terminal.wait_for("1 of 2 answered")
        terminal.expect_exit(OK)
        return terminal

    def test_a_locale_without_utf8_gets_plain_ascii(self):
        terminal = self.end_of(LC_ALL="C", LANG="de_DE.UTF-8")
        self.assertTrue(terminal.data.isascii(), terminal.data)
        self.assertIn(b"remaphore: no answer from com.gr\\xc3\\xb6\\xc3\\x9fe", terminal.data)
        self.assertIn("+ ok", terminal.screen.text)
        self.assertIn("com.gr\\xc3\\xb6\\xc3\\x9fe", terminal.screen.text)
        self.assertIn(b"] ", terminal.data)

    def test_the_locale_of_characters_decides(self):
        for env in ({"LC_ALL": None, "LC_CTYPE": "de_DE.utf8", "LANG": "C"}, {"LC_ALL": "", "LANG": "C.UTF-8"}):
            with self.subTest(env=env):
                self.assertIn("com.größe", self.end_of(**env).screen.text)
        self.assertNotIn("✔", self.end_of(LC_ALL=None, LC_CTYPE="C", LANG="C.UTF-8").screen.text)

    def test_no_color_turns_colours_off(self):
        self.assertNotRegex(self.end_of(NO_COLOR="1").data, rb"\x1b\[[\d;]*m")
        self.assertRegex(self.end_of(NO_COLOR="").data, rb"\x1b\[[\d;]*m")


class SharedTerminal(TerminalCase):
    """Standard output is on the same screen."""

    def test_records_stand_above_the_picture_and_are_not_touched_again(self):
        self.silent("com.a", "com.b", "com.c")
        terminal = self.ask_on_terminal()
        self.answer("com.a", b"0,one\ntwo\n")
        screen = terminal.wait_for("1 of 3 answered")
        self.assertRegex(screen.text, r"\A--> (\w+)\ncom\.a,0,one\ntwo\n--< \1\n✔ ok .* com\.a\n· waiting +com\.b\n"
                                      r"· waiting +com\.c\n\S+  1 of 3 answered, 2 waiting, .*\Z")
        self.answer("com.b", b"1,bad")
        self.answer("com.c")
        screen = terminal.expect_exit(OK)
        self.assertRegex(screen.text, r"\A--> (\w+)\ncom\.a,0,one\ntwo\n--< \1\ncom\.b,1,bad\ncom\.c,0,done\n"
                                      r"✘ 3 of 3 answered, 1 failed in .*\Z")

    def test_lines_of_standard_error_stand_above_it_too(self):
        self.silent("com.a", "com.b")
        terminal = self.ask_on_terminal(width=200)
        self.answer("com.a", b"no answer at all")
        screen = terminal.wait_for("ignored a reply", "0 of 2 answered")
        self.assertEqual(len(screen.lines), 4, screen.text)
        self.assertTrue(screen.lines[0].startswith("remaphore: ignored a reply that claims to be from com.a"))
        self.answer("com.a")
        self.answer("com.b")
        self.assertEqual(len(terminal.expect_exit(OK).lines), 4)

    def test_a_record_longer_than_the_screen_scrolls_by_whole(self):
        self.silent("com.a", "com.b")
        terminal = self.ask_on_terminal(height=10)
        body = [f"line {number}" for number in range(200)]
        self.answer("com.a", b"0," + "\n".join(body).encode())
        terminal.wait_for("1 of 2 answered")
        self.answer("com.b")
        screen = terminal.expect_exit(OK)
        self.assertEqual(screen.everything[1:202], ["com.a,0,line 0", *body[1:], screen.everything[201]])
        self.assertEqual(screen.everything[202:-1], ["com.b,0,done"])

    def test_many_answers_at_once_leave_every_record_and_one_picture(self):
        names = [f"com.node{number:03}" for number in range(100)]
        self.silent(*names)
        terminal = self.ask_on_terminal()
        for name in names:
            self.answer(name)
        screen = terminal.expect_exit(OK)
        self.assertEqual(sorted(screen.everything[:-1]), [f"{name},0,done" for name in names])
        self.assertRegex(screen.everything[-1], r"^✔ 100 of 100 answered in ")
        self.assertLess(screen.frames, 200)

    def test_a_large_fleet_leaves_its_answers_on_the_screen_and_nothing_else_above_it(self):
        names = [f"com.node{number:02}" for number in range(49)]
        self.silent(*names)
        terminal = self.ask_on_terminal(height=30)
        terminal.wait_for("0 of 49 answered")
        for number, name in enumerate(names[:45]):
            self.answer(name)
            screen = terminal.wait_for(f"{number + 1} of 49 answered")
            shown = [line for line in screen.lines if line.endswith(",0,done")]
            self.assertGreaterEqual(len(shown), min(number + 1, 19), screen.text)
        self.assertEqual(screen.everything[:45], [f"{name},0,done" for name in names[:45]])
        for name in names[45:]:
            self.answer(name)
        screen = terminal.expect_exit(OK)
        self.assertEqual(len([line for line in screen.lines if line.endswith(",0,done")]), 28, screen.text)
        self.assertEqual(screen.scrolled, [f"{name},0,done" for name in names[:len(screen.scrolled)]])

    def test_a_low_screen_is_shared_by_halves(self):
        names = [f"com.node{number:02}" for number in range(12)]
        self.silent(*names)
        terminal = self.ask_on_terminal(height=8)
        for number, name in enumerate(names[:8]):
            self.answer(name)
            screen = terminal.wait_for(f"{number + 1} of 12 answered")
            shown = [line for line in screen.lines if line.endswith(",0,done")]
            self.assertGreaterEqual(len(shown), min(number + 1, 3), screen.text)
        self.assertEqual(screen.everything[:8], [f"{name},0,done" for name in names[:8]])

    def test_a_pipe_that_ends_on_the_same_screen_does_not_mix_with_it(self):
        self.silent("com.a", "com.b", "com.c")
        terminal = self.run_on(["/bin/sh", "-c", '"$@" | cat', "sh", REMAPHORE, "-c", self.left.write(), "-r",
                                "-t", "20s"])
        terminal.wait_for("0 of 3 answered")
        self.answer("com.a")
        terminal.wait_for("com.a,0,done", "1 of 3 answered")
        self.answer("com.b")
        terminal.wait_for("com.b,0,done", "2 of 3 answered")
        self.answer("com.c")
        screen = terminal.expect_exit(OK)
        self.assertEqual(screen.lines[:2], ["com.a,0,done", "com.b,0,done"])
        self.assertEqual(sorted(line.split(" in ")[0].split("  ")[-1] for line in screen.lines[2:]),
                         ["com.a", "com.b", "com.c", "com.c,0,done", "✔ 3 of 3 answered"])


class OtherOutput(TerminalCase):
    def test_json_may_be_watched_too(self):
        self.silent("com.a", "com.b")
        terminal = self.watch("--json")
        self.answer("com.a")
        terminal.wait_for("✔ ok", "1 of 2 answered")
        self.answer("com.b")
        terminal.expect_exit(OK)
        objects = [json.loads(line) for line in terminal.process.stdout.lines]
        self.assertEqual([one["type"] for one in objects], ["reply", "reply", "summary"])

    def test_gathered_answers_stand_above_the_counts(self):
        self.silent("com.a", "com.b", "com.c")
        terminal = self.ask_on_terminal("--gather")
        for name in ("com.a", "com.b"):
            self.answer(name, b"0,same")
        terminal.wait_for("2 of 3 answered")
        self.answer("com.c", b"1,other")
        screen = terminal.expect_exit(OK)
        self.assertIn("com.a,com.b", screen.text.replace(" ", ""))
        self.assertEqual(screen.lines.count("same"), 1)
        self.assertIn("other", screen.text)
        self.assertRegex(screen.lines[-1], r"^✘ 3 of 3 answered, 1 failed in ")
        self.assertNotIn("waiting", screen.text)

    def test_none_are_missing_once_enough_have_answered(self):
        self.silent("com.a", "com.b")
        terminal = self.watch("--require", "1")
        self.answer("com.a")
        screen = terminal.expect_exit(OK)
        self.assertEqual(screen.lines[1].split(), ["·", "no", "answer", "com.b"])
        self.assertRegex(screen.lines[-1], r"^✔ 1 of 2 answered, 1 without answer in ")


class Interruptions(TerminalCase):
    def test_ctrl_c_prints_the_answers_and_names_the_pending(self):
        self.silent("com.a", "com.b", "com.c")
        terminal = self.ask_on_terminal()
        self.answer("com.b")
        terminal.wait_for("1 of 3 answered")
        terminal.type(b"\x03")
        screen = terminal.expect_exit(-signal.SIGINT)  # a shell says 130
        self.assertRegex(screen.text.replace("^C", ""), r"\Acom\.b,0,done\nremaphore: no answer from com\.a, com\.c\n"
                                      r"✘ 1 of 3 answered, 2 without answer in .*\Z")
        self.assertTrue(screen.cursor_shown)
        self.assertEqual(screen.column, 0)

    def test_a_shell_sees_130(self):
        self.silent("com.a")
        terminal = self.run_on(["/bin/sh", "-c", 'trap : INT; "$@"; echo status $?', "sh", REMAPHORE, "-c",
                                self.left.write(), "-r", "-t", "20s"])
        terminal.wait_for("0 of 1 answered")
        terminal.type(b"\x03")
        self.assertIn("status 130", terminal.expect_exit(OK).text)

    def test_a_resize_redraws_to_the_new_size(self):
        names = [f"com.example.node{number:02}.with.a.long.name" for number in range(12)]
        self.silent(*names)
        terminal = self.watch(width=80, height=24)
        self.assertEqual(len(terminal.wait_for("0 of 12 answered").lines), 10)
        for width, height, lines in ((80, 8, 4), (36, 8, 4), (120, 30, 10), (50, 14, 7), (50, 13, 6)):
            with self.subTest(width=width, height=height):
                terminal.resize(width, height)
                terminal.wait(lambda seen: len(seen.lines) == lines and max(map(len, seen.lines)) < width,
                              f"{lines} lines")
        for name in names:
            self.answer(name)
        screen = terminal.expect_exit(OK)
        self.assertRegex(screen.lines[-1], r"^✔ 12 of 12 answered in ")

    def test_a_resize_leaves_records_alone(self):
        self.silent("com.a", "com.b", "com.c")
        terminal = self.ask_on_terminal()
        self.answer("com.a")
        terminal.wait_for("com.a,0,done", "1 of 3 answered")
        for width, height in ((40, 24), (40, 12), (100, 30)):
            terminal.resize(width, height)
            screen = terminal.wait_for("com.a,0,done", "1 of 3 answered")
        self.answer("com.b")
        self.answer("com.c")
        screen = terminal.expect_exit(OK)
        self.assertEqual(screen.lines[:3], ["com.a,0,done", "com.b,0,done", "com.c,0,done"])
        self.assertEqual(len(screen.lines), 4, screen.text)

    def test_on_a_terminal_that_rewraps_lines_no_remains_are_left(self):
        self.silent("com.example.with.a.long.name.a", "com.b", "com.c")
        terminal = self.ask_on_terminal(env={"TMUX": "/tmp/tmux-0/default,1,0"})
        self.answer("com.b", b"0," + b"x" * 60)
        terminal.wait_for("1 of 3 answered")
        for width in (50, 33, 80, 40):
            terminal.resize(width, 24, rewraps=True)
            screen = terminal.wait(lambda seen: seen.cursor_shown and "\n".join(seen.lines).count("waiting") >= 2 and
                                   sum(line.startswith(("✔", "·")) for line in seen.lines) == 3 and
                                   max(map(len, seen.lines[-4:])) < width, "one picture")
        self.assertEqual("".join(screen.lines[:-4]), "com.b,0," + "x" * 60)
        self.assertTrue(screen.lines[-1].startswith("1 of 3 answered"))

    def test_stopped_and_continued_it_draws_below_the_output_of_the_shell(self):
        self.silent("com.a", "com.b")
        terminal = self.ask_on_terminal()
        terminal.wait_for("0 of 2 answered")
        os.kill(terminal.process.pid, signal.SIGSTOP)
        terminal.write(b"$ something else\r\n")
        terminal.wait_for("something else")
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.wait(lambda screen: screen.text.count("0 of 2 answered") == 2, "a second picture")
        self.answer("com.a")
        self.answer("com.b")
        screen = terminal.expect_exit(OK)
        self.assertEqual(screen.lines[3:6], ["$ something else", "com.a,0,done", "com.b,0,done"])
        self.assertEqual(len(screen.lines), 7, screen.text)

    def test_in_the_background_of_a_shell_it_draws_nothing(self):
        self.silent("com.a", "com.b")
        terminal = self.run_on(["/bin/sh", "-mc", '"$@" & wait', "sh", REMAPHORE, "-c", self.left.write(), "-r", "-t",
                                "1500ms"])
        self.answer("com.b")
        screen = terminal.expect_exit(OK)
        self.assertEqual([line for line in screen.lines if "[1]" not in line],
                         ["com.b,0,done", "remaphore: no answer from com.a"])

    def test_a_link_that_breaks_leaves_the_screen_in_order(self):
        server = self.server()
        fleet = self.make_fleet(server)
        left = fleet.node("com.left")
        fleet.foreign("com.right", kind=GoListener, answers=lambda request: [])
        terminal = self.run_on([REMAPHORE, "-c", left.write(), "-r", "-t", "4s"], width=200)
        terminal.wait_for("0 of 1 answered")
        server.kill()
        terminal.wait(lambda _: terminal.closed, "its end")
        screen = terminal.expect_exit(1)
        self.assertRegex(screen.text, r"\A(remaphore: .*; trying again\n)+remaphore: no answer from com\.right\n"
                                      r"✘ 0 of 1 answered, .*\Z")
        self.assertTrue(screen.cursor_shown)
