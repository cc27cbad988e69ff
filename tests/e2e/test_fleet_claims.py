"""`remaphore-fleet`: the promises about its files and the fleets that it makes, tested against a real server."""

import fcntl
import os
import re
import resource
import shlex
import shutil
import signal
import socket
import sys
import time

from case import NOTHING, OK, REMAPHORE_FLEET, USAGE, environment, mode_of, wait_until
from test_fleet import FleetCase, can_connect, free_port, snapshot

import nkeys
import wire
from nats_client import NatsClient, NatsError
from server import find_nats_server

YES, NO, NOTE = "\u2714 ", "\u2718 ", "\u00b7 "
# Those that the Go tool knows; of others it takes no notice (tests/vectors, "unknown-key").
GO_KEYS = {"server", "credentials", "subject", "default_identity", "destination", "allow_skew"}


class ClaimCase(FleetCase):
    def one_line(self, process, code, *parts):
        """Exactly one line of complaint that holds all of `parts`."""
        process.expect_exit(code)
        self.assertEqual(process.stdout.data, b"", process)
        self.assertRegex(process.stderr.text, r"\Aremaphore-fleet: [^A-Z][^\n]*\n\Z", process)
        for part in parts:
            self.assertIn(part, process.stderr.text)

    def hub_listens(self, port):
        hub = self.ready_hub()
        self.assertTrue(can_connect(port))
        return hub

    def user(self, destination):
        return nkeys.claims_of(nkeys.parse_credentials(self.read("nodes", destination, "nats.creds"))[0])["sub"]

    def edit(self, destination, old, new):
        text = self.read("nodes", destination, "remaphore.conf")
        self.assertIn(old, text)
        with open(self.conf(destination), "w") as file:
            file.write(text.replace(old, new, 1))

    def mint(self, destination, **options):
        """Other credentials for a node, signed by the fleet's own account."""
        account = nkeys.KeyPair.from_seed(self.read("secrets", "account.seed").strip())
        with open(self.creds(destination), "w") as file:
            file.write(nkeys.Authority().user(issuer=account, **options).credentials)

    def hears(self, sender, receiver="com.b"):
        """A message goes from node to node."""
        listener = self.as_node(receiver, "-o").wait_ready()
        self.as_node(sender, "-s", "hi").expect_exit(OK)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"hi\n")


class Places(ClaimCase):
    """Where the server listens and where the nodes find it."""

    def test_the_server_listens_on_its_own_address_whatever_the_nodes_call_it(self):
        other = free_port()
        self.url = f"nats://localhost:{self.port}"
        self.init("--listen", f"127.0.0.1:{other}", "com.a", "com.b")
        self.hub_listens(other)
        self.assertFalse(can_connect(self.port))
        self.as_node("com.a", "-s", "-t", "500ms", "hi").expect_exit(3)
        self.edit("com.a", f":{self.port}", f":{other}")
        self.as_node("com.a", "-s", "hi").expect_exit(OK)

    def test_a_server_by_name_listens_on_all_addresses(self):
        self.url = f"nats://hub.example:{self.port}"
        self.init("com.a")
        self.hub_listens(self.port)
        for address in ("127.0.0.1", "127.0.0.2"):
            socket.create_connection((address, self.port), timeout=5).close()

    def test_a_server_by_address_listens_on_that_alone(self):
        self.init("com.a")
        self.hub_listens(self.port)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.2", self.port), timeout=5)

    def test_nodes_use_the_servers_that_answer(self):
        dead = free_port()
        self.tool("init", self.dir, "--server", f"nats://127.0.0.1:{dead}", "--server", self.url, "--listen",
                  f"127.0.0.1:{self.port}", "com.a", "com.b").expect_exit(OK)
        self.tool("hub", self.dir)  # the first of two: it waits for the other, and is usable meanwhile
        wait_until(lambda: can_connect(self.port), "the hub listens")
        self.hears("com.a")
        shown = self.tool("check", self.conf("com.a")).expect_exit(1).stdout.lines
        self.assertEqual([line for line in shown if line.startswith(NO) and f"127.0.0.1:{dead}" in line],
                         [line for line in shown if line.startswith(NO)])
        self.assertIn(f"{YES}127.0.0.1:{self.port} permits publishing to remaphore.*", shown)

    def test_another_subject_is_another_permission(self):
        self.init("--subject", "fleet7", "com.a", "com.b")
        self.hub_listens(self.port)
        self.hears("com.a")
        client = NatsClient(self.url, self.read("nodes", "com.a", "nats.creds"))
        self.addCleanup(client.close)
        with self.assertRaisesRegex(NatsError, "(?i)permissions violation"):
            client.subscribe("remaphore.all")


class Mixed(ClaimCase):
    def test_configs_hold_only_what_the_go_tool_reads(self):
        second = f"nats://127.0.0.1:{free_port()}"
        self.init("--mixed", "--prefix", "/etc/remaphore", "--server", second, "com.a", "com.b=*")
        for name in ("com.a", "com.b"):
            text = re.sub(r"#.*", "", self.read("nodes", name, "remaphore.conf"))
            self.assertTrue(text.isascii())
            settings, identities, peers = re.split(r"(?m)^\[ (?:Identities|Peers) \]$", text)
            keys = [line.split(":")[0] for line in settings.splitlines() if line.strip()]
            self.assertLessEqual(set(keys), GO_KEYS | {"send_only"})
            self.assertEqual(len(keys), len(set(keys)), "no reader has to know that keys may repeat")
            self.assertIn(f"server: {self.url},{second}\n", settings)
            self.assertIn("credentials: /etc/remaphore/nats.creds\n", settings)
            self.assertIn("allow_skew: 5s\n", settings)
            self.assertRegex(identities.strip(), r"\A\w{32,44} \w{80,90} \[(ping|\*)\]\Z")
            self.assertRegex(peers.strip(), r"\Acom\.fleet \w{32,44} \[roster\]\ncom\.[ab] \w{32,44} \[(ping|\*)\]\Z")

    def test_without_mixed_they_require_bound_replies(self):
        self.init("com.a")
        settings = self.read("nodes", "com.a", "remaphore.conf").split("[ Identities ]")[0]
        self.assertEqual(set(re.findall(r"(?m)^(\w+):", settings)), GO_KEYS | {"require_bound_replies", "send_only"})

    def answer_of_a_go_node(self, code):
        """com.b is a Go node: it answers com.a, and cannot bind its answer."""
        self.hub_listens(self.port)
        (public, secret, _), = self.section("com.b", "Identities")
        identity = wire.Identity(wire.base58_decode(secret)[:32])
        client = NatsClient(self.url, self.read("nodes", "com.b", "nats.creds"))
        self.addCleanup(client.close)
        client.subscribe("remaphore.all")
        process = self.as_node("com.a", "-r", "-t", "2s", "hi")
        request = wire.decode(client.next().payload)
        client.publish(wire.reply_subject("remaphore", request),
                       wire.build_reply(identity, request, b"0,from Go", uuid=os.urandom(12)))
        client.flush()
        return process.expect_exit(code)

    def test_an_answer_that_is_not_bound_counts(self):
        self.init("--mixed", "com.a=*", "com.b=*")
        self.assertEqual(self.answer_of_a_go_node(OK).stdout.data, b"com.b,0,from Go\n")

    def test_an_answer_that_is_not_bound_does_not_count_in_other_fleets(self):
        self.init("com.a=*", "com.b=*")
        process = self.answer_of_a_go_node(NOTHING)
        self.assertEqual(process.stdout.data, b"")
        self.assertIn("require_bound_replies", process.stderr.text)


class OwnKey(ClaimCase):
    def test_a_node_that_made_its_own_key_joins_without_showing_it(self):
        self.init("com.a=*", "com.b=*")
        self.hub_listens(self.port)
        text = self.tool("keygen", "net.own").expect_exit(OK).stdout.text
        identity = re.search(r"(?m)^(\w{32,44}) (\w{80,90}) \[.*\]$", text)
        self.tool("add", self.dir, "net.own=*", "--public-key", identity.group(1)).expect_exit(OK)
        for folder, _, names in os.walk(self.dir):
            for name in names:
                try:
                    with open(os.path.join(folder, name), errors="replace") as file:
                        self.assertNotIn(identity.group(2), file.read())
                except FileNotFoundError:
                    pass  # the running server's, removed meanwhile
        self.as_node("net.own", "-s", "hi").expect_exit(USAGE)  # no identity yet
        self.edit("net.own", "[ Identities ]\n", f"[ Identities ]\n{identity.group(1)} {identity.group(2)} [*]\n")
        self.hears("net.own")

    def test_the_key_belongs_to_one_node_only(self):
        own = wire.Identity().public
        self.init("com.a")
        self.one_line(self.tool("add", self.dir, "com.b", "com.c", "--public-key", own), USAGE, "--public-key")
        self.tool("add", self.dir, "com.b", "--public-key", own).expect_exit(OK)
        self.one_line(self.tool("add", self.dir, "com.c", "--public-key", own), USAGE, "com.b")


class Revoked(ClaimCase):
    def setUp(self):
        super().setUp()
        self.init("com.a=*", "com.b=*", "com.gone=*")

    def reload(self, hub):
        before = hub.stderr.text.count("Reloaded")
        hub.signal(signal.SIGHUP)
        wait_until(lambda: hub.stderr.text.count("Reloaded") > before, lambda: f"the server reloaded: {hub}")

    def test_after_a_reload_it_is_thrown_out_and_refused_and_the_others_are_not(self):
        hub = self.hub_listens(self.port)
        credentials = self.read("nodes", "com.gone", "nats.creds")
        connected = NatsClient(self.url, credentials)
        self.addCleanup(connected.close)
        connected.flush()
        listener = self.as_node("com.b").wait_ready()
        self.tool("revoke", self.dir, "com.gone").expect_exit(OK)
        connected.flush()  # not before the reload
        self.reload(hub)
        with self.assertRaises((NatsError, OSError)):
            for _ in range(100):
                connected.flush()
        with self.assertRaises(NatsError):
            NatsClient(self.url, credentials)
        self.as_node("com.a", "-s", "still here").expect_exit(OK)
        listener.stdout.wait_for("still here\n")
        said = listener.stderr.wait_for("was read again").decode()
        self.assertEqual(said, f"Ready\nremaphore: {self.conf('com.b')} was read again: 2 peers\n")  # and no lost link

    def test_it_is_no_longer_a_peer(self):
        self.hub_listens(self.port)
        (_, secret, _), = self.section("com.gone", "Identities")
        gone = wire.Identity(wire.base58_decode(secret)[:32])
        self.tool("revoke", self.dir, "com.gone").expect_exit(OK)
        listener = self.as_node("com.b", "--verbose").wait_ready()
        other = NatsClient(self.url, self.read("nodes", "com.a", "nats.creds"))  # whoever brings it to the server
        self.addCleanup(other.close)
        other.publish("remaphore.all", wire.build(gone, b"let me in"))
        other.flush()
        listener.stderr.wait_for("its key belongs to no configured peer")
        self.as_node("com.a", "-s", "a peer").expect_exit(OK)
        listener.stdout.wait_for("a peer\n")
        self.assertEqual(listener.stdout.data, b"a peer\n")
        process = self.as_node("com.a", "-r", "-t", "500ms").expect_exit(OK)
        self.assertNotIn("com.gone", process.stderr.text)

    def test_its_own_check_reports_it(self):
        hub = self.hub_listens(self.port)
        self.tool("revoke", self.dir, "com.gone").expect_exit(OK)
        self.reload(hub)
        process = self.tool("check", os.path.join(self.dir, "revoked", "com.gone", "remaphore.conf")).expect_exit(1)
        failed, = (line for line in process.stdout.lines if line.startswith(NO))
        self.assertIn("was this node revoked", failed)

    def test_the_output_names_each_file_to_copy_and_the_reload(self):
        said = self.tool("revoke", self.dir, "com.gone").expect_exit(OK).stdout.text
        for part in (self.conf("com.a"), self.conf("com.b"), os.path.join(self.dir, "hub", "nats-server.conf"),
                     os.path.join(self.dir, "revoked", "com.gone"), "reload"):
            self.assertIn(part, said)

    def test_a_second_node_of_the_name_keeps_its_own_folder_and_user(self):
        self.tool("revoke", self.dir, "com.gone").expect_exit(OK)
        self.tool("add", self.dir, "com.gone").expect_exit(OK)
        self.tool("revoke", self.dir, "com.gone").expect_exit(OK)
        self.assertEqual(sorted(os.listdir(os.path.join(self.dir, "revoked"))), ["com.gone", "com.gone.2"])
        rows = [line.split() for line in self.read("roster").splitlines() if line.startswith("com.gone ")]
        self.assertEqual(len({row[2] for row in rows}), 2)
        for row in rows:
            self.assertRegex(row[4], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")

    def test_one_of_several_that_is_unknown_revokes_none(self):
        before = snapshot(self.dir)
        self.one_line(self.tool("revoke", self.dir, "com.gone", "com.unknown"), USAGE, "com.unknown")
        self.assertEqual(snapshot(self.dir), before)


class RevokedFromABrokenFleet(ClaimCase):
    """The server shuts the node out whatever state the others' folders are in; these are named."""

    def setUp(self):
        super().setUp()
        self.init("com.a", "com.b", "com.gone")
        self.gone = self.user("com.gone")

    def revoke_names(self, *parts):
        process = self.tool("revoke", self.dir, "com.gone").expect_exit(1)
        for part in parts:
            self.assertIn(part, process.stderr.text)
        self.assert_revoked()

    def assert_revoked(self):
        tokens = re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", self.read("hub", "nats-server.conf"))
        self.assertTrue(any(self.gone in nkeys.claims_of(token)["nats"].get("revocations", {}) for token in tokens))
        row, = (line.split() for line in self.read("roster").splitlines() if line.startswith("com.gone "))
        self.assertNotEqual(row[4], "-")

    def peers(self, name):
        return [peer[0] for peer in self.others(name)]

    def test_a_node_s_folder_that_is_missing(self):
        shutil.rmtree(os.path.join(self.dir, "nodes", "com.a"))
        self.revoke_names(self.conf("com.a"), "again")
        self.assertEqual(self.peers("com.b"), ["com.a"])
        self.assertFalse(os.path.exists(self.conf("com.gone")))

    def test_a_config_without_its_marked_block(self):
        self.edit("com.a", "# begin generated", "# began generated")
        self.revoke_names(self.conf("com.a"))
        self.assertEqual(self.peers("com.b"), ["com.a"])

    def test_a_config_that_cannot_be_rewritten(self):
        with open(self.conf("com.a"), "a") as file:
            file.write("# a long story\n" * 5000)
        process = self.tool("revoke", self.dir, "com.gone", preexec=NothingIsHalfWritten.full_after(20000))
        process.expect_exit(1)
        self.assertIn(self.conf("com.a"), process.stderr.text)
        self.assert_revoked()
        self.assertEqual(self.peers("com.b"), ["com.a"])

    def test_all_nodes_kept_elsewhere(self):
        os.rename(os.path.join(self.dir, "nodes"), self.path("nodes"))
        self.revoke_names(self.conf("com.a"), self.conf("com.b"))

    def test_once_mended_it_is_done_by_the_same_command(self):
        self.edit("com.a", "# begin generated", "# began generated")
        self.revoke_names(self.conf("com.a"))
        self.edit("com.a", "# began generated", "# begin generated")
        self.tool("revoke", self.dir, "com.gone").expect_exit(OK)
        self.assertEqual(self.peers("com.a"), ["com.b"])
        self.assert_revoked()
        self.one_line(self.tool("revoke", self.dir, "com.gone"), USAGE, "com.gone was already revoked")


class Locking(ClaimCase):
    def test_a_read_only_user_does_not_hold_up_others(self):
        self.init("com.a", "com.b")
        os.chmod(self.folder, 0o755)
        place = f"import fcntl, os, sys\nfor folder, folders, files in os.walk({self.dir!r}):\n" \
                "    for path in [folder] + [os.path.join(folder, name) for name in files]:\n" \
                "        try: fcntl.flock(os.open(path, os.O_RDONLY), fcntl.LOCK_EX)\n" \
                "        except PermissionError: pass\n" \
                "print('held', flush=True)\nsys.stdin.read()\n"
        read_end, write_end = os.pipe()
        self.addCleanup(os.close, write_end)
        nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] if os.geteuid() == 0 else []
        if not nobody:
            self.skipTest("only root can be somebody else")
        holder = self.start(*nobody, sys.executable, "-IS", "-c", place, stdin=read_end, cwd="/")
        os.close(read_end)
        holder.stdout.wait_for("held\n")
        self.tool("add", self.dir, "com.c").expect_exit(OK)
        self.tool("revoke", self.dir, "com.b").expect_exit(OK)

    def test_two_changes_at_a_time_are_refused(self):
        self.init("com.a", "com.b")
        lock = os.open(os.path.join(self.dir, "secrets"), os.O_RDONLY)
        self.addCleanup(os.close, lock)
        fcntl.flock(lock, fcntl.LOCK_EX)
        self.one_line(self.tool("add", self.dir, "com.c"), USAGE, "is being changed by another remaphore-fleet")


class RevokedKeys(ClaimCase):
    def test_a_revoked_key_is_not_admitted_again_under_whatever_name(self):
        self.init("com.a", "com.b")
        key = wire.Identity().public
        self.tool("add", self.dir, "com.gone", "--public-key", key).expect_exit(OK)
        self.tool("revoke", self.dir, "com.gone").expect_exit(OK)
        before = snapshot(self.dir)
        for name in ("com.gone", "com.other"):
            with self.subTest(name=name):
                self.one_line(self.tool("add", self.dir, name, "--public-key", key), USAGE, "revoked, as com.gone")
                self.assertEqual(snapshot(self.dir), before)


class NextSteps(ClaimCase):
    """The printed next steps can be pasted into a shell."""

    def words_of(self, line):
        return shlex.split(line, comments=True)

    def test_whatever_the_folder_and_the_nodes_are_called(self):
        for folder in ("my fleet", "it's", "a;b", "$(x)", "*"):
            for node in ("com.a;b", "com.a&b"):
                with self.subTest(folder=folder, node=node):
                    path = os.path.join(self.path("next"), folder)
                    os.mkdir(self.path("next"))
                    said = self.tool("init", path, "--server", self.url, node).expect_exit(OK).stdout.lines
                    hub, copy = said[said.index("next:") + 1:]
                    self.assertEqual(self.words_of(hub), ["remaphore-fleet", "hub", path])
                    self.assertEqual(self.words_of(copy),
                                     ["scp", f"{path}/nodes/{node}/*", f"root@{node}:/etc/remaphore/"])
                    shutil.rmtree(self.path("next"))


class Added(ClaimCase):
    def test_it_works_on_a_server_that_was_never_touched(self):
        self.init("com.a=*", "com.b=*")
        hub = self.hub_listens(self.port)
        before = hub.stderr.data
        self.tool("add", self.dir, "net.c=*").expect_exit(OK)
        self.hears("net.c")
        self.hears("com.a", receiver="net.c")
        self.assertNotIn(b"eload", hub.stderr.data[len(before):])

    def test_it_may_do_what_its_verbs_and_the_subjects_require(self):
        self.init("com.a=*", "com.b=*")
        self.hub_listens(self.port)
        self.tool("add", self.dir, "net.c=deploy").expect_exit(OK)
        listener = self.as_node("com.b", "-o").wait_ready()
        self.as_node("net.c", "-s", "-v", "rollback", "no").expect_exit(USAGE)
        self.as_node("net.c", "-s", "-v", "deploy", "yes").expect_exit(OK)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"yes\n")
        client = NatsClient(self.url, self.read("nodes", "net.c", "nats.creds"))
        self.addCleanup(client.close)
        with self.assertRaisesRegex(NatsError, "(?i)permissions violation"):
            client.subscribe(">")


class Checked(ClaimCase):
    def setUp(self):
        super().setUp()
        self.init("com.a=*", "com.b=*")
        self.hub = self.hub_listens(self.port)

    def failed(self, code=1):
        lines = self.tool("check", self.conf("com.a")).expect_exit(code).stdout.lines
        for line in lines:
            self.assertIn(line[:2], (YES, NO, NOTE))
        return [line for line in lines if line.startswith(NO)]

    def test_credentials_about_to_expire_are_reported(self):
        self.mint("com.a", publish=["remaphore.*"], subscribe=["remaphore.*"], expires=time.time() + 5 * 86400)
        lines = self.tool("check", self.conf("com.a")).expect_exit(OK).stdout.lines
        self.assertEqual(sum(bool(re.search(r"expire in [45] days$", line)) for line in lines), 1, lines)

    def test_expired_ones_are_named_with_the_remedy(self):
        self.mint("com.a", publish=["remaphore.*"], subscribe=["remaphore.*"], expires=time.time() - 7200)
        expired, refused = self.failed()
        self.assertRegex(expired, r"expired 2h ago; ask ")
        self.assertIn(f"127.0.0.1:{self.port}", refused)

    def test_a_subscription_or_a_publication_that_is_denied_is_named(self):
        for rights, part in ((dict(publish=["remaphore.*"], subscribe=["other"]), "ubscription"),
                             (dict(publish=["other"], subscribe=["remaphore.*"]), "ublish")):
            with self.subTest(part=part):
                self.mint("com.a", **rights)
                line, = self.failed()
                self.assertIn(part, line)
                self.assertIn("; is `subject` the same", line)

    def test_each_failure_names_the_remedy(self):
        (public, secret, _), = self.section("com.a", "Identities")
        config, credentials = self.conf("com.a"), self.creds("com.a")
        kept = {path: open(path).read() for path in (config, credentials)}
        for name, spoil, advice in (
                ("open config", lambda: os.chmod(config, 0o644),
                 "remaphore.conf: is readable by others (mode 0644); run chmod 640"),
                ("open credentials", lambda: os.chmod(credentials, 0o644),
                 "nats.creds: is readable by others (mode 0644); run chmod 640"),
                ("no credentials", lambda: os.unlink(credentials),
                 "; ask the administrator of the fleet for a new nats.creds"),
                ("no key pair", lambda: self.edit("com.a", f"{public} {secret}", f"{public} {wire.Identity().secret}"),
                 "; see remaphore.conf(5)"),
                ("no server", lambda: self.edit("com.a", self.url, f"nats://127.0.0.1:{free_port()}"),
                 "; is the server running, and can this node reach it?")):
            with self.subTest(name):
                spoil()
                line, = self.failed()
                self.assertIn(advice, line)
            for path, content in kept.items():
                with open(path, "w") as file:
                    file.write(content)
                os.chmod(path, 0o640)
        self.tool("check", config).expect_exit(OK)

    def test_a_server_of_another_fleet_refuses(self):
        other = free_port()
        self.tool("init", self.path("other"), "--server", f"nats://127.0.0.1:{other}", "com.x").expect_exit(OK)
        shutil.copy(os.path.join(self.path("other"), "nodes", "com.x", "nats.creds"), self.creds("com.a"))
        line, = self.failed()
        self.assertIn("another fleet's server?", line)

    def test_a_config_that_is_not_there_is_a_failed_point(self):
        process = self.tool("check", self.path("absent.conf")).expect_exit(1)
        self.assertEqual(len(process.stdout.lines), 1)
        self.assertIn("absent.conf", process.stdout.text)


class NothingIsOverwritten(ClaimCase):
    def test_init_leaves_a_folder_with_anything_in_it_alone(self):
        os.mkdir(self.dir)
        with open(os.path.join(self.dir, "mine"), "w") as file:
            file.write("mine")
        self.one_line(self.init("com.a", code=USAGE), USAGE, self.dir)
        self.assertEqual(os.listdir(self.dir), ["mine"])
        self.assertEqual([name for name in os.listdir(self.folder) if name != "fleet"], [])

    def test_init_leaves_a_file_of_that_name_alone(self):
        with open(self.dir, "w") as file:
            file.write("mine")
        self.one_line(self.init("com.a", code=USAGE), USAGE, self.dir)
        with open(self.dir) as file:
            self.assertEqual(file.read(), "mine")

    def test_add_leaves_a_folder_that_is_not_in_the_roster_alone(self):
        self.init("com.a")
        os.mkdir(os.path.join(self.dir, "nodes", "com.b"))
        before = snapshot(self.dir)
        self.one_line(self.tool("add", self.dir, "com.b"), USAGE, "com.b")
        self.assertEqual(snapshot(self.dir), before)

    def test_a_config_without_its_marked_block_stops_add(self):
        self.init("com.a", "com.b")
        self.edit("com.a", "# begin generated", "# began generated")
        before = snapshot(self.dir)
        self.one_line(self.tool("add", self.dir, "com.c"), USAGE, self.conf("com.a"))
        self.assertEqual(snapshot(self.dir), before)

    def test_owner_and_mode_of_a_rewritten_config_stay(self):
        self.init("com.a", "com.b")
        os.chmod(self.conf("com.a"), 0o600)
        self.tool("add", self.dir, "com.c").expect_exit(OK)
        self.assertEqual(mode_of(self.conf("com.a")), 0o600)


class NothingIsHalfWritten(ClaimCase):
    """Files cannot grow beyond some bytes, as on a full disk."""

    @staticmethod
    def full_after(size):
        return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    def test_init_leaves_nothing(self):
        for size in (0, 30, 100, 500):
            with self.subTest(size=size):
                process = self.tool("init", self.dir, "--server", self.url, "com.a", "com.b",
                                    preexec=self.full_after(size))
                self.one_line(process, 3, "File too large")
                self.assertEqual(os.listdir(self.folder), [])

    def test_add_and_revoke_leave_all_as_it_was(self):
        self.init("com.a", "com.b")
        before = snapshot(self.dir)
        for words in (["add", self.dir, "com.c"], ["revoke", self.dir, "com.b"]):
            for size in (0, 30, 300):
                with self.subTest(words=words, size=size):
                    self.one_line(self.tool(*words, preexec=self.full_after(size)), 3, "File too large")
                    self.assertEqual(snapshot(self.dir), before)

    def test_add_leaves_no_new_folder_when_another_node_s_config_cannot_be_rewritten(self):
        self.init("com.a", "com.b")
        with open(self.conf("com.b"), "a") as file:
            file.write("# a long story\n" * 5000)
        before = snapshot(self.dir)
        process = self.tool("add", self.dir, "com.c", "com.d", preexec=self.full_after(20000))
        self.one_line(process, 3, "File too large")
        self.assertEqual(snapshot(self.dir), before)

    def begun(self, *words):
        """A command that has begun to write."""
        process = self.tool(*words)
        wait_until(lambda: process.returncode is not None or self.half_made(), "it began")
        return process

    def half_made(self):
        return [name for _, folders, names in os.walk(self.folder) for name in folders + names if ".tmp-" in name]

    def test_init_that_is_interrupted_leaves_a_whole_fleet_or_nothing(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number=number):
                process = self.begun("init", self.dir, "--server", self.url, *(f"com.node{i}" for i in range(200)))
                process.signal(number)
                self.assertIn(process.wait_exit(), (-number, OK), process)
                self.assertIn(os.listdir(self.folder), ([], ["fleet"]))
                if os.path.exists(self.dir):
                    self.assertEqual(self.read("roster").count("com.node"), 200)
                    shutil.rmtree(self.dir)

    def test_add_and_revoke_that_are_interrupted_do_all_of_it(self):
        self.init(*(f"com.node{i}" for i in range(50)))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for word in ("add", "revoke"):
                with self.subTest(number=number, word=word):
                    process = self.begun(word, self.dir, "com.new")
                    process.signal(number)
                    self.assertIn(process.wait_exit(), (-number, OK), process)
                    self.assertEqual(self.half_made(), [])
                    self.assertEqual(os.path.exists(self.conf("com.new")), word == "add")
                    self.assertEqual([peer[0] for peer in self.section("com.node7", "Peers")].count("com.new"),
                                     word == "add")
                    rows = [line.split() for line in self.read("roster").splitlines() if line.startswith("com.new ")]
                    self.assertEqual(rows[-1][4] == "-", word == "add", rows)

    def test_init_that_is_killed_leaves_a_whole_fleet_or_none(self):
        for number in range(12):
            directory = self.path(f"fleet{number}")
            process = self.tool("init", directory, "--server", self.url, *(f"com.node{i}" for i in range(200)))
            wait_until(lambda: process.returncode is not None or
                       any(f"fleet{number}" in name for name in os.listdir(self.folder)), "it began")
            process.signal(signal.SIGKILL)
            process.wait_exit()
            if os.path.exists(directory):
                self.assertEqual(len(os.listdir(os.path.join(directory, "nodes"))), 200)
                self.tool("check", os.path.join(directory, "nodes", "com.node7", "remaphore.conf")).wait_exit()
                self.tool("add", directory, "com.later").expect_exit(OK)


class BadPlaces(ClaimCase):
    """One clear line, exit 2."""

    def plainly(self, *words):
        """Runs without CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""
        without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--inh-caps=-all"]
        return self.start(*(without if os.geteuid() == 0 else []), REMAPHORE_FLEET, *words)

    def test_without_the_server_program(self):
        self.init("com.a")
        for words in (["hub", self.dir], ["demo"]):
            with self.subTest(words=words):
                process = self.tool(*words, env=environment(PATH="/nonexistent"))
                self.assertEqual(process.wait_exit(), USAGE, process)
                self.assertRegex(process.stderr.text,
                                 r"\Aremaphore-fleet: nats-server is not installed: [^\n]*apt install "
                                                      r"nats-server\n\Z")

    def test_a_folder_that_is_not_there(self):
        for words in (["hub"], ["add", "com.x"], ["revoke", "com.x"]):
            with self.subTest(words=words):
                self.one_line(self.tool(words[0], self.path("absent"), *words[1:]), USAGE, self.path("absent"))
        process = self.tool("init", self.path("absent/fleet"), "--server", self.url, "com.a")
        self.one_line(process, USAGE, self.path("absent"))

    def test_a_folder_that_may_not_be_read(self):
        self.init("com.a")
        for closed in (self.dir, os.path.join(self.dir, "hub"), os.path.join(self.dir, "secrets")):
            for words in (["hub"], ["add", "com.x"], ["revoke", "com.a"]):
                if (closed.endswith("hub") and words[0] == "add") or (closed.endswith("secrets") and words[0] == "hub"):
                    continue  # which need nothing there
                with self.subTest(closed=closed, words=words):
                    before = mode_of(closed)
                    os.chmod(closed, 0)
                    process = self.plainly(words[0], self.dir, *words[1:])
                    try:
                        self.one_line(process, USAGE, closed, "ermission denied")
                    finally:
                        os.chmod(closed, before)

    def test_a_folder_that_may_not_be_written(self):
        os.mkdir(self.path("closed"), 0o555)
        os.chmod(self.path("closed"), 0o555)
        self.one_line(self.plainly("init", self.path("closed/fleet"), "--server", self.url, "com.a"), USAGE,
                      self.path("closed"), "ermission denied")
        self.init("com.a")
        nodes = os.path.join(self.dir, "nodes")
        os.chmod(nodes, 0o555)
        self.addCleanup(os.chmod, nodes, 0o750)
        before = snapshot(self.dir)
        for words in (["add", self.dir, "com.b"], ["revoke", self.dir, "com.a"]):
            with self.subTest(words=words):
                self.one_line(self.plainly(*words), USAGE, nodes, "ermission denied")
                self.assertEqual(snapshot(self.dir), before)

    def test_a_file_in_the_place_of_the_folder(self):
        path = self.file("file", "text")
        for words in (["hub"], ["add", "com.x"], ["revoke", "com.x"]):
            with self.subTest(words=words):
                self.one_line(self.tool(words[0], path, *words[1:]), USAGE, path)

    def test_values_that_cannot_be(self):
        for option, values in {"--server": ["", "ftp://x", "nats://", "nats://u:p@h", "nats://h:70000"],
                               "--listen": ["x", "h:", "h:0", "h:99999", "nats://h:1"],
                               "--subject": ["a b", "a..b", "*", ">", "$SYS", ".", ""],
                               "--prefix": ["etc", "", "/a b"]}.items():
            for value in values:
                with self.subTest(option=option, value=value):
                    words = ["--server", self.url] if option != "--server" else []
                    self.one_line(self.tool("init", self.dir, *words, option, value, "com.a"), USAGE)
                    self.assertFalse(os.path.exists(self.dir))

    def test_a_port_that_another_server_has_is_reported_with_the_server_and_the_remedy(self):
        config = self.file("other.conf", f"listen: 127.0.0.1:{self.port}\n")
        other = self.start(find_nats_server(), "-c", config)
        other.stderr.wait_for("Server is ready")
        self.init("com.a")
        process = self.tool("hub", self.dir)
        self.assertGreater(process.wait_exit(), 0)
        for part in (f"127.0.0.1:{self.port}", "nats-server", str(other.pid), "systemctl disable --now nats-server"):
            self.assertIn(part, process.stderr.text)
        self.assertEqual(len(process.stderr.lines), 1)
