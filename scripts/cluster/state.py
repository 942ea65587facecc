"""What a folder's servers are, in its servers.json: what was asked for, ports, passwords, processes."""
import contextlib
import fcntl
import json
import os
import pathlib
import random
import secrets
import socket
import threading

from cluster.process import STOPPED, Process

# Below what Linux gives to outgoing connections (net.ipv4.ip_local_port_range): a server that is down for a while
# finds its port free.
PORTS = range(10240, 32768)
ROLES = ("vote_owner", "vote_api", "vote_worker", "vote_auditor")
BASE = "vote"


def free_port(taken=()):
    while True:
        port = random.choice(PORTS)
        if port in taken:
            continue
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port


def write_private(path, text):
    """In one step, readable by nobody else: it holds passwords."""
    made = path.with_name(path.name + ".new")
    with open(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    made.replace(path)


class State:
    """Each change is in the file before the call returns. Any thread."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder).resolve()
        self.file = self.folder / "servers.json"
        self.lock = threading.Lock()
        self.read()

    def read(self):
        """known is None where no servers were ever asked for."""
        self.known = json.loads(self.file.read_text()) if self.file.exists() else None

    @contextlib.contextmanager
    def turn(self):
        """Commands that start or end servers take turns; each sees what the one before it changed."""
        with open(self.folder / "servers.lock", "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.read()
            yield

    def make(self, brokers, replica, pgbouncer):
        ports = []

        def port():
            ports.append(free_port(ports))
            return ports[-1]

        names = ["postgres", *["replica"] * replica, "redis", *["pgbouncer"] * pgbouncer,
                 *(f"kafka{number}" for number in range(1, brokers + 1))]
        servers = {name: {"port": port(), "made": False} for name in names}
        for name in names:
            if name.startswith("kafka"):
                for listener in ("controller_port", "proxied_port", "proxy_port"):
                    servers[name][listener] = port()
        self.known = {"asked": {"brokers": brokers, "replica": replica, "pgbouncer": pgbouncer},
                      "api_port": port(),
                      "passwords": {role: secrets.token_hex(16) for role in ("postgres", "redis", *ROLES)},
                      "servers": servers}
        self.write()

    def write(self):
        write_private(self.file, json.dumps(self.known, indent=1) + "\n")

    def note(self, name, **fields):
        with self.lock:
            self.known["servers"][name].update(fields)
            self.write()

    def names(self):
        return list(self.known["servers"])

    def of(self, name):
        return self.known["servers"][name]

    def port(self, name):
        return self.of(name)["port"]

    def password(self, role):
        return self.known["passwords"][role]

    def brokers(self):
        return [name for name in self.names() if name.startswith("kafka")]

    def process(self, name):
        """None where it was never started. It may be over."""
        fields = self.of(name)
        return Process(fields["pid"], fields["started"], fields["boot"]) if fields.get("pid") else None

    def running(self, name):
        """Also if it is stopped."""
        process = self.process(name)
        return bool(process and process.state())

    def awake(self, name):
        """It runs and is not stopped."""
        process = self.process(name)
        return bool(process and process.state() not in ("", *STOPPED))

    # What clients name.

    def store_url(self, role="vote_owner", server=None, base=BASE):
        """Through PgBouncer, if there is one and no server is named."""
        server = server or ("pgbouncer" if "pgbouncer" in self.names() else "postgres")
        return f"postgresql://{role}:{self.password(role)}@127.0.0.1:{self.port(server)}/{base}"

    def queue_url(self):
        return "kafka://" + self.bootstrap()

    def bootstrap(self):
        return ",".join(f"127.0.0.1:{self.port(name)}" for name in self.brokers())

    def cache_url(self):
        return f"redis://:{self.password('redis')}@127.0.0.1:{self.port('redis')}"
