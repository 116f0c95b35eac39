"""Entities and their keys: several, nested, compound, null, not resolvable, and chains of them."""

from typing import Any

from tests.conformance.graph import Service, by, entity, federation_2, root, running

BOOKS = [{"id": "1", "upc": "u1", "title": "One"}, {"id": "2", "upc": "u2", "title": "Two"}]


def shelves(*upcs: str | None) -> dict[str, Service]:
    """The shelf knows books by upc, the store by id, the index both."""
    shelf = (
        'type Query { shelf: [Copy!]! } type Copy { book: Book } type Book @key(fields: "upc") { upc: ID! }'
    )
    index = 'type Book @key(fields: "id") @key(fields: "upc") { id: ID! upc: ID! }'
    store = 'type Book @key(fields: "id") { id: ID! title: String }'
    copies = [{"book": upc and {"upc": upc}} for upc in upcs]
    return {
        "shelf": federation_2(shelf, root(shelf=copies), entity("Book")),
        "index": federation_2(index, entity("Book", BOOKS)),
        "store": federation_2(store, entity("Book", BOOKS)),
    }


async def test_a_chain_of_keys_leads_to_a_service_that_shares_none() -> None:
    async with running(shelves("u2", "u1", "u2")) as graph:
        two = {"upc": "u2", "title": "Two"}
        assert await graph.ask("{ shelf { book { upc title } } }") == (
            {"shelf": [{"book": two}, {"book": {"upc": "u1", "title": "One"}}, {"book": two}]},
            "shelf > index > store",
        )
        assert graph.plan("{ shelf { book { title } } }") == (
            "1. shelf\n"
            "     { shelf { book { upc } } }\n"
            "2. index after 1\n"
            "   Book by upc at shelf.book\n"
            "     { id }\n"
            "3. store after 1, 2\n"
            "   Book by id at shelf.book\n"
            "     { title }"
        )


async def test_an_entity_that_is_not_found_on_the_way_is_asked_for_no_further() -> None:
    async with running(shelves("u2", None, "u9")) as graph:
        assert await graph.ask("{ shelf { book { upc title } } }") == (
            {
                "shelf": [
                    {"book": {"upc": "u2", "title": "Two"}},
                    {"book": None},
                    {"book": {"upc": "u9", "title": None}},
                ]
            },
            "shelf > index > store",
        )
    async with running(shelves("u9")) as graph:
        assert await graph.ask("{ shelf { book { title } } }") == (
            {"shelf": [{"book": {"title": None}}]},
            "shelf > index",
        )
    async with running(shelves(None)) as graph:
        assert await graph.ask("{ shelf { book { title } } }") == ({"shelf": [{"book": None}]}, "shelf")


async def test_a_key_that_one_side_marks_external() -> None:
    accounts = 'type Query { me: User } type User @key(fields: "id") { id: ID! email: String! }'
    names = 'type User @key(fields: "email") { email: String! @external nickname: String! }'
    services = {
        "accounts": federation_2(accounts, root(me={"id": "1", "email": "a@b.c"}), entity("User")),
        "names": federation_2(names, entity("User", [{"email": "a@b.c", "nickname": "Abe"}])),
    }
    async with running(services) as graph:
        assert await graph.ask("{ me { nickname id } }") == (
            {"me": {"nickname": "Abe", "id": "1"}},
            "accounts > names",
        )


async def test_the_nearest_of_several_keys_is_taken() -> None:
    parts = (
        'type Query { part: Part } type Part @key(fields: "id") @key(fields: "code") { id: ID! code: ID! }'
    )
    codes = 'type Part @key(fields: "code") { code: ID! weight: Int }'
    both = 'type Part @key(fields: "code") @key(fields: "id") { id: ID! code: ID! price: Int }'
    rows = [{"id": "1", "code": "x", "weight": 5, "price": 7}]
    services = {
        "parts": federation_2(parts, root(part=rows[0]), entity("Part")),
        "codes": federation_2(codes, entity("Part", rows)),
        "both": federation_2(both, entity("Part", rows)),
    }
    async with running(services) as graph:
        assert await graph.ask("{ part { weight price } }") == (
            {"part": {"weight": 5, "price": 7}},
            "parts > both codes",
        )


LINE = {
    "id": {"no": "7", "part": {"a": "A", "b": "B"}},
    "text": "Seven",
    "stops": [{"id": "s1"}, {"id": "s2"}],
}


async def test_keys_with_objects_and_lists_in_them() -> None:
    plan = """
    type Query { line: Line }
    type Line @key(fields: "id { no part { b a } }") { id: LineId! stops: [Stop!]! @shareable }
    type LineId @shareable { no: ID! part: Part! } type Part @shareable { a: ID! b: ID! }
    type Stop @key(fields: "id") { id: ID! }
    """
    texts = """
    type Line @key(fields: "id { part { a b } no }") { id: LineId! text: String! }
    type LineId @shareable { no: ID! part: Part! } type Part @shareable { a: ID! b: ID! }
    """
    fares = """
    type Line @key(fields: "stops { id }") { stops: [Stop!]! @shareable fare: Int! }
    type Stop @key(fields: "id") { id: ID! zone: Int! }
    """
    services = {
        "plan": federation_2(plan, root(line=LINE), entity("Line"), entity("Stop")),
        "texts": federation_2(texts, entity("Line", [LINE])),
        "fares": federation_2(
            fares,
            entity("Line", fare=lambda row, *_: 10 * len(row["stops"])),
            entity("Stop", zone=lambda row, *_: int(row["id"][1:])),
        ),
    }
    async with running(services) as graph:
        assert await graph.ask("{ line { text fare } }") == (
            {"line": {"text": "Seven", "fare": 20}},
            "plan > fares texts",
        )
        assert await graph.ask("{ line { stops { zone } id { part { b } } } }") == (
            {"line": {"stops": [{"zone": 1}, {"zone": 2}], "id": {"part": {"b": "B"}}}},
            "plan > fares",
        )


async def test_a_key_that_takes_several_services_to_put_together() -> None:
    orders = """
    type Query { order: Order! }
    type Order @key(fields: "items { id }") { items: [Item!]! }
    type Item @key(fields: "id") { id: ID! kind: Kind @shareable }
    type Kind @key(fields: "id") { id: ID! main: Item! @shareable tag: String @shareable }
    """
    items = 'type Item @key(fields: "id") @key(fields: "id sku") { id: ID! sku: String! }'
    lists = """
    type Order @key(fields: "items { id sku }") {
      items: [Item!]! first: Item @shareable chosen: Item @shareable
    }
    type Item @key(fields: "id sku") { id: ID! sku: String }
    """
    prices = """
    type Order @key(fields: "items { id sku kind { id tag } } chosen { id }") {
      items: [Item!]! first: Item @shareable chosen: Item @shareable total: Int
    }
    type Item @key(fields: "id sku kind { id tag }") { id: ID! sku: String kind: Kind price: Int }
    type Kind @key(fields: "id tag") { id: ID! tag: String }
    """
    kinds = [{"id": "k", "tag": "t", "main": {"id": "1"}}]
    ordered = [{"id": "1", "kind": kinds[0]}, {"id": "2", "kind": kinds[0]}]
    known = [{"id": "1", "sku": "a"}, {"id": "2", "sku": "b"}]

    def price(row: Any, *_: Any) -> int:
        assert row["kind"] == {"id": "k", "tag": "t"}
        return {"a": 3, "b": 4}[row["sku"]]

    def chosen(row: Any, *_: Any) -> Any:
        return row["items"][-1]

    services = {
        "orders": federation_2(
            orders,
            root(order={"items": ordered}),
            entity("Order"),
            entity("Item", ordered),
            entity("Kind", kinds),
        ),
        "items": federation_2(items, entity("Item", known)),
        "lists": federation_2(
            lists, entity("Order", first=lambda row, *_: row["items"][0], chosen=chosen), entity("Item")
        ),
        "prices": federation_2(
            prices,
            entity("Order", chosen=chosen, total=lambda row, *_: sum(price(each) for each in row["items"])),
            entity("Item", price=price),
            entity("Kind"),
        ),
    }
    async with running(services) as graph:
        assert await graph.ask("{ order { items { sku price } } }") == (
            {"order": {"items": [{"sku": "a", "price": 3}, {"sku": "b", "price": 4}]}},
            "orders > items > prices",
        )
        assert await graph.ask("{ order { chosen { id price } first { id } total } }") == (
            {"order": {"chosen": {"id": "2", "price": 4}, "first": {"id": "1"}, "total": 7}},
            "orders > items > lists > prices",
        )


async def test_a_key_that_is_not_resolvable_is_no_way_in() -> None:
    """Back into the service by the one key that is."""
    people = """
    type Person @key(fields: "id") @key(fields: "tax { no }", resolvable: false) {
      id: ID! tax: Tax! @shareable name: String!
    }
    type Tax @shareable { no: ID! year: ID! }
    """
    offices = """
    type Query { office: Office }
    type Office @key(fields: "id") { id: ID! staff: [Person!]! }
    type Person @key(fields: "id tax { no year }") @key(fields: "id", resolvable: false) {
      id: ID! tax: Tax! name: String! @external sign: String! @requires(fields: "name")
    }
    type Tax @shareable { no: ID! year: ID! }
    """
    rows = [{"id": "1", "tax": {"no": "n", "year": "y"}, "name": "Ada"}]
    staff = {"id": "o", "staff": [{"id": "1", "tax": rows[0]["tax"]}]}
    seen: list[Any] = []

    def sign(row: Any, *_: Any) -> str:
        seen.append(row)
        return f"{row['name']}!"

    services = {
        "people": federation_2(people, entity("Person", rows)),
        "offices": federation_2(offices, root(office=staff), entity("Office"), entity("Person", sign=sign)),
    }
    async with running(services) as graph:
        assert await graph.ask("{ office { staff { id name sign } } }") == (
            {"office": {"staff": [{"id": "1", "name": "Ada", "sign": "Ada!"}]}},
            "offices > people > offices",
        )
        assert seen == [{"__typename": "Person", "id": "1", "tax": {"no": "n", "year": "y"}, "name": "Ada"}]


async def test_objects_without_a_key_are_completed_through_the_entity_that_holds_them() -> None:
    shop = """
    type Query { goods: [Good!]! }
    type Good @key(fields: "id") @key(fields: "id pid") { id: ID! pid: ID! group: Group @shareable }
    type Group @key(fields: "id") { id: ID! name: String! @shareable }
    """
    facts = """
    type Good @key(fields: "id pid") { id: ID! pid: ID! group: Group @shareable }
    type Group { facts: Facts } type Facts { count: Int }
    """
    rows = [{"id": "1", "pid": "p", "group": {"id": "g", "name": "G"}}]
    services = {
        "shop": federation_2(shop, root(goods=rows), entity("Good"), entity("Group")),
        "facts": federation_2(facts, entity("Good", group={"facts": {"count": 3}})),
    }
    async with running(services) as graph:
        assert await graph.ask("{ goods { group { name facts { count } } } }") == (
            {"goods": [{"group": {"name": "G", "facts": {"count": 3}}}]},
            "shop > facts",
        )


async def test_one_object_put_together_from_its_holder_and_by_its_own_key() -> None:
    shop = 'type Query { good(id: ID!): Good } type Good @key(fields: "id") { id: ID! name: String }'
    notes = """
    type Good @key(fields: "id") { id: ID! @external group: Group @shareable }
    type Group { notes: String }
    """
    links = """
    type Good @key(fields: "id") { id: ID! @external group: Group @shareable }
    type Group { id: ID @shareable }
    """
    groups = 'type Group @key(fields: "id") { id: ID title: String }'
    goods = [{"id": "1", "name": "One"}]
    services = {
        "shop": federation_2(shop, root(good=by(goods)), entity("Good", goods)),
        "notes": federation_2(notes, entity("Good", group={"notes": "N"})),
        "links": federation_2(links, entity("Good", group={"id": "g"})),
        "groups": federation_2(groups, entity("Group", [{"id": "g", "title": "G"}])),
    }
    async with running(services) as graph:
        assert await graph.ask('{ good(id: "1") { name group { id title notes } } }') == (
            {"good": {"name": "One", "group": {"id": "g", "title": "G", "notes": "N"}}},
            "shop > links notes > groups",
        )


async def test_a_key_nested_in_its_own_type() -> None:
    rows = [
        {"id": str(n), "sku": f"s{n}", "next": {"id": str(n % 3 + 1), "sku": f"s{n % 3 + 1}"}}
        for n in range(1, 4)
    ]
    ring = """
      type Query { first: Link }
      type Link @key(fields: "id") @key(fields: "sku") @key(fields: "next { id }") {
        id: ID! sku: ID! @shareable next: Link @shareable
      }
    """
    shelf = """
      type Query { shelf: [Link] }
      type Link @key(fields: "sku", resolvable: false) { sku: ID! @shareable next: Link @shareable }
    """
    weights = 'type Link @key(fields: "next { id }") { id: ID! @shareable next: Link @shareable weight: Int }'
    services = {
        "ring": federation_2(
            ring.replace("id: ID!", "id: ID! @shareable"), root(first=rows[0]), entity("Link", rows)
        ),
        "shelf": federation_2(shelf, root(shelf=[rows[1], rows[2]])),
        "weights": federation_2(
            weights, entity("Link", [{**row, "weight": 10 + n} for n, row in enumerate(rows)])
        ),
    }
    async with running(services) as graph:
        assert await graph.ask("{ shelf { id next { id } } }") == (
            {"shelf": [{"id": "2", "next": {"id": "3"}}, {"id": "3", "next": {"id": "1"}}]},
            "shelf > ring",
        )
        assert await graph.ask("{ shelf { weight } first { weight } }") == (
            {"shelf": [{"weight": 11}, {"weight": 12}], "first": {"weight": 10}},
            "ring shelf > ring > weights",
        )
