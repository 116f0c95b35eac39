"""A plan as text and as JSON."""

import json

from graphql import parse

from stitcher.planning.plan import print_path
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph
from tests.stitched import planned, printed

QUERY = """query($first: Int) {
  search(title: "x") {
    ... on Product { reviews { author { born } } }
    ... on Book { blurb shipping } }
  latestReviews(first: $first) { stars }
  __type(name: "Book") { name }
}"""


def test_a_plan_prints_as_text_that_a_person_can_read(bookshop: Supergraph) -> None:
    assert planned(bookshop, QUERY) == printed("""
        1. catalog
             { search(title: "x") { __typename
               ... on Product { __typename ... on Book { id } ... on Game { id } }
               ... on Book { id price weight } } }
        2. reviews
             { latestReviews(first: $first) { stars } }
        3. reviews after 1
           Book by id at search<Book|Game><Book>
             { reviews { author { id } } }
           Game by id at search<Book|Game><Game>
             { reviews { author { id } } }
        4. stock after 1
           Book by id price weight at search<Book>
             { shipping }
        5. blurbs after 1
           Book by id (bookBlurb) at search<Book>
             { blurb }
        6. people after 3
           Author by id (authorsByIds) at search<Book|Game><Book>.reviews.author,
               search<Book|Game><Game>.reviews.author
             { born id }
        answered by the gateway itself
             query { __type(name: "Book") { name } }
    """)


def test_long_lines_are_wrapped(bookshop: Supergraph) -> None:
    fields = " ".join(f"alias{n}: title" for n in range(40))
    text = str(plan_operation(bookshop, parse(f"{{ books {{ {fields} }} }}")))
    assert max(map(len, text.splitlines())) <= 110
    assert len(text.splitlines()) == 8


def test_a_plan_as_json(bookshop: Supergraph) -> None:
    query = """mutation($price: Int!) {
      setPrice(id: "b1", price: $price) { ... on Book { blurb inStock } }
    }"""
    plan = plan_operation(bookshop, parse(query)).to_json()
    assert json.loads(json.dumps(plan)) == plan
    first, second, third = plan["fetches"]
    assert first == {
        "id": 1,
        "subgraph": "catalog",
        "mutation": True,
        "document": "mutation($price: Int!) "
        '{ setPrice(id: "b1", price: $price) { __typename ... on Book { id } } }',
        "variables": ["price"],
        "selections": 'setPrice(id: "b1", price: $price) { __typename ... on Book { id } }',
    }
    assert [second["subgraph"], third["subgraph"]] == ["blurbs", "stock"]
    assert second == {
        "id": 2,
        "subgraph": "blurbs",
        "after": [1],
        "variables": [],
        "batches": [
            {
                "lookup": "blurbs.bookBlurb(Book: id)",
                "at": ["setPrice<Book>"],
                "representation": "id",
                "selections": "blurb",
            }
        ],
    }


def test_a_plan_says_what_the_gateway_answers_itself(bookshop: Supergraph) -> None:
    plan = plan_operation(bookshop, parse("{ __schema { queryType { name } } }"))
    assert plan.to_json() == {"fetches": [], "introspection": "query { __schema { queryType { name } } }"}
    assert planned(bookshop, "{ __typename }") == "nothing to fetch"


def test_paths() -> None:
    assert print_path(("a", "b", frozenset({"Dog", "Cat"}), "c")) == "a.b<Cat|Dog>.c"
