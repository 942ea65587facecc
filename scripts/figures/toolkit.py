"""The figures of the other programs: load generator, judge, recount, live results, limits, audit, export."""
import collections
import contextlib
import datetime
import json
import os
import sqlite3
import statistics
import threading
import time

from figures.house import House
from figures.table import Figure, at_least, below

CONSTANT_PER_S = 60_000
JUDGED_LINES = 10_000_000
JUDGED_S_MAX = 120
JUDGED_MIB_MAX = 2048
RECOUNTED = 1_000_000
RECOUNT_S_MAX = 2
WATCHERS = 2000
WATCHED_VOTES_PER_S = 2000
WATCHED_P99_MS_MAX = 250
WATCHER_KB_MAX = 12
LIMITS_COST_MAX = 0.05
FILLED_PER_S = 25_000
VERSION_MASK = (1 << 40) - 1  # above it, a version on the wire has the store's incarnation

FULL = {"constant_s": 10, "voted_s": 40, "watched_s": 20, "pairs": 16, "limited_s": 4, "exchanged": 200_000}
QUICK = {"constant_s": 3, "voted_s": 6, "watched_s": 5, "pairs": 5, "limited_s": 1.5, "exchanged": 20_000}


def lengths_of(quick):
    return QUICK if quick else FULL


def constant(quick, say):
    """The load generator against a handler that does nothing."""
    length = lengths_of(quick)["constant_s"]
    found = {}
    with House() as house:
        house.start("vote-api")
        house.await_ready()
        for name, pipeline in (("kept", 1), ("pipelined", 8)):
            say(f"{CONSTANT_PER_S:,} requests/s to /healthz, {pipeline} in flight a connection")
            found[name] = house.load("health", CONSTANT_PER_S, length, None, "--pipeline", pipeline, connections=64)
        say("/healthz, every connection busy")
        found["busy"] = house.load("health", "max", length, connections=64)
    return found


def constant_figures(found):
    kept, busy = found["kept"], found["busy"]
    goal = int(0.98 * CONSTANT_PER_S)
    return [at_least(f"load generator, {CONSTANT_PER_S:,}/s due", kept["per_second"], goal, "/s",
                     f"P99 {kept['latency_ms']['p99']:.1f} ms; {busy['per_second']:,.0f}/s with every connection busy, "
                     f"{found['pipelined']['per_second']:,.0f}/s with 8 in flight on each")]


class Writer:
    """Takes the store's write lock again and again, and notes how long it had to wait."""

    def __init__(self, house):
        self.base = sqlite3.connect(house.folder / "vote.db", timeout=60, isolation_level=None, check_same_thread=False)
        self.waits_ms, self.over = [], threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.wait(0.002):
            began = time.monotonic()
            self.base.execute("BEGIN IMMEDIATE")
            self.waits_ms.append(1000 * (time.monotonic() - began))
            self.base.execute("ROLLBACK")

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.base.close()


def proof(quick, say):
    """Many votes with a journal; then the judge, a recount, the audit log and the poll as a file."""
    lengths = lengths_of(quick)
    found = {}
    with House() as house:
        house.start("vote-api")
        house.await_ready()
        house.start("vote-worker")
        poll = house.create_poll()
        journal = house.folder / "journal"
        say(f"{FILLED_PER_S:,} votes/s for {lengths['voted_s']} s, with a journal")
        run = house.load("votes", FILLED_PER_S, lengths["voted_s"], poll, "--journal", journal)
        found["votes"] = run["statuses"].get("202", 0) + run["statuses"].get("201", 0)
        say("the judge")
        judged = house.timed("vote-loadgen", "--verify", journal, "--json", "--url", f"http://127.0.0.1:{house.port}")
        found["judge"] = {"seconds": judged["seconds"], "peak_mib": judged["peak_mib"],
                          **json.loads(judged["out"])["judgement"]}
        say("a recount")
        with Writer(house) as writer:
            recount = house.timed("vote-reconcile", "--once", "--dry-run", "--poll", poll)
        found["recount"] = {"seconds": recount["seconds"], "longest_wait_ms": max(writer.waits_ms)}
        found.update(files_of(house, poll, lengths["exchanged"], say))
    return found


def files_of(house, poll, exchanged, say):
    """The audit log of all the votes; another poll, smaller, exported and imported again."""
    token = house.timed("votectl", "token", "--role", "auditor")["out"].decode().strip()
    reading = {**os.environ, "VOTE_TOKEN": token, "VOTE_URL": f"http://127.0.0.1:{house.port}"}
    say("the audit log")
    before = house.memory_mib()
    audit = house.timed("votectl", "audit", poll, "--json", env=reading)
    found = {"audit": {"entries": audit["out"].count(b"\n"), "seconds": audit["seconds"],
                       "peak_mib": audit["peak_mib"], "api_grew_mib": house.memory_mib() - before}}
    say(f"{exchanged:,} ballots exported and imported again")
    small = house.create_poll()
    run = house.load("votes", 10_000, exchanged / 10_000, small)
    while house.counted(small) < run["sent"]:
        time.sleep(0.02)
    file = house.folder / "poll.ndjson"
    exported = house.timed("votectl", "export", small, "-o", file, env=reading)
    imported = house.timed("votectl", "import", file, "--new-id", "--json")
    again = json.loads(imported["out"])["poll_id"]
    shown = [[option["votes"] for option in json.loads(house.get(f"/v1/polls/{each}/results")[1])["options"]]
             for each in (small, again)]
    found["exchange"] = {"ballots": run["sent"], "export_s": exported["seconds"], "import_s": imported["seconds"],
                         "equal": shown[0] == shown[1]}
    return found


def proof_figures(found):
    judge, recount, audit, exchange = (found[part] for part in ("judge", "recount", "audit", "exchange"))
    lines = judge["lines"]
    scaled = judge["seconds"] * JUDGED_LINES / lines
    recount_scaled = recount["seconds"] * RECOUNTED / found["votes"]
    return [
        Figure("judge: verdict", judge["verdict"], "clean", judge["verdict"] == "clean", f"{lines:,} lines of a journal"),
        below("judge: 10,000,000 lines", scaled, JUDGED_S_MAX, " s",
              f"scaled from {lines:,} lines in {judge['seconds']:.1f} s, its wait for the workers included"),
        below("judge: memory", judge["peak_mib"], JUDGED_MIB_MAX, " MiB", f"of {lines:,} lines"),
        below("recount of 1,000,000 votes", recount_scaled, RECOUNT_S_MAX, " s",
              f"scaled from {found['votes']:,} votes in {recount['seconds']:.2f} s", 2),
        Figure("recount: longest wait of a writer", f"{recount['longest_wait_ms']:.0f} ms"),
        Figure("audit log: memory of the API grew by", f"{audit['api_grew_mib']:.1f} MiB", "", None,
               f"{audit['entries']:,} entries in {audit['seconds']:.1f} s; votectl took {audit['peak_mib']:.0f} MiB"),
        Figure("exported and imported again", "equal" if exchange["equal"] else "different", "equal", exchange["equal"],
               f"{exchange['ballots']:,} ballots out in {exchange['export_s']:.1f} s, in in {exchange['import_s']:.1f} s"),
    ]


class Commits:
    """When each version of a poll's counts was committed, as a reader of the store sees it each millisecond."""

    def __init__(self, house, poll):
        self.base = sqlite3.connect(house.folder / "vote.db", isolation_level=None, check_same_thread=False)
        self.poll = bytes.fromhex(poll.replace("-", ""))
        self.seen, self.over = [], threading.Event()  # (version, time)
        self.thread = threading.Thread(target=self.run)

    def run(self):
        last = None
        while not self.over.wait(0.001):
            row = self.base.execute("SELECT version FROM poll_totals WHERE poll_id = ?", (self.poll,)).fetchone()
            if row != last:
                last = row
                self.seen.append((row[0], time.time()))

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.base.close()


def live(quick, say):
    """Watchers on one poll beside votes: from a commit to the last watcher's page with it."""
    length = lengths_of(quick)["watched_s"]
    with House() as house:
        house.start("vote-api")
        house.await_ready()
        house.start("vote-worker")
        poll = house.create_poll()
        house.load("votes", 200, 0.5, poll)
        say(f"{WATCHERS:,} watchers beside {WATCHED_VOTES_PER_S:,} votes/s for {length} s")
        rest = house.memory_mib()
        journal = house.folder / "journal"
        with Commits(house, poll) as commits:
            sampler = Sampler(house)
            with sampler:
                run = house.load("votes", WATCHED_VOTES_PER_S, length, poll, "--watchers", WATCHERS, "--journal", journal)
        delays = delays_of(journal, commits.seen)
    return {"watchers": run["watchers"], "accepted_per_s": run["statuses"].get("202", 0) / run["elapsed_s"],
            "changes": len(delays), "delay_p99_ms": percentile(delays, 99), "delay_p50_ms": percentile(delays, 50),
            "kb_a_watcher": 1.048576 * 1000 * (sampler.greatest - rest) / WATCHERS}


class Sampler:
    """The API's greatest memory meanwhile."""

    def __init__(self, house):
        self.house, self.greatest, self.over = house, 0, threading.Event()
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over.wait(0.1):
            self.greatest = max(self.greatest, self.house.memory_mib())

    def __enter__(self):
        self.thread.start()

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()


def delays_of(journal, commits):
    """ms from the first commit that a page shows and the page before did not, to its last watcher."""
    shown = collections.defaultdict(lambda: [0, 0])  # version: watchers, last at
    with open(journal, encoding="utf-8") as lines:
        header = json.loads(next(lines))
        for line in lines:
            if line.startswith('{"read"'):
                read = json.loads(line)
                if read["status"] == 200:
                    entry = shown[read["version"]]
                    entry[0] += 1
                    entry[1] = max(entry[1], read["at"])
    start = datetime.datetime.fromisoformat(header["started_at"]).timestamp()
    delays, before = [], None
    for full_version in sorted(shown):
        watchers, last_at = shown[full_version]
        version = full_version & VERSION_MASK
        new = [at for committed, at in commits if before is not None and before < committed <= version]
        before = version
        if new and watchers == WATCHERS:
            delays.append(1000 * (start + last_at / 1e6 - min(new)))
    return delays


def percentile(values, percent):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else float("nan")


def live_figures(found):
    behind = found["watchers"]["behind_first_ms"]
    return [
        below(f"{WATCHERS:,} watchers: commit to the last", found["delay_p99_ms"], WATCHED_P99_MS_MAX, " ms",
              f"P99 of {found['changes']} pages that reached all, P50 {found['delay_p50_ms']:.0f} ms, "
              f"{found['accepted_per_s']:,.0f} votes/s beside; behind the first P99 {behind['p99']:.0f} ms"),
        below("memory of a watcher", found["kb_a_watcher"], WATCHER_KB_MAX, " kB",
              f"{found['watchers']['lost']} lost, {found['watchers']['pages']:,} pages", 1),
    ]


def limits(quick, say):
    """CPU time of vote-api a vote, with all limits on and with none, in turn."""
    lengths = lengths_of(quick)
    spent = {"on": [], "off": []}
    with contextlib.ExitStack() as stack:
        houses = {"off": stack.enter_context(House()),
                  "on": stack.enter_context(House(limits=(1_000_000, 5, 20, 5)))}
        for house in houses.values():
            house.start("vote-api")
            house.await_ready()
        polls = {name: house.create_poll() for name, house in houses.items()}
        say(f"votes with and without limits, {lengths['pairs']} pairs of {lengths['limited_s']} s")
        for pair in range(lengths["pairs"]):
            for name in (("off", "on"), ("on", "off"))[pair % 2]:
                house = houses[name]
                before = house.cpu_s("vote-api")
                run = house.load("votes", 12_000, lengths["limited_s"], polls[name])
                spent[name].append(1e6 * (house.cpu_s("vote-api") - before) / run["sent"])
    ratios = [on / off for on, off in zip(spent["on"], spent["off"])]
    return {"us_a_vote": spent, "ratios": ratios, "cost": statistics.median(ratios) - 1}


def limits_figures(found):
    on, off = (statistics.median(found["us_a_vote"][name]) for name in ("on", "off"))
    ratios = sorted(found["ratios"])
    return [Figure("limits: CPU time of a vote", f"{100 * found['cost']:+.1f} %", f"< {100 * LIMITS_COST_MAX:.0f} %",
                   found["cost"] < LIMITS_COST_MAX,
                   f"median of {len(ratios)} pairs, {ratios[0]:.2f} to {ratios[-1]:.2f}; {on:.1f} to {off:.1f} µs")]
