"""Faults in how programs are trained: optimizers, rates, losses, gradients, enumeration."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from .edits import Edit, Text, at, before, over, renamed
from .mutant import Mutant, Operator
from .pairs import Trained, is_observed, sites_of, start_of, trained
from .project import Project
from .syntax import Function, last_name

FAMILIES = frozenset({"Adagrad", "Adam", "AdamW", "Adamax", "ClippedAdam", "NAdam", "RMSprop"})
"""Optimizers that a plain gradient descent can stand in for."""

TOO_LARGE = "5.0"


def uninstantiate_loss(given: Text, project: Project) -> Iterator[Mutant]:
    """An ELBO without options goes to SVI as a class."""
    for each in trained(given.tree):
        loss = each.loss
        if isinstance(loss, ast.Call) and last_name(loss).endswith("ELBO"):
            if not (loss.args or loss.keywords):
                edit = over(loss, given.of(loss.func))
                yield _mutant("uninstantiate-loss", loss, given, edit, "PYR314")


def _optimizers(given: Text) -> Iterator[tuple[ast.Call, ast.Dict]]:
    """The optimizers that SVI gets, made of a dict that is written out."""
    for each in trained(given.tree):
        made = each.optimizer
        if isinstance(made, ast.Call) and len(made.args) == 1 and not made.keywords:
            (settings,) = made.args
            if isinstance(settings, ast.Dict) and None not in settings.keys:
                if last_name(made) in FAMILIES and _is_pyro(given, made.func):
                    yield made, settings


def _is_pyro(given: Text, function: ast.expr) -> bool:
    """Whether an optimizer's name may be Pyro's: torch's take parameters first."""
    return "torch" not in ast.unparse(function)


def _entries(settings: ast.Dict) -> dict[str, ast.expr]:
    return {
        key.value: value
        for key, value in zip(settings.keys, settings.values, strict=True)
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    }


def keyword_optimizer(given: Text, project: Project) -> Iterator[Mutant]:
    """The settings of an optimizer are its keywords in place of a dict."""
    for made, settings in _optimizers(given):
        entries = _entries(settings)
        if entries and len(entries) == len(settings.keys):
            written = ", ".join(f"{name}={given.of(value)}" for name, value in entries.items())
            yield _mutant("keyword-optimizer", made, given, over(settings, written), "PYR315")


def torch_optimizer(given: Text, project: Project) -> Iterator[Mutant]:
    """SVI gets an optimizer of torch's."""
    if not _imports(given.tree, "torch"):
        return
    for made, _ in _optimizers(given):
        code = "torch.optim.Adam([torch.zeros(1, requires_grad=True)], lr=0.001)"
        yield _mutant("torch-optimizer", made, given, over(made, code), "PYR304")


def _imports(tree: ast.Module, name: str) -> bool:
    return any(
        isinstance(node, ast.Import)
        and any(each.name == name and each.asname is None for each in node.names)
        for node in ast.walk(tree)
    )


def enlarge_rate(given: Text, project: Project) -> Iterator[Mutant]:
    """A learning rate that nothing lets fall is five."""
    for made, settings in _optimizers(given):
        entries = _entries(settings)
        if "lr" in entries and "lrd" not in entries:
            edit = over(entries["lr"], TOO_LARGE)
            yield _mutant("enlarge-rate", made, given, edit, "PYR301")


def plain_descent(given: Text, project: Project) -> Iterator[Mutant]:
    """SGD in the place of Adam."""
    for made, settings in _optimizers(given):
        if _entries(settings).keys() <= {"lr", "weight_decay"}:
            if _imports(given.tree, "pyro"):
                edit = over(made.func, "pyro.optim.SGD")
                yield _mutant("plain-descent", made, given, edit, "PYR302")


def growing_rate(given: Text, project: Project) -> Iterator[Mutant]:
    """The decay of a learning rate is over one."""
    for made, settings in _optimizers(given):
        decay = _entries(settings).get("lrd")
        if decay is not None:
            yield _mutant("growing-rate", made, given, over(decay, "1.01"), "PYR318")


def drop_zero_grad(given: Text, project: Project) -> Iterator[Mutant]:
    """A loop that steps by hand on the gradients of an ELBO no longer clears them."""
    for loop in ast.walk(given.tree):
        if not isinstance(loop, (ast.For, ast.While)):
            continue
        called: dict[str, list[ast.Expr]] = {}
        for node in ast.walk(loop):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                called.setdefault(last_name(node.value), []).append(node)
        # Nested loops would be counted twice.
        if any(isinstance(node, (ast.For, ast.While)) for node in ast.walk(loop) if node != loop):
            continue
        cleared = called.get("zero_grad", [])
        if len(cleared) == 1 and "step" in called and "backward" in called:
            if "ELBO" in given.text:
                edit = at(cleared[0], "pass")
                yield _mutant("drop-zero-grad", cleared[0], given, edit, "PYR310")


def drop_enumeration(given: Text, project: Project) -> Iterator[Mutant]:
    """A guide's sites are no longer marked for TraceEnum_ELBO; nor are a model's."""
    for each in trained(given.tree):
        if last_name(each.loss) != "TraceEnum_ELBO":
            continue
        for function in each.functions:
            if function is each.model and not _lacks(given, each):
                continue
            marks = [
                mark for mark in function.decorator_list if last_name(mark) == "config_enumerate"
            ]
            if marks and _draws_discretely(function):
                edit = over(marks[0], "(lambda program: program)")
                yield _mutant("drop-enumeration", function, given, edit, "PYR311")
        for argument in each.call.args:
            if isinstance(argument, ast.Call) and last_name(argument) == "config_enumerate":
                function = each.guide if argument is each.call.args[-1] else each.model
                if argument.args and isinstance(argument.args[0], ast.Name):
                    edit = over(argument, given.of(argument.args[0]))
                    yield _mutant("drop-enumeration", argument, given, edit, "PYR311")


def _lacks(given: Text, each: Trained) -> bool:
    """Whether a guide that is written out has none of the discrete latents of its model."""
    if each.guide is None or each.model is None:
        return False
    own = {site.name for site in sites_of(given.tree, each.guide)}
    return not any(site.name in own for site in sites_of(given.tree, each.model))


def _draws_discretely(function: Function) -> bool:
    """Whether a latent of a discrete family is written out in a function."""
    return any(
        isinstance(node, ast.Call)
        and last_name(node) == "sample"
        and not any(keyword.arg == "obs" for keyword in node.keywords)
        and any(
            last_name(each) in ("Bernoulli", "Categorical", "OneHotCategorical")
            for each in ast.walk(node)
            if isinstance(each, ast.Call)
        )
        for node in ast.walk(function)
    )


def plain_loss(given: Text, project: Project) -> Iterator[Mutant]:
    """Trace_ELBO in the place of TraceEnum_ELBO, while sites are marked for enumeration."""
    for each in trained(given.tree):
        loss = each.loss
        if not (isinstance(loss, ast.Call) and last_name(loss) == "TraceEnum_ELBO"):
            continue
        if each.functions and any(_is_marked(each, function) for function in each.functions):
            if _imports(given.tree, "pyro"):
                edit = over(loss.func, "pyro.infer.Trace_ELBO")
                yield _mutant("plain-loss", loss, given, edit, "PYR311", "PYR312")


def _is_marked(each: Trained, function: Function) -> bool:
    decorated = any(last_name(mark) == "config_enumerate" for mark in function.decorator_list)
    return decorated and _draws_discretely(function)


def wide_autoguide(given: Text, project: Project) -> Iterator[Mutant]:
    """An autoguide starts with a scale of five."""
    wide = ("AutoNormal", "AutoDiagonalNormal", "AutoMultivariateNormal")
    for each in trained(given.tree):
        made = each.autoguide
        if made is not None and last_name(made) in wide and len(made.args) == 1:
            if not made.keywords:
                edit = over(made.args[0], f"{given.of(made.args[0])}, init_scale=5.0")
                yield _mutant("wide-autoguide", made, given, edit, "PYR203")


def discrete_under_autoguide(given: Text, project: Project) -> Iterator[Mutant]:
    """A continuous latent of a model under an autoguide is drawn from a Bernoulli."""
    for each in trained(given.tree):
        if each.autoguide is None or each.model is None or not _imports(given.tree, "pyro"):
            continue
        for site in sites_of(given.tree, each.model):
            if site.family is not None and not is_observed(site):
                edit = over(site.family, "pyro.distributions.Bernoulli(0.5)")
                yield _mutant("discrete-under-autoguide", site.call, given, edit, "PYR316")
                break


def sequential_plate(given: Text, project: Project) -> Iterator[Mutant]:
    """A model under an autoguide draws in a loop over a plate."""
    for each in trained(given.tree):
        start = start_of(each.model) if each.autoguide is not None and each.model else None
        if start is not None and _imports(given.tree, "pyro"):
            drawn = 'pyro.sample(f"turn_{turn}", pyro.distributions.Normal(0.0, 1.0))'
            edit = before(start, f'for turn in pyro.plate("turns", 2): {drawn}')
            yield _mutant("sequential-plate", start, given, edit, "PYR322")


def discrete_under_kernel(given: Text, project: Project) -> Iterator[Mutant]:
    """A continuous latent that NUTS or HMC runs is drawn from a Poisson."""
    defined = {node.name: node for node in given.tree.body if isinstance(node, ast.FunctionDef)}
    for node in ast.walk(given.tree):
        if isinstance(node, ast.Call) and last_name(node) in ("NUTS", "HMC") and node.args:
            model = node.args[0]
            function = defined.get(model.id) if isinstance(model, ast.Name) else None
            if function is None or not _imports(given.tree, "pyro"):
                continue
            for site in sites_of(given.tree, function):
                if site.family is not None and not is_observed(site):
                    edit = over(site.family, "pyro.distributions.Poisson(3.0)")
                    yield _mutant("discrete-under-kernel", site.call, given, edit, "PYR323")
                    break


def removed_import(given: Text, project: Project) -> Iterator[Mutant]:
    """A file imports what Pyro no longer has."""
    imports = [node for node in given.tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if imports:
        row = (imports[-1].end_lineno or imports[-1].lineno) + 1
        code = "from pyro.nn import ClippedSoftmax\n"
        edit = Edit(row, 0, row, 0, code)
        yield Mutant("removed-import", row, code.strip(), edit, frozenset({"PYR801"}))


def retired_plate(given: Text, project: Project) -> Iterator[Mutant]:
    """A plate by the name that it had once."""
    for node in ast.walk(given.tree):
        if isinstance(node, (ast.With, ast.For)):
            heads = [item.context_expr for item in node.items] if isinstance(node, ast.With) else []
            if isinstance(node, ast.For):
                heads = [node.iter]
            for head in heads:
                if isinstance(head, ast.Call) and ast.unparse(head.func) == "pyro.plate":
                    name = "irange" if isinstance(node, ast.For) else "iarange"
                    edit = renamed(head, name)
                    yield _mutant("retired-plate", head, given, edit, "PYR802")


def _mutant(
    operator: str, node: ast.expr | ast.stmt, given: Text, edit: Edit, *codes: str
) -> Mutant:
    return Mutant(operator, node.lineno, given.of(node)[:80], edit, frozenset(codes))


OPERATORS: tuple[Operator, ...] = (
    uninstantiate_loss,
    keyword_optimizer,
    torch_optimizer,
    enlarge_rate,
    plain_descent,
    growing_rate,
    drop_zero_grad,
    drop_enumeration,
    plain_loss,
    wide_autoguide,
    discrete_under_autoguide,
    sequential_plate,
    discrete_under_kernel,
    removed_import,
    retired_plate,
)
