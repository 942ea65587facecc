"""Kafka in KRaft mode: each broker is also a controller, from the Maven artifacts."""
import fcntl
import json
import os
import pathlib
import shutil
import sys

from cluster.process import Failure, tools
from cluster.programs import found, missing, need
from cluster.server import Server, listens, text_of

HERE = pathlib.Path(__file__).resolve().parent
VERSION = "4.1.0"
# Where its jars are kept, one copy for all folders of servers.
CACHE = pathlib.Path(os.environ.get("KAFKA_CACHE") or HERE.parents[1] / "build" / f"kafka-{VERSION}").absolute()
HEAP = "-Xmx512m"
FLAGS = [HEAP, "-XX:+UseSerialGC"]
CLUSTER = "AAAAAAAAAAAAAAAAAAAAAQ"
METADATA_S_MAX = 2


def is_fetched():
    return CACHE.exists()


def fetch():
    """The jars, by Maven, once; who comes meanwhile waits."""
    if is_fetched():
        return
    CACHE.parent.mkdir(parents=True, exist_ok=True)
    with open(CACHE.with_name(CACHE.name + ".lock"), "a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if is_fetched():
            return
        print(f"fetching Kafka {VERSION} by Maven into {CACHE}", file=sys.stderr)
        made = CACHE.with_name(CACHE.name + ".new")
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir()
        shutil.copy(HERE / "pom.xml", made)
        try:
            tools.run([need("mvn"), "--batch-mode", "-q", "dependency:copy-dependencies", "-DoutputDirectory=lib"],
                      cwd=made)
        except Failure as failure:
            raise Failure(f"Kafka {VERSION} could not be fetched (is Maven's repository within reach?): {failure}") from None
        made.rename(CACHE)


def java(main, *arguments):
    return [need("java"), *FLAGS, f"-Dlog4j2.configurationFile={HERE / 'log4j2.properties'}", "-cp", f"{CACHE}/lib/*", main,
            *arguments]


class Kafka(Server):
    programs = ("java", "kcat")

    def settings(self):
        return self.state.folder / f"{self.name}.properties"

    def make(self):
        brokers = self.state.brokers()
        self.settings().write_text(text_of("kafka.properties", {
            "node": self.name.removeprefix("kafka"), "port": self.port, "folder": self.data,
            "controller_port": self.state.of(self.name)["controller_port"],
            "voters": ",".join(f"{name.removeprefix('kafka')}@127.0.0.1:{self.state.of(name)['controller_port']}"
                               for name in brokers),
            "brokers": len(brokers), "in_sync": (len(brokers) + 1) // 2}))
        tools.run(java("kafka.tools.StorageTool", "format", "-t", CLUSTER, "-c", self.settings()))

    def command(self):
        return java("kafka.Kafka", self.settings())

    def has_quorum(self):
        """Whether enough brokers run, this one among them, to elect a controller."""
        brokers = self.state.brokers()
        return 2 * sum(self.state.running(name) for name in brokers) > len(brokers)

    def listens(self):
        return listens(self.port if self.has_quorum() else self.state.of(self.name)["controller_port"])

    def is_ready(self):
        """It is itself in the metadata that it tells, with all brokers that run; alone of several it can only wait."""
        if not self.has_quorum():
            return True
        try:
            told = json.loads(tools.run([need("kcat"), "-b", f"127.0.0.1:{self.port}", "-L", "-J", "-m",
                                         METADATA_S_MAX]))
        except (Failure, ValueError):
            return False
        known = {broker["name"] for broker in told["brokers"]}
        return known >= {f"127.0.0.1:{self.state.port(name)}" for name in self.state.brokers()
                         if self.state.running(name)}


def missing_programs():
    return missing(Kafka.programs if is_fetched() else (*Kafka.programs, "mvn"))
