"""Whether probabilities are made from logits only to be handed over, and so saturate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor

from pyrolint.dynamic.child.observation.recorders import Construction
from pyrolint.dynamic.child.observation.step import Site
from pyrolint.dynamic.child.probing import figure, first_where, probe, worded
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import Operation
from pyrolint.dynamic.messages import Evidence, Verdict

_SIGMOID = frozenset({"sigmoid", "expit"})
_SOFTMAX = frozenset({"softmax"})
_TAKES = {
    "Bernoulli": _SIGMOID,
    "Binomial": _SIGMOID,
    "Geometric": _SIGMOID,
    "NegativeBinomial": _SIGMOID,
    "Categorical": _SOFTMAX,
    "OneHotCategorical": _SOFTMAX,
    "Multinomial": _SOFTMAX,
}
"""By family: what its ``logits`` would stand for."""

_DOUBLINGS = 12


@probe("PYR109")
def saturation(laboratory: Laboratory) -> Iterator[Evidence]:
    """Find the operation behind ``probs``, and the move of logits that makes them 0 or 1.

    That a program makes them so is fine as long as it uses them elsewhere too, which only the
    static side can tell: without its finding they must have reached 0 or 1 already.
    """
    if not laboratory.can_repeat:
        return
    run = laboratory.recorded
    claimed = any(True for _ in laboratory.step.claimed("PYR109"))
    for execution in run.executions:
        for site in execution.sites:
            for construction in site.constructions:
                for name in ("probs", "gate"):
                    probabilities = construction.arguments.get(name)
                    if run.operations is None or not isinstance(probabilities, Tensor):
                        continue
                    made = run.operations.of(probabilities)
                    if made.function in _functions(construction, name):
                        yield from _judged(site, construction, name, made, claimed=claimed)


def _functions(construction: Construction, name: str) -> frozenset[str]:
    if name == "gate":
        return _SIGMOID
    kinds = (kind.__name__ for kind in construction.family.__mro__)
    return next((_TAKES[kind] for kind in kinds if kind in _TAKES), frozenset())


def _judged(
    site: Site, construction: Construction, name: str, made: Operation, *, claimed: bool
) -> Iterator[Evidence]:
    logits = made.operands[0].value if isinstance(made.operands[0], Operation) else None
    if logits is None or (made.function in _SOFTMAX and not _is_of_last_dimension(made, logits)):
        return
    if not logits.requires_grad:
        # Of constants no gradient is lost.
        return
    logits, probabilities = logits.detach(), made.value.detach()
    # An infinite logit is a choice that was ruled out on purpose.
    flat = ((probabilities == 0.0) | (probabilities == 1.0)) & torch.isfinite(logits)
    if bool(flat.any()):
        index = first_where(flat)
        now, distance = probabilities[index], 0.0
        message = f"is {worded(now)} already, from a logit of {worded(logits[index])}"
    elif claimed:
        found = _distance(made, logits)
        if found is None:
            return
        distance, now = found
        message = f"becomes {worded(now)} once a logit grows by {worded(distance)}"
    else:
        return
    instead = "logits" if name == "probs" else "gate_logits"
    places = (site.position, construction.position)
    yield Evidence(
        "PYR109",
        Verdict.CONFIRMED,
        f"`{name}` of {construction.family.__name__} is the {made.function} of logits and "
        f"{message}, where its gradient is lost; `{instead}` does not round",
        position=construction.position or site.position,
        site=site.name,
        argument=name,
        related=tuple(dict.fromkeys(place for place in places if place is not None)),
        figures={"becomes": figure(now), "distance": figure(distance)},
    )


def _is_of_last_dimension(made: Operation, logits: Tensor) -> bool:
    dimension: Any = made.keywords.get("dim")
    if dimension is None and len(made.operands) > 1:
        dimension = made.operands[1]
    return isinstance(dimension, int) and dimension in (-1, logits.dim() - 1)


def _distance(made: Operation, logits: Tensor) -> tuple[float, Tensor] | None:
    """By how much the greatest logit must grow for its probability to be exactly 1."""
    if logits.numel() == 0 or (logits.dim() == 0 and made.function in _SOFTMAX):
        return None
    row = logits.reshape(-1) if made.function in _SIGMOID else logits.reshape(-1, logits.shape[-1])
    place = row.argmax() if row.dim() == 1 else row.max(-1).values.argmax()
    vector = row[place].reshape(1) if row.dim() == 1 else row[place]
    top = vector.argmax()

    def moved(length: float) -> Tensor:
        longer = vector.clone()
        longer[top] += length
        return (torch.sigmoid(longer) if row.dim() == 1 else longer.softmax(-1))[top]

    reaching = next((2.0**n for n in range(_DOUBLINGS) if float(moved(2.0**n)) == 1.0), None)
    if reaching is None:
        return None
    low, high = 0.0, reaching
    while high - low > 0.1:
        middle = (low + high) / 2.0
        low, high = (low, middle) if float(moved(middle)) == 1.0 else (middle, high)
    return high, moved(high)
