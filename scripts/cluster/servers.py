"""All servers of a folder together."""
import concurrent.futures
import contextlib
import pathlib
import time

from cluster import clients, kafka
from cluster.kafka import Kafka
from cluster.pgbouncer import PgBouncer
from cluster.postgres import PostgreSql, Replica
from cluster.process import Failure, tools
from cluster.programs import missing
from cluster.redis import Redis
from cluster.server import ENDED_S_MAX
from cluster.state import State

KINDS = {"postgres": PostgreSql, "replica": Replica, "redis": Redis, "pgbouncer": PgBouncer,
         "kafka1": Kafka, "kafka2": Kafka, "kafka3": Kafka}
STATES = {"": "dead", "T": "stopped", "t": "stopped"}


class Servers:
    """Commands that start or end servers take turns, folder by folder; signals do not wait for them."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.state = State(self.folder)

    def server(self, name):
        return KINDS[name](self.state, name)

    def named(self, names):
        """None is all. Failure for one that this folder does not have."""
        if self.state.known is None:
            raise Failure(f"there are no servers in {self.folder}: scripts/servers up {self.folder}")
        if unknown := [name for name in names or () if name not in self.state.names()]:
            raise Failure(f"there is no {unknown[0]} in {self.folder}, which has {', '.join(self.state.names())}")
        return [self.server(name) for name in names or self.state.names()]

    def turn(self):
        """Of this command; what the one before it changed is seen."""
        self.folder.mkdir(parents=True, exist_ok=True)
        turn = contextlib.ExitStack()
        turn.enter_context(State.only_one(self.folder))
        self.state = State(self.folder)
        return turn

    def up(self, brokers=None, replica=False, pgbouncer=False):
        """Starts what does not run. Which servers there are is asked for once; later only the same can be."""
        with self.turn():
            if self.state.known is None:
                self.check_installed(replica, pgbouncer)
                self.state.make(brokers or 1, replica, pgbouncer)
            has = self.state.known["asked"]
            if (brokers or has["brokers"]) != has["brokers"] or replica > has["replica"] or pgbouncer > has["pgbouncer"]:
                raise Failure(f"{self.folder} has {', '.join(self.state.names())}: take those, or another folder")
            self.check_none_stopped()
            clients.write(self.state)
            self.start_those([server for server in self.named(None) if not self.state.running(server.name)])

    @staticmethod
    def check_installed(replica, pgbouncer):
        kinds = [PostgreSql, Redis, *[Replica] * replica, *[PgBouncer] * pgbouncer]
        absent = missing(dict.fromkeys(program for kind in kinds for program in kind.programs))
        if absent := absent + kafka.missing_programs():
            raise Failure(f"not installed: {', '.join(absent)}; scripts/install-dependencies --tests installs it")

    def check_none_stopped(self):
        for line in self.status():
            if line["state"] == "stopped":
                raise Failure(f"{line['name']} is stopped: scripts/servers cont {line['name']} {self.folder}")

    def start(self, names):
        with self.turn():
            for server in self.named(names):
                if self.state.running(server.name):
                    raise Failure(f"{server.name} runs already")
            self.start_those(self.named(names))

    def start_those(self, chosen):
        """In parallel. If one fails, or this is interrupted, none of them is left running."""
        if any(isinstance(server, Kafka) for server in chosen):
            kafka.fetch()
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
            tools.give_up()
            pool.shutdown(cancel_futures=True)
            self.end_those(chosen)
            raise
        pool.shutdown()

    def down(self):
        """Also of what a command left that did not end as it should. The data stay."""
        if not self.folder.exists():
            return
        with self.turn():
            if self.state.known is not None:
                self.end_those(self.named(None))

    @staticmethod
    def end_those(chosen):
        for server in chosen:
            server.ask_to_end()
        deadline = time.monotonic() + ENDED_S_MAX
        for server in chosen:
            server.end(deadline)

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
        dead = [server.name for server in self.named(names) if not self.state.running(server.name)]
        if dead:
            raise Failure(f"{dead[0]} does not run: scripts/servers start {dead[0]} {self.folder}")
        return [server.process() for server in self.named(names)]

    def status(self):
        found = []
        for server in self.named(None):
            process = server.process()
            state = process.state() if process else ""
            found.append({"name": server.name, "state": STATES.get(state, "running"), "port": server.port,
                          "pid": process.pid if state else None,
                          "resident_mib": round(process.resident_mib(), 1) if state else None})
        return found
