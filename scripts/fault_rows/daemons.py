"""Rows about our own daemons: killed, frozen, restarted, coming and going."""
import dataclasses

from fault_rows.kinds import add, tamper
from fault_rows.row import ENGINES, GAP_S_MAX, Fault, Promise, Row, apart, names

# Shorter than the default of librdkafka and of [api], so that a row sleeps past them; a mark's lease is 15 s always
# (kMarkLease).
SLEPT_PAST = {"flags": {"api": ("api.lease=5s",)}, "of_kafka": {"worker": ("queue.kafka.session.timeout.ms=6000",)}}
SLEPT_S = (11.0, 13.0)
SLEPT_PAST_MARKS_S = (15.5, 17.0)
UNREAD = "votes=81,retries=10,seconds=5,changes=3,revocations=1"


def api_kills(chance, row, seconds):
    return apart(chance, 8, seconds, names("api", row.apis), "killed", (0.1, 1.5), one_at_a_time=True)


def worker_kills(chance, row, seconds):
    return apart(chance, 12, seconds, names("worker", row.workers), "killed", (0.0, 1.0))


def all_kills(chance, _row, seconds):
    """Also all of a kind at once."""
    return apart(chance, 16, seconds, ["api1", "worker1", "worker2", "reconcile1"], "killed", (0.0, 0.6))


def api_freezes(chance, row, seconds):
    return [*apart(chance, 2, seconds, names("api", row.apis), "frozen", SLEPT_PAST_MARKS_S, one_at_a_time=True),
            *apart(chance, 1, seconds, ["reconcile1"], "frozen", SLEPT_S)]


def worker_freezes(chance, row, seconds):
    return apart(chance, 2, seconds, names("worker", row.workers), "frozen", SLEPT_S)


def short_freezes(chance, _row, seconds):
    return apart(chance, 10, seconds, ["api1", "worker1", "worker2", "reconcile1"], "frozen", (0.1, 2.0))


def comings_and_goings(chance, _row, seconds):
    """Each second one joins, and stays for a while; every other one is killed."""
    return [Fault(second + round(chance.uniform(0, 0.9), 2), "joined", f"worker{10 + second}",
                  round(chance.uniform(0.5, 3.0), 2), second % 2) for second in range(int(seconds) - 3)]


def restarts(chance, row, seconds):
    daemons = [*names("api", row.apis), *names("worker", row.workers), "reconcile1"]
    chance.shuffle(daemons)
    step = seconds / len(daemons)
    return [Fault(round(number * step + chance.uniform(0, step / 2), 2), "restarted", name)
            for number, name in enumerate(daemons)]


def reconcile_kills(chance, _row, seconds):
    """While counters are wrong, again and again."""
    return [*apart(chance, 6, seconds, ["reconcile1", "reconcile2"], "killed", (0.1, 1.0)),
            *apart(chance, 4, seconds, ["worker1", "worker2"], "killed", (0.0, 0.5)),
            *apart(chance, 6, seconds, ["counters"], "miscounted")]


def miscount(site, _fault):
    """All counters of a first option are wrong, by nobody's vote."""
    done = tamper(site, "UPDATE option_counts SET vote_count = vote_count + 1000 WHERE position = 1")
    site.note("miscounts" if done else "miscounts_locked_out")


add("miscounted", miscount)


NO_5XX = Promise(gap_s_max=GAP_S_MAX, errors_s_max=0)
CALM = dataclasses.replace(NO_5XX, no_superseded=ENGINES)

ROWS = [
    Row("api-killed", "vote-api killed", api_kills, apis=3, promise=NO_5XX),
    Row("worker-killed", "vote-worker killed", worker_kills, workers=3, promise=CALM),
    Row("all-killed", "vote-api, vote-worker and vote-reconcile killed", all_kills, reconciles=1),
    Row("api-frozen", "any daemon stopped, then continued: vote-api, past its lease and that of its marks", api_freezes,
        apis=3, reconciles=1, seconds=38, promise=Promise(gap_s_max=GAP_S_MAX), **SLEPT_PAST),
    Row("worker-frozen", "any daemon stopped, then continued: vote-worker, past its session", worker_freezes,
        workers=3, seconds=18, promise=CALM, **SLEPT_PAST),
    Row("all-frozen", "any daemon stopped, then continued: all of them, shortly", short_freezes, reconciles=1),
    Row("workers-come-and-go", "workers come and go", comings_and_goings, workers=1, promise=CALM),
    Row("rolling-restart", "SIGTERM", restarts, apis=3, reconciles=1, promise=NO_5XX),
    # Counters that are wrong are shown as they are, so nobody reads results.
    Row("reconcile-under-load", "reconcile under load", reconcile_kills, reconciles=2, promise=CALM, mix=UNREAD,
        watchers=0, shows=("miscounts",)),
]
