"""`remaphore -r` in rounds: how many nodes at a time, how long each may take, when to stop, and which are left."""

import json
import os
import re
import signal

from case import FAILURE, NOTHING, OK, REMAPHORE, ROOT, USAGE, GoListener, HubCase, environment, mode_of, wait_until

import wire
from terminal import OnTerminal
from help_options import help_options

SILENT, FAILED, STOPPED = 4, 5, 6


class Answerer(GoListener):
    """Answers only what is addressed to it, as the Go tool does; `payload` may be several answers, or none."""

    def __init__(self, fleet, destination, verbs, payload=b"0,done"):
        self.asked = []

        def answers(request):
            if request.destination.decode() not in (destination, "**"):
                return []
            self.asked.append(request)
            return [self.reply(request, one) for one in ([payload] if isinstance(payload, bytes) else payload)]
        super().__init__(fleet, destination, verbs, answers=answers)


class RoundsCase(HubCase):
    def setUp(self):
        super().setUp()
        self.asker = self.node("com.x.admin")

    def answerers(self, **payloads):
        return [self.foreign(f"com.x.{name}", kind=Answerer, payload=payload) for name, payload in payloads.items()]

    def begin(self, *args, node_timeout="10s"):
        limit = ["--node-timeout", node_timeout] if node_timeout else []
        return self.remaphore(self.asker, "-r", *limit, *args)

    def ask(self, *args, code=OK, **options):
        return self.begin(*args, **options).expect_exit(code)

    def objects(self, process):
        return [json.loads(line) for line in process.stdout.lines]

    def rounds(self, *args, code=OK, **options):
        """The nodes of each round, as told before it began; every answer has to lie between its round's objects."""
        found, current = [], None
        for one in self.objects(self.ask("--json", *args, code=code, **options)):
            if one["type"] == "round":
                self.assertEqual(current is None, one["event"] == "begin")
                self.assertEqual(one["round"], len(found) + (one["event"] == "begin"))
                current = one["nodes"] if one["event"] == "begin" else None
                if current is not None:
                    found.append(current)
            elif one["type"] == "reply":
                self.assertIn(one["destination"], current)
        return found

    def names(self, text):
        return ["com.x." + name for name in text.split()]

    def left_of(self, path):
        with open(path, encoding="utf-8") as file:
            return file.read()


class Lockstep(RoundsCase):
    def test_so_many_at_a_time_and_the_last_count_repeats(self):
        self.answerers(**{name: b"0," for name in "abcdefg"})
        self.assertEqual(self.rounds("--batch", "3"), [self.names("a b c"), self.names("d e f"), self.names("g")])
        self.assertEqual(self.rounds("--batch", "1,50%"), [self.names("a"), self.names("b c d e"), self.names("f g")])
        self.assertEqual(self.rounds("--batch", "all"), [self.names("a b c d e f g")])
        self.assertEqual(self.rounds("--batch", "100"), [self.names("a b c d e f g")])

    def test_each_is_asked_under_its_exact_name_over_one_connection(self):
        server = self.server(extra="debug: true\n")
        fleet = self.make_fleet(server)
        asker = fleet.node("com.x.admin")
        nodes = [fleet.foreign(f"com.x.{name}", kind=Answerer) for name in "abc"]
        connections = lambda: server.log.count("Client connection created")
        wait_until(lambda: connections() == 3, "the nodes are connected")
        self.remaphore(asker, "-r", "--batch", "1", "--node-timeout", "10s", "-D", "com.x.*").expect_exit(OK)
        for node in nodes:
            self.assertEqual([request.destination.decode() for request in node.asked], [node.destination])
        self.assertEqual(connections(), 4)

    def test_the_next_begins_when_all_of_the_round_have_answered(self):
        ear, (_, c) = self.foreign("com.x.a").subscribe(), self.answerers(b=b"0,", c=b"0,")
        process = self.begin("--batch", "2")
        questions = {m.destination.decode(): m for m in (ear.next(), ear.next())}
        self.assertEqual(sorted(questions), self.names("a b"))
        process.stdout.wait_lines(1)  # b has answered
        self.assertEqual(c.asked, [])
        ear.client.publish(wire.reply_subject(self.fleet.subject, questions["com.x.a"]),
                           wire.build_reply(ear.identity, questions["com.x.a"], b"0,late"))
        process.expect_exit(OK)
        self.assertEqual(process.stdout.lines, ["com.x.b,0,", "com.x.a,0,late", "com.x.c,0,"])

    def test_or_when_the_node_timeout_has_passed(self):
        self.foreign("com.x.a")
        self.answerers(b=b"0,done")
        process = self.ask("--batch", "1", "--max-fail", "1", node_timeout="700ms")
        self.assertEqual(process.stdout.lines, ["com.x.b,0,done"])
        self.assertEqual(process.stderr.lines, ["remaphore: no answer from com.x.a"])
        self.assertGreaterEqual(process.seconds, 0.7)

    def test_batch_wait_is_between_rounds_only(self):
        self.answerers(a=b"0,", b=b"0,", c=b"0,")
        process = self.ask("--batch", "1", "--batch-wait", "400ms")
        self.assertGreaterEqual(process.seconds, 0.8)
        self.assertLess(process.seconds, 1.2 + 4)
        quick = self.ask("--batch", "all", "--batch-wait", "1h")
        self.assertEqual(len(quick.stdout.lines), 3)

    def test_a_limit_of_time_is_required(self):
        a, = self.answerers(a=b"0,")
        for args in ([], ["--node-timeout", "0"], ["-t", "0"]):
            self.assert_refused(self.remaphore(self.asker, "-r", "--batch", "1", *args), USAGE,
                                "--batch needs --node-timeout or -t")
        self.assertEqual(a.asked, [])
        self.remaphore(self.asker, "-r", "--batch", "1", "-t", "10s").expect_exit(OK)

    def test_the_order_is_by_name_as_given_or_random(self):
        for name in "cab":
            self.foreign(f"com.x.{name}")
        def order(*args):
            lines = self.ask("--dry-run", "--batch", "1", *args).stdout.lines
            self.assertEqual([line.split("\t")[1] for line in lines], ["round 1", "round 2", "round 3"])
            return [line.split("\t")[0] for line in lines]
        listed = ["-D", "com.x.b,com.x.c,com.x.a"]
        self.assertEqual(order(*listed), self.names("a b c"))
        self.assertEqual(order(*listed, "--order", "name"), self.names("a b c"))
        self.assertEqual(order(*listed, "--order", "given"), self.names("b c a"))
        self.assertGreater(len({tuple(order(*listed, "--order", "random")) for _ in range(20)}), 1)

    def test_a_dry_run_shows_the_rounds(self):
        for name in "abc":
            self.foreign(f"com.x.{name}")
        found = self.objects(self.ask("--dry-run", "--json", "--batch", "2"))
        self.assertEqual(found, [{"type": "target", "destination": f"com.x.{name}", "round": number}
                                 for name, number in (("a", 1), ("b", 1), ("c", 2))])

    def test_send_only_and_we_ourselves_have_no_round(self):
        self.answerers(a=b"0,", ops=b"0,")
        self.asker.settings["send_only"] = "com.x.ops"
        self.assertEqual(self.rounds("--batch", "1"), [self.names("a")])


class Failures(RoundsCase):
    def test_the_first_failure_stops_by_default(self):
        a, b, c = self.answerers(a=b"0,", b=b"3,broken", c=b"0,")
        process = self.ask("--batch", "1", code=STOPPED)
        self.assertEqual(process.stdout.lines, ["com.x.a,0,", "com.x.b,3,broken"])
        self.assertEqual(process.stderr.lines, ["remaphore: the command failed on com.x.b (3)",
                                                "remaphore: stopped in round 2 of 3, 1 failed or silent: 1 of 3 nodes "
                                                "were never asked"])
        self.assertEqual((len(a.asked), len(b.asked), len(c.asked)), (1, 1, 0))

    def test_the_rest_of_the_round_is_waited_for(self):
        self.answerers(a=b"3,", b=b"0,", c=b"0,")
        process = self.ask("--batch", "2", code=STOPPED)
        self.assertEqual(sorted(process.stdout.lines), ["com.x.a,3,", "com.x.b,0,"])

    def test_the_silent_count_too(self):
        self.foreign("com.x.a")
        b, = self.answerers(b=b"0,")
        process = self.ask("--batch", "1", code=STOPPED, node_timeout="500ms")
        self.assert_error_line(process, "no answer from com.x.a")
        self.assert_error_line(process, "1 of 2 nodes were never asked")
        self.assertEqual(b.asked, [])

    def test_so_many_of_all_rounds_are_tolerated(self):
        self.answerers(a=b"1,", b=b"0,", c=b"2,", d=b"0,", e=b"3,", f=b"0,")
        self.assertEqual(len(self.ask("--batch", "1", "--max-fail", "2", code=STOPPED).stdout.lines), 5)
        self.assertEqual(len(self.ask("--batch", "1", "--max-fail", "3").stdout.lines), 6)
        self.assertEqual(len(self.ask("--batch", "1", "--max-fail", "50%").stdout.lines), 6)
        self.assertEqual(len(self.ask("--batch", "1", "--max-fail", "20%", code=STOPPED).stdout.lines), 5)
        self.assertEqual(len(self.ask("--batch", "1", "--max-fail", "0", code=STOPPED).stdout.lines), 1)

    def test_after_the_last_round_nothing_is_stopped(self):
        self.answerers(a=b"0,", b=b"3,")
        self.ask("--batch", "1")
        self.ask("--batch", "1", "--require", "all", code=FAILED)

    def test_a_late_answer_counts(self):
        """It comes in the round after its own: it is printed, and its node is not silent any more."""
        a = self.foreign("com.x.a").subscribe()
        ear = self.foreign("com.x.b").subscribe()
        process = self.begin("--batch", "1", "--max-fail", "1", "--require", "all", "--json", node_timeout="3s")
        first = a.next()
        second = [ear.next(), ear.next()][1]
        for node, question in ((a, first), (ear, second)):
            node.client.publish(wire.reply_subject(self.fleet.subject, question),
                                wire.build_reply(node.identity, question, b"0,"))
            process.stdout.wait_for(f'"type":"reply","destination":"{node.destination}"')
        process.expect_exit(OK)
        self.assertEqual(self.objects(process)[-1]["answered"], 2)

    def test_of_two_listeners_on_a_node_the_failure_counts(self):
        a, b = self.answerers(a=[b"0,one", b"4,two"], b=b"0,")
        process = self.ask("--batch", "1", "--batch-wait", "300ms", code=STOPPED)
        self.assertEqual(process.stdout.lines, ["com.x.a,0,one", "com.x.a,4,two"])
        self.assertEqual(b.asked, [])


class Ends(RoundsCase):
    def test_the_timeout_bounds_the_whole(self):
        self.foreign("com.x.a")
        b, = self.answerers(b=b"0,")
        left = self.path("left")
        process = self.ask("--batch", "1", "-t", "1s", "--left", left, code=STOPPED, node_timeout="1h")
        self.assertLess(process.seconds, 1 + 4)
        self.assert_error_line(process, "stopped in round 1 of 2, the time is up: 1 of 2 nodes were never asked")
        self.assertEqual(self.left_of(left), "com.x.a\tsilent\ncom.x.b\tnot asked\n")
        self.assertEqual(b.asked, [])

    def test_require_is_judged_at_the_end_over_all_rounds(self):
        a, b, c = self.answerers(a=b"0,", b=b"0,", c=b"5,")
        self.ask("--batch", "1", "--require", "2")
        self.assertEqual(len(c.asked), 1)  # it was met before
        self.ask("--batch", "1", "--require", "all", code=FAILED)
        self.foreign("com.x.d")
        self.ask("--batch", "1", "--require", "all", "--max-fail", "2", code=SILENT, node_timeout="700ms")
        self.assert_refused(self.begin("--batch", "1", "--require", "5"), USAGE, "--require: 5 must succeed")

    def test_no_answer_is_exit_1(self):
        self.foreign("com.x.a")
        self.ask("--batch", "1", code=NOTHING, node_timeout="500ms")

    def test_no_server_is_exit_3_and_no_node_was_asked(self):
        for name in "ba":
            self.foreign(f"com.x.{name}")
        self.asker.servers = ["nats://127.0.0.1:1"]
        left = self.path("left")
        self.ask("--batch", "1", "-t", "500ms", "--left", left, code=FAILURE)
        self.assertEqual(self.left_of(left), "com.x.a\tnot asked\ncom.x.b\tnot asked\n")

    def test_a_lost_link_is_no_end(self):
        server = self.server()
        fleet = self.make_fleet(server)
        asker = fleet.node("com.x.admin")
        ear = fleet.foreign("com.x.a").subscribe()
        b = fleet.foreign("com.x.b").subscribe()
        process = self.remaphore(asker, "-r", "--batch", "1", "--node-timeout", "30s")
        question = ear.next()
        server.restart()
        process.stderr.wait_for("the connection is back")
        for one in (ear, b):
            one.connection = None
        b.subscribe()
        ear.client.publish(wire.reply_subject(fleet.subject, question),
                           wire.build_reply(ear.identity, question, b"0,back"))
        ear.client.flush()
        second = b.next()
        self.assertEqual(second.destination, b"com.x.b")
        b.client.publish(wire.reply_subject(fleet.subject, second), wire.build_reply(b.identity, second, b"0,too"))
        process.expect_exit(OK)
        self.assertEqual(process.stdout.lines, ["com.x.a,0,back", "com.x.b,0,too"])

    def test_a_server_that_does_not_come_back_is_exit_3(self):
        server = self.server()
        fleet = self.make_fleet(server)
        asker = fleet.node("com.x.admin")
        for name in "ab":
            fleet.foreign(f"com.x.{name}", kind=Answerer)
        left = self.path("left")
        process = self.remaphore(asker, "-r", "--batch", "1", "--batch-wait", "1s", "-t", "3s", "--left", left)
        process.stdout.wait_lines(1)
        server.kill()
        process.expect_exit(FAILURE)
        self.assertEqual(self.left_of(left), "com.x.b\tnot asked\n")


class Left(RoundsCase):
    def test_nodes_that_failed_stayed_silent_or_were_not_asked(self):
        self.answerers(a=b"0,", b=b"3,x", d=b"0,")
        self.foreign("com.x.c")
        left = self.path("left")
        self.ask("--batch", "3", "--left", left, code=STOPPED, node_timeout="700ms")
        self.assertEqual(self.left_of(left), "com.x.b\tfailed 3\ncom.x.c\tsilent\ncom.x.d\tnot asked\n")

    def test_it_resumes(self):
        nodes = self.answerers(a=b"0,", b=b"3,", c=b"0,")
        left = self.path("left")
        self.ask("--batch", "1", "--left", left, code=STOPPED)
        nodes[1].answers = lambda request: ([nodes[1].reply(request, b"0,mended")]
                                            if request.destination == b"com.x.b" else [])
        process = self.ask("--batch", "1", "--nodes", left, "--left", left)
        self.assertEqual(process.stdout.lines, ["com.x.b,0,mended", "com.x.c,0,"])
        self.assertEqual(self.left_of(left), "")
        self.assert_refused(self.begin("--nodes", left, node_timeout=None), USAGE, "names no node")

    def test_it_is_empty_if_no_node_is_left(self):
        self.answerers(a=b"0,")
        left = self.file("left", "old\n")
        self.ask("--left", left, node_timeout=None)
        self.assertEqual(self.left_of(left), "")

    def test_it_goes_without_rounds_and_with_a_pattern_too(self):
        self.answerers(a=b"7,", b=b"0,")
        self.foreign("com.x.c")
        left = self.path("left")
        self.ask("-t", "1s", "--left", left, node_timeout=None)
        self.assertEqual(self.left_of(left), "com.x.a\tfailed 7\ncom.x.c\tsilent\n")

    def test_it_is_written_whole_at_a_signal(self):
        self.answerers(a=b"0,", b=b"2,")
        ear = self.foreign("com.x.c").subscribe()
        self.foreign("com.x.d")
        left = self.file("left", "old\n")
        for number in (signal.SIGINT, signal.SIGTERM):
            process = self.begin("--batch", "3", "--max-fail", "4", "--left", left, "-v", number.name,
                                 node_timeout="1h")
            process.stdout.wait_lines(2)
            process.signal(number)
            process.expect_exit(-number)
            self.assertEqual(self.left_of(left), "com.x.b\tfailed 2\ncom.x.c\tsilent\ncom.x.d\tnot asked\n")
        self.assertTrue(all(m.destination != b"com.x.d"
                            for m in (wire.decode(d.payload) for d in ear.client.pending())))

    def test_it_leaves_no_other_file(self):
        self.answerers(a=b"0,")
        os.mkdir(self.path("folder"))
        self.ask("--left", self.path("folder/left"), node_timeout=None)
        self.assertEqual(os.listdir(self.path("folder")), ["left"])
        self.assertEqual(mode_of(self.path("folder/left")) & 0o111, 0)

    def test_where_it_cannot_be_written_nothing_is_sent(self):
        a, = self.answerers(a=b"0,")
        os.symlink(self.path("elsewhere"), self.path("link"))
        os.mkfifo(self.path("pipe"))
        for path in (self.path("absent/left"), self.folder, self.path("link"), self.path("pipe"), "/dev/null",
                     self.folder + "/"):
            self.assert_refused(self.begin("--left", path, node_timeout=None), USAGE, "cannot be written")
        self.assertEqual(a.asked, [])
        self.assertFalse(os.path.exists(self.path("elsewhere")))


class OutDir(RoundsCase):
    def content(self, name):
        with open(os.path.join(self.path("out"), name), "rb") as file:
            return file.read()

    def test_each_nodes_output_and_status_are_files(self):
        self.answerers(a=b"0, one\ntwo\n", b=b"3,\xff\x00", c=b"NO_DATA")
        self.foreign("com.x.d")
        self.ask("--batch", "1", "--max-fail", "4", "--out-dir", self.path("out"), node_timeout="700ms")
        self.assertEqual(sorted(os.listdir(self.path("out"))),
                         [f"com.x.{name}.{kind}" for name in "abc" for kind in ("out", "status")])
        self.assertEqual(self.content("com.x.a.out"), b" one\ntwo\n")
        self.assertEqual(self.content("com.x.a.status"), b"0\n")
        self.assertEqual((self.content("com.x.b.out"), self.content("com.x.b.status")), (b"\xff\x00", b"3\n"))
        self.assertEqual((self.content("com.x.c.out"), self.content("com.x.c.status")), (b"NO_DATA", b"0\n"))

    def test_of_several_answers_the_first_counts_unless_another_is_a_failure(self):
        self.answerers(a=[b"0,one", b"0,two"], b=[b"0,one", b"4,two", b"5,three"], c=b"0,")  # c: a round after b's
        self.ask("--batch", "1", "--batch-wait", "300ms", "--max-fail", "2", "--out-dir", self.path("out"))
        self.assertEqual((self.content("com.x.a.out"), self.content("com.x.a.status")), (b"one", b"0\n"))
        self.assertEqual((self.content("com.x.b.out"), self.content("com.x.b.status")), (b"two", b"4\n"))

    def test_the_list_of_those_left_may_lie_in_the_folder(self):
        self.answerers(a=b"3,")
        self.ask("--out-dir", self.path("out"), "--left", self.path("out/left"), node_timeout=None)
        self.assertEqual(sorted(os.listdir(self.path("out"))), ["com.x.a.out", "com.x.a.status", "left"])
        self.assertEqual(self.content("left"), b"com.x.a\tfailed 3\n")

    def test_an_existing_folder_must_be_empty(self):
        a, = self.answerers(a=b"0,")
        os.mkdir(self.path("out"))
        self.ask("--out-dir", self.path("out"), node_timeout=None)
        self.assert_refused(self.begin("--out-dir", self.path("out"), node_timeout=None), USAGE, "not empty")
        self.assert_refused(self.begin("--out-dir", self.file("plain", ""), node_timeout=None), USAGE, "plain")
        self.assert_refused(self.begin("--out-dir", self.path("absent/out"), node_timeout=None), USAGE, "absent")
        self.assertEqual(len(a.asked), 1)

    def test_a_name_that_is_no_file_name_is_refused(self):
        a, = self.answerers(a=b"0,")
        self.foreign("com/x")
        self.assert_refused(self.begin("--out-dir", self.path("out"), node_timeout=None), USAGE,
                            '"com/x" cannot be the name of a file')
        self.assertEqual(a.asked, [])

    def test_a_folder_that_goes_away_is_exit_3(self):
        ear = self.foreign("com.x.a").subscribe()
        process = self.begin("--out-dir", self.path("out"), node_timeout=None)
        question = ear.next()
        os.rmdir(self.path("out"))
        ear.client.publish(wire.reply_subject(self.fleet.subject, question),
                           wire.build_reply(ear.identity, question, b"0,"))
        process.expect_exit(FAILURE)
        self.assert_error_line(process, "cannot be written")

    def test_json_ends_with_the_failure_of_a_file(self):
        ear = self.foreign("com.x.a").subscribe()
        for options in (["--out-dir", self.path("gone")], ["--left", self.path("gone/left")]):
            if options[0] == "--left":
                os.mkdir(self.path("gone"))
            process = self.begin("--json", *options, node_timeout=None)
            question = ear.next()
            os.rmdir(self.path("gone"))
            ear.client.publish(wire.reply_subject(self.fleet.subject, question),
                               wire.build_reply(ear.identity, question, b"0,"))
            process.expect_exit(FAILURE)
            last = self.objects(process)[-1]
            self.assertEqual((last["type"], last["status"]), ("error", FAILURE))
            self.assertIn("cannot be written", last["message"])


class Json(RoundsCase):
    def test_round_objects_enclose_each_and_the_end_names_nodes_that_were_not_asked(self):
        self.answerers(a=b"0,", b=b"3,", d=b"0,")
        self.foreign("com.x.c")
        found = self.objects(self.ask("--json", "--batch", "2,1", "--max-fail", "1", code=STOPPED,
                                      node_timeout="700ms"))
        told = [one for one in found if one["type"] != "reply"]
        begin = {"type": "round", "event": "begin", "rounds": 3}
        end = {"type": "round", "event": "end", "rounds": 3}
        self.assertEqual(told[:4], [
            begin | {"round": 1, "nodes": self.names("a b")},
            end | {"round": 1, "nodes": self.names("a b"), "answered": 2, "failed": 1, "missing": 0},
            begin | {"round": 2, "nodes": self.names("c")},
            end | {"round": 2, "nodes": self.names("c"), "answered": 0, "failed": 0, "missing": 1}])
        self.assertEqual([(one["type"], one["destination"]) for one in told if "destination" in one],
                         [("missing", "com.x.c"), ("not_asked", "com.x.d")])
        summary = {key: told[-1][key] for key in ("awaited", "answered", "failed", "missing", "not_asked", "status")}
        self.assertEqual(summary,
                         {"awaited": 4, "answered": 2, "failed": 1, "missing": 1, "not_asked": 1, "status": STOPPED})

    def test_without_rounds_there_are_no_round_objects(self):
        self.answerers(a=b"0,")
        found = self.objects(self.ask("--json", node_timeout=None))
        self.assertEqual([one["type"] for one in found], ["reply", "summary"])
        self.assertNotIn("not_asked", found[-1])


class View(RoundsCase):
    def test_it_shows_the_rounds(self):
        self.answerers(a=b"0,", b=b"3,")
        ear = self.foreign("com.x.c").subscribe()
        self.foreign("com.x.d")
        config = self.asker.write()
        argv = [REMAPHORE, "-c", config, "-r", "--batch", "2,1", "--max-fail", "1", "--node-timeout", "2s"]
        terminal = OnTerminal(argv, env=environment(), cwd=self.folder, width=110, height=24,
                              stdout=os.open(os.devnull, os.O_WRONLY))
        self.addCleanup(terminal.close)
        screen = terminal.wait_for("round 2 of 3, 2 of 4 answered, 1 failed, 1 waiting, 1 later")
        self.assertRegex(screen.text, r"· waiting +com\.x\.c\n· later +com\.x\.d")
        del ear
        screen = terminal.expect_exit(STOPPED)
        self.assertRegex(screen.text, r"✘ no answer +com\.x\.c\n· not asked +com\.x\.d")
        self.assertIn("✘ 2 of 4 answered, 1 failed, 1 without answer, 1 not asked in", screen.text)


class Readme(HubCase):
    """The rolling restart of README.md, line by line."""

    def setUp(self):
        super().setUp()
        self.admin = self.node("com.example.admin")
        self.admin.groups = {"web": "com.example.web[1-4]"}
        nodes = [self.node(f"com.example.web{n}") for n in range(1, 5)]
        for n, node in enumerate(nodes, 1):
            check = f'[ -e {self.path("mended")} ] || {{ echo "$2: bad config"; exit 1; }}; ' if n == 2 else ""
            self.listen(node, "-v", "restart", self.script(f'{check}echo "$2 restarted"', name=f"restart{n}"))
        os.mkdir(self.path("bin"))
        self.file("bin/remaphore", f'#!/bin/sh\nexec {REMAPHORE} -c {self.admin.write()} "$@"\n', 0o755)

    def play(self, example):
        """Runs the lines after each $, and compares what they print; the nodes of a round answer in any order."""
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", example, re.M):
            path = self.path("bin") + ":" + environment()["PATH"]
            process = self.start("/bin/sh", "-c", command, env=environment(PATH=path))
            process.wait_exit()
            self.assertEqual(sorted(process.stdout.lines) + process.stderr.lines, shown.splitlines())

    def test_a_rolling_restart_stops_and_goes_on(self):
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            section = file.read().split("## Roll out\n")[1].split("\n## ")[0]
        stopped, resumed = re.findall(r"^```\n(.*?)^```$", section, re.M | re.S)
        self.play(stopped)
        self.file("mended", "")
        self.play(resumed)


class BadInput(RoundsCase):
    def test_is_refused_before_anything_is_sent(self):
        a, b = self.answerers(a=b"0,", b=b"0,")
        for args, says in ((["--batch", "0"], "--batch"), (["--batch", "1,,2"], "--batch"),
                           (["--batch", "101%"], "--batch"), (["--batch", "some"], "--batch"),
                           (["--batch", "1", "--max-fail", "some"], "--max-fail"),
                           (["--batch", "1", "--max-fail", "-1"], "--max-fail"),
                           (["--batch", "1", "--order", "up"], "--order"),
                           (["--batch", "1", "--batch-wait", "-1s"], "--batch-wait"),
                           (["--batch", "1", "--require", "3"], "--require"),
                           (["--batch", "1", "--limit", "3"], "--limit"),
                           (["--batch", "1", "-D", "com.x.[1-999999999]"], "more than 10000 names"),
                           (["--batch", "1", "-D", "@none"], "no group"),
                           (["--batch", "1", "-D", "com.x.a,com.x.z"], '"com.x.z"'),
                           (["--batch", "1", "-D", "org.*"], "no configured peer matches")):
            with self.subTest(args):
                self.assert_refused(self.begin(*args), USAGE, says)
        self.assertEqual(a.asked + b.asked, [])

    def test_options_for_rounds_go_with_them_only(self):
        self.foreign("com.x.a")
        theirs = [option for option in help_options() if option.needs == ["--batch"]]
        self.assertGreater(len(theirs), 3)
        for option in theirs:
            process = self.remaphore(self.asker, "-r", *option.given)
            self.assert_refused(process, USAGE, f"option {option.name} needs --batch")
        for option in (["--batch", "1"], ["--left", "x"], ["--out-dir", "x"], ["--batch-wait", "1s"]):
            for mode in (["-s"], []):
                self.assert_refused(self.remaphore(self.asker, *mode, *option), USAGE,
                                    f"option {option[0]} is only for -r")


class TwentyNodes(RoundsCase):
    """Real listeners, each a process with a command of its own."""

    def setUp(self):
        super().setUp()
        self.nodes = [self.node(f"com.x.n{i:02}") for i in range(20)]
        self.listeners = {}

    def run_nodes(self, special=()):
        """All listen: an ordinary one logs its turn and succeeds; `special` ones run the shell line given for them."""
        for i, node in enumerate(self.nodes):
            body = dict(special).get(i, "echo done")
            if body is not None:
                self.listeners[i] = self.listen(node, self.script(f'echo {i} >>{self.path("turns")}\n{body}',
                                                                  name=f"script-{i}"))

    def turns(self):
        with open(self.path("turns"), encoding="utf-8") as file:
            return [int(line) for line in file]

    def name(self, i):
        return self.nodes[i].destination

    def test_a_canary_then_a_tenth_then_halves(self):
        self.run_nodes()
        rounds = self.rounds("--batch", "1,10%,50%", "--require", "all", "hello", node_timeout="20s")
        self.assertEqual([len(one) for one in rounds], [1, 2, 10, 7])
        turns = self.turns()
        self.assertEqual(sorted(turns), list(range(20)))
        self.assertEqual([sorted(turns[a:b]) for a, b in ((0, 1), (1, 3), (3, 13), (13, 20))],
                         [list(range(a, b)) for a, b in ((0, 1), (1, 3), (3, 13), (13, 20))])

    def test_nodes_killed_silent_slow_and_answering_twice(self):
        gate = self.path("gate")
        os.mkfifo(gate)
        self.run_nodes({2: f"read line <{gate}; echo slow", 5: "exit 3", 9: None, 11: "kill -9 $PPID; sleep 60"})
        twin = self.listen(self.nodes[7], self.script("echo twin", name="twin"))
        self.listeners[3].signal(signal.SIGKILL)
        self.listeners[3].wait_exit()
        left = self.path("left")
        process = self.begin("--batch", "4", "--max-fail", "4", "--left", left, "hello", node_timeout="4s")
        wait_until(lambda: os.path.exists(self.path("turns")) and 2 in self.turns(), "the slow one runs")
        with open(gate, "w", encoding="utf-8") as file:
            file.write("go\n")
        process.expect_exit(OK)
        lost = {3: "silent", 5: "failed 3", 9: "silent", 11: "silent"}
        self.assertEqual(self.left_of(left), "".join(f"{self.name(i)}\t{fate}\n" for i, fate in lost.items()))
        answered = [line.split(",") for line in process.stdout.lines]
        expected = {(self.name(i), "3" if i == 5 else "0", {2: "slow", 5: ""}.get(i, "done"))
                    for i in range(20) if i not in (3, 9, 11)}
        self.assertEqual({tuple(one) for one in answered}, expected | {(self.name(7), "0", "twin")})
        self.assertEqual(len(answered), len(expected) + 1)
        self.assert_error_line(process, f"no answer from {self.name(3)}, {self.name(9)}, {self.name(11)}")
        del twin

    def test_a_stop_leaves_the_others_alone_and_the_list_resumes(self):
        flag = self.path("mended")
        self.run_nodes({4: f"[ -e {flag} ]"})
        left = self.path("left")
        self.ask("--batch", "2", "--left", left, code=STOPPED, node_timeout="20s")
        self.assertEqual(sorted(self.turns()), list(range(6)))
        self.assertEqual(self.left_of(left),
                         f"{self.name(4)}\tfailed 1\n" + "".join(f"{self.name(i)}\tnot asked\n" for i in range(6, 20)))
        open(flag, "w", encoding="utf-8").close()
        self.ask("--batch", "5", "--nodes", left, "--left", left, "--require", "all", node_timeout="20s")
        self.assertEqual(self.left_of(left), "")
        self.assertEqual(sorted(self.turns()), sorted([*range(20), 4]))

    def test_a_signal_in_the_middle_names_everybody_correctly(self):
        gate = self.path("gate")
        os.mkfifo(gate)
        self.run_nodes({1: "exit 9", 6: f"read line <{gate}"})
        left = self.path("left")
        process = self.begin("--batch", "5", "--max-fail", "5", "--left", left, node_timeout="1h")
        process.stdout.wait_lines(9)  # all but the slow one of two rounds
        wait_until(lambda: 6 in self.turns(), "the slow one runs")
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM)
        self.assertEqual(self.left_of(left), f"{self.name(1)}\tfailed 9\n{self.name(6)}\tsilent\n" +
                         "".join(f"{self.name(i)}\tnot asked\n" for i in range(10, 20)))
        self.assertEqual(sorted(self.turns()), list(range(10)))
