"""`remaphore --who`: every listener reports what it does, and no command runs."""

import json
import os
import re
import signal
import time

from case import FAILURE, NOTHING, OK, REMAPHORE, ROOT, USAGE, GoListener, GoRequester, HubCase, environment, wait_until

import wire

SILENT = 4


class Who(HubCase):
    def setUp(self):
        super().setUp()
        self.asker = self.node("com.x.admin", "ping")
        self.left = self.node("com.x.left", "*")
        self.right = self.node("com.x.right", "*")

    def who(self, *args, code=OK, **options):
        return self.remaphore(self.asker, "--who", *args, **options).expect_exit(code)

    def objects(self, *args, code=OK):
        return [json.loads(line) for line in self.who("--json", *args, code=code).stdout.lines]

    def test_a_table_shows_every_listener(self):
        self.listen(self.left, "-v", "deploy,rollback", "--jobs", "3", "/bin/true")
        self.listen(self.right, "-u", "ab")
        lines = self.who().stdout.lines
        self.assertEqual(lines[0].split(), ["NODE", "VERSION", "UP", "WAITS", "FOR", "RUNNING", "QUEUED", "CLOCK"])
        shown = {line.split()[0]: line for line in lines[1:]}
        self.assertRegex(shown["com.x.left"], r"^com\.x\.left +\d+\.\d+\.\d+ +\d+s +deploy,rollback +0 of 3 +0 +\S+ s$")
        self.assertRegex(shown["com.x.right"], r" any uuid 6162 +prints +0 ")
        self.assertEqual(len(lines), 3)

    def logging(self, *options):
        """A listener whose command leaves a line in the log."""
        return self.listen(self.left, *options, self.script('echo ran >>"$0.log"'))

    def assert_nothing_ran_before(self, sender, listener):
        """A message behind the question is the first that runs the command."""
        sender.send(b"behind", destination="com.x.left")
        listener.stderr.wait_for(f"ping from {sender.destination}: exit status 0")
        with open(self.path("script.log"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "ran\n")

    def test_nothing_is_run_or_printed_for_a_question(self):
        sender = self.foreign("com.x.sender")
        listener = self.logging("--json")
        self.listen(self.right)
        self.who("-D", "com.x.left,com.x.right")
        self.assert_nothing_ran_before(sender, listener)
        listener.stdout.wait_lines(1)
        self.assertEqual([json.loads(line)["payload"] for line in listener.stdout.lines], ["behind"])

    def test_json_holds_everything_that_is_reported(self):
        self.listen(self.left)
        first, last = self.objects("-D", "com.x.left")
        self.assertEqual((first["type"], first["destination"]), ("presence", "com.x.left"))
        self.assertEqual(first["host"], os.uname().nodename)
        for name in ("version", "pid", "since", "verbs", "uuid", "command", "jobs", "running", "queued", "handled",
                     "refused", "clock", "latency", "clock_offset_ms"):
            self.assertIn(name, first)
        self.assertEqual(last, {"type": "summary", "awaited": 1, "answered": 1, "missing": 0, "status": 0})

    def test_running_and_waiting_messages_are_counted(self):
        sender = self.foreign("com.x.sender")
        self.listen(self.left, self.script("exec sleep 60"))
        for _ in range(3):
            sender.send(destination="com.x.left")
        def seen():
            found = self.objects("-D", "com.x.left")[0]
            self.assertTrue(found["command"])
            return found["running"], found["queued"]
        wait_until(lambda: seen() == (1, 2), "one command and two messages that wait for it")

    def test_handled_and_refused_messages_are_counted_and_the_command_is_not_shown(self):
        """Whatever subject and destination it listens on."""
        sender, stranger = self.foreign("com.x.sender"), wire.Identity()
        listener = self.listen(self.left, "-S", "other", "-D", "com.x.elsewhere", self.script("exit 3", name="secret"),
                               "hidden")
        for signer in (sender.identity, stranger, sender.identity):
            sender.send(part="other", signer=signer)
        listener.stderr.wait_for("exit status 3", count=2)
        process = self.who("--json", "-D", "com.x.left")
        found = json.loads(process.stdout.lines[0])
        self.assertEqual((found["handled"], found["refused"], found["command"]), (2, 1, True))
        for word in ("secret", "hidden", self.folder):
            self.assertNotIn(word, process.stdout.text)

    def test_silent_nodes_are_named(self):
        self.listen(self.left)
        lines = self.who("-t", "1s", code=SILENT).stdout.lines
        self.assertIn("com.x.right  no listener, or an older one", lines)
        found = self.objects("-t", "1s", code=SILENT)
        self.assertIn({"type": "missing", "destination": "com.x.right"}, found)
        self.assertEqual(found[-1]["status"], SILENT)

    def test_no_answer_is_exit_1(self):
        self.who("-t", "500ms", code=NOTHING)

    def test_a_list_asks_each_by_its_name(self):
        self.listen(self.left)
        self.listen(self.right)
        lines = self.who("-D", "**,!com.x.right").stdout.lines
        self.assertEqual([line.split()[0] for line in lines[1:]], ["com.x.left"])

    def test_a_group_is_asked_by_the_names_of_its_members(self):
        self.listen(self.left)
        self.listen(self.right)
        self.asker.groups = {"some": "@sides", "sides": "com.x.l*"}
        lines = self.who("-D", "@some").stdout.lines
        self.assertEqual([line.split()[0] for line in lines[1:]], ["com.x.left"])
        self.assert_refused(self.remaphore(self.asker, "--who", "-D", "@none"), USAGE, 'no group "none"')

    def test_a_name_without_a_match_is_a_usage_error(self):
        for names, says in (("com.x.nobody", "com.x.nobody"), ("com.x.left,org.*", "org.*"),
                            ("com.x.n[1-999999999]", "more than 10000 names"),
                            ("**,!**", "every one of them is excluded")):
            with self.subTest(names):
                self.assert_refused(self.remaphore(self.asker, "--who", "-D", names), USAGE, says)

    def test_listeners_of_the_go_tool_are_not_asked(self):
        listener = self.foreign("com.x.go", kind=GoListener)
        self.listen(self.left)
        lines = self.who("-D", "com.x.left,com.x.go", "-t", "500ms", code=SILENT).stdout.lines
        self.assertIn("com.x.go    no listener, or an older one", lines)
        self.assertEqual(listener.requests, [])

    def test_a_wrong_clock_is_shown_and_hides_no_node(self):
        ahead = 60 * 10 ** 9

        def answers(request):
            clock = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 60))
            body = f'0,{{"version":"9.9.9","destination":"com.x.ahead","clock":"{clock}"}}'
            return [wire.build_reply(listener.identity, request, body.encode(), time_ns=time.time_ns() + ahead)]
        listener = self.foreign("com.x.ahead", kind=GoListener, part="who", answers=answers)
        lines = self.who("-D", "com.x.ahead").stdout.lines
        self.assertRegex(lines[1], r"^com\.x\.ahead +9\.9\.9 .*\+(59|60)(\.\d+)? s$")

    def ask(self, identity=None, **fields):
        """A question by hand; the client to which the answer goes."""
        asker = self.foreign("com.x.foreign", "ping", kind=GoRequester)
        return asker, lambda: asker.request(part="who", **({"verb": "who"} | fields))

    def test_a_question_is_answered_whatever_its_time(self):
        asker, ask = self.ask(time_ns=time.time_ns() - 3600 * 10 ** 9)
        self.listen(self.left)
        ask()
        answer = asker.next()
        self.assertEqual(answer.payload[:2], b"0,")
        self.assertEqual(json.loads(answer.payload[2:])["destination"], "com.x.left")
        self.assertEqual(answer.uuid, asker.question.binding)

    def test_other_verbs_get_no_answer_there(self):
        asker, ask = self.ask(verb="ping")
        self.listen(self.left)
        ask()
        self.who("-D", "com.x.left")  # behind it on the same server
        self.assertEqual(asker.client.pending(), [])

    def test_the_question_runs_nothing_on_the_broadcast_subject_either(self):
        asker = self.foreign("com.x.foreign", "*", kind=GoRequester)
        listener = self.logging("-v", "ping,who")
        asker.request(b"--who", verb="who")
        self.assert_nothing_ran_before(asker, listener)

    def test_answers_are_limited(self):
        asker = self.foreign("com.x.foreign", "*", kind=GoRequester)
        self.listen(self.left)
        begun = time.monotonic()
        for _ in range(40):
            asker.request(part="who", verb="who")
        asker.request(verb="ping")  # answered behind the questions
        answered = 0
        while not asker.next().payload.endswith(b"NO_DATA"):
            answered += 1
        self.assertGreaterEqual(answered, 5)
        self.assertLessEqual(answered, 6 + 5 * (time.monotonic() - begun), "5 at once, then 5 a second")

    def test_any_peer_may_ask_whatever_its_verbs(self):
        self.listen(self.left)
        self.listen(self.right)
        self.who()

    def test_a_stranger_gets_no_answer(self):
        self.listen(self.left)
        stranger = wire.Identity()
        client = self.foreign("com.x.bystander").client
        raw = wire.build(stranger, verb="who", flag="Q")
        client.subscribe(wire.reply_subject(self.fleet.subject, wire.decode(raw)))
        client.publish(f"{self.fleet.subject}.who", raw)
        client.flush()
        self.who("-D", "com.x.left")  # behind it on the same server
        self.assertEqual(client.pending(), [])

    def test_presence_no_switches_it_off(self):
        self.left.settings["presence"] = "no"
        self.listen(self.left)
        self.who("-D", "com.x.left", "-t", "500ms", code=NOTHING)

    def test_without_a_server_it_is_exit_3(self):
        self.asker.servers = ["nats://127.0.0.1:1"]
        self.assert_refused(self.remaphore(self.asker, "--who", "-t", "500ms"), FAILURE, "127.0.0.1:1")


class TwentyNodes(HubCase):
    """Real listeners, most of them with a command."""

    def test_killed_silent_busy_and_duplicate_nodes_are_shown_as_such(self):
        asker = self.node("com.x.admin", "ping")
        nodes = [self.node(f"com.x.n{number:02}") for number in range(20)]
        gate = self.path("gate")
        os.mkfifo(gate)
        busy = self.script(f"read line <{gate}", name="busy")
        listeners = [self.listen(node, busy if number == 4 else "/bin/true") for number, node in enumerate(nodes)]
        twin = self.listen(nodes[7], "/bin/true")
        listeners[2].signal(signal.SIGKILL)
        listeners[2].wait_exit()
        listeners[3].signal(signal.SIGSTOP)
        self.send(asker, "-D", nodes[4].destination)
        def shown(*args):
            process = self.remaphore(asker, "--who", "-t", "3s", "--json", *args).expect_exit(SILENT)
            return [json.loads(line) for line in process.stdout.lines]
        wait_until(lambda: shown("-D", "com.x.n02,com.x.n04")[0]["running"] == 1, "the command of the busy one runs")
        for targets in ("**", "com.x.n[00-19]"):
            *found, summary = shown("-D", targets)
            there = sorted(one["destination"] for one in found if one["type"] == "presence")
            self.assertEqual(there, sorted([node.destination for number, node in enumerate(nodes)
                                            if number not in (2, 3)] + ["com.x.n07"]))
            self.assertEqual([one["destination"] for one in found if one["type"] == "missing"],
                             ["com.x.n02", "com.x.n03"])
            self.assertEqual((summary["awaited"], summary["answered"], summary["missing"]), (20, 18, 2))
            running = {one["destination"]: one["running"] for one in found if one["type"] == "presence"}
            self.assertEqual([name for name, commands in running.items() if commands], ["com.x.n04"])
        table = self.remaphore(asker, "--who", "-t", "3s").expect_exit(SILENT).stdout.lines
        names = [line.split()[0] for line in table[1:]]
        self.assertEqual(names, [*sorted(there), "com.x.n02", "com.x.n03"], "by name, the silent last")
        listeners[3].signal(signal.SIGCONT)
        with open(gate, "w", encoding="utf-8") as file:
            file.write("go\n")
        del twin


class Readme(HubCase):
    def test_it_prints_the_example_of_the_readme(self):
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            section = file.read().split("## Presence\n")[1]
        command, shown = re.search(r"^```\n\$ (.*)\n((?:.*\n)*?)```$", section, re.M).groups()
        admin = self.node("com.example.admin")
        admin.groups = {"web": "com.example.web[1-3]"}
        nodes = [self.node(f"com.example.web{number}") for number in (1, 2, 3)]
        for node in nodes[:2]:
            self.listen(node, "-v", "restart", "/bin/true")
        os.mkdir(self.path("bin"))
        self.file("bin/remaphore", f'#!/bin/sh\nexec {REMAPHORE} -c {admin.write()} "$@"\n', 0o755)
        process = self.start("/bin/sh", "-c", command,
                             env=environment(PATH=self.path("bin") + ":" + environment()["PATH"]))
        process.expect_exit(SILENT)

        def cells(lines):
            """The cells of each line, except version, age and clock."""
            rows = [re.split(r" {2,}", line) for line in lines]
            return sorted([cell for column, cell in enumerate(row) if column not in (1, 2, 6) or len(row) == 2]
                          for row in rows)
        self.assertEqual(cells(process.stdout.lines), cells(shown.splitlines()))
