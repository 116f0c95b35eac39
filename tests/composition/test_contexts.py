"""Arguments that take their values from the objects around theirs: ``@context`` and ``@fromContext``."""

import pytest

from stitcher.composition.compose import compose, print_supergraph
from stitcher.composition.supergraph_file import split_supergraph
from stitcher.selections import Field, Selections
from stitcher.supergraph import ContextArgument, Supergraph
from tests.composition.composing import compose_sdls, only_problem, places

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: ["@key", "@shareable", '
    '"@external", "@requires", "@override", "@interfaceObject", "@context", "@fromContext"]) '
)
SHOP = """
type Query { shop: Shop stall: Stall }
type Shop @key(fields: "id") @context(name: "place") { id: ID! region: String owner: Owner items: [Item!] }
type Stall @context(name: "place") { region: String city: String item: Item }
type Owner { region: String }
"""
OTHER = LINK + 'type Query { item: ID } type Item @key(fields: "id") { id: ID! name: String }'


APOLLO = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/context/v0.1", for: SECURITY)
{
  query: Query
}

directive @context(name: String!) repeatable on INTERFACE | OBJECT | UNION

directive @context__fromContext(field: context__ContextFieldValue) on ARGUMENT_DEFINITION

directive @join__field(graph: join__Graph, contextArguments: [join__ContextArgument!])
  repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION

directive @join__graph(name: String!, url: String!) on ENUM_VALUE

directive @join__type(graph: join__Graph!, key: join__FieldSet) repeatable on OBJECT

directive @link(url: String, for: link__Purpose) repeatable on SCHEMA

scalar context__ContextFieldValue

type Item
  @join__type(graph: B, key: "id")
  @join__type(graph: MY_SHOP, key: "id")
{
  id: ID!
  name: String @join__field(graph: B)
  price(amount: Int): Int @join__field(
    graph: MY_SHOP
    contextArguments: [{context: "my-shop__place", name: "in", type: "String", selection: " { region }"}]
  )
}

input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}

scalar join__FieldSet

scalar join__FieldValue

enum join__Graph {
  B @join__graph(name: "b", url: "http://localhost/b")
  MY_SHOP @join__graph(name: "my-shop", url: "http://localhost/my-shop")
}

enum link__Purpose {
  SECURITY
  EXECUTION
}

type Owner
  @join__type(graph: MY_SHOP)
{
  region: String
}

type Query
  @join__type(graph: B)
  @join__type(graph: MY_SHOP)
{
  item: ID @join__field(graph: B)
  shop: Shop @join__field(graph: MY_SHOP)
  stall: Stall @join__field(graph: MY_SHOP)
}

type Shop
  @join__type(graph: MY_SHOP, key: "id")
  @context(name: "my-shop__place")
{
  id: ID!
  region: String
  owner: Owner
  items: [Item!]
}

type Stall
  @join__type(graph: MY_SHOP)
  @context(name: "my-shop__place")
{
  region: String
  city: String
  item: Item
}
"""
"""What Apollo composes of the same SDLs, but for definitions that say nothing of them."""


def item(argument: str) -> str:
    """Return a type whose field takes an argument; its SDL is one line."""
    return f'type Item @key(fields: "id") {{ id: ID! price(amount: Int, {argument}): Int }}'


def shop(selection: str = "{ region }", types: str = SHOP) -> str:
    """Return an SDL with a field that takes what is selected from a context."""
    return LINK + types + item(f'in: String @fromContext(field: "$place {selection}")')


def contexts(supergraph: Supergraph, path: str = "a.Item.price") -> tuple[ContextArgument, ...]:
    """Return the contextual arguments of a subgraph's field."""
    subgraph, type_name, name = path.split(".")
    return supergraph.subgraphs[subgraph].types[type_name].fields[name].contexts


def field(name: str, *below: Field) -> Selections:
    return (Field(name, name, selections=below),)


# What comes of them


def test_a_value_from_each_type_that_sets_the_context() -> None:
    supergraph = compose_sdls(a=shop(), b=OTHER)
    region = field("region")
    expected = ContextArgument("in", "String", (("Shop", region), ("Stall", region)))
    assert contexts(supergraph) == (expected,)
    assert "price(amount: Int): Int" in print_supergraph(supergraph)
    assert "in:" not in print_supergraph(supergraph)


@pytest.mark.parametrize("braces", ["%s", "{ %s }"])
def test_a_value_for_each_type_apart(braces: str) -> None:
    selection = braces % "... on Shop { owner { region } } ... on Stall { city }"
    (argument,) = contexts(compose_sdls(a=shop(selection), b=OTHER))
    owner = field("owner", *(each for each in field("region") if isinstance(each, Field)))
    assert argument.selections == (("Shop", owner), ("Stall", field("city")))


def test_interfaces_and_unions_stand_for_all_their_objects_anywhere() -> None:
    types = """
    type Query { place: Place any: Any }
    interface Place @context(name: "place") { region: String item: Item }
    union Any @context(name: "any") = Market
    type Shop implements Place { region: String item: Item }
    type Market implements Place { region: String item: Item }
    """
    other = OTHER + (
        " type Fair implements Place @shareable { region: String item: Item } union Any = Fair"
        " interface Place { region: String item: Item }"
    )
    price = item('in: String @fromContext(field: "$any ... on Market { region }")')
    tax = 'in: String @fromContext(field: "$place { region }")'
    a = LINK + types + price + f" extend type Item {{ tax({tax}): Int }}"
    supergraph = compose_sdls(a=a, b=other)
    (argument,) = contexts(supergraph)
    assert argument.selections == (("Fair", ()), ("Market", field("region")))
    (argument,) = contexts(supergraph, "a.Item.tax")
    assert argument.selections == tuple((name, field("region")) for name in ("Fair", "Market", "Shop"))


@pytest.mark.parametrize(
    ("imports", "context", "from_context"),
    [
        ('{name: "@context", as: "@sets"}, {name: "@fromContext", as: "@takes"}', "sets", "takes"),
        ("", "federation__context", "federation__fromContext"),
    ],
)
def test_the_directives_under_other_names(imports: str, context: str, from_context: str) -> None:
    sdl = shop().replace('"@context", "@fromContext"', imports)
    sdl = sdl.replace("@context(", f"@{context}(").replace("@fromContext(", f"@{from_context}(")
    (argument,) = contexts(compose_sdls(a=sdl, b=OTHER))
    assert argument.name == "in"


def test_the_spec_of_contexts_linked_by_itself() -> None:
    sdl = shop().replace("v2.8", "v2.5").replace(', "@context", "@fromContext"', "")
    spec = '@link(url: "https://specs.apollo.dev/context/v0.1", import: ["@context", "@fromContext"])'
    (argument,) = contexts(compose_sdls(a=sdl.replace("extend schema", f"extend schema {spec}"), b=OTHER))
    assert argument.name == "in"


def test_a_version_without_contexts() -> None:
    sdl = LINK.replace("v2.8", "v2.7") + 'type Query @context(name: "c") { a: Int }'
    problem = only_problem(a=sdl)
    assert problem.code == "INVALID_LINK_DIRECTIVE_USAGE"
    assert "version 2.7" in problem.message
    assert places(problem) == ["a.graphql:1"]


def test_directives_of_the_same_names_in_federation_1() -> None:
    directives = "directive @context(name: String) on OBJECT directive @fromContext on ARGUMENT_DEFINITION "
    a = directives + 'type Query @context(name: "_") { a(x: Int @fromContext): Int }'
    assert "a(x: Int): Int" in print_supergraph(compose_sdls(a=a))


# Supergraph files


def test_a_supergraph_file() -> None:
    sources, problems = split_supergraph(APOLLO, "supergraph.graphql")
    assert problems == []
    read = compose(sources)
    assert contexts(read, "my-shop.Item.price") == contexts(compose_sdls(a=shop(), b=OTHER))
    assert "price(amount: Int): Int" in print_supergraph(read)
