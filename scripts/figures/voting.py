"""The figures of voting and reading: rates, latencies, memory, beside what the machine itself does."""
import collections
import json
import os
import re
import shutil
import signal
import sqlite3
import statistics
import subprocess
import sys
import time
import uuid

from figures.house import CONNECTIONS, ROOT, House
from figures.table import Figure

PROGRAMS = ["vote-api", "vote-worker", "vote-loadgen"]
SUSTAINED_PER_S = 25_000
CALM_PER_S = 5_000
P99_MS_MAX = 20
READS_RATIO_MIN = 0.9
MEMORY_MIB_MAX = 30
YARDSTICK_ROWS_A_TRANSACTION = 1000
SYNCS_PER_S = 500
SYNC_BYTES = 16_384
# Of a rate that is kept up: the last answer and the last count come a little after the run's end.
KEPT_UP = 0.98

FULL = {"sustained_s": 30, "maximum_s": 10, "calm_s": 30, "pairs": 12, "read_s": 2, "slice_rows": 60_000, "sync_s": 4}
QUICK = {"sustained_s": 6, "maximum_s": 4, "calm_s": 6, "pairs": 5, "read_s": 0.6, "slice_rows": 15_000, "sync_s": 1}


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
            self.recording.send_signal(signal.SIGINT)
            self.recording.communicate()

    def text(self):
        return self.perf and "".join(self.top(program) for program in PROGRAMS)

    def top(self, program):
        """Shares of the program's time: of the files its code is in, then of the functions."""
        report = subprocess.run(
            [self.perf, "report", "-i", self.house.folder / "perf.data", "--stdio", "--no-children", "-q",
             "--comm", program, "--sort", "dso,symbol", "--field-separator", "\t"], capture_output=True, text=True)
        files, functions = collections.Counter(), collections.Counter()
        for line in report.stdout.splitlines():
            share, file, function = [*line.split("\t"), "", ""][:3]
            if share.strip(" %"):
                files[file.strip()] += float(share.strip(" %"))
                functions[without_templates(function)] += float(share.strip(" %"))
        whole = max(sum(files.values()), 0.01)
        return f"\nwhere the time of {program} goes\n" + "".join(
            f"{100 * share / whole:>6.1f} %  {name[:110]}\n"
            for counter, most in ((files, 6), (functions, 20)) for name, share in counter.most_common(most))


def without_templates(name):
    while (shorter := re.sub(r"<[^<>]*>", "", name)) != name:
        name = shorter
    return name.strip()


class Yardstick:
    """What the machine itself can do, measured between the runs: a bare SQLite transaction a thousand rows
    from one thread (vote, audit entry, counter), and a bare write with fdatasync."""

    def __init__(self, folder):
        self.rates, self.syncs_ms = [], []
        self.log = os.open(folder / "yardstick.log", os.O_CREAT | os.O_WRONLY)
        self.base = sqlite3.connect(folder / "yardstick.db", isolation_level=None)
        self.base.execute("PRAGMA journal_mode = WAL")
        self.base.execute("PRAGMA synchronous = FULL")
        for script in sorted((ROOT / "sql" / "sqlite" / "store").glob("*.sql")):
            self.base.executescript(script.read_text())
        self.poll = uuid.uuid4().bytes
        self.base.execute("INSERT INTO option_counts VALUES (?, 1, 0)", (self.poll,))
        self.base.execute("INSERT INTO poll_totals VALUES (?, 0, 0, 0)", (self.poll,))

    def transact(self, rows):
        now = time.time_ns() // 1000
        people = [(self.poll, os.urandom(16), os.urandom(16), now) for _ in range(rows)]
        began = time.monotonic()
        for first in range(0, rows, YARDSTICK_ROWS_A_TRANSACTION):
            self.record(people[first:first + YARDSTICK_ROWS_A_TRANSACTION])
        self.rates.append(rows / (time.monotonic() - began))

    def record(self, batch):
        run, run_many = self.base.execute, self.base.executemany
        run("BEGIN IMMEDIATE")
        run_many("INSERT INTO votes VALUES (?, ?, ?, '[1]', NULL, ?, 0)", batch)
        run_many("INSERT INTO vote_audit_log (poll_id, user_id, action, new_choices, request_id, at, ip_address,"
                 " user_agent) VALUES (?1, ?2, 'cast', '[1]', ?3, ?4, '127.0.0.1', 'vote-loadgen')", batch)
        run("UPDATE option_counts SET vote_count = vote_count + ? WHERE poll_id = ?", (len(batch), self.poll))
        run("UPDATE poll_totals SET total_votes = total_votes + ?, version = version + 1 WHERE poll_id = ?",
            (len(batch), self.poll))
        run("COMMIT")

    def sync(self, seconds):
        for _ in range(int(seconds * SYNCS_PER_S)):
            os.write(self.log, bytes(SYNC_BYTES))
            began = time.monotonic()
            os.fdatasync(self.log)
            self.syncs_ms.append(1000 * (time.monotonic() - began))
            time.sleep(max(0, began + 1 / SYNCS_PER_S - time.monotonic()))

    def found(self):
        self.base.close()
        os.close(self.log)
        syncs = sorted(self.syncs_ms)
        return {"rows_per_s": statistics.median(self.rates), "rows_per_s_each": self.rates,
                "sync_ms": {"p50": syncs[len(syncs) // 2], "p99": syncs[len(syncs) * 99 // 100], "max": syncs[-1]}}


def reads(house, pairs, seconds):
    """Short runs of results and of a constant handler in turn; rates, and the median of their ratios."""
    poll = house.create_poll()
    house.load("votes", 1000, 0.2, poll)
    rates = [(house.load("reads", "max", seconds, poll)["per_second"],
              house.load("health", "max", seconds)["per_second"]) for _ in range(pairs)]
    return {"results_per_s": statistics.median(results for results, _ in rates),
            "constant_per_s": statistics.median(constant for _, constant in rates),
            "ratio": statistics.median(results / constant for results, constant in rates)}


def measure(quick, say, profile_wanted=False):
    lengths = QUICK if quick else FULL
    found = {}
    with House() as house:
        house.start("vote-api")
        house.await_ready()
        found["memory_at_rest_mib"] = house.memory_mib()
        house.start("vote-worker")
        yardstick = Yardstick(house.folder)
        yardstick.transact(lengths["slice_rows"])
        say(f"{SUSTAINED_PER_S} votes/s for {lengths['sustained_s']} s")
        with Profile(house, profile_wanted) as profile:
            found["sustained"] = house.votes(SUSTAINED_PER_S, lengths["sustained_s"])
        found["memory_after_load_mib"] = house.memory_mib()
        found["profile"] = profile.text()
        yardstick.transact(lengths["slice_rows"])
        say(f"as many votes as possible for {lengths['maximum_s']} s")
        found["maximum"] = house.votes("max", lengths["maximum_s"])
        yardstick.transact(lengths["slice_rows"])
        yardstick.sync(lengths["sync_s"])
        say(f"{CALM_PER_S} votes/s for {lengths['calm_s']} s")
        found["calm"] = house.votes(CALM_PER_S, lengths["calm_s"])
        yardstick.sync(lengths["sync_s"])
        say(f"results against /healthz, {lengths['pairs']} pairs of {lengths['read_s']} s")
        found["reads"] = reads(house, lengths["pairs"], lengths["read_s"])
        yardstick.transact(lengths["slice_rows"])
        found["yardstick"] = yardstick.found()
    return found


def figures(found):
    sustained, maximum, calm, read = (found[name] for name in ("sustained", "maximum", "calm", "reads"))
    yard, each = found["yardstick"]["rows_per_s"], found["yardstick"]["rows_per_s_each"]
    sync = found["yardstick"]["sync_ms"]
    kept_up = f">= {KEPT_UP * SUSTAINED_PER_S:,.0f}/s"
    all_counted = sustained["counted"] == sustained["accepted"]

    def ratio(rate):
        return f"{rate / yard:.2f} of the bare transaction"

    return [
        Figure("sustained: accepted", f"{sustained['accepted_per_s']:,.0f}/s", kept_up,
         sustained["accepted_per_s"] >= KEPT_UP * SUSTAINED_PER_S, ratio(sustained["accepted_per_s"])),
        Figure("sustained: counted", f"{sustained['counted_per_s']:,.0f}/s", kept_up,
         sustained["counted_per_s"] >= KEPT_UP * SUSTAINED_PER_S, ratio(sustained["counted_per_s"])),
        Figure("sustained: all counted", f"{sustained['counted']:,} of {sustained['accepted']:,}", "all", all_counted,
         f"after {sustained['counted_after_s']:.1f} s"),
        Figure("sustained: P99 of the accept", f"{sustained['latency_ms']['p99']:.1f} ms", "", None,
         f"{sustained['sent'] + sustained['not_sent'] - sustained['accepted']:,} were not accepted"),
        Figure("maximum: accepted", f"{maximum['accepted_per_s']:,.0f}/s", "", None, ratio(maximum["accepted_per_s"])),
        Figure("maximum: counted", f"{maximum['counted_per_s']:,.0f}/s", "", None, ratio(maximum["counted_per_s"])),
        Figure(f"P99 of the accept at {CALM_PER_S:,}/s", f"{calm['latency_ms']['p99']:.1f} ms", f"< {P99_MS_MAX} ms",
         calm["latency_ms"]["p99"] < P99_MS_MAX and calm["accepted"] == calm["sent"],
         f"P50 {calm['latency_ms']['p50']:.1f} ms, max {calm['latency_ms']['max']:.1f} ms"),
        Figure("results against a constant handler", f"{read['ratio']:.3f}", f">= {READS_RATIO_MIN}",
         read["ratio"] >= READS_RATIO_MIN, f"{read['results_per_s']:,.0f}/s to {read['constant_per_s']:,.0f}/s"),
        Figure("memory of vote-api at rest", f"{found['memory_at_rest_mib']:.1f} MiB", f"< {MEMORY_MIB_MAX} MiB",
         found["memory_at_rest_mib"] < MEMORY_MIB_MAX, f"{found['memory_after_load_mib']:.1f} MiB after the load"),
        Figure("bare SQLite transaction", f"{yard:,.0f} rows/s", "", None,
         f"{min(each):,.0f} to {max(each):,.0f} in {len(each)} runs, a thousand rows each, Python"),
        Figure(f"bare fdatasync, {SYNCS_PER_S} a second", f"{sync['p99']:.1f} ms", "", None,
         f"P99; P50 {sync['p50']:.1f} ms, max {sync['max']:.1f} ms"),
    ]


def words(found):
    """What the table has no room for."""
    lines = [f"sustained: {SUSTAINED_PER_S:,} votes/s are due over {CONNECTIONS} connections; the last answer and count "
             "come a little after the end, so the rate falls short of that", "",
             f"{'CPU time of a vote, in µs':<38}{'sustained':>12}{'maximum':>12}{'calm':>12}"]
    for program in PROGRAMS:
        spent = [found[run]["cpu_us_per_vote"][program] for run in ("sustained", "maximum", "calm")]
        lines.append(f"{program:<38}" + "".join(f"{value:>12.1f}" for value in spent))
    return "\n".join(lines) + "\n" + (found["profile"] or "")
