"""doc/recipes.md: every block that begins with a node's prompt is typed as written, and prints what the page shows."""

import os
import re
import shlex
import shutil

from case import BUILD, OK, REMAPHORE, ROOT, environment, mode_of, wait_until
from test_fleet import FleetCase, free_port

from server import find_nats_server

WITHIN = 60  # seconds for a command that ends on its own
PROMPT = re.compile(r"^(\w+)\$ (.*)$")

# What a recipe's shell has: its node's config; remaphore-fleet is found in PATH.
SHELL = """\
CONFIG=$1
remaphore() { %(remaphore)s -c "$CONFIG" "$@"; }
fleet_key() { sed -n 's/^[^#].* \\([^ ]*\\) \\[roster\\]$/\\1/p' "$CONFIG"; }
%(command)s
"""


def page():
    with open(os.path.join(ROOT, "doc", "recipes.md"), encoding="utf-8") as file:
        return file.read()


def recipes():
    """Title -> the steps: (node, command, lines that it or an earlier one then writes). A block may need a tool."""
    sections = re.split(r"(?m)^## ", page())[1:]
    found = {}
    for section in sections:
        title, body = section.split("\n", 1)
        steps = []
        for tool, block in re.findall(r"(?ms)^```console ?(\w*)\n(.*?)^```$", body):
            if tool and not shutil.which(tool):
                continue
            for line in block.replace("\\\n", "").splitlines():
                prompt = PROMPT.match(line)
                if prompt:
                    steps.append((prompt.group(1), prompt.group(2), []))
                else:
                    steps[-1][2].append(line)
        if steps:
            found[title] = steps
    return found


class Recipes(FleetCase):
    def setUp(self):
        super().setUp()
        self.dir = self.path("fleet")
        self.init("com.example.admin=*!", "com.example.web1", "com.example.web2", "com.example.db1", "com.example.db2")
        self.tool("groups", self.dir, "web", "com.example.web*").expect_exit(OK)
        self.tool("groups", self.dir, "db", "com.example.db*").expect_exit(OK)
        self.start_hub().stderr.wait_for("Ready\n")
        self.typed = []

    def type(self, node, command):
        text = SHELL % {"remaphore": shlex.quote(REMAPHORE), "command": command}
        path = f"{BUILD}:{environment()['PATH']}"
        process = self.start("/bin/bash", "-c", text, "bash", self.conf(f"com.example.{node}"),
                             env=environment(PATH=path, PASSWORD="correct horse battery staple"))
        self.typed.append(process)
        return process

    def play(self, steps):
        for node, command, shown in steps:
            process = self.type(node, command)
            if shown[:1] == ["Ready"]:
                process.stderr.wait_for("Ready\n")
            else:
                process.expect_exit(OK, within=WITHIN)
            for line in shown:
                if line != "Ready":
                    self.appears(line)

    def appears(self, line):
        wait_until(lambda: any(line in process.stdout.text for process in self.typed),
                   lambda: f"somebody writes {line!r}: {[str(process) for process in self.typed]}")


def make_test(steps):
    return lambda self: self.play(steps)


for title, steps in recipes().items():
    setattr(Recipes, "test_" + re.sub(r"\W+", "_", title.lower()).strip("_"), make_test(steps))


class Page(FleetCase):
    def test_the_page_has_recipes_that_are_run(self):
        self.assertGreaterEqual(len(recipes()), 10)

    def test_the_tools_that_it_needs_are_installed_with_the_tests(self):
        with open(os.path.join(ROOT, "tools", "install-dependencies"), encoding="utf-8") as file:
            tests = re.search(r"(?m)^tests=\((.*)\)$", file.read()).group(1).split()
        for tool in re.findall(r"(?m)^```console (\w+)$", page()):
            self.assertIn(tool, tests)
            self.assertTrue(shutil.which(tool), tool)

    def test_copying_with_ansible(self):
        """The recipe as it stands, but for the folder and its owner on the nodes, which are all this machine."""
        lines = set(re.findall(r"(?m)^(?:admin\$ )?(ansible nodes .*)$", page()))
        self.assertEqual(len(lines), 1)
        if not shutil.which("ansible"):
            self.skipTest("no ansible")
        self.dir = self.path("fleet")
        self.init("com.one", "com.two")
        there = self.path("there")
        for name in ("com.one", "com.two"):
            os.makedirs(os.path.join(there, name))
        inventory = self.file("inventory",
                              "[nodes]\ncom.one ansible_connection=local\ncom.two ansible_connection=local\n")
        line = lines.pop().replace("/etc/remaphore/", there + "/{{ inventory_hostname }}/")
        line = line.replace(" group=remaphore", "")
        line = line.replace("ansible nodes -b ", f"ansible nodes -i {inventory} ")
        self.start("/bin/sh", "-c", line,
                   env=environment(HOME=self.folder, LC_ALL="C.UTF-8")).expect_exit(OK, within=WITHIN)
        for name in ("com.one", "com.two"):
            copied = os.path.join(there, name, "remaphore.conf")
            with open(copied, encoding="utf-8") as file:
                self.assertEqual(file.read(), self.read("nodes", name, "remaphore.conf"))
            self.assertEqual(mode_of(copied), 0o640)

    def test_a_leaf_node_for_a_site(self):
        section = page().split("## A leaf node for a site\n")[1].split("\n## ")[0]
        hub, leaf = re.findall(r"(?ms)^```\n(.*?)^```$", section)
        self.init("com.hub", "com.site", "com.far")
        leaves, port = free_port(), free_port()
        with open(os.path.join(self.dir, "hub", "nats-server.conf"), "a") as file:
            file.write(hub.replace("0.0.0.0:7422", f"127.0.0.1:{leaves}"))
        self.start_hub()
        for there, here in (("0.0.0.0:4222", f"127.0.0.1:{port}"), ("hub.example.com:7422", f"127.0.0.1:{leaves}"),
                            ("/etc/remaphore/nats.creds", self.creds("com.site"))):
            self.assertIn(there, leaf)
            leaf = leaf.replace(there, here)
        server = self.start(find_nats_server(), "-c", self.file("leaf.conf", leaf))
        server.stderr.wait_for("Leafnode connection created")
        config = self.read("nodes", "com.far", "remaphore.conf").replace(self.url, f"nats://127.0.0.1:{port}")
        self.file("nats.creds", self.read("nodes", "com.far", "nats.creds"), 0o640)
        far = self.file("far.conf", config, 0o640)
        self.command("-c", far, "echo", "far").wait_ready()
        def ask():
            request = self.as_node("com.hub", "-r", "-D", "com.far", "-t", "2s", "hello")
            return request.wait_exit(within=20) == OK and request.stdout.text
        self.assertEqual(wait_until(ask, "the fleet's server knows of the listener"), "com.far,0,far ping hello\n")
