"""--audit FILE: a JSON line for every verified message, and no influence of others on the file's length."""

import datetime
import json
import os
import signal
import time

from case import OK, USAGE, let_time_pass, mode_of, wait_until
from fault_case import FaultCase

import wire


class AuditCase(FaultCase):
    def setUp(self):
        super().setUp()
        self.audit = self.path("audit.jsonl")

    def begin(self, *words, **options):
        return self.listen(self.left, "--audit", self.audit, *words, **options)

    def lines(self, path=None):
        """All lines so far, each a whole line of JSON."""
        with open(path or self.audit, encoding="utf-8") as file:
            text = file.read()
        self.assertTrue(text == "" or text.endswith("\n"), f"a torn line: {text[-200:]!r}")
        return [json.loads(line) for line in text.splitlines()]

    def await_lines(self, count, path=None):
        wait_until(lambda: os.path.exists(path or self.audit) and
                   open(path or self.audit, "rb").read().count(b"\n") >= count, f"{count} lines")
        return self.lines(path)

    def messages(self):
        return [line for line in self.lines() if line["action"] != "refused"]

    def summaries(self):
        return [line for line in self.lines() if line["action"] == "refused"]


class Entries(AuditCase):
    def test_a_printed_message_is_reported_in_full(self):
        began = time.time()
        self.begin()
        self.right.send(b"secret payload", destination="com.**", verb="Deploy", uuid=b"\x01\xff")
        line, = self.await_lines(1)
        stamp = datetime.datetime.fromisoformat(line.pop("time").replace("Z", "+00:00")).timestamp()
        self.assertTrue(began - 0.1 <= stamp <= time.time() + 0.1, stamp)
        self.assertEqual(line, {"peer": self.right.destination, "public_key": self.right.public,
                                "destination": "com.**", "verb": "Deploy", "uuid": "01ff", "action": "printed"})

    def test_a_command_is_reported_with_its_exit_status_and_how_long_it_took(self):
        gate = self.fifo("gate")
        self.begin("/bin/sh", "-c", f"read line < {gate}; exit 7")
        self.right.send(b"x")
        held = 0.3
        let_time_pass(held)
        self.assertEqual(self.lines(), [], "the line comes when the command has ended")
        self.release(gate)
        line, = self.await_lines(1)
        self.assertEqual((line["action"], line["exit"]), ("ran", 7))
        self.assertTrue(0 < line["seconds"] < 30, line)

    def test_a_command_that_could_not_be_run_is_reported_with_the_reason(self):
        self.begin("/no/such/command")
        self.right.send(b"x")
        line, = self.await_lines(1)
        self.assertEqual((line["action"], line["exit"]), ("not run", 127))
        self.assertIn("/no/such/command", line["reason"])

    def test_a_command_that_ran_out_of_time_is_reported_with_124(self):
        gate = self.fifo("gate")
        self.begin("--script-timeout", "200ms", "/bin/sh", "-c", f"read line < {gate}")
        self.right.send(b"x")
        line, = self.await_lines(1)
        self.assertEqual((line["action"], line["exit"]), ("ran", 124))
        self.assertGreater(line["seconds"], 0.19)

    def test_messages_that_the_end_cut_off_are_reported_as_dropped(self):
        gate = self.fifo("gate")
        listener = self.begin("/bin/sh", "-c", f"echo up; read line < {gate}")
        for number in range(3):
            self.right.send(b"%d" % number, uuid=f"u{number}")
        listener.stdout.wait_for("up\n")
        self.right.client.flush()
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)
        actions = {bytes.fromhex(line["uuid"]): line["action"] for line in self.lines()}
        self.assertEqual(actions.pop(b"u0"), "ran")
        self.assertLessEqual(set(actions.values()), {"dropped"})
        self.assertRegex(listener.stderr.text, f"{len(actions)} received messages were not handled" if actions else "")

    def test_every_message_has_its_line_in_the_order_of_acting(self):
        listener = self.begin()
        uuids = [os.urandom(12) for _ in range(300)]
        for uuid in uuids:
            self.right.client.publish(self.right.subject(), wire.build(self.right.identity, b"x", uuid=uuid))
        self.right.client.flush()
        listener.stdout.wait_lines(300)
        self.assertEqual([bytes.fromhex(line["uuid"]) for line in self.await_lines(300)], uuids)

    def test_messages_for_others_are_not_reported(self):
        listener = self.begin("-o", "-v", "good")
        self.right.send(b"x", verb="other")
        self.right.send(b"x", verb="good", destination="net.elsewhere")
        self.right.send(b"x", verb="good")
        listener.expect_exit(OK)
        line, = self.lines()
        self.assertEqual(line["verb"], "good")

    def test_a_line_is_json_whatever_the_bytes(self):
        self.begin()
        self.right.send(b"x", verb=b"\"}\n{\"\\\x00\x1b\xff\xc3\xa4")
        line, = self.await_lines(1)
        self.assertTrue(line["verb"].startswith("\"}\n{\"\\\x00\x1b\ufffd\u00e4"), line)

    def test_payloads_and_private_keys_are_not_in_it(self):
        self.begin("/bin/sh", "-c", "true")
        self.right.send(b"top secret")
        self.await_lines(1)
        text = open(self.audit).read()
        self.assertNotIn("top secret", text)
        self.assertNotIn(self.left.identity.secret, text)


class TheFile(AuditCase):
    def test_it_is_for_the_owner_and_the_group_whatever_the_umask(self):
        for mask in (0o000, 0o077):
            with self.subTest(mask=mask):
                self.audit = self.path(f"audit-{mask}")
                self.begin(preexec=lambda: os.umask(mask))
                self.assertEqual(mode_of(self.audit), 0o640)

    def test_an_existing_file_keeps_its_mode_and_its_lines(self):
        self.file("audit.jsonl", '{"older": true}\n', 0o600)
        self.begin()
        self.right.send(b"x")
        older, line = self.await_lines(2)
        self.assertEqual((older, line["action"], mode_of(self.audit)), ({"older": True}, "printed", 0o600))

    def test_a_file_that_cannot_be_opened_is_a_usage_error(self):
        for path in ("/proc/nothing", self.folder, self.path("no/such/folder/audit")):
            with self.subTest(path=path):
                self.assert_refused(self.remaphore(self.left, "--audit", path, "-t", "5s"), USAGE, path)

    def test_several_listeners_may_write_one_file(self):
        listeners = [self.begin() for _ in range(3)]
        for number in range(100):
            self.right.client.publish(self.right.subject(), wire.build(self.right.identity, b"x" * 10, verb="v" * 200))
        self.right.client.flush()
        for listener in listeners:
            listener.stdout.wait_lines(100)
        self.assertEqual(len(self.await_lines(300)), 300)

    def test_a_rotation_by_renaming_loses_no_line(self):
        listener = self.begin()
        for number in range(60):
            if number in (20, 40):
                os.rename(self.audit, f"{self.audit}.{number}")
            self.right.send(b"%d" % number, uuid=b"%02d" % number)
            listener.stdout.wait_for(b"%d\n" % number)
        paths = [f"{self.audit}.20", f"{self.audit}.40", self.audit]
        wait_until(lambda: sum(len(self.lines(path)) for path in paths if os.path.exists(path)) >= 60, "60 lines")
        parts = [self.lines(path) for path in paths]
        self.assertEqual([bytes.fromhex(line["uuid"]) for part in parts for line in part],
                         [b"%02d" % number for number in range(60)])
        self.assertEqual(mode_of(self.audit), 0o640)

    def test_a_rotation_that_makes_the_new_file_keeps_its_mode(self):
        """The new file is created as `create 0600` of logrotate does."""
        self.begin()
        os.rename(self.audit, self.audit + ".1")
        self.file("audit.jsonl", "", 0o600)
        self.right.send(b"x")
        self.assertEqual(len(self.await_lines(1)), 1)
        self.assertEqual(mode_of(self.audit), 0o600)

    def test_a_rotation_by_copying_and_cutting_leaves_no_hole(self):
        listener = self.begin()
        for number in range(3):
            self.right.send(b"%d" % number)
            listener.stdout.wait_for(b"%d\n" % number)
            self.await_lines(1)
            os.truncate(self.audit, 0)
        self.right.send(b"last")
        self.await_lines(1)
        self.assertEqual(open(self.audit, "rb").read()[:1], b"{")

    def test_a_deleted_file_is_made_again(self):
        self.begin()
        os.unlink(self.audit)
        self.right.send(b"x")
        self.await_lines(1)

    def test_on_a_full_disk_nothing_is_done_that_could_not_be_recorded(self):
        disk = self.tmpfs(64 << 10)
        self.audit = os.path.join(disk, "audit")
        listener = self.begin("/bin/echo")
        ballast = self.fill(disk)
        for number in range(10):
            self.right.send(b"%d" % number, verb="v" * 200)
        self.right.send(b"late", time_ns=time.time_ns() - 3600 * 10**9)
        listener.stderr.wait_for("behind our clock")  # all of the others have been judged
        wait_until(lambda: "could not be recorded in the audit, and was not acted on" in listener.stderr, "it is said")
        self.assertEqual(listener.stderr.text.count("the audit cannot be written"), 1)
        self.assertIn("No space left on device", listener.stderr)
        self.assertEqual(listener.stdout.data, b"")
        self.lines()  # no torn one
        os.unlink(ballast)
        self.right.send(b"roomy", uuid=b"roomy")
        wait_until(lambda: any(line.get("uuid") == b"roomy".hex() for line in self.lines()), "the line of the message")
        listener.stdout.wait_for("ping roomy\n")
        wait_until(lambda: len(self.messages()) == len(listener.stdout.lines), "a line for each that ran")

    def test_an_incomplete_audit_makes_the_end_a_failure(self):
        self.audit = "/dev/full"
        listener = self.begin("-t", "2s", "/bin/echo")
        self.right.send(b"x")
        listener.expect_exit(3)
        self.assertEqual(listener.stdout.data, b"")
        self.assert_error_line(listener, "/dev/full", "the audit cannot be written")

    def test_one_in_a_folder_that_another_user_made_is_a_usage_error(self):
        if os.geteuid() != 0:
            self.skipTest("only root can give a folder to another user")
        theirs = self.path("theirs")
        os.mkdir(theirs)
        os.symlink(self.path("precious"), os.path.join(theirs, "audit"))
        os.chown(theirs, 65534, 65534)
        self.audit = os.path.join(theirs, "audit")
        self.assert_refused(self.remaphore(self.left, "--audit", self.audit, "-t", "5s"), USAGE, theirs,
                            "belongs to another user")
        self.assertFalse(os.path.exists(self.path("precious")))


class Refusals(AuditCase):
    """What was not accepted is summed up: how many, why, and whose key was claimed, which proves nothing."""

    def refused(self, *raws):
        listener = self.begin()
        for raw in raws:
            self.right.client.publish(self.right.subject(), raw)
        self.right.send(b"good")
        listener.stdout.wait_for("good\n")
        listener.signal(signal.SIGTERM)
        listener.expect_exit(-signal.SIGTERM)
        kinds, claimed, unnamed = {}, {}, 0
        for line in self.summaries():
            self.assertLessEqual(set(line), {"time", "action", "refused", "claimed", "unnamed"})
            for into, name in ((kinds, "refused"), (claimed, "claimed")):
                for key, count in line[name].items():
                    into[key] = into.get(key, 0) + count
            unnamed += line.get("unnamed", 0)
        return kinds, claimed, unnamed

    def test_each_kind_is_counted(self):
        identity, name = self.right.identity, self.right.destination
        replayed = wire.build(identity, b"twice")
        forged = [wire.build(identity, b"forged")[:-1] + b"x" for _ in range(5)]
        strange = [wire.build(wire.Identity(), b"x") for _ in range(4)]
        late = [wire.build(identity, b"x", time_ns=time.time_ns() - 60 * 10**9) for _ in range(3)]
        kinds, claimed, unnamed = self.refused(replayed, replayed, *forged, *strange, *late, b"junk", b",,,,,,,")
        self.assertEqual({kind: kinds.get(kind, 0) for kind in ("replay", "signature", "skew")},
                         {"replay": 1, "signature": 5, "skew": 3})
        self.assertEqual(sum(kinds.values()), 15)
        self.assertEqual(claimed, {name: 9})
        self.assertEqual(unnamed, 6)

    def test_many_claimed_names_are_not_all_listed(self):
        others = [self.foreign(f"com.other{number:02}") for number in range(40)]
        forged = [wire.build(other.identity, b"forged")[:-1] + b"x" for other in others]
        _, claimed, unnamed = self.refused(*forged)
        self.assertTrue(all(len(line["claimed"]) <= 16 for line in self.summaries()))
        self.assertEqual(sum(claimed.values()) + unnamed, 40)

    def test_a_flood_of_junk_is_a_few_lines(self):
        began = time.monotonic()
        junk = [wire.build(wire.Identity(), b"x" * 100) for _ in range(50)] + [b"junk"]
        kinds, _, unnamed = self.refused(*(raw for raw in junk for _ in range(100)))
        self.assertEqual((sum(kinds.values()), unnamed), (5100, 5100))
        self.assertLessEqual(len(self.summaries()), 2 + (time.monotonic() - began))
        self.assertLess(os.path.getsize(self.audit), 20_000)

    def test_a_summary_that_is_due_comes_though_nothing_more_does(self):
        """The first refusals are told at once; those right behind them within about a second."""
        self.begin()
        for _ in range(2):
            self.right.publish(b"junk")
        total = lambda: sum(sum(line["refused"].values()) for line in self.summaries())
        wait_until(lambda: os.path.exists(self.audit) and total() == 2, "both are told", within=6)
