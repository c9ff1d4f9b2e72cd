"""Mutation operators: one change each that plants a fault in a correct program.

Which places an operator takes is decided by the syntax alone, whatever the linter knows of them:
recall is measured against what a reader sees.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from . import argument_operators, joint_operators, site_operators, training_operators
from .edits import Edit, Text, over, without
from .mutant import Mutant, Operator
from .normalisations import raw_side
from .project import Guide, Project, Sampled, sampled, trains
from .syntax import argument, constraint_of, init_of, last_name
from .uses import Use, bare_uses

SCALE_FREE = frozenset({"simplex", "corr_cholesky", "corr_matrix"})
"""Constraints under which a start that is ten thousand times as large is the same start."""

SPREADS = frozenset({"scale", "scale_tril", "cov_diag", "covariance_matrix"})
"""The arguments that say how widely a guide draws."""

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
        "Pareto",
        "TruncatedPolyaGamma",
        "Uniform",
        "Weibull",
    }
)
"""The families of continuous support that a Normal leaves."""

ENLARGED = 1e4
SMALLEST_INIT = 0.1
"""The least magnitude that enlarging brings to the default ``max-init``."""

UNPAIRED = "guides that their package never uses"
UNSAMPLED = "files without a sample statement"
UNMATCHED = "sites whose name no model of the package writes out"

SWITCHES = (
    "pyro.enable_validation(False)",
    "pyro.distributions.enable_validation(False)",
    "torch.distributions.Distribution.set_default_validate_args(False)",
    "pyro.settings.set(validate_poutine=False)",
)


def mutants(text: str, module: str, project: Project) -> Iterator[Mutant]:
    """All mutants of a module's text; SyntaxError where Python does not parse it."""
    given = Text(text, ast.parse(text), module)
    for operator in OPERATORS:
        yield from operator(given, project)


def drop_constraint(given: Text, project: Project) -> Iterator[Mutant]:
    """A constrained parameter that feeds a constrained argument bare loses its constraint.

    One that is the point of a guide's Delta is apart: there the model's prior says what it needs,
    so a model of the package must draw the site from a family that does not reach everywhere.
    """
    samples = any(True for _ in sampled(given.tree))
    for parameter, uses in bare_uses(given.tree).items():
        constraint = constraint_of(parameter)
        edit = without(given, parameter, constraint) if constraint is not None else None
        if constraint is None or edit is None:
            continue
        what = given.of(constraint)
        points = [use.site for use in uses if use.is_point and _is_bounded(use.site, project)]
        if any(use.constrained for use in uses):
            apart = "" if samples else UNSAMPLED
            codes = frozenset({"PYR101"})
            yield Mutant("drop-constraint", parameter.lineno, what, edit, codes, apart)
        elif points:
            codes = frozenset({"PYR102"})
            apart = _unpaired(given, [site.guide for site in points if site], project)
            yield Mutant("drop-constraint-of-point", parameter.lineno, what, edit, codes, apart)


def _is_bounded(site: Sampled | None, project: Project) -> bool:
    """Whether models may draw a guide's site from a family that a Normal leaves."""
    if site is None or site.guide is None or any(key.arg == "obs" for key in site.call.keywords):
        return False
    return any(family is None or family in BOUNDED for family in project.models.get(site.name, ()))


def _unpaired(given: Text, guides: list[Guide | None], project: Project) -> str:
    """Why no inference of the package can run any of these guides, empty where one may."""
    named = any(guide is not None and guide.is_mentioned(project) for guide in guides)
    used = given.module in project.imports or trains(given.tree)
    return "" if named and used else UNPAIRED


def widen_family(given: Text, project: Project) -> Iterator[Mutant]:
    """A guide's latent site is drawn from a Normal in place of a family of bounded support.

    That is a fault where a model of the package draws a site of the same name from such a family,
    or from what is not written out at the site.
    """
    for site in sampled(given.tree):
        family = site.family
        if family is None or last_name(family) not in BOUNDED or not _is_bounded(site, project):
            continue
        first = next(iter((*family.args, *(each.value for each in family.keywords))), None)
        prefix = given.of(family.func).rpartition(".")[0] or _prefix(given)
        if first is None or prefix is None:
            continue
        normal = f"{prefix}.Normal" if prefix else "Normal"
        edit = over(family, f"{normal}({given.of(first)}, 1.0)")
        apart = _unpaired(given, [site.guide], project)
        codes = frozenset({"PYR102"})
        what = last_name(family)
        yield Mutant("widen-guide-family", site.call.lineno, what, edit, codes, apart)


def _prefix(given: Text) -> str | None:
    """What a Normal is called by where families are imported by name; None where it is not."""
    for node in ast.walk(given.tree):
        if isinstance(node, ast.ImportFrom) and any(each.name == "Normal" for each in node.names):
            return ""
        if isinstance(node, ast.Import) and any(each.name == "pyro" for each in node.names):
            return "pyro.distributions"
    return None


def enlarge_init(given: Text, project: Project) -> Iterator[Mutant]:
    """A parameter that starts from literals starts ten thousand times as large.

    Only parameters that are a location or a spread of a guide's site as they stand: PYR201 and
    PYR202 promise these. A concentration or rate of ten thousand is a narrow guide; the point of
    a Delta draws no noise; and what starts large in a model may be as large in its data.
    """
    for parameter, uses in bare_uses(given.tree).items():
        fed = [use.site for use in uses if _is_place_of_guide(use)]
        init = init_of(parameter)
        magnitude = _magnitude(init)
        if not fed or init is None or magnitude is None or magnitude < SMALLEST_INIT:
            continue
        position = 1 if last_name(parameter.func) == "PyroParam" else 2
        if last_name(argument(parameter, position, "constraint")) in SCALE_FREE:
            continue
        apart = _unpaired(given, [site.guide for site in fed if site], project)
        if not any(site and site.name in project.models for site in fed):
            apart = apart or UNMATCHED
        edit = over(init, f"({given.of(init)}) * {ENLARGED}")
        codes = frozenset({"PYR201", "PYR202", "PYR106"})
        yield Mutant("enlarge-init", parameter.lineno, given.of(init), edit, codes, apart)


def _is_place_of_guide(use: Use) -> bool:
    in_guide = use.site is not None and use.site.guide is not None
    return in_guide and (use.argument in SPREADS or use.argument == "loc")


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


def drop_normalisation(given: Text, project: Project) -> Iterator[Mutant]:
    """Data is used as it was read: ``x / 255``, ``(x - mean) / std``, a scaler are taken away."""
    for node, raw in raw_side(given):
        edit = over(node, given.of(raw))
        codes = frozenset({"PYR401"})
        yield Mutant("drop-normalisation", node.lineno, given.of(node), edit, codes)


def disable_validation(given: Text, project: Project) -> Iterator[Mutant]:
    """Validation is switched off after the imports, in one way or another."""
    imports = [node for node in given.tree.body if isinstance(node, (ast.Import, ast.ImportFrom))]
    if imports:
        row = (imports[-1].end_lineno or imports[-1].lineno) + 1
        switch = SWITCHES[row % len(SWITCHES)]
        edit = Edit(row, 0, row, 0, f"import torch, pyro; {switch}\n")
        yield Mutant("disable-validation", row, switch, edit, frozenset({"PYR501"}))


OPERATORS: tuple[Operator, ...] = (
    drop_constraint,
    widen_family,
    enlarge_init,
    drop_normalisation,
    disable_validation,
    *training_operators.OPERATORS,
    *site_operators.OPERATORS,
    *argument_operators.OPERATORS,
    *joint_operators.OPERATORS,
)
