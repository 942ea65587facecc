"""Sizes that keep a file readable, and words that have no place in it."""
import re

from tree import name_of, product_files, sources, without_comments

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
MAIN_LINES_MAX = 100
LINE_CHARACTERS_MAX = 100
SQL_LINES_MAX = 2

CONTROL = re.compile(r"^\s*(namespace|class|struct|enum|union|if|else|for|while|do|switch|try|catch"
                     r"|extern|case|default)\b")


def functions(path):
    """(line, length) of what looks like a function: a head with '(' whose '{' closes at its indent."""
    lines = without_comments(path.read_text()).splitlines()
    for number, line in enumerate(lines):
        if not line.rstrip().endswith("{"):
            continue
        head = number
        while head and lines[head - 1].strip() and not lines[head - 1].rstrip().endswith((";", "}", "{", ":")):
            head -= 1
        text = " ".join(part.strip() for part in lines[head:number + 1])
        if "(" not in text or CONTROL.match(text):
            continue
        indent = len(lines[head]) - len(lines[head].lstrip())
        for end in range(number + 1, len(lines)):
            if lines[end].strip() and len(lines[end]) - len(lines[end].lstrip()) <= indent:
                yield head + 1, end - head + 1
                break


def test_functions_fit_a_screen():
    long = [f"{name_of(path)}:{line}: {length} lines" for path in sources("lib", "cmd", "tests")
            for line, length in functions(path) if length > FUNCTION_LINES_MAX]
    assert long == []


def test_the_measure_sees_a_long_function(tmp_path):
    body = "".join(f"  step({number});\n" for number in range(FUNCTION_LINES_MAX))
    path = tmp_path / "long.cpp"
    path.write_text(f"namespace vote {{\nvoid all_of_it(int a,\n               int b) {{\n{body}}}\n}}\n")
    assert list(functions(path)) == [(2, FUNCTION_LINES_MAX + 3)]


def test_files_are_short():
    long = [f"{name_of(path)}: {count} lines" for path in product_files()
            if path.name != "LICENSE" and (count := len(path.read_text().splitlines())) > FILE_LINES_MAX]
    assert long == []


def test_mains_are_wiring():
    long = [f"{name_of(path)}: {count} lines" for path in sources("cmd")
            if (count := len(path.read_text().splitlines())) > MAIN_LINES_MAX]
    assert long == []


def test_lines_are_within_the_width():
    wide = [f"{name_of(path)}:{number}" for path in sources("lib", "cmd", "tests")
            for number, line in enumerate(path.read_text().splitlines(), 1)
            if len(line) > LINE_CHARACTERS_MAX and "http" not in line]
    assert wide == []


def sql_literals(path):
    """(line, number of lines) of string literals that are statements of SQL, adjacent ones as one."""
    text = without_comments(path.read_text())
    literal = r'(?:R"(\w*)\((?:.|\n)*?\)\1"|"(?:\\.|[^"\\\n])*")'
    statement = re.compile(r'^\W*(?:R"\w*\()?\W*(SELECT|INSERT|UPDATE|DELETE|CREATE|WITH|REPLACE)\b', re.I)
    for match in re.finditer(rf"{literal}(?:\s*{literal.replace('1', '2')})*", text):
        if statement.match(match.group()):
            yield text.count("\n", 0, match.start()) + 1, match.group().count("\n") + 1


def test_sql_lives_in_sql_files():
    long = [f"{name_of(path)}:{line}: {count} lines of SQL" for path in sources("lib", "cmd")
            for line, count in sql_literals(path) if count > SQL_LINES_MAX]
    assert long == []


def test_the_measure_sees_long_sql(tmp_path):
    path = tmp_path / "sql.cpp"
    path.write_text('auto a = R"(SELECT 1\nFROM b\nWHERE c)";\nauto d = "SELECT 1 "\n  "FROM b";\n')
    assert list(sql_literals(path)) == [(1, 3), (4, 2)]


def test_nothing_is_left_for_later():
    unfinished = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")
    found = [f"{name_of(path)}:{number}" for path in product_files()
             for number, line in enumerate(path.read_text().splitlines(), 1) if unfinished.search(line)]
    assert found == []


def test_tests_neither_skip_nor_sleep():
    forbidden = re.compile(r"GTEST_SKIP|DISABLED_|sleep_for|usleep\(|pytest\.skip|mark\.skip|xfail")
    found = [f"{name_of(path)}:{number}" for path in product_files() if name_of(path).startswith("tests/")
             and path.name != "test_sizes.py"
             for number, line in enumerate(path.read_text().splitlines(), 1) if forbidden.search(line)]
    assert found == []
