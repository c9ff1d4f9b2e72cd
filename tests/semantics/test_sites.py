"""Sites of a program: under handlers, in plates and scopes, by name."""

from __future__ import annotations

import pytest
from semantics.reading import names, read_program, site, sites

from pyrolint.semantics.alternatives import contradict
from pyrolint.semantics.analysis import Analysis
from pyrolint.semantics.program import Program

MODEL = """\
def model(y=None):
    pyro.sample("a", dist.Normal(0.0, 1.0))
    pyro.sample("b", dist.Normal(0.0, 1.0), obs=y)

"""


def of_mcmc(program: str) -> Program:
    """What MCMC sees of ``model`` under handlers, given observations."""
    analysis = read_program(f"{MODEL}MCMC(NUTS({program}), 10).run(torch.ones(3))")
    return next(each.model for each in analysis.inferences if each.model and each.kind == "mcmc")


def seen(program: Program) -> dict[str | None, bool | None]:
    """Sites and whether they are observed."""
    return {each.name: each.observed for each in program.sites}


ONE = 'data={"a": torch.tensor(1.0)}'


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("model", {"a": False, "b": True}),
        (f"poutine.condition(model, {ONE})", {"a": True, "b": True}),
        (f"pyro.condition(model, {ONE})", {"a": True, "b": True}),
        # The site itself is drawn all the same; what depends on it gets the other value.
        (f"poutine.do(model, {ONE})", {"a": False, "b": True}),
        (f"poutine.uncondition(poutine.condition(model, {ONE}))", {"a": False, "b": False}),
        ('poutine.block(model, hide=["a"])', {"b": True}),
        ('poutine.block(model, expose=["a"])', {"a": False}),
        ('poutine.block(model, hide_types=["observe"])', {"a": False}),
        ("poutine.block(model, hide_all=True)", {}),
        ("poutine.block(model)", {}),
        ("poutine.scale(model, scale=0.1)", {"a": False, "b": True}),
        ("poutine.mask(model, mask=torch.tensor(True))", {"a": False, "b": True}),
        ('config_enumerate(model, "parallel")', {"a": False, "b": True}),
        ("poutine.infer_config(model, lambda site: {})", {"a": False, "b": True}),
        ("poutine.replay(model, trace=poutine.trace(model).get_trace())", {"a": False, "b": True}),
        ("poutine.reparam(model, config={})", {"a": False, "b": True}),
        (f'poutine.block(poutine.condition(model, {ONE}), hide=["b"])', {"a": True}),
    ],
)
def test_handlers_around_a_program(program: str, expected: dict[str, bool]) -> None:
    assert seen(of_mcmc(program)) == expected
    assert of_mcmc(program).complete


@pytest.mark.parametrize(
    "program",
    [
        'poutine.block(poutine.block(model, hide_fn=unknown), hide=["c"])',
        "poutine.block(model, hide=unknown)",
    ],
)
def test_handlers_that_are_not_followed_are_said(program: str) -> None:
    assert not of_mcmc(program).complete


@pytest.mark.parametrize(("statement", "is_complete"), [("pyro.param('s')", False), ("", True)])
def test_a_lifted_parameter_is_a_site_that_is_not_followed(
    statement: str, is_complete: bool
) -> None:
    lines = f"def lifted():\n    {statement}\n    pyro.sample('a', dist.Normal(0.0, 1.0))\n"
    step = "MCMC(NUTS(poutine.lift(lifted, prior={})), 10).run()"
    (inference,) = (each for each in read_program(lines + step).inferences if each.model)
    assert inference.model is not None
    assert inference.model.complete is is_complete


def test_conditioned_on_what_is_not_known_may_be_observed() -> None:
    assert seen(of_mcmc("poutine.condition(model, data=unknown)"))["a"] is None


def program(text: str) -> Program:
    """The one program of a text."""
    (found,) = read_program(text).programs
    return found


def test_handlers_as_contexts_end_with_their_block() -> None:
    found = program(
        f"""
        def model():
            with poutine.condition({ONE}), poutine.mask(mask=False):
                pyro.sample("a", dist.Normal(0.0, 1.0))
            with poutine.block():
                pyro.sample("b", dist.Normal(0.0, 1.0))
            with poutine.scale(scale=2.0):
                pyro.sample("c", dist.Normal(0.0, 1.0))
            pyro.sample("d", dist.Normal(0.0, 1.0))
        """
    )
    assert seen(found) == {"a": True, "c": False, "d": False}


@pytest.mark.parametrize(
    "decorators",
    [
        ["poutine.scale(scale=0.5)"],
        ["config_enumerate"],
        ["config_enumerate", "poutine.scale(scale=0.5)"],
        ['config_enumerate(default="parallel")', "poutine.mask(mask=True)", "functools.cache"],
        ['pyro.plate("n", 3)'],
    ],
)
def test_decorated_function_is_a_program(decorators: list[str]) -> None:
    lines = "".join(f"@{each}\n" for each in decorators)
    assert seen(program(lines + MODEL))["a"] is False


PLATES = """
def model(data):
    first = pyro.plate("first", 3)
    for i in pyro.plate("steps", 3):
        pyro.sample(f"in_loop_{i}", dist.Normal(0.0, 1.0))
    pyro.sample("behind_loop", dist.Normal(0.0, 1.0))
    with first:
        pyro.sample("in_one", dist.Normal(0.0, 1.0))
        with pyro.plate("second", 4, dim=-2) as rows:
            pyro.sample("in_two", dist.Normal(0.0, 1.0))
    with pyro.plate("third", 10, subsample_size=5) as some, pyro.plate("fourth", 2):
        pyro.sample("in_two_at_once", dist.Normal(0.0, 1.0), obs=data[some])
    with first:
        pyro.sample("in_one_again", dist.Normal(0.0, 1.0))
    with pyro.plate_stack("stack", (2, 3)):
        pass
    helper(first)

def helper(plate):
    with plate:
        pyro.sample("in_helper", dist.Normal(0.0, 1.0))
"""


@pytest.mark.parametrize(
    ("name", "plates"),
    [
        ("in_loop_{}", ["steps"]),
        ("behind_loop", []),
        ("in_one", ["first"]),
        ("in_two", ["first", "second"]),
        ("in_two_at_once", ["third", "fourth"]),
        ("in_one_again", ["first"]),
        ("in_helper", ["first"]),
    ],
)
def test_plates_around_a_site(name: str, plates: list[str]) -> None:
    found = [each.name for each in site(read_program(PLATES), name).plates]
    assert found == plates


def test_what_is_known_of_plates() -> None:
    uses = {each.name: each for each in read_program(PLATES).programs[0].plates}
    assert uses["steps"].is_sequential
    assert not uses["first"].is_sequential
    assert uses["third"].subsample_size is not None
    assert uses["second"].dim is not None


NAMES = {
    "constant": ('"x"', "x", True),
    "side-by-side": ('"x" "y"', "xy", True),
    "concatenated": ('"x_" + "y"', "x_y", True),
    "of-a-number": ('"x_" + str(3)', "x_3", True),
    "percent": ('"x_%d_%s" % (3, "y")', "x_3_y", True),
    "percent-with-width": ('"x_%02d" % 3', "x_03", True),
    "format": ('"x_{}".format(3)', "x_3", True),
    "format-by-number": ('"{1}_{0}".format("x", "y")', "y_x", True),
    "format-by-name": ('"x_{name}".format(name="y")', "x_y", True),
    "format-braces": ('"x{{}}".format()', "x{}", True),
    "f-string": ('f"x_{1 + 2}"', "x_3", True),
    "lower": ('"X".lower()', "x", True),
    "join": ('"_".join(["x", "y"])', "x_y", True),
    "default": ("(lambda name='x': name)()", "x", True),
    "unknown-f-string": ('f"x_{u}_y"', "x_{}_y", False),
    "unknown-percent": ('"x_%s" % u', "x_{}", False),
    "unknown-format": ('"x_{}".format(u)', "x_{}", False),
    "unknown-concatenated": ('"x_" + str(u)', "x_{}", False),
    "unknown-in-front": ('u + "_x"', "{}_x", False),
    "percent-sign": ('"100%% %s" % u', "100% {}", False),
    "unknown": ("u", None, False),
}


@pytest.mark.parametrize(
    ("code", "name", "is_known"), [pytest.param(*case, id=key) for key, case in NAMES.items()]
)
def test_names_of_sites(code: str, name: str | None, is_known: bool) -> None:
    (found,) = program(f"def model(u):\n    pyro.sample({code}, dist.Normal(0.0, 1.0))").sites
    assert (found.name, found.name_known) == (name, is_known)


@pytest.mark.parametrize(
    "code",
    ['f"x_{3:02d}"', 'f"{\'x\'!r}"', '"x_{:02d}".format(3)', '"{x!r}".format(x="y")',
     '"{:>4}".format("x")', '"{0[a]}".format({"a": 1})'],
)  # fmt: skip
def test_names_that_a_format_changes_are_not_claimed_to_be_known(code: str) -> None:
    (found,) = program(f"def model():\n    pyro.sample({code}, dist.Normal(0.0, 1.0))").sites
    real = str(eval(code))
    assert found.name == real or not found.name_known


LOOPED = """
def model(n):
    for i in range({0}):
        pyro.sample(f"x_{{i}}", dist.Normal(0.0, 1.0))
        pyro.sample("y", dist.Normal(0.0, 1.0))
"""


def test_names_in_a_short_loop_are_all_known() -> None:
    assert names(program(LOOPED.format(3))) == ["x_0", "y", "x_1", "y", "x_2", "y"]


@pytest.mark.parametrize("count", ["n", "1000"])
def test_names_in_another_loop_are_one_pattern(count: str) -> None:
    found = program(LOOPED.format(count)).sites
    assert {(each.name, each.name_known) for each in found} == {("x_{}", False), ("y", True)}


def test_site_in_a_test_is_one_site() -> None:
    found = program(
        """
        def model():
            if pyro.sample("z", dist.Bernoulli(0.5)) == 1:
                pyro.sample("x", dist.Normal(0.0, 1.0))
            elif pyro.sample("w", dist.Bernoulli(0.5)):
                pass
            while 0 < pyro.sample("v", dist.Bernoulli(0.5)) < 2:
                break
        """
    )
    assert sorted(map(str, names(found))) == ["v", "w", "x", "z"]


def test_sites_of_exclusive_branches_contradict() -> None:
    analysis = read_program(
        """
        def model(flag, y=None):
            if flag:
                pyro.sample("x", dist.Normal(0.0, 1.0))
            else:
                pyro.sample("x", dist.Normal(1.0, 1.0))
            if y is None:
                pyro.sample("z", dist.Normal(0.0, 1.0))
            if y is not None:
                pyro.sample("z", dist.Normal(0.0, 1.0), obs=y)
            pyro.sample("w", dist.Normal(0.0, 1.0))
            if flag:
                pyro.sample("v", dist.Normal(0.0, 1.0))
        """
    )
    for name in ("x", "z"):
        one, other = sites(analysis, name)
        assert contradict(one.guard, other.guard)
    (x, _), (v,), (w,) = (sites(analysis, name) for name in "xvw")
    assert not contradict(x.guard, v.guard)
    assert not w.guard


@pytest.mark.parametrize(
    ("observation", "observed"),
    [
        ("None", False),
        ("torch.tensor(1.0)", True),
        ("data", True),
        ("y", None),
        ("None if flag else data", None),
        ("data if y is None else None", None),
    ],
)
def test_observed_or_not(observation: str, observed: bool | None) -> None:
    text = (
        f"def model(data, flag, y=None):\n"
        f'    pyro.sample("x", dist.Normal(0.0, 1.0), obs={observation})'
    )
    assert site(read_program(text)).observed is observed


def test_optional_observation_under_its_test() -> None:
    analysis = read_program(
        """
        def model(y=None):
            if y is not None:
                pyro.sample("x", dist.Normal(0.0, 1.0), obs=y)
            else:
                pyro.sample("z", dist.Normal(0.0, 1.0), obs=y)
        """
    )
    assert site(analysis).observed is True
    assert site(analysis, "z").observed is False


def variadic() -> Analysis:
    return read_program(
        """
        def model(*args, **kwargs):
            pyro.sample("x", dist.Normal(0.0, 1.0), obs=kwargs.get("y"))
            if len(args) > 1:
                pyro.sample("z", dist.Normal(0.0, 1.0), obs=args[1])
        """
    )


def test_arguments_that_nothing_is_known_of_may_be_there() -> None:
    assert site(variadic()).observed is not False
    assert site(variadic(), "z").guard
