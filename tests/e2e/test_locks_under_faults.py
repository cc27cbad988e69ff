"""Locks under random faults: the history of what ran is judged afterwards. Once each here; `tools/faults locks` runs
every cell many times."""

import contextlib
import json
import os
import random
import signal
import threading
import time

from case import FAILURE, OK, REMAPHORE, environment, let_time_pass, wait_until
from lock_case import CONFLICT, LEASE, LEASE_SECONDS, LOST, LockCase

import wire
from nats_client import NatsError
from process import Process
from proxy import Proxy
from streams import ApiError, node_user

SECONDS = float(os.environ.get("REMAPHORE_FAULT_SECONDS", "3"))  # of trouble in each run
CONTENDERS = int(os.environ.get("REMAPHORE_CONTENDERS", "40"))   # of the cell with many


class Contention(LockCase):
    """Contenders that take the lock again and again, on a server of their own."""

    slow = True
    slots = 1
    count = 4
    lease = LEASE
    allowed = {OK, LOST, CONFLICT}

    def setUp(self):
        super().setUp()
        self.seed = random.randrange(1 << 30)
        self.random = random.Random(self.seed)
        self.local_server = self.stream_server()
        self._fleet = self.make_fleet(self.local_server)
        self.nodes = {who: self.node(f"com.x.{who}") for who in ("left", "right", "third", "admin")}
        for node in self.nodes.values():
            node.write()
        self.running = {}
        self.over = threading.Event()
        self.exits = []
        self.faults = []
        self.env = environment()

    def contend(self):
        self.threads = []
        for number in range(self.count):
            who = ("left", "right", "third")[number % 3] + str(number)
            self.threads.append(threading.Thread(target=self._contend, args=(who,), daemon=True))
            self.threads[-1].start()

    def _contend(self, who):
        choice = random.Random(f"{self.seed} {who}")
        while not self.over.is_set():
            seconds = choice.random() * 0.2
            process = Process([REMAPHORE, "-c", self.nodes[who.rstrip("0123456789")].config, "--lock", "nightly",
                               "--slots", str(self.slots), "--lease", self.lease, *self.recorded(who, seconds)],
                              env=self.env, cwd=self.folder)
            self.running[who] = process
            try:
                code = process.wait_exit(60)
            except AssertionError as late:
                self.faults.append(late)
                return
            finally:
                process.close()
            if code == FAILURE:  # the server has no stream yet: leave it the time to get ready
                self.over.wait(0.1)
            if code not in self.allowed:
                self.faults.append(AssertionError(f"exit {code}: {process}"))
            self.exits.append(code)

    def pick(self):
        """Any of those that run or wait now."""
        alive = [process for process in list(self.running.values()) if process.returncode is None]
        return self.random.choice(alive) if alive else None

    def holder(self):
        """One whose command runs now."""
        for process in list(self.running.values()):
            with contextlib.suppress(OSError):
                with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
                    if len(file.read().split()) > 1:
                        return process
        return None

    def trouble(self, cause):
        """Calls `cause` again and again; it returns how long to wait until the next time."""
        self.contend()
        wait_until(lambda: self.history, "somebody runs")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end and not self.faults:
            let_time_pass(cause())

    def conclude(self):
        """Contention ends; whoever still waits gets the lock, and then a newcomer does."""
        self.over.set()
        for thread in self.threads:
            thread.join(70)
        if self.faults:
            raise self.faults[0]
        while True:  # on a busy machine a short lease may be lost without any fault
            last = self.lock("admin", "--wait", "20s", "--slots", str(self.slots), "--lease", LEASE,
                             *self.recorded("admin", 0))
            if last.wait_exit(30) != LOST:
                break
        last.expect_exit(OK)
        try:
            spans = self.judge(self.slots)
        except AssertionError as broken:
            raise AssertionError(f"seed {self.seed}: {broken}") from broken
        self.assertGreater(len(spans), 2)
        return spans


class Faults(Contention):
    def test_without_any_the_lock_is_handed_over_and_over(self):
        self.lease = "10s"  # so that nothing is lost on a busy machine either
        self.trouble(lambda: 0.5)
        self.assertGreater(len(self.conclude()), SECONDS * 2)
        self.assertEqual(set(self.exits), {OK})

    def kill_holder(self):
        process = self.holder() if self.random.random() < 0.7 else self.pick()
        if process:
            process.signal(signal.SIGKILL)
        return self.random.random() * 2

    def test_holders_and_waiters_are_killed(self):
        self.allowed = self.allowed | {-signal.SIGKILL}
        self.trouble(self.kill_holder)
        self.conclude()

    def stop_holder(self):
        process = self.holder() if self.random.random() < 0.7 else self.pick()
        if process is None:
            return 0.01
        process.signal(signal.SIGSTOP)
        let_time_pass(self.random.random() * LEASE_SECONDS * 2)
        process.signal(signal.SIGCONT)
        return self.random.random()

    def test_holders_and_waiters_are_stopped_and_continued(self):
        self.trouble(self.stop_holder)
        self.conclude()

    def test_all_are_stopped_at_once_and_race_to_evict(self):
        def stop_all():
            chosen = [process for process in list(self.running.values()) if process.returncode is None]
            spared = self.random.sample(chosen, min(len(chosen), 2))
            for process in chosen:
                if process not in spared:
                    process.signal(signal.SIGSTOP)
            let_time_pass(LEASE_SECONDS * 1.2 + self.random.random() * 0.3)
            for process in chosen:
                process.signal(signal.SIGCONT)
            return self.random.random()
        self.count = 6
        self.trouble(stop_all)
        self.conclude()

    def test_links_are_stalled_broken_and_restored(self):
        proxies = []
        for who in ("left", "right"):
            proxies.append(Proxy("127.0.0.1", self.local_server.port))
            self.addCleanup(proxies[-1].close)
            self.nodes[who].servers = [proxies[-1].url]
            self.nodes[who].settings["announced_servers"] = "no"
            self.nodes[who].write()

        def cut():
            proxy = self.random.choice(proxies)
            if self.random.random() < 0.5:
                proxy.break_all()
                return self.random.random()
            proxy.stall()
            let_time_pass(self.random.random() * LEASE_SECONDS * 1.5)
            if self.random.random() < 0.3:
                proxy.break_all()
            proxy.restore()
            return self.random.random()
        self.trouble(cut)
        self.conclude()

    def restart_server(self):
        self.local_server.kill()
        let_time_pass(self.random.random() * LEASE_SECONDS * 0.7)
        self.local_server.start()
        self.streams.forget_connection()
        return 0.5 + self.random.random() * 1.5

    def test_the_server_is_killed_and_restarted(self):
        self.trouble(self.restart_server)
        self.conclude()

    def made_anew(self):
        try:
            return self.streams.create()
        except (OSError, NatsError, ApiError):  # a server under load gives up on a login, or cannot make a store yet
            self.streams.forget_connection()
            return None

    def lose_storage(self, longest):
        """The server has a new disk, and its streams are made again after a while."""
        self.local_server.kill()
        self.local_server.lose_store()
        self.local_server.start()
        self.streams.forget_connection()
        self.streams.patience = 2  # a request is lost if JetStream has not started yet
        let_time_pass(self.random.random() * longest)
        wait_until(self.made_anew, "the streams are made")

    def test_the_storage_is_lost(self):
        def lose():
            self.lose_storage(1)
            return 2 + self.random.random() * 2
        self.allowed = self.allowed | {FAILURE}
        self.trouble(lose)
        self.conclude()

    def test_the_storage_is_lost_several_times_within_seconds(self):
        def lose():
            for _ in range(2 + self.random.randrange(3)):
                self.lose_storage(0.2)
                let_time_pass(self.random.random())
            return 1 + self.random.random() * 3
        self.allowed = self.allowed | {FAILURE}
        self.trouble(lose)
        self.conclude()

    def test_two_slots_while_holders_are_killed_and_stopped(self):
        self.slots = 2
        self.count = 5
        self.allowed = self.allowed | {-signal.SIGKILL}
        self.trouble(lambda: self.kill_holder() if self.random.random() < 0.5 else self.stop_holder())
        self.conclude()


class ForeignWrites(Contention):
    """A node, which may write to the subjects of locks like all others, writes what it should not."""

    def attack(self):
        user = node_user(self.local_server.authority, self.fleet.subject)
        api = self.fleet.node_client(user)
        self.addCleanup(api.client.close)
        stranger = wire.Identity()

        def write():
            with contextlib.suppress(NatsError, ApiError):
                for subject, (_, raw) in self.streams.entries("nightly").items():
                    kind = self.random.randrange(4)
                    if kind == 0:
                        api.client.publish(subject, os.urandom(50))
                    elif kind == 1:  # what is there, signed by nobody who may
                        message = wire.decode(raw) if raw.count(b",") > 6 else None
                        body = message.payload if message else json.dumps({"v": 1, "state": "gone"}).encode()
                        api.client.publish(subject, wire.build(stranger, body, verb="lock"))
                    elif kind == 2:  # the server's own acknowledgement
                        api.client.publish(f"{self.fleet.subject}.all", b"x", reply=subject)
                    else:
                        api.client.publish(f"$JS.API.STREAM.MSG.GET.{self.streams.locks['name']}", b'{"seq":1}',
                                           reply=subject)
                api.client.flush()
            return self.random.random() * 0.3
        return write

    def test_nothing_of_it_gives_a_lock_to_two(self):
        self.trouble(self.attack())
        self.conclude()


class Crowd(Contention):
    def test_many_contend_at_once_and_each_is_served_once(self):
        processes = []
        for number in range(CONTENDERS):
            who = ("left", "right", "third")[number % 3] + str(number)
            processes.append(self.lock(who, "--lease", "10s", *self.recorded(who, 0)))
        for process in processes:
            process.expect_exit(OK, within=100)
        spans = self.judge()
        self.assertEqual(len(spans), CONTENDERS)
