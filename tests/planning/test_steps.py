"""Steps: what waits for what, and which answers are merged in depth."""

from graphql import parse

from stitcher.gateway.request import ClientRequest
from stitcher.planning.plan import Plan
from stitcher.planning.planner import plan_operation
from stitcher.supergraph import Supergraph
from tests.stitched import FEDERATION, Answer, composed, planned, printed, stitched

ONE = (
    FEDERATION
    + """
      type Query { t: T @shareable grid: [[T]] @shareable }
      type T @shareable { o: O list: [O] more: [[O]] }
      type O { p: Int }
    """
)
OTHER = ONE.replace("p: Int", "q: Int")


def deep(plan: Plan) -> list[bool]:
    """Return for each fetch whether its answer is merged in depth."""
    return [fetch.deep or any(batch.deep for batch in fetch.batches) for fetch in plan.fetches]


async def test_answers_about_one_object_are_merged_in_depth() -> None:
    supergraph = composed(one=ONE, other=OTHER)
    query = "{ t { o { p q } list { p q } } grid { more { p q } } }"
    assert deep(plan_operation(supergraph, parse(query))) == [True, True]

    def half(key: str) -> Answer:
        return lambda _: {
            "data": {
                "t": {"o": {key: 1}, "list": [{key: 2}, None, {key: 3} if key == "p" else None]},
                "grid": [[{"more": [[{key: 4}], None]}, None if key == "p" else {"more": []}], None],
            }
        }

    async with stitched(supergraph, {"one": half("p"), "other": half("q")}) as world:
        response = await world.gateway.execute(ClientRequest(query))
    assert response.errors == ()
    assert response.data == {
        "t": {"o": {"p": 1, "q": 1}, "list": [{"p": 2, "q": 2}, None, {"p": 3, "q": None}]},
        "grid": [[{"more": [[{"p": 4, "q": 4}], None]}, {"more": []}], None],
    }


async def test_lists_that_do_not_agree_are_not_mixed() -> None:
    supergraph = composed(one=ONE, other=OTHER)

    def answer(*items: object) -> Answer:
        return lambda _: {"data": {"t": {"list": list(items)}}}

    answers = {"one": answer({"p": 1}), "other": answer({"q": 2}, {"q": 3})}
    async with stitched(supergraph, answers) as world:
        response = await world.gateway.execute(ClientRequest("{ t { list { p q } } }"))
    assert response.data in (
        {"t": {"list": [{"p": 1, "q": None}]}},
        {"t": {"list": [{"p": None, "q": 2}, {"p": None, "q": 3}]}},
    )


def test_answers_about_different_objects_are_not(bookshop: Supergraph) -> None:
    plan = plan_operation(bookshop, parse("{ books { title reviews { stars } inStock } warehouse }"))
    assert deep(plan) == [False] * 4


def test_a_fetch_waits_for_whatever_brings_its_inputs(bookshop: Supergraph) -> None:
    query = "{ latestReviews { product { ... on Book { shipping inStock } } } }"
    assert planned(bookshop, query) == printed("""
        1. reviews
             { latestReviews { product { __typename ... on Book { id } } } }
        2. catalog after 1
           Book by id at latestReviews.product<Book>
             { price weight }
        3. stock after 1, 2
           Book by id price weight at latestReviews.product<Book>
             { shipping inStock }
    """)


def test_all_of_a_mutation_comes_before_the_next(bookshop: Supergraph) -> None:
    query = """mutation {
      a: setPrice(id: "b1", price: 1) { ... on Book { inStock reviews { stars } } }
      b: review(product: "b1", stars: 1) { product { title } }
    }"""
    assert planned(bookshop, query) == printed("""
        1. mutate catalog
             { a: setPrice(id: "b1", price: 1) { __typename ... on Book { id } } }
        2. stock after 1
           Book by id at a<Book>
             { inStock }
        3. reviews after 1
           Book by id at a<Book>
             { reviews { stars } }
        4. mutate reviews after 1, 2, 3
             { b: review(product: "b1", stars: 1) {
               product { __typename ... on Book { id } ... on Game { id } } } }
        5. catalog after 4
           Book by id at b.product<Book>
             { title }
           Game by id at b.product<Game>
             { title }
    """)


def test_a_list_lookup_that_cannot_name_its_key_goes_by_order() -> None:
    supergraph = composed(
        a="""
          type Query { ts: [T] }
          type T @key(selectionSet: "{ id }") { id: ID! }
        """,
        b="""
          type Query { byIds(ids: [ID!]!): [T] @merge(keyField: "id") }
          type T { name: String }
        """,
    )
    assert planned(supergraph, "{ ts { name } }") == printed("""
        1. a
             { ts { id } }
        2. b after 1
           T by id (byIds) at ts
             { name }
    """)
