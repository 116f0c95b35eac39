import asyncio
import gzip
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import orjson
import pytest
from starlette.responses import JSONResponse, Response
from structlog.testing import capture_logs
from yarl import URL

from stitcher.gateway.gateway import Gateway
from tests.server.conftest import OpenGateway
from tests.subgraph_server import SubgraphServer

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
THINGS = {"things": [{"id": "1", "name": "Pump"}, {"id": "2", "name": "Motör"}]}


async def post(
    http: aiohttp.ClientSession, url: str, body: Any, accept: str = JSON, content_type: str = JSON
) -> tuple[int, str, Any]:
    data = body if isinstance(body, bytes) else orjson.dumps(body)
    headers = {"accept": accept, "content-type": content_type}
    async with http.post(url, data=data, headers=headers) as response:
        return response.status, response.headers["content-type"], orjson.loads(await response.read())


def assert_one_error(body: Any, code: str) -> None:
    assert list(body) == ["errors"]
    assert [error["extensions"]["code"] for error in body["errors"]] == [code]
    assert isinstance(body["errors"][0]["message"], str)


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_data_of_a_service(http: aiohttp.ClientSession, url: str, accept: str) -> None:
    status, content_type, body = await post(http, url, {"query": "{ things { id name } }"}, accept)
    assert (status, content_type, body) == (200, f"{accept}; charset=utf-8", {"data": THINGS})


async def test_variables_and_the_name_of_the_operation(http: aiohttp.ClientSession, url: str) -> None:
    body = {
        "query": "query A($id: ID!) { thing(id: $id) { name } } query B { things { id } }",
        "variables": {"id": "2"},
        "operationName": "A",
        "extensions": {"trace": True},
    }
    assert (await post(http, url, body))[2] == {"data": {"thing": {"name": "Motör"}}}


async def test_nulls_and_an_empty_operation_name_count_as_absent(
    http: aiohttp.ClientSession, url: str
) -> None:
    body = {"query": "{ __typename }", "variables": None, "operationName": "", "extensions": None}
    assert (await post(http, url, body))[2] == {"data": {"__typename": "Query"}}


REFUSED_BY_GRAPHQL = [
    ({"query": "{ things {"}, "GRAPHQL_PARSE_FAILED"),
    ({"query": ""}, "GRAPHQL_PARSE_FAILED"),
    ({"query": "{ nope }"}, "GRAPHQL_VALIDATION_FAILED"),
    ({"query": "query($id: ID!) { thing(id: $id) { id } }"}, "BAD_USER_INPUT"),
    ({"query": "query($id: ID!) { thing(id: $id) { id } }", "variables": {"id": [1]}}, "BAD_USER_INPUT"),
    ({"query": "query A { things { id } }", "operationName": "B"}, "OPERATION_RESOLUTION_FAILURE"),
    ({"query": "query A { __typename } query B { __typename }"}, "OPERATION_RESOLUTION_FAILURE"),
]


@pytest.mark.parametrize(("accept", "expected"), [(JSON, 200), (RESPONSE, 400)])
async def test_what_graphql_refuses(
    http: aiohttp.ClientSession, url: str, accept: str, expected: int
) -> None:
    for sent, code in REFUSED_BY_GRAPHQL:
        status, content_type, body = await post(http, url, sent, accept)
        assert (sent, status, content_type) == (sent, expected, f"{accept}; charset=utf-8")
        assert_one_error(body, code)


REFUSED_BY_HTTP = [
    (b"", "BAD_REQUEST"),
    (b"{", "MALFORMED_JSON"),
    (b"query { things }", "MALFORMED_JSON"),
    (b'{"query":"\xff"}', "MALFORMED_JSON"),
    (b'{"query":"\\ud800"}', "MALFORMED_JSON"),
    (b"[" * 100_000, "MALFORMED_JSON"),
    (b"null", "BAD_REQUEST"),
    (b'"{ things }"', "BAD_REQUEST"),
    (b"{}", "BAD_REQUEST"),
    ({"query": None}, "BAD_REQUEST"),
    ({"query": 1}, "BAD_REQUEST"),
    ({"query": ["{ __typename }"]}, "BAD_REQUEST"),
    ({"query": "{ __typename }", "variables": "{}"}, "BAD_REQUEST"),
    ({"query": "{ __typename }", "variables": []}, "BAD_REQUEST"),
    ({"query": "{ __typename }", "operationName": 0}, "BAD_REQUEST"),
    ({"query": "{ __typename }", "extensions": False}, "BAD_REQUEST"),
    ([{"query": "{ __typename }"}], "BATCHING_NOT_SUPPORTED"),
    ([], "BATCHING_NOT_SUPPORTED"),
]


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_what_is_no_graphql_request(http: aiohttp.ClientSession, url: str, accept: str) -> None:
    for sent, code in REFUSED_BY_HTTP:
        status, content_type, body = await post(http, url, sent, accept)
        assert (sent, status, content_type) == (sent, 400, f"{accept}; charset=utf-8")
        assert_one_error(body, code)


async def test_a_body_that_is_not_said_to_be_json(http: aiohttp.ClientSession, url: str) -> None:
    for content_type in (
        *("text/plain", "application/graphql", "multipart/form-data"),
        "application/json; charset=latin-1",
    ):
        status, _, body = await post(http, url, {"query": "{ __typename }"}, content_type=content_type)
        assert (content_type, status) == (content_type, 415)
        assert_one_error(body, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_body_without_a_content_type(http: aiohttp.ClientSession, url: str) -> None:
    async with http.post(url, data=b"{}", skip_auto_headers=["content-type"]) as response:
        assert response.status == 415


async def test_a_compressed_body(http: aiohttp.ClientSession, url: str) -> None:
    headers = {"content-type": JSON, "content-encoding": "gzip"}
    async with http.post(url, data=gzip.compress(b'{"query":"{ __typename }"}'), headers=headers) as response:
        assert response.status == 415
        assert_one_error(await response.json(), "UNSUPPORTED_MEDIA_TYPE")


async def test_spellings_of_json(http: aiohttp.ClientSession, url: str) -> None:
    for content_type in ("application/json;charset=UTF-8", 'Application/JSON ; charset="utf-8"'):
        assert (await post(http, url, {"query": "{ __typename }"}, content_type=content_type))[0] == 200


async def test_an_accept_that_cannot_be_met(http: aiohttp.ClientSession, url: str) -> None:
    status, content_type, body = await post(http, url, {"query": "{ __typename }"}, "image/png")
    assert (status, content_type) == (406, f"{JSON}; charset=utf-8")
    assert_one_error(body, "NOT_ACCEPTABLE")


async def test_several_accept_headers_are_one(http: aiohttp.ClientSession, url: str) -> None:
    headers = [("accept", "image/png"), ("accept", RESPONSE), ("content-type", JSON)]
    async with http.post(url, data=b'{"query":"{ __typename }"}', headers=headers) as response:
        assert response.headers["content-type"].startswith(RESPONSE)


async def test_no_accept_means_json(http: aiohttp.ClientSession, url: str) -> None:
    headers = {"content-type": JSON}
    body = b'{"query":"{ __typename }"}'
    async with http.post(url, data=body, headers=headers, skip_auto_headers=["accept"]) as response:
        assert response.headers["content-type"].startswith(JSON)


async def test_a_body_over_the_limit(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"query":"{ __typename }'
        yield b" " * 200
        yield b'"}'

    async with open_gateway(body_limit=100) as url:
        fits = b'{"query":"{ __typename }"}'.ljust(100)
        assert (await post(http, url, fits))[0] == 200
        for data in (fits + b" ", chunks()):
            async with http.post(url, data=data, headers={"content-type": JSON}) as response:
                assert response.status == 413
                assert_one_error(await response.json(), "PAYLOAD_TOO_LARGE")
        async with http.get(url, params={"query": "{ __typename }".ljust(200)}) as response:
            assert response.status == 414
            assert_one_error(await response.json(), "URI_TOO_LONG")


async def test_queries_by_get(http: aiohttp.ClientSession, url: str) -> None:
    params = {
        "query": "query A($id: ID!) { thing(id: $id) { name } }",
        "variables": '{"id":"2"}',
        "operationName": "A",
        "extensions": "{}",
    }
    for accept in (JSON, RESPONSE):
        async with http.get(url, params=params, headers={"accept": accept}) as response:
            assert response.status == 200
            assert response.headers["content-type"] == f"{accept}; charset=utf-8"
            assert await response.json(content_type=None) == {"data": {"thing": {"name": "Motör"}}}


async def test_empty_parameters_of_a_url_count_as_absent(http: aiohttp.ClientSession, url: str) -> None:
    params = {"query": "{ __typename }", "variables": "", "operationName": "", "extensions": ""}
    async with http.get(url, params=params) as response:
        assert await response.json() == {"data": {"__typename": "Query"}}


async def test_bad_parameters_of_a_url(http: aiohttp.ClientSession, url: str) -> None:
    cases: list[tuple[dict[str, str], str]] = [
        ({}, "BAD_REQUEST"),
        ({"query": "{ __typename }", "variables": "{"}, "MALFORMED_JSON"),
        ({"query": "{ __typename }", "variables": "[]"}, "BAD_REQUEST"),
        ({"query": "{ __typename }", "extensions": '"x"'}, "BAD_REQUEST"),
    ]
    for params, code in cases:
        async with http.get(url, params=params) as response:
            assert (params, response.status) == (params, 400)
            assert_one_error(await response.json(), code)


@pytest.mark.parametrize("accept", [JSON, RESPONSE])
async def test_a_mutation_by_get_is_not_executed(
    http: aiohttp.ClientSession, url: str, services: SubgraphServer, accept: str
) -> None:
    params = {"query": 'mutation { rename(id: "1", name: "X") { name } }'}
    async with http.get(url, params=params, headers={"accept": accept}) as response:
        assert response.status == 405
        assert response.headers["allow"] == "POST"
        assert_one_error(await response.json(content_type=None), "MUTATION_NOT_ALLOWED")
    assert services.asked() == []
    assert (await post(http, url, params))[2] == {"data": {"rename": {"name": "X"}}}


async def test_other_methods(http: aiohttp.ClientSession, url: str) -> None:
    for method in ("PUT", "PATCH", "DELETE", "TRACE"):
        async with http.request(method, url) as response:
            assert (method, response.status) == (method, 405)
            assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"
            assert_one_error(await response.json(), "METHOD_NOT_ALLOWED")


async def test_a_web_socket_is_refused(http: aiohttp.ClientSession, url: str) -> None:
    upgrade = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    async with http.get(
        url, headers={**upgrade, "sec-websocket-key": "c3RpdGNoZXItc29ja2V0IQ=="}
    ) as response:
        assert response.status == 400
        assert_one_error(await response.json(), "WEBSOCKETS_NOT_SUPPORTED")


@pytest.mark.parametrize("protocol", ["websocket", "h2c", "h2c, websocket", "TLS/1.0"])
async def test_who_offers_another_protocol_is_answered_in_this_one(
    http: aiohttp.ClientSession, url: str, protocol: str
) -> None:
    upgrade = {"connection": "Upgrade", "upgrade": protocol}
    query = {"query": "{ things { id } }"}
    for asked in (http.post(url, json=query, headers=upgrade), http.get(url, params=query, headers=upgrade)):
        async with asked as response:
            assert (await response.json())["data"] == {"things": [{"id": "1"}, {"id": "2"}]}


async def test_options_and_head(http: aiohttp.ClientSession, url: str) -> None:
    async with http.options(url) as response:
        assert (response.status, await response.read()) == (204, b"")
        assert response.headers["allow"] == "GET, HEAD, POST, OPTIONS"
    async with http.head(url, params={"query": "{ __typename }"}) as response:
        assert (response.status, await response.read()) == (200, b"")
        assert response.headers["content-type"] == f"{JSON}; charset=utf-8"


@pytest.mark.parametrize("accept", [JSON, RESPONSE, "text/html,*/*;q=0.8"])
async def test_head_is_get_without_the_body(http: aiohttp.ClientSession, url: str, accept: str) -> None:
    for params in (
        {"query": "{ __typename }"},
        {"query": "{ nope }"},
        {"query": "{"},
        {"query": 'mutation { rename(id: "1", name: "X") { name } }'},
        {"query": "{ __typename }", "variables": "["},
        {},
    ):
        async with http.get(url, params=params, headers={"accept": accept}) as got:
            body = await got.read()
        async with http.head(url, params=params, headers={"accept": accept}) as head:
            assert (params, head.status, await head.read()) == (params, got.status, b"")
            for name in ("content-type", "content-length", "allow", "vary"):
                assert head.headers.getall(name, []) == got.headers.getall(name, [])
            assert head.headers["content-length"] == str(len(body))


async def test_a_service_that_fails_is_no_failure_of_the_request(
    http: aiohttp.ClientSession, url: str, services: SubgraphServer
) -> None:
    status, _, body = await post(http, url, {"query": "{ me { id } things { id } }"}, RESPONSE)
    assert status == 200
    assert body["data"]["me"] is None
    assert len(body["data"]["things"]) == 2
    assert [error["extensions"]["code"] for error in body["errors"]] == ["UNAUTHENTICATED"]


async def test_allowed_headers_are_passed_on(
    http: aiohttp.ClientSession, open_gateway: Any, services: SubgraphServer
) -> None:
    sent = [
        *[("authorization", "Bearer good"), ("x-request-id", "abc"), ("x-tenant", "a"), ("x-tenant", "b")],
        *[("cookie", "secret=1"), ("traceparent", "00-1-2-03"), ("content-type", JSON)],
    ]
    names = "Authorization, X-Request-ID ,x-tenant"
    body = b'{"query":"{ me { name } }"}'
    async with (
        open_gateway(forward_headers=names) as url,
        http.post(url, data=body, headers=sent) as response,
    ):
        assert await response.json() == {"data": {"me": {"name": "Ada"}}}
    received = services.headers[-1]
    assert received["authorization"] == "Bearer good"
    assert received["x-request-id"] == "abc"
    assert received["x-tenant"] == "a, b"
    assert "cookie" not in received
    assert "traceparent" not in received


async def test_what_nobody_expected_is_hidden_and_logged(
    http: aiohttp.ClientSession, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(Gateway, "accept", broken)
    for accept in (JSON, RESPONSE):
        headers = {"accept": accept, "content-type": JSON, "x-request-id": "id-1"}
        with capture_logs() as logs:
            async with http.post(url, data=b'{"query":"{ __typename }"}', headers=headers) as response:
                assert response.status == 200
                body = await response.text()
        assert orjson.loads(body) == {
            "data": None,
            "errors": [
                {
                    "message": "Internal server error.",
                    "extensions": {"code": "INTERNAL_SERVER_ERROR", "requestId": "id-1"},
                }
            ],
        }
        assert [(entry["event"], entry["exc_info"]) for entry in logs] == [("request failed", True)]


async def test_a_client_that_breaks_off_does_no_harm(http: aiohttp.ClientSession, url: str) -> None:
    port = int(url.split(":")[2].split("/")[0])
    head = (
        b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{"
    )
    with capture_logs() as logs:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        await writer.drain()
        await asyncio.sleep(0.05)
        writer.close()
        await asyncio.sleep(0.05)
        assert (await post(http, url, {"query": "{ __typename }"}))[0] == 200
    assert logs == []


async def test_introspection_can_be_switched_off(http: aiohttp.ClientSession, open_gateway: Any) -> None:
    async with open_gateway(introspection=False) as url:
        status, _, body = await post(http, url, {"query": "{ __schema { queryType { name } } }"}, RESPONSE)
        assert (status, body["errors"][0]["extensions"]["code"]) == (400, "GRAPHQL_VALIDATION_FAILED")
        assert (await post(http, url, {"query": "{ __typename }"}))[2] == {"data": {"__typename": "Query"}}


async def test_a_local_resolver_delegates_with_the_clients_headers(
    http: aiohttp.ClientSession, open_gateway: Any, schemas: Path, services: SubgraphServer
) -> None:
    repository = Path(__file__).parents[3]
    (schemas / "gateway.graphql").write_text((repository / "schemas/gateway.graphql").read_text())
    body = b'{"query":"{ session { authenticated user { id email name role } } things { id } }"}'
    user = {"id": "1", "email": "ada@example.org", "name": "Ada", "role": "ADMIN"}
    async with open_gateway() as url:
        for token, session in (
            ("good", {"authenticated": True, "user": user}),
            ("bad", {"authenticated": False, "user": None}),
        ):
            headers = {"content-type": JSON, "authorization": f"Bearer {token}"}
            async with http.post(url, data=body, headers=headers) as response:
                answer = await response.json()
            assert "errors" not in answer
            assert answer["data"]["session"] == session
            assert len(answer["data"]["things"]) == 2
        services.instead["auth"] = lambda _: Response(status_code=500)
        status, _, answer = await post(http, url, body)
    assert (status, answer["data"]["session"], len(answer["data"]["things"])) == (200, None, 2)
    (error,) = answer["errors"]
    assert error["path"] == ["session"]
    assert error["extensions"]["code"] == "SUBGRAPH_BAD_RESPONSE"


@pytest.mark.parametrize("coding", ["identity", "Identity", "IDENTITY", "", "identity, Identity"])
async def test_a_body_that_is_not_compressed(http: aiohttp.ClientSession, url: str, coding: str) -> None:
    body = orjson.dumps({"query": "{ things { id } }"})
    headers = {"content-encoding": coding, "content-type": "application/json"}
    async with http.post(url, data=body, headers=headers) as response:
        assert response.status == 200


HASH = {"persistedQuery": {"version": 1, "sha256Hash": "ecf4edb46db40b5132295c0291d62fb6" * 2}}


async def test_a_client_that_sends_hashes_is_told_to_send_queries(
    http: aiohttp.ClientSession, url: str
) -> None:
    error = {"message": "PersistedQueryNotSupported", "extensions": {"code": "PERSISTED_QUERY_NOT_SUPPORTED"}}
    asked = {"operationName": "Q", "variables": {}, "extensions": HASH}
    in_url = {"operationName": "Q", "variables": "{}", "extensions": orjson.dumps(HASH).decode()}
    for accept in ("application/json", "application/graphql-response+json", "*/*"):
        headers = {"accept": accept}
        for request in (
            http.post(url, json=asked, headers=headers),
            http.get(url, params=in_url, headers=headers),
        ):
            async with request as response:
                assert response.status == 200
                assert await response.json(content_type=None) == {"errors": [error]}
    async with http.post(url, json={**asked, "query": "query Q { things { id } }"}) as response:
        assert (await response.json())["data"]["things"]
    for extensions in ({}, {"other": 1}, None):
        async with http.post(url, json={"extensions": extensions}) as response:
            assert response.status == 400
            assert_one_error(await response.json(), "BAD_REQUEST")


async def test_headers_of_the_connection_are_not_passed_on(
    open_gateway: OpenGateway, http: aiohttp.ClientSession, services: SubgraphServer
) -> None:
    sent = {"x-tenant": "a", "x-other": "b", "traceparent": "c"}
    query = {"query": "{ things { id } }"}
    async with open_gateway(forward_headers="x-tenant,x-other,traceparent") as url:
        for connection, passed in (
            ("keep-alive", {"x-tenant", "x-other", "traceparent"}),
            ("keep-alive, X-Tenant", {"x-other", "traceparent"}),
            ("x-tenant,X-OTHER , traceparent", set()),
        ):
            async with http.post(url, json=query, headers={**sent, "connection": connection}) as response:
                assert response.status == 200
            assert sent.keys() & services.headers[-1].keys() == passed


async def raw_post(url: str, lines: bytes, body: bytes) -> bytes:
    """Post with lines of headers as they are; return the whole response."""
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = b"POST %b HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    writer.write(head % address.path.encode() + b"Content-Length: %d\r\n%b\r\n%b" % (len(body), lines, body))
    response = await reader.read()
    writer.close()
    return response


@pytest.mark.parametrize(
    ("lines", "received"),
    [
        (b"X-User: Jos\xc3\xa9\r\n", {"x-user": b"Jos\xc3\xa9"}),
        (b"X-User: \xf0\x9f\x98\x80\r\n", {"x-user": b"\xf0\x9f\x98\x80"}),
        (b"X-User: Jos\xe9, Jos\xc3\xa9\r\n", {"x-user": b"Jos\xe9, Jos\xc3\xa9"}),
        (b"Cookie: a=1\r\nCookie: b=2; c=3\r\n", {"cookie": b"a=1; b=2; c=3"}),
        (b"X-User: a\r\nX-User: b\r\n", {"x-user": b"a, b"}),
    ],
)
async def test_headers_arrive_in_the_bytes_that_were_sent(
    open_gateway: OpenGateway, services: SubgraphServer, lines: bytes, received: dict[str, bytes]
) -> None:
    async with open_gateway(forward_headers="x-user,cookie") as url:
        response = await raw_post(url, lines, b'{"query":"{ things { id } }"}')
    assert b'{"data":{"things":' in response
    headers = services.headers[-1]
    assert {name: headers[name].encode("latin-1") for name in received} == received


@pytest.mark.parametrize("code", [["a"], {"a": 1}, 7, None])
async def test_codes_of_any_kind_in_a_session_that_has_ended(
    http: aiohttp.ClientSession, url: str, services: SubgraphServer, code: Any
) -> None:
    error = {"message": "no", "extensions": {"code": code}}
    services.instead["thing"] = lambda _: JSONResponse({"data": {"things": None}, "errors": [error]})
    cookies = {"cookie": "stitcher_session=" + "a" * 43}
    async with http.post(url, json={"query": "{ __typename things { id } }"}, headers=cookies) as response:
        body = await response.json()
    assert [each["message"] for each in body["errors"]] == ["no"]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'{"query":"{ a }","variables":{"v":1e400}}', "infinity"),
        (b'{"query":"{ a }","variables":{"v":NaN}}', "JSON"),
        (b'{"query":"{ a }","variables":{"v":"\\ud83d"}}', "surrogate"),
        (b'\xef\xbb\xbf{"query":"{ a }"}', "BOM"),
        (b'{"query":"{ a }","variables":{"v":' + b"1" * 5000 + b"}}", "JSON"),
    ],
)
async def test_what_json_cannot_hold_is_refused(
    http: aiohttp.ClientSession, url: str, body: bytes, says: str
) -> None:
    status, _, answer = await post(http, url, body)
    assert status == 400
    assert_one_error(answer, "MALFORMED_JSON")
    assert says in answer["errors"][0]["message"]


async def test_an_id_of_any_size_is_sent_on_exactly(
    http: aiohttp.ClientSession, url: str, services: SubgraphServer
) -> None:
    body = (
        b'{"query":"query($id: ID!) { thing(id: $id) { id } }","variables":{"id":100000000000000000000001}}'
    )
    await post(http, url, body)
    assert "100000000000000000000001" in services.requests[-1][1]["variables"].values()


BROKEN_URLS = {
    "query=%7B__typename%7D&query=%7Bthings%7Bid%7D%7D": "The URL has the parameter 'query' more than once.",
    "query=%7Ba%7D&variables=&variables=%7B%7D": "The URL has the parameter 'variables' more than once.",
    "query=%7Bthing(id:%22%ff%22)%7Bid%7D%7D": "The URL's parameters aren't UTF-8.",
    "query=%7Bthing(id:%22%c3%22)%7Bid%7D%7D": "The URL's parameters aren't UTF-8.",
    "query=%7B__typename%7D&variables=%7B%22a%22:%22%ed%a0%80%22%7D": "The URL's parameters aren't UTF-8.",
}


@pytest.mark.parametrize(("query_string", "message"), BROKEN_URLS.items())
async def test_urls_that_leave_a_doubt(
    http: aiohttp.ClientSession, url: str, query_string: str, message: str
) -> None:
    async with http.get(URL(f"{url}?{query_string}", encoded=True)) as response:
        assert response.status == 400
        assert (await response.json())["errors"][0]["message"] == message


async def test_other_parameters_in_a_url_may_be_repeated(http: aiohttp.ClientSession, url: str) -> None:
    asked = f"{url}?a=1&a=2&query=%7Bthing(id:2)%7Bname%7D%7D&b"
    async with http.get(URL(asked, encoded=True)) as response:
        assert await response.json() == {"data": {"thing": {"name": "Motör"}}}


async def test_a_page_is_for_who_takes_it(http: aiohttp.ClientSession, url: str) -> None:
    for accept, status in (("text/html", 200), ("text/html;q=0, application/json", 400)):
        async with http.get(url, headers={"accept": accept}) as response:
            assert (accept, response.status) == (accept, status)
