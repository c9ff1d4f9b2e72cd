"""Hand over a report with a step, then end in the way that the argument names."""

import os
import sys
import time

seen()  # noqa: F821
{
    "hang": lambda: time.sleep(600),
    "crash": os.abort,
    "lose": lambda: os._exit(0),
    "say less": lambda: say("no step"),  # noqa: F821
}[sys.argv[1]]()
