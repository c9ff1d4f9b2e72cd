"""The files of one run: each read once, parsed when asked for, and found again by address.

Sources and lowered modules are kept; trees, which take more than twice a source's size, are kept
for the files last used and made again for others, since equal sources give equal addresses.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pyrolint.diagnostic import Span
from pyrolint.source import Source, SourceError, read_source
from pyrolint.syntax.scan import LINE_END

if TYPE_CHECKING:
    import libcst as cst

    from pyrolint.syntax import ir
    from pyrolint.syntax.spans import TextSpan

TREES_KEPT = 4


@dataclass(frozen=True)
class Parsed:
    """A file's tree; ``nodes`` holds the libcst node of each address."""

    source: Source
    tree: cst.Module
    nodes: Sequence[cst.CSTNode]
    module: ir.Module
    _spans: dict[cst.CSTNode, TextSpan] = field(default_factory=dict)
    _rows: dict[int, tuple[int, int]] = field(default_factory=dict)

    @cached_property
    def lines(self) -> list[str]:
        """The lines of the parsed text, without their ends."""
        return LINE_END.split(self.source.text)

    def chain(self, node: cst.CSTNode) -> list[cst.CSTNode]:
        """The nodes from the module down to ``node``."""
        chain = [node]
        while chain[-1] is not self.tree:
            chain.append(self._parents[id(chain[-1])])
        return chain[::-1]

    @cached_property
    def _parents(self) -> dict[int, cst.CSTNode]:
        parents: dict[int, cst.CSTNode] = {}
        pending: list[cst.CSTNode] = [self.tree]
        while pending:
            node = pending.pop()
            for child in node.children:
                parents[id(child)] = node
                pending.append(child)
        return parents

    def span(self, node: cst.CSTNode) -> TextSpan:
        """Where a node stands in the parsed text."""
        if node not in self._spans:
            self.locate([node])
        return self._spans[node]

    def locate(self, nodes: Iterable[cst.CSTNode]) -> None:
        """Find many nodes in one walk, ahead of asking for each."""
        from pyrolint.syntax.spans import spans_of

        self._spans.update(spans_of(self.tree, nodes))

    def rows(self, at: int) -> tuple[int, int]:
        """The text rows on which a comment counts for the statement that holds an address."""
        if at not in self._rows:
            self.locate_statements([at])
        return self._rows[at]

    def locate_statements(self, addresses: Iterable[int]) -> None:
        """Find the statements that hold many addresses in one walk."""
        from pyrolint.syntax.spans import statement_spans

        for at, statement in statement_spans(self.tree, self.nodes, addresses).items():
            self._rows[at] = (statement.first_row, statement.last_row)


class Workspace:
    """Reads and parses files; ``overlay`` holds what stands in the place of their bytes."""

    def __init__(self, overlay: Mapping[str, bytes]) -> None:
        self._overlay = overlay
        self._sources: dict[str, Source] = {}
        self._modules: dict[str, ir.Module | None] = {}
        self._parsed: OrderedDict[str, Parsed] = OrderedDict()

    def data(self, path: str) -> bytes:
        """A file's bytes; OSError where it cannot be read."""
        if path in self._overlay:
            return self._overlay[path]
        with open(path, "rb") as file:
            return file.read()

    def source(self, path: str) -> Source:
        """A file's text; OSError or SourceError where it cannot be read."""
        if path not in self._sources:
            self._sources[path] = read_source(self.data(path), path)
        return self._sources[path]

    @property
    def sources(self) -> Mapping[str, Source]:
        """The sources that have been read."""
        return self._sources

    def parsed(self, path: str) -> Parsed:
        """A file's tree; OSError, SourceError or SyntaxFault where there is none."""
        found = self._parsed.get(path)
        if found is None:
            # libcst takes longer to import than most files take to check.
            from pyrolint.syntax.lower import lower
            from pyrolint.syntax.parse import parse

            source = self.source(path)
            tree = parse(source)
            module, nodes = lower(tree, path, is_notebook=source.is_notebook)
            found = self._parsed[path] = Parsed(source, tree, nodes, module)
            self._modules[path] = module
            if len(self._parsed) > TREES_KEPT:
                self._parsed.popitem(last=False)
        self._parsed.move_to_end(path)
        return found

    def module(self, path: str) -> ir.Module:
        """A file's lowered module; OSError, SourceError or SyntaxFault where there is none.

        Its tree need not have been kept.
        """
        known = self._modules.get(path)
        return known if known is not None else self.parsed(path).module

    def load(self, path: str) -> ir.Module | None:
        """A file's lowered module; None where it does not exist or does not parse."""
        if path not in self._modules:
            from pyrolint.syntax.parse import SyntaxFault

            try:
                self.parsed(path)
            except (OSError, SourceError, SyntaxFault):
                self._modules[path] = None
        return self._modules[path]

    def span(self, place: ir.Place) -> Span:
        """Where a place stands in its file."""
        parsed = self.parsed(place.path)
        where = parsed.source.range(*parsed.span(parsed.nodes[place.at]))
        return Span(place.path, *where)

    def locate(self, path: str, places: Iterable[int], statements: Iterable[int]) -> None:
        """Find places of one file, and the statements that hold some, ahead of asking for each."""
        parsed = self.parsed(path)
        parsed.locate([parsed.nodes[at] for at in places])
        parsed.locate_statements(statements)

    def statement_rows(self, place: ir.Place) -> tuple[int, int]:
        """The first and last row, in the file, on which a suppression holds for a place."""
        parsed = self.parsed(place.path)
        first, last = parsed.rows(place.at)
        return parsed.source.position(first, 1).row, parsed.source.position(last, 1).row
