"""Arguments that take their values from the objects around theirs: ``@context`` and ``@fromContext``."""

import pytest

from stitcher.composition.compose import compose, compose_with_hints, print_supergraph
from stitcher.composition.sources import Source
from stitcher.composition.supergraph_file import split_supergraph
from stitcher.selections import Field, Selections
from stitcher.supergraph import ContextArgument, Supergraph
from tests.composition.composing import compose_sdls, only_problem, places, problems_of

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
    union Any @context(name: "any") = Market | Shop
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
    assert argument.selections == (("Fair", ()), ("Market", field("region")), ("Shop", ()))
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


# Rules


@pytest.mark.parametrize("name", ["my_place", "1place", "", "place!"])
def test_a_name_that_is_none(name: str) -> None:
    problem = only_problem(a=LINK + f'type Query @context(name: "{name}") {{ a: Int }}')
    assert problem.code == "CONTEXT_NAME_INVALID"
    assert places(problem) == ["a.graphql:1"]


@pytest.mark.parametrize(
    "given", ['(field: "{ region }")', '(field: "$place")', '(field: "$ { region }")', ""]
)
def test_a_reference_without_a_context(given: str) -> None:
    problem = only_problem(a=LINK + SHOP + item(f"in: String @fromContext{given}"), b=OTHER)
    assert problem.code == "NO_CONTEXT_IN_SELECTION"


@pytest.mark.parametrize("text", ["# why\\n , $place{region}", "$ place region"])
def test_ways_of_writing_a_reference(text: str) -> None:
    (argument,) = contexts(compose_sdls(a=LINK + SHOP + item(f'in: String @fromContext(field: "{text}")')))
    assert argument.selections == (("Shop", field("region")), ("Stall", field("region")))


PLACE = '@fromContext(field: "$place { region }")'


@pytest.mark.parametrize(
    ("sdl", "message"),
    [
        (item('in: String @fromContext(field: "$shop { region }")'), "which no type there sets"),
        (item(f'in: String = "x" {PLACE}'), "has a default value"),
        (item(f"in: String {PLACE}").replace("Item @", "Item implements P @"), "interface P"),
        (item(f"in: String {PLACE}") + f" interface I {{ i(in: String {PLACE}): Int }}", "no object type"),
        (item("x: Int") + f" directive @d(in: String {PLACE}) on OBJECT", "around a directive"),
    ],
)
def test_a_context_that_is_not_set_or_not_for_such_an_argument(sdl: str, message: str) -> None:
    problem = only_problem(a=LINK + SHOP + sdl + " interface P { price(amount: Int): Int }", b=OTHER)
    assert problem.code == "CONTEXT_NOT_SET"
    assert message in problem.message


def test_a_context_of_another_subgraph_is_another() -> None:
    other = OTHER.replace("type Query", 'type Query @context(name: "there")')
    problem = only_problem(a=LINK + SHOP + item('in: ID @fromContext(field: "$there { item }")'), b=other)
    assert problem.code == "CONTEXT_NOT_SET"


@pytest.mark.parametrize("key", ["", '@key(fields: "id", resolvable: false)'])
def test_an_object_that_no_key_leads_to(key: str) -> None:
    problem = only_problem(a=shop().replace('type Item @key(fields: "id")', f"type Item {key}"))
    assert problem.code == "CONTEXT_NO_RESOLVABLE_KEY"


TYPES = """
type Query { shop: Shop any: Any thing: Thing lonely: Lonely }
type Shop @context(name: "shop") {
  id: ID! region: String item: Item owner: Owner owners: [Owner!]! in(country: String!): String
}
type Owner { name: String age: Int friends: [[Owner]] }
union Any @context(name: "any") = Shop | Owner
interface Thing @context(name: "thing") { region: String }
type Stone implements Thing { region: String }
type Lonely { region: String }
type Mutation @context(name: "done") { close: String }
type Odd @interfaceObject @key(fields: "id") @context(name: "odd") { id: ID! region: String }
"""
ODD = ' interface Odd @key(fields: "id") { id: ID! } type Even implements Odd @key(fields: "id") { id: ID! }'


@pytest.mark.parametrize(
    ("type_", "reference", "message"),
    [
        ("String", "$shop ", "Expected the name of a field"),
        ("String", "$shop { ...F }", "The fragment F isn't defined here"),
        ("String", "$shop { name: region }", "The alias name can't be used here"),
        ("String", "$shop { region @skip(if: true) }", "@skip can't be used here"),
        ("String", "$shop { region } { id }", "Expected one selection set"),
        ("String", "$shop { region id }", "It selects several fields"),
        ("String", "$shop { owner { name name } }", "It selects several fields of Owner"),
        ("String", "$shop { region ... on Shop { region } }", "a field besides fragments"),
        ("String", "$shop ... on Shop { region } ... on Shop { id }", "several fragments for Shop"),
        ("String", "$shop { owner { ... on Owner { name } } }", "fragment for Owner within another"),
        ("String", "$any ... on Shop { ... on Shop { region } }", "fragment for Shop within another"),
        ("String", "$any ... on Lonely { region }", "No fragment is for Any"),
        ("String", "$any ... on Shop { region } ... on Lonely { region }", "no Lonely sets the context"),
        ("String", "$any ... on Shop { region } ... on Owner { age }", "of type Int in Owner"),
        ("String", "$any ... on Shop { region } ... on Nobody { age }", "fragment for Nobody is of no use"),
        ("String", "$thing ... on Thing { region }", "for Thing, which is no object type"),
        ("String", "$any { region }", "Any has no field region"),
        ("String", "$shop { nothing }", "Shop has no field nothing"),
        ("String", "$shop { owner }", "say which of its fields"),
        ("String", "$shop { region { name } }", "which has no fields"),
        ("String", "$shop { in }", "The argument country of Shop.in is required"),
        ("String", "$shop { in(country: 1) }", "1"),
        ("String", "$shop { in(land: 1, country: null) }", "no argument land"),
        ("String!", "$shop { region }", "has to be nullable"),
        ("[String!]", "$shop { owners { name } }", "has to be nullable"),
        ("Int", "$shop { region }", "It is of type String in Shop"),
        ("String", "$shop { id }", "It is of type ID in Shop"),
        ("String", "$shop { owners { name } }", "It is of type [String] in Shop"),
        ("[String]", "$shop { owners { friends { name } } }", "It is of type [[[String]]] in Shop"),
        ("String", "$done { close }", "The fields of Mutation aren't read"),
        ("String", "$odd { region }", "Odd is an interface object"),
    ],
)
def test_a_selection_that_is_wrong(type_: str, reference: str, message: str) -> None:
    given = item(f'in: {type_} @fromContext(field: "{reference}")')
    problem = only_problem(a=LINK + TYPES + given, b=OTHER + ODD)
    assert problem.code == "CONTEXT_INVALID_SELECTION"
    assert message in problem.message
    assert places(problem)[0].startswith("a.graphql:")


@pytest.mark.parametrize(
    ("type_", "reference"),
    [
        ("String", "$shop { __typename }"),
        ("[[[String]]]", "$shop { owners { friends { name } } }"),
        ("[String]", "$shop { owners { name } }"),
        ("ID", "$shop id"),
        ("String", '$shop { in(country: \\"x\\") }'),
        ("String", "$any ... on Shop { region }"),
    ],
)
def test_a_selection_that_is_right(type_: str, reference: str) -> None:
    given = LINK + TYPES + item(f'in: {type_} @fromContext(field: "{reference}")')
    (argument,) = contexts(compose_sdls(a=given, b=OTHER + ODD))
    assert argument.type == type_


def test_a_fragment_for_a_member_that_is_not_declared() -> None:
    given = item('in: String @fromContext(field: "$any ... on Shop { region } ... on Nobody { name }")')
    sdl = LINK + TYPES.replace("= Shop | Owner", "= Shop | Nobody") + given
    assert only_problem(a=sdl, b=OTHER + ODD).code == "INVALID_GRAPHQL"


def test_arguments_that_another_server_of_the_field_does_not_take() -> None:
    a = (
        "type Query { shop: Shop } "
        'type Shop @key(fields: "id") @context(name: "s") { id: ID! in(at: Int): Int @external item: Item } '
    ) + item('in: Int @fromContext(field: "$s { in(at: 1) }")')
    other = OTHER + ' type Shop @key(fields: "id") { id: ID! in(at: Int, more: Int!): Int }'
    wrong = {each.code: each.message for each in problems_of(a=LINK + a, b=other)}
    assert "The argument more of Shop.in is required" in wrong["CONTEXT_INVALID_SELECTION"]


def test_what_only_a_context_uses_is_used() -> None:
    types = SHOP.replace("region: String owner", "region: String @external owner")
    other = OTHER + ' type Shop @key(fields: "id") { id: ID! region: String }'
    compose_sdls(a=shop(types=types), b=other)
    types = types.replace("city: String", "owner: Owner")
    assert only_problem(a=shop("{ owner { region } }", types), b=other).code == "EXTERNAL_UNUSED"


def test_a_field_with_contexts_in_a_key() -> None:
    a = shop().replace("amount: Int, ", "").replace("type Item", 'type Item @key(fields: "price")')
    assert [problem.code for problem in problems_of(a=a)] == ["KEY_FIELDS_HAS_ARGS"]


# Several subgraphs


def shared(argument: str, more: str = "@shareable") -> str:
    return LINK + f'type Item @key(fields: "id") {{ id: ID! price{argument}: Int {more} }}'


SHARED = shop().replace("): Int }", "): Int @shareable }").replace("amount: Int, ", "")


@pytest.mark.parametrize(
    ("argument", "more"), [("(in: String!)", "@shareable"), ("(in: String!)", '@override(from: "a")')]
)
def test_an_argument_that_clients_must_give_elsewhere(argument: str, more: str) -> None:
    problem = only_problem(a=SHARED, b=OTHER, c=shared(argument, more))
    assert problem.code == "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
    assert places(problem) == ["c.graphql:1", "a.graphql:6"]


@pytest.mark.parametrize("argument", ["(in: String)", '(in: String! = "x")'])
def test_an_argument_that_clients_may_give_elsewhere(argument: str) -> None:
    sdls = {"a": SHARED, "b": OTHER, "c": shared(argument)}
    composed = compose_with_hints([Source(name, sdl, f"{name}.graphql") for name, sdl in sdls.items()])
    assert "  price: Int\n" in print_supergraph(composed.supergraph)
    codes = [hint.code for hint in composed.hints]
    assert codes.count("CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS") == 1
    assert "INCONSISTENT_ARGUMENT_PRESENCE" not in codes


def test_a_subgraph_without_the_argument() -> None:
    assert "  price: Int\n" in print_supergraph(compose_sdls(a=SHARED, b=OTHER, c=shared("")))


def test_contexts_of_each_subgraph_that_serves_the_field() -> None:
    other = (
        LINK
        + 'type Query @context(name: "all") { rate: Int }'
        + shared('(by: Int @fromContext(field: "$all { rate }"))').removeprefix(LINK)
    )
    supergraph = compose_sdls(a=SHARED, b=OTHER, c=other)
    names = [
        context.name for path in ("a.Item.price", "c.Item.price") for context in contexts(supergraph, path)
    ]
    assert names == ["in", "by"]


@pytest.mark.parametrize(
    ("secret", "price", "wrong"),
    [
        ("@authenticated", "", True),
        ("@authenticated", "@authenticated", False),
        ('@requiresScopes(scopes: [["a"]])', "@authenticated", True),
    ],
)
def test_who_sees_a_field_may_see_its_context(secret: str, price: str, wrong: bool) -> None:
    sdl = shop().replace('"@fromContext"]', '"@fromContext", "@authenticated", "@requiresScopes"]')
    sdl = sdl.replace("region: String owner", f"region: String {secret} owner").replace(
        "): Int", f"): Int {price}"
    )
    if wrong:
        problem = only_problem(a=sdl, b=OTHER)
        assert problem.code == "MISSING_TRANSITIVE_AUTH_REQUIREMENTS"
        assert "takes from context place Shop.region" in problem.message
    else:
        compose_sdls(a=sdl, b=OTHER)
