"""The Composite Schemas spec: what its directives become, and one test for each of its error codes."""

import pytest

from stitcher.composition.compose import print_supergraph
from stitcher.selections import print_selections
from stitcher.supergraph import FirstOf, KeyPath, Lookup, LookupArgument, Narrowed, Supergraph
from tests.composition.composing import compose_sdls, only_problem, places, printed, problems_of

PRODUCTS = """
    type Query {
      product(id: ID!): Product @lookup
      productBySku(code: String! @is(field: "sku")): Product @lookup @internal
    }
    type Product @key(fields: "id") { id: ID! sku: String! name: String size: Size }
    type Size @shareable { width: Int height: Int }
"""
SHIPPING = """
    type Query { productById(id: ID!): Product @lookup @internal }
    type Product {
      id: ID!
      delivery(
        zip: String!
        width: Int @require(field: "size.width")
        box: BoxInput @require(field: "{ w: size.width, h: size.height, name }")
      ): Int
    }
    input BoxInput { w: Int h: Int name: String deep: DeepInput }
    input DeepInput { x: Int }
"""


def lookups(supergraph: Supergraph, type_name: str) -> list[str]:
    return [str(lookup) for lookup in supergraph.lookups.get(type_name, ())]


# Lookups


def test_a_lookup_takes_the_field_of_the_argument_s_name_or_what_is_says() -> None:
    supergraph = compose_sdls(products=PRODUCTS)
    assert supergraph.lookups["Product"] == (
        Lookup(
            "products",
            "Product",
            supergraph.lookups["Product"][0].key,
            "product",
            (LookupArgument("id", "ID!", KeyPath(("id",))),),
            many=False,
        ),
        Lookup(
            "products",
            "Product",
            supergraph.lookups["Product"][1].key,
            "productBySku",
            (LookupArgument("code", "String!", KeyPath(("sku",))),),
            many=False,
        ),
    )
    assert lookups(supergraph, "Product") == [
        "products.product(Product: id)",
        "products.productBySku(Product: sku)",
    ]


def test_internal_fields_are_lookups_and_nothing_else() -> None:
    supergraph = compose_sdls(products=PRODUCTS)
    assert printed(supergraph, "Query") == "type Query {\n  product(id: ID!): Product\n}"
    assert set(supergraph.subgraphs["products"].types["Query"].fields) == {"product"}


def test_internal_fields_do_not_meet_those_of_others() -> None:
    supergraph = compose_sdls(
        a="type Query { a: Int find(sku: ID!): P @internal } type P { id: ID! @shareable }",
        b="type Query { find(id: Int): Int b(id: ID!): P @lookup } type P { id: ID! }",
    )
    assert "find(id: Int): Int" in printed(supergraph, "Query")
    assert supergraph.serving["Query", "find"] == ("b",)


def test_internal_types_are_hidden_and_their_lookups_found() -> None:
    supergraph = compose_sdls(
        a="""
            type Query { a: Int lookups: Lookups! @internal }
            type Lookups @internal { deeper: Deeper }
            type Deeper @internal { thing(id: ID!, by: ThingInput @is(field: "{ sku }")): Thing @lookup }
            type Thing { id: ID! sku: ID }
            input ThingInput { sku: ID }
            union Any = Thing | Deeper
        """
    )
    (lookup,) = supergraph.lookups["Thing"]
    assert lookup.path == ("lookups", "deeper")
    assert lookup.field == "thing"
    assert lookup.arguments[1].value == {"sku": KeyPath(("sku",))}
    assert str(lookup) == "a.lookups.deeper.thing(Thing: id sku)"
    assert not {"Lookups", "Deeper", "ThingInput"} & set(supergraph.schema.type_map)
    assert supergraph.subgraphs["a"].types["Any"].possible_types == ("Thing",)


def test_an_internal_type_takes_no_part_in_merging() -> None:
    supergraph = compose_sdls(
        a="type Query { a: Int p: P @internal } type P @internal { x: Int }",
        b="type Query { b(id: ID!): P @lookup } type P { id: ID! x: String }",
    )
    assert printed(supergraph, "P") == "type P {\n  id: ID!\n  x: String\n}"


def test_visible_objects_may_hold_lookups() -> None:
    supergraph = compose_sdls(
        a="""
            type Query { many: [Lookups] viewer(x: Int): Lookups lookups: Lookups! }
            type Lookups { thing(id: ID!): Thing @lookup again: Lookups }
            type Thing { id: ID! }
        """
    )
    assert lookups(supergraph, "Thing") == ["a.lookups.thing(Thing: id)"]
    assert "thing(id: ID!): Thing" in printed(supergraph, "Lookups")


def test_a_query_type_of_nothing_but_internal_lookups_disappears() -> None:
    supergraph = compose_sdls(products=PRODUCTS, shipping=SHIPPING)
    assert "Query" not in supergraph.subgraphs["shipping"].types
    assert lookups(supergraph, "Product")[-1] == "shipping.productById(Product: id)"


def test_lookups_of_abstract_types_are_ways_into_each_member() -> None:
    supergraph = compose_sdls(
        a="""
            type Query { node(id: ID!): Node @lookup search(id: ID!): Found @lookup }
            interface Node { id: ID! }
            type A implements Node { id: ID! }
            type B implements Node { id: ID! }
            union Found = A | C
            type C { id: ID! }
        """
    )
    assert lookups(supergraph, "A") == ["a.node(A: id)", "a.search(A: id)"]
    assert lookups(supergraph, "B") == ["a.node(B: id)"]
    assert lookups(supergraph, "C") == ["a.search(C: id)"]
    assert lookups(supergraph, "Node") == []


def test_alternatives_are_a_lookup_each() -> None:
    supergraph = compose_sdls(
        a="""
            type Query {
              person(
                by: By! @is(field: "{ id } | { addressId: address.id }")
                at: Int @is(field: "x | y")
              ): Person @lookup
            }
            input By @oneOf { id: ID addressId: ID }
            type Person { id: ID address: Address x: Int y: Int }
            type Address { id: ID }
        """
    )
    found = supergraph.lookups["Person"]
    assert [print_selections(lookup.key) for lookup in found] == [
        "id x",
        "id y",
        "address { id } x",
        "address { id } y",
    ]
    assert found[3].arguments == (
        LookupArgument("by", "By!", {"addressId": KeyPath(("address", "id"))}),
        LookupArgument("at", "Int", KeyPath(("y",))),
    )


def test_alternatives_by_type_are_for_the_members_that_they_name() -> None:
    supergraph = compose_sdls(
        a="""
            type Query {
              media(
                by: By! @is(field: "{ book: <Book>.isbn } | { film: <Film>.id } | { node: <Node>.id }")
              ): Media @lookup
            }
            input By @oneOf { book: ID film: ID node: ID }
            union Media = Book | Film | Disc
            interface Node { id: ID! }
            type Book { isbn: ID! }
            type Film implements Node { id: ID! }
            type Disc { id: ID! }
        """
    )
    assert lookups(supergraph, "Book") == ["a.media(Book: isbn)"]
    assert supergraph.lookups["Book"][0].arguments[0].value == {"book": KeyPath(("isbn",))}
    assert [lookup.arguments[0].value for lookup in supergraph.lookups["Film"]] == [
        {"film": KeyPath(("id",))},
        {"node": KeyPath(("id",))},
    ]
    assert lookups(supergraph, "Disc") == []


def test_a_key_with_arguments() -> None:
    supergraph = compose_sdls(
        a="""
            type Query { p(id: ID! @is(field: "id(scope: LOCAL)")): P @lookup }
            type P @key(fields: "id(scope: LOCAL)") { id(scope: Scope!): ID! }
            enum Scope { LOCAL }
        """
    )
    assert lookups(supergraph, "P") == ["a.p(P: id(scope: LOCAL))"]


def test_keys_and_what_lookups_take_are_shareable() -> None:
    a = 'type Query { p(id: ID!): P @lookup } interface N @key(fields: "sku") { sku: ID } '
    compose_sdls(
        a=a + "type P implements N { id: ID! sku: ID }",
        b="type Query { q(id: ID!, sku: ID): P @lookup } type P { id: ID! @external sku: ID b: Int }",
    )


# Requirements


def test_a_required_argument_is_hidden_and_its_value_made_of_other_fields() -> None:
    supergraph = compose_sdls(products=PRODUCTS, shipping=SHIPPING)
    assert "delivery(zip: String!): Int" in printed(supergraph, "Product")
    field = supergraph.subgraphs["shipping"].types["Product"].fields["delivery"]
    assert print_selections(field.requires) == "size { width height } name"
    width, height = KeyPath(("size", "width")), KeyPath(("size", "height"))
    assert field.arguments == (
        LookupArgument("width", "Int", width),
        LookupArgument("box", "BoxInput", {"w": width, "h": height, "name": KeyPath(("name",))}),
    )


def test_input_types_of_requirements_are_hidden() -> None:
    supergraph = compose_sdls(products=PRODUCTS, shipping=SHIPPING)
    assert not {"BoxInput", "DeepInput"} & set(supergraph.schema.type_map)
    used = SHIPPING.replace("input DeepInput", "extend type Query { f(d: DeepInput): Int } input DeepInput")
    supergraph = compose_sdls(products=PRODUCTS, shipping=used)
    assert "BoxInput" not in supergraph.schema.type_map
    assert "DeepInput" in supergraph.schema.type_map


def test_requirements_by_type() -> None:
    supergraph = compose_sdls(
        a="""
            type Query { shelf(id: ID!): Shelf @lookup }
            type Shelf { id: ID! top: Media }
            union Media = Book | Film
            type Book { isbn: ID }
            type Film { title: String }
        """,
        b="""
            type Query { shelf2(id: ID!): Shelf @lookup @internal }
            type Shelf {
              id: ID!
              label(text: String @require(field: "top<Book>.isbn | top<Film>.title")): Int
            }
        """,
    )
    (argument,) = supergraph.subgraphs["b"].types["Shelf"].fields["label"].arguments
    assert isinstance(argument.value, FirstOf)
    assert [type(value) for value in argument.value.values] == [Narrowed, Narrowed]


def test_an_argument_that_some_require_is_not_for_clients() -> None:
    supergraph = compose_sdls(
        a="""
            type Query { p(id: ID!): P @lookup }
            type P { id: ID! f(x: Int, y: Int): Int @shareable x: Int }
        """,
        b="""
            type Query { p2(id: ID!): P @lookup @internal }
            type P { id: ID! f(x: Int @require(field: "x"), y: Int): Int @shareable }
        """,
    )
    assert "f(y: Int): Int" in printed(supergraph, "P")


def test_a_requirement_that_is_needed_elsewhere() -> None:
    problem = only_problem(
        a="type Query { p(id: ID!): P @lookup } type P { id: ID! f(x: Int!): Int @shareable x: Int }",
        b="""
            type Query { p2(id: ID!): P @lookup @internal }
            type P { id: ID! f(x: Int @require(field: "x")): Int @shareable }
        """,
    )
    assert problem.code == "FIELD_WITH_MISSING_REQUIRED_ARGUMENT"


# The dialect


def test_machinery_is_hidden() -> None:
    supergraph = compose_sdls(
        a="""
            directive @lookup on FIELD_DEFINITION
            directive @is(field: FieldSelectionMap!) on ARGUMENT_DEFINITION
            directive @key(fields: FieldSelectionSet!, more: Int) repeatable on OBJECT | INTERFACE
            scalar FieldSelectionMap
            scalar FieldSelectionSet
            type Query { a: A } type A @key(fields: "id") { id: ID! }
        """
    )
    assert print_supergraph(supergraph) == "type Query {\n  a: A\n}\n\ntype A {\n  id: ID!\n}\n"
    assert lookups(supergraph, "A") == []


def test_renamed_directives() -> None:
    supergraph = compose_sdls(
        a="""
            extend schema @link(
              url: "https://specs.example.org/composite-schemas/v1"
              import: ["@key", { name: "@lookup", as: "@finds" }, { name: "@is", as: "@stands" }]
            )
            type Query { a(x: ID! @stands(field: "id")): A @finds }
            type A @key(fields: "id") { id: ID! }
        """
    )
    assert lookups(supergraph, "A") == ["a.a(A: id)"]


def test_one_graph_of_this_dialect_and_federation() -> None:
    supergraph = compose_sdls(
        a=PRODUCTS,
        b="""
            extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
            type Product @key(fields: "id") { id: ID! stock: Int }
        """,
    )
    assert lookups(supergraph, "Product")[-1] == "b._entities(Product: id)"


def test_overrides_may_follow_each_other() -> None:
    supergraph = compose_sdls(
        a="type Query { p(id: ID!): P @lookup } type P { id: ID! x: Int }",
        b='type Query { pb(id: ID!): P @lookup } type P { id: ID! x: Int @override(from: "a") }',
        c='type Query { pc(id: ID!): P @lookup } type P { id: ID! x: Int @override(from: "b") }',
    )
    assert supergraph.serving["P", "x"] == ("c",)


# Errors

ROOT = "type Query { a(id: ID!): A @lookup }\n"


@pytest.mark.parametrize(
    ("code", "sdl"),
    [
        ("LOOKUP_MUST_HAVE_ARGUMENTS", "type Query {\n a: A @lookup } type A { id: ID! }"),
        ("LOOKUP_RETURNS_LIST", "type Query {\n a(id: ID!): [A!]! @lookup } type A { id: ID! }"),
        ("LOOKUP_RETURNS_NO_ENTITY", "type Query {\n a(id: ID!): Int @lookup }"),
        ("LOOKUP_NOT_REACHABLE", "type Query { b(x: Int): A } type A {\n id: ID! a(id: ID!): A @lookup }"),
        (
            "LOOKUP_NOT_REACHABLE",
            "type Query { b: Int } type Mutation {\n a(id: ID!): A @lookup } type A { id: ID }",
        ),
        (
            "IS_INVALID_USAGE",
            'type Query { b(\n x: ID @is(field: "id")): Int a(id: ID!): A @lookup } type A { id: ID }',
        ),
        ("IS_INVALID_FIELD_TYPE", "type Query { a(\nid: ID! @is(field: 1)): A @lookup } type A { id: ID! }"),
        ("IS_INVALID_SYNTAX", 'type Query { a(\nid: ID! @is(field: "{ id")): A @lookup } type A { id: ID! }'),
        ("IS_INVALID_FIELDS", 'type Query { a(\nid: ID! @is(field: "nope")): A @lookup } type A { id: ID! }'),
        ("IS_INVALID_FIELDS", "type Query { a(\nnope: ID!): A @lookup } type A { id: ID! }"),
        (
            "IS_INVALID_FIELDS",
            'type Query { a(\nid: ID! @is(field: "<B>.id")): A @lookup } type A { id: ID! }',
        ),
        ("REQUIRE_INVALID_FIELD_TYPE", ROOT + "type A { id: ID! x(y: Int @require(field: 1)): Int }"),
        ("REQUIRE_INVALID_SYNTAX", ROOT + 'type A { id: ID! x(y: Int @require(field: "a[")): Int }'),
        ("REQUIRE_INVALID_FIELDS", ROOT + 'type A { id: ID! x(y: Int @require(field: "nope")): Int }'),
        ("REQUIRE_INVALID_FIELDS", ROOT + 'type A { id: ID! n: Int x(y: Int @require(field: "n")): Int }'),
        ("REFERENCE_TO_INTERNAL_TYPE", ROOT + "type A { id: ID! b: B } type B @internal { id: ID! }"),
        ("TYPE_DEFINITION_INVALID", ROOT + "type A { id: ID! }\ninput FieldSelectionMap { x: Int }"),
        ("TYPE_DEFINITION_INVALID", ROOT + "directive @key on OBJECT type A { id: ID! }"),
        ("KEY_INVALID_SYNTAX", ROOT + 'type A @key(fields: "id {") { id: ID! }'),
        ("KEY_INVALID_FIELDS", ROOT + 'type A @key(fields: "sku") { id: ID! }'),
        ("KEY_INVALID_FIELDS_TYPE", ROOT + "type A @key(fields: true) { id: ID! }"),
        ("KEY_INVALID_ARGUMENTS", ROOT + 'type A @key(fields: "x") { id: ID! x(n: Int!): ID }'),
        ("KEY_INVALID_ARGUMENTS", ROOT + 'type A @key(fields: "id(n: 1)") { id: ID! }'),
        ("KEY_DIRECTIVE_IN_FIELDS_ARGUMENT", ROOT + 'type A @key(fields: "id @lower") { id: ID! }'),
        ("PROVIDES_INVALID_SYNTAX", ROOT + 'type A { id: ID! a: A @provides(fields: "{") }'),
        ("PROVIDES_INVALID_FIELDS", ROOT + 'type A { id: ID! a: A @provides(fields: "nope") }'),
        ("PROVIDES_INVALID_FIELDS_TYPE", ROOT + "type A { id: ID! a: A @provides(fields: 1) }"),
        (
            "PROVIDES_DIRECTIVE_IN_FIELDS_ARGUMENT",
            ROOT + 'type A { id: ID! a: A @provides(fields: "id @lower") }',
        ),
        ("OVERRIDE_FROM_SELF", ROOT + 'type A { id: ID! x: Int @override(from: "a") }'),
        ("REFERENCE_TO_INACCESSIBLE_TYPE", ROOT + "type A { id: ID! b: B } type B @inaccessible { id: ID! }"),
        ("EMPTY_MERGED_OBJECT_TYPE", ROOT + "type A { id: ID! } type B { x: Int @inaccessible }"),
        ("EMPTY_MERGED_INTERFACE_TYPE", ROOT + "type A { id: ID! } interface B { x: Int @inaccessible }"),
        ("EMPTY_MERGED_INPUT_OBJECT_TYPE", ROOT + "type A { id: ID! } input B { x: Int @inaccessible }"),
        ("EMPTY_MERGED_ENUM_TYPE", ROOT + "type A { id: ID! } enum B { X @inaccessible }"),
        (
            "EMPTY_MERGED_UNION_TYPE",
            ROOT + "type A { id: ID! } union U = B type B @inaccessible { x: Int }",
        ),
        (
            "NON_NULL_INPUT_FIELD_IS_INACCESSIBLE",
            ROOT + "type A { id: ID! } input B { y: Int x: Int! @inaccessible }",
        ),
        (
            "ENUM_TYPE_DEFAULT_VALUE_INACCESSIBLE",
            ROOT + "type A { id: ID! x(b: B = X): Int } enum B { X @inaccessible Y }",
        ),
        (
            "QUERY_ROOT_TYPE_INACCESSIBLE",
            "\ntype Query @inaccessible { a(id: ID!): A @lookup } type A { id: ID! }",
        ),
        ("DISALLOWED_INACCESSIBLE", ROOT + "type A { id: ID! } scalar String @inaccessible"),
        ("INVALID_GRAPHQL", ROOT + "type A { id: ID! b: B }"),
        ("EXTERNAL_ON_INTERFACE", ROOT + "type A { id: ID! } interface B { x: Int @external }"),
        ("INVALID_SHAREABLE_USAGE", ROOT + "type A { id: ID! } interface B { x: Int @shareable }"),
        ("INVALID_SHAREABLE_USAGE", ROOT + "type A { id: ID! } type Subscription { x: Int @shareable }"),
        ("OVERRIDE_ON_INTERFACE", ROOT + 'type A { id: ID! } interface B { x: Int @override(from: "b") }'),
        ("KEY_FIELDS_SELECT_INVALID_TYPE", ROOT + 'type A @key(fields: "ids") { id: ID! ids: [ID!]! }'),
        ("PROVIDES_FIELDS_MISSING_EXTERNAL", ROOT + 'type A { id: ID! a: A @provides(fields: "id") }'),
        ("PROVIDES_ON_NON_COMPOSITE_FIELD", ROOT + 'type A { id: ID! x: Int @provides(fields: "id") }'),
        ("ROOT_QUERY_USED", "schema { query: Root }\ntype Root { a(id: ID!): A @lookup } type A { id: ID! }"),
        (
            "ROOT_MUTATION_USED",
            "schema { query: Query mutation: M }\ntype M { x: Int } type Query { a(id: ID!): A @lookup } "
            "type A { id: ID! }",
        ),
    ],
)
def test_what_one_schema_has_wrong(code: str, sdl: str) -> None:
    problem = only_problem(a=sdl, other="directive @lookup on FIELD_DEFINITION\ntype Query { other: Int }")
    assert problem.code == code, problem
    assert places(problem)[0] != "other.graphql:1"


@pytest.mark.parametrize(
    ("code", "a", "b"),
    [
        ("OUTPUT_FIELD_TYPES_NOT_MERGEABLE", "x: Int @shareable", "x: String @shareable"),
        ("FIELD_ARGUMENT_TYPES_NOT_MERGEABLE", "x(a: Int): Int @shareable", "x(a: ID): Int @shareable"),
        ("FIELD_WITH_MISSING_REQUIRED_ARGUMENT", "x(a: Int!): Int @shareable", "x: Int @shareable"),
        ("INVALID_FIELD_SHARING", "x: Int", "x: Int"),
        ("EXTERNAL_OVERRIDE_COLLISION", "x: Int", 'x: Int @external @override(from: "a")'),
        ("OVERRIDE_SOURCE_HAS_OVERRIDE", 'x: Int @override(from: "b")', 'x: Int @override(from: "a")'),
        ("EXTERNAL_REQUIRE_COLLISION", "x: Int y: Int", 'x(a: Int @require(field: "y")): Int @external'),
        ("EXTERNAL_UNUSED", "x: Int", "x: Int @external"),
        ("EXTERNAL_PROVIDES_COLLISION", "a: A", 'a: A @external @provides(fields: "a { id }")'),
        ("EXTERNAL_TYPE_MISMATCH", "x: Int", 'x: String @external a: A @provides(fields: "x")'),
        ("EXTERNAL_ARGUMENT_MISSING", "x(n: Int): Int", 'x: Int @external a: A @provides(fields: "x")'),
        ("EXTERNAL_ARGUMENT_TYPE_MISMATCH", "x(n: Int): Int", "x(n: ID): Int @external"),
        ("EXTERNAL_ARGUMENT_DEFAULT_MISMATCH", "x(n: Int = 1): Int", "x(n: Int = 2): Int @external"),
        (
            "PROVIDES_FIELDS_HAS_ARGUMENTS",
            "x(n: Int): Int",
            'x(n: Int): Int @external a: A @provides(fields: "x")',
        ),
        ("EXTERNAL_MISSING_ON_BASE", "y: Int", 'self: A @provides(fields: "x") x: Int @external'),
    ],
)
def test_what_two_objects_have_wrong(code: str, a: str, b: str) -> None:
    other = ROOT.replace("a(", "b(")
    codes = {
        problem.code
        for problem in problems_of(
            a=ROOT + f"type A {{ id: ID! {a} }}", b=other + f"type A {{ id: ID! {b} }}"
        )
    }
    assert code in codes


@pytest.mark.parametrize(
    ("code", "a", "b"),
    [
        ("TYPE_KIND_MISMATCH", "type B { x: Int }", "scalar B"),
        ("ENUM_VALUES_MISMATCH", "enum E { X Y }", "enum E { X }"),
        ("INPUT_FIELD_DEFAULT_MISMATCH", "input I { x: Int = 1 }", "input I { x: Int = 2 }"),
        ("INPUT_FIELD_TYPES_NOT_MERGEABLE", "input I { x: Int }", "input I { x: ID }"),
        ("INPUT_WITH_MISSING_REQUIRED_FIELDS", "input I { x: Int y: Int! }", "input I { x: Int }"),
        ("EMPTY_MERGED_INPUT_OBJECT_TYPE", "input I { x: Int }", "input I { y: Int }"),
        (
            "INTERFACE_FIELD_NO_IMPLEMENTATION",
            "interface I { x: Int } type X implements I { x: Int }",
            "interface I { x: Int y: Int } type Y implements I { x: Int y: Int }",
        ),
        (
            "IMPLEMENTED_BY_INACCESSIBLE",
            "interface I { x: Int } type X implements I { x: Int @inaccessible z: Int }",
            "",
        ),
    ],
)
def test_what_two_schemas_have_wrong(code: str, a: str, b: str) -> None:
    entity = "type A { id: ID! } "
    problem = only_problem(a=f"{ROOT}{entity}{a}", b=f"{ROOT.replace('a(', 'b(')}{entity}{b}")
    assert problem.code == code


def test_nothing_that_clients_can_ask() -> None:
    problem = only_problem(a="type Query { a(id: ID!): A @lookup @inaccessible } type A { id: ID! }")
    assert problem.code == "NO_QUERIES"


def test_a_mixed_problem_has_apollo_s_code() -> None:
    problem = only_problem(
        a=ROOT + "type A { id: ID! x: Int @shareable }",
        b='type A @key(fields: "id") { id: ID! x: String }',
    )
    assert problem.code == "FIELD_TYPE_MISMATCH"


def test_overrides_from_one_to_several() -> None:
    def overriding(name: str) -> str:
        return f'type Query {{ {name}(id: ID!): A @lookup }} type A {{ id: ID! x: Int @override(from: "a") }}'

    problems = problems_of(a=ROOT + "type A { id: ID! x: Int }", b=overriding("b"), c=overriding("c"))
    assert "OVERRIDE_SOURCE_HAS_OVERRIDE" in {problem.code for problem in problems}


SHAPES = """
    type Query { p(id: ID!): P @lookup }
    type P {
      id: ID! n: Int s: String tags: [String] grid: [[Int]] part: Part parts: [Part] media: Media
      sized(unit: Unit!): Int
    }
    type Part { id: ID! n: Int }
    enum Unit { CM }
    union Media = Book | Film
    type Book { isbn: ID }
    type Film { id: ID }
"""


@pytest.mark.parametrize(
    ("argument", "field"),
    [
        ("Int", "n"),
        ("Int!", "n"),
        ("Float", "n"),
        ("ID", "s"),
        ("[String!]", "tags"),
        ("[[Int]]", "grid"),
        ("[ID]", "parts[id]"),
        ("[In]", "parts[{ id, n }]"),
        ("In", "part.{ id }"),
        ("In", "{ id }"),
        ("Int", "sized(unit: CM)"),
        ("ID", "media<Book>.isbn | media<Film>.id"),
    ],
)
def test_maps_that_fit(argument: str, field: str) -> None:
    compose_sdls(a=SHAPES, b=requiring(argument, field))


def requiring(argument: str, field: str) -> str:
    return f"""
        type Query {{ pb(id: ID!): P @lookup @internal }}
        type P {{ id: ID! f(x: {argument} @require(field: "{field}")): Int }}
        input In {{ id: ID! n: Int }}
        input One @oneOf {{ id: ID n: Int }}
        enum Unit {{ CM }}
    """


def shape_problem(argument: str, field: str) -> str:
    problem = only_problem(a=SHAPES, b=requiring(argument, field))
    assert problem.code == "REQUIRE_INVALID_FIELDS"
    return problem.message.partition("is wrong: ")[2]


@pytest.mark.parametrize(
    ("argument", "field", "message"),
    [
        ("Int", "s", "String can't become Int."),
        ("Int", "tags", "[String] can't become Int."),
        ("In", "part", "Part has to be taken apart: say which of its fields."),
        ("Int", "part.nope", "Part has no field nope."),
        ("Int", "n.x", "P.n is of type Int, which has no fields."),
        ("Int", "parts.n", "P.parts is a list; say what to take of each item, in brackets."),
        ("Int", "n[x]", "brackets stand for a list, and Int is to become Int."),
        ("[[Int]]", "parts[[n]]", "brackets stand for a list, and Part is to become [Int]."),
        ("Unit", "nope", "P has no field nope."),
        ("[Int]", "grid[n]", "the items of [[Int]] are lists, too; write one more pair of brackets."),
        ("Int", "{ id }", "an object can't become Int."),
        ("[In]", "{ id }", "an object can't become [In]."),
        ("In", "{ n }", "In.id is required."),
        ("In", "{ id, x: n }", "In has no field x."),
        ("One", "{ id, n }", "One takes one field, not id, n together."),
        ("Int", "sized", "The argument unit of P.sized is required."),
        ("Int", "n(x: 1)", "P.n has no argument x."),
        ("ID", "media<Part>.id", "Media can never be Part."),
        ("ID", "media<Nope>.id", "No subgraph has an object type, interface or union Nope."),
        ("ID", "<Part>.id", "P can never be Part."),
    ],
)
def test_maps_that_do_not_fit(argument: str, field: str, message: str) -> None:
    assert shape_problem(argument, field) == message
