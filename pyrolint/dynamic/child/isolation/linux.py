"""What the kernel offers to contain a job and Python has no function for."""

from __future__ import annotations

import ctypes
import os
import signal
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that none gets away."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def leave_network() -> None:
    """Move this process, which has one thread, to a network of its own that leads nowhere.

    Raises OSError where user namespaces are not allowed; the process may then be left between
    two states, so try it in a process that does not matter: see ``can_leave_network``.
    """
    user, group = os.getuid(), os.getgid()
    if _libc().unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    own = Path("/proc/self")
    own.joinpath("setgroups").write_text("deny")
    own.joinpath("uid_map").write_text(f"{user} {user} 1")
    own.joinpath("gid_map").write_text(f"{group} {group} 1")


def can_leave_network() -> bool:
    """Whether ``leave_network`` works here, found out in a process of its own."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            leave_network()
            status = 0
        except OSError:
            pass
        finally:
            os._exit(status)
    return os.waitpid(child, 0)[1] == 0


def children(process: int) -> list[int]:
    """The process numbers of the children of ``process``, zombies included."""
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{process}/task").iterdir():
            found += map(int, thread.joinpath("children").read_text().split())
    except FileNotFoundError:
        # The process or one of its threads has ended meanwhile, or the kernel has no such file.
        return found or children_by_search(process)
    except ProcessLookupError:
        pass
    return found


def children_by_search(process: int) -> list[int]:
    """As ``children``, for kernels that keep no list of them: reads about every process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = entry.joinpath("stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == process:
                found.append(int(entry.name))
    return found


def descendants(process: int) -> list[int]:
    """The process numbers of everything below ``process``, itself left out."""
    found: list[int] = []
    waiting = [process]
    while waiting:
        below = children(waiting.pop())
        found += below
        waiting += below
    return found


def resident(process: int) -> int:
    """Bytes of memory that ``process`` holds and no file backs; 0 once it has ended. Fast."""
    try:
        fields = Path(f"/proc/{process}/statm").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return (int(fields[1]) - int(fields[2])) * os.sysconf("SC_PAGESIZE")


def private(process: int) -> int:
    """Bytes of memory of ``process``, its share of what it shares with its kin; 0 if unknown.

    Slow: some milliseconds for each GiB.
    """
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except OSError:
        return resident(process)
    for line in lines:
        if line.startswith("Pss_Anon:"):
            return int(line.split()[1]) * 1024
    return resident(process)


def _prctl(option: int, value: int) -> None:
    if _libc().prctl(option, value, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
