"""Processes that outlive the command that started them: known by pid and start, signalled with all their children."""
import contextlib
import dataclasses
import os
import pathlib
import select
import signal
import subprocess
import time

STOPPED = "Tt"  # as /proc/PID/stat says it
GONE_S_MAX = 10  # after SIGKILL; longer only in a system call that cannot be interrupted
# Waits for a line, and without one never becomes the server: who starts it writes down its pid before that line.
GATE = ["/bin/sh", "-c", 'read -r go && exec "$@" </dev/null', "gate"]


class Failure(Exception):
    """What could not be done, on what, and what to do next."""


def boot():
    """Names this run of the machine: pids and starts say nothing about another one."""
    return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def looked_at(pid):
    """State, parent and start (in clock ticks since boot) of a process, or None."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return fields[0], int(fields[1]), int(fields[19])


@dataclasses.dataclass(frozen=True)
class Process:
    """Never another process that was given the same pid later."""
    pid: int
    started: int
    boot: str

    @staticmethod
    def of(pid):
        """None where it is gone."""
        found = looked_at(pid)
        return Process(pid, found[2], boot()) if found else None

    def state(self):
        """The letter of /proc/PID/stat; empty if it is over, whether or not its parent has noticed."""
        found = self.looked_at()
        return found[0] if found and found[0] not in "ZX" else ""

    def looked_at(self):
        found = looked_at(self.pid) if self.boot == boot() else None
        return found if found and found[2] == self.started else None

    def send(self, number):
        with contextlib.suppress(ProcessLookupError), self.handle() as handle:
            signal.pidfd_send_signal(handle, number)

    def gone_within(self, seconds):
        try:
            with self.handle() as handle:
                return bool(select.select([handle], [], [], max(0, seconds))[0])
        except ProcessLookupError:
            return True

    @contextlib.contextmanager
    def handle(self):
        """A descriptor of this very process, which says when the last of its threads is over: until then its ports and
        files are open. ProcessLookupError if nothing is left of it."""
        handle = os.pidfd_open(self.pid)
        try:
            if not self.looked_at():
                raise ProcessLookupError(self.pid)
            yield handle
        finally:
            os.close(handle)

    def tree(self):
        """Itself and all below it, parents first. PostgreSQL's are sessions of their own: parents are what counts."""
        if not self.state():
            return []
        children = {}
        for pid in filter(str.isdigit, os.listdir("/proc")):
            found = looked_at(pid)
            if found and found[0] not in "ZX":
                children.setdefault(found[1], []).append(Process(int(pid), found[2], self.boot))
        found = [self]
        for process in found:
            found += children.get(process.pid, [])
        return found

    def stop(self):
        """SIGSTOP for the whole tree, also for what it forked meanwhile. Returns the tree."""
        stopped = []
        while more := [process for process in self.tree() if process not in stopped]:
            for process in more:
                process.send(signal.SIGSTOP)
            stopped += more
        return stopped

    def go_on(self):
        for process in reversed(self.tree()):
            process.send(signal.SIGCONT)

    def kill(self):
        """SIGKILL for the whole tree; returns when all of it is gone."""
        tree = self.stop() or [self]  # of which the last threads may still be ending
        for process in tree:
            process.send(signal.SIGKILL)
        end = time.monotonic() + GONE_S_MAX
        for process in tree:
            if not process.gone_within(end - time.monotonic()):
                raise Failure(f"process {process.pid} is still there {GONE_S_MAX} s after SIGKILL: see /proc/"
                              f"{process.pid}/stack for what it waits for")

    def resident_mib(self):
        """Of the whole tree; what its processes share counts once."""
        total_kib = 0
        for process in self.tree():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                for line in pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
                    total_kib += int(line.split()[1]) if line.startswith("Pss:") else 0
        return total_kib / 1024


def environment():
    """Ours, without what would tell servers and their tools another address, folder or user."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "VOTE_", "REDIS"))}
    return {**kept, "LC_ALL": "C.UTF-8", "PATH": kept.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"}


def spawn(command, log, note, **more):
    """Starts a server in a session of its own, its words appended to the file `log`. Calls note(process) before the
    server can do anything, so that it is never unknown. more: as for Popen."""
    with open(log, "ab") as words:
        child = subprocess.Popen([*GATE, *map(str, command)], stdin=subprocess.PIPE, stdout=words, stderr=words,
                                 start_new_session=True, **{"cwd": "/", "env": environment(), **more})
    try:
        process = Process.of(child.pid)
        note(process)
        child.stdin.write(b"go\n")
    finally:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
    return process
