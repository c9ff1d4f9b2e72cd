"""What users teach in settings: ``"mylib.positive" = "positive"``."""

from __future__ import annotations

from pyrolint.semantics.arguments import Arguments
from pyrolint.semantics.library.constraints import as_constraint
from pyrolint.semantics.library.tensors import call_tensor_function
from pyrolint.semantics.machine import Machine, opaque
from pyrolint.semantics.provenance import origins_of
from pyrolint.semantics.values import External, Numeric, Value
from pyrolint.syntax.ir import Place


def call_signature(machine: Machine, taught: str, arguments: Arguments, place: Place) -> Value:
    """The result of a function that the settings describe by a set or by a function it is like.

    ``taught`` is the name of a constraint (``positive``, ``simplex``), whose set the result lies
    in, or of an elementwise function (``softplus``), which it behaves as.
    """
    like = call_tensor_function(machine, taught, arguments, place)
    if like is not None:
        return like
    for module in ("torch.distributions.constraints.", "pyro.distributions.constraints."):
        constraint = as_constraint(External(module + taught), place)
        if constraint is not None and constraint.members is not None:
            members = constraint.members
            origins = tuple(o for each in arguments.values() for o in origins_of(each))
            return Numeric(members, None, None, origins, "float", "tensor")
    return opaque(f"a function taught as `{taught}`, which is neither set nor function",
                  arguments, place)  # fmt: skip
