"""The intermediate representation: what the analysis reads instead of a syntax tree.

Plain, immutable, encodable data. Every node carries ``at``, its address: the index, in the
walk's own list of libcst nodes, of the node it was lowered from. Positions and edits are made
from the libcst tree by that index, and only where a finding needs them. Lowering is
deterministic, so a tree that was let go can be parsed again and the addresses still hold.
"""

from __future__ import annotations

from typing import TypeAlias

import msgspec


class Node(msgspec.Struct, frozen=True, gc=False, tag=True, array_like=True):
    """Something with an address in its file."""

    at: int


# --- expressions -----------------------------------------------------------------------------


class Name(Node, frozen=True):
    """A variable read (or, as an assignment target, written)."""

    id: str


class Constant(Node, frozen=True):
    """A literal ``None``, bool, int (64 bits), float or str; adjacent strings are joined."""

    value: None | bool | int | float | str


class Attribute(Node, frozen=True):
    """``value.attr``"""

    value: Expression
    attr: str


class Argument(Node, frozen=True):
    """One argument of a call: positional, keyword, ``*value`` (star 1) or ``**value`` (star 2)."""

    keyword: str | None
    star: int
    value: Expression


class Call(Node, frozen=True):
    """``callee(arguments)``"""

    callee: Expression
    arguments: tuple[Argument, ...]


class Slice(Node, frozen=True):
    """``lower:upper:step`` inside a subscript."""

    lower: Expression | None
    upper: Expression | None
    step: Expression | None


class Subscript(Node, frozen=True):
    """``value[indices]``; several indices are the elements of ``x[a, b]``."""

    value: Expression
    indices: tuple[Expression, ...]


class Unary(Node, frozen=True):
    """``operator operand`` with operator one of ``- + ~ not``."""

    operator: str
    operand: Expression


class Binary(Node, frozen=True):
    """``left operator right`` for the arithmetic and bit operators, as written (``**``, ``@``)."""

    operator: str
    left: Expression
    right: Expression


class Boolean(Node, frozen=True):
    """``left and right`` / ``left or right``."""

    operator: str
    left: Expression
    right: Expression


class Comparison(Node, frozen=True):
    """``left op0 right0 op1 right1 …``; operators as written (``is not``, ``not in``)."""

    left: Expression
    operators: tuple[str, ...]
    rights: tuple[Expression, ...]


class Conditional(Node, frozen=True):
    """``body if test else orelse``"""

    test: Expression
    body: Expression
    orelse: Expression


class Starred(Node, frozen=True):
    """``*value`` in a display or an assignment target."""

    value: Expression


class Display(Node, frozen=True):
    """A ``list``, ``tuple`` or ``set`` display (``kind``), or such an assignment target."""

    kind: str
    elements: tuple[Expression, ...]


class Dict(Node, frozen=True):
    """A dict display; a key of None stands for ``**value``."""

    keys: tuple[Expression | None, ...]
    values: tuple[Expression, ...]


class Generator(Node, frozen=True):
    """``for target in iterable if conditions`` of a comprehension."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]


class Comprehension(Node, frozen=True):
    """A comprehension of ``kind`` list, set, dict or generator; ``key`` only for dicts."""

    kind: str
    key: Expression | None
    element: Expression
    generators: tuple[Generator, ...]


class FormattedString(Node, frozen=True):
    """An f-string as its literal (Constant) and interpolated parts, in order."""

    parts: tuple[Expression, ...]


class NamedExpression(Node, frozen=True):
    """``target := value``"""

    target: Expression
    value: Expression


class Lambda(Node, frozen=True):
    """``lambda parameters: body``"""

    parameters: Parameters
    body: Expression


class Yield(Node, frozen=True):
    """``yield value``, or ``yield from value`` where ``delegates``."""

    value: Expression | None
    delegates: bool


class Opaque(Node, frozen=True):
    """An expression the analysis has no reading of (``await``, …), with its operands."""

    operands: tuple[Expression, ...]


Expression: TypeAlias = (
    Name
    | Constant
    | Attribute
    | Call
    | Slice
    | Subscript
    | Unary
    | Binary
    | Boolean
    | Comparison
    | Conditional
    | Starred
    | Display
    | Dict
    | Comprehension
    | FormattedString
    | NamedExpression
    | Lambda
    | Yield
    | Opaque
)


class Parameter(Node, frozen=True):
    """A parameter; ``star`` 1 for ``*args``, 2 for ``**kwargs``."""

    name: str
    default: Expression | None
    annotation: Expression | None
    star: int
    keyword_only: bool
    positional_only: bool


class Parameters(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The parameters of a function, in the order of the signature."""

    items: tuple[Parameter, ...]


# --- statements ------------------------------------------------------------------------------


class ExpressionStatement(Node, frozen=True):
    """An expression evaluated for its effect."""

    value: Expression


class Assign(Node, frozen=True):
    """``targets[0] = targets[1] = … = value``; an annotated assignment has one target."""

    targets: tuple[Expression, ...]
    value: Expression
    annotation: Expression | None


class AugmentedAssign(Node, frozen=True):
    """``target operator= value``; the operator is written without its ``=``."""

    target: Expression
    operator: str
    value: Expression


class Return(Node, frozen=True):
    """``return value``"""

    value: Expression | None


class If(Node, frozen=True):
    """``if``; an ``elif`` is an If alone in ``orelse``."""

    test: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


class For(Node, frozen=True):
    """``for target in iterable``"""

    target: Expression
    iterable: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


class While(Node, frozen=True):
    """``while test``"""

    test: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


class WithItem(Node, frozen=True):
    """``context as target``"""

    context: Expression
    target: Expression | None


class With(Node, frozen=True):
    """``with items: body``"""

    items: tuple[WithItem, ...]
    body: tuple[Statement, ...]


class Try(Node, frozen=True):
    """``try``; handlers hold their bodies only, and the name each binds."""

    body: tuple[Statement, ...]
    handlers: tuple[Handler, ...]
    orelse: tuple[Statement, ...]
    finalbody: tuple[Statement, ...]


class Handler(Node, frozen=True):
    """``except type as name: body``"""

    exception: Expression | None
    name: str | None
    body: tuple[Statement, ...]


class Function(Node, frozen=True):
    """``def name(parameters): body``; ``mentions`` are the names and attributes read in it.

    ``mentions`` (with those of nested functions) lets demand-driven evaluation see, without
    running a function, whether it could reach a Pyro primitive. ``calls`` are the names called in
    it, and with a leading dot the methods of ``self``.
    """

    name: str
    parameters: Parameters
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...]
    returns: Expression | None
    is_async: bool
    is_generator: bool
    mentions: frozenset[str]
    calls: frozenset[str] = frozenset()


class Class(Node, frozen=True):
    """``class name(bases, keywords): body``"""

    name: str
    bases: tuple[Argument, ...]
    body: tuple[Statement, ...]
    decorators: tuple[Expression, ...]


class Import(Node, frozen=True):
    """``import dotted as alias, …``: pairs of dotted name and alias (or None).

    ``places`` are the pairs' own addresses.
    """

    names: tuple[tuple[str, str | None], ...]
    places: tuple[int, ...]


class ImportFrom(Node, frozen=True):
    """``from ..module import name as alias``; a star import has the one pair ``("*", None)``.

    ``places`` are the pairs' own addresses, the statement's for a star.
    """

    module: str
    level: int
    names: tuple[tuple[str, str | None], ...]
    places: tuple[int, ...]


class Declaration(Node, frozen=True):
    """Names declared ``global`` or ``nonlocal``; or a ``field``, a name with only a type."""

    kind: str
    names: tuple[str, ...]


class Delete(Node, frozen=True):
    """``del targets``"""

    targets: tuple[Expression, ...]


class Raise(Node, frozen=True):
    """``raise value``: the path ends here."""

    value: Expression | None


class Assert(Node, frozen=True):
    """``assert test``"""

    test: Expression


class Jump(Node, frozen=True):
    """``break`` or ``continue`` (``kind``)."""

    kind: str


class Match(Node, frozen=True):
    """``match subject``: the cases' bodies as exclusive branches; ``bound`` names are unknown."""

    subject: Expression
    cases: tuple[Case, ...]


class Case(Node, frozen=True):
    """One case of a match: the names its pattern binds, and its body.

    ``test`` says the same as the pattern, where that is made of values and the subject is a name.
    """

    bound: tuple[str, ...]
    irrefutable: bool
    body: tuple[Statement, ...]
    test: Expression | None = None


class OpaqueStatement(Node, frozen=True):
    """A statement the analysis has no reading of; the names it may bind become unknown."""

    bound: tuple[str, ...]


Statement: TypeAlias = (
    ExpressionStatement
    | Assign
    | AugmentedAssign
    | Return
    | If
    | For
    | While
    | With
    | Try
    | Function
    | Class
    | Import
    | ImportFrom
    | Declaration
    | Delete
    | Raise
    | Assert
    | Jump
    | Match
    | OpaqueStatement
)


class Module(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """A lowered file or notebook.

    ``path`` is absolute. ``body`` is the file's statements in order; of a notebook, those of all
    its code cells, top to bottom. ``exports`` is a literal ``__all__``, or None.
    """

    path: str
    body: tuple[Statement, ...]
    is_notebook: bool
    exports: tuple[str, ...] | None


class Place(msgspec.Struct, frozen=True, gc=False, order=True):
    """Where something stands: the file's absolute path and a node's address in it."""

    path: str
    at: int
