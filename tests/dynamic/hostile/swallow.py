import atexit
import os

from steps import step

atexit.register(os._exit, 9)
while True:
    try:
        step()
    except:  # noqa: E722
        pass
