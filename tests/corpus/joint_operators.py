"""Faults that several statements make together: subsamples, shapes, order, what is left over."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise

from .edits import Edit, Text, at, joined, over
from .mutant import Mutant, Operator
from .pairs import Trained, is_observed, programs, sites_of, trained
from .project import UNNAMED, Project, Sampled, sampled
from .syntax import (
    Function,
    argument,
    assignments,
    init_of,
    is_parameter,
    last_name,
    own_nodes,
    scopes,
)

UNIVARIATE = frozenset(
    {
        "Bernoulli",
        "Beta",
        "Binomial",
        "Cauchy",
        "Exponential",
        "Gamma",
        "HalfNormal",
        "Laplace",
        "LogNormal",
        "NegativeBinomial",
        "Normal",
        "Poisson",
        "StudentT",
    }
)
"""Families whose draws have no dimensions of their own."""


def column_observation(given: Text, project: Project) -> Iterator[Mutant]:
    """What a plate observes, a row as long as the plate, is a column."""
    for function in programs(given.tree):
        for site, plates in _plated(given, function):
            value = argument(site.call, None, "obs")
            fn = argument(site.call, 1, "fn")
            if len(plates) != 1 or value is None or fn is not site.family:
                continue
            # Under one plate, and without dimensions of its own, it can have no other rank.
            if last_name(fn) in UNIVARIATE and _is_row(given, value, plates[0]):
                edit = over(value, f"{given.of(value)}.unsqueeze(-1)")
                yield _mutant("column-observation", site.call, given, edit, "PYR607")


def _plated(given: Text, function: Function) -> Iterator[tuple[Sampled, list[ast.With]]]:
    """The sites of a function, each with the statements around it that may hold plates."""
    for site in sites_of(given.tree, function):
        around = [
            node
            for node in ast.walk(function)
            if isinstance(node, ast.With) and any(each is site.call for each in ast.walk(node))
        ]
        yield site, around


def _head(node: ast.With) -> tuple[ast.Call, ast.expr | None] | None:
    """The one plate of a statement, and what its indices are called."""
    (item, *others) = node.items
    call = item.context_expr
    is_plate = isinstance(call, ast.Call) and last_name(call) == "plate" and not others
    return (call, item.optional_vars) if is_plate and isinstance(call, ast.Call) else None


def _is_row(given: Text, value: ast.expr, plate: ast.With) -> bool:
    """Whether an observation is certainly as long as its plate: its size or its indices say so."""
    head = _head(plate)
    if head is None:
        return False
    call, index = head
    if index is not None:
        return isinstance(value, ast.Subscript) and _is_name(value.slice, index)
    size = argument(call, 1, "size")
    name = given.of(value)
    lengths = (f"len({name})", f"{name}.shape[0]", f"{name}.size(0)")
    return isinstance(value, ast.Name) and size is not None and given.of(size) in lengths


def _is_name(node: ast.expr, name: ast.expr) -> bool:
    return isinstance(node, ast.Name) and isinstance(name, ast.Name) and node.id == name.id


def _mutant(
    operator: str, node: ast.expr | ast.stmt, given: Text, edit: Edit, *codes: str
) -> Mutant:
    return Mutant(operator, node.lineno, given.of(node)[:80], edit, frozenset(codes))


def uncleared_store(given: Text, project: Project) -> Iterator[Mutant]:
    """Nothing clears the store between two trainings of parameters of the same names."""
    calls = trained(given.tree)
    for scope in scopes(given.tree):
        if isinstance(scope, ast.ClassDef):
            continue
        for statement in scope.body:
            if not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)):
                continue
            if last_name(statement.value) != "clear_param_store":
                continue
            own = [each for each in calls if any(node is each.call for node in ast.walk(scope))]
            earlier = [each for each in own if each.call.lineno < statement.lineno]
            later = [each for each in own if each.call.lineno > statement.lineno]
            if earlier and later and _share(given, earlier[-1], later[0]):
                if not _clears(scope, earlier[-1].call, later[0].call, statement):
                    edit = at(statement, "pass")
                    yield _mutant("uncleared-store", statement, given, edit, "PYR319")


def _share(given: Text, first: Trained, second: Trained) -> bool:
    """Whether another pair makes parameters of the same names by statements of its own."""
    if first.model is None or second.model is None or first.model is second.model:
        return False
    if first.autoguide is not None and second.autoguide is not None:
        names = [
            {s.name for s in sites_of(given.tree, each) if not is_observed(s)}
            for each in (first.model, second.model)
        ]
        same = last_name(first.autoguide) == last_name(second.autoguide)
        return same and bool(names[0] & names[1])
    if set(first.functions) & set(second.functions):
        return False
    return bool(_parameters(first) & _parameters(second))


def _parameters(each: Trained) -> set[str]:
    """The written names of the parameters that a pair declares."""
    return {
        node.args[0].value
        for function in each.functions
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and is_parameter(node) and init_of(node) is not None
        if node.args and isinstance(node.args[0], ast.Constant)
        if isinstance(node.args[0].value, str)
    }


def _clears(scope: ast.AST, first: ast.Call, second: ast.Call, but: ast.Expr) -> bool:
    """Whether another statement between two calls clears the store."""
    return any(
        isinstance(node, ast.Call)
        and last_name(node) == "clear_param_store"
        and node is not but.value
        and first.lineno < node.lineno < second.lineno
        for node in ast.walk(scope)
    )


def joint_autoguide(given: Text, project: Project) -> Iterator[Mutant]:
    """An autoguide with one vector for all latents sees those of mini-batches."""
    for each in trained(given.tree):
        made = each.autoguide
        if made is None or each.model is None or last_name(made) != "AutoNormal":
            continue
        known = {keyword.arg for keyword in made.keywords} <= {"init_loc_fn", "init_scale"}
        local = any(
            not is_observed(site) and any(_subsamples(plate) for plate in plates)
            for site, plates in _plated(given, each.model)
        )
        if local and known and "import pyro\n" in given.text:
            edit = over(made.func, "pyro.infer.autoguide.AutoDiagonalNormal")
            yield _mutant("joint-autoguide", made, given, edit, "PYR321")


def _subsamples(plate: ast.With) -> bool:
    head = _head(plate)
    return head is not None and _batch(head[0]) is not None


def _batch(plate: ast.Call) -> ast.expr | None:
    """How many rows a plate draws, where that is written in it."""
    size = argument(plate, 2, "subsample_size")
    return None if isinstance(size, ast.Constant) and size.value is None else size


def first_rows(given: Text, project: Project) -> Iterator[Mutant]:
    """What is observed are the first rows in place of those that the plate draws."""
    for function in _samplers(given.tree):
        for site, plates in _plated(given, function):
            value = _defined(function, argument(site.call, None, "obs"))
            for plate in plates:
                head = _head(plate)
                size = _batch(head[0]) if head is not None else None
                # What a variable holds may be None, and then all rows are the first ones.
                if head is None or head[1] is None or not isinstance(size, ast.Constant):
                    continue
                data = _drawn(value, head[1])
                if value is not None and data is not None:
                    edit = over(value, f"{given.of(data)}[:{given.of(size)}]")
                    yield _mutant("first-rows", site.call, given, edit, "PYR404")


def _samplers(tree: ast.Module) -> list[Function]:
    """The functions that have sample statements of their own, whoever runs them."""
    calls = {id(site.call) for site in sampled(tree)}
    return [
        scope
        for scope in scopes(tree)
        if isinstance(scope, Function) and any(id(node) in calls for node in own_nodes(scope))
    ]


def _defined(function: Function, value: ast.expr | None) -> ast.expr | None:
    """What a variable that is given once holds; any other expression is itself."""
    if not isinstance(value, ast.Name):
        return value
    given = [
        found
        for node in ast.walk(function)
        for target, found in assignments(node)
        if isinstance(target, ast.Name) and target.id == value.id
    ]
    return given[0] if len(given) == 1 else value


def _drawn(value: ast.expr | None, index: ast.expr) -> ast.expr | None:
    """The data of which a plate's indices take rows."""
    if isinstance(value, ast.Subscript) and _is_name(value.slice, index):
        return value.value
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        if value.func.attr == "index_select" and len(value.args) == 2:
            return value.func.value if _is_name(value.args[1], index) else None
    return None


def exchange_bounds(given: Text, project: Project) -> Iterator[Mutant]:
    """The numbers that bound an interval or a Uniform have changed places."""
    for outer in ast.walk(given.tree):
        if not isinstance(outer, ast.Call):
            continue
        if is_parameter(outer):
            found = argument(outer, 2, "constraint")
        elif last_name(outer) == "sample":
            found = argument(outer, 1, "fn")
        else:
            continue
        for call in ast.walk(found) if found is not None else ():
            if isinstance(call, ast.Call) and last_name(call) in ("interval", "Uniform"):
                bounds = call.args
                if len(bounds) == 2 and not call.keywords and all(map(_is_number, bounds)):
                    low, high = bounds
                    edits = [over(low, given.of(high)), over(high, given.of(low))]
                    edit = joined(given.text, edits)
                    yield _mutant("exchange-bounds", call, given, edit, "PYR111")


def _is_number(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        return _is_number(node.operand)
    return isinstance(node, ast.Constant) and isinstance(node.value, int | float)


def mean_field_of_discrete(given: Text, project: Project) -> Iterator[Mutant]:
    """The loss that needs draws with gradients gets a guide that draws from a discrete family."""
    discrete = ("Bernoulli", "Categorical", "OneHotCategorical", "Poisson", "Binomial")
    for each, loss in _score_losses(given):
        for site in sites_of(given.tree, each.guide) if each.guide is not None else ():
            if last_name(site.family) in discrete and not is_observed(site):
                edit = over(loss.func, "pyro.infer.TraceMeanField_ELBO")
                yield _mutant("mean-field-of-discrete", loss, given, edit, "PYR320")
                break


def _score_losses(given: Text) -> Iterator[tuple[Trained, ast.Call]]:
    """The losses in whose place that of mean fields can be made."""
    if "import pyro\n" in given.text:
        for each in trained(given.tree):
            if isinstance(each.loss, ast.Call):
                if last_name(each.loss) in ("Trace_ELBO", "TraceGraph_ELBO"):
                    yield each, each.loss


def mean_field_of_order(given: Text, project: Project) -> Iterator[Mutant]:
    """The loss that sums divergences gets a guide that draws in another order than its model.

    A later draw of the guide must depend on one before it that the model draws after it:
    else Pyro's warning is all that comes of it.
    """
    for each, loss in _score_losses(given):
        if each.model is None or each.guide is None:
            continue
        order = [s.name for s in sites_of(given.tree, each.model) if not is_observed(s)]
        own = [s for s in sites_of(given.tree, each.guide) if order.count(s.name) == 1]
        held = {
            id(value): target.id
            for node in ast.walk(each.guide)
            for target, value in assignments(node)
            if isinstance(target, ast.Name) and value is not None
        }
        for first, second in pairwise(own):
            name = held.get(id(first.call))
            reads = any(
                isinstance(node, ast.Name) and node.id == name for node in ast.walk(second.call)
            )
            if reads and UNNAMED not in first.name + second.name:
                if order.index(first.name) > order.index(second.name):
                    edit = over(loss.func, "pyro.infer.TraceMeanField_ELBO")
                    yield _mutant("mean-field-of-order", loss, given, edit, "PYR306")
                    break


def predict_given_data(given: Text, project: Project) -> Iterator[Mutant]:
    """A prediction that is read is given the data that the model was trained on."""
    calls = [node for node in ast.walk(given.tree) if isinstance(node, ast.Call)]
    trainings = [call for call in calls if last_name(call) in ("step", "run") and not call.keywords]
    for call in calls:
        made = _predictive(given.tree, call)
        if made is None or not _returns_observation(given, made, call):
            continue
        for training in trainings:
            edit = _with_data(given, call, training)
            if edit is not None:
                yield _mutant("predict-given-data", call, given, edit, "PYR712")
                break


def _predictive(tree: ast.Module, call: ast.Call) -> ast.Call | None:
    """The making of the Predictive that a call asks: the last one above it by its name."""
    made: ast.expr | None = call.func
    if isinstance(made, ast.Name):
        above = [
            (node.lineno, value)
            for node in ast.walk(tree)
            if isinstance(node, ast.stmt) and node.lineno < call.lineno
            for target, value in assignments(node)
            if isinstance(target, ast.Name) and target.id == made.id
        ]
        _, made = max(above, key=lambda each: each[0], default=(0, None))
    is_made = isinstance(made, ast.Call) and last_name(made) == "Predictive"
    return made if is_made and isinstance(made, ast.Call) else None


def _returns_observation(given: Text, made: ast.Call, call: ast.Call) -> bool:
    """Whether the model observes its last parameter, at a site that the file reads by name."""
    model = given.of(made.args[0]) if made.args else ""
    returned = argument(made, None, "return_sites")
    read = {
        node.slice.value
        for node in ast.walk(given.tree)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    }
    for function in _samplers(given.tree):
        parameters = function.args.args
        if not parameters or function.name not in (model, "forward"):
            continue
        if any(keyword.arg not in (None, parameters[-1].arg) for keyword in call.keywords):
            continue
        for site in sites_of(given.tree, function):
            value = argument(site.call, None, "obs")
            if isinstance(value, ast.Name) and value.id == parameters[-1].arg:
                if site.name in read and (returned is None or site.name in given.of(returned)):
                    return True
    return False


def _with_data(given: Text, call: ast.Call, training: ast.Call) -> Edit | None:
    """A prediction with the last argument of a training that is otherwise called alike."""
    *inputs, data = [given.of(each) for each in training.args] or [""]
    own = [given.of(each) for each in call.args]
    if not inputs:
        return None
    if own == [*inputs, "None"]:
        return over(call.args[-1], data)
    if own != inputs or len(call.keywords) > 1:
        return None
    if call.keywords:
        (keyword,) = call.keywords
        return over(keyword.value, data) if given.of(keyword.value) == "None" else None
    return over(call.args[-1], f"{own[-1]}, {data}")


OPERATORS: tuple[Operator, ...] = (
    column_observation,
    uncleared_store,
    joint_autoguide,
    first_rows,
    exchange_bounds,
    mean_field_of_discrete,
    mean_field_of_order,
    predict_given_data,
)
