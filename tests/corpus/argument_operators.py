"""Faults in parameters, in the arguments of distributions and in modules."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .edits import Edit, Text, at, before, joined, over
from .mutant import Mutant, Operator
from .pairs import programs, sites_of, start_of, trained
from .project import Project
from .syntax import (
    Function,
    argument,
    assignments,
    constraint_of,
    distribution_arguments,
    init_of,
    is_parameter,
    last_name,
)
from .uses import bare_uses

LOGIT_FAMILIES = frozenset({"Bernoulli", "Binomial", "Geometric", "NegativeBinomial"})

POSITIVE = frozenset({"Exponential", "Gamma", "HalfCauchy", "HalfNormal", "LogNormal", "Uniform"})
"""Families whose draws serve as scales and rates."""


def negate_argument(given: Text, project: Project) -> Iterator[Mutant]:
    """A positive number that is written out as a constrained argument is negative."""
    for function in programs(given.tree):
        for site in sites_of(given.tree, function):
            if site.family is None:
                continue
            for _, value, constrained in distribution_arguments(site.family):
                is_number = isinstance(value, ast.Constant) and isinstance(value.value, int | float)
                if constrained and is_number and not isinstance(value.value, bool):
                    if value.value > 0:
                        edit = over(value, f"-{given.of(value)}")
                        yield _mutant("negate-argument", site.call, given, edit, "PYR104")


def squash_logits(given: Text, project: Project) -> Iterator[Mutant]:
    """The logits of a site go through a sigmoid and are its probabilities."""
    if "import torch\n" not in given.text:
        return
    for function in programs(given.tree):
        for site in sites_of(given.tree, function):
            if site.family is None or last_name(site.family) not in LOGIT_FAMILIES:
                continue
            for keyword in site.family.keywords:
                if keyword.arg == "logits" and isinstance(keyword.value, ast.Name):
                    value = keyword.value
                    edit = Edit(
                        keyword.lineno,
                        keyword.col_offset,
                        value.end_lineno or value.lineno,
                        value.end_col_offset or value.col_offset,
                        f"probs=torch.sigmoid({given.of(value)})",
                    )
                    yield _mutant("squash-logits", site.call, given, edit, "PYR109")


def unconstrain_latent(given: Text, project: Project) -> Iterator[Mutant]:
    """A positive latent of a model that is a constrained argument as it is may be any real."""
    for function, is_guide in programs(given.tree).items():
        if is_guide or "import pyro\n" not in given.text:
            continue
        for site in sites_of(given.tree, function):
            name = _only_name(function, site.call)
            if name is None or site.family is None or last_name(site.family) not in POSITIVE:
                continue
            if last_name(argument(site.call, 1, "fn")) == last_name(site.family):
                if _is_constrained(function, name):
                    edit = over(site.family, "pyro.distributions.Normal(0.0, 1.0)")
                    what = last_name(site.family)
                    codes = frozenset({"PYR103"})
                    yield Mutant("unconstrain-latent", site.call.lineno, what, edit, codes)


def _is_constrained(function: Function, name: str) -> bool:
    """Whether a variable is a constrained argument of a distribution as it is."""
    return any(
        constrained and isinstance(value, ast.Name) and value.id == name
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        for _, value, constrained in distribution_arguments(node)
    )


def unbounded_output(given: Text, project: Project) -> Iterator[Mutant]:
    """A network no longer takes the exponential of what its last layer gives for a scale."""
    if not trained(given.tree):
        return
    for node in ast.walk(given.tree):
        if not (isinstance(node, ast.FunctionDef) and node.name == "forward"):
            continue
        for call in ast.walk(node):
            if isinstance(call, ast.Assign) and isinstance(call.value, ast.Call):
                target, value = ast.unparse(call.targets[0]), call.value
                is_scale = "scale" in target or "sigma" in target
                if is_scale and last_name(value) in ("exp", "softplus") and len(value.args) == 1:
                    if given.of(value.args[0]).startswith("self."):
                        edit = over(value, given.of(value.args[0]))
                        yield _mutant("unbounded-output", call, given, edit, "PYR110")


def _parameters(given: Text) -> Iterator[tuple[Function, ast.Call]]:
    """The parameters that a trained function declares with an initial value."""
    for function in programs(given.tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and is_parameter(node) and init_of(node) is not None:
                yield function, node


def detach_parameter(given: Text, project: Project) -> Iterator[Mutant]:
    """A parameter that goes into distributions as it is loses its gradient wherever it is read."""
    uses = bare_uses(given.tree)
    for function, parameter in _parameters(given):
        name = _only_name(function, parameter)
        if name is None or not uses.get(parameter):
            continue
        reads = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
        ]
        if reads:
            edit = joined(given.text, [over(read, f"{name}.detach()") for read in reads])
            yield _mutant("detach-parameter", parameter, given, edit, "PYR707")


def _only_name(function: Function, call: ast.Call) -> str | None:
    """The variable that holds what a statement gives and nothing else."""
    given = [
        (target.id, value)
        for node in ast.walk(function)
        for target, value in assignments(node)
        if isinstance(target, ast.Name)
    ]
    names = [name for name, value in given if value is call]
    held = [name for name, _ in given]
    return names[0] if len(names) == 1 and held.count(names[0]) == 1 else None


def ignored_parameter(given: Text, project: Project) -> Iterator[Mutant]:
    """A trained function declares a parameter and does nothing with it."""
    if "import torch\n" not in given.text or "import pyro\n" not in given.text:
        return
    for function in programs(given.tree):
        start = start_of(function)
        if start is not None:
            code = 'pyro.param("ignored_parameter", torch.zeros(3))'
            yield _mutant("ignored-parameter", start, given, before(start, code), "PYR705")


def number_init(given: Text, project: Project) -> Iterator[Mutant]:
    """A parameter starts from a number, a list or an array in place of a tensor."""
    for _, parameter in _parameters(given):
        init = init_of(parameter)
        if isinstance(init, ast.Call) and ast.unparse(init.func) == "torch.tensor":
            if len(init.args) == 1 and isinstance(init.args[0], ast.Constant | ast.List):
                edit = over(init, given.of(init.args[0]))
                yield _mutant("number-init", parameter, given, edit, "PYR205")


def wrong_constraint(given: Text, project: Project) -> Iterator[Mutant]:
    """A parameter that is a probability is merely positive."""
    uses = bare_uses(given.tree)
    for _, parameter in _parameters(given):
        constraint = constraint_of(parameter)
        families = {use.family for use in uses.get(parameter, ()) if use.argument == "probs"}
        if isinstance(constraint, ast.Attribute) and constraint.attr == "unit_interval":
            if families & LOGIT_FAMILIES:
                edit = over(constraint, f"{given.of(constraint.value)}.positive")
                yield _mutant("wrong-constraint", parameter, given, edit, "PYR105")


def integer_constraint(given: Text, project: Project) -> Iterator[Mutant]:
    """A parameter is constrained to what nothing transforms to."""
    for _, parameter in _parameters(given):
        constraint = constraint_of(parameter)
        if isinstance(constraint, ast.Attribute):
            edit = over(constraint, f"{given.of(constraint.value)}.nonnegative_integer")
            yield _mutant("integer-constraint", parameter, given, edit, "PYR113")


def edge_init(given: Text, project: Project) -> Iterator[Mutant]:
    """A positive parameter starts at zero."""
    for _, parameter in _parameters(given):
        constraint, init = constraint_of(parameter), init_of(parameter)
        is_made = isinstance(init, ast.Call) and last_name(init) in ("ones", "tensor", "full")
        if last_name(constraint) == "positive" and init is not None and is_made:
            edit = over(init, f"0.0 * {given.of(init)}")
            yield _mutant("edge-init", parameter, given, edit, "PYR106")


def drop_registration(given: Text, project: Project) -> Iterator[Mutant]:
    """A module that a trained function calls is no longer registered."""
    for each in trained(given.tree):
        for function in each.functions:
            for statement, module in _registrations(function):
                if _is_used(given, function, module) and not _is_held(given, function, module):
                    edit = at(statement, "pass")
                    yield _mutant("drop-registration", statement, given, edit, "PYR709")


def _registrations(function: Function) -> Iterator[tuple[ast.Expr, ast.expr]]:
    for node in ast.walk(function):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            if ast.unparse(node.value.func) == "pyro.module":
                module = argument(node.value, 1, "nn_module")
                if module is not None:
                    yield node, module


def _is_used(given: Text, function: Function, module: ast.expr) -> bool:
    """Whether a function calls the module, or a method of it."""
    name = given.of(module)
    return any(
        isinstance(node, ast.Call) and given.of(node.func) in (name, f"{name}.forward")
        for node in ast.walk(function)
    )


def _is_held(given: Text, function: Function, module: ast.expr) -> bool:
    """Whether something else registers the module: a PyroModule, or another statement."""
    name = given.of(module)
    own = [
        node
        for node in ast.walk(given.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pyro.module"
        if any(given.of(each) in (name, "self") for each in node.args)
    ]
    if len(own) > 1:
        return True
    holders = [
        node
        for node in ast.walk(given.tree)
        if isinstance(node, ast.ClassDef) and function in node.body
    ]
    return any("PyroModule" in ast.unparse(base) for node in holders for base in node.bases)


def freeze_module(given: Text, project: Project) -> Iterator[Mutant]:
    """A module is frozen before it is registered."""
    for each in trained(given.tree):
        for function in each.functions:
            for statement, module in _registrations(function):
                code = f"{given.of(module)}.requires_grad_(False)"
                edit = before(statement, code)
                yield _mutant("freeze-module", statement, given, edit, "PYR713")


def plain_layer(given: Text, project: Project) -> Iterator[Mutant]:
    """A layer whose weights get a prior is one of torch's."""
    for made, target in _bayesian_layers(given.tree):
        if isinstance(made.func, ast.Subscript):
            priors = (f"{target}.weight = PyroSample", f"{target}.bias = PyroSample")
            if any(prior in given.text for prior in priors):
                edit = over(made.func, given.of(made.func.slice))
                yield _mutant("plain-layer", made, given, edit, "PYR710")


def _bayesian_layers(tree: ast.Module) -> Iterator[tuple[ast.Call, str]]:
    """The calls of ``PyroModule[…]`` that an attribute or a variable is given."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Subscript) and last_name(function.value) == "PyroModule":
                yield node.value, ast.unparse(node.targets[0])


def eventless_prior(given: Text, project: Project) -> Iterator[Mutant]:
    """The prior of a weight that SVI trains declares no event dimensions."""
    if not trained(given.tree):
        return
    for node in ast.walk(given.tree):
        if isinstance(node, ast.Call) and last_name(node) == "PyroSample" and len(node.args) == 1:
            prior = node.args[0]
            if isinstance(prior, ast.Call) and isinstance(prior.func, ast.Attribute):
                # A single row or column may be one batch dimension of size one.
                is_matrix = re.search(r"\.expand\(\[[^],]+,[^],]+\]", given.of(prior))
                if prior.func.attr == "to_event" and is_matrix and _observes(given, node):
                    edit = over(prior, given.of(prior.func.value))
                    yield _mutant("eventless-prior", node, given, edit, "PYR606", "PYR608")


def _observes(given: Text, node: ast.AST) -> bool:
    """Whether the class around a node has a sample statement with an observation."""
    classes = [each for each in ast.walk(given.tree) if isinstance(each, ast.ClassDef)]
    return any("obs=" in given.of(each) for each in classes if node in ast.walk(each))


def _mutant(
    operator: str, node: ast.expr | ast.stmt, given: Text, edit: Edit, *codes: str
) -> Mutant:
    return Mutant(operator, node.lineno, given.of(node)[:80], edit, frozenset(codes))


OPERATORS: tuple[Operator, ...] = (
    negate_argument,
    squash_logits,
    unconstrain_latent,
    unbounded_output,
    detach_parameter,
    ignored_parameter,
    number_init,
    wrong_constraint,
    integer_constraint,
    edge_init,
    drop_registration,
    freeze_module,
    plain_layer,
    eventless_prior,
)
