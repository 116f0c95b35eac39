import pytest

from stitcher.selections import print_selections
from stitcher.supergraph import ArgumentValue, Constant, KeyPath, Lookup, LookupArgument, PerKey, Supergraph
from tests.composition.composing import FEDERATION, compose_sdls, only_problem, places, printed

PRODUCTS = """
    type Product { upc: ID! name: String price: Int weight: Int }
    type Query { products(upcs: [ID!]!): [Product]! @merge(keyField: "upc") }
"""


def lookup(supergraph: Supergraph, subgraph: str, type_name: str) -> Lookup:
    (found,) = supergraph.subgraphs[subgraph].types[type_name].lookups
    return found


def test_a_list_field_is_a_lookup_of_many() -> None:
    found = lookup(compose_sdls(products=PRODUCTS), "products", "Product")
    argument = LookupArgument("upcs", "[ID!]!", PerKey(KeyPath(("upc",))))
    assert found == Lookup("products", "Product", found.key, "products", (argument,), many=True)
    assert print_selections(found.key) == "upc"


@pytest.mark.parametrize(
    ("merge", "expected"),
    [
        ('keyArg: "of.keys", additionalArgs: "of: { first: 9 }"', KeyPath(())),
        ('argsExpr: "of: { keys: [[{ upc: $key.upc }]], first: 9 }"', {"upc": KeyPath(("upc",))}),
    ],
)
def test_a_list_of_keys_within_an_input(merge: str, expected: ArgumentValue) -> None:
    sdl = f"""
        type Product @key(selectionSet: "{{ upc }}") {{ upc: ID! }}
        input Of {{ keys: [Key!]! first: Int! }}
        input Key {{ upc: ID! }}
        type Query {{ _products(of: Of): [Product]! @merge({merge}) }}
    """
    found = lookup(compose_sdls(products=sdl), "products", "Product")
    assert found.arguments[0].value == {"keys": PerKey(expected), "first": Constant(9)}
    assert print_selections(found.key) == "upc"


def test_a_single_field_is_a_lookup_of_one() -> None:
    sdl = """
        type Query {
          user(locale: Locale!, id: ID!): User @merge(keyField: "id", additionalArgs: "locale: EN")
        }
        type User { id: ID! }
        enum Locale { EN }
    """
    found = lookup(compose_sdls(users=sdl), "users", "User")
    assert not found.many
    assert found.arguments == (
        LookupArgument("id", "ID!", KeyPath(("id",))),
        LookupArgument("locale", "Locale!", Constant("EN")),
    )


def test_merge_fields_stay_for_clients_unless_they_are_inaccessible() -> None:
    supergraph = compose_sdls(
        products=PRODUCTS,
        hidden="""
            type Query { _products(upcs: [ID!]!): [Product]! @merge(keyField: "upc") @inaccessible }
            type Product { upc: ID! stock: Int }
        """,
    )
    assert printed(supergraph, "Query") == "type Query {\n  products(upcs: [ID!]!): [Product]!\n}"
    assert "_products" in supergraph.subgraphs["hidden"].types["Query"].fields
    assert lookup(supergraph, "hidden", "Product").field == "_products"


INVENTORY = """
    type Product @key(selectionSet: "{ upc }") {
      upc: ID!
      shippingEstimate: Int @computed(selectionSet: "{ price weight }")
    }
    input ProductKey { upc: ID! price: Int weight: Int }
    type Query { _products(keys: [ProductKey!]!): [Product]! @merge(keyArg: "keys") }
"""


def test_a_computed_field_requires_and_its_lookup_takes_the_whole_key() -> None:
    supergraph = compose_sdls(products=PRODUCTS, inventory=INVENTORY)
    field = supergraph.subgraphs["inventory"].types["Product"].fields["shippingEstimate"]
    assert print_selections(field.requires) == "price weight"
    found = lookup(supergraph, "inventory", "Product")
    assert print_selections(found.key) == "upc"
    assert found.arguments == (LookupArgument("keys", "[ProductKey!]!", PerKey(KeyPath(()))),)
    assert supergraph.serving["Product", "price"] == ("products",)


@pytest.mark.parametrize(
    "merge",
    [
        '@merge(key: ["upc", "price", "weight"])',
        '@merge(argsExpr: "keys: [[{upc: $key.upc, price: $key.price, weight: $key.weight}]]")',
    ],
)
def test_what_only_computed_fields_require_is_no_part_of_the_key(merge: str) -> None:
    supergraph = compose_sdls(products=PRODUCTS, inventory=INVENTORY.replace('@merge(keyArg: "keys")', merge))
    found = lookup(supergraph, "inventory", "Product")
    assert print_selections(found.key) == "upc"
    taken = {name: KeyPath((name,)) for name in ("upc", "price", "weight")}
    assert found.arguments[0].value == PerKey(taken)
    assert hash(found) != hash(lookup(supergraph, "products", "Product"))


def test_a_computed_field_that_no_lookup_takes_the_requirements_of() -> None:
    problem = only_problem(products=PRODUCTS, inventory=INVENTORY.replace("weight: Int }", "}"))
    assert problem.code == "COMPUTED_FIELD_UNREACHABLE"
    assert "Product.shippingEstimate of subgraph inventory" in problem.message
    assert "price, weight" in problem.fix


def test_a_computed_field_over_fields_that_nobody_has() -> None:
    problem = only_problem(inventory=INVENTORY.replace("upc: ID!", "upc: ID! weight: Int", 1))
    assert problem.code == "REQUIRES_INVALID_FIELDS"
    assert "Product has no field price" in problem.message


def test_a_scalar_key_takes_the_typename_too() -> None:
    supergraph = compose_sdls(
        products=PRODUCTS,
        inventory="""
            scalar _Key
            type Product @key(selectionSet: "{ upc }") { shipping: Int @computed(selectionSet: "{ price }") }
            type Query { _products(keys: [_Key!]!): [Product]! @merge }
        """,
    )
    assert lookup(supergraph, "inventory", "Product").arguments[0].value == PerKey(
        {"__typename": Constant("Product"), "upc": KeyPath(("upc",)), "price": KeyPath(("price",))}
    )


def test_without_key_field_the_only_key_goes_to_a_scalar_argument() -> None:
    sdl = """
        type Owner @key(selectionSet: "{ account { id } }") { account: Account! }
        type Account { id: ID! }
        type Query { owner(account: ID!): Owner @merge }
    """
    found = lookup(compose_sdls(owners=sdl), "owners", "Owner")
    assert found.arguments[0].value == KeyPath(("account", "id"))
    assert print_selections(found.key) == "account { id }"


def test_an_object_of_the_key_is_taken_as_the_key_selects_it() -> None:
    sdl = """
        type Owner @key(selectionSet: "{ account { id bank { code } } name }") { name: ID! account: Account! }
        type Account { id: ID! bank: Bank }
        type Bank { code: ID! }
        input By { account: AccountKey! }
        input AccountKey { id: ID! bank: BankKey }
        input BankKey { code: ID! }
        type Query { owner(by: By!): Owner @merge(key: ["account"]) }
    """
    found = lookup(compose_sdls(owners=sdl), "owners", "Owner")
    assert found.arguments[0].value == {"account": KeyPath(("account",))}
    assert print_selections(found.key) == "account { id bank { code } }"


def test_several_lookups_of_one_type() -> None:
    supergraph = compose_sdls(
        users="""
            type User @key(selectionSet: "{ id }") { id: ID! email: String org: Org }
            type Org { id: ID! }
            type Query {
              user(id: ID!): User @merge
              userByEmail(email: String!): User @merge(keyField: "email")
              userOf(by: By): User @merge(argsExpr: "by: { org: $key.org.id, id: $key.id }")
            }
            input By { org: ID id: ID }
        """
    )
    keys = [print_selections(found.key) for found in supergraph.lookups["User"]]
    assert keys == ["id", "email", "org { id } id"]


ABSTRACT = """
    interface Node { id: ID! }
    type Book implements Node { id: ID! isbn: ID }
    type Film implements Node @key(selectionSet: "{ id }") { id: ID! }
    type Song { title: String }
    union Media = Book | Film | Song
    type Query {
      media(ids: [ID!]!): [Media]! @merge(keyField: "id")
      node(id: ID!): Node @merge(keyField: "id", types: ["Book"])
    }
"""


def test_abstract_types_are_ways_into_their_members_that_have_the_key() -> None:
    lookups = compose_sdls(media=ABSTRACT).lookups
    assert [found.field for found in lookups["Book"]] == ["media", "node"]
    assert [found.field for found in lookups["Film"]] == ["media"]
    assert not lookups["Song"]


def test_the_key_may_come_from_elsewhere() -> None:
    supergraph = compose_sdls(
        products=PRODUCTS,
        prices="""
            type Product { tax: Int }
            type Query { taxed(upcs: [ID!]!): [Product] @merge(keyField: "upc") }
        """,
    )
    assert print_selections(lookup(supergraph, "prices", "Product").key) == "upc"


def test_a_canonical_definition_describes() -> None:
    supergraph = compose_sdls(
        a='"First" type Product { "First" upc: ID! @canonical } type Query { a: Int }',
        b='"Second" type Product @canonical { "Second" upc: ID! @deprecated(reason: "no") }',
    )
    assert printed(supergraph, "Product") == (
        '"""Second"""\ntype Product {\n  """First"""\n  upc: ID! @deprecated(reason: "no")\n}'
    )


def test_both_dialects_in_one_schema() -> None:
    supergraph = compose_sdls(
        a=f"""{FEDERATION}
            type Query {{ b(id: ID!): B @merge(keyField: "id") a: A }}
            type A @key(fields: "id") {{ id: ID! }}
            type B {{ id: ID! }}
        """
    )
    assert str(lookup(supergraph, "a", "A")) == "a._entities(A: id)"
    assert str(lookup(supergraph, "a", "B")) == "a.b(B: id)"


def test_three_dialects_in_one_graph() -> None:
    supergraph = compose_sdls(
        plain="type Query { best: Product } type Product { upc: ID! name: String }",
        stitched=PRODUCTS,
        federated=f'{FEDERATION} type Product @key(fields: "upc") {{ upc: ID! stock: Int }}',
    )
    assert supergraph.serving["Product", "upc"] == ("plain", "stitched", "federated")
    assert [found.subgraph for found in supergraph.lookups["Product"]] == ["stitched", "federated"]


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("a(id: ID!): Thing @merge(keyField: 1)", "keyField is not a string"),
        ("a(id: ID!): Thing @merge", "Thing has no @key"),
        ('a(id: ID!): Thing @merge(keyArg: "ids", keyField: "id")', "no argument ids"),
        ('a(id: ID!): [Thing] @merge(keyField: "id")', "takes no list of keys"),
        ('a(ids: [ID!]!): Thing @merge(argsExpr: "ids: [[$key.id]]")', "can't take a list of keys"),
        ('a(id: ID!): [Thing] @merge(argsExpr: "id: $key.id")', "no argument takes one"),
        ('a(id: ID!, b: Int!): Thing @merge(keyField: "id")', "argument b is required"),
        ('a(id: ID!): Thing @merge(argsExpr: "id: 1")', "no argument takes the key"),
        ('a(id: ID!): Int @merge(keyField: "id")', "Int has no key"),
        ('a(id: ID!): Keyed @merge(keyField: "")', "several fields"),
        ("a(by: By!): Keyed @merge", "the input type By has no field sku"),
        ('a(by: By!): Thing @merge(keyArg: "by.key", keyField: "id")', "the input type By has no field key"),
        ('a(of: Of!): [Thing] @merge(argsExpr: "of: { id: [[$key.id]] }")', "Of.id takes no list of keys"),
        ('a(of: Of!): [Thing] @merge(keyArg: "of.ids", keyField: "id")', "Of.id is required"),
        (
            'a(ids: [ID!], id: ID): [Thing] @merge(argsExpr: "ids: [[$key.id]], id: $key.id")',
            "around each $key",
        ),
    ],
)
def test_merges_that_make_no_sense(field: str, message: str) -> None:
    sdl = f"""
        type Query {{
          {field}
        }}
        type Thing {{ id: ID! }}
        type Keyed @key(selectionSet: "{{ id sku }}") {{ id: ID! sku: ID! }}
        input By {{ id: ID! }}
        input Of {{ id: ID! ids: [ID!] }}
    """
    problem = only_problem(a=sdl)
    assert problem.code == "INVALID_MERGE"
    assert "Query.a in subgraph a" in problem.message
    assert message in problem.message
    assert places(problem) == ["a.graphql:2"]


def test_a_merge_outside_of_query() -> None:
    problem = only_problem(
        a='type Query { a: Int } type A { id: ID! } type Mutation { a(id: ID!): A @merge(keyField: "id") }'
    )
    assert problem.code == "INVALID_MERGE"
    assert "Mutation.a" in problem.message


def test_a_key_that_cannot_be_read() -> None:
    problem = only_problem(a='type Query { a: A } type A @key(selectionSet: "{ id") { id: ID! }')
    assert problem.code == "KEY_INVALID_FIELDS"
    assert "'{ id'" in problem.message
