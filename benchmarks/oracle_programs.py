"""The cases of a test module of Pyro's as programs of their own.

Each test defines a model and a guide and hands them, with an objective, to one of the module's
``assert_…`` functions. A program is the source of one test under one set of its parameters, which
stand above it as assignments, with one of these calls replaced by the step that it makes and the
others left out.
"""

from __future__ import annotations

import ast
import copy
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ASSERTIONS = {"assert_ok": "ok", "assert_warning": "warning", "assert_error": "error"}
REACHED = "_reached"
_NOT_OURS = ("pytest", "tests")
_NEEDED = "from pyro.infer import SVI\nfrom pyro.optim import Adam\n"


@dataclass(frozen=True, slots=True)
class Case:
    """A program: the test it comes from, its parameters, and what the test asserts of it.

    ``marked`` is the same program with an assignment to ``REACHED`` before the step.
    """

    test: str
    parameters: str
    asserted: str
    source: str
    marked: str

    @property
    def name(self) -> str:
        """The test with its parameters."""
        return f"{self.test}[{self.parameters}]" if self.parameters else self.test


def cases(path: Path) -> Iterator[Case]:
    """The cases of a module's tests, in order; those that need another package are left out."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    for test in module.body:
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
            if not _names(test.body) & set(_NOT_OURS):
                yield from _of_test(module, test)


def _of_test(module: ast.Module, test: ast.FunctionDef) -> Iterator[Case]:
    calls = [node for node in ast.walk(test) if _assertion(node) is not None]
    parametrisations = list(_parametrisations(test))
    for chosen in itertools.product(*parametrisations):
        assignments = [each for one in chosen for each in one]
        parameters = ", ".join(map(ast.unparse, assignments))
        for number, call in enumerate(calls):
            programs = []
            for marked in (False, True):
                body = copy.deepcopy(test.body)
                body = _Step(number, marked).visit(ast.Module(body, [])).body
                used = _names([*assignments, *body])
                above = list(_above(module, used))
                whole = ast.Module([*above, *assignments, *body], [])
                programs.append(_NEEDED + ast.unparse(ast.fix_missing_locations(whole)) + "\n")
            asserted = ASSERTIONS[_assertion(call) or ""]
            yield Case(test.name, parameters, asserted, *programs)


def _assertion(node: ast.AST) -> str | None:
    """Which of the assertions a statement is, if it is one."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function = node.value.func
        if isinstance(function, ast.Name) and function.id in ASSERTIONS:
            return function.id
    return None


class _Step(ast.NodeTransformer):
    """Puts the step in the place of one assertion and nothing in the place of the others."""

    def __init__(self, number: int, marked: bool) -> None:
        self._number = number
        self._marked = marked
        self._seen = 0

    def visit_Expr(self, node: ast.Expr) -> list[ast.stmt] | ast.stmt:
        """An expression statement."""
        if _assertion(node) is None or not isinstance(node.value, ast.Call):
            return node
        number, self._seen = self._seen, self._seen + 1
        if number != self._number:
            return ast.Pass()
        given = {keyword.arg: keyword.value for keyword in node.value.keywords}
        parts = dict(zip(("model", "guide", "elbo"), node.value.args, strict=False))
        parts |= {name: given.pop(name) for name in ("model", "guide", "elbo") if name in given}
        given.pop("match", None)
        words = ", ".join(f"{name}={ast.unparse(value)}" for name, value in given.items())
        model, guide, elbo = (ast.unparse(parts[name]) for name in ("model", "guide", "elbo"))
        step = f'SVI({model}, {guide}, Adam({{"lr": 1e-6}}), {elbo}).step({words})'
        mark = f"{REACHED} = True\n" if self._marked else ""
        return ast.parse(mark + step).body


def _parametrisations(test: ast.FunctionDef) -> Iterator[list[list[ast.stmt]]]:
    """For each ``parametrize``, the assignments of each of its rows; the lowest one turns first."""
    for decorator in reversed(test.decorator_list):
        if not isinstance(decorator, ast.Call) or len(decorator.args) < 2:
            continue
        names, rows = decorator.args[:2]
        if not ast.unparse(decorator.func).endswith("parametrize"):
            continue
        if not isinstance(names, ast.Constant) or not isinstance(rows, ast.List | ast.Tuple):
            raise ValueError(f"{test.name}: parametrised by {ast.unparse(rows)}, which is no list")
        split = [name.strip() for name in str(names.value).split(",")]
        yield [_assigned(split, row) for row in rows.elts]


def _assigned(names: Sequence[str], row: ast.expr) -> list[ast.stmt]:
    """One row of a parametrisation as assignments."""
    if isinstance(row, ast.Call) and ast.unparse(row.func) == "pytest.param":
        values = row.args
    elif len(names) > 1 and isinstance(row, ast.Tuple | ast.List):
        values = row.elts
    else:
        values = [row]
    pairs = zip(names, values, strict=True)
    return [ast.parse(f"{name} = {ast.unparse(value)}").body[0] for name, value in pairs]


def _above(module: ast.Module, used: set[str]) -> Iterator[ast.stmt]:
    """The module's imports, functions and assignments of the names that are used."""
    wanted = set(used)
    kept: list[ast.stmt] = []
    for node in reversed(module.body):
        if isinstance(node, ast.FunctionDef):
            if node.name not in wanted or node.name.startswith("test_"):
                continue
            wanted |= _names([node])
            kept.append(node)
        elif isinstance(node, ast.Assign):
            if _names(node.targets) & wanted:
                wanted |= _names([node])
                kept.append(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            source = node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            if (source or "").partition(".")[0] in _NOT_OURS:
                continue
            bound = [
                name for name in node.names if (name.asname or name.name.split(".")[0]) in wanted
            ]
            if bound:
                one = copy.deepcopy(node)
                one.names = bound
                kept.append(one)
    return reversed(kept)


def _names(nodes: Sequence[ast.AST]) -> set[str]:
    """The names that are read or bound in nodes."""
    return {each.id for node in nodes for each in ast.walk(node) if isinstance(each, ast.Name)}
