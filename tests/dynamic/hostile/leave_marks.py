"""Say whether the process is clean, then leave it anything but that."""

import builtins
import os
import sys

import pyro
import torch

marks = [
    hasattr(builtins, "mark"),
    "MARK" in os.environ,
    "mark" in pyro.get_param_store(),
    torch.get_default_dtype() is torch.float64,
    "no_step" in sys.modules,
]
say("marked" if any(marks) else "clean")  # noqa: F821
builtins.mark = os.environ["MARK"] = "mark"
pyro.param("mark", torch.tensor(1.0))
torch.set_default_dtype(torch.float64)
import no_step  # noqa: E402, F401
