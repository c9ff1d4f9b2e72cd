"""What the parent and the supervisor of a job say to each other, one line of JSON at a time."""

from __future__ import annotations

import msgspec

from pyrolint.dynamic.limits import Limits
from pyrolint.dynamic.messages import Job, Reason, Report

REQUEST_FILE = "request"
"""The file with the request, in the folder of a direct job."""

CHANNEL_FILE = "report"
"""The file with the channel's memory, in the folder of a direct job."""


class Request(msgspec.Struct, frozen=True):
    """A job, its limits, and the private folder that is its place for temporary files."""

    job: Job
    limits: Limits
    folder: str


class Outcome(msgspec.Struct, frozen=True):
    """How a job's process ended.

    ``report`` is the best one it handed over. ``status`` is its exit status, or the negative
    number of the signal that ended it; ``stopped`` is the limit that it was killed at. ``output``
    is the end of what it printed; ``peak_memory`` is in bytes.
    """

    report: Report | None
    status: int
    stopped: Reason | None = None
    output: str = ""
    seconds: float = 0.0
    peak_memory: int = 0


def encode(message: Request | Outcome) -> bytes:
    """A message as one line."""
    return msgspec.json.encode(message) + b"\n"


def decode_request(line: bytes) -> Request:
    """The request of a line; msgspec.DecodeError for anything else."""
    return msgspec.json.decode(line, type=Request)


def decode_outcome(line: bytes) -> Outcome:
    """The outcome of a line; msgspec.DecodeError for anything else."""
    return msgspec.json.decode(line, type=Outcome)
