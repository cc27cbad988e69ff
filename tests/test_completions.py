#!/usr/bin/python3 -B
"""The completions that the shells offer: each shell loads the files that are installed for it.

Needs the built completions: REMAPHORE_BUILD, default build/dev.
"""

import errno
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import termios
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests/support/python"))
sys.dont_write_bytecode = True

from totals import run_tests

BUILD = ROOT / os.environ.get("REMAPHORE_BUILD", "build/dev")
FOLDER = BUILD / "completions"

CONFIG = """\
server: nats://[::1]:4222   # [ Peers ] in a comment
credentials: nats.creds
destination: com.own
[ Identities ]
OwnKey SECRET [ping, upload]
[ peers ]
com.left LeftKey [deploy,rollback]
com.right\tRightKey [*]
# com.gone GoneKey [ping]
com.$(touch${IFS}evil) EvilKey [`touch${IFS}evil`]
[ Groups ]
web com.left,@far  # everybody
far	com.right
broken
[ Other ]
com.other OtherKey [other]
"""


# zsh completes in its line editor only. Started with this and a line, it writes every match of the last word, and ends.
ZSHRC = """\
fpath=($COMPLETIONS $fpath)
autoload -Uz compinit && compinit -D -u
every-match() {
  _main_complete
  found=$compstate[nmatches]
  compstate[insert]=all
}
zle -C every-match complete-word every-match
zle-line-init() {
  BUFFER=$ASKED CURSOR=$#ASKED
  zle every-match
  zle auto-suffix-remove
  local -a words=(${(z)BUFFER})
  { ((found)) && print -rl -- ${(Q)words[BEFORE + 1,-1]} } >$ANSWER
  exit
}
zle -N zle-line-init
"""


# Bash completes in readline only. Started with this, it writes the line that it has when ctrl-G is typed, and ends.
BASHRC = """\
PS1='ready> '
source "$COMPLETION"
bind 'set bell-style none'
show() { printf '%s\\n' "$READLINE_LINE" >"$ANSWER"; exit; }
bind -x '"\\C-g": show'
"""


def run(*words, stdin=os.devnull, **options):
    plain = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": options["cwd"]}
    with open(stdin) as file:
        return subprocess.run(words, stdin=file, capture_output=True, text=True, env=plain, timeout=60, **options)


def help_options(program):
    """Every spelling that --help tells of, but for those that belong to a command of remaphore-fleet."""
    text = run(BUILD / program, "--help", cwd="/").stdout
    return {name for line in re.findall(r"^ {2}(?: {4})?(-.*?)  ", text, re.M)
            for name in re.findall(r"--?[\w-]+", line)}


class Shell(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="completions-")
        self.addCleanup(shutil.rmtree, self.folder)
        for name in ("fleet/nodes/com.left", "fleet/nodes/com.right", "state"):
            os.makedirs(os.path.join(self.folder, name))
        open(os.path.join(self.folder, "fleet", "roster"), "x").close()
        self.config = os.path.join(self.folder, "my.conf")
        with open(self.config, "w") as file:
            file.write(CONFIG)

    def tearDown(self):
        self.assertFalse(os.path.exists(os.path.join(self.folder, "evil")), "the config was evaluated")


class Asked:
    """The same questions to every shell that can be asked."""

    maxDiff = None

    def test_every_option_is_offered(self):
        told = help_options("remaphore")
        self.assertGreater(len(told), 20)
        for dash in ("-", "--"):
            offered = self.offers("remaphore", dash)
            self.assertEqual({one for one in told if one.startswith("--")} - set(offered), set())

    def test_destinations_are_those_of_the_peers_and_the_groups(self):
        expected = {"com.left", "com.right", "com.$(touch${IFS}evil)", "@web", "@far"}
        for words in (("-c", "my.conf", "-s", "-D"), ("-s", "--config", "my.conf", "--destination")):
            self.assertEqual(set(self.offers("remaphore", *words, "")), expected, words)
        self.assertEqual(self.offers("remaphore", "-c", "my.conf", "-D", "com.l"), ["com.left"])

    def test_each_part_of_a_list_is_completed(self):
        for typed, expected in (("@w", "@web"), ("com.left,com.r", "com.left,com.right"),
                                ("com.left,@f", "com.left,@far"),
                                ("@web,com.r", "@web,com.right"), ("'com.left,!@f", "com.left,!@far"),
                                ("'!com.r", "!com.right")):
            offered = self.offers("remaphore", "-c", "my.conf", "-D", typed)
            self.assertEqual([one.strip("'") for one in offered], [expected], typed)
            self.assertEqual(self.offers("remaphore", "-c", "my.conf", "--from", typed), offered, typed)

    def test_the_orders_of_rounds(self):
        self.assertEqual(set(self.offers("remaphore", "-r", "--order", "")), {"name", "random", "given"})

    def test_verbs_are_those_of_the_config(self):
        self.assertEqual(set(self.offers("remaphore", "-c", "my.conf", "-v", "")) - {"`touch${IFS}evil`"},
                         {"ping", "upload", "deploy", "rollback"})
        self.assertEqual(self.offers("remaphore", "-c", "my.conf", "-v", "ping,dep"), ["ping,deploy"])

    def test_keys_are_public_ones(self):
        self.assertEqual(set(self.offers("remaphore", "-c", "my.conf", "-p", "")),
                         {"OwnKey", "LeftKey", "RightKey", "EvilKey"})

    def test_a_config_that_cannot_be_read_offers_nothing(self):
        self.assertEqual(self.offers("remaphore", "-c", "missing", "-D", ""), [])

    def test_a_fleet_that_is_not_there_has_no_nodes(self):
        offered = self.offers("remaphore-fleet", "revoke", "missing", "")
        self.assertEqual(set(offered) - {"fleet/", "state/"}, set())  # fish offers files where there is nothing else

    def test_nothing_on_the_command_line_is_evaluated(self):
        for config in ("'$(touch evil)'", r'"\$(touch evil)"', r"\`touch\ evil\`", "'my.conf(e:touch evil:)'"):
            self.assertEqual(self.offers("remaphore", "-c", config, "-D", ""), [], config)

    def test_a_config_is_found_in_the_home_folder(self):
        self.assertEqual(self.offers("remaphore", "-c", "~/my.conf", "-D", "com.l"), ["com.left"])
        self.assertEqual(self.offers("remaphore-fleet", "revoke", "~/fleet", "com.l"), ["com.left"])

    def test_standard_input_is_never_read(self):
        for config in ("-", "a=b", "''"):
            self.assertEqual(self.offers("remaphore", "-c", config, "-D", ""), [], config)

    def test_files_and_folders(self):
        self.assertEqual(self.offers("remaphore", "-c", "m"), ["my.conf"])
        self.assertEqual({one.rstrip("/") for one in self.offers("remaphore", "--state", "")}, {"fleet", "state"})
        self.assertEqual(self.offers("remaphore-fleet", "check", "m"), ["my.conf"])

    def test_a_command_to_run_is_offered_unless_we_send(self):
        self.assertIn("basename", self.offers("remaphore", "-o", "basenam"))
        self.assertNotIn("basename", self.offers("remaphore", "-s", "basenam"))

    def test_every_option_of_a_command_is_offered_after_it(self):
        text = run(BUILD / "remaphore-fleet", "--help", cwd="/").stdout
        for command in ("init", "publish"):
            lines = re.search(rf"^  {command} .*\n((?: {{6}}.*\n)+)", text, re.M).group(1)
            told = re.findall(r"^ {6}(?:-\w, )?(--[\w-]+)", lines, re.M)
            self.assertGreater(len(told), 1)
            self.assertEqual({one.rstrip("=") for one in self.offers("remaphore-fleet", command, "fleet", "--")},
                             {*told, "--json", "--help"}, command)

    def test_when_to_show_progress(self):
        self.assertEqual(set(self.offers("remaphore", "-r", "--progress", "")), {"auto", "never"})

    def test_commands_of_the_fleet(self):
        text = run(BUILD / "remaphore-fleet", "--help", cwd="/").stdout
        told = set(re.findall(r"^ {2}([a-z-]+)", text, re.M))
        self.assertGreater(len(told), 5)
        self.assertEqual(set(self.offers("remaphore-fleet", "")) - {"-h", "--help", "--version"}, told)
        self.assertLessEqual({"--server", "--mixed"}, set(self.offers("remaphore-fleet", "init", "--")))
        self.assertNotIn("--server", self.offers("remaphore-fleet", "add", "--"))
        self.assertLessEqual({"com.left", "com.right"}, set(self.offers("remaphore-fleet", "revoke", "fleet", "com.")))


class Bash(Asked, Shell):
    def offers(self, program, *words):
        script = ('set -f; source "$1"; shift; function=$1; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); set +f\n'
                  '"$function"; ((${#COMPREPLY[@]})) && printf "%s\\n" "${COMPREPLY[@]}"')
        done = run("bash", "-c", script, "bash", FOLDER / "bash" / program, "_" + program.replace("-", "_"), program,
                   *words, cwd=self.folder, stdin=self.config)
        self.assertEqual(done.stderr, "")
        return done.stdout.splitlines()

    def test_a_value_after_an_equals_sign(self):
        """readline cuts the word at the equals sign."""
        self.assertEqual(self.offers("remaphore", "--config", "=", "my.conf", "-D", "=", "com.r"), ["com.right"])
        self.assertEqual(self.offers("remaphore", "--config", "=", "my"), ["my.conf"])
        self.assertEqual(set(self.offers("remaphore", "-c", "my.conf", "-p", "=")),
                         {"OwnKey", "LeftKey", "RightKey", "EvilKey"})

    def completed(self, typed):
        """The line, once the tabulator was typed behind it."""
        answer, rc = os.path.join(self.folder, "answer"), os.path.join(self.folder, "bashrc")
        with open(rc, "w") as file:
            file.write(BASHRC)
        screen = on_terminal("bash", "--rcfile", rc, "-i", cwd=self.folder, keys=f"{typed}\t\a", prompt="ready> ", env={
            "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb", "HOME": self.folder,
            "COMPLETION": str(FOLDER / "bash" / "remaphore"), "ANSWER": answer})
        self.assertTrue(os.path.exists(answer), screen)
        with open(answer) as file:
            return file.read().rstrip("\n")

    def test_a_group_is_completed_though_readline_cuts_words_at_its_sign(self):
        for typed, expected in (("-D @w", "-D @web "), ("-D com.left,@f", "-D com.left,@far "),
                                ("-D @web,com.r", "-D @web,com.right "),
                                ("--from '@f", "--from '@far' "), ("-D 'com.left,!@f", "-D 'com.left,!@far' "),
                                ("--destination=@f", "--destination=@far "), ("-D @web -v dep", "-D @web -v deploy ")):
            line = "remaphore -c my.conf "
            self.assertEqual(self.completed(line + typed), line + expected)

    def test_short_options_are_offered_too(self):
        self.assertEqual(help_options("remaphore") - set(self.offers("remaphore", "-")), set())


@unittest.skipUnless(shutil.which("fish"), "no fish here")
class Fish(Asked, Shell):
    def offers(self, program, *words):
        line = " ".join([program, *words])
        done = run("fish", "--no-config", "-c", "source $argv[1]; complete -C $argv[2]",
                   FOLDER / "fish" / f"{program}.fish", line, cwd=self.folder, stdin=self.config)
        self.assertEqual(done.stderr, "")
        return [re.sub(r"\\(.)", r"\1", one.split("\t")[0]) for one in done.stdout.splitlines()]


@unittest.skipUnless(shutil.which("zsh"), "no zsh here")
class Zsh(Asked, Shell):
    def offers(self, program, *words):
        setup = tempfile.mkdtemp(prefix="completions-zsh-")
        self.addCleanup(shutil.rmtree, setup)
        with open(os.path.join(setup, ".zshrc"), "w") as file:
            file.write(ZSHRC)
        answer = os.path.join(setup, "answer")
        screen = on_terminal("zsh", "-d", "-i", cwd=self.folder, env={
            "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TERM": "dumb", "HOME": self.folder, "ZDOTDIR": setup,
            "COMPLETIONS": str(FOLDER / "zsh"), "ASKED": " ".join([program, *words]), "BEFORE": str(len(words)),
            "ANSWER": answer})
        self.assertTrue(os.path.exists(answer), screen)
        with open(answer) as file:
            return file.read().splitlines()

    def test_the_files_are_of_its_syntax(self):
        for program in ("remaphore", "remaphore-fleet"):
            done = run("zsh", "-n", FOLDER / "zsh" / f"_{program}", cwd=self.folder)
            self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_short_options_are_offered_too(self):
        self.assertEqual(help_options("remaphore") - set(self.offers("remaphore", "-")), set())


def on_terminal(*words, keys="", prompt="", **options):
    """Runs a program on a terminal of its own, typing `keys` once it prompts; returns what it showed there until it
    ended."""
    ours, terminal = pty.openpty()
    process = subprocess.Popen(words, stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
                               preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0), **options)
    os.close(terminal)
    shown = b""
    with process, open(ours, "r+b", buffering=0) as screen:
        while select.select([screen], [], [], 60)[0]:
            try:
                shown += screen.read(4096)
            except OSError as error:
                if error.errno == errno.EIO:  # nobody has the terminal open any more
                    return shown.decode()
                raise
            if keys and prompt.encode() in shown:
                screen.write(keys.encode())
                keys = ""
        process.kill()
    raise AssertionError(f"{words[0]} waits for something: {shown.decode()}")


if __name__ == "__main__":
    run_tests()
