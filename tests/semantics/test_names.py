"""Names of statements: what is recorded of them, and which are the same, other, or unknown."""

from __future__ import annotations

import pytest
from reading import read_program

from pyrolint.semantics.clashes import clashes
from pyrolint.semantics.matching import missing_sites
from pyrolint.semantics.names import Likeness
from pyrolint.semantics.program import NamedStatement, Program, StatementKind

NORMAL = "dist.Normal(0.0, 1.0)"


def traced(body: str, arguments: str = "torch.load('x')") -> Program:
    """The program of these statements, given an argument ``u``."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    text = f"def model(u):\n{lines}MCMC(NUTS(model), 10).run({arguments})"
    (inference,) = (each for each in read_program(text).inferences if each.kind == "mcmc")
    assert inference.model is not None
    return inference.model


def named(program: Program) -> list[tuple[StatementKind, str]]:
    return [(each.kind, each.name.text) for each in program.statements]


def site(name: str) -> str:
    return f"pyro.sample({name}, {NORMAL})"


A, B, X = site('"a"'), site('"b"'), site('"x"')


def test_statements_stand_in_the_order_of_execution() -> None:
    body = f"""\
pyro.param("p", torch.tensor(0.0))
with pyro.plate("n", 3):
    a = {A}
with pyro.plate("no_size"):
    pass
pyro.deterministic("d", a)
pyro.factor("f", a)"""
    assert named(traced(body)) == [
        (StatementKind.PARAM, "p"),
        (StatementKind.PLATE, "n"),
        (StatementKind.SAMPLE, "a"),
        (StatementKind.DETERMINISTIC, "d"),
        (StatementKind.FACTOR, "f"),
    ]


def test_a_masked_observation_is_three_sites() -> None:
    program = traced(f'pyro.sample("x", {NORMAL}, obs=u, obs_mask=u > 0)')
    assert [(each.name.text, each.kind, each.observed) for each in program.statements] == [
        ("x_observed", StatementKind.SAMPLE, True),
        ("x_unobserved", StatementKind.SAMPLE, False),
        ("x", StatementKind.DETERMINISTIC, True),
    ]


@pytest.mark.parametrize(
    ("around", "name"),
    [
        ("with pyro.contrib.autoname.scope(prefix='p'):", "p/x"),
        ("with pyro.contrib.autoname.scope(prefix='p'), pyro.contrib.autoname.scope(prefix='q'):",
         "p/q/x"),
        ("with pyro.contrib.autoname.scope(prefix=u):", "{}/x"),
        ("with poutine.scale(scale=0.5):", "x"),
        ("for t in pyro.markov(range(1)):", "x"),
    ],
)  # fmt: skip
def test_scopes_go_in_front_of_names(around: str, name: str) -> None:
    (statement,) = traced(f"{around}\n    {X}").statements
    assert statement.name.text == name


def test_a_function_in_a_scope_without_prefix_lends_its_name() -> None:
    body = f"def part():\n    {X}\npyro.contrib.autoname.scope(part)()"
    (statement,) = traced(body).statements
    assert statement.name.text == "part/x"


@pytest.mark.parametrize(
    ("first", "second", "likeness"),
    [
        ('"a"', '"a"', Likeness.EQUAL),
        ('"a"', '"b"', Likeness.DIFFERENT),
        ('"a"', "u", Likeness.UNKNOWN),
        ('f"a_{u}"', '"a_1"', Likeness.UNKNOWN),
        ('f"a_{u}"', '"b_1"', Likeness.DIFFERENT),
        ('f"{u}_a"', 'f"{u}_b"', Likeness.DIFFERENT),
        ('f"a_{u}_b"', '"a_b"', Likeness.DIFFERENT),
        # One value of the analysis may stand for several of the program.
        ('f"a_{u}"', 'f"a_{u}"', Likeness.UNKNOWN),
    ],
)
def test_names_side_by_side(first: str, second: str, likeness: Likeness) -> None:
    one, other = traced(f"{site(first)}\n{site(second)}").statements
    assert one.name.compared(other.name) is likeness


def pair_of_turns(loop: str, name: str) -> tuple[NamedStatement, NamedStatement]:
    """The statements of two turns of a loop of unknown length."""
    body = f"last = 0\nfor {loop}:\n    {site(name)}\n    last = last + 1"
    one, other = (each for each in traced(body).statements if each.kind is StatementKind.SAMPLE)
    return one, other


@pytest.mark.parametrize(
    ("loop", "name", "likeness"),
    [
        ("i in range(len(u))", '"a"', Likeness.EQUAL),
        ("i in range(len(u))", 'f"a_{i}"', Likeness.DIFFERENT),
        ("i in pyro.plate('p', len(u))", '"a_%s" % i', Likeness.DIFFERENT),
        ("i in pyro.markov(range(len(u)))", '"a_{}".format(i)', Likeness.DIFFERENT),
        ("i, x in enumerate(u)", '"a_" + str(i)', Likeness.DIFFERENT),
        ("i, x in enumerate(u)", 'f"a_{x}"', Likeness.UNKNOWN),
        ("x in u", 'f"a_{x}"', Likeness.UNKNOWN),
        ("i in range(len(u))", 'f"a_{i // 2}"', Likeness.UNKNOWN),
        ("i in range(len(u))", 'f"a_{i:02d}"', Likeness.UNKNOWN),
        ("i in range(len(u))", 'f"a_{last}"', Likeness.UNKNOWN),
    ],
)
def test_names_from_turn_to_turn(loop: str, name: str, likeness: Likeness) -> None:
    one, other = pair_of_turns(loop, name)
    assert one.name.compared(other.name) is likeness


def test_a_loop_counts_by_whole_numbers() -> None:
    names = ['f"a_{i}"', '"a_b"', '"a_3"']
    looped, word, number = map(site, names)
    body = f"for i in range(len(u)):\n    {looped}\n{word}\n{number}"
    counted, other, perhaps = traced(body).statements
    assert counted.name.compared(other.name) is Likeness.DIFFERENT
    assert counted.name.compared(perhaps.name) is Likeness.UNKNOWN


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("for i in range(len(u)):\n    {a}", 1),
        ("for i in range(1):\n    {a}", 0),
        ("for i in range(len(u)):\n    {a}\n    break", 0),
        ("for i in range(len(u)):\n    if u[i] > 0:\n        {a}", 0),
        ("for i in range(len(u)):\n    if u[i] > 0:\n        continue\n    {a}", 0),
        ("for i in range(len(u)):\n    {i}\nfor j in range(len(u)):\n    {j}", 1),
        ("for i in range(len(u)):\n    {i}\nfor j in range(1, len(u)):\n    {j}", 0),
        ("[{a} for i in range(len(u))]", 1),
        ("[{a} for i in range(len(u)) if u[i] > 0]", 0),
        ("if u.sum() > 0:\n    {a}\nelse:\n    {a}", 0),
        ("if u.sum() > 0:\n    {a}\nif u.sum() < 0:\n    {a}", 0),
        ("{a}\nif u.sum() > 0:\n    {a}", 1),
        ("u.sum() > 0 and {a}\nu.sum() > 1 or {a}", 0),
        ("ahead = iter(['a', 'b'])\npyro.factor(next(ahead), u)\npyro.factor(next(ahead), u)", 0),
        ("with poutine.block():\n    {a}\n{a}", 0),
        ("with ExitStack() as stack:\n    stack.enter_context(poutine.block())\n    {a}\n{a}", 0),
        ("with pyro.contrib.autoname.name_count():\n    {a}\n    {a}", 0),
        ("name = 'a' if u.sum() > 0 else 'b'\npyro.factor(name, u)\npyro.factor('a', u)", 1),
        ("pyro.param('a', torch.tensor(0.0))\npyro.param('a')", 0),
        ("pyro.param('a', torch.tensor(0.0))\n{a}", 1),
    ],
)
def test_clashes(body: str, count: int) -> None:
    shown = {"a": site('"a"'), "i": site('f"a_{i}"'), "j": site('f"a_{j}"')}
    for key, statement in shown.items():
        body = body.replace(f"{{{key}}}", statement)
    body = f"from contextlib import ExitStack\n{body}"
    assert len(list(clashes(traced(body)))) == count


@pytest.mark.parametrize(
    "statement",
    [
        "torch.special.expit(u)",
        "u.mean().clamp(min=0.0)",
        "math.lgamma(2.0)",
        "import scipy.stats\nscipy.stats.norm.pdf(0.0)",
        "u['a'].to_numpy().astype(float)",
        "print(sorted([1, 2]), slice(3), TypeError('x'))",
        "[each.item() for each in u]",
        "nn.Linear(2, 3)(u).relu()",
        "with torch.no_grad():\n    u.sum()",
        "with pyro.plate_stack('p', u.shape):\n    pass",
        "with contextlib.ExitStack() as stack:\n    stack.enter_context(pyro.plate('p', 2))",
    ],
)
def test_what_holds_no_sites_leaves_a_program_complete(statement: str) -> None:
    assert traced(f"import contextlib\n{statement}\n{A}").complete


@pytest.mark.parametrize(
    "statement",
    [
        "u()",
        "u.draw()",
        "elsewhere.draw(u)",
        "elsewhere.Layer()(u)",
        "u[0](1)",
        "getattr(elsewhere, 'x').draw()",
        "with u.context():\n    pass",
        "with elsewhere.context():\n    pass",
        "pyro.contrib.gp.models.GPRegression(u, u, u).model()",
        "pyro.random_module('net', nn.Linear(1, 1), {})()",
        "def again(n):\n    again(n - 1)\nagain(u)",
        "try:\n    pass\nexcept ValueError:\n    pass\nexcept TypeError:\n    pass",
        "map(elsewhere.draw, u)",
        "exec(u)",
        "with contextlib.ExitStack() as stack:\n    stack.enter_context(u.context())",
    ],
)
def test_what_may_hold_sites_leaves_a_program_incomplete(statement: str) -> None:
    assert not traced(f"import contextlib, elsewhere\n{statement}\n{A}").complete


PAIR = f"""
from torch.utils.data import DataLoader, TensorDataset

def part(x, y):
    if y is None:
        {A}
    else:
        {B}

def model(x, y=None, *rest, flag=False):
    part(x, y)

def guide(*arguments, **options):
    pass

x, y = torch.load("x"), torch.load("y")

def trained(program):
    return SVI(program, guide, Adam({{}}), Trace_ELBO())

"""
KIT = """
class Kit:
    def model(self, x, y=None):
        part(x, y)

    def fit(self, *data):
        trained(self.model).step(*data)

"""
TRAIN = """
def train(x, y=None):
    trained(model).step(x, y)

"""
CLOSED = """
def closed(y):
    def inner(x):
        part(x, y)
    return inner

"""


@pytest.mark.parametrize(
    ("step", "missing"),
    [
        ("FIT(x)", ["a"]),
        ("FIT(x, y)", ["b"]),
        ("FIT(x, y=y)", ["b"]),
        ("FIT(x, None)", ["a"]),
        ("FIT(*(x, y))", ["b"]),
        ("FIT(x, **{'y': y})", ["b"]),
        ("for x, y in DataLoader(x): FIT(x, y)", ["b"]),
        ("for batch in DataLoader(TensorDataset(x)): FIT(*batch)", ["a"]),
        ("for batch in DataLoader(TensorDataset(x, y)): FIT(*batch)", ["b"]),
        ("for batch in x: FIT(*batch)", []),
        ("Kit().fit(x)", ["a"]),
        ("Kit().fit(x, y)", ["b"]),
        ("trained(closed(None)).step(x)", ["a"]),
        ("trained(functools.partial(model, y=y)).step(x)", ["b"]),
        ("train(x)", ["a"]),
        ("train(x, y)", ["b"]),
        ("FIT(x, y if x.sum() > 0 else None)", []),
    ],
)
def test_branches_are_those_that_the_step_takes(step: str, missing: list[str]) -> None:
    helpers = {"Kit": KIT, "train(": TRAIN}
    text = PAIR + "".join(code for name, code in helpers.items() if step.startswith(name))
    text += CLOSED if "closed" in step else ""
    (pair,) = read_program(text + step.replace("FIT", "trained(model).step")).pairs
    assert [each.site.name.text for each in missing_sites(pair)] == missing
