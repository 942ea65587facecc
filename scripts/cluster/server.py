"""What all kinds of servers share: made once, started and awaited, ended."""
import dataclasses
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import time

from cluster.process import Failure, spawn

READY_S_MAX = 60
LOOK_EVERY_S = 0.03
SAID_LINES_MAX = 12
TROUBLE = re.compile(r"\b(FATAL|PANIC|ERROR|Exception)\b")


class Server:
    """One server of a folder. A kind says what it needs, how it is made, its command, and when it is ready."""
    programs = ()
    after = ()  # names of servers that are ready before this one is made
    end_signal = signal.SIGTERM
    ended_s_max = 10  # after that signal; then it is killed

    def __init__(self, state, name, tools):
        self.state = state
        self.name = name
        self.tools = tools
        self.port = state.port(name)
        self.data = state.folder / name
        self.log = state.folder / f"{name}.log"

    # Of each kind.

    def make(self):
        """Its data, from nothing."""
        raise NotImplementedError

    def user(self):
        """As whom it runs, by name."""
        return pwd.getpwuid(os.getuid()).pw_name

    def prefix(self):
        """What goes before its programs so that they run as that user."""
        return []

    def command(self):
        raise NotImplementedError

    def listens(self):
        return listens(self.port)

    def is_ready(self):
        """Asked once it listens."""
        raise NotImplementedError

    def clear(self):
        """Ends what a server that is over left running, and takes away what would keep the next one from starting."""

    # The same for all.

    def process(self):
        return self.state.process(self.name)

    def start(self):
        """Ready when it returns."""
        self.clear()
        if not self.state.of(self.name)["made"]:
            if self.data.exists():
                shutil.rmtree(self.data)
            self.make()
            self.state.note(self.name, made=True)
        self.tools.check()
        said_before = self.log.stat().st_size if self.log.exists() else 0
        command = list(map(str, [*self.prefix(), *self.command()]))
        process = spawn(command, self.log, lambda process: self.state.note(
            self.name, command=command, user=self.user(), **dataclasses.asdict(process)))
        end = time.monotonic() + READY_S_MAX
        while not (self.listens() and self.is_ready()):
            self.tools.check()
            gone = process.gone_within(LOOK_EVERY_S)
            if gone or time.monotonic() > end:
                what = "ended" if gone else f"was not ready within {READY_S_MAX} s"
                raise Failure(f"{self.name} {what}; its log ({self.log}) says:\n{self.said(said_before)}")

    def said(self, since):
        """Its first trouble since that place of the log, or its last words."""
        with open(self.log, "rb") as log:
            log.seek(since)
            lines = log.read().decode(errors="replace").splitlines()
        first = next((number for number, line in enumerate(lines) if TROUBLE.search(line)), -SAID_LINES_MAX)
        return "\n".join(f"  {line[:300]}" for line in lines[first:][:SAID_LINES_MAX]) or "  nothing"

    def ask_to_end(self):
        process = self.process()
        if process:
            process.send(self.end_signal)
            process.go_on()

    def end(self, asked_at):
        """After ask_to_end(), which was at `asked_at` of time.monotonic(): it and its children are gone, killed if need
        be, when this returns."""
        process = self.process()
        if process:
            process.gone_within(asked_at + self.ended_s_max - time.monotonic())
            process.kill()
        self.clear()


def listens(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    except OSError:
        return False


def text_of(file, values):
    """A file beside this one, with its {names} filled in."""
    text = (pathlib.Path(__file__).parent / file).read_text()
    return re.sub(r"\{(\w+)\}", lambda match: str(values[match[1]]), text)
