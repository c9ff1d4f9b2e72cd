"""Names that are told to be gone are gone from Pyro, and what replaces them is there."""

import importlib

import pytest

from pyrolint.semantics.library.knowledge import knowledge
from pyrolint.semantics.library.retired import DEPRECATED, REMOVED, retired

pytest.importorskip("pyro")


def resolves(name: str) -> bool:
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        for part in parts[count:]:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def test_removed_names_are_gone() -> None:
    assert [name for name in REMOVED if resolves(name)] == []


def test_what_is_deprecated_is_so_by_pyros_own_words() -> None:
    assert DEPRECATED.keys() - knowledge().deprecated.keys() == set()


@pytest.mark.filterwarnings("ignore")
def test_what_replaces_them_is_there() -> None:
    named = [each.instead for each in (*REMOVED.values(), *DEPRECATED.values())]
    assert [name for name in named if name and "." in name and not resolves(name)] == []


def test_each_says_what_to_write() -> None:
    for name, each in {**REMOVED, **DEPRECATED}.items():
        assert (each.instead is None) != (each.advice is None), name


@pytest.mark.parametrize("name", ["pyro.plate", "pyro.infer.SVI.step", "pyro.infer.SVI(loss=)"])
def test_names_of_today_are_not_retired(name: str) -> None:
    assert retired(name) is None
