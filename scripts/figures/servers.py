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
STOPPED_S_MAX = 15
CACHE = ROOT / "build" / "peer"
KAFKA = "4.1.0"
KAFKA_JARS = CACHE / f"kafka-{KAFKA}"
PACKAGES = {"wrk": "wrk", "initdb": "postgresql", "postgres": "postgresql", "psql": "postgresql-client",
            "redis-server": "redis-server", "java": "openjdk-17-jre-headless", "mvn": "maven"}
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


def found(program):
    return shutil.which(program) or next(map(str, sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))),
                                         None)


def missing():
    """What is not installed, by name."""
    return [f"{program} (Debian's {package})" for program, package in PACKAGES.items()
            if not found(program) and not (program == "mvn" and KAFKA_JARS.exists())]


def need(program):
    """Where it is."""
    path = found(program)
    if not path:
        raise Failure(f"{program} is not installed: scripts/install-dependencies --bench (Debian's {PACKAGES[program]})")
    return path


def kafka_jars():
    if not KAFKA_JARS.exists():
        made = KAFKA_JARS.with_suffix(".new")
        made.mkdir(parents=True, exist_ok=True)
        (made / "pom.xml").write_text(POM)
        run([need("mvn"), "-q", "dependency:copy-dependencies", "-DoutputDirectory=lib"], cwd=made)
        made.rename(KAFKA_JARS)
    return KAFKA_JARS / "lib"


def run(command, **more):
    done = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True, **more)
    if done.returncode != 0:
        said = (done.stdout + done.stderr).strip()
        raise Failure(f"{pathlib.Path(command[0]).name} ended with status {done.returncode}: "
                      f"{said.splitlines()[-1] if said else 'it said nothing'}\n{said[-2000:]}")
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
            self.stop(process)

    @staticmethod
    def stop(process):
        """SIGTERM, and SIGKILL where that does not end it."""
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(STOPPED_S_MAX)
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
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                raise Failure("there is no user postgres, as whom root runs PostgreSQL") from None
            owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(data, user.pw_uid, user.pw_gid)
            for folder in (self.folder, self.folder.parent):
                folder.chmod(folder.stat().st_mode | 0o011)
        run([need("initdb"), "-D", data, "-U", "bench", "-A", "trust"], cwd="/", **owner)
        process = self.start("postgres", [need("postgres"), "-D", data, "-p", port, "-h", "127.0.0.1",
                                          "-k", data], cwd="/", **owner)
        self.await_port("postgres", process, port)
        self.postgres = f"postgresql://bench@127.0.0.1:{port}/postgres"

    def start_redis(self):
        port = free_port()
        process = self.start("redis", [need("redis-server"), "--port", port, "--bind", "127.0.0.1",
                                       "--dir", self.folder, "--save", ""])
        self.await_port("redis", process, port)
        self.redis = f"redis://127.0.0.1:{port}"

    def start_kafka(self):
        """One broker that is its own controller (KRaft)."""
        port, controller = free_port(), free_port()
        java = [need("java"), "-Xmx512m", "-cp", f"{kafka_jars()}/*"]
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
