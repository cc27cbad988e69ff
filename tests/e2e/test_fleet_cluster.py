"""`remaphore-fleet`: a fleet with several servers, and one that moves to others. Real servers on loopback."""

import json
import os
import random
import re
import shlex
import shutil
import signal
import socket

from case import FAILURE, OK, USAGE, mode_of, wait_until
from test_fleet import FleetCase, snapshot
from test_fleet_tls import openssl

import nkeys
from fake_server import FakeServer
from nats_client import NatsClient
from process import children_of
from server import find_nats_server
from streams import Api

YES, NO, NOTE = "\u2714 ", "\u2718 ", "\u00b7 "
TO_ROUTES = 2000


def free_ports(count):
    """Ports that are free, and free for routes 2000 above; below those of outgoing connections."""
    found = []
    while len(found) < count:
        port = random.randrange(20000, 30000)
        try:
            for one in (port, port + TO_ROUTES):
                socket.create_server(("127.0.0.1", one)).close()
        except OSError:
            continue
        if not {port, port - TO_ROUTES, port + TO_ROUTES} & set(found):
            found.append(port)
    return found


class ClusterCase(FleetCase):
    nodes = ("com.a=*", "com.b=*")
    servers = 3

    def setUp(self):
        super().setUp()
        self.ports = free_ports(3)
        self.urls = [f"nats://127.0.0.1:{port}" for port in self.ports]
        self.port, self.url = self.ports[0], self.urls[0]
        if self.servers:
            self.make(self.servers)

    def options(self, count):
        return [word for url in self.urls[:count] for word in ("--server", url)]

    def make(self, count, *args):
        return self.tool("init", self.dir, *self.options(count), *args, *self.nodes).expect_exit(OK)

    def config(self, number):
        return os.path.join(self.dir, "hub", "nats-server.conf" if number == 1 else f"nats-server-{number}.conf")

    def text(self, number):
        with open(self.config(number)) as file:
            return file.read()

    def start_server(self, number):
        return self.tool("hub", self.dir, "--server", str(number))

    def await_ready(self, hub):
        wait_until(lambda: hub.returncode is not None or b"\nReady\n" in hub.stderr.data, lambda: f"ready: {hub}",
                   within=60)
        self.assertIsNone(hub.returncode, hub)
        return hub

    def start_all(self, count=3):
        hubs = [self.start_server(number) for number in range(1, count + 1)]
        return [self.await_ready(hub) for hub in hubs]

    def kill(self, hub):
        """The server itself; `hub` ends with it."""
        server, = children_of(hub.pid)
        os.kill(server, signal.SIGKILL)
        self.assertEqual(hub.wait_exit(), 128 + signal.SIGKILL)

    def use_only(self, name, number):
        """The node knows this server alone."""
        with open(self.conf(name)) as file:
            text = file.read()
        with open(self.conf(name), "w") as file:
            file.write(re.sub(r"(?m)^server: .*$", f"server: {self.urls[number - 1]}\nannounced_servers: no", text))

    def credentials(self, name="com.a"):
        return self.read("nodes", name, "nats.creds")

    def api(self, number=1, name="com.a"):
        credentials = self.credentials(name)
        user = nkeys.claims_of(nkeys.parse_credentials(credentials)[0])["sub"]
        client = NatsClient(self.urls[number - 1], credentials)
        self.addCleanup(client.close)
        return Api(client, f"_INBOX.{user}")

    def password(self):
        return re.search(r'password: "(\w+)"', self.text(1)).group(1)

    def check(self, code=OK, name="com.a"):
        return self.tool("check", self.conf(name)).expect_exit(code).stdout.lines


class Configs(ClusterCase):
    def test_each_server_has_its_own_with_a_name_and_routes_to_the_others(self):
        for number in (1, 2, 3):
            text = self.text(number)
            self.assertIn(f'\nlisten: "127.0.0.1:{self.ports[number - 1]}"\n', text)
            self.assertIn(f'\nserver_name: "remaphore-{number}"\n', text)
            self.assertIn('\n  name: "remaphore"\n', text)
            self.assertIn(f"\n  port: {self.ports[number - 1] + TO_ROUTES}\n", text)
            others = [port + TO_ROUTES for port in self.ports if port != self.ports[number - 1]]
            self.assertEqual(re.findall(r'"nats-route://fleet:\w{64}@127\.0\.0\.1:(\d+)"', text),
                             list(map(str, others)))

    def test_the_server_program_accepts_them(self):
        for number in (1, 2, 3):
            self.start(find_nats_server(), "-t", "-c", self.config(number)).expect_exit(0)

    def test_the_password_of_the_routes_is_for_the_servers_alone(self):
        password = self.password()
        for number in (1, 2, 3):
            self.assertEqual(mode_of(self.config(number)), 0o640)
        for path, data in snapshot(self.dir).items():
            if "/hub/" not in path:
                self.assertNotIn(password.encode(), data, path)
        self.dir = self.path("other")
        self.make(3)
        self.assertNotEqual(self.password(), password)

    def test_the_next_steps_name_the_machine_for_each(self):
        self.dir = self.path("other fleet")
        said = self.make(3).stdout.text
        self.assertIn("servers listen on " + ", ".join(f"127.0.0.1:{port}" for port in self.ports), said)
        for number in (1, 2, 3):
            line, = (line for line in said.splitlines() if f"--server {number}" in line)
            self.assertEqual(shlex.split(line, comments=True),
                             ["remaphore-fleet", "hub", self.dir, "--server", str(number)])

    def test_two_servers_draw_a_warning(self):
        self.dir = self.path("two")
        self.assertIn("only while both run", self.make(2).stdout.text)
        self.assertEqual(sorted(name for name in os.listdir(os.path.join(self.dir, "hub")) if name.endswith(".conf")),
                         ["nats-server-2.conf", "nats-server.conf"])

    def test_one_server_is_no_cluster(self):
        self.dir = self.path("one")
        self.make(1)
        self.assertNotIn("cluster", self.text(1))
        self.assertEqual(mode_of(self.config(1)), 0o644)

    def test_each_may_listen_elsewhere_than_the_nodes_look_for_it(self):
        self.dir = self.path("other")
        self.make(3, "--listen", "127.0.0.1:4001", "--listen", "127.0.0.2:4002")
        listeners = [re.search(r'(?m)^listen: "(.*)"$', self.text(number)).group(1) for number in (1, 2, 3)]
        self.assertEqual(listeners, ["127.0.0.1:4001", "127.0.0.2:4002", f"127.0.0.1:{self.ports[2]}"])
        self.assertIn("@127.0.0.1:6002", self.text(1))

    def test_impossible_values_are_usage_errors(self):
        for words, part in ((["--listen", "127.0.0.1:1"] * 4, "more --listen than --server"),
                            (["--server", "nats://0.0.0.0:4222"], "with --listen"),
                            (["--server", "nats://127.0.0.1"] * 9, "at most 9 servers")):
            with self.subTest(words=words):
                process = self.tool("init", self.path("x"), *self.options(3), *words, "com.a").expect_exit(USAGE)
                self.assertIn(part, process.stderr.text)
        for number in ("0", "x", "11", ""):
            self.assertIn("--server", self.tool("hub", self.dir, f"--server={number}").expect_exit(USAGE).stderr.text
                          + "--server" * (number != ""))
        self.assertIn("nats-server-4.conf", self.tool("hub", self.dir, "--server", "4").expect_exit(USAGE).stderr.text)

    def test_a_port_for_routes_that_is_taken_is_reported(self):
        with socket.create_server(("127.0.0.1", self.ports[0] + TO_ROUTES)):
            process = self.start_server(1).expect_exit(FAILURE)
        self.assertIn(f"127.0.0.1:{self.ports[0] + TO_ROUTES} is taken", process.stderr.text)
        self.assertIn("`port` of the cluster", process.stderr.text)

    def test_a_revoked_node_is_shut_out_at_all_servers(self):
        user = nkeys.claims_of(nkeys.parse_credentials(self.credentials("com.b"))[0])["sub"]
        said = self.tool("revoke", self.dir, "com.b").expect_exit(OK).stdout.text
        for number in (1, 2, 3):
            tokens = re.findall(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", self.text(number))
            self.assertTrue(any(user in nkeys.claims_of(token)["nats"].get("revocations", {}) for token in tokens))
            self.assertIn(f"  {self.config(number)}\n", said)


class Running(ClusterCase):
    slow = True

    def test_streams_have_as_many_copies_as_there_are_servers(self):
        hubs = self.start_all()
        for stream in ("REMAPHORE", "REMAPHORE_LOCKS"):
            info = self.api(2).info(stream)
            self.assertEqual((info["config"]["num_replicas"], info["cluster"]["name"]), (3, "remaphore"))
        for hub in hubs:
            hub.signal(signal.SIGTERM)
        for hub in hubs:
            hub.wait_exit(within=30)
        self.assertEqual([os.path.isdir(os.path.join(self.dir, "hub", *parts)) for parts in
                          (["jetstream"], ["server-2", "jetstream"], ["server-3", "jetstream"])], [True] * 3)

    def test_the_first_waits_for_the_others_and_reports_it(self):
        first = self.start_server(1)
        first.stderr.wait_for("remaphore-fleet: not ready yet: ")
        self.assertNotIn(b"\nReady\n", first.stderr.data)
        for hub in (first, self.start_server(2), self.start_server(3)):
            self.await_ready(hub)

    def test_a_server_without_the_password_cannot_join(self):
        self.start_all()
        with socket.create_connection(("127.0.0.1", self.ports[0] + TO_ROUTES), timeout=10) as stranger:
            stranger.recv(65536)
            stranger.sendall(b'CONNECT {"verbose":false,"name":"stranger","cluster":"remaphore"}\r\nPING\r\n')
            data = b""
            while chunk := stranger.recv(65536):
                data += chunk
        self.assertIn(b"Authorization", data)

    def test_killed_one_by_one_while_listeners_wait_and_requests_run(self):
        hubs = self.start_all()
        listener = self.as_node("com.b", "/bin/echo", "heard").wait_ready()
        waiting = self.as_node("com.b", "-u", "release").wait_ready()
        for number in (1, 2, 3):
            with self.subTest(killed=number):
                self.kill(hubs[number - 1])
                heard = lambda: self.as_node("com.a", "-r", "-t", "3s", f"question {number}")
                wait_until(lambda: self.answered(heard()), "a request is answered", within=60)
                hubs[number - 1] = self.await_ready(self.start_server(number))
        self.as_node("com.a", "-s", "-u", "release", "now").expect_exit(OK)
        waiting.expect_exit(OK)
        self.assertEqual(waiting.stdout.data, b"now\n")
        self.assertIsNone(listener.returncode, listener)
        lines = self.check()
        self.assertFalse([line for line in lines if line.startswith(NO)], lines)

    def answered(self, request):
        request.wait_exit(within=15)
        return request.returncode == OK and b"heard ping question" in request.stdout.data

    def test_kept_messages_survive_the_loss_of_one_of_three(self):
        hubs = self.start_all()
        self.as_node("com.a", "-s", "kept").expect_exit(OK)
        wait_until(lambda: self.api(3).info("REMAPHORE")["state"]["messages"] == 1, "the message is kept")
        self.kill(hubs[0])

        def kept():
            try:
                return self.api(3).info("REMAPHORE")["state"]["messages"] == 1
            except (AssertionError, OSError):  # the streams choose a new leader
                return False
        wait_until(kept, "two of three still have it", within=60)

    def is_held(self):
        """While the streams choose a leader, nobody can say (exit 3)."""
        other = self.as_node("com.b", "--lock", "nightly", "--no-wait", "true")
        other.wait_exit(within=30)
        self.assertNotEqual(other.returncode, OK, other)
        return other.returncode == 75

    def seen(self):
        """When the stream last heard of the holder; None while the streams choose a leader."""
        asked = self.as_node("com.b", "--json", "--locks", "nightly")
        asked.wait_exit(within=30)
        rows = [json.loads(line) for line in asked.stdout.lines]
        return next((row["seen"] for row in rows if row.get("state") == "held"), None)

    def test_a_lock_is_held_while_servers_are_killed(self):
        if "--lock " not in self.command("--help").expect_exit(OK).stdout.text:
            self.skipTest("no locks in this program")
        hubs = self.start_all()
        ends, keeps = os.pipe()
        self.addCleanup(os.close, keeps)
        holder = self.command("-c", self.conf("com.a"), "--lock", "nightly", stdin=ends).wait_ready()
        os.close(ends)
        for number in (1, 2, 3):
            before = self.seen()
            self.kill(hubs[number - 1])
            hubs[number - 1] = self.await_ready(self.start_server(number))
            self.assertIsNone(holder.returncode, holder)
            wait_until(self.is_held, "the lock can be asked for, and is held", within=60)
            wait_until(lambda: self.seen() not in (None, before), "its holder is heard of again", within=60)
        holder.signal(signal.SIGTERM)
        holder.wait_exit()
        self.as_node("com.b", "--lock", "nightly", "--wait", "90s", "true").expect_exit(OK, within=100)

    def test_a_copy_of_the_hubs_folder_is_enough_on_another_machine(self):
        elsewhere = self.path("machine")
        shutil.copytree(os.path.join(self.dir, "hub"), os.path.join(elsewhere, "hub"))
        second = self.tool("hub", elsewhere, "--server", "2")
        os.rename(os.path.join(self.dir, "hub", "server-2"), self.path("not-here"))
        for hub in (self.start_server(1), self.start_server(3)):
            self.await_ready(hub)
        second.stderr.wait_for("Ready")


class Checked(ClusterCase):
    def test_a_cluster_is_reported(self):
        self.start_all()
        names = ", ".join(f"127.0.0.1:{port}" for port in self.ports)
        lines = self.check()
        self.assertIn(f"{YES}{names} form one cluster", lines)
        self.assertIn(f"{YES}127.0.0.1:{self.ports[1]} keeps messages for 24h, at most 64 MiB, on 3 servers", lines)

    def alone(self, number, edit):
        config = self.file(f"alone-{number}.conf", edit(self.text(number)))
        server = self.start(find_nats_server(), "-c", config)
        server.stderr.wait_for("Listening for client connections")
        return server

    def test_servers_without_routes_split_the_fleet(self):
        edit = lambda text: re.sub(r"(?ms)^# begin (cluster|jetstream) .*?^# end \1[^\n]*\n", "", text)
        for number in (1, 2, 3):
            self.alone(number, edit)
        failed = [line for line in self.check(code=1) if "cluster" in line]
        self.assertEqual(failed,
                         [f"{NO}127.0.0.1:{self.ports[0]} and 127.0.0.1:{self.ports[1]} do not form a cluster: nodes "
                          "connected to one do not hear those on the other; remaphore-fleet servers DIR, where the "
                          "fleet is kept, joins them"])

    def half(self, number):
        """Says that it belongs to the cluster, and has streams of its own."""
        def play(connection):
            connection.info(server_id=f"N{number}", cluster="remaphore", jetstream=True)
            sids = {}
            while True:
                word, rest, _ = connection.operation()
                words = rest.split()
                if word == "SUB":
                    sids[words[0]] = words[-1]
                elif word == "PING":
                    connection.send("PONG\r\n")
                elif word in ("PUB", "HPUB") and words[0].startswith("$JS.API.STREAM.INFO."):
                    self.answer(connection, words[0].rsplit(".", 1)[1], words[1], sids, number)
        server = FakeServer(play)
        self.addCleanup(server.close)
        return server

    def answer(self, connection, stream, inbox, sids, number):
        subject = "remaphore.lock.>" if stream.endswith("LOCKS") else "remaphore.all"
        info = json.dumps({"config": {"name": stream, "subjects": [subject], "storage": "file",
                                      "max_msgs_per_subject": 1,
                                      "deny_delete": True, "deny_purge": True, "max_age": 86400 * 10**9},
                           "created": f"2026-01-01T00:00:0{number}Z",
                           "state": {"messages": 0, "bytes": 0, "first_seq": 0, "last_seq": 0}})
        sid = next(sid for pattern, sid in sids.items() if inbox.startswith(pattern.rstrip("*")))
        connection.send(f"MSG {inbox} {sid} {len(info)}\r\n{info}\r\n")

    def test_two_halves_with_streams_of_their_own_are_a_split_cluster(self):
        one, other = self.half(1), self.half(2)
        with open(self.conf("com.a")) as file:
            text = file.read()
        with open(self.conf("com.a"), "w") as file:
            file.write(re.sub(r"(?m)^server: .*$", f"server: {one.url},{other.url}", text))
        failed = [line for line in self.check(code=1) if line.startswith(NO)]
        self.assertEqual(failed, [f"{NO}127.0.0.1:{one.port} and 127.0.0.1:{other.port} have different streams, so "
                                  "the cluster remaphore is split; can they reach each other's cluster ports?"])

    def test_one_server_under_two_names_is_no_split(self):
        self.dir = self.path("one")
        self.urls[1] = f"nats://localhost:{self.ports[0]}"
        self.make(1)
        with open(self.conf("com.a")) as file:
            text = file.read()
        with open(self.conf("com.a"), "w") as file:
            file.write(text.replace(self.urls[0], f"{self.urls[0]},{self.urls[1]}"))
        self.await_ready(self.tool("hub", self.dir))
        self.assertIn("form one cluster", "\n".join(self.check()))


class Encrypted(ClusterCase):
    servers = 0

    def test_routes_are_encrypted_when_the_fleet_is(self):
        self.make(3, "--tls")
        for number in (1, 2, 3):
            section = re.search(r"(?ms)^cluster \{.*?^\}", self.text(number)).group(0)
            name = "server" if number == 1 else f"server-{number}"
            self.assertIn(f'tls {{ cert_file: "{self.dir}/hub/{name}.pem", key_file: "{self.dir}/hub/{name}.key", '
                          f'ca_file: "{self.dir}/hub/ca.pem", timeout: 5 }}', section)
        hubs = self.start_all()
        with socket.create_connection(("127.0.0.1", self.ports[0] + TO_ROUTES), timeout=10) as stranger:
            stranger.sendall(b"CONNECT {}\r\n")
            hubs[0].stderr.wait_for("TLS route handshake error")
        listener = self.as_node("com.b", "-o").wait_ready()
        self.as_node("com.a", "-s", "encrypted").expect_exit(OK)
        listener.expect_exit(OK)
        lines = self.check()
        self.assertFalse([line for line in lines if line.startswith(NO)], lines)

    def test_the_certificate_of_each_server_is_judged(self):
        self.make(3, "--tls")
        self.expires_soon("server-2")
        self.start_all()
        told = {line.split(" expires")[0][2:]: line[:2] for line in self.check() if "the certificate of" in line}
        names = [f"the certificate of 127.0.0.1:{port}" for port in self.ports]
        self.assertEqual(told, dict(zip(names, (YES, NOTE, YES))))

    def expires_soon(self, name):
        file = lambda *parts: os.path.join(self.dir, *parts)
        request = openssl("req", "-new", "-key", file("hub", f"{name}.key"), "-subj", "/CN=server")
        extensions = self.file("extensions", "subjectAltName=IP:127.0.0.1\n")
        text = openssl("x509", "-req", "-days", "29", "-CA", file("hub", "ca.pem"), "-CAkey", file("secrets", "ca.key"),
                       "-set_serial", "7", "-extfile", extensions, input=request)
        with open(file("hub", f"{name}.pem"), "w") as out:
            out.write(text)

    def test_the_machine_of_a_server_needs_the_named_files_and_no_other_servers_key(self):
        told = [json.loads(line) for line in self.make(3, "--tls", "--json").stdout.lines]
        files = [row["files"] for row in told if row["type"] == "server"]
        self.assertEqual(files[1], ["nats-server-2.conf", "ca.pem", "server-2.pem", "server-2.key"])
        hubs = []
        for number, names in enumerate(files, start=1):
            machine = self.path(f"machine-{number}")
            os.makedirs(os.path.join(machine, "hub"))
            for name in names:
                shutil.copy2(os.path.join(self.dir, "hub", name), os.path.join(machine, "hub", name))
            hubs.append((machine, number))
        os.rename(os.path.join(self.dir, "hub"), self.path("not-here"))
        started = [self.tool("hub", machine, "--server", str(number)) for machine, number in hubs]
        for hub in started:
            self.await_ready(hub)
        listener = self.as_node("com.b", "-o").wait_ready()
        self.as_node("com.a", "-s", "encrypted").expect_exit(OK)
        listener.expect_exit(OK)

    def test_nodes_learn_no_servers_whose_certificates_are_for_other_names(self):
        self.make(3, "--tls")
        self.start_all()
        with socket.create_connection(("127.0.0.1", self.ports[0]), timeout=10) as stranger:
            told = json.loads(stranger.makefile().readline().removeprefix("INFO "))
        self.assertNotIn("connect_urls", told)

    def test_three_servers_without_tls_get_it(self):
        self.make(3)
        self.assertIn("server-3.key",
                      self.tool("servers", self.dir, "--tls", *self.options(3)).expect_exit(OK).stdout.text)
        self.start_all()
        listener = self.as_node("com.b", "-o").wait_ready()
        self.as_node("com.a", "-s", "encrypted").expect_exit(OK)
        listener.expect_exit(OK)
        lines = self.check()
        self.assertEqual(len([line for line in lines if line.startswith(YES + "the certificate of")]), 3, lines)

    def test_a_server_that_stays_keeps_its_certificate(self):
        self.make(3, "--tls")
        before = {name: self.read("hub", name) for name in ("server.pem", "server-2.pem")}
        said = self.tool("servers", self.dir, "--server", self.urls[0],
                         "--server", "nats://localhost:4222").expect_exit(OK).stdout.text
        self.assertEqual(self.read("hub", "server.pem"), before["server.pem"])
        self.assertNotEqual(self.read("hub", "server-2.pem"), before["server-2.pem"])
        for name in ("nats-server-3.conf.old", "server-3.pem.old", "server-3.key.old"):
            self.assertIn(f"  {os.path.join(self.dir, 'hub', name)}\n", said)

    def test_a_fleet_with_tls_moves_with_certificates_for_its_new_servers(self):
        self.make(1, "--tls")
        before = self.read("hub", "server.pem")
        other = f"nats://localhost:{free_ports(1)[0]}"
        said = self.tool("servers", self.dir, "--server", other).expect_exit(OK).stdout.text
        self.assertIn(os.path.join(self.dir, "hub", "server.pem"), said)
        self.assertNotEqual(self.read("hub", "server.pem"), before)
        self.assertEqual(self.setting("com.a", "server"), [other.replace("nats:", "tls:")])
        self.await_ready(self.tool("hub", self.dir))
        self.as_node("com.a", "-s", "moved").expect_exit(OK)


class Moving(ClusterCase):
    servers = 1

    def move(self, *words, code=OK):
        return self.tool("servers", self.dir, *words).expect_exit(code)

    def test_from_one_server_to_three(self):
        said = self.move(*self.options(3)).stdout.text
        for number in (2, 3):
            self.assertIn(f"  {self.config(number)}\n", said)
        for name in ("com.a", "com.b"):
            self.assertEqual(self.setting(name, "server"), [",".join(self.urls)])
            self.assertIn(f"  {self.conf(name)}\n", said)
        self.assertIn(f"remaphore-fleet provision {self.dir}", said)
        self.assertEqual([mode_of(self.config(number)) for number in (1, 2, 3)], [0o640] * 3)
        self.start_all()
        self.use_only("com.a", 1)
        self.use_only("com.b", 3)
        listener = self.as_node("com.b", "-o").wait_ready()
        self.as_node("com.a", "-s", "across").expect_exit(OK)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.data, b"across\n")

    def test_from_three_to_another_one(self):
        self.move(*self.options(3))
        other, = free_ports(1)
        said = self.move("--server", f"nats://127.0.0.1:{other}").stdout.text
        self.assertIn("no longer a server of the fleet", said)
        self.assertEqual(sorted(name for name in os.listdir(os.path.join(self.dir, "hub")) if ".conf" in name),
                         ["nats-server-2.conf.old", "nats-server-3.conf.old", "nats-server.conf"])
        self.assertNotIn("cluster", self.text(1))
        self.assertEqual(self.setting("com.a", "server"), [f"nats://127.0.0.1:{other}"])
        self.await_ready(self.tool("hub", self.dir))
        self.as_node("com.a", "-s", "moved").expect_exit(OK)

    def test_a_listener_follows_to_the_new_servers_when_its_own_stops(self):
        hub = self.await_ready(self.tool("hub", self.dir))
        listener = self.as_node("com.b", "-o").wait_ready()
        self.move("--server", self.urls[1])
        listener.stderr.wait_for("was read again")
        hub.signal(signal.SIGTERM)
        hub.wait_exit(within=15)
        self.await_ready(self.tool("hub", self.dir))

        def heard():
            self.as_node("com.a", "-s", "moved").expect_exit(OK)
            return listener.returncode is not None
        wait_until(heard, "the listener hears of it", within=30)
        self.assertEqual(listener.stdout.data, b"moved\n")

    def test_added_nodes_get_the_new_servers(self):
        self.move(*self.options(2))
        self.tool("add", self.dir, "com.c").expect_exit(OK)
        self.assertEqual(self.setting("com.c", "server"), [",".join(self.urls[:2])])

    def test_hand_written_lines_stay(self):
        with open(self.config(1), "a") as file:
            file.write("max_payload: 2MB  # mine\n")
        with open(self.conf("com.a"), "a") as file:
            file.write("# my own remark\n")
        self.move(*self.options(2))
        self.assertIn("max_payload: 2MB  # mine\n", self.text(1))
        self.assertTrue(self.read("nodes", "com.a", "remaphore.conf").endswith("# my own remark\n"))

    def test_a_node_whose_config_cannot_be_changed_is_named(self):
        with open(self.conf("com.a"), "a") as file:
            file.write("server: nats://127.0.0.1:1\n")
        process = self.move(*self.options(2), code=1)
        self.assertIn(f"{self.conf('com.a')}: not exactly one line that starts with server:", process.stderr.text)
        self.assertEqual(self.setting("com.b", "server"), [",".join(self.urls[:2])])

    def test_the_same_servers_again_change_nothing(self):
        self.move(*self.options(2))
        before = snapshot(self.dir)
        self.move(*self.options(2))
        self.assertEqual(snapshot(self.dir), before)

    def test_impossible_values_are_usage_errors_and_change_nothing(self):
        before = snapshot(self.dir)
        for words, part in (([], "servers needs --server"), (["--server", "nats://0.0.0.0"], "with --listen"),
                            (["--server", "nats://a", "--listen", "x"], "HOST:PORT")):
            self.assertIn(part, self.move(*words, code=USAGE).stderr.text)
        self.assertEqual(snapshot(self.dir), before)

    def test_it_is_reported_as_json_too(self):
        told = [json.loads(line) for line in self.move(*self.options(2), "--json").stdout.lines]
        self.assertIn({"type": "file", "change": "new", "path": self.config(2)}, told)
        self.assertEqual(told[-1], {"type": "summary", "status": 0})
