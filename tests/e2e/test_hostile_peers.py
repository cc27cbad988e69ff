"""Messages that no honest node sends. Each is followed by a good one: only that one reaches the script."""

import json
import os
import re
import time

from case import OK, GoRequester, HubCase, load_vectors

import wire

SECOND = 10**9


def fields_of(raw):
    return raw.split(b",", 7)


def with_field(raw, index, value):
    """The same message, respelled in one field; PUB 0, SIG 1, DEST 2, TIME 3, UUID 4, VERB 5, FLAG 6."""
    fields = fields_of(raw)
    fields[index] = value
    return b",".join(fields)


class HostileCase(HubCase):
    flags = ()

    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()

    def start_listener(self, *flags):
        self.listener = self.listen(self.left, *self.flags, *flags, "/bin/sh", "-c", 'printf "%s\\n" "$2"', "sh")
        return self.listener

    def check_only_good(self, *raws, part="all"):
        """Publishes `raws` and a good message: only that one runs the script."""
        self.start_listener()
        for raw in raws:
            self.right.publish(raw, part)
        self.right.send(b"good")
        self.listener.stdout.wait_for("good\n")
        self.assertEqual(self.listener.stdout.data, b"good\n")
        self.assertIsNone(self.listener.returncode)
        return self.listener

    def message(self, payload=b"bad", signer=None, **fields):
        return wire.build(signer or self.right.identity, payload, **fields)


class Forged(HostileCase):
    def test_a_forged_signature_never_reaches_the_script(self):
        raw = self.message()
        signature = bytearray(wire.base58_decode(fields_of(raw)[1]))
        forged = []
        for index in (0, 31, 32, 63):
            changed = bytearray(signature)
            changed[index] ^= 1
            forged.append(with_field(raw, 1, wire.base58_encode(bytes(changed)).encode()))
        self.check_only_good(*forged)

    def test_a_signature_of_another_key_never_reaches_the_script(self):
        raw = self.message()
        stolen = fields_of(self.message(signer=wire.Identity()))[1]
        self.check_only_good(with_field(raw, 1, stolen))

    def test_a_signature_of_another_message_never_reaches_the_script(self):
        self.check_only_good(with_field(self.message(), 1, fields_of(self.message(b"other"))[1]))

    def test_no_signature_at_all_never_reaches_the_script(self):
        raw = self.message()
        self.check_only_good(*(with_field(raw, 1, text) for text in (
            b"", b"1" * 64, b"1" * 88, b"z" * 88, b"z" * 87, b"0" * 87, b"1" * 1000, b"z" * 10000, b"\0" * 87)))

    def test_a_signature_with_the_group_order_added_never_reaches_the_script(self):
        order = 2**252 + 27742317777372353535851937790883648493
        raw = self.message()
        signature = wire.base58_decode(fields_of(raw)[1])
        scalar = int.from_bytes(signature[32:], "little") + order
        malleated = signature[:32] + scalar.to_bytes(32, "little")
        self.check_only_good(with_field(raw, 1, wire.base58_encode(malleated).encode()))

    def test_a_signature_respelled_with_a_leading_digit_never_reaches_the_script(self):
        raw = self.message()
        self.check_only_good(with_field(raw, 1, b"1" + fields_of(raw)[1]))

    def test_every_signed_field_is_covered_by_the_signature(self):
        raw = self.message(b"bad", uuid="x")
        self.check_only_good(
            with_field(raw, 2, b"com.**"), with_field(raw, 3, format(time.time_ns(), "x").encode()),
            with_field(raw, 4, b"79"), with_field(raw, 5, b"deploy"), with_field(raw, 6, b"Q"),
            with_field(raw, 7, b"worse"), with_field(raw, 7, b""), raw + b"x", raw + b",", raw + b"\n")

    def test_fields_cannot_be_shifted_across_a_comma(self):
        raw = self.message(b"_,bad", verb="ping", destination="a")
        self.check_only_good(raw.replace(b",_,_,bad", b",_,bad"), raw.replace(b"ping,_", b"ping"))


class Strangers(HostileCase):
    def test_an_unknown_key_never_reaches_the_script(self):
        self.check_only_good(self.message(signer=wire.Identity()))

    def test_a_known_key_in_another_spelling_is_unknown(self):
        raw = self.message()
        public = fields_of(raw)[0]
        self.check_only_good(*(with_field(raw, 0, text) for text in (
            b"1" + public, public + b" ", b" " + public, public[:-1], b"", public.lower(), b"1" * 32, b"z" * 44,
            b"z" * 5000)))

    def test_a_verb_that_is_not_granted_never_reaches_the_script(self):
        self.left.peers = [f"{self.right.destination} {self.right.public} [ping,deploy]"]
        self.check_only_good(*(self.message(verb=verb) for verb in
                               ("reboot", "Ping", "PING", "ping ", " ping", "", "*", "pingdeploy", "ping;deploy",
                                "reply")))

    def test_a_star_grants_every_verb(self):
        self.start_listener()
        for verb in ("ping", "Anything at all", ""):
            self.right.send(verb.encode() or b"empty", verb=verb)
        self.listener.stdout.wait_lines(3)
        self.assertEqual(self.listener.stdout.data, b"ping\nAnything at all\nempty\n")

    def test_a_peer_cannot_speak_with_the_verbs_of_another(self):
        other = self.foreign("com.other", ["reboot"])
        self.left.peers = [f"{self.right.destination} {self.right.public} [ping]", other.peer_line()]
        self.check_only_good(self.message(verb="reboot"), self.message(verb="ping", signer=other.identity))


class OfOtherSubjects(HostileCase):
    """What a peer signed for another subject, published on this one by somebody else."""

    def test_a_lock_entry_never_reaches_the_script(self):
        body = {"v": 1, "state": "held", "after": 7, "beat": 2, "slots": 1, "lease_ms": 30000, "ticket": 7, "fence": 5,
                "who": "com.x.left", "host": "h", "pid": 1, "since": 0}
        self.check_only_good(*(self.message(json.dumps(body), verb=verb) for verb in ("lock", "lock.nightly")))

    def test_a_lock_entry_is_no_signal(self):
        waiting = self.listen(self.left, "--count", "1")
        self.right.publish(self.message(json.dumps({"v": 1, "state": "wait", "beat": 1, "slots": 1, "lease_ms": 30000}),
                                        verb="lock"))
        self.right.send(b"good")
        waiting.expect_exit(OK)
        self.assertIn(b"good", waiting.stdout.data)
        self.assertNotIn(b"lease", waiting.stdout.data)

    def test_a_question_of_who_never_reaches_the_script(self):
        self.check_only_good(self.message(b"--who", verb="who", flag="Q"))

    def test_a_reply_never_reaches_the_script(self):
        self.check_only_good(self.message(b"0,done", verb="reply", destination=""))

    def test_the_verbs_of_locks_and_questions_stay_usable(self):
        self.start_listener()
        for number, (verb, flag) in enumerate((("lock", "_"), ("lock.nightly", "_"), ("who", "_"), ("who", "Q"))):
            self.right.publish(self.message(f"good {number}", verb=verb, flag=flag))
        self.listener.stderr.wait_for("who from com.crypto.us.foreign: exit status 0", count=2)
        self.assertEqual(self.listener.stdout.data, b"good 0\ngood 1\ngood 2\n")  # the last output is in the reply


class Malformed(HostileCase):
    """Every spelling below is refused although the signature over the canonical one holds."""

    def test_too_few_commas(self):
        raw = self.message()
        self.check_only_good(*(b",".join(fields_of(raw)[:count]) for count in range(1, 8)), b"", b",", b"," * 7,
                             b"," * 100)

    def test_respelled_times(self):
        raw = self.message()
        stamp = fields_of(raw)[3]
        self.check_only_good(*(with_field(raw, 3, text) for text in (
            stamp.upper(), b"0" + stamp, b"+" + stamp, b"0x" + stamp, b" " + stamp, stamp + b" ", b"", b"-" + stamp,
            b"00000000" + stamp, stamp[:4] + b"_" + stamp[4:], stamp + b"\0")))

    def test_times_that_are_signed_in_a_spelling_of_their_own(self):
        now = format(time.time_ns(), "x").encode()
        sealed = lambda text: wire.seal(self.right.identity, wire.signed_bytes("**", text, "61", "ping", "_", "bad"))
        self.check_only_good(*map(sealed, (now.upper(), b"0" + now, b"+" + now, b"0x" + now, b"-0", b"", b"-",
                                           b"8000000000000000", b"-8000000000000001", b"f" * 400)))

    def test_respelled_uuids(self):
        raw = self.message(uuid=b"\xab\xcd\xef")
        sealed = lambda text: wire.seal(self.right.identity, wire.signed_bytes(
            "**", format(time.time_ns(), "x"), text, "ping", "_", "bad"))
        self.check_only_good(with_field(raw, 4, b"ABCDEF"), with_field(raw, 4, b"abcdeF"),
                             with_field(raw, 4, b"0xabcdef"),
                             *map(sealed,
                                  (b"ABCDEF", b"abcde", b"", b"zz", b"ab" * 13, b"ab" * 500, b"+a", b" a", b"a\0")))

    def test_respelled_flags(self):
        raw = self.message()
        sealed = lambda flag: wire.seal(self.right.identity, wire.signed_bytes(
            "**", format(time.time_ns(), "x"), "61", "ping", flag, "bad"))
        self.check_only_good(*(with_field(raw, 6, flag) for flag in (b"q", b"", b"whatever", b"__", b" _")),
                             *map(sealed, (b"q", b"", b"x", b"QQ", b"_ ", b"Q\0")))

    def test_a_destination_beyond_1024_bytes(self):
        self.flags = ("-d",)
        self.check_only_good(self.message(destination="d" * 1025), self.message(destination="d" * 100_000))

    def test_a_destination_of_1024_bytes_is_fine(self):
        self.start_listener("-d")
        self.right.send(b"good", destination="d" * 1024)
        self.listener.stdout.wait_for("good\n")

    def test_a_verb_beyond_256_bytes(self):
        self.check_only_good(self.message(verb="v" * 257), self.message(verb="v" * 100_000))

    def test_a_verb_of_256_bytes_is_fine(self):
        self.start_listener()
        self.right.send(b"good", verb="v" * 256)
        self.listener.stdout.wait_for("good\n")

    def test_random_bytes(self):
        self.check_only_good(*(os.urandom(size) for size in (1, 10, 100, 1000, 100_000)),
                             *(b",".join(os.urandom(8).replace(b",", b"") for _ in range(9)) for _ in range(50)))

    def test_cut_off_messages(self):
        raw = self.message(b"")
        self.check_only_good(*(raw[:length] for length in range(0, len(raw), 3)))


class Replies(HostileCase):
    """A reply is not a message: republished on the broadcast subject, it runs nothing."""

    def test_the_shape_of_a_reply_on_the_broadcast_subject_never_reaches_the_script(self):
        question = wire.decode(wire.build(self.left.identity, b"question", flag="Q"))
        self.flags = ("-d",)
        self.check_only_good(wire.build_reply(self.right.identity, question, b"0,bad"),
                             self.message(destination="", verb="reply"),
                             self.message(destination="", verb="reply", flag="Q"))

    def test_a_captured_answer_of_ours_never_reaches_a_script(self):
        responder = self.node("com.responder")
        self.left.peers = [responder.peer_line(), self.right.peer_line()]
        asker = self.foreign("com.asker", kind=GoRequester)
        answering = self.listen(responder, "-o", "/bin/echo")
        asker.request(b"hi")
        captured = asker.client.next().payload
        answering.expect_exit(OK)
        self.flags = ("-d",)
        self.check_only_good(captured)

    def test_the_verb_reply_with_a_destination_is_a_message(self):
        self.start_listener()
        self.right.send(b"good", verb="reply", destination="**")
        self.listener.stdout.wait_for("good\n")

    def test_an_empty_destination_with_another_verb_is_a_message(self):
        self.start_listener("-d")
        self.right.send(b"good", verb="ping", destination="")
        self.listener.stdout.wait_for("good\n")


class Replayed(HostileCase):
    def test_the_same_bytes_run_once(self):
        raw = self.message(b"once")
        self.start_listener()
        for _ in range(5):
            self.right.publish(raw)
        self.right.send(b"good")
        self.listener.stdout.wait_for("good\n")
        self.assertEqual(self.listener.stdout.data, b"once\ngood\n")

    def test_a_copy_that_waited_for_a_slow_command_does_not_run_again(self):
        self.left.settings["allow_skew"] = "1s"
        self.listener = self.listen(self.left, "/bin/sh", "-c", 'echo "$2"; [ "$2" = slow ] && sleep 1.3; :', "sh")
        raw = self.message(b"once")
        self.right.publish(raw)
        self.right.send(b"slow")
        self.right.publish(raw)
        self.listener.stdout.wait_for("slow\n")
        self.right.publish(raw)
        self.right.send(b"good")
        self.listener.stdout.wait_for("good\n")
        self.assertEqual(self.listener.stdout.data, b"once\nslow\ngood\n")

    def test_a_copy_under_another_subject_is_seen_by_the_listener_there_alone(self):
        """The subject only routes and is not a boundary; within one listener, a copy is still a copy."""
        raw = self.message(b"once")
        first, other = self.listen(self.left), self.listen(self.left, "-S", "other")
        self.right.publish(raw)
        self.right.publish(raw, "other")
        self.right.publish(raw, "other")
        for process, part in ((first, "all"), (other, "other")):
            self.right.send(b"good", part)
            process.stdout.wait_for("good\n")
            self.assertEqual(process.stdout.data, b"once\ngood\n")

    def test_the_same_content_signed_again_is_a_new_message(self):
        self.start_listener()
        for _ in range(2):
            self.right.send(b"again", uuid="x")
        self.listener.stdout.wait_for("again\n", count=2)

    def test_the_same_fields_of_two_peers_are_two_messages(self):
        other = self.foreign("com.other")
        self.start_listener()
        stamp = time.time_ns()
        self.right.send(b"hi", uuid="x", time_ns=stamp)
        self.right.send(b"hi", uuid="x", time_ns=stamp, signer=other.identity)
        self.listener.stdout.wait_for("hi\n", count=2)

    def test_a_forged_copy_sent_first_does_not_shut_out_the_real_one(self):
        raw = self.message(b"real")
        forged = with_field(raw, 1, fields_of(self.message())[1])
        self.start_listener()
        self.right.publish(forged)
        self.right.publish(raw)
        self.listener.stdout.wait_for("real\n")
        self.assertEqual(self.listener.stdout.data, b"real\n")

    def test_a_request_replayed_is_answered_once(self):
        asker = self.foreign("com.asker", kind=GoRequester)
        self.listen(self.left, "/bin/echo")
        question = asker.request(b"hi")
        asker.publish(question.raw)
        after = asker.request(b"after")
        subjects = [asker.client.next().subject for _ in range(2)]
        self.assertEqual(subjects, [f"{self.fleet.subject}.{q.hash.hex()}" for q in (question, after)])


class Skewed(HostileCase):
    """The window is as wide as allow_skew on both sides, judged at arrival."""

    def test_messages_outside_the_window_never_reach_the_script(self):
        now = time.time_ns()
        self.check_only_good(*(self.message(time_ns=now + offset * SECOND) for offset in (-6, 8, -3600, 3600)))

    def test_each_is_reported_on_stderr_with_its_offset(self):
        self.check_only_good(self.message(time_ns=time.time_ns() - 60 * SECOND))
        self.check_told()

    def test_a_message_from_the_future_is_reported_with_its_offset(self):
        self.check_only_good(self.message(time_ns=time.time_ns() + 60 * SECOND))
        self.check_told()

    def check_told(self):
        """One line names the peer and an offset of about a minute."""
        lines = [line for line in self.error_lines(self.listener)
                 if re.search(r"\b(59|60|61|1m)", line) and
                 (self.right.destination in line or self.right.public in line)]
        self.assertEqual(len(lines), 1, self.listener.stderr.text)

    def test_messages_inside_the_window_run(self):
        self.start_listener()
        for offset in (-4, 4, 0):
            self.right.send(b"%d" % offset, time_ns=time.time_ns() + offset * SECOND)
        self.listener.stdout.wait_lines(3)
        self.assertEqual(self.listener.stdout.data, b"-4\n4\n0\n")

    def test_extreme_times_never_reach_the_script(self):
        now = time.time_ns()
        self.check_only_good(*(self.message(time_ns=stamp) for stamp in (
            wire.INT64_MIN, wire.INT64_MIN + 1, wire.INT64_MAX, 0, -1, 1, -now, now - 2**63, now // 1000,
            now // SECOND)))

    def test_a_stranger_with_a_wrong_clock_is_not_mentioned(self):
        listener = self.check_only_good(self.message(time_ns=0, signer=wire.Identity()))
        listener.stderr.wait_for("remaphore: ")
        self.assertEqual(len(self.error_lines(listener)), 1, "the line of the good command, and no other")

    def test_many_messages_with_a_wrong_clock_stop_nothing(self):
        now = time.time_ns()
        self.check_only_good(*(self.message(time_ns=now - (60 + number) * SECOND) for number in range(100)))


class Patterns(HostileCase):
    """No destination pattern crashes the matcher."""

    def test_patterns_that_crash_the_reference_match_nothing(self):
        rows = {}
        for row in load_vectors("destinations"):
            name = row["destination"]
            if row["reference"] == "crash" and "," not in row["pattern"] and re.fullmatch(r"[\w.-]+", name):
                rows.setdefault(name, []).append(row["pattern"])
        chosen = sorted(rows.items(), key=lambda item: -len(item[1]))[:4]
        self.assertGreater(len(chosen), 1)
        for name, patterns in chosen + [("net", ["network*", "net.**", "net.***"])]:
            with self.subTest(name=name):
                self.left.destination = name
                listener = self.check_only_good(*(self.message(destination=pattern) for pattern in patterns))
                listener.close()

    def test_odd_patterns_match_nothing(self):
        odd = ["", ".", "..", "***", "****", "**.**", "**.left", "com.**.left", "*" * 1024, "." * 1024, "*." * 512,
               "com.crypto.us.left.", ".com.crypto.us.left", "com..crypto.us.left", "com.crypto.us.left\0",
               "COM.crypto.us.left", "com.crypto.us.l**t", "com.crypto.us.leftx*left"]
        self.check_only_good(*(self.message(destination=pattern) for pattern in odd))

    def test_prefix_and_suffix_of_a_pattern_overlap_as_in_the_vectors(self):
        self.left.destination = "aba"
        rows = [row for row in load_vectors("destinations") if row["destination"] == "aba" and
                "," not in row["pattern"]]
        self.assertIn(("ab*ba", True), [(row["pattern"], row["match"]) for row in rows])
        self.start_listener()
        for row in rows:
            self.right.send(row["pattern"].encode() + b" " + str(row["match"]).encode(), destination=row["pattern"])
        self.right.send(b"good")
        self.listener.stdout.wait_for("good\n")
        self.assertEqual(self.listener.stdout.data.decode().splitlines(),
                         [row["pattern"] + " True" for row in rows if row["match"]] + ["good"])


class Floods(HostileCase):
    def test_junk_in_front_of_a_good_message_does_not_hide_it(self):
        self.start_listener()
        for _ in range(3000):
            self.right.client.publish(self.right.subject(), b"junk,with,commas,in,it,and,more,of,them")
        self.right.send(b"good")
        self.listener.stdout.wait_for("good\n")
        self.assertEqual(self.listener.stdout.data, b"good\n")

    def test_forgeries_in_front_of_a_good_message_do_not_hide_it(self):
        self.start_listener()
        raw = self.message()
        for number in range(1000):
            self.right.client.publish(self.right.subject(), with_field(raw, 7, b"%d" % number))
        self.right.send(b"good")
        self.listener.stdout.wait_for("good\n")
        self.assertEqual(self.listener.stdout.data, b"good\n")

    def test_very_large_junk_does_not_hide_a_good_message(self):
        self.start_listener()
        size = self.right.client.info["max_payload"]
        for filler in (b"x", b",", b"1", b"\0"):
            self.right.publish(filler * size)
        self.right.publish(with_field(self.message(), 7, b"y" * (size - 400)))
        self.right.send(b"good")
        self.listener.stdout.wait_for("good\n")
        self.assertEqual(self.listener.stdout.data, b"good\n")
