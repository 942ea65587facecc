"""Each header compiles alone and begins with what it is for."""
import concurrent.futures
import json
import os
import pathlib
import shlex
import subprocess

import pytest

from tree import BUILD, LIB, name_of, sources

HEADERS = sources("lib", suffixes=(".h",))


def include_flags():
    """-D, -I and -isystem of all the library's sources, as the build has them."""
    flags = []
    for entry in json.loads((BUILD / "compile_commands.json").read_text()):
        if not pathlib.Path(entry["file"]).is_relative_to(LIB):
            continue
        words = shlex.split(entry["command"])
        for index, word in enumerate(words):
            found = [word, words[index + 1]] if word == "-isystem" else [word]
            if word.startswith(("-D", "-I", "-isystem")) and found not in flags:
                flags.append(found)
    return [word for found in flags for word in found]


def defect_of(header, flags):
    command = ["g++", "-std=c++20", "-fsyntax-only", "-Wall", "-Wextra", "-x", "c++",
               *flags, "-include", str(header), "/dev/null"]
    run = subprocess.run(command, capture_output=True, text=True)
    return run.stderr if run.returncode else ""


def test_headers_compile_alone():
    flags = include_flags()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        defects = list(pool.map(lambda header: defect_of(header, flags), HEADERS))
    assert [f"{name_of(header)}:\n{text[:500]}" for header, text in zip(HEADERS, defects) if text] == []


@pytest.mark.parametrize("header", HEADERS, ids=name_of)
def test_a_header_guards_itself_and_says_what_it_is_for(header):
    first, second = header.read_text().splitlines()[:2]
    assert first == "#pragma once"
    assert second.startswith("// ")
