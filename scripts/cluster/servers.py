"""All servers of a folder together."""
import concurrent.futures
import pathlib
import time

from cluster import clients, kafka
from cluster.kafka import Kafka
from cluster.pgbouncer import PgBouncer
from cluster.postgres import PostgreSql, Replica
from cluster.process import STOPPED, Failure
from cluster.programs import missing
from cluster.redis import Redis
from cluster.state import State
from cluster.tools import Tools

KINDS = {"postgres": PostgreSql, "replica": Replica, "redis": Redis, "pgbouncer": PgBouncer,
         "kafka1": Kafka, "kafka2": Kafka, "kafka3": Kafka}
STATES = {"": "dead", **dict.fromkeys(STOPPED, "stopped")}


def not_installed(replica=False, pgbouncer=False):
    """What the servers need and this machine does not have, by name."""
    kinds = [PostgreSql, Redis, *[Replica] * replica, *[PgBouncer] * pgbouncer]
    return missing(dict.fromkeys(program for kind in kinds for program in kind.programs)) + kafka.missing_programs()


class Servers:
    """Commands that start or end servers take turns, folder by folder; signals do not wait for them."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.state = State(self.folder)
        self.tools = Tools()

    def server(self, name):
        return KINDS[name](self.state, name, self.tools)

    def named(self, names=None):
        """None is all. Failure for one that this folder does not have."""
        if self.state.known is None:
            raise Failure(f"there are no servers in {self.folder}: scripts/servers up {self.folder}")
        if unknown := [name for name in names or () if name not in self.state.names()]:
            raise Failure(f"there is no {unknown[0]} in {self.folder}, which has {', '.join(self.state.names())}")
        return [self.server(name) for name in dict.fromkeys(names or self.state.names())]

    def up(self, brokers=None, replica=False, pgbouncer=False):
        """Starts those that do not run. Which there are is said the first time; later nothing else can be asked for."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.state.turn():
            if self.state.known is None:
                if absent := not_installed(replica, pgbouncer):
                    raise Failure(f"not installed: {', '.join(absent)}; "
                                  "scripts/install-dependencies --servers installs it")
                self.state.make(brokers or 1, replica, pgbouncer)
            has = self.state.known["asked"]
            if brokers not in (None, has["brokers"]) or replica > has["replica"] or pgbouncer > has["pgbouncer"]:
                raise Failure(f"{self.folder} has {', '.join(self.state.names())}: take those, or another folder")
            if stopped := [line["name"] for line in self.status() if line["state"] == "stopped"]:
                raise Failure(f"{stopped[0]} is stopped: scripts/servers cont {' '.join(stopped)} {self.folder}")
            clients.write(self.state)
            self.start_those([server for server in self.named() if not self.state.running(server.name)])

    def start(self, names):
        self.named(names)
        with self.state.turn():
            if running := [name for name in names if self.state.running(name)]:
                raise Failure(f"{running[0]} runs already")
            self.start_those(self.named(names))

    def restart(self, names):
        """In good order: what they keep is kept."""
        chosen = self.named(names)
        with self.state.turn():
            self.end_those(chosen)
            self.start_those(chosen)

    def start_those(self, chosen):
        """In parallel. If one fails, or this is interrupted, none of them is left running."""
        if any(isinstance(server, Kafka) for server in chosen):
            kafka.fetch(self.tools)
        pool = concurrent.futures.ThreadPoolExecutor(len(chosen) or 1)
        started = {}

        def start(server):
            for name in server.after:
                if name in started:
                    started[name].result()
            server.start()

        try:
            for server in chosen:  # those that others come after are first
                started[server.name] = pool.submit(start, server)
            for future in concurrent.futures.as_completed(started.values()):
                future.result()
        except BaseException:
            self.tools.give_up()
            pool.shutdown(cancel_futures=True)
            self.end_those(chosen)
            raise
        pool.shutdown()

    def down(self):
        """Also of what a command left that did not end as it should. The data stay."""
        if self.state.file.exists():
            with self.state.turn():
                self.end_those(self.named())

    @staticmethod
    def end_those(chosen):
        for server in chosen:
            server.ask_to_end()
        asked_at = time.monotonic()
        for server in chosen:
            server.end(asked_at)

    # Signals, each to a server and all its children.

    def kill(self, names):
        for process in self.processes(names):
            process.kill()

    def stop(self, names):
        for process in self.processes(names):
            process.stop()

    def go_on(self, names):
        for process in self.processes(names):
            process.go_on()

    def processes(self, names):
        servers = self.named(names)
        if dead := [name for name in names if not self.state.running(name)]:
            raise Failure(f"{dead[0]} does not run: scripts/servers start {dead[0]} {self.folder}")
        return [server.process() for server in servers]

    def status(self):
        found = []
        for server in self.named():
            process = server.process()
            state = process.state() if process else ""
            found.append({"name": server.name, "state": STATES.get(state, "running"), "port": server.port,
                          "pid": process.pid if state else None,
                          "resident_mib": round(process.resident_mib(), 1) if state else None})
        return found
