"""Whether an argument can break, from what it is made of: by proof that it cannot, or by search."""

from __future__ import annotations

from torch import Tensor

from pyrolint.dynamic.child.facts.arguments import Argument
from pyrolint.dynamic.child.facts.search import Breach, by_latent, by_leaves
from pyrolint.dynamic.child.facts.supports import REAL, Members, describe, is_subset, members
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.child.repetition.operations import Source, SourceKind


def varies(source: Source) -> bool:
    """Whether a source takes other values; what is observed is data, and stays as it is."""
    return source.kind is not SourceKind.OBSERVATION


def named(source: Source) -> str:
    """A source in words."""
    words = {
        SourceKind.PARAMETER: f"parameter {source.name!r}",
        SourceKind.LATENT: f"the draw of site {source.name!r}",
        SourceKind.MODULE: f"the weights of {source.name}",
    }
    return words.get(source.kind, source.name)


def proof(
    argument: Argument,
    source: Source,
    path: tuple[str, ...],
    reach: tuple[float, float],
    *,
    touching: bool,
) -> str | None:
    """Why no value of the sources can break it, if the operations tell."""
    needs = argument.needs
    if needs.structure is None:
        is_at_end = reach[0] == needs.lower or reach[1] == needs.upper
        if is_subset(Members(*reach), needs) and not (touching and is_at_end):
            how = f"`{path[0]}`" if path else f"the constraint of {named(source)}"
            return f"{how} keeps it {_range_words(reach)}, whatever its sources are"
        return None
    own = members(getattr(source.object, "constraint", None)) or REAL
    if not set(path) - {"__getitem__", "expand", "unsqueeze"} and is_subset(own, needs):
        return f"the constraint of {named(source)} keeps it {describe(needs)}"
    if needs.structure == "simplex" and path and path[0] == "softmax":
        return "`softmax` gives probabilities that sum to 1"
    return None


def _range_words(reach: tuple[float, float]) -> str:
    return f"between {reach[0]:g} and {reach[1]:g}"


def searched(
    laboratory: Laboratory,
    argument: Argument,
    behind: list[tuple[Source, tuple[str, ...]]],
    *,
    touching: bool,
) -> tuple[Source, Breach | None]:
    """The first source whose move breaks the argument, the nearest tried first."""
    for source, _ in behind:
        if source.kind is SourceKind.LATENT and argument.role == "model":
            breach = _by_latent(laboratory, argument, source)
        elif source.kind is SourceKind.PARAMETER:
            breach = by_leaves(laboratory, argument, [source.object.leaf], touching=touching)
        elif source.kind is SourceKind.MODULE:
            leaves = [each for each in source.object.parameters() if each.requires_grad]
            breach = by_leaves(laboratory, argument, leaves, touching=touching)
        else:
            continue
        if breach is not None:
            return source, breach
    return behind[0][0], None


def _by_latent(laboratory: Laboratory, argument: Argument, source: Source) -> Breach | None:
    site = source.object
    if not isinstance(site.value, Tensor) or not site.value.requires_grad:
        return None
    try:
        return by_latent(laboratory, argument, site)
    except NotImplementedError:
        # The support has no bijection from the whole space, so there is no direction to go.
        return None
