"""Imports between the files of a project: what a name of another file is believed to be."""

from __future__ import annotations

from pathlib import Path

import pytest
from semantics.reading import scales

from pyrolint.semantics.analysis import Analysis, analyse
from pyrolint.semantics.project import AnalysisOptions
from pyrolint.semantics.values import Constant
from pyrolint.workspace import Workspace

LIBRARIES = "import pyro\nimport pyro.distributions as dist\n"
FILES = {
    "package/__init__.py": (
        "from .core import near\nfrom .core import far as shown\nfrom . import core\n"
        "from .inner import *\n"
    ),
    "package/core.py": "near = 2.0\nfar = 3.0\n_private = -1.0\n",
    "package/inner/__init__.py": (
        "from ..core import near as deep\n__all__ = ['deep', '_listed']\n"
        "_listed = 5.0\nunlisted = -1.0\n"
    ),
    "package/user.py": "",
    "bare/sibling.py": "number = 4.0\n",
    "bare/user.py": "",
    "lone.py": "number = 7.0\n",
    "broken.py": "number = = 1.0\n",
    "here.py": "import there\nown = 2.0\n\ndef get():\n    return there.own\n",
    "there.py": "import here\nown = 3.0\n\ndef get():\n    return here.own\n",
    "late.py": "from soon import number\nown = 1.0\n",
    "soon.py": "from late import own\nnumber = 2.0\n",
    "functions.py": (
        "scale = 6.0\n\ndef get(scale=None):\n    return inner()\n\n"
        "def inner():\n    return scale\n"
        "\nclass Base:\n    own = 8.0\n"
    ),
    "nested/torch.py": "number = -1.0\n",
    "source/library/__init__.py": "number = 9.0\n",
}


def analysed(folder: Path, importer: str, text: str, *pairs: str) -> Analysis:
    """Analyse the file ``importer`` with a text, among the files of the project."""
    for name, content in {**FILES, importer: LIBRARIES + text}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    options = AnalysisOptions(
        project_root=str(folder), source_roots=(str(folder), str(folder / "source")), pairs=pairs
    )
    return analyse(str(folder / importer), Workspace({}).load, options)


CASES = {
    "module": ("main.py", "import lone", "lone.number", "7"),
    "module-as": ("main.py", "import lone as other", "other.number", "7"),
    "name": ("main.py", "from lone import number", "number", "7"),
    "name-as": ("main.py", "from lone import number as other", "other", "7"),
    "star": ("main.py", "from lone import *", "number", "7"),
    "package": ("main.py", "import package", "package.near", "2"),
    "submodule": ("main.py", "import package.core", "package.core.far", "3"),
    "submodule-as": ("main.py", "import package.inner as i", "i.deep", "2"),
    "submodule-by-from": ("main.py", "from package import core", "core.far", "3"),
    "exported-again-as": ("main.py", "from package import shown", "shown", "3"),
    "exported-by-star": ("main.py", "from package import *", "deep", "2"),
    "listed-private": ("main.py", "from package.inner import *", "_listed", "5"),
    "unlisted": ("main.py", "from package.inner import *", "unlisted", "?"),
    "private-by-star": ("main.py", "from package.core import *", "_private", "?"),
    "private-by-name": ("main.py", "from package.core import _private as p", "p", "-1"),
    "folder-without-init": ("main.py", "import bare.sibling", "bare.sibling.number", "4"),
    "relative": ("package/user.py", "from .core import far", "far", "3"),
    "relative-module": ("package/user.py", "from . import core", "core.far", "3"),
    "relative-package": ("package/user.py", "from .inner import deep", "deep", "2"),
    "relative-above": ("package/user.py", "from ..lone import number", "number", "7"),
    "relative-missing": ("package/user.py", "from .missing import number", "number", "?"),
    "relative-without-init": ("bare/user.py", "from .sibling import number", "number", "4"),
    "relative-without-init-module": ("bare/user.py", "from . import sibling as s", "s.number", "4"),
    "relative-beyond-the-project": ("main.py", "from .... import lone", "lone.number", "?"),
    "beside-first": ("bare/user.py", "import sibling", "sibling.number", "4"),
    "source-root": ("main.py", "import library", "library.number", "9"),
    "missing": ("main.py", "import missing", "missing.number", "?"),
    "missing-name": ("main.py", "from lone import missing", "missing", "?"),
    "does-not-parse": ("main.py", "from broken import number", "number", "?"),
    "cycle": ("main.py", "import here", "here.get()", "3"),
    "cycle-of-three": ("main.py", "import there, here", "there.get() + here.own", "4"),
    "cycle-of-names": ("main.py", "import late", "late.number", "2"),
    "oneself": ("main.py", "import main\nown = 5.0", "main.own", "5"),
    "names-of-its-file": ("main.py", "from functions import get\nscale = -1.0", "get()", "6"),
    "class-of-another-file": (
        "main.py",
        "import functions\nclass Child(functions.Base): pass",
        "Child().own",
        "8",
    ),
    "set-from-outside": ("main.py", "import lone\nlone.number = 1.0", "lone.number", "1"),
}  # fmt: skip
FAULTS = {
    "relative-without-init-module": "a folder without `__init__.py` is no package to `from .`",
}


@pytest.mark.parametrize(
    ("importer", "statement", "value", "expected"),
    [
        pytest.param(
            *case,
            id=name,
            marks=[pytest.mark.xfail(strict=True, reason=FAULTS[name])] if name in FAULTS else [],
        )
        for name, case in CASES.items()
    ],
)
def test_imported_names(
    tmp_path: Path, importer: str, statement: str, value: str, expected: str
) -> None:
    text = f'{statement}\n\ndef model():\n    pyro.sample("x", dist.Normal(0.0, {value}))\n'
    assert scales(analysed(tmp_path, importer, text)) == {expected}


def test_import_inside_a_function(tmp_path: Path) -> None:
    text = (
        "\ndef model():\n    from package.core import near\n"
        '    pyro.sample("x", dist.Normal(0.0, near))\n'
    )
    assert scales(analysed(tmp_path, "main.py", text)) == {"2"}


def test_libraries_are_not_looked_for_in_the_project(tmp_path: Path) -> None:
    text = (
        "import torch\n\ndef model():\n"
        '    pyro.sample("x", dist.Normal(0.0, torch.ones(3)))\n'
        '    pyro.sample("y", dist.Normal(0.0, torch.number))\n'
    )
    analysis = analysed(tmp_path, "nested/user.py", text)
    assert scales(analysis) == {"1"}
    assert scales(analysis, "y") == {"?"}


def test_what_was_read_is_listed(tmp_path: Path) -> None:
    text = "import package\nimport lone\nnear = package.near\n"
    read = analysed(tmp_path, "main.py", text).read
    inside = {str(Path(path).relative_to(tmp_path)) for path in read}
    assert {"main.py", "package/__init__.py", "package/core.py"} <= inside
    assert "package/user.py" not in inside


def test_programs_of_an_imported_file_are_of_that_file(tmp_path: Path) -> None:
    text = 'import package.user\n\ndef model():\n    pyro.sample("x", dist.Normal(0.0, 1.0))\n'
    (tmp_path / "package").mkdir()
    analysis = analysed(tmp_path, "main.py", text)
    assert [program.name for program in analysis.programs] == ["model"]


def test_pair_across_files(tmp_path: Path) -> None:
    (tmp_path / "models.py").write_text(
        LIBRARIES + 'def model(k):\n    pyro.sample("x", dist.Normal(k, 1.0))\nguide = model\n'
    )
    text = (
        "from pyro.infer import SVI, Trace_ELBO\nfrom models import model, guide\n"
        "SVI(model, guide, None, Trace_ELBO()).step(2.0)\n"
    )
    analysis = analysed(tmp_path, "main.py", text)
    assert scales(analysis, argument="loc") == {"2"}
    (pair,) = analysis.pairs
    assert Path(pair.model.place.path).name == Path(pair.guide.place.path).name == "models.py"
    assert Path(pair.inference.place.path).name == "main.py"


def test_pair_that_the_settings_name(tmp_path: Path) -> None:
    text = (
        'def model(k):\n    pyro.sample("x", dist.Normal(k, 1.0))\n\n'
        'class Guide:\n    def run(self, k):\n        pyro.sample("x", dist.Normal(k, 1.0))\n'
    )
    (pair,) = analysed(tmp_path, "main.py", text, "main:model, main:Guide.run").pairs
    assert (pair.model.name, pair.guide.name) == ("model", "Guide.run")
    assert list(pair.shared_latents())


def test_pair_of_the_settings_that_is_not_there_is_said(tmp_path: Path) -> None:
    text = 'def model():\n    pyro.sample("x", dist.Normal(0.0, 1.0))\n'
    coverage = analysed(tmp_path, "main.py", text, "main:model, main:missing").coverage
    ((_, reason),) = coverage.unresolved
    assert "main:missing" in reason


def test_a_module_that_a_program_is_the_first_to_read_stays_read(tmp_path: Path) -> None:
    text = (
        "import lone\nfrom pyro.infer import SVI, Trace_ELBO\nfrom pyro.optim import Adam\n"
        "def model():\n    pyro.sample('x', dist.Normal(0.0, lone.number))\n"
        "svi = SVI(model, model, Adam({}), Trace_ELBO())\nsvi.step()\n"
    )
    (pair,) = analysed(tmp_path, "main.py", text).pairs
    for program in (pair.guide, pair.model):
        ((_, distribution),) = program.sites[0].distributions()
        assert distribution.arguments["scale"] == Constant(7.0)
