"""Raw features: data of its own scale that is multiplied into what is learnt or drawn."""

from __future__ import annotations

from pyrolint.semantics.machine import Machine
from pyrolint.semantics.program import RawFeature
from pyrolint.semantics.provenance import origins_of, raw_of
from pyrolint.semantics.values import OriginKind, Value
from pyrolint.syntax.ir import Place


def note_product(machine: Machine, left: Value, right: Value, place: Place) -> None:
    """Record raw data that is multiplied into something latent, learned or a network's."""
    recorder = machine.recorder
    if recorder is None:
        return
    for data, other in ((left, right), (right, left)):
        sources = raw_of(data)
        if not sources:
            continue
        for origin in origins_of(other):
            if origin.kind in (OriginKind.PARAMETER, OriginKind.LATENT, OriginKind.NETWORK):
                for source in sources:
                    feature = RawFeature(source, place, origin.kind.value, recorder.name)
                    if feature not in machine.facts.raw_features:
                        machine.facts.raw_features.append(feature)
                break
