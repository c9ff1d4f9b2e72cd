"""What names, shapes, errors and settings are said of, and what is left unsaid."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from dynamic.measuring import measured

from pyrolint.dynamic.messages import Claim, Evidence, Report, Verdict

HEAD = """
import warnings

import pyro
import pyro.distributions as dist
import torch
from pyro import poutine
from pyro.distributions import constraints
from pyro.infer import SVI, Trace_ELBO, TraceEnum_ELBO, TraceTailAdaptive_ELBO, config_enumerate
from pyro.optim import Adam
"""
MODEL = """
def model(data):
    loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
    with pyro.plate("data", len(data)):
        pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)
"""
GUIDE = """
def guide(data):
    loc = pyro.param("loc_loc", torch.tensor(0.0))
    pyro.sample("loc", dist.Normal(loc, 0.1))
"""
STEP = """
svi = SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO())
svi.step(torch.randn(10))
"""


def reported(folder: Path, *parts: str, **options: object) -> Report:
    path = folder / "program.py"
    path.write_text("\n\n".join(textwrap.dedent(part).strip("\n") for part in (HEAD, *parts)))
    return measured(path, **options)  # type: ignore[arg-type]


def confirmed(report: Report) -> list[Evidence]:
    assert report.detail == "" or report.step is None
    return [each for each in report.evidence if each.verdict is Verdict.CONFIRMED]


def codes(report: Report) -> list[str]:
    return sorted(each.code for each in confirmed(report))


def line(folder: Path, row: int) -> str:
    return (folder / "program.py").read_text().splitlines()[row - 1].strip()


def lines(folder: Path, report: Report) -> dict[str, str]:
    """The text of the line that each finding points at, by code."""
    return {
        each.code: line(folder, each.position.row)
        for each in confirmed(report)
        if each.position is not None
    }


CUSTOM_LOSS = """
def loss(model, guide, *args):
    guide_trace = poutine.trace(guide).get_trace(*args)
    model_trace = poutine.trace(poutine.replay(model, trace=guide_trace)).get_trace(*args)
    return guide_trace.log_prob_sum() - model_trace.log_prob_sum()


svi = SVI(model, guide, Adam({"lr": 0.01}), loss)
svi.step(torch.randn(10))
"""
MODEL_OF_TWO = MODEL.replace(
    '    with pyro.plate("data"',
    '    pyro.sample("extra", dist.Normal(0.0, 1.0))\n    with pyro.plate("data"',
)


def test_a_loss_of_the_users_own_is_judged_by_names_only_where_the_text_claims_it(
    tmp_path: Path,
) -> None:
    assert codes(reported(tmp_path, MODEL_OF_TWO, GUIDE, CUSTOM_LOSS)) == []
    claim = Claim("PYR702", str(tmp_path / "program.py"), None, (15, 15), site="extra")
    report = reported(tmp_path, MODEL_OF_TWO, GUIDE, CUSTOM_LOSS, claims=[claim])
    assert codes(report) == ["PYR702"]


def test_a_latent_that_is_masked_out_needs_no_guide(tmp_path: Path) -> None:
    model = MODEL_OF_TWO.replace(
        '    pyro.sample("extra", dist.Normal(0.0, 1.0))',
        '    with poutine.mask(mask=False):\n        pyro.sample("extra", dist.Normal(0.0, 1.0))',
    )
    # Pyro warns all the same.
    assert codes(reported(tmp_path, model, GUIDE, STEP)) == ["PYR904"]


def test_enumerated_latents_are_missing_where_nesting_is_guessed_as_well(tmp_path: Path) -> None:
    model = MODEL_OF_TWO.replace(
        "dist.Normal(0.0, 1.0))\n    with", "dist.Bernoulli(0.5))\n    with"
    )
    step = STEP.replace("SVI(model", "SVI(config_enumerate(model)")
    step = step.replace("Trace_ELBO", "TraceEnum_ELBO")
    assert codes(reported(tmp_path, model, GUIDE, step)) == []


def test_an_error_is_told_once_under_the_fault_that_explains_it(tmp_path: Path) -> None:
    model = MODEL.replace('"data", len(data)', '"data", 1').replace(
        "loc, 1.0", "loc.expand(10), 1.0"
    )
    report = reported(tmp_path, model, GUIDE, STEP)
    assert codes(report) == ["PYR605"]


def test_an_error_within_the_step_itself_is_told_at_the_step(tmp_path: Path) -> None:
    step = STEP.replace("Trace_ELBO()", "TraceTailAdaptive_ELBO(num_particles=2)")
    report = reported(tmp_path, MODEL, GUIDE, step)
    assert lines(tmp_path, report) == {"PYR903": "svi.step(torch.randn(10))"}


@pytest.mark.parametrize(
    "statement",
    [
        'raise ValueError("no")',
        'assert False, "no"',
        "len(data.tolist()[99])",
        'open("/nonexistent/data.csv")',
    ],
)
def test_errors_of_the_program_and_of_the_machine_are_not_pyros(
    tmp_path: Path, statement: str
) -> None:
    model = MODEL.replace("    with pyro.plate", f"    {statement}\n    with pyro.plate")
    assert codes(reported(tmp_path, model, GUIDE, STEP)) == []


def test_an_error_before_any_step_is_evidence(tmp_path: Path) -> None:
    tracing = "poutine.trace(model).get_trace(torch.randn(3, 10) @ torch.randn(3))"
    report = reported(tmp_path, MODEL, tracing)
    assert report.step is None
    assert lines(tmp_path, report) == {"PYR903": tracing}


def test_both_statements_of_a_name_are_named(tmp_path: Path) -> None:
    model = MODEL.replace('"obs"', '"loc"')
    (found,) = confirmed(reported(tmp_path, model, GUIDE, STEP))
    assert found.code == "PYR701"
    assert found.position is not None
    assert [found.position.row - each.row for each in found.related] == [2]


def test_a_plate_without_a_size_takes_any(tmp_path: Path) -> None:
    model = MODEL.replace('"data", len(data)', '"data"')
    assert codes(reported(tmp_path, model, GUIDE, STEP)) == []


def test_dimensions_to_the_right_of_a_plate_are_left_alone(tmp_path: Path) -> None:
    model = """
    def model(data):
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", 5, dim=-2):
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data.reshape(5, 2))
    """
    assert codes(reported(tmp_path, model, GUIDE, STEP)) == []


def test_dimensions_left_of_the_nesting_are_enumerations(tmp_path: Path) -> None:
    model = MODEL.replace("loc, 1.0", "loc.expand(2, 1), 1.0")
    assert codes(reported(tmp_path, model, GUIDE, STEP)) == ["PYR601"]
    step = STEP.replace("Trace_ELBO()", "Trace_ELBO(max_plate_nesting=1)")
    assert codes(reported(tmp_path, model, GUIDE, step)) == []


def test_an_objective_without_a_loss_has_none_that_is_not_finite(tmp_path: Path) -> None:
    step = STEP.replace(
        "Trace_ELBO()", "TraceTailAdaptive_ELBO(num_particles=2, vectorize_particles=True)"
    )
    assert "PYR901" not in codes(reported(tmp_path, MODEL, GUIDE, step))


def test_a_parameter_behind_a_block_is_not_called_unused(tmp_path: Path) -> None:
    model = """
    def inner(data):
        shift = pyro.param("shift", torch.tensor(0.0))
        loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
        with pyro.plate("data", len(data)):
            pyro.sample("hidden", dist.Normal(shift, 1.0), obs=data)
            pyro.sample("obs", dist.Normal(loc, 1.0), obs=data)


    model = poutine.block(inner, hide=["hidden"])
    """
    assert codes(reported(tmp_path, model, GUIDE, STEP)) == []


@pytest.mark.parametrize(
    "statement",
    [
        "pyro.enable_validation(False)",
        "pyro.distributions.enable_validation(False)",
        "pyro.infer.enable_validation(is_validate=False)",
        "pyro.settings.set(validate_poutine=False)",
        "torch.distributions.Distribution.set_default_validate_args(False)",
    ],
)
def test_the_line_that_switched_validation_off_is_named(tmp_path: Path, statement: str) -> None:
    report = reported(tmp_path, statement, MODEL, GUIDE, STEP)
    assert lines(tmp_path, report) == {"PYR501": statement}


def test_a_scope_without_validation_counts_where_the_step_is_in_it(tmp_path: Path) -> None:
    step = textwrap.indent(STEP.strip("\n"), "    ")
    scope = "with pyro.validation_enabled(False):"
    report = reported(tmp_path, MODEL, GUIDE, f"{scope}\n{step}")
    assert lines(tmp_path, report) == {"PYR501": scope}
    report = reported(tmp_path, MODEL, GUIDE, f"{scope}\n    pass\n{STEP}")
    assert codes(report) == []


@pytest.mark.parametrize(
    ("code", "statements"),
    [
        ("PYR501", "pyro.enable_validation(False)\npyro.enable_validation(True)"),
        ("PYR503", 'warnings.simplefilter("ignore")\nwarnings.resetwarnings()'),
    ],
)
def test_what_was_put_right_before_the_step_refutes_the_claim(
    tmp_path: Path, code: str, statements: str
) -> None:
    claim = Claim(code, str(tmp_path / "program.py"), None, (11, 11))
    report = reported(tmp_path, statements, MODEL, GUIDE, STEP, claims=[claim])
    (found,) = [each for each in report.evidence if each.code == code]
    assert found.verdict is Verdict.REFUTED


@pytest.mark.parametrize(
    ("code", "statement"),
    [
        ("PYR501", "pyro.enable_validation(False)"),
        ("PYR503", 'warnings.simplefilter("ignore")'),
    ],
)
def test_what_the_program_never_came_by_is_not_refuted(
    tmp_path: Path, code: str, statement: str
) -> None:
    claim = Claim(code, str(tmp_path / "program.py"), None, (12, 12))
    function = f"def never_called():\n    {statement}"
    report = reported(tmp_path, function, MODEL, GUIDE, STEP, claims=[claim])
    assert line(tmp_path, 12) == statement
    assert [each for each in report.evidence if each.code == code] == []


@pytest.mark.parametrize("end", ["exp", "relu", "square"])
def test_only_what_cannot_reach_the_bound_refutes_a_scale(tmp_path: Path, end: str) -> None:
    guide = f"""
    def guide(data):
        raw = pyro.param("raw", torch.tensor(0.3))
        pyro.sample("loc", dist.Normal(0.0, torch.{end}(raw).sum()))
    """
    path = str(tmp_path / "program.py")
    claim = Claim("PYR101", path, None, (20, 20), "loc", "scale")
    report = reported(tmp_path, MODEL, guide, STEP, claims=[claim])
    (found,) = [each for each in report.evidence if each.code == "PYR101"]
    expected = {"exp": Verdict.REFUTED, "relu": Verdict.CONFIRMED, "square": Verdict.UNKNOWN}
    assert found.verdict is expected[end]


def test_hidden_warnings_are_counted(tmp_path: Path) -> None:
    hide = 'warnings.simplefilter("ignore")'
    report = reported(tmp_path, hide, MODEL_OF_TWO, GUIDE, STEP)
    found = next(each for each in confirmed(report) if each.code == "PYR503")
    assert found.position is not None
    assert line(tmp_path, found.position.row) == hide
    assert list(found.figures.values()) == [1]


def test_a_filter_that_is_over_by_the_step_hides_nothing(tmp_path: Path) -> None:
    scope = 'with warnings.catch_warnings():\n    warnings.simplefilter("ignore")'
    report = reported(tmp_path, scope, MODEL, GUIDE, STEP)
    assert codes(report) == []
    narrow = 'warnings.filterwarnings("ignore", category=DeprecationWarning)'
    assert codes(reported(tmp_path, narrow, MODEL, GUIDE, STEP)) == []


def test_an_objective_of_the_users_own_may_train_in_parts(tmp_path: Path) -> None:
    guide = GUIDE + '    pyro.param("other", torch.tensor(0.0))\n'
    assert codes(reported(tmp_path, MODEL, guide, STEP)) == ["PYR705"]
    own = "class Alternating(Trace_ELBO):\n    pass"
    step = STEP.replace("Trace_ELBO()", "Alternating()")
    assert codes(reported(tmp_path, own, MODEL, guide, step)) == []


LOGGING = """
def guide(data):
    loc = pyro.param("loc_loc", torch.tensor(0.0))
    by = pyro.param("by", torch.tensor(0.1))
    print("by", by.item())
    pyro.sample("loc", dist.Normal(loc, 0.1))
"""


def test_of_a_number_that_is_read_the_static_finding_tells_what_it_is_for(tmp_path: Path) -> None:
    assert codes(reported(tmp_path, MODEL, LOGGING, STEP)) == ["PYR707"]
    text = (tmp_path / "program.py").read_text()
    row = text[: text.index("by = pyro.param")].count("\n") + 1
    claim = Claim("PYR705", str(tmp_path / "program.py"), None, (row, row))
    assert codes(reported(tmp_path, MODEL, LOGGING, STEP, claims=(claim,))) == ["PYR705"]
