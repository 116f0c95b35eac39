"""What becomes of a gateway that another takes the place of, in one process."""

import asyncio
import gc
import weakref
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from stitcher.discovery.copies import Copies
from stitcher.gateway.current import CurrentGateway
from stitcher.gateway.request import ClientRequest
from stitcher.server.reload import Reload, build_first
from stitcher.settings.load import load_settings
from stitcher.transport.exchange import HttpPool
from stitcher.transport.upstreams import Upstreams
from tests.asgi_server import serving
from tests.discovery.test_schema_source import SUPERGRAPH, Server
from tests.waiting import until


@asynccontextmanager
async def reloading(directory: Path) -> AsyncIterator[tuple[Reload, CurrentGateway]]:
    async with HttpPool() as pool:
        upstreams, copies = Upstreams(pool), Copies(directory / "copies")
        first = await asyncio.to_thread(build_first, load_settings(), upstreams, copies)
        current = CurrentGateway(first.gateway, first.digest)
        reload = Reload(first, current, upstreams, copies, load_settings)
        del first
        await reload.open()
        yield reload, current
        await reload.close()
        await current.close()


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "thing.graphql").write_text("type Query { a: Int }")
    monkeypatch.setenv("THING_MICROSERVICE_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("SCHEMA_WATCH", "off")


def write(text: str) -> None:
    Path("schemas/thing.graphql").write_text(text)


async def test_one_that_was_replaced_is_closed_after_its_last_request_and_forgotten() -> None:
    async with reloading(Path()) as (reload, current):
        old = current.gateway
        known = weakref.ref(old)
        current.hold(old)
        write("type Query { a: Int b: Int }")
        reload.request()
        await until(lambda: reload.counts["served"] == 1)
        assert current.gateway is not old
        current.release(old)
        await asyncio.sleep(0.05)
        del old
        gc.collect()
        assert known() is None


async def test_many_reloads_leave_nothing_behind() -> None:
    seen: list[weakref.ref[object]] = []
    async with reloading(Path()) as (reload, current):
        for number in range(1, 11):
            seen.append(weakref.ref(current.gateway))
            seen.append(weakref.ref(current.gateway.supergraph.schema))
            write(f"type Query {{ a: Int b{number}: Int }}")
            reload.request()
            await until(lambda: reload.counts["served"] == number)  # noqa: B023 - it is awaited here
        await asyncio.sleep(0.05)
        gc.collect()
        assert [reference() for reference in seen] == [None] * len(seen)


async def test_the_operations_that_are_used_most_are_planned_before_the_swap() -> None:
    async with reloading(Path()) as (reload, current):
        for query, times in (("{ a }", 3), ("{ __typename }", 1)):
            for _ in range(times):
                await current.gateway.accept(ClientRequest(query))
        write("type Query { a: Int b: Int }")
        reload.request()
        await until(lambda: reload.counts["served"] == 1)
        assert [key[0] for key in current.gateway.prepared.most_used(10)] == ["{ a }", "{ __typename }"]


async def test_what_is_the_same_reloads_nothing_and_what_is_broken_is_told_once() -> None:
    async with reloading(Path()) as (reload, current):
        before = current.gateway
        await until(lambda: reload.counts["unchanged"] == 1)  # it looks at once
        reload.request()
        await until(lambda: reload.counts["unchanged"] == 2)
        write("type {")
        with capture_logs() as logs:
            for _ in range(3):
                reload.request()
                await asyncio.sleep(0.1)
        assert current.problems == ("INVALID_GRAPHQL",)
        assert [log["log_level"] for log in logs] == ["error"]
        assert current.gateway is before
        write("type Query { a: Int }")
        reload.request()
        await until(lambda: not current.problems)
        assert current.gateway is before


async def test_a_registrys_change_is_noticed_and_a_broken_one_is_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(SUPERGRAPH)
    monkeypatch.setenv("SCHEMA_POLL_SECONDS", "0.1")
    async with serving(server) as url:
        monkeypatch.setenv("SUPERGRAPH", f"{url}/graph")
        async with reloading(tmp_path) as (reload, current):
            server.text = SUPERGRAPH.replace("a: Int", "a: Int b: Int")
            await until(lambda: "b" in current.gateway.schema.query_type.fields)  # type: ignore[union-attr]
            asked = len(server.seen)
            await until(lambda: len(server.seen) > asked + 2)
            assert reload.counts["served"] == 1  # what is the same reloads nothing
            server.text = "<html>"
            await until(lambda: current.problems)
            server.status = 500
            await asyncio.sleep(0.3)
    async with reloading(tmp_path) as (_, current):  # with the registry down
        assert "b" in current.gateway.schema.query_type.fields  # type: ignore[union-attr]


async def test_a_start_with_a_broken_registry_takes_the_last_good_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Server(SUPERGRAPH)
    async with serving(server) as url:
        monkeypatch.setenv("SUPERGRAPH", url)
        async with reloading(tmp_path) as (_, current):
            good = current.digest
        server.text = "<html>"
        with capture_logs() as logs:
            async with reloading(tmp_path) as (_, current):
                assert current.digest == good
        assert any("last good one" in log["event"] for log in logs)
