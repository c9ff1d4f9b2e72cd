"""What helps where a program did not come to its first step."""

from __future__ import annotations

from pyrolint.dynamic.messages import Reason

_HELP = {
    Reason.NO_INFERENCE: "Pass the script that trains the model rather than the module that "
    "defines it, or name a provider of model, guide and arguments with `--entry module:function`.",
    Reason.NEEDS_ARGUMENTS: "Pass a script's own arguments after `--`, or name a provider of "
    "model, guide and arguments with `--entry module:function`.",
    Reason.MISSING_PACKAGE: "Install it into the environment that runs pyrolint.",
    Reason.MISSING_FILE: "Programs run in their own folder; put the file where it is looked for.",
    Reason.NEEDS_NETWORK: "Fetch the data beforehand, or pass `--allow-network`.",
    Reason.NEEDS_WRITE: "Pass `--allow-write` if the program may write.",
    Reason.NEEDS_DEVICE: "Choose another with `--device`.",
    Reason.RAISED: "Run the program by itself to see whether it fails there as well.",
    Reason.EXITED: "Pass the arguments that make it train after `--`.",
    Reason.TIMED_OUT: "Allow it more with `--timeout SECONDS`, or pass arguments after `--` that "
    "make it come to its first step sooner.",
    Reason.OUT_OF_MEMORY: "Pass arguments after `--` that make the program load less.",
    Reason.TOO_MUCH_OUTPUT: "Pass arguments after `--` that make the program print or write less.",
    Reason.NOT_AVAILABLE: "Install them with `pip install 'pyrolint-ppl[confirm]'`.",
}


def help_for(reason: Reason) -> str:
    """What to do about it, with code in backticks; empty where there is no general advice."""
    return _HELP.get(reason, "")
