"""Modes, flag syntax, long names, help, version and the example config."""

import os
import re

from case import FAILURE, NOTHING, OK, REMAPHORE_FLEET, USAGE, GoListener, HubCase, load_vectors

import wire
from help_options import MODES, help_options


class Syntax(HubCase):
    """How flags are spelled, seen on the wire."""

    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()
        self.right.subscribe()

    def sent(self, *args):
        self.send(self.left, *args)
        return self.right.next()

    def test_a_value_follows_after_a_blank_or_an_equals_sign_with_one_dash_or_two(self):
        for words in (["-u", "x"], ["-u=x"], ["--u", "x"], ["--u=x"]):
            with self.subTest(words=words):
                self.assertEqual(self.sent(*words).uuid, b"x")

    def test_long_names_mean_the_same_as_short_ones(self):
        second = wire.Identity()
        self.left.identities.append((second, "*"))
        self.right.subscribe("other")
        message = self.sent("--uuid", "x", "--verb=deploy", "--timeout", "5s", "--destination", "a.b",
                            "--public-key", second.public, "--subject", "other", "hi")
        self.assertEqual((message.uuid, message.verb, message.destination, message.public, message.payload),
                         (b"x", b"deploy", b"a.b", second.public, b"hi"))

    def test_send_and_config_have_long_names(self):
        self.command("--config", self.left.write(), "--send", "hi").expect_exit(OK)
        self.assertEqual(self.right.next().payload, b"hi")

    def test_an_equals_sign_in_a_value_is_kept(self):
        self.assertEqual(self.sent("-u=a=b").uuid, b"a=b")

    def test_the_last_of_a_repeated_flag_wins(self):
        self.assertEqual(self.sent("-v", "first", "-v", "second").verb, b"second")

    def test_the_last_of_a_repeated_switch_wins(self):
        self.send(self.left, "-s=false", "-s=true", "hi")
        self.assertEqual(self.right.next().payload, b"hi")

    def test_blanks_and_empty_places_around_a_verb_are_no_part_of_it(self):
        for verb in (" deploy ", "deploy,", ",deploy", " , deploy\n,"):
            with self.subTest(verb=verb):
                self.assertEqual(self.sent("-v", verb).verb, b"deploy")

    def test_an_empty_value_is_as_if_not_given(self):
        message = self.sent("-v", "", "-S=", "-p", "", "hi")
        self.assertEqual((message.verb, message.destination, len(message.uuid), message.public),
                         (b"ping", b"**", 12, self.left.public))

    def test_parsing_stops_at_the_first_argument_that_is_no_flag(self):
        self.assertEqual(self.sent("hello", "-v", "deploy").payload, b"hello -v deploy")

    def told(self, *args, payload):
        process = self.remaphore(self.left, "-s", *args).expect_exit(OK)
        self.assertEqual(self.right.next().payload, payload)
        return process.stderr.text

    def test_a_word_of_the_message_that_looks_like_an_option_gives_a_notice(self):
        for word in ("-D", "--destination", "-D=x", "--jobs"):
            with self.subTest(word=word):
                said = self.told("reboot", word, "n.right", payload=f"reboot {word} n.right".encode())
                self.assertRegex(said, f'^remaphore: "{word.split("=")[0]}" is sent as part of the message: .*\n$')

    def test_a_word_that_looks_like_none_of_ours_or_follows_two_dashes_gives_no_notice(self):
        self.assertEqual(self.told("nice", "-19", "--nothing", payload=b"nice -19 --nothing"), "")
        self.assertEqual(self.told("--", "reboot", "-D", "x", payload=b"reboot -D x"), "")
        self.assertEqual(self.told("-q", "reboot", "-D", "x", payload=b"reboot -D x"), "")

    def test_a_verb_in_capitals_gives_a_notice(self):
        self.assertRegex(self.told("-v", "Deploy", "x", payload=b"x"),
                         r'^remaphore: verb "Deploy" has capitals: .*\*.*\n$')
        self.assertEqual(self.told("-v", "deploy", "X", payload=b"X"), "")

    def test_parsing_stops_after_two_dashes(self):
        self.assertEqual(self.sent("--", "-v", "deploy").payload, b"-v deploy")

    def test_two_dashes_after_the_first_word_are_a_word(self):
        self.assertEqual(self.sent("a", "--", "b").payload, b"a -- b")

    def test_a_single_dash_is_no_flag(self):
        self.assertEqual(self.sent("-", "-v").payload, b"- -v")

    def test_gos_spellings_of_true_are_taken(self):
        for word in ("1", "t", "T", "true", "TRUE", "True"):
            with self.subTest(word=word):
                self.remaphore(self.left, f"-s={word}", word).expect_exit(OK)
                self.assertEqual(self.right.next().payload, word.encode())

    def test_gos_spellings_of_false_are_taken(self):
        for word in ("0", "f", "F", "false", "FALSE", "False"):
            with self.subTest(word=word):
                self.remaphore(self.left, "-s", f"-r={word}", word).expect_exit(OK)
                self.assertEqual(self.right.next().payload, word.encode())

    def test_flags_that_mean_nothing_when_sending_are_ignored(self):
        self.assertEqual(self.sent("-o", "-d", "hi").payload, b"hi")

    def test_flags_that_mean_nothing_when_requesting_are_ignored(self):
        answering = self.foreign("com.b", kind=GoListener, payload=b"0,done")
        self.left.peers = [f"{answering.destination} {answering.public} [*]"]
        for flags in (["-o"], ["-d"], ["-o=false", "-d=false"], ["-o", "-d", "-C=false", "-s=false"]):
            with self.subTest(flags=flags):
                process = self.remaphore(self.left, "-r", *flags, "-t", "10s", "hi")
                self.assertEqual(process.expect_exit(OK).stdout.data, b"com.b,0,done\n")

    def test_a_switch_does_not_take_the_next_word(self):
        self.assertEqual(self.sent("-o", "false").payload, b"false")


class Refusals(HubCase):
    """Usage errors: exit 2, one clear line, no data, no network."""

    def refuse(self, *args, names=()):
        node = self.node()
        node.servers = ["nats://127.0.0.1:1"]
        process = self.remaphore(node, *args)
        self.assert_refused(process, USAGE, *names)
        return process

    def test_an_unknown_flag_is_named(self):
        self.refuse("-s", "-zz", names=["zz"])

    def test_an_unknown_long_flag_is_named(self):
        self.refuse("--sendd", names=["sendd"])

    def test_flags_cannot_be_bundled(self):
        self.refuse("-or", names=["or"])

    def test_a_flag_without_its_value_is_named(self):
        self.refuse("-s", "-u", names=["u"])

    def test_a_switch_takes_no_other_word(self):
        self.refuse("-o=maybe", names=["maybe"])

    def test_sending_and_requesting_exclude_each_other(self):
        self.refuse("-s", "-r", "hi")

    def test_our_options_are_refused_in_other_modes_which_names_theirs(self):
        ours = {option.name: option for option in help_options() if option.scope and option.is_ours}
        self.assertGreater(len(ours), 40)
        for name, called in (("--jobs", "receiving"), ("--ready-fd", "receiving and --lock"), ("--slots", "--lock"),
                             ("--gather", "-r"), ("--batch-wait", "-r"), ("--stdin", "-s and -r"),
                             ("--payload-file", "-s, -r and --arrive"), ("--progress", "-r, --count and --from"),
                             ("--ping", "--check")):
            self.assertEqual(ours[name].called, called)
        for option in ours.values():
            for mode in MODES.keys() - option.modes:
                with self.subTest(mode=mode, option=option.name):
                    self.refuse(*MODES[mode], *option.given,
                                names=[f"option {option.name} is only for {option.called}"])

    def test_an_option_is_refused_without_those_that_it_needs(self):
        needy = [option for option in help_options() if option.needs]
        self.assertGreater(len(needy), 7)
        for option in needy:
            mode = next(iter(option.modes - set(option.scope)))
            said = f"is only for {option.called}" if len(option.modes) > 1 else f"needs {' or '.join(option.needs)}"
            with self.subTest(option=option.name):
                self.refuse(*MODES[mode], *option.given, names=[f"option {option.name} {said}"])

    def test_several_verbs_are_an_error_when_sending(self):
        self.refuse("-s", "-v", "a,b", names=["a,b"])

    def test_several_verbs_are_an_error_when_requesting(self):
        self.refuse("-r", "-v", "a,b", names=["a,b"])

    def test_a_list_without_a_verb_cannot_be_sent(self):
        for verbs in (",", " ", " , "):
            with self.subTest(verbs=verbs):
                self.refuse("-s", "-v", verbs, "hi", names=["verb"])

    def test_any_destination_and_a_destination_exclude_each_other(self):
        for mode in ([], ["-s"], ["-r"]):
            with self.subTest(mode=mode):
                self.refuse(*mode, "-d", "-D", "com.x", names=["-d", "-D"])

    def test_an_empty_destination_or_name_is_refused_in_every_mode(self):
        for mode in ([], ["-s"], ["-r"], ["--check"], ["-C"]):
            for option in ("-D", "-u", "--destination", "--uuid"):
                with self.subTest(mode=mode, option=option):
                    self.refuse(*mode, option, "", names=[f"option {option} has an empty value"])
                    self.refuse(*mode, f"{option}=", names=[f"option {option} has an empty value"])

    def test_a_second_destination_or_name_is_refused_in_every_mode(self):
        for mode in ([], ["-s"], ["-r"]):
            for option in ("-D", "-u"):
                with self.subTest(mode=mode, option=option):
                    self.refuse(*mode, option, "web1", option, "web2", names=[f"option {option} is given twice"])

    def test_a_negative_timeout_is_refused(self):
        self.refuse("-t", "-1s", names=["-1s"])

    def test_a_timeout_without_a_unit_is_refused(self):
        self.refuse("-s", "-t", "5", "hi", names=["5"])

    def test_a_subject_that_is_no_token_is_refused_in_every_mode(self):
        for mode in (["-s"], ["-r"], []):
            for subject in ("all evil", "*", ">", "a\tb", "a\r\nPUB x 0", "a\nb", "a..b", ".a", "a.", "a\x7fb",
                            "a\x01b"):
                with self.subTest(mode=mode, subject=subject):
                    self.refuse(*mode, "-S", subject)

    def test_a_public_key_that_is_none_is_refused(self):
        self.refuse("-s", "-p", "xyz", "hi", names=["xyz"])

    def test_a_public_key_that_is_none_is_refused_when_receiving(self):
        self.refuse("-p", "xyz", names=["xyz"])

    def test_a_key_that_is_no_identity_of_ours_cannot_send(self):
        self.refuse("-s", "-p", wire.Identity().public, "hi")

    def test_a_list_of_destinations_without_a_node_cannot_be_sent(self):
        self.refuse("-s", "-D", "a,b", "hi", names=['matches "a"'])

    def test_a_destination_beyond_1024_bytes_cannot_be_sent(self):
        self.refuse("-s", "-D", "a" * 1025, "hi")

    def test_a_verb_beyond_256_bytes_cannot_be_sent(self):
        self.refuse("-s", "-v", "a" * 257, "hi")


class Secrets(HubCase):
    """A private key, or a piece of one, in the place of any value."""

    def check(self, secret, *args):
        with self.subTest(args=args):
            process = self.command(*args, "-t", "1ms")
            process.wait_exit()
            said = process.stderr.text + process.stdout.text
            self.assertFalse([at for at in range(len(secret) - 7) if secret[at:at + 8] in said], said)
            process.close()

    def test_are_shown_by_no_option(self):
        config, secret = self.node().write(), wire.Identity().secret
        told = self.command("--help").expect_exit(OK).stdout.text
        options = re.findall(r"(?m)^ +(?:-\w, )?(--[\w-]+)(?: [A-Z]+)?  ", told)
        self.assertGreater(len(options), 20)
        for piece in (secret, secret[:60]):
            for option in options:
                place = "/nonexistent/" if option in ("--state", "--audit", "--ready-file") else ""
                self.check(secret, "-c", config,
                           "-o" if place or option == "--ready-fd" else "-r", f"{option}={place}{piece}")
            for args in (["-s", "-v", f"{piece},{piece}"], ["-s", "-v", piece], ["-v", ",", "-p", piece],
                         ["-s", "-p", piece],
                         ["-s", f"--{piece}"], ["-s", f"-{piece}=x"], ["-s", "word", f"--{piece}"],
                         ["-r", "-D", f"{piece},x"],
                         ["-D", piece, "-D", "x"], ["-s", "-S", f"{piece} x"], ["-o", "-t", f"-{piece}"],
                         ["-o", f"-{piece[0]}{piece}"]):
                self.check(secret, "-c", config, *args)
            self.check(secret, "--check", piece)

    def test_are_shown_by_no_command_of_the_fleet(self):
        secret = wire.Identity().secret
        folder = self.path("fleet")
        self.start(REMAPHORE_FLEET, "init", folder, "--server", "nats://127.0.0.1:1", "com.a").expect_exit(OK)
        for piece in (secret, secret[:60], secret[30:70]):
            for args in (["add", folder, "com.b", "--public-key", piece], ["add", folder, f"com.b={piece},,"],
                         ["revoke", folder, piece],
                         ["add", folder, f"com.b/{piece}"], ["keygen", f"{piece}/x"], ["keygen", f"com.b=[{piece}"],
                         [piece], ["add", piece, "com.b"], ["check", piece], ["hub", piece], ["revoke", piece, "com.a"],
                         ["init", self.path("new"), "--server", piece + "/x@y", "com.a"],
                         ["init", folder, f"--{piece}"],
                         ["init", self.path("new"), "--server", f"nats://u:{piece}@h", "com.a"],
                         ["init", self.path("new"), "--server", "nats://h", "--subject", f"{piece} x", "com.a"],
                         ["init", self.path("new"), "--server", "nats://h", "--prefix", piece, "com.a"],
                         ["init", self.path("new"), "--server", "nats://h", "--listen", piece, "com.a"],
                         ["init", f"{piece}/x", "--server", "nats://h", "com.a"]):
                with self.subTest(args=args):
                    process = self.start(REMAPHORE_FLEET, *args)
                    self.assertNotEqual(process.wait_exit(), OK, process)
                    self.assertFalse([at for at in range(len(secret) - 7) if secret[at:at + 8] in process.stderr.text],
                                     process)
                    process.close()


class Durations(HubCase):
    """-t takes what Go takes; a duration too short to send in ends in exit 3, a text that is not a duration in exit 2.

    The hand-written vectors and a sample of the random ones; the unit tests cover all of them.
    """

    def check(self, wanted, *codes):
        config = self.node().write()
        vectors = load_vectors("durations")
        rows = [row for row in vectors[:40] + vectors[40::6] if row["text"] and "\0" not in row["text"] and wanted(row)]
        self.assertGreater(len(rows), 0)
        for row in rows:
            process = self.command("-c", config, "-s", "-t", row["text"], "hi")
            self.assertIn(process.wait_exit(), codes, f"{row}: {process}")
            process.close()

    def test_every_duration_that_go_takes_is_taken(self):
        self.check(lambda row: row["ok"] and int(row["ns"]) >= 0, OK, FAILURE)

    def test_every_text_that_go_refuses_is_refused(self):
        self.check(lambda row: not row["ok"], USAGE)

    def test_every_negative_duration_is_refused(self):
        self.check(lambda row: row["ok"] and int(row["ns"]) < 0, USAGE)


class Help(HubCase):
    SHORT = "srcSDdpuvotC"
    LONG = ("send", "request", "verb", "uuid", "timeout", "destination", "any-destination", "once", "public-key",
            "config", "subject", "example-config", "help", "version", "quiet", "verbose")

    def test_help_goes_to_stdout_and_names_every_flag(self):
        for flag in ("-h", "--help"):
            process = self.command(flag).expect_exit(OK)
            self.assertEqual(process.stderr.data, b"")
            for name in self.LONG:
                self.assertIn("--" + name, process.stdout.text)
            for letter in self.SHORT:
                self.assertRegex(process.stdout.text, rf"(?m)(^|[\s,|\[])-{letter}\b")

    def test_version_is_one_line(self):
        process = self.command("--version").expect_exit(OK)
        self.assertRegex(process.stdout.text, r"\Aremaphore \d+\.\d+\.\d+\n\Z")
        self.assertEqual(process.stderr.data, b"")

    def test_with_help_version_and_example_every_other_flag_is_ignored(self):
        others = ["-s", "-r", "-c", "absent", "-S", "*", "-D", "a,b", "-d", "-p", "none", "-u", "x", "-v", "a,b", "-o",
                  "-t", "1s", "word"]
        for flag, expected in (("-h", "usage: "), ("--version", "remaphore "), ("-C", "server: ")):
            with self.subTest(flag=flag):
                process = self.command(flag, *others).expect_exit(OK)
                self.assertTrue(process.stdout.text.startswith(expected), process)
                self.assertEqual(process.stderr.data, b"")

    def test_help_and_version_need_no_config(self):
        for flag in ("--help", "--version"):
            self.command("-c", "/nonexistent/remaphore.conf", flag).expect_exit(OK)


class ExampleConfig(HubCase):
    def example(self, flag="-C"):
        process = self.command(flag).expect_exit(OK)
        self.assertEqual(process.stderr.data, b"")
        return process.stdout.text

    def test_it_has_the_known_placeholders(self):
        lines = [re.sub(r"\s+", " ", line.strip()) for line in self.example().splitlines()]
        for line in ("server: nats://natsserver:4222", "credentials: /path/to/credentials/file", "subject: remaphore",
                     "destination: all", "allow_skew: 5s"):
            self.assertIn(line, lines)
        self.assertTrue(any(re.fullmatch(r"(?i)\[ ?identities ?\]", line) for line in lines))
        self.assertTrue(any(re.fullmatch(r"(?i)\[ ?peers ?\]", line) for line in lines))

    def test_its_one_identity_is_a_key_pair_that_may_ping(self):
        text = self.example()
        found = re.findall(r"(?m)^([1-9A-HJ-NP-Za-km-z]{32,44})\s+([1-9A-HJ-NP-Za-km-z]{60,88})\s+\[ping\]\s*$", text)
        self.assertEqual(len(found), 1)
        public, secret = map(wire.base58_decode, found[0])
        self.assertEqual(len(secret), 64)
        identity = wire.Identity(secret[:32])
        self.assertEqual((secret[32:], public), (identity.public_bytes, identity.public_bytes))
        named = re.search(r"(?m)^default_identity:\s*(\S+)", text)
        self.assertTrue(named is None or named.group(1) == found[0][0], text)

    def test_its_peers_are_empty(self):
        tail = re.split(r"(?i)\[\s*peers\s*\]", self.example())[1]
        self.assertEqual([line for line in tail.splitlines() if line.strip() and not line.lstrip().startswith("#")], [])

    def test_every_call_makes_a_new_key_pair(self):
        self.assertNotEqual(self.example(), self.example("--example-config"))

    def test_with_a_server_and_credentials_filled_in_it_works(self):
        foreign = self.foreign().subscribe()
        text = self.example().replace("nats://natsserver:4222", self.hub().url)
        text = text.replace("/path/to/credentials/file", self.file("creds", self.hub().credentials, 0o600))
        text = re.sub(r"(?m)^subject:.*$", f"subject: {self.fleet.subject}", text)
        self.command("-c", self.file("conf", text, 0o600), "-s", "hi").expect_exit(OK)
        self.assertEqual(foreign.next().payload, b"hi")


class Modes(HubCase):
    def test_without_a_mode_it_receives(self):
        left, right = self.pair()
        process = self.listen(left, "-o")
        right.send(b"hi")
        process.expect_exit(OK)
        self.assertEqual(process.stdout.data, b"hi\n")

    def test_request_has_a_long_name(self):
        left, right = self.pair()
        right.subscribe()
        process = self.remaphore(left, "--request", "--timeout=200ms", "hi")
        self.assertTrue(right.next().reply_requested)
        process.expect_exit(NOTHING)

    def test_once_and_any_destination_have_long_names(self):
        left, right = self.pair()
        process = self.listen(left, "--once", "--any-destination")
        right.send(b"hi", destination="elsewhere")
        process.expect_exit(OK)

    def test_the_default_config_is_the_one_in_etc(self):
        if os.path.exists("/etc/remaphore/remaphore.conf"):
            self.skipTest("this machine has a config of its own")
        for mode in (["-s"], ["-r"], [], ["-s", "-c", ""]):
            self.assert_refused(self.command(*mode, "hi"), USAGE, "/etc/remaphore/remaphore.conf")

    def test_a_config_that_does_not_exist_is_named(self):
        path = self.path("absent.conf")
        self.assert_refused(self.command("-c", path, "-s", "hi"), USAGE, path)

    def test_usage_errors_come_before_the_config_is_missed(self):
        process = self.command("-c", self.path("absent.conf"), "-zz")
        self.assert_refused(process, USAGE, "zz")

    def test_a_server_that_is_not_there_is_no_usage_error(self):
        left = self.node()
        left.servers = ["nats://127.0.0.1:1"]
        self.assert_refused(self.remaphore(left, "-s", "-t", "200ms", "hi"), FAILURE)
