"""A row about PostgreSQL's own reads, writes and syncs: some of them fail."""
import pathlib
import random

from cluster.process import Failure
from fault_rows import disks
from fault_rows.kinds import add
from fault_rows.row import DISTRIBUTED, GAP_S_MAX, Fault, Promise, Row, apart
from fault_rows.verdict import wait_for

# Which of its processes, as they call themselves, and which of their calls. A log that cannot be written or synced is a
# PANIC: all sessions end, and it recovers by itself. A page that cannot be read is an error of one statement.
SESSIONS = "sessions"
PLACES = ((SESSIONS, "fdatasync"), (SESSIONS, "pwrite64"), (SESSIONS, "pread64"), ("walwriter", "fdatasync"),
          ("walwriter", "pwrite64"), ("checkpointer", "fsync"), ("checkpointer", "pwrite64"))
NTH_MAX = 5
TRACED_S_MAX = 10
PANIC = b"PANIC: "


def title(process):
    return pathlib.Path(f"/proc/{process.pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")


def pids_of(site, who):
    wanted = f" {site.engine.name} " if who == SESSIONS else f": {who} "
    return [process.pid for process in site.servers.state.process("postgres").tree() if wanted in title(process)]


def is_traced(pid):
    status = pathlib.Path(f"/proc/{pid}/status")
    return not status.exists() or "TracerPid:\t0\n" not in status.read_text()


def superuser(site):
    return site.servers.state.store_url("postgres", base="postgres")


def fail_calls(site, fault):
    chance = random.Random(fault.detail)
    who, call = PLACES[fault.detail % len(PLACES)]
    pids = pids_of(site, who)
    if not pids:
        return site.note("nobody_there")  # it recovers from the one before
    first, step = chance.randint(1, NTH_MAX), chance.randint(1, NTH_MAX)
    disks.attach(site, fault, f"{call}:error={chance.choice(disks.ERRORS)}:when={first}+{step}", pids)
    if who != "checkpointer":
        return None
    wait_for(lambda: all(map(is_traced, pids)), "strace traces the checkpointer", TRACED_S_MAX)
    try:
        site.engine.sql("CHECKPOINT", superuser(site))
    except Failure:
        site.note("checkpoints_failed")


def stop_failing(site, fault):
    if fault.target in site.straces:
        disks.detach(site, fault)
    if not site.servers.state.running("postgres"):
        site.note("postgres_ended")
        site.servers.start(["postgres"])


def errors(chance, _row, seconds):
    """Each place once, in an order that is drawn."""
    places = chance.sample(range(len(PLACES)), len(PLACES))
    moments = sorted(apart(chance, len(PLACES), seconds, ["postgres"], "", (0.8, 2.0), rest_s=1.2),
                     key=lambda fault: fault.at_s)
    return [Fault(each.at_s, "failing-io", each.target, each.for_s, place + len(PLACES) * chance.randrange(2**16))
            for each, place in zip(moments, places)]


def log_of(site):
    return site.servers.server("postgres").log


def prepare(site):
    disks.with_straces(site)
    site.panics_before = log_of(site).read_bytes().count(PANIC)


def finish(site):
    panics = log_of(site).read_bytes().count(PANIC) - site.panics_before
    site.note("panics", panics)


add("failing-io", fail_calls, stop_failing)

ROWS = [
    Row("postgres-io-errors", "I/O errors; fsync fails: PostgreSQL's, of its sessions, its log and its checkpoints",
        errors, DISTRIBUTED, seconds=30, needs=disks.straces, prepare=prepare, finish=finish,
        promise=Promise(gap_s_max=GAP_S_MAX, no_superseded=DISTRIBUTED), shows=("injected", "panics")),
]
