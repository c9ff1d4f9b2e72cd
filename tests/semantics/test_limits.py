"""Limits: programs that are too long, too deep or too wide end with an honest account."""

from __future__ import annotations

import pytest
from semantics.reading import read, read_program, scales, sites, wrap

from pyrolint.semantics.project import AnalysisOptions

FEW = AnalysisOptions(project_root="/project", max_steps=300)


def test_spent_budget_is_counted_and_claims_nothing() -> None:
    text = """
    def model():
        value = -1.0
        for i in range(8):
            for j in range(8):
                for k in range(8):
                    value = value + 1.0
        pyro.sample("x", dist.Normal(0.0, value))
    """
    assert read_program(text).coverage.budget_hits == 0
    analysis = read_program(text, FEW)
    assert analysis.coverage.budget_hits == 1
    assert scales(analysis) <= {"?"}


def test_budget_is_of_one_root() -> None:
    text = """
    def endless():
        for i in range(8):
            for j in range(8):
                for k in range(8):
                    pyro.sample(f"x_{i}_{j}_{k}", dist.Normal(0.0, 1.0))

    def model():
        pyro.sample("y", dist.Normal(0.0, 2.0))
    """
    analysis = read_program(text, FEW)
    assert analysis.coverage.budget_hits == 1
    assert scales(analysis, "y") == {"2"}


def test_budget_spent_at_the_top_level_leaves_the_programs() -> None:
    text = """
    def model():
        pyro.sample("x", dist.Normal(0.0, 2.0))

    total = 0
    for i in range(8):
        for j in range(8):
            for k in range(8):
                total = total + i * j * k
    """
    analysis = read_program(text, FEW)
    assert analysis.coverage.budget_hits == 1
    assert scales(analysis) == {"2"}


def test_budget_spent_in_one_inference_leaves_another() -> None:
    text = """
    def endless():
        for i in range(8):
            for j in range(8):
                for k in range(8):
                    i * j * k
        pyro.sample("x", dist.Normal(0.0, 1.0))

    def guide():
        pass

    def model():
        pyro.sample("y", dist.Normal(0.0, 2.0))

    def first():
        SVI(endless, guide, Adam({}), Trace_ELBO()).step()

    def second():
        SVI(model, guide, Adam({}), Trace_ELBO()).step()
    """
    analysis = read_program(text, FEW)
    assert analysis.coverage.budget_hits >= 1
    assert ("model", "guide") in {(each.model.name, each.guide.name) for each in analysis.pairs}


NESTED = {
    "helpers": "".join(f"def f{i}(x):\n    return f{i + 1}(x)\n" for i in range(300))
    + "def f300(x):\n    return x\nvalue = f0(1.0)",
    "calls-that-double": "".join(f"def f{i}(x):\n    return f{i + 1}(f{i + 1}(x))\n"
                                 for i in range(14)) + "def f14(x):\n    return x\nvalue = f0(1.0)",
    "elifs": "if u == 0:\n    value = 1.0\n"
    + "".join(f"elif u == {i}:\n    value = {i}.0\n" for i in range(1, 400)),
    "cases": "match u:\n" + "".join(f"    case {i}:\n        value = {i}.0\n" for i in range(400)),
    "branches": "value = 1.0\n"
    + "".join(f"if u == {i}:\n    value = value + {i}.0\n" for i in range(200)),
    "exits": "def f():\n"
    + "".join(f"    if u == {i}:\n        return {i}.0\n" for i in range(200)) + "value = f()",
    "operators": "value = " + " + ".join(["u"] * 450),
    "attributes": "value = u" + ".a" * 400,
    "lists": "value = torch.tensor(" + "[" * 90 + "1.0" + "]" * 90 + ")",
    "lambdas": "f = " + "lambda: " * 80 + "1.0\nvalue = f()",
    "loops": "value = 1.0\n" + "".join("    " * i + f"for i{i} in u:\n" for i in range(9))
    + "    " * 9 + "value = value + 1.0",
    "whiles": "value = 1.0\n" + "".join("    " * i + "while u:\n" for i in range(9))
    + "    " * 9 + "value = value * 2.0",
    "comprehension": "value = [" + "0 " + " ".join(f"for i{i} in u" for i in range(9)) + "][0]",
    "decorators": "def d(f):\n    return lambda *a: f(*a)\n" + "@d\n" * 60
    + "def g(x):\n    return x\nvalue = g(1.0)",
    "classes": "class A0: pass\n" + "".join(f"class A{i + 1}(A{i}): pass\n" for i in range(300))
    + "value = A300().s",
    "diamonds": "class A0: pass\nclass B0: pass\n"
    + "".join(f"class A{i + 1}(A{i}, B{i}): pass\nclass B{i + 1}(A{i}, B{i}): pass\n"
              for i in range(9)) + "value = A9().s",
    "long-list": "l = [" + ", ".join(f"{i}.5" for i in range(5000)) + "]\nvalue = l[u]",
    "long-list-in-a-loop": "l = [" + ", ".join(f"{i}.5" for i in range(3000))
    + "]\nfor value in l:\n    pass",
    "wide-dict": "d = {" + ", ".join(f"'{i}': {i}.5" for i in range(3000)) + "}\nvalue = d[u]",
    "doubled-list": "l = [1.0]\nfor i in range(8):\n    for j in range(2):\n        l = l + l\n"
    "value = l[0]",
    "doubled-string": "s = 'ab'\nfor i in range(8):\n    for j in range(2):\n        s = s + s\n"
    "value = 1.0",
    "doubled-tuple": "s = 1.0\nfor i in range(8):\n    s = (s, s)\nvalue = s",
    "doubled-origin": "s = pyro.param('p', torch.tensor(1.0))\nfor i in range(8):\n"
    "    for j in range(8):\n        s = s + s\nvalue = s",
}  # fmt: skip
ENDLESS = {
    "function": "def f(x):\n    return f(x) + f(x) + f(x)\nvalue = f(1.0)",
    "functions": "def f(x):\n    return g(x)\ndef g(x):\n    return f(x)\nvalue = f(1.0)",
    "function-of-itself": "f = lambda g: g(g)(g)\nvalue = f(f)",
    "property": "class A:\n    @property\n    def s(self):\n        return self.s\nvalue = A().s",
    "module": "class A(nn.Module):\n    def forward(self):\n        self()\nvalue = A()()",
    "constructor": "class A:\n    def __init__(self):\n        self.a = A()\nvalue = A().a.a.a",
    "generator": "def f():\n    yield from f()\nfor value in f():\n    pass\nvalue = 1.0",
    "class-of-itself": "class A(A): pass\nvalue = A().s",
    "list-of-itself": "l = [1.0]\nl.append(l)\nvalue = torch.stack(l)",
    "dict-of-itself": "d = {}\nd['d'] = d\nvalue = dict(d)['d']['d']",
    "object-of-itself": "class A: pass\na = A()\na.a = a\nvalue = a.a.a.s",
    "while": "value = 1.0\nwhile True:\n    value = value + 1.0",
    "range": "for i in range(10 ** 18):\n    value = 1.0",
    "range-of-a-float": "for i in range(int(1e30)):\n    value = 1.0",
    "decorator-of-itself": "def d(f):\n    return d(f)\n@d\ndef g():\n    return 1.0\nvalue = g()",
}
FAULTS: dict[str, str] = {}


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            body,
            id=name,
            marks=[pytest.mark.xfail(strict=True, reason=FAULTS[name])] if name in FAULTS else [],
        )
        for name, body in {**NESTED, **ENDLESS}.items()
    ],
)
def test_evaluation_ends(body: str) -> None:
    analysis = read(wrap(body))
    assert sites(analysis, "x") or analysis.coverage.budget_hits or "while True" in body


def test_recursion_is_unknown_rather_than_wrong() -> None:
    assert scales(read(wrap(ENDLESS["function"]))) == {"?"}


def test_more_alternatives_than_are_kept_are_unknown() -> None:
    body = "value = -1.0\n" + "".join(f"if u == {i}:\n    value = {i}.0\n" for i in range(9))
    found = scales(read(wrap(body)))
    assert "?" in found
    assert "-1" not in found
