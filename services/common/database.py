"""One microservice's database: SQLite in a file, or a schema of its own on a PostgreSQL server.

Tables are created and filled when they aren't there, under a lock that the database itself holds, so a
service may be started twice at the same moment.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import DateTime, MetaData, Table, func, insert, select, text
from sqlalchemy.engine import URL, Dialect, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession, async_sessionmaker
from sqlalchemy.ext.asyncio import create_async_engine as create_engine
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, aliased
from sqlalchemy.types import TypeDecorator

from services.common.settings import Settings

__all__ = ["Database", "Row", "Rows", "UtcDateTime", "by_id", "first_of_each", "open_database"]

Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = Iterable[tuple[type[DeclarativeBase], Sequence[Row]]]

M = TypeVar("M", bound=DeclarativeBase)

_SQLITE_LOCK_SECONDS = 30


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, aware and in UTC on this side, also on SQLite, which knows no offsets."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the database UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say of what the database gave that it is UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Database:
    """An engine with its sessions. ``schema`` names the PostgreSQL schema that the tables live in."""

    def __init__(self, engine: AsyncEngine, schema: str) -> None:
        self.engine = engine
        self.session = async_sessionmaker(engine, expire_on_commit=False)
        self._schema = schema

    async def prepare(self, tables: MetaData, seed: Callable[[], Rows]) -> None:
        """Create the tables that are missing, and fill them where the first of them is empty."""
        async with self.engine.connect() as connection:
            await self._lock(connection)
            await connection.run_sync(tables.create_all)
            if await self._is_empty(connection, tables):
                for model, rows in seed():
                    await connection.execute(insert(model), rows)
            await connection.commit()

    async def _lock(self, connection: AsyncConnection) -> None:
        """Keep other starts of the same service out until this transaction ends."""
        if connection.dialect.name == "sqlite":
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            await connection.execute(
                text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": self._schema}
            )
            await connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{self._schema}"')

    @staticmethod
    async def _is_empty(connection: AsyncConnection, tables: MetaData) -> bool:
        first: Table = tables.sorted_tables[0]
        return (await connection.execute(select(first).limit(1))).first() is None


@asynccontextmanager
async def open_database(service: str, settings: Settings) -> AsyncIterator[Database]:
    """Open the database of a service, and close it at the end."""
    url = _url(service, settings)
    if url.get_backend_name() == "sqlite":
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        engine = create_engine(url, connect_args={"timeout": _SQLITE_LOCK_SECONDS})
    else:
        engine = create_engine(
            url, connect_args={"server_settings": {"search_path": service}}, pool_pre_ping=True
        )
    try:
        yield Database(engine, service)
    finally:
        await engine.dispose()


def _url(service: str, settings: Settings) -> URL:
    """Return where the database is, with the driver to use."""
    if not settings.database_url:
        return URL.create("sqlite+aiosqlite", database=str(settings.data_dir / f"{service}.db"))
    scheme, separator, rest = settings.database_url.partition("://")
    if scheme not in ("postgres", "postgresql") or not separator:
        raise ValueError("DATABASE_URL must be a PostgreSQL address: postgresql://…")
    return make_url(f"postgresql+asyncpg://{rest}")


async def by_id(session: AsyncSession, ids: Sequence[str], model: type[M]) -> dict[str, M]:
    """Return the rows with these ids, by id, in one statement."""
    (key,) = model.__mapper__.primary_key
    rows = await session.scalars(select(model).where(key.in_(ids)))
    return {getattr(row, key.name): row for row in rows}


async def first_of_each(
    session: AsyncSession,
    parent: InstrumentedAttribute[str],
    parents: Sequence[str],
    *conditions: Any,
    order: Sequence[Any],
    first: int,
) -> Mapping[str, list[Any]]:
    """Return the first rows of each parent, in order, in one statement.

    Args:
        session: Where to ask.
        parent: The column that holds the parent's id; its model is what is returned.
        parents: The parents' ids.
        *conditions: What else a row must fulfil.
        order: What makes a row the first.
        first: How many rows of each parent at most.

    Returns:
        A list for every parent, which is empty where it has no rows.
    """
    rank = func.row_number().over(partition_by=parent, order_by=order).label("rank")
    ranked = select(parent.class_, rank).where(parent.in_(parents), *conditions).subquery()
    row_type = aliased(parent.class_, ranked)
    rows = await session.scalars(select(row_type).where(ranked.c.rank <= first).order_by(ranked.c.rank))
    found: dict[str, list[Any]] = {key: [] for key in parents}
    for row in rows:
        found[getattr(row, parent.key)].append(row)
    return found
