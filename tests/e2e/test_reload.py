"""The config is reread when it changes: a listener uses its present peers."""

import os
import time

from fault_case import FaultCase


class ReloadCase(FaultCase):
    def setUp(self):
        super().setUp()
        self.other = self.foreign("com.other")

    def config_of(self, listener_node):
        with open(listener_node.config, encoding="utf-8") as file:
            return file.read()

    def without(self, text, foreign):
        lines = [line for line in text.splitlines(True) if foreign.public not in line]
        self.assertLess(len(lines), len(text.splitlines(True)))
        return "".join(lines)

    def replace(self, path, text):
        """Replaces the file as an editor or a configuration tool does: by renaming another one."""
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path + ".new", 0o640)
        os.rename(path + ".new", path)

    def begin(self, *words, **options):
        self.listener = self.listen(self.left, *words, **options)
        self.path = self.left.config
        self.before = self.config_of(self.left)
        return self.listener

    def assert_revoked(self):
        """The key is refused, and not only because nothing is heard at all."""
        self.right.send(b"revoked")
        self.other.send(b"after it")
        self.listener.stdout.wait_for("after it\n")
        self.assertNotIn("revoked", self.listener.stdout)


class Changes(ReloadCase):
    def test_a_revoked_key_is_refused_within_a_second(self):
        self.begin()
        self.right.send(b"before")
        self.listener.stdout.wait_for("before\n")
        began = time.monotonic()
        self.replace(self.path, self.without(self.before, self.right))
        self.listener.stderr.wait_for("was read again")
        self.assertLess(time.monotonic() - began, 1)
        self.assert_revoked()

    def test_a_message_of_an_added_key_is_accepted(self):
        self.begin()
        self.replace(self.path, self.without(self.before, self.right))
        self.listener.stderr.wait_for("was read again")
        self.replace(self.path, self.before)
        self.listener.stderr.wait_for("was read again", count=2)
        self.right.send(b"back again")
        self.listener.stdout.wait_for("back again\n")

    def test_a_file_that_is_written_in_place_counts_too(self):
        self.begin()
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(self.without(self.before, self.right))
        self.listener.stderr.wait_for("was read again")
        self.assert_revoked()

    def test_a_link_that_is_turned_counts_too(self):
        """Kubernetes does this: the file is a link into a folder that is a link."""
        self.begin()
        folder = os.path.dirname(self.path)
        for name, text in (("one", self.before), ("two", self.without(self.before, self.right))):
            os.mkdir(os.path.join(folder, name))
            self.replace(os.path.join(folder, name, "conf"), text)
        os.symlink("one", os.path.join(folder, "data"))
        os.symlink("data/conf", self.path + ".link")
        os.rename(self.path + ".link", self.path)
        self.listener.stderr.wait_for("was read again")
        os.symlink("two", os.path.join(folder, "data.new"))
        os.rename(os.path.join(folder, "data.new"), os.path.join(folder, "data"))
        self.listener.stderr.wait_for("was read again", count=2)
        self.assert_revoked()

    def test_a_file_that_is_missing_for_a_moment_changes_nothing(self):
        self.begin()
        os.rename(self.path, self.path + ".away")
        self.right.send(b"meanwhile")
        self.listener.stdout.wait_for("meanwhile\n")
        self.replace(self.path, self.without(self.before, self.right))
        self.listener.stderr.wait_for("was read again")
        self.assert_revoked()
        self.assertNotIn("No such file", self.listener.stderr)

    def test_a_file_that_stays_away_is_reported_and_the_peers_stay(self):
        self.begin()
        os.rename(self.path, self.path + ".away")
        self.listener.stderr.wait_for("No such file or directory; the peers are unchanged")
        self.right.send(b"still heard")
        self.listener.stdout.wait_for("still heard\n")
        os.rename(self.path + ".away", self.path)
        self.listener.stderr.wait_for("was read again")

    def test_a_broken_one_is_an_error_and_the_old_one_stays(self):
        self.begin()
        self.replace(self.path, self.before.replace("[ Peers ]", "[ Peers ]\nonly-a-name"))
        self.listener.stderr.wait_for("the peers are unchanged")
        self.assertIn(self.path, self.listener.stderr)
        self.right.send(b"still heard")
        self.listener.stdout.wait_for("still heard\n")
        self.replace(self.path, self.without(self.before, self.right))
        self.listener.stderr.wait_for("was read again")
        self.assert_revoked()

    def test_groups_are_read_again_and_a_faulty_one_is_an_error(self):
        self.left.groups = {"some": self.right.destination}
        self.begin()
        self.replace(self.path, self.before.replace("[ Groups ]", "[ Groups ]\nmore @none"))
        self.listener.stderr.wait_for('group more: there is no group "none"')
        self.right.send(b"still heard")
        self.listener.stdout.wait_for("still heard\n")
        self.replace(self.path, self.before.replace("[ Groups ]", "[ Groups ]\nmore @some"))
        self.listener.stderr.wait_for("was read again")

    def test_of_several_changes_at_once_the_last_counts(self):
        self.begin()
        for _ in range(20):
            self.replace(self.path, self.before)
            self.replace(self.path, "broken")
        self.replace(self.path, self.without(self.before, self.right))
        left = self.before.lower().split("[ peers ]")[1].count("[") - 1
        self.listener.stderr.wait_for(f"was read again: {left} peers")
        self.assert_revoked()


class Queued(ReloadCase):
    def test_messages_queued_under_a_revoked_key_are_not_run(self):
        gate = self.fifo("gate")
        self.begin("/bin/sh", "-c", f'[ "$2" != held ] || {{ echo up; read line < {gate}; }}; echo "ran $2"', "sh")
        self.other.send(b"held")
        self.listener.stdout.wait_for("up\n")
        for number in range(3):
            self.right.send(b"queued %d" % number)
        self.other.send(b"fine")
        self.replace(self.path, self.without(self.before, self.right))
        self.listener.stderr.wait_for("was read again")
        self.release(gate)
        self.listener.stdout.wait_for("ran fine\n")
        self.assertNotIn("queued", self.listener.stdout)
        self.listener.stderr.wait_for("its key was removed from the config while it waited", count=3)

    def test_a_verb_that_was_taken_away_is_not_run(self):
        gate = self.fifo("gate")
        self.begin("/bin/sh", "-c", f'[ "$2" != held ] || {{ echo up; read line < {gate}; }}; echo "ran $2"', "sh")
        self.other.send(b"held")
        self.listener.stdout.wait_for("up\n")
        self.right.send(b"queued")
        self.other.send(b"fine")
        text = "".join(line.split("[")[0] + "[other]\n" if self.right.public in line else line
                       for line in self.before.splitlines(True))
        self.replace(self.path, text)
        self.listener.stderr.wait_for("was read again")
        self.release(gate)
        self.listener.stdout.wait_for("ran fine\n")
        self.assertNotIn("queued", self.listener.stdout)
        self.listener.stderr.wait_for("its peer may no longer use the verb")
