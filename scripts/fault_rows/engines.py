"""What rows stand on: files of a row's own, or its own part of servers that rows share."""
import contextlib
import tempfile

from cluster.servers import Servers
from figures import engine

# Servers of the distributed engine, started when the first row needs them.
SETS = {"three": {"brokers": 3}, "replica": {"brokers": 1, "replica": True}}


class Embedded(engine.Embedded):
    name = "embedded"

    def __init__(self, _servers=None):
        super().__init__()

    def empty_cache(self):
        """The cache is each process's own."""


class Distributed(engine.Distributed):
    name = "distributed"
    connections = 256

    def settings(self):
        return ""


ENGINES = {each.name: each for each in (Embedded, Distributed)}


class Shared:
    """Sets of servers, each up from its first use to the end."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.up = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def servers(self, name, say):
        if name not in self.up:
            say(f"starting servers: {name}")
            folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="vote-faults-servers."))
            servers = Servers(folder)
            self.stack.callback(servers.down)
            servers.up(**SETS[name])
            self.up[name] = servers
        return self.up[name]
