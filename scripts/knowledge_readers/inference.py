"""Optimizers, objectives, guides, handlers, statements and layers."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from typing import Any

import pyro
import pyro.distributions as dist
import pyro.infer.autoguide
import pyro.optim
import pyro.poutine
import torch
from pyro.distributions.testing.fakes import NonreparameterizedNormal
from pyro.infer import ELBO
from pyro.poutine.messenger import Messenger

from pyrolint.semantics.library.knowledge import Callee, Elbo, Layer, Optimizer, Parameter

from .naming import Names
from .samples import REFUSALS
from .signatures import callee, literal, parameters

Model = Callable[[], object]


# --- optimizers --------------------------------------------------------------------------------


def _wrapped(built: object) -> type | None:
    return getattr(built, "pt_optim_constructor", None)


def _keys(wrapped: type) -> tuple[Parameter, ...]:
    """The options of a torch optimizer: its constructor's parameters but the first."""
    return parameters(wrapped)[1:]


def _pyro_optimizer(value: Any, names: Names) -> Optimizer | None:
    """An optimizer or scheduler that ``pyro.optim`` makes from a torch class by a function."""
    torch_class = getattr(torch.optim, value.__name__, None)
    scheduler = getattr(torch.optim.lr_scheduler, value.__name__, None)
    if torch_class is not None:
        wrapped = _wrapped(value({}))
        assert wrapped is torch_class, value
        return Optimizer("pyro", parameters(value), _keys(wrapped), names.of(wrapped))
    if scheduler is not None:
        keys = (Parameter("optimizer", required=True), Parameter("optim_args", required=True))
        own = tuple(each for each in parameters(scheduler) if each.name != "optimizer")
        return Optimizer("pyro_scheduler", parameters(value), keys + own, names.of(scheduler))
    return None


def read_optimizers(names: Names) -> dict[str, Optimizer]:
    """Optimizers and schedulers of ``pyro.optim`` and ``torch.optim``, by canonical name."""
    found: dict[str, Optimizer] = {}
    for name, value in names.canonical_objects():
        if name.startswith("pyro.optim.") and inspect.isclass(value):
            if not issubclass(value, pyro.optim.PyroOptim | torch.optim.Optimizer):
                continue
            if issubclass(value, torch.optim.Optimizer):
                record = Optimizer(
                    "torch", parameters(value), _keys(value), bases=names.bases(value)
                )
                found[name] = record
                continue
            scheduler = issubclass(value, pyro.optim.PyroLRScheduler)
            found[name] = Optimizer(
                "pyro_scheduler" if scheduler else "pyro",
                parameters(value),
                bases=names.bases(value),
            )
        elif name.startswith("pyro.optim.") and inspect.isfunction(value):
            record_or_none = _pyro_optimizer(value, names) or _own_function(name, value, names)
            if record_or_none is not None:
                found[name] = record_or_none
        elif name.startswith("torch.optim.") and inspect.isclass(value):
            if issubclass(value, torch.optim.Optimizer):
                found[name] = Optimizer(
                    "torch", parameters(value), _keys(value), bases=names.bases(value)
                )
            elif issubclass(value, torch.optim.lr_scheduler.LRScheduler):
                found[name] = Optimizer(
                    "torch_scheduler", parameters(value), _keys(value), bases=names.bases(value)
                )
    return found


def _own_function(name: str, value: Any, names: Names) -> Optimizer | None:
    """An optimizer of Pyro's own, made by a function of its dict of arguments."""
    if next(iter(parameters(value)), Parameter("")).name != "optim_args":
        return None
    wrapped = _wrapped(value({}))
    if wrapped is None:
        return None
    return Optimizer("pyro", parameters(value), _keys(wrapped), names.of(wrapped))


# --- objectives --------------------------------------------------------------------------------


def _enumerated_model() -> None:
    with pyro.plate("data", 2, dim=-1):
        index = pyro.sample("index", dist.Bernoulli(0.5), infer={"enumerate": "parallel"})
        pyro.sample("value", dist.Normal(index, 1.0), obs=torch.zeros(2))


def _empty_guide() -> None:
    return None


def _continuous_model() -> None:
    pyro.sample("latent", dist.Normal(torch.tensor(0.0), 1.0))


def _score_guide() -> None:
    location = pyro.param("location", torch.tensor(0.1))
    pyro.sample("latent", NonreparameterizedNormal(location, torch.tensor(1.0)))


def _runs(elbo: type[ELBO], model: Model, guide: Model) -> bool:
    """Whether a loss and its gradient come out without error or warning."""
    pyro.clear_param_store()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            objective: Any = elbo(max_plate_nesting=1)
            objective.loss_and_grads(model, guide)
    except (*REFUSALS, UserWarning):
        return False
    finally:
        pyro.clear_param_store()
    return True


def read_elbos(names: Names) -> dict[str, Elbo]:
    """Every public objective, by canonical name."""
    found = {}
    for name, elbo in sorted(names.classes(ELBO).items()):
        # A compiled objective behaves as its plain base does, and takes long to try.
        is_jit = "Jit" in name.rpartition(".")[2]
        plain = elbo.__mro__[1] if is_jit else elbo
        concrete = not inspect.isabstract(plain) and plain is not ELBO
        found[name] = Elbo(
            parameters=parameters(elbo),
            bases=names.bases(elbo),
            enumerates=concrete and _runs(plain, _enumerated_model, _empty_guide),
            is_jit=is_jit,
            needs_rsample=concrete
            and _runs(plain, _continuous_model, _continuous_model)
            and not _runs(plain, _continuous_model, _score_guide),
        )
    return found


# --- everything else ---------------------------------------------------------------------------


def callees_of(
    names: Names, homes: tuple[str, ...], kind: Callable[[object], bool] = callable
) -> dict[str, Callee]:
    """The callables of a kind whose canonical home is one of the modules ``homes``."""
    return {
        name: callee(value, names)
        for name, value in names.canonical_objects()
        if name.rpartition(".")[0] in homes and callable(value) and kind(value)
    }


def read_handlers(names: Names) -> dict[str, Callee]:
    """The functions and classes of ``pyro.poutine``, and every class of effect handlers."""
    return {
        **callees_of(names, ("pyro.poutine",)),
        **{name: callee(value, names) for name, value in names.classes(Messenger).items()},
    }


def read_autoguides(names: Names) -> dict[str, Callee]:
    """Every public automatic guide, by canonical name."""
    return {
        name: callee(value, names)
        for base in (pyro.infer.autoguide.AutoGuide, pyro.infer.autoguide.AutoMessenger)
        for name, value in sorted(names.classes(base).items())
    }


def read_layers(names: Names) -> dict[str, Layer]:
    """Every public ``torch.nn.Module`` class of ``torch.nn`` and ``pyro.nn``."""
    found = {}
    for name, value in sorted(names.classes(torch.nn.Module).items()):
        if name.rpartition(".")[0] in ("torch.nn", "pyro.nn"):
            home = value.__module__
            found[name] = Layer(
                parameters=parameters(value),
                is_activation=home == "torch.nn.modules.activation"
                and value is not torch.nn.MultiheadAttention,
                bases=names.bases(value),
            )
    return found


def read_settings() -> dict[str, None | bool | int | float | str]:
    """The names of ``pyro.settings`` with their present values where literal."""
    return {name: literal(value) for name, value in sorted(pyro.settings.get().items())}


def read_validation_switches(names: Names) -> tuple[str, ...]:
    """Functions and methods that turn validation on or off, by canonical name."""
    found = [
        name
        for name, value in names.canonical_objects()
        if name.rpartition(".")[2] in ("enable_validation", "validation_enabled")
        and callable(value)
    ]
    for name, family in names.classes(torch.distributions.Distribution).items():
        if "set_default_validate_args" in vars(family):
            found.append(f"{name}.set_default_validate_args")
    return tuple(sorted(found))
