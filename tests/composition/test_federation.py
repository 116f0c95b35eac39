import pytest
from graphql import assert_object_type, print_schema

from stitcher.composition.compose import print_supergraph
from stitcher.selections import print_selections
from stitcher.supergraph import Lookup, Supergraph, TypeKind
from tests.composition.composing import FEDERATION, compose_sdls, only_problem, places, printed, problems_of


def lookups(supergraph: Supergraph, type_name: str) -> list[str]:
    return [str(lookup) for lookup in supergraph.lookups.get(type_name, ())]


VERSION_1 = {
    "products": """
        type Query { topProducts(first: Int = 5): [Product] }
        type Product @key(fields: "upc") @key(fields: "maker { id } sku") {
          upc: String! sku: ID maker: Maker price: Int weight: Int
        }
        type Maker { id: ID! }
    """,
    "inventory": """
        extend type Product @key(fields: "upc") {
          upc: String! @external
          price: Int @external
          weight: Int @external
          shippingEstimate: Int @requires(fields: "price weight")
        }
    """,
    "reviews": """
        type Review { body: String product: Product @provides(fields: "price") }
        type Product @extends @key(fields: "upc") {
          upc: String! @external price: Int @external reviews: [Review]
        }
        extend type Query { reviews: [Review] }
    """,
}


def test_version_1_becomes_the_vocabulary() -> None:
    supergraph = compose_sdls(**VERSION_1)
    inventory = supergraph.subgraphs["inventory"].types["Product"]
    assert print_selections(inventory.fields["shippingEstimate"].requires) == "price weight"
    assert inventory.fields["price"].external
    assert not inventory.fields["shippingEstimate"].external
    provides = supergraph.subgraphs["reviews"].types["Review"].fields["product"].provides
    assert print_selections(provides) == "price"
    assert supergraph.serving["Product", "price"] == ("products",)
    assert lookups(supergraph, "Product") == [
        "products._entities(Product: upc)",
        "inventory._entities(Product: upc)",
        "reviews._entities(Product: upc)",
        "products._entities(Product: maker { id } sku)",  # nullable
    ]


def test_entities_lookups_take_many_keys() -> None:
    lookup = compose_sdls(**VERSION_1).subgraphs["inventory"].types["Product"].lookups[0]
    assert lookup == Lookup("inventory", "Product", lookup.key, field=None, arguments=(), many=True)


def test_an_external_field_of_its_own_key_is_served() -> None:
    supergraph = compose_sdls(**VERSION_1)
    assert supergraph.serving["Product", "upc"] == ("products", "inventory", "reviews")


def test_an_external_field_of_its_own_key_has_a_say_in_its_type() -> None:
    supergraph = compose_sdls(
        a='type Query { p: P } type P @key(fields: "id") { id: ID! }',
        b='extend type P @key(fields: "id") { id: ID @external x: Int }',
    )
    assert printed(supergraph, "P") == "type P {\n  id: ID\n  x: Int\n}"


def test_a_nested_external_key_field_is_served() -> None:
    supergraph = compose_sdls(
        a="""
            type Query { b: B }
            type B @key(fields: "c { id }") { c: C x: Int }
            type C @key(fields: "id") { id: ID! }
        """,
        b="""
            extend type B @key(fields: "c { id }") { c: C @external y: Int }
            extend type C { id: ID! @external }
        """,
    )
    assert supergraph.serving["C", "id"] == ("a", "b")
    assert supergraph.serving["B", "c"] == ("a", "b")


def test_machinery_is_hidden_and_the_sdl_kept() -> None:
    sdl = """
        schema @link(url: "https://specs.apollo.dev/federation/v2.5", import: ["@key", "FieldSet"]) {
          query: Query
        }
        directive @link(url: String!, as: String, import: [link__Import]) repeatable on SCHEMA
        directive @key(fields: FieldSet!, resolvable: Boolean = true) repeatable on OBJECT | INTERFACE
        directive @federation__shareable on OBJECT | FIELD_DEFINITION
        scalar link__Import
        enum link__Purpose { SECURITY EXECUTION }
        scalar FieldSet
        scalar federation__Scope
        scalar _Any
        union _Entity = A
        type _Service { sdl: String! }
        type Query { a: A _service: _Service! _entities(representations: [_Any!]!): [_Entity]! }
        type A @key(fields: "id") { id: ID! }
    """
    supergraph = compose_sdls(a=sdl)
    assert print_supergraph(supergraph) == "type Query {\n  a: A\n}\n\ntype A {\n  id: ID!\n}\n"
    assert set(supergraph.subgraphs["a"].types) == {"Query", "A"}
    assert "_entities" not in supergraph.subgraphs["a"].types["Query"].fields
    assert "scalar _Any" in supergraph.subgraphs["a"].sdl


def test_a_query_type_of_nothing_but_machinery_disappears() -> None:
    supergraph = compose_sdls(
        a="type Query { _service: _Service! } type _Service { sdl: String } type A { x: Int }",
        b="type Query { a: Int }",
    )
    assert "Query" not in supergraph.subgraphs["a"].types


def test_namespaced_and_renamed_directives() -> None:
    supergraph = compose_sdls(
        a="""
            extend schema
              @link(
                url: "https://specs.apollo.dev/federation/v2.3"
                as: "fed"
                import: [{name: "@key", as: "@id"}]
              )
              @link(url: "https://specs.apollo.dev/inaccessible/v0.2", as: "hide")
            type Query { a: A }
            type A @id(fields: "id") { id: ID! @fed__shareable x: Int @hide t: Int @fed__tag(name: "t") }
        """,
        b="""
            extend schema @link(url: "https://specs.apollo.dev/federation/v2.3")
            type A @federation__key(fields: "id", resolvable: false) {
              id: ID! y: Int @federation__inaccessible
            }
        """,
    )
    assert lookups(supergraph, "A") == ["a._entities(A: id)"]
    assert printed(supergraph, "A") == "type A {\n  id: ID!\n  t: Int\n}"
    assert set(supergraph.subgraphs["b"].types["A"].fields) == {"id", "y"}
    (tag,) = assert_object_type(supergraph.schema.type_map["A"]).fields["t"].ast_node.directives
    assert tag.name.value == "tag"


def test_a_directive_that_is_not_imported() -> None:
    problem = only_problem(
        a="""
            extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])
            type Query { a: Int @shareable }
        """
    )
    assert problem.code == "INVALID_GRAPHQL"
    assert places(problem) == ["a.graphql:2"]
    assert 'add "@shareable" to the import' in problem.fix


def test_an_import_that_the_spec_does_not_have() -> None:
    problem = only_problem(
        a="""
            extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@keys"])
            type Query { a: Int }
        """
    )
    assert problem.code == "INVALID_LINK_DIRECTIVE_USAGE"
    assert "@keys" in problem.message


def test_links_that_are_malformed() -> None:
    problem = only_problem(
        a="""
            extend schema
              @link(url: 1)
              @link(url: "https://specs.apollo.dev/federation/v2.3", import: [{name: 1}])
            type Query { a: Int }
        """
    )
    assert problem.code == "INVALID_LINK_DIRECTIVE_USAGE"


def test_version_1_shares_everything_and_version_2_says_so() -> None:
    version_1 = 'type Query { a: A } type A @key(fields: "id") { id: ID! x: Int }'
    version_2 = f'{FEDERATION} type A @key(fields: "id") {{ id: ID! x: Int }}'
    assert compose_sdls(a=version_1, b=version_1).serving["A", "x"] == ("a", "b")
    problem = only_problem(a=version_1, b=version_2)
    assert problem.code == "INVALID_FIELD_SHARING"
    assert "not shareable in b" in problem.message


def test_shareable_on_a_type_counts_for_its_fields() -> None:
    shared = "type Query { x: Int @shareable } type P @shareable { a: Int b: Int }"
    supergraph = compose_sdls(one=f"{FEDERATION} {shared}", two=f"{FEDERATION} {shared}")
    assert supergraph.serving["P", "b"] == ("one", "two")


@pytest.mark.parametrize(
    ("sdl", "alone"),
    [
        ("type P @shareable { a: Int } extend type P { b: Int }", "b"),
        ("type P { a: Int } extend type P @shareable { b: Int }", "a"),
        ("type P @federation__shareable { a: Int } extend type P { b: Int }", "b"),
        ("extend type P @shareable { a: Int } extend type P { b: Int }", "b"),
        ("type P @shareable { a: Int } extend type P { b: Int @shareable }", None),
        ("type P @shareable { a: Int } extend type P @shareable { b: Int }", None),
    ],
)
def test_shareable_on_a_definition_says_nothing_of_extensions_nor_the_other_way_round(
    sdl: str, alone: str | None
) -> None:
    both = {
        "one": f"{FEDERATION} type Query {{ p: P @shareable }} {sdl}",
        "two": f"{FEDERATION} type Query {{ p: P @shareable }} type P @shareable {{ a: Int b: Int }}",
    }
    if alone is None:
        assert compose_sdls(**both).serving["P", "b"] == ("one", "two")
    else:
        assert f"P.{alone} is served by one, two, but not shareable in one." in only_problem(**both).message


def test_a_field_is_shareable_once() -> None:
    problem = only_problem(a=f"{FEDERATION} type Query {{ x: Int @shareable @shareable }}")
    assert problem.code == "INVALID_SHAREABLE_USAGE"


def test_external_on_a_type_counts_for_its_fields() -> None:
    supergraph = compose_sdls(
        a=f"""{FEDERATION}
            type A @key(fields: "id") {{ id: ID! c: C @external d: Int @requires(fields: "c {{ x }}") }}
            type C @external {{ x: Int }}
        """,
        b="""
            type Query { a: A }
            type A @key(fields: "id") { id: ID! c: C }
            type C { x: Int }
        """,
    )
    assert supergraph.serving["C", "x"] == ("b",)


OVERRIDDEN = f'{FEDERATION} type Query {{ a: A }} type A @key(fields: "id") {{ id: ID! x: Int y: Int }}'


def test_override_moves_a_field() -> None:
    supergraph = compose_sdls(
        a=OVERRIDDEN, b=f'{FEDERATION} type A @key(fields: "id") {{ id: ID! x: Int @override(from: "a") }}'
    )
    assert supergraph.serving["A", "x"] == ("b",)
    assert supergraph.subgraphs["a"].types["A"].fields["x"].external


def test_an_override_from_nowhere_does_nothing() -> None:
    supergraph = compose_sdls(
        a=OVERRIDDEN, b=f'{FEDERATION} type A @key(fields: "id") {{ id: ID! z: Int @override(from: "c") }}'
    )
    assert supergraph.serving["A", "z"] == ("b",)


def test_overrides_that_make_no_sense() -> None:
    own = problems_of(a=f'{FEDERATION} type Query {{ a: Int @override(from: "a") }}')
    assert [problem.code for problem in own] == ["OVERRIDE_FROM_SELF_ERROR"]
    external = f"""{FEDERATION}
        type A @key(fields: "id") {{
          id: ID! x: Int @external @override(from: "a") w: Int @requires(fields: "x")
        }}
    """
    both = problems_of(a=OVERRIDDEN, b=external)
    assert [problem.code for problem in both] == ["OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE"]
    chain = problems_of(
        a=f'{FEDERATION} type Query {{ a: Int @override(from: "b") }}',
        b=f'{FEDERATION} type Query {{ a: Int @override(from: "a") }}',
    )
    assert {problem.code for problem in chain} >= {"OVERRIDE_SOURCE_HAS_OVERRIDE"}
    assert places(chain[0]) == ["a.graphql:1", "b.graphql:1"]


INTERFACE = f"""{FEDERATION}
    type Query {{ media: Media }}
    interface Media @key(fields: "id") {{ id: ID! }}
    type Book implements Media @key(fields: "id") {{ id: ID! pages: Int }}
    type Film implements Media @key(fields: "id") {{ id: ID! }}
"""


def test_interface_objects_add_fields_to_the_interface_and_what_implements_it() -> None:
    supergraph = compose_sdls(
        media=INTERFACE,
        ratings=f"""{FEDERATION}
            type Media @key(fields: "id") @interfaceObject {{
              id: ID! "Out of five." rating(of: Int = 5): Int
            }}
        """,
    )
    assert printed(supergraph, "Media") == (
        'interface Media {\n  id: ID!\n\n  """Out of five."""\n  rating(of: Int = 5): Int\n}'
    )
    assert "rating(of: Int = 5): Int" in printed(supergraph, "Book")
    assert "rating(of: Int = 5): Int" in printed(supergraph, "Film")
    ratings = supergraph.subgraphs["ratings"].types["Media"]
    assert ratings.kind is TypeKind.OBJECT
    assert ratings.possible_types == ("Media",)
    media = supergraph.subgraphs["media"].types["Media"]
    assert media.kind is TypeKind.INTERFACE
    assert media.possible_types == ("Book", "Film")
    assert "rating" not in supergraph.subgraphs["media"].types["Book"].fields
    assert lookups(supergraph, "Media") == ["media._entities(Media: id)", "ratings._entities(Media: id)"]


def test_interface_objects_that_make_no_sense() -> None:
    keyless = problems_of(media=INTERFACE, b=f"{FEDERATION} type Media @interfaceObject {{ x: Int }}")
    assert [problem.code for problem in keyless] == ["INTERFACE_OBJECT_USAGE_ERROR"]
    alone = problems_of(
        a="type Query { a: Int }", b=f'{FEDERATION} type M @key(fields: "id") @interfaceObject {{ id: ID! }}'
    )
    assert "no subgraph has interface M" in alone[0].message
    shared = only_problem(
        media=INTERFACE,
        b=f'{FEDERATION} type Media @key(fields: "id") @interfaceObject {{ id: ID! pages: Int }}',
    )
    assert shared.code == "INVALID_FIELD_SHARING"
    assert "Book.pages" in shared.message
    kinds = problems_of(
        media=INTERFACE,
        b=f'{FEDERATION} type Media @key(fields: "id") @interfaceObject {{ id: ID! }}',
        c="type Media { id: ID! }",
    )
    assert [problem.code for problem in kinds] == ["TYPE_KIND_MISMATCH"]


def test_what_the_server_needs_stays_on_the_nodes() -> None:
    supergraph = compose_sdls(
        a="""
            extend schema @link(
              url: "https://specs.apollo.dev/federation/v2.5"
              import: ["@key", "@authenticated", "@requiresScopes"]
            )
            directive @rateLimit(max: Int) on FIELD_DEFINITION
            type Query { a: Int @authenticated @rateLimit(max: 3) b: Int @requiresScopes(scopes: [["x"]]) }
        """
    )
    applied = assert_object_type(supergraph.schema.query_type).fields["a"].ast_node.directives
    assert [node.name.value for node in applied] == ["authenticated", "rateLimit"]
    assert "@" not in print_schema(supergraph.schema)


def test_field_sets_with_arguments_and_block_strings() -> None:
    supergraph = compose_sdls(
        a=f"""{FEDERATION}
            type A @key(fields: "id") {{
              id: ID!
              price(currency: String!): Int @external
              dear: Boolean @requires(fields: \"\"\"
                price(currency: "EUR")
              \"\"\")
            }}
        """,
        b=f"""{FEDERATION}
            type Query {{ a: A }}
            type A @key(fields: "id") {{ id: ID! price(currency: String!): Int }}
        """,
    )
    requires = supergraph.subgraphs["a"].types["A"].fields["dear"].requires
    assert print_selections(requires) == 'price(currency: "EUR")'


def test_extends_in_version_1_needs_a_base() -> None:
    a = 'type Query { u: U } type U @key(fields: "id") @extends { id: ID! @external }'
    b = 'extend type U @key(fields: "id") { id: ID! name: String }'
    assert only_problem(a=a, b=b).code == "EXTENSION_WITH_NO_BASE"
    compose_sdls(a=a, b=b.removeprefix("extend "))


def test_what_an_interface_object_says_of_a_field_that_is_external_elsewhere() -> None:
    supergraph = compose_sdls(
        a=f"""{FEDERATION}
            type Query {{ i: I }}
            interface I @key(fields: "id") {{ id: ID! }}
            type A implements I @key(fields: "id") {{
                id: ID! x: Int @external y: Int @requires(fields: "x")
            }}
        """,
        b=f"""{FEDERATION}
            type I @key(fields: "id") @interfaceObject {{ id: ID! x: Int @deprecated(reason: "old") }}
        """,
    )
    assert assert_object_type(supergraph.schema.type_map["A"]).fields["x"].deprecation_reason == "old"
