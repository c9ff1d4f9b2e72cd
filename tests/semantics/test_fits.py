"""Misfits of shapes: what is found before a run is what Pyro refuses in one."""

from __future__ import annotations

import warnings
from textwrap import indent

import pyro
from hypothesis import example, given, settings
from hypothesis import strategies as st
from semantics.reading import PRELUDE

from pyrolint.runner import check
from pyrolint.settings import Options, SettingsFinder

CODES = ("PYR601", "PYR602", "PYR603", "PYR604", "PYR605", "PYR607")
SIZES = st.sampled_from([1, 2, 3])
SHAPES = st.lists(SIZES, max_size=3).map(tuple)


SIZES_BY_NAME = {"a": 2, "b": 3, "c": 1, "d": 2, "e": 3}
"""A plate of one name has one size, or model and guide take on each other's subsamples."""


@st.composite
def plates(draw: st.DrawFn, *, are_subsampled: bool = True) -> list[str]:
    """Statements of nested plates, of a few sizes, with and without dimensions of their own."""
    found = []
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(sorted(SIZES_BY_NAME)))
        options = [str(SIZES_BY_NAME[name])]
        if draw(st.booleans()):
            options.append(f"dim={draw(st.sampled_from([-1, -2, -3]))}")
        elif are_subsampled and draw(st.booleans()):
            options.append("1")
        found.append(f"with pyro.plate({name!r}, {', '.join(options)}):")
    return found


@st.composite
def distributions(draw: st.DrawFn) -> str:
    shape = draw(SHAPES)
    events = draw(st.integers(0, len(shape)))
    code = draw(
        st.sampled_from(
            [
                f"dist.Normal(torch.zeros({shape}), 1.0)",
                f"dist.Normal(0.0, 1.0).expand({shape})",
                f"dist.Dirichlet(torch.ones({(*shape, 3)}))",
                f"dist.Normal(torch.zeros({shape}), torch.ones({shape[-1:]}))",
            ]
        )
    )
    return f"{code}.to_event({events})" if events else code


def nested(statements: list[str], innermost: str) -> str:
    lines = [indent(line, "    " * depth) for depth, line in enumerate(statements)]
    return "\n".join([*lines, indent(innermost, "    " * len(statements))])


def program(model: str, guide: str) -> str:
    return (
        f"{PRELUDE}\n\ndef model():\n{indent(model, '    ')}\n\n\n"
        f"def guide():\n{indent(guide, '    ')}\n\n\n"
        "elbo = Trace_ELBO()\n"
        "SVI(model, guide, Adam({'lr': 0.01}), elbo).step()\n"
    )


def refusal(text: str) -> str | None:
    """What Pyro says as it runs the program, None where it runs."""
    pyro.clear_param_store()
    with warnings.catch_warnings(), pyro.validation_enabled():
        warnings.simplefilter("ignore")
        try:
            exec(compile(text, "model.py", "exec"), {"__name__": "__main__"})
        except (ValueError, RuntimeError) as error:
            return f"{type(error).__name__}: {error}"
    return None


def findings(text: str) -> set[str]:
    options = Options(select=CODES)
    path = "/nowhere/model.py"
    outcome = check([path], SettingsFinder(options, isolated=True), {path: text.encode()})
    assert not outcome.failures
    return {diagnostic.code for diagnostic in outcome.diagnostics}


@settings(deadline=None)
@given(plates(), distributions())
@example(["with pyro.plate('a', 2, dim=-2):"], "dist.Normal(torch.zeros(3), 1.0)")
def test_latents_are_refused_where_it_is_found(around: list[str], distribution: str) -> None:
    statement = nested(around, f'pyro.sample("x", {distribution})')
    text = program(statement, statement)
    assert (refusal(text) is not None) == bool(findings(text)), text


@settings(deadline=None)
@given(plates(), distributions(), SHAPES)
def test_observations_are_refused_where_it_is_found(
    around: list[str], distribution: str, observed: tuple[int, ...]
) -> None:
    data = f"torch.ones({observed}) / 3"
    statement = nested(around, f'pyro.sample("x", {distribution}, obs={data})')
    text = program(statement, "pass")
    found = findings(text)
    refused = refusal(text)
    if "outside of the support" in str(refused) or "invalid" in str(refused).split(" log_prob")[0]:
        return
    if refused is None:
        # What is broadcast between two plates' dimensions is silent in Pyro.
        assert found <= {"PYR607"}, text
    assert not found or refused is not None or found == {"PYR607"}, text


@settings(deadline=None)
@given(
    plates(are_subsampled=False),
    distributions(),
    plates(are_subsampled=False),
    distributions(),
)
def test_pairs_are_refused_where_it_is_found(
    around: list[str], distribution: str, around_other: list[str], other: str
) -> None:
    model = nested(around, f'pyro.sample("x", {distribution})')
    guide = nested(around_other, f'pyro.sample("x", {other})')
    text = program(model, guide)
    assert (refusal(text) is not None) == bool(findings(text)), text
