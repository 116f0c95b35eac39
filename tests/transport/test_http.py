import asyncio
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from stitcher.errors import SubgraphError
from stitcher.selections import Document
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.asgi_server import serving

QUERY = Document("{ a }")
MUTATION = Document("mutation { a }", is_mutation=True)
ANSWER = b'{"data":{"a":1}}'


def request(
    document: Document = QUERY,
    variables: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> SubgraphRequest:
    return SubgraphRequest(document, variables or {}, headers or {})


@dataclass
class Service:
    """An HTTP service that answers as the test says, and keeps what it was sent."""

    answer: Callable[[], Response] = lambda: Response(ANSWER, media_type="application/json")
    bodies: list[bytes] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    clients: list[int] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            incoming = Request(scope, receive)
            self.bodies.append(await incoming.body())
            self.headers.append(dict(incoming.headers))
            self.clients.append(scope["client"][1])
            await self.answer()(scope, receive, send)


@pytest.fixture
async def pool() -> AsyncIterator[HttpPool]:
    async with HttpPool() as pool:
        yield pool


async def ask(service: Service, pool: HttpPool, sent: SubgraphRequest, **options: Any) -> SubgraphResponse:
    async with serving(service) as url:
        return await HttpTransport("thing", Upstream.at(url), pool, **options).send(sent)


async def failure(service: Service, pool: HttpPool, sent: SubgraphRequest, **options: Any) -> SubgraphError:
    with pytest.raises(SubgraphError) as caught, capture_logs() as logs:
        await ask(service, pool, sent, **options)
    assert "thing" in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
    (told,) = (entry for entry in logs if entry["log_level"] == "warning")
    assert told["code"] == caught.value.code
    assert told["address"].startswith("http://127.0.0.1:")
    return caught.value


async def test_sends_the_document_with_variables_and_headers(pool: HttpPool) -> None:
    service = Service()
    sent = request(Document("query($é: Int) { a }"), {"é": [1, None]}, {"authorization": "Bearer x"})
    response = await ask(service, pool, sent)
    assert response == SubgraphResponse({"a": 1})
    assert orjson.loads(service.bodies[0]) == {"query": "query($é: Int) { a }", "variables": {"é": [1, None]}}
    assert service.headers[0]["authorization"] == "Bearer x"
    assert service.headers[0]["content-type"] == "application/json"
    assert service.headers[0]["accept"] == "application/graphql-response+json, application/json"


async def test_leaves_variables_out_where_there_are_none(pool: HttpPool) -> None:
    service = Service()
    await ask(service, pool, request())
    assert service.bodies == [b'{"query":"{ a }"}']


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_any_status_with_a_graphql_body_is_an_answer(pool: HttpPool, status: int) -> None:
    error = {"message": "no", "path": ["a"], "extensions": {"code": "X"}}
    service = Service(lambda: Response(orjson.dumps({"data": None, "errors": [error]}), status))
    assert await ask(service, pool, request()) == SubgraphResponse(None, (error,))


async def test_errors_without_data_are_an_answer(pool: HttpPool) -> None:
    service = Service(lambda: Response(b'{"errors":[{"message":"no"}]}', 401))
    assert await ask(service, pool, request()) == SubgraphResponse(None, ({"message": "no"},))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (502, b"<html>Bad Gateway</html>"),
        (200, b""),
        (200, b"\xff\xfe"),
        (200, b'{"data":{"a":'),
        (200, b"[]"),
        (200, b"null"),
        (401, b'{"error":"unauthorized"}'),
        (200, b'{"data":[1]}'),
        (200, b'{"data":"x"}'),
        (200, b'{"data":null,"errors":"x"}'),
        (200, b'{"data":null,"errors":["x"]}'),
        (200, b'{"data":null,"errors":[{"code":1}]}'),
        (200, b'{"errors":[{"message":null}]}'),
        (200, b'{"data":[1],"errors":[{"message":"no"}]}'),
    ],
)
async def test_anything_else_is_a_bad_response(pool: HttpPool, status: int, body: bytes) -> None:
    error = await failure(Service(lambda: Response(body, status)), pool, request())
    assert error.code == "SUBGRAPH_BAD_RESPONSE"
    assert f"HTTP status {status}" in str(error)


@pytest.mark.parametrize(
    ("content_type", "body", "told"),
    [
        ("text/html; charset=utf-8", b"<html>secret</html>", "text/html): wrong at line 1, column 1"),
        ("application/json", b'{"data":\n {"a": secret}}', "application/json): wrong at line 2, column 8"),
        ("application/json", b"", "application/json): the body is empty"),
        ("application/json", b'{"data":"\xff"}', "application/json): byte 10 is not of UTF-8"),
        ("application/json", b"[" * 100_000, "application/json): it is nested too deeply"),
        ("secret words", b"x", "(HTTP status 502, without a content type): wrong at"),
        ("text/" + "secret" * 20, b"x", "(HTTP status 502, without a content type): wrong at"),
        ("text/plain", b"[]", "gave no GraphQL response (HTTP status 502, text/plain)"),
    ],
)  # fmt: skip
async def test_what_came_is_told_and_where_it_is_wrong(
    pool: HttpPool, content_type: str, body: bytes, told: str
) -> None:
    service = Service(lambda: Response(body, 502, headers={"content-type": content_type}))
    error = await failure(service, pool, request())
    assert told in str(error)
    assert "secret" not in str(error)


@pytest.mark.parametrize(
    ("errors", "kept"),
    [
        (
            [{"path": ["b"], "extensions": {"code": "X"}}],
            [{"path": ["b"], "extensions": {"code": "X"}, "message": ""}],
        ),
        ([{"message": None, "path": ["b"]}], [{"message": "", "path": ["b"]}]),
        ([{"message": 7}, {"message": ["x"]}, {"message": ""}], [{"message": ""}] * 3),
        (["boom", None, 7, [], {}], [{"message": ""}] * 5),
        ([{"message": "no"}, None], [{"message": "no"}, {"message": ""}]),
        ({"message": "no"}, [{"message": "no"}]),
        ("boom", [{"message": ""}]),
        (True, [{"message": ""}]),
        ([], []),
        (None, []),
    ],
    ids=str,
)
async def test_data_beside_errors_without_messages_is_taken(
    pool: HttpPool, errors: Any, kept: list[Any]
) -> None:
    service = Service(lambda: Response(orjson.dumps({"data": {"a": 1}, "errors": errors})))
    assert await ask(service, pool, request()) == SubgraphResponse({"a": 1}, tuple(kept))


async def test_an_error_without_a_message_beside_one_that_has_one_is_told(pool: HttpPool) -> None:
    body = {"data": None, "errors": [{"message": "no"}, {"extensions": {"code": "X"}}]}
    service = Service(lambda: Response(orjson.dumps(body)))
    errors = ({"message": "no"}, {"extensions": {"code": "X"}, "message": ""})
    assert (await ask(service, pool, request())).errors == errors


async def test_a_redirect_is_not_followed(pool: HttpPool) -> None:
    service = Service(lambda: Response(status_code=307, headers={"location": "/elsewhere"}))
    assert (await failure(service, pool, request())).code == "SUBGRAPH_BAD_RESPONSE"
    assert len(service.bodies) == 1


async def test_an_answer_over_the_limit_is_refused_whether_its_length_is_known_or_not(pool: HttpPool) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000
            await asyncio.sleep(0.001)

    for answer in (lambda: Response(b'"' + b"x" * 5000 + b'"'), lambda: StreamingResponse(endless())):
        error = await failure(Service(answer), pool, request(), response_limit=4000)
        assert error.code == "SUBGRAPH_BAD_RESPONSE"
        assert "4000 bytes" in str(error)


async def test_an_answer_of_exactly_the_limit_is_taken(pool: HttpPool) -> None:
    assert (await ask(Service(), pool, request(), response_limit=len(ANSWER))).data == {"a": 1}


async def test_a_late_answer_is_a_timeout(pool: HttpPool) -> None:
    async def late() -> AsyncIterator[bytes]:
        yield b'{"data":'
        await asyncio.sleep(1)
        yield b"null}"

    error = await failure(Service(lambda: StreamingResponse(late())), pool, request(), timeout=0.05)
    assert error.code == "SUBGRAPH_TIMEOUT"
    assert "0.05 s" in str(error)


async def test_a_closed_port_is_unreachable(pool: HttpPool) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://user:pass@127.0.0.1:{bound.getsockname()[1]}/graphql"
        with pytest.raises(SubgraphError) as caught, capture_logs() as logs:
            await HttpTransport("thing", Upstream.at(f"{url}?key=pass"), pool).send(request())
    assert caught.value.code == "SUBGRAPH_UNREACHABLE"
    assert str(caught.value) == "The service 'thing' can't be reached."
    assert logs[0]["address"] == url.replace("user:pass@", "")
    assert "pass" not in str(logs)


async def test_an_unknown_host_is_unreachable(pool: HttpPool) -> None:
    with pytest.raises(SubgraphError) as caught, capture_logs():
        await HttpTransport("thing", Upstream.at("http://thing.invalid/graphql"), pool).send(request())
    assert caught.value.code == "SUBGRAPH_UNREACHABLE"


async def test_cancellation_passes_through(pool: HttpPool) -> None:
    reached = asyncio.Event()

    async def never() -> AsyncIterator[bytes]:
        reached.set()
        await asyncio.sleep(10)
        yield b""

    async with serving(Service(lambda: StreamingResponse(never()))) as url:
        task = asyncio.create_task(HttpTransport("thing", Upstream.at(url), pool).send(request()))
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_connections_are_kept_and_instances_share_the_requests(pool: HttpPool) -> None:
    one, two = Service(), Service()
    async with serving(one) as first, serving(two) as second:
        transport = HttpTransport("thing", Upstream.at(first, second), pool)
        for _ in range(60):
            await transport.send(request())
        await transport.close()
        assert (await transport.send(request())).data == {"a": 1}
    assert len(one.bodies) + len(two.bodies) == 61
    assert min(len(one.bodies), len(two.bodies)) > 10
    assert (len(set(one.clients)), len(set(two.clients))) == (1, 1)


async def test_a_cookie_of_one_answer_is_not_sent_with_the_next_request(pool: HttpPool) -> None:
    service = Service(lambda: Response(ANSWER, headers={"set-cookie": "session=secret; Path=/"}))
    # By name, because aiohttp keeps no cookies of bare addresses anyway.
    async with serving(service) as url:
        transport = HttpTransport("thing", Upstream.at(url.replace("127.0.0.1", "localhost")), pool)
        await transport.send(request())
        await transport.send(request())
    assert len(service.headers) == 2
    assert not any("cookie" in headers for headers in service.headers)


Answers = Callable[[int, asyncio.StreamWriter], Awaitable[None] | None]


@asynccontextmanager
async def raw_server(answers: Answers) -> AsyncIterator[tuple[str, list[int]]]:
    """A server that treats each request, by its number, as ``answers`` says; gives address and numbers."""
    seen: list[int] = []
    open_writers: list[asyncio.StreamWriter] = []

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
                await reader.readexactly(int(length[1]) if length else 0)
                seen.append(len(seen))
                if (pending := answers(seen[-1], writer)) is not None:
                    await pending
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", seen
    finally:
        for writer in open_writers:
            writer.close()
        server.close()
        await server.wait_closed()


EndConnection = Callable[[asyncio.StreamWriter], None]


def respond(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(ANSWER), ANSWER))


def reset(writer: asyncio.StreamWriter) -> None:
    """End the connection by a reset: what a closed keep-alive connection looks like to a new request."""
    linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.close()


@pytest.mark.parametrize("end", [asyncio.StreamWriter.close, reset])
async def test_a_closed_kept_connection_is_no_failure_for_a_query(pool: HttpPool, end: EndConnection) -> None:
    def answers(number: int, writer: asyncio.StreamWriter) -> None:
        end(writer) if number == 1 else respond(writer)

    async with raw_server(answers) as (url, seen):
        transport = HttpTransport("thing", Upstream.at(url), pool)
        for _ in range(2):
            assert (await transport.send(request())).data == {"a": 1}
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("end", [asyncio.StreamWriter.close, reset])
async def test_a_mutation_is_never_sent_twice(pool: HttpPool, end: EndConnection) -> None:
    def answers(number: int, writer: asyncio.StreamWriter) -> None:
        end(writer)

    async with raw_server(answers) as (url, seen):
        with pytest.raises(SubgraphError) as caught, capture_logs():
            await HttpTransport("thing", Upstream.at(url), pool).send(request(MUTATION))
    assert caught.value.code == "SUBGRAPH_UNREACHABLE"
    assert seen == [0]


async def test_a_query_is_sent_again_only_once(pool: HttpPool) -> None:
    async with raw_server(lambda number, writer: reset(writer)) as (url, seen):
        with pytest.raises(SubgraphError) as caught, capture_logs() as logs:
            await HttpTransport("thing", Upstream.at(url), pool).send(request())
    assert caught.value.code == "SUBGRAPH_UNREACHABLE"
    assert seen == [0, 1]
    assert "ConnectionClosed" not in logs[0]["cause"]


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    ],
)
async def test_broken_http_is_a_bad_response(pool: HttpPool, raw: bytes) -> None:
    def answers(number: int, writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        writer.close()

    async with raw_server(answers) as (url, _):
        with pytest.raises(SubgraphError) as caught, capture_logs():
            await HttpTransport("thing", Upstream.at(url), pool).send(request())
    assert caught.value.code == "SUBGRAPH_BAD_RESPONSE"


@pytest.mark.parametrize(
    ("sent", "times"),
    [
        (request(), 1),
        (request(MUTATION), 2),
        (SubgraphRequest(QUERY, {}, {}, is_shareable=False), 2),  # as after a mutation
    ],
)
async def test_equal_queries_in_flight_are_sent_once(
    pool: HttpPool, sent: SubgraphRequest, times: int
) -> None:
    service = Service()
    async with serving(service) as url:
        transport = HttpTransport("thing", Upstream.at(url), pool, share=True)
        answers = await asyncio.gather(transport.send(sent), transport.send(sent))
    assert len(service.bodies) == times
    assert answers[0] == answers[1]


async def bare(headers: bytes) -> tuple[asyncio.Server, str]:
    """Serve ``ANSWER`` with these lines among its headers."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%b\r\n%b" % (len(ANSWER), headers, ANSWER))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return server, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.mark.parametrize(
    ("headers", "is_answer"),
    [
        (b"Set-Cookie: a=" + b"b" * 60_000 + b"\r\n", True),
        (b"X-Trace: a\r\n" * 900, True),
        (b"Set-Cookie: a=" + b"b" * 70_000 + b"\r\n", False),
        (b"X-Trace: a\r\n" * 1100, False),
    ],
    ids=["long", "many", "too long", "too many"],
)
async def test_headers_of_an_answer_may_be_long(pool: HttpPool, headers: bytes, is_answer: bool) -> None:
    server, url = await bare(headers)
    async with server:
        sending = HttpTransport("thing", Upstream.at(url), pool).send(request())
        if is_answer:
            assert await sending == SubgraphResponse({"a": 1})
        else:
            with pytest.raises(SubgraphError) as caught:
                await sending
            assert caught.value.code == "SUBGRAPH_BAD_RESPONSE"


@pytest.mark.parametrize(
    ("credentials", "sent", "received"),
    [
        ("ann:s%3Acret@", {}, "Basic YW5uOnM6Y3JldA=="),
        ("ann@", {"x-other": "1"}, "Basic YW5uOg=="),
        ("ann:secret@", {"authorization": "Bearer x"}, "Bearer x"),
        ("ann:secret@", {"Authorization": "Bearer x"}, "Bearer x"),
        ("", {"authorization": "Bearer x"}, "Bearer x"),
        ("", {}, None),
    ],
)
async def test_a_request_s_own_authorization_counts_more_than_that_of_the_address(
    pool: HttpPool, credentials: str, sent: dict[str, str], received: str | None
) -> None:
    service = Service()
    async with serving(service) as url:
        address = url.replace("http://", f"http://{credentials}")
        response = await HttpTransport("thing", Upstream.at(address), pool).send(request(headers=sent))
    assert response == SubgraphResponse({"a": 1})
    assert service.headers[0].get("authorization") == received


async def test_a_variable_that_json_cannot_hold_is_not_sent(pool: HttpPool) -> None:
    service = Service()
    async with serving(service) as url:
        transport = HttpTransport("thing", Upstream.at(url), pool)
        for value, what in (
            (float("inf"), "a number that JSON can't hold"),
            ([float("nan")], "a number that JSON can't hold"),
            ({"a": [None, float("-inf")]}, "a number that JSON can't hold"),
            ("\ud83d", "text that isn't Unicode"),
            ({"a": iter(())}, "a value that JSON doesn't have"),
            ({"a": 10**5000}, "a number that JSON can't hold"),
        ):
            with pytest.raises(SubgraphError, match=what) as caught:
                await transport.send(request(variables={"x": value}))
            assert caught.value.code == "BAD_USER_INPUT"
        await transport.send(request(variables={"x": None}))
    assert len(service.bodies) == 1


@pytest.mark.parametrize("pad", [0, 300_000], ids=["small", "large"])
@pytest.mark.parametrize(
    ("sent", "read", "lost"),
    [
        (b"123456789012345678901", 123456789012345678901, None),
        (b"[-9223372036854775809,18446744073709551616]", [-(2**63) - 1, 2**64], None),
        (b"1" * 5000, None, "a number that JSON can't hold"),
        (b"1e400", None, "a number that JSON can't hold"),
        (b"NaN", None, "a number that JSON can't hold"),
        (b'"\\ud83d"', None, "text that isn't Unicode"),
        (b'{"a": "\\ud83d"}', {"a": None}, "text that isn't Unicode"),
        (b'{"\\ud83d": 1}', None, "an object with a key that isn't text"),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}", None),
        (b'{"k": 1, "k": 2}', {"k": 2}, None),
    ],
)
async def test_a_value_arrives_as_it_is_or_is_lost_alone(
    pool: HttpPool, sent: bytes, read: Any, lost: str | None, pad: int
) -> None:
    content = b'{"data":{"pad":"' + b"x" * pad + b'","a":' + sent + b',"b":[1]}}'
    answer = await ask(Service(lambda: Response(content)), pool, request())
    assert answer.data == {"pad": "x" * pad, "a": read, "b": [1]}
    assert repr(answer.data["a"]) == repr(read)
    assert [error["message"] for error in answer.errors] == (
        [f"The service 'thing' gave {lost}."] if lost else []
    )
    assert all(error["path"][0] == "a" for error in answer.errors)


async def test_what_can_be_read_of_an_error_is_told(pool: HttpPool) -> None:
    content = b'\xef\xbb\xbf{"data":{"a":1},"errors":[{"message":"cut \\ud83d","extensions":{"n":NaN}}]}'
    answer = await ask(Service(lambda: Response(content)), pool, request())
    assert answer == SubgraphResponse({"a": 1}, ({"message": "cut ?", "extensions": {"n": None}},))


async def test_an_answer_of_values_that_json_cannot_hold_is_no_answer(pool: HttpPool) -> None:
    some, many = (b'{"data":{"a":[' + b",".join([b"NaN"] * count) + b"]}}" for count in (100, 101))
    answer = await ask(Service(lambda: Response(some)), pool, request())
    assert answer.data == {"a": [None] * 100}
    assert len(answer.errors) == 100
    error = await failure(Service(lambda: Response(many)), pool, request())
    assert error.code == "SUBGRAPH_BAD_RESPONSE"
