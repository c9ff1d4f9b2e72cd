"""The pages of the linter's own findings: it makes these itself, from what other rules found."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

from pyrolint.finding import Severity

SYNTAX_ERROR = "PYR000"
UNUSED_SUPPRESSION = "PYR001"
UNKNOWN_CODE = "PYR002"
CONFIRM_FAILED = "PYR003"


@dataclass(frozen=True, slots=True)
class OwnRule:
    """What a Rule says of itself, for a fault that no rule's check can see."""

    code: str
    name: str
    severity: Severity
    tips: tuple[int, ...]
    page: str


def _own(code: str, name: str, severity: Severity, page: str) -> OwnRule:
    return OwnRule(code, name, severity, (), inspect.cleandoc(page))


OWN_RULES: tuple[OwnRule, ...] = (
    _own(
        SYNTAX_ERROR,
        "syntax-error",
        Severity.ERROR,
        """The file cannot be parsed, so nothing else in it was checked.

        ## What it does
        Reports the first place at which a file stops being Python that the parser knows.
        Source that is nested too deeply, or that holds a literal of too many elements, is
        reported in the same way before the parser sees it. This rule cannot be ignored.

        ## Why is this bad
        A file that does not parse does not run, and silence about it would read as approval.
        Where the syntax is merely newer than the parser, upgrade libcst.

        ## Example
        ```python
        import pyro

        def model(:
            pyro.sample("x", dist.Normal(0.0, 1.0))
        ```

        ## Use instead
        ```python
        import pyro
        import pyro.distributions as dist

        def model():
            pyro.sample("x", dist.Normal(0.0, 1.0))
        ```
        """,
    ),
    _own(
        UNUSED_SUPPRESSION,
        "unused-suppression",
        Severity.WARNING,
        """A suppression comment names a rule that finds nothing there.

        ## What it does
        Reports the codes of `# pyrolint: ignore[...]`, `# pyrolint: ignore-file[...]` and
        `# noqa: ...` comments under which no finding was hidden. It speaks neither of rules
        that did not run, nor of a bare `# noqa`, nor of other linters' codes; and of rules
        that see several files only when every file of the project was checked.

        ## Why is this bad
        A comment that outlives its fault hides the next fault at that place.

        ## Example
        ```python
        import pyro

        pyro.enable_validation(True)  # pyrolint: ignore[PYR501]
        ```

        ## Use instead
        ```python
        import pyro

        pyro.enable_validation(True)
        ```
        """,
    ),
    _own(
        UNKNOWN_CODE,
        "unknown-code",
        Severity.WARNING,
        """A suppression comment names a rule that does not exist, or cannot be read.

        ## What it does
        Reports words in `# pyrolint: ignore[...]` and `# pyrolint: ignore-file[...]` that are
        neither a code, nor a prefix of codes, nor a name, and codes in `# noqa: ...` that have
        one of pyrolint's prefixes yet belong to no rule. A comment that starts with
        `# pyrolint:` and goes on otherwise, or whose bracket is empty or stays open, is reported
        as well, and hides nothing.

        ## Why is this bad
        The comment hides nothing, whatever its author meant it to hide.

        ## Example
        ```python
        import pyro

        pyro.enable_validation(True)  # pyrolint: ignore[PYR599]
        ```

        ## Use instead
        ```python
        import pyro

        pyro.enable_validation(False)  # pyrolint: ignore[PYR501] the data are grey pixels
        ```
        """,
    ),
    _own(
        CONFIRM_FAILED,
        "confirm-failed",
        Severity.ADVICE,
        """`pyrolint confirm` came to no inference step here, so that nothing was measured.

        ## What it does
        Reports why a program that was run gave no verdicts: it ended without an inference step,
        needs arguments, a file, a package or the network, raised an error, or was stopped at a
        limit. Only `confirm` reports it. It makes the exit status 1 with `--require-verdict`
        alone.

        ## Why is this bad
        What the static side found is neither confirmed nor refuted, and faults that only a run
        shows stay hidden. Arguments go behind `--` or into the settings, and a function that
        gives model, guide and arguments is named with `--entry`.

        ## Example
        ```python
        import sys

        import pyro
        import pyro.distributions as dist

        def model(size):
            pyro.sample("x", dist.Normal(0.0, 1.0).expand([size]).to_event(1))

        model(int(sys.argv[1]))
        ```

        ## Use instead
        ```python
        import torch
        import pyro
        import pyro.distributions as dist
        from pyro.infer import SVI, Trace_ELBO
        from pyro.infer.autoguide import AutoNormal
        from pyro.optim import Adam

        def model(data):
            x = pyro.sample("x", dist.Normal(0.0, 1.0))
            with pyro.plate("data", len(data)):
                pyro.sample("y", dist.Normal(x, 1.0), obs=data)

        svi = SVI(model, AutoNormal(model), Adam({"lr": 0.01}), Trace_ELBO())
        svi.step(torch.tensor([0.3, -0.2, 0.9]))
        ```
        """,
    ),
)
