"""Randomness that Pyro does not see: draws by torch, numpy, Python or a bare distribution."""

from __future__ import annotations

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.machine import Machine
from pyrolint.semantics.numeric import replaced
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.sets import projection
from pyrolint.semantics.values import (
    Distribution,
    Numeric,
    Origin,
    OriginKind,
    Unknown,
    Value,
)
from pyrolint.syntax.ir import Place

_PLAIN = frozenset("torch.rand torch.randn torch.rand_like torch.randn_like".split())
_SHAPED = frozenset("torch.normal torch.bernoulli torch.poisson".split())
_STANDARD = frozenset("rand randn random random_sample standard_normal".split())
_NUMPY = _STANDARD | frozenset(
    "uniform normal gamma standard_gamma beta exponential lognormal laplace poisson binomial"
    " logistic gumbel standard_t chisquare dirichlet multivariate_normal".split()
)
_PYTHON = frozenset(
    "random uniform gauss normalvariate betavariate expovariate gammavariate lognormvariate"
    " triangular".split()
)
_METHODS = frozenset({"sample", "rsample", "sample_n"})


def draws(name: str) -> bool:
    """Whether a library's function draws numbers, rather than indices or an order."""
    if name in _PLAIN or name in _SHAPED:
        return True
    owner, _, short = name.rpartition(".")
    return (owner == "numpy.random" and short in _NUMPY) or (owner == "random" and short in _PYTHON)


def drawn(machine: Machine, name: str, arguments: Arguments, result: Value, place: Place) -> Value:
    """What a function that draws gives inside a program: with the draw among its origins.

    Where data says how to draw, as in a binarised image, it is the data that is drawn anew.
    """
    if machine.recorder is None:
        return result
    takes_sizes = name in _PLAIN or name.removeprefix("numpy.random.") in _STANDARD
    if not takes_sizes and any(map(is_data, arguments.positional[:2])):
        return result
    origins = tuple(o for value in arguments.values() for o in origins_of(value))
    number = result if isinstance(result, Numeric) else Numeric(form="array", independent=True)
    machine.recorder.draws.add(place)
    return _with_draw(number, f"{name}()", origins, place)


def drawn_from(
    machine: Machine, receiver: Distribution, name: str, result: Value, place: Place
) -> Value:
    """What a draw from a distribution that is no site gives inside a program; see ``drawn``."""
    if machine.recorder is None or name not in _METHODS or not isinstance(result, Numeric):
        return result
    if any(map(is_data, receiver.arguments.values())):
        return result
    machine.recorder.draws.add(place)
    family = receiver.name.rsplit(".", 1)[-1]
    others = tuple(each for each in result.origins if each.place != place)
    return _with_draw(replaced(result, origins=()), f"{family}(…).{name}()", others, place)


def _with_draw(number: Numeric, statement: str, others: tuple[Origin, ...], place: Place) -> Value:
    origin = Origin(OriginKind.RANDOM, place, statement=statement)
    return replaced(number, origins=(*number.origins, origin, *others))


def is_data(value: Value) -> bool:
    """Whether a value is data, as far as is known: nothing written out, learnt or drawn."""
    if isinstance(value, Unknown):
        return value.independent and not any(map(_is_untraced, value.origins))
    if not isinstance(value, Numeric) or value.literal is not None:
        return False
    if any(each.kind is not OriginKind.RANDOM or _is_untraced(each) for each in value.origins):
        return False
    is_constant = value.within is not None and projection(value.within).is_point
    return value.form != "number" and not is_constant


def blended(operator: str, left: Value, right: Value, result: Value) -> Value:
    """Data with noise added or with elements masked out is data still: it was augmented."""
    if not isinstance(result, Numeric) or not any(map(_is_untraced, result.origins)):
        return result
    for data, other in ((left, right), (right, left)):
        if is_data(data) and (operator in ("+", "-") or (operator == "*" and _is_mask(other))):
            origins = tuple(each for each in result.origins if not _is_untraced(each))
            return replaced(result, origins=origins)
    return result


def _is_mask(value: Value) -> bool:
    if not isinstance(value, Numeric):
        return False
    statements = [each.statement or "" for each in value.origins if _is_untraced(each)]
    return value.dtype == "bool" or any("ernoulli" in statement for statement in statements)


def _is_untraced(origin: Origin) -> bool:
    return origin.kind is OriginKind.RANDOM and origin.statement is not None
