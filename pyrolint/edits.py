"""Symbolic edits as text edits, made from the spans of libcst nodes.

Only the characters that must change are touched, so comments and formatting stay. Everything here
reckons in rows and columns of the parsed text; ``Source`` leads back to the file.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeAlias

import libcst as cst

from pyrolint.diagnostic import LocatedFix, Span, TextEdit
from pyrolint.dict_edits import gathered, with_entry
from pyrolint.finding import (
    AddEntry,
    AddImport,
    AddKeyword,
    AppendCode,
    Edit,
    Fix,
    GatherKeywords,
    InsertStatement,
    Interpolate,
    KeepReceiver,
    RemoveArgument,
    RemoveStatement,
    RenameAttribute,
    RenameImport,
    RenameKeyword,
    ReplaceCallee,
    ReplaceExpression,
    ReplaceMethodCall,
    TakeRows,
    UnwrapCall,
)
from pyrolint.import_edits import EditError, added_import, first_row, renamed_import
from pyrolint.plate_edits import rows_by_plate
from pyrolint.spelling import Speller
from pyrolint.string_edits import interpolated
from pyrolint.syntax.ir import Place
from pyrolint.syntax.spans import Point, TextSpan, end_of, start_of
from pyrolint.workspace import Parsed, Workspace

# Expressions that bind tighter than any operator: code can be appended to them as they stand.
_POSTFIX = (
    cst.Attribute,
    cst.Call,
    cst.Dict,
    cst.DictComp,
    cst.Float,
    cst.FormattedString,
    cst.List,
    cst.ListComp,
    cst.Name,
    cst.Set,
    cst.SetComp,
    cst.SimpleString,
    cst.Subscript,
)
_STATEMENTS = (cst.SimpleStatementLine, cst.SimpleStatementSuite, cst.BaseCompoundStatement)
_Change: TypeAlias = tuple[TextSpan, str]


def render(fix: Fix, workspace: Workspace) -> LocatedFix | None:
    """A fix as text edits in file order; None where the code leaves no place for one of them."""
    changes: dict[TextEdit, None] = {}
    try:
        for edit in fix.edits:
            path = _path(edit)
            parsed = workspace.parsed(path)
            for span, content in _Editor(parsed, path).all_changes(edit):
                where = parsed.source.range(*span)
                changes[TextEdit(Span(path, *where), content)] = None
    except EditError:
        return None
    ordered = tuple(sorted(changes, key=lambda edit: edit.span))
    if not ordered or _overlap(ordered):
        return None
    return LocatedFix(fix.message, ordered, fix.safe)


def _path(edit: Edit) -> str:
    match edit:
        case AddKeyword(call=place) | ReplaceCallee(call=place) | UnwrapCall(call=place):
            return place.path
        case ReplaceMethodCall(call=place):
            return place.path
        case GatherKeywords(call=place) | InsertStatement(node=place) | AddEntry(dictionary=place):
            return place.path
        case ReplaceExpression(expression=place) | AppendCode(expression=place):
            return place.path
        case Interpolate(expression=place):
            return place.path
        case RenameAttribute(expression=place) | KeepReceiver(expression=place):
            return place.path
        case TakeRows(subscript=place):
            return place.path
        case RenameKeyword(argument=place) | RemoveArgument(argument=place):
            return place.path
        case RemoveStatement(node=place) | RenameImport(node=place):
            return place.path
        case AddImport(path=path):
            return path


def _overlap(edits: Sequence[TextEdit]) -> bool:
    return any(
        later.span.filename == earlier.span.filename
        and later.span.cell == earlier.span.cell
        and (later.span.row, later.span.column) < (earlier.span.end_row, earlier.span.end_column)
        for earlier, later in itertools.pairwise(edits)
    )


class _Editor:
    """Makes edits in one parsed file."""

    def __init__(self, parsed: Parsed, path: str) -> None:
        self._parsed = parsed
        self._path = path

    def all_changes(self, edit: Edit) -> Iterator[_Change]:
        """The changes that ``edit`` stands for, imports for its library names among them."""
        match edit:
            case AddKeyword(call=place) | ReplaceCallee(call=place) | ReplaceMethodCall(call=place):
                at = place.at
            case ReplaceExpression(expression=place) | AppendCode(expression=place):
                at = place.at
            case InsertStatement(node=place) | AddEntry(dictionary=place):
                at = place.at
            case _:
                yield from self.changes(edit)
                return
        speller = Speller(self._path, self._parsed.chain(self._node(at)))
        yield from self.changes(replace(edit, code=speller.spelt(edit.code)))
        for needed in speller.imports:
            yield from added_import(self._parsed, needed)

    def changes(self, edit: Edit) -> Iterator[_Change]:
        """The changes of text that ``edit`` stands for; EditError where they cannot be made."""
        match edit:
            case AddKeyword(call=place, keyword=keyword, code=code):
                yield self._add_keyword(self._call(place.at), keyword, code)
            case ReplaceCallee(call=place, code=code):
                node = self._expression(place.at)
                span = self._span(node.func if isinstance(node, cst.Call) else node)
                yield span, code.replace("{}", self._text(span))
            case UnwrapCall(call=place):
                yield from self._unwrap(self._call(place.at))
            case ReplaceMethodCall(call=place, code=code, taken=taken):
                call = self._call(place.at)
                name = self._assigned(call, taken)
                code = code.replace("<name>", name).replace("{}", self._receiver(place))
                yield self._span(call), code
            case KeepReceiver(expression=place):
                yield self._keep_receiver(self._expression(place.at))
            case GatherKeywords(call=place):
                yield from gathered(self._call(place.at), self._span)
            case AddEntry(dictionary=place, key=key, code=code):
                yield with_entry(self._expression(place.at), key, code, self._span)
            case ReplaceExpression(expression=place, code=code):
                if "{}" in code:
                    self._require_given(self._node(place.at))
                span = self._span(self._node(place.at))
                yield span, code.replace("{}", self._text(span))
            case AppendCode(expression=place, code=code):
                yield from self._append(self._expression(place.at), code)
            case Interpolate(expression=place, variable=variable):
                node = self._expression(place.at)
                yield self._span(node), interpolated(node, variable)
            case RenameKeyword(argument=place, keyword=keyword):
                yield self._rename_keyword(self._argument(place.at), keyword)
            case RemoveArgument(argument=place):
                yield self._remove_argument(self._argument(place.at))
            case RemoveStatement(node=place):
                yield self._remove_statement(self._node(place.at))
            case InsertStatement(node=place, code=code, of=of):
                code = code.replace("{}", self._receiver(of)) if of is not None else code
                yield self._insert(self._node(place.at), code)
            case RenameAttribute(expression=place, name=name):
                yield self._rename_attribute(self._expression(place.at), name)
            case RenameImport(node=place, old=old, new=new):
                yield from renamed_import(self._parsed, self._node(place.at), old, new)
            case TakeRows(subscript=place, plate=plate):
                yield from rows_by_plate(self._parsed, self._node(place.at), self._node(plate.at))
            case AddImport():
                yield from added_import(self._parsed, edit)

    # --- nodes and text ----------------------------------------------------------------------

    def _node(self, at: int) -> cst.CSTNode:
        return self._parsed.nodes[at]

    def _call(self, at: int) -> cst.Call:
        node = self._expression(at)
        if not isinstance(node, cst.Call):
            raise EditError(f"{type(node).__name__} is no call")
        return node

    def _expression(self, at: int) -> cst.BaseExpression:
        node = self._node(at)
        if isinstance(node, cst.Arg):
            node = node.value
        if not isinstance(node, cst.BaseExpression):
            raise EditError(f"{type(node).__name__} is no expression")
        return node

    def _argument(self, at: int) -> cst.Arg:
        node = self._node(at)
        if isinstance(node, cst.Arg):
            return node
        for call in self._parsed.nodes:
            if isinstance(call, cst.Call):
                for argument in call.args:
                    if argument.value is node:
                        return argument
        raise EditError("no argument stands here")

    def _span(self, node: cst.CSTNode) -> TextSpan:
        return self._parsed.span(node)

    def _line(self, row: int) -> str:
        lines = self._parsed.lines
        return lines[row - 1] if row <= len(lines) else ""

    def _outer(self, expression: cst.BaseExpression) -> TextSpan:
        """The range of an expression with the parentheses that are written around it."""
        span = self._span(expression)
        start, end = start_of(span), end_of(span)
        for _ in expression.lpar:
            start = self._before(start)
        for _ in expression.rpar:
            end = self._after(end)
        return start.to(end)

    def _before(self, point: Point) -> Point:
        """The place before the nearest opening parenthesis to the left of ``point``."""
        row, text = point.row, self._line(point.row)[: point.column - 1]
        while row >= 1:
            code = text if "#" not in text else text[: text.index("#")]
            if "(" in code:
                return Point(row, code.rindex("(") + 1)
            row, text = row - 1, self._line(row - 1)
        raise EditError("the parentheses cannot be found")

    def _after(self, point: Point) -> Point:
        """The place behind the nearest closing parenthesis to the right of ``point``."""
        row, offset = point.row, point.column - 1
        while row <= len(self._parsed.lines):
            line = self._line(row)
            code = line[offset:].partition("#")[0]
            if ")" in code:
                return Point(row, offset + code.index(")") + 2)
            row, offset = row + 1, 0
        raise EditError("the parentheses cannot be found")

    def _text(self, span: TextSpan) -> str:
        if span.row == span.end_row:
            return self._line(span.row)[span.column - 1 : span.end_column - 1]
        rows = [self._line(row) for row in range(span.row, span.end_row + 1)]
        rows[-1] = rows[-1][: span.end_column - 1]
        rows[0] = rows[0][span.column - 1 :]
        return "\n".join(rows)

    # --- calls -------------------------------------------------------------------------------

    def _add_keyword(self, call: cst.Call, keyword: str, code: str) -> _Change:
        written = f"{keyword}={code}"
        end = end_of(self._span(call))
        if not call.args:
            return end.left.here, written
        for argument in call.args:
            if argument.keyword is not None and argument.keyword.value == keyword:
                return self._span(argument.value), code
        last = call.args[-1]
        if isinstance(last.value, cst.GeneratorExp) and not last.value.lpar:
            raise EditError("a generator without parentheses admits no second argument")
        span = self._span(last)
        rest = self._line(span.end_row)[span.end_column - 1 :]
        if isinstance(last.comma, cst.Comma) and span.row > self._span(call.func).end_row:
            own_line = rest[1:].strip()
            if rest.startswith(",") and (not own_line or own_line.startswith("#")):
                # One argument a line, each with its comma: the new one gets a line as well.
                indent = self._line(span.row)[: span.column - 1]
                if not indent.strip():
                    line = self._line(span.end_row)
                    return Point(span.end_row, len(line) + 1).here, f"\n{indent}{written},"
        return end_of(span).here, f", {written}"

    def _rename_keyword(self, argument: cst.Arg, keyword: str) -> _Change:
        if argument.star:
            raise EditError("a starred argument has no keyword")
        if argument.keyword is not None:
            return self._span(argument.keyword), keyword
        return start_of(self._span(argument)).here, f"{keyword}="

    def _rename_attribute(self, expression: cst.BaseExpression, name: str) -> _Change:
        callee = expression.func if isinstance(expression, cst.Call) else expression
        if not isinstance(callee, cst.Attribute):
            raise EditError("no attribute stands here")
        return self._span(callee.attr), name

    def _remove_argument(self, argument: cst.Arg) -> _Change:
        call = self._parsed.chain(argument)[-2]
        if not isinstance(call, cst.Call):
            raise EditError("the argument belongs to no call")
        index = next(i for i, each in enumerate(call.args) if each is argument)
        span = self._span(argument)
        if index > 0:
            # From the end of the one before it, so that a trailing comma stays where it was.
            return end_of(self._span(call.args[index - 1])).to(end_of(span)), ""
        if len(call.args) > 1:
            return start_of(span).to(start_of(self._span(call.args[1]))), ""
        return start_of(span).to(Point(*self._span(call)[2:]).left), ""

    def _unwrap(self, call: cst.Call) -> Iterator[_Change]:
        argument = next((a for a in call.args if a.keyword is None and not a.star), None)
        if argument is None:
            raise EditError("the call has no positional argument")
        span, inner = self._span(call), self._outer(argument.value)
        bare = (
            isinstance(argument.value, _POSTFIX) or argument.value.lpar or self._stands_free(call)
        )
        opening, closing = ("", "") if bare else ("(", ")")
        # Two deletions leave what is inside, comments too, as it is written.
        yield start_of(span).to(start_of(inner)), opening
        yield end_of(inner).to(end_of(span)), closing

    def _keep_receiver(self, expression: cst.BaseExpression) -> _Change:
        inner = expression.func if isinstance(expression, cst.Call) else expression
        if not isinstance(inner, cst.Attribute):
            raise EditError("no attribute stands here")
        return end_of(self._outer(inner.value)).to(end_of(self._span(expression))), ""

    def _stands_free(self, node: cst.BaseExpression) -> bool:
        """Whether no operator stands next to an expression, so that any other may replace it."""
        span = self._outer(node)
        before = self._line(span.row)[: span.column - 1].rstrip()
        after = self._line(span.end_row)[span.end_column - 1 :].partition("#")[0].lstrip()
        is_value = before.endswith(("(", ",", "[", "{", ":")) or (
            before.endswith("=") and not before.endswith(("==", "!=", "<=", ">="))
        )
        return is_value and (not after or after[0] in "),]}:;")

    def _require_given(self, node: cst.CSTNode) -> None:
        """What may be None as well, as a parameter that is so by default, is nothing to work on."""
        for scope in reversed(self._parsed.chain(node)):
            if isinstance(node, cst.Name) and isinstance(scope, cst.FunctionDef):
                for each in (*scope.params.params, *scope.params.kwonly_params):
                    default = each.default
                    is_none = isinstance(default, cst.Name) and default.value == "None"
                    if each.name.value == node.value and is_none:
                        raise EditError(f"{node.value} may be None")

    def _append(self, expression: cst.BaseExpression, code: str) -> Iterator[_Change]:
        self._require_given(expression)
        span = self._outer(expression)
        if not (isinstance(expression, _POSTFIX) or expression.lpar):
            # An integer's point would make it a float: 1.to() is no expression.
            yield start_of(span).here, "("
            code = f"){code}"
        yield end_of(span).here, code

    # --- statements --------------------------------------------------------------------------

    def _remove_statement(self, node: cst.CSTNode) -> _Change:
        chain = self._parsed.chain(node)
        small = next((n for n in reversed(chain) if isinstance(n, cst.BaseSmallStatement)), None)
        if small is None:
            raise EditError("only simple statements are removed")
        if not isinstance(small, cst.Expr) or node not in (small, small.value):
            raise EditError("the statement does more than evaluate this")
        holder = chain[chain.index(small) - 1]
        if not isinstance(holder, (cst.SimpleStatementLine, cst.SimpleStatementSuite)):
            raise EditError("the statement stands in no block")
        span, beside = self._span(small), holder.body
        if len(beside) > 1:
            index = next(i for i, each in enumerate(beside) if each is small)
            if index + 1 < len(beside):
                return start_of(span).to(start_of(self._span(beside[index + 1]))), ""
            return end_of(self._span(beside[index - 1])).to(end_of(span)), ""
        block = chain[chain.index(holder) - 1]
        alone = isinstance(block, cst.IndentedBlock) and len(block.body) == 1
        if alone or isinstance(holder, cst.SimpleStatementSuite):
            return span, "pass"
        return TextSpan(span.row, 1, span.end_row + 1, 1), ""

    def _assigned(self, call: cst.Call, taken: Sequence[str]) -> str:
        """The name that a call without arguments is assigned to, once, and nothing else is done."""
        chain = self._parsed.chain(call)
        if call.args or any(isinstance(each, (cst.For, cst.While)) for each in chain):
            raise EditError("the call has arguments, or stands in a loop")
        match chain[-2]:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))]):
                if name in taken:
                    raise EditError(f"{name} is the name of another site")
                return name
            case _:
                raise EditError("the result is not assigned to one name")

    def _receiver(self, of: Place) -> str:
        """The text of what the method called at a place is a method of."""
        if of.path != self._path:
            raise EditError("the method is called in another file")
        callee = self._call(of.at).func
        if not isinstance(callee, cst.Attribute):
            raise EditError("no method is called")
        return self._text(self._outer(callee.value))

    def _insert(self, node: cst.CSTNode, code: str) -> _Change:
        chain = self._parsed.chain(node)
        for holder, statement in reversed(list(itertools.pairwise(chain))):
            if isinstance(statement, _STATEMENTS):
                if not isinstance(holder, (cst.IndentedBlock, cst.Module)):
                    break
                row = first_row(self._parsed, statement)
                line = self._line(row)
                indent = line[: len(line) - len(line.lstrip())]
                return Point(row, 1).here, f"{indent}{code}\n"
        raise EditError("no statement can be written before this")
