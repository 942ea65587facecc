"""Kafka in KRaft mode, from its Maven artifacts: each broker is also a controller."""
import contextlib
import fcntl
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from cluster.process import Failure
from cluster.programs import missing, need
from cluster.server import LOOK_EVERY_S, READY_S_MAX, Server, listens, text_of
from cluster.state import State

HERE = pathlib.Path(__file__).resolve().parent
VERSION = "4.1.0"
# Where its jars are kept, one copy for all folders of servers.
CACHE = pathlib.Path(os.environ.get("KAFKA_CACHE") or HERE.parents[1] / "build" / f"kafka-{VERSION}").absolute()
# The classes of a broker that has started, ready to be mapped into memory: half the time of a start.
CLASSES = CACHE / "classes.jsa"
HEAP_MIB = 512
# The second compiler takes more of two cores in the first minutes than it gives back: at 20,000 messages/s a broker
# took 9.3 s of CPU in the first 45 s and 6.8 s in the next, with both compilers 11.7 s and 8.3 s.
FLAGS = [f"-Xmx{HEAP_MIB}m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
CLUSTER = "AAAAAAAAAAAAAAAAAAAAAQ"
METADATA_S_MAX = 2


def missing_programs():
    return missing(Kafka.programs if CACHE.exists() else (*Kafka.programs, "mvn"))


def fetch(tools):
    """The jars, by Maven, once; who comes meanwhile waits."""
    if CACHE.exists():
        return
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with open(CACHE.with_name(CACHE.name + ".lock"), "a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if CACHE.exists():
            return
        print(f"servers: fetching Kafka {VERSION} by Maven into {CACHE}", file=sys.stderr)
        made = CACHE.with_name(CACHE.name + ".new")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        shutil.copy(HERE / "pom.xml", made)
        try:
            tools.run([need("mvn"), "--batch-mode", "-q", "dependency:copy-dependencies", "-DoutputDirectory=lib"],
                      cwd=made)
        except Failure as failure:
            raise Failure(f"Kafka {VERSION} was not fetched: is Maven's repository within reach? {failure}") from None
        made.rename(CACHE)
        keep_classes(tools)


def keep_classes(tools):
    """Lets a broker start and end, and keeps its classes. Without them brokers only start more slowly."""
    with tempfile.TemporaryDirectory(prefix="kafka.") as folder:
        state = State(folder)
        state.make(brokers=1, replica=False, pgbouncer=False)
        broker = Kafka(state, "kafka1", tools)
        broker.make()
        made = CLASSES.with_suffix(".new")
        program, *arguments = broker.command()
        command = [program, f"-XX:ArchiveClassesAtExit={made}", *arguments]
        with (open(broker.log, "wb") as words, contextlib.suppress(subprocess.TimeoutExpired),
              tools.child(command, stdout=words, stderr=words) as child):
            end = time.monotonic() + READY_S_MAX
            while not (broker.listens() and broker.is_ready()) and time.monotonic() < end and child.poll() is None:
                time.sleep(LOOK_EVERY_S)
            child.terminate()
            child.wait(READY_S_MAX)
            if made.exists():
                made.rename(CLASSES)


def java(main, *arguments):
    kept = [f"-XX:SharedArchiveFile={CLASSES}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"] if CLASSES.exists() else []
    return [need("java"), *FLAGS, *kept, f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}",
            "-cp", f"{CACHE}/lib/*", main, *arguments]


class Kafka(Server):
    programs = ("java", "kcat")
    # Within half a second a broker has closed its files; the last controllers then wait in vain for a majority.
    ended_s_max = 3

    def number(self, name):
        return name.removeprefix("kafka")

    def settings(self):
        return self.data / "server.properties"

    def make(self):
        brokers = self.state.brokers()
        self.data.mkdir()
        self.settings().write_text(text_of("kafka.properties", {
            "node": self.number(self.name), "port": self.port, "folder": self.data / "log",
            **{name: self.state.of(self.name)[name] for name in ("controller_port", "proxied_port", "proxy_port")},
            "voters": ",".join(f"{self.number(name)}@127.0.0.1:{self.state.of(name)['controller_port']}"
                               for name in brokers),
            "brokers": len(brokers), "in_sync": (len(brokers) + 1) // 2}))
        self.tools.run(java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self.settings()))

    def command(self):
        return java("kafka.Kafka", self.settings())

    def has_quorum(self):
        """Whether enough brokers run, this one among them, to elect a controller."""
        brokers = self.state.brokers()
        return 2 * sum(self.state.awake(name) for name in brokers) > len(brokers)

    def listens(self):
        return listens(self.port if self.has_quorum() else self.state.of(self.name)["controller_port"])

    def is_ready(self):
        """Its metadata has itself and all brokers that run. Alone of several it can only wait for the others."""
        if not self.has_quorum():
            return True
        try:
            told = json.loads(self.tools.run([need("kcat"), "-b", f"127.0.0.1:{self.port}", "-L", "-J",
                                              "-m", METADATA_S_MAX]))
        except (Failure, ValueError):
            return False
        known = {broker["name"] for broker in told["brokers"]}
        return known >= {f"127.0.0.1:{self.state.port(name)}" for name in self.state.brokers()
                         if self.state.awake(name)}
