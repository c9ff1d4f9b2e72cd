"""Small programs of any kind: what is believed of a value, against what Python makes of it.

Programs use two flags that are not known. Each is run for every setting of them: a number that is
believed to be attained must be the value of some run, and where all alternatives are numbers, the
value of every run must be among them.
"""

from __future__ import annotations

import itertools
import math
from textwrap import indent

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from semantics.reading import read, site

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.values import Constant, Value

NAMES = ["a", "b", "c"]
names = st.sampled_from(NAMES)
numbers = st.sampled_from(["-2.0", "-1.0", "0.5", "1.0", "3.0"])


Tests = st.SearchStrategy[str]
flags: Tests = st.sampled_from(["u", "v", "not u", "not v"])
comparisons: Tests = st.one_of(
    flags,
    st.builds("{} {} {}".format, names, st.sampled_from(["<", ">=", "==", "!="]), numbers),
)


@st.composite
def expressions(draw: st.DrawFn, tests: Tests, depth: int = 2) -> str:
    """An expression over the names, worth a float."""
    kind = draw(st.integers(0, 9 if depth else 3))
    if kind <= 1:
        return draw(names)
    if kind <= 3:
        return draw(numbers)
    inner = expressions(tests, depth - 1)
    one, other = draw(inner), draw(inner)
    match kind:
        case 4 | 5:
            return f"({one} {draw(st.sampled_from('+-*'))} {other})"
        case 6:
            return f"({one} if {draw(tests)} else {other})"
        case 7:
            return f"({one}, {other})[{draw(st.sampled_from(['0', '1', '-1']))}]"
        case 8:
            keep = " if s > -99.0" if tests is comparisons else ""
            return f"[s for s in ({one}, {other}){keep}][-1]"
        case _:
            function = draw(st.sampled_from(["helper", "(lambda s, t=1.0: s - t)", "early"]))
            return f"{function}({one})"


@st.composite
def statements(draw: st.DrawFn, tests: Tests, depth: int, in_loop: bool) -> str:
    """A statement, or a few."""
    kind = draw(st.integers(0, 15 if depth else 4))
    name = draw(names)
    if kind <= 2:
        return f"{name} = {draw(expressions(tests))}\n"
    if kind == 3:
        return f"{name} {draw(st.sampled_from(['+=', '-=', '*=']))} {draw(expressions(tests, 1))}\n"
    if kind == 4:
        if in_loop:
            jump = draw(st.sampled_from(["break", "continue"]))
            return f"if {draw(tests)}:\n    {jump}\n"
        return f"{name}, {draw(names)} = {draw(names)}, {draw(expressions(tests, 1))}\n"
    block = blocks(tests, depth - 1, in_loop)
    body, other = indent(draw(block), "    "), indent(draw(block), "    ")
    turn = indent(draw(blocks(tests, depth - 1, in_loop=True)), "    ")
    whole = indent(draw(blocks(tests, depth - 1, in_loop=False)), "    ")
    match kind:
        case 5 | 6 | 7:
            return f"if {draw(tests)}:\n{body}else:\n{other}"
        case 8:
            return f"if {draw(tests)}:\n{body}"
        case 9:
            items = draw(st.lists(numbers, max_size=3))
            return f"for {name} in [{', '.join(items)}]:\n{turn}"
        case 10:
            return f"for i in range({draw(st.integers(0, 3))}):\n{turn}else:\n{other}"
        case 11:
            # A jump back to the start would never end.
            return f"while True:\n{whole}    if {draw(tests)}:\n        break\n{whole}    break\n"
        case 12:
            return f"try:\n{whole}finally:\n{other}"
        case 13:
            item = draw(expressions(tests, 1))
            return f"items = [{name}, 1.0]\nitems[0] = {item}\n{name} = items[0]\n"
        case 14:
            return (
                f"table = {{'k': {name}}}\nif {draw(tests)}:\n    table['k'] = "
                f"{draw(expressions(tests, 1))}\n{name} = table['k']\n"
            )
        case _:
            return (
                f"def local(s=1.0):\n    nonlocal {name}\n    {name} = s + {draw(names)}\n"
                f"local({draw(expressions(tests, 1))})\n"
            )


def blocks(tests: Tests, depth: int, in_loop: bool) -> st.SearchStrategy[str]:
    """One to three statements."""
    return st.lists(statements(tests, depth, in_loop), min_size=1, max_size=3).map("".join)


HELPERS = """\
def helper(s):
    return s * 2.0

def early(s):
    for t in (1.0, 2.0, 3.0):
        if t > 1.5:
            return s + t
    return -99.0

"""


def runs(body: str) -> list[float]:
    """The value for each setting of the flags."""
    code = (
        f"{HELPERS}def compute(u, v):\n    a, b, c = 1.0, 2.0, -1.0\n"
        f"{indent(body, '    ')}    return a\n"
    )
    scope: dict[str, object] = {}
    exec(code, scope)
    compute = scope["compute"]
    assert callable(compute)
    return [compute(u, v) for u, v in itertools.product((False, True), repeat=2)]


def beliefs(body: str) -> list[Value]:
    """The alternatives that are believed of the value."""
    text = (
        f"import pyro\nimport pyro.distributions as dist\n{HELPERS}"
        f"def model(u, v):\n    a, b, c = 1.0, 2.0, -1.0\n{indent(body, '    ')}"
        '    pyro.sample("x", dist.Normal(a, 1.0))\n'
    )
    _, distribution = next(site(read(text)).distributions())
    return [option for _, option in alternatives(distribution.arguments["loc"])]


def number_of(value: Value) -> float | None:
    """The one number that a value certainly is."""
    from pyrolint.semantics.numeric import as_numeric

    if isinstance(value, Constant) and isinstance(value.value, int | float):
        return float(value.value)
    number = as_numeric(value)
    if number is None or number.literal is None or number.literal.shape != ():
        return None
    return number.literal.values[0]


def check(body: str) -> None:
    """Assert that what is believed of a program's value is true."""
    actual = runs(body)
    found = [number_of(option) for option in beliefs(body)]

    def among(value: float, others: list[float]) -> bool:
        return any(math.isclose(value, other, abs_tol=1e-9) for other in others)

    for value in found:
        assert value is None or among(value, actual), (value, actual)
    if None not in found:
        known = [value for value in found if value is not None]
        for value in actual:
            assert among(value, known), (value, known)


def generated(*phases: Phase) -> settings:
    return settings(
        max_examples=120,
        deadline=None,
        derandomize=True,
        phases=phases,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@given(blocks(flags, 2, in_loop=False))
@generated(Phase.generate, Phase.shrink)
def test_beliefs_are_true(body: str) -> None:
    check(body)


@given(blocks(comparisons, 2, in_loop=False))
@generated(Phase.generate, Phase.shrink)
def test_beliefs_behind_comparisons_are_true(body: str) -> None:
    check(body)
