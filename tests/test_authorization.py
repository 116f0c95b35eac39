"""Who may see what: over real services, which must not even be asked for what isn't allowed."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from ariadne import graphql

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.errors import PlanningError
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayOptions, GatewayResponse
from stitcher.planning.planner import plan_normalized
from stitcher.planning.restriction import Restriction
from stitcher.supergraph import Supergraph
from tests.limits import limits
from tests.stitched import Stitched, composed, federated, stitched

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key", "@shareable", '
    '"@external", "@requires", "@authenticated", {name: "@requiresScopes", as: "@scopes"}, "@policy"])\n'
)

PEOPLE = (
    LINK
    + """
    type Query {
      me: Person @authenticated
      people: [Person!]!
      person(id: ID!): Person
      members: [Member]
      anything: [Any]
      hidden: Hidden
      token: Token
      hush: Secretive
      strict: Strict!
      billing: Int @policy(policies: [["billing", "adult"], ["admin"]])
    }
    type Mutation { promote(id: ID!): Person @scopes(scopes: [["write"]])  rename(id: ID!): Person }
    scalar Token @scopes(scopes: [["tokens"]])
    type Strict { secret: String! @authenticated name: String }
    interface Member { id: ID! name: String boss: Member }
    interface Secretive @authenticated { id: ID! }
    type Person implements Member @key(fields: "id") {
      id: ID!
      name: String
      boss: Member
      email: String @authenticated
      salary: Int @scopes(scopes: [["hr", "read"], ["admin"]])
      level: Level
      ssn: String! @authenticated
    }
    enum Level @authenticated { HIGH LOW }
    type Hidden implements Member & Secretive { id: ID! name: String boss: Member code: Int }
    type Robot implements Member { id: ID! name: String @authenticated boss: Member }
    union Any = Person | Hidden
    """
)

MONEY = (
    LINK
    + """
    type Query { accounts: Int }
    type Person @key(fields: "id") {
      id: ID!
      email: String @external
      balance: Int
      tax: Int @requires(fields: "email") @authenticated
    }
    """
)


def unmarked(sdl: str) -> str:
    """Return an SDL as a service runs it: the marks are for the gateway."""
    link, start, body = sdl.partition("type Query")
    return link + start + re.sub(r"@(authenticated|scopes|policy)(\([^)]*\))?", "", body)


@dataclass(frozen=True)
class Asker:
    """Somebody who is known, with scopes."""

    scopes: frozenset[str] = frozenset()
    is_authenticated: bool = True


@dataclass
class Context:
    """What resolvers and policies get."""

    identity: Asker | None = None
    headers: dict[str, str] = field(default_factory=dict)
    granted: frozenset[str] = frozenset()
    asked: list[str] = field(default_factory=list)


KNOWN = Asker()

ADA = {"__typename": "Person", "id": "1", "name": "Ada", "email": "ada@x", "salary": 9, "level": "HIGH"}
EVE = {"__typename": "Hidden", "id": "2", "name": "Eve", "code": 7}
R2 = {"__typename": "Robot", "id": "3", "name": "R2"}


@pytest.fixture(scope="module")
def supergraph() -> Supergraph:
    return composed(people=PEOPLE, money=MONEY)


@pytest.fixture
async def world(supergraph: Supergraph) -> AsyncIterator[Stitched]:
    ada = {**ADA, "ssn": "1-2", "boss": EVE}
    roots = {
        "me": ada,
        "people": [ada, {**ada, "id": "4", "name": "Bob"}],
        "person": ada,
        "members": [EVE, ada, R2, {**EVE, "id": "5"}],
        "anything": [EVE, ada],
        "hidden": EVE,
        "token": "t",
        "hush": EVE,
        "strict": {"secret": "s", "name": "n"},
        "billing": 3,
        "promote": ada,
        "rename": lambda id: {**ada, "id": id},
    }
    people = federated(unmarked(PEOPLE), roots, Person=lambda key: ada)
    money = federated(
        unmarked(MONEY),
        {"accounts": 1},
        Person=lambda key: {**key, "balance": 5, "tax": len(key.get("email") or "")},
    )
    async with stitched(supergraph, {"people": people, "money": money}) as world:
        yield world


async def ask(world: Stitched, query: str, asker: Asker | None = None, **more: Any) -> GatewayResponse:
    return await world.gateway.execute(ClientRequest(query, asker=asker, **more))


def denied(response: GatewayResponse) -> list[list[Any]]:
    """Return the paths of what was denied; there must be no other error."""
    assert {error["extensions"]["code"] for error in response.errors} <= {"UNAUTHORIZED_FIELD_OR_TYPE"}
    return [error["path"] for error in response.errors]


def documents(world: Stitched) -> str:
    return " ".join(body["query"] for _, body in world.services.requests)


async def test_a_marked_field_is_null_and_not_asked_for(world: Stitched) -> None:
    response = await ask(world, "{ people { name mail: email } me { name } }")
    assert response.data == {
        "people": [{"name": "Ada", "mail": None}, {"name": "Bob", "mail": None}],
        "me": None,
    }
    assert denied(response) == [["people", 0, "mail"], ["me"]]  # each once, where it stands first
    assert "email" not in documents(world)
    assert "me" not in documents(world).replace("name", "")


async def test_nobody_is_asked_where_all_is_denied(world: Stitched) -> None:
    response = await ask(world, "{ me { name } }")
    assert (response.data, denied(response)) == ({"me": None}, [["me"]])
    assert world.services.asked() == []


async def test_whoever_is_known_sees_it(world: Stitched) -> None:
    response = await ask(world, "{ me { name email level } }", KNOWN)
    assert response.data == {"me": {"name": "Ada", "email": "ada@x", "level": "HIGH"}}
    assert response.errors == ()


@pytest.mark.parametrize(
    ("scopes", "sees"),
    [("", False), ("hr", False), ("read", False), ("hr read", True), ("admin", True), ("x admin", True)],
)
async def test_all_scopes_of_one_alternative(world: Stitched, scopes: str, sees: bool) -> None:
    response = await ask(world, "{ me { salary } }", Asker(frozenset(scopes.split())))
    assert response.data == {"me": {"salary": 9 if sees else None}}
    assert denied(response) == ([] if sees else [["me", "salary"]])


async def test_clients_with_different_rights_take_turns(world: Stitched) -> None:
    query = "{ people { name email salary } }"
    plain, hr = Asker(), Asker(frozenset({"hr", "read"}))
    for asker, seen in ((plain, 2), (None, 1), (hr, 3), (None, 1), (plain, 2), (hr, 3)):
        response = await ask(world, query, asker)
        assert response.data is not None
        assert sum(value is not None for value in response.data["people"][0].values()) == seen
    assert len(world.gateway.prepared) == 3


async def test_what_cannot_be_planned_for_one_is_not_refused_to_others(
    world: Stitched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plan(*arguments: Any, restriction: Restriction, **options: Any) -> Any:
        if restriction.refused:  # no such operation is known; what is kept must not depend on that
            raise PlanningError("Not for you.")
        return plan_normalized(*arguments, restriction=restriction, **options)

    monkeypatch.setattr("stitcher.gateway.preparation.plan_normalized", plan)
    gateway = Gateway(
        world.gateway.supergraph, world.gateway.transports, GatewayOptions(operation_cache_size=1)
    )
    query = "{ people { email } }"
    assert (await gateway.execute(ClientRequest(query))).errors[0]["extensions"]["code"] == "NO_ROUTE"
    await gateway.execute(ClientRequest("{ people { name } }"))  # takes the place of the query's plan
    assert (await gateway.execute(ClientRequest(query, asker=KNOWN))).errors == ()


async def test_marked_leaf_types(world: Stitched) -> None:
    response = await ask(world, "{ token people { level } }", KNOWN)
    assert denied(response) == [["token"]]
    response = await ask(world, "{ people { level } }")
    assert response.data == {"people": [{"level": None}, {"level": None}]}
    assert denied(response) == [["people", 0, "level"]]


async def test_a_null_where_none_may_be_bubbles(world: Stitched) -> None:
    response = await ask(world, "{ person(id: 1) { name ssn } }")
    assert (response.data, denied(response)) == ({"person": None}, [["person", "ssn"]])
    response = await ask(world, "{ people { ssn } }")
    assert (response.data, denied(response)) == (None, [["people", 0, "ssn"]])
    response = await ask(world, "{ strict { name secret } }")
    assert (response.data, denied(response)) == (None, [["strict", "secret"]])


async def test_conditions_decide_before_rights_do(world: Stitched) -> None:
    query = "query($with: Boolean!) { people { name email @include(if: $with) } }"
    response = await ask(world, query, variables={"with": False})
    assert (response.data, denied(response)) == ({"people": [{"name": "Ada"}, {"name": "Bob"}]}, [])
    response = await ask(world, query, variables={"with": True})
    assert denied(response) == [["people", 0, "email"]]


async def test_a_field_that_returns_a_marked_type_is_denied(world: Stitched) -> None:
    response = await ask(world, "{ hidden { id } hush { id } accounts }")
    assert response.data == {"hidden": None, "hush": None, "accounts": 1}
    assert denied(response) == [["hidden"], ["hush"]]
    assert world.services.asked() == ["money"]


async def test_objects_of_a_marked_type_are_nulls_among_others(world: Stitched) -> None:
    response = await ask(world, "{ members { id ... on Hidden { code } ... on Person { name } } }")
    assert response.data == {"members": [None, {"id": "1", "name": "Ada"}, {"id": "3"}, None]}
    assert denied(response) == [["members", 0]]
    sent = documents(world)
    assert "code" not in sent
    assert "Hidden" not in sent
    assert "... on Person" in sent
    response = await ask(world, "{ members { id ... on Hidden { code } } }", KNOWN)
    assert response.data is not None
    assert response.data["members"][0] == {"id": "2", "code": 7}
    assert response.errors == ()


async def test_members_of_a_union(world: Stitched) -> None:
    response = await ask(world, "{ anything { __typename ... on Member { id } } }")
    assert response.data == {"anything": [None, {"__typename": "Person", "id": "1"}]}
    assert denied(response) == [["anything", 0]]


async def test_a_field_of_an_interface_that_one_type_denies(world: Stitched) -> None:
    response = await ask(world, "{ members { name id } }")
    assert response.data == {
        "members": [None, {"name": "Ada", "id": "1"}, {"name": None, "id": "3"}, None],
    }
    assert list(response.data["members"][1]) == ["name", "id"]
    assert denied(response) == [["members", 0], ["members", 2, "name"]]


async def test_below_an_object_of_an_interface(world: Stitched) -> None:
    response = await ask(world, "{ person(id: 1) { boss { name } } }")
    assert response.data == {"person": {"boss": None}}
    assert denied(response) == [["person", "boss"]]


async def test_what_the_gateway_needs_for_itself_is_not_the_clients(world: Stitched) -> None:
    response = await ask(world, "{ people { tax } }", KNOWN)
    assert response.data == {"people": [{"tax": 5}, {"tax": 5}]}
    assert response.errors == ()
    response = await ask(world, "{ people { tax } }")
    assert response.data == {"people": [{"tax": None}, {"tax": None}]}
    assert denied(response) == [["people", 0, "tax"]]


async def test_a_mutation_that_is_denied_is_not_done(world: Stitched) -> None:
    response = await ask(world, "mutation { promote(id: 1) { id } rename(id: 2) { id email } }", KNOWN)
    assert response.data == {"promote": None, "rename": {"id": "2", "email": "ada@x"}}
    assert denied(response) == [["promote"]]
    assert "promote" not in documents(world)


async def test_the_schema_shows_what_is_marked(world: Stitched) -> None:
    response = await ask(world, '{ __type(name: "Person") { fields { name } } __typename }')
    assert response.data is not None
    assert {"name": "email"} in response.data["__type"]["fields"]
    assert response.errors == ()


async def test_embedded_it_is_the_contexts_identity(world: Stitched) -> None:
    query = {"query": "{ people { name email } me { id } }"}
    success, result = await graphql(world.gateway.schema, query, context_value=Context())
    assert success
    assert [person["email"] for person in result["data"]["people"]] == [None, None]
    assert sorted(error["path"] for error in result["errors"]) == [["me"], ["people", 0, "email"]]
    assert {error["extensions"]["code"] for error in result["errors"]} == {"UNAUTHORIZED_FIELD_OR_TYPE"}
    success, result = await graphql(world.gateway.schema, query, context_value=Context(KNOWN))
    assert result["data"]["people"][0]["email"] == "ada@x"
    assert "errors" not in result


# Policies


def with_policies(world: Stitched) -> Gateway:
    def decide(name: str) -> Any:
        def decision(context: Context) -> bool:
            context.asked.append(name)
            return name in context.granted

        async def later(context: Context) -> bool:
            return decision(context)

        return later if name == "adult" else decision

    policies = {name: decide(name) for name in ("billing", "adult", "admin")}
    return Gateway(world.gateway.supergraph, world.gateway.transports, GatewayOptions(policies=policies))


@pytest.mark.parametrize(
    ("granted", "sees"), [("", False), ("billing", False), ("billing adult", True), ("admin", True)]
)
async def test_policies_decide(world: Stitched, granted: str, sees: bool) -> None:
    gateway = with_policies(world)
    context = Context(granted=frozenset(granted.split()))
    response = await gateway.execute(ClientRequest("{ billing again: billing }", context=context))
    assert response.data == ({"billing": 3, "again": 3} if sees else {"billing": None, "again": None})
    assert sorted(context.asked) == ["admin", "adult", "billing"]  # each once
    await gateway.execute(ClientRequest("{ accounts }", context=context))
    assert len(context.asked) == 3


async def test_a_policy_that_nothing_decides_on_is_not_met(world: Stitched) -> None:
    assert (await ask(world, "{ billing }", KNOWN)).data == {"billing": None}


async def test_what_policies_decide_on_is_not_shared() -> None:
    sdl = 'type Query { a: Int @authenticated b: Int @policy(policies: [["p"]]) }'
    gateway = Gateway(compose([Source("one", sdl, "one.graphql", ("http://one",))]), {})
    assert (await gateway.accept(ClientRequest("{ a }"))).is_shareable
    assert not (await gateway.accept(ClientRequest("{ a b }"))).is_shareable


# Where it is written


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ('@requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["b"]])'),
        ("@authenticated", '@requiresScopes(scopes: [["a", "b"]])'),
        ('@requiresScopes(scopes: [["a"], ["b"]])', '@requiresScopes(scopes: [["a", "b"]])'),
    ],
)
async def test_subgraphs_add_up_whatever_their_dialect(first: str, second: str) -> None:
    link = LINK.replace('{name: "@requiresScopes", as: "@scopes"}', '"@requiresScopes"')
    supergraph = composed(
        one=f"{link} type Query {{ a: Int @shareable {first} b: Int }}",
        two=f'type Query {{ a: Int {second} t(id: ID!): T @merge(keyField: "id") }} '
        'type T @key(selectionSet: "{ id }") { id: ID! }',
    )
    answer = {"data": {"a": 1}}
    async with stitched(supergraph, {"one": lambda _: answer, "two": lambda _: answer}) as world:
        for scopes, sees in (("", False), ("a", False), ("b", False), ("a b", True)):
            response = await ask(world, "{ a }", Asker(frozenset(scopes.split())))
            assert response.data == {"a": 1 if sees else None}


async def test_an_interface_in_one_subgraph_marks_objects_of_another() -> None:
    supergraph = composed(
        one="type Query { a: T } interface I @authenticated { x: Int } type T implements I { x: Int y: Int }",
        two="type Query { b: T } type T { x: Int y: Int }",
    )
    async with stitched(supergraph, {"one": lambda _: {}, "two": lambda _: {}}) as world:
        response = await ask(world, "{ a { y } b { y } }")
        assert (response.data, denied(response)) == ({"a": None, "b": None}, [["a"], ["b"]])
        assert world.services.asked() == []


async def test_a_marked_root_type() -> None:
    supergraph = composed(one="type Query @authenticated { a: Int b: Int }")
    async with stitched(supergraph, {"one": lambda _: {"data": {"a": 1}}}) as world:
        response = await ask(world, "{ __typename a __schema { queryType { name } } }")
        assert response.data == {
            "__typename": "Query",
            "a": None,
            "__schema": {"queryType": {"name": "Query"}},
        }
        assert (await ask(world, "{ a }", KNOWN)).data == {"a": 1}


async def test_directives_under_the_namespace_of_federation() -> None:
    link = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.6", import: ["@key"])'
    supergraph = composed(one=f"{link} type Query {{ a: Int @federation__authenticated b: Int }}")
    async with stitched(supergraph, {"one": lambda _: {"data": {"b": 1}}}) as world:
        response = await ask(world, "{ a b }")
        assert (response.data, denied(response)) == ({"a": None, "b": 1}, [["a"]])


async def test_fields_asked_for_by_type_do_not_conflict_at_the_service(world: Stitched) -> None:
    sdl = """
    type Query { things: [Thing!] }
    interface Thing { size: Int kind: String }
    type One implements Thing { size: Int! kind: String }
    type Two implements Thing { size: Int kind: String }
    type Three implements Thing @authenticated { size: Int kind: String }
    """
    one = {"__typename": "One", "size": 1, "kind": "k"}
    schema = federated(unmarked(sdl), {"things": [one, {**one, "__typename": "Two"}]})
    async with stitched(composed(things=sdl), {"things": schema}) as other:
        response = await ask(other, "{ things { size kind } }")
        assert response.data == {"things": [{"size": 1, "kind": "k"}] * 2}
        assert response.errors == ()


# Login required


PUBLIC = """
type Query { me: Person open: Int @public people(first: Int): [Person] }
type Mutation { login(name: String!): Person @public leave: Int }
type Person { id: ID! }
"""


@pytest.fixture
async def closed() -> AsyncIterator[tuple[Gateway, Stitched]]:
    answer = {"data": {"open": 1, "o": 1, "me": {"id": "1"}, "login": {"id": "1"}, "leave": 1}}
    async with stitched(composed(one=PUBLIC), {"one": lambda _: answer}) as world:
        gateway = Gateway(
            world.gateway.supergraph,
            world.gateway.transports,
            GatewayOptions(login_required=True, limits=limits()),
        )
        yield gateway, world


@pytest.mark.parametrize(
    "query",
    [
        "{ open }",
        "{ __typename }",
        "{ ...F ... { o: open } } fragment F on Query { open }",
        'mutation { login(name: "a") { id } }',
    ],
)
async def test_public_root_fields_need_no_login(closed: tuple[Gateway, Stitched], query: str) -> None:
    response = await closed[0].execute(ClientRequest(query))
    assert response.executed
    assert response.errors == ()


@pytest.mark.parametrize(
    "query",
    [
        "{ me { id } }",
        "{ open me { id } }",
        "{ open ...F } fragment F on Query { me { id } }",
        'mutation { login(name: "a") { id } leave }',
        "{ __schema { queryType { name } } }",
        '{ __type(name: "Query") { name } }',
        "{ nothing }",  # which names there are is told to nobody
        "{ open me @skip(if: true) { id } }",
        "{ ... @include(if: false) { me { id } } }",
        "{ ...F @skip(if: true) } fragment F on Query { me { id } }",
        "query ($v: Boolean = true) { open me @skip(if: $v) { id } }",
        "query A { open } query B { me { id } }",
        "query A { open } query B { nothing }",
        "query A { open } mutation B { leave }",
        "{ people(first: 999999999) { id } }",
        "{ peoples(first: 999999999) { id } }",
        "subscription { me { id } }",
        "mutation { login { id } }",
    ],
)
async def test_all_else_does(closed: tuple[Gateway, Stitched], query: str) -> None:
    gateway, world = closed
    name = "A" if "query A" in query else None
    for response in (
        await gateway.execute(ClientRequest(query)),
        await gateway.execute(ClientRequest(query, operation_name=name)),
    ):
        assert not response.executed
        (error,) = response.errors
        assert error == {"message": "Log in first.", "extensions": {"code": "UNAUTHENTICATED"}}
    assert world.services.asked() == []
    assert (await gateway.execute(ClientRequest("{ me { id } }", asker=KNOWN))).data == {"me": {"id": "1"}}
