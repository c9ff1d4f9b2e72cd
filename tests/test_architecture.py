"""The arrows between the packages, and that no module needs itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent


def test_the_contracts_hold() -> None:
    path = os.pathsep.join([str(ROOT), str(ROOT / "rules")])
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = grimp.build_graph(
        "pyrolint", "pyrolint_rules", cache_dir=None, exclude_type_checking_imports=True
    )
    circles = []
    for module in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            chain = graph.find_shortest_chain(imported, module)
            if chain is not None:
                circles.append((module, *chain))
    assert circles == []
