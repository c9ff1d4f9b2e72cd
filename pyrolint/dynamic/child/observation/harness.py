"""Watches a program until its first inference step, and hands that step over.

What is watched is how inference is begun (``SVI.step``, an ELBO's loss, ``MCMC.run``, …) and, for
loops written by hand, that functions are traced and that something is differentiated afterwards.
A step that has been measured ends the program, so that optimizers are never built; a loss that is
only evaluated is kept, in case nothing better comes.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pyro
import pyro.infer
import torch
from pyro import poutine
from pyro.infer.elbo import ELBO
from pyro.infer.mcmc.mcmc_kernel import MCMCKernel

from pyrolint.dynamic.child.observation.context import Context
from pyrolint.dynamic.child.observation.observer import Observer
from pyrolint.dynamic.child.observation.positions import is_users
from pyrolint.dynamic.child.observation.recorders import Recorders
from pyrolint.dynamic.child.observation.step import Callee, Step
from pyrolint.dynamic.child.observation.watched import Watched

_LOSSES = ("loss", "loss_and_grads", "differentiable_loss")


class Harness:
    """Installs the watch. ``reached`` is told of the step, ``failed`` of an error in reading it."""

    def __init__(
        self,
        context: Context,
        recorders: Recorders,
        reached: Callable[[Step], None],
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        self._recorders = recorders
        self._observer = Observer(context, recorders, reached, failed)

    @property
    def candidate(self) -> Step | None:
        """The last loss that was only evaluated."""
        return self._observer.candidate

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Watch until the end of the block."""
        with ExitStack() as stack:
            stack.enter_context(self._recorders.recording())
            self._recorders.listener = self._observer.hear
            for owner, name, wrap in self._patches():
                original = owner.__dict__[name]
                wrapped = functools.wraps(original)(wrap(original))
                setattr(owner, name, wrapped)
                stack.callback(setattr, owner, name, original)
            yield

    def infer(
        self, model: Any, guide: Any, arguments: tuple[Any, ...], keywords: dict[str, Any]
    ) -> None:
        """One step of the simplest inference of a pair; of a model alone, one trace."""
        if guide is not None:
            pyro.infer.Trace_ELBO().loss_and_grads(model, guide, *arguments, **keywords)
            return
        watched = Watched("trace", Callee(model, arguments, keywords))

        def trace() -> None:
            poutine.trace(model).get_trace(*arguments, **keywords)

        self._observer.run(watched, trace, is_final=True)

    # --- what is patched -----------------------------------------------------------------------

    def _patches(self) -> Iterator[tuple[Any, str, Callable[[Any], Any]]]:
        from pyro.infer import SVI, csis, elbo, mcmc, smcfilter, svgd
        from pyro.infer.abstract_infer import TracePosterior

        yield SVI, "step", self._svi_step
        yield SVI, "evaluate_loss", self._svi_evaluate_loss
        for kind in _subclasses(ELBO):
            for name in _LOSSES:
                if name in kind.__dict__:
                    yield kind, name, functools.partial(self._elbo_loss, name)
        yield elbo.ELBOModule, "forward", self._elbo_module
        for sampler in (mcmc.MCMC, mcmc.StreamingMCMC):
            yield sampler, "run", self._mcmc_run
        for kind in _subclasses(MCMCKernel):
            if "setup" in kind.__dict__:
                yield kind, "setup", self._kernel_setup
        yield csis.CSIS, "step", self._csis_step
        yield svgd.SVGD, "step", self._svgd_step
        yield TracePosterior, "run", self._posterior_run
        yield smcfilter.SMCFilter, "init", self._smc_init
        yield torch.autograd, "backward", self._backward
        yield torch.autograd, "grad", self._backward

    def _svi_step(self, original: Any) -> Any:
        def step(svi: Any, *args: Any, **kwargs: Any) -> Any:
            if self._observer.is_busy:
                return original(svi, *args, **kwargs)
            watched = _of_svi(svi, svi.loss_and_grads, args, kwargs)

            def compute() -> Any:
                with poutine.trace(param_only=True):
                    return svi.loss_and_grads(svi.model, svi.guide, *args, **kwargs)

            self._observer.run(watched, compute, is_final=True)
            # Only a program that is not stopped at its step comes here.
            return original(svi, *args, **kwargs)

        return step

    def _svi_evaluate_loss(self, original: Any) -> Any:
        def evaluate_loss(svi: Any, *args: Any, **kwargs: Any) -> Any:
            watched = _of_svi(svi, svi.loss, args, kwargs)
            return self._observer.run(
                watched, lambda: original(svi, *args, **kwargs), is_final=False
            )

        return evaluate_loss

    def _elbo_loss(self, name: str, original: Any) -> Any:
        def loss(objective: Any, model: Any, guide: Any, *args: Any, **kwargs: Any) -> Any:
            callee = Callee(model, args, kwargs), Callee(guide, args, kwargs)
            watched = Watched("ELBO", *callee, objective=objective)

            def compute() -> Any:
                return original(objective, model, guide, *args, **kwargs)

            if name == "differentiable_loss":
                return self._observer.run_differentiable(watched, compute)
            return self._observer.run(watched, compute, is_final=name == "loss_and_grads")

        return loss

    def _elbo_module(self, original: Any) -> Any:
        def forward(module: Any, *args: Any, **kwargs: Any) -> Any:
            callee = Callee(module.model, args, kwargs), Callee(module.guide, args, kwargs)
            watched = Watched("ELBO", *callee, objective=module.elbo)
            return self._observer.run_differentiable(
                watched, lambda: original(module, *args, **kwargs)
            )

        return forward

    def _mcmc_run(self, original: Any) -> Any:
        def run(mcmc: Any, *args: Any, **kwargs: Any) -> Any:
            if self._observer.is_busy:
                return original(mcmc, *args, **kwargs)
            model = getattr(mcmc.kernel, "model", None)
            callee = None if model is None else Callee(model, args, kwargs)
            watched = Watched("MCMC", callee)

            def setup() -> None:
                # A chain's own beginning, without the processes that several chains run in.
                start = mcmc.sampler.initial_params
                if start is not None:
                    mcmc.kernel.initial_params = {name: each[0] for name, each in start.items()}
                with ExitStack() as stack:
                    if mcmc.disable_validation is not None:
                        stack.enter_context(pyro.validation_enabled(not mcmc.disable_validation))
                    mcmc.kernel.setup(mcmc.warmup_steps, *args, **kwargs)

            self._observer.run(watched, setup, is_final=True)
            mcmc.kernel.cleanup()
            return original(mcmc, *args, **kwargs)

        return run

    def _kernel_setup(self, original: Any) -> Any:
        def setup(kernel: Any, warmup_steps: Any, *args: Any, **kwargs: Any) -> Any:
            model = getattr(kernel, "model", None)
            watched = Watched("MCMC", None if model is None else Callee(model, args, kwargs))

            def compute() -> Any:
                return original(kernel, warmup_steps, *args, **kwargs)

            return self._observer.run(watched, compute, is_final=True)

        return setup

    def _csis_step(self, original: Any) -> Any:
        def step(csis: Any, *args: Any, **kwargs: Any) -> Any:
            if self._observer.is_busy:
                return original(csis, *args, **kwargs)
            watched = Watched(
                "CSIS",
                Callee(csis.model, args, kwargs),
                Callee(csis.guide, args, kwargs),
                optimizer=csis.optim,
            )

            def compute() -> Any:
                with poutine.trace(param_only=True):
                    return csis.loss_and_grads(True, None, *args, **kwargs)

            self._observer.run(watched, compute, is_final=True)
            return original(csis, *args, **kwargs)

        return step

    def _svgd_step(self, original: Any) -> Any:
        def step(svgd: Any, *args: Any, **kwargs: Any) -> Any:
            watched = Watched("SVGD", Callee(svgd.model, args, kwargs), optimizer=svgd.optim)
            return self._observer.run(
                watched, lambda: original(svgd, *args, **kwargs), is_final=True
            )

        return step

    def _posterior_run(self, original: Any) -> Any:
        def run(posterior: Any, *args: Any, **kwargs: Any) -> Any:
            model = getattr(posterior, "model", None)
            if model is None or self._observer.is_busy:
                return original(posterior, *args, **kwargs)
            guide = getattr(posterior, "guide", None)
            watched = Watched(
                type(posterior).__name__,
                Callee(model, args, kwargs),
                None if guide is None else Callee(guide, args, kwargs),
            )

            def first() -> None:
                next(iter(posterior._traces(*args, **kwargs)), None)

            self._observer.run(watched, first, is_final=True)
            return original(posterior, *args, **kwargs)

        return run

    def _smc_init(self, original: Any) -> Any:
        def init(smc: Any, *args: Any, **kwargs: Any) -> Any:
            watched = Watched(
                "SMC",
                Callee(smc.model.init, (smc.state, *args), kwargs),
                Callee(smc.guide.init, (smc.state, *args), kwargs),
            )
            # Pyro itself looks for a good start with a filter, before the inference that is asked
            # for.
            is_final = is_users(sys._getframe(1).f_code.co_filename)
            return self._observer.run(
                watched, lambda: original(smc, *args, **kwargs), is_final=is_final
            )

        return init

    def _backward(self, original: Any) -> Any:
        def backward(*args: Any, **kwargs: Any) -> Any:
            result = original(*args, **kwargs)
            if not self._observer.is_busy:
                losses = kwargs.get("tensors", kwargs.get("outputs"))
                self._observer.differentiated(args[0] if args else losses)
            return result

        return backward


def _of_svi(svi: Any, loss: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Watched:
    """A step of an SVI; its objective is what ``loss`` is a method of, else the loss function."""
    return Watched(
        "SVI",
        Callee(svi.model, args, kwargs),
        Callee(svi.guide, args, kwargs),
        objective=getattr(loss, "__self__", None) or svi.loss,
        optimizer=svi.optim,
    )


def _subclasses(kind: type) -> Iterator[type]:
    yield kind
    derived: list[type] = kind.__subclasses__()
    for each in derived:
        yield from _subclasses(each)
