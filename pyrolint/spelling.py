"""How a file writes a library's name: by the imports it has, or by one that has to be added.

Rules name things of libraries in full and in braces, ``{pyro.distributions.constraints.positive}``;
a file that imports ``pyro.distributions as dist`` writes ``dist.constraints.positive``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

import libcst as cst

from pyrolint.finding import AddImport
from pyrolint.semantics.library.knowledge import knowledge

_BRACED = re.compile(r"\{([A-Za-z_]\w*(?:\.\w+)*)\}")


class Speller:
    """Writes library names for one place; ``above`` are the nodes around it, outermost first."""

    def __init__(self, path: str, above: Sequence[cst.CSTNode]) -> None:
        self._path = path
        bound: dict[str, str | None] = {}
        self._stars: list[str] = []
        for scope in above:
            if isinstance(scope, cst.FunctionDef):
                bound.update(dict.fromkeys(_assigned(scope)))
            if isinstance(scope, (cst.Module, cst.FunctionDef)):
                body = scope.body if isinstance(scope, cst.Module) else [scope.body]
                for name, dotted in _imported(body):
                    if name == "*":
                        self._stars.append(dotted)
                    else:
                        bound[name] = dotted
        self._bound = bound
        self.imports: list[AddImport] = []

    def spelt(self, code: str) -> str:
        """``code`` with its braced names written out; what they need is left in ``imports``."""
        return _BRACED.sub(lambda match: self._name(match[1]), code)

    def _name(self, full: str) -> str:
        found = min(self._spellings(full), key=lambda name: (name.count("."), name), default=None)
        if found is not None:
            return found
        parts = full.split(".")
        if len(parts) < 3:
            self.imports.append(AddImport(self._path, parts[0]))
            return full
        # A class or function is imported by name, what stands in a small module by the module's.
        kept = 2 if len(parts) > 3 else 1
        module, name = ".".join(parts[:-kept]), parts[-kept]
        alias = None if name not in self._bound else f"{parts[0]}_{name}"
        self.imports.append(AddImport(self._path, module, name, alias))
        return ".".join([alias or name, *parts[len(parts) - kept + 1 :]])

    def _spellings(self, full: str) -> Iterator[str]:
        """The ways in which the file's own imports reach a name."""
        canonical: Callable[[str], str] = knowledge().canonical
        wanted = canonical(full)
        parts = full.split(".")
        tails = [parts[index:] for index in range(1, len(parts) + 1)]
        for alias, dotted in self._bound.items():
            for tail in tails if dotted is not None else ():
                # The long way through another library's root reads worse than an import.
                is_short = len(tail) < 3 or str(dotted).partition(".")[0] == parts[0]
                if is_short and canonical(".".join([str(dotted), *tail])) == wanted:
                    yield ".".join([alias, *tail])
        for dotted in self._stars:
            for tail in tails:
                spelling = ".".join(tail)
                free = tail and self._bound.get(tail[0], dotted) == dotted
                if free and canonical(f"{dotted}.{spelling}") == wanted:
                    yield spelling


def dotted_name(module: cst.BaseExpression | None) -> str:
    """``a.b.c`` of a libcst name or attribute; empty for anything else."""
    if isinstance(module, cst.Attribute):
        return f"{dotted_name(module.value)}.{module.attr.value}"
    return module.value if isinstance(module, cst.Name) else ""


def _imported(body: Iterable[cst.CSTNode]) -> Iterator[tuple[str, str]]:
    """The names that the imports of one scope bind, and what to; ``*`` for star imports."""
    for statement in body:
        if isinstance(statement, cst.Import):
            for alias in statement.names:
                bound, dotted = alias.evaluated_alias, alias.evaluated_name
                yield (bound, dotted) if bound else (dotted.partition(".")[0],) * 2
        elif isinstance(statement, cst.ImportFrom):
            if statement.relative:
                continue
            module = dotted_name(statement.module)
            if isinstance(statement.names, cst.ImportStar):
                yield "*", module
                continue
            for alias in statement.names:
                name = alias.evaluated_name
                yield alias.evaluated_alias or name, f"{module}.{name}"
        elif not isinstance(statement, (cst.FunctionDef, cst.ClassDef, cst.BaseExpression)):
            yield from _imported(statement.children)


def _assigned(function: cst.FunctionDef) -> set[str]:
    """The names that a function's parameters and assignments bind."""
    visitor = _Bindings()
    function.visit(visitor)
    return visitor.names


class _Bindings(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def visit_Param(self, node: cst.Param) -> None:  # noqa: N802
        self.names.add(node.name.value)

    def visit_AssignTarget(self, node: cst.AssignTarget) -> None:  # noqa: N802
        if isinstance(node.target, cst.Name):
            self.names.add(node.target.value)


def _small(statement: cst.CSTNode) -> Sequence[cst.CSTNode]:
    return statement.body if isinstance(statement, cst.SimpleStatementLine) else ()


def last_import(body: Iterable[cst.CSTNode]) -> cst.CSTNode | None:
    """The last import of those at the top of a file, a docstring before them passed over."""
    last: cst.CSTNode | None = None
    for index, statement in enumerate(body):
        small = _small(statement)
        if small and all(isinstance(each, (cst.Import, cst.ImportFrom)) for each in small):
            last = statement
        elif last is not None or index or not _is_docstring(small):
            break
    return last


def _is_docstring(small: Sequence[cst.CSTNode]) -> bool:
    return (
        len(small) == 1
        and isinstance(small[0], cst.Expr)
        and isinstance(small[0].value, (cst.SimpleString, cst.ConcatenatedString))
    )


def import_from(body: Iterable[cst.CSTNode], edit: AddImport) -> cst.ImportAlias | None:
    """The last name of an import from the same module, which another can join."""
    for statement in body:
        for small in _small(statement):
            if isinstance(small, cst.ImportFrom) and not small.relative:
                if dotted_name(small.module) == edit.module:
                    if not isinstance(small.names, cst.ImportStar):
                        return small.names[-1]
    return None


def makes_import(statement: cst.CSTNode, edit: AddImport) -> bool:
    """Whether a top-level statement already makes the import that is asked for."""
    for small in _small(statement):
        if isinstance(small, cst.Import) and edit.name is None:
            for alias in small.names:
                if alias.evaluated_name == edit.module and alias.evaluated_alias == edit.alias:
                    return True
        elif isinstance(small, cst.ImportFrom) and edit.name is not None:
            if small.relative or isinstance(small.names, cst.ImportStar) or small.module is None:
                continue
            for alias in small.names:
                bound = alias.evaluated_alias or alias.evaluated_name
                if (
                    dotted_name(small.module) == edit.module
                    and alias.evaluated_name == edit.name
                    and bound == (edit.alias or edit.name)
                ):
                    return True
    return False
