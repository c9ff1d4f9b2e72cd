"""Control flow: what is believed of a value behind branches, loops, exits and patterns."""

from __future__ import annotations

import pytest
from semantics.reading import belief, cases

# Per case: the body of a program, and all that the value at its end may be.
BRANCHES = {
    "both-ways": ("value = 1.0 if u else 2.0", {"1", "2"}),
    "if-else": (
        """
        if u:
            value = 1.0
        else:
            value = 2.0
        """,
        {"1", "2"},
    ),
    "elif": (
        """
        if u:
            value = 1.0
        elif v:
            value = 2.0
        else:
            value = 3.0
        """,
        {"1", "2", "3"},
    ),
    "decided": (
        """
        flag = "a"
        if flag == "a":
            value = 1.0
        else:
            value = 2.0
        """,
        {"1"},
    ),
    "one-test-twice": (
        """
        value = 1.0
        if u:
            value = value + 1.0
        if u:
            value = value + 10.0
        """,
        {"1", "12"},
    ),
    "opposite-tests": (
        """
        if u:
            value = 1.0
        if not u:
            value = 2.0
        """,
        {"1", "2"},
    ),
    "other-way-raises": (
        """
        if u:
            value = 1.0
        else:
            raise ValueError
        """,
        {"1"},
    ),
    "other-way-returns": (
        """
        value = 1.0
        if u:
            value = -1.0
            return
        """,
        {"1"},
    ),
    "chained-comparison": ("value = 1.0 if 1 < 2 < 3 else 2.0", {"1"}),
    "chained-comparison-fails": ("value = 1.0 if 1 < 3 < 2 else 2.0", {"2"}),
    "membership": ('value = 1.0 if "a" in ("a", "b") else 2.0', {"1"}),
    "classes-that-are-one": (
        "loss = Trace_ELBO\nvalue = 1.0 if loss is pyro.infer.Trace_ELBO else 2.0",
        {"1"},
    ),
    "classes-that-are-two": (
        "loss = Trace_ELBO\nvalue = 1.0 if loss is not TraceEnum_ELBO else 2.0",
        {"1"},
    ),
    "one-of-some-classes": (
        "loss = Trace_ELBO\nvalue = 1.0 if loss in (TraceEnum_ELBO, Trace_ELBO) else 2.0",
        {"1"},
    ),
    "none-of-some-classes": (
        "loss = Trace_ELBO\nvalue = 1.0 if loss in [TraceEnum_ELBO, nn.Linear] else 2.0",
        {"1", "2"},
    ),
    "none-of-known-classes": (
        "loss = Trace_ELBO\nvalue = 1.0 if loss in [TraceEnum_ELBO, dist.Normal] else 2.0",
        {"2"},
    ),
    "own-functions-and-classes": (
        """
        def one(): pass
        def other(): pass
        class Own: pass
        value = 1.0 if one is one and one is not other and Own not in (one, Trace_ELBO) else 2.0
        """,
        {"1"},
    ),
    "what-may-be-another-name": ("value = 1.0 if torch.exp is torch.log else 2.0", {"1", "2"}),
    "no-membership": ('value = 1.0 if "c" not in {"a": 0} else 2.0', {"1"}),
    "and": ("value = 1.0 and 2.0", {"2"}),
    "or": ("value = 0 or 2.0", {"2"}),
    "and-stops": ("value = 0 and 2.0", {"0"}),
    "or-either": ("value = (u and 1.0) or 2.0", {"1", "2", "?"}),
    "is-none-default": (
        """
        if y is None:
            y = 1.0
            value = y
        else:
            value = 2.0
        """,
        {"1", "2"},
    ),
    "is-none-correlated": (
        """
        value = 1.0 if y is None else 2.0
        if y is None:
            value = value + 10.0
        """,
        {"2", "11"},
    ),
    "none-replaced": (
        """
        value = y
        if value is None:
            value = 1.0
        """,
        {"1", "?"},
    ),
    "none-in-an-expression": ("value = 1.0 if y is None else y", {"1", "?"}),
    "not-none": (
        """
        if y is not None:
            value = 2.0
        else:
            value = 1.0
        """,
        {"1", "2"},
    ),
    "isinstance-of-a-class": (
        """
        class Base: pass
        class Child(Base): pass
        value = 1.0 if isinstance(Child(), Base) else -1.0
        """,
        {"1"},
    ),
    "isinstance-of-a-type": ("value = 1.0 if isinstance(2, (str, float)) else -1.0", {"-1"}),
    "isinstance-of-a-container": (
        "def f(k=None):\n"
        "    k = k if isinstance(k, dict) else {}\n"
        "    return k.get('a', 3.0)\n"
        "value = f()",
        {"3"},
    ),
    "isinstance-of-what-is-a-class": (
        "value = 1.0 if isinstance(nn.Linear, nn.Module) else -1.0",
        {"-1"},
    ),
    "isinstance-unknown": ("value = 1.0 if isinstance(u, float) else 2.0", {"1", "2"}),
    "callable": ("value = 1.0 if callable(len) or callable(lambda: 0) else 2.0", {"1", "2"}),
}
LOOPS = {
    "last-item-stays": ("for value in (1.0, 2.0):\n    pass", {"2"}),
    "accumulates": (
        """
        value = 0.0
        for s in (1.0, 2.0, 4.0):
            value = value + s
        """,
        {"7"},
    ),
    "augmented": (
        """
        value = 1.0
        for s in range(3):
            value += s
        """,
        {"4"},
    ),
    "over-nothing": ("value = 1.0\nfor _ in []:\n    value = -1.0", {"1"}),
    "range-of-nothing": ("value = 1.0\nfor _ in range(0):\n    value = -1.0", {"1"}),
    "while-false": ("value = 1.0\nwhile False:\n    value = -1.0", {"1"}),
    "continue": (
        """
        for s in (2.0, -1.0):
            if s < 0:
                continue
            value = s
        """,
        {"2"},
    ),
    "break": (
        """
        for value in (1.0, 2.0, 3.0):
            if value > 1.5:
                break
        """,
        {"2"},
    ),
    "break-not-decided": (
        """
        value = 1.0
        for s in (2.0, 3.0):
            if u:
                break
            value = s
        """,
        {"1", "3"},
    ),
    "else-runs": (
        """
        value = 1.0
        for s in (2.0, 3.0):
            if s > 5:
                break
        else:
            value = 4.0
        """,
        {"4"},
    ),
    "else-is-skipped": (
        """
        for s in (1.0, 2.0):
            if s > 1.5:
                value = s
                break
        else:
            value = -1.0
        """,
        {"2"},
    ),
    "endless-with-one-exit": (
        """
        while True:
            value = 1.0
            if u:
                break
            value = 2.0
        """,
        {"1"},
    ),
    "while-breaks": ("while True:\n    value = 1.0\n    break", {"1"}),
    "nested-break-ends-the-inner": (
        """
        value = 0.0
        for i in (1.0, 2.0):
            for j in (10.0, 20.0):
                value = value + i
                break
        """,
        {"3"},
    ),
    "nested-continue": (
        """
        value = 0.0
        for i in (1.0, 2.0):
            for j in (1, 2):
                if j == 1:
                    continue
                value = value + i * j
        """,
        {"6"},
    ),
    "turns-that-differ": ("value = -8.0\nfor i in range(100):\n    value += 1", {"?"}),
    "turns-until-a-test": ("value = -8.0\nwhile value < 0:\n    value = value + 3.0", {"?"}),
    "turns-alike": ("value = -8.0\nfor i in range(100):\n    value = 2.0", {"2"}),
    "enumerate": ("for i, value in enumerate((5.0, 6.0), 1):\n    value = value * i", {"12"}),
    "zip": ("for a, b in zip((1.0, 2.0), (3.0, 4.0)):\n    value = a * b", {"8"}),
    "dict-items": ('for k, value in {"a": 1.0, "b": 2.0}.items():\n    pass', {"2"}),
    "return-in-a-loop": (
        """
        def first():
            for i in range(3):
                return 1.0
            return -1.0
        value = first()
        """,
        {"1"},
    ),
    "search-in-a-loop": (
        """
        def find(key):
            for name, s in (("a", 1.0), ("b", 2.0)):
                if name == key:
                    return s
            return -1.0
        value = find("b")
        """,
        {"2"},
    ),
}
EXITS = {
    "early-return": (
        """
        def f(flag):
            if flag:
                return 1.0
            return 2.0
        value = f(True)
        """,
        {"1"},
    ),
    "early-return-not-decided": (
        """
        def f(flag):
            if flag:
                return 1.0
            return 2.0
        value = f(u)
        """,
        {"1", "2"},
    ),
    "falls-off-the-end": (
        """
        def f():
            if u:
                return 1.0
        value = f()
        """,
        {"1", "None"},
    ),
    "try-or-except": (
        """
        try:
            value = u.scale()
        except AttributeError:
            value = 2.0
        """,
        {"?", "2"},
    ),
    "raises-for-sure": (
        """
        try:
            raise ValueError
        except ValueError:
            value = 2.0
        """,
        {"2"},
    ),
    "finally": ("try:\n    value = 1.0\nfinally:\n    value = 2.0", {"2"}),
    "finally-behind-a-return": (
        """
        def f():
            try:
                return 1.0
            finally:
                return 2.0
        value = f()
        """,
        {"2"},
    ),
    "call-that-raises": (
        """
        def fail():
            raise ValueError
        try:
            value = -1.0
            fail()
            value = 3.0
        except ValueError:
            value = 2.0
        """,
        {"2"},
    ),
    "with": ('with open("f") as file:\n    value = 1.0', {"1"}),
    "assert": ("value = 1.0\nassert u", {"1"}),
    "delete": ("other = 2.0\nvalue = 1.0\ndel other", {"1"}),
    "match-decided": (
        """
        match "normal":
            case "other":
                value = -1.0
            case "normal":
                value = 1.0
            case _:
                value = -2.0
        """,
        {"1"},
    ),
    "match-not-decided": (
        """
        match u:
            case 1:
                value = 1.0
            case _:
                value = 2.0
        """,
        {"1", "2"},
    ),
    "match-captures": (
        """
        match u:
            case [value, *rest]:
                pass
            case other:
                value = 2.0
        """,
        {"?", "2"},
    ),
}
CASES = {**BRANCHES, **LOOPS, **EXITS}
FAULTS: dict[str, str] = {
    "call-that-raises": "a call that always raises does not end its path",
}


@pytest.mark.parametrize(("body", "expected"), cases(CASES, FAULTS))
def test_value_behind_statements(body: str, expected: set[str]) -> None:
    assert belief(body) == expected
