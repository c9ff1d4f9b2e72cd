"""Mutation operators: one change each that plants a fault in a correct program.

Which places an operator takes is decided by the syntax alone, whatever the linter knows of them:
recall is measured against what a reader sees.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .syntax import (
    Edit,
    Function,
    Text,
    argument,
    assignments,
    bare,
    constraint_of,
    distribution_arguments,
    init_of,
    is_parameter,
    last_name,
    over,
    own_nodes,
    parameters_by_target,
    scopes,
    without,
)

SCALE_FREE = frozenset({"simplex", "corr_cholesky", "corr_matrix"})
"""Constraints under which a start that is ten thousand times as large is the same start."""

BOUNDED = frozenset(
    {
        "Beta",
        "Chi2",
        "Dirichlet",
        "Exponential",
        "Gamma",
        "HalfCauchy",
        "HalfNormal",
        "InverseGamma",
        "Kumaraswamy",
        "LogNormal",
        "Uniform",
        "Weibull",
    }
)
"""The families that a widening turns into a Normal."""

ENLARGED = 1e4
SMALLEST_INIT = 0.1
"""The least magnitude that enlarging brings to the default ``max-init``."""


@dataclass(frozen=True)
class Mutant:
    """One change: ``row`` is the changed statement's, ``expected`` the codes that find it."""

    operator: str
    row: int
    what: str
    edit: Edit
    expected: frozenset[str]


Operator = Callable[[Text], Iterator[Mutant]]


def mutants(text: str) -> Iterator[Mutant]:
    """All mutants of a file's text; SyntaxError where Python does not parse it."""
    given = Text(text, ast.parse(text))
    for operator in OPERATORS:
        yield from operator(given)


# --- drop a constraint -------------------------------------------------------------------------


@dataclass(frozen=True)
class _Use:
    """What a bare value goes into."""

    constrained: bool
    point: bool


def drop_constraint(given: Text) -> Iterator[Mutant]:
    """A constrained parameter that feeds a constrained argument bare loses its constraint.

    One that is the point of a Delta is apart: only the model's prior tells what it needs.
    """
    uses = _bare_uses(given.tree)
    for parameter, found in uses.items():
        constraint = constraint_of(parameter)
        if constraint is None:
            continue
        edit = without(given, parameter, constraint)
        if edit is None:
            continue
        what = given.of(constraint)
        if any(use.constrained for use in found):
            codes = frozenset({"PYR101"})
            yield Mutant("drop-constraint", parameter.lineno, what, edit, codes)
        elif any(use.point for use in found):
            codes = frozenset({"PYR102"})
            yield Mutant("drop-constraint-of-point", parameter.lineno, what, edit, codes)


def _bare_uses(tree: ast.Module) -> dict[ast.Call, list[_Use]]:
    """The distribution arguments that each parameter statement goes into as it is."""
    uses: dict[ast.Call, list[_Use]] = {}
    by_name: dict[str, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_parameter(node) and node.args:
            if isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                by_name.setdefault(node.args[0].value, []).append(node)

    def note(source: ast.Call, use: _Use) -> None:
        uses.setdefault(source, []).append(use)
        # A parameter may be declared in one place and read by its name in another.
        if source.args and isinstance(source.args[0], ast.Constant):
            for twin in by_name.get(str(source.args[0].value), ()):
                if constraint_of(source) is None and constraint_of(twin) is not None:
                    uses.setdefault(twin, []).append(use)

    for scope in scopes(tree):
        names = parameters_by_target(scope)
        for node in ast.walk(scope):
            if not isinstance(node, ast.Call):
                continue
            for value, constrained, point in distribution_arguments(node):
                if not (constrained or point):
                    continue
                source = bare(value)
                use = _Use(constrained, point)
                if isinstance(source, ast.Call) and is_parameter(source):
                    if isinstance(scope, ast.Module):
                        note(source, use)
                elif isinstance(source, (ast.Name, ast.Attribute)):
                    for declared in names.get(ast.unparse(source), ()):
                        note(declared, use)
    return uses


# --- widen a guide's family --------------------------------------------------------------------


def widen_family(given: Text) -> Iterator[Mutant]:
    """A guide's latent site is drawn from a Normal in place of a family of bounded support."""
    for guide in _guides(given.tree):
        named = {
            target.id: value
            for node in own_nodes(guide)
            for target, value in assignments(node)
            if isinstance(target, ast.Name) and value is not None
        }
        for node in own_nodes(guide):
            if not (isinstance(node, ast.Call) and last_name(node.func) == "sample"):
                continue
            if any(keyword.arg in ("obs", "infer") for keyword in node.keywords):
                continue
            drawn = argument(node, 1, "fn")
            if isinstance(drawn, ast.Name):
                drawn = named.get(drawn.id)
            family = _outermost_family(drawn)
            if family is None:
                continue
            first = next(iter((*family.args, *(each.value for each in family.keywords))), None)
            prefix = given.of(family.func).rpartition(".")[0]
            if first is None or not prefix:
                continue
            content = f"{prefix}.Normal({given.of(first)}, 1.0)"
            codes = frozenset({"PYR102"})
            what = last_name(family.func)
            yield Mutant("widen-guide-family", node.lineno, what, over(family, content), codes)


def _guides(tree: ast.Module) -> Iterator[Function]:
    """Functions and methods that are called guides, or stand in a class that is."""
    for scope in scopes(tree):
        is_guide_class = isinstance(scope, ast.ClassDef) and "guide" in scope.name.lower()
        for node in ast.iter_child_nodes(scope):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                if is_guide_class or "guide" in node.name.lower():
                    yield node


def _outermost_family(node: ast.expr | None) -> ast.Call | None:
    """The family's call under any number of ``.to_event(…)``, ``.expand(…)``, ``.mask(…)``."""
    while isinstance(node, ast.Call):
        if last_name(node.func) in BOUNDED:
            return node
        if not isinstance(node.func, ast.Attribute):
            return None
        node = node.func.value
    return None


# --- enlarge an init ---------------------------------------------------------------------------


def enlarge_init(given: Text) -> Iterator[Mutant]:
    """A parameter that starts from literals starts ten thousand times as large."""
    for node in ast.walk(given.tree):
        if not (isinstance(node, ast.Call) and is_parameter(node)):
            continue
        position = 1 if last_name(node.func) == "PyroParam" else 2
        if last_name(argument(node, position, "constraint")) in SCALE_FREE:
            continue
        init = init_of(node)
        magnitude = _magnitude(init)
        if init is None or magnitude is None or magnitude < SMALLEST_INIT:
            continue
        edit = over(init, f"({given.of(init)}) * {ENLARGED}")
        codes = frozenset({"PYR201", "PYR202", "PYR106"})
        yield Mutant("enlarge-init", node.lineno, given.of(init), edit, codes)


def _magnitude(node: ast.expr | None) -> float | None:
    """The largest magnitude in an init written out of literals; None for any other."""
    match node:
        case ast.Constant(value=bool()):
            return None
        case ast.Constant(value=int() | float() as number):
            return abs(float(number))
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            return _magnitude(operand)
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            known = [_magnitude(each) for each in elements]
            if not known or None in known:
                return None
            return max(each for each in known if each is not None)
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            one, other = _magnitude(left), _magnitude(right)
            return None if one is None or other is None else one * other
        case ast.Call(args=arguments):
            return _made(last_name(node), arguments)
        case _:
            return None


def _made(maker: str, arguments: list[ast.expr]) -> float | None:
    if maker in ("tensor", "as_tensor", "Tensor") and arguments:
        return _magnitude(arguments[0])
    if maker in ("ones", "eye"):
        return 1.0
    if maker == "full" and len(arguments) > 1:
        return _magnitude(arguments[1])
    return None


# --- drop a normalisation, disable validation --------------------------------------------------


def drop_normalisation(given: Text) -> Iterator[Mutant]:
    """Data is used as it was read: ``x / 255``, ``(x - mean) / std``, a scaler are taken away."""
    for node in ast.walk(given.tree):
        raw: ast.expr | None = None
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            raw = _normalised(given, node)
        elif isinstance(node, ast.Call) and last_name(node.func) in ("fit_transform", "zscore"):
            raw = node.args[0] if node.args else None
        if raw is not None and isinstance(node, ast.expr):
            edit = over(node, given.of(raw))
            codes = frozenset({"PYR401"})
            yield Mutant("drop-normalisation", node.lineno, given.of(node), edit, codes)


def _normalised(given: Text, division: ast.BinOp) -> ast.expr | None:
    if isinstance(division.right, ast.Constant) and division.right.value in (255, 256):
        return division.left
    if isinstance(division.left, ast.BinOp) and isinstance(division.left.op, ast.Sub):
        spread = given.of(division.right).lower()
        if "mean" in given.of(division.left.right).lower() and "std" in spread:
            return division.left.left
    return None


def disable_validation(given: Text) -> Iterator[Mutant]:
    """Validation is switched off after the imports."""
    imports = [node for node in given.tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    if imports:
        row = (imports[-1].end_lineno or imports[-1].lineno) + 1
        content = "import pyro; pyro.enable_validation(False)\n"
        codes = frozenset({"PYR501"})
        yield Mutant("disable-validation", row, "", Edit(row, 0, row, 0, content), codes)


OPERATORS: tuple[Operator, ...] = (
    drop_constraint,
    widen_family,
    enlarge_init,
    drop_normalisation,
    disable_validation,
)
