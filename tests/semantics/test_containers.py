"""Tuples, lists, dicts, strings of numbers, and tensors that are written in place."""

from __future__ import annotations

import pytest
from semantics.reading import UNKNOWN, belief, cases

UNPACKING = {
    "tuple": ("a, value = 1.0, 2.0", {"2"}),
    "swap": ("a, value = 1.0, 2.0\na, value = value, a", {"1"}),
    "chained": ("a = value = 3.0", {"3"}),
    "nested-and-starred": ("(a, b), *c = ((1.0, 2.0), 3.0, 4.0)\nvalue = b + 10 * c[1]", {"42"}),
    "starred-first": ("*a, value = 1.0, 2.0, 3.0", {"3"}),
    "starred-in-a-display": ("value = [*(1.0, 2.0), 3.0][2]", {"3"}),
    "of-another-length": ("a, value = (1.0, 2.0, 3.0)", {"?"}),
    "of-a-choice": ("a, value = (1.0, 2.0) if u else (3.0, 4.0)", {"2", "4"}),
    "returned": ("def f():\n    return 1.0, 2.0\n_, value = f()", {"2"}),
    "from-what-is-not-known": ("a, value = u", {"?"}),
}
SEQUENCES = {
    "index": ("value = [1.0, 2.0, 3.0][-1]", {"3"}),
    "slice": ("value = [1.0, 2.0, 3.0][1:][0]", {"2"}),
    "slice-with-step": ("value = (1.0, 2.0, 3.0)[::-1][0]", {"3"}),
    "slice-without-a-step": ("value = (1.0, 2.0)[::0]", {"?"}),
    "index-by-nothing": ("value = (1.0, 2.0)[()]", {"?"}),
    "index-by-a-tuple": ("value = (1.0, 2.0)[(1, 2, 3, 4)]", {"?"}),
    "either-item": ("value = [1.0, 2.0][u]", {"1", "2"}),
    "append": ("l = [1.0]\nl.append(2.0)\nvalue = l[1]", {"2"}),
    "extend": ("l = [1.0]\nl.extend((2.0, 3.0))\nl += [4.0]\nvalue = l[2] * l[3]", {"12"}),
    "aliased": ("a = [1.0]\nb = a\nb.append(2.0)\nvalue = a[1]", {"2"}),
    "copied": ("a = [1.0]\nb = a.copy()\nb[0] = -1.0\nvalue = a[0]", {"1"}),
    "written": ("l = [-1.0]\nl[0] = 5.0\nvalue = l[0]", {"5"}),
    "written-somewhere": ("l = [-1.0, -2.0]\nl[u] = 5.0\nvalue = l[0]", {"?"}),
    "pop": ("l = [1.0, 2.0]\nvalue = l.pop() + 10 * len(l)", {"12"}),
    "cleared": ("l = [-1.0]\nl.clear()\nl.append(2.0)\nvalue = l[0]", {"2"}),
    "in-a-loop": ("l = []\nfor s in (1.0, 2.0):\n    l.append(2 * s)\nvalue = l[1]", {"4"}),
    "changed-by-a-helper": ("def f(l):\n    l[0] = 2.0\na = [-1.0]\nf(a)\nvalue = a[0]", {"2"}),
    "comprehension": ("value = [2 * s for s in (1.0, 2.0)][1]", {"4"}),
    "comprehension-with-a-test": ("value = [s for s in (-1.0, 2.0) if s > 0][0]", {"2"}),
    "comprehension-of-two": ("value = [a * b for a in (1.0, 2.0) for b in (3.0, 4.0)][3]", {"8"}),
    "comprehension-does-not-leak": ("s = 1.0\n[s for s in (-1.0, -2.0)]\nvalue = s", {"1"}),
    "repeated": ("value = ([1.0] * 3)[2]", {"1"}),
    "joined": ("value = ([1.0] + [2.0])[1] + ((3.0,) + (4.0,))[1]", {"6"}),
    "length": ("value = len([1.0, 2.0, 3.0]) * 1.0", {"3"}),
}
DICTS = {
    "key": ('value = {"a": 1.0, "b": 2.0}["b"]', {"2"}),
    "nested": ('value = {"a": {"b": 2.0}}["a"]["b"]', {"2"}),
    "made-by-keywords": ('value = dict(a=1.0, b=2.0)["b"]', {"2"}),
    "made-of-pairs": ('value = dict([("a", 1.0)])["a"]', {"1"}),
    "tuple-key": ('value = {("a", 1): 2.0}["a", 1]', {"2"}),
    "comprehension": ('value = {k: s for k, s in zip("ab", (1.0, 2.0))}["b"]', {"2"}),
    "written": ('d = {"a": -1.0}\nd["a"] = 1.0\nvalue = d["a"]', {"1"}),
    "aliased": ('a = {"s": -1.0}\nb = a\nb["s"] = 3.0\nvalue = a["s"]', {"3"}),
    "formatted-key": (
        'd = {}\nfor i, s in enumerate((1.0, 2.0)):\n    d[f"k{i}"] = s\nvalue = d["k1"]',
        {"2"},
    ),
    "default": ('value = {"a": -1.0}.get("b", 2.0)', {"2"}),
    "set-default": ('d = {}\nd.setdefault("a", 2.0)\nvalue = d["a"]', {"2"}),
    "updated": ('d = {"a": -1.0}\nd.update(a=2.0)\nvalue = d["a"]', {"2"}),
    "updated-by-what-is-not-known": ('d = {"a": -1.0}\nd.update(u)\nvalue = d["a"]', {"?"}),
    "overlaid-by-what-is-not-known": ('value = {"a": -1.0, **u}["a"]', {"?"}),
    "overlaid": ('value = {**{"a": -1.0}, "a": 2.0}["a"]', {"2"}),
    "written-somewhere": ('d = {"a": -1.0}\nd[u] = 2.0\nvalue = d["a"]', {"?"}),
    "cleared": ('d = {"a": -1.0}\nd.clear()\nvalue = d.get("a", 2.0)', {"2"}),
    "popped": ('d = {"a": -1.0}\nd.pop("a")\nvalue = d.get("a", 2.0)', {"2"}),
    "keyword-arguments": ('def f(s):\n    return s\nvalue = f(**{"s": 2.0})', {"2"}),
    "in-a-branch": ('d = {"a": 1.0}\nif u:\n    d["a"] = 2.0\nvalue = d["a"]', {"1", "2"}),
    "holds-itself": ('d = {"s": 2.0}\nd["d"] = d\nvalue = d["d"]["d"]["s"]', {"2"}),
}
NUMBERS = {
    "integers": ("value = 7 // 2 + 7 % 4 + 2 ** 3", {"14"}),
    "precedence": ("value = -(2 ** 3)", {"-8"}),
    "division-by-zero": ("value = 1 / 0", {"?"}),
    "casts": ('value = float("2.5") + int(2.6) + float(3)', {"7.5"}),
    "nan": ('value = float("nan")', {"?"}),
    "infinity": ("value = -math.inf", {"-inf"}),
    "zero-without-sign": ("value = -torch.tensor(0.0)", {"0"}),
    "huge-range": ("for i in range(int(1e20)):\n    value = 1.0", {"1"}),
}
# Per case: a body, and what is true of its value; not to know it would be right as well.
CHANGED = {
    "list-longer-in-a-branch": ("l = [1.0]\nif u:\n    l.append(2.0)\nvalue = l[0]", {"1"}),
    "list-removed": ("l = [-1.0, 3.0]\nl.remove(-1.0)\nvalue = l[0]", {"3"}),
    "list-deleted": ("l = [-1.0, 2.0]\ndel l[0]\nvalue = l[0]", {"2"}),
    "list-sorted": ("l = [3.0, -1.0]\nl.sort()\nvalue = l[1]", {"3"}),
    "list-reversed": ("l = [3.0, -1.0]\nl.reverse()\nvalue = l[1]", {"3"}),
    "list-inserted": ("l = [-1.0]\nl.insert(0, 3.0)\nvalue = l[0]", {"3"}),
    "list-that-holds-itself": ("l = [1.0]\nl.append(l)\nvalue = torch.tensor(l)", set()),
    "dict-deleted": ('d = {"a": -1.0}\ndel d["a"]\nvalue = d.get("a", 2.0)', {"2"}),
    "dict-popped-item": ('d = {"a": -1.0}\nd.popitem()\nvalue = d.get("a", 2.0)', {"2"}),
    "generator-of-several": (
        "def f():\n    yield 2.0\n    yield -1.0\nvalue = list(f())[0]",
        {"2"},
    ),
    "largest": ("value = max(1.0, -1.0)", {"1"}),
} | {
    f"tensor-{name}": (f"x = torch.zeros(3)\n{statement}\nvalue = x", {"1"})
    for name, statement in {
        "fill": "x.fill_(1.0)",
        "uniform": "x.uniform_(0.1, 1.0)",
        "add": "x.add_(1.0)",
        "chained": "x.add_(2.0).sub_(1.0)",
        "copy": "x.copy_(torch.ones(3))",
        "diagonal": "x = torch.zeros(1, 1)\nx.fill_diagonal_(1.0)",
        "init-function": "nn.init.constant_(x, 1.0)",
        "init-function-ones": "torch.nn.init.ones_(x)",
        "element": "x[0:3] = 1.0",
        "all-elements": "x[:] = 1.0",
        "in-a-loop": "for i in range(3):\n    x[i] = 1.0",
        "out": "torch.add(x, 1.0, out=x)",
        "by-a-helper": "def f(t):\n    t.fill_(1.0)\nf(x)",
        "element-by-a-helper": "def f(t):\n    t[:] = 1.0\nf(x)",
        "by-another-name": "y = x\ny += 1.0",
        "through-a-view": "y = x[:]\ny.fill_(1.0)",
        "of-an-attribute": "class A: pass\na = A()\na.x = x\na.x.fill_(1.0)\nx = a.x",
        "in-a-list": "l = [x]\nl[0].fill_(1.0)",
        "data": "x.data = torch.ones(3)",
        "through-data": "x.data.fill_(1.0)",
    }.items()
}
KEPT = {
    "augmented": ("value = torch.zeros(3)\nvalue += 1.0", {"1"}),
    "not-in-place": ("x = torch.zeros(3)\nx.add(1.0)\nvalue = x", {"0"}),
    "of-another-tensor": ("x, y = torch.ones(3), torch.zeros(3)\ny.fill_(5.0)\nvalue = x", {"1"}),
}
CASES = {
    f"{kind}-{name}": case
    for kind, table in (
        ("unpacking", UNPACKING),
        ("sequence", SEQUENCES),
        ("dict", DICTS),
        ("number", NUMBERS),
        ("kept", KEPT),
    )
    for name, case in table.items()
}
FAULTS: dict[str, str] = {}
CHANGED_FAULTS: dict[str, str] = {
    "list-that-holds-itself": "a list that holds itself exhausts the stack",
    "tensor-out": "a tensor written through another name keeps what it was",
    "tensor-through-a-view": "a tensor written through another name keeps what it was",
}


@pytest.mark.parametrize(("body", "expected"), cases(CASES, FAULTS))
def test_what_containers_hold(body: str, expected: set[str]) -> None:
    assert belief(body) == expected


@pytest.mark.parametrize(("body", "true"), cases(CHANGED, CHANGED_FAULTS))
def test_what_was_changed_is_not_claimed_to_be_as_before(body: str, true: set[str]) -> None:
    assert belief(body) <= {*true, UNKNOWN}
