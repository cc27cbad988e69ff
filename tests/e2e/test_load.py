"""Many messages, much junk: nothing is lost, nothing is out of order, nothing grows without bounds."""

import os

from case import OK
from fault_case import MIB, FaultCase

import wire
from process import status_of


class LoadCase(FaultCase):
    def publish_all(self, raws, foreign=None):
        """Publishes all in few writes, as a burst."""
        foreign = foreign or self.right
        subject = foreign.subject().encode()
        chunk = bytearray()
        for raw in raws:
            chunk += b"PUB %s %d\r\n%s\r\n" % (subject, len(raw), raw)
            if len(chunk) > MIB:
                foreign.client._send(bytes(chunk))
                chunk.clear()
        foreign.client._send(bytes(chunk))
        foreign.client.flush()

    def numbered(self, count, size=0, signer=None):
        pad = b"x" * size
        return [wire.build(signer or self.right.identity, b"%d" % number + pad) for number in range(count)]


class Bursts(LoadCase):
    slow = True

    def test_20_000_messages_in_one_burst_reach_a_late_reader_in_order(self):
        raws = self.numbered(20_000)
        self.left.settings["allow_skew"] = "5m"  # they were signed beforehand
        read_end, write_end = os.pipe()
        listener = self.listen(self.left, stdout=write_end)
        os.close(write_end)
        self.publish_all(raws)
        self.right.client.flush()
        with os.fdopen(read_end, "rb") as reader:
            for number in range(len(raws)):
                line = reader.readline()
                if line != b"%d\n" % number:
                    self.fail(f"line {number} is {line!r}: {listener}")
        self.assertEqual(listener.stderr.data, b"Ready\n")

    def test_1_000_messages_that_wait_for_a_held_command_all_run(self):
        gate = self.fifo("gate")
        self.left.settings["allow_skew"] = "5m"
        listener = self.listen(self.left, "-q", "/bin/sh", "-c",
                               f'[ "$2" != held ] || {{ echo up; read line < {gate}; }}; echo "$2"', "sh")
        self.right.send(b"held")
        listener.stdout.wait_for("up\n")
        self.publish_all(self.numbered(1000))
        self.release(gate)
        listener.stdout.wait_lines(1002)
        self.assertEqual(listener.stdout.lines, ["up", "held", *map(str, range(1000))])

    def test_126_mb_of_one_peer_in_one_burst_all_arrive(self):
        """One peer may use all free queue space, whether its messages are read at once or not. The server may let that
        much wait for a listener on a busy machine."""
        self.own(extra='max_pending: 1GB\nwrite_deadline: "60s"\n')
        self.left.settings["allow_skew"] = "5m"
        read_end, write_end = os.pipe()
        listener = self.listen(self.left, stdout=write_end)
        os.close(write_end)
        raws = self.numbered(140, size=900_000)
        self.publish_all(raws)
        with os.fdopen(read_end, "rb") as reader:
            for number in range(len(raws)):
                self.assertEqual(reader.readline().rstrip(b"x\n"), b"%d" % number, str(listener))
            self.assertEqual(listener.stderr.data, b"Ready\n")

    def test_unread_output_stays_within_bounds(self):
        """More than one peer's share of the queue: the rest is refused loudly, and the end is a failure."""
        read_end, write_end = os.pipe()
        self.left.settings["allow_skew"] = "5m"
        listener = self.listen(self.left, "-q", stdout=write_end)
        os.close(write_end)
        before = status_of(listener.pid, "VmRSS")
        raws = self.numbered(160, size=900_000)
        self.publish_all(raws)
        listener.stderr.wait_for("refused a message from")
        grown = status_of(listener.pid, "VmRSS") - before
        self.assertLess(grown, 400 << 10, "KiB")
        self.assertIn("too many are queued", listener.stderr)

        os.close(read_end)
        listener.expect_exit(3)


class Junk(LoadCase):
    def setUp(self):
        super().setUp()
        self.other = self.foreign("com.other")

    def check_good_gets_through(self, junk, count):
        """A good message among `junk`, over a connection of its own, while more of it comes."""
        self.left.settings["allow_skew"] = "5m"
        listener = self.listen(self.left)
        goods = self.numbered(10, signer=self.other.identity)
        for good in goods:
            self.publish_all(junk[number % len(junk)] for number in range(count))
            self.publish_all([good], self.other)
        listener.stdout.wait_lines(10)
        self.assertEqual(listener.stdout.lines, list(map(str, range(10))))
        self.assertLess(status_of(listener.pid, "VmHWM"), 700 << 10)

    def test_malformed_messages_hide_no_good_one(self):
        self.check_good_gets_through([b"", b"junk", b"," * 7, b"," * 1000, os.urandom(500), b"1" * 5000], 2000)

    def test_messages_of_unknown_keys_hide_no_good_one(self):
        self.check_good_gets_through([wire.build(wire.Identity(), b"x" * 200) for _ in range(50)], 2000)

    def test_fields_of_a_megabyte_hide_no_good_one(self):
        whole = self.numbered(1, size=900_000)[0].split(b",", 7)
        huge = b"z" * 1_000_000
        junk = [b",".join([*whole[:index], huge, *whole[index + 1:7], b"x"]) for index in range(7)]
        self.check_good_gets_through(junk, 7)

    def test_forgeries_of_one_peer_hide_no_message_of_another(self):
        forged = [wire.build(self.right.identity, b"forged %d" % n)[:-1] + b"x" for n in range(100)]
        self.check_good_gets_through(forged, 500)

    def test_large_forgeries_of_one_peer_hide_no_message_of_another(self):
        forged = [wire.build(self.right.identity, b"x" * 700_000)[:-1] + b"y"]
        self.check_good_gets_through(forged, 12)


class Forgeries(LoadCase):
    """More than all the room there is, under the keys of five peers, whose public keys anybody may know."""
    slow = True

    def setUp(self):
        super().setUp()
        self.other = self.foreign("com.other")
        others = [self.right, *(self.foreign(f"com.forged{number}") for number in range(4))]
        self.forged = [wire.build(peer.identity, b"x" * 900_000)[:-1] + b"y" for peer in others]
        self.left.settings["allow_skew"] = "5m"

    def test_forgeries_under_five_keys_lose_no_message_of_a_sixth(self):
        listener = self.listen(self.left)
        goods = self.numbered(40, size=100_000, signer=self.other.identity)
        for good in goods:
            self.publish_all(self.forged * 2)
            self.publish_all([good], self.other)
        for number in range(len(goods)):
            listener.stdout.wait_for(f"\n{number}x" if number else "0x")
        self.assertNotIn("com.other", listener.stderr)
        self.assertLess(status_of(listener.pid, "VmHWM"), 700 << 10)

    def test_one_that_waits_for_one_message_is_not_made_to_fail(self):
        listener = self.listen(self.left, "-o")
        self.publish_all(self.forged[:1] * 90)
        self.publish_all(self.numbered(1, signer=self.other.identity), self.other)
        listener.expect_exit(OK)
        self.assertEqual(listener.stdout.lines, ["0"])
