import builtins
import os
import sys

from steps import step

sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = None
builtins.open = os.write = os.open = os._exit = os.fsync = os.rename = None
while True:
    try:
        step()
    except:  # noqa: E722
        pass
