"""Programs that prepare servers and ask them, and that end with the command that runs them."""
import contextlib
import subprocess
import threading

from cluster.process import Failure, environment

SAID_CHARACTERS_MAX = 2000


class Tools:
    """Any thread runs them; all are ended at once where the whole is given up."""

    def __init__(self):
        self.lock = threading.Lock()
        self.running = set()
        self.given_up = False

    def give_up(self):
        """Ends those that run; later ones fail at once."""
        with self.lock:
            self.given_up = True
            for child in self.running:
                child.kill()

    def check(self):
        if self.given_up:
            raise Failure("given up, because of what else went wrong")

    @contextlib.contextmanager
    def child(self, command, **more):
        """Killed at the end, if it is not over by then, and also where this command is killed."""
        with self.lock:
            self.check()
            child = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *map(str, command)],
                                     **{"cwd": "/", "env": environment(), "stdin": subprocess.DEVNULL, **more})
            self.running.add(child)
        try:
            yield child
        finally:
            child.kill()
            child.wait()
            with self.lock:
                self.running.discard(child)

    def run(self, command, text="", **more):
        """What it printed. text: its standard input."""
        with self.child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                        **more) as child:
            out, words = child.communicate(text)
        if child.returncode != 0:
            said = (out + words).strip()[-SAID_CHARACTERS_MAX:]
            raise Failure(f"{' '.join(map(str, command))[:300]} ended with status {child.returncode}: "
                          + (said or "it said nothing"))
        return out
