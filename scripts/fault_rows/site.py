"""The daemons of a row, each known by its name (api1, worker2, reconcile1), started again where they end by themselves,
as systemd would; and what can happen to them."""
import contextlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time

from cluster.process import Failure
from figures.house import BIN, READY_S_MAX, House

PROGRAMS = {"api": "vote-api", "worker": "vote-worker", "reconcile": "vote-reconcile"}
ARGUMENTS = {"reconcile": ("--every", "1s")}
SETTINGS = '[polls]\ngrace = "1s"\n[log]\nlevel = "info"\n'
TERM_S_MAX = 30  # of the units in cmd/systemd: then systemd kills
IN_SYNC_S_MAX = 90
TEND_EVERY_S = 0.25
CASTS = re.compile(r'^vote_casts_total\{outcome="(\w+)"\} (\S+)$', re.MULTILINE)


def kind_of(name):
    return name.rstrip("0123456789")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site(House):
    """All methods: any thread. servers: of the distributed engine, else None."""

    def __init__(self, engine, servers=None, settings=""):
        self.ports, self.shown_ports = {}, {}  # of APIs: where they listen, and where the load finds them if elsewhere
        self.more, self.before, self.env = {}, {}, {}
        self.hidden = set()  # APIs of which the load does not know
        self.wanted, self.endings, self.ended_badly, self.notes = set(), [], [], {}
        self.journals = []  # beside the load's
        self.wanted_polls = None  # makes those that the load votes in, in place of its own
        self.load = None
        self.servers = servers
        self.lock = threading.RLock()
        self.closing = contextlib.ExitStack()
        super().__init__(engine=engine, settings=SETTINGS + settings)

    def __exit__(self, *_):
        self.wanted.clear()
        for name in list(self.processes):
            self.signal(name, signal.SIGCONT)
            self.signal(name, signal.SIGKILL)
            self.processes[name].wait()
        try:
            self.closing.close()
            self.bring_servers_back()
        finally:
            super().__exit__()

    # Daemons.

    def has(self, name):
        return kind_of(name) in PROGRAMS

    def url(self, name="api1"):
        return f"http://127.0.0.1:{self.shown_ports.get(name, self.ports[name])}"

    def urls(self):
        return [self.url(name) for name in self.ports if name not in self.hidden]

    def arguments(self, name):
        flags = list(ARGUMENTS.get(kind_of(name), ()))
        if kind_of(name) == "api":
            if name not in self.ports:
                self.ports[name] = self.port if name == "api1" else free_port()
            flags += ["--set", f"api.listen=127.0.0.1:{self.ports[name]}"]
        for setting in (*self.more.get(kind_of(name), ()), *self.more.get(name, ())):
            flags += ["--set", setting]
        return flags

    def run(self, name):
        """Starts a daemon that is to run from now on; does not wait for it."""
        with self.lock:
            self.wanted.add(name)
            self.start(PROGRAMS[kind_of(name)], name, self.arguments(name), self.before.get(name, ()),
                       {**os.environ, **self.env[name]} if name in self.env else None)

    def tend(self):
        """Starts those again that ended though nobody told them to."""
        with self.lock:
            for name in sorted(self.wanted):
                process = self.processes.get(name)
                if process is not None and process.poll() is not None:
                    self.endings.append((name, process.returncode))
                    self.run(name)

    def signal(self, name, number):
        """To the daemon and to what runs it."""
        process = self.processes.get(name)
        if process is not None and process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)

    def kill(self, name):
        with self.lock:
            self.wanted.discard(name)
            self.signal(name, signal.SIGKILL)
            self.processes[name].wait()

    def leave(self, name):
        """As systemd stops it: killed where it takes too long, which is noted."""
        with self.lock:
            self.wanted.discard(name)
            process = self.processes[name]
            self.signal(name, signal.SIGTERM)
        try:
            process.wait(TERM_S_MAX)
        except subprocess.TimeoutExpired:
            self.note("killed_after_sigterm")
            return self.kill(name)
        # A daemon that has hardly begun does not know SIGTERM yet.
        if process.returncode not in (0, -signal.SIGTERM):
            self.ended_badly.append((name, process.returncode))

    def listens(self, name):
        line = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=5)
        with contextlib.closing(line), contextlib.suppress(OSError, http.client.HTTPException):
            line.request("GET", "/healthz")
            return line.getresponse().status == 200
        return False

    def await_listening(self, *names):
        end = time.monotonic() + READY_S_MAX
        for name in names:
            while not self.listens(name):
                if time.monotonic() > end:
                    raise Failure(f"{name} does not listen {READY_S_MAX} s after its start; {name}.log ends with "
                                  + self.last_words(name))
                self.tend()
                time.sleep(0.02)

    def last_words(self, name):
        log = (self.folder / f"{name}.log").read_text(errors="replace").strip()
        return log[-1000:].splitlines()[-1] if log else "nothing"

    def lost_cache(self):
        """Whether an API says that the cache did not answer it in time: also of a machine that is too busy."""
        return any('"event":"cache_lost"' in (self.folder / f"{name}.log").read_text(errors="replace")
                   for name in self.ports)

    # Servers.

    def bring_servers_back(self):
        if self.servers is None:
            return
        states = {line["name"]: line["state"] for line in self.servers.status()}
        if stopped := [name for name, state in states.items() if state == "stopped"]:
            self.servers.go_on(stopped)
        if dead := [name for name, state in states.items() if state == "dead"]:
            self.servers.start(dead)

    def await_in_sync(self):
        """Until each partition has all its copies: a broker that came back takes its time, and with two of three behind
        no vote goes through the queue."""
        end = time.monotonic() + IN_SYNC_S_MAX
        while not self.is_in_sync():
            if time.monotonic() > end:
                raise Failure(f"the brokers are not in sync within {IN_SYNC_S_MAX} s: votectl queue status")
            time.sleep(0.5)

    def servers_are_broken(self):
        """Whether one of them does not run: then an API may start later than it should."""
        return self.servers is not None and any(line["state"] != "running" for line in self.servers.status())

    def is_in_sync(self):
        found = self.partitions()
        return found is not None and all(each["in_sync"] == each["replicas"] for each in found)

    # What it shows.

    def admin_token(self):
        return self.timed("votectl", "token", "--role", "admin", "--secret-file",
                          self.folder / "secret")["out"].decode().strip()

    def casts(self, name):
        """How casts through an API ended so far: outcome: count."""
        line = http.client.HTTPConnection("127.0.0.1", self.ports[name], timeout=30)
        with contextlib.closing(line):
            line.request("GET", "/metrics")
            return {outcome: int(float(count)) for outcome, count in
                    CASTS.findall(line.getresponse().read().decode())}

    def lag(self):
        """How much the queue holds in all, and how much of that is processed. None while nobody says."""
        found = self.partitions()
        return found and (sum(each["end_offset"] for each in found),
                          sum(max(each["committed"], each["first_offset"]) for each in found))

    def partitions(self):
        done = subprocess.run([BIN / "votectl", "-c", self.config, "queue", "status", "--json"], capture_output=True,
                              text=True, timeout=60)
        return json.loads(done.stdout)["partitions"] if done.returncode == 0 else None

    def note(self, what, count=1):
        """Counts what a row wants to say of itself."""
        self.notes[what] = self.notes.get(what, 0) + count

    def keep(self, folder):
        """Copies what tells what happened: logs, journals, the configuration."""
        folder.mkdir(parents=True, exist_ok=True)
        for pattern in ("*.log", "*.ndjson", "*.json", "vote.toml"):
            for file in self.folder.glob(pattern):
                shutil.copy(file, folder)
        if self.servers is not None:
            for file in self.servers.folder.glob("*.log"):
                shutil.copy(file, folder / f"server-{file.name}")
