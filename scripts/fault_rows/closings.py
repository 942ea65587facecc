"""Rows about polls that are closed and made final while somebody is in the way: an open transaction, an API that cannot
reach the store."""
import contextlib
import json
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import time
import uuid

from cluster.process import Failure
from cluster.programs import need
from cluster.tools import Tools
from fault_rows import messages, network, proxies, verdict
from fault_rows.kinds import add
from fault_rows.messages import LEASE
from fault_rows.row import GAP_S_MAX, Fault, Promise, Row, apart
from fault_rows.site import free_port
from fault_rows.verdict import wait_for

HOLDS = 3
HELD_S = (9.0, 12.0)  # from the closing on: past the grace, and until closing messages are read
QUIET_VOTERS = 24
CAUGHT_S_MAX = 20
STOPPED_S = 0.02
LOOK_S_MAX = 0.01
TRIED_S_MAX = 40
HELD_AFTER_MS_MAX = 2000  # before any poll is final, with its grace and what clocks may be apart
CUT_OFF = "api2"
LOCKED_S_MAX = 20
WAL_WRITE_LOCK = "120"  # the byte of the file "-shm" that who writes has locked: https://sqlite.org/walformat.html
STORE_API = "api3"  # of the distributed engine: finds no broker, so its votes go by the store's path


# Who has what open.

def ports_of(pid):
    """Of the connections of a process, its own ends."""
    sockets = set()
    for handle in pathlib.Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            sockets.add(os.readlink(handle))
    lines = [line.split() for line in pathlib.Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return [int(words[1].rpartition(":")[2], 16) for words in lines if f"socket:[{words[9]}]" in sockets]


def session_in_wait(site, name, poll):
    """The process of PostgreSQL's that serves a daemon, holds votes of the poll and waits for a lock; or nothing."""
    if not (ports := ports_of(site.processes[name].pid)):
        return None
    pid = site.engine.sql(
        "SELECT pid FROM pg_stat_activity AS session WHERE datname = current_database() AND wait_event_type = 'Lock' "
        f"AND client_port IN ({', '.join(map(str, ports))}) AND EXISTS (SELECT 1 FROM pg_locks AS held JOIN polls ON "
        "poll_no = objid::int WHERE held.pid = session.pid AND locktype = 'advisory' AND granted AND poll_id = "
        f"'{poll['poll_id']}') LIMIT 1")
    return int(pid) if pid else None


def finaliser_waits(site, poll):
    """Whether somebody asks to be alone with the poll."""
    return site.engine.sql("SELECT count(*) FROM pg_locks JOIN polls ON poll_no = objid::int WHERE locktype = "
                           "'advisory' AND mode = 'ExclusiveLock' AND NOT granted AND poll_id = "
                           f"'{poll['poll_id']}'") != "0"


def writes(site, name):
    """Whether the daemon is inside a transaction of SQLite's that writes to the store."""
    inode, pid = (site.engine.disk / "vote.db-shm").stat().st_ino, str(site.processes[name].pid)
    for line in pathlib.Path("/proc/locks").read_text().splitlines():
        mode, owner, file, first, _last = line.split()[-5:]
        if mode == "WRITE" and owner == pid and file.endswith(f":{inode}") and first == WAL_WRITE_LOCK:
            return True
    return False


@contextlib.contextmanager
def other_session(site, statement):
    """Has done it in a transaction, which is open within."""
    with Tools().child([need("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", site.engine.store_url],
                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        child.stdin.write(f"BEGIN;\n{statement};\nSELECT 'held';\n")
        child.stdin.flush()
        if not any(line == "held\n" for line in child.stdout):
            raise Failure("psql ended, and holds no transaction open")
        yield


# Holds. Each returns how it ends.

def freeze_in_transaction(site, name, poll):
    """On SQLite, of any poll's votes: who writes is alone."""
    end = time.monotonic() + CAUGHT_S_MAX
    chance = random.Random(poll["poll_id"])
    while True:
        site.signal(name, signal.SIGSTOP)
        time.sleep(STOPPED_S)
        if writes(site, name):
            return lambda: site.signal(name, signal.SIGCONT)
        site.signal(name, signal.SIGCONT)
        if time.monotonic() > end:
            raise Failure(f"{name} was not caught inside a transaction within {CAUGHT_S_MAX} s")
        time.sleep(chance.uniform(0, LOOK_S_MAX))


def catch(site, name, poll, stop):
    """stop(session): when it waits inside a transaction that holds votes of the poll."""
    def caught():
        session = session_in_wait(site, name, poll)
        if session:
            stop(session)
        return session

    statement = ("SELECT 1 FROM poll_totals JOIN polls USING (poll_no) WHERE poll_id = "
                 f"'{poll['poll_id']}' FOR UPDATE OF poll_totals")
    with other_session(site, statement):
        vote_quietly(site, poll, [STORE_API] if name == STORE_API else ["api1", "api2"])
        wait_for(caught, f"a session of {name} waits with votes of poll {poll['poll_id']}", CAUGHT_S_MAX)


def freeze_with_votes(site, name, poll):
    """PostgreSQL ends its session when it has said nothing for a while."""
    catch(site, name, poll, lambda _session: site.signal(name, signal.SIGSTOP))
    return lambda: site.signal(name, signal.SIGCONT)


def freeze_session(site, name, poll):
    """Nobody can end that one, and its daemon gives up waiting for it."""
    frozen = []

    def stop(session):
        os.kill(session, signal.SIGSTOP)
        frozen.append(session)

    def go_on():
        with contextlib.suppress(ProcessLookupError):
            os.kill(frozen[0], signal.SIGCONT)

    catch(site, name, poll, stop)
    return go_on


def hold_lock(site, _name, poll):
    """As any transaction has it that holds votes of the poll."""
    held = contextlib.ExitStack()
    held.enter_context(other_session(site, f"SELECT lock_polls_by_id(ARRAY['{poll['poll_id']}'::uuid])"))
    return held.close


def hold_file(site, _name, _poll):
    base = sqlite3.connect(site.engine.disk / "vote.db", timeout=LOCKED_S_MAX, isolation_level=None,
                           check_same_thread=False)
    base.execute("PRAGMA wal_autocheckpoint = 0")
    base.execute("BEGIN IMMEDIATE")
    return base.close


# The row: quiet polls, each closed beside a hold.

def vote_quietly(site, poll, apis):
    """Of voters of our own; their answers are not waited for."""
    voters = site.voters
    voters.all_at_once([(poll, str(uuid.uuid4()), str(uuid.uuid4()), 1 + number % len(poll["options"]),
                         site.ports[apis[number % len(apis)]]) for number in range(QUIET_VOTERS)])


def with_quiet_polls(site):
    """Made before the load's own, so that who holds one of them holds no counter of those yet."""
    messages.with_voters(site)
    site.holds, site.quiet, site.closed_beside = {}, [], []
    if site.servers is not None:
        # A worker with another try of a vote would wait for a session that holds it, whatever its poll.
        site.hidden.add(STORE_API)
        site.more[STORE_API] = (f"queue.url=kafka://127.0.0.1:{free_port()}",)

    def make():
        site.quiet = [site.voters.make_poll() for _ in range(HOLDS)]
        made = [site.voters.make_poll(allow_vote_change=True)["poll_id"] for _ in range(2)]
        del site.voters.polls[HOLDS:]  # the load has them in its own journal
        return made
    site.wanted_polls = make


def close(site, poll):
    """An API may be late, but not for ever."""
    fields = {"Authorization": f"Bearer {site.admin_token()}"}

    def closed():
        status, text = site.ask("POST", f"/v1/polls/{poll['poll_id']}/close", None, fields)
        return status == 200 or json.loads(text).get("code") == "poll_not_active"
    wait_for(closed, f"poll {poll['poll_id']} is closed", verdict.CLOSED_S_MAX)


def look_at(site, poll):
    """What is shown, which the journal of our voters has then; whether that is final."""
    status, text = site.get(f"/v1/polls/{poll['poll_id']}/results")
    if status != 200:
        return False
    results = json.loads(text)
    site.voters.journal.shown(poll["poll_id"], results)
    return results["final"]


def hold(way, is_exclusive, tried_beside=()):
    """A kind. is_exclusive: nobody can make the poll final meanwhile. tried_beside: targets beside which vote-reconcile
    is seen to try; else closing messages wait for the target, too."""
    def begin(site, fault):
        with site.lock:
            poll = site.quiet.pop()
        site.closed_beside.append(poll)
        vote_quietly(site, poll, ["api1", "api2"])
        if site.servers is None:
            close(site, poll)
            time.sleep(fault.detail / 1000)
        let_go = way(site, fault.target, poll)
        if site.servers is None and look_at(site, poll):
            site.note("final_before_held")
            return let_go()
        site.holds[fault] = poll, let_go
        if site.servers is not None:
            close(site, poll)
        time.sleep(fault.for_s)  # however long it took until here

    def end(site, fault):
        if fault not in site.holds:
            return
        poll, let_go = site.holds.pop(fault)
        try:
            if fault.target in tried_beside:
                wait_for(lambda: finaliser_waits(site, poll) or look_at(site, poll),
                         "vote-reconcile tries to make a poll final beside an open transaction", TRIED_S_MAX)
                site.note("tried_beside")
            is_final = look_at(site, poll)
        finally:
            let_go()
        site.note("final_while_held" if is_final else "not_final_while_held")
        if is_final and is_exclusive:
            raise Failure(f"poll {poll['poll_id']} was made final beside an open transaction that held it")

    return begin, end


def holds(*ways):
    """Different ones, one at a time. detail: ms from the closing to the hold, where closing comes first."""
    def draw(chance, _row, seconds):
        moments = sorted(apart(chance, HOLDS, seconds, [""], "", HELD_S, one_at_a_time=True, rest_s=1.0),
                         key=lambda fault: fault.at_s)
        return [Fault(each.at_s, kind, target, each.for_s, chance.randrange(HELD_AFTER_MS_MAX))
                for each, (kind, target) in zip(moments, chance.sample(ways, HOLDS))]
    return draw


def all_final(site):
    """Whoever was in the way; and what was shown goes to the judge."""
    for poll in site.closed_beside:
        wait_for(lambda poll=poll: look_at(site, poll), f"the results of poll {poll['poll_id']} are final; "
                 "reconcile1.log says what they wait for", verdict.FINAL_S_MAX)
    messages.hand_in(site)


# The row: an API that cannot reach the store.

def cut_off(site, fault):
    site.casts_before = site.casts(CUT_OFF)
    proxies.cut(site, fault)


def silence(site, fault):
    """Nothing is refused, and nothing answers."""
    site.casts_before = site.casts(CUT_OFF)
    for name in proxies.each_of(fault):
        site.proxies.poison(name, "timeout", timeout=0)


def heal(cure):
    def end(site, fault):
        try:
            casts = site.casts(CUT_OFF)
        finally:
            cure(site, fault)
        for outcome in ("queued", "unavailable"):
            site.note(f"{outcome}_while_cut_off", casts.get(outcome, 0) - site.casts_before.get(outcome, 0))
    return end


def cut_across_the_end(chance, _row, _seconds):
    """From before the closing until long after the lease has run out."""
    moment = round(chance.uniform(2, 4), 2)
    return [Fault(moment, chance.choice(["cut-off-from-store", "silenced"]), f"store-of-{CUT_OFF}",
                  round(chance.uniform(11, 14), 2)),
            Fault(round(moment + chance.uniform(0.3, 4), 2), "closed", "")]


# For the mixture: a poll that is closed while its votes come.

def close_quietly(site, _fault):
    poll = site.voters.make_poll(options=2)
    vote_quietly(site, poll, list(site.ports))
    close(site, poll)


add("closed-quietly", close_quietly)
add("frozen-in-transaction", *hold(freeze_in_transaction, True))
add("file-locked", *hold(hold_file, True))
add("frozen-with-votes", *hold(freeze_with_votes, False))
add("session-frozen", *hold(freeze_session, True, (STORE_API,)))
add("poll-locked", *hold(hold_lock, True, ("store",)))
add("cut-off-from-store", cut_off, heal(proxies.join))
add("silenced", silence, heal(proxies.cure))

BESIDE = {"apis": 3, "reconciles": 2, "seconds": 45, "prepare": with_quiet_polls, "finish": all_final,
          "mix": "votes=72,retries=10,seconds=5,changes=7,revocations=1,reads=5"}

ROWS = [
    Row("finalised-beside-writer", "finalising beside an open transaction: of a worker, of an API, of another program",
        holds(("frozen-in-transaction", "worker1"), ("frozen-in-transaction", STORE_API), ("file-locked", "store")),
        ("embedded",), workers=1, shows=("not_final_while_held",), **BESIDE),
    Row("finalised-beside-session", "finalising beside an open transaction: of a worker, of an API, of a session that "
        "sleeps", holds(("frozen-with-votes", "worker1"), ("frozen-with-votes", STORE_API),
                        ("session-frozen", "worker1"), ("session-frozen", STORE_API), ("poll-locked", "store")),
        ("distributed",), flags={"api": (LEASE,)}, of_kafka={"worker": ("queue.kafka.session.timeout.ms=6000",)},
        **BESIDE),
    Row("closed-out-of-reach", "poll is closed early: an API that cannot reach the store during the close",
        cut_across_the_end, ("distributed",), apis=2, reconciles=1, seconds=22, flags={"api": (LEASE,)},
        needs=proxies.needs, prepare=lambda site: network.before_the_store_of(site, CUT_OFF),
        finish=messages.over_by_hand, never=messages.OVER["never"],
        shows=(*messages.OVER["shows"], "queued_while_cut_off", "unavailable_while_cut_off", "closed_with_200"),
        promise=Promise(gap_s_max=GAP_S_MAX)),
]
