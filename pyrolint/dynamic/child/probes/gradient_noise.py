"""Whether the gradient is noise: with one particle, and with ten."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.dynamic.child.observation.recorders import making_position
from pyrolint.dynamic.child.probing import figure, probe, worded
from pyrolint.dynamic.child.repetition.gradients import Noise, gradients_of, repeated
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

NOISY = 0.1
"""The signal-to-noise ratio below which a gradient is mostly noise."""

SUSPECT = 0.4
"""The ratio of a few draws below which it is worth to take ten times as many."""

DIRECTIONS = 4.0
"""In how many directions draws must vary, lest the ratio be small by chance."""

PARTICLES = 10


@probe("PYR308", needs_data=True, under_samplers=False)
def gradient_noise(laboratory: Laboratory) -> Iterator[Evidence]:
    """Compare the mean gradient of K draws with their spread."""
    gradients = gradients_of(laboratory)
    if gradients is None or not gradients.is_finite:
        return
    laboratory.notes.signal_to_noise.update(gradients.signal_to_noise())
    one = gradients.noise
    objective = laboratory.step.objective
    given = getattr(objective, "num_particles", None)
    if given is None or not _is_suspect(one):
        return
    with laboratory.exempted():
        if not laboratory.affords(laboratory.draws * PARTICLES):
            return
        more = repeated(laboratory, laboratory.draws, num_particles=PARTICLES * given)
    ten = more.noise if more is not None else None
    # Of ten particles' mean the ratio is told more exactly, and is that of one times their root.
    if ten is None or ten.directions < DIRECTIONS or ten.signal_to_noise >= NOISY * PARTICLES**0.5:
        return
    ratio = ten.signal_to_noise / PARTICLES**0.5
    yield Evidence(
        "PYR308",
        Verdict.CONFIRMED,
        f"the gradient's signal-to-noise ratio is about {worded(ratio)} with num_particles={given}"
        f" and {worded(ten.signal_to_noise)} with {PARTICLES * given}: most of each step is noise; "
        "take more particles, or reparameterise, enumerate or give baselines",
        position=making_position(objective) or laboratory.step.position,
        figures={
            "signal-to-noise": figure(ratio),
            "signal-to-noise with ten times the particles": figure(ten.signal_to_noise),
            "particles": int(given),
        },
    )


def _is_suspect(noise: Noise | None) -> bool:
    return noise is not None and noise.directions >= DIRECTIONS and noise.signal_to_noise < SUSPECT
