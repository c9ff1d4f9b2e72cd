"""Symbolic edits, rendered on source and applied."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import libcst as cst
import pytest

from pyrolint.edits import render
from pyrolint.finding import (
    AddImport,
    AddKeyword,
    AppendCode,
    Edit,
    Fix,
    GatherKeywords,
    InsertStatement,
    Interpolate,
    KeepReceiver,
    RemoveArgument,
    RemoveStatement,
    RenameKeyword,
    ReplaceCallee,
    ReplaceExpression,
    ReplaceMethodCall,
    UnwrapCall,
)
from pyrolint.syntax.ir import Place
from pyrolint.workspace import Workspace

PATH = "/project/model.py"
Find = Callable[[str], Place]


def edited(source: str, *make: Callable[[Find], Edit], path: str = PATH) -> str | None:
    """The source with edits made at the nodes whose code is the text that ``make`` asks for."""
    workspace = Workspace({path: source.encode()})
    parsed = workspace.parsed(path)

    def find(code: str) -> Place:
        for at, node in enumerate(parsed.nodes):
            if not isinstance(node, cst.Module) and parsed.tree.code_for_node(node).strip() == code:
                return Place(path, at)
        raise AssertionError(f"no node is written {code!r}")

    fix = render(Fix("mend", tuple(each(find) for each in make)), workspace)
    if fix is None:
        return None
    return workspace.source(path).replaced(fix.edits).decode()


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("f()", "f(k=v)"),
        ("f(a, b)", "f(a, b, k=v)"),
        ("f(a, b,)", "f(a, b, k=v,)"),
        ("f(a, **b)", "f(a, **b, k=v)"),
        ("f(a, k=old)", "f(a, k=v)"),
        ("f((a))", "f((a), k=v)"),
        ("f(\n    a,\n    b,  # why b\n)", "f(\n    a,\n    b,  # why b\n    k=v,\n)"),
        ("f(\n    a, b\n)", "f(\n    a, b, k=v\n)"),
        ("f(a,\n  b)", "f(a,\n  b, k=v)"),
        (
            "f(\n    a,\n    g(\n        c,\n    ),\n)",
            "f(\n    a,\n    g(\n        c,\n    ),\n    k=v,\n)",
        ),
        ("f(x for x in y)", None),
    ],
)
def test_add_keyword(call: str, expected: str | None) -> None:
    after = edited(f"z = {call}  # end\n", lambda find: AddKeyword(find(call), "k", "v"))
    assert after == (None if expected is None else f"z = {expected}  # end\n")


def test_add_keyword_keeps_the_file_s_line_ends() -> None:
    source = "z = f(\r\n    a,\r\n)\r\n"
    after = edited(source, lambda find: AddKeyword(find(source[4:-2]), "k", "v"))
    assert after == "z = f(\r\n    a,\r\n    k=v,\r\n)\r\n"


@pytest.mark.parametrize(
    ("source", "edit", "expected"),
    [
        ("z = f(a)\n", lambda f: ReplaceCallee(f("f(a)"), "g.h"), "z = g.h(a)\n"),
        ("z = f(a + b)\n", lambda f: ReplaceExpression(f("a + b"), "c"), "z = f(c)\n"),
        ("z = f(a)\n", lambda f: RenameKeyword(f("a"), "k"), "z = f(k=a)\n"),
        ("z = f((a))\n", lambda f: RenameKeyword(f("(a)"), "k"), "z = f(k=(a))\n"),
        ("z = f(j=a)\n", lambda f: RenameKeyword(f("a"), "k"), "z = f(k=a)\n"),
        ("z = f(a, b)\n", lambda f: RemoveArgument(f("b")), "z = f(a)\n"),
        ("z = f(a, b)\n", lambda f: RemoveArgument(f("a")), "z = f(b)\n"),
        ("z = f(a)\n", lambda f: RemoveArgument(f("a")), "z = f()\n"),
        ("z = f(a,)\n", lambda f: RemoveArgument(f("a")), "z = f()\n"),
        ("z = f(a, b=c, d=e)\n", lambda f: RemoveArgument(f("c")), "z = f(a, d=e)\n"),
        ("z = f(a)\n", lambda f: UnwrapCall(f("f(a)")), "z = a\n"),
        ("z = g(f(a + b))\n", lambda f: UnwrapCall(f("f(a + b)")), "z = g(a + b)\n"),
        ("z = g(k=f(a + b))\n", lambda f: UnwrapCall(f("f(a + b)")), "z = g(k=a + b)\n"),
        ("z = 2 * f(a + b)\n", lambda f: UnwrapCall(f("f(a + b)")), "z = 2 * (a + b)\n"),
        ("z = f(a + b) * 2\n", lambda f: UnwrapCall(f("f(a + b)")), "z = (a + b) * 2\n"),
        ("z = f((a + b)) * 2\n", lambda f: UnwrapCall(f("f((a + b))")), "z = (a + b) * 2\n"),
        ("z = f(k=a)\n", lambda f: UnwrapCall(f("f(k=a)")), None),
        ("z = f(a)\n", lambda f: AppendCode(f("f(a)"), ".g()"), "z = f(a).g()\n"),
        ("z = f(g, a=b,  # c\n      d=(e),)\n",
         lambda f: GatherKeywords(f("f(g, a=b,  # c\n      d=(e),)")),
         'z = f({"a": b,  # c\n      "d": (e)},)\n'),
        ("z = f(a=b)\n", lambda f: GatherKeywords(f("f(a=b)")), 'z = f({"a": b})\n'),
        ("z = f(a)\n", lambda f: GatherKeywords(f("f(a)")), None),
        ("z = f(**a)\n", lambda f: GatherKeywords(f("f(**a)")), None),
        ("z = a + b\n", lambda f: AppendCode(f("a + b"), ".g()"), "z = (a + b).g()\n"),
        ("z = (a + b)\n", lambda f: AppendCode(f("(a + b)"), ".g()"), "z = (a + b).g()\n"),
        ("z = (\n    a + b  # )\n)\n", lambda f: AppendCode(f("(\n    a + b  # )\n)"), ".g()"),
         "z = (\n    a + b  # )\n).g()\n"),
        ("f = g\n", lambda f: AppendCode(f("g"), "()"), "f = g()\n"),
        ("z = a.b(c) * 2  # d\n", lambda f: KeepReceiver(f("a.b(c)")), "z = a * 2  # d\n"),
        ("z = (a + b).c() * 2\n", lambda f: KeepReceiver(f("(a + b).c()")), "z = (a + b) * 2\n"),
        ("z = a.b[0]\n", lambda f: KeepReceiver(f("a.b")), "z = a[0]\n"),
        ("z = a(b)\n", lambda f: KeepReceiver(f("a(b)")), None),
        ("z = a(b).c()\n", lambda f: ReplaceMethodCall(f("a(b).c()"), 'f("<name>", {})'),
         'z = f("z", a(b))\n'),
        ("z = a(b).c()\n", lambda f: ReplaceMethodCall(f("a(b).c()"), "f({})", ("z",)), None),
        ("z = a(b).c(d)\n", lambda f: ReplaceMethodCall(f("a(b).c(d)"), "f({})"), None),
        ("z = 2 * a.c()\n", lambda f: ReplaceMethodCall(f("a.c()"), "f({})"), None),
        ("for a in b:\n    z = a.c()\n", lambda f: ReplaceMethodCall(f("a.c()"), "f({})"), None),
        ("z = 1\n", lambda f: AppendCode(f("1"), ".g()"), "z = (1).g()\n"),
    ],
)  # fmt: skip
def test_expressions(source: str, edit: Callable[[Find], Edit], expected: str | None) -> None:
    assert edited(source, edit) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 1\nf(x)  # end\n", "a = 1\ng()\nf(x)  # end\n"),
        ("a = 1; b = f(x)\n", "g()\na = 1; b = f(x)\n"),
        ("def h():\n    return f(x)\n", "def h():\n    g()\n    return f(x)\n"),
        ("for a in f(x):\n    pass\n", "g()\nfor a in f(x):\n    pass\n"),
        ("@f(x)\ndef h(): pass\n", "g()\n@f(x)\ndef h(): pass\n"),
        ("if a: f(x)\n", None),
        ("if a:\n    pass\nelif f(x):\n    pass\n", None),
    ],
)
def test_insert_statement(source: str, expected: str | None) -> None:
    assert edited(source, lambda find: InsertStatement(find("f(x)"), "g()")) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a = 1\nf(x)\nb = 2\n", "a = 1\nb = 2\n"),
        ("# kept\nf(x)  # gone\nb = 2\n", "# kept\nb = 2\n"),
        ("a = 1; f(x); b = 2\n", "a = 1; b = 2\n"),
        ("a = 1; f(x)\n", "a = 1\n"),
        ("def g():\n    f(x)\n", "def g():\n    pass\n"),
        ("def g():\n    f(x)\n    return 1\n", "def g():\n    return 1\n"),
        ("if a: f(x)\n", "if a: pass\n"),
        ("f(x\n)\nb = 1\n", "b = 1\n"),
        ("z = f(x)\nb = 1\n", None),
        ("g(f(x))\n", None),
        ("assert f(x)\n", None),
        ("a = 1\nf(x)", "a = 1\n"),
    ],
)
def test_remove_statement(source: str, expected: str | None) -> None:
    call = "f(x\n)" if "f(x\n)" in source else "f(x)"
    assert edited(source, lambda find: RemoveStatement(find(call))) == expected


@pytest.mark.parametrize(
    ("source", "imported", "expected"),
    [
        ("import a\n\nx = 1\n", ("b", None), "import a\nimport b\n\nx = 1\n"),
        ("import a\nx = 1\n", ("a", None), None),
        ("import a as c\nx = 1\n", ("a", None), "import a as c\nimport a\nx = 1\n"),
        ("from a import c\nx = 1\n", ("a", "b"), "from a import c, b\nx = 1\n"),
        ("from a import (\n    c,\n)\n", ("a", "b"), "from a import (\n    c, b,\n)\n"),
        ("from a import b\nx = 1\n", ("a", "b"), None),
        ("from a import *\nx = 1\n", ("a", "b"), "from a import *\nfrom a import b\nx = 1\n"),
        ("from .a import c\nx = 1\n", ("a", "b"), "from .a import c\nfrom a import b\nx = 1\n"),
        (
            '"""Doc."""\n\nimport a  # why\n',
            ("b", None),
            '"""Doc."""\n\nimport a  # why\nimport b\n',
        ),
        ("x = 1\n", ("b", None), "import b\nx = 1\n"),
    ],
)
def test_add_import(source: str, imported: tuple[str, str | None], expected: str | None) -> None:
    assert edited(source, lambda find: AddImport(PATH, *imported)) == expected


POSITIVE = "{pyro.distributions.constraints.positive}"


@pytest.mark.parametrize(
    ("imports", "expected"),
    [
        ("import pyro", "pyro.distributions.constraints.positive"),
        ("import pyro.distributions as dist", "dist.constraints.positive"),
        ("from pyro import distributions as d", "d.constraints.positive"),
        ("from pyro.distributions import constraints as c", "c.positive"),
        ("from torch.distributions import constraints", "constraints.positive"),
        ("import torch.distributions.constraints as c", "c.positive"),
        ("from torch.distributions.constraints import positive", "positive"),
        ("from pyro.distributions import *", "constraints.positive"),
        ("import pyro\nimport pyro.distributions as dist", "dist.constraints.positive"),
        ("try:\n    import pyro.distributions as dist\nexcept ImportError:\n    pass",
         "dist.constraints.positive"),
    ],
)  # fmt: skip
def test_names_are_written_as_the_file_s_imports_let_them(imports: str, expected: str) -> None:
    after = edited(f"{imports}\nz = f(a)\n", lambda find: AddKeyword(find("f(a)"), "k", POSITIVE))
    assert after == f"{imports}\nz = f(a, k={expected})\n"


def test_a_name_that_no_import_reaches_is_imported() -> None:
    after = edited("import torch\nz = f(a)\n", lambda find: AddKeyword(find("f(a)"), "k", POSITIVE))
    assert after == (
        "import torch\nfrom pyro.distributions import constraints\n"
        "z = f(a, k=constraints.positive)\n"
    )


def test_a_local_of_that_name_is_not_the_import() -> None:
    source = (
        "import pyro.distributions as dist\nfrom torch.distributions import constraints\n"
        "def g(constraints):\n    return f(a)\n"
    )
    after = edited(source, lambda find: AddKeyword(find("f(a)"), "k", POSITIVE))
    assert after == source.replace("f(a)", "f(a, k=dist.constraints.positive)")


def test_an_import_of_another_function_does_not_count() -> None:
    source = (
        "import pyro\ndef g():\n    import pyro.distributions as d\ndef h():\n    return f(a)\n"
    )
    after = edited(source, lambda find: AddKeyword(find("f(a)"), "k", POSITIVE))
    assert after == source.replace("f(a)", "f(a, k=pyro.distributions.constraints.positive)")


def test_two_edits_of_one_expression() -> None:
    after = edited(
        "z = f(probs=torch.sigmoid(a + b))\n",
        lambda find: UnwrapCall(find("torch.sigmoid(a + b)")),
        lambda find: RenameKeyword(find("torch.sigmoid(a + b)"), "logits"),
    )
    assert after == "z = f(logits=a + b)\n"


def test_edits_that_overlap_are_no_fix() -> None:
    after = edited(
        "z = f(a)\n",
        lambda find: ReplaceExpression(find("f(a)"), "b"),
        lambda find: ReplaceExpression(find("a"), "c"),
    )
    assert after is None


def test_notebooks_change_in_the_cell_alone() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["text"]},
        {"cell_type": "code", "source": ["%time z = f(a)\n", "b"], "outputs": []},
    ]
    notebook = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}, indent=1)
    path = str(Path(PATH).with_suffix(".ipynb"))
    after = edited(notebook, lambda find: AddKeyword(find("f(a)"), "k", "v"), path=path)
    assert after == notebook.replace("f(a)", "f(a, k=v)")


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ('"x"', 'f"x_{i}"'),
        ("'x'", "f'x_{i}'"),
        ('r"x"', 'rf"x_{i}"'),
        ('u"x"', 'f"x_{i}"'),
        ('"{x}"', 'f"{{x}}_{i}"'),
        ('f"x_{k}"', 'f"x_{k}_{i}"'),
        ("name", None),
        ('"x" "y"', None),
        ('b"x"', None),
    ],
)
def test_a_variable_is_put_behind_a_name(literal: str, expected: str | None) -> None:
    wanted = None if expected is None else f"f({expected})\n"
    assert edited(f"f({literal})\n", lambda find: Interpolate(find(literal), "i")) == wanted
