"""What the formatter and clang-tidy decide, so that people need not talk about it."""
import concurrent.futures
import json
import os
import re
import subprocess

from tree import BUILD, ROOT, name_of, sources


def test_the_formatter_has_nothing_to_change():
    run = subprocess.run(["clang-format", "--dry-run", "-Werror",
                          *map(str, sources("lib", "cmd", "tests"))], capture_output=True, text=True)
    places = sorted({line.split(":")[0] for line in run.stderr.splitlines() if ": error:" in line})
    assert run.returncode == 0, "\n".join(places)


def test_clang_tidy_finds_nothing():
    files = [name_of(path) for path in sources("lib", "cmd", suffixes=(".cpp",))]
    known = {entry["file"] for entry in json.loads((BUILD / "compile_commands.json").read_text())}
    assert {str(ROOT / name) for name in files} <= known

    def lint(name):
        run = subprocess.run(["clang-tidy", "--quiet", "-p", str(BUILD), name], cwd=ROOT,
                             capture_output=True, text=True)
        return run.stdout if run.returncode else ""

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        findings = "".join(pool.map(lint, files))
    assert not findings, "\n".join(sorted(set(re.findall(r"^.*(?:error|warning): .*$", findings, re.M))))
