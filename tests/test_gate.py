import json
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pyrolint.gate import is_relevant

IMPORTS = [
    "import pyro",
    "import pyro.distributions as dist",
    "import os, sys, pyro",
    "import os as o,pyro as p",
    "import os, \\\n    pyro",
    "import \\\n  pyro",
    "import\tpyro",
    "from pyro import *",
    "from pyro.infer import (\n    SVI,\n    Trace_ELBO,\n)",
    "from \\\n pyro import sample",
    "from\tpyro.nn import PyroModule",
    "if True:\n    from pyro import sample",
    "x = 1; import pyro",
    'import importlib\nm = importlib.import_module("pyro.infer")',
    "m = __import__('pyro')",
    "from importlib import import_module as load\nload('pyro')",
    'pyro = pytest.importorskip("pyro")',
]

STRANGERS = [
    "import numpyro",
    "import numpyro.distributions as dist",
    "from numpyro import sample",
    "import Pyro4",
    "import Pyro5.api",
    "from pyrogram import Client",
    "import pyroute2, os",
    "def f(pyro):\n    return pyro.sample",
    "pyro = 1",
    'print("pyro")',
    "import os\nimport sys\npyro = None",
    "",
]


def notebook(source: str, *, as_list: bool) -> bytes:
    content = source.splitlines(keepends=True) if as_list else source
    cell = {"cell_type": "code", "source": content, "outputs": []}
    return json.dumps({"cells": [cell], "nbformat": 4}, indent=1).encode()


@pytest.mark.parametrize("source", IMPORTS)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_form_of_import_is_let_in(source: str, newline: str) -> None:
    text = f"x = 1\n{source}\ny = 2\n".replace("\n", newline)
    assert is_relevant(text.encode())
    assert is_relevant(notebook(text, as_list=True))
    assert is_relevant(notebook(text, as_list=False))


@pytest.mark.parametrize("source", STRANGERS)
def test_strangers_are_turned_away(source: str) -> None:
    assert not is_relevant(source.encode())
    assert not is_relevant(notebook(source, as_list=True))


def test_a_wrapper_named_in_the_settings_is_let_in() -> None:
    source = b"from mylib.inference import fit\n"
    assert not is_relevant(source)
    assert is_relevant(source, wrappers=("mylib.inference",))
    assert is_relevant(source, wrappers=("other", "mylib"))
    assert not is_relevant(b"import mylibrary\n", wrappers=("mylib",))


@given(
    before=st.lists(st.sampled_from(["os", "a.b", "c as d", "numpyro", "_x1"]), max_size=4),
    gaps=st.lists(st.sampled_from([" ", "  ", "\t", "\\\n", " \\\n  ", "\x0c"]), min_size=6),
    module=st.sampled_from(["pyro", "pyro.infer", "pyro as p"]),
)
def test_lists_of_modules(before: list[str], gaps: list[str], module: str) -> None:
    names = [*before, module]
    source = "import" + "".join(
        f"{gaps[index % len(gaps)]}{name}," for index, name in enumerate(names)
    ).rstrip(",")
    assert is_relevant(source.encode())
    assert is_relevant(notebook(source, as_list=True))


def test_the_search_is_linear() -> None:
    hostile = b"pyro\n" + b"import " + b"a , " * 50_000 + b"=\n" + b"import x\n" * 20_000
    start = time.perf_counter()
    assert not is_relevant(hostile)
    assert time.perf_counter() - start < 2


def test_the_gate_costs_no_import_of_the_parser() -> None:
    code = (
        "import sys, pyrolint.gate, pyrolint.source\n"
        "print([m for m in ('libcst', 'msgspec', 'click', 'json') if m in sys.modules])"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert output.stdout.strip() == "[]"


@pytest.mark.parametrize("form", ["utf-16-le", "utf-16-be"])
def test_wide_text_that_mentions_pyro_is_let_through(form: str) -> None:
    assert is_relevant("\ufeffimport pyro\n".encode(form))
    assert not is_relevant("\ufeffimport numpy\n".encode(form))
