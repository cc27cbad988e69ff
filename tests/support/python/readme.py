"""The commands of README.md for a newcomer, from the package to a fleet with TLS, a late node and a lock."""

import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
WITHIN = 120  # seconds, for all of it


def read():
    with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
        return file.read()


def newcomer():
    """The blocks to paste, the one that installs the package first; and their output, in any order."""
    section = read().split("## Install\n")[1].split("\n## Config")[0]
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", section, re.M | re.S)
    pasted, shown = [], []
    for index, (language, text) in enumerate(fenced):
        if language == "sh":
            pasted.append(text)
        elif len(pasted) > 1 and fenced[index - 1][0] == "sh":
            shown += text.splitlines()
    return pasted, shown


def fence():
    """The block of a resource that refuses lower fencing numbers."""
    block, = re.findall(r"(?ms)^```sh\n(remaphore --lock .*?)^```$", read())
    return block


def service():
    """The block that runs the fleet's server as the service of Debian's package."""
    block, = re.findall(r"(?ms)^```\n(install -d -o nats .*?)^```$", read())
    return block
