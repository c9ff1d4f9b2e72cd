"""What the measuring probes rest on: noise, spreads, moves, weights, and what a claim asks for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyro.distributions as dist
import pytest
import torch
from dynamic.measuring import measured
from torch.optim import SGD, Adam

from pyrolint.dynamic.child.facts.optimizers import Moves, rate_of
from pyrolint.dynamic.child.facts.spreads import spreads_of
from pyrolint.dynamic.child.facts.weights import elements
from pyrolint.dynamic.child.observation.recorders import Recorders
from pyrolint.dynamic.child.observation.step import Settings, Site, Step
from pyrolint.dynamic.child.repetition.gradients import Gradients
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.preservation import moved, preserved
from pyrolint.dynamic.messages import Claim, Evidence, Reason, Report, Verdict

FIXTURES = Path(__file__).parents[2] / "fixtures" / "confirm"


def laboratory() -> Laboratory:
    step = Step("SVI", None, None, None, None, Settings(True, True, True, False))
    return Laboratory(step, Recorders(), 8, float("inf"))


def gradients(draws: torch.Tensor) -> Gradients:
    return Gradients(torch.zeros(len(draws)), {"a": draws[:, :3], "b": draws[:, 3:]})


@pytest.mark.parametrize("ratio", [0.5, 2.0, 10.0])
def test_the_ratio_is_that_of_mean_and_spread(ratio: float) -> None:
    torch.manual_seed(0)
    size = 4000
    noise = gradients(ratio + torch.randn(8, size)).noise
    assert noise is not None
    assert noise.signal_to_noise == pytest.approx(ratio, rel=0.1)


def test_noise_alone_has_no_signal() -> None:
    torch.manual_seed(0)
    noise = gradients(torch.randn(8, 4000)).noise
    assert noise is not None
    # Without taking chance's part out, eight draws would give 0.35.
    assert noise.signal_to_noise < 0.05
    assert noise.directions > 4.0


def test_draws_along_one_line_vary_in_one_direction() -> None:
    torch.manual_seed(0)
    noise = gradients(torch.randn(8, 1) * torch.randn(1, 50)).noise
    assert noise is not None
    assert noise.directions == pytest.approx(1.0, abs=1e-3)


def test_gradients_that_do_not_vary_have_no_ratio() -> None:
    assert gradients(torch.ones(8, 5)).noise is None
    assert dict(gradients(torch.ones(8, 5)).signal_to_noise()) == {}


def test_gradients_that_are_no_numbers_have_no_ratio() -> None:
    assert gradients(torch.full((8, 5), float("nan"))).noise is None


@pytest.mark.parametrize(
    ("guide", "prior", "ratio", "space"),
    [
        (dist.Normal(0.0, 5.0), dist.Normal(3.0, 0.5), 10.0, "values"),
        (dist.LogNormal(0.0, 2.0), dist.LogNormal(0.0, 0.5), 4.0, "logarithms"),
        (
            dist.Normal(torch.zeros(2), torch.tensor([1.0, 6.0])),
            dist.Normal(0.0, 1.0),
            6.0,
            "values",
        ),
        (
            dist.Normal(torch.zeros(3), 2.0).to_event(1),
            dist.MultivariateNormal(torch.zeros(3), torch.eye(3)),
            2.0,
            "values",
        ),
    ],
)
def test_spreads_with_a_closed_form_are_exact(
    guide: object, prior: object, ratio: float, space: str
) -> None:
    found = spreads_of(laboratory(), guide, prior)
    assert found is not None
    assert found.is_exact
    assert found.space == space
    assert found.ratio == pytest.approx(ratio, rel=1e-4)


def test_other_spreads_are_compared_without_their_supports_bounds() -> None:
    guide = dist.LogNormal(0.0, 4.0)
    found = spreads_of(laboratory(), guide, dist.Gamma(4.0, 4.0))
    assert found is not None
    assert not found.is_exact
    # The logarithm of such a Gamma's draws has a deviation of about a half.
    assert found.ratio == pytest.approx(4.0 / 0.53, rel=0.2)


@pytest.mark.parametrize(
    ("guide", "prior"),
    [
        (dist.Delta(torch.tensor(0.0)), dist.Normal(0.0, 1.0)),
        (dist.Poisson(3.0), dist.Poisson(3.0)),
        (dist.Normal(0.0, 9.0), dist.Uniform(0.0, 1.0)),
        (dist.Normal(torch.zeros(2), 1.0), dist.Normal(torch.zeros(3), 1.0)),
    ],
)
def test_what_cannot_be_compared_is_left_alone(guide: object, prior: object) -> None:
    assert spreads_of(laboratory(), guide, prior) is None


@pytest.mark.parametrize(
    ("betas", "optimizer"),
    [((0.9, 0.999), Adam), ((0.5, 0.99), Adam), (None, SGD)],
)
def test_moves_by_hand_are_torchs_own(
    betas: tuple[float, float] | None, optimizer: type[Adam] | type[SGD]
) -> None:
    torch.manual_seed(0)
    theirs = torch.randn(4, requires_grad=True)
    ours = theirs.detach().clone()
    options = {} if betas is None else {"betas": betas}
    steps = optimizer([theirs], lr=0.1, **options)  # type: ignore[arg-type]
    moves = Moves(0.1, betas)
    for _ in range(5):
        theirs.grad = torch.randn(4)
        moves.make([ours], {id(ours): theirs.grad.clone()})
        steps.step()
    torch.testing.assert_close(ours, theirs.detach(), rtol=1e-5, atol=1e-6)


def test_rates_are_read_as_the_program_gave_them() -> None:
    from pyro.optim import Adam, ClippedAdam, ExponentialLR

    plain = rate_of(Adam({"lr": 0.2}))
    assert plain is not None
    assert (plain.rate, plain.is_constant, plain.is_adaptive) == (0.2, True, True)
    decayed = rate_of(ClippedAdam({"lr": 0.2, "lrd": 0.99}))
    assert decayed is not None
    assert not decayed.is_constant
    scheduled = rate_of(
        ExponentialLR({"optimizer": torch.optim.Adam, "optim_args": {"lr": 0.3}, "gamma": 0.1})
    )
    assert scheduled is not None
    assert (scheduled.rate, scheduled.is_constant) == (0.3, False)
    default = rate_of(Adam({}))
    assert default is not None
    assert default.rate == 1e-3
    assert rate_of(Adam(lambda name: {"lr": 0.2})) is None
    assert rate_of(None) is None


def test_an_observation_counts_as_often_as_its_scale_says() -> None:
    def site(distribution: object, value: torch.Tensor, scale: float) -> Site:
        return Site("x", "model", distribution, value, True, None, (), {}, scale, None)

    assert elements(site(dist.Normal(0.0, 1.0), torch.zeros(7), 1.0)) == 7
    assert elements(site(dist.Normal(torch.zeros(3, 1), 1.0), torch.zeros(7), 10.0)) == 210
    assert elements(site(dist.Normal(torch.zeros(4), 1.0).to_event(1), torch.zeros(4), 1.0)) == 4


def test_a_graph_survives_that_its_leaves_are_moved_and_put_back() -> None:
    leaf = torch.tensor([2.0], requires_grad=True)
    squared = (leaf * leaf).sum()
    with preserved([leaf]), moved([(leaf, torch.tensor([5.0]))]):
        assert leaf.tolist() == [5.0]
    (slope,) = torch.autograd.grad(squared, leaf)
    assert float(slope) == 4.0


# --- what a static finding asks for -----------------------------------------------------------


def claimed(path: Path, code: str, row: int) -> list[Evidence]:
    claim = Claim(code, str(path), None, (row, row))
    return [each for each in report(path, claim).evidence if each.code == code]


def report(path: Path, *claims: Claim) -> Report:
    found = measured(path, claims=claims)
    assert found.detail == ""
    assert found.step is not None
    return found


@pytest.mark.parametrize(
    ("name", "code", "figure"),
    [
        ("wide_start/good_parameter.py", "PYR201", "ratio"),
        ("wide_autoguide/good_mean_field.py", "PYR203", "ratio"),
        ("huge_start/good_prior_as_far.py", "PYR202", "deviations from the prior's mean"),
        ("raw_features/good_argument.py", "PYR401", "apart"),
        ("minibatch/good_loader.py", "PYR403", "given"),
    ],
)
def test_a_finding_is_refuted_by_what_is_there_whatever_is_drawn(
    name: str, code: str, figure: str
) -> None:
    (found, *more) = claimed(FIXTURES / name, code, 1)
    assert more == []
    assert found.verdict is Verdict.REFUTED
    assert found.figures[figure] <= 10.0


def test_a_rate_that_does_no_harm_stays_unknown() -> None:
    (found,) = claimed(FIXTURES / "learning_rate" / "good_overshooting.py", "PYR301", 15)
    assert found.verdict is Verdict.UNKNOWN
    assert found.reason is Reason.INCONCLUSIVE
    assert found.figures["loss after twenty steps"] < found.figures["loss at the start"]


def test_a_slice_is_a_batch_only_where_a_finding_says_so(tmp_path: Path) -> None:
    loader = (FIXTURES / "minibatch" / "bad_loader.py").read_text()
    program = loader.partition("loader =")[0] + (
        "x, y = torch.randn(200), torch.randn(200)\n"
        'svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())\n'
        "svi.step(x[:20], y[:20])\n"
    )
    path = tmp_path / "sliced.py"
    path.write_text(program)
    assert [each.code for each in report(path).evidence] == []
    (found,) = claimed(path, "PYR403", 12)
    assert found.verdict is Verdict.CONFIRMED
    assert (found.figures["wanted"], found.figures["given"]) == (10.0, 1.0)


def test_columns_and_ratios_are_kept_for_the_page() -> None:
    step = report(FIXTURES / "raw_features" / "bad_argument.py").step
    assert step is not None
    ((name, columns),) = step.measures.columns.items()
    assert name == "x"
    assert [deviation > 100.0 for _, deviation in columns] == [False, True]
    assert set(step.measures.signal_to_noise) == {
        "AutoNormal.locs.weights",
        "AutoNormal.scales.weights",
    }


def test_what_a_prior_draws_from_another_latent_is_no_width(tmp_path: Path) -> None:
    path = tmp_path / "hierarchy.py"
    path.write_text(
        (FIXTURES / "wide_start" / "bad_parameter.py")
        .read_text()
        .replace(
            'loc = pyro.sample("loc", dist.Normal(0.0, 1.0))',
            'width = pyro.sample("width", dist.LogNormal(-3.0, 0.1))\n'
            '    loc = pyro.sample("loc", dist.Normal(0.0, width))',
        )
        .replace(
            'pyro.sample("loc", dist.Normal(loc, scale))',
            'pyro.sample("width", dist.LogNormal(-3.0, 0.1))\n'
            '    pyro.sample("loc", dist.Normal(loc, scale))',
        )
        .replace("50.0", "1.0")
    )
    assert [each for each in report(path).evidence if each.code == "PYR201"] == []


def test_particles_that_do_not_mix_are_told_from_those_that_do(tmp_path: Path) -> None:
    mixed = (FIXTURES / "particles" / "bad_mixed.py").read_text()
    path = tmp_path / "alone.py"
    path.write_text(mixed.replace(", vectorize_particles=True", ""))
    # One by one the same program is right, and must not be advised to vectorise.
    assert [each.code for each in report(path).evidence] == []


def test_an_order_that_does_no_harm_is_advice(tmp_path: Path) -> None:
    astray = (FIXTURES / "closed_form_kl" / "bad_order.py").read_text()
    path = tmp_path / "harmless.py"
    path.write_text(astray.replace("0.5 * loc", "mean"))
    (found,) = (each for each in report(path).evidence if each.code == "PYR306")
    assert found.level == "advice"
    (found,) = claimed(FIXTURES / "closed_form_kl" / "bad_order.py", "PYR306", 1)
    assert found.level is None


def test_measuring_imports_no_compiler_and_no_symbols() -> None:
    path = FIXTURES / "huge_start" / "bad_mean.py"
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from dynamic.measuring import measured\n"
        f"assert measured(Path({str(path)!r})).evidence\n"
        "print([each for each in ('sympy', 'torch._dynamo') if each in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
        check=True,
    )
    assert done.stdout.strip().endswith("[]")


def test_the_logarithm_of_a_prior_tells_whether_it_is_vague(tmp_path: Path) -> None:
    path = tmp_path / "tail.py"
    vague = (FIXTURES / "vague_prior" / "bad_normal.py").read_text()
    path.write_text(vague.replace("dist.Normal(0.0, 10000.0)", "dist.LogNormal(0.0, 3.0)"))
    assert [each.code for each in report(path).evidence] == []


def test_constants_of_the_models_own_are_no_features(tmp_path: Path) -> None:
    path = tmp_path / "scaled.py"
    path.write_text(
        (FIXTURES / "raw_features" / "bad_argument.py")
        .read_text()
        .replace("x @ weights", "x @ (weights * scales)")
        .replace("400.0])", "4.0])\nscales = torch.tensor([0.001, 900.0])")
    )
    assert [each.code for each in report(path).evidence] == []


def test_data_joined_in_the_model_is_named_by_all_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "joined.py"
    path.write_text(
        (FIXTURES / "raw_features" / "bad_argument.py")
        .read_text()
        .replace("x @ weights", "torch.cat([x[:, :1], z], 1) @ weights")
        .replace("400.0])", "4.0])\nz = 500.0 * torch.randn(50, 1)")
    )
    (found,) = (each for each in report(path).evidence if each.code == "PYR401")
    assert "`x, z`" in found.message


def test_a_scale_of_the_users_own_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "annealed.py"
    loader = (FIXTURES / "minibatch" / "bad_loader.py").read_text()
    path.write_text(
        loader.replace("slope = pyro", "with pyro.poutine.scale(scale=0.5):\n        slope = pyro")
    )
    assert [each.code for each in report(path).evidence] == []
