"""The figures of voting and reading: rates, latencies, memory, beside what the machine itself does."""
import os
import sqlite3
import statistics
import time
import uuid

from figures.engine import Embedded
from figures.house import ROOT, Failure, House
from figures.profile import Profile
from figures.table import Figure, at_least, below, cpu_table, equal

PROGRAMS = ["vote-api", "vote-worker", "vote-loadgen"]
SUSTAINED_PER_S = 25_000
SUSTAINED_P99_MS_MAX = 50
MAXIMUM_RATIO_MIN = 0.8
CALM_PER_S = 5_000
CALM_P99_MS_MAX = 20
READS_RATIO_MIN = 0.9
MEMORY_MIB_MAX = 30
YARDSTICK_ROWS_A_TRANSACTION = 1000
SYNCS_PER_S = 500
SYNC_BYTES = 16_384
# Of a rate that is kept up: the last answer and the last count come a little after the run's end.
KEPT_UP = 0.98


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

    def transact(self, rows):
        """Rows a second, into a poll of their own as a run's votes are: what is added to a large poll lies all over
        it, and costs several times as much."""
        self.poll = uuid.uuid4().bytes
        self.base.execute("INSERT INTO option_counts VALUES (?, 1, 0)", (self.poll,))
        self.base.execute("INSERT INTO poll_totals VALUES (?, 0, 0, 0)", (self.poll,))
        now = time.time_ns() // 1000
        people = [(self.poll, os.urandom(16), os.urandom(16), now) for _ in range(rows)]
        began = time.monotonic()
        for first in range(0, rows, YARDSTICK_ROWS_A_TRANSACTION):
            self.record(people[first:first + YARDSTICK_ROWS_A_TRANSACTION])
        self.rates.append(rows / (time.monotonic() - began))
        return self.rates[-1]

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


def maximum(house, yardstick, size):
    """As many votes as possible, and the bare transaction for as many, in turn; the medians of the rates and of
    their ratios."""
    pairs = []
    for _ in range(size.maximum_pairs):
        run = house.votes("max", size.maximum_s)
        pairs.append((yardstick.transact(run["accepted"]), run))
    runs = [run for _, run in pairs]
    if any(run["counted"] != run["accepted"] for run in runs):
        raise Failure("of as many votes as possible, not all that were accepted were counted")
    return {"accepted_per_s": statistics.median(run["accepted_per_s"] for run in runs),
            "counted_per_s": statistics.median(run["counted_per_s"] for run in runs),
            "ratios": [run["accepted_per_s"] / bare for bare, run in pairs],
            "ratio": statistics.median(run["accepted_per_s"] / bare for bare, run in pairs),
            "counted_ratio": statistics.median(run["counted_per_s"] / bare for bare, run in pairs),
            "cpu_us_per_vote": {program: statistics.median(run["cpu_us_per_vote"][program] for run in runs)
                                for program in PROGRAMS}}


def reads(house, pairs, seconds):
    """Short runs of results and of a constant handler in turn; the medians of the rates and of their ratios."""
    poll = house.create_poll()
    house.load("votes", 1000, 0.2, poll)
    rates = [(house.load("reads", "max", seconds, poll)["per_second"],
              house.load("health", "max", seconds)["per_second"]) for _ in range(pairs)]
    return {"results_per_s": statistics.median(results for results, _ in rates),
            "constant_per_s": statistics.median(constant for _, constant in rates),
            "ratio": statistics.median(results / constant for results, constant in rates)}


def passwords(house, people):
    """ms of a registration, one after another: the hash of its password, and little beside."""
    found = []
    for person in range(people):
        began = time.monotonic()
        status, answer = house.post("/v1/users", {"username": f"voter{person}", "email": f"voter{person}@example.org",
                                                  "password": "nine purple elephants"})
        found.append(1000 * (time.monotonic() - began))
        if status != 201:
            raise Failure(f"a registration was answered with {status}: {answer[:500]}")
    return found


def measure(size, say, profile_folder=None):
    found = {}
    with House() as house:
        house.start("vote-api")
        house.await_ready()
        found["memory_at_rest_mib"] = house.memory_mib()
        house.start("vote-worker")
        yardstick = Yardstick(house.folder)
        say(f"{SUSTAINED_PER_S} votes/s for {size.sustained_s} s")
        with Profile(house, profile_folder) as profile:
            found["sustained"] = house.votes(SUSTAINED_PER_S, size.sustained_s)
        found["memory_after_load_mib"] = house.memory_mib()
        found["profile"] = profile.text()
        say(f"as many votes as possible against a bare transaction, {size.maximum_pairs} pairs of {size.maximum_s} s")
        found["maximum"] = maximum(house, yardstick, size)
        yardstick.sync(size.sync_s)
        say(f"{CALM_PER_S} votes/s for {size.calm_s} s")
        found["calm"] = house.votes(CALM_PER_S, size.calm_s)
        yardstick.sync(size.sync_s)
        say(f"results against /healthz, {size.read_pairs} pairs of {size.read_s} s")
        found["reads"] = reads(house, size.read_pairs, size.read_s)
        say(f"{size.passwords} registrations")
        found["password_ms"] = passwords(house, size.passwords)
        found["yardstick"] = yardstick.found()
    return found


def figures(found):
    return sustained_figures(found["sustained"]) + rate_figures(found) + [
        below("memory of vote-api at rest", found["memory_at_rest_mib"], MEMORY_MIB_MAX, "MiB", digits=1),
        Figure("memory of vote-api after the load", found["memory_after_load_mib"], "MiB", digits=1,
               ratio=found["memory_after_load_mib"] / found["memory_at_rest_mib"], beside="its memory at rest"),
        Figure("a password hashed", statistics.median(found["password_ms"]), "ms",
               f"median of {len(found['password_ms'])} registrations, over HTTP"),
    ] + machine_figures(found["yardstick"])


def sustained_figures(run):
    due = f"{SUSTAINED_PER_S:,}/s"
    least = KEPT_UP * SUSTAINED_PER_S
    refused = run["sent"] + run["not_sent"] - run["accepted"]
    p99 = below(f"{due} due: P99 of the accept", run["latency_ms"]["p99"], SUSTAINED_P99_MS_MAX, "ms",
                f"{refused:,} were not accepted", digits=1)
    p99.met = p99.met and refused == 0
    return [
        at_least(f"{due} due: accepted", run["accepted_per_s"], least, "/s", f"for {run['length_s']:g} s"),
        at_least(f"{due} due: counted", run["counted_per_s"], least, "/s"),
        equal(f"{due} due: counted of the accepted", f"{run['counted']:,}", f"{run['accepted']:,}",
              f"{run['counted_after_s'] - run['elapsed_s']:.2f} s after the last answer"),
        p99,
    ]


def rate_figures(found):
    most, calm, read = found["maximum"], found["calm"], found["reads"]
    spread = f"bare transaction; {len(most['ratios'])} pairs, {min(most['ratios']):.2f} to {max(most['ratios']):.2f}"
    p99 = below(f"{CALM_PER_S:,}/s due: P99 of the accept", calm["latency_ms"]["p99"], CALM_P99_MS_MAX, "ms",
                f"P50 {calm['latency_ms']['p50']:.1f} ms, max {calm['latency_ms']['max']:.1f} ms", digits=1)
    p99.met = p99.met and calm["accepted"] == calm["sent"] + calm["not_sent"]
    return [
        Figure("maximum: accepted", most["accepted_per_s"], "/s", spread, most["ratio"]),
        Figure("maximum: counted", most["counted_per_s"], "/s", "bare transaction", most["counted_ratio"]),
        at_least("maximum accepted, as that ratio", most["ratio"], MAXIMUM_RATIO_MIN, "", digits=2),
        p99,
        at_least("results, as ratio to a constant handler", read["ratio"], READS_RATIO_MIN, "",
                 f"{read['results_per_s']:,.0f}/s to {read['constant_per_s']:,.0f}/s of /healthz", digits=3),
    ]


def machine_figures(found):
    each, sync = found["rows_per_s_each"], found["sync_ms"]
    return [
        Figure("machine: bare SQLite transaction", found["rows_per_s"], "rows/s",
               f"{min(each):,.0f} to {max(each):,.0f} in {len(each)} runs, {YARDSTICK_ROWS_A_TRANSACTION} rows each, "
               "Python"),
        Figure(f"machine: P99 of fdatasync, {SYNCS_PER_S} a second", sync["p99"], "ms",
               f"P50 {sync['p50']:.1f} ms, max {sync['max']:.1f} ms", digits=1),
    ]


def words(found):
    """What the table has no room for."""
    return (f"{SUSTAINED_PER_S:,} votes/s are due over {Embedded.connections} connections; the last answer and count come a "
            "little after the end, so the rate falls short of that\n\n"
            + cpu_table({run: found[run]["cpu_us_per_vote"] for run in ("sustained", "maximum", "calm")})
            + (found["profile"] or ""))
