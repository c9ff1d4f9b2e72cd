"""Faults at sites and plates: names, observations, dimensions, what a guide lacks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .edits import Edit, Text, before, over, without
from .mutant import Mutant, Operator
from .pairs import Trained, is_observed, programs, sites_of, start_of, trained
from .project import UNNAMED, Project, Sampled
from .syntax import Function, argument, last_name, own_nodes

NEGATIVE = frozenset(
    {"Bernoulli", "Beta", "Binomial", "Categorical", "Exponential", "Gamma", "LogNormal", "Poisson"}
)
"""Families that draw no negative number."""


def rename_guide_site(given: Text, project: Project) -> Iterator[Mutant]:
    """A guide's latent has another name than the model's."""
    for each, site in _shared(given):
        name = argument(site.call, 0, "name")
        if name is not None and each.guide is not None:
            edit = over(name, repr(f"{site.name}_"))
            yield _mutant("rename-guide-site", site, edit, "PYR702", "PYR703")


def _shared(given: Text) -> Iterator[tuple[Trained, Sampled]]:
    """The latents of guides whose written name a model has too, once in each."""
    for each in trained(given.tree):
        if each.model is None or each.guide is None:
            continue
        latents = [s.name for s in sites_of(given.tree, each.model) if not is_observed(s)]
        own = sites_of(given.tree, each.guide)
        for site in own:
            once = sum(other.name == site.name for other in own) == 1
            if once and latents.count(site.name) == 1 and UNNAMED not in site.name:
                yield each, site


def repeat_name(given: Text, project: Project) -> Iterator[Mutant]:
    """A site has the name of another that the same execution reaches before."""
    for function in programs(given.tree):
        sites = {id(site.call): site for site in sites_of(given.tree, function)}
        for block in _blocks(function):
            found = [
                sites[id(node)]
                for statement in block
                if isinstance(statement, (ast.Assign, ast.Expr, ast.Return))
                for node in ast.walk(statement)
                if id(node) in sites and UNNAMED not in sites[id(node)].name
            ]
            if len(found) > 1:
                first, second = found[:2]
                name = argument(second.call, 0, "name")
                if name is not None and first.name != second.name:
                    edit = over(name, repr(first.name))
                    yield _mutant("repeat-name", second, edit, "PYR701")


def _blocks(function: Function) -> Iterator[list[ast.stmt]]:
    """The statement lists of a function and of the plates in it, but of no branch or loop."""
    yield function.body
    for statement in function.body:
        if isinstance(statement, ast.With):
            yield statement.body


def guide_observed(given: Text, project: Project) -> Iterator[Mutant]:
    """A guide samples what the model observes."""
    for each in trained(given.tree):
        if each.model is None or each.guide is None or not _imports_pyro(given.tree):
            continue
        own = {site.name for site in sites_of(given.tree, each.guide)}
        start = start_of(each.guide)
        for site in sites_of(given.tree, each.model):
            if _is_given(site) and site.name not in own and start is not None:
                if UNNAMED not in site.name:
                    code = f"pyro.sample({site.name!r}, pyro.distributions.Normal(0.0, 1.0))"
                    edit = before(start, code)
                    yield _mutant("guide-observed", site, edit, "PYR704")
                    break


def _is_given(site: Sampled) -> bool:
    """Whether a statement certainly observes: what it is given is no choice and no None."""
    value = next((key.value for key in site.call.keywords if key.arg == "obs"), None)
    return isinstance(value, (ast.Name, ast.Attribute, ast.Subscript, ast.Call))


def _is_of_parameter(value: ast.expr, function: Function) -> bool:
    """Whether an observation is a parameter of its function, without a default."""
    if not isinstance(value, ast.Name):
        return False
    names = [each.arg for each in function.args.args]
    required = names[: len(names) - len(function.args.defaults)]
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    return value.id in required and value.id not in stored


def drop_observation(given: Text, project: Project) -> Iterator[Mutant]:
    """The only observation of a model, a parameter of it, is a latent."""
    for each in trained(given.tree):
        if each.model is None:
            continue
        observed = [site for site in sites_of(given.tree, each.model) if is_observed(site)]
        if len(observed) != 1 or not _is_given(observed[0]):
            continue
        (site,) = observed
        value = next(key.value for key in site.call.keywords if key.arg == "obs")
        edit = without(given, site.call, value)
        if edit is not None and _is_of_parameter(value, each.model):
            yield _mutant("drop-observation", site, edit, "PYR405", "PYR702", "PYR316")


def numpy_observation(given: Text, project: Project) -> Iterator[Mutant]:
    """An observation is an array of numpy's."""
    for site, value in _observations(given):
        edit = over(value, f"{given.of(value)}.numpy()")
        yield _mutant("numpy-observation", site, edit, "PYR406")


def integer_observation(given: Text, project: Project) -> Iterator[Mutant]:
    """The observation of a Bernoulli is an integer."""
    for site, value in _observations(given):
        if site.family is not None and last_name(site.family) == "Bernoulli":
            if "float" not in given.of(value):
                edit = over(value, f"{given.of(value)}.long()")
                yield _mutant("integer-observation", site, edit, "PYR406")


def negative_observation(given: Text, project: Project) -> Iterator[Mutant]:
    """The data of a family that draws no negative number is negative."""
    for site, value in _observations(given):
        if site.family is not None and last_name(site.family) in NEGATIVE:
            # Where nothing is checked grey pixels and the like are meant.
            if "import torch\n" in given.text and "validate_args" not in given.of(site.family):
                edit = over(value, f"-torch.ones_like({given.of(value)})")
                yield _mutant("negative-observation", site, edit, "PYR107")


def _observations(given: Text) -> Iterator[tuple[Sampled, ast.expr]]:
    for each in trained(given.tree):
        if each.model is not None:
            for site in sites_of(given.tree, each.model):
                for keyword in site.call.keywords:
                    bare = (ast.Name, ast.Attribute, ast.Subscript)
                    if keyword.arg == "obs" and isinstance(keyword.value, bare):
                        yield site, keyword.value


def drop_event(given: Text, project: Project) -> Iterator[Mutant]:
    """A latent that model and guide declare alike has no event dimensions in the guide."""
    for _, site in _shared(given):
        edit = _eventless(given, site)
        if edit is not None:
            codes = ("PYR601", "PYR602", "PYR605")
            yield _mutant("drop-event", site, edit, *codes)


def _eventless(given: Text, site: Sampled) -> Edit | None:
    drawn = argument(site.call, 1, "fn")
    if isinstance(drawn, ast.Call) and isinstance(drawn.func, ast.Attribute):
        if drawn.func.attr in ("to_event", "independent") and drawn.args:
            if isinstance(drawn.args[0], ast.Constant) and drawn.args[0].value:
                return over(drawn, given.of(drawn.func.value))
    return None


def sample_draw(given: Text, project: Project) -> Iterator[Mutant]:
    """A site is handed a draw in place of the distribution."""
    for function in programs(given.tree):
        for site in sites_of(given.tree, function):
            drawn = argument(site.call, 1, "fn")
            if isinstance(drawn, ast.Call) and site.family is not None:
                edit = over(drawn, f"{given.of(drawn)}.sample()")
                yield _mutant("sample-draw", site, edit, "PYR714")


def untraced_draw(given: Text, project: Project) -> Iterator[Mutant]:
    """A latent whose value goes on is drawn behind Pyro's back."""
    for function, is_guide in programs(given.tree).items():
        for statement in ast.walk(function):
            if is_guide or not (isinstance(statement, ast.Assign) and len(statement.targets) == 1):
                continue
            (target,), call = statement.targets, statement.value
            site = next((s for s in sites_of(given.tree, function) if s.call is call), None)
            if site is None or is_observed(site) or not isinstance(target, ast.Name):
                continue
            drawn = argument(site.call, 1, "fn")
            if site.family is not None and drawn is not None and _feeds(function, target.id):
                edit = over(site.call, f"{given.of(drawn)}.sample()")
                yield _mutant("untraced-draw", site, edit, "PYR708")


def _feeds(function: Function, name: str) -> bool:
    """Whether a name stands in an argument of another sample statement."""
    return any(
        isinstance(node, ast.Name) and node.id == name
        for call in own_nodes(function)
        if isinstance(call, ast.Call) and last_name(call) == "sample"
        for node in ast.walk(call)
    )


def collide_plates(given: Text, project: Project) -> Iterator[Mutant]:
    """A plate takes the dimension of the one around it."""
    for function in programs(given.tree):
        for outer in ast.walk(function):
            around = _plate(outer)
            if around is None or not isinstance(outer, ast.With):
                continue
            for statement in outer.body:
                inner = _plate(statement)
                if inner is not None:
                    edit = over(inner[1], given.of(around[1]))
                    yield _at("collide-plates", inner[0], given, edit, "PYR603")


def repeat_plate(given: Text, project: Project) -> Iterator[Mutant]:
    """A plate has the name of the one around it."""
    for function in programs(given.tree):
        for outer in ast.walk(function):
            around = _head(outer)
            if around is None or not isinstance(outer, ast.With):
                continue
            for statement in outer.body:
                inner = _head(statement)
                if inner is not None and inner.args[1:] and around.args[1:]:
                    edit = over(inner.args[0], given.of(around.args[0]))
                    yield _at("repeat-plate", inner, given, edit, "PYR603", "PYR701")


def _head(node: ast.AST) -> ast.Call | None:
    """The one plate of a with statement, named in the place of its first argument."""
    if isinstance(node, ast.With) and len(node.items) == 1:
        call = node.items[0].context_expr
        if isinstance(call, ast.Call) and last_name(call) == "plate" and call.args:
            return call if isinstance(call.args[0], ast.Constant) else None
    return None


def positive_dimension(given: Text, project: Project) -> Iterator[Mutant]:
    """A plate's dimension is counted from the left."""
    for function in programs(given.tree):
        for node in ast.walk(function):
            found = _plate(node)
            if found is not None:
                yield _at("positive-dimension", found[0], given, over(found[1], "0"), "PYR604")


def _plate(node: ast.AST) -> tuple[ast.Call, ast.expr] | None:
    """The one plate of a with statement, and the dimension written in it."""
    if isinstance(node, ast.With) and len(node.items) == 1:
        call = node.items[0].context_expr
        if isinstance(call, ast.Call) and last_name(call) == "plate":
            for keyword in call.keywords:
                if keyword.arg == "dim":
                    return call, keyword.value
    return None


def resize_plate(given: Text, project: Project) -> Iterator[Mutant]:
    """A plate has one row more than what is written out in it."""
    for function in programs(given.tree):
        for node in ast.walk(function):
            if not (isinstance(node, ast.With) and len(node.items) == 1):
                continue
            call = node.items[0].context_expr
            size = argument(call, 1, "size") if isinstance(call, ast.Call) else None
            if isinstance(call, ast.Call) and last_name(call) == "plate" and len(node.body) == 1:
                if isinstance(size, ast.Constant) and isinstance(size.value, int):
                    if size.value > 1 and _is_sized(node.body[0], size.value):
                        edit = over(size, str(size.value + 1))
                        yield _at("resize-plate", call, given, edit, "PYR605")


def _is_sized(statement: ast.stmt, size: int) -> bool:
    """Whether a tensor that is made in a statement has this size written in it."""
    return any(
        isinstance(node, ast.Call)
        and last_name(node) in ("ones", "zeros", "rand", "randn")
        and any(isinstance(each, ast.Constant) and each.value == size for each in node.args)
        for node in ast.walk(statement)
    )


def rename_guide_plate(given: Text, project: Project) -> Iterator[Mutant]:
    """A plate of a guide that holds a site has no match in the model."""
    for each in trained(given.tree):
        if each.guide is None or each.model is None:
            continue
        for node in ast.walk(each.guide):
            if isinstance(node, ast.With) and len(node.items) == 1:
                call = node.items[0].context_expr
                # Pyro draws nothing for a plate without a size.
                if isinstance(call, ast.Call) and last_name(call) == "plate" and call.args[1:]:
                    name = call.args[0]
                    holds = any(s.name for s in sites_of(given.tree, each.guide) if _in(s, node))
                    if isinstance(name, ast.Constant) and isinstance(name.value, str) and holds:
                        edit = over(name, repr(f"{name.value}_of_guide"))
                        yield _at("rename-guide-plate", call, given, edit, "PYR711")


def _in(site: Sampled, node: ast.With) -> bool:
    return any(each is site.call for each in ast.walk(node))


def _imports_pyro(tree: ast.Module) -> bool:
    return any(
        isinstance(node, ast.Import)
        and any(each.name.partition(".")[0] == "pyro" and not each.asname for each in node.names)
        for node in ast.walk(tree)
    )


def _mutant(operator: str, site: Sampled, edit: Edit, *codes: str) -> Mutant:
    return Mutant(operator, site.call.lineno, site.name, edit, frozenset(codes))


def _at(operator: str, call: ast.Call, given: Text, edit: Edit, *codes: str) -> Mutant:
    return Mutant(operator, call.lineno, given.of(call)[:80], edit, frozenset(codes))


OPERATORS: tuple[Operator, ...] = (
    rename_guide_site,
    repeat_name,
    guide_observed,
    drop_observation,
    numpy_observation,
    integer_observation,
    negative_observation,
    drop_event,
    sample_draw,
    untraced_draw,
    collide_plates,
    repeat_plate,
    positive_dimension,
    resize_plate,
    rename_guide_plate,
)
