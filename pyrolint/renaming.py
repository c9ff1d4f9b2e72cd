"""The fix that writes what has taken a retired name's place."""

from __future__ import annotations

from pyrolint.finding import (
    Edit,
    Fix,
    RenameAttribute,
    RenameImport,
    RenameKeyword,
    ReplaceCallee,
)
from pyrolint.semantics.library.retired import Retired
from pyrolint.semantics.uses import NameUse, UseKind


def renaming(use: NameUse, retired: Retired) -> Fix | None:
    """Write the new name, where one takes the same and does the same; None where none does."""
    new = retired.instead
    if new is None or not retired.is_same:
        return None
    edit: Edit
    match use.kind:
        case UseKind.IMPORT | UseKind.MODULE:
            edit = RenameImport(use.place, use.name, new)
        case UseKind.ATTRIBUTE:
            edit = ReplaceCallee(use.place, f"{{{new}}}")
        case UseKind.METHOD:
            edit = RenameAttribute(use.place, new)
        case UseKind.ARGUMENT:
            edit = RenameKeyword(use.place, new)
    return Fix(f"Write {new}", (edit,), safe=True)
