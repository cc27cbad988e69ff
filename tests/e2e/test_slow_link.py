"""A link that carries less than a node has to send, and a server whose permissions change under a listener."""

import os

from case import LITTLE_KEPT, OK, GoRequester, wait_until
from fault_case import FaultCase

from process import status_of
from relay import Relay

RATE = 60 << 20    # bytes a second; loopback carries twenty times that
OUTPUT = 900_000   # bytes, of each answer
QUESTIONS = 200    # their answers are 180 MB, nearly three times what may wait
MOST = 160 << 10   # KiB


class SlowLink(FaultCase):
    slow = True

    def test_answers_that_wait_for_it_all_arrive_and_take_bounded_memory(self):
        relay = Relay((self.hub().host, self.hub().port), RATE)
        self.addCleanup(relay.close)
        self.left.servers = [relay.url]
        asker = self.foreign("com.asker", kind=GoRequester)
        output = self.file("output", "x" * OUTPUT)
        listener = self.listen(self.left, "-q", "/bin/sh", "-c", f"cat {output}", "sh",
                               env=self.environment(**LITTLE_KEPT))
        for _ in range(QUESTIONS):
            asker.request()
        peak = 0
        for _ in range(QUESTIONS):
            self.assertEqual(len(asker.next(within=60).payload), len("0,") + OUTPUT)
            peak = max(peak, status_of(listener.pid, "VmRSS"))
        self.assertLess(peak, MOST, "KiB")


class Permissions(FaultCase):
    """The server's config is read again, and the listener's subscription is no longer permitted; later it is again."""

    def test_a_listener_whose_subscription_is_taken_away_resubscribes_once_it_is_permitted(self):
        server = self.server(plain=self.users(""))
        for node in (self.left, sender := self.node("com.sender")):
            node.servers = [f"nats://node:secret@{server.host}:{server.port}"]
        ready = self.path("ready")
        listener = self.remaphore(self.left, "--ready-file", ready)
        wait_until(lambda: os.path.exists(ready), "it is ready")

        server.plain = self.users(f'subscribe: {{deny: "{self.fleet.subject}.all"}}')
        server.reload()
        wait_until(lambda: not os.path.exists(ready), lambda: f"the ready file went: {listener}")
        server.plain = self.users("")
        server.reload()
        wait_until(lambda: os.path.exists(ready), lambda: f"it is ready again: {listener}", within=30)
        self.remaphore(sender, "-s", "heard").expect_exit(OK)
        listener.stdout.wait_for("heard\n")

    @staticmethod
    def users(permissions):
        return f'authorization {{ users = [ {{user: node, password: secret, permissions: {{ {permissions} }} }} ] }}\n'
