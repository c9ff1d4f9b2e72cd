"""The graph of an observed step, its long series folded and its findings at their nodes."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pyrolint.dynamic.messages import SiteSummary, StepSummary
from pyrolint.report.drawing.elements import LONGEST_LABEL
from pyrolint.report.drawing.graph import Badge, Graph, Node, NodeKind
from pyrolint.report.page.run import PageFinding
from pyrolint.report.page.text import TIMES

SERIES = 4
"""From how many sites that differ by a number alone one node stands for all of them."""
PARAMETERS = 3
"""From how many parameters of one module with the same children one node stands for all."""
_KINDS = {"param": "parameter", "factor": "factor", "deterministic": "deterministic site"}
_NUMBER = re.compile(r"\d+")


def model_and_guide(
    step: StepSummary, badges: Sequence[tuple[PageFinding, Badge]]
) -> tuple[Graph, ...]:
    """The step's graphs: the model, and the guide where it has sites."""
    placed = _placed(step.sites, badges)
    graphs = []
    for role, function in (("model", step.model), ("guide", step.guide)):
        sites = {site.name: site for site in step.sites if site.role == role}
        if sites:
            named = function is not None and function != role
            title = f"{role.capitalize()} · {function}" if named else role.capitalize()
            graphs.append(_graph(title, list(sites.values()), placed))
    return tuple(graphs)


def pattern(name: str) -> str:
    """A site's name with ``{}`` for each number, as findings name the sites of a loop."""
    return _NUMBER.sub("{}", name)


def is_parameter(site: SiteSummary) -> bool:
    """Whether the site is one of the parameter store's."""
    return site.kind == "param"


def _graph(
    title: str, sites: Sequence[SiteSummary], placed: Mapping[tuple[str, str], Sequence[Badge]]
) -> Graph:
    """Sites of one role: folded, joined to their parents, marked."""
    groups = _folded(sites)
    key_of = {site.name: key for key, group in groups.items() for site in group}
    nodes = []
    edges: dict[tuple[str, str], None] = {}
    for key, group in groups.items():
        marks = {badge: None for site in group for badge in placed.get((site.role, site.name), ())}
        nodes.append(_node(key, group, tuple(marks)))
        for site in group:
            for parent in site.parents:
                if parent in key_of:
                    edges[key_of[parent], key] = None
    return Graph(title, tuple(nodes), tuple(edges))


def _folded(sites: Sequence[SiteSummary]) -> dict[str, list[SiteSummary]]:
    """Sites by node, in the order of execution."""
    children: dict[str, set[str]] = defaultdict(set)
    for site in sites:
        for parent in site.parents:
            children[parent].add(pattern(site.name))
    alike: dict[tuple[object, ...], list[SiteSummary]] = defaultdict(list)
    for site in sites:
        alike[_likeness(site, children[site.name])].append(site)
    groups: dict[str, list[SiteSummary]] = {}
    for site in sites:
        group = alike[_likeness(site, children[site.name])]
        least = PARAMETERS if is_parameter(site) else SERIES
        if len(group) < least:
            groups[site.name] = [site]
        else:
            groups[group[0].name] = group
    return groups


def _likeness(site: SiteSummary, children: Iterable[str]) -> tuple[object, ...]:
    """What two sites must share to stand in one node."""
    if is_parameter(site):
        return ("parameter", re.split(r"[.$]", site.name)[0], frozenset(children))
    return (pattern(site.name), site.kind, site.family, site.observed, site.plates)


def _node(key: str, group: Sequence[SiteSummary], badges: tuple[Badge, ...]) -> Node:
    """One site, or the node that stands for several."""
    first = group[0]
    kind = _kind(first)
    label, detail, count = first.name, first.family or "", len(group)
    if is_parameter(first):
        label = first.name.replace("$$$", ".")
        while len(label) > LONGEST_LABEL and "." in label:
            label = label.partition(".")[2]
        if count > 1:
            module = re.split(r"[.$]", first.name)[0]
            label = f"{module} {TIMES} {count}"
    elif count > 1:
        label = f"{first.name} … {_last_number(group[-1].name)}"
        detail = f"{count} {TIMES} {detail}" if detail else f"{count} sites"
    return Node(key, label, kind, detail, _title(group), first.plates, count, badges)


def _kind(site: SiteSummary) -> NodeKind:
    """How the site is drawn: its own kind, and sampled ones by whether they are observed."""
    if is_parameter(site):
        return NodeKind.PARAMETER
    if site.kind == "sample":
        return NodeKind.OBSERVED if site.observed else NodeKind.LATENT
    return NodeKind.FACTOR if site.kind == "factor" else NodeKind.DETERMINISTIC


def _last_number(name: str) -> str:
    """The last number of a name: where a series ends."""
    numbers = _NUMBER.findall(name)
    return numbers[-1] if numbers else name


def _title(group: Sequence[SiteSummary]) -> str:
    """What a pointer or a screen reader gets of a node."""
    first = group[0]
    if len(group) > 1:
        return f"{len(group)} sites, from {first.name} to {group[-1].name}"
    parts = [f"{_KINDS.get(first.kind, 'site')} {first.name}"]
    if first.observed:
        parts.append("observed")
    if first.family:
        parts.append(first.family)
    if first.support:
        parts.append(f"support {first.support}")
    if not is_parameter(first):
        parts.append(f"batch shape {list(first.batch_shape)}")
        parts.append(f"event shape {list(first.event_shape)}")
    if first.position is not None:
        parts.append(f"line {first.position.row}")
    return ", ".join(parts)


def _placed(
    sites: Sequence[SiteSummary], badges: Sequence[tuple[PageFinding, Badge]]
) -> dict[tuple[str, str], list[Badge]]:
    """Each finding's badge at its sites, by role and name.

    The site on the finding's own line counts most; else every site of its name or pattern.
    """
    placed: dict[tuple[str, str], list[Badge]] = defaultdict(list)
    for finding, badge in badges:
        here = [site for site in sites if _on_line(site, finding)]
        named = [site for site in sites if _is_named(site, finding)]
        both = [site for site in here if site in named]
        for site in both or here or named:
            placed[site.role, site.name].append(badge)
    return placed


def _on_line(site: SiteSummary, finding: PageFinding) -> bool:
    position = site.position
    return position is not None and (
        position.row == finding.row
        and position.cell == finding.cell
        # The page may show a path relative to the working folder.
        and (position.filename == finding.filename or position.filename.endswith(finding.filename))
    )


def _is_named(site: SiteSummary, finding: PageFinding) -> bool:
    return finding.site is not None and finding.site in (site.name, pattern(site.name))
