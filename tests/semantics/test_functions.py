"""Functions: scopes, arguments, decorators, generators; what is believed of what they give."""

from __future__ import annotations

import pytest
from semantics.reading import belief, cases

CASES = {
    "late-binding": ("s = 1.0\ndef f():\n    return s\ns = 2.0\nvalue = f()", {"2"}),
    "late-binding-in-a-loop": (
        """
        functions = []
        for s in (1.0, 2.0):
            def f():
                return s
            functions.append(f)
        value = functions[0]()
        """,
        {"2"},
    ),
    "late-binding-in-a-comprehension": (
        "functions = [lambda: s for s in (1.0, 2.0)]\nvalue = functions[0]()",
        {"2"},
    ),
    "bound-by-a-default": (
        "functions = [lambda s=s: s for s in (1.0, 2.0)]\nvalue = functions[0]()",
        {"1"},
    ),
    "default-of-the-definition": (
        "s = 1.0\ndef f(x=s):\n    return x\ns = 2.0\nvalue = f()",
        {"1"},
    ),
    "default-that-is-kept": (
        """
        def f(x, kept=[]):
            kept.append(x)
            return kept[0]
        f(1.0)
        value = f(2.0)
        """,
        {"1"},
    ),
    "factory": (
        """
        def scaled(by):
            def f(x):
                return x * by
            return f
        value = scaled(3.0)(2.0)
        """,
        {"6"},
    ),
    "nonlocal": (
        """
        def outer():
            s = 1.0
            def inner():
                nonlocal s
                s = 3.0
            inner()
            return s
        value = outer()
        """,
        {"3"},
    ),
    "local-hides-outer": (
        """
        s = 1.0
        def f():
            s = -1.0
            return s
        f()
        value = s
        """,
        {"1"},
    ),
    "global": (
        """
        S = -1.0
        def set_it():
            global S
            S = 4.0
        ---
        set_it()
        value = S
        """,
        {"4"},
    ),
    "global-without-the-word": (
        """
        S = 1.0
        def set_it():
            S = -4.0
        ---
        set_it()
        value = S
        """,
        {"1"},
    ),
    "rest-of-the-positionals": (
        "def f(a, *rest, k=5.0):\n    return rest[1]\nvalue = f(1.0, 2.0, 3.0)",
        {"3"},
    ),
    "keyword-only-default": (
        "def f(a, *rest, k=5.0):\n    return k\nvalue = f(1.0, 2.0, 3.0)",
        {"5"},
    ),
    "rest-of-the-keywords": (
        'def f(a, **rest):\n    return rest["z"]\nvalue = f(1.0, z=6.0)',
        {"6"},
    ),
    "stars-in-a-call": (
        """
        def f(a, b, k=0.0):
            return a + 10 * b + 100 * k
        args, options = (1.0, 2.0), {"k": 3.0}
        value = f(*args, **options)
        """,
        {"321"},
    ),
    "stars-of-what-is-not-known": ("def f(s=-1.0):\n    return s\nvalue = f(**u)", {"?"}),
    "lambda": ("value = (lambda x, y=2.0: x + y)(1.0)", {"3"}),
    "partial": ("value = functools.partial(lambda a, b: a - b, 5.0)(2.0)", {"3"}),
    "partial-overridden": (
        "value = functools.partial(lambda a, b: a - b, b=1.0)(5.0, b=2.0)",
        {"3"},
    ),
    "partial-of-either-way": (
        """
        if u:
            f = functools.partial(lambda a, b: a - b, b=1.0)
        else:
            f = functools.partial(lambda a, b: a - b, b=2.0)
        value = f(5.0)
        """,
        {"3", "4"},
    ),
    "decorator": (
        """
        def doubled(f):
            @functools.wraps(f)
            def wrapper(*args, **kwargs):
                return 2 * f(*args, **kwargs)
            return wrapper
        @doubled
        @doubled
        def g(x):
            return x
        value = g(3.0)
        """,
        {"12"},
    ),
    "decorator-with-arguments": (
        """
        def times(n):
            def decorate(f):
                return lambda x: n * f(x)
            return decorate
        @times(4.0)
        def g(x):
            return x
        value = g(3.0)
        """,
        {"12"},
    ),
    "library-decorator": (
        "@torch.no_grad()\ndef f():\n    return 2.0\nvalue = f()",
        {"2"},
    ),
    "cached": ("@functools.lru_cache(None)\ndef f():\n    return 2.0\nvalue = f()", {"2"}),
    "recursion": ("def f(n):\n    return 1.0 if n <= 1 else n * f(n - 1)\nvalue = f(4)", {"?"}),
    "mutual-recursion": (
        "def f(n):\n    return g(n)\ndef g(n):\n    return f(n)\nvalue = f(1.0)",
        {"?"},
    ),
    "generator": (
        "def f():\n    yield 2.0\n    yield 2.0\nvalue = next(f())",
        {"2"},
    ),
    "generator-in-a-loop": (
        "def f():\n    for s in (2.0, 2.0):\n        yield s\nfor value in f():\n    pass",
        {"2"},
    ),
    "generator-delegates": (
        "def f():\n    yield 2.0\ndef g():\n    yield from f()\nvalue = next(g())",
        {"2"},
    ),
    "context-manager": (
        """
        import contextlib
        @contextlib.contextmanager
        def context():
            yield 3.0
        with context() as value:
            pass
        """,
        {"3"},
    ),
    "walrus": ("if (value := 3.0) > 2:\n    pass", {"3"}),
    "walrus-in-a-comprehension": ("value = -1.0\n[value := s for s in (1.0, 2.0)]", {"2"}),
    "map": ("value = list(map(lambda s: s + 1.0, (1.0, 2.0)))[1]", {"3"}),
    "unknown-callee": ("value = u(1.0)", {"?"}),
}
FAULTS: dict[str, str] = {}


@pytest.mark.parametrize(("body", "expected"), cases(CASES, FAULTS))
def test_what_functions_give(body: str, expected: set[str]) -> None:
    assert belief(body) == expected
