"""Modules: the names of their attributes' sites, and when these are sites at all."""

from __future__ import annotations

import pytest
from reading import names, read_program

NESTED = """
class Layer(PyroModule):
    def __init__(self):
        super().__init__()
        self.linear = PyroModule[nn.Linear](2, 1)
        self.linear.weight = PyroSample(dist.Normal(0.0, 1.0).expand([1, 2]).to_event(2))
        self.linear.bias = PyroSample(dist.Normal(0.0, 1.0).expand([1]).to_event(1))

    def forward(self, x):
        return self.linear(x)


class Net(PyroModule):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.layer = Layer()
        self.scale = PyroSample(lambda self: dist.LogNormal(0.0, self.width))
        self.width = PyroSample(dist.HalfNormal(1.0))

    def forward(self, x):
        mean = self.layer(x)
        again = self.layer(x)
        return pyro.sample("y", dist.Normal(mean + again, self.scale))
"""


def model_sites(text: str) -> list[str | None]:
    """The sites of the model that the one step of an SVI runs."""
    analysis = read_program(
        text + "\nSVI(model, AutoNormal(model), Adam({}), Trace_ELBO()).step(torch.zeros(3, 2))\n"
    )
    (pair,) = analysis.pairs
    return names(pair.model)


def body(lines: str, program: str = "return self.net(x)") -> str:
    """A PyroModule ``Model`` whose constructor runs these lines and that calls ``self.net``."""
    inner = "\n".join(f"        {line}" for line in lines.strip().splitlines())
    return (
        "PRIOR = PyroSample(dist.Normal(0.0, 1.0))\n"
        "class Model(PyroModule):\n    def __init__(self):\n        super().__init__()\n"
        f"{inner}\n    def forward(self, x):\n        {program}\nmodel = Model()\n"
    )


def test_names_are_those_of_the_modules_above_and_each_site_is_drawn_once() -> None:
    expected = ["layer.linear.weight", "layer.linear.bias", "width", "scale", "y"]
    assert model_sites(NESTED + "model = Net()\n") == expected


def test_a_root_may_have_a_name() -> None:
    found = model_sites(NESTED + 'model = Net("root")\n')
    assert found[:3] == ["root.layer.linear.weight", "root.layer.linear.bias", "root.width"]


def test_two_calls_are_two_draws() -> None:
    text = NESTED + "layer = Layer()\ndef model(x):\n    layer(x)\n    layer(x)\n"
    assert model_sites(text) == ["linear.weight", "linear.bias"] * 2


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        pytest.param(
            "self.net = PyroModule[nn.Sequential](PyroModule[nn.Linear](1, 2), nn.ReLU())\n"
            "self.net[0].weight = PRIOR",
            ["net.0.weight"],
            id="sequential",
        ),
        pytest.param(
            "self.net = nn.Sequential(PyroModule[nn.Linear](1, 2), PyroModule[nn.Linear](2, 1))\n"
            "self.net[0].weight = PRIOR\nself.net[1].weight = PRIOR",
            ["weight", "weight"],
            id="plain-sequential",
        ),
        pytest.param(
            "self.net = nn.Linear(1, 2)\npyro.nn.module.to_pyro_module_(self.net)\n"
            "self.net.weight = PRIOR",
            ["net.weight"],
            id="converted",
        ),
        pytest.param(
            "setattr(self, 'net', PyroModule[nn.Linear](1, 2))\nsetattr(self.net, 'bias', PRIOR)",
            ["net.bias"],
            id="setattr",
        ),
        pytest.param(
            "self.add_module('net', PyroModule[nn.Linear](1, 2))\nself.net.bias = PRIOR",
            ["net.bias"],
            id="add_module",
        ),
        pytest.param("self.net = nn.Linear(1, 2)\nself.net.weight = PRIOR", [], id="plain-layer"),
        pytest.param(
            "self.net = lambda x: self.w\nself.w = PyroSample(lambda self: torch.ones(3))",
            [],
            id="deterministic",
        ),
    ],
)
def test_how_modules_are_held(lines: str, expected: list[str]) -> None:
    assert model_sites(body(lines)) == expected


def test_items_of_a_list_are_named_by_position() -> None:
    lines = (
        "self.net = PyroModule[nn.ModuleList]([PyroModule[nn.Linear](1, 1) for _ in range(2)])\n"
        "for layer in self.net:\n    layer.weight = PRIOR"
    )
    program = "return [layer(x) for layer in self.net]"
    assert model_sites(body(lines, program)) == ["net.0.weight", "net.1.weight"]


def test_a_module_of_an_unknown_key_has_no_known_name() -> None:
    lines = "self.net = PyroModule[nn.Linear](1, 1)\nsetattr(self, KEY, self.net)\n"
    analysis = read_program(
        "from elsewhere import KEY\n" + body(lines + "self.net.weight = PRIOR") + "model(1.0)\n"
        "SVI(model, AutoNormal(model), Adam({}), Trace_ELBO()).step(torch.zeros(3))\n"
    )
    (site,) = analysis.pairs[0].model.sites
    assert not site.name_known


METHODS = """
class Net(PyroModule):
    def __init__(self):
        super().__init__()
        self.w = PyroSample(dist.Normal(0.0, 1.0))

    def plain(self, x):
        return self.w * x

    @pyro_method
    def known(self, x):
        return self.helper(x)

    def helper(self, x):
        return self.w * x + self.w

    @pyro_method
    def outer(self, x):
        return self.known(x) + self.w


net = Net()
"""


@pytest.mark.parametrize(
    ("method", "expected"), [("plain", []), ("known", ["w"]), ("outer", ["w"])]
)
def test_methods_need_the_decorator(method: str, expected: list[str]) -> None:
    assert model_sites(METHODS + f"model = net.{method}\n") == expected


def test_a_site_tells_whose_attribute_it_is_and_where_that_is_read() -> None:
    analysis = read_program(
        NESTED + "model = Net()\nSVI(model, AutoNormal(model), Adam({}), Trace_ELBO()).step(1.0)\n"
    )
    site = analysis.pairs[0].model.sites[0]
    assert site.prior is not None
    assert site.prior.attribute == "weight"
    assert site.prior.is_of_layer
    assert site.prior.expression is not None
    assert analysis.pairs[0].model.sites[-1].prior is None
