"""What the programs say of themselves, the manual pages and the shells' completions agree."""
import importlib.machinery
import importlib.util
import pathlib
import re
import shutil
import subprocess

import pytest

from tree import BUILD, PROGRAMS, ROOT

MAN = ROOT / "man"
COMPLETIONS = ROOT / "completions"
PAGES = sorted(MAN.glob("*.[1-8]"))


def load_generate():
    loader = importlib.machinery.SourceFileLoader("generate", str(COMPLETIONS / "generate"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("generate", loader))
    loader.exec_module(module)
    return module


generate = load_generate()


def page_of(program):
    (page,) = [path for path in PAGES if path.stem == program]
    return page.read_text()


def flags_in(page):
    """As they are typed: .Fl -json is --json, .Fl c is -c; several may stand on a line."""
    found = set()
    for line in page.splitlines():
        if not line.startswith("."):
            continue
        in_flag = False
        for word in line.split():
            if word in ("Fl", ".Fl"):
                in_flag = True
            elif re.match(r"^\.?[A-Z][a-z]$|^\|$|^Ar$", word):
                in_flag = False
            elif in_flag and word not in (",", "|", ".", ";", ":"):
                found.update(["-" + word] if word.startswith("-") else ["-" + letter for letter in word])
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_mandoc_finds_nothing_wrong_with_a_page(page):
    done = subprocess.run(["mandoc", "-Tlint", "-W", "warning", page], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_refer_to_pages_that_are_there(page):
    ours = {(path.stem, path.suffix[1:]) for path in PAGES}
    for name, section in re.findall(r"^\.Xr (\S+) (\d)", page.read_text(), re.M):
        assert (name, section) in ours or not name.startswith("vote"), f"{name}({section})"


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_page_has_each_flag_and_command_of_its_program_and_no_other(program):
    root, page = generate.read_command(BUILD / "bin" / program), page_of(program)
    said = {name for command in root.and_below() for flag in command.flags for name in flag.names}
    assert flags_in(page) == said
    for command in root.and_below():
        if command.path and not command.commands:
            assert re.search(rf"^\.It Ic {' '.join(command.path)}\b", page, re.M), command.path


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_page_has_the_sections_that_people_look_for(program):
    page = page_of(program)
    for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "SEE ALSO"):
        assert f".Sh {section}\n" in page, section


def test_the_table_of_exit_status_is_the_programs_own():
    text = subprocess.run([BUILD / "bin" / "votectl", "--help"], capture_output=True, text=True).stdout
    said = re.findall(r"^ +(\d+)  (.*)$", text[text.index("Exit status:"):], re.M)
    page = (MAN / "vote.7").read_text()
    assert re.findall(r"^\.It (\d+)\n(.*)$", page, re.M) == said


def test_the_page_of_the_configuration_has_each_key_with_its_default():
    text = subprocess.run([BUILD / "bin" / "votectl", "--print-config"], capture_output=True, text=True,
                          env={"HOME": "/nonexistent"}).stdout
    page, section = (MAN / "vote.toml.5").read_text(), ""
    for line in text.splitlines():
        if found := re.match(r"\[(.+)\]", line):
            section = found[1]
        elif found := re.match(r"(\w+) = (.*)", line):
            part = page[page.index(f".Ss [{section}]"):].split("\n.Ss ")[0]
            assert re.search(rf"^\.It Va .*\b{found[1]}\b", part, re.M), f"{section}.{found[1]}"
            default = found[2].strip('"')
            if default not in ("", "[]"):
                assert default in part, f"{section}.{found[1]} is {default}"


def test_the_page_of_the_metrics_has_each_and_no_other():
    catalogue = (ROOT / "lib" / "metrics" / "catalogue.h").read_text()
    kept = set(re.findall(r'"(vote_\w+)"', catalogue))
    page = (MAN / "vote-metrics.7").read_text()
    assert kept and set(re.findall(r"^\.It Li (vote_\w+) Pq", page, re.M)) == kept


def test_completions_are_what_generate_makes_of_help(tmp_path):
    assert sorted(generate.PROGRAMS) == PROGRAMS
    subprocess.run([COMPLETIONS / "generate", BUILD / "bin", tmp_path], check=True)
    made = {str(path.relative_to(tmp_path)): path.read_text() for path in tmp_path.rglob("*") if path.is_file()}
    kept = {str(path.relative_to(COMPLETIONS)): path.read_text() for folder in ("bash", "zsh", "fish")
            for path in (COMPLETIONS / folder).iterdir()}
    different = sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))
    assert not different, f"run completions/generate {pathlib.Path('build/dev/bin')}: {different}"


CASES = [("votectl po", {"poll"}), ("votectl poll cr", {"create"}), ("votectl poll edit x --pub", {"--publish"}),
         ("votectl vote x --inp", {"--input"}), ("vote-worker --onc", {"--once"}), ("vote-dlq requ", {"requeue"}),
         ("vote-loadgen --verif", {"--verify"}), ("votectl export x --format cs", {"csv"}),
         ("vote-api --list", {"--listen"})]


@pytest.mark.parametrize("line,expected", CASES)
def test_bash_completes(line, expected):
    program, *words = line.split(" ")
    script = f'source "{COMPLETIONS}/bash/{program}"; compopt() {{ :; }}; COMP_WORDS=({line}); ' \
        f'COMP_CWORD={len(words)}; _{program.replace("-", "_")}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=30)
    assert (set(done.stdout.split()), done.stderr) == (expected, "")


@pytest.mark.parametrize("line,expected", CASES)
def test_fish_completes(line, expected, tmp_path):
    program = line.split(" ")[0]
    done = subprocess.run(["fish", "--no-config", "-c",
                           f'source "{COMPLETIONS}/fish/{program}.fish"; complete --do-complete "{line}"'],
                          capture_output=True, text=True, timeout=30,
                          env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
    assert ({entry.split("\t")[0] for entry in done.stdout.splitlines()}, done.stderr) == (expected, "")


# zsh completes in an interactive shell only, so it gets a terminal of its own; keys count from its prompt on.
ZSH = """
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=($1 \\$fpath); autoload -U compinit; compinit -u -D; PS1=REA''DY"
zpty -r -m shell seen '*READY*' || exit 1
zpty -w -n shell "$2"$'\\t'
zpty -w -n shell $'\\x15'"print DO''NE"$'\\n'
zpty -r -m shell out '*DONE*'
print -r -- "$out"
"""


@pytest.mark.parametrize("line,expected", CASES)
def test_zsh_completes(line, expected):
    done = subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", COMPLETIONS / "zsh", line], capture_output=True,
                          text=True, timeout=60)
    (word,) = expected
    typed = line.rpartition(" ")[0] + " " + word
    assert typed in re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", done.stdout)


def test_the_shells_are_there():
    assert all(shutil.which(shell) for shell in ("bash", "zsh", "fish", "mandoc"))
