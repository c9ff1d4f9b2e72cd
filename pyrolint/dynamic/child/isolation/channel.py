"""The way a report takes out of the child: shared memory, which user code cannot close or delete.

A pipe falls to ``os.closerange``, a file to ``shutil.rmtree``; a mapping stays. It has two slots
that are written in turn, so that a process killed half-way through a report leaves the one before.
"""

from __future__ import annotations

import mmap
import os
import struct
import zlib
from typing import NoReturn

import msgspec

from pyrolint.dynamic.messages import Reason, Report, decode_report, encode

_FACTS = struct.Struct("<QQI")  # sequence number, length, has a step
_CHECKSUM = struct.Struct("<I")
_HEADER_SIZE = _FACTS.size + _CHECKSUM.size
_SLOT = 32 * 1024 * 1024

SIZE = 2 * _SLOT
"""Bytes of a channel's memory. Pages that are never written cost nothing."""

# User code may replace os._exit, and the end must not be at its mercy.
_exit = os._exit


class Channel:
    """Hands over reports through ``memory``, which is SIZE bytes of zeros shared with the parent.

    It works from forked children too, as the memory is theirs as well.
    """

    def __init__(self, memory: mmap.mmap) -> None:
        self._memory = memory

    def deliver(self, report: Report) -> None:
        """Hand over a report in place of the one before, unless only that one has a step."""
        sequence, kept_step = 0, False
        best = self._best()
        if best is not None:
            sequence, kept_step, _ = best
        if kept_step and report.step is None:
            return
        try:
            data = encode(report)
        except (TypeError, ValueError) as error:
            # Raised into user code, it would end in a bare ``except`` and nobody would ever know.
            data = encode(Report(reason=Reason.LOST, detail=f"the report is no JSON: {error}"))
        if len(data) > _SLOT - _HEADER_SIZE:
            data = encode(Report(reason=Reason.LOST, detail=f"the report has {len(data)} bytes"))
        sequence += 1
        start = (sequence % 2) * _SLOT
        facts = _FACTS.pack(sequence, len(data), report.step is not None)
        body = start + _HEADER_SIZE
        self._memory[body : body + len(data)] = data
        self._memory[start:body] = facts + _CHECKSUM.pack(zlib.crc32(data, zlib.crc32(facts)))

    def latest(self) -> Report | None:
        """The last report that was handed over whole; None if there is none."""
        best = self._best()
        if best is None:
            return None
        try:
            return decode_report(best[2])
        except msgspec.DecodeError:
            return None

    def _best(self) -> tuple[int, bool, bytes] | None:
        found = [slot for slot in (self._slot(0), self._slot(_SLOT)) if slot is not None]
        return max(found, default=None)

    def _slot(self, start: int) -> tuple[int, bool, bytes] | None:
        body = start + _HEADER_SIZE
        facts = self._memory[start : start + _FACTS.size]
        sequence, length, has_step = _FACTS.unpack(facts)
        if sequence == 0 or length > _SLOT - _HEADER_SIZE:
            return None
        data = self._memory[body : body + length]
        (checksum,) = _CHECKSUM.unpack(self._memory[body - _CHECKSUM.size : body])
        if zlib.crc32(data, zlib.crc32(facts)) != checksum:
            return None
        return sequence, bool(has_step), data


def finish() -> NoReturn:
    """End this process at once: no ``finally``, bare ``except`` or exit handler gets its turn."""
    _exit(0)
