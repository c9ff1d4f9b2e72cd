"""``pyrolint graph``: what it draws, that it marks what was found, and that tools read it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from syrupy.assertion import SnapshotAssertion

from pyrolint.cli import group

HERE = Path(__file__).parent
FORMATS = ("text", "json", "dot", "mermaid", "svg")
DRAWN = ("dot", "mermaid", "svg")
CODES = ["PYR002", "PYR101", "PYR104", "PYR301"]

RICH = """\
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import MCMC, NUTS, SVI, TraceEnum_ELBO
from pyro.infer.autoguide import AutoNormal
from pyro.optim import Adam

decoder = torch.nn.Linear(2, 2)
rates = torch.tensor([1.0, 5.0, 9.0])


def model(pixels, counts):
    pyro.module("decoder", decoder)
    weights = pyro.sample("weights", dist.Dirichlet(torch.ones(3)))
    noise = pyro.param("noise", torch.tensor(1.0), constraint=dist.constraints.positive)
    with pyro.plate("rows", 10, dim=-2):
        kind = pyro.sample("kind", dist.Categorical(weights), infer={"enumerate": "parallel"})
        with pyro.plate("columns", 4, dim=-1):
            code = pyro.sample("code", dist.Normal(torch.zeros(2), 1.0).to_event(1))
            pyro.sample("pixel", dist.Normal(decoder(code), noise).to_event(1), obs=pixels)
            pyro.sample("count", dist.Poisson(rates[kind]), obs=counts)


def guide(pixels, counts):
    scale = pyro.param("scale", torch.tensor(0.1))
    pyro.sample("weights", dist.Dirichlet(torch.ones(3)))
    with pyro.plate("rows", 10, dim=-2):
        with pyro.plate("columns", 4, dim=-1):
            pyro.sample("code", dist.Normal(torch.zeros(2), scale).to_event(1))


def chain(data=None):
    state = pyro.sample("state_0", dist.Normal(0.0, 1.0))
    for step in range(1, 100):
        state = pyro.sample(f"state_{step}", dist.Normal(state, 1.0))
    pyro.sample("seen", dist.Normal(state, 1.0), obs=data)


def walk(data, given):
    from elsewhere import prior

    level = prior()
    pyro.sample("seen", dist.Normal(level, 1.0), obs=data if given else None)


elbo = TraceEnum_ELBO(max_plate_nesting=2)
SVI(model, guide, Adam({"lr": 0.01}), elbo).step(torch.randn(10, 4, 2), torch.ones(10, 4))
SVI(chain, AutoNormal(chain), Adam({"lr": 0.01}), elbo).step(torch.tensor(1.0))
MCMC(NUTS(chain), num_samples=5).run(torch.tensor(1.0))
"""

HOSTILE = """\
import pyro
import pyro.distributions as dist

FIRST = "q\\"\\\\<b>&amp; `x` #35; %% end $$ | ; ]) }} -->\\n\\x1b[31m\\0"


def model(data):
    a = pyro.sample(FIRST, dist.Normal(0.0, 1.0))
    b = pyro.sample("1. été 名前 \\u202e", dist.Normal(a, 1.0))
    c = pyro.sample("- x ]]>", dist.Normal(b, -1.0))
    with pyro.plate("p\\"]\\\\ end <", 3):
        pyro.sample("LONG", dist.Normal(c, 1.0), obs=data)
    pyro.sample(data.name, dist.Normal(0.0, 1.0), obs=data)
    pyro.sample("end", dist.Normal(0.0, 1.0))
""".replace("LONG", "long" * 100)


def many() -> str:
    lines = ["import pyro", "import pyro.distributions as dist", "", "", "def model():"]
    lines.append('    x0 = pyro.sample("first", dist.Normal(0.0, 1.0))')
    for index in range(1, 300):
        above = f"x{index - 1} + x{max(index - 5, 0)}"
        lines.append(f'    x{index} = pyro.sample("name{chr(96 + index % 26)}{index}",'
                     f" dist.Normal({above}, 1.0))")  # fmt: skip
    return "\n".join(lines) + "\n"


NOTHING = "x = 1\n"
SOURCES = {"rich": RICH, "hostile": HOSTILE, "many": many(), "nothing": NOTHING}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def graph(source: str, output_format: str) -> str:
    Path("model.py").write_bytes(source.encode("utf-8"))
    # What is drawn here must not hang on rules that are yet to come.
    Path("settings.toml").write_text(f"select = {CODES}\n")
    arguments = ["graph", "--config=settings.toml", "model.py", "--output-format", output_format]
    done = CliRunner().invoke(group, arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def data(source: str) -> dict[str, Any]:
    return dict(json.loads(graph(source, "json")))


@pytest.mark.parametrize("output_format", ["text", "dot", "mermaid"])
def test_a_rich_file(output_format: str, snapshot: SnapshotAssertion) -> None:
    assert graph(RICH, output_format) == snapshot


def test_a_rich_file_as_svg(snapshot: SnapshotAssertion) -> None:
    # The style sheet, which is the page's as well, has its own tests.
    text = re.sub(r"<style>.*</style>", "", graph(RICH, "svg"), flags=re.DOTALL)
    assert text.replace("><", ">\n<") == snapshot


@pytest.mark.parametrize("output_format", FORMATS)
def test_equal_files_draw_equally(output_format: str) -> None:
    assert graph(RICH, output_format) == graph(RICH, output_format)


# --- what is drawn ---------------------------------------------------------------------------


def edges(program: dict[str, Any]) -> set[tuple[str, str]]:
    found = set()
    for site in program["sites"]:
        for parent in site["parents"]:
            found.add((parent["name"], site["name"]))
            found.update((each["name"], parent["name"]) for each in parent["inputs"])
    return found


def test_the_edges_come_from_what_the_arguments_are_made_of() -> None:
    model, guide, chain, *_ = data(RICH)["programs"]
    assert edges(model) == {
        ("weights", "kind"),
        ("code", "Linear"),
        ("Linear", "pixel"),
        ("noise", "pixel"),
        ("kind", "count"),
    }
    assert edges(guide) == {("scale", "code")}
    assert edges(chain) == {
        ("state_0", "state_{}"),
        ("state_{}", "state_{}"),
        ("state_{}", "seen"),
    }


def test_pairs_tell_their_programs() -> None:
    described = data(RICH)
    programs = described["programs"]
    first, second = described["pairs"]
    assert programs[first["model"]["program"]]["name"] == "model"
    assert programs[first["guide"]["program"]]["name"] == "guide"
    assert programs[second["model"]["program"]]["name"] == "chain"
    assert second["guide"]["program"] is None
    assert second["guide"]["autoguide"] == "pyro.infer.autoguide.AutoNormal"


def test_an_inference_that_draws_the_same_shares_the_picture() -> None:
    drawn = graph(RICH, "mermaid")
    assert drawn.count('"Model · chain, line ') == 1
    assert drawn.count('"Model · model, line ') == 1
    assert drawn.index('"Model · model, line ') < drawn.index('"Guide · guide, line ')


OBSERVED = """\
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import Predictive, SVI, Trace_ELBO
from pyro.optim import Adam


def model(data=None):
    loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
    pyro.sample("seen", dist.Normal(loc, 1.0), obs=data)


def guide(data=None):
    pyro.sample("loc", dist.Normal(0.0, 1.0))


def lonely():
    pyro.sample("loc", dist.Normal(0.0, 1.0))


SVI(model, guide, Adam({"lr": 0.01}), Trace_ELBO()).step(torch.tensor(1.0))
Predictive(model, guide=guide, num_samples=3)()
"""


def test_what_predicts_is_not_drawn_beside_what_was_fitted() -> None:
    drawn = graph(OBSERVED, "mermaid")
    assert drawn.count("Model · model") == 1
    assert drawn.count("Guide · guide") == 1
    assert drawn.count("Program · lonely") == 1
    assert "seen<br/>Normal" in drawn
    assert drawn.count(":::observed") == 1


def test_a_file_without_programs_says_so() -> None:
    for output_format in ("text", *DRAWN):
        assert "no Pyro programs" in graph(NOTHING, output_format)


@pytest.mark.parametrize("output_format", ["text", *DRAWN])
def test_a_program_whose_sites_are_not_all_known_says_so(output_format: str) -> None:
    drawn = graph(RICH, output_format)
    assert "not known" in drawn or "not all of its sites are known" in drawn
    row = RICH[: RICH.index("level = prior()")].count("\n") + 1
    assert f"(line {row})" in drawn
    assert "not all of its sites" not in graph(OBSERVED, output_format)


@pytest.mark.parametrize("output_format", DRAWN)
def test_a_site_that_some_runs_observe_looks_like_neither(output_format: str) -> None:
    looks = {"dot": "wedged", "mermaid": ":::either", "svg": 'class="pg-node pg-either"'}
    assert graph(RICH, output_format).count(looks[output_format]) == 1
    assert looks[output_format] not in graph(OBSERVED, output_format)


PLATES = """\
import pyro
import pyro.distributions as dist


def model(data):
    rows = pyro.plate("rows", 1000, subsample_size=20, dim=-2)
    with pyro.plate("sized", len(data)):
        pyro.sample("a", dist.Normal(0.0, 1.0))
    with rows:
        pyro.sample("b", dist.Normal(0.0, 1.0))
    with rows, pyro.plate("columns", 3):
        pyro.sample("c", dist.Normal(0.0, 1.0))
"""


def test_plates_tell_their_sizes_and_nest() -> None:
    drawn = graph(PLATES, "mermaid")
    plates = ["sized", "rows, 20 of 1000", "columns, size 3"]
    assert re.findall(r'\["plate (.*)"\]', drawn) == plates
    inside = drawn[drawn.index("rows, 20 of 1000") :]
    assert inside.index("b<br/>") < inside.index("columns") < inside.index("c<br/>")
    boxes = re.findall(r'class="pg-plate"><title>plate ([^<]*)<', graph(PLATES, "svg"))
    assert boxes == plates


VARIANTS = """\
import pyro
import pyro.distributions as dist


def part():
    scale = pyro.sample("scale", dist.HalfNormal(1.0))
    pyro.sample("value", dist.Normal(0.0, scale))


def model(batched):
    if batched:
        with pyro.plate("batch", 3):
            part()
    else:
        part()
"""


def test_what_stands_in_several_plates_is_joined_within_each() -> None:
    drawn = graph(VARIANTS, "mermaid")
    plate = drawn[drawn.index("plate batch") : drawn.index("end", drawn.index("plate batch"))]
    inside = set(re.findall(r"node\d+", plate))
    joined = [set(edge) for edge in re.findall(r"(node\d+) --> (node\d+)", drawn)]
    assert sorted(len(edge & inside) for edge in joined) == [0, 2]


# --- what is marked --------------------------------------------------------------------------

MARKED = """\
import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Trace_ELBO
from pyro.optim import Adam


def model(data):
    loc = pyro.sample("loc", dist.Normal(0.0, 1.0))
    prior = dist.Normal(loc, -1.0)
    pyro.sample("apart", prior)
    pyro.sample("seen", dist.Normal(loc, pyro.param("inner", torch.tensor(1.0))), obs=data)


def guide(data):
    pyro.sample("loc", dist.Normal(0.0, 1.0))
    pyro.sample("apart", dist.Normal(0.0, 1.0))


SVI(model, guide, Adam({"lr": 5.0}), Trace_ELBO()).step(torch.tensor(1.0))
"""


def test_findings_belong_to_the_innermost_statement_or_to_the_site_they_name() -> None:
    described = data(MARKED)
    codes = [finding["code"] for finding in described["findings"]]
    model, _ = described["programs"]
    marked = {
        each["name"]: [codes[number] for number in each["findings"]]
        for each in (*model["sites"], *model["parameters"], *described["inferences"])
    }
    assert marked["apart"] == ["PYR104"]
    assert marked["inner"] == ["PYR101"]
    assert marked["seen"] == marked["loc"] == []
    assert marked["pyro.infer.SVI"] == ["PYR301"]


def test_findings_are_told_where_they_belong() -> None:
    lines = graph(MARKED, "text").splitlines()
    for above, code in (("latent apart", "PYR104"), ("pyro.param inner", "PYR101")):
        start = next(index for index, line in enumerate(lines) if above in line)
        told = next(line for line in lines[start:] if "PYR" in line)
        assert told.startswith(f"      error {code} (line ")
    assert sum("PYR101" in line for line in lines) == 1


@pytest.mark.parametrize("output_format", DRAWN)
def test_each_finding_is_drawn_and_said(output_format: str) -> None:
    text = graph(MARKED, output_format)
    said = data(MARKED)["findings"]
    assert len(said) == 3
    for finding in said:
        opening = finding["message"].partition("`")[0].strip()
        assert f"{finding['code']} {finding['severity']}, line " in text
        assert f": {opening}" in text


def test_what_lies_in_no_statement_is_told_of_its_program_or_of_the_file() -> None:
    source = MARKED.replace("def guide", "# pyrolint: ignore[PYR999]\ndef guide")
    described = data(source)
    numbers = {
        number
        for program in described["programs"]
        for each in (program, *program["sites"], *program["parameters"])
        for number in each["findings"]
    }
    codes = [finding["code"] for finding in described["findings"]]
    assert codes.index("PYR002") not in numbers
    assert graph(source, "text").splitlines()[-1].startswith("  warning PYR002 (line 15)")


# --- what tools make of it -------------------------------------------------------------------

DOT_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|-?\d+(?:\.\d+)?|->|[{}\[\]=;,]|\s+')


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_dot_is_made_of_its_tokens(source: str) -> None:
    text = graph(source, "dot")
    assert "".join(DOT_TOKENS.findall(text)) == text
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
    assert bare.count("{") == bare.count("}")
    defined = set(re.findall(r"^ *([nt]\d+) \[", bare, re.MULTILINE))
    used = set(re.findall(r"\bn\d+\b", bare))
    assert used == {name for name in defined if name.startswith("n")}


@pytest.mark.skipif(shutil.which("dot") is None, reason="needs Graphviz")
@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_graphviz_draws_it_without_a_word(source: str) -> None:
    arguments = ["dot", "-Tsvg"]
    text = graph(source, "dot").encode()
    done = subprocess.run(arguments, input=text, capture_output=True, check=False)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    root = ElementTree.fromstring(done.stdout)
    shown = {each.text for each in root.iter("{http://www.w3.org/2000/svg}text")}
    if source == HOSTILE:
        assert 'q"\\<b>&amp; `x` #35; %% end $$ | ; ]) }} -->\\n\\x1b[31m\\x00' in shown
        assert "1. été 名前 \\u202e" in shown


MERMAID_LINES = [
    re.compile(pattern)
    for pattern in (
        r'%%\{init: \{"flowchart": \{"wrappingWidth": \d+\}\}\}%%',
        r"flowchart TB",
        r"%% [^{}]*",
        r'subgraph box\d+\["[^"]+"\]',
        r"direction (LR|TB)",
        r"end",
        r'node\d+(\["[^"]+"\]|\(\["[^"]+"\]\)|\{\{"[^"]+"\}\}):::\w+',
        r"class \w+(,\w+)* \w+",
        r"(node|box)\d+ --> (node|box)\d+",
        r"(node|box)\d+( ~~~ (node|box)\d+)+",
        r"classDef \w+ [\w#:,. -]+",
    )
]


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_mermaid_is_made_of_known_lines(source: str) -> None:
    lines = [line.strip() for line in graph(source, "mermaid").splitlines()]
    for line in lines:
        assert any(pattern.fullmatch(line) for pattern in MERMAID_LINES), line
        for label in re.findall(r'\["(.*)"\]', line):
            # Nothing in it means anything to Mermaid, Markdown or HTML.
            assert not re.search(r"[&<>%`*~;@$|^]", re.sub(r"<br/>|#\d+;", "", label))
    assert sum(line.startswith("subgraph") for line in lines) == lines.count("end")
    nodes = {match[0] for line in lines if (match := re.match(r"node\d+(?=[\[({])", line))}
    assert {name for line in lines for name in re.findall(r"\bnode\d+", line)} == nodes


PARSE_MERMAID = """
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import fs from 'node:fs';
const found = createRequire(process.cwd() + '/').resolve('mermaid');
const cleaner = createRequire(found).resolve('dompurify').replace('cjs.js', 'es.mjs');
const purify = (await import(pathToFileURL(cleaner))).default;
purify.addHook ??= () => {};
purify.sanitize ??= (text) => text;
const mermaid = (await import(pathToFileURL(found))).default;
mermaid.initialize({ maxEdges: 2000 });
for (const name of process.argv.slice(2)) await mermaid.parse(fs.readFileSync(name, 'utf8'));
"""


def has_mermaid() -> bool:
    """Whether node is there and finds the package: from here, or by NODE_PATH."""
    if shutil.which("node") is None:
        return False
    done = subprocess.run(
        ["node", "-e", "require.resolve('mermaid')"], capture_output=True, cwd=HERE, check=False
    )
    return done.returncode == 0


@pytest.mark.skipif(not has_mermaid(), reason="needs node with the package mermaid")
def test_mermaid_parses_it(tmp_path: Path) -> None:
    script = tmp_path / "parse.mjs"
    script.write_text(PARSE_MERMAID, encoding="utf-8")
    broken = tmp_path / "broken"
    broken.write_text('flowchart TB\n  a["x]\n', encoding="utf-8")
    for name, source in SOURCES.items():
        (tmp_path / name).write_text(graph(source, "mermaid"), encoding="utf-8")

    def parse(*names: str) -> tuple[int, str]:
        paths = [str(tmp_path / name) for name in names]
        done = subprocess.run(
            ["node", str(script), *paths],
            capture_output=True,
            text=True,
            cwd=HERE,
            env={**os.environ, "NO_COLOR": "1"},
            check=False,
        )
        return done.returncode, done.stderr

    assert parse(*SOURCES) == (0, "")
    assert parse("broken")[0] != 0


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES)
def test_svg_is_xml_and_refers_to_what_is_there(source: str) -> None:
    root = ElementTree.fromstring(graph(source, "svg"))
    identifiers = {each.get("id") for each in root.iter()} - {None}
    text = ElementTree.tostring(root, encoding="unicode")
    assert set(re.findall(r"url\(#([\w-]+)\)", text)) <= identifiers
    width, height = float(root.get("width", 0)), float(root.get("height", 0))
    assert 0 < width < 6000
    assert 0 < height < 60000


def test_hundreds_of_nodes_are_all_drawn() -> None:
    assert graph(SOURCES["many"], "svg").count('class="pg-node pg-latent"') == 300
    assert graph(SOURCES["many"], "dot").count("shape=ellipse") == 300
    drawn = graph(SOURCES["many"], "mermaid")
    assert drawn.count(":::latent") == 300
    # Mermaid draws 500 edges unless its page allows more.
    assert "edges: a page draws them where its maxEdges allows as many" in drawn
    assert "maxEdges" not in graph(RICH, "mermaid")
