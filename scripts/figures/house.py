"""vote-api, vote-worker and what loads them, in a folder of their own."""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

from cluster.process import Failure
from figures.engine import Embedded, cpu_s

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("VOTE_BIN", ROOT / "build" / "release" / "bin"))
READY_S_MAX = 15
COUNTED_S_MAX = 120
PEAK_EVERY_S = 0.005


class House:
    """vote-api and vote-worker in a folder of their own; gone at the end, however that comes."""

    def __init__(self, limits=(0, 0, 0, 0), engine=None, settings=""):
        """limits: votes an address, polls, votes a user, devices; 0 is off. engine: embedded, unless given; it is
        closed with the house. settings: further tables of the configuration."""
        self.engine = engine or Embedded()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vote-bench."))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.processes = {}
        self.config = self.folder / "vote.toml"
        secret = self.folder / "secret"
        secret.touch(mode=0o600)
        secret.write_text(os.urandom(32).hex())
        self.config.write_text(
            f'{self.engine.config(self.folder)}[api]\nlisten = "127.0.0.1:{self.port}"\n'
            f'[auth]\nsecret_file = "{secret}"\n'
            f"[limits]\nvotes_per_ip_per_minute = {limits[0]}\npolls_per_user_per_hour = {limits[1]}\n"
            f"votes_per_user_per_5_minutes = {limits[2]}\ndevices_per_user = {limits[3]}\n{settings}")
        try:
            self.engine.prepare(self)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes.values():
            process.terminate()
        for program in list(self.processes):
            self.stop(program)
        self.engine.close()
        shutil.rmtree(self.folder)

    def start(self, program, name=None, arguments=(), before=(), environment=None):
        """name: of one of several, by which it is known here, and its log. arguments: further flags. before: a command
        that runs it. environment: in place of ours."""
        command = [*before, BIN / program, "-c", self.config, *map(str, arguments)]
        with open(self.folder / f"{name or program}.log", "ab") as log:
            self.processes[name or program] = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL,
                                                               start_new_session=True, env=environment)

    def stop(self, program):
        process = self.processes.pop(program)
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()

    def await_ready(self):
        end = time.monotonic() + READY_S_MAX
        while time.monotonic() < end and self.processes["vote-api"].poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/readyz")[0] == 200:
                    return
            time.sleep(0.02)
        log = (self.folder / "vote-api.log").read_text(errors="replace").strip()
        raise Failure(f"vote-api was not ready within {READY_S_MAX} s: {log[-2000:].splitlines()[-1:]}")

    def get(self, path):
        return self.ask("GET", path)

    def post(self, path, body):
        return self.ask("POST", path, json.dumps(body), {"Content-Type": "application/json"})

    def ask(self, method, path, body=None, fields=None):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            line.request(method, path, body, fields or {})
            answer = line.getresponse()
            return answer.status, answer.read()
        finally:
            line.close()

    def memory_mib(self, program="vote-api"):
        return memory_mib(self.processes[program].pid, "VmRSS")

    def forget_peak(self, program="vote-api"):
        """From here on peak_mib() is the greatest memory since."""
        pathlib.Path(f"/proc/{self.processes[program].pid}/clear_refs").write_text("5")

    def peak_mib(self, program="vote-api"):
        return memory_mib(self.processes[program].pid, "VmHWM")

    def cpu_s(self, program):
        return cpu_s(self.processes[program].pid)

    def pids(self):
        """Of the programs that run and of the engine's servers, by name."""
        return {**{program: [process.pid] for program, process in self.processes.items()}, **self.engine.pids()}

    def all_cpu_s(self):
        """What each of those has taken so far."""
        return {**{program: self.cpu_s(program) for program in self.processes}, **self.engine.cpu_s()}

    def load(self, kind, rate, seconds, poll=None, *more, connections=None):
        """Runs vote-loadgen; its report. more: further flags."""
        command = [BIN / "vote-loadgen", "-c", self.config, "--url", f"http://127.0.0.1:{self.port}", "--json",
                   "--mix", kind, "--rate", str(rate), "--for", f"{int(seconds * 1000)}ms",
                   "--connections", str(connections or self.engine.connections), *map(str, more)]
        done = subprocess.run(command + (["--poll", poll] if poll else []), stdout=subprocess.PIPE, text=True)
        try:
            return json.loads(done.stdout)
        except ValueError:
            raise Failure(f"vote-loadgen ended with status {done.returncode} and no report") from None

    def timed(self, program, *arguments, into=None, **more):
        """Runs one of the programs to its end: seconds, its peak memory in MiB as /proc shows it each PEAK_EVERY_S,
        and what it printed, unless that goes into a file. What wait4() says of memory begins with the parent's."""
        with open(into or self.folder / "printed", "wb") as out, tempfile.TemporaryFile() as err:
            began = time.monotonic()
            process = subprocess.Popen([BIN / program, "-c", self.config, *map(str, arguments)], stdout=out,
                                       stdin=subprocess.DEVNULL, stderr=err, **more)
            peak = 0
            try:
                while process.poll() is None:
                    peak = max(peak, memory_mib(process.pid, "VmHWM") or 0)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(PEAK_EVERY_S)
            finally:
                process.kill()
                process.wait()
            seconds = time.monotonic() - began
            if process.returncode != 0:
                err.seek(0)
                raise Failure(f"{program} {' '.join(map(str, arguments))} ended with status {process.returncode}: "
                              + err.read().decode(errors="replace")[-2000:])
        return {"seconds": seconds, "peak_mib": peak, "out": b"" if into else (self.folder / "printed").read_bytes()}

    def create_poll(self):
        return self.load("reads", 1, 0.01)["poll_id"]

    def counted(self, poll):
        return json.loads(self.get(f"/v1/polls/{poll}/results")[1])["total_votes"]

    def await_counted(self, poll, votes):
        """How many are counted, once all are or COUNTED_S_MAX is over."""
        end = time.monotonic() + COUNTED_S_MAX
        counted = self.counted(poll)
        while counted < votes and time.monotonic() < end:
            time.sleep(0.02)
            counted = self.counted(poll)
        return counted

    def votes(self, rate, seconds, *more):
        """A run of votes in a poll of its own, until all that were accepted are counted. more: as for load()."""
        poll = self.create_poll()
        before = self.all_cpu_s()
        run = self.load("votes", rate, seconds, poll, *more)
        ended = time.monotonic()
        accepted = accepted_of(run)
        counted = self.await_counted(poll, accepted)
        run["counted_after_s"] = run["elapsed_s"] + time.monotonic() - ended
        cpu = {program: spent - before[program] for program, spent in self.all_cpu_s().items()}
        cpu["vote-loadgen"] = run["cpu_s"]
        run.update(accepted=accepted, counted=counted, accepted_per_s=accepted / run["elapsed_s"],
                   counted_per_s=counted / run["counted_after_s"],
                   cpu_us_per_vote={program: 1e6 * spent / max(1, accepted) for program, spent in cpu.items()})
        return run

    def judge(self, *journals):
        """Of votes with these journals: the verdict, seconds, and the judge's peak memory."""
        judged = self.timed("vote-loadgen", "--verify", *journals, "--json", "--url", f"http://127.0.0.1:{self.port}")
        return {"seconds": judged["seconds"], "peak_mib": judged["peak_mib"],
                **json.loads(judged["out"])["judgement"]}


def accepted_of(run):
    """Votes that were answered with 201 or 202."""
    return sum(run["statuses"].get(status, 0) for status in ("201", "202"))


def memory_mib(pid, field):
    """None for a process that is over."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) / 1024
    return None


class AtTheStore:
    """What runs in a thread beside a measurement, on a connection of its own to the store's file: `run`, until
    `over` is set."""

    def __init__(self, house):
        self.base = sqlite3.connect(house.folder / "vote.db", timeout=60, isolation_level=None, check_same_thread=False)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.base.close()
