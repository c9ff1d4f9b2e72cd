import importlib.util
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from pyrolint.semantics.library.knowledge import (
    PATH,
    SCHEMA,
    Argument,
    Dependent,
    Extent,
    Family,
    Interval,
    Of,
    Reference,
    Structured,
    knowledge,
)

ROOT = Path(__file__).resolve().parents[3]
POSITIVE = Interval(lower=0.0)
REAL = Interval()
UNIT = Interval(lower=0.0, upper=1.0, lower_closed=True, upper_closed=True)


def family(name: str) -> Family:
    facts = knowledge()
    return facts.families[facts.canonical(f"pyro.distributions.{name}")]


def argument(name: str, of: str) -> Argument:
    found = family(of).argument(name)
    assert found is not None, f"{of} has no argument {name}"
    return found


# --- the file ----------------------------------------------------------------------------------


@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("torch", "pyro")),
    reason="the libraries whose facts the file holds are not installed",
)
def test_file_says_what_the_installed_libraries_say() -> None:
    run = subprocess.run(
        [sys.executable, "scripts/read_knowledge.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr


def test_loading_imports_neither_torch_nor_pyro() -> None:
    code = (
        "import sys\n"
        "from pyrolint.semantics.library.knowledge import knowledge\n"
        "assert knowledge().families\n"
        "print({name.split('.')[0] for name in sys.modules} & {'torch', 'pyro', 'numpy', 'libcst'})"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"


def test_schema_and_versions() -> None:
    facts = knowledge()
    assert facts.schema == SCHEMA
    assert facts.torch_version.count(".") == facts.pyro_version.count(".") == 2


def test_one_entry_a_line() -> None:
    lines = PATH.read_text(encoding="utf-8").splitlines()
    facts = msgspec.json.decode(PATH.read_bytes())
    entries = sum(len(table) for table in facts.values() if isinstance(table, dict))
    assert len(lines) > entries


def test_every_reference_is_to_an_argument_of_its_own_family() -> None:
    for name, each in knowledge().families.items():
        own = {item.name for item in each.arguments}
        for spec in (each.support, *(item.constraint for item in each.arguments)):
            if isinstance(spec, Of):
                assert spec.name in own, name
            if isinstance(spec, Interval):
                for bound in (spec.lower, spec.upper):
                    if isinstance(bound, Reference):
                        assert bound.name in own, name
                    if isinstance(bound, Extent):
                        assert own.issuperset(bound.names), name
        assert all(own.issuperset(group) for group in each.exclusive), name


def test_tables_are_keyed_by_canonical_names() -> None:
    facts = knowledge()
    for table in (facts.families, facts.constraints, facts.transforms, facts.layers, facts.elbos):
        assert not facts.aliases.keys() & table.keys()
    assert not facts.aliases.keys() & set(facts.aliases.values())


# --- families ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Normal", "LogNormal", "HalfCauchy", "StudentT", "Gumbel"])
def test_scales_are_positive(name: str) -> None:
    assert argument("scale", name).constraint == POSITIVE


@pytest.mark.parametrize(
    ("name", "support"),
    [
        ("Normal", REAL),
        ("LogNormal", POSITIVE),
        ("Gamma", Interval(lower=0.0, lower_closed=True)),
        ("Beta", UNIT),
        ("Bernoulli", Interval(0.0, 1.0, True, True, integer=True)),
        ("Poisson", Interval(lower=0.0, lower_closed=True, integer=True)),
        ("Dirichlet", Structured("simplex", 1)),
        ("MultivariateNormal", Interval(event_dim=1)),
        ("LKJCholesky", Structured("corr_cholesky", 2)),
        ("OneHotCategorical", Structured("one_hot", 1)),
        ("VonMises", Interval(circular=True)),
    ],
)
def test_fixed_supports(name: str, support: Interval | Structured) -> None:
    assert family(name).support == support
    assert family(name).event_dim == support.event_dim


@pytest.mark.parametrize(
    ("name", "support"),
    [
        ("Uniform", Interval(Reference("low"), Reference("high"), True, True)),
        ("Pareto", Interval(lower=Reference("scale"), lower_closed=True)),
        ("Binomial", Interval(0.0, Reference("total_count"), True, True, integer=True)),
        (
            "Categorical",
            Interval(0.0, Extent(("probs", "logits"), -1.0), True, True, integer=True),
        ),
        ("OrderedLogistic", Interval(0.0, Extent(("cutpoints",)), True, True, integer=True)),
        ("Multinomial", Structured("multinomial", 1, Reference("total_count"))),
        ("MaskedDistribution", Of("base_dist")),
        (
            "Independent",
            Of("base_distribution", event_dim_argument="reinterpreted_batch_ndims"),
        ),
        ("MixtureSameFamily", Of("component_distribution")),
        ("TransformedDistribution", Of("base_distribution", transforms="transforms")),
        ("ImproperUniform", Of("support")),
        ("FoldedDistribution", POSITIVE),
        # Its ends hang on two arguments at once.
        ("AffineBeta", Dependent()),
    ],
)
def test_supports_that_depend_on_arguments(name: str, support: object) -> None:
    assert family(name).support == support


def test_uniform_bounds_constrain_each_other() -> None:
    assert argument("low", "Uniform").constraint == Interval(upper=Reference("high"))
    assert argument("high", "Uniform").constraint == Interval(lower=Reference("low"))


def test_argument_order_is_that_of_the_constructor() -> None:
    assert [each.name for each in family("Beta").arguments] == ["concentration1", "concentration0"]
    assert [each.name for each in family("Bernoulli").arguments] == ["probs", "logits"]
    student = family("StudentT").arguments
    assert [(each.name, each.required, each.default) for each in student] == [
        ("df", True, None),
        ("loc", False, 0.0),
        ("scale", False, 1.0),
    ]


def test_categorical_renormalises_and_bernoulli_does_not() -> None:
    probs = argument("probs", "Categorical")
    assert probs.constraint == Structured("simplex", 1)
    assert probs.renormalised
    assert probs.enforced == Interval(lower=0.0, lower_closed=True, event_dim=1)
    assert not argument("probs", "Bernoulli").renormalised
    assert argument("probs", "Bernoulli").constraint == UNIT


def test_constructor_that_is_stricter_than_it_declares() -> None:
    probs = argument("probs", "Geometric")
    assert probs.constraint == UNIT
    assert probs.enforced == Interval(lower=0.0, upper=1.0, upper_closed=True)


def test_multivariate_normal_takes_one_of_three_matrices() -> None:
    assert family("MultivariateNormal").exclusive == (
        ("covariance_matrix", "precision_matrix", "scale_tril"),
    )
    assert argument("scale_tril", "MultivariateNormal").constraint == Structured(
        "lower_cholesky", 2
    )
    covariance = argument("covariance_matrix", "MultivariateNormal")
    assert covariance.constraint == Structured("positive_definite", 2)
    assert covariance.event_dim == 2


def test_two_choices_are_two_groups() -> None:
    assert family("ZeroInflatedNegativeBinomial").exclusive == (
        ("probs", "logits"),
        ("gate", "gate_logits"),
    )


@pytest.mark.parametrize(
    ("name", "roles"),
    [
        ("Normal", {"loc": "location", "scale": "scale"}),
        ("Cauchy", {"loc": "location", "scale": "scale"}),
        ("StudentT", {"loc": "location", "scale": "scale"}),
        ("HalfNormal", {"scale": "scale"}),
        ("LogNormal", {"loc": "log_location", "scale": "log_scale"}),
        ("Gamma", {"rate": "rate"}),
        ("InverseGamma", {"rate": "scale"}),
        ("Uniform", {}),
        ("Poisson", {}),
        ("Beta", {}),
        ("Unit", {}),
        (
            "MultivariateNormal",
            {
                "loc": "location",
                "covariance_matrix": "variance",
                "precision_matrix": "precision",
                "scale_tril": "scale",
            },
        ),
    ],
)
def test_roles(name: str, roles: dict[str, str]) -> None:
    found = {each.name: each.role for each in family(name).arguments if each.role is not None}
    assert found == roles


def test_flags() -> None:
    assert family("Normal").has_rsample
    assert not family("Poisson").has_rsample
    assert family("Categorical").has_enumerate_support
    assert not family("Poisson").has_enumerate_support
    assert family("Poisson").is_discrete
    assert family("LogNormal").is_transformed
    assert family("OneHotCategoricalStraightThrough").has_rsample


def test_bases_lead_to_the_torch_family() -> None:
    assert family("Normal").bases[0] == "torch.distributions.Normal"
    assert "torch.distributions.Distribution" in family("Normal").bases


# --- constraints and transforms ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "transformable"),
    [
        ("positive", True),
        ("lower_cholesky", True),
        ("real", True),
        ("lower_triangular", False),
        ("symmetric", False),
        ("boolean", False),
        ("nonnegative_integer", False),
        ("integer_interval", False),
        ("interval", True),
    ],
)
def test_transformability(name: str, transformable: bool) -> None:
    assert (
        knowledge().constraints[f"torch.distributions.constraints.{name}"].transformable
        is transformable
    )


@pytest.mark.parametrize(
    ("name", "unusable"),
    [
        ("torch.distributions.constraints.positive", {"lower"}),
        ("torch.distributions.constraints.nonnegative", {"lower"}),
        ("torch.distributions.constraints.unit_interval", {"lower", "upper"}),
        ("torch.distributions.constraints.greater_than", {"lower"}),
        ("torch.distributions.constraints.simplex", {"zeros", "one_hot"}),
        ("torch.distributions.constraints.lower_cholesky", {"zeros"}),
        ("torch.distributions.constraints.real", set()),
        ("pyro.distributions.constraints.softplus_positive", {"lower"}),
        ("pyro.distributions.constraints.sphere", set()),
    ],
)
def test_starts_from_which_training_cannot_leave(name: str, unusable: set[str]) -> None:
    assert set(knowledge().constraints[name].unusable) - {"ones"} == unusable


def test_ordered_vectors_start_ordered() -> None:
    ordered = knowledge().constraints["pyro.distributions.constraints.ordered_vector"]
    assert {"zeros", "ones", "unordered"} <= set(ordered.unusable)


@pytest.mark.parametrize(
    ("name", "promoted"),
    [("real", False), ("unit_interval", False), ("positive", True), ("simplex", True)],
)
def test_integer_initial_values(name: str, promoted: bool) -> None:
    constraint = knowledge().constraints[f"torch.distributions.constraints.{name}"]
    assert constraint.integer_init is promoted


def test_factories_refer_to_their_parameters() -> None:
    constraints = knowledge().constraints
    interval = constraints["torch.distributions.constraints.interval"]
    assert [each.name for each in interval.parameters] == ["lower_bound", "upper_bound"]
    assert interval.spec == Interval(Reference("lower_bound"), Reference("upper_bound"), True, True)
    assert constraints["torch.distributions.constraints.less_than"].spec == Interval(
        upper=Reference("upper_bound")
    )
    assert constraints["torch.distributions.constraints.independent"].spec == Of(
        "base_constraint", event_dim_argument="reinterpreted_batch_ndims"
    )
    assert constraints["torch.distributions.constraints.dependent"].abstract


def test_codomains() -> None:
    transforms = knowledge().transforms
    assert transforms["torch.distributions.transforms.ExpTransform"].codomain == POSITIVE
    assert transforms["torch.distributions.transforms.SigmoidTransform"].codomain == UNIT
    softmax = transforms["torch.distributions.transforms.SoftmaxTransform"]
    assert softmax.codomain == Structured("simplex", 1)
    assert not softmax.bijective
    # It declares positive values, and gives values down to minus one.
    assert transforms["pyro.distributions.transforms.ELUTransform"].codomain == Dependent()


# --- inference ---------------------------------------------------------------------------------


def test_elbos() -> None:
    elbos = knowledge().elbos
    assert elbos["pyro.infer.TraceEnum_ELBO"].enumerates
    assert not elbos["pyro.infer.Trace_ELBO"].enumerates
    assert elbos["pyro.infer.TraceMeanField_ELBO"].needs_rsample
    assert not elbos["pyro.infer.Trace_ELBO"].needs_rsample
    assert elbos["pyro.infer.JitTraceEnum_ELBO"].is_jit


def test_optimizers() -> None:
    optimizers = knowledge().optimizers
    adam = optimizers["pyro.optim.Adam"]
    assert (adam.kind, adam.wraps) == ("pyro", "torch.optim.Adam")
    assert {"lr", "betas"} <= {each.name for each in adam.keys}
    assert "lrd" not in {each.name for each in adam.keys}
    assert "lrd" in {each.name for each in optimizers["pyro.optim.ClippedAdam"].keys}
    assert optimizers["torch.optim.SGD"].kind == "torch"
    assert optimizers["pyro.optim.ExponentialLR"].kind == "pyro_scheduler"
    assert optimizers["torch.optim.lr_scheduler.StepLR"].kind == "torch_scheduler"


def test_autoguides_know_their_initial_scale() -> None:
    def scale(name: str) -> object:
        guide = knowledge().autoguides[f"pyro.infer.autoguide.{name}"]
        return {each.name: each.default for each in guide.parameters}.get("init_scale")

    assert scale("AutoNormal") == 0.1
    assert scale("AutoDelta") is None


def test_signatures() -> None:
    facts = knowledge()
    param = [each.name for each in facts.primitives["pyro.param"].parameters]
    assert param == ["name", "init_tensor", "constraint", "event_dim"]
    svi = [each.name for each in facts.inferences["pyro.infer.SVI"].parameters]
    assert svi[:4] == ["model", "guide", "optim", "loss"]
    assert facts.handlers["pyro.poutine.block"].parameters[0].name == "fn"
    assert "pyro.plate" in facts.primitives
    assert facts.functions["pyro.nn.PyroSample"].parameters[0].name == "prior"


def test_layers() -> None:
    layers = knowledge().layers
    assert [each.name for each in layers["torch.nn.Linear"].parameters[:2]] == [
        "in_features",
        "out_features",
    ]
    assert layers["torch.nn.Softplus"].is_activation
    assert not layers["torch.nn.Linear"].is_activation
    assert "torch.nn.Module" in layers["pyro.nn.PyroModule"].bases


def test_validation_switches_and_deprecations() -> None:
    facts = knowledge()
    assert {
        "pyro.enable_validation",
        "pyro.infer.enable_validation",
        "pyro.distributions.enable_validation",
        "torch.distributions.Distribution.set_default_validate_args",
    } <= set(facts.validation_switches)
    assert "validate_infer" in facts.settings
    assert "pyro.iarange" in facts.deprecated
    assert "pyro.plate" not in facts.deprecated


# --- names -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("torch.distributions.normal.Normal", "torch.distributions.Normal"),
        ("pyro.distributions.torch.Normal", "pyro.distributions.Normal"),
        (
            "pyro.distributions.constraints.positive",
            "torch.distributions.constraints.positive",
        ),
        (
            "pyro.distributions.transforms.ExpTransform",
            "torch.distributions.transforms.ExpTransform",
        ),
        ("pyro.primitives.sample", "pyro.sample"),
        ("pyro.nn.module.PyroModule", "pyro.nn.PyroModule"),
        ("pyro.condition", "pyro.poutine.condition"),
        ("pyro.infer.svi.SVI", "pyro.infer.SVI"),
        ("pyro.infer.mcmc.NUTS", "pyro.infer.NUTS"),
        ("pyro.contrib.autoguide.AutoNormal", "pyro.infer.autoguide.AutoNormal"),
        ("pyro.optim.pytorch_optimizers.Adam", "pyro.optim.Adam"),
        ("torch.optim.adam.Adam", "torch.optim.Adam"),
        ("torch.nn.modules.linear.Linear", "torch.nn.Linear"),
        ("torch.utils.data.dataloader.DataLoader", "torch.utils.data.DataLoader"),
        # Different objects stay different, and unknown names stay what they are.
        ("pyro.distributions.Normal", "pyro.distributions.Normal"),
        ("torch.special.expit", "torch.special.expit"),
        ("torch.nn.functional.softplus", "torch.nn.functional.softplus"),
        ("numpyro.distributions.Normal", "numpyro.distributions.Normal"),
    ],
)
def test_canonical_names(name: str, canonical: str) -> None:
    assert knowledge().canonical(name) == canonical
