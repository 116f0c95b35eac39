"""How many statements a request costs: as many as it has steps, whatever the number of rows."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from services.account.app import service as account
from services.client.app import service as client
from services.common.app import Service, create_app
from services.common.settings import Settings
from services.event.app import service as event_service
from services.thing.app import service as thing
from tests.asgi_server import serving
from tests.stack import Stack, ask

THINGS = [f"thing-{number}" for number in range(1, 201)]
CLIENTS = [f"client-{number}" for number in range(1, 51)]


@dataclass
class Counted:
    """A served application, and the statements that its database has been sent."""

    url: str
    token: str
    statements: list[str] = field(default_factory=list)

    async def cost(self, query: str, **variables: Any) -> tuple[int, dict[str, Any]]:
        self.statements.clear()
        answer = await ask(self.url, query, variables, token=self.token)
        assert "errors" not in answer, answer
        return len(self.statements), answer["data"]


@pytest.fixture
def counting(tmp_path: Path, stack: Stack, token: str) -> Any:
    @asynccontextmanager
    async def serve_counted(service: Service[Any]) -> AsyncIterator[Counted]:
        jwks = stack.base_url("auth") + "/.well-known/jwks.json"
        app = create_app(service, Settings(data_dir=tmp_path, jwt_jwks_url=jwks))
        async with serving(app) as url:
            counted = Counted(url + "/graphql", token)
            engine = app.state.database.engine.sync_engine

            def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
                counted.statements.append(statement)

            event.listen(engine, "before_cursor_execute", note)
            yield counted

    return serve_counted


def representations(type_name: str, ids: list[str]) -> list[dict[str, str]]:
    return [{"__typename": type_name, "id": id_} for id_ in ids]


async def test_entities_of_thing(counting: Any) -> None:
    query = """query ($of: [_Any!]!) { _entities(representations: $of) {
        ... on Thing { serial owner { id things(first: 3) { id } } } ... on Client { things(first: 3) { id } }
    } }"""
    async with counting(thing) as served:
        assert (await served.cost("{ things(first: 5) { id } }"))[0] == 1  # it does count

        plain = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Thing { id serial } } }"
        cost, found = await served.cost(plain, of=representations("Thing", THINGS))
        assert [thing["id"] for thing in found["_entities"]] == THINGS
        assert cost == 1

        cost, found = await served.cost(query, of=representations("Client", CLIENTS))
        assert all(client["things"] for client in found["_entities"])
        assert cost == 1

        both = representations("Thing", THINGS) + representations("Client", CLIENTS)
        cost, found = await served.cost(query, of=both)
        assert len(found["_entities"]) == 250
        assert cost == 3  # the things, the clients' things, the things of the things' owners


async def test_entities_of_client(counting: Any) -> None:
    query = "query ($of: [_Any!]!) { _entities(representations: $of) { ... on Client { name } } }"
    async with counting(client) as served:
        cost, found = await served.cost(query, of=representations("Client", CLIENTS * 4))
        assert len(found["_entities"]) == 200
        assert all(client["name"] for client in found["_entities"])
        assert cost == 1
        assert served.statements[0].count("?") == 50  # each client once


async def test_things_with_events(counting: Any) -> None:
    async with counting(event_service) as served:
        query = "query ($ids: [ID!]!) { thingsByIds(ids: $ids) { id lastEvent { id thing { id } } } }"
        cost, found = await served.cost(query, ids=THINGS)
        assert [thing["lastEvent"]["thing"]["id"] for thing in found["thingsByIds"]] == THINGS
        assert cost == 1

        query = """query ($ids: [ID!]!) { thingsByIds(ids: $ids) {
            lastEvent { id } events(first: 3) { id } alarms: events(severity: CRITICAL) { id }
        } }"""
        cost, found = await served.cost(query, ids=THINGS)
        assert all(thing["lastEvent"] == thing["events"][0] for thing in found["thingsByIds"])
        assert cost == 3


async def test_clients_with_accounts_and_payments(counting: Any) -> None:
    query = """query ($ids: [ID!]!) { clientsByIds(ids: $ids) {
        accounts { payments(first: 2) { amount account { id client { id accounts { id } } } } }
    } }"""
    async with counting(account) as served:
        cost, found = await served.cost(query, ids=CLIENTS)
        assert sum(len(client["accounts"]) for client in found["clientsByIds"]) == 80
        # Accounts, payments, the payments' accounts, their clients' accounts: although a client with one
        # account is resolved sooner than a client with several.
        assert cost == 4

        accounts = [f"account-{number}" for number in range(1, 81)]
        cost, _ = await served.cost(
            "query ($ids: [ID!]!) { accountsByIds(ids: $ids) { balance } }", ids=accounts
        )
        assert cost == 1
