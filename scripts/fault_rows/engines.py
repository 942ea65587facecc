"""What rows stand on: files of a row's own, or its own part of servers that rows share."""
import contextlib
import shutil
import sqlite3
import tempfile
import time
import uuid

from cluster.process import Failure
from cluster.programs import need
from cluster.servers import Servers
from cluster.tools import Tools
from figures import engine

LOCKED_S_MAX = 3
# Servers of the distributed engine, started when the first row needs them.
SETS = {"three": {"brokers": 3}, "replica": {"brokers": 1, "replica": True}, "alone": {"brokers": 1}}
PRIVATE = ("replica", "alone")  # of one row: it leaves them as no other could use them


class Embedded(engine.Embedded):
    kind = "embedded"

    def __init__(self, _servers=None):
        super().__init__()

    def config(self, folder):
        """In a folder of their own, which a row may put on a disk of its own."""
        self.disk = folder / "disk"
        self.disk.mkdir(exist_ok=True)
        return super().config(self.disk)

    def empty_cache(self):
        """The cache is each process's own."""

    def defects(self):
        """What SQLite finds wrong in its files."""
        found = []
        for name in ("vote.db", "queue.db"):
            with contextlib.closing(sqlite3.connect(self.disk / name)) as base:
                said = [line for line, in base.execute("PRAGMA integrity_check")]
            found += [f"{name}: {line}" for line in said if line != "ok"]
        return found

    def sql(self, statement):
        with contextlib.closing(sqlite3.connect(self.disk / "vote.db", timeout=LOCKED_S_MAX)) as base, base:
            base.execute("PRAGMA wal_autocheckpoint = 0")  # checkpoints are the programs' own
            base.execute(statement)

    def put(self, values, _folder):
        """Into the queue, as no program of ours would."""
        with contextlib.closing(sqlite3.connect(self.disk / "queue.db", timeout=LOCKED_S_MAX)) as base, base:
            base.execute("PRAGMA wal_autocheckpoint = 0")
            for value in values:
                base.execute('INSERT INTO messages SELECT coalesce(max("offset") + 1, 0), '
                             "max(coalesce(max(stamp), 0), ?), ?, CAST(? AS TEXT), NULL FROM messages",
                             (int(time.time() * 1e6), uuid.uuid4().bytes, value))


class Distributed(engine.Distributed):
    kind = "distributed"
    connections = 256

    def defects(self):
        """A server is trusted with its files."""
        return []

    def sql(self, statement, url=None):
        """Waits for no lock for long: who has it may be asleep."""
        return super().sql(statement if url else f"SET lock_timeout = '{LOCKED_S_MAX}s'; {statement}", url)

    def put(self, values, folder):
        files = []
        for number, value in enumerate(values):
            files.append(folder / f"value{number}")
            files[-1].write_bytes(value)
        Tools().run([need("kcat"), "-P", "-b", self.state.bootstrap(), "-t", self.name, "-p", "0", "-X",
                     f"message.max.bytes={2 * 1024 * 1024}", *files])

    def close(self):
        """Also where its server is gone for good."""
        with contextlib.suppress(Failure):
            super().close()


class Shared:
    """Sets of servers, each up from its first use to the end."""

    def __init__(self):
        self.up = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for name in list(self.up):
            self.end(name)

    def servers(self, name, say):
        if name in self.up and self.up[name].tools.given_up:
            self.end(name)  # a row left them with one that did not start
        if name not in self.up:
            say(f"starting servers: {name}")
            servers = Servers(tempfile.mkdtemp(prefix="vote-faults-servers."))
            try:
                servers.up(**SETS[name])
            except BaseException:  # the next row tries again
                shutil.rmtree(servers.folder)
                raise
            self.up[name] = servers
        return self.up[name]

    def end_private(self, name):
        if name in PRIVATE and name in self.up:
            self.end(name)

    def end(self, name):
        servers = self.up.pop(name)
        servers.down()
        shutil.rmtree(servers.folder)


ENGINES = {each.kind: each for each in (Embedded, Distributed)}
