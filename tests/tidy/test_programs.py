"""Every program looks like its siblings."""
import re
import subprocess

import pytest

from tree import BUILD, PROGRAMS

VERSION = "0.1.0"


def run(program, *arguments):
    return subprocess.run([BUILD / "bin" / program, *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, timeout=30)


@pytest.mark.parametrize("program", PROGRAMS)
def test_help_goes_to_stdout_and_names_the_common_flags(program):
    done = run(program, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    for flag in ("--help", "--version", "--config", "--check-config", "--print-config"):
        assert re.search(rf"(?<![\w-]){flag}\b", done.stdout), flag


@pytest.mark.parametrize("program", PROGRAMS)
def test_version_is_one_line(program):
    done = run(program, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{program} {VERSION}\n"


@pytest.mark.parametrize("program", PROGRAMS)
def test_an_unknown_flag_is_refused_with_what_to_do(program):
    done = run(program, "--no-such-flag")
    assert done.returncode != 0
    assert "--no-such-flag" in done.stderr and "--help" in done.stderr
