"""What parent and child say to each other: a job goes in, a report comes out, both as JSON.

Nothing here refers to torch or to the static side, so that both sides can import it at no cost.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

import msgspec


class Verdict(Enum):
    """What a run shows of a finding."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNKNOWN = "unknown"


class Reason(Enum):
    """Why there is no verdict: the closed list. Each value is the clause that users read."""

    # The program as a whole never came to a step.
    NO_INFERENCE = "the program ended without an inference step"
    NEEDS_ARGUMENTS = "the program needs arguments of its own"
    MISSING_PACKAGE = "the program needs a package that is not installed"
    MISSING_FILE = "the program needs a file that is not there"
    NEEDS_NETWORK = "the program needs the network, which is refused without --allow-network"
    NEEDS_WRITE = "the program writes files, which is refused without --allow-write"
    NEEDS_DEVICE = "the program needs a device that is not there"
    RAISED = "the program raised an error before its first step"
    EXITED = "the program exited before its first step"
    TIMED_OUT = "the program was stopped at its time limit before its first step"
    OUT_OF_MEMORY = "the program was stopped at its memory limit"
    TOO_MUCH_OUTPUT = "the program was stopped at its limit of output or of file size"
    CRASHED = "the program's process was killed by a signal"
    LOST = "the program's process ended without handing over what it saw"
    UNREADABLE = "the program could not be read"
    NOT_AVAILABLE = "torch and pyro are not installed here"
    # The step was reached, and still tells nothing of this finding.
    NOT_REACHED = "the first step did not come by this line"
    STEP_FAILED = "the step failed before it could be measured"
    NOT_REPEATABLE = "the step could not be repeated to measure it"
    NEEDS_DATA = "arguments were made up, so scales and data tell nothing"
    NOT_FOUND = "the search found no value that breaks it, and nothing rules one out"
    INCONCLUSIVE = "what was measured neither shows it nor rules it out"
    OTHER_INFERENCE = "this kind of inference does not show it"
    AFTER_FAILED_CELL = "an earlier cell failed, so the values may not be those of a whole run"
    NOT_MEASURABLE = "one step cannot show it"


class Position(msgspec.Struct, frozen=True):
    """A line of the user's own code. ``cell`` is the 1-based notebook cell, rows count in it."""

    filename: str
    row: int
    cell: int | None = None


class Claim(msgspec.Struct, frozen=True):
    """A static finding as far as the child needs it. ``rows`` is its line span, end included.

    ``related`` are the other lines that the finding names.
    """

    code: str
    filename: str
    cell: int | None
    rows: tuple[int, int]
    site: str | None = None
    argument: str | None = None
    program: str | None = None
    related: tuple[Position, ...] = ()


class TargetKind(Enum):
    """How a program is got at, in the order in which the ways are tried."""

    SCRIPT = "script"
    NOTEBOOK = "notebook"
    ENTRY = "entry"
    PROGRAM = "program"


class Cell(msgspec.Struct, frozen=True):
    """A notebook's code cell without its magics; ``index`` counts all cells, from 1."""

    index: int
    code: str


class Target(msgspec.Struct, frozen=True):
    """What to run.

    ``path`` is the script or notebook (absolute), ``cells`` are the notebook's; for ENTRY it is
    the folder to import from and ``entry`` is ``package.module:function``. For PROGRAM, ``path``
    is the file that is imported and ``model`` and ``guide`` are the qualified names of what it
    defines; a guide may be None, or an autoguide's full name.
    """

    kind: TargetKind
    path: str
    entry: str | None = None
    model: str | None = None
    guide: str | None = None
    arguments: tuple[str, ...] = ()
    cells: tuple[Cell, ...] = ()


class Job(msgspec.Struct, frozen=True):
    """One run of one target.

    ``draws`` is K, the number of repeats that estimates rest on. ``seconds`` is the wall time that
    the parent leaves it: what is repeated must end before.
    """

    target: Target
    claims: tuple[Claim, ...] = ()
    device: str = "cpu"
    seed: int = 0
    draws: int = 8
    seconds: float = 60.0
    allow_write: bool = False
    allow_network: bool = False


class Evidence(msgspec.Struct, frozen=True):
    """What one probe saw of one possible fault.

    ``message`` is a sentence for users. A verdict of CONFIRMED or REFUTED is carried by it and by
    ``figures`` (JSON values: numbers, short strings, lists); UNKNOWN carries a ``reason`` as well.
    ``position`` is the line to mend, ``related`` the lines where the fault bites. ``level`` is
    the severity's label where it differs from the code's own.
    """

    code: str
    verdict: Verdict
    message: str
    position: Position | None = None
    site: str | None = None
    argument: str | None = None
    parameter: str | None = None
    related: tuple[Position, ...] = ()
    figures: dict[str, Any] = {}
    reason: Reason | None = None
    level: str | None = None


class SiteSummary(msgspec.Struct, frozen=True):
    """A site of the observed step as the page draws it. Shapes are (batch, event)."""

    name: str
    kind: str
    role: str
    family: str | None = None
    support: str | None = None
    observed: bool = False
    batch_shape: tuple[int, ...] = ()
    event_shape: tuple[int, ...] = ()
    plates: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    position: Position | None = None
    mean: float | None = None
    deviation: float | None = None
    log_density: float | None = None


class Measures(msgspec.Struct, frozen=True):
    """Figures of the step as a whole: seconds, nats, and ratios without unit.

    ``signal_to_noise`` is by parameter; ``columns`` are mean and standard deviation of each
    column of each array that reaches a site, by the array's name.
    """

    seconds_to_step: float = 0.0
    step_seconds: float = 0.0
    analysis_seconds: float = 0.0
    loss: float | None = None
    signal_to_noise: dict[str, float] = {}
    columns: dict[str, list[tuple[float, float]]] = {}
    settings: dict[str, bool] = {}


class StepSummary(msgspec.Struct, frozen=True):
    """The observed step: what kind of inference, of which functions, with which sites."""

    inference: str
    model: str | None
    guide: str | None
    position: Position | None
    sites: tuple[SiteSummary, ...] = ()
    measures: Measures = Measures()
    made_up_arguments: bool = False
    after_failed_cell: bool = False


class Report(msgspec.Struct, frozen=True):
    """What the child saw. ``reason`` is None where a step was reached; ``detail`` explains it.

    ``detail`` is the last line of an error, never a stack trace; ``position`` is the user's line.
    ``unmeasured`` says of codes that this step was not measured for why not; codes that appear
    neither there nor in ``measured`` cannot be measured in any step.
    """

    reason: Reason | None = None
    detail: str = ""
    position: Position | None = None
    step: StepSummary | None = None
    evidence: tuple[Evidence, ...] = ()
    measured: tuple[str, ...] = ()
    unmeasured: dict[str, Reason] = {}
    seconds: float = 0.0
    peak_memory: int = 0
    versions: dict[str, str] = {}


def encode(report: Report) -> bytes:
    """A report as JSON. It lacks NaN and infinities: they become null, so write them as words."""
    return msgspec.json.encode(report)


def decode_report(data: bytes) -> Report:
    """The report that ``encode`` wrote; msgspec.ValidationError or DecodeError otherwise."""
    return msgspec.json.decode(data, type=Report)
