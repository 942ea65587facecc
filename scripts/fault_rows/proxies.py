"""TCP proxies between the parts, by Shopify's toxiproxy, and packets that are lost, by nftables: what happens on
networks."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import time
import urllib.error
import urllib.request

from cluster.process import Failure
from fault_rows.kinds import add
from fault_rows.site import free_port
from figures.house import ROOT

VERSION = "v2.5.0"  # the last one that Debian 12's Go builds
MODULE = "github.com/Shopify/toxiproxy/v2/cmd/server"
PROGRAM = ROOT / "build" / f"toxiproxy-{VERSION}" / "server"
READY_S_MAX = 10
SLOW_MS, JITTER_MS = 300, 250
TRICKLE_BYTES, TRICKLE_US = 100, 5_000
LOST_PERCENT = 10
ESTABLISHED = "01"  # in /proc/net/tcp
SYSTEM_PATH = "/usr/sbin:/sbin:/usr/bin:/bin"


def needs():
    """Builds it, once. Why it is not there, or nothing."""
    if shutil.which("nft", path=SYSTEM_PATH) is None:
        return "there is no nft (Debian's nftables); scripts/install-dependencies --faults"
    done = nft("list tables")
    if done.returncode != 0:
        return f"no packets can be lost here: {done.stderr.strip()[-200:]}"
    if PROGRAM.exists():
        return ""
    go = shutil.which("go")
    if go is None:
        return "toxiproxy is not built: there is no Go (Debian's golang-go); scripts/install-dependencies --faults"
    done = subprocess.run([go, "install", f"{MODULE}@{VERSION}"], capture_output=True, text=True,
                          env={**os.environ, "GOBIN": str(PROGRAM.parent)})
    return "" if done.returncode == 0 else f"toxiproxy was not built by Go: {done.stderr.strip()[-300:]}"


def nft(commands):
    return subprocess.run(["nft", "-f", "-"], input=commands, capture_output=True, text=True,
                          env={**os.environ, "PATH": SYSTEM_PATH})


class Proxies:
    """A toxiproxy of a row's own; its proxies have names."""

    def __init__(self, site):
        self.port, self.ports, self.lossy = free_port(), {}, set()
        with open(site.folder / "toxiproxy.log", "ab") as log:
            self.process = subprocess.Popen([PROGRAM, "-host", "127.0.0.1", "-port", str(self.port)],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        site.closing.callback(self.close)
        self.await_ready()

    def close(self):
        for name in list(self.lossy):
            self.lose_nothing(name)
        self.process.kill()
        self.process.wait()

    def await_ready(self):
        end = time.monotonic() + READY_S_MAX
        while True:
            with contextlib.suppress(urllib.error.URLError):
                return self.ask("GET", "/version")
            if time.monotonic() > end:
                raise Failure(f"toxiproxy does not answer within {READY_S_MAX} s: see toxiproxy.log")
            time.sleep(0.02)

    def ask(self, method, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def add(self, name, upstream_port, port=None):
        """Its port."""
        port = port or free_port()
        self.ask("POST", "/proxies", {"name": name, "listen": f"127.0.0.1:{port}",
                                      "upstream": f"127.0.0.1:{upstream_port}", "enabled": True})
        self.ports[name] = port
        return port

    def lead_to(self, name, upstream_port):
        """Connections that there are end."""
        self.ask("POST", f"/proxies/{name}", {"upstream": f"127.0.0.1:{upstream_port}"})

    def table_of(self, name):
        return f"inet vote_faults_{self.ports[name]}"

    def lose(self, name):
        """Of the packets between a proxy and those who come to it, both ways."""
        rules = "; ".join(f"tcp {end} {self.ports[name]} numgen random mod 100 < {LOST_PERCENT} drop"
                          for end in ("dport", "sport"))
        done = nft(f"table {self.table_of(name)} {{ chain input {{ type filter hook input priority 0; {rules}; }}; }}")
        if done.returncode != 0:
            raise Failure(f"no packets can be lost: {done.stderr.strip()[-300:]}")
        self.lossy.add(name)

    def lose_nothing(self, name):
        nft(f"delete table {self.table_of(name)}")
        self.lossy.discard(name)

    def enable(self, name, enabled):
        self.ask("POST", f"/proxies/{name}", {"enabled": enabled})

    def poison(self, name, toxic, **attributes):
        """Both ways, unless toxic says which."""
        kind, _, stream = toxic.partition(" ")
        for each in [stream] if stream else ["upstream", "downstream"]:
            self.ask("POST", f"/proxies/{name}/toxics", {"name": f"{kind}-{each}", "type": kind, "stream": each,
                                                         "toxicity": 1.0, "attributes": attributes})

    def cure(self, name):
        for toxic in json.loads(self.ask("GET", f"/proxies/{name}/toxics")):
            self.ask("DELETE", f"/proxies/{name}/toxics/{toxic['name']}")


def of(site):
    """Those of the site, started with the first."""
    if not hasattr(site, "proxies"):
        site.proxies = Proxies(site)
    return site.proxies


def each_of(fault):
    return fault.target.split("+")


def connections_to(port):
    """How many are open to a port of this machine."""
    lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return sum(words[1].endswith(f":{port:04X}") and words[3] == ESTABLISHED for words in lines)


def in_the_way(site, fault):
    """Its proxies, and notes whether anybody comes by them: else trouble on them would be nobody's."""
    for name in each_of(fault):
        site.note("connections_in_trouble", connections_to(site.proxies.ports[name]))
        yield name


def cut(site, fault):
    """Connections end, and none can be made."""
    for name in in_the_way(site, fault):
        site.proxies.enable(name, False)


def join(site, fault):
    for name in each_of(fault):
        site.proxies.enable(name, True)


def poisoned(toxic, **attributes):
    def begin(site, fault):
        for name in in_the_way(site, fault):
            site.proxies.poison(name, toxic(fault) if callable(toxic) else toxic, **attributes)
    return begin


def cure(site, fault):
    for name in each_of(fault):
        site.proxies.cure(name)


def lose(site, fault):
    for name in in_the_way(site, fault):
        site.proxies.lose(name)


def lose_nothing(site, fault):
    for name in each_of(fault):
        site.proxies.lose_nothing(name)


KINDS = ("cut", "reset", "slow", "trickling", "one-way", "lossy")
add("cut", cut, join)
add("reset", poisoned("reset_peer downstream", timeout=0), cure)
add("lossy", lose, lose_nothing)
add("slow", poisoned("latency", latency=SLOW_MS, jitter=JITTER_MS), cure)
add("trickling", poisoned("slicer", average_size=TRICKLE_BYTES, size_variation=TRICKLE_BYTES // 2,
                          delay=TRICKLE_US), cure)
# Taken and never passed on, while the other way is open: a request without its answer, or an answer to nobody.
add("one-way", poisoned(lambda fault: f"timeout {'downstream' if fault.detail % 2 else 'upstream'}", timeout=0), cure)
