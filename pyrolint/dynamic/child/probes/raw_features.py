"""Whether data goes into a product with what is learnt at a scale far from one."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.dynamic.child.facts.features import columns_of, data_of, lengths_of, name_of, products
from pyrolint.dynamic.child.facts.holders import named_tensors
from pyrolint.dynamic.child.observation.step import Site
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import Operation
from pyrolint.dynamic.messages import Evidence, Verdict

LARGE = 100.0
"""The mean or deviation from which a column is raw, and how far apart deviations may lie."""

PLAIN = 10.0
"""Up to which a column is about one."""


@probe("PYR401", needs_data=True)
def raw_features(laboratory: Laboratory) -> Iterator[Evidence]:
    """Follow each distribution's arguments back to products of data and what is learnt."""
    if not laboratory.can_repeat:
        return
    run = laboratory.recorded
    if run.operations is None:
        return
    known = dict(named_tensors(laboratory.step))
    lengths = lengths_of(laboratory.step.model_run)
    is_claimed = any(True for _ in laboratory.step.claimed("PYR401"))
    judged: set[tuple[str, int]] = set()
    for site, product in products(run):
        for data, is_left in data_of(product):
            name = name_of(data, known)
            if not name or (name, id(product)) in judged:
                continue
            judged.add((name, id(product)))
            columns = columns_of(product, data.value, is_left=is_left)
            # Features are told of each observation; other constants are the model's own.
            if not columns or lengths.isdisjoint(data.value.shape):
                continue
            laboratory.notes.columns.setdefault(name, columns)
            found = _judged(site, product, name, columns, is_claimed=is_claimed)
            if found is not None:
                yield found


def _judged(
    site: Site,
    product: Operation,
    name: str,
    columns: list[tuple[float, float]],
    *,
    is_claimed: bool,
) -> Evidence | None:
    mean = max((abs(m) for m, _ in columns), default=0.0)
    wide = max((s for _, s in columns), default=0.0)
    # A column of ones is an intercept; those of zeros and ones say what something is.
    spread = [s for _, s in columns if s > 0.0]
    apart = max(spread) / min(spread) if spread else 1.0
    figures = {"mean": figure(mean), "deviation": figure(wide), "apart": figure(apart)}
    # Pixels at a border hardly vary, and nothing explodes where no column does.
    differ = apart > LARGE and wide > PLAIN
    words = (
        f"the columns of `{name}` that are multiplied here have means up to {worded(mean)} and "
        f"standard deviations up to {worded(wide)}"
        + (f", {worded(apart)} times the smallest" if differ else "")
    )
    related = tuple(p for p in (site.position,) if p is not None)
    position = product.position or site.position
    if mean > LARGE or wide > LARGE or differ:
        message = (
            f"{words}: gradients may explode or vanish; standardise them: "
            "`(x - x.mean(0)) / x.std(0)`"
        )
        verdict = Verdict.CONFIRMED
    elif is_claimed and mean < PLAIN and wide < PLAIN and apart < PLAIN:
        message = f"{words}: they are of order one as they reach the product, which draws nothing"
        verdict = Verdict.REFUTED
    else:
        return None
    return Evidence(
        "PYR401",
        verdict,
        message,
        position=position,
        site=site.name,
        related=related,
        figures=figures,
    )
