"""``pyrolint.confirm``: one inference step of a model and guide in this very process, judged.

Nothing here imports torch before a step is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyrolint.dynamic.judged import Finding, Verdicts

if TYPE_CHECKING:
    from pyro.infer.elbo import ELBO

_NO_TORCH = "`pyrolint.confirm` takes a step, which needs torch and pyro: {error}"


@dataclass(frozen=True, slots=True)
class Confirm:
    """Takes one inference step in this process, and gives every finding about it a verdict.

    ``pyrolint.confirm(model, guide, *args, **kwargs)`` takes the step that
    ``Trace_ELBO().loss_and_grads`` would take with these arguments; with None as the guide the
    model is run by itself. In place of model and guide it takes an ``SVI``, an ``MCMC`` or an MCMC
    kernel: ``pyrolint.confirm(svi, *args, **kwargs)`` looks at the objective, the optimizer and
    the kernel's model as they are. What the static check says of the files that model and guide
    are defined in is judged with it; what is defined in a notebook's cell is only looked at.

    **This runs your code in your own process, without the isolation that the command
    ``pyrolint confirm`` gives**: no limits of time or memory, and files and the network as open
    as they are to you. It never ends the process. Pyro's parameter store, the parameters,
    gradients, buffers and modes of the modules, an autoguide that was not set up, the random
    states of Python, NumPy and torch, Pyro's and torch's settings and the filters of warnings end
    as they were; what a model changes besides, such as a list that it appends to, stays changed.
    While it runs, functions of Pyro and torch are replaced, so no other thread should use them.

    An error of the model or guide is a finding (PYR903) and is not raised. Raises TypeError for
    arguments that are neither programs nor inference objects, ImportError where torch or pyro are
    missing, and SettingsError and RegistryError for settings that will not do.
    """

    loss: ELBO | Callable[..., Any] | None = None
    draws: int = 8
    seed: int = 0
    seconds: float = 60.0

    def using(
        self,
        *,
        loss: ELBO | Callable[..., Any] | None = None,
        draws: int | None = None,
        seed: int | None = None,
        seconds: float | None = None,
    ) -> Confirm:
        """The same with other options: ``confirm.using(loss=TraceGraph_ELBO())(model, guide)``.

        ``loss`` is an ELBO, or a function as ``SVI`` takes one; ``draws`` is how many repeats
        estimates rest on (from 2), ``seed`` where random numbers start, and ``seconds`` the wall
        time that repeats may take: the step itself has no limit. Raises ValueError.
        """
        if draws is not None and draws < 2:
            raise ValueError("expected at least 2 draws, as one has no spread")
        if seed is not None and seed < 0:
            raise ValueError("expected a seed from 0 on")
        if seconds is not None and not seconds > 0:
            raise ValueError("expected more than 0 seconds")
        return Confirm(
            self.loss if loss is None else loss,
            self.draws if draws is None else draws,
            self.seed if seed is None else seed,
            self.seconds if seconds is None else seconds,
        )

    def __call__(self, subject: Any, /, *args: Any, **kwargs: Any) -> Verdicts:
        """Take the step and judge it; see the class."""
        try:
            from pyrolint.dynamic import inprocess
        except ImportError as error:
            if error.name is not None and error.name.startswith("pyrolint"):
                raise
            raise ImportError(_NO_TORCH.format(error=error)) from error
        return inprocess.verdicts(
            subject,
            args,
            kwargs,
            loss=self.loss,
            draws=self.draws,
            seed=self.seed,
            seconds=self.seconds,
        )


confirm = Confirm()
"""Takes one inference step in this process, and gives every finding about it a verdict.

See ``Confirm``; ``confirm.using`` gives options.
"""

__all__ = ["Confirm", "Finding", "Verdicts", "confirm"]
