import json
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrolint.source import read_source
from pyrolint.syntax.parse import SyntaxFault, parse
from pyrolint.syntax.preflight import excess

ROOT = Path(__file__).parents[2]

CHILD = """
import json, sys
from pyrolint.source import read_source
from pyrolint.syntax.lower import lower
from pyrolint.syntax.parse import SyntaxFault, parse
from pyrolint.syntax.spans import locate
try:
    tree = parse(read_source(sys.stdin.buffer.read(), "m.py"))
    _, nodes = lower(tree, "/m.py", is_notebook=False)
    locate(tree, nodes, range(0, len(nodes), 97))
    print(json.dumps(None))
except SyntaxFault as fault:
    print(json.dumps([fault.row, fault.column, fault.message]))
"""


def in_child(text: str) -> tuple[int, int, str] | None:
    """Parse, lower and locate in a process that may die of it; the fault, if one."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD],
        input=text.encode(),
        capture_output=True,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    found = json.loads(done.stdout)
    return found if found is None else tuple(found)


def test_nesting_of_every_kind_is_refused_by_name() -> None:
    for start, end in ("()", "[]", "{}", ("f(", ")"), ("a[", "]"), ("{1:", "}"), ('f"{', '}"')):
        fault = in_child("x = 1\ny = " + start * 20_000 + "1" + end * 20_000 + "\n")
        assert fault is not None
        assert fault[0] == 2
        assert "brackets nested more than 100 deep" in fault[2]


HOSTILE = {
    "attributes": "a" + ".b" * 20_000,
    "calls": "a" + "()" * 20_000,
    "subscripts": "a" + "[0]" * 20_000,
    "methods over lines": "(a" + "\n  .b()" * 20_000 + ")",
    "minus": "-" * 20_000 + "1",
    "not": "not " * 20_000 + "1",
    "sum": "1" + " + 1" * 20_000,
    "continued sum": "1" + " + \\\n 1" * 20_000,
    "power": "1" + " ** 1" * 20_000,
    "and": "a" + " and a" * 20_000,
    "conditional": "a if b else " * 20_000 + "c",
    "lambda": "lambda: " * 20_000 + "1",
    "lambda of two": "lambda a, b: " * 20_000 + "1",
    "strings": "'a' " * 20_000,
    "formatted strings": "f'{a}' " * 20_000,
    "list": "[" + "1, " * 100_000 + "]",
    "rows": "[" + "[1, 2, 3],\n" * 100_000 + "]",
    "dict": "{" + "1: 2, " * 100_000 + "}",
    "arguments": "f(" + "1, " * 100_000 + ")",
    "inside an f-string": 'f"{' + "(" * 20_000 + "1" + ")" * 20_000 + '}"',
    "inside a long f-string": 'f"""\n' + "{{ }} text\n" * 99 + "{" + "a.b" + ".b" * 20_000 + '}"""',
    "clauses": "[a " + "for a in b " * 20_000 + "]",
    "patterns": "1\nmatch a:\n  case " + "1 | " * 20_000 + "2: pass",
    "module": "1\nimport a" + ".b" * 20_000,
    "elif": "1\nif a: pass\n" + "elif a: pass\n" * 20_000,
    "nested elif": "1\ndef f():\n  if a:\n    b\n" + "  elif a:\n    b\n\n" * 20_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_would_crash_or_stall_the_parser_is_refused(text: str) -> None:
    start = time.monotonic()
    fault = in_child(f"y = {text}\n")
    assert fault is not None
    assert "more than the parser can take" in fault[2]
    assert time.monotonic() - start < 20


BEARABLE = {
    "brackets": "([{" * 33 + "1: 2" + "}])" * 33,
    "chain": "a" + ".b(c)" * 249,
    "sum": "1" + " + 1" * 990,
    "not": "not " * 990 + "1",
    "mixed": "(-" * 90 + "1" + " ** -1" * 400 + ")" * 90,
    "conditionals in brackets": "(a if b else " * 90 + "c" + ")" * 90,
    "lambdas": "lambda: " * 490 + "1",
    "strings": "'a' " * 2_990,
    "rows": "[" + "[1, 2, 3],\n" * 12_000 + "]",
    "elif": "1\nif a: pass\n" + "elif a: pass\n" * 990,
    "prose": 'f"""' + "It ends. (See 1), [2]... -- " * 9_000 + '{a}"""',
    "braces": 'f"""' + "{{(" * 900 + '{a}"""',
    "text": "'" + "(" * 20_000 + "'",
    "comment": "1 #" + "(" * 20_000,
    "many statements": "1\n" + "a.b(c)[0] + -1 if d else e\n" * 3_000,
    "many branches": "1\n" + "if a: pass\nelif b: pass\n" * 2_000,
    "all at once": "".join(
        "\n" + " " * i + "if f(" + "f(" * 90 + "-a" + ")" * 91 + ":" for i in range(90)
    )
    + "\n"
    + " " * 90
    + "f(" * 99
    + "-" * 300
    + "a"
    + ")" * 99,
    "table": "{\n" + "  'k': (lambda x: -x.y(1)),\n" * 600 + "}",
}


@pytest.mark.parametrize("text", BEARABLE.values(), ids=BEARABLE)
def test_what_the_parser_bears_is_let_through(text: str) -> None:
    assert in_child(f"y = 0\n{text}\n" if text.startswith("\n") else f"y = {text}\n") is None


def test_the_place_is_that_of_the_excess() -> None:
    text = 's = """(\n(("""  # ((\nx = "((((", f(\n  1, ' + "[" * 150 + "]" * 150 + ")\n"
    found = excess(text)
    assert found is not None
    assert found.offset == text.index("[" * 100) + 99
    with pytest.raises(SyntaxFault) as caught:
        parse(read_source(text.encode(), "m.py"))
    assert (caught.value.row, caught.value.column) == (4, 105)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("text", "row", "column", "word"),
    [
        ("x = 1\ny = (1,\n", 2, 5, "never closed"),
        ("x = 1\nif x\n  pass\n", 2, 5, "expected ':'"),
        ('s = """a\nb"""\nç = "é" $ 1\n', 3, 9, "invalid syntax"),
        ("if x:\npass\n", 2, 1, "indented block"),
        ("if x:\n        a\n    b\n", 3, 6, "unindent"),
        ('print "a"\n', 1, 1, "Missing parentheses"),
    ],
)
def test_syntax_errors_have_their_place(
    text: str, row: int, column: int, word: str, newline: str
) -> None:
    with pytest.raises(SyntaxFault) as caught:
        parse(read_source(text.replace("\n", newline).encode(), "m.py"))
    fault = caught.value
    assert (fault.row, fault.column) == (row, column)
    assert word in fault.message
    assert not fault.is_newer


def test_other_text_that_cannot_be_parsed() -> None:
    for data, row, column in (
        (b"x = 1\n\0y\n", 2, 1),
        ("\ufeff\ufeffx\n".encode(), 1, 1),
        (b"if a:\n" + b"".join(b" " * i + b"if a:\n" for i in range(1, 150)), 101, 1),
    ):
        with pytest.raises(SyntaxFault) as caught:
            parse(read_source(data, "m.py"))
        assert (caught.value.row, caught.value.column) == (row, column)


def test_half_a_surrogate_pair_in_a_notebook() -> None:
    cell = {"cell_type": "code", "source": ["x = 1\n", "y = '\ud800'\n"], "outputs": []}
    data = json.dumps({"cells": [cell], "metadata": {}}).encode()
    with pytest.raises(SyntaxFault, match="surrogate") as caught:
        parse(read_source(data, "m.ipynb"))
    assert (caught.value.row, caught.value.column) == (2, 6)


def test_newer_syntax_is_said_to_be_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    import libcst

    def refuse(text: str) -> libcst.Module:
        raise libcst.ParserSyntaxError(
            "parser error: error at 2:4: expected x", lines=[], raw_line=1, raw_column=0
        )

    monkeypatch.setattr(libcst, "parse_module", refuse)
    with pytest.raises(SyntaxFault, match="newer than the parser") as caught:
        parse(read_source(b"x = 1\ny = 2\n", "m.py"))
    assert caught.value.is_newer
    assert (caught.value.row, caught.value.column) == (2, 4)


def test_faults_can_cross_processes() -> None:
    fault = pickle.loads(pickle.dumps(SyntaxFault("no", 2, 3, is_newer=True)))
    assert (fault.message, fault.row, fault.column, fault.is_newer) == ("no", 2, 3, True)


@given(st.text(st.sampled_from("\"'#\\\n\r()[]{}frb:., "), max_size=60))
def test_the_scan_never_fails(text: str) -> None:
    assert excess(text) is None
    assert excess(text + "x" * 400) is None
