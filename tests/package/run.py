#!/usr/bin/python3 -B
"""Tests the Debian package: run.py BUILD [FILTER ...], where cpack has made it. As root, with a mirror of Debian within
reach once."""

import glob
import os
import re
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "support", "python"))

import readme
from root import Root, make_base

BUILD = os.path.abspath(sys.argv[1])
BASE = os.path.join(ROOT, "build", "package-root")
LIB = "/usr/lib/x86_64-linux-gnu"

CONTENTS = """\
/usr/bin/remaphore /usr/bin/remaphore-fleet LIB/remaphore/remaphore-tls.so
/usr/lib/systemd/system/remaphore@.service /usr/lib/systemd/system/remaphore-roster.service
/usr/lib/sysusers.d/remaphore.conf /usr/lib/tmpfiles.d/remaphore.conf
/usr/share/bash-completion/completions/remaphore /usr/share/bash-completion/completions/remaphore-fleet
/usr/share/zsh/vendor-completions/_remaphore /usr/share/zsh/vendor-completions/_remaphore-fleet
/usr/share/fish/vendor_completions.d/remaphore.fish /usr/share/fish/vendor_completions.d/remaphore-fleet.fish
/usr/share/man/man1/remaphore.1.gz /usr/share/man/man1/remaphore-fleet.1.gz /usr/share/man/man5/remaphore.conf.5.gz
/usr/share/man/man8/remaphore.service.8.gz /usr/share/man/man8/remaphore@.service.8.gz
/usr/share/doc/remaphore/changelog.gz /usr/share/doc/remaphore/copyright"""


def output_of(*words):
    return subprocess.run(words, capture_output=True, text=True, check=True).stdout


def recipe(title):
    """The first block of a recipe."""
    with open(os.path.join(ROOT, "doc", "recipes.md"), encoding="utf-8") as file:
        section = file.read().split(f"## {title}\n")[1].split("\n## ")[0]
    return re.search(r"(?ms)^```\n(.*?)^```$", section).group(1)


def hub_unit():
    """The unit that remaphore-fleet(1) gives for `hub`."""
    with open(os.path.join(ROOT, "doc", "remaphore-fleet.1.scd"), encoding="utf-8") as file:
        return re.search(r"(?ms)^```\n(\[Service\]\n.*?)^```$", file.read()).group(1)


class Package(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.package, = glob.glob(BUILD + "/remaphore_*.deb")

    def field(self, name):
        return output_of("dpkg-deb", "-f", self.package, name).strip()

    def root(self):
        root = Root(BASE)
        self.addCleanup(root.close)
        root.put(self.package)
        return root

    def mode(self, root, path):
        status = os.lstat(root.path + path)
        return f"{stat.S_IMODE(status.st_mode):04o}"

    def newer(self):
        """The same package with a higher version."""
        folder = tempfile.mkdtemp(prefix="package-")
        self.addCleanup(shutil.rmtree, folder)
        subprocess.run(["dpkg-deb", "-R", self.package, folder + "/all"], check=True)
        control = folder + "/all/DEBIAN/control"
        with open(control) as file:
            text = file.read()
        with open(control, "w") as file:
            file.write(re.sub(r"^Version: .*$", r"\g<0>+1", text, flags=re.M))
        path = folder + "/newer.deb"
        output_of("dpkg-deb", "--root-owner-group", "-b", folder + "/all", path)
        return path


class OnItsOwn(Package):
    def test_lintian_has_no_error_and_no_warning(self):
        done = subprocess.run(["lintian", "--allow-root", "--fail-on", "error,warning", self.package],
                              capture_output=True, text=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)

    def test_contains_the_expected_files_and_nothing_else(self):
        listed = [line.split() for line in output_of("dpkg-deb", "-c", self.package).splitlines()]
        self.assertEqual({words[1] for words in listed}, {"root/root"})
        files = sorted(words[5].lstrip(".") for words in listed if not words[5].endswith("/"))
        self.assertEqual(files, sorted(CONTENTS.replace("LIB", LIB).split()))
        programs = {words[5] for words in listed if words[0] == "-rwxr-xr-x"}
        self.assertEqual(programs, {"./usr/bin/remaphore", "./usr/bin/remaphore-fleet"})
        self.assertLessEqual({words[0] for words in listed}, {"-rwxr-xr-x", "-rw-r--r--", "drwxr-xr-x"})

    def test_depends_on_the_libraries_that_the_programs_are_linked_to(self):
        names = {word.split()[0] for word in self.field("Depends").split(",")}
        self.assertEqual(names, {"adduser", "libc6", "libssl3"})

    def test_has_the_version_of_the_build(self):
        with open(ROOT + "/CMakeLists.txt") as file:
            version = re.search(r"project\(remaphore VERSION ([\d.]+)", file.read()).group(1)
        self.assertEqual(self.field("Version"), version)


class Installed(Package):
    def test_installs_upgrades_and_is_purged_without_a_trace(self):
        root = self.root()
        root.run("apt-get -qq install adduser libssl3")
        before = root.files()

        root.run("dpkg -i remaphore_*.deb")
        self.assertEqual(root.run("remaphore --version; remaphore-fleet --version"),
                         "remaphore V\nremaphore-fleet V\n".replace("V", self.field("Version")))
        for path in ("/etc/remaphore", "/etc/remaphore/listeners"):
            self.assertEqual((self.mode(root, path), root.run(f"stat -c %U:%G {path}")), ("2750", "root:remaphore\n"))
        root.run("install -m 0640 /dev/null one; cp one /etc/remaphore/two")
        self.assertEqual(root.run("stat -c '%a %U:%G' /etc/remaphore/two; rm /etc/remaphore/two"),
                         "640 root:remaphore\n")
        self.assertEqual(root.run("getent passwd remaphore | cut -d: -f 6-"), "/nonexistent:/usr/sbin/nologin\n")

        root.run("echo 'server: x' >/etc/remaphore/remaphore.conf; chmod 00751 /etc/remaphore")
        root.put(self.newer())
        root.run("dpkg -i newer.deb")
        self.assertEqual(root.run("dpkg-query -W -f '${Version}' remaphore"), self.field("Version") + "+1")
        self.assertEqual(root.run("cat /etc/remaphore/remaphore.conf"), "server: x\n")
        self.assertEqual(self.mode(root, "/etc/remaphore"), "0751", "what the administrator set")

        root.run("dpkg -r remaphore; mkdir -p /var/lib/remaphore/one; touch /var/lib/remaphore/one/guard")
        self.assertEqual(root.run("cat /etc/remaphore/remaphore.conf"), "server: x\n")
        root.run("command -v remaphore", expect=1)
        self.assertNotIn("remaphore", root.run("dpkg -P remaphore 2>&1 | grep -i warning || true"))
        left = {path for path in root.files() - before
                if not re.fullmatch(r"/etc/((sub)?[ug]id|passwd|group|g?shadow)-", path)}
        self.assertEqual(left, set())

    def test_tls_is_found_where_it_is_installed(self):
        root = self.root()
        root.run("apt-get -qq install ./remaphore_*.deb")
        root.run("remaphore-fleet init fleet --server tls://127.0.0.1:4223 com.one com.two")
        said = root.run("remaphore -c fleet/nodes/com.one/remaphore.conf -s -t 1s hello", expect=3)
        self.assertRegex(said, "refused")
        root.run(f"mv {LIB}/remaphore/remaphore-tls.so elsewhere")
        conf = "fleet/nodes/com.one/remaphore.conf"
        said = root.run(f"sed -i '1i tls_ca: /etc/passwd' {conf}; remaphore -c {conf} -s -t 1s hello", expect=2)
        self.assertRegex(said, "remaphore-tls.so")


class Readme(Package):
    def test_from_the_package_to_a_fleet_with_tls_a_late_node_and_a_lock_by_copy_and_paste(self):
        root = self.root()
        pasted, shown = readme.newcomer()
        self.assertEqual((len(pasted), len(shown)), (3, 4))
        start = time.monotonic()
        process = root.start("\n".join(pasted), stderr=subprocess.PIPE)
        output, errors = process.communicate(timeout=readme.WITHIN * 2)
        seconds = time.monotonic() - start
        self.assertEqual(process.returncode, 0, output + errors)
        self.assertEqual(sorted(output.splitlines()[-4:]), sorted(shown), output + errors)
        print(f"from the package to a fleet with TLS, a late node and a lock: {seconds:.1f} s", flush=True)
        self.assertLess(seconds, readme.WITHIN)


# The unit's command, as its user, for a service manager that is played from outside.
PLAY = r"""
remaphore-fleet init fleet --server nats://127.0.0.1:4223 com.one com.two
remaphore-fleet hub fleet >hub.log 2>&1 &
install -m 0640 -g remaphore fleet/nodes/com.one/* /etc/remaphore/
cd /etc/remaphore/listeners
ln -s ../remaphore.conf say.conf
printf '#!/bin/sh\nenv\necho heard "$@"\n' >say.sh
chgrp remaphore say.sh; chmod 0750 say.sh
echo 'REMAPHORE_OPTIONS=-v ping,shout' >say.env
export "$(cat say.env)"
install -d -o remaphore /var/lib/remaphore/say
cd @WorkingDirectory@
NOTIFY_SOCKET=/run/notify WATCHDOG_USEC=2000000 \
  setpriv --reuid @User@ --regid @Group@ --clear-groups --no-new-privs --bounding-set -all --inh-caps -all @ExecStart@ &
listener=$!
read line </root/go
remaphore -c /root/fleet/nodes/com.two/remaphore.conf -r hello
kill -TERM $listener
status=0; wait $listener || status=$?
echo "ended $status"
"""


class Unit(Package):
    """Tests with systemd's programs in the root, but not running; the service manager is played."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = Root(BASE)
        cls.addClassCleanup(cls.shared.close)
        cls.shared.put(cls.package)
        cls.shared.run("apt-get -qq install --no-install-recommends systemd nats-server; "
                       "apt-get -qq install ./remaphore_*.deb")

    def hear(self, manager, part, told=""):
        """All notifications to the manager so far, up to this one."""
        end = time.monotonic() + 30
        while part not in told:
            self.assertLess(time.monotonic(), end, f"never told {part}: {told}")
            told += manager.recv(4096).decode()
        return told

    def setting(self, name):
        with open(ROOT + "/packaging/remaphore@.service") as file:
            return re.search(rf"^{name}=(.*)$", file.read(), re.M).group(1).replace("%i", "say").replace("$$", "$")

    def test_user_and_folders_are_those_of_sysusers_and_tmpfiles(self):
        self.assertEqual(self.shared.run("getent passwd remaphore | cut -d: -f 6-"),
                         "/nonexistent:/usr/sbin/nologin\n")
        self.assertEqual(self.shared.run("stat -c '%a %U:%G' /etc/remaphore /etc/remaphore/listeners"),
                         "2750 root:remaphore\n" * 2)

    def test_systemd_understands_it(self):
        self.assertEqual(self.shared.run("systemd-analyze verify --man=no remaphore@one.service"), "")

    def test_its_exposure_is_2_0_at_most(self):
        told = self.shared.run("systemd-analyze security --offline=true --threshold=20 --no-pager remaphore@.service")
        exposure = re.search(r"Overall exposure level for .*: ([\d.]+)", told).group(1)
        print("exposure of the unit:", exposure, flush=True)
        self.assertLessEqual(float(exposure), 2.0)

    def test_the_roster_listener_is_confined_as_tightly(self):
        self.assertEqual(self.shared.run("systemd-analyze verify --man=no remaphore-roster.service"), "")
        told = self.shared.run("systemd-analyze security --offline=true --threshold=20 --no-pager "
                               "remaphore-roster.service")
        self.assertLess(float(re.search(r"Overall exposure level for .*: ([\d.]+)", told).group(1)), 2.0)

    def test_its_command_listens_and_notifies_the_service_manager(self):
        root = self.shared
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(30)  # seconds
            manager.bind(root.path + "/run/notify")
            os.chmod(root.path + "/run/notify", 0o666)
            os.mkfifo(root.path + "/root/go")
            script = re.sub(r"@(\w+)@", lambda name: self.setting(name.group(1)), PLAY)
            process = root.start(script, stderr=subprocess.PIPE)
            self.addCleanup(process.kill)
            self.assertIn("STATUS=listening; 0 messages handled, 0 refused", self.hear(manager, "READY=1"))
            self.hear(manager, "WATCHDOG=1")
            with open(root.path + "/root/go", "w") as go:
                go.write("go\n")
            output, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 0, output + errors)
            self.hear(manager, "STOPPING=1")
        self.assertIn("heard ping hello", output)
        for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC"):
            self.assertNotIn(name, output)
        self.assertIn("ended 143", output)
        self.assertIn("remaphore", root.run("stat -c %U /var/lib/remaphore/say/guard"))


class Booted(Package):
    """Tests with systemd as the first process of a container."""

    maxDiff = None
    BOOT = """\
[Service]
ExecStart=/root/SCRIPT
[Install]
WantedBy=multi-user.target
"""

    def write(self, root, path, text):
        with open(root.path + path, "w") as file:
            file.write(text)

    def prepared(self):
        root = self.root()
        root.run("apt-get -qq install --no-install-recommends systemd nats-server; "
                 "apt-get -qq install ./remaphore_*.deb")
        return root

    def live(self, root, script):
        """What was told; boots, and ends with the container."""
        os.remove(root.path + "/usr/sbin/policy-rc.d")
        root.put(os.path.join(HERE, script))
        self.write(root, "/etc/systemd/system/life.service", self.BOOT.replace("SCRIPT", script))
        root.run("systemctl --quiet enable life.service 2>&1")
        words = ["systemd-nspawn", "--quiet", "--directory", root.path, "--machine", f"remaphore-{os.getpid()}",
                 "--boot", "--private-network", "--register=no", "--keep-unit"]
        process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        try:
            console, _ = process.communicate(timeout=180)
        except subprocess.TimeoutExpired:
            process.kill()
            console, _ = process.communicate()
        told, errors = (root.read(f"/root/{name}") for name in ("told", "errors"))
        self.assertTrue(told.endswith("\nend\n"), f"{told}{errors}{console[-3000:]}")
        return told

    def test_a_listener_lives_and_ends_as_a_service_should(self):
        root = self.prepared()
        root.put(self.newer())
        self.write(root, "/root/service.sh", readme.service())
        told = self.live(root, "life.sh")
        for expected in """\
copied: ready
closed: not ready
plain: started
plain: active success 0 restarts 0: listening; 0 messages handled, 0 refused
com.one,0,ping hello as remaphore
may write /var/lib/remaphore/say
may write /var/log/remaphore
may write /run/remaphore/say
handled: active success 0 restarts 0: listening; 1 messages handled, 0 refused
back: active success 0 restarts 0: listening; 1 messages handled, 0 refused
others: 0
killed: active success 0 restarts 1: listening; 0 messages handled, 0 refused
com.one,0,upgraded by a command
upgraded: active success 0 restarts 1: listening; 1 messages handled, 0 refused
installed: install ok installed
deploying: com.one,0,deployed
restarted: active success 0 restarts 0: listening; 0 messages handled, 0 refused
short: started
wrong: not started
missing: not started
again: started
""".splitlines():
            self.assertIn(expected, told.splitlines(), told)
        self.assertEqual(told.count("may write"), 3, told)
        self.assertNotRegex(told, "NOTIFY_SOCKET|WATCHDOG")
        self.assertRegex(told,
                         r"(?m)^lost: active success 0 restarts 0: no connection \(.*127\.0\.0\.1:4222.*\); 1 messages")
        self.assertRegex(told, r"(?m)^errors: [1-9]")
        self.assertRegex(told, r"(?m)^stopped: inactive success ")
        self.assertRegex(told, r"(?m)^short: inactive success ")
        self.assertRegex(told, r"(?m)^wrong: failed exit-code 2 ")
        self.assertRegex(told, r"(?m)^missing: failed exit-code 2 ")
        self.assertRegex(told, r"(?m)^unusable: failed exit-code 2 ")
        self.assertRegex(told, r"(?m)^removed: inactive ")


    def test_a_fleet_works_as_in_the_man_page_and_the_recipe(self):
        root = self.prepared()
        root.run("systemctl --quiet disable nats-server.service 2>&1")
        self.write(root, "/root/deploy-recipe.sh", recipe("A deploy listener as a service"))
        self.write(root, "/etc/systemd/system/remaphore-hub.service", hub_unit())
        told = self.live(root, "fleet.sh")
        for expected in """\
remaphore-hub: active success restarts 0
remaphore@deploy: active success restarts 0
com.one,0,deployed deploy 4.2.1
remaphore-roster: active success restarts 0
com.one has it: serial 4, 3 peers
config: 640 root:remaphore
of the new node: com.one,0,deployed deploy hello
com.four: known after the listener was back
com.three: refused after a reload
com.one,0,deployed deploy 4.2.2
remaphore-hub: inactive success restarts 0
""".splitlines():
            self.assertIn(expected, told.splitlines(), told)
        self.assertRegex(told, r"(?m)^com\.one .*(reconnects|not answered)")
        exposure = re.search(r"(?m)^exposure: ([\d.]+)$", told).group(1)
        print("exposure of the roster's listener, booted:", exposure, flush=True)
        self.assertLess(float(exposure), 2.0)


def main():
    if os.geteuid() != 0:
        sys.exit("run.py: has to be root")
    make_base(BASE)
    loader = unittest.defaultTestLoader
    loader.testNamePatterns = [f"*{word}*" for word in sys.argv[2:]] or None
    suite = loader.loadTestsFromModule(sys.modules[__name__])
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=2).run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed", flush=True)
    sys.exit(0 if result.wasSuccessful() and result.testsRun else 1)


main()
