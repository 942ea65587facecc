"""Where the time of a run goes, by perf."""
import collections
import os
import re
import shutil
import signal
import subprocess
import sys

LOAD = "vote-loadgen"  # known by its name: it comes and goes
SHOWN = {"files": 6, "threads": 6, "functions": 20}  # how many of each


class Profile:
    """perf on everything that runs meanwhile, or a sentence why not."""

    def __init__(self, house, wanted):
        self.house = house
        self.perf = shutil.which("perf") if wanted else None
        self.recording = None
        if wanted and not self.perf:
            print("no profile: perf is not installed; as root: apt-get install linux-perf", file=sys.stderr)

    def __enter__(self):
        if self.perf:
            self.recording = subprocess.Popen(
                [self.perf, "record", "-q", "-a", "-F", "997", "-o", self.house.folder / "perf.data"],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        if self.recording:
            self.name_of = {thread: name for name, pids in self.house.pids().items()
                            for pid in pids for thread in os.listdir(f"/proc/{pid}/task")}
            self.recording.send_signal(signal.SIGINT)
            self.recording.communicate()

    def text(self):
        return self.perf and "".join(words(name, shares) for name, shares in self.shares().items())

    def shares(self):
        """Of each program's time: of the files its code is in, of its threads, of its functions."""
        report = subprocess.run(
            [self.perf, "report", "-i", self.house.folder / "perf.data", "--stdio", "--no-children", "-q",
             "--sort", "pid,dso,comm,symbol", "--field-separator", "\t"], capture_output=True, text=True)
        found = {name: {what: collections.Counter() for what in SHOWN} for name in (LOAD, *self.name_of.values())}
        for line in report.stdout.splitlines():
            share, thread, *cells = [*map(str.strip, line.split("\t")), ""]
            number, _, command = thread.partition(":")
            name = LOAD if command == LOAD else self.name_of.get(number)
            if name:
                for counter, cell in zip(found[name].values(), cells):
                    counter[without_templates(cell)] += float(share.strip(" %"))
        return found


def words(name, shares):
    whole = max(sum(shares["files"].values()), 0.01)
    return f"\nwhere the time of {name} goes: {', '.join(SHOWN)}\n" + "".join(
        f"{100 * share / whole:>6.1f} %  {cell[:110]}\n"
        for what, most in SHOWN.items() for cell, share in shares[what].most_common(most))


def without_templates(name):
    while (shorter := re.sub(r"<[^<>]*>", "", name)) != name:
        name = shorter
    return name.strip()
