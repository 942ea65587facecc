"""What can be done to a daemon or a server of a site, and how it ends."""
import dataclasses
import signal
import sqlite3
import time

from cluster.process import Failure


@dataclasses.dataclass(frozen=True)
class Kind:
    """begin(site, fault), and end(site, fault) where it lasts."""
    begin: object
    end: object = None


def kill(site, fault):
    if site.has(fault.target):
        site.kill(fault.target)
    else:
        site.servers.kill(fault.target.split("+"))


def come_back(site, fault):
    if site.has(fault.target):
        site.run(fault.target)
    else:
        site.servers.start(fault.target.split("+"))


def freeze(site, fault):
    if site.has(fault.target):
        site.signal(fault.target, signal.SIGSTOP)
    else:
        site.servers.stop(fault.target.split("+"))


def thaw(site, fault):
    if site.has(fault.target):
        site.signal(fault.target, signal.SIGCONT)
    else:
        site.servers.go_on(fault.target.split("+"))


def restart(site, fault):
    """As a rolling restart does it, one at a time. Longest: how long one took to end, in ms."""
    began = time.monotonic()
    site.leave(fault.target)
    took_ms = int(1000 * (time.monotonic() - began))
    site.notes["longest_stop_ms"] = max(site.notes.get("longest_stop_ms", 0), took_ms)
    site.run(fault.target)
    if fault.target in site.ports and not site.servers_are_broken():
        site.await_listening(fault.target)


def join(site, fault):
    site.run(fault.target)


def leave(site, fault):
    """detail: whether it is told to."""
    if fault.detail:
        site.leave(fault.target)
    else:
        site.kill(fault.target)


def tamper(site, statement):
    """Changes the store behind everybody's back. False: somebody had it locked who sleeps."""
    try:
        site.engine.sql(statement)
        return True
    except (Failure, sqlite3.OperationalError):
        return False


def flush(site, _fault):
    site.engine.empty_cache()


KINDS = {
    "killed": Kind(kill, come_back),
    "frozen": Kind(freeze, thaw),
    "restarted": Kind(restart),
    "joined": Kind(join, leave),
    "flushed": Kind(flush),
}


def add(name, begin, end=None):
    """A row's own kind."""
    KINDS[name] = Kind(begin, end)
