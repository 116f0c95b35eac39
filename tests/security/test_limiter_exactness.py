"""Limits hold to the request: three gateways and one Redis, each a process of its own."""

import asyncio
import itertools
import os
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from ariadne import MutationType, QueryType, make_executable_schema

from tests.redis_server import RedisServer
from tests.subgraph_server import SubgraphServer, serve
from tests.waiting import GATEWAY_IS_OPEN, until

REPOSITORY = Path(__file__).parents[2]

ACCOUNTS = """
type Query { ping: Int report: Int }
type Mutation { login(email: String!, password: String!): String }
"""
PING = "{ ping }"
LOST, FOUND = "redis doesn't answer", "redis answers again"


@dataclass
class Accounts:
    """The service behind the gateways; ``logins`` are those that reached it."""

    logins: list[str] = field(default_factory=list)

    def schema(self) -> Any:
        query, mutation = QueryType(), MutationType()

        query.set_field("ping", lambda *_: 1)

        @mutation.field("login")
        def login(*_: object, email: str, password: str) -> None:
            self.logins.append(password)

        return make_executable_schema(ACCOUNTS, query, mutation)


@dataclass
class Gateway:
    """One gateway process."""

    url: str
    log: Path

    def logged(self, words: str) -> int:
        return self.log.read_text("utf-8").count(words)


@pytest.fixture
def accounts() -> Accounts:
    return Accounts()


@pytest.fixture
async def services(accounts: Accounts) -> AsyncIterator[SubgraphServer]:
    async with serve({"accounts": accounts.schema()}) as server:
        yield server


@asynccontextmanager
async def running(
    directory: Path, services: SubgraphServer, settings: Mapping[str, str], count: int = 3
) -> AsyncIterator[list[Gateway]]:
    """Run gateways until the block ends."""
    schemas = directory / "schemas"
    schemas.mkdir()
    limited = ACCOUNTS.replace("report: Int", 'report: Int @rateLimit(limit: "7/minute")')
    (schemas / "accounts.graphql").write_text(limited)
    environment = {
        "DRAIN_SECONDS": "0",
        **{name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        "PYTHONPATH": str(REPOSITORY),
        "ACCOUNTS_MICROSERVICE_URL": services.url("accounts"),
        "EXPLORER": "off",
        "LOG_FORMAT": "json",
        **settings,
    }
    async with AsyncExitStack() as stack:
        logs = [directory / f"gateway{number}.log" for number in range(count)]
        for log in logs:
            with log.open("wb") as output:
                process = await asyncio.create_subprocess_exec(
                    *(sys.executable, "-m", "stitcher", "serve", "--port", "0"),
                    cwd=directory,
                    env=environment,
                    stdout=output,
                    stderr=output,
                )
            stack.push_async_callback(_end, process)
        yield [await _started(log) for log in logs]


async def _started(log: Path) -> Gateway:
    await until(lambda: _address(log), 20)
    return Gateway(f"{_address(log)}/graphql", log)


def _address(log: Path) -> str | None:
    found = GATEWAY_IS_OPEN.search(log.read_text("utf-8"))
    return found and found[1]


async def _end(process: asyncio.subprocess.Process) -> None:
    process.terminate()
    await process.wait()


async def ask(http: aiohttp.ClientSession, url: str, query: str = PING, **headers: str) -> int:
    """Return the status of an answer."""
    return (await ask_why(http, url, query, **headers))[0]


async def ask_why(http: aiohttp.ClientSession, url: str, query: str, **headers: str) -> tuple[int, str]:
    """Return the status of an answer, and the window that refuses one."""
    async with http.post(url, json={"query": query}, headers=headers) as response:
        body = await response.json()
        if response.status != 429:
            return response.status, ""
        assert body["errors"][0]["extensions"] == {"code": "RATE_LIMITED"}
        assert int(response.headers["retry-after"]) >= 1
        return 429, response.headers["ratelimit"].split('"')[1]


def login(*passwords: str, email: str = "ada@example.org") -> str:
    fields = (
        f'a{number}: login(email: "{email}", password: "{password}")'
        for number, password in enumerate(passwords)
    )
    return f"mutation {{ {' '.join(fields)} }}"


async def test_what_is_admitted_is_the_limit_exactly(
    http: aiohttp.ClientSession,
    tmp_path: Path,
    services: SubgraphServer,
    accounts: Accounts,
    redis: RedisServer,
) -> None:
    settings = {"REDIS_URL": redis.url, "RATE_LIMIT": "90/minute;1000/hour", "LOGIN_RATE_LIMIT": "9/minute"}
    async with running(tmp_path, services, settings) as gateways:
        turns = itertools.count()
        urls = [gateway.url for gateway in gateways]

        async def many(query: str, times: int) -> Counter[int]:
            return Counter(
                await asyncio.gather(*(ask(http, urls[next(turns) % 3], query) for _ in range(times)))
            )

        assert await many(login("one", "two"), 20) == {200: 4, 429: 16}
        assert len(accounts.logins) == 8
        assert await many("{ report }", 20) == {200: 7, 429: 13}
        assert await many(PING, 200) == {200: 50, 429: 150}
        assert sum(gateway.logged(LOST) for gateway in gateways) == 0


@dataclass(frozen=True)
class Answer:
    gateway: int
    status: int
    refused_by: str
    ended: float
    took: float


async def test_redis_is_killed_and_restarted_under_load(
    http: aiohttp.ClientSession,
    tmp_path: Path,
    services: SubgraphServer,
    accounts: Accounts,
    redis: RedisServer,
) -> None:
    limit, logins = 40, 5
    settings = {
        "REDIS_URL": redis.url,
        "RATE_LIMIT": f"{limit}/minute",
        "LOGIN_RATE_LIMIT": f"{logins}/minute",
    }
    async with running(tmp_path, services, settings) as gateways:
        answers: list[Answer] = []

        async def load(number: int) -> None:
            for turn in itertools.count():
                began = time.monotonic()
                query = login("guess") if turn % 3 == 0 else PING
                status, window = await ask_why(http, gateways[number].url, query)
                ended = time.monotonic()
                answers.append(Answer(number, status, window, ended, ended - began))
                await asyncio.sleep(0.01)

        def since(moment: float, *, admitted: bool) -> list[int]:
            """Return how many requests each gateway has admitted, or refused, since then."""
            found = Counter(
                answer.gateway
                for answer in answers
                if answer.ended > moment and (answer.refused_by != "requests/minute") is admitted
            )
            return [found[number] for number in range(3)]

        tasks = [asyncio.create_task(load(number)) for number in (0, 1, 2) * 2]
        try:
            # Redis counts.
            await until(lambda: min(since(0, admitted=False)) > 10, 20)
            assert sum(since(0, admitted=True)) == limit
            assert len(accounts.logins) == logins

            # Each gateway counts by itself.
            killed = time.monotonic()
            await redis.stop()
            await until(lambda: min(since(killed, admitted=False)) > limit, 20)
            assert since(killed, admitted=True) == [limit] * 3
            assert len(accounts.logins) == 4 * logins
            assert [gateway.logged(LOST) for gateway in gateways] == [1] * 3

            # Redis, which has forgotten everything, counts again.
            await redis.start()
            await until(lambda: all(gateway.logged(FOUND) for gateway in gateways), 20)
            found = time.monotonic()
            await until(lambda: min(since(found, admitted=False)) > 10, 20)
            assert sum(since(killed, admitted=True)) == 3 * limit + limit
            assert len(accounts.logins) == 5 * logins
        finally:
            for task in tasks:
                task.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.gather(*tasks)
        assert {answer.status for answer in answers} == {200, 429}
        assert max(answer.took for answer in answers) < 2


async def test_a_redis_that_hangs_costs_one_wait(
    http: aiohttp.ClientSession, tmp_path: Path, services: SubgraphServer, redis: RedisServer
) -> None:
    settings = {"REDIS_URL": redis.url, "RATE_LIMIT": "20/minute"}
    async with running(tmp_path, services, settings, count=1) as (gateway,):
        url = gateway.url
        assert await ask(http, url) == 200
        redis.freeze()
        start = time.monotonic()
        statuses = Counter(await asyncio.gather(*(ask(http, url) for _ in range(15))))
        assert statuses == {200: 15}
        assert 0.2 < time.monotonic() - start < 1.5
        start = time.monotonic()
        assert Counter([await ask(http, url) for _ in range(10)]) == {200: 5, 429: 5}
        assert time.monotonic() - start < 0.5
        redis.thaw()
        await until(lambda: gateway.logged(FOUND), 20)


def brute_force() -> Iterator[str]:
    """Yield operations that try a dozen passwords or more, in one HTTP request."""
    passwords = [f"guess{number}" for number in range(12)]
    tries = login(*passwords).removeprefix("mutation ")
    yield f"mutation {tries}"
    yield f"mutation {{ ...F }} fragment F on Mutation {tries}"
    yield f"mutation {{ ... on Mutation {{ ... {tries} }} }}"
    yield f"mutation ($yes: Boolean = true) {{ ... @include(if: $yes) {tries} }}"
    yield f"mutation ($no: Boolean = false) {{ ... @skip(if: $no) {tries} }}"
    others = tries.replace(": login", "b: login")
    yield f"""
        mutation {{ ...F ...G }} fragment F on Mutation {tries}
        fragment G on Mutation {{ ...H }} fragment H on Mutation {others}
    """


async def test_brute_force_by_many_logins_in_one_request(
    http: aiohttp.ClientSession,
    tmp_path: Path,
    services: SubgraphServer,
    accounts: Accounts,
    redis: RedisServer,
) -> None:
    async with running(tmp_path, services, {"REDIS_URL": redis.url}) as gateways:
        url = gateways[0].url
        for query in brute_force():
            assert await ask(http, url, query) == 429
        several = f"query A {PING} {login(*'abcdefgh').replace('mutation', 'mutation B')}"
        async with http.post(url, json={"query": several, "operationName": "B"}) as response:
            assert response.status == 429
        async with http.post(url, json=[{"query": login("guess")}] * 50) as response:
            assert response.status == 400
        async with http.get(url, params={"query": login("guess")}) as response:
            assert response.status == 405
        assert accounts.logins == []
        forged = [
            {"x-forwarded-for": f"192.0.2.{number}", "x-request-id": f"{number}"} for number in range(10)
        ]
        statuses = [
            await ask(http, gateways[number % 3].url, login("guess"), **each)
            for number, each in enumerate(forged)
        ]
        assert statuses == [200] * 5 + [429] * 5
        assert len(accounts.logins) == 5


async def test_one_account_guessed_from_many_addresses(
    http: aiohttp.ClientSession,
    tmp_path: Path,
    services: SubgraphServer,
    accounts: Accounts,
    redis: RedisServer,
) -> None:
    settings = {"REDIS_URL": redis.url, "TRUSTED_PROXIES": "127.0.0.1"}
    async with running(tmp_path, services, settings) as gateways:
        statuses = []
        for number in range(30):
            forwarded = {"x-forwarded-for": f"192.0.2.{number}"}
            statuses.append(await ask(http, gateways[number % 3].url, login("guess"), **forwarded))
        assert statuses == [200] * 20 + [429] * 10
        assert len(accounts.logins) == 20
        other = login("guess", email="bob@example.org")
        assert await ask(http, gateways[0].url, other, **{"x-forwarded-for": "192.0.2.99"}) == 200


async def test_a_forged_address_is_not_believed(
    http: aiohttp.ClientSession, tmp_path: Path, services: SubgraphServer
) -> None:
    settings = {"RATE_LIMIT": "5/minute", "TRUSTED_PROXIES": "10.0.0.0/8"}
    async with running(tmp_path, services, settings, count=1) as (gateway,):
        url = gateway.url
        forged = ["10.0.0.1", "192.0.2.1", "192.0.2.2, 10.0.0.1", "127.0.0.1", "", "::1", "192.0.2.3", "x"]
        statuses = [await ask(http, url, **{"x-forwarded-for": each}) for each in forged]
        assert statuses == [200] * 5 + [429] * 3
    (tmp_path / "behind").mkdir()
    settings = {"RATE_LIMIT": "5/minute", "TRUSTED_PROXIES": "127.0.0.1,10.0.0.0/8"}
    async with running(tmp_path / "behind", services, settings, count=1) as (gateway,):
        url = gateway.url
        forged = [f"198.51.100.{number}, 192.0.2.1, 10.0.0.{number}" for number in range(8)]
        statuses = [await ask(http, url, **{"x-forwarded-for": each}) for each in forged]
        assert statuses == [200] * 5 + [429] * 3
        assert await ask(http, url, **{"x-forwarded-for": "192.0.2.2"}) == 200
