"""The options of remaphore as --help lists them: the modes they belong to, what they need, a value that they take."""

import functools
import re
import subprocess

from case import REMAPHORE

# How a command line selects each mode, by the mode's name in --help and in errors.
MODES = {"-s": ["-s"], "-r": ["-r"], "receiving": [], "-C": ["-C"], "--check": ["--check"], "--who": ["--who"],
         "--lock": ["--lock", "x"], "--locks": ["--locks"], "--break": ["--break", "x/1"]}
LINE = re.compile(r"(?m)^  (?:-(\w), |    )(--[\w-]+)(?: ([A-Z][A-Z/:]*))? +(.*)$")
SCOPE = re.compile(r"(?:with )?((?:sending|receiving|-[\w-]+)(?:(?:, | or )(?:receiving|-[\w-]+))*)"
                   r"(?: and a command)?: ")


def help_text():
    return subprocess.run([REMAPHORE, "--help"], capture_output=True, text=True, encoding="utf-8", check=True).stdout


class ToldOption:
    def __init__(self, letter, name, metavar, text):
        self.letter, self.name, self.metavar = letter, name, metavar
        scope = SCOPE.match(text)
        # Modes, and options that it needs: ["-s", "-r", "--arrive"].
        self.scope = re.split(r", | or ", scope.group(1).replace("sending", "-s, -r")) if scope else []

    @property
    def needs(self):
        return [one for one in self.scope if one not in MODES]

    @property
    def modes(self):
        """The modes that it belongs to; empty: all that have anything to do with messages."""
        own = {one for one in self.scope if one in MODES}
        return own | {mode for one in self.needs for mode in find_option(one).modes or {"receiving"}}

    @property
    def is_ours(self):
        """The Go tool does not have it, so in other modes it is an error."""
        return not self.letter

    @property
    def called(self):
        """Its modes, as errors list them."""
        places = self.scope if len(self.modes) > 1 else list(self.modes)
        return f"{', '.join(places[:-1])} and {places[-1]}" if len(places) > 1 else places[0]

    @functools.cached_property
    def given(self):
        """Its words on a command line, with some value."""
        if not self.metavar:
            return [self.name]
        for value in ("1", "1s"):
            done = subprocess.run([REMAPHORE, "--help", self.name, value], capture_output=True)
            if done.returncode == 0:
                return [self.name, value]
        return [self.name, re.search(rb" (?:takes .* from|takes) (\w+)", done.stderr).group(1).decode()]


@functools.cache
def help_options():
    return [ToldOption(*line) for line in LINE.findall(help_text())]


def find_option(name):
    return next(one for one in help_options() if name in (one.name, f"-{one.letter}"))
