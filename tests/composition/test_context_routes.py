"""Fields with arguments from a context can be asked for on every way that leads to them, or nobody may."""

from tests.composition.composing import compose_sdls, only_problem, places, problems_of

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.8", import: ["@key", "@shareable", '
    '"@external", "@requires", "@inaccessible", "@context", "@fromContext"]) '
)
USER = 'type User @key(fields: "id") @context(name: "user") { id: ID! region: String item: Item }'
PRICE = 'price(in: String @fromContext(field: "$user { region }")): Int'
ITEM = f'type Item @key(fields: "id") {{ id: ID! {PRICE} }}'
BY_USER = f"{LINK} {USER} {ITEM} type Query {{ user: User }}"


def test_a_way_without_the_context() -> None:
    problem = only_problem(a=BY_USER.replace("user: User", "user: User item: Item"))
    assert problem.code == "SATISFIABILITY_ERROR"
    assert problem.message == (
        "The query { item { price } } can't be answered: from a there is no way to Item.price; a has it, but "
        "its argument in takes a value from a context that no object around sets."
    )
    assert problem.fix.startswith("let an object on each way to it set the context")
    assert places(problem) == ["a.graphql:1"]


def test_the_object_itself_is_not_around() -> None:
    own = (
        f'type Item @key(fields: "id") @context(name: "user") {{ id: ID! region: String next: Item {PRICE} }}'
    )
    sdl = BY_USER.replace(ITEM, own)
    compose_sdls(a=sdl)
    assert "{ item { price } }" in only_problem(a=sdl.replace("user: User", "item: Item")).message


def test_a_way_through_other_subgraphs() -> None:
    a = BY_USER.replace("region: String item: Item", "region: String")
    b = 'type User @key(fields: "id") { id: ID! bag: Bag } type Bag { item: Item } '
    compose_sdls(a=a, b=f'{LINK} {b} type Item @key(fields: "id") {{ id: ID! }}')


def test_a_value_that_has_to_be_fetched() -> None:
    a = BY_USER.replace("region: String", "region: String @external")
    b = f'{LINK} type User @key(fields: "id") {{ id: ID! region: String @inaccessible }}'
    compose_sdls(a=a, b=b)
    other = b.replace('(fields: "id") { id: ID!', '(fields: "code") { code: ID! @inaccessible')
    problem = only_problem(a=a, b=other)
    assert 'from a context, which is "region" (region is out of reach) of User.' in problem.message


def test_the_nearest_object_counts() -> None:
    a = (
        f"{LINK} {ITEM}"
        + """
    type Query { user: User }
    type User @context(name: "user") { region: String bag: Bag }
    type Bag @context(name: "user") { region: String item: Item }
    """
    )
    compose_sdls(a=a)
    b = f"{LINK} type Bag {{ region: String @inaccessible }}"
    problem = only_problem(a=a.replace("region: String item", "region: String @external item"), b=b)
    assert "of Bag" in problem.message


def test_an_object_that_no_key_leads_to_there() -> None:
    """Even in its own subgraph it is asked for by a key, which that has to know."""
    a = BY_USER.replace("id: ID! price", "id: ID! @external price")
    b = f'{LINK} type Item @key(fields: "id") {{ id: ID! }}'
    assert {problem.code for problem in problems_of(a=a, b=b)} == {"SATISFIABILITY_ERROR"}


def test_a_context_that_queries_set() -> None:
    a = f'{LINK} {ITEM} type Query @context(name: "user") {{ region: String item: Item }}'
    compose_sdls(a=a, b=f'{LINK} type Query {{ b: Item }} type Item @key(fields: "id") {{ id: ID! }}')


def test_no_value_is_a_value() -> None:
    a = f'{LINK} type Query {{ any: Any }} union Any @context(name: "user") = User | Shop '
    a += "type User { region: String item: Item } type Shop { item: Item } "
    compose_sdls(a=a + ITEM.replace("{ region }", "... on User { region }"))


def test_a_field_that_requires_others_as_well() -> None:
    requiring = ITEM.replace("price", "tax: Int @external price").replace(
        "): Int }", '): Int @requires(fields: "tax") }'
    )
    a = BY_USER.replace(ITEM, requiring)
    b = f'{LINK} type Item @key(fields: "id") {{ id: ID! tax: Int @inaccessible }}'
    compose_sdls(a=a, b=b)
    assert "{ b { price } }" in only_problem(a=a, b=f"{b} type Query {{ b: Item }}").message
    other = b.replace('(fields: "id") { id: ID!', '(fields: "code") { code: ID! @inaccessible')
    assert 'requires "tax" (tax is out of reach)' in only_problem(a=a, b=other).message


def test_a_requirement_of_a_field_with_contexts() -> None:
    half = 'half: Int @requires(fields: "price")'
    b = f'{LINK} type Item @key(fields: "id") {{ id: ID! price: Int @external {half} }}'
    compose_sdls(a=BY_USER, b=b)
    hidden = BY_USER.replace("): Int }", "): Int @inaccessible }")
    problem = only_problem(a=hidden, b=f"{b} type Query {{ item: Item }}")
    assert "{ item { half } }" in problem.message
    assert "price is out of reach" in problem.message


def test_a_requirement_below_the_object_that_sets_the_context() -> None:
    total = 'total: Int @requires(fields: "item { price }")'
    b = f'type User @key(fields: "id") {{ id: ID! item: Item @external {total} }} '
    b += 'type Item @key(fields: "id") { id: ID! price: Int @external }'
    compose_sdls(a=BY_USER, b=f"{LINK} {b}")


def test_a_value_that_is_made_of_another_from_around() -> None:
    part = (
        'type Part @key(fields: "id") { id: ID! share(of: Int @fromContext(field: "$item { price }")): Int }'
    )
    item = ITEM.replace('"id")', '"id") @context(name: "item")').replace("price", "part: Part price")
    compose_sdls(a=f"{BY_USER.replace(ITEM, item)} {part}")


def test_a_value_that_is_made_of_itself() -> None:
    problem = only_problem(
        a=BY_USER.replace("{ region }", "{ item { price } }").replace("in: String", "in: Int")
    )
    assert '"item { price }" (item.price is out of reach) of User' in problem.message


def test_a_mutation_that_several_have() -> None:
    """One of them does it alone, and the context has to be in reach from its answer."""
    move = "type Mutation { move: User @shareable }"
    b = f'{LINK} {move} type User @key(fields: "id", resolvable: false) {{ id: ID! }}'
    compose_sdls(a=f"{BY_USER} {move}", b=b)
    open_move = "type Mutation { move: Item @shareable }"
    b = f'{LINK} {open_move} type Item @key(fields: "id") {{ id: ID! }}'
    problem = only_problem(a=f"{BY_USER} {open_move}", b=b)
    assert problem.message.startswith("Mutation.move is done once")
    assert problem.message.count("no object around sets") == 2


def test_another_subgraph_that_serves_the_field_without_a_context() -> None:
    a = BY_USER.replace("): Int }", "): Int @shareable }").replace("user: User", "user: User item: Item")
    compose_sdls(a=a, b=f'{LINK} type Item @key(fields: "id") {{ id: ID! price: Int @shareable }}')


def test_an_interface_object_s_field() -> None:
    a = BY_USER.replace('"@key"', '"@key", "@interfaceObject"').replace(
        'Item @key(fields: "id")', 'Item @key(fields: "id") @interfaceObject'
    )
    b = f'{LINK} interface Item @key(fields: "id") {{ id: ID! }} '
    b += 'type Toy implements Item @key(fields: "id") { id: ID! }'
    compose_sdls(a=a, b=b)
    assert "{ toy { price } }" in only_problem(a=a, b=f"{b} type Query {{ toy: Toy }}").message


def test_objects_between() -> None:
    a = BY_USER.replace("item: Item", "box: Box") + "type Box { box: Box item: Item }"
    compose_sdls(a=a)
    assert (
        "{ box { item { price } } }" in only_problem(a=a.replace("user: User", "user: User box: Box")).message
    )
