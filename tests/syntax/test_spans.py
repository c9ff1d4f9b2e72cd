import inspect
import sys
from pathlib import Path

import libcst as cst
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from libcst.metadata import MetadataWrapper, ParentNodeProvider, PositionProvider

import pyrolint
from pyrolint.source import read_source
from pyrolint.syntax.lower import lower
from pyrolint.syntax.parse import parse
from pyrolint.syntax.spans import StatementSpan, TextSpan, locate, spans_of, statement_spans

HOLDERS = (
    cst.BaseSmallStatement,
    cst.BaseCompoundStatement,
    cst.ExceptHandler,
    cst.ExceptStarHandler,
    cst.MatchCase,
)

NAMES = st.sampled_from(["x", "pyro", "αβ", "\U0001d4b3"])
EXPRESSIONS = st.recursive(
    NAMES | st.sampled_from(["1", "2.5", '"s"', 'f"{x!r:>{w}}"', "'a' \"b\"", "None", "..."]),
    lambda inner: st.one_of(
        st.builds("{}.attr".format, inner.map("({})".format)),
        st.builds("f({}, k={}, *{})".format, inner, inner, inner),
        st.builds("f(\n  {}, # c\n  {}\n )".format, inner, inner),
        st.builds("({})[{}, {}:, ::{}]".format, inner, inner, inner, inner),
        st.builds("( {} + {} )".format, inner, inner),
        st.builds("(not {} and {} < {} is not {})".format, inner, inner, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("[{}, *{}]".format, inner, inner),
        st.builds("{{{}: {}, **{}}}".format, inner, inner, inner),
        st.builds("[{} for a in {} if {}]".format, inner, inner, inner),
        st.builds("(lambda a, *, b={}: {})".format, inner, inner),
        st.builds("(y := {})".format, inner),
    ),
    max_leaves=6,
)
SIMPLE = st.one_of(
    EXPRESSIONS,
    st.builds("a = b = {}".format, EXPRESSIONS),
    st.builds("a: {} = {}".format, NAMES, EXPRESSIONS),
    st.builds("a += {}; b = {}".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("assert {} ;".format, EXPRESSIONS),
    st.builds("x = 1 + \\\n  {}".format, EXPRESSIONS),
    st.just("from .m import (\n  a as b,\n  c,\n)"),
    st.just('"""d\n  """'),
)


def indented(block: str) -> str:
    return "\n".join(f"    {line}" for line in block.split("\n"))


def compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = inner.map(indented)
    return st.one_of(
        st.builds("if {}: # c\n{}\nelif x:\n\n{}\nelse:\n{}".format, EXPRESSIONS, body, body, body),
        st.builds(
            "@d(\n  {})\n\n@e\ndef f(\n  a, *, b={}\n) -> c :\n{}".format, NAMES, NAMES, body
        ),
        st.builds("class C(B, k={}):\n{}\n\n    # end".format, EXPRESSIONS, body),
        st.builds("for a in {}:\n{}".format, EXPRESSIONS, body),
        st.builds("with {} as a, b:\n{}".format, EXPRESSIONS, body),
        st.builds("try:\n{}\nexcept {}:\n{}\nfinally:\n{}".format, body, NAMES, body, body),
        st.builds("match {}:\n  case [a, *b] if c:\n{}".format, EXPRESSIONS, body),
        st.builds("while {}: x; y".format, EXPRESSIONS),
        st.builds("{}\n\n# between\n{}".format, inner, inner),
    )


PROGRAMS = st.recursive(SIMPLE, compound, max_leaves=5)


def check(text: str) -> None:
    """Compare with libcst's own positions and parents, for every address and for single ones."""
    tree = parse(read_source(text.encode("utf-8", "surrogatepass"), "m.py"))
    _, nodes = lower(tree, "/m.py", is_notebook=False)
    wrapper = MetadataWrapper(tree, unsafe_skip_copy=True)
    positions = wrapper.resolve(PositionProvider)
    parents = wrapper.resolve(ParentNodeProvider)
    spans = locate(tree, nodes, range(len(nodes)))
    statements = statement_spans(tree, nodes, range(len(nodes)))
    for at, span in spans.items():
        expected = positions[nodes[at]]
        assert span == TextSpan(
            expected.start.line,
            expected.start.column + 1,
            expected.end.line,
            expected.end.column + 1,
        )
        holder = nodes[at]
        while not isinstance(holder, HOLDERS):
            holder = parents[holder]
        start, end = positions[holder].start, positions[holder].end
        if decorators := getattr(holder, "decorators", ()):
            start = positions[decorators[0]].start
        statement = statements[at]
        assert statement.span == (start.line, start.column + 1, end.line, end.column + 1)
        assert statement.first_row == start.line
        assert start.line <= statement.last_row <= end.line
        if isinstance(holder, cst.BaseSmallStatement):
            assert statement.last_row == end.line
    for at in range(0, len(nodes), max(1, len(nodes) // 5)):
        assert locate(tree, nodes, [at]) == {at: spans[at]}
        assert statement_spans(tree, nodes, [at]) == {at: statements[at]}


@settings(max_examples=60, deadline=None)
@given(program=PROGRAMS, newline=st.sampled_from(["\n", "\r\n", "\r"]))
def test_generated_programs(program: str, newline: str) -> None:
    check(f"{program}\n".replace("\n", newline))


@pytest.mark.parametrize(
    "path",
    [*sorted(Path(pyrolint.__file__).parent.glob("s*/*.py")), Path(inspect.__file__)],
    ids=lambda path: path.name,
)
def test_real_files(path: Path) -> None:
    check(path.read_text("utf-8"))


def statement_of(text: str, fragment: str) -> StatementSpan:
    """The statement that holds the first name ``fragment`` of a text."""
    tree = parse(read_source(text.encode(), "m.py"))
    _, nodes = lower(tree, "/m.py", is_notebook=False)
    at = next(i for i, n in enumerate(nodes) if isinstance(n, cst.Name) and n.value == fragment)
    return statement_spans(tree, nodes, [at])[at]


def test_rows_of_statements() -> None:
    text = (
        "@first\n@second(\n    here\n)\ndef f(\n    a=default,\n) -> None:  # noqa\n"
        "    value = call(\n        inner,\n    ); other = more\n"
        "    return value\n"
    )
    assert statement_of(text, "here")[1:] == (1, 7)
    assert statement_of(text, "default") == StatementSpan(TextSpan(1, 1, 11, 17), 1, 7)
    assert statement_of(text, "inner") == StatementSpan(TextSpan(8, 5, 10, 6), 8, 10)
    assert statement_of(text, "more") == StatementSpan(TextSpan(10, 8, 10, 20), 10, 10)


def test_rows_of_clauses() -> None:
    text = (
        "try:\n    a\nexcept (\n    Fault\n):\n    b\n"
        "match (\n  subject\n):\n    case 1 if guard:\n        c\n"
        "if x:\n    d\nelif (\n    test\n):\n    e\n"
    )
    assert statement_of(text, "Fault")[1:] == (3, 5)
    assert statement_of(text, "b")[1:] == (6, 6)
    assert statement_of(text, "subject")[1:] == (7, 9)
    assert statement_of(text, "guard")[1:] == (10, 10)
    assert statement_of(text, "test")[1:] == (14, 16)


def test_a_long_run_of_strings_needs_no_deep_stack() -> None:
    text = "x = (\n" + '  "a"\n' * 2_900 + ")\ny = z\n"
    tree = parse(read_source(text.encode(), "m.py"))
    limit = sys.getrecursionlimit()
    _, nodes = lower(tree, "/m.py", is_notebook=False)
    last = len(nodes) - 1
    assert locate(tree, nodes, [last]) == {last: TextSpan(2_903, 5, 2_903, 6)}
    assert sys.getrecursionlimit() == limit


def test_nodes_of_another_tree_are_left_out() -> None:
    tree = cst.parse_module("a = 1\n")
    assert spans_of(tree, [cst.Name("a")]) == {}
    assert spans_of(tree, []) == {}
