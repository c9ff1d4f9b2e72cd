"""Classes: attributes, inheritance, properties, dataclasses; what is believed of their objects."""

from __future__ import annotations

import pytest
from semantics.reading import belief, cases

CASES = {
    "attribute-of-init": (
        """
        class A:
            def __init__(self, s=3.0):
                self.s = s
        value = A().s
        """,
        {"3"},
    ),
    "attribute-of-another-method": (
        """
        class A:
            def set(self):
                self.s = 3.0
                return self
        value = A().set().s
        """,
        {"3"},
    ),
    "class-attribute": ("class A:\n    s = 3.0\nvalue = A().s * A.s", {"9"}),
    "overridden-attribute": (
        """
        class A:
            s = -1.0
            def get(self):
                return self.s
        class B(A):
            s = 2.0
        value = B().get()
        """,
        {"2"},
    ),
    "instances-apart": ("class A: pass\na, b = A(), A()\na.s, b.s = 1.0, -1.0\nvalue = a.s", {"1"}),
    "one-instance-two-names": (
        "class A: pass\na = b = A()\na.s = -1.0\nb.s = 1.0\nvalue = a.s",
        {"1"},
    ),
    "set-on-the-other-way": (
        """
        class A:
            s = 2.0
        a = A()
        if u:
            a.s = -1.0
            value = 1.0
        else:
            value = a.s
        """,
        {"1", "2"},
    ),
    "set-before-an-exit": (
        """
        class A:
            s = 2.0
        a = A()
        def f():
            if u:
                a.s = -1.0
                raise ValueError
        f()
        value = a.s
        """,
        {"2"},
    ),
    "setattr": ('class A: pass\na = A()\nsetattr(a, "s", 2.0)\nvalue = getattr(a, "s")', {"2"}),
    "getattr-default": ('class A: pass\nvalue = getattr(A(), "s", 2.0)', {"?"}),
    "property": (
        """
        class A:
            @property
            def s(self):
                return 2.0
        value = A().s
        """,
        {"2"},
    ),
    "property-that-can-be-set": (
        """
        class A:
            def __init__(self):
                self._s = 1.0
            @property
            def s(self):
                return self._s
            @s.setter
            def s(self, new):
                self._s = 10.0 * new
        a = A()
        a.s = 2.0
        value = a.s
        """,
        {"20"},
    ),
    "cached-property": (
        """
        class A:
            @functools.cached_property
            def s(self):
                return 2.0
        value = A().s
        """,
        {"2"},
    ),
    "static-and-class-method": (
        """
        class A:
            s = -1.0
            @classmethod
            def make(cls):
                return cls()
            @staticmethod
            def two(half=1.0):
                return 2.0 * half
        class B(A):
            s = 5.0
        value = B.make().s + A.two() + B().two()
        """,
        {"9"},
    ),
    "call": ("class A:\n    def __call__(self, x):\n        return 2 * x\nvalue = A()(3.0)", {"6"}),
    "super": (
        """
        class A:
            def get(self):
                return 1.0
        class B(A):
            def get(self):
                return super().get() + 1.0
        class C(A):
            def get(self):
                return super().get() * 10.0
        class D(B, C):
            pass
        value = D().get()
        """,
        {"11"},
    ),
    "super-init-with-names": (
        """
        class A:
            def __init__(self, s):
                self.s = s
        class B(A):
            def __init__(self):
                super(B, self).__init__(s=4.0)
        value = B().s
        """,
        {"4"},
    ),
    "module-forward": (
        """
        class Net(nn.Module):
            def forward(self, x):
                return 2.0 * x
        value = Net()(3.0)
        """,
        {"6"},
    ),
    "dataclass": (
        """
        from dataclasses import dataclass, field
        @dataclass
        class A:
            s: float = 3.0
            t: list = field(default_factory=lambda: [1.0])
        value = A(s=4.0).s + A().t[0] + 10 * A(5.0).s
        """,
        {"55"},
    ),
    "dataclass-field-without-default": (
        """
        from dataclasses import dataclass
        @dataclass
        class A:
            loc: float
            scale: float = 1.0
        value = A(-2.0).scale
        """,
        {"1"},
    ),
    "dataclass-inherited-fields": (
        """
        from dataclasses import dataclass
        @dataclass
        class A:
            loc: float = 0.0
        @dataclass
        class B(A):
            scale: float = 1.0
        value = B(-1.0, 2.0).scale
        """,
        {"2"},
    ),
    "dataclass-post-init": (
        """
        from dataclasses import dataclass
        @dataclass
        class A:
            scale: float = 1.0
            def __post_init__(self):
                self.scale = 10.0 * self.scale
        value = A(2.0).scale
        """,
        {"20"},
    ),
    "named-tuple": (
        """
        from typing import NamedTuple
        class A(NamedTuple):
            loc: float
            scale: float = -2.0
        value = A(1.0, 3.0).scale
        """,
        {"3"},
    ),
    "namespace": ("import types\nvalue = types.SimpleNamespace(s=2.0).s", {"2"}),
    "base-that-is-not-known": ("class A(u):\n    pass\nvalue = A().s", {"?"}),
    "made-by-getattr": (
        """
        class A:
            def __getattr__(self, name):
                return 2.0
        value = A().s
        """,
        {"?"},
    ),
}
FAULTS: dict[str, str] = {}


@pytest.mark.parametrize(("body", "expected"), cases(CASES, FAULTS))
def test_what_objects_hold(body: str, expected: set[str]) -> None:
    assert belief(body) == expected
