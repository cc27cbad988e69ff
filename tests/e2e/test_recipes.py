"""doc/recipes.md: every block that begins with a node's prompt is typed as it stands, and shows what it says."""

import os
import re
import shlex

from case import BUILD, OK, REMAPHORE, ROOT, environment, wait_until
from test_fleet import FleetCase

WITHIN = 60  # seconds for a command that ends by itself
PROMPT = re.compile(r"^(\w+)\$ (.*)$")

# What a recipe's shell has: its node's config; remaphore-fleet is found in PATH.
SHELL = """\
CONFIG=$1
remaphore() { %(remaphore)s -c "$CONFIG" "$@"; }
fleet_key() { sed -n 's/^[^#].* \\([^ ]*\\) \\[roster\\]$/\\1/p' "$CONFIG"; }
%(command)s
"""


def recipes():
    """Title -> the steps: (node, command, lines that it or an earlier one then writes)."""
    with open(os.path.join(ROOT, "doc", "recipes.md"), encoding="utf-8") as file:
        sections = re.split(r"(?m)^## ", file.read())[1:]
    found = {}
    for section in sections:
        title, body = section.split("\n", 1)
        steps = []
        for block in re.findall(r"(?ms)^```console\n(.*?)^```$", body):
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
        process = self.start("/bin/bash", "-c", text, "bash", self.conf(f"com.example.{node}"), env=environment(PATH=path))
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
        self.assertGreaterEqual(len(recipes()), 7)
