"""Graphs on the page: nothing overlaps, plates hold their own, and long series are folded."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from pyrolint.dynamic.messages import SiteSummary, StepSummary
from pyrolint.report.drawing.graph import Graph, Node, NodeKind
from pyrolint.report.drawing.layout import Layout, arrange
from pyrolint.report.drawing.svg import Row, aligned, standalone
from pyrolint.report.page.description import model_and_guide

PLATES = ("rows", "columns", "groups")
Size = tuple[float, float]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, dict[str, Size]]:
    count = draw(st.integers(0, 14))
    nodes = []
    edges = []
    for index in range(count):
        plates = tuple(draw(st.lists(st.sampled_from(PLATES), unique=True)))
        nodes.append(Node(str(index), f"n{index}", NodeKind.LATENT, plates=plates))
        if index:
            parents = draw(st.lists(st.integers(0, index - 1), max_size=4))
            edges.extend((str(parent), str(index)) for parent in parents)
    widths = st.floats(20, 150)
    sizes = {node.key: (draw(widths), draw(st.sampled_from([24.0, 48.0]))) for node in nodes}
    return Graph("any", tuple(nodes), tuple(edges)), sizes


@settings(deadline=None, max_examples=150)
@given(graphs())
def test_nodes_stand_apart_and_in_their_plates_alone(drawn: tuple[Graph, dict[str, Size]]) -> None:
    graph, sizes = drawn
    layout = arrange(graph, sizes)
    assert set(layout.centres) == set(sizes)
    holds(graph, sizes, layout)
    keys = list(sizes)
    for index, one in enumerate(keys):
        for other in keys[:index]:
            assert apart(layout, sizes, one, other), (one, other)
    assert set(layout.routes) == set(graph.edges)


@settings(deadline=None, max_examples=60)
@given(graphs(), graphs())
def test_aligning_keeps_nodes_in_their_plates(
    drawn: tuple[Graph, dict[str, Size]], other: tuple[Graph, dict[str, Size]]
) -> None:
    before = [arrange(*drawn), arrange(*other)]
    after = aligned(before)
    for (graph, sizes), old, new in zip((drawn, other), before, after, strict=True):
        holds(graph, sizes, new)
        # Heights are stretched, never squeezed.
        ordered = sorted(sizes, key=lambda key: old.centres[key][1])
        for upper, lower in pairwise(ordered):
            gap = old.centres[lower][1] - old.centres[upper][1]
            assert new.centres[lower][1] - new.centres[upper][1] >= gap - 1e-6


def holds(graph: Graph, sizes: dict[str, Size], layout: Layout) -> None:
    """Each node lies in a box of each of its plates, and clear of all other boxes."""
    for node in graph.nodes:
        x, y = layout.centres[node.key]
        width, height = sizes[node.key]
        assert x - width / 2 >= -0.01
        assert x + width / 2 <= layout.width + 0.01
        assert y - height / 2 >= -0.01
        assert y + height / 2 <= layout.height + 0.01
        around = set()
        for box in layout.boxes:
            dx = min(x + width / 2 - box.left, box.left + box.width - (x - width / 2))
            dy = min(y + height / 2 - box.top, box.top + box.height - (y - height / 2))
            if dx >= width and dy >= height:
                around.add(box.name)
            else:
                assert dx <= 0.01 or dy <= 0.01, (node, box)
        assert around == set(node.plates)


def apart(layout: Layout, sizes: dict[str, Size], one: str, other: str) -> bool:
    (x, y), (u, v) = layout.centres[one], layout.centres[other]
    wide = (sizes[one][0] + sizes[other][0]) / 2
    tall = (sizes[one][1] + sizes[other][1]) / 2
    return abs(x - u) >= wide - 0.01 or abs(y - v) >= tall - 0.01


def node(key: str, *plates: str) -> Node:
    return Node(key, key, NodeKind.LATENT, plates=plates)


def laid(nodes: tuple[Node, ...], *edges: tuple[str, str]) -> Layout:
    return arrange(Graph("", nodes, edges), {each.key: (80.0, 48.0) for each in nodes})


def test_children_stand_below_their_parents() -> None:
    layout = laid((node("a"), node("b"), node("c")), ("a", "b"), ("b", "c"), ("a", "c"))
    heights = [layout.centres[key][1] for key in "abc"]
    assert heights == sorted(heights)
    assert len(set(heights)) == 3
    # The edge that jumps a layer keeps clear of the node in between.
    bends = layout.routes["a", "c"]
    assert bends
    assert all(abs(x - layout.centres["b"][0]) > 40 for x, _ in bends)


def test_nested_plates_keep_one_box_each_in_whatever_order_they_are_named() -> None:
    layout = laid((node("a", "outer"), node("b", "inner", "outer"), node("c", "outer", "inner")))
    assert sorted(box.name for box in layout.boxes) == ["inner", "outer"]


def test_crossing_plates_are_split() -> None:
    layout = laid((node("u", "rows"), node("v", "columns"), node("y", "rows", "columns")))
    assert sorted(box.name for box in layout.boxes) == ["columns", "columns", "rows"]


def test_shared_latents_stand_at_one_height() -> None:
    model = laid((node("x"), node("z"), node("w")), ("x", "z"), ("z", "w"))
    guide = laid((node("p"), node("q"), node("x"), node("w")), ("p", "q"), ("q", "x"), ("x", "w"))
    one, other = aligned([model, guide])
    for key in "xw":
        assert abs(one.centres[key][1] - other.centres[key][1]) < 1e-6
    assert one.centres["x"][1] < one.centres["z"][1] < one.centres["w"][1]


def test_where_orders_differ_most_of_the_latents_agree() -> None:
    model = laid((node("x"), node("y"), node("z")), ("x", "y"), ("y", "z"))
    guide = laid((node("z"), node("p"), node("x"), node("y")), ("z", "p"), ("p", "x"), ("x", "y"))
    one, other = aligned([model, guide])
    assert abs(one.centres["x"][1] - other.centres["x"][1]) < 1e-6
    assert abs(one.centres["y"][1] - other.centres["y"][1]) < 1e-6
    assert one.centres["y"][1] < one.centres["z"][1]
    model = laid((node("z"), node("x"), node("y")), ("z", "x"), ("x", "y"))
    guide = laid((node("x"), node("y"), node("z")), ("x", "y"), ("y", "z"))
    one, other = aligned([model, guide])
    assert abs(one.centres["x"][1] - other.centres["x"][1]) < 1e-6
    assert abs(one.centres["y"][1] - other.centres["y"][1]) < 1e-6


def test_many_parents_are_put_into_several_rows() -> None:
    names = [f"a{index}" for index in range(18)]
    layout = laid((*map(node, names), node("y")), *((name, "y") for name in names))
    rows = {layout.centres[name][1] for name in names}
    assert len(rows) == 3
    assert all(layout.centres["y"][1] > height for height in rows)


def test_latents_in_opposite_order_leave_both_drawings_in_order() -> None:
    model = laid((node("x"), node("z")), ("x", "z"))
    guide = laid((node("z"), node("x")), ("z", "x"))
    one, other = aligned([model, guide])
    assert one.centres["x"][1] < one.centres["z"][1]
    assert other.centres["z"][1] < other.centres["x"][1]


def site(name: str, *parents: str, role: str = "model", kind: str = "sample") -> SiteSummary:
    return SiteSummary(name, kind, role, family="Normal", parents=parents)


def step(*sites: SiteSummary) -> StepSummary:
    return StepSummary("SVI", None, None, None, sites)


def test_a_long_series_is_one_node_that_depends_on_itself() -> None:
    series = [site("x_0", "p"), *(site(f"x_{t}", f"x_{t - 1}") for t in range(1, 30))]
    (graph,) = model_and_guide(step(site("p"), *series), ())
    assert [each.label for each in graph.nodes] == ["p", "x_0 … 29"]
    assert graph.nodes[1].count == 30
    assert set(graph.edges) == {("p", "x_0"), ("x_0", "x_0")}


def test_a_short_series_stays_as_it_is() -> None:
    (graph,) = model_and_guide(step(site("x_0"), site("x_1", "x_0"), site("x_2", "x_1")), ())
    assert [each.key for each in graph.nodes] == ["x_0", "x_1", "x_2"]


def test_the_parameters_of_a_network_are_one_node() -> None:
    names = [f"net$$$layer{i}.{part}" for i in range(3) for part in ("weight", "bias")]
    weights = [site(name, role="guide", kind="param") for name in names]
    alone = site("alone", role="guide", kind="param")
    (graph,) = model_and_guide(step(*weights, alone, site("z", *names, "alone", role="guide")), ())
    assert [each.label for each in graph.nodes] == ["net \N{MULTIPLICATION SIGN} 6", "alone", "z"]
    assert [each.kind for each in graph.nodes][1:] == [NodeKind.PARAMETER, NodeKind.LATENT]


def test_what_is_computed_is_no_observed_site() -> None:
    kinds = ("sample", "deterministic", "factor")
    sites = [SiteSummary(kind, kind, "model", family="Delta", observed=True) for kind in kinds]
    (graph,) = model_and_guide(step(*sites), ())
    wanted = [NodeKind.OBSERVED, NodeKind.DETERMINISTIC, NodeKind.FACTOR]
    assert [each.kind for each in graph.nodes] == wanted


def test_a_drawing_of_its_own_is_valid_xml_with_its_style() -> None:
    nodes = (node("a<&>\x1b"), node("b", "plate \"<'"))
    graph = Graph("<model>", nodes, (("a<&>\x1b", "b"), ("b", "b"), ("b", "gone")))
    text = standalone([Row("<file>", (graph,))])
    root = ElementTree.fromstring(text)
    assert root.tag.endswith("svg")
    assert re.search(r"<style>.*\.pg ", text, re.DOTALL)


def test_a_chain_of_thousands_is_drawn_without_deep_recursion() -> None:
    count = 3000
    nodes = tuple(node(f"n{index}") for index in range(count))
    layout = laid(nodes, *((f"n{index}", f"n{index + 1}") for index in range(count - 1)))
    assert len({y for _, y in layout.centres.values()}) == count
