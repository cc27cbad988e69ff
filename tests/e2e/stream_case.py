"""The base of the tests with streams: a hub with JetStream, and fleets whose nodes have only the permissions of
nodes."""

import os
import tempfile

from case import HubCase

from streams import StreamFleet


class StreamCase(HubCase):
    hub_options = {"jetstream": True}

    def make_fleet(self, server, subject=None, **options):
        folder = tempfile.mkdtemp(prefix="fleet-", dir=self.folder)
        fleet = StreamFleet(server, folder, subject or "t" + os.urandom(6).hex(), **options)
        self.addCleanup(fleet.close)
        return fleet

    @property
    def streams(self):
        return self.fleet.streams

    def stream_server(self, **options):
        """A server with JetStream of this test's own, to be stopped and started at will."""
        return self.server(jetstream=True, **options)
