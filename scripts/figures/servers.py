"""PostgreSQL, Redis and Kafka on free ports of 127.0.0.1, with their data in a folder; gone at the end."""
import contextlib
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import time

from figures.house import ROOT, Failure

READY_S_MAX = 60
CACHE = ROOT / "build" / "peer"
KAFKA = "4.1.0"
# Kafka as its Maven artifacts: the broker and the tools that format its storage.
POM = f"""<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>local</groupId><artifactId>kafka</artifactId><version>1</version><packaging>pom</packaging><dependencies>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{KAFKA}</version></dependency>
<dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>{KAFKA}</version></dependency>
</dependencies></project>
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def need(program, package):
    found = shutil.which(program) or next(iter(sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))), None)
    if not found:
        raise Failure(f"{program} is not installed: scripts/install-dependencies --bench (Debian's {package})")
    return str(found)


def kafka_jars():
    jars = CACHE / f"kafka-{KAFKA}"
    if not jars.exists():
        made = jars.with_suffix(".new")
        made.mkdir(parents=True, exist_ok=True)
        (made / "pom.xml").write_text(POM)
        run([need("mvn", "maven"), "-q", "dependency:copy-dependencies", "-DoutputDirectory=lib"], cwd=made)
        made.rename(jars)
    return jars / "lib"


def run(command, **more):
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise Failure(f"{command[0]} ended with status {done.returncode}:\n{(done.stdout + done.stderr)[-2000:]}")
    return done.stdout


class Servers:
    """postgres, redis and kafka are what clients name: URLs, and host:port."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.processes = []

    def __enter__(self):
        try:
            self.start_postgres()
            self.start_redis()
            self.start_kafka()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
        for process in reversed(self.processes):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(15)
            process.kill()
            process.wait()

    def start(self, name, command, **more):
        with open(self.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen(list(map(str, command)), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                       start_new_session=True, **more)
        self.processes.append(process)
        return process

    def await_port(self, name, process, port):
        end = time.monotonic() + READY_S_MAX
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                return
            time.sleep(0.05)
        raise Failure(f"{name} was not ready:\n{(self.folder / f'{name}.log').read_text(errors='replace')[-2000:]}")

    def start_postgres(self):
        """PostgreSQL does not run as root: root runs it as the user that Debian's package made."""
        data, port = self.folder / "postgres", free_port()
        data.mkdir(mode=0o700)
        owner = {}
        if os.getuid() == 0:
            user = pwd.getpwnam("postgres")
            owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(data, user.pw_uid, user.pw_gid)
            for folder in (self.folder, self.folder.parent):
                folder.chmod(folder.stat().st_mode | 0o011)
        run([need("initdb", "postgresql"), "-D", data, "-U", "bench", "-A", "trust"], cwd="/", **owner)
        process = self.start("postgres", [need("postgres", "postgresql"), "-D", data, "-p", port, "-h", "127.0.0.1",
                                          "-k", data], cwd="/", **owner)
        self.await_port("postgres", process, port)
        self.postgres = f"postgresql://bench@127.0.0.1:{port}/postgres"

    def start_redis(self):
        port = free_port()
        process = self.start("redis", [need("redis-server", "redis-server"), "--port", port, "--bind", "127.0.0.1",
                                       "--dir", self.folder, "--save", ""])
        self.await_port("redis", process, port)
        self.redis = f"redis://127.0.0.1:{port}"

    def start_kafka(self):
        """One broker that is its own controller (KRaft)."""
        port, controller = free_port(), free_port()
        java = [need("java", "openjdk-17-jre-headless"), "-Xmx512m", "-cp", f"{kafka_jars()}/*"]
        properties = self.folder / "kafka.properties"
        properties.write_text(
            "process.roles=broker,controller\nnode.id=1\n"
            f"controller.quorum.voters=1@127.0.0.1:{controller}\ncontroller.listener.names=CONTROLLER\n"
            f"listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n"
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{port}\n"
            "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT\n"
            f"log.dirs={self.folder}/kafka\noffsets.topic.replication.factor=1\n"
            "transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\nnum.partitions=12\n"
            "group.initial.rebalance.delay.ms=0\n")
        run([*java, "kafka.tools.StorageTool", "format", "-t", "AAAAAAAAAAAAAAAAAAAAAQ", "-c", properties])
        process = self.start("kafka", [*java, "kafka.Kafka", properties])
        self.await_port("kafka", process, port)
        self.kafka = f"127.0.0.1:{port}"
