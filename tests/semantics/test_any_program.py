"""Any text that parses is analysed: nothing raises, and two runs say the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from semantics.reading import PRELUDE, believed, read

from pyrolint.semantics.analysis import Analysis
from pyrolint.source import SourceError
from pyrolint.syntax.parse import SyntaxFault

FIXTURES = Path(__file__).parents[2] / "fixtures"
SOURCES = [path.read_text() for path in sorted(FIXTURES.rglob("*.py"))]
GENERATED = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

NAMES = ["a", "b", "data", "model", "guide", "self", "torch", "dist", "pyro", "A", "i"]
names = st.sampled_from(NAMES)
atoms = st.one_of(
    names,
    st.sampled_from(
        ["None", "True", "0", "-1", "0.5", "1e400", "''", "'x'", "'x_{}'", "b'x'", "...", "()",
         "[]", "{}", "10 ** 30", "nan", "1j"]
    ),
)  # fmt: skip
CALLEES = [
    "pyro.sample", "pyro.param", "pyro.plate", "pyro.module", "pyro.factor", "pyro.deterministic",
    "dist.Normal", "dist.Categorical", "dist.Uniform", "dist.Delta", "dist.TransformedDistribution",
    "dist.MixtureSameFamily", "dist.constraints.interval", "constraints.independent",
    "constraints.positive", "torch.tensor", "torch.stack", "torch.zeros", "torch.where",
    "functools.partial", "torch.eye", "torch.arange", "torch.linspace", "torch.clamp",
    "torch.einsum", "torch.max",     "torch.full",    "nn.Linear", "nn.Sequential",
    "nn.Parameter", "nn.ModuleList", "nn.init.normal_", "SVI", "MCMC",
    "NUTS", "Predictive", "Trace_ELBO", "Trace_ELBO()", "AutoNormal", "Adam", "poutine.block",
    "poutine.condition", "poutine.scale", "poutine.trace", "config_enumerate", "PyroSample",
    "PyroParam", "PyroModule[nn.Linear]", "super", "super()", "len", "range", "list", "dict", "zip",
    "map", "enumerate", "sorted", "next", "iter", "isinstance", "getattr", "setattr",
    "math.log", "type", "print", "float", "int", "str", "max", "sum", "slice", "open", "lambda: 0",
]  # fmt: skip
METHODS = [
    "step", "run", "sample", "to_event", "expand", "mask", "log_prob", "append", "extend", "pop",
    "update", "get", "items", "values", "setdefault", "clear", "insert", "sort", "remove", "format",
    "join", "lower", "clamp", "exp", "fill_", "view", "sum", "max", "unbind", "tolist", "item",
    "get_trace", "register_buffer", "add_module", "forward", "__call__", "__enter__", "__getitem__",
    "loss", "setup", "to", "parameters", "copy", "split", "index_select",
]  # fmt: skip


def expressions() -> st.SearchStrategy[str]:
    """Expressions of any kind, sensible or not."""
    return st.recursive(atoms, _larger, max_leaves=6)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(inner, max_size=3)
    arguments = st.lists(
        st.one_of(
            inner,
            inner.map("*{}".format),
            st.builds("{}={}".format, st.sampled_from(["obs", "name", "fn", "dim", "size"]), inner),
            inner.map("**{}".format),
        ),
        max_size=3,
    ).map(_in_order)
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(
            ["+", "-", "*", "/", "//", "%", "**", "@", "&", "==", "<", "is", "is not", "in", "and",
             "or"]), inner),
        st.builds("({}{})".format, st.sampled_from(["-", "not ", "~", "+"]), inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({})({})".format, st.sampled_from(CALLEES), arguments),
        st.builds("{}({})".format, st.sampled_from(CALLEES), arguments),
        st.builds("({}).{}({})".format, inner, st.sampled_from(METHODS), arguments),
        st.builds("({}).{}".format, inner, st.sampled_from(["x", "weight", "T", "shape", "data"])),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({})[{}:{}:{}]".format, inner, inner, inner, inner),
        some.map(lambda parts: f"[{', '.join(parts)}]"),
        some.map(lambda parts: f"({''.join(part + ', ' for part in parts)})"),
        some.map(lambda parts: f"{{{', '.join(f'{part}: {part}' for part in parts)}}}"),
        st.builds("[{} for {} in {} if {}]".format, inner, names, inner, inner),
        st.builds("{{{}: {} for {}, b in {}}}".format, inner, inner, names, inner),
        st.builds("(lambda {}={}: {})".format, names, inner, inner),
        st.builds("({} := {})".format, names, inner),
        st.builds('f"x_{{{}}}_{{{}!r:>4}}"'.format, names, names),
    )  # fmt: skip


def _in_order(arguments: list[str]) -> str:
    """Positional arguments first, each keyword once."""
    plain = [each for each in arguments if not each.startswith("**") and "=" not in each[:5]]
    named = {each[:4]: each for each in arguments if "=" in each[:5] and not each.startswith("*")}
    doubled = [each for each in arguments if each.startswith("**")]
    return ", ".join([*plain, *named.values(), *doubled])


def statements() -> st.SearchStrategy[str]:
    """Statements of any kind."""
    value = expressions()
    targets = st.one_of(
        names,
        st.builds("{}.x".format, names),
        st.builds("{}[{}]".format, names, atoms),
        st.builds("{}, *{}".format, names, names),
        st.builds("({}, [{}])".format, names, names),
    )
    simple = st.one_of(
        value,
        st.builds("{} = {}".format, targets, value),
        st.builds("{} {}= {}".format, names, st.sampled_from(["+", "*", "@", "|", "//"]), value),
        st.builds("{}: float = {}".format, names, value),
        value.map("return {}".format),
        value.map("yield {}".format),
        value.map("raise {}".format),
        value.map("assert {}".format),
        st.builds("del {}".format, names),
        st.sampled_from(["pass", "return", "global a", "import model", "from model import *",
                         "from . import a", "import torch as a"]),
    )  # fmt: skip
    return st.recursive(simple, _compound, max_leaves=5)


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    value = expressions()
    body = st.lists(inner, min_size=1, max_size=3).map(
        lambda lines: "".join(f"    {line}\n" for each in lines for line in each.splitlines())
    )
    return st.one_of(
        st.builds("if {}:\n{}else:\n{}".format, value, body, body),
        st.builds("for {} in {}:\n{}    break\nelse:\n{}".format, names, value, body, body),
        st.builds("while {}:\n{}    continue\n".format, value, body),
        st.builds("with {} as {}:\n{}".format, value, names, body),
        st.builds("try:\n{}except {} as a:\n{}finally:\n{}".format, body, value, body, body),
        st.builds("def {}(self, a={}, *b, i=0, **data):\n{}".format, names, value, body),
        st.builds("@{}\ndef {}(*a):\n{}".format, value, names, body),
        st.builds("class {}({}):\n{}".format, names, value, body),
        st.builds("match {}:\n    case [a, *b]:\n        pass\n    case {}:\n        pass\n".format,
                  value, st.sampled_from(["None", "'x'", "{'x': a}", "A(x=b)", "1 | 2", "_"])),
    )  # fmt: skip


@st.composite
def edited(draw: st.DrawFn) -> str:
    """A fixture with lines left out, repeated and moved."""
    lines = draw(st.sampled_from(SOURCES)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        if not lines:
            break
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 3)):
            case 0:
                del lines[at]
            case 1:
                lines.insert(at, lines[at])
            case 2:
                to = draw(st.integers(0, len(lines) - 1))
                indentation = lines[to][: len(lines[to]) - len(lines[to].lstrip())]
                lines.insert(to, indentation + lines[at].lstrip())
            case _:
                words = lines[at].split(" ")
                del words[draw(st.integers(0, len(words) - 1))]
                lines[at] = " ".join(words)
    return "\n".join(lines)


def account(analysis: Analysis) -> list[object]:
    """All that an analysis found, as plain data."""
    return [
        analysis.coverage,
        sorted(analysis.read),
        [(each.kind, each.name, each.place, each.reason) for each in analysis.inferences],
        [
            (
                program.name,
                program.unknown,
                [
                    (site.name, site.place, site.observed, len(site.guard), site.breaches != ())
                    for site in program.sites
                ],
                [
                    (site.name, argument, sorted(believed(value)))
                    for site in program.sites
                    for _, distribution in site.distributions()
                    for argument, value in distribution.arguments.items()
                ],
                [parameter.name for parameter in program.parameters],
            )
            for program in analysis.programs
        ],
    ]


def check(text: str) -> None:
    """Analyse twice, where the text parses."""
    try:
        first = read(text)
    except (SyntaxFault, SourceError):
        return
    assert account(first) == account(read(text))


@given(st.lists(statements(), min_size=1, max_size=5))
@GENERATED
def test_generated_files(parts: list[str]) -> None:
    check(PRELUDE + "\n".join(parts) + "\n")


@given(st.lists(statements(), min_size=1, max_size=5))
@GENERATED
def test_generated_programs(parts: list[str]) -> None:
    body = "".join(f"    {line}\n" for part in parts for line in part.splitlines())
    check(f"{PRELUDE}def model(data, a=None):\n{body}    pyro.sample('x', dist.Normal(a, data))\n")


@given(edited())
@GENERATED
def test_edited_fixtures(text: str) -> None:
    check(text)


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "pass", '"""Docs."""', "import pyro"])
def test_files_without_programs(text: str) -> None:
    analysis = read(text)
    assert not analysis.programs
    assert analysis.coverage.programs == 0
