"""Which distribution arguments a parameter statement feeds as it is, by syntax alone."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from .project import Sampled, sampled
from .syntax import (
    bare,
    constraint_of,
    distribution_arguments,
    is_parameter,
    last_name,
    parameters_by_target,
    scopes,
)


@dataclass(frozen=True)
class Use:
    """An argument of a distribution that a bare value goes into.

    ``site`` is the statement that samples from the distribution, where one is seen to.
    """

    family: str
    argument: str
    constrained: bool
    site: Sampled | None

    @property
    def is_point(self) -> bool:
        """Whether it is the point of a Delta: only the model's prior tells what that needs."""
        return self.family == "Delta" and self.argument == "v"


def bare_uses(tree: ast.Module) -> dict[ast.Call, list[Use]]:
    """The distribution arguments that each parameter statement goes into as it is."""
    uses: dict[ast.Call, list[Use]] = {}
    declared = _declarations(tree)
    sites = {site.family: site for site in sampled(tree) if site.family is not None}

    def note(source: ast.Call, use: Use) -> None:
        uses.setdefault(source, []).append(use)
        # A parameter may be declared in one place and read by its name in another.
        if constraint_of(source) is None:
            for twin in declared.get(_name(source), ()):
                uses.setdefault(twin, []).append(use)

    for scope in scopes(tree):
        names = parameters_by_target(scope)
        for node in ast.walk(scope):
            if not isinstance(node, ast.Call):
                continue
            for name, value, constrained in distribution_arguments(node):
                source = bare(value)
                use = Use(last_name(node.func), name, constrained, sites.get(node))
                if isinstance(source, ast.Call) and is_parameter(source):
                    if isinstance(scope, ast.Module):
                        note(source, use)
                elif isinstance(source, (ast.Name, ast.Attribute)):
                    for parameter in names.get(ast.unparse(source), ()):
                        note(parameter, use)
    return uses


def _declarations(tree: ast.Module) -> dict[str, list[ast.Call]]:
    """The parameter statements with a constraint, by the name that is written out in them."""
    found: dict[str, list[ast.Call]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and is_parameter(node) and _name(node):
            if constraint_of(node) is not None:
                found.setdefault(_name(node), []).append(node)
    return found


def _name(parameter: ast.Call) -> str:
    first = parameter.args[0] if parameter.args else None
    written = isinstance(first, ast.Constant) and isinstance(first.value, str)
    return str(first.value) if written and isinstance(first, ast.Constant) else ""
