"""Refusal of writes and of the network, beside the user's code. Against accidents, not malice.

Python tells an audit hook of every file that it opens and every socket that it connects. torch
writes its files from C++, where the hook hears nothing, so its writers are wrapped as well.
"""

from __future__ import annotations

import errno
import os
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from pyrolint.dynamic.messages import Reason


class WriteRefused(PermissionError):
    """The program wanted to write a file."""


class NetworkRefused(PermissionError):
    """The program wanted to use the network."""


class Refusal(NamedTuple):
    """Something that was refused: the reason for having no verdict that it may turn out to be."""

    reason: Reason
    detail: str


_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

_DEVICES = frozenset({os.devnull, "/dev/zero", "/dev/full", "/dev/tty", "/dev/stdout"}) | {
    "/dev/stderr"
}
_DEVICE_FOLDERS = ("/dev/fd", "/dev/pts", "/dev/shm", "/dev/dri")

# An audit hook belongs to the process and stays to its end, and so does what it has refused.
_refused: list[Refusal] = []


def refusals() -> list[Refusal]:
    """What was refused so far, in order. The program may well have gone on without it."""
    return list(_refused)


def refusal_behind(error: BaseException) -> Refusal | None:
    """The refusal that ``error`` stems from: itself, its cause, its context or what it carries.

    Memory that the system refused counts as well.
    """
    for each in _chain(error, set()):
        if isinstance(each, WriteRefused):
            return Refusal(Reason.NEEDS_WRITE, str(each.filename or each))
        if isinstance(each, NetworkRefused):
            return Refusal(Reason.NEEDS_NETWORK, str(each.filename or each))
        if isinstance(each, PermissionError) and _is_refused_by_kernel(each):
            return Refusal(Reason.NEEDS_WRITE, str(each.filename))
        if _lacks_memory(each):
            return Refusal(Reason.OUT_OF_MEMORY, str(each).partition("\n")[0])
    return None


def _is_refused_by_kernel(error: PermissionError) -> bool:
    """Whether a path that the user may write to was refused: a program of its own has no hook."""
    if not isinstance(error.filename, str) or error.errno != errno.EACCES:
        return False
    folder = os.path.dirname(os.path.abspath(error.filename))
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    # Permissions as the file system has them; what confines this process is not looked at.
    return os.access(folder, os.W_OK)


def _lacks_memory(error: BaseException) -> bool:
    # torch has a class for it on CUDA; on the CPU there is only the name of its allocator.
    named = type(error).__name__ == "OutOfMemoryError"
    torchs = isinstance(error, RuntimeError) and "DefaultCPUAllocator" in str(error)
    return isinstance(error, MemoryError) or named or torchs


def install(
    allow_write: bool,
    allow_network: bool,
    writable: tuple[str, ...],
    *,
    allow_programs: bool = False,
) -> None:
    """Refuse what is not allowed, from now to the end of the process.

    ``writable`` are the folders that may be written to all the same. ``allow_programs`` lets the
    program start others: an audit hook does not follow into them, so that is for where the kernel
    does. Processes of ``multiprocessing`` and forks are always let through: forks keep the hook.
    """
    handlers: dict[str, Callable[..., None]] = {}
    if not allow_write:
        guard = _WriteGuard(writable)
        handlers |= guard.handlers()
        guard.wrap_torch()
    if not allow_network:
        handlers |= dict.fromkeys(("socket.connect", "socket.bind"), _connect)
        handlers |= dict.fromkeys(("socket.sendto", "socket.sendmsg"), _connect)
        handlers |= dict.fromkeys(("socket.getaddrinfo", "socket.gethostbyname"), _resolve)
        handlers |= {"socket.gethostbyaddr": _resolve, "webbrowser.open": _resolve}
    if not (allow_write or allow_programs):
        handlers |= {"subprocess.Popen": _start, "os.exec": _start, "os.posix_spawn": _start}
        handlers |= {"os.system": _start, "os.spawn": _start_spawned, "os.startfile": _start}

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        handler = handlers.get(event)
        if handler is not None:
            handler(*arguments)

    sys.addaudithook(hook)


class _WriteGuard:
    def __init__(self, writable: tuple[str, ...]) -> None:
        roots = (*map(os.path.realpath, writable), *_DEVICE_FOLDERS)
        self._roots = tuple(root + os.sep for root in roots)
        self._exact = frozenset(roots)

    def handlers(self) -> dict[str, Callable[..., None]]:
        # Where the call fails in any case it is let through, for the error that programs expect:
        # removing what is not there, making what is.
        return {
            "open": self._open,
            "os.rename": self._rename,
            "os.link": self._link,
            "os.symlink": self._symlink,
            "os.mkdir": self._make,
            "os.remove": self._change,
            "os.rmdir": self._change,
            "os.truncate": self._change_whole,
            "os.chmod": self._change_mode,
            "os.chown": self._change_whole,
            "os.utime": self._change_whole,
            "os.setxattr": self._change_whole,
            "os.removexattr": self._change_whole,
            "sqlite3.connect": self._database,
        }

    def wrap_torch(self) -> None:
        torch = sys.modules.get("torch")
        if torch is None:
            return
        native: Any = torch._C
        refuse = self._refuse_written

        class FileWriter(native.PyTorchFileWriter):  # type: ignore[misc]
            """The writer behind ``torch.save``, which refuses files and takes buffers."""

            def __init__(self, target: Any, *arguments: Any, **keywords: Any) -> None:
                refuse(target)
                super().__init__(target, *arguments, **keywords)

        native.PyTorchFileWriter = FileWriter
        for owner in (native.ScriptModule, native.ScriptFunction):
            owner.save = _refusing(owner.save, refuse)
            if hasattr(owner, "_save_for_mobile"):
                owner._save_for_mobile = _refusing(owner._save_for_mobile, refuse)

    def _open(self, path: Any, mode: str | None, flags: int) -> None:
        if flags & _WRITING:
            self._refuse_written(path)

    def _make(self, path: Any, _mode: int, folder: int) -> None:
        place = _resolved(path, folder)
        if not os.path.lexists(place):
            self._refuse(place)

    def _change(self, path: Any, folder: int) -> None:
        # It is the entry that is changed, so a link at its end is not followed.
        place = _resolved(path, folder)
        if os.path.lexists(place):
            self._refuse(place)

    def _change_mode(self, path: Any, _mode: int, folder: int) -> None:
        self._change_whole(path, folder)

    def _change_whole(self, path: Any, *_more: Any) -> None:
        if not isinstance(path, int):
            self._change(path, -1)

    def _rename(self, source: Any, target: Any, source_folder: int, target_folder: int) -> None:
        place = _resolved(source, source_folder)
        if os.path.lexists(place):
            self._refuse(place)
            self._refuse(_resolved(target, target_folder))

    def _link(self, source: Any, target: Any, _source_folder: int, target_folder: int) -> None:
        self._refuse(_resolved(target, target_folder))

    def _symlink(self, _source: Any, target: Any, folder: int) -> None:
        self._refuse(_resolved(target, folder))

    def _database(self, database: Any) -> None:
        name = os.fsdecode(database)
        read_only = name.startswith("file:") and ("mode=ro" in name or "mode=memory" in name)
        if name not in ("", ":memory:") and not read_only:
            self._refuse_written(name.removeprefix("file:").partition("?")[0])

    def _refuse_written(self, path: Any) -> None:
        # A number is a file that is open already; what is neither is a buffer.
        if isinstance(path, (str, bytes, os.PathLike)):
            self._refuse(os.path.realpath(os.fsdecode(path)), os.fsdecode(path))

    def _refuse(self, place: str, named: str | None = None) -> None:
        shown = named or place
        if shown in _DEVICES or (place + os.sep).startswith(self._roots) or place in self._exact:
            return
        if os.path.abspath(shown).startswith(self._roots[-len(_DEVICE_FOLDERS) :]):
            return
        _refused.append(Refusal(Reason.NEEDS_WRITE, shown))
        raise WriteRefused(errno.EACCES, "pyrolint refuses writing without --allow-write", shown)


def _resolved(path: Any, folder: int) -> str:
    """The path of a directory entry: its folder with links followed, and its own name."""
    name = os.fsdecode(path)
    if folder >= 0 and not os.path.isabs(name):
        name = os.path.join(f"/proc/self/fd/{folder}", name)
    above, own = os.path.split(os.path.abspath(name) if folder < 0 else name)
    return os.path.join(os.path.realpath(above), own)


def _refusing(method: Callable[..., Any], refuse: Callable[[Any], None]) -> Callable[..., Any]:
    def save(self: Any, target: Any, *arguments: Any, **keywords: Any) -> Any:
        refuse(target)
        return method(self, target, *arguments, **keywords)

    return save


def _connect(connection: socket.socket, address: Any, *_more: Any) -> None:
    # Other families, those of Unix above all, stay on this machine.
    if connection.family in (socket.AF_INET, socket.AF_INET6) and address is not None:
        host = address[0] if isinstance(address, tuple) else address
        _refuse_network(str(host))


def _resolve(host: Any, *_more: Any) -> None:
    if host not in (None, "", b""):
        _refuse_network(os.fsdecode(host) if isinstance(host, (str, bytes)) else str(host))


def _refuse_network(host: str) -> None:
    _refused.append(Refusal(Reason.NEEDS_NETWORK, host))
    raise NetworkRefused(errno.EACCES, "pyrolint refuses the network without --allow-network", host)


def _start_spawned(_mode: int, program: Any, *_more: Any) -> None:
    _start(program)


def _start(program: Any, arguments: Any = None, *_more: Any) -> None:
    if isinstance(arguments, (list, tuple)) and arguments:
        program = arguments[0]
    named = os.fsdecode(program) if isinstance(program, (str, bytes, os.PathLike)) else str(program)
    _refused.append(Refusal(Reason.NEEDS_WRITE, named))
    raise WriteRefused(
        errno.EACCES,
        "pyrolint refuses to start another program, which could write, without --allow-write",
        named,
    )


def _chain(error: BaseException, seen: set[int]) -> Iterator[BaseException]:
    """The error and whatever led to it. ``URLError`` and its like carry theirs in ``args``."""
    if id(error) in seen:
        return
    seen.add(id(error))
    yield error
    carried = [part for part in error.args if isinstance(part, BaseException)]
    for other in (error.__cause__, error.__context__, *carried):
        if other is not None:
            yield from _chain(other, seen)
