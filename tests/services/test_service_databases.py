"""Databases: filled once, quickly, with the same rows everywhere; on SQLite and on PostgreSQL."""

import asyncio
import importlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from services.common.app import create_app
from services.common.database import Database, open_database
from services.common.settings import Settings
from tests.stack import SERVICES, Stack, free_ports, start_services

SIZES = {"users": 3, "clients": 50, "accounts": 80, "things": 200, "events": 5_000}


def service(name: str) -> Any:
    return importlib.import_module(f"services.{name}.app").service


async def rows(database: Database, name: str) -> dict[str, list[Any]]:
    """All rows of a service by table, without the hashes of passwords, which are salted."""
    found = {}
    async with database.session() as session:
        for table in service(name).tables.sorted_tables:
            columns = [column for column in table.columns if column.name != "password_hash"]
            result = await session.execute(select(*columns).order_by(table.c.id))
            found[table.name] = [tuple(row) for row in result]
    return found


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_that_is_started_several_times_at_once_is_filled_once(
    name: str, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path)
    async with AsyncExitStack() as stack:
        opened = [await stack.enter_async_context(open_database(name, settings)) for _ in range(4)]
        await asyncio.gather(*(each.prepare(service(name).tables, service(name).seed) for each in opened))
        found = await rows(opened[0], name)
        for table, size in SIZES.items():
            if table in found:
                assert len(found[table]) == size
        assert found.keys() & SIZES.keys()

        # And once more, later: what was changed stays as it is.
        first = service(name).tables.sorted_tables[0]
        async with opened[1].session.begin() as session:
            await session.execute(first.delete().where(first.c.id == found[first.name][0][0]))
        await opened[2].prepare(service(name).tables, service(name).seed)
        async with opened[3].session() as session:
            assert await session.scalar(select(func.count()).select_from(first)) == len(found[first.name]) - 1


@pytest.mark.parametrize("name", SERVICES)
async def test_two_databases_have_the_same_rows(name: str, tmp_path: Path) -> None:
    both = []
    for directory in ("a", "b"):
        async with open_database(name, Settings(data_dir=tmp_path / directory)) as database:
            await database.prepare(service(name).tables, service(name).seed)
            both.append(await rows(database, name))
    assert both[0] == both[1]


@pytest.mark.parametrize("name", SERVICES)
async def test_starting_with_an_empty_database_takes_less_than_two_seconds(name: str, tmp_path: Path) -> None:
    app = create_app(service(name), Settings(data_dir=tmp_path))
    begin = time.process_time()  # of this process's own work: the machine may be busy with others
    async with app.router.lifespan_context(app):
        assert time.process_time() - begin < 2


async def test_a_database_that_fails_halfway_is_empty_and_can_be_filled(tmp_path: Path) -> None:
    name = "account"
    tables, seed = service(name).tables, service(name).seed

    def broken() -> Any:
        yield next(iter(seed()))
        raise RuntimeError("no more")

    async with open_database(name, Settings(data_dir=tmp_path)) as database:
        with pytest.raises(RuntimeError, match="no more"):
            await database.prepare(tables, broken)
        await database.prepare(tables, seed)
        assert len((await rows(database, name))["accounts"]) == 80


@pytest.mark.parametrize("url", ["mysql://127.0.0.1/x", "sqlite:///x.db", "nonsense"])
async def test_an_address_that_is_not_of_postgresql(url: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="DATABASE_URL must be"):
        async with open_database("thing", Settings(data_dir=tmp_path, database_url=url)):
            pass


# ---- PostgreSQL


@pytest.fixture(scope="module")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of its own for these tests; its address."""
    if shutil.which("initdb") is None or shutil.which("postgres") is None:
        pytest.skip("needs PostgreSQL")  # which CI hasn't got
    # The server refuses to be run by root.
    user = pwd.getpwnam("nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name)
    directory = Path(tempfile.mkdtemp(prefix="stitcher-pg-"))
    os.chown(directory, user.pw_uid, user.pw_gid)
    (port,) = free_ports(1)
    become: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid} if os.getuid() == 0 else {}
    log = (directory.with_suffix(".log")).open("wb")
    data = directory / "data"
    settings = ["-p", str(port), "-h", "127.0.0.1", "-k", "", "-F"]
    try:
        initdb = ["initdb", "-D", str(data), "-U", "demo", "-A", "trust", "-N", "--locale=C", "-E", "UTF8"]
        subprocess.run(initdb, cwd=directory, check=True, stdout=log, stderr=log, **become)
        server = subprocess.Popen(
            ["postgres", "-D", data, *settings], cwd=directory, stdout=log, stderr=log, **become
        )
        try:
            yield f"postgresql://demo@127.0.0.1:{port}/postgres"
        finally:
            server.terminate()
            server.wait(20)
    finally:
        log.close()
        directory.with_suffix(".log").unlink()
        shutil.rmtree(directory)


async def ready(name: str, settings: Settings) -> None:
    async with asyncio.timeout(20), open_database(name, settings) as database:
        while True:
            try:
                async with database.engine.connect() as connection:
                    await connection.execute(text("SELECT 1"))
                    return
            except Exception:  # noqa: BLE001  whatever a server says that is still starting
                await asyncio.sleep(0.1)


async def test_all_services_share_a_postgresql_server(postgresql: str, tmp_path: Path, stack: Stack) -> None:
    settings = Settings(data_dir=tmp_path / "none", database_url=postgresql)
    await ready("thing", settings)
    for name in SERVICES:
        async with AsyncExitStack() as exits:
            opened = [await exits.enter_async_context(open_database(name, settings)) for _ in range(3)]
            await asyncio.gather(*(each.prepare(service(name).tables, service(name).seed) for each in opened))
            here = await rows(opened[0], name)
            async with open_database(name, Settings(data_dir=tmp_path)) as sqlite:
                await sqlite.prepare(service(name).tables, service(name).seed)
                assert await rows(sqlite, name) == here

    with start_services(tmp_path, settings={"DATABASE_URL": postgresql}) as on_postgresql:
        await compare(on_postgresql, stack)
        await write(on_postgresql)


async def compare(one: Stack, other: Stack) -> None:
    queries = {
        "auth": "{ me { name client { id } } }",
        "thing": "{ things(first: 3, status: ONLINE) { serial installedAt owner { id things { id } } } }",
        "client": "{ clients(first: 3) { name since address { city } } }",
        "account": '{ clientsByIds(ids: ["client-1"]) { accounts { payments { paidAt amount } } } }',
        "event": """{
            thingsByIds(ids: ["thing-1"]) { lastEvent { at } events(first: 2) { id } }
            events(since: "2026-10-31T23:00:00+01:00", first: 3) { at }
        }""",
    }
    tokens = await asyncio.gather(one.login(), other.login())
    for name, query in queries.items():
        answer = await one.ask(name, query, token=tokens[0])
        assert "errors" not in answer
        assert answer == await other.ask(name, query, token=tokens[1])


async def write(stack: Stack) -> None:
    token = await stack.login()
    update = 'mutation { updateThingStatus(id: "thing-1", status: FAULT) { status } }'
    changed = await stack.ask("thing", update, token=token)
    assert changed == {"data": {"updateThingStatus": {"status": "FAULT"}}}
    new = (
        'mutation { register(email: "new@example.org", password: "a good password", name: "New") { token } }'
    )
    assert "errors" not in await stack.ask("auth", new)
    refused = await stack.ask("auth", new)
    assert refused["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
