"""``graph --output-format text``: what the analysis believes, and what was found, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pyrolint.report.graph.wording import NO_PROGRAMS, named, where
from pyrolint.report.terminal import Style, counted, escaped

_PLATE_OPTIONS = {"size": "size", "subsample_size": "subsample size", "dim": "dim"}
_NONE = {"kind": "constant", "value": None}


def emit(graph: Mapping[str, Any], style: Style) -> Iterator[str]:
    """The lines of the text."""
    yield from map(escaped, _Text(graph, style).lines())


class _Text:
    """Writes the graph for people; places in the file itself are given by row alone."""

    def __init__(self, graph: Mapping[str, Any], style: Style) -> None:
        self._graph = graph
        self._style = style
        self._told: set[int] = set()

    def lines(self) -> Iterator[str]:
        """The lines of the text."""
        graph = self._graph
        yield self._style.path(graph["filename"])
        if not (graph["programs"] or graph["inferences"]):
            yield f"  {NO_PROGRAMS}"
        for inference in graph["inferences"]:
            yield from self._inference(inference)
        for pair in graph["pairs"]:
            model, guide = pair["model"]["name"], pair["guide"]["name"]
            yield f"  pair {model} and {guide} ({self._at(pair['inference'])})"
        for program in graph["programs"]:
            yield from self._program(program)
        others = [number for number in range(len(graph["findings"])) if number not in self._told]
        yield from self._findings(others, "  ")
        coverage = graph["coverage"]
        if coverage["budget_hits"]:
            yield f"  {coverage['budget_hits']} evaluations were cut short"

    def _inference(self, inference: Mapping[str, Any]) -> Iterator[str]:
        yield f"  inference {inference['name']} ({self._at(inference)})"
        for role in ("model", "guide"):
            program = inference[role]
            if program is not None:
                yield f"    {role} {program['name']} ({self._at(program)})"
        for role in ("objective", "optimizer"):
            if inference[role] is not None:
                yield f"    {role} {inference[role]}"
        if inference["unknown"] is not None:
            yield f"    not known: {inference['unknown']}"
        yield from self._findings(inference["findings"], "    ")

    def _program(self, program: Mapping[str, Any]) -> Iterator[str]:
        kind = program["inference"]
        # A function that nothing in the file infers over is run by itself.
        role = "run by itself" if kind == "root" else program["role"]
        under = f" under {kind}" if kind and kind != "root" else ""
        yield f"  program {program['name']} ({self._at(program)}), {role}{under}"
        yield from self._findings(program["findings"], "    ")
        for parameter in program["parameters"]:
            constraint = parameter["constraint"]
            bound = "no constraint" if constraint is None else self._value(constraint)
            start = "read only" if parameter["init"] is None else self._value(parameter["init"])
            yield (
                f"    {parameter['statement']} {named(parameter['name'])} ({self._at(parameter)}): "
                f"{bound}; starts: {start}"
            )
            yield from self._findings(parameter["findings"], "      ")
        # The rounds of a loop may give one site again and again.
        sites: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
        for site in program["sites"]:
            sites.setdefault(tuple(self._site(site)), []).append(site)
        for (first, *rest), same in sites.items():
            yield f"{first}, {len(same)} times" if len(same) > 1 else first
            yield from rest
            numbers = dict.fromkeys(number for site in same for number in site["findings"])
            yield from self._findings(list(numbers), "      ")
        for plate in program["plates"]:
            told = "".join(
                f", {word} {self._value(plate[key])}"
                for key, word in _PLATE_OPTIONS.items()
                if plate[key] is not None and plate[key] != _NONE
            )
            yield f"    plate {named(plate['name'])} ({self._at(plate)}){told}"
            yield from self._findings(plate["findings"], "      ")
        for unknown in program["unknown"]:
            yield f"    not known: {unknown['reason']} ({self._at(unknown)})"

    def _site(self, site: Mapping[str, Any]) -> Iterator[str]:
        kind = {True: "observed", False: "latent", None: "latent or observed"}[site["observed"]]
        branch = ", in a branch" if site["conditional"] else ""
        plates = f", in {', '.join(map(named, site['plates']))}" if site["plates"] else ""
        yield f"    {kind} {named(site['name'])} ({self._at(site)}{branch}{plates})"
        distribution = site["distribution"]
        if distribution["kind"] == "choice":
            for each in distribution["alternatives"]:
                yield from self._distribution(each)
        else:
            yield from self._distribution(distribution)

    def _findings(self, numbers: Sequence[int], indent: str) -> Iterator[str]:
        """What was found, by number; each in full where it is first told."""
        for number in numbers:
            finding = self._graph["findings"][number]
            line = f"{indent}{finding['severity']} {finding['code']} ({self._at(finding)})"
            yield line if number in self._told else f"{line}: {finding['message']}"
            self._told.add(number)

    def _distribution(self, distribution: Mapping[str, Any]) -> Iterator[str]:
        if distribution["kind"] != "distribution":
            yield f"      {self._value(distribution)}"
            return
        family = distribution["family"].rpartition(".")[2]
        dims = distribution["event_dims"]
        event = f", {counted(dims, 'event dim')}" if dims else ""
        yield f"      {family}: draws {distribution['support']}{event}"
        for name, value in distribution["arguments"].items():
            yield f"        {name}: {self._value(value)}"

    def _value(self, value: Mapping[str, Any]) -> str:
        match value["kind"]:
            case "unknown":
                where = f" ({self._at(value)})" if value.get("location") else ""
                return f"not known: {value['reason']}{where}"
            case "constant":
                return repr(value["value"])
            case "string":
                return repr(value["pattern"])
            case "constraint":
                return f"{value['name'].rpartition('.')[2]}, {value['set']}"
            case "choice":
                return " or ".join(self._value(each) for each in value["alternatives"])
            case "library":
                return str(value["name"])
            case "number":
                return self._number(value)
            case kind:
                return f"a {kind}"

    def _number(self, value: Mapping[str, Any]) -> str:
        if value["values"] is not None and not value["origins"]:
            return ", ".join(f"{each:g}" for each in value["values"])
        parts = [f"reaches {value['reaches']}", f"within {value['within']}"]
        if value["start"] != "unknown":
            parts.append(f"starts {value['start']}")
        origins = [
            f"{origin['kind']} {origin['name'] or ''}".strip() + f" ({self._at(origin)})"
            for origin in value["origins"]
        ]
        if origins:
            parts.append(f"from {', '.join(origins)}")
        if value["raw_data"]:
            parts.append("raw data")
        return "; ".join(parts)

    def _at(self, place: Mapping[str, Any]) -> str:
        return where(place, self._graph["filename"], self._style)
