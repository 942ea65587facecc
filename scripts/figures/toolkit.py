"""The figures of the other programs: load generator, judge, recount, limits, audit, export."""
import contextlib
import json
import os
import statistics
import time

from figures.house import AtTheStore, Failure, House, accepted_of
from figures.table import Figure, at_least, below, equal

CONSTANT_PER_S = 60_000
KEPT_UP = 0.98
IN_FLIGHT = 8
JUDGED_LINES = 10_000_000
JUDGED_S_MAX = 120
JUDGED_MIB_MAX = 2048
RECOUNTED = 1_000_000
RECOUNT_S_MAX = 2
WRITER_S = 1  # alone, to compare
AUDIT_GREW_MIB_MAX = 8  # between a short log and a long one
LIMITS_COST_MAX = 0.05
FILLED_PER_S = 25_000
# On, and too high to be met: votes an address, polls, votes a user, devices.
LIMITS = (10_000_000, 5, 20, 5)


def constant(size, say):
    """The load generator against a handler that does nothing."""
    found = {}
    with House() as house:
        house.start("vote-api")
        house.await_ready()
        for name, rate, pipeline in (("due", CONSTANT_PER_S, 1), ("due_pipelined", CONSTANT_PER_S, IN_FLIGHT),
                                     ("busy", "max", 1), ("busy_pipelined", "max", IN_FLIGHT)):
            say(f"/healthz, {rate} requests/s, {pipeline} in flight a connection")
            found[name] = house.load("health", rate, size.constant_s, None, "--pipeline", pipeline, connections=64)
        sent = sum(run["statuses"].get("200", 0) for run in found.values())
        served = health_requests(house)
        if sent != served:
            raise Failure(f"vote-loadgen says that {sent} requests were answered, vote-api that it answered {served}")
    return found


def health_requests(house):
    """As the server itself counts them."""
    for line in house.get("/metrics")[1].decode().splitlines():
        if line.startswith('vote_http_requests_total{method="GET",route="/healthz",status="200"}'):
            return int(float(line.split()[1]))
    return 0


def constant_figures(found):
    def row(name, what, goal):
        run = found[name]
        return at_least(f"load generator: {what}", run["per_second"], goal, "/s",
                        f"P99 {run['latency_ms']['p99']:.1f} ms, {1e6 * run['cpu_s'] / run['sent']:.1f} µs of CPU each")

    due, busy, pipelined = f"{CONSTANT_PER_S:,}/s due", "connections busy", f", {IN_FLIGHT} in flight"
    return [row("due", due, KEPT_UP * CONSTANT_PER_S), row("due_pipelined", due + pipelined, KEPT_UP * CONSTANT_PER_S),
            row("busy", busy, CONSTANT_PER_S), row("busy_pipelined", busy + pipelined, CONSTANT_PER_S)]


class Writer(AtTheStore):
    """Takes the store's write lock again and again, and notes how long it had to wait."""

    def __init__(self, house):
        super().__init__(house)
        self.waits_ms = []

    def run(self):
        while not self.over.wait(0.002):
            began = time.monotonic()
            self.base.execute("BEGIN IMMEDIATE")
            self.waits_ms.append(1000 * (time.monotonic() - began))
            self.base.execute("ROLLBACK")

    def longest_ms(self):
        """None where it had not one turn."""
        return max(self.waits_ms, default=None)


def filled(house, say, seconds, journal):
    """A poll with votes, all of them counted, and how many; with a journal."""
    poll = house.create_poll()
    say(f"{FILLED_PER_S:,} votes/s for {seconds} s, with a journal")
    votes = accepted_of(house.load("votes", FILLED_PER_S, seconds, poll, "--journal", journal))
    if house.await_counted(poll, votes) != votes:
        raise Failure(f"of {votes} votes that were accepted, {house.counted(poll)} are counted")
    return poll, votes


def proof(size, say):
    """Many votes with a journal; then a recount, the audit log, the poll as a file, and the judge."""
    with House() as house:
        house.start("vote-api")
        house.await_ready()
        house.start("vote-worker")
        journals = [house.folder / "journal-1"]
        poll, votes = filled(house, say, size.voted_s, journals[0])
        found = {"votes": votes, "recount": recount(house, poll, say)}
        found.update(files_of(house, poll, size.exchanged, say))
        if size.judged_s:
            journals.append(house.folder / "journal-2")
            filled(house, say, size.judged_s, journals[1])
        say("the judge")
        found["judge"] = house.judge(*journals)
    return found


def recount(house, poll, say):
    say("a recount")
    with Writer(house) as alone:
        time.sleep(WRITER_S)
    with Writer(house) as writer:
        counted = house.timed("vote-reconcile", "--once", "--json", "--poll", poll)
    if json.loads(counted["out"])["polls"] != 1:
        raise Failure(f"vote-reconcile looked at no poll: {counted['out'].decode()}")
    return {"seconds": counted["seconds"], "peak_mib": counted["peak_mib"], "turns": len(writer.waits_ms),
            "longest_wait_ms": writer.longest_ms(), "longest_wait_alone_ms": alone.longest_ms()}


def files_of(house, poll, exchanged, say):
    """Another poll, smaller, exported and imported again; the audit logs of both."""
    token = house.timed("votectl", "token", "--role", "auditor")["out"].decode().strip()
    reading = {**os.environ, "VOTE_TOKEN": token, "VOTE_URL": f"http://127.0.0.1:{house.port}"}
    say(f"{exchanged:,} ballots exported and imported again")
    small = house.create_poll()
    ballots = accepted_of(house.load("votes", 10_000, exchanged / 10_000, small))
    if house.await_counted(small, ballots) != ballots:
        raise Failure(f"of {ballots} votes that were accepted, {house.counted(small)} are counted")
    file = house.folder / "poll.ndjson"
    exported = house.timed("votectl", "export", small, "-o", file, env=reading)
    imported = house.timed("votectl", "import", file, "--new-id", "--json")
    again = json.loads(imported["out"])["poll_id"]
    shown = [[option["votes"] for option in json.loads(house.get(f"/v1/polls/{each}/results")[1])["options"]]
             for each in (small, again)]
    say("the audit logs")
    return {"exchange": {"ballots": ballots, "export_s": exported["seconds"], "import_s": imported["seconds"],
                         "equal": shown[0] == shown[1] and sum(shown[1]) == ballots},
            "audit": {"short": audit(house, small, reading), "long": audit(house, poll, reading)}}


def audit(house, poll, reading):
    """An audit log read to its end."""
    file = house.folder / "audit.ndjson"
    rest = house.memory_mib()
    house.forget_peak()
    read = house.timed("votectl", "audit", poll, "--json", into=file, env=reading)
    with open(file, "rb") as lines:
        entries = sum(1 for _ in lines)
    return {"entries": entries, "bytes": file.stat().st_size, "seconds": read["seconds"],
            "api_grew_mib": house.peak_mib() - rest, "reader_mib": read["peak_mib"]}


def proof_figures(found):
    exchange = found["exchange"]
    done = f"{exchange['ballots']:,} ballots"
    return judge_figures(found["judge"]) + recount_figures(found["recount"], found["votes"]) + \
        audit_figures(found["audit"]["short"], found["audit"]["long"]) + [
            Figure("export", exchange["export_s"], "s", done, digits=2),
            Figure("import", exchange["import_s"], "s", done, digits=2),
            equal("exported and imported: results", "equal" if exchange["equal"] else "different", "equal"),
        ]


def scaling(measured, wanted, what):
    """What to multiply with, and words for it. As much as was wanted, within 2 %, is left as it is."""
    if abs(measured / wanted - 1) < 0.02:
        return 1, f"{measured:,} {what}"
    return wanted / measured, f"SCALED from {measured:,} {what}"


def judge_figures(judge):
    factor, words = scaling(judge["lines"], JUDGED_LINES, "lines")
    return [
        equal("judge: verdict", judge["verdict"], "clean", f"{judge['lines']:,} lines of a journal"),
        below("judge: 10,000,000 lines", judge["seconds"] * factor, JUDGED_S_MAX, "s",
              f"{words} in {judge['seconds']:.1f} s", digits=1),
        below("judge: memory for as many", judge["peak_mib"] * factor, JUDGED_MIB_MAX, "MiB",
              f"{words} with {judge['peak_mib']:.0f} MiB"),
    ]


def recount_figures(recounted, votes):
    factor, words = scaling(votes, RECOUNTED, "votes")
    wait, alone = recounted["longest_wait_ms"], recounted["longest_wait_alone_ms"]
    turns = f"of {recounted['turns']} turns; " + ("" if alone is None else f"{alone:.1f} ms in {WRITER_S} s without it")
    return [
        below("recount of 1,000,000 votes", recounted["seconds"] * factor, RECOUNT_S_MAX, "s",
              f"{words} in {recounted['seconds']:.2f} s", digits=2),
        Figure("recount: longest wait of a writer", "no turn" if wait is None else wait, "ms", turns, digits=1),
    ]


def audit_figures(short, long):
    lengths = f"{short['entries']:,} entries, then {long['entries']:,} ({long['bytes'] / 1e6:.0f} MB)"
    return [
        below(f"audit log: {who} takes more for a long one", long[field] - short[field], AUDIT_GREW_MIB_MAX, "MiB",
              f"{lengths}: {short[field]:.1f} MiB, then {long[field]:.1f} MiB", digits=1)
        for who, field in (("API", "api_grew_mib"), ("votectl", "reader_mib"))
    ] + [Figure("audit log: read in", long["seconds"], "s", f"{long['entries']:,} entries", digits=2)]


def limits(size, say):
    """As many votes as possible with all limits on and with none, in turn: accepted a second, and CPU time of
    vote-api a vote."""
    rates, spent = {"on": [], "off": []}, {"on": [], "off": []}
    with contextlib.ExitStack() as stack:
        houses = {"off": stack.enter_context(House()), "on": stack.enter_context(House(limits=LIMITS))}
        for house in houses.values():
            house.start("vote-api")
            house.await_ready()
        polls = {name: house.create_poll() for name, house in houses.items()}
        say(f"votes with and without limits, {size.limit_pairs} pairs of {size.limit_s} s")
        for pair in range(size.limit_pairs):
            for name in (("off", "on"), ("on", "off"))[pair % 2]:
                house = houses[name]
                before = house.cpu_s("vote-api")
                run = house.load("votes", "max", size.limit_s, polls[name])
                if run["statuses"].keys() != {"202"}:
                    raise Failure(f"with limits {name}, votes were answered with {run['statuses']}")
                rates[name].append(run["per_second"])
                spent[name].append(1e6 * (house.cpu_s("vote-api") - before) / run["sent"])
    return {"per_second": rates, "us_a_vote": spent,
            "rate_ratios": [on / off for on, off in zip(rates["on"], rates["off"])],
            "cpu_ratios": [on / off for on, off in zip(spent["on"], spent["off"])]}


def limits_figures(found):
    return [limits_row("accept rate falls by", found["rate_ratios"], found["per_second"], "/s", -1, 0),
            limits_row("CPU time of a vote grows by", found["cpu_ratios"], found["us_a_vote"], " µs", 1, 1)]


def limits_row(what, ratios, values, unit, sign, digits):
    ratio = statistics.median(ratios)
    on, off = (statistics.median(values[name]) for name in ("on", "off"))
    return below(f"limits: {what}", 100 * sign * (ratio - 1), 100 * LIMITS_COST_MAX, "%",
                 f"no limits; {len(ratios)} pairs, {min(ratios):.2f} to {max(ratios):.2f}; "
                 f"{on:,.{digits}f} to {off:,.{digits}f}{unit}", ratio=ratio, digits=1)
