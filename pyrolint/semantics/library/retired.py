"""Names that Pyro has no longer, or tells its users to leave: which, since when, what instead.

What Pyro itself marks as deprecated is in the knowledge file. It does not say what it has dropped:
that is the table here, which the tests hold against the installed Pyro.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import msgspec

from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.machine import Machine, is_fallback
from pyrolint.semantics.uses import NameUse, UseKind
from pyrolint.semantics.values import Choice, Constant, Distribution, LibraryObject, Unknown, Value
from pyrolint.syntax.ir import Place


class Retired(msgspec.Struct, frozen=True):
    """What became of a name.

    ``version`` is the first without it, None where it still works. ``instead`` is the full name
    of what takes its place; where ``is_same``, with the same arguments and results. ``advice``
    says in words what to write, where a name alone does not.
    """

    version: str | None = None
    instead: str | None = None
    is_same: bool = False
    advice: str | None = None


def _renamed(version: str | None, names: Mapping[str, str]) -> dict[str, Retired]:
    return {old: Retired(version, new, is_same=True) for old, new in names.items()}


def _replaced(version: str | None, names: Mapping[str, str]) -> dict[str, Retired]:
    return {old: Retired(version, advice=advice) for old, advice in names.items()}


_FAMILIES = (
    "Bernoulli Beta Categorical Cauchy Dirichlet Exponential Gamma LogNormal Multinomial Normal"
    " Poisson Uniform"
).split()
_TRANSFORMS = {
    "BatchNormTransform": "BatchNorm",
    "ConditionalPlanarFlow": "ConditionalPlanar",
    "HouseholderFlow": "Householder",
    "InverseAutoregressiveFlow": "AffineAutoregressive",
    "PermuteTransform": "Permute",
    "PlanarFlow": "Planar",
    "PolynomialFlow": "Polynomial",
    "RadialFlow": "Radial",
    "SylvesterFlow": "Sylvester",
}
_HANDLERS = "block condition escape lift replay scale trace".split()
_FLOWS = "`NeuralAutoregressive(…, activation={!r})` of pyro.distributions.transforms"
_STABLE = "`AffineAutoregressive(…, stable=True)` of pyro.distributions.transforms"
_MIXIN = "pyro.distributions.torch_distribution.TorchDistributionMixin"

REMOVED: Mapping[str, Retired] = {
    **_replaced("0.2", {
        "pyro.map_data": "a `with pyro.plate(…)` block",
        "pyro.observe": "`pyro.sample(name, distribution, obs=value)`",
        "pyro.get_tensor_data": "`tensor.detach()`",
        "pyro.infer.Marginal": "`pyro.infer.EmpiricalMarginal`",
        "pyro.infer.Search": "enumeration by `pyro.infer.TraceEnum_ELBO`",
        "pyro.infer.search": "enumeration by `pyro.infer.TraceEnum_ELBO`",
        "pyro.nn.ClippedSigmoid": "`torch.nn.Sigmoid`, followed by `clamp` where it is needed",
        "pyro.nn.ClippedSoftmax": "`torch.nn.Softmax`, followed by `clamp` where it is needed",
        "pyro.nn.clipped_nn": "`torch.nn.Softmax` or `torch.nn.Sigmoid`",
        "pyro.util.ng_ones": "`torch.ones`",
        "pyro.util.ng_zeros": "`torch.zeros`",
        "pyro.util.zero_grads": "`pyro.infer.util.zero_grads`",
        **{
            f"pyro.distributions.{name.lower()}": f"the class `{name}` of pyro.distributions"
            for name in _FAMILIES
        },
        **{
            f"pyro.poutine.{name.capitalize()}Poutine": f"`pyro.poutine.{name}`"
            for name in _HANDLERS
        },
    }),
    **_renamed("0.2", {
        "pyro.zeros": "torch.zeros",
        "pyro.ones": "torch.ones",
        "pyro.util.zeros": "torch.zeros",
        "pyro.util.ones": "torch.ones",
        "pyro.param_with_module_name": "pyro.params.param_with_module_name",
        "pyro.params.ParamStoreDict": "pyro.params.param_store.ParamStoreDict",
    }),
    **_replaced("0.3", {
        "pyro.poutine.indep": "`pyro.plate`",
        "pyro.distributions.binomial": "the class `Binomial` of pyro.distributions",
        "pyro.distributions.half_cauchy": "the class `HalfCauchy` of pyro.distributions",
    }),
    **_renamed("0.3", {
        "pyro.contrib.named": "pyro.contrib.autoname.named",
        "pyro.contrib.gp.util.Parameterized": "pyro.contrib.gp.Parameterized",
        "pyro.optim.multi.Newton2d": "pyro.optim.multi.Newton",
    }),
    **_renamed("0.4", {
        "pyro.contrib.oed.eig.naive_rainforth_eig": "pyro.contrib.oed.eig.nmc_eig",
        **{
            f"pyro.distributions.{old}": f"pyro.distributions.transforms.{_TRANSFORMS[old]}"
            for old in ("InverseAutoregressiveFlow", "PermuteTransform", "PlanarFlow")
        },
    }),
    **_replaced("0.4", {
        "pyro.distributions.InverseAutoregressiveFlowStable": _STABLE,
        "pyro.distributions.iaf": "`AffineAutoregressive` of pyro.distributions.transforms",
        "pyro.distributions.planar": "`Planar` of pyro.distributions.transforms",
        "pyro.distributions.permute": "`Permute` of pyro.distributions.transforms",
        "pyro.infer.mcmc.trace_kernel": "`pyro.infer.mcmc.mcmc_kernel`",
    }),
    **_renamed("0.5", {
        "pyro.distributions.CorrLCholeskyTransform":
            "pyro.distributions.transforms.CorrCholeskyTransform",
        "pyro.distributions.corr_cholesky_constraint":
            "pyro.distributions.constraints.corr_cholesky",
        "pyro.distributions.lkj.corr_cholesky_constraint":
            "pyro.distributions.constraints.corr_cholesky",
    }),
    **_replaced("0.5", {
        "pyro.distributions.transforms.DeepELUFlow": _FLOWS.format("ELU"),
        "pyro.distributions.transforms.DeepLeakyReLUFlow": _FLOWS.format("LeakyReLU"),
        "pyro.distributions.transforms.DeepSigmoidalFlow": _FLOWS.format("sigmoid"),
        "pyro.distributions.transforms.naf":
            "`NeuralAutoregressive` of pyro.distributions.transforms",
        "pyro.infer.mcmc.MCMCMarginals": "`MCMC.get_samples()`",
        "pyro.infer.mcmc.mcmc": "`pyro.infer.MCMC`",
    }),
    **_renamed("1.0", {
        "pyro.contrib.glmm": "pyro.contrib.oed.glmm",
        **{
            f"pyro.distributions.transforms.{old}": f"pyro.distributions.transforms.{new}"
            for old, new in _TRANSFORMS.items()
        },
    }),
    **_replaced("1.0", {
        "pyro.distributions.transforms.InverseAutoregressiveFlowStable": _STABLE,
        "pyro.distributions.transforms.iaf":
            "`AffineAutoregressive` of pyro.distributions.transforms",
    }),
    **_renamed("1.1", {
        "pyro.distributions.zero_inflated_poisson": "pyro.distributions.zero_inflated",
        "pyro.poutine.enumerate_messenger": "pyro.poutine.enum_messenger",
    }),
    **_replaced("1.4", {
        "pyro.distributions.von_mises": "`pyro.distributions.VonMises`",
        "pyro.distributions.transforms.tanh": "`TanhTransform` of torch.distributions.transforms",
        "pyro.util.jit_compatible_arange": "`torch.arange`",
    }),
    **_replaced("1.6", {"pyro.ops.fft": "`torch.fft`"}),
    **_replaced("1.9", {"pyro.ops.tensor_utils.cholesky": "`torch.linalg.cholesky`"}),
}  # fmt: skip
"""Modules, functions and classes that are gone, by every full name that users gave them."""

REMOVED_METHODS: Mapping[str, Retired] = {
    "pyro.infer.MCMC.marginal": Retired("0.5", advice="`MCMC.get_samples()`"),
    "pyro.infer.SMCFilter.get_values_and_log_weights": Retired(
        "1.0", advice="`SMCFilter.get_empirical()`"
    ),
    f"{_MIXIN}.reshape": Retired("0.2.1", advice="`expand_by(shape)` and `to_event(dims)`"),
    f"{_MIXIN}.log_pdf": Retired("0.2", "log_prob", is_same=True),
    f"{_MIXIN}.batch_log_pdf": Retired("0.2", "log_prob", is_same=True),
    "pyro.infer.SVI(loss=str)": Retired("0.2", advice="an ELBO object, as `Trace_ELBO()`"),
}
"""Methods and forms of arguments that are gone; a method's ``instead`` is its new name."""

DEPRECATED: Mapping[str, Retired] = {
    **_renamed(None, {
        "pyro.contrib.autoguide": "pyro.infer.autoguide",
        "pyro.generic": "pyroapi",
        "pyro.iarange": "pyro.plate",
        "pyro.irange": "pyro.plate",
        "pyro.distributions.transforms.CorrLCholeskyTransform":
            "pyro.distributions.transforms.CorrCholeskyTransform",
        f"{_MIXIN}.independent": "to_event",
        "pyro.infer.autoguide.AutoGuideList.add": "append",
        "pyro.params.param_store.ParamStoreDict.get_all_param_names": "keys",
        "pyro.infer.ELBO(max_iarange_nesting=)": "max_plate_nesting",
        "pyro.infer.RenyiELBO(max_iarange_nesting=)": "max_plate_nesting",
    }),
    **_replaced(None, {
        "pyro.random_module": "a `PyroModule` whose weights are `PyroSample`",
        "pyro.infer.SVI.run": "a loop over `svi.step(…)`, and `Predictive` for what it drew",
        "pyro.infer.SVI(num_samples=)": "`Predictive`, which draws from the guide",
        "pyro.infer.SVI(num_steps=)": "a loop over `svi.step(…)`",
        "pyro.infer.TracePredictive": "`pyro.infer.Predictive`",
        "pyro.infer.Predictive.get_samples": "a call of the object itself",
        "pyro.infer.mcmc.util.predictive": "`pyro.infer.Predictive`",
        "pyro.distributions.LKJCorrCholesky": "`LKJCholesky(dim, concentration)`",
        "pyro.util.save_visualization": "`pyro.render_model`",
    }),
}  # fmt: skip
"""What to write in the place of what Pyro marks as deprecated, where it is more than a sentence."""


def retired(name: str) -> Retired | None:
    """What became of a name, None where Pyro has it still and says nothing of it."""
    found = REMOVED.get(name) or REMOVED_METHODS.get(name)
    if found is not None:
        return found
    facts = knowledge()
    if name not in facts.deprecated:
        name = facts.canonical(name)
    return DEPRECATED.get(name, Retired()) if name in facts.deprecated else None


@cache
def _methods() -> frozenset[str]:
    """The last parts of the names of methods that are retired, among others."""
    return frozenset(
        name.rsplit(".", 1)[-1] for name in (*REMOVED_METHODS, *knowledge().deprecated)
    )


def note_import(
    machine: Machine, path: str, module: str, name: str | None, places: tuple[int, int]
) -> None:
    """An import of a module, or of one of its names, from a library.

    ``places`` are the addresses of what names the module and of what names the name.
    """
    if machine.path or not module.startswith("pyro"):
        return
    parts = module.split(".")
    for count in range(2, len(parts) + 1):
        package = ".".join(parts[:count])
        if retired(package) is not None:
            kind = UseKind.IMPORT if name is None else UseKind.MODULE
            _note(machine, package, kind, Place(path, places[0]))
            return
    full = f"{module}.{name}"
    # What a package hands on to others is not used there.
    is_handed_on = path.endswith("__init__.py") and full not in REMOVED
    if name is not None and not is_handed_on and retired(full) is not None:
        _note(machine, full, UseKind.IMPORT, Place(path, places[1]))


def note_attribute(machine: Machine, name: str, place: Place) -> None:
    """An attribute of a library's module or class, by its full name."""
    if not name.startswith("pyro.") or retired(name) is None:
        return
    if name in REMOVED and machine.path and machine.recorder is None:
        # What chooses between versions may go by many names.
        return
    _note(machine, name, UseKind.ATTRIBUTE, place)


def note_method(machine: Machine, receiver: Value, name: str, place: Place) -> None:
    """A call of a method of a library's object."""
    if name not in _methods():
        return
    classes: tuple[str, ...] = ()
    match receiver:
        case Distribution(name=family) if family.startswith("pyro."):
            classes = (_MIXIN,)
        case LibraryObject(name=made):
            classes = (made,)
        case _:
            pass
    for owner in classes:
        if retired(f"{owner}.{name}") is not None:
            _note(machine, f"{owner}.{name}", UseKind.METHOD, place)


def note_arguments(
    machine: Machine, classes: tuple[str, ...], values: Mapping[str, Value],
    places: Mapping[str, Place],
) -> None:  # fmt: skip
    """The arguments of a library's class; ``classes`` are itself and its bases."""
    for argument, value in values.items():
        if argument not in places or not _is_given(value):
            continue
        # An objective was once told by its name.
        form = "str" if isinstance(value, Constant) and isinstance(value.value, str) else ""
        for owner in classes:
            name = f"{owner}({argument}={form})"
            if retired(name) is not None:
                _note(machine, name, UseKind.ARGUMENT, places[argument])
                break


def _is_given(value: Value) -> bool:
    """Whether an argument is certainly something else than None and nothing."""
    match value:
        case Constant(given):
            return bool(given)
        case Unknown(is_given=is_given):
            return is_given
        case Choice(options):
            return all(_is_given(option) for _, option in options)
        case _:
            return True


def _note(machine: Machine, name: str, kind: UseKind, place: Place) -> None:
    if any(is_fallback(decision) for decision in machine.path):
        return
    program = machine.recorder.name if machine.recorder is not None else None
    machine.facts.uses.setdefault(place, NameUse(name, kind, place, program))
