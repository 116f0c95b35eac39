"""Plans as pictures: every fetch is a box, every wait an arrow, and no box lies on another."""

import re
from xml.etree import ElementTree

from graphql import parse

from stitcher.planning.pictures import mermaid, svg
from stitcher.planning.plan import Plan
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, composed

SVG = "{http://www.w3.org/2000/svg}"

SHOP = composed(
    products=FEDERATION
    + 'type Query { products: [P] } type P @key(fields: "id") { id: ID! price: Int weight: Int }',
    stock=FEDERATION
    + """
    type P @key(fields: "id") {
      id: ID! price: Int @external weight: Int @external
      cost(of: String): Int @requires(fields: "price weight")
    }
    type Mutation { order(what: String): P }
    """,
    reviews=FEDERATION + 'type P @key(fields: "id") { id: ID! reviews: [R] } type R { text: String p: P }',
)


def planned(query: str, supergraph: Supergraph = SHOP) -> Plan:
    return plan_operation(supergraph, parse(query))


QUERY = '{ products { reviews { text p { price reviews { text } } } cost(of: "<a & \\"b\\">") } }'


def test_every_fetch_is_a_box_and_every_wait_an_arrow() -> None:
    plan = planned(QUERY)
    assert len(plan.fetches) > 3
    drawing = ElementTree.fromstring(svg(plan))
    boxes = drawing.findall(f".//{SVG}rect")
    arrows = list(drawing.findall(f"./{SVG}path"))
    assert len(boxes) == len(plan.fetches)
    assert len(arrows) == sum(len(fetch.after) for fetch in plan.fetches)
    titles = [text.text for text in drawing.iter(f"{SVG}text") if text.get("class") == "title"]
    assert sorted(titles, key=str) == [f"{fetch.id + 1}. {fetch.subgraph}" for fetch in plan.fetches]
    places = [[float(box.get(name) or 0) for name in ("x", "y", "width", "height")] for box in boxes]
    _, _, across, down = map(float, (drawing.get("viewBox") or "").split())
    for number, (x, y, width, height) in enumerate(places):
        assert 0 <= x <= x + width <= across
        assert 0 <= y <= y + height <= down
        for left, top, wide, high in places[:number]:
            assert x >= left + wide or left >= x + width or y >= top + high or top >= y + height


def test_what_is_written_is_text_whatever_it_is() -> None:
    plan = planned(QUERY)
    text = "".join(ElementTree.fromstring(svg(plan)).itertext())
    assert '<a & \\"b\\">' in text.replace("\n", "")
    flowchart = mermaid(plan)
    assert "&lt;a &amp;" in flowchart
    assert all(line.count('"') in (0, 2) for line in flowchart.splitlines())


def test_a_flowchart() -> None:
    plan = planned("{ products { price reviews { text } } }")
    assert mermaid(plan).splitlines() == [
        "flowchart LR",
        '    f1["1. products<br/>{ products { price id } }"]',
        '    f2["2. reviews<br/>P by id at products<br/>{ reviews { text } }"]',
        "    f1 --> f2",
    ]


def test_a_mutation_and_nothing_at_all() -> None:
    assert "mutate stock" in mermaid(planned('mutation { order(what: "a") { id } }'))
    assert 'class="fetch mutation"' in svg(planned('mutation { order(what: "a") { id } }'))
    nothing = planned("{ __typename }")
    assert mermaid(nothing) == "flowchart LR"
    assert re.search(r'viewBox="0 0 \d+ \d+"', svg(nothing))
