"""Whether distributions and parameters fit into their plates, and a prior belongs there."""

from __future__ import annotations

from collections.abc import Iterator

from pyrolint.dynamic.child.errors.raised import raised_by
from pyrolint.dynamic.child.facts.modules import is_layer, owner_of_prior
from pyrolint.dynamic.child.facts.shapes import PARTICLES
from pyrolint.dynamic.child.observation.positions import raising_position
from pyrolint.dynamic.child.observation.step import Site, Step
from pyrolint.dynamic.child.probing import probe
from pyrolint.dynamic.child.repetition.laboratory import Laboratory
from pyrolint.dynamic.messages import Evidence, Verdict

_BROADCAST = "pyro.poutine.broadcast_messenger._pyro_sample"
_SUBSAMPLE = "pyro.poutine.subsample_messenger._postprocess_message"
_MASKED = "pyro.primitives._masked_observe"


@probe("PYR605", "PYR608")
def plate_sizes(laboratory: Laboratory) -> Iterator[Evidence]:
    """Read the refusal of what a plate holds, and look for weights that vary in one."""
    step = laboratory.step
    held = raised_by(step.error, _BROADCAST)
    if held is not None and step.error is not None:
        name, shape, frame = held["msg"]["name"], tuple(held["dist"].batch_shape), held["f"]
        owner = owner_of_prior(step.model, name)
        if owner is None:
            yield Evidence(
                "PYR605",
                Verdict.CONFIRMED,
                f"at site {name!r}, the distribution has batch shape {shape}, but plate "
                f"{frame.name!r} declares size {frame.size} in dimension {frame.dim}; make them "
                "one size, or take the distribution's own dimension by `.to_event`",
                position=raising_position(step.error),
                site=name,
                figures={"shape": str(shape), "plate": f"{frame.name}: {frame.size}"},
            )
        else:
            yield Evidence(
                "PYR608",
                Verdict.CONFIRMED,
                f"prior {name!r} was first read inside plate {frame.name!r}, and does not fit "
                f"into its {frame.size} elements; read it before the plate",
                position=raising_position(step.error),
                site=name,
            )
    yield from _parameters(step)
    yield from _masks(step)
    yield from _weights(step)


def _parameters(step: Step) -> Iterator[Evidence]:
    """The refusal of a parameter that has another number of elements than the plate around it."""
    held = raised_by(step.error, _SUBSAMPLE)
    if held is None or step.error is None or held["msg"]["type"] != "param":
        return
    plate, shape = held["self"], tuple(held["shape"])
    yield Evidence(
        "PYR605",
        Verdict.CONFIRMED,
        f"parameter {held['msg']['name']!r} has shape {shape}, and by `event_dim="
        f"{held['event_dim']}` {shape[held['dim']]} in the dimension of plate {plate.name!r}, "
        f"which has size {plate.size}; give it {plate.size} there",
        position=raising_position(step.error),
        figures={"shape": str(shape), "plate": f"{plate.name}: {plate.size}"},
    )


def _masks(step: Step) -> Iterator[Evidence]:
    """The refusal of a mask that has another shape than the batch that it is for."""
    held = raised_by(step.error, _MASKED)
    if held is not None and step.error is not None and "batch_shape" in held:
        mask, batch = tuple(held["obs_mask"].shape), tuple(held["batch_shape"])
        yield Evidence(
            "PYR605",
            Verdict.CONFIRMED,
            f"at site {held['name']!r}, `obs_mask` has shape {mask}, which cannot be broadcast to "
            f"the batch shape {batch} that the plates make",
            position=raising_position(step.error),
            site=f"{held['name']}_observed",
            figures={"mask": str(mask), "batch": str(batch)},
        )


def _weights(step: Step) -> Iterator[Evidence]:
    """Layers whose weights became one draw for each datum."""
    run = step.model_run
    claimed = any(True for _ in step.claimed("PYR608"))
    for site in run.latents if run is not None else ():
        owner = owner_of_prior(step.model, site.name)
        # A scale or a rate may be meant to vary; the weights of a layer cannot.
        if owner is None or not (claimed or is_layer(owner)):
            continue
        frames = [each for each in site.plates if each.name != PARTICLES and each.dim is not None]
        if frames:
            yield _repeated(site, frames[-1].name, frames[-1].size)


def _repeated(site: Site, plate: str, size: int) -> Evidence:
    construction = next(site.constructions, None)
    prior = construction.position if construction is not None else None
    return Evidence(
        "PYR608",
        Verdict.CONFIRMED,
        f"prior {site.name!r} was first read inside plate {plate!r}, and so became {size} "
        "latents, one for each element; read it before the plate",
        position=site.position,
        site=site.name,
        related=(prior,) if prior is not None else (),
        figures={"shape": str(tuple(site.value.shape))},
    )
