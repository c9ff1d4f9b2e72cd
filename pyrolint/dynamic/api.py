"""``pyrolint.confirm``: one inference step of a model and guide in this very process, judged.

Nothing here imports torch before a step is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING, Any

from pyrolint.dynamic.messages import StepSummary, Verdict
from pyrolint.finding import Severity

if TYPE_CHECKING:
    from pyro.infer.elbo import ELBO

_NO_TORCH = "`pyrolint.confirm` takes a step, which needs torch and pyro: {error}"


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault, or what the static check took for one, with the verdict of the step.

    ``severity`` is ``error``, ``warning`` or ``advice``; ``verdict`` is ``confirmed``, ``refuted``
    or ``unknown``, and ``reason`` the sentence that goes with it. ``evidence`` holds figures by
    name. ``filename``, ``row`` and ``cell`` are None where the code lies in no file that is known;
    rows count from 1.
    """

    code: str
    name: str
    severity: str
    verdict: str
    message: str
    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    filename: str | None = None
    row: int | None = None
    cell: int | None = None
    site: str | None = None
    argument: str | None = None

    @property
    def is_grave(self) -> bool:
        """Whether it is a confirmed error or warning; advice is not."""
        is_confirmed = self.verdict == Verdict.CONFIRMED.value
        return is_confirmed and Severity[self.severity.upper()] >= Severity.WARNING

    @property
    def place(self) -> str:
        """``file:row``, or ``file:cell 3:row``; empty where it is not known."""
        if self.filename is None:
            return ""
        cell = "" if self.cell is None else f":cell {self.cell}"
        return f"{self.filename}{cell}" + ("" if self.row is None else f":{self.row}")

    @property
    def figures(self) -> str:
        """The evidence in one line."""
        return ", ".join(f"{name} {value}" for name, value in self.evidence.items())

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        about = " ".join(
            part
            for part in (
                f"site {self.site!r}" if self.site is not None else "",
                f"argument {self.argument!r}" if self.argument is not None else "",
            )
            if part
        )
        head = (f"{self.verdict} {self.severity} {self.code} {self.name}", self.place, about)
        yield "  ".join(part for part in head if part)
        yield f"    {self.message}"
        if self.reason != self.message:
            yield f"    {self.reason}"
        if self.evidence:
            yield f"    evidence: {self.figures}"


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What one step showed: every finding with its verdict, and the step itself.

    ``step`` is None where none was reached, and ``reason`` then says why. ``trouble`` names what
    of the step could not be looked at; it is empty as a rule.
    """

    findings: tuple[Finding, ...]
    step: StepSummary | None
    reason: str | None = None
    seed: int = 0
    trouble: str = ""

    @property
    def confirmed(self) -> tuple[Finding, ...]:
        """The faults that the step showed."""
        return self._of(Verdict.CONFIRMED)

    @property
    def refuted(self) -> tuple[Finding, ...]:
        """The static findings that the step disproved."""
        return self._of(Verdict.REFUTED)

    @property
    def unknown(self) -> tuple[Finding, ...]:
        """The static findings of which the step told nothing; each says why."""
        return self._of(Verdict.UNKNOWN)

    @property
    def is_clean(self) -> bool:
        """Whether there was a step, and no confirmed error or warning in it."""
        return self.step is not None and not any(each.is_grave for each in self.findings)

    def _of(self, verdict: Verdict) -> tuple[Finding, ...]:
        return tuple(each for each in self.findings if each.verdict == verdict.value)

    def __bool__(self) -> bool:
        # `assert pyrolint.confirm(...)` would hold for whatever was found.
        raise TypeError("verdicts are neither true nor false; ask for `.is_clean`")

    @property
    def _headline(self) -> str:
        counts = Counter(each.verdict for each in self.findings)
        verdicts = ", ".join(f"{counts[each.value]} {each.value}" for each in Verdict)
        if self.step is None:
            return f"no step: {self.reason}; {verdicts}"
        programs = " and ".join(filter(None, (self.step.model, self.step.guide)))
        of = f" of {programs}" if programs else ""
        return f"{self.step.inference} step{of}, seed {self.seed}: {verdicts}"

    def __str__(self) -> str:
        return "\n".join([self._headline, *map(str, self.findings)])

    def _repr_html_(self) -> str:
        """The table that notebooks show."""
        head = f"<p><b>{escape(self._headline)}</b></p>"
        if not self.findings:
            return head
        names = ("verdict", "severity", "rule", "where", "what", "evidence")
        columns = "".join(f"<th style='text-align:left'>{each}</th>" for each in names)
        rows = "".join(map(_row, self.findings))
        return f"{head}<table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table>"


def _row(finding: Finding) -> str:
    what = finding.message
    if finding.reason != finding.message:
        what = f"{what}\n{finding.reason}"
    where = finding.place
    if finding.site is not None:
        where += f"\nsite {finding.site}"
    rule = f"{finding.code}\n{finding.name}"
    cells = (finding.verdict, finding.severity, rule, where, what, finding.figures)
    style = "text-align:left;vertical-align:top"
    return "".join(
        ("<tr>", *(f"<td style='{style}'>{_lined(each)}</td>" for each in cells), "</tr>")
    )


def _lined(text: str) -> str:
    return escape(text.strip()).replace("\n", "<br>")


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
        return inprocess.verdicts(self, subject, args, kwargs)


confirm = Confirm()
"""Takes one inference step in this process, and gives every finding about it a verdict.

See ``Confirm``; ``confirm.using`` gives options.
"""
