"""`remaphore-fleet rotate`: a new key for a node, in two steps that never break it."""

import json
import shlex
import subprocess

from case import OK, USAGE
from test_fleet import snapshot
from test_fleet_roster import RosterCase

import wire


class Rotation(RosterCase):
    nodes = ("com.a=*", "com.b=*")

    def keys_of(self, config, destination):
        return [line[1] for line in self.section(config, "Peers") if line[0] == destination]

    def own_keys(self, name):
        return [line[0] for line in self.section(name, "Identities")]

    def rotate(self, *args, code=OK):
        return self.tool("rotate", self.dir, *args).expect_exit(code)

    def refuse(self, *args, parts=()):
        before = snapshot(self.dir)
        process = self.rotate(*args, code=USAGE)
        for part in parts:
            self.assertIn(part, process.stderr.text)
        self.assertEqual(snapshot(self.dir), before)

    def copy(self, name):
        subprocess.run(["cp", self.conf(name), self.installed[name]], check=True)


class Steps(Rotation):
    def test_the_first_adds_the_new_key_beside_the_old_one_everywhere(self):
        old, = self.own_keys("com.b")
        said = self.rotate("com.b").stdout.text
        new, kept = self.own_keys("com.b")
        self.assertEqual(kept, old)
        self.assertEqual(self.setting("com.b", "default_identity"), [new])
        self.assertEqual(self.keys_of("com.a", "com.b"), [new, old])
        self.assertIn(f"old={old}@2", self.read("roster"))
        for path in (self.conf("com.a"), self.conf("com.b")):
            self.assertIn(f"  {path}\n", said)
        steps = [shlex.split(line, comments=True) for line in said.split("next:\n")[1].splitlines()]
        self.assertEqual(steps, [["remaphore-fleet", "publish", self.dir],
                                 ["scp", self.conf("com.b"), "root@com.b:/etc/remaphore/"],
                                 ["remaphore-fleet", "publish", self.dir],
                                 ["remaphore-fleet", "rotate", self.dir, "com.b"]])

    def test_the_second_is_refused_until_all_have_applied_it(self):
        self.rotate("com.b")
        self.refuse("com.b", parts=["com.a, com.b", f"remaphore-fleet publish {self.dir}", "--force"])

    def test_forced_it_removes_the_old_key_at_once(self):
        old, = self.own_keys("com.b")
        self.rotate("com.b")
        said = self.rotate("com.b", "--force").stdout.text
        self.assertIn(f"{old}\n", said)
        new, = self.own_keys("com.b")
        self.assertNotEqual(new, old)
        self.assertEqual(self.keys_of("com.a", "com.b"), [new])
        self.assertEqual(self.setting("com.b", "default_identity"), [new])
        self.tool("add", self.dir, "com.c", "--public-key", old).expect_exit(USAGE)

    def test_it_works_at_every_moment_of_it(self):
        self.start_hub()
        for name in ("com.a", "com.b"):
            self.install(name)
        rosters = [self.listen_for_rosters(name) for name in ("com.a", "com.b")]
        a = self.command("-c", self.installed["com.a"], "-v", "ping", "echo", "a").wait_ready()
        b = self.command("-c", self.installed["com.b"], "-v", "ping", "echo", "b").wait_ready()
        def both_ways():
            for asking, answering in (("com.a", "b"), ("com.b", "a")):
                answer = self.command("-c", self.installed[asking], "-r",
                                      "-t", "20s").expect_exit(OK, within=25).stdout.text
                self.assertEqual(answer, f"com.{answering},0,{answering} ping\n")
        def publish():
            self.tool("publish", self.dir, "-t", "60s").expect_exit(OK, within=70)
        both_ways()
        self.rotate("com.b")
        publish()
        a.stderr.wait_for("was read again")
        both_ways()
        self.refuse("com.b", parts=["com.b last answered with its old key"])
        self.copy("com.b")
        both_ways()  # b asks with its new key, and its listener still answers with the old one
        b.close()
        rosters[1].close()
        rosters[1] = self.listen_for_rosters("com.b")
        b = self.command("-c", self.installed["com.b"], "-v", "ping", "echo", "b").wait_ready()
        publish()
        both_ways()
        self.rotate("com.b")
        publish()
        both_ways()
        self.assertEqual(len(self.keys_of("com.a", "com.b")), 1)
        self.assertEqual(self.text_of("com.a"), self.read("nodes", "com.a", "remaphore.conf"))

    def test_the_old_key_is_refused_once_it_is_removed(self):
        self.start_hub()
        self.install("com.b")
        self.rotate("com.b")
        self.rotate("com.b", "--force")
        listener = self.as_node("com.a", "--verbose").wait_ready()
        self.command("-c", self.installed["com.b"], "-s", "old").expect_exit(OK)
        listener.stderr.wait_for("ignored")
        self.as_node("com.b", "-s", "new").expect_exit(OK)
        listener.stdout.wait_for("new\n")
        self.assertEqual(listener.stdout.data, b"new\n")

    def test_a_node_may_make_its_new_key_itself(self):
        own = wire.Identity()
        old, = self.own_keys("com.b")
        self.rotate("com.b", "--public-key", own.public)
        self.assertEqual(self.keys_of("com.a", "com.b"), [own.public, old])
        self.assertIn(f"\n# {own.public} PRIVATE-KEY [*]\n{old} ", self.read("nodes", "com.b", "remaphore.conf"))
        self.refuse("com.b", "--public-key", wire.Identity().public, parts=["already has a new key"])

    def test_a_key_that_is_or_was_in_the_fleet_is_refused(self):
        a, = self.own_keys("com.a")
        b, = self.own_keys("com.b")
        for key in (a, b, self.fleet_key(), "xyz"):
            self.refuse("com.b", "--public-key", key)
        self.refuse("com.x", parts=["com.x"])
        self.rotate("com.b")
        self.rotate("com.b", "--force")
        self.refuse("com.b", "--public-key", b)

    def test_set_changes_the_verbs_of_both(self):
        self.rotate("com.b")
        self.tool("set", self.dir, "com.b=x").expect_exit(OK)
        self.assertEqual([line[2] for line in self.section("com.b", "Identities")], ["[x]", "[x]"])
        self.assertEqual([line[2:] for line in self.section("com.a", "Peers") if line[0] == "com.b"],
                         [["[x]"], ["[x]"]])

    def test_as_json(self):
        old, = self.own_keys("com.b")
        told = [json.loads(line) for line in self.rotate("com.b", "--json").stdout.lines]
        new = self.own_keys("com.b")[0]
        self.assertEqual(told[0], {"type": "rotation", "destination": "com.b", "step": "added", "public_key": new,
                                   "old_public_key": old})
        told = [json.loads(line) for line in self.rotate("com.b", "--force", "--json").stdout.lines]
        self.assertEqual(told[0]["step"], "removed")
