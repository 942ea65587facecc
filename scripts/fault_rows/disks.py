"""Rows about disks: full, failing, and a power cut. They need root, for mounts."""
import array
import contextlib
import fcntl
import os
import pathlib
import shutil
import signal
import subprocess
import time

from cluster.process import Failure
from fault_rows.kinds import add
from fault_rows.row import DISTRIBUTED, ENGINES, Fault, Promise, Row, apart, names
from fault_rows.site import kind_of

DISK_MIB = {"embedded": 64, "distributed": 1024}
IMAGE_MIB = {"embedded": 256, "distributed": 1536}
# <linux/ext4.h>: everything that is not on the disk yet is gone, the journal's too.
EXT4_IOC_SHUTDOWN, NO_LOG_FLUSH = 0x8004587D, 2
UNMOUNTED_S_MAX = 15
FILLER = "filler"


def run(*command):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"{' '.join(map(str, command))[:200]} ended with status {done.returncode}: {done.stderr.strip()}")


def mounts():
    """Why nothing can be mounted here, or nothing."""
    if os.getuid() != 0:
        return "a file system of its own needs root, for mount"
    here = pathlib.Path("/run") / f"vote-faults-{os.getpid()}"
    here.mkdir()
    try:
        run("mount", "-t", "tmpfs", "-o", "size=1m", "none", here)
        run("umount", here)
    except Failure as failure:
        return f"nothing can be mounted here: {failure}"
    finally:
        here.rmdir()
    return ""


def images():
    """Why no image of ext4 can be mounted here, or nothing."""
    if lacking := mounts():
        return lacking
    if shutil.which("mkfs.ext4", path="/usr/sbin:/sbin:/usr/bin") is None:
        return "there is no mkfs.ext4 (Debian's e2fsprogs)"
    return "" if pathlib.Path("/dev/loop-control").exists() else "there is no loop device"


def unmount(place):
    """What used it may still be ending."""
    end = time.monotonic() + UNMOUNTED_S_MAX
    while True:
        try:
            return run("umount", place)
        except Failure:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def small(site):
    """The engine's files, or PostgreSQL's, on a small disk, and the log of one API on one that is full at once."""
    mount_for(site, "-t", "tmpfs", "-o", f"size={DISK_MIB[site.engine.kind]}m", "none")
    logs = site.folder / "logs"
    logs.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=64k", "none", logs)
    site.closing.callback(unmount, logs)
    site.logs = logs
    site.more["api1"] = (f"log.file={logs}/api1.log", "log.level=debug")


def fill_up(disk):
    """To the last byte."""
    with open(disk / FILLER, "ab", buffering=0) as filler, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    filler.write(bytes(size))


def make_room(disk):
    (disk / FILLER).unlink(missing_ok=True)


def fill(site, _fault):
    fill_up(site.disk)
    site.note("full_disks", int(os.statvfs(site.disk).f_bavail == 0))


def empty(site, _fault):
    make_room(site.disk)
    if site.servers is not None and not site.servers.state.running("postgres"):
        site.note("postgres_ended")
        site.servers.start(["postgres"])


def log_is_full(site):
    """To the last page."""
    left = os.statvfs(site.logs)
    site.note("full_logs", int(left.f_bavail == 0))


def fills(chance, _row, seconds):
    return apart(chance, 4, seconds, ["disk"], "full", (0.5, 2.5))


# Errors of calls, and deaths at calls, by strace on a daemon that runs.

ERRORS = ("EIO", "ENOSPC")
CALLS = ("pwrite64", "fdatasync", "pread64")  # SQLite's, to store and queue
# Where a daemon is between its steps: what it asks and tells the cache, the queue, the store and the client.
POINTS = {("embedded", "api"): ("pwrite64", "fdatasync", "sendmsg", "recvfrom"),
          ("embedded", "worker"): ("pwrite64", "fdatasync"),
          ("distributed", "api"): ("sendto", "sendmsg", "recvfrom", "recvmsg", "write", "read"),
          ("distributed", "worker"): ("sendto", "sendmsg", "recvfrom", "recvmsg", "write", "read")}
NTH_MAX = 10


def straces():
    if shutil.which("strace") is None:
        return "there is no strace (Debian's strace)"
    done = subprocess.run(["strace", "-e", "inject=getuid:error=EIO:when=1", "true"], capture_output=True, text=True)
    return "" if done.returncode == 0 else f"strace cannot trace here: {done.stderr.strip()[-200:]}"


def attach(site, fault, rule, pids=()):
    """strace on the daemon, or on these processes, with a rule of injection. On with the next call when it returns."""
    call = rule.partition(":")[0]
    log = site.folder / f"strace-{fault.target}-{fault.at_s}.log"
    traced = [word for pid in pids or [site.processes[fault.target].pid] for word in ("-p", str(pid))]
    process = subprocess.Popen(["strace", "-f", "-qq", "-o", log, "-e", f"trace={call}", "-e", "signal=none", "-e",
                                f"inject={rule}", *traced],
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    site.straces[fault.target] = (process, log)


def detach(site, fault):
    process, log = site.straces.pop(fault.target)
    process.terminate()
    process.wait()
    injected = log.read_text(errors="replace").count("(INJECTED)") if log.exists() else 0
    site.note("injected", injected)
    log.unlink(missing_ok=True)


def fail_calls(site, fault):
    call, error = CALLS[fault.detail % len(CALLS)], ERRORS[fault.detail // 100 % len(ERRORS)]
    attach(site, fault, f"{call}:error={error}:when=1+{2 + fault.detail % 5}")


def die_at_call(site, fault):
    """At the nth of such calls from now on, before it is made; else when it is time to start again."""
    points = POINTS[(site.engine.kind, kind_of(fault.target))]
    site.wanted.discard(fault.target)
    nth = 1 + fault.detail // len(points) % NTH_MAX
    attach(site, fault, f"{points[fault.detail % len(points)]}:signal=KILL:when={nth}")


def come_back(site, fault):
    died = site.processes[fault.target].poll() is not None
    site.note("died_at_calls" if died else "killed_anyway")
    process, log = site.straces.pop(fault.target)
    site.kill(fault.target)
    process.wait()
    log.unlink(missing_ok=True)
    site.run(fault.target)


def with_straces(site):
    site.straces = {}


def points_of(kind, count, for_s, rest_s):
    def draw(chance, row, seconds):
        targets = names(kind, getattr(row, f"{kind}s"))
        return [Fault(each.at_s, "dies-at-call", each.target, each.for_s, chance.randrange(2**16))
                for each in apart(chance, count, seconds, targets, "", for_s, one_at_a_time=True, rest_s=rest_s)]
    return draw


def errors(chance, row, seconds):
    targets = [*names("api", row.apis), *names("worker", row.workers)]
    return [Fault(each.at_s, "failing-calls", each.target, each.for_s, chance.randrange(1000))
            for each in apart(chance, 10, seconds, targets, "", (0.5, 2.0))]


# A power cut.

def mount_for(site, *what):
    """Mounts it where the embedded engine's files will be, or where PostgreSQL's are, which go there."""
    if site.servers is None:
        site.disk = site.engine.disk
        run("mount", *what, site.disk)
        site.closing.callback(unmount, site.disk)
        return
    site.disk = site.servers.folder / "postgres"
    mount_under(site, {"postgres": what})


def mount_under(site, mounts_of):
    """Each of these servers goes on with its data on a file system of its own. mounts_of: server: what is mounted."""
    site.servers.kill(mounts_of)
    for name, what in mounts_of.items():
        data = site.servers.folder / name
        aside = data.with_name(f"{name}.aside")
        data.rename(aside)
        data.mkdir()
        run("mount", *what, data)
        run("cp", "--archive", f"{aside}/.", data)
        run("sync", "-f", data)
        shutil.rmtree(aside)
        site.closing.callback(back_from_the_mount, site, name)
    site.servers.start(mounts_of)


def back_from_the_mount(site, name):
    """As before, for the next row. It does not run until the site brings its servers back."""
    if site.servers.state.running(name):
        site.servers.kill([name])
    data = site.servers.folder / name
    aside = data.with_name(f"{name}.aside")
    run("cp", "--archive", data, aside)
    unmount(data)
    data.rmdir()
    aside.rename(data)


def on_an_image(site):
    site.image = site.folder / "disk.img"
    run("truncate", "-s", f"{IMAGE_MIB[site.engine.kind]}M", site.image)
    run("mkfs.ext4", "-q", "-F", site.image)
    mount_for(site, "-o", "loop", site.image)


def daemons_on_the_disk(site):
    return sorted(site.wanted) if site.servers is None else []


def power_cut(site, _fault):
    """Nothing more reaches the disk; then all dies that had it open, and what was synced is there again. A file of our
    own that was not synced shows that the rest is lost. All are stopped first: without power nobody says anything any
    more, and an fsync that is under way here may return 0 although its journal was given up (jbd2_complete_transaction
    takes a transaction that is neither running nor committing for done)."""
    unsynced = site.disk / "unsynced"
    unsynced.write_bytes(os.urandom(4096))
    with site.lock:
        dead = daemons_on_the_disk(site)
        for name in dead:
            site.signal(name, signal.SIGSTOP)
        if site.servers is not None and site.servers.state.running("postgres"):
            site.servers.stop(["postgres"])
        handle = os.open(site.disk, os.O_RDONLY)
        try:
            fcntl.ioctl(handle, EXT4_IOC_SHUTDOWN, array.array("I", [NO_LOG_FLUSH]))
        finally:
            os.close(handle)
        for name in dead:
            site.kill(name)
        if site.servers is not None and site.servers.state.running("postgres"):
            site.servers.kill(["postgres"])
        unmount(site.disk)
        run("mount", "-o", "loop", site.image, site.disk)
        site.note("unsynced_kept" if unsynced.exists() and unsynced.stat().st_size else "unsynced_lost")
        unsynced.unlink(missing_ok=True)
        if site.servers is not None:
            site.servers.start(["postgres"])
        for name in dead:
            site.run(name)


def power_cuts(chance, _row, seconds):
    return apart(chance, 4, seconds, ["disk"], "power-cut", rest_s=2.5)


add("full", fill, empty)
add("failing-calls", fail_calls, detach)
add("dies-at-call", die_at_call, come_back)
add("power-cut", power_cut)

STRACED = {"needs": straces, "prepare": with_straces}
AT_POINTS = {**STRACED, "shows": ("died_at_calls",)}

ROWS = [
    Row("api-killed-at-points", "vote-api killed: between mark, append, queued and answer",
        points_of("api", 12, (0.4, 0.8), 0.2), apis=2, **AT_POINTS),
    Row("worker-killed-at-points", "vote-worker killed: also between commit of the store and of the offsets",
        # A worker that died is missed by its group after its session: until then the next one may have nothing to do.
        points_of("worker", 6, (1.0, 2.0), 2.5), workers=1, seconds=30,
        of_kafka={"worker": ("queue.kafka.session.timeout.ms=6000",)}, promise=Promise(no_superseded=ENGINES),
        **AT_POINTS),
    Row("io-errors", "I/O errors; fsync fails", errors, ("embedded",), seconds=20, ends=("api", "worker"),
        shows=("injected",), **STRACED),
    Row("disk-full", "disk full: of the store and the queue; of a log", fills, seconds=20, needs=mounts, prepare=small,
        ends=("worker", "reconcile"), finish=log_is_full, shows=("full_logs", "full_disks"),
        promise=Promise(no_superseded=ENGINES)),
    Row("power-cut", "power cut", power_cuts, seconds=24, needs=images, prepare=on_an_image,
        shows=("unsynced_lost",), never=("unsynced_kept",), promise=Promise(no_superseded=DISTRIBUTED)),
]
