"""Names that stand for several machines. The system's resolver is replaced: it can't be told what to say."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import Sequence
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.names import Names
from stitcher.transport.upstreams import Upstream, Upstreams
from tests.asgi_server import serving
from tests.transport.test_attempts import QUERY
from tests.waiting import until


class Resolver:
    """What names stand for: addresses, or an error, or nothing for a while."""

    def __init__(self) -> None:
        self.names: dict[str, Sequence[str] | OSError] = {}
        self.asked = 0
        self.answers = asyncio.Event()
        self.answers.set()

    async def getaddrinfo(self, host: str, port: Any, **options: Any) -> list[Any]:
        self.asked += 1
        await self.answers.wait()
        found = self.names.get(host, socket.gaierror("unknown"))
        if isinstance(found, OSError):
            raise found
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, 1, 6, "", (address, port or 0))
            for address in found
        ]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> Resolver:
    resolver = Resolver()

    async def look_up(loop: asyncio.BaseEventLoop, *given: Any, **options: Any) -> list[Any]:
        return await resolver.getaddrinfo(*given, **options)

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", look_up)
    return resolver


async def test_what_names_stand_for(resolver: Resolver) -> None:
    resolver.names = {
        "one": ["10.0.0.1"],
        "two": ["10.0.0.2", "10.0.0.1"],
        "localhost": ["::1", "127.0.0.1"],
        "pods": ["fd00::1", "fd00::2", "10.0.0.1"],
        "link": ["fe80::1%eth0"],
    }
    assert await Names().look_up(["one", "two", "localhost", "pods", "link", "gone", "10.0.0.9", "::1"]) == {
        "one": ("10.0.0.1",),
        "two": ("10.0.0.1", "10.0.0.2"),
        "localhost": (),
        "pods": ("fd00::1", "fd00::2"),
        "link": (),
    }


async def test_a_resolver_that_hangs_is_asked_once(resolver: Resolver) -> None:
    resolver.answers.clear()
    resolver.names = {"thing": ["10.0.0.1"]}
    names = Names()
    for _ in range(3):
        assert await names.look_up(["thing"], patience=0.02) == {}
    assert resolver.asked == 1
    resolver.answers.set()
    assert await names.look_up(["thing"]) == {"thing": ("10.0.0.1",)}


def addresses(upstreams: Upstreams) -> list[str]:
    return sorted(instance.url.host or "" for instance in upstreams.known["thing"].instances.all)


async def test_machines_come_and_go_and_those_that_stay_are_left_alone(resolver: Resolver) -> None:
    upstreams = Upstreams(HttpPool())
    upstreams.reach({"thing": ["http://thing:4002/graphql"]})
    assert addresses(upstreams) == ["thing"]
    resolver.names = {"thing": ["10.0.0.1", "10.0.0.2"]}
    await upstreams.look_up()
    assert addresses(upstreams) == ["10.0.0.1", "10.0.0.2"]
    instances = upstreams.known["thing"].instances.all
    assert all(instance.breaker.share(asyncio.get_running_loop().time()) == 1 for instance in instances)
    resolver.names = {"thing": ["10.0.0.2", "10.0.0.3"]}
    with capture_logs() as logs:
        await upstreams.look_up()
    assert logs[0]["machines"] == ["+ 10.0.0.3", "- 10.0.0.1"]
    assert instances[1] in upstreams.known["thing"].instances.all
    new = next(instance for instance in upstreams.known["thing"].instances.all if instance not in instances)
    assert new.breaker.share(asyncio.get_running_loop().time()) < 0.2  # it warms up
    assert new.headers == {"host": "thing:4002"}


@pytest.mark.parametrize("lost", [socket.gaierror("flaps"), []])
async def test_a_name_that_is_not_found_any_more_stays_where_it_was(
    resolver: Resolver, lost: Sequence[str] | OSError
) -> None:
    upstreams = Upstreams(HttpPool())
    upstreams.reach({"thing": ["http://thing/graphql"]})
    resolver.names = {"thing": ["10.0.0.1", "10.0.0.2"]}
    await upstreams.look_up()
    resolver.names = {"thing": lost}
    await upstreams.look_up()
    assert addresses(upstreams) == ["10.0.0.1", "10.0.0.2"]


async def test_the_name_is_kept_for_host_and_tls(resolver: Resolver) -> None:
    resolver.names = {"thing": ["10.0.0.1"]}
    upstreams = Upstreams(HttpPool())
    upstreams.reach({"thing": ["https://me:pass@thing/graphql?a=1"]})
    await upstreams.look_up()
    (instance,) = upstreams.known["thing"].instances.all
    assert str(instance.url) == "https://10.0.0.1/graphql?a=1"
    assert (instance.tls_name, instance.headers["host"]) == ("thing", "thing")
    assert instance.headers["authorization"].startswith("Basic ")
    assert instance.address == "https://10.0.0.1/graphql (thing)"


async def test_both_machines_of_a_name_are_asked_and_one_that_goes_loses_nothing(resolver: Resolver) -> None:
    hosts: list[tuple[str, str]] = []

    async def service(scope: Scope, receive: Receive, send: Send) -> None:
        hosts.append((scope["server"][0], Request(scope).headers["host"]))
        await Response(b'{"data":{"a":1}}', media_type="application/json")(scope, receive, send)

    async with serving(service, host="0.0.0.0") as url, HttpPool() as pool:
        port = url.rpartition(":")[2]
        upstreams = Upstreams(pool)
        transport = HttpTransport(
            "thing", upstreams.reach({"thing": [f"http://thing:{port}/"]})["thing"], pool
        )
        resolver.names = {"thing": ["127.0.0.1", "127.0.0.2"]}
        await upstreams.open()
        for _ in range(30):
            await transport.send(QUERY)
        assert set(hosts) == {(machine, f"thing:{port}") for machine in ("127.0.0.1", "127.0.0.2")}
        resolver.names = {"thing": ["127.0.0.2"]}
        asked = resolver.asked
        await until(lambda: resolver.asked > asked)
        await asyncio.sleep(0.05)
        hosts.clear()
        for _ in range(10):
            await transport.send(QUERY)
        assert {machine for machine, _ in hosts} == {"127.0.0.2"}
        await upstreams.close()


async def test_services_stay_as_they_are_known_when_others_are_added() -> None:
    upstreams = Upstreams(HttpPool())
    before = upstreams.reach({"thing": ["http://10.0.0.1/"], "client": ["http://10.0.0.2/"]})
    (old,) = before["thing"].instances.all
    after = upstreams.reach(
        {"thing": ["http://10.0.0.1/", "http://10.0.0.3/"], "event": ["http://10.0.0.4/"]}
    )
    assert after["thing"] is before["thing"]
    assert set(upstreams.known) == {"thing", "event"}
    assert after["thing"].instances.all[0] is old
    assert after["thing"].instances.all[1].breaker.share(asyncio.get_running_loop().time()) < 0.2


def test_a_mutation_finds_out_about_no_instance_while_there_is_another() -> None:
    upstream = Upstream.at("http://10.0.0.1/", "http://10.0.0.2/", "http://10.0.0.3/")
    out, *others = upstream.instances.all
    for _ in range(3):
        out.breaker.fail(1.0)
    assert upstream.instances.pick() is out
    assert {upstream.instances.pick(may_probe=False) for _ in range(50)} == {*others}
    assert upstream.instances.pick(others, may_probe=False) is out


async def test_over_tls_the_name_is_what_counts(certificate: tuple[str, str]) -> None:
    command = [sys.executable, "-m", "tests.transport.over_tls", *certificate]
    environment = {**os.environ, "SSL_CERT_FILE": certificate[0]}
    done = await asyncio.create_subprocess_exec(*command, env=environment, stdout=PIPE, stderr=PIPE)
    told, wrong = await asyncio.wait_for(done.communicate(), 60)
    assert told.decode().strip() == "[('127.0.0.1', 'thing.test'), ('127.0.0.2', 'thing.test')]", wrong
