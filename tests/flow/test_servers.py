"""scripts/servers: real servers, ready when it returns, each killed, stopped and started alone, and gone after down."""
import contextlib
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tomllib

import pytest

from house import ROOT, eventually

sys.path.insert(0, str(ROOT / "scripts"))
from cluster.state import State  # noqa: E402

pytestmark = pytest.mark.embedded

NAMES = ["postgres", "replica", "redis", "pgbouncer", "kafka1"]
ALL_MIB_MAX = 4096  # three brokers, PostgreSQL and Redis
READY_S_MAX = 120  # the first time, Kafka is fetched


def servers(verb, *arguments):
    return subprocess.run([ROOT / "scripts" / "servers", verb, *map(str, arguments)], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=READY_S_MAX)


def done(verb, *arguments):
    ended = servers(verb, *arguments)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def said(*command, **environment):
    """What a client printed, or None if it failed."""
    ended = subprocess.run(list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                           timeout=30, env={**os.environ, "PGCONNECT_TIMEOUT": "2", **environment})
    return ended.stdout.strip() if ended.returncode == 0 else None


def status(folder):
    return {line["name"]: line for line in json.loads(servers("status", "--json", folder).stdout)}


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def processes_in(folder):
    """Whatever runs there, and in no other root: PostgreSQL's have it as their folder, all others in their command."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes().decode(errors="replace")
            named = str(folder) in words or os.readlink(entry / "cwd").startswith(str(folder))
            if words and named and os.path.samestat(os.stat(entry / "root"), os.stat("/")):
                found.append((entry.name, words))
    return found


def is_gone(folder):
    return not processes_in(folder) and not any(listens(line["port"]) for line in status(folder).values())


class Folder:
    """The servers of a folder, as clients see them."""

    def __init__(self, path):
        self.path = path
        self.state = State(path)

    def sql(self, statement, server="postgres", role="vote_owner"):
        return said("psql", "-XAtqd", self.state.store_url(role, server), "-c", statement)

    def redis(self, *command):
        return said("redis-cli", "-p", self.state.port("redis"), *command, REDISCLI_AUTH=self.state.password("redis"))

    def brokers(self, name="kafka1"):
        told = said("kcat", "-b", f"127.0.0.1:{self.state.port(name)}", "-L", "-J", "-m", "2")
        return {broker["name"] for broker in json.loads(told)["brokers"]} if told else None

    def answers(self, name):
        if name.startswith("kafka"):
            return self.brokers(name) is not None
        if name == "redis":
            return said("timeout", "2", "redis-cli", "-p", self.state.port(name), "PING") is not None
        return said("timeout", "2", "psql", "-XAtqd", self.state.store_url(server=name), "-c", "SELECT 1") == "1"


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    path = tmp_path_factory.mktemp("servers")
    try:
        done("up", "--replica", "--pgbouncer", path)
        yield Folder(path)
    finally:
        assert servers("down", path).returncode == 0 and is_gone(path)


@pytest.fixture
def folder(tmp_path):
    """One without servers yet; none are left."""
    path = tmp_path / "servers"
    yield path
    assert servers("down", path).returncode == 0
    assert not processes_in(path)


def test_all_run_and_say_how_much_memory_they_take(running):
    found = status(running.path)
    assert list(found) == NAMES and {line["state"] for line in found.values()} == {"running"}
    assert servers("status", running.path).returncode == 0
    resident = {name: line["resident_mib"] for name, line in found.items()}
    assert all(0 < mib for mib in resident.values())
    assert resident["postgres"] + resident["redis"] + 3 * resident["kafka1"] < ALL_MIB_MAX


def test_the_environment_and_the_configuration_name_the_same_servers(running):
    named = said("env", "-i", "sh", "-c", f". {running.path}/env && /usr/bin/env")
    found = dict(line.split("=", 1) for line in named.splitlines() if line.startswith("VOTE_"))
    config = tomllib.loads((running.path / "vote.toml").read_text())
    assert found == {"VOTE_STORE_URL": config["store"]["url"], "VOTE_STORE_READ_URL": config["store"]["read_url"],
                     "VOTE_QUEUE_URL": config["queue"]["url"], "VOTE_CACHE_URL": config["cache"]["url"],
                     "VOTE_AUTH_SECRET_FILE": config["auth"]["secret_file"]}
    secret = pathlib.Path(config["auth"]["secret_file"])
    assert secret.stat().st_mode & 0o777 == 0o600 and len(secret.read_text().strip()) >= 32
    assert f":{running.state.port('pgbouncer')}/" in config["store"]["url"]
    assert said("psql", "-XAtqd", config["store"]["url"], "-c", "SELECT current_user") == "vote_owner"
    assert said("psql", "-XAtqd", config["store"]["read_url"], "-c", "SELECT pg_is_in_recovery()") == "t"
    assert config["cache"]["url"] == running.state.cache_url() and running.redis("PING") == "PONG"
    assert running.brokers() == {config["queue"]["url"].removeprefix("kafka://")}


def test_roles_log_in_with_passwords_and_only_the_owner_makes_tables(running):
    for role in ("vote_api", "vote_worker", "vote_auditor"):
        assert running.sql("SELECT current_user", role=role) == role
        assert running.sql(f"CREATE TABLE of_{role} (a int)", role=role) is None
    assert running.sql("CREATE TABLE of_owner (a int); CREATE ROLE made; DROP ROLE made") == ""
    wrong = running.state.store_url(server="postgres").replace(running.state.password("vote_owner"), "wrong")
    assert said("psql", "-XAtqd", wrong, "-c", "SELECT 1") is None
    assert said("redis-cli", "-p", running.state.port("redis"), "PING") != "PONG"


@pytest.mark.parametrize("name", NAMES)
def test_a_server_that_is_killed_is_dead_and_starts_again_where_it_was(running, name):
    running.sql("CREATE TABLE IF NOT EXISTS kept (a int); INSERT INTO kept VALUES (1)")
    rows = running.sql("SELECT count(*) FROM kept")
    tree = State(running.path).process(name).tree()
    before = status(running.path)
    done("kill", name, running.path)
    assert not any(process.state() for process in tree) and not listens(before[name]["port"])
    after = status(running.path)
    assert after.pop(name)["state"] == "dead" and all(line["state"] == "running" for line in after.values())
    assert servers("status", running.path).returncode == 1
    again = servers("kill", name, running.path)
    assert again.returncode == 1 and f"scripts/servers start {name}" in again.stderr

    done("start", name, running.path)
    assert running.answers(name)
    after = status(running.path)
    assert after[name]["state"] == "running" and after[name]["port"] == before[name]["port"]
    assert running.sql("SELECT count(*) FROM kept") == rows
    assert servers("start", name, running.path).returncode == 1  # it runs


@pytest.mark.parametrize("name", NAMES)
def test_a_server_that_is_stopped_takes_connections_and_answers_nothing_until_it_goes_on(running, name):
    assert running.answers(name)
    done("stop", name, running.path)
    try:
        assert status(running.path)[name]["state"] == "stopped"
        assert listens(running.state.port(name)) and not running.answers(name)
        refused = servers("up", running.path)
        assert refused.returncode == 1 and f"scripts/servers cont {name}" in refused.stderr
    finally:
        done("cont", name, running.path)
    eventually(lambda: running.answers(name), f"{name} answers again")
    assert status(running.path)[name]["state"] == "running"


def test_another_process_that_has_the_pid_of_a_server_is_left_alone(running):
    file = running.path / "servers.json"
    kept = file.read_text()
    told = json.loads(kept)
    told["servers"]["redis"]["started"] -= 1
    file.write_text(json.dumps(told))
    try:
        refused = servers("kill", "redis", running.path)
        assert refused.returncode == 1 and "does not run" in refused.stderr
        assert status(running.path)["redis"]["state"] == "dead" and running.answers("redis")
    finally:
        file.write_text(kept)


def test_up_again_leaves_those_that_run_and_starts_those_that_do_not(running):
    done("kill", "redis", running.path)
    before = status(running.path)
    done("up", running.path)
    after = status(running.path)
    assert after.pop("redis")["state"] == "running" and before.pop("redis")["state"] == "dead"
    assert {name: line["pid"] for name, line in after.items()} == {name: line["pid"] for name, line in before.items()}


def test_up_with_other_servers_than_the_folder_has_is_refused(running):
    refused = servers("up", "--brokers", 3, running.path)
    assert refused.returncode == 1 and "kafka1" in refused.stderr and "another folder" in refused.stderr


def test_a_replica_follows(running):
    running.sql("CREATE TABLE followed AS SELECT 7 AS seven")
    eventually(lambda: running.sql("SELECT seven FROM followed", "replica") == "7", "the replica has it")
    assert running.sql("CREATE TABLE written (a int)", "replica") is None


def test_three_brokers_know_each_other_and_fit_in_memory(folder):
    done("up", "--brokers", 3, folder)
    three = Folder(folder)
    everyone = {f"127.0.0.1:{three.state.port(name)}" for name in three.state.brokers()}
    assert len(everyone) == 3
    assert all(three.brokers(name) == everyone for name in three.state.brokers())
    assert sum(line["resident_mib"] for line in status(folder).values()) < ALL_MIB_MAX
    # One of three alone elects no controller: it is started, and waits.
    done("kill", *three.state.brokers(), folder)
    done("start", "kafka3", folder)
    assert status(folder)["kafka3"]["state"] == "running"


def test_after_down_nothing_runs_and_up_finds_ports_and_data_again(folder):
    done("up", folder)
    first = Folder(folder)
    first.sql("CREATE TABLE kept AS SELECT 7 AS seven")
    trees = [process for name in first.state.names() for process in first.state.process(name).tree()]
    assert len(trees) > len(first.state.names())  # PostgreSQL's
    ports = {name: line["port"] for name, line in status(folder).items()}
    done("down", folder)
    assert not any(process.state() for process in trees) and is_gone(folder)
    done("down", folder)
    done("up", folder)
    assert {name: line["port"] for name, line in status(folder).items()} == ports
    assert Folder(folder).sql("SELECT seven FROM kept") == "7"

    # A start that fails takes the others with it, and says why.
    done("down", folder)
    (folder / "postgres" / "global" / "pg_control").write_bytes(b"no such thing")
    failed = servers("up", folder)
    assert failed.returncode == 1
    assert "postgres ended" in failed.stderr and "pg_control" in failed.stderr and "postgres.log" in failed.stderr
    assert is_gone(folder)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_up_that_is_interrupted_leaves_nothing_after_down(folder, number):
    up = subprocess.Popen([ROOT / "scripts" / "servers", "up", folder], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)

    def begun():
        """Some run, and Kafka, which takes the longest, is not ready."""
        return (folder / "servers.json").exists() and State(folder).process("kafka1")

    try:
        eventually(begun, "a broker is started", READY_S_MAX)
        up.send_signal(number)
    finally:
        up.wait(READY_S_MAX)
    if number == signal.SIGTERM:
        assert is_gone(folder)
    done("down", folder)
    eventually(lambda: is_gone(folder), "all is gone")
    done("up", folder)


def test_a_folder_without_servers_is_named(tmp_path):
    done("down", tmp_path / "none")
    assert not (tmp_path / "none").exists()
    for verb in ("status", "kill redis", "start redis", "stop redis", "cont redis"):
        refused = servers(*verb.split(), tmp_path / "none")
        assert refused.returncode == 1 and "scripts/servers up" in refused.stderr, verb
    unknown = servers("kill", "luck", tmp_path)
    assert unknown.returncode == 2 and "luck" in unknown.stderr
