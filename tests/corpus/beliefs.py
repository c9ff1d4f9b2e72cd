"""What an analysis believed about a place, in a few words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.analysis import Analysis
from pyrolint.semantics.inferences import Pair
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import ParamSite, SampleSite
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.sets import describe
from pyrolint.semantics.values import Value
from pyrolint.syntax.ir import Place
from pyrolint.workspace import Workspace


def beliefs(
    analyses: Sequence[Analysis], workspace: Workspace, path: str, row: int, operator: str
) -> str:
    """What is believed about the parameter or site on a text row of ``path``."""
    rows = _Rows(workspace, path)
    if operator == "widen-guide-family":
        found = [each for analysis in analyses for each in _of_site(analysis, rows, row)]
        missing = "the site is in no program"
    elif operator.startswith(("drop-constraint", "enlarge")):
        found = [each for analysis in analyses for each in _of_parameter(analysis, rows, row)]
        missing = "the parameter is in no program"
    else:
        return ""
    return "; ".join(dict.fromkeys(found)) or missing


class _Rows:
    """The text rows of places in one file."""

    def __init__(self, workspace: Workspace, path: str) -> None:
        self._workspace = workspace
        self._path = path
        self._known: dict[int, int] = {}

    def of(self, place: Place) -> int | None:
        """The row of a place, None for one in another file."""
        if place.path != self._path:
            return None
        if place.at not in self._known:
            parsed = self._workspace.parsed(self._path)
            self._known[place.at] = parsed.span(parsed.nodes[place.at]).row
        return self._known[place.at]


def _of_parameter(analysis: Analysis, rows: _Rows, row: int) -> Iterator[str]:
    places = {
        each.place
        for each in analysis.subjects.get(ParamSite, ())
        if isinstance(each, ParamSite) and rows.of(each.place) == row
    }
    if not places:
        return
    seen = False
    for site in analysis.subjects.get(SampleSite, ()):
        if not isinstance(site, SampleSite):
            continue
        for _, distribution in site.distributions():
            for name, value in distribution.arguments.items():
                if any(origin.place in places for origin in origins_of(value)):
                    seen = True
                    family = distribution.name.rpartition(".")[2]
                    yield f"{name} of {family} at `{site.name}` is {_believed(value)}"
    if not seen:
        yield "the parameter reaches no known distribution"


def _of_site(analysis: Analysis, rows: _Rows, row: int) -> Iterator[str]:
    sites = [
        each
        for each in analysis.subjects.get(SampleSite, ())
        if isinstance(each, SampleSite) and rows.of(each.place) == row
    ]
    if not sites:
        return
    paired = False
    for pair in analysis.pairs:
        if not isinstance(pair, Pair):
            continue
        own = {id(site) for site in pair.guide.sites} & {id(site) for site in sites}
        if not own and not any(rows.of(site.place) == row for site in pair.guide.sites):
            continue
        paired = True
        twins = [twin for twin, site in pair.shared_latents() if rows.of(site.place) == row]
        if not twins:
            yield f"the model {pair.model.name} has no such site"
        for twin in twins:
            supports = [describe(each.support) for _, each in twin.distributions()]
            yield f"the model draws from {' or '.join(supports) or 'an unknown distribution'}"
    if not paired:
        reasons = {each.reason for each in analysis.inferences if each.reason is not None}
        yield f"the guide is in no pair ({'; '.join(sorted(reasons)) or 'no inference fails'})"


def _believed(value: Value) -> str:
    """A value's sets, or why there are none."""
    words: list[str] = []
    for _, option in alternatives(value):
        number = as_numeric(option)
        if number is None:
            words.append(str(getattr(option, "reason", type(option).__name__)))
        else:
            words.append(f"within {describe(number.within)}, reaches {describe(number.reaches)}")
    return " or ".join(words)
