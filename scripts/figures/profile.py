"""Where the time of a run goes, by perf."""
import collections
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

LOAD = "vote-loadgen"  # known by its name: it comes and goes
SHOWN = {"files": 6, "threads": 6, "functions": 20}  # how many of each
# Stacks are found by what the programs say of their frames (DWARF), for which so many bytes of each are kept.
STACK_BYTES = 8192
SAMPLES_PER_S = 199


class Profile:
    """perf on everything that runs meanwhile, or a sentence why not. folder: gets NAME.folded of each program, its
    stacks with how often each was seen, as flamegraph.pl, inferno and speedscope read them; None: no profile."""

    def __init__(self, house, folder):
        self.house = house
        self.folder = folder and pathlib.Path(folder)
        self.perf = shutil.which("perf") if folder else None
        self.recording = None
        if folder and not self.perf:
            print("no profile: perf is not installed; as root: apt-get install linux-perf", file=sys.stderr)

    def __enter__(self):
        if self.perf:
            self.recording = subprocess.Popen(
                [self.perf, "record", "-q", "-a", "-F", str(SAMPLES_PER_S), "--call-graph", f"dwarf,{STACK_BYTES}",
                 "-o", self.data()],
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        return self

    def __exit__(self, *_):
        if self.recording:
            self.name_of = {thread: name for name, pids in self.house.pids().items()
                            for pid in pids for thread in os.listdir(f"/proc/{pid}/task")}
            self.recording.send_signal(signal.SIGINT)
            self.recording.communicate()
            self.write_stacks()

    def data(self):
        return self.house.folder / "perf.data"

    def name_of_thread(self, thread, command):
        return LOAD if command == LOAD else self.name_of.get(thread)

    def write_stacks(self):
        stacks = collections.defaultdict(collections.Counter)
        for thread, command, frames in self.samples():
            if name := self.name_of_thread(thread, command):
                stacks[name][";".join([command, *frames])] += 1
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, counted in stacks.items():
            lines = "".join(f"{stack} {times}\n" for stack, times in sorted(counted.items()))
            (self.folder / f"{name}.folded").write_text(lines)

    def samples(self):
        """Of each sample the thread, its command and its frames, the outermost first."""
        script = subprocess.Popen(
            [self.perf, "script", "-i", self.data(), "--no-inline", "-F", "comm,tid,ip,sym"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace")
        with script:
            for sample in re.split(r"\n\n+", script.stdout.read().strip()):
                head, *frames = sample.splitlines()
                if match := re.fullmatch(r"\s*(.+?)\s+(\d+)\s*", head):
                    yield match[2], match[1], [frame_of(line) for line in reversed(frames)]

    def text(self):
        return self.perf and "".join(words(name, shares) for name, shares in self.shares().items())

    def shares(self):
        """Of each program's time: of the files its code is in, of its threads, of its functions."""
        report = subprocess.run(
            [self.perf, "report", "-i", self.data(), "--stdio", "--no-children", "-q", "-g", "none",
             "--sort", "pid,dso,comm,symbol", "--field-separator", "\t"], capture_output=True, text=True)
        found = {name: {what: collections.Counter() for what in SHOWN} for name in (LOAD, *self.name_of.values())}
        for line in report.stdout.splitlines():
            share, thread, *cells = [*map(str.strip, line.split("\t")), ""]
            number, _, command = thread.partition(":")
            if name := self.name_of_thread(number, command):
                for counter, cell in zip(found[name].values(), cells):
                    counter[without_templates(cell)] += float(share.strip(" %"))
        return found


def frame_of(line):
    """Of "  ADDRESS SYMBOL", without what would end a frame's name in a folded stack."""
    return without_templates(line.strip().partition(" ")[2]).replace(";", ":").replace(" ", "_") or "unknown"


def words(name, shares):
    whole = max(sum(shares["files"].values()), 0.01)
    return f"\nwhere the time of {name} goes: {', '.join(SHOWN)}\n" + "".join(
        f"{100 * share / whole:>6.1f} %  {cell[:110]}\n"
        for what, most in SHOWN.items() for cell, share in shares[what].most_common(most))


def without_templates(name):
    while (shorter := re.sub(r"<[^<>]*>", "", name)) != name:
        name = shorter
    return name.strip()
