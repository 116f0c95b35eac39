"""What each service answers, from its seed."""

import asyncio
from typing import Any

import pytest

from services.auth.demo import DEMO_LOGINS
from tests.stack import Stack


async def data(stack: Stack, name: str, query: str, token: str, **variables: Any) -> dict[str, Any]:
    answer = await stack.ask(name, query, variables, token=token)
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]
    return found


async def error(stack: Stack, name: str, query: str, token: str) -> dict[str, Any]:
    answer = await stack.ask(name, query, token=token)
    (only,) = answer["errors"]
    extensions: dict[str, Any] = only["extensions"]
    return extensions


ENTITIES = """
    query ($of: [_Any!]!) { _entities(representations: $of) {
        ... on Thing { id serial kind location { city } owner { id } }
        ... on Client { id things(first: 1000) { id owner { id } } }
    } }
"""


async def test_the_fleet_has_the_size_that_it_should_have_and_its_ids_fit_together(
    stack: Stack, token: str
) -> None:
    clients = await data(stack, "client", "{ clients(first: 1000) { id } }", token)
    client_ids = {client["id"] for client in clients["clients"]}
    assert len(client_ids) == 50

    things = (await data(stack, "thing", "{ things(first: 1000) { id serial owner { id } } }", token))[
        "things"
    ]
    thing_ids = {thing["id"] for thing in things}
    assert len(thing_ids) == len({thing["serial"] for thing in things}) == 200
    assert {thing["owner"]["id"] for thing in things} == client_ids

    query = "query ($ids: [ID!]!) { clientsByIds(ids: $ids) { id accounts { id client { id } } } }"
    owners = (await data(stack, "account", query, token, ids=sorted(client_ids)))["clientsByIds"]
    accounts = [account for owner in owners for account in owner["accounts"]]
    assert len({account["id"] for account in accounts}) == len(accounts) == 80
    assert all(account["client"]["id"] == owner["id"] for owner in owners for account in owner["accounts"])

    query = """query ($ids: [ID!]!) {
        thingsByIds(ids: $ids) { id events(first: 1000) { id acknowledgedBy { id } } }
    }"""
    reporting = (await data(stack, "event", query, token, ids=sorted(thing_ids)))["thingsByIds"]
    events = [event for thing in reporting for event in thing["events"]]
    assert len({event["id"] for event in events}) == len(events) == 5_000
    assert all(thing["events"] for thing in reporting)
    seen_by = {event["acknowledgedBy"]["id"] for event in events if event["acknowledgedBy"]}
    assert seen_by == {f"user-{number}" for number in range(1, len(DEMO_LOGINS) + 1)}

    for user in seen_by:
        found = await data(
            stack, "auth", "query ($id: ID!) { user(id: $id) { client { id } } }", token, id=user
        )
        assert found["user"]["client"]["id"] in client_ids


async def test_the_route_from_a_client_to_everything_and_back(stack: Stack, token: str) -> None:
    """Each step is one request, by the lookups that a gateway has; it ends where it began."""
    start = {"__typename": "Client", "id": "client-7"}
    (client,) = (await data(stack, "thing", ENTITIES, token, of=[start]))["_entities"]
    ids = [thing["id"] for thing in client["things"]]
    query = "query ($ids: [ID!]!) { thingsByIds(ids: $ids) { lastEvent { message thing { id } } } }"
    events = [
        thing["lastEvent"] for thing in (await data(stack, "event", query, token, ids=ids))["thingsByIds"]
    ]
    again = [{"__typename": "Thing", "id": event["thing"]["id"]} for event in events]
    owners = {
        thing["owner"]["id"] for thing in (await data(stack, "thing", ENTITIES, token, of=again))["_entities"]
    }
    query = """query ($ids: [ID!]!) { clientsByIds(ids: $ids) {
        accounts { payments { amount account { client { id } } } }
    } }"""
    (owner,) = (await data(stack, "account", query, token, ids=sorted(owners)))["clientsByIds"]
    back = {payment["account"]["client"]["id"] for each in owner["accounts"] for payment in each["payments"]}
    assert back == {"client-7"}


async def test_entities_come_back_in_order_and_an_unknown_one_is_null(stack: Stack, token: str) -> None:
    of = [
        {"__typename": "Thing", "id": "thing-9"},
        {"__typename": "Client", "id": "client-3"},
        {"__typename": "Thing", "id": "nothing"},
        {"__typename": "Thing", "id": "thing-2"},
        {"__typename": "Thing", "id": "thing-9"},
    ]
    nine, client, nothing, two, nine_again = (await data(stack, "thing", ENTITIES, token, of=of))["_entities"]
    assert (nine["id"], client["id"], nothing, two["id"]) == ("thing-9", "client-3", None, "thing-2")
    assert nine == nine_again
    assert nine["kind"] == "METER"
    assert {thing["owner"]["id"] for thing in client["things"]} == {"client-3"}

    query = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Client { id name } } }"
    of = [{"__typename": "Client", "id": name} for name in ("client-2", "nobody", "client-1")]
    two, nobody, one = (await data(stack, "client", query, token, of=of))["_entities"]
    assert (two["id"], nobody, one["id"]) == ("client-2", None, "client-1")
    assert two["name"]


async def test_things_by_status_and_by_page(stack: Stack, token: str) -> None:
    query = (
        "query ($first: Int! = 50, $offset: Int! = 0, $status: ThingStatus) {"
        " things(first: $first, offset: $offset, status: $status) { serial status } }"
    )
    everything = (await data(stack, "thing", query, token, first=1000))["things"]
    assert everything == sorted(everything, key=lambda thing: thing["serial"])
    assert (await data(stack, "thing", query, token))["things"] == everything[:50]
    assert (await data(stack, "thing", query, token, first=7, offset=190))["things"] == everything[190:197]
    faults = [thing for thing in everything if thing["status"] == "FAULT"]
    assert faults
    assert (await data(stack, "thing", query, token, status="FAULT", first=1000))["things"] == faults


async def test_events_by_thing_by_moment_and_by_severity(stack: Stack, token: str) -> None:
    query = """query ($thing: ID, $since: DateTime, $first: Int! = 20) {
        events(thingId: $thing, since: $since, first: $first) { id at thing { id } }
    }"""
    latest = (await data(stack, "event", query, token))["events"]
    assert len(latest) == 20
    assert latest == sorted(latest, key=lambda event: event["at"], reverse=True)
    since = latest[4]["at"]
    assert (await data(stack, "event", query, token, since=since))["events"] == latest[:5]
    shifted = since.replace("Z", "+00:00")
    assert (await data(stack, "event", query, token, since=shifted))["events"] == latest[:5]
    of_one = (await data(stack, "event", query, token, thing="thing-5", first=1000))["events"]
    assert {event["thing"]["id"] for event in of_one} == {"thing-5"}

    query = """{ thingsByIds(ids: ["thing-5", "thing-6", "nothing"]) {
        id lastEvent { id at thing { id } } events(first: 3, severity: CRITICAL) { severity }
    } }"""
    five, six, nothing = (await data(stack, "event", query, token))["thingsByIds"]
    assert five["lastEvent"] == of_one[0]
    assert {event["severity"] for event in five["events"] + six["events"]} == {"CRITICAL"}
    assert nothing == {"id": "nothing", "lastEvent": None, "events": []}


async def test_accounts_and_payments(stack: Stack, token: str) -> None:
    query = """{
        account(id: "account-1") { id balance currency client { id } payments(first: 2) { amount paidAt } }
        accountsByIds(ids: ["account-2", "nothing", "account-1"]) { id payments(first: 1000) { paidAt } }
        clientsByIds(ids: ["nobody"]) { id accounts { id } }
    }"""
    found = await data(stack, "account", query, token)
    assert found["account"]["client"]["id"] == "client-1"
    assert found["account"]["currency"] in ("EUR", "CHF", "SEK")
    assert isinstance(found["account"]["balance"], float)
    two, nothing, one = found["accountsByIds"]
    assert (two["id"], nothing, one["id"]) == ("account-2", None, "account-1")
    paid_at = [payment["paidAt"] for payment in one["payments"]]
    assert paid_at == sorted(paid_at, reverse=True)
    assert [payment["paidAt"] for payment in found["account"]["payments"]] == paid_at[:2]
    assert found["clientsByIds"] == [{"id": "nobody", "accounts": []}]


async def test_a_status_is_changed_by_those_who_may(stack: Stack, token: str) -> None:
    update = 'mutation { updateThingStatus(id: "thing-200", status: %s) { id status } }'
    operator, customer = await asyncio.gather(*map(stack.login, DEMO_LOGINS[1:]))
    for status, who in (("FAULT", token), ("MAINTENANCE", operator), ("ONLINE", token)):
        changed = await data(stack, "thing", update % status, who)
        assert changed["updateThingStatus"] == {"id": "thing-200", "status": status}
        kept = await data(stack, "thing", '{ thing(id: "thing-200") { status } }', token)
        assert kept["thing"]["status"] == status

    assert (await error(stack, "thing", update % "FAULT", customer))["code"] == "FORBIDDEN"
    kept = await data(stack, "thing", '{ thing(id: "thing-200") { status } }', token)
    assert kept["thing"]["status"] == "ONLINE"
    nothing = 'mutation { updateThingStatus(id: "nothing", status: FAULT) { id } }'
    assert (await error(stack, "thing", nothing, token))["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("name", "query", "argument"),
    [
        ("thing", "{ things(first: -1) { id } }", "first"),
        ("thing", "{ things(first: 1001) { id } }", "first"),
        ("thing", "{ things(offset: -1) { id } }", "offset"),
        (
            "thing",
            '{ _entities(representations: [{__typename: "Client", id: "x"}])'
            " { ... on Client { things(first: -1) { id } } } }",
            "first",
        ),
        ("client", "{ clients(first: 1001) { id } }", "first"),
        ("account", '{ account(id: "account-1") { payments(first: -1) { id } } }', "first"),
        ("event", "{ events(first: -1) { id } }", "first"),
        ("event", '{ thingsByIds(ids: ["x"]) { events(first: 1001) { id } } }', "first"),
    ],
)
async def test_a_page_out_of_bounds(name: str, query: str, argument: str, stack: Stack, token: str) -> None:
    assert await error(stack, name, query, token) == {"code": "BAD_USER_INPUT", "argument": argument}


@pytest.mark.parametrize("moment", ['"nope"', '"2026-01-01T00:00:00"', '"0001-01-01T00:00:00+23:59"', "7"])
async def test_a_moment_that_is_none(moment: str, stack: Stack, token: str) -> None:
    query = f"{{ events(since: {moment}) {{ id }} }}"
    assert (await error(stack, "event", query, token))["code"] == "BAD_USER_INPUT"


async def test_an_error_that_nobody_foresaw_says_nothing_of_the_inside(stack: Stack, token: str) -> None:
    query = '{ _entities(representations: [{__typename: "Thing"}]) { __typename } }'  # no id: a KeyError
    answer = await stack.ask("thing", query, token=token)
    assert answer["errors"][0]["message"] == "Internal error."
    assert answer["errors"][0]["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    assert "KeyError" in stack.log("thing")


async def test_a_mistake_of_the_client_is_not_logged(stack: Stack) -> None:
    await stack.ask("client", '{ client(id: "client-1") { nickname } }')
    await stack.ask("client", '{ client(id: "client-1") { id } }')
    assert "Traceback" not in stack.log("client")
