"""The config file: the vectors, every key, errors with file and line, warnings that do no harm."""

import os
import re
import time

from case import FAILURE, NOTHING, OK, USAGE, GoListener, HubCase, load_vectors

import wire

# Ed25519 points of small order and other encodings of them that no honest key has
LOW_ORDER = [
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
]


class ConfigCase(HubCase):
    def setUp(self):
        super().setUp()
        self.left, self.right = self.pair()
        self.right.subscribe()

    def check_works(self, *args):
        """The config is good: a message of the default identity comes out. The ended process."""
        process = self.send(self.left, *(args or ["hi"]))
        self.message = self.right.next()
        return process

    def check_silent(self):
        self.assertEqual(self.check_works().stderr.data, b"")

    def check_warns(self, *parts):
        process = self.check_works()
        self.assert_error_line(process, *parts)
        return process

    def check_error(self, part=None, *says):
        """Exit 2 as file:line: for the line that holds `part`."""
        process = self.remaphore(self.left, "-s", "hi")
        place = self.left.config + ":" + (f"{self.left.line_of(part)}:" if part is not None else "")
        self.assert_refused(process, USAGE, place, *says)
        self.assertRegex(process.stderr.text, re.escape(self.left.config) + r":\d+: ")
        for key, _ in self.left.identities:
            self.assertNotIn(key.secret, process.stderr.text)
        return process

    def edit(self, old, new):
        text = self.left.config_text()
        self.assertIn(old, text)
        self.left.text = text.replace(old, new)


class Vectors(ConfigCase):
    """Each vector with a server and credentials that exist in the place of its own, and without TLS files."""

    def fill_in(self, row):
        text = row["text"]
        if row["expect"] == "ok":
            text = text.replace("nats://natsserver:4222", self.hub().url)
            text = re.sub(r"(?m)^server: nats://a:4222,.*", "server: " + self.hub().url, text)
            url = self.hub().url
            go = url.replace("nats", "NATS"), url.replace("nats", "http"), url + "/path"
            text = re.sub(r"(?m)^server: NATS://a:1.*", lambda line: "server: " + ", ".join(go), text)
            text = re.sub(r"(?m)^tls_\w+:.*\n", "", text)
        return text.replace("/path/to/credentials/file", self.left.credentials)

    def test_every_good_config_can_send_as_its_default_identity(self):
        rows = [row for row in load_vectors("configs") if row["expect"] == "ok"]
        self.assertGreater(len(rows), 10)
        client = self.hub().client()
        self.addCleanup(client.close)
        client.subscribe("*.all")
        for row in rows:
            with self.subTest(name=row["name"]):
                self.left.text = self.fill_in(row)
                self.send(self.left, "hi")
                delivery = client.next()
                message = wire.decode(delivery.payload)
                self.assertTrue(message.holds())
                self.assertEqual(delivery.subject, row["subject"] + ".all")
                able = [identity["public_key"] for identity in row["identities"]
                        if "*" in identity["verbs"] or "ping" in identity["verbs"]]
                default = row["default_identity"]
                self.assertEqual(message.public, default if default in able else able[0])

    def test_every_good_config_can_listen(self):
        for row in (row for row in load_vectors("configs") if row["expect"] == "ok"):
            with self.subTest(name=row["name"]):
                self.left.text = self.fill_in(row)
                self.remaphore(self.left, "-t", "300ms").expect_exit(NOTHING)

    def test_every_bad_config_is_an_error_with_file_and_line(self):
        rows = [row for row in load_vectors("configs") if row["expect"] == "error"]
        self.assertGreater(len(rows), 5)
        for row in rows:
            with self.subTest(name=row["name"]):
                self.left.text = self.fill_in(row)
                process = self.remaphore(self.left, "-s", "hi")
                self.assert_refused(process, USAGE, self.left.config + ":")
                for secret in re.findall(r"(?m)^\w{32,44} (\w{80,90})\b", row["text"]):
                    self.assertNotIn(secret, process.stderr.text)


class Form(ConfigCase):
    def test_a_plain_config_gives_no_warning(self):
        self.check_silent()

    def test_comments_may_stand_anywhere(self):
        text = "# first\n" + "".join(line + " # of this line\n" for line in self.left.config_text().splitlines())
        self.left.text = text.replace("[ Identities ] # of this line", "   # indented\n\n[ Identities ]") + "#last"
        self.check_silent()

    def test_line_ends_may_be_crlf(self):
        self.left.text = self.left.config_text().replace("\n", "\r\n")
        self.check_silent()

    def test_any_run_of_blanks_separates(self):
        self.left.text = "".join(("  \t" + line.replace(" ", " \t  ")) + " \t\n"
                                 for line in self.left.config_text().splitlines())
        self.check_silent()

    def test_blanks_after_the_colon_are_not_needed(self):
        self.left.text = re.sub(r"(?m)^(\w+): ", r"\1:", self.left.config_text())
        self.check_silent()

    def test_sections_are_read_in_any_case_and_spacing(self):
        for identities, peers in (("[identities]", "[peers]"), ("[ IDENTITIES ]", "[PEERS]"),
                                  ("[Identities ]", "[ pEERS]")):
            with self.subTest(identities=identities):
                text = self.left.config_text()
                self.left.text = text.replace("[ Identities ]", identities).replace("[ Peers ]", peers)
                self.check_silent()
                self.left.text = None

    def test_verbs_are_lowercased(self):
        self.left.peers = [f"{self.right.destination} {self.right.public} [PING]"]
        listener = self.listen(self.left, "-o")
        self.right.send(b"hi", verb="ping")
        listener.expect_exit(OK)

    def test_an_identity_of_uppercase_verbs_sends_them_lowercased(self):
        self.left.identities = [(self.left.identity, "DEPLOY")]
        self.check_works("-v", "deploy", "hi")

    def test_blanks_inside_the_verbs_do_not_matter(self):
        self.left.identities = [(self.left.identity, ["ping", "deploy"])]
        self.edit("[ping,deploy]", "[ ping , deploy ]")
        self.check_works("-v", "deploy", "hi")

    def test_a_peer_without_verbs_may_send_nothing(self):
        self.left.peers = [f"{self.right.destination} {self.right.public} []"]
        listener = self.listen(self.left, "-t", "400ms")
        self.right.send(b"hi")
        listener.expect_exit(NOTHING)

    def test_the_peers_section_may_be_missing(self):
        self.left.text = self.left.config_text().split("[ Peers ]")[0]
        self.check_silent()

    def test_no_newline_at_the_end_is_fine(self):
        self.left.text = self.left.config_text().rstrip("\n")
        self.check_silent()

    def test_groups_may_stand_anywhere_among_the_sections(self):
        head, tail = self.left.config_text().split("[ Identities ]", 1)
        for name in ("[ Groups ]", "[groups]", "[GROUPS]"):
            self.left.text = f"{head}{name}\nweb com.a,@db # comment\n\ndb\tcom.db[1-3]\n[ Identities ]{tail}"
            self.check_silent()


class Keys(ConfigCase):
    def test_servers_may_repeat(self):
        self.left.servers = ["nats://127.0.0.1:1", "nats://127.0.0.1:2", self.hub().url]
        self.check_works()

    def test_a_server_line_may_hold_a_list(self):
        self.left.servers = [f"nats://127.0.0.1:1,{self.hub().url}"]
        self.check_works()

    def test_relative_credentials_are_looked_up_beside_the_config(self):
        self.left.settings["credentials"] = "nats.creds"
        self.check_works()

    def test_relative_credentials_are_looked_up_in_the_current_folder_next(self):
        self.file("here.creds", self.hub().credentials, 0o600)
        self.left.settings["credentials"] = "here.creds"
        self.check_works()

    def test_the_file_beside_the_config_goes_first(self):
        self.file("nats.creds", "junk", 0o600)
        self.left.settings["credentials"] = "nats.creds"
        self.check_works()

    def test_relative_credentials_that_are_nowhere_are_named(self):
        self.left.settings["credentials"] = "absent.creds"
        self.assert_refused(self.remaphore(self.left, "-s", "hi"), USAGE, "absent.creds")

    def test_a_config_may_be_named_relative_to_the_current_folder(self):
        self.left.settings["credentials"] = "nats.creds"
        folder, name = os.path.split(self.left.write())
        self.command("-c", name, "-s", "hi", cwd=folder).expect_exit(OK)
        self.command("-c", os.path.join(os.path.basename(folder), name), "-s", "hi",
                     cwd=os.path.dirname(folder)).expect_exit(OK)

    def test_an_absent_or_zero_skew_is_three_seconds(self):
        for skew in (None, "0", "0s"):
            with self.subTest(skew=skew):
                self.left.settings["allow_skew"] = skew
                listener = self.listen(self.left, "-o")
                now = time.time_ns()
                self.right.send(b"too old", time_ns=now - 4 * 10**9)
                self.right.send(b"too new", time_ns=now + 5 * 10**9)
                self.right.send(b"old", time_ns=now - 2 * 10**9)
                listener.expect_exit(OK)
                self.assertEqual(listener.stdout.data, b"old\n")

    def test_a_given_skew_is_kept(self):
        self.left.settings["allow_skew"] = "1m"
        listener = self.listen(self.left, "-o")
        self.right.send(b"too old", time_ns=time.time_ns() - 70 * 10**9)
        self.right.send(b"old", time_ns=time.time_ns() - 50 * 10**9)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"old\n")

    def test_binding_may_be_required_or_not(self):
        answering = self.foreign("com.go", kind=GoListener, payload=b"0,unbound")
        for word, code in (("no", OK), ("yes", NOTHING)):
            self.left.settings["require_bound_replies"] = word
            self.remaphore(self.left, "-r", "-D", answering.destination, "-t", "500ms", "hi").expect_exit(code)

    def test_a_subject_may_have_several_tokens(self):
        self.left.settings["subject"] = self.fleet.subject + ".deeper"
        client = self.hub().client()
        self.addCleanup(client.close)
        client.subscribe(self.fleet.subject + ".deeper.all")
        self.send(self.left, "hi")
        self.assertEqual(wire.decode(client.next().payload).payload, b"hi")


class Errors(ConfigCase):
    def test_each_required_key_is_missed_by_name(self):
        for key in ("server", "credentials", "destination"):
            with self.subTest(key=key):
                self.left.text = re.sub(rf"(?m)^{key}:.*\n", "", self.left.config_text())
                process = self.remaphore(self.left, "-s", "hi")
                self.assert_refused(process, USAGE, self.left.config, key)
                self.left.text = None

    def test_identities_are_required(self):
        self.left.text = re.sub(r"(?s)\[ Identities \].*", "", self.left.config_text())
        self.check_error(None, "identit")

    def test_an_empty_file_is_an_error(self):
        self.left.text = ""
        self.assert_refused(self.remaphore(self.left, "-s", "hi"), USAGE, self.left.config)

    def test_a_folder_is_no_config(self):
        self.assert_refused(self.command("-c", self.folder, "-s", "hi"), USAGE, self.folder)

    def test_a_malformed_identity_is_quoted_with_its_line(self):
        self.edit("[ Identities ]\n", "[ Identities ]\nabc def [ping]\n")
        self.check_error("abc def", "abc")

    def test_an_identity_without_verbs_is_an_error_without_its_key(self):
        self.left.text = re.sub(rf"(?m)^({self.left.public} \w+) \[.*\]$", r"\1", self.left.config_text())
        self.check_error(self.left.public + " ")

    def test_a_public_key_of_wrong_length_is_named_by_its_length(self):
        for size in (31, 33):
            with self.subTest(size=size):
                wrong = wire.base58_encode(b"\x07" * size)
                self.left.peers = [f"com.x {wrong} [*]"]
                process = self.check_error(wrong, f"{len(wrong)} characters not shown")
                self.assertNotIn(wrong, process.stderr.text)

    def test_no_piece_of_a_private_key_is_shown_whatever_field_it_is_in(self):
        identity = wire.Identity()
        secret = identity.secret
        pieces = (secret, secret[:60], secret[:44], secret[-44:], secret[:30], secret + "x",
                  secret.replace(secret[30], "0"))
        fields = ("server: {}", "server: nats://u:{}@h", "credentials: {}", "destination: {} x", "subject: a {}",
                  "allow_skew: {}",
                  "default_identity: {}", "tls_ca: {}", "tls_key: {}", "tls_first: {}", "announced_servers: {}",
                  "send_only: a {}",
                  "require_bound_replies: {}", "{}: x", "{}", "[ Identities ]\n{}", "[ Identities ]\n{} x [ping]",
                  "[ Identities ]\nx {} [ping]", f"[ Identities ]\n{identity.public} {{}} [ping]", "[ Peers ]\n{}",
                  "[ Peers ]\ncom.x {} [ping]", "[ Peers ]\ncom.x {}", "[ Groups ]\n{}", "[ Groups ]\nweb {}",
                  "[ Groups ]\n{} @x", f"[ Peers ]\ncom.x {identity.public} [{{}}")
        config = self.left.config_text()
        head, tail = config.split("[ Identities ]", 1)
        for field in fields:
            for piece in pieces:
                with self.subTest(field=field, size=len(piece)):
                    line = field.format(piece) + "\n"
                    self.left.text = head + line + "[ Identities ]" + tail
                    process = self.remaphore(self.left, "-s", "-t", "1s", "-D", "nobody", "hi")
                    process.wait_exit()
                    self.assertFalse([at for at in range(len(secret) - 7) if secret[at:at + 8] in process.stderr.text],
                                     process)
                    process.close()

    def test_a_faulty_group_is_named_with_its_line(self):
        for faulty, says in (("db_alone", "a group is NAME member,member"), ("web y", "already defined"),
                             ("db @none", 'no group "none"'),
                             ("db @db", "group db contains itself"), ("db x[1-999999999]", "more than 10000 names"),
                             ("db x y", "group db: not a pattern"), ("db !x", "group db: not a pattern")):
            with self.subTest(faulty):
                self.left.text = self.left.config_text() + f"[ Groups ]\nweb x\n{faulty}\nlast z\n"
                self.check_error(faulty, says)
                self.left.text = None

    def test_a_cycle_of_groups_is_named(self):
        self.left.groups = {"web": "x", "one": "@two", "two": "@three", "three": "@one"}
        self.check_error("one @two", "group one contains itself")

    def test_a_private_key_of_wrong_length_is_not_shown(self):
        wrong = wire.base58_encode(bytes(self.left.identity.signing))  # the seed alone
        self.edit(self.left.identity.secret, wrong)
        process = self.check_error(self.left.public + " " + wrong)
        self.assertNotIn(wrong, process.stderr.text)

    def test_a_private_key_with_a_bad_digit_is_not_shown(self):
        wrong = "0" + self.left.identity.secret[1:]
        self.edit(self.left.identity.secret, wrong)
        process = self.check_error(wrong)
        self.assertNotIn(wrong, process.stderr.text)
        self.assertNotIn(wrong[1:], process.stderr.text)

    def test_a_private_key_of_another_public_key_is_an_error(self):
        other = wire.Identity()
        self.edit(self.left.identity.secret, other.secret)
        process = self.check_error(other.secret, self.left.public)
        self.assertNotIn(other.secret, process.stderr.text)

    def test_a_private_key_whose_seed_makes_another_public_key_is_an_error(self):
        other = wire.Identity()
        mixed = wire.base58_encode(bytes(other.signing) + self.left.identity.public_bytes)
        self.edit(self.left.identity.secret, mixed)
        process = self.check_error(mixed)
        self.assertNotIn(mixed, process.stderr.text)

    def test_a_private_key_in_the_place_of_the_public_one_is_not_shown(self):
        secret = self.left.identity.secret
        self.edit(f"{self.left.public} {secret}", f"{secret} {self.left.public}")
        process = self.check_error(secret)
        self.assertNotIn(secret, process.stderr.text)

    def test_a_private_key_on_a_peer_line_is_not_shown(self):
        secret = wire.Identity().secret
        self.left.peers = [f"com.x {secret} [*]"]
        process = self.check_error("com.x")
        self.assertNotIn(secret, process.stderr.text)

    def test_a_low_order_key_is_refused(self):
        for point in LOW_ORDER:
            with self.subTest(point=point):
                key = wire.base58_encode(bytes.fromhex(point))
                self.left.peers = [f"com.x {key} [*]"]
                self.check_error(key)

    def test_a_malformed_peer_is_quoted_with_its_line(self):
        key = wire.Identity().public
        for line, offending in (("com.x", "com.x"), (f"com.x {key}", "com.x"), (f"com.x {key} ping", "ping"),
                                (f"com.x {key} [ping", "[ping"), ("com.x 0OIl [*]", "0OIl"),
                                (f"com.x {key} [*] more", "more")):
            with self.subTest(line=line):
                self.left.peers = [line]
                self.check_error(line, offending)

    def test_a_malformed_skew_is_quoted(self):
        for value in ("5", "soon", "5 s", "-1s"):
            with self.subTest(value=value):
                self.left.settings["allow_skew"] = value
                self.check_error("allow_skew", value)

    def test_a_malformed_default_identity_is_quoted(self):
        self.left.settings["default_identity"] = "xyz"
        self.check_error("default_identity", "xyz")

    def test_a_subject_that_is_no_token_is_quoted(self):
        for value in ("a b", "*", "a.>", "a..b", ".a"):
            with self.subTest(value=value):
                self.left.settings["subject"] = value
                self.check_error("subject:", value)

    def test_a_binding_that_is_neither_yes_nor_no_is_quoted(self):
        self.left.settings["require_bound_replies"] = "perhaps"
        self.check_error("require_bound_replies", "perhaps")

    def test_errors_are_the_same_in_every_mode(self):
        self.left.settings["allow_skew"] = "soon"
        for mode in (["-s"], ["-r"], [], ["-o"]):
            self.assert_refused(self.remaphore(self.left, *mode), USAGE, self.left.config + ":", "soon")


class Warnings(ConfigCase):
    """Deployed files have these, and still work."""

    def test_an_unknown_key_is_named(self):
        self.left.settings["colour"] = "blue"
        self.check_warns("colour")

    def test_an_unknown_section_is_named(self):
        self.left.text = self.left.config_text() + "[ Friends ]\nsomebody here\n"
        self.check_warns("friends")

    def test_keys_may_stand_below_an_unknown_section(self):
        self.left.text = "[ General ]\n" + self.left.config_text()
        self.check_warns(self.left.config + ":1", "general")

    def test_a_line_without_a_colon_is_reported(self):
        self.left.text = "what is this\n" + self.left.config_text()
        self.check_warns(self.left.config + ":1")

    def test_a_default_identity_that_is_none_of_ours_is_named(self):
        other = wire.Identity().public
        self.left.settings["default_identity"] = other
        self.check_warns("default_identity is not an identity of this file")
        self.assertEqual(self.message.public, self.left.public)

    def test_one_key_on_several_peer_lines_is_reported_and_the_first_verbs_count(self):
        self.left.peers = [f"com.one {self.right.public} [ping]", f"com.two {self.right.public} [deploy]"]
        self.check_warns(self.right.public)
        listener = self.listen(self.left)
        self.right.send(b"no", verb="deploy")
        self.right.send(b"yes", verb="ping")
        listener.stdout.wait_for("yes\n")
        self.assertEqual(listener.stdout.data, b"yes\n")

    def test_a_config_that_others_may_read_is_reported(self):
        self.left.write()
        os.chmod(self.left.config, 0o644)
        self.check_file_warns(self.left.config)

    def test_a_config_that_its_group_may_write_is_reported(self):
        self.left.write()
        os.chmod(self.left.config, 0o660)
        self.check_file_warns(self.left.config)

    def test_a_config_that_only_owner_and_group_read_is_fine(self):
        for mode in (0o600, 0o640, 0o400, 0o440):
            self.left.write()
            os.chmod(self.left.config, mode)
            process = self.command("-c", self.left.config, "-s", "hi").expect_exit(OK)
            self.assertEqual(process.stderr.data, b"")

    def check_file_warns(self, path):
        process = self.command("-c", self.left.config, "-s", "hi").expect_exit(OK)
        self.assert_error_line(process, path)

    def test_credentials_that_others_may_read_are_reported(self):
        self.left.write()
        os.chmod(self.left.credentials, 0o644)
        self.check_file_warns(self.left.credentials)

    def test_quiet_leaves_warnings_out(self):
        self.left.settings["colour"] = "blue"
        process = self.remaphore(self.left, "-s", "-q", "hi").expect_exit(OK)
        self.assertEqual(process.stderr.data, b"")

    def test_quiet_leaves_errors_in(self):
        self.left.settings["allow_skew"] = "soon"
        self.assert_refused(self.remaphore(self.left, "-s", "-q", "hi"), USAGE, "soon")
        self.left.settings["allow_skew"] = "5s"
        self.left.servers = ["nats://127.0.0.1:1"]
        self.assert_refused(self.remaphore(self.left, "-s", "-q", "-t", "200ms", "hi"), FAILURE)

    def test_a_warning_has_the_form_of_a_message(self):
        self.left.settings["colour"] = "blue"
        process = self.check_works()
        for line in process.stderr.lines:
            self.assertRegex(line, r"^remaphore: [^A-Z]")
