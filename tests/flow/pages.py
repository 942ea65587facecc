"""Walks a section of a manual page: types each command as it stands there, and compares what it prints.

In a page's literal blocks a line that begins with "$ " is typed; the lines below it are what it prints. Words in
capitals stand for what is another each time, and spaces for any number of them.
"""
import contextlib
import fcntl
import os
import pty
import re
import struct
import termios
import time

WORDS = {"POLL": r"[0-9a-f-]{36}", "VOTER": r"[0-9a-f-]{36}", "REQUEST": r"[0-9a-f-]{36}", "NAME": r"\S+", "ID": r"\d+",
         "TIME": r"\d{4}-\d\d-\d\dT[\d:.]+Z", "PLACE": r"\S+/\d+/\d+", "ANY": r".*?"}
WITHIN_S_MAX = 40
COLUMNS = 250
# What may be asked again until it shows what another process is about to do.
QUESTIONS = ("votectl queue status", "votectl results", "votectl poll show", "votectl api list", "vote-dlq count",
             "vote-dlq list", "vote-reconcile --once", "sqlite3", "psql", "redis-cli")


def steps(page, heading):
    """(command, lines that it prints) of the blocks below a heading, up to the next one. A line that ends with a
    backslash goes on with the next, and lines of four spaces belong to the command above."""
    parts = re.split(r"^\.S[hs] (.*)\n", page.read_text(), flags=re.M)
    (text,) = [text for title, text in zip(parts[1::2], parts[2::2]) if title == heading]
    found = []
    for block in re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.M | re.S):
        for line in re.split(r"\n(?!    |$)", block.replace("\\e\n", "").rstrip("\n")):
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def pattern(lines):
    text = " ".join(" ".join(lines).split())
    return "".join(rf"(?:{piece}|{WORDS[piece]})" if piece in WORDS else re.escape(piece)
                   for piece in re.split(r"\b([A-Z]+)\b", text))


def on_terminal(house, command, names):
    """Runs a shell's command on a terminal of its own; what it shows, and its exit status."""
    child, terminal = pty.fork()
    if child == 0:
        environment = house.environment(**names)
        os.chdir(house.folder)
        os.execve("/bin/bash", ["bash", "-o", "pipefail", "-c", command], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, COLUMNS, 0, 0))
    shown = b""
    with contextlib.suppress(OSError):  # the terminal is gone with the command
        while piece := os.read(terminal, 65536):
            shown += piece
    _, status = os.waitpid(child, 0)
    os.close(terminal)
    return shown.decode(), os.waitstatus_to_exitcode(status)


def walk(house, page, heading, names, instead=()):
    """names: variables of the shell. instead: (what the page says, what it is here), of files that stand elsewhere."""
    for command, lines in steps(page, heading):
        if command.startswith("systemctl "):
            house.systemctl(*command.split()[1:])
            continue
        for there, here in instead:
            command = command.replace(there, str(here))
        end = time.monotonic() + WITHIN_S_MAX
        while True:
            shown, status = on_terminal(house, command, names)
            for there, here in instead:
                shown = shown.replace(str(here), there)
            # Where a page shows nothing, only the status says that it was done.
            if re.fullmatch(pattern(lines), " ".join(shown.split())) and (lines or status == 0):
                break
            assert command.startswith(QUESTIONS) and time.monotonic() < end, (
                f"{heading}: {command}\nends with status {status}, prints\n{shown}\nand not\n" + "\n".join(lines))
            time.sleep(0.2)
