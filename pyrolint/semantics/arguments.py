"""What a call passes, by position and by keyword."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from pyrolint.semantics.values import Value
from pyrolint.syntax.ir import Place


class Arguments(msgspec.Struct, frozen=True):
    """What a call passes. ``is_open``: a ``*`` or ``**`` of unknown content was among it."""

    positional: tuple[Value, ...] = ()
    keywords: Mapping[str, Value] = {}
    positional_places: tuple[Place, ...] = ()
    keyword_places: Mapping[str, Place] = {}
    is_open: bool = False

    def get(self, position: int, name: str) -> Value | None:
        """The argument of that keyword or, failing that, position."""
        if name in self.keywords:
            return self.keywords[name]
        return self.positional[position] if 0 <= position < len(self.positional) else None

    def place(self, position: int, name: str) -> Place | None:
        """Where the argument of that keyword or position stands."""
        if name in self.keyword_places:
            return self.keyword_places[name]
        places = self.positional_places
        return places[position] if 0 <= position < len(places) else None

    def bind(self, names: Sequence[str]) -> tuple[dict[str, Value], dict[str, Place]]:
        """Arguments and their places by parameter name; further keywords stay under their own."""
        values = dict(zip(names, self.positional, strict=False))
        places = dict(zip(names, self.positional_places, strict=False))
        values.update(self.keywords)
        places.update(self.keyword_places)
        return values, places

    def without_first(self, count: int = 1) -> Arguments:
        """The arguments behind the first ``count`` positional ones."""
        return Arguments(
            self.positional[count:],
            self.keywords,
            self.positional_places[count:],
            self.keyword_places,
            self.is_open,
        )

    def with_first(self, *values: Value, place: Place) -> Arguments:
        """The arguments behind some further leading ones."""
        return Arguments(
            (*values, *self.positional),
            self.keywords,
            (*(place for _ in values), *self.positional_places),
            self.keyword_places,
            self.is_open,
        )

    def mapped(self, function: Callable[[Value], Value]) -> Arguments:
        """The arguments with a function applied to each."""
        keywords = {name: function(value) for name, value in self.keywords.items()}
        positional = tuple(map(function, self.positional))
        return Arguments(
            positional, keywords, self.positional_places, self.keyword_places, self.is_open
        )

    def values(self) -> tuple[Value, ...]:
        """All argument values."""
        return (*self.positional, *self.keywords.values())
