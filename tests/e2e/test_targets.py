"""Targets: lists, groups, names with brackets, exclusions, --nodes, --limit, --dry-run, and verbs that need
confirmation."""

import json
import os
import signal

from case import OK, REMAPHORE, USAGE, GoListener, HubCase, environment, wait_until

import wire
from terminal import OnTerminal


class TargetCase(HubCase):
    """Ten nodes that the test plays, and one that sends to them."""

    def setUp(self):
        super().setUp()
        self.sender = self.node("com.x.admin")
        self.sender.groups = {"db": "com.x.db[1-5]", "web": "com.x.web*", "all": "@db,@web,com.y.**"}
        self.names = [f"com.x.db{n}" for n in range(1, 6)] + [f"com.x.web0{n}" for n in range(1, 5)] + ["com.y.z.deep"]
        for name in self.names:
            self.foreign(name)
        self.ear = self.fleet.members[-1].subscribe()  # everything is broadcast: one hears it all

    def targets(self, *args, mode="-s", **options):
        return self.remaphore(self.sender, mode, "--dry-run", *args, **options).expect_exit(OK).stdout.lines

    def sent(self, *args):
        """The destinations of the messages that went out, each of them verified."""
        self.send(self.sender, *args)
        return [message.destination.decode() for message in self.heard()]

    def heard(self):
        found = [wire.decode(delivery.payload) for delivery in self.ear.client.pending()]
        self.assertTrue(all(message.holds() for message in found))
        return found

    def assert_nothing_sent(self, *args, says, mode="-s", **options):
        process = self.remaphore(self.sender, mode, "-v", "deploy", *args, **options)
        self.assert_refused(process, USAGE, *says)
        self.assertEqual(self.heard(), [])

    def fed(self, text):
        """A file with this text, for standard input."""
        stream = open(self.file("fed", text), "rb")
        self.addCleanup(stream.close)
        return stream

    def db(self, *numbers):
        return [f"com.x.db{n}" for n in numbers]

    def web(self, *numbers):
        return [f"com.x.web0{n}" for n in numbers]


class Lists(TargetCase):
    def test_a_plain_pattern_is_one_message_with_that_pattern(self):
        self.assertEqual(self.sent("-D", "com.x.db*"), ["com.x.db*"])
        self.assertEqual(self.sent(), ["**"])

    def test_everything_else_is_a_message_to_each_exact_name_signed_by_itself(self):
        self.send(self.sender, "-D", "com.x.db[1-3],com.x.web01", "hello")
        heard = self.heard()
        self.assertEqual([m.destination.decode() for m in heard], self.db(1, 2, 3) + self.web(1))
        self.assertEqual({m.payload for m in heard}, {b"hello"})
        self.assertEqual(len({m.signature for m in heard}), 4)
        self.assertEqual(len({m.uuid for m in heard}), 1)

    def test_patterns_groups_and_brackets_in_any_order_each_once(self):
        self.assertEqual(self.targets("-D", "com.x.web02,@db,com.x.web[01-02],com.x.db*"),
                         self.web(2) + self.db(1, 2, 3, 4, 5) + self.web(1))
        self.assertEqual(self.targets("-D", " @web , com.x.db1 "), self.web(1, 2, 3, 4) + self.db(1))

    def test_a_group_may_contain_groups_patterns_and_brackets(self):
        self.assertEqual(self.targets("-D", "@all"), self.names)

    def test_an_exclamation_mark_takes_away_wherever_it_stands(self):
        self.assertEqual(self.targets("-D", "!com.x.db3,@db"), self.db(1, 2, 4, 5))
        self.assertEqual(self.targets("-D", "@all,!@web,!com.x.db[2-5]"), self.db(1) + ["com.y.z.deep"])

    def test_only_exclusions_mean_all_less_those(self):
        self.assertEqual(self.targets("-D", "!@db"), self.web(1, 2, 3, 4) + ["com.y.z.deep"])

    def test_no_pattern_is_sent_that_would_reach_an_excluded_node(self):
        self.assertEqual(self.sent("-D", "**,!@web,!@db"), ["com.y.z.deep"])

    def test_a_long_list_goes_out_in_order_over_one_connection(self):
        server = self.server(extra="debug: true\n")
        fleet = self.make_fleet(server)
        sender = fleet.node("com.x.admin")
        names = [f"org.many{n:03}" for n in range(300)]
        ears = [fleet.foreign(name) for name in names]
        self.ear = ears[0].subscribe()
        connections = lambda: server.log.count("Client connection created")
        wait_until(lambda: connections() == 1, "the ear is connected")
        self.send(sender, "-D", "org.many[000-299]")
        self.assertEqual([message.destination.decode() for message in self.heard()], names)
        self.assertEqual(connections(), 2)

    def test_json_has_an_object_for_each(self):
        lines = self.send(self.sender, "--json", "-D", "@db").stdout.lines
        found = [json.loads(line) for line in lines]
        self.assertEqual([(one["type"], one["destination"]) for one in found],
                         [("sent", name) for name in self.db(1, 2, 3, 4, 5)])

    def test_the_unknown_is_named_and_nothing_is_sent(self):
        for bad, says in (("@db,com.x.bd1", 'no configured peer matches "com.x.bd1"'), ("@none", 'no group "none"'),
                          ("com.x.db[4-6]", '"com.x.db6" of "com.x.db[4-6]"'), ("com.x.db1,org.*", 'matches "org.*"'),
                          ("**,!com.x.web9", '"com.x.web9"'), ("com.x.db[1-999999999]", "more than 10000 names"),
                          ("com.x.db[1", "brackets come in pairs"), ("com.x.db1,,com.x.db2", "an empty target"),
                          ("com.x.db1,", "an empty target"), ("@db,!@db", "no target is left"),
                          ("@", "not the name of a group")):
            for mode in ("-s", "-r"):
                with self.subTest(bad, mode=mode):
                    self.assert_nothing_sent("-D", bad, says=[says], mode=mode)

    def test_a_single_pattern_without_a_match_is_a_notice_with_s(self):
        process = self.send(self.sender, "-D", "org.*")
        self.assertEqual(process.stderr.lines, ['remaphore: no configured peer matches "org.*"'])
        self.assertEqual([m.destination for m in self.heard()], [b"org.*"])
        self.assertEqual(self.send(self.sender, "-q", "-D", "org.*").stderr.data, b"")
        self.heard()
        self.assert_nothing_sent("-D", "org.*", mode="-r", says=["no configured peer matches org.*"])


class OurOwnNode(TargetCase):
    """A group may be the same on all nodes: each leaves itself out."""

    def setUp(self):
        super().setUp()
        self.sender.groups = {"ops": "com.x.admin,com.x.db[1-2]", "us": "com.x.admin"}

    def test_it_is_left_out_with_a_notice(self):
        for targets in (["-D", "@ops"], ["-D", "com.x.db[1-2],com.x.admin"],
                        ["--nodes", self.file("nodes", "com.x.admin\n@ops\n")]):
            for mode in ("-s", "-r"):
                process = self.remaphore(self.sender, mode, "--dry-run", *targets).expect_exit(OK)
                self.assertEqual(process.stdout.lines, self.db(1, 2))
                self.assertEqual(process.stderr.lines, ["remaphore: left out, because it is this node: com.x.admin"])
        self.assertEqual(self.targets("-D", "@ops,!com.x.db1"), self.db(2))
        self.assertEqual(self.targets("-D", "@ops,!com.x.admin"), self.db(1, 2))
        self.assertEqual(self.sent("-D", "@ops"), self.db(1, 2))

    def test_it_hides_no_unknown_name(self):
        self.assert_nothing_sent("-D", "@ops,com.x.bd1", says=['no configured peer matches "com.x.bd1"'])

    def test_it_alone_is_a_usage_error(self):
        for mode in ("-s", "-r", "--who"):
            self.assert_refused(self.remaphore(self.sender, mode, "-D", "@us"), USAGE,
                                "no target is left but this node")
        self.assertEqual(self.heard(), [])

    def test_a_barrier_says_how_to_take_part(self):
        process = self.remaphore(self.sender, "--from", "@ops")
        self.assert_refused(process, USAGE, '"com.x.admin" of "@ops"', "that is this node: add --arrive to count it")


class Files(TargetCase):
    def test_nodes_are_read_from_a_file_by_the_first_word_of_each_line(self):
        nodes = self.file("nodes", "# the web\ncom.x.web01\tfailed 3\n\n  com.x.web02   silent  # slow\n"
                                   "@db not asked\r\n!com.x.db4\n")
        self.assertEqual(self.targets("--nodes", nodes), self.web(1, 2) + self.db(1, 2, 3, 5))

    def test_a_byte_order_mark_is_skipped(self):
        self.assertEqual(self.targets("--nodes", self.file("nodes", b"\xef\xbb\xbfcom.x.web01\r\n")), self.web(1))

    def test_they_add_to_the_list(self):
        nodes = self.file("nodes", "com.x.web01\n!com.x.db1\n")
        self.assertEqual(self.targets("-D", "@db", "--nodes", nodes), self.db(2, 3, 4, 5) + self.web(1))

    def test_a_dash_is_standard_input(self):
        process = self.remaphore(self.sender, "-s", "--dry-run", "--nodes", "-",
                                 stdin=self.fed(b"com.x.db2\ncom.x.db1\n")).expect_exit(OK)
        self.assertEqual(process.stdout.lines, self.db(2, 1))

    def test_a_single_line_is_an_exact_name_too(self):
        self.assertEqual(self.sent("--nodes", self.file("nodes", "com.x.db*\n")), self.db(1, 2, 3, 4, 5))

    def test_a_faulty_line_is_named_and_nothing_is_sent(self):
        for text, says in (("com.x.db1\n\ncom.x.db[\n", "nodes:3: "), ("com.x.db1\ncom.x.bd2\n", '"com.x.bd2"'),
                           ("# nobody\n", "names no node"), ("", "names no node")):
            with self.subTest(text):
                self.assert_nothing_sent("--nodes", self.file("nodes", text), says=[says])
        self.assert_nothing_sent("--nodes", self.path("absent"), says=["absent"])
        self.assert_nothing_sent("--nodes", "-", "--stdin", says=["--stdin and --nodes -"],
                                 stdin=self.fed(b"com.x.db1\n"))


class UnsetVariables(TargetCase):
    def test_an_empty_option_reaches_nobody(self):
        for option in ("-D", "--nodes", "--limit"):
            for mode in ("-s", "-r"):
                self.assert_nothing_sent(option, "", mode=mode, says=[f"option {option} has an empty value"])
        self.assert_nothing_sent("--batch", "", "-t", "10s", mode="-r", says=["option --batch has an empty value"])
        self.assert_refused(self.remaphore(self.sender, "-u", "done", "--count", ""), USAGE,
                            "option --count has an empty value")


class Limits(TargetCase):
    def test_so_many_are_taken_at_random(self):
        seen = set()
        for _ in range(40):
            some = self.targets("-D", "@db", "--limit", "2")
            self.assertEqual(len(some), 2)
            self.assertEqual(sorted(some), some)
            seen.add(tuple(some))
        self.assertGreater(len(seen), 4)  # of 10; a fair choice has less than 1 in 10^13 to fail
        self.assertTrue(set().union(*seen) <= set(self.db(1, 2, 3, 4, 5)))

    def test_a_percentage_is_of_all_that_are_addressed_rounded_up(self):
        self.assertEqual(len(self.targets("-D", "@db", "--limit", "50%")), 3)
        self.assertEqual(len(self.targets("-D", "@db", "--limit", "1%")), 1)
        self.assertEqual(self.targets("-D", "@db", "--limit", "all"), self.db(1, 2, 3, 4, 5))

    def test_it_makes_exact_names_of_a_pattern(self):
        heard = self.sent("-D", "com.x.db*", "--limit", "1")
        self.assertEqual(len(heard), 1)
        self.assertIn(heard[0], self.db(1, 2, 3, 4, 5))

    def test_none_or_more_than_there_are_is_refused_before_anything_is_sent(self):
        for count in ("0", "0%", "6", "101%", "-1", "some"):
            with self.subTest(count):
                self.assert_nothing_sent("-D", "@db", "--limit", count, says=["--limit"])


class DryRuns(TargetCase):
    def test_it_prints_one_a_line_sends_nothing_and_needs_no_server_nor_credentials(self):
        self.sender.servers = ["nats://127.0.0.1:1"]
        os.remove(self.sender.credentials)
        for mode in ("-s", "-r"):
            process = self.remaphore(self.sender, mode, "--dry-run", "-D", "@db").expect_exit(OK)
            self.assertEqual(process.stdout.lines, self.db(1, 2, 3, 4, 5))
            self.assertEqual(process.stderr.data, b"")
        self.assertEqual(self.heard(), [])

    def test_for_a_pattern_it_prints_the_nodes_that_match(self):
        self.assertEqual(self.targets("-D", "com.x.web*"), self.web(1, 2, 3, 4))
        self.assertEqual(self.targets(mode="-r"), self.names)

    def test_json_has_an_object_for_each_target(self):
        self.assertEqual([json.loads(line) for line in self.targets("--json", "-D", "com.x.db[1-2]")],
                         [{"type": "target", "destination": name} for name in self.db(1, 2)])

    def test_it_can_be_given_back(self):
        text = "\n".join(self.targets("-D", "@web")) + "\n"
        self.assertEqual(self.targets("--nodes", self.file("nodes", text)), self.web(1, 2, 3, 4))

    def test_it_asks_for_no_confirmation_and_reads_no_payload(self):
        self.sender.settings["confirm"] = "*"
        self.assertEqual(self.targets("-D", "@web", "--payload-file", self.path("absent")), self.web(1, 2, 3, 4))

    def test_it_goes_with_sending_only(self):
        for option in (["--dry-run"], ["--yes"], ["--limit", "1"], ["--nodes", "x"]):
            for mode in ([], ["--who"], ["--check"]):
                modes = "-s and -r"
                if option[0] == "--yes":
                    modes = "-s, -r, --arrive and --break"
                process = self.remaphore(self.sender, *mode, *option).expect_exit(USAGE)
                self.assert_error_line(process, f"option {option[0]} is only for {modes}")


class Confirmation(TargetCase):
    def setUp(self):
        super().setUp()
        self.sender.settings["confirm"] = "deploy, Reboot"

    def ask(self, *args, mode="-s"):
        terminal = OnTerminal([REMAPHORE, "-c", self.sender.write(), mode, *args], env=environment(), cwd=self.folder,
                              width=100, height=30)
        self.addCleanup(terminal.close)
        return terminal

    def test_verb_number_and_names_are_shown_and_yes_sends(self):
        for word in (b"y\n", b"yes\n", b" YES \n"):
            terminal = self.ask("-v", "deploy", "-D", "com.x.db[1-2]")
            screen = terminal.wait_for("send it? [y/N]")
            self.assertIn('"deploy" to 2 nodes:', screen.text)
            self.assertIn("  com.x.db1\n  com.x.db2\n", screen.text)
            self.assertEqual(self.heard(), [])
            terminal.type(word)
            terminal.expect_exit(OK)
            self.assertEqual([m.destination.decode() for m in self.heard()], self.db(1, 2))

    def test_a_pattern_is_shown_with_the_nodes_that_match(self):
        terminal = self.ask("-v", "reboot", "-D", "com.x.web*", mode="-r")
        screen = terminal.wait_for("send it? [y/N]")
        self.assertIn('"reboot" to "com.x.web*", 4 nodes:', screen.text)
        terminal.type(b"n\n")
        terminal.expect_exit(USAGE)

    def test_anything_else_sends_nothing(self):
        for word in (b"\n", b"n\n", b"yess\n", b"\x04"):
            terminal = self.ask("-v", "deploy", "-D", "@db")
            terminal.wait_for("send it? [y/N]")
            terminal.type(word)
            self.assertIn("nothing was sent", terminal.expect_exit(USAGE).text)
        self.assertEqual(self.heard(), [])

    def test_a_signal_sends_nothing(self):
        terminal = self.ask("-v", "deploy", "-D", "@db")
        terminal.wait_for("send it? [y/N]")
        terminal.process.signal(signal.SIGINT)
        terminal.expect_exit(-signal.SIGINT)
        self.assertEqual(self.heard(), [])

    def test_no_answer_in_time_sends_nothing(self):
        for mode in ("-s", "-r"):
            terminal = self.ask("-v", "deploy", "-D", "@db", "-t", "1s", mode=mode)
            terminal.wait_for("send it? [y/N]")
            self.assertIn("was not confirmed within 1s; nothing was sent", terminal.expect_exit(USAGE).text)
        self.assertEqual(self.heard(), [])

    def test_without_a_terminal_it_is_refused(self):
        for args in (["-D", "@db"], [], ["-D", "com.x.db1"]):
            for mode in ("-s", "-r"):
                self.assert_nothing_sent(*args, says=["deploy", "confirm", "--yes"], mode=mode, stdin=self.fed(b"y\n"),
                                         preexec=os.setsid)

    def test_the_signal_of_a_barrier_is_confirmed_too(self):
        words = ["--arrive", "--from", "com.x.db1", "-v", "deploy", "-t", "10s"]
        self.assert_refused(self.remaphore(self.sender, *words, preexec=os.setsid), USAGE, "deploy", "confirm", "--yes")
        terminal = OnTerminal([REMAPHORE, "-c", self.sender.write(), *words], env=environment(), cwd=self.folder,
                              width=100, height=30)
        self.addCleanup(terminal.close)
        screen = terminal.wait_for("send it? [y/N]")
        self.assertIn('"deploy" to "**", 10 nodes:', screen.text)
        terminal.type(b"n\n")
        terminal.expect_exit(USAGE)
        self.assertEqual(self.heard(), [])
        process = self.remaphore(self.sender, *words, "--yes", preexec=os.setsid).wait_ready()
        wait_until(lambda: [message.verb for message in self.heard()] == [b"deploy"], "it has signalled")
        process.signal(signal.SIGTERM)
        process.expect_exit(-signal.SIGTERM)

    def test_yes_may_be_given_on_the_command_line(self):
        self.assertEqual(self.sent("-v", "deploy", "--yes", "-D", "@web"), self.web(1, 2, 3, 4))

    def test_the_case_of_a_verb_does_not_matter(self):
        process = self.remaphore(self.sender, "-s", "-v", "DEPLOY", "hi", preexec=os.setsid)
        process.expect_exit(USAGE)
        self.assertEqual(self.heard(), [])

    def test_other_verbs_are_sent_at_once(self):
        self.assertEqual(self.sent("-v", "ping", "-D", "@web"), self.web(1, 2, 3, 4))


class Answerer(GoListener):
    """Answers only what is addressed to it, as the Go tool does."""

    def __init__(self, fleet, destination, verbs, payload=b"0,done"):
        def answers(request):
            return [self.reply(request, payload)] if request.destination.decode() in (destination, "**") else []
        super().__init__(fleet, destination, verbs, answers=answers)


class Requests(HubCase):
    def setUp(self):
        super().setUp()
        self.asker = self.node("com.x.admin")
        self.asker.groups = {"some": "com.x.a,com.x.b"}

    def answerers(self, *names):
        return [self.foreign(f"com.x.{name}", kind=Answerer) for name in names]

    def ask(self, *args, code=OK):
        return self.remaphore(self.asker, "-r", "-t", "10s", *args).expect_exit(code)

    def test_each_is_asked_by_its_exact_name_and_answers_to_its_own_question(self):
        a, b, c = self.answerers("a", "b", "c")
        process = self.ask("-D", "@some", "hi")
        self.assertEqual(sorted(process.stdout.lines), ["com.x.a,0,done", "com.x.b,0,done"])
        self.assertEqual(process.stderr.data, b"")
        for one, name in ((a, b"com.x.a"), (b, b"com.x.b")):
            self.assertEqual([r.payload for r in one.requests if r.destination == name], [b"hi"])
        wait_until(lambda: len(c.requests) == 2, "c, whose answer is not waited for, has heard both")
        self.assertEqual({r.destination for r in c.requests}, {b"com.x.a", b"com.x.b"})

    def test_listeners_of_ours_answer_too(self):
        nodes = [self.node(f"com.x.n{i}") for i in range(3)]
        for node in nodes:
            self.listen(node, self.script('echo "ran $1"'))
        process = self.ask("-D", "com.x.n[0-2],!com.x.n1", "--require", "all", "hi")
        self.assertEqual(sorted(process.stdout.lines), ["com.x.n0,0,ran ping", "com.x.n2,0,ran ping"])

    def test_the_silent_are_named(self):
        self.answerers("a")
        self.foreign("com.x.b")
        process = self.remaphore(self.asker, "-r", "-t", "1500ms", "-D", "@some").expect_exit(OK)
        self.assertEqual(process.stderr.lines, ["remaphore: no answer from com.x.b"])

    def test_an_answer_to_the_question_for_another_is_refused(self):
        """Signed by a node that was also asked, within the skew, but this question was not for it."""
        a = self.foreign("com.x.a")
        def meddle(request):
            return [a.reply(request, b"0,forged", signer=liar.identity)] if request.destination == b"com.x.a" else []
        liar = self.foreign("com.x.b", kind=GoListener, answers=meddle)
        a.reply = liar.reply
        process = self.remaphore(self.asker, "-r", "-t", "2s", "-D", "@some")
        process.stderr.wait_for("it answers a message to another node")
        process.wait_exit()
        self.assertEqual(process.stdout.data, b"")

    def test_a_message_for_one_node_cannot_be_played_to_another(self):
        """A message that --limit 1 sent to one of them is accepted by that one only."""
        nodes = {name: self.node(name) for name in ("com.x.a", "com.x.b")}
        listeners = {name: self.listen(node) for name, node in nodes.items()}
        self.send(self.asker, "-D", "@some", "--limit", "1", "first")
        self.send(self.asker, "second")
        for listener in listeners.values():
            listener.stdout.wait_for("second\n")
        self.assertEqual(sorted("first" in listener.stdout.text for listener in listeners.values()), [False, True])

    def test_send_only_nodes_are_left_out_with_a_notice(self):
        self.answerers("a", "b")
        self.asker.settings["send_only"] = "com.x.b"
        process = self.ask("-D", "com.x.a,com.x.b")
        self.assertEqual(process.stdout.lines, ["com.x.a,0,done"])
        self.assert_error_line(process, "not asked", "com.x.b")

    def test_a_lost_link_is_no_end(self):
        server = self.server()
        fleet = self.make_fleet(server)
        asker = fleet.node("com.x.admin")
        for name in ("a", "b"):
            fleet.foreign(f"com.x.{name}").subscribe()
        a, b = fleet.members[1:]
        process = self.remaphore(asker, "-r", "-t", "20s", "-D", "com.x.a,com.x.b")
        questions = {m.destination: m for m in (a.next(), a.next())}
        server.restart()
        process.stderr.wait_for("the connection is back")
        for foreign, name in ((a, b"com.x.a"), (b, b"com.x.b")):
            foreign.connection = None
            foreign.client.publish(wire.reply_subject(fleet.subject, questions[name]),
                                   wire.build_reply(foreign.identity, questions[name], b"0,late"))
            foreign.client.flush()
        process.expect_exit(OK)
        self.assertEqual(sorted(process.stdout.lines), ["com.x.a,0,late", "com.x.b,0,late"])
