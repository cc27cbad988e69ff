"""Clean Debian roots: a base, made once from the mirror of this machine's apt, and copies of it to try things in.

What is run in a copy sees no network but a loopback of its own; the packages it needs are in the base's apt cache.
"""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
CACHED = ("adduser", "libssl3", "nats-server", "systemd")
# A person would say yes; no service is to be started; nothing has to survive a power failure.
FILES = {"/etc/apt/apt.conf.d/90yes": 'APT::Get::Assume-Yes "true";\nAPT::Sandbox::User "root";\n',
         "/usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n",
         "/etc/dpkg/dpkg.cfg.d/unsafe": "force-unsafe-io\n"}


def sources():
    """This machine's sources of Debian itself."""
    told = subprocess.run(["apt-get", "indextargets",
                           "--format", "$(REPO_URI) $(CODENAME) $(COMPONENT) $(ORIGIN) $(CREATED_BY)"],
                          capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in told.splitlines()]
    found = [f"deb {uri} {codename} {component}" for uri, codename, component, origin, *made in
             (words for words in lines if len(words) == 5) if origin == "Debian" and made == ["Packages"]]
    if not found:
        sys.exit("check-package: apt knows no mirror of Debian; apt-get update first")
    return found


def make_base(folder):
    """Once. Without a mirror this fails."""
    if os.path.exists(folder):
        return
    print("making a clean Debian in", folder, flush=True)
    suite = next(line.split()[2] for line in sources())
    with tempfile.TemporaryDirectory(prefix="package-root-", dir=os.path.dirname(folder)) as aside:
        new = os.path.join(aside, "root")
        lists = os.path.join(aside, "sources.list")
        with open(lists, "w") as file:
            file.write("\n".join(sources()) + "\n")
        done = subprocess.run(["mmdebstrap", "--quiet", "--variant=minbase", "--skip=cleanup/apt",
                               "--customize-hook=APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq --yes --download-only "
                               "install " + " ".join(CACHED), suite, new, lists], check=False)
        if done.returncode:
            sys.exit("check-package: no clean Debian could be made, see above; it needs the configured Debian mirror")
        os.rename(new, folder)


def place_for_copies(base):
    """Memory, where there is enough: installing packages is hard on a disk."""
    shared = "/dev/shm"
    if os.path.isdir(shared):
        status = os.statvfs(shared)
        if status.f_bavail * status.f_frsize > 2 << 30 and not status.f_flag & os.ST_NOEXEC:
            return shared
    return os.path.dirname(base)


class Root:
    """A copy of the base."""

    def __init__(self, base):
        self.aside = tempfile.mkdtemp(prefix="package-root-", dir=place_for_copies(base))
        self.path = os.path.join(self.aside, "root")
        subprocess.run(["cp", "-a", "--reflink=auto", base, self.path], check=True)
        for path, text in FILES.items():
            with open(self.path + path, "w") as file:
                file.write(text)
            os.chmod(self.path + path, 0o755)

    def close(self):
        """A mount that is still there would also be emptied: in that case nothing is removed."""
        with open("/proc/self/mounts") as mounts:
            if self.path in mounts.read():
                raise AssertionError(f"something is still mounted in {self.path}")
        shutil.rmtree(self.aside)

    def start(self, script, **options):
        words = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", sys.executable, "-B",
                 os.path.join(HERE, "enter.py"), self.path, "/bin/bash", "-euc", script]
        return subprocess.Popen(words,
                                **({"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT,
                                    "text": True} | options))

    def run(self, script, expect=0):
        """What the script wrote; it has to end with this status."""
        process = self.start(script)
        output, _ = process.communicate(timeout=300)
        if process.returncode != expect:
            raise AssertionError(f"exit {process.returncode}, expected {expect}: {script}\n{output}")
        return output

    def files(self):
        """Every path but those of the package manager and of what is mounted."""
        passing = ("/proc", "/dev", "/sys", "/tmp", "/run", "/var/lib/dpkg", "/var/lib/apt", "/var/cache",
                   "/var/log/apt", "/var/log/dpkg.log", "/root")
        found = set()
        for folder, folders, names in os.walk(self.path):
            here = folder[len(self.path):]
            folders[:] = [name for name in folders if f"{here}/{name}" not in passing]
            found.update(f"{here}/{name}" for name in folders + names)
        return {path for path in found if path not in passing}

    def read(self, path):
        """Empty if it is not there."""
        if not os.path.exists(self.path + path):
            return ""
        with open(self.path + path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def put(self, path, into="/root"):
        shutil.copy(path, self.path + into)
