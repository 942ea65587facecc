"""What a house's programs, servers and files hold, looked at every few seconds beside a load."""
import contextlib
import json
import pathlib
import re
import subprocess
import threading
import time

from figures.house import BIN, memory_mib

ACCEPT = re.compile(r'^vote_http_request_duration_seconds_bucket\{.*method="POST".*\{id\}/votes".*le="([^"]+)"\} (\d+)',
                    re.M)


def shared_out_mib(pid):
    """What of its memory is its own, and its share of what it shares: the sum over a server's processes is right."""
    found = re.search(r"^Pss: +(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
    return int(found[1]) / 1024 if found else 0


def held_by(pids):
    """MiB of memory and open files of one program or server; processes that end meanwhile are left out."""
    memory, files = 0, 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            memory += (memory_mib(pid, "VmRSS") or 0) if len(pids) == 1 else shared_out_mib(pid)
            files += sum(1 for _ in pathlib.Path(f"/proc/{pid}/fd").iterdir())
    return memory, files


def accepts(house):
    """How many votes were accepted within each bound so far: {bound in seconds: requests}."""
    text = house.get("/metrics")[1].decode()
    return {float(bound): int(count) for bound, count in ACCEPT.findall(text)}


def quantile_ms(before, after, share):
    """Of what was counted between two looks; linear within a bucket. None: nothing was."""
    counts = sorted((bound, after[bound] - before.get(bound, 0)) for bound in after)
    total = counts[-1][1] if counts else 0
    low, below = 0.0, 0
    for bound, count in counts:
        if total and count >= share * total:
            if bound == float("inf") or count == below:
                return 1000 * low
            return 1000 * (low + (bound - low) * (share * total - below) / (count - below))
        low, below = bound, count
    return None


def queue_status(house):
    done = subprocess.run([BIN / "votectl", "-c", house.config, "queue", "status", "--json"], stdout=subprocess.PIPE,
                          text=True)
    status = json.loads(done.stdout)
    return sum(partition["lag"] for partition in status["partitions"]), status["dead_letters"]


class Samples:
    """A look every `every_s` until the end of the block. series: {quantity: {name: [(seconds, value)]}}."""

    def __init__(self, house, every_s):
        self.house, self.every_s = house, every_s
        self.series = {name: {} for name in ("memory", "files", "logs", "kept", "lag", "dead letters", "p99")}
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.failure = None

    def __enter__(self):
        self.began = time.monotonic()
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        if self.failure:
            raise self.failure

    def run(self):
        try:
            before = accepts(self.house)
            while not self.over.wait(self.every_s - (time.monotonic() - self.began) % self.every_s):
                before = self.look(before)
        except Exception as failure:  # told to whoever waits, in their thread
            self.failure = failure

    def look(self, before):
        now = time.monotonic() - self.began
        for name, pids in self.house.pids().items():
            memory, files = held_by(pids)
            self.add("memory", name, now, memory)
            self.add("files", name, now, files)
        for quantity, sizes in self.house.engine.sizes_mib(self.house).items():
            for name, size in sizes.items():
                self.add(quantity, name, now, size)
        lag, dead = queue_status(self.house)
        self.add("lag", "not counted yet", now, lag)
        self.add("dead letters", "dead letters", now, dead)
        after = accepts(self.house)
        if (p99 := quantile_ms(before, after, 0.99)) is not None:
            self.add("p99", "at the API", now, p99)
        return after

    def add(self, quantity, name, now, value):
        self.series[quantity].setdefault(name, []).append((round(now, 1), round(value, 3)))
