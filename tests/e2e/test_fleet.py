"""`remaphore-fleet`: init, keygen, hub and demo; a fleet from nothing that works."""

import os
import re
import shutil
import signal
import socket

from case import OK, REMAPHORE_FLEET, ROOT, USAGE, HubCase, environment, mode_of, wait_until

import nkeys
import wire
from nats_client import NatsClient, NatsError
from process import children_of, is_alive
from server import find_nats_server


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class FleetCase(HubCase):
    def setUp(self):
        super().setUp()
        self.dir = self.path("fleet")
        self.port = free_port()
        self.url = f"nats://127.0.0.1:{self.port}"

    def tool(self, *args, **options):
        return self.start(REMAPHORE_FLEET, *args, **options)

    def init(self, *args, code=OK, dir=None):
        return self.tool("init", dir or self.dir, "--server", self.url, *args).expect_exit(code)

    def conf(self, destination):
        return os.path.join(self.dir, "nodes", destination, "remaphore.conf")

    def creds(self, destination):
        return os.path.join(self.dir, "nodes", destination, "nats.creds")

    def read(self, *parts):
        with open(os.path.join(self.dir, *parts)) as file:
            return file.read()

    def start_hub(self):
        return self.ready_hub()

    def ready_hub(self, **options):
        hub = self.tool("hub", self.dir, **options)
        wait_until(lambda: hub.returncode is not None or b"Ready\n" in hub.stderr.data,
                   lambda: f"the hub is ready: {hub}")
        self.assertIsNone(hub.returncode, hub)
        return hub

    def as_node(self, destination, *args):
        return self.command("-c", self.conf(destination), *args)

    def section(self, destination, name):
        text = re.sub(r"#.*", "", self.read("nodes", destination, "remaphore.conf"))
        part = re.split(rf"(?i)\[\s*{name}\s*\]", text)[1].split("[ ")[0]
        part = re.split(r"(?m)^\[\s*\w+\s*\]\s*$", part)[0]
        return [line.split() for line in part.splitlines() if line.strip()]

    def others(self, destination):
        """The lines of its peers, without that of the fleet itself, which is in every config."""
        peers = self.section(destination, "Peers")
        own = [line for line in peers if line[2:] == ["[roster]"]]
        self.assertEqual(len(own), 1, peers)
        self.assertIn(own[0][0], self.setting(destination, "send_only")[0].split(","))
        return [line for line in peers if line not in own]

    def setting(self, destination, key):
        return re.findall(rf"(?m)^{key}:\s*(.*?)\s*$", self.read("nodes", destination, "remaphore.conf"))


def can_connect(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


class Init(FleetCase):
    def test_it_makes_the_files_of_a_fleet(self):
        self.init("com.a", "com.b", "net.c")
        for path in ("hub/nats-server.conf", "roster", "secrets"):
            self.assertTrue(os.path.exists(os.path.join(self.dir, path)), path)
        self.assertEqual(sorted(os.listdir(os.path.join(self.dir, "nodes"))), ["com.a", "com.b", "net.c"])
        for name in ("com.a", "com.b", "net.c"):
            self.assertEqual(sorted(os.listdir(os.path.join(self.dir, "nodes", name))),
                             ["nats.creds", "remaphore.conf"])

    def test_files_are_readable_by_their_intended_users_only(self):
        self.init("com.a", "com.b")
        for name in ("com.a", "com.b"):
            self.assertEqual((mode_of(self.conf(name)), mode_of(self.creds(name))), (0o640, 0o640))
        secrets = os.path.join(self.dir, "secrets")
        self.assertEqual(mode_of(secrets) & 0o077, 0)
        names = os.listdir(secrets)
        self.assertGreaterEqual(len(names), 2)
        for name in names:
            self.assertEqual(mode_of(os.path.join(secrets, name)), 0o600)

    def test_modes_do_not_depend_on_the_umask(self):
        for mask in (0o000, 0o077):
            directory = self.path(f"fleet-{mask:o}")
            self.tool("init", directory, "--server", self.url, "com.a", preexec=lambda: os.umask(mask)).expect_exit(OK)
            modes = {os.path.relpath(path, directory): mode_of(path) for path in snapshot(directory)}
            self.assertEqual(modes,
                             {"roster": 0o644, "hub/nats-server.conf": 0o644, "nodes/com.a/remaphore.conf": 0o640,
                              "nodes/com.a/nats.creds": 0o640, "secrets/operator.seed": 0o600,
                              "secrets/account.seed": 0o600, "secrets/system.seed": 0o600,
                              "secrets/fleet.key": 0o600})

    def test_each_config_lists_all_other_nodes_and_never_itself(self):
        names = ["com.a", "com.b", "net.c"]
        self.init(*names)
        publics = {}
        for name in names:
            (public, secret, _), = self.section(name, "Identities")
            identity = wire.Identity(wire.base58_decode(secret)[:32])
            self.assertEqual((identity.public, identity.secret), (public, secret))
            publics[name] = public
        for name in names:
            peers = {line[0]: line[1] for line in self.others(name)}
            self.assertEqual(peers, {other: publics[other] for other in names if other != name})

    def test_a_node_may_ping_by_default(self):
        self.init("com.a", "com.b=deploy,ping", "com.c=*")
        verbs = {line[0]: "".join(line[2:]) for line in self.others("com.a")}
        self.assertEqual(verbs, {"com.b": "[deploy,ping]", "com.c": "[*]"})
        self.assertEqual({"".join(line[2:]) for line in self.section("com.b", "Identities")}, {"[deploy,ping]"})
        self.assertEqual({"".join(line[2:]) for line in self.section("com.a", "Identities")}, {"[ping]"})

    def test_the_settings_are_those_asked_for(self):
        second = f"nats://localhost:{self.port}"
        self.init("--server", second, "--subject", "fleet7", "com.a", "com.b")
        servers = [part.strip() for value in self.setting("com.a", "server") for part in value.split(",")]
        self.assertEqual(servers, [self.url, second])
        self.assertEqual(self.setting("com.a", "subject"), ["fleet7"])
        self.assertEqual(self.setting("com.a", "destination"), ["com.a"])

    def test_bound_replies_are_required_unless_the_fleet_is_mixed(self):
        self.init("com.a", "com.b")
        self.assertEqual(self.setting("com.a", "require_bound_replies"), ["yes"])
        self.dir = self.path("mixed")
        self.init("--mixed", "com.a", "com.b")
        self.assertNotIn("yes", self.setting("com.a", "require_bound_replies"))

    def test_credentials_are_relative_to_the_config(self):
        self.init("com.a", "com.b")
        self.assertEqual(self.setting("com.a", "credentials"), ["nats.creds"])

    def test_a_prefix_makes_them_absolute(self):
        self.init("--prefix", "/etc/remaphore", "com.a", "com.b")
        self.assertEqual(self.setting("com.a", "credentials"), ["/etc/remaphore/nats.creds"])

    def test_the_roster_names_every_node_and_no_private_key(self):
        self.init("com.a", "com.b=deploy")
        roster = self.read("roster")
        for name in ("com.a", "com.b"):
            line, = (line for line in roster.splitlines() if name in line.split())
            (public, secret, _), = self.section(name, "Identities")
            user = nkeys.claims_of(nkeys.parse_credentials(self.read("nodes", name, "nats.creds"))[0])["sub"]
            self.assertIn(public, line)
            self.assertIn(user, line)
            self.assertNotIn(secret, roster)
        self.assertIn("deploy", roster)
        self.assertNotRegex(roster, r"\bS[UAO][A-Z2-7]{56}\b")

    def test_secrets_stay_out_of_the_folders_to_copy(self):
        self.init("com.a", "com.b")
        seeds = set()
        for folder, _, names in os.walk(os.path.join(self.dir, "secrets")):
            for name in names:
                seeds |= set(re.findall(r"\bS[AO][A-Z2-7]{56}\b", open(os.path.join(folder, name)).read()))
        self.assertGreaterEqual(len(seeds), 2)
        for part in ("hub", "nodes"):
            for folder, _, names in os.walk(os.path.join(self.dir, part)):
                for name in names:
                    text = open(os.path.join(folder, name)).read()
                    self.assertFalse([seed for seed in seeds if seed in text], name)
        (_, secret, _), = self.section("com.a", "Identities")
        self.assertNotIn(secret, self.read("nodes", "com.b", "remaphore.conf"))

    def test_secrets_are_the_seeds_of_the_operator_and_the_accounts_that_the_server_knows(self):
        self.init("com.a")
        config = self.read("hub", "nats-server.conf")
        operator = nkeys.claims_of(re.search(r"(?m)^operator: (\S+)$", config).group(1))
        accounts = dict(re.findall(r"(?m)^\s+(A[A-Z2-7]{55}): (\S+)$", config))
        seeds = {name: nkeys.KeyPair.from_seed(self.read("secrets", name + ".seed").strip())
                 for name in ("operator", "account", "system")}
        self.assertEqual((seeds["operator"].kind, seeds["operator"].public), ("operator", operator["sub"]))
        self.assertEqual({seeds["account"].public, seeds["system"].public}, set(accounts))
        self.assertEqual(seeds["system"].public, operator["nats"]["system_account"])
        for token in accounts.values():
            self.assertEqual(nkeys.claims_of(token)["iss"], operator["sub"])

    def test_tokens_are_signed_and_of_one_account(self):
        self.init("com.a", "com.b")
        issuers = set()
        for name in ("com.a", "com.b"):
            token, seed = nkeys.parse_credentials(self.read("nodes", name, "nats.creds"))
            nkeys.verify_token(token)
            claims = nkeys.claims_of(token)
            self.assertEqual(claims["sub"], nkeys.KeyPair.from_seed(seed).public)
            issuers.add(claims["nats"].get("issuer_account") or claims["iss"])
        self.assertEqual(len(issuers), 1)
        self.assertIn(issuers.pop(), self.read("hub", "nats-server.conf"))

    def test_the_server_accepts_its_config(self):
        self.init("com.a", "com.b")
        done = self.start(find_nats_server(), "-t", "-c", os.path.join(self.dir, "hub", "nats-server.conf"))
        done.expect_exit(0)

    def test_the_server_listens_where_it_was_asked_to(self):
        self.init("--listen", "127.0.0.1:4567", "com.a")
        self.assertRegex(self.read("hub", "nats-server.conf"), r'(?m)^\s*listen\s*[:=]\s*"?127\.0\.0\.1:4567"?')

    def test_the_server_listens_on_the_address_of_the_first_server(self):
        self.init("com.a")
        self.assertRegex(self.read("hub", "nats-server.conf"), rf'(?m)^\s*listen\s*[:=]\s*"?127\.0\.0\.1:{self.port}"?')

    def test_the_server_listens_everywhere_when_the_first_server_is_a_name(self):
        self.tool("init", self.dir, "--server", "nats://hub.example:4333", "com.a").expect_exit(OK)
        text = self.read("hub", "nats-server.conf")
        self.assertRegex(text, r'(?m)^\s*(listen|port)\s*[:=]\s*"?(0\.0\.0\.0:|\[::\]:|:)?4333"?\s*(#.*)?$')
        self.assertNotIn("hub.example:4333\"", re.sub(r"#.*", "", text))

    def test_an_existing_fleet_is_left_alone(self):
        self.init("com.a")
        before = snapshot(self.dir)
        process = self.init("com.b", code=USAGE)
        self.assert_fleet_error(process, self.dir)
        self.assertEqual(snapshot(self.dir), before)

    def test_a_node_named_twice_is_a_usage_error(self):
        self.assert_fleet_error(self.init("com.a", "com.a", code=USAGE), "com.a")
        self.assertFalse(os.path.exists(self.conf("com.a")))

    def test_names_that_cannot_be_destinations_are_usage_errors(self):
        for name in ("com.*", "../evil", "a b", "a,b", "", "a/b", "a#b", "a\nb", "=ping", "."):
            with self.subTest(name=name):
                self.assert_fleet_error(self.init(name, code=USAGE))
                self.assertFalse(os.path.exists(self.path("evil")))

    def test_without_a_server_or_nodes_it_is_a_usage_error(self):
        self.assert_fleet_error(self.tool("init", self.dir, "com.a").expect_exit(USAGE))
        self.assert_fleet_error(self.tool("init", self.dir, "--server", self.url).expect_exit(USAGE))

    def test_an_address_to_listen_on_is_none_to_connect_to(self):
        for host in ("0.0.0.0", "[::]", "0"):
            process = self.tool("init", self.dir, "--server", f"nats://{host}:4222", "com.a",
                                "com.b").expect_exit(USAGE)
            self.assert_fleet_error(process)
            self.assertIn("to listen on", process.stderr.text)
            self.assertFalse(os.path.exists(self.dir))
        self.assert_fleet_error(self.tool("init").expect_exit(USAGE))

    def test_no_half_made_file_is_left(self):
        self.init("com.a", "com.b")
        for folder, _, names in os.walk(self.dir):
            for name in names:
                self.assertRegex(name, r"^[^.~][^~]*$", os.path.join(folder, name))
                self.assertFalse(name.endswith((".tmp", ".new", ".part")), name)

    def assert_fleet_error(self, process, *parts):
        self.assertRegex(process.stderr.text, r"(?m)^remaphore-fleet: [^A-Z]", process)
        for part in parts:
            self.assertIn(part, process.stderr.text)


def snapshot(directory):
    return {os.path.join(folder, name): open(os.path.join(folder, name), "rb").read()
            for folder, _, names in os.walk(directory) for name in names}


class AWorkingFleet(FleetCase):
    def setUp(self):
        super().setUp()
        self.init("com.a=*", "com.b=*", "net.c")
        self.running = self.start_hub()

    def test_a_message_goes_from_node_to_node(self):
        listener = self.as_node("com.b", "-o").wait_ready()
        self.as_node("com.a", "-s", "hi").expect_exit(OK)
        listener.expect_exit(OK)
        self.assertEqual((listener.stdout.data, listener.stderr.data), (b"hi\n", b"Ready\n"))

    def test_a_request_is_answered_by_all_others(self):
        for name in ("com.b", "net.c"):
            self.as_node(name, "/bin/echo", name).wait_ready()
        process = self.as_node("com.a", "-r", "-t", "10s", "hi").expect_exit(OK)
        self.assertEqual(sorted(process.stdout.lines), ["com.b,0,com.b ping hi", "net.c,0,net.c ping hi"])
        self.assertEqual(process.stderr.data, b"")

    def test_a_verb_that_was_not_given_cannot_be_sent(self):
        self.as_node("net.c", "-s", "-v", "deploy", "hi").expect_exit(USAGE)

    def test_a_nodes_folder_works_wherever_it_is_copied(self):
        copy = self.path("copied")
        shutil.copytree(os.path.join(self.dir, "nodes", "com.a"), copy)
        self.command("-c", os.path.join(copy, "remaphore.conf"), "-s", "hi", cwd="/").expect_exit(OK)

    def client(self, name):
        client = NatsClient(self.url, self.read("nodes", name, "nats.creds"))
        self.addCleanup(client.close)
        return client

    def test_a_user_may_use_the_subjects_of_the_fleet(self):
        client = self.client("com.a")
        client.subscribe("remaphore.all")
        client.subscribe("remaphore." + "0" * 64)
        client.publish("remaphore.all", b"x")
        client.publish("remaphore." + "0" * 64, b"x")
        client.flush()
        self.assertEqual(len(client.pending()), 2)

    def test_a_user_may_use_no_other_subject(self):
        for subject in ("elsewhere", "remaphore", "remaphore.a.b", "$SYS.REQ.SERVER.PING"):
            with self.subTest(publish=subject):
                client = self.client("com.a")
                client.publish(subject, b"x")
                with self.assertRaisesRegex(NatsError, "(?i)permissions violation"):
                    client.flush()
        for subject in (">", "*", "elsewhere", "remaphore", "_INBOX.>", "$SYS.>"):
            with self.subTest(subscribe=subject):
                with self.assertRaisesRegex(NatsError, "(?i)permissions violation"):
                    self.client("com.a").subscribe(subject)

    def claims(self, name):
        return nkeys.claims_of(nkeys.parse_credentials(self.read("nodes", name, "nats.creds"))[0])

    def test_a_users_token_grants_one_level_of_the_subject_what_is_kept_and_its_inbox_and_nothing_else(self):
        for name in ("com.a", "net.c"):
            claims = self.claims(name)
            inbox = "_INBOX." + claims["sub"] + ".*"
            own = ["remaphore.*", "remaphore.lock.>"]
            api = [f"$JS.API.STREAM.{what}.{stream}" for stream in ("REMAPHORE", "REMAPHORE_LOCKS")
                   for what in ("INFO", "MSG.GET")]
            self.assertEqual(claims["nats"], {"pub": {"allow": own + api}, "sub": {"allow": own + [inbox]}, "subs": -1,
                                              "data": -1, "payload": -1, "type": "user", "version": 2})

    def test_an_inbox_is_its_users_alone(self):
        inbox = "_INBOX." + self.claims("com.a")["sub"]
        self.client("com.a").subscribe(inbox + ".*")
        self.client("com.a").subscribe(inbox + ".1")
        for subject in (inbox + ".*", inbox + ".1", inbox + ".>", "_INBOX.*.*"):
            with self.subTest(subject=subject):
                with self.assertRaisesRegex(NatsError, "(?i)permissions violation"):
                    self.client("net.c").subscribe(subject)

    def test_the_hub_runs_in_the_foreground_until_it_is_stopped(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number=number):
                hub = self.running
                family = [hub.pid, *children_of(hub.pid)]
                hub.signal(number)
                hub.wait_exit(within=15)
                wait_until(lambda: not any(map(is_alive, family)), "nothing of the hub lives on")
                self.assertFalse(can_connect(self.port))
                self.running = self.start_hub()


class Hub(FleetCase):
    def test_without_the_server_program_the_package_is_named(self):
        self.init("com.a")
        process = self.tool("hub", self.dir, env=environment(PATH="/nonexistent"))
        if process.wait_exit(within=5) == 0:
            self.fail(process)
        self.assertIn("nats-server", process.stderr.text)
        self.assertRegex(process.stderr.text, r"(?i)apt|package")

    def test_a_port_that_is_taken_is_reported(self):
        self.init("com.a")
        with socket.create_server(("127.0.0.1", self.port)):
            process = self.tool("hub", self.dir)
            self.assertGreater(process.wait_exit(within=10), 0)
        self.assertIn(str(self.port), process.stderr.text)
        self.assertRegex(process.stderr.text, r"(?m)^remaphore-fleet: [^A-Z]")

    def test_a_folder_that_is_no_fleet_is_an_error(self):
        process = self.tool("hub", self.path("nothing"))
        self.assertGreater(process.wait_exit(within=5), 0)
        self.assertIn(self.path("nothing"), process.stderr.text)


class Keygen(FleetCase):
    def test_it_prints_an_identity_line(self):
        process = self.tool("keygen").expect_exit(OK)
        found = re.findall(r"(?m)^([1-9A-HJ-NP-Za-km-z]{32,44})\s+([1-9A-HJ-NP-Za-km-z]{80,88})\s+\[.*\]$",
                           process.stdout.text)
        self.assertEqual(len(found), 1, process)
        identity = wire.Identity(wire.base58_decode(found[0][1])[:32])
        self.assertEqual((identity.public, identity.secret), found[0])

    def test_given_a_destination_it_prints_the_peer_line_too(self):
        process = self.tool("keygen", "com.a").expect_exit(OK)
        public = re.search(r"(?m)^(\w{32,44})\s+\w{80,88}\s+\[", process.stdout.text).group(1)
        self.assertRegex(process.stdout.text, rf"(?m)^com\.a\s+{public}\s+\[.*\]$")

    def test_every_key_is_new(self):
        self.assertNotEqual(self.tool("keygen").expect_exit(OK).stdout.data,
                            self.tool("keygen").expect_exit(OK).stdout.data)

    def test_the_lines_work_in_a_config(self):
        text = self.tool("keygen", "com.new").expect_exit(OK).stdout.text
        own = re.search(r"(?m)^(\w{32,44})\s+(\w{80,88})\s+(\[.*\])$", text)
        peer = re.search(r"(?m)^com\.new\s+.*$", text).group(0)
        left, right = self.node("com.left"), self.node("com.new")
        right.identity = wire.Identity(wire.base58_decode(own.group(2))[:32])
        right.text = right.config_text().replace(right.identities[0][0].public, own.group(1)) \
            .replace(right.identities[0][0].secret, own.group(2))
        left.peers = [peer]
        listener = self.listen(left, "-o")
        self.send(right, "hi")
        listener.expect_exit(OK)


class Demo(FleetCase):
    def test_it_shows_the_example_live_and_leaves_nothing(self):
        temporary = self.path("tmp")
        os.mkdir(temporary)
        process = self.tool("demo", env=environment(TMPDIR=temporary)).expect_exit(OK, within=30)
        self.assertIn("upload_done", process.stdout.text)
        self.assertIn("Ready", process.stdout.text + process.stderr.text)
        self.assertRegex(process.stdout.text, r"(?m)remaphore .*-s")
        self.assertRegex(process.stdout.text, r"(?m)remaphore .*-r")
        self.assertGreaterEqual(len(re.findall(r"(?m)^[\w.]+,0,", process.stdout.text)), 2)
        self.assertLess(process.seconds, 15)
        self.assertEqual((os.listdir(temporary), working_in(temporary)), ([], []))
        self.assertEqual(offspring_of(process.pid), [])

    def test_its_server_has_a_random_port_of_the_loopback(self):
        shown = [self.tool("demo").expect_exit(OK, within=30).stdout.text for _ in range(3)]
        ports = [re.search(r"(?m)^hub\$ remaphore-fleet init \w+ --server nats://127\.0\.0\.1:(\d+) ", text).group(1)
                 for text in shown]
        for text, port in zip(shown, ports):
            self.assertIn(f"server listens on 127.0.0.1:{port}\n", text)
        self.assertGreater(len(set(ports)), 1, ports)

    def test_it_prints_the_examples_of_the_readme(self):
        with open(os.path.join(ROOT, "README.md"), encoding="utf-8") as file:
            examples = re.findall(r"^```\n(.*?)^```$", file.read(), re.M | re.S)[:4]
        shown = self.tool("demo").expect_exit(OK, within=30).stdout.text
        for example in examples:
            if "uploader$" not in example:
                self.assertIn(example, shown)
                continue
            commands, answers = re.fullmatch(r"(.*^uploader\$ [^\n]*\n)(.*)", example, re.M | re.S).groups()
            self.assertIn(commands, shown)
            self.assertEqual(sorted(shown.split(commands)[1].splitlines()[:answers.count("\n")]),
                             sorted(answers.splitlines()))

    def test_interrupted_at_any_line_it_leaves_nothing_either(self):
        temporary = self.path("tmp")
        os.mkdir(temporary)
        for number, line in ((signal.SIGINT, "A fleet of"), (signal.SIGTERM, "hub fleet"), (signal.SIGHUP, "is ready"),
                             (signal.SIGINT, "Ready"), (signal.SIGTERM, "-s -u"), (signal.SIGHUP, "left downloads"),
                             (signal.SIGINT, "-r hello")):
            with self.subTest(number=number, line=line):
                process = self.tool("demo", env=environment(TMPDIR=temporary))
                process.stdout.wait_for(line)
                process.signal(number)
                self.assertEqual(process.wait_exit(within=10), -number, process)
                self.assertEqual((os.listdir(temporary), working_in(temporary)), ([], []))

    def test_it_needs_neither_input_nor_home_nor_a_language(self):
        temporary = self.path("a place")
        os.mkdir(temporary)
        process = self.tool("demo", env={"PATH": os.environ["PATH"], "TMPDIR": temporary}, preexec=lambda: os.close(0))
        process.expect_exit(OK, within=30)
        self.assertEqual((os.listdir(temporary), working_in(temporary)), ([], []))

    def test_without_a_reader_it_leaves_nothing(self):
        temporary = self.path("tmp")
        os.mkdir(temporary)
        for line in (0, 6):
            reader, writer = os.pipe()
            process = self.tool("demo", env=environment(TMPDIR=temporary), stdout=writer)
            os.close(writer)
            with os.fdopen(reader) as shown:
                for _ in range(line):
                    shown.readline()
            self.assertEqual(process.wait_exit(within=10), 3, process)
            self.assertIn("cannot write to standard output", process.stderr.text)
            self.assertEqual((os.listdir(temporary), working_in(temporary)), ([], []))

    def test_a_place_that_cannot_be_used_is_named(self):
        process = self.tool("demo", env=environment(TMPDIR=self.path("absent"))).expect_exit(USAGE)
        self.assertRegex(process.stderr.text, r"\Aremaphore-fleet: [^\n]*\n\Z")
        self.assertIn(self.path("absent"), process.stderr.text)

    def test_without_the_server_program_the_package_is_named(self):
        process = self.tool("demo", env=environment(PATH="/nonexistent"))
        self.assertGreater(process.wait_exit(within=10), 0)
        self.assertIn("nats-server", process.stderr.text)


def working_in(folder):
    """Processes whose working directory is there, even if it is gone."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{entry}/cwd").startswith(folder):
                found.append(int(entry))
        except OSError:
            continue
    return found


def offspring_of(pid):
    """Processes that still say they were started by `pid`, by their process group."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[2]) == pid or int(fields[1]) == pid:
                found.append(int(entry))
    return found


class CommandLine(FleetCase):
    def test_help_names_every_command(self):
        process = self.tool("--help").expect_exit(OK)
        for name in ("init", "add", "revoke", "check", "keygen", "hub", "provision", "demo"):
            self.assertIn(name, process.stdout.text)

    def test_version_is_one_line(self):
        self.assertRegex(self.tool("--version").expect_exit(OK).stdout.text, r"\Aremaphore-fleet \d+\.\d+\.\d+\n\Z")

    def test_an_unknown_command_is_named(self):
        process = self.tool("frobnicate").expect_exit(USAGE)
        self.assertIn("frobnicate", process.stderr.text)

    def test_no_command_is_a_usage_error(self):
        process = self.tool().expect_exit(USAGE)
        self.assertEqual(process.stdout.data, b"")

    def test_the_device_that_is_full_is_an_error(self):
        with open("/dev/full", "wb") as full:
            self.assertGreater(self.tool("keygen", stdout=full).wait_exit(), 0)
