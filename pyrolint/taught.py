"""The words by which the setting ``signatures`` may describe a function of the user's."""

from __future__ import annotations


def taught_words() -> frozenset[str]:
    """The sets that a function may return, and the library's functions that it may act like."""
    from pyrolint.semantics.library.knowledge import knowledge
    from pyrolint.semantics.library.tensors import FUNCTIONS

    sets = (
        name.rpartition(".")[2]
        for name, fact in knowledge().constraints.items()
        if not (fact.is_factory or fact.abstract)
    )
    return frozenset((*sets, *FUNCTIONS))
