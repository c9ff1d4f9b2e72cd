"""Sample arguments with which every family can be built."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping
from typing import Any

import pyro.distributions as dist
import torch
from torch.distributions import Distribution, constraints, transform_to

Arguments = dict[str, Any]

# Bases of three supports, to see whether a family's support follows that of its base.
BASES: tuple[Callable[[], Distribution], ...] = (
    lambda: dist.Normal(torch.tensor([0.0, 0.1]), 1.0),
    lambda: dist.LogNormal(torch.tensor([0.0, 0.1]), 1.0),
    lambda: dist.Beta(torch.tensor([2.0, 1.5]), 3.0),
)


def _gaussian(size: int) -> Distribution:
    return dist.MultivariateNormal(torch.zeros(size), torch.eye(size))


def _hidden_markov() -> Arguments:
    return {
        "initial_dist": _gaussian(2),
        "transition_matrix": torch.eye(2),
        "transition_dist": _gaussian(2),
        "observation_matrix": torch.eye(2),
        "observation_dist": _gaussian(2),
        "duration": 4,
    }


def _components() -> Distribution:
    return dist.Categorical(torch.tensor([0.4, 0.6]))


# What no constraint tells: sizes, shapes that belong together, and other distributions.
RECIPES: Mapping[str, Callable[[], Arguments]] = {
    "AVFMultivariateNormal": lambda: {
        "loc": torch.tensor([0.1, 0.2, 0.3]),
        "scale_tril": torch.eye(3),
        "control_var": torch.full((2, 1, 3), 0.1),
    },
    "CoalescentTimes": lambda: {"leaf_times": torch.tensor([0.0, 1.0, 2.0])},
    "CoalescentTimesWithRate": lambda: {
        "leaf_times": torch.tensor([0.0, 1.0, 2.0]),
        "rate_grid": torch.ones(4),
    },
    "Delta": lambda: {"v": torch.tensor(0.3)},
    "DiscreteHMM": lambda: {
        "initial_logits": torch.zeros(2),
        "transition_logits": torch.zeros(4, 2, 2),
    },
    "Empirical": lambda: {"samples": torch.randn(4), "log_weights": torch.zeros(4)},
    "ExpandedDistribution": lambda: {"batch_shape": torch.Size([2])},
    "GammaGaussianHMM": lambda: {"scale_dist": dist.Gamma(2.0, 2.0), **_hidden_markov()},
    "GaussianHMM": _hidden_markov,
    "GaussianMRF": lambda: {
        "initial_dist": _gaussian(2),
        "transition_dist": _gaussian(4),
        "observation_dist": _gaussian(4),
    },
    "GaussianScaleMixture": lambda: {
        "coord_scale": torch.ones(3),
        "component_logits": torch.zeros(2),
        "component_scale": torch.tensor([1.0, 2.0]),
    },
    "GroupedNormalNormal": lambda: {
        "prior_loc": torch.zeros(2),
        "prior_scale": torch.ones(2),
        "obs_scale": torch.ones(3),
        "group_idx": torch.tensor([0, 1, 1]),
    },
    "ImproperUniform": lambda: {
        "support": constraints.positive,
        "batch_shape": torch.Size([]),
        "event_shape": torch.Size([]),
    },
    "Independent": lambda: {"reinterpreted_batch_ndims": 1},
    "LKJ": lambda: {"dim": 3},
    "LKJCholesky": lambda: {"dim": 3},
    "LKJCorrCholesky": lambda: {"d": 3, "eta": torch.tensor(1.0)},
    "LinearHMM": _hidden_markov,
    "LowRankMultivariateNormal": lambda: {"cov_factor": torch.ones(3, 2)},
    "MaskedDistribution": lambda: {"mask": torch.tensor(True)},
    "MaskedMixture": lambda: {"mask": torch.tensor([True, False])},
    "MixtureOfDiagNormals": lambda: {
        "locs": torch.zeros(2, 3),
        "coord_scale": torch.ones(2, 3),
        "component_logits": torch.zeros(2),
    },
    "MixtureOfDiagNormalsSharedCovariance": lambda: {
        "locs": torch.zeros(2, 3),
        "coord_scale": torch.ones(3),
        "component_logits": torch.zeros(2),
    },
    "MixtureSameFamily": lambda: {"mixture_distribution": _components()},
    "Multinomial": lambda: {"total_count": 3},
    "OMTMultivariateNormal": lambda: {"loc": torch.zeros(3), "scale_tril": torch.eye(3)},
    "OneOneMatching": lambda: {"logits": torch.zeros(3, 3)},
    "OneTwoMatching": lambda: {"logits": torch.zeros(4, 2)},
    "ProjectedNormal": lambda: {"concentration": torch.ones(3)},
    "RelaxedBernoulli": lambda: {"temperature": torch.tensor(0.7)},
    "RelaxedBernoulliStraightThrough": lambda: {"temperature": torch.tensor(0.7)},
    "RelaxedOneHotCategorical": lambda: {"temperature": torch.tensor(0.7)},
    "RelaxedOneHotCategoricalStraightThrough": lambda: {"temperature": torch.tensor(0.7)},
    "SineSkewed": lambda: {
        "base_dist": dist.VonMises(torch.zeros(2), torch.ones(2)).to_event(1),
        "skewness": torch.tensor([0.2, 0.1]),
    },
    "SpanningTree": lambda: {"edge_logits": torch.zeros(3)},
    "TransformedDistribution": lambda: {"transforms": []},
    "TruncatedPolyaGamma": lambda: {"prototype": torch.ones(1)},
    "Uniform": lambda: {"low": torch.tensor(0.2), "high": torch.tensor(1.7)},
    "Unit": lambda: {"log_factor": torch.tensor(0.0)},
    "VonMises3D": lambda: {"concentration": torch.ones(3)},
    "Wishart": lambda: {"df": torch.tensor(5.0)},
}

# Names under which a constructor takes the distribution that it changes.
BASE_ARGUMENTS = (
    "base_dist",
    "base_distribution",
    "component_distribution",
    "component0",
    "component1",
    "observation_dist",
)


def sample_of(constraint: constraints.Constraint, size: int = 3) -> torch.Tensor:
    """A value inside ``constraint``, of ``size`` in each event dimension.

    Raises NotImplementedError where no such value can be derived.
    """
    if constraints.is_dependent(constraint):
        return torch.tensor(0.3)
    if constraint.is_discrete:
        if constraint.event_dim:
            raise NotImplementedError(f"no sample of {constraint}")
        return torch.tensor(3.0 if bool(constraint.check(torch.tensor(3.0))) else 1.0)
    if constraint is constraints.lower_triangular:
        return torch.eye(size)
    shape = (size,) * constraint.event_dim
    if constraint is constraints.positive_definite:
        return torch.eye(size) + 0.2
    count = size**constraint.event_dim
    plain = torch.linspace(0.3, 0.9, count).reshape(shape) if shape else torch.tensor(0.3)
    transform = transform_to(constraint)
    unconstrained = plain if transform.inverse_shape(torch.Size(shape)) == shape else None
    if unconstrained is None:
        unconstrained = torch.linspace(0.3, 0.9, transform.inverse_shape(torch.Size(shape))[-1])
    value: torch.Tensor = transform(unconstrained)
    return value


def class_constraints(family: type[Distribution]) -> dict[str, constraints.Constraint]:
    """``arg_constraints`` where the class itself has them; empty where only instances do."""
    declared = getattr(family, "arg_constraints", None)
    return dict(declared) if isinstance(declared, dict) else {}


def candidates(family: type[Distribution], size: int, base: int) -> list[Arguments]:
    """Argument sets to try, the one with the fewest optional arguments first."""
    signature = inspect.signature(family.__init__)
    names = [name for name in signature.parameters if name not in ("self", "validate_args")]
    recipe = RECIPES.get(family.__name__, dict)()
    declared = class_constraints(family)
    fixed: Arguments = {}
    optional: list[str] = []
    values: Arguments = {}
    for name in names:
        default = signature.parameters[name].default
        if name in recipe:
            fixed[name] = recipe[name]
            continue
        if name in BASE_ARGUMENTS:
            fixed[name] = BASES[base]()
            continue
        constraint = declared.get(name)
        if constraint is None and default is None and name.endswith("_matrix"):
            constraint = constraints.positive_definite
        if constraint is None and default is None and name.endswith("_tril"):
            constraint = constraints.lower_cholesky
        if constraint is None:
            continue
        try:
            values[name] = sample_of(constraint, size)
        except NotImplementedError:
            continue
        if default is None:
            optional.append(name)
        else:
            fixed[name] = values.pop(name)
    return [
        {**fixed, **{name: values[name] for name in chosen}}
        for count in range(len(optional) + 1)
        for chosen in itertools.combinations(optional, count)
    ]


# A constructor may refuse its arguments in any of these ways; which one is of no interest.
REFUSALS = (
    ValueError,
    TypeError,
    RuntimeError,
    AssertionError,
    NotImplementedError,
    LookupError,
    AttributeError,
    ImportError,
)


def build(family: type[Distribution], arguments: Arguments) -> Distribution | None:
    """The distribution, validated; None where the constructor refuses the arguments."""
    try:
        return family(**arguments)
    except REFUSALS:
        return None


def valid_arguments(family: type[Distribution], size: int = 3, base: int = 0) -> list[Arguments]:
    """The smallest argument sets with which the family can be built (several where exclusive)."""
    found: list[Arguments] = []
    for arguments in candidates(family, size, base):
        if found and len(arguments) > len(found[0]):
            break
        if build(family, arguments) is not None:
            found.append(arguments)
    return found
