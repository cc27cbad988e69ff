"""`remaphore-fleet`: what nodes may send, who only sends, groups, the fleet's own identity, --json."""

import json
import os
import shlex
import signal

from case import NOTHING, OK, USAGE
from test_fleet import FleetCase, snapshot

import wire


class LivingCase(FleetCase):
    def setUp(self):
        super().setUp()
        self.init("com.a=*", "com.b", "com.c=deploy")

    def refuse(self, *args, parts=()):
        before = snapshot(self.dir)
        process = self.tool(*args).expect_exit(USAGE)
        for part in parts:
            self.assertIn(part, process.stderr.text)
        self.assertEqual(snapshot(self.dir), before)

    def verbs(self, config, destination):
        return {"".join(line[2:]) for line in self.section(config, "Peers") if line[0] == destination}

    def objects(self, *args, code=OK):
        return [json.loads(line) for line in self.tool(*args, "--json").expect_exit(code).stdout.lines]


class Set(LivingCase):
    def test_identity_line_and_peer_lines_follow(self):
        self.tool("set", self.dir, "com.b=deploy,reboot").expect_exit(OK)
        self.assertEqual(self.verbs("com.a", "com.b"), {"[deploy,reboot]"})
        self.assertEqual(self.verbs("com.c", "com.b"), {"[deploy,reboot]"})
        self.assertEqual("".join(self.section("com.b", "Identities")[0][2:]), "[deploy,reboot]")
        self.assertEqual("".join(self.section("com.a", "Identities")[0][2:]), "[*]")
        self.assertIn(" deploy,reboot -\n", self.read("roster"))

    def test_new_verbs_are_accepted_and_removed_ones_refused(self):
        self.start_hub()
        listener = self.as_node("com.a", "-v", "ping,deploy", "--verbose").wait_ready()
        self.tool("set", self.dir, "com.b=deploy").expect_exit(OK)
        listener.stderr.wait_for("was read again")
        self.as_node("com.b", "-s", "-v", "deploy", "now").expect_exit(OK)
        listener.stdout.wait_for("now\n")
        self.as_node("com.b", "-s", "-v", "ping", "x").expect_exit(USAGE)

    def test_several_nodes_are_set_at_once_and_the_files_are_named(self):
        said = self.tool("set", self.dir, "com.a=ping", "com.b=*").expect_exit(OK).stdout.text
        self.assertEqual((self.verbs("com.c", "com.a"), self.verbs("com.c", "com.b")), ({"[ping]"}, {"[*]"}))
        for name in ("com.a", "com.b", "com.c"):
            self.assertIn(f"  {self.conf(name)}\n", said)
        self.assertIn(f"next:\n  remaphore-fleet publish {self.dir}", said)
        self.assertNotIn("restart", said)

    def test_the_serial_number_rises_and_other_bytes_stay(self):
        def serial():
            return int(self.setting_of_roster("serial"))
        with open(self.conf("com.a"), "a") as file:
            file.write("# mine\n")
        before = serial()
        self.tool("set", self.dir, "com.b=deploy").expect_exit(OK)
        self.assertEqual(serial(), before + 1)
        self.assertTrue(self.read("nodes", "com.a", "remaphore.conf").endswith("# mine\n"))
        self.tool("set", self.dir, "com.b=deploy").expect_exit(OK)
        self.assertEqual(serial(), before + 1, "nothing changed")

    def setting_of_roster(self, name):
        return next(line.split(": ")[1] for line in self.read("roster").splitlines() if line.startswith(name + ": "))

    def test_unknown_nodes_and_texts_are_usage_errors(self):
        self.refuse("set", self.dir, "com.x=ping", parts=["com.x"])
        self.refuse("set", self.dir, "com.a", parts=["com.a=verb,verb"])
        self.refuse("set", self.dir, "com.b=deploy", "com.a=-x", parts=["-x"])

    def test_a_config_whose_identity_line_is_gone_stops_it(self):
        text = self.read("nodes", "com.b", "remaphore.conf")
        (public, *_), = self.section("com.b", "Identities")
        with open(self.conf("com.b"), "w") as file:
            file.write(text.replace(f"\n{public} ", "\n# gone "))
        self.refuse("set", self.dir, "com.b=deploy", parts=[self.conf("com.b"), public])


class Roles(LivingCase):
    def test_a_send_only_node_is_not_awaited(self):
        self.tool("add", self.dir, "com.admin=*!").expect_exit(OK)
        self.assertEqual(self.setting("com.a", "send_only"), ["com.fleet,com.admin"])
        self.assertEqual(self.setting("com.admin", "send_only"), ["com.fleet"])
        self.start_hub()
        for name in ("com.b", "com.c"):
            self.as_node(name, "echo", "hi").wait_ready()
        answers = self.as_node("com.a", "-r", "-t", "20s").expect_exit(OK)
        self.assertEqual(sorted(line.split(",")[0] for line in answers.stdout.lines), ["com.b", "com.c"])
        self.assertNotIn("no answer", answers.stderr.text)

    def test_set_gives_the_role_and_takes_it_away(self):
        self.tool("set", self.dir, "com.a!").expect_exit(OK)
        self.assertEqual(self.setting("com.b", "send_only"), ["com.fleet,com.a"])
        self.assertEqual(self.verbs("com.b", "com.a"), {"[*]"}, "its verbs stay")
        self.tool("set", self.dir, "com.a=*").expect_exit(OK)
        self.assertEqual(self.setting("com.b", "send_only"), ["com.fleet"])

    def test_a_person_s_own_send_only_line_still_counts(self):
        text = self.read("nodes", "com.b", "remaphore.conf")
        with open(self.conf("com.b"), "w") as file:
            file.write(text.replace("\nallow_skew", "\nsend_only: net.friend.**\nallow_skew"))
        self.tool("set", self.dir, "com.a!").expect_exit(OK)
        self.assertEqual(self.setting("com.b", "send_only"), ["net.friend.**", "com.fleet,com.a,net.friend.**"])

    def test_a_node_that_neither_listens_nor_sends_is_refused(self):
        self.refuse("add", self.dir, "com.x=!", parts=["com.x=!"])


class InGroups(LivingCase):
    def groups_of(self, config):
        return [" ".join(line) for line in self.section(config, "Groups")]

    def test_a_group_goes_into_every_config(self):
        self.tool("groups", self.dir, "web", "com.a,com.b").expect_exit(OK)
        self.tool("groups", self.dir, "all", "@web,com.c").expect_exit(OK)
        for name in ("com.a", "com.b", "com.c"):
            self.assertEqual(self.groups_of(name), ["web com.a,com.b", "all @web,com.c"])
            self.assertEqual(len(self.others(name)), 2)
        self.assertIn("web com.a,com.b\n", self.read("groups"))

    def test_it_addresses_its_members(self):
        self.tool("groups", self.dir, "web", "com.b").expect_exit(OK)
        self.start_hub()
        for name in ("com.b", "com.c"):
            self.as_node(name).wait_ready()
        shown = self.as_node("com.a", "--who", "-D", "@web", "-t", "20s").expect_exit(OK).stdout.text
        self.assertIn("com.b", shown)
        self.assertNotIn("com.c", shown)

    def test_it_is_shown_replaced_and_removed(self):
        self.tool("groups", self.dir, "web", "com.a").expect_exit(OK)
        self.tool("groups", self.dir, "web", "com.b").expect_exit(OK)
        self.assertEqual(self.tool("groups", self.dir).expect_exit(OK).stdout.text, "web com.b\n")
        self.tool("groups", self.dir, "--remove", "web").expect_exit(OK)
        self.assertEqual(self.tool("groups", self.dir).expect_exit(OK).stdout.text, "")
        self.assertEqual(self.read("nodes", "com.a", "remaphore.conf").count("[ Groups ]"), 0)

    def test_one_that_an_added_node_gets_too(self):
        self.tool("groups", self.dir, "web", "com.*").expect_exit(OK)
        self.tool("add", self.dir, "com.d").expect_exit(OK)
        self.assertEqual(self.groups_of("com.d"), ["web com.*"])

    def test_a_bad_one_is_a_usage_error_and_changes_nothing(self):
        for name, members in (("we b", "com.a"), ("web", "@none"), ("web", "@web"), ("web", "a\nb c"), ("web", ","),
                              ("web", "a#b")):
            self.refuse("groups", self.dir, name, members)
        self.refuse("groups", self.dir, "--remove", "web", parts=["web"])


class Identity(LivingCase):
    def test_it_is_made_with_the_fleet_below_the_common_prefix(self):
        public, secret, verbs = self.read("secrets", "fleet.key").split()
        self.assertEqual((wire.Identity(wire.base58_decode(secret)[:32]).public, verbs), (public, "[roster]"))
        for name in ("com.a", "com.b", "com.c"):
            self.assertIn(["com.fleet", public, "[roster]"], self.section(name, "Peers"))
        self.dir = self.path("other")
        self.init("com.x.a", "net.b")
        self.assertIn("fleet", {line[0] for line in self.section("net.b", "Peers")})
        self.dir = self.path("named")
        self.init("--fleet-name", "org.keeper", "com.a")
        self.assertEqual(self.setting("com.a", "send_only"), ["org.keeper"])

    def test_its_name_and_key_are_no_node_s(self):
        self.refuse("add", self.dir, "com.fleet", parts=["com.fleet"])
        self.refuse("add", self.dir, "com.x", "--public-key", self.read("secrets", "fleet.key").split()[0])
        self.tool("init", self.path("other"), "--server", self.url, "--fleet-name", "com.a", "com.a").expect_exit(USAGE)
        self.dir = self.path("taken")
        self.init("com.fleet", "com.a")
        self.assertEqual(self.setting("com.a", "send_only"), ["com.fleet2"])

    def make_old(self):
        """The fleet as it was made before fleets had identities."""
        os.unlink(os.path.join(self.dir, "secrets", "fleet.key"))
        for path in [os.path.join(self.dir, "roster")] + [self.conf(name) for name in ("com.a", "com.b", "com.c")]:
            kept, skipping = [], False
            for line in open(path).read().splitlines(True):
                skipping = skipping or line.startswith("# begin settings")
                if not skipping and "[roster]" not in line and not line.startswith(("serial:", "fleet:")):
                    kept.append(line.replace(", serial 1: it rewrites", ": add and revoke rewrite"))
                skipping = skipping and not line.startswith("# end settings")
            with open(path, "w") as file:
                file.write("".join(kept))

    def test_a_fleet_made_before_gets_one_with_the_next_change(self):
        for change in (["add", self.dir, "com.d"], ["set", self.dir, "com.b=x"], ["groups", self.dir, "g", "com.a"],
                       ["revoke", self.dir, "com.c"]):
            with self.subTest(change[0]):
                self.make_old()
                self.tool(*change).expect_exit(OK)
                public = self.read("secrets", "fleet.key").split()[0]
                self.assertIn(["com.fleet", public, "[roster]"], self.section("com.a", "Peers"))
                self.assertIn(f"fleet: com.fleet {public}\n", self.read("roster"))

    def test_provision_gives_it_one_too(self):
        self.make_old()
        self.tool("provision", self.dir, "--keep", "0").expect_exit(OK)
        public = self.read("secrets", "fleet.key").split()[0]
        self.assertIn(["com.fleet", public, "[roster]"], self.section("com.a", "Peers"))


class AsJson(LivingCase):
    def test_every_change_names_files_and_next_steps(self):
        for args, changed in ((["add", "com.d"], ["com.a", "com.b", "com.c"]),
                              (["set", "com.b=x"], ["com.a", "com.b", "com.c", "com.d"]),
                              (["groups", "g", "com.a"], ["com.a", "com.b", "com.c", "com.d"]),
                              (["revoke", "com.d"], ["com.a", "com.b", "com.c"])):
            told = self.objects(args[0], self.dir, *args[1:])
            files = [one["path"] for one in told if one["type"] == "file" and one["path"].endswith("remaphore.conf")]
            self.assertEqual(sorted(files), sorted(self.conf(name) for name in changed), args)
            self.assertIn({"type": "next", "command": f"remaphore-fleet publish {self.dir}"}, told)
            self.assertEqual(told[-1], {"type": "summary", "status": 0})

    def test_the_hub_reports_its_streams_its_readiness_and_its_end(self):
        hub = self.tool("hub", self.dir, "--json")
        hub.stderr.wait_for("Ready\n")
        hub.stdout.wait_for('"ready"')
        hub.signal(signal.SIGTERM)
        status = hub.wait_exit(within=15)
        told = [json.loads(line) for line in hub.stdout.lines]
        self.assertEqual([one["type"] for one in told], ["stream"] * (len(told) - 2) + ["ready", "summary"], told)
        self.assertGreaterEqual(len(told), 4)
        self.assertEqual(told[-2]["listen"], f"127.0.0.1:{self.port}")
        self.assertEqual(told[-1]["status"], status)

    def test_a_hub_whose_server_fails_reports_it(self):
        with open(os.path.join(self.dir, "hub", "nats-server.conf"), "a") as file:
            file.write("no such setting {\n")
        error, end = self.objects("hub", self.dir, code=1)
        self.assertEqual((error["type"], end), ("error", {"type": "summary", "status": 1}))
        self.assertIn("nats-server ended with status 1", error["text"])

    def test_a_roster_that_is_printed_is_one_too(self):
        roster, end = self.objects("publish", self.dir, "--print")
        self.assertEqual((roster["type"], end["status"]), ("roster", OK))
        self.assertIn("com.a ", roster["text"])
        self.assertIn(f" {roster['serial']}", roster["text"])

    def test_a_file_that_could_not_be_changed_is_an_error_among_them(self):
        with open(self.conf("com.b"), "w") as file:
            file.write("# nothing is left\n")
        for words in (["revoke", self.dir, "com.c"], ["servers", self.dir, "--server", "nats://127.0.0.2"]):
            told = self.objects(*words, code=NOTHING)
            self.assertTrue([one for one in told if one["type"] == "error" and self.conf("com.b") in one["text"]], told)

    def test_a_wrong_command_line_is_one_too(self):
        error, = self.objects("add", self.dir, "com.x", "--nonsense", code=USAGE)
        self.assertEqual((error["type"], error["status"]), ("error", USAGE))

    def test_init_keygen_groups_check_and_errors(self):
        other = self.path("other")
        fleet, *_ = self.objects("init", other, "--server", self.url, "com.a", "com.b")
        self.assertEqual((fleet["type"], fleet["nodes"], fleet["fleet_name"]),
                         ("fleet", ["com.a", "com.b"], "com.fleet"))
        key, = self.objects("keygen", "com.x=a,b")
        self.assertEqual(wire.Identity(wire.base58_decode(key["private_key"])[:32]).public, key["public_key"])
        self.tool("groups", self.dir, "web", "com.a").expect_exit(OK)
        self.assertEqual(self.objects("groups", self.dir)[0], {"type": "group", "name": "web", "members": ["com.a"]})
        checks = self.objects("check", self.conf("com.a"), code=1)
        self.assertIn("bad", {one.get("result") for one in checks})
        error, = self.objects("add", self.dir, "com.a", code=USAGE)
        self.assertEqual((error["type"], error["status"]), ("error", USAGE))

    def test_the_demo_is_a_transcript(self):
        told = self.objects("demo")
        self.assertIn({"type": "command", "node": "uploader", "command": "remaphore -r hello"}, told)
        self.assertTrue(all(one["type"] in ("command", "output") for one in told))


class CheckAs(LivingCase):
    def test_a_user_who_cannot_be_become_is_a_usage_error(self):
        self.tool("check", "--user", "no-such-user", self.conf("com.a")).expect_exit(USAGE)

    def test_as_root_files_are_judged_for_the_user_that_will_read_them(self):
        if os.geteuid() != 0:
            self.skipTest("has to be root")
        os.chmod(self.folder, 0o755)
        shown = self.tool("check", "--user", "nobody", self.conf("com.a")).expect_exit(NOTHING).stdout.text
        self.assertIn("\u2718", shown)
        self.assertIn("ermission", shown)


class NextSteps(FleetCase):
    def test_can_be_pasted_whatever_the_folder_is_called(self):
        self.dir = self.path("a b'$(touch x);-")
        self.init("com.a", "com.b")
        said = self.tool("set", self.dir, "com.b=x").expect_exit(OK).stdout.text
        step = said.split("next:\n")[1].splitlines()[0]
        self.assertEqual(shlex.split(step, comments=True), ["remaphore-fleet", "publish", self.dir])
