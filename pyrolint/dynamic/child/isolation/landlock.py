"""Landlock: refusal of writes by the kernel, which holds for C++ code and started programs too.

See the kernel's userspace-api/landlock.rst for the calls, the structures and the versions.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_QUERY = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

_WRITE_FILE = 1 << 1
_TRUNCATE = 1 << 14
_CHANGE_FOLDERS = sum(1 << bit for bit in range(4, 13))  # remove and make entries of all kinds
_REFER = 1 << 13
_TCP = 0b11  # bind, connect
_ABSTRACT_SOCKETS, _SIGNALS = 0b01, 0b10

_DEVICES = ("/dev",)
"""Where devices and shared memory are. Nothing there outlives the machine's run."""


def version() -> int:
    """The version of the kernel's Landlock; 0 where it has none or may not be asked."""
    known: int = _libc().syscall(_CREATE_RULESET, None, 0, _VERSION_QUERY)
    return max(0, known)


def restrict(*, writable: tuple[str, ...] | None, network: bool) -> bool:
    """Take from this process, which has one thread, and from its descendants what is not allowed.

    Only below the folders of ``writable`` may they write; None allows all writing. Without
    ``network`` they have no TCP, where the kernel knows that. They may signal only each other.
    Returns whether writes are restricted as told; the rest is no promise.
    """
    known = version()
    if known == 0:
        return writable is None
    try:
        _restrict(known, writable, network)
    except OSError:
        return writable is None
    return True


def _restrict(known: int, writable: tuple[str, ...] | None, network: bool) -> None:
    rights = 0
    if writable is not None:
        rights = _WRITE_FILE | _CHANGE_FOLDERS
        rights |= (_REFER if known >= 2 else 0) | (_TRUNCATE if known >= 3 else 0)
    tcp = 0 if network or known < 4 else _TCP
    scopes = 0 if known < 6 else _SIGNALS | (0 if network else _ABSTRACT_SOCKETS)
    if not rights | tcp | scopes:
        return
    attributes = struct.pack("<QQQ", rights, tcp, scopes)
    size = 8 if known < 4 else 16 if known < 6 else 24
    ruleset = _call(_CREATE_RULESET, attributes, size, 0)
    try:
        for folder in (*writable, *_DEVICES) if writable is not None else ():
            _allow(ruleset, folder, rights)
        if _libc().prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")
        _call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _WRITE_FILE | _TRUNCATE
        _call(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("<Qi", rights, place), 0)
    finally:
        os.close(place)


def _call(number: int, *arguments: int | bytes) -> int:
    result: int = _libc().syscall(number, *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), "landlock")
    return result


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
