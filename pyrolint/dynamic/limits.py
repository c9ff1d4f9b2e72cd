"""How much of the machine one job may have."""

from __future__ import annotations

import msgspec

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


class Limits(msgspec.Struct, frozen=True):
    """The limits of one job; what goes past one of them is killed.

    ``seconds`` is wall time, imports included. ``memory`` is private memory of the job's processes
    together, in bytes; ``file_size`` is that of any one file, in bytes; ``output`` is what may be
    printed in all, in bytes: it is read and dropped.
    """

    seconds: float = 60.0
    memory: int = 8 * GIB
    file_size: int = 1 * GIB
    output: int = 256 * MIB
