"""Write pyrolint's knowledge file from the installed torch and Pyro.

Run by maintainers: ``python scripts/read_knowledge.py`` writes it, and with ``--check`` exits 1
where the committed file is not what the installed libraries say.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
import warnings
from pathlib import Path
from typing import Any

import msgspec
import pyro
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from knowledge_readers import inference
from knowledge_readers.constraint_names import read_constraints
from knowledge_readers.deprecation import read_deprecated
from knowledge_readers.families import read_families
from knowledge_readers.naming import Names
from knowledge_readers.transform_names import read_transforms

from pyrolint.semantics.library.knowledge import PATH, SCHEMA, Knowledge

FUNCTION_HOMES = (
    "pyro.distributions",
    "pyro.distributions.transforms",
    "pyro.infer",
    "pyro.infer.autoguide",
)


def _sorted(table: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(table.items()))


def read() -> Knowledge:
    """Everything the installed libraries say."""
    names = Names()
    elbos = inference.read_elbos(names)
    autoguides = inference.read_autoguides(names)
    inferences = inference.callees_of(names, ("pyro.infer",), inspect.isclass)
    functions = {
        **inference.callees_of(names, FUNCTION_HOMES, inspect.isfunction),
        **inference.callees_of(names, ("pyro.nn",)),
    }
    return Knowledge(
        schema=SCHEMA,
        torch_version=torch.__version__.partition("+")[0],
        pyro_version=pyro.__version__,
        families=read_families(names),
        constraints=_sorted(read_constraints(names)),
        transforms=read_transforms(names),
        optimizers=_sorted(inference.read_optimizers(names)),
        elbos=elbos,
        autoguides=_sorted(autoguides),
        inferences=_sorted({name: each for name, each in inferences.items() if name not in elbos}),
        handlers=_sorted(inference.read_handlers(names)),
        primitives=_sorted(inference.callees_of(names, ("pyro",))),
        functions=_sorted(functions),
        layers=inference.read_layers(names),
        validation_switches=inference.read_validation_switches(names),
        settings=inference.read_settings(),
        deprecated=_sorted(read_deprecated(names)),
        aliases=_sorted(names.aliases()),
        modules=_sorted(names.module_aliases()),
    )


def render(facts: Knowledge) -> str:
    """The file's text: one line an entry, so that a change of one fact is a change of one line."""
    lines = []
    for section, content in msgspec.to_builtins(facts).items():
        if isinstance(content, dict):
            entries = [
                f"{json.dumps(key)}:{json.dumps(value, separators=(',', ':'), sort_keys=True)}"
                for key, value in content.items()
            ]
            body = ",\n".join(entries)
            lines.append(f"{json.dumps(section)}:{{\n{body}\n}}")
        else:
            lines.append(f"{json.dumps(section)}:{json.dumps(content)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    """Write the file, or with ``--check`` compare it; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where the file is stale")
    check = parser.parse_args().check
    # The libraries warn of what they deprecate while they are asked about it.
    warnings.simplefilter("ignore")
    text = render(read())
    if not check:
        PATH.write_text(text, encoding="utf-8")
        print(f"wrote {PATH} ({len(text) // 1024} KiB)")
        return 0
    if PATH.is_file() and PATH.read_text(encoding="utf-8") == text:
        return 0
    print(
        f"{PATH} is not what torch {torch.__version__} and pyro {pyro.__version__} say: "
        "run `python scripts/read_knowledge.py` and commit the result",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
