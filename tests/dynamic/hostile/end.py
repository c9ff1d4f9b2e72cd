"""End in the way that the argument names."""

import atexit
import ctypes
import os
import signal
import sys

WAYS = {
    "sys.exit": lambda: sys.exit(3),
    "os._exit": lambda: os._exit(0),
    "os._exit 3": lambda: os._exit(3),
    "atexit": lambda: atexit.register(os._exit, 3),
    "abort": os.abort,
    "segfault": lambda: ctypes.string_at(0),
    "kill": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "parent": lambda: os.kill(os.getppid(), signal.SIGKILL),
    "group": lambda: os.killpg(0, signal.SIGKILL),
}
WAYS[sys.argv[1]]()
