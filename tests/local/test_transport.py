import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from ariadne import QueryType, make_executable_schema
from graphql import GraphQLError
from structlog.testing import capture_logs

from stitcher.errors import SubgraphError
from stitcher.local.transport import LocalTransport
from stitcher.selections import Document
from stitcher.transport.base import SubgraphRequest

SDL = """
type Query {
  echo(text: String!): String
  who: String
  later: Int
  refused: Int
  broken: Int
  unreached: Int
  required: Int!
}
"""

query = QueryType()
query.set_field("echo", lambda *_, text: text)
query.set_field("who", lambda _, info: info.context["who"])


@query.field("later")
async def resolve_later(*_: Any) -> int:
    await asyncio.sleep(0)
    return 1


@query.field("refused")
def resolve_refused(*_: Any) -> int:
    raise GraphQLError("Not you.", extensions={"code": "FORBIDDEN"})


@query.field("broken")
def resolve_broken(*_: Any) -> int:
    raise RuntimeError("no route to 10.0.0.7")


@query.field("unreached")
def resolve_unreached(*_: Any) -> int:
    raise SubgraphError("SUBGRAPH_TIMEOUT", "The service 'auth' didn't answer within 1 s.")


@pytest.fixture
def transport() -> LocalTransport:
    return LocalTransport(make_executable_schema(SDL, query))


def request(text: str, variables: dict[str, Any] | None = None, context: Any = None) -> SubgraphRequest:
    return SubgraphRequest(Document(text), variables or {}, {}, context)


async def test_data_variables_and_context(transport: LocalTransport) -> None:
    document = "query($t: String!) { echo(text: $t) who }"
    for text in ("one", "two"):
        response = await transport.send(request(document, {"t": text}, {"who": "me"}))
        assert (response.data, response.errors) == ({"echo": text, "who": "me"}, ())
    await transport.close()


async def test_a_resolver_may_wait(transport: LocalTransport) -> None:
    assert (await transport.send(request("{ later }"))).data == {"later": 1}


async def test_an_error_meant_for_the_client_is_passed_on(transport: LocalTransport) -> None:
    response = await transport.send(request("{ refused later }"))
    assert response.data == {"refused": None, "later": 1}
    (error,) = response.errors
    assert (error["message"], error["path"]) == ("Not you.", ["refused"])
    assert error["extensions"] == {"code": "FORBIDDEN"}


async def test_the_code_of_a_service_that_failed_is_kept(transport: LocalTransport) -> None:
    (error,) = (await transport.send(request("{ unreached }"))).errors
    assert error["message"] == "The service 'auth' didn't answer within 1 s."
    assert error["extensions"] == {"code": "SUBGRAPH_TIMEOUT"}


async def test_any_other_failure_is_hidden_and_logged(transport: LocalTransport) -> None:
    with capture_logs() as logs:
        response = await transport.send(request("{ broken }"))
    (error,) = response.errors
    assert error["message"] == "Internal server error."
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR"}
    assert error["path"] == ["broken"]
    assert [(entry["event"], str(entry["exc_info"])) for entry in logs] == [
        ("resolver failed", "no route to 10.0.0.7")
    ]


async def test_with_debug_a_hidden_failure_has_its_trace() -> None:
    transport = LocalTransport(make_executable_schema(SDL, query), debug=True)
    with capture_logs():
        (error,) = (await transport.send(request("{ broken }"))).errors
    assert error["message"] == "Internal server error."
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert error["extensions"]["exception"]["stacktrace"][-1] == "RuntimeError: no route to 10.0.0.7"


async def test_no_data_at_all(transport: LocalTransport) -> None:
    with capture_logs():
        response = await transport.send(request("{ required }"))
    assert response.data is None
    assert len(response.errors) == 1


@pytest.mark.parametrize(
    ("returned", "sent", "lost"),
    [
        ({"a": [1, {"b": None}]}, {"a": [1, {"b": None}]}, None),
        ((1, 2), [1, 2], None),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00+00:00", None),
        (2**70, 2**70, None),
        ([1, float("nan")], [1, None], "a number that JSON can't hold"),
        ({"a": "\ud83d"}, {"a": None}, "text that isn't Unicode"),
        ({"a": {1: 2}}, {"a": None}, "an object with a key that isn't text"),
        ({"a": object()}, {"a": None}, "a value that JSON doesn't have"),
    ],
)
async def test_what_a_resolver_returns_is_copied_as_json(returned: Any, sent: Any, lost: str | None) -> None:
    keeping = QueryType()
    keeping.set_field("kept", lambda *_: returned)
    schema = make_executable_schema("scalar JSON type Query { kept: JSON other: Int }", keeping)
    with capture_logs():
        answer = await LocalTransport(schema).send(request("{ kept other }"))
    assert answer.data == {"kept": sent, "other": None}
    assert answer.data["kept"] is not returned or isinstance(returned, int)
    assert [error["message"] for error in answer.errors] == ([f"A resolver returned {lost}."] if lost else [])
    assert all(error["path"][0] == "kept" for error in answer.errors)


async def test_a_circle_ends() -> None:
    circle: dict[str, Any] = {}
    circle["in"] = circle
    keeping = QueryType()
    keeping.set_field("kept", lambda *_: circle)
    schema = make_executable_schema("scalar JSON type Query { kept: JSON }", keeping)
    with capture_logs():
        answer = await LocalTransport(schema).send(request("{ kept }"))
    assert [error["message"] for error in answer.errors] == [
        "A resolver returned a value nested more than 250 levels deep."
    ]
