"""Introspection: measured before it is answered, answered beside the event loop, and kept."""

import asyncio
import time
from typing import Any

import orjson
import pytest
from graphql import get_introspection_query, graphql_sync

from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayOptions
from tests.limits import limits
from tests.stitched import composed

TYPES = 60
SDL = (
    "type Query { t0: T0 named: [Named] } interface Named { id: ID }"
    ' "Different ones." union Some = T0 | T1 enum E { A B } input I { i: I n: Int = 5 }'
    + " ".join(
        f"type T{n} implements Named {{ id: ID "
        + " ".join(f"f{m}(a: Int = 1, b: String): T{(n + m + 1) % TYPES}" for m in range(12))
        + "}"
        for n in range(TYPES)
    )
)
FIELDS = """fields { name description isDeprecated deprecationReason
  args { name defaultValue type { name kind } } type { name kind description } }"""
GROWING = (
    "{ __schema { types { fields { type { " + " ".join(f"a{n}: {FIELDS}" for n in range(25)) + " } } } } }"
)
ALIASES = " ".join(f"s{n}: __schema {{ types {{ ...T }} }}" for n in range(10))


@pytest.fixture(scope="module")
def gateway() -> Gateway:
    return Gateway(composed(a=SDL), {}, GatewayOptions(limits=limits()))


async def refused(gateway: Gateway, query: str, variables: Any = None) -> str:
    before = time.process_time()
    response = await gateway.execute(ClientRequest(query, variables))
    assert time.process_time() - before < 1
    (error,) = response.errors
    assert not response.executed
    assert error["extensions"]["code"] == "OPERATION_TOO_LARGE"
    message: str = error["message"]
    return message


async def test_what_would_return_too_much_is_refused(gateway: Gateway) -> None:
    assert "The introspection would return more than" in await refused(gateway, GROWING)


@pytest.mark.parametrize("on", [True, False])
async def test_conditions_hold(gateway: Gateway, on: bool) -> None:
    fragment = f"fragment T on __Type {{ name {FIELDS} }}"
    query = f"query($on: Boolean!) {{ ... @include(if: $on) {{ {ALIASES} }} __typename }} {fragment}"
    if on:
        assert "would return more" in await refused(gateway, query, {"on": on})
    else:
        assert (await gateway.execute(ClientRequest(query, {"on": on}))).data == {"__typename": "Query"}


@pytest.mark.parametrize(
    "query",
    [
        get_introspection_query(),
        get_introspection_query(descriptions=False),
        get_introspection_query(
            specified_by_url=True,
            directive_is_repeatable=True,
            schema_description=True,
            input_value_deprecation=True,
            one_of=True,
        ),
        '{ a: __type(name: "T1") { fields { type { ofType { name } } } } b: __type(name: "No") { name } }',
        "{ __schema { queryType { name } directives { name locations args { name } } __typename } }",
        '{ __type(name: "E") { enumValues(includeDeprecated: true) { name } possibleTypes { name } } }',
    ],
)
async def test_what_tools_send_is_answered(gateway: Gateway, query: str) -> None:
    response = await gateway.execute(ClientRequest(query))
    assert response.errors == ()
    assert response.data == graphql_sync(gateway.supergraph.schema, query).data


async def test_it_is_measured_about_right(gateway: Gateway) -> None:
    for query in (get_introspection_query(), '{ __type(name: "T1") { name fields { name args { name } } } }'):
        text = gateway.prepare(query).introspection
        assert text is not None
        data, size = await gateway._introspection.answer(text, {})
        assert 0.75 < size / len(orjson.dumps(data)) < 1.6


async def test_answers_are_made_once_whatever_the_variables(gateway: Gateway) -> None:
    fields = "__schema @include(if: $on) { types { name } } __type(name: $name) { name }"
    query = f"query($on: Boolean!, $name: String!) {{ {fields} }}"
    text = gateway.prepare(query).introspection
    assert text is not None
    first = [
        await gateway._introspection.answer(text, {"on": on, "name": name, "other": 1})
        for on in (True, False)
        for name in ("T1", "T2")
    ]
    again = [
        await gateway._introspection.answer(text, {"other": 2, "name": name, "on": on})
        for on in (True, False)
        for name in ("T1", "T2")
    ]
    assert all(one is other for one, other in zip(first, again, strict=True))
    assert [data["__type"]["name"] for data, _ in first] == ["T1", "T2", "T1", "T2"]
    assert [("__schema" in data) for data, _ in first] == [True, True, False, False]


async def test_what_is_large_stays_as_it_is(gateway: Gateway) -> None:
    query = get_introspection_query()
    first, second = await gateway.execute(ClientRequest(query)), await gateway.execute(ClientRequest(query))
    assert first.size > 256 * 1024
    assert first == second
    assert first.data == graphql_sync(gateway.supergraph.schema, query).data


async def test_others_are_answered_meanwhile() -> None:
    fresh = Gateway(composed(a=SDL), {}, GatewayOptions(limits=limits()))
    fresh.prepare(get_introspection_query())
    turns = 0

    async def turn() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    task = asyncio.create_task(turn())
    await fresh.execute(ClientRequest(get_introspection_query()))
    task.cancel()
    assert turns > 5


async def test_without_limits_all_is_answered() -> None:
    free = Gateway(composed(a="type Query { a: Int }"), {})
    many = " ".join(f"a{n}: __schema {{ types {{ name fields {{ name }} }} }}" for n in range(500))
    response = await free.execute(ClientRequest(f"{{ {many} }}"))
    assert len(response.data or ()) == 500
