import ast
import math

import libcst as cst
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pyrolint.source import read_source
from pyrolint.syntax import ir
from pyrolint.syntax.lower import lower
from pyrolint.syntax.lower_expressions import CHAIN_LIMIT
from pyrolint.syntax.parse import parse


def lowered(text: str) -> tuple[ir.Module, list[cst.CSTNode]]:
    tree = parse(read_source(text.encode("utf-8", "surrogatepass"), "m.py"))
    return lower(tree, "/m.py", is_notebook=False)


def statement(text: str) -> ir.Statement:
    module, _ = lowered(text)
    assert len(module.body) == 1
    return module.body[0]


def expression(text: str) -> ir.Expression:
    only = statement(f"_ = {text}\n")
    assert isinstance(only, ir.Assign)
    return only.value


def shape(node: object) -> object:
    """The representation without addresses: the class's name and the fields."""
    if isinstance(node, ir.Node):
        fields = [f for f in node.__struct_fields__ if f != "at"]
        return (type(node).__name__, *(shape(getattr(node, field)) for field in fields))
    if isinstance(node, ir.Parameters):
        return [shape(item) for item in node.items]
    if isinstance(node, tuple):
        return [shape(item) for item in node]
    return node


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1_000", 1000),
        ("0x_ff", 255),
        ("0o17", 15),
        ("0b101", 5),
        ("00", 0),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", 2.0**63),
        ("1" + "0" * 30, 1e30),
        ("1_0.5e-1_0", 10.5e-10),
        (".5", 0.5),
        ("1e999", math.inf),
        ("True", True),
        ("None", None),
        (r"'a\n\x41\u00e9\N{BULLET}\101\q'", "a\nA\xe9\u2022A\\q"),
        (r"r'a\n'", r"a\n"),
        ("Rb'a' if 0 else u'x'", None),
        ("'''a'b'''", "a'b"),
        ("'a' \"b\" r'\\c'", "ab\\c"),
        ("'a\\\nb'", "ab"),
    ],
)
def test_constants(text: str, value: object) -> None:
    found = expression(text)
    if isinstance(found, ir.Conditional):
        assert isinstance(found.body, ir.Opaque)
        assert shape(found.orelse) == ("Constant", "x")
        return
    assert isinstance(found, ir.Constant)
    assert found.value == value
    assert type(found.value) is type(value)


def test_an_ellipsis_is_the_builtin() -> None:
    assert shape(expression("...")) == ("Name", "Ellipsis")


@pytest.mark.parametrize(
    "text", ["b'a'", "1j", "1" + "0" * 400, "9" * 5000, r"'\ud800'", "b'a' b'b'"]
)
def test_what_has_no_constant(text: str) -> None:
    assert shape(expression(text)) == ("Opaque", [])


# Null bytes are left out: Python takes none in source.
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20))
@example("\r\n\\'\"")
@example("\x01\x7f")
def test_strings_have_the_value_python_gives_them(text: str) -> None:
    assert expression(repr(text)) == ir.Constant(2, text)
    quoted = '"""' + text.replace("\\", "\\\\").replace('"', '\\"') + '"""'
    assert expression(quoted) == ir.Constant(2, ast.literal_eval(quoted))


@given(st.floats(min_value=0) | st.integers(min_value=0, max_value=2**63 - 1))
def test_numbers_have_the_value_python_gives_them(number: float) -> None:
    text = "1e999" if number == math.inf else repr(number)
    assert expression(text) == ir.Constant(2, number)


NAME = ("Name", "a")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('f"x_{a}{{}}"', ("FormattedString", [("Constant", "x_"), NAME, ("Constant", "{}")])),
        ('f"{a!s}"', ("FormattedString", [NAME])),
        ('f"{a:{b}}"', ("FormattedString", [("Opaque", [NAME, ("Name", "b")])])),
        ('f"{a!r}"', ("FormattedString", [("Opaque", [NAME])])),
        (
            '"x" f"y{a}" "z" "w"',
            ("FormattedString", [("Constant", "xy"), NAME, ("Constant", "zw")]),
        ),
        (
            "a.b(c, *d, k=e, **g)[0]",
            (
                "Subscript",
                (
                    "Call",
                    ("Attribute", NAME, "b"),
                    [
                        ("Argument", None, 0, ("Name", "c")),
                        ("Argument", None, 1, ("Name", "d")),
                        ("Argument", "k", 0, ("Name", "e")),
                        ("Argument", None, 2, ("Name", "g")),
                    ],
                ),
                [("Constant", 0)],
            ),
        ),
        (
            "a[1:, ::2, *a]",
            (
                "Subscript",
                NAME,
                [
                    ("Slice", ("Constant", 1), None, None),
                    ("Slice", None, None, ("Constant", 2)),
                    ("Starred", NAME),
                ],
            ),
        ),
        ("-a ** ~a", ("Unary", "-", ("Binary", "**", NAME, ("Unary", "~", NAME)))),
        ("a - a @ a", ("Binary", "-", NAME, ("Binary", "@", NAME, NAME))),
        ("a - a - a", ("Binary", "-", ("Binary", "-", NAME, NAME), NAME)),
        (
            "a and a or not a",
            ("Boolean", "or", ("Boolean", "and", NAME, NAME), ("Unary", "not", NAME)),
        ),
        ("a < a is not a not in a", ("Comparison", NAME, ["<", "is not", "not in"], [NAME] * 3)),
        ("a if a else a", ("Conditional", NAME, NAME, NAME)),
        ("(a, *a)", ("Display", "tuple", [NAME, ("Starred", NAME)])),
        ("{a}", ("Display", "set", [NAME])),
        ("{a: 1, **a}", ("Dict", [NAME, None], [("Constant", 1), NAME])),
        (
            "{a: 1 for a in a if a for b in a}",
            (
                "Comprehension",
                "dict",
                NAME,
                ("Constant", 1),
                [
                    ("Generator", NAME, NAME, [NAME]),
                    ("Generator", ("Name", "b"), NAME, []),
                ],
            ),
        ),
        (
            "(a for a in a)",
            ("Comprehension", "generator", None, NAME, [("Generator", NAME, NAME, [])]),
        ),
        ("(b := a)", ("NamedExpression", ("Name", "b"), NAME)),
        ("lambda: a", ("Lambda", [], NAME)),
    ],
)
def test_expressions(text: str, expected: object) -> None:
    assert shape(expression(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "a = b, *c = a",
            (
                "Assign",
                [("Name", "a"), ("Display", "tuple", [("Name", "b"), ("Starred", ("Name", "c"))])],
                NAME,
                None,
            ),
        ),
        ("a: b = a", ("Assign", [NAME], NAME, ("Name", "b"))),
        ("a //= a", ("AugmentedAssign", NAME, "//", NAME)),
        ("del a, a.b", ("Delete", [NAME, ("Attribute", NAME, "b")])),
        ("import a.b as c, d", ("Import", [["a.b", "c"], ["d", None]], [1, 2])),
        (
            "from ..a.b import (c as d, e)",
            ("ImportFrom", "a.b", 2, [["c", "d"], ["e", None]], [1, 2]),
        ),
        ("from . import *", ("ImportFrom", "", 1, [["*", None]], [0])),
        ("raise a from a", ("Raise", NAME)),
        ("assert a, 'no'", ("Assert", NAME)),
        ("global a, b", ("Declaration", "global", ["a", "b"])),
        ("type a[T] = T", ("OpaqueStatement", ["a"])),
        ("while a: break", ("While", NAME, [("Jump", "break")], [])),
        ("async for a in a: continue", ("For", NAME, NAME, [("Jump", "continue")], [])),
        (
            "with a as b, a: a",
            (
                "With",
                [("WithItem", NAME, ("Name", "b")), ("WithItem", NAME, None)],
                [("ExpressionStatement", NAME)],
            ),
        ),
        (
            "if a: a\nelif a: pass\nelse: return a",
            ("If", NAME, [("ExpressionStatement", NAME)], [("If", NAME, [], [("Return", NAME)])]),
        ),
        (
            "try: a\nexcept* a as b: pass\nelse: a\nfinally: a",
            (
                "Try",
                [("ExpressionStatement", NAME)],
                [("Handler", NAME, "b", [])],
                *[[("ExpressionStatement", NAME)]] * 2,
            ),
        ),
        (
            "match a:\n case {'k': [b, *c], **d} | e.F(g=h) as i: a\n"
            " case j: pass\n case _ if a: pass",
            (
                "Match",
                NAME,
                [
                    (
                        "Case",
                        ["b", "c", "d", "h", "i"],
                        False,
                        [("ExpressionStatement", NAME)],
                        None,
                    ),
                    ("Case", ["j"], True, [], None),
                    ("Case", [], False, [], None),
                ],
            ),
        ),
        ("x: int", ("Declaration", "field", ["x"])),
        (
            "match a:\n case 1 | None: a\n case 'x' if a: pass",
            (
                "Match",
                NAME,
                [
                    (
                        "Case",
                        [],
                        False,
                        [("ExpressionStatement", NAME)],
                        (
                            "Boolean",
                            "or",
                            ("Comparison", NAME, ["=="], [("Constant", 1)]),
                            ("Comparison", NAME, ["is"], [("Constant", None)]),
                        ),
                    ),
                    (
                        "Case",
                        [],
                        False,
                        [],
                        ("Boolean", "and", ("Comparison", NAME, ["=="], [("Constant", "x")]), NAME),
                    ),
                ],
            ),
        ),
        (
            "@a\nclass C[T](a, k=a): a = 1",
            (
                "Class",
                "C",
                [("Argument", None, 0, NAME), ("Argument", "k", 0, NAME)],
                [("Assign", [NAME], ("Constant", 1), None)],
                [NAME],
            ),
        ),
    ],
)
def test_statements(text: str, expected: object) -> None:
    found = shape(statement(text))
    if isinstance(found, tuple) and found[0] == "Match":
        for case in found[2]:  # in no particular order
            case[1].sort()
    assert found == expected


def test_what_has_no_effect_is_dropped() -> None:
    module, _ = lowered('"""Docs."""\npass\na.x: int\n"text"; a; pass\n')
    assert shape(module.body) == [("ExpressionStatement", NAME)]


def test_functions() -> None:
    text = (
        "@deco.rate(by)\n"
        "async def f(p, /, q: Hint = default, *args, k, m=2, **kw) -> Result:\n"
        "    def inner():\n"
        "        yield deep.down\n"
        "    g = lambda z=early: z.late\n"
        "    return q\n"
    )
    function = statement(text)
    assert isinstance(function, ir.Function)
    assert shape(function.parameters) == [
        ("Parameter", "p", None, None, 0, False, True),
        ("Parameter", "q", ("Name", "default"), ("Name", "Hint"), 0, False, False),
        ("Parameter", "args", None, None, 1, False, False),
        ("Parameter", "k", None, None, 0, True, False),
        ("Parameter", "m", ("Constant", 2), None, 0, True, False),
        ("Parameter", "kw", None, None, 2, False, False),
    ]
    assert function.is_async
    assert not function.is_generator
    inner = function.body[0]
    assert isinstance(inner, ir.Function)
    assert inner.is_generator
    assert inner.mentions == {"deep", "down"}
    assert function.mentions == {
        *("deco", "rate", "by", "default", "deep", "down", "g", "early", "z", "late", "q")
    }


def test_a_lambda_keeps_its_yield_to_itself() -> None:
    function = statement("def f():\n    g = lambda: (yield)\n")
    assert isinstance(function, ir.Function)
    assert not function.is_generator


@pytest.mark.parametrize(
    ("text", "exports"),
    [
        ("__all__ = ['a', 'b']", ("a", "b")),
        ("__all__ = ('a',)\n__all__ += ['b']", ("a", "b")),
        ("__all__ = ['a'] + other", None),
        ("__all__ = ['a']\n__all__ += other", None),
        ("def f():\n    __all__ = ['a']", None),
    ],
)
def test_exports(text: str, exports: tuple[str, ...] | None) -> None:
    assert lowered(text)[0].exports == exports


def test_addresses_lead_to_the_nodes() -> None:
    module, nodes = lowered("def f(a):\n    return g(a.b, c=[1])\n")
    function = module.body[0]
    assert isinstance(function, ir.Function)
    returned = function.body[0]
    assert isinstance(returned, ir.Return)
    call = returned.value
    assert isinstance(call, ir.Call)
    assert isinstance(nodes[function.at], cst.FunctionDef)
    assert isinstance(nodes[function.parameters.items[0].at], cst.Param)
    assert isinstance(nodes[returned.at], cst.Return)
    assert isinstance(nodes[call.at], cst.Call)
    assert isinstance(nodes[call.arguments[1].at], cst.Arg)
    assert isinstance(nodes[call.arguments[1].value.at], cst.List)


def test_the_representation_survives_encoding() -> None:
    module, _ = lowered("def f(a, *b):\n    return [f'{a}', -b[0], {**a}, 'x', 2**70]\n")
    data = msgspec.msgpack.encode(module)
    assert msgspec.msgpack.decode(data, type=ir.Module) == module


def depth(node: object) -> int:
    """How deep the representation nests, found without recursion."""
    deepest = 0
    pending: list[tuple[object, int]] = [(node, 0)]
    while pending:
        item, level = pending.pop()
        deepest = max(deepest, level)
        if isinstance(item, tuple):
            pending.extend((part, level) for part in item)
        elif isinstance(item, ir.Node | ir.Parameters):
            pending.extend((getattr(item, f), level + 1) for f in item.__struct_fields__)
    return deepest


@pytest.mark.parametrize(
    "text",
    [
        "x = " + " + ".join(["a"] * 900),
        "x = " + " and ".join(["a"] * 900),
        "x = a" + ".b(c)[d]" * 160,
        "x = " + "-" * 250 + "a",
        "x = " + "not " * 900 + "a",
        "x = " + "a if b else " * 400 + "c",
        "x = " + "lambda: " * 300 + "a",
        "x = " + "a ** " * 900 + "a",
        "x = " + "'s' " * 2_000,
        "async def f():\n    " + "await (" * 90 + "a" + ")" * 90,
        "if a: b = 1\n" + "elif c: d = 2\n" * 900 + "else: e = 3\n",
        "x = [y " + "for y in z " * 400 + "]",
    ],
    ids=lambda text: text[:20],
)
def test_long_chains_neither_exhaust_the_stack_nor_nest_deeply(text: str) -> None:
    module, _ = lowered(text)
    assert depth(module.body) < 2 * CHAIN_LIMIT + 20


def test_the_tail_of_a_long_elif_becomes_cases() -> None:
    text = "if a: pass\n" + "".join(f"elif a{i}: b = {i}\n" for i in range(200)) + "else: c = 1\n"
    branch = statement(text)
    for _ in range(CHAIN_LIMIT):
        assert isinstance(branch, ir.If)
        (branch,) = branch.orelse
    assert isinstance(branch, ir.Match)
    assert len(branch.cases) == 200 - CHAIN_LIMIT + 2
    assert [case.irrefutable for case in branch.cases][-2:] == [False, True]
