"""Servers of a test's own, which it can take away and bring back."""
import contextlib
import json
import subprocess

from house import ROOT

READY_S_MAX = 120  # the first time, Kafka is fetched
LOSSES = {"killed": ("kill", "start"), "frozen": ("stop", "cont")}


class Servers:
    """scripts/servers on one folder."""

    def __init__(self, folder):
        self.folder = folder

    def __call__(self, verb, *arguments):
        done = subprocess.run([ROOT / "scripts" / "servers", verb, *arguments, self.folder], capture_output=True,
                              text=True, timeout=READY_S_MAX)
        assert done.returncode in (0, 1 if verb == "status" else 0), done
        return done.stdout

    def bring_back(self):
        states = {server["name"]: server["state"] for server in json.loads(self("status", "--json"))}
        for state, verb in (("stopped", "cont"), ("dead", "start"), ("down", "start")):
            if names := [name for name in states if states[name] == state]:
                self(verb, *names)


@contextlib.contextmanager
def running(folder, *flags):
    """As `scripts/servers up` starts them; gone at the end."""
    started = Servers(folder)
    try:
        started("up", *flags)
        yield started
    finally:
        started("down")


class Without:
    """Servers are gone, in one of the LOSSES, until the end of the block."""

    def __init__(self, servers, how, *names):
        self.servers = servers
        self.names = names
        self.go, self.come = LOSSES[how]

    def __enter__(self):
        self.servers(self.go, *self.names)

    def __exit__(self, *_):
        self.servers(self.come, *self.names)
