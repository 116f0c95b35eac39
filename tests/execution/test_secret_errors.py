"""What services say of fields that the client may not see stays inside."""

import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayOptions, GatewayResponse
from tests.stitched import composed, stitched

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", '
    '"@requires", "@inaccessible", "@authenticated", "@shareable"])\n'
)
DERIVED = (
    LINK
    + """
    type T @key(fields: "id") {{
      id: ID!
      secret: String @external
      inner: Inner @external
      derived: String @requires(fields: "{required}") {marks}
    }}
    type Inner {{ deep: String @external }}
    """
)


def graph(marks: str = "@inaccessible", required: str = "secret", derived: str = "") -> Any:
    inner = "inner { deep }" if required == "secret" else required
    return composed(
        one=LINK
        + f"""
        type Query {{ t: T ts: [T] }}
        type T @key(fields: "id") {{ id: ID! secret: String {marks} inner: Inner {marks} plain: String }}
        type Inner {{ deep: String {marks if "inner" in required else ""} @shareable }}
        """,
        two=DERIVED.format(required=f"secret {inner}", marks=derived),
    )


SAYS = "the secret hunter2 is too old"
EXTENSIONS = {"code": "HUNTER2", "why": "hunter2"}


def failing(*path: str | int, extensions: Any = EXTENSIONS) -> Any:
    t = {"id": "1", "__typename": "T", "secret": None, "inner": None, "plain": "p"}
    errors = [{"message": SAYS, "path": list(path), "extensions": extensions}]
    return {"data": {"t": t, "ts": [t]}, "errors": errors}


async def answered(supergraph: Any, query: str, one: Any, *, debug: bool = False) -> GatewayResponse:
    async with stitched(
        supergraph, {"one": lambda _: one, "two": lambda _: {"data": {"_0": [None]}}}
    ) as world:
        return await Gateway(supergraph, world.gateway.transports, GatewayOptions(debug=debug)).execute(
            ClientRequest(query)
        )


@pytest.mark.parametrize(
    "path",
    [("t", "secret"), ("t", "inner"), ("t", "inner", "deep"), (), ("t", "secretOfT"), ("secret",)],
)
async def test_what_a_service_says_of_a_hidden_field_stays_inside(path: tuple[str, ...]) -> None:
    with capture_logs() as logs:
        response = await answered(graph(), "{ t { derived plain } }", failing(*path))
    assert response.data in ({"t": {"derived": None, "plain": "p"}}, {"t": None})
    assert response.errors
    assert "hunter2" not in json.dumps(response.errors).lower()
    assert {error["extensions"]["service"] for error in response.errors} == {"one"}
    told = [entry for entry in logs if entry["event"] == "a field that the client may not see failed"]
    assert SAYS in json.dumps(told[0]["error"])


async def test_in_a_list_it_stays_inside_too() -> None:
    response = await answered(graph(), "{ ts { derived plain } }", failing("ts", 0, "secret"))
    assert response.data == {"ts": [{"derived": None, "plain": "p"}]}
    assert [error["path"] for error in response.errors] == [["ts", 0, "derived"]]
    assert "hunter2" not in json.dumps(response.errors).lower()


async def test_what_it_says_of_a_key_that_is_denied_to_this_client_stays_inside() -> None:
    supergraph = composed(
        one=LINK
        + """
        type Query { t: T }
        type T @key(fields: "secret") { secret: String @authenticated @shareable plain: String }
        """,
        two=LINK + 'type T @key(fields: "secret") { secret: String @shareable name: String }',
    )
    response = await answered(supergraph, "{ t { name plain } }", failing("t", "secret"))
    assert response.data == {"t": {"name": None, "plain": "p"}}
    assert [error["path"] for error in response.errors] == [["t", "name"]]
    assert "hunter2" not in json.dumps(response.errors).lower()


async def test_what_it_says_of_other_fields_is_told() -> None:
    response = await answered(graph(), "{ t { derived plain } }", failing("t", "plain"))
    assert [error["message"] for error in response.errors] == [SAYS]
    assert response.errors[0]["extensions"] == {**EXTENSIONS, "service": "one"}


async def test_of_a_field_that_the_client_may_see_it_is_told() -> None:
    response = await answered(graph(""), "{ t { derived plain } }", failing("t", "secret"))
    assert [error["message"] for error in response.errors] == [SAYS]
    assert response.errors[0]["path"] == ["t", "derived"]


async def test_with_debug_developers_are_told() -> None:
    response = await answered(graph(), "{ t { derived plain } }", failing("t", "secret"), debug=True)
    assert SAYS in json.dumps(response.errors)


async def test_that_a_service_is_down_is_told() -> None:
    supergraph = graph()
    async with stitched(supergraph, {"two": lambda _: {"data": None}}) as world:
        with capture_logs():
            response = await world.gateway.execute(ClientRequest("{ t { derived } }"))
    assert response.data == {"t": None}
    assert "one" in response.errors[0]["message"]
    assert response.errors[0]["extensions"]["code"].startswith("SUBGRAPH_")
