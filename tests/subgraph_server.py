"""Real HTTP subgraphs for tests: Ariadne schemas served by uvicorn on a free port of this machine."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ariadne import graphql
from graphql import GraphQLSchema
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.asgi_server import serving


@dataclass
class SubgraphServer:
    """Serves each schema at ``/<name>``; keeps every request; answers what ``instead`` says, if anything."""

    schemas: Mapping[str, GraphQLSchema]
    address: str = ""
    requests: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)
    instead: dict[str, Callable[[dict[str, Any]], Response]] = field(default_factory=dict)
    delays: dict[str, float] = field(default_factory=dict)

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"

    def asked(self) -> list[str]:
        """Return the names of the subgraphs that were asked, in order, and forget them."""
        names = [name for name, _ in self.requests]
        self.requests.clear()
        return names

    async def answer(self, request: Request) -> Response:
        name = request.path_params["name"]
        body = json.loads(await request.body())
        self.requests.append((name, body))
        self.headers.append(dict(request.headers))
        await asyncio.sleep(self.delays.get(name, 0))
        if name in self.instead:
            return self.instead[name](body)
        _, result = await graphql(self.schemas[name], body, context_value={"request": request})
        return JSONResponse(result)


@contextlib.asynccontextmanager
async def serve(schemas: Mapping[str, GraphQLSchema]) -> AsyncIterator[SubgraphServer]:
    """Serve schemas until the block ends."""
    subgraphs = SubgraphServer(schemas)
    app = Starlette(routes=[Route("/{name}", subgraphs.answer, methods=["POST"])])
    async with serving(app) as address:
        subgraphs.address = address
        yield subgraphs
