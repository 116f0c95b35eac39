"""What one would write without a gateway: Ariadne, resolvers by hand, data loaders.

It answers the shop's operation, and no other: ``python -m benchmarks.plain_ariadne PORT BASE``.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import orjson
import uvicorn
from aiodataloader import DataLoader
from ariadne import ObjectType, QueryType, make_executable_schema
from ariadne.asgi import GraphQL
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount

SCHEMA = """
type Query { users: [User!]! topProducts: [Product!]! }
type User { id: ID! name: String email: String reviews: [Review!]! }
type Product { id: ID! title: String price: Int inStock: Int shipping: Int reviews: [Review!]! }
type Review { id: ID! body: String author: User product: Product }
"""

REVIEWS = "reviews { id body author { id } product { id } }"

SESSION: list[aiohttp.ClientSession] = []
"""The one session, while the app is up."""


async def ask(url: str, query: str, **variables: Any) -> dict[str, Any]:
    """Return the data of one service's answer."""
    body = orjson.dumps({"query": query, "variables": variables})
    async with SESSION[0].post(url, data=body, headers={"content-type": "application/json"}) as response:
        data: dict[str, Any] = orjson.loads(await response.read())["data"]
        return data


class Entities(DataLoader[str, dict[str, Any]]):
    """Loads objects of one type from one service, by id."""

    def __init__(self, url: str, type_name: str, selection: str) -> None:
        super().__init__()
        self._url = url
        self._type = type_name
        self._query = (
            "query($all: [_Any!]!) { _entities(representations: $all) "
            f"{{ ... on {type_name} {{ {selection} }} }} }}"
        )

    async def batch_load_fn(self, keys: Sequence[str]) -> list[dict[str, Any]]:
        """Ask for all keys at once."""
        wanted = [{"__typename": self._type, "id": key} for key in keys]
        entities: list[dict[str, Any]] = (await ask(self._url, self._query, all=wanted))["_entities"]
        return entities


class Stock(DataLoader[tuple[str, int, int], dict[str, Any]]):
    """Loads what is in stock, which depends on more than an id."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self._url = url

    async def batch_load_fn(self, keys: Sequence[tuple[str, int, int]]) -> list[dict[str, Any]]:
        """Ask for all keys at once."""
        names = ("id", "price", "weight")
        wanted = [{"__typename": "Product", **dict(zip(names, key, strict=True))} for key in keys]
        query = (
            "query($all: [_Any!]!) { _entities(representations: $all) "
            "{ ... on Product { inStock shipping } } }"
        )
        entities: list[dict[str, Any]] = (await ask(self._url, query, all=wanted))["_entities"]
        return entities


def loaders(base: str) -> dict[str, Any]:
    """Return the loaders of one request."""
    return {
        "user": Entities(f"{base}/people", "User", "name email"),
        "product": Entities(f"{base}/products", "Product", "title price weight"),
        "user reviews": Entities(f"{base}/reviews", "User", REVIEWS),
        "product reviews": Entities(f"{base}/reviews", "Product", REVIEWS),
        "stock": Stock(f"{base}/stock"),
    }


def schema(base: str) -> Any:
    """Return the executable schema over the services at ``base``."""
    query, user, product = QueryType(), ObjectType("User"), ObjectType("Product")

    @query.field("users")
    async def users(*_: Any) -> Any:
        return (await ask(f"{base}/people", "{ users { id name email } }"))["users"]

    @query.field("topProducts")
    async def top_products(*_: Any) -> Any:
        return (await ask(f"{base}/products", "{ topProducts { id title price weight } }"))["topProducts"]

    def of_user(name: str) -> None:
        @user.field(name)
        async def resolve(source: dict[str, Any], info: Any) -> Any:
            return source[name] if name in source else (await info.context["user"].load(source["id"]))[name]

    def of_product(name: str) -> None:
        @product.field(name)
        async def resolve(source: dict[str, Any], info: Any) -> Any:
            return (
                source[name] if name in source else (await info.context["product"].load(source["id"]))[name]
            )

    def of_stock(name: str) -> None:
        @product.field(name)
        async def resolve(source: dict[str, Any], info: Any) -> Any:
            known = source if "weight" in source else await info.context["product"].load(source["id"])
            key = (source["id"], known["price"], known["weight"])
            return (await info.context["stock"].load(key))[name]

    @user.field("reviews")
    async def user_reviews(source: dict[str, Any], info: Any) -> Any:
        return (await info.context["user reviews"].load(source["id"]))["reviews"]

    @product.field("reviews")
    async def product_reviews(source: dict[str, Any], info: Any) -> Any:
        return (await info.context["product reviews"].load(source["id"]))["reviews"]

    for name in ("name", "email"):
        of_user(name)
    for name in ("title", "price"):
        of_product(name)
    for name in ("inStock", "shipping"):
        of_stock(name)
    return make_executable_schema(SCHEMA, query, user, product)


def main() -> None:
    """Serve until the process is ended."""
    port, base = sys.argv[1:]

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            SESSION[:] = [session]
            yield

    def context(request: Request, _: Any) -> dict[str, Any]:
        return loaders(base)

    graphql = GraphQL(schema(base), context_value=context)
    app = Starlette(routes=[Mount("/", graphql)], lifespan=lifespan)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
