"""What a house stands on: files of its own, or its own part of real servers."""
import contextlib
import itertools
import os
import pathlib
import tempfile

from cluster.kafka import HEAP_MIB
from cluster.programs import need
from cluster.servers import Servers
from cluster.tools import Tools

# Of a long run. At 5,000 votes/s PostgreSQL fills 1.6 MiB of buffers a second, and Redis's marks take 0.9 MiB/s.
BUFFERS_MIB = 256
CACHE_MIB = 192

numbers = itertools.count(1)


class Embedded:
    """SQLite files in the house's folder; the cache is each process's own."""
    connections = 256  # of the load

    def config(self, folder):
        return f'[store]\nurl = "sqlite://{folder}/vote.db"\n[queue]\nurl = "sqlite://{folder}/queue.db"\n'

    def prepare(self, house):
        """Before the first of the house's programs starts."""

    def prepare_long_run(self):
        """Before the house's programs start: what servers fill by and by is full long before the end."""

    def sizes_mib(self, house):
        """Of files: the write-ahead logs, and what keeps votes."""
        return {"logs": {f"{name}-wal": files_mib([house.folder / f"{name}-wal"]) for name in ("vote.db", "queue.db")},
                "kept": {name: files_mib([house.folder / name]) for name in ("vote.db", "queue.db")}}

    def close(self):
        """After the last has ended."""

    def pids(self):
        """Of each server, by its name, the processes that it is."""
        return {}

    def cpu_s(self):
        """What each server has taken so far."""
        return {}


class Distributed(Embedded):
    """A database, a topic and a group of its own in PostgreSQL and Kafka, and a Redis that it found empty; the database
    goes with it. with_queue: else every vote is recorded by the store."""
    connections = 1024  # each of them waits for a batch to Kafka

    def __init__(self, servers, with_queue=True):
        self.servers, self.state, self.with_queue = servers, servers.state, with_queue
        self.name = f"bench_{next(numbers)}"
        self.store_url = self.state.store_url(base=self.name)
        self.sql(f"CREATE DATABASE {self.name} OWNER vote_owner", self.state.store_url("postgres", base="postgres"))
        self.empty_cache()

    def config(self, folder):
        """With what vote.toml(5) advises for tens of thousands of votes a second."""
        queue = self.state.queue_url() if self.with_queue else "none"
        return (f'[store]\nurl = "{self.store_url}"\n[queue]\nurl = "{queue}"\ntopic = "{self.name}"\n'
                f'partitions = 4\ndead_letter_topic = "{self.name}-dlq"\n[queue.kafka]\ngroup.id = "{self.name}"\nlinger.ms = 10\n'
                f'[worker]\nbatch_wait = "40ms"\n[cache]\nurl = "{self.state.cache_url()}"\n')

    def prepare(self, house):
        house.timed("votectl", "db", "migrate")
        if self.with_queue:
            house.timed("votectl", "queue", "create")

    def prepare_long_run(self):
        """What a server was given, and takes only as votes come, is taken within minutes, so that what grows after them
        is growth: PostgreSQL's buffers and Redis's memory are small enough to be full by then, Redis forgets as
        vote.toml(5) advises, a broker takes its heap when it starts, and checkpoints come often enough for their log to
        settle."""
        superuser = self.state.store_url("postgres", base="postgres")
        for setting in (f"shared_buffers = '{BUFFERS_MIB}MB'", "checkpoint_timeout = '1min'"):
            self.sql(f"ALTER SYSTEM SET {setting}", superuser)
        for setting, value in (("maxmemory", f"{CACHE_MIB}mb"), ("maxmemory-policy", "volatile-ttl")):
            self.redis("CONFIG", "SET", setting, value)
        os.environ["JDK_JAVA_OPTIONS"] = f"-Xms{HEAP_MIB}m -XX:+AlwaysPreTouch"
        self.servers.restart(["postgres", *self.state.brokers()])

    def sizes_mib(self, house):
        store = int(self.sql(f"SELECT pg_database_size('{self.name}')")) / (1 << 20)
        return {"logs": {"pg_wal": files_mib((self.state.folder / "postgres").rglob("pg_wal/*"))},
                "kept": {"database": store,
                         "topic": files_mib(self.state.folder.glob(f"kafka*/**/{self.name}-[0-9]*/*.log"))}}

    def close(self):
        self.sql(f"DROP DATABASE {self.name} WITH (FORCE)", self.state.store_url("postgres", base="postgres"))
        self.empty_cache()

    def sql(self, statement, url=None):
        """As psql prints it: a line a row."""
        return Tools().run([need("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url or self.store_url, "-c",
                            statement]).strip()

    def empty_cache(self):
        """It refuses where it is full, and marks stay until long after their poll."""
        self.redis("FLUSHALL")

    def redis(self, *words):
        Tools().run(["redis-cli", "-p", self.state.port("redis"), *words],
                    env={**os.environ, "REDISCLI_AUTH": self.state.password("redis")})

    def pids(self):
        return {name: [process.pid for process in self.state.process(name).tree()] for name in self.state.names()}

    def cpu_s(self):
        return {name: sum(map(cpu_s, pids)) for name, pids in self.pids().items()}


@contextlib.contextmanager
def running_servers():
    """Up within, and gone at the end with all that they kept."""
    with tempfile.TemporaryDirectory(prefix="vote-bench-servers.") as folder:
        servers = Servers(folder)
        try:
            servers.up()
            yield servers
        finally:
            servers.down()


def files_mib(paths):
    """Those that are there at the moment."""
    size = 0
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            size += path.stat().st_size
    return size / (1 << 20)


def cpu_s(pid):
    """What a process and those of its children that have ended took; 0 if it is over itself."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
