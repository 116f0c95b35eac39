"""The whole stack: what one request costs, and what is left when a service is gone."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.e2e.conftest import RunningGateway
from tests.stack import SERVICES, Stack, ask

ROUND_TRIP = """{
  clients {
    name
    things {
      serial
      lastEvent {
        message
        thing { owner { accounts { balance payments { amount account { client { email } } } } } }
      }
    }
  }
}"""


def service_requests(stack: Stack) -> dict[str, int]:
    """Return how many GraphQL requests each service has answered."""
    return {name: stack.requests(name) for name in SERVICES}


async def test_a_round_trip_costs_one_request_a_service_and_step(
    stack: Stack, gateway: RunningGateway
) -> None:
    before = service_requests(stack)
    answer = await gateway.ask(ROUND_TRIP)
    after = service_requests(stack)
    assert "errors" not in answer
    clients = answer["data"]["clients"]
    assert len(clients) == 50
    payments = [
        payment
        for client in clients
        for thing in client["things"]
        for account in thing["lastEvent"]["thing"]["owner"]["accounts"]
        for payment in account["payments"]
    ]
    assert payments
    assert all(payment["account"]["client"]["email"] for payment in payments)
    spent = {name: after[name] - before[name] for name in SERVICES if after[name] != before[name]}
    # client → thing → event → thing (owner) → account (accounts, payments) → client (email)
    assert spent == {"client": 2, "thing": 2, "event": 1, "account": 1}


FIELDS: dict[str, tuple[str, Callable[[Any], list[Any]]]] = {
    "client": ("clients(first: 3) { name }", lambda data: [each["name"] for each in data["clients"]]),
    "thing": ("things(first: 3) { serial }", lambda data: [each["serial"] for each in data["things"]]),
    "account": (
        'account(id: "account-1") { balance payments { amount } }',
        lambda data: [data["account"]["balance"], data["account"]["payments"][0]["amount"]],
    ),
    "event": ("events(first: 3) { message }", lambda data: [each["message"] for each in data["events"]]),
    "auth": ("me { email }", lambda data: [data["me"]["email"]]),
}


async def start(stack: Stack, gateway: RunningGateway, name: str) -> None:
    """Start a service, and wait until the gateway asks it again: it had failed too often."""
    stack.start(name)
    await asyncio.to_thread(stack.wait, name)
    async with asyncio.timeout(30):
        while "errors" in await gateway.ask(f"{{ {FIELDS[name][0]} }}"):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.1)


@pytest.mark.parametrize("dead", SERVICES)
async def test_without_a_service_every_field_of_the_others_is_answered(
    stack: Stack, gateway: RunningGateway, dead: str
) -> None:
    query = f"{{ {' '.join(selection for selection, _ in FIELDS.values())} }}"
    stack.kill(dead)
    try:
        answer = await gateway.ask(query)
    finally:
        await start(stack, gateway, dead)
    for name, (_, read) in FIELDS.items():
        if name != dead:
            values = read(answer["data"])
            assert values
            assert None not in values
    assert {error["extensions"]["service"] for error in answer["errors"]} == {dead}
    codes = {error["extensions"]["code"] for error in answer["errors"]}
    assert codes in ({"SUBGRAPH_UNREACHABLE"}, {"SUBGRAPH_UNREACHABLE", "SERVICE_UNAVAILABLE"})
    assert "127.0.0.1" not in str(answer)


async def test_along_the_route_a_dead_service_takes_only_what_is_its_own(
    stack: Stack, gateway: RunningGateway
) -> None:
    query = "{ clients(first: 5) { name things { serial lastEvent { message } } accounts { balance } } }"
    stack.kill("event")
    try:
        answer = await gateway.ask(query)
    finally:
        await start(stack, gateway, "event")
    clients = answer["data"]["clients"]
    assert all(client["name"] and client["accounts"] for client in clients)
    assert all(
        thing["serial"] and thing["lastEvent"] is None for client in clients for thing in client["things"]
    )
    (error,) = answer["errors"]
    assert error["path"][-1] == "lastEvent"


async def test_without_a_token_only_login_and_register_answer(gateway: RunningGateway) -> None:
    answer = await ask(gateway.url, "{ clients { name } me { id } }")
    assert answer["data"] == {"clients": None, "me": None}
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"UNAUTHENTICATED"}


async def test_the_gateways_own_fields_ask_a_microservice(gateway: RunningGateway) -> None:
    query = "{ session { authenticated user { name role } } me { name } }"
    answer = await gateway.ask(query)
    assert answer == {
        "data": {
            "session": {"authenticated": True, "user": {"name": "Ada Lovelace", "role": "ADMIN"}},
            "me": {"name": "Ada Lovelace"},
        }
    }
    anonymous = await ask(gateway.url, "{ session { authenticated user { name } } }")
    assert anonymous == {"data": {"session": {"authenticated": False, "user": None}}}


async def test_a_mutation_is_answered_with_fields_of_other_services(gateway: RunningGateway) -> None:
    mutation = """mutation($id: ID!, $status: ThingStatus!) {
      updateThingStatus(id: $id, status: $status) { status owner { name } lastEvent { at } }
    }"""
    answer = await gateway.ask(mutation, {"id": "thing-1", "status": "MAINTENANCE"})
    changed = answer["data"]["updateThingStatus"]
    assert changed["status"] == "MAINTENANCE"
    assert changed["owner"]["name"]
    assert changed["lastEvent"]["at"]
