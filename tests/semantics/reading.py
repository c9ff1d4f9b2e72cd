"""What the tests of the semantics share: programs as text, and what is believed of them."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import dedent, indent

import pytest
from _pytest.mark import ParameterSet

from pyrolint.semantics.alternatives import alternatives
from pyrolint.semantics.analysis import Analysis, analyse
from pyrolint.semantics.numeric import as_numeric
from pyrolint.semantics.program import Program, SampleSite
from pyrolint.semantics.project import AnalysisOptions
from pyrolint.semantics.sets import describe
from pyrolint.semantics.values import Constant, Unknown, Value
from pyrolint.workspace import Workspace

PATH = "/project/model.py"
PRELUDE = """\
import functools
import math
import torch
import torch.nn as nn
import torch.nn.functional as F
import pyro
import pyro.distributions as dist
from pyro import poutine
from pyro.distributions import constraints
from pyro.infer import *
from pyro.infer.autoguide import *
from pyro.nn import PyroModule, PyroParam, PyroSample, pyro_method
from pyro.optim import Adam
"""
UNKNOWN = "?"


def read(text: str, options: AnalysisOptions | None = None, path: str = PATH) -> Analysis:
    """Analyse a file's text as it is."""
    workspace = Workspace({path: text.encode()})
    workspace.module(path)
    return analyse(path, workspace.load, options or AnalysisOptions(project_root="/project"))


def read_program(text: str, options: AnalysisOptions | None = None) -> Analysis:
    """Analyse a file's text behind the usual imports."""
    return read(PRELUDE + dedent(text), options)


def wrap(text: str) -> str:
    """A file whose ``model(u, v)`` runs ``text`` and samples ``x`` with scale ``value``.

    What stands before a line of three hyphens stays at the module's top level.
    """
    preamble, _, body = dedent(text).rpartition("---\n")
    return (
        f"{PRELUDE}{preamble}\n\ndef model(u, v, y=None):\n{indent(body, '    ')}\n"
        '    pyro.sample("x", dist.Normal(0.0, value))\n'
    )


def sites(analysis: Analysis, name: str | None = None) -> list[SampleSite]:
    """All sites of a name, or all there are."""
    return [
        each
        for program in analysis.programs
        for each in program.sites
        if name is None or each.name == name
    ]


def site(analysis: Analysis, name: str = "x") -> SampleSite:
    """The one site of a name."""
    (found,) = sites(analysis, name)
    return found


def names(program: Program) -> list[str | None]:
    """The names of a program's sites, in order."""
    return [each.name for each in program.sites]


def believed(value: Value | None) -> set[str]:
    """The alternatives of a value in words: what each attains, ``?`` where that is not known."""
    return {_words(option) for _, option in alternatives(value)} if value is not None else set()


def _words(value: Value) -> str:
    if isinstance(value, Constant) and not isinstance(value.value, int | float):
        return repr(value.value)
    number = as_numeric(value)
    if isinstance(value, Unknown) or number is None or number.reaches is None:
        return UNKNOWN
    return describe(number.reaches)


def scales(analysis: Analysis, name: str = "x", argument: str = "scale") -> set[str]:
    """What is believed of an argument of all the sites of a name, under any path."""
    return {
        words
        for each in sites(analysis, name)
        for _, distribution in each.distributions()
        for words in believed(distribution.arguments.get(argument))
    }


def belief(text: str) -> set[str]:
    """What is believed of ``value`` where the body of ``model`` leaves it."""
    return scales(read(wrap(text)))


def cases(
    table: Mapping[str, tuple[str, set[str]]], faults: Mapping[str, str]
) -> list[ParameterSet]:
    """A table of programs and beliefs as parameters; ``faults`` are known and not mended yet."""
    assert faults.keys() <= table.keys()
    return [
        pytest.param(
            *case,
            id=name,
            marks=[pytest.mark.xfail(strict=True, reason=faults[name])] if name in faults else [],
        )
        for name, case in table.items()
    ]
