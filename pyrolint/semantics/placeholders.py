"""Attributes that hold a class until a method puts an object of it in its place."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.attributes import mro
from pyrolint.semantics.evaluate import Evaluator
from pyrolint.semantics.values import Class, External, Function, Instance, Unknown, Value
from pyrolint.syntax import ir


def settle(evaluator: Evaluator, receiver: Value, function: Function) -> None:
    """Before a method that nobody is seen to call: what others may have made of placeholders.

    An attribute that ``__init__`` gives a class, and that another method assigns, may hold an
    object by the time that this one runs.
    """
    definition = function.definition
    if not isinstance(receiver, Instance) or not isinstance(definition, ir.Function):
        return
    held = {name for name in definition.mentions if _is_class(evaluator, receiver, name)}
    if not held:
        return
    for cls in mro(receiver.cls):
        for member in cls.definition.body if isinstance(cls, Class) else ():
            if isinstance(member, ir.Function) and member is not definition:
                if member.name != "__init__" and not held.isdisjoint(member.mentions):
                    for name in held.intersection(_assigned(member.body)):
                        value = Unknown("what another method makes of a class", receiver.place)
                        evaluator.store.write(receiver.identity, name, value)


def _is_class(evaluator: Evaluator, receiver: Instance, name: str) -> bool:
    value = evaluator.store.read(receiver.identity, name)
    return value is not None and all(
        isinstance(option, Class | External) for _, option in alternatives(value)
    )


def _assigned(body: tuple[ir.Statement, ...]) -> Iterator[str]:
    """The attributes that statements assign, of whatever object."""
    for statement in body:
        match statement:
            case ir.Assign(targets=targets):
                for target in targets:
                    if isinstance(target, ir.Attribute):
                        yield target.attr
            case ir.If() | ir.For() | ir.While():
                yield from _assigned(statement.body)
                yield from _assigned(statement.orelse)
            case ir.With():
                yield from _assigned(statement.body)
            case ir.Try():
                yield from _assigned(statement.body)
                yield from _assigned(statement.orelse)
                yield from _assigned(statement.finalbody)
            case _:
                pass
