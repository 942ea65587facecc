"""Rows about clocks: our daemons' differ from the servers' and jump, by libfaketime."""
import pathlib
import shutil
import subprocess

from fault_rows.kinds import add
from fault_rows.row import DISTRIBUTED, GAP_S_MAX, Fault, Promise, Row, apart, names

LIBRARIES = sorted(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
WAITS = pathlib.Path(__file__).resolve().parent / "cnd_timedwait.c"
APART_S_MAX = 30


def needs():
    if not LIBRARIES:
        return "there is no libfaketime (Debian's libfaketime)"
    return "" if shutil.which("cc") else f"there is no C compiler (Debian's gcc) for {WAITS}"


def clock_of(site, name):
    return site.folder / f"clock-{name}"


def with_clocks(site, *daemons):
    """Right ones at first. The monotonic clock stays as it is, as where somebody sets the time."""
    waits = site.folder / "cnd_timedwait.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", waits, WAITS], check=True)
    for name in daemons or (*names("api", 2), *names("worker", 2)):
        clock_of(site, name).write_text("+0\n")
        site.env[name] = {"LD_PRELOAD": f"{waits} {LIBRARIES[0]}", "FAKETIME_TIMESTAMP_FILE": str(clock_of(site, name)),
                          "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1"}


def jump(site, fault):
    clock = clock_of(site, fault.target)
    made = clock.with_suffix(".new")
    made.write_text(f"{fault.detail - APART_S_MAX:+d}\n")
    made.replace(clock)


def jumps(chance, row, seconds):
    """Each is wrong from the beginning, and then jumps back and forth."""
    daemons = [*names("api", row.apis), *names("worker", row.workers)]
    first = [Fault(0.1, "clock-jumps", name, detail=chance.choice([0, 2 * APART_S_MAX])) for name in daemons]
    later = [Fault(each.at_s, each.kind, each.target, detail=chance.randrange(2 * APART_S_MAX + 1))
             for each in apart(chance, 12, seconds, daemons, "clock-jumps")]
    return first + later


def were_wrong(site):
    """Of all daemons, or there is nothing to say."""
    loaded = [name for name in site.env if LIBRARIES[0].name in
              pathlib.Path(f"/proc/{site.processes[name].pid}/maps").read_text()]
    if len(loaded) == len(site.env):
        site.note("wrong_clocks", len(loaded))


add("clock-jumps", jump)

ROWS = [
    Row("clock", "clock: API and worker 30 s apart, jumping back and forth", jumps, DISTRIBUTED, apis=2,
        needs=needs, prepare=with_clocks, finish=were_wrong, shows=("wrong_clocks",),
        promise=Promise(gap_s_max=GAP_S_MAX, errors_s_max=0, no_superseded=DISTRIBUTED)),
]
