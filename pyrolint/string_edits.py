"""Edits of string literals."""

from __future__ import annotations

import libcst as cst

from pyrolint.import_edits import EditError


def interpolated(node: cst.CSTNode, variable: str) -> str:
    """The literal as an f-string that ends with the variable; EditError for anything else."""
    if isinstance(node, cst.SimpleString):
        if "b" in node.prefix:
            raise EditError("bytes take no f in front")
        prefix = node.prefix if "u" not in node.prefix else ""
        content = node.raw_value.replace("{", "{{").replace("}", "}}")
        return f"{prefix}f{node.quote}{content}_{{{variable}}}{node.quote}"
    if isinstance(node, cst.FormattedString):
        text = cst.Module([]).code_for_node(node)
        return f"{text.removesuffix(node.end)}_{{{variable}}}{node.end}"
    raise EditError(f"{type(node).__name__} is no string literal")
