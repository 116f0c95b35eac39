"""Two gateways on one store, in front of services whose values say which version of what they are.

A text is ``thing:1:serial:3:alice``: the third version of the serial of thing 1, as Alice has been told;
those that are for everybody end with ``all``. So each value of an answer can be checked by itself.
"""

import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from graphql import OperationDefinitionNode, parse, value_from_ast_untyped
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stitcher.cache_policies import find_cache_policies
from stitcher.caching.cache import ResponseCache
from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest, GatewayOptions, GatewayResponse
from stitcher.headers import Pass, RequestHeaders
from stitcher.redis.cache_store import RedisCacheStore
from stitcher.redis.client import RedisClient
from stitcher.server.auth.identity import Identity
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.asgi_server import serving

THING = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key", "@cacheTag"])

type Query {
  things(kind: String = "any"): [Thing!] @cacheControl(maxAge: 30) @cacheTag(format: "kind-{$args.kind}")
  thing(id: ID!): Thing @cacheControl(maxAge: 20)
  mine: String @cacheControl(maxAge: 15, scope: PRIVATE)
  said: String
}
type Mutation {
  change(id: ID!): String @invalidates(entities: ["Thing:{$args.id}"])
  changeKind(kind: String!, ids: [ID!]!): String @invalidates(tags: ["kind-{$args.kind}"], types: ["Thing"])
}
type Thing @key(fields: "id") @cacheControl(maxAge: 40) @cacheTag(format: "thing-{$key.id}") {
  id: ID!
  serial: String
  model: String
  owner: Client!
}
type Client @key(fields: "id", resolvable: false) @cacheControl(inheritMaxAge: true) { id: ID! }
"""

CLIENT = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"])

type Query { client(id: ID!): Client @cacheControl(maxAge: 25) }
type Client @key(fields: "id") @cacheControl(maxAge: 25) {
  id: ID!
  name: String
  balance: String @cacheControl(maxAge: 10, scope: PRIVATE)
  favourite: Thing @cacheControl(inheritMaxAge: true)
}
type Thing @key(fields: "id") {
  id: ID!
  note(loud: Boolean = false): String @cacheControl(maxAge: 12)
}
"""

AGES = {"serial": 40, "model": 40, "name": 25, "balance": 10, "note": 12, "mine": 15, "said": 0}
"""The most seconds that a value may be old, however it was asked for."""

IDS = ("1", "2", "3")


@dataclass
class World:
    """Services and gateways; ``time`` is what their clocks say."""

    time: float = 1_000_000.0
    versions: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0]))
    purged: dict[str, float] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)
    fails: bool = False
    asked: list[tuple[str, Any]] = field(default_factory=list)
    gateways: list[Gateway] = field(default_factory=list)
    caches: list[ResponseCache] = field(default_factory=list)

    def value(self, what: str, who: str = "all") -> str:
        return f"{what}:{len(self.versions[what])}:{who}"

    def change(self, what: str) -> None:
        self.versions[what].append(self.time)

    # The services

    async def answer(self, request: Request) -> Response:
        body = await request.json()
        name = request.url.path.strip("/")
        self.asked.append((name, body))
        if self.fails:
            return Response("broken", 500)
        who = request.headers.get("authorization", "nobody")
        data = Answering(self, who, body).data()
        answer = {"data": data, **({"extensions": self.extensions} if self.extensions else {})}
        return JSONResponse(answer, headers=self.headers)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        response = await self.answer(Request(scope, receive))
        await response(scope, receive, send)

    # The clients

    async def ask(self, query: str, who: str = "", at: int = 0, **options: Any) -> GatewayResponse:
        headers = {"authorization": who} if who else {}
        variables = options.pop("variables", None)
        asker = Identity({"sub": who}) if who else None
        request = ClientRequest(query, variables, headers=headers, asker=asker)
        return await self.gateways[at].execute(request._replace(who=lambda: who.encode() or None, **options))

    async def data(self, query: str, who: str = "", at: int = 0, **options: Any) -> Any:
        response = await self.ask(query, who, at, **options)
        assert not response.errors, response.errors
        return response.data


class Answering:
    """Executes an operation on the few fields that there are: faster than a library that knows all fields."""

    def __init__(self, world: World, who: str, body: dict[str, Any]) -> None:
        self.world = world
        self.who = who
        self.variables = body.get("variables") or {}
        self.document = parse(body["query"])

    def data(self) -> dict[str, Any]:
        (operation,) = self.document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        return self.object({}, operation.selection_set.selections)

    def object(self, source: dict[str, Any], selections: Any) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for node in selections:
            if node.kind == "inline_fragment":
                found.update(self.object(source, node.selection_set.selections))
                continue
            given = {argument.name.value: self.argument(argument.value) for argument in node.arguments or ()}
            value = self.field(source, node.name.value, given)
            if node.selection_set and value is not None:
                below = node.selection_set.selections
                value = (
                    [self.object(item, below) for item in value]
                    if isinstance(value, list)
                    else self.object(value, below)
                )
            found[node.alias.value if node.alias else node.name.value] = value
        return found

    def argument(self, node: Any) -> Any:
        return value_from_ast_untyped(node, self.variables)

    def field(self, source: dict[str, Any], name: str, given: dict[str, Any]) -> Any:
        value, id_ = self.world.value, source.get("id")
        match name:
            case "__typename":
                return source.get("__typename", "Query")
            case "id":
                return id_
            case "_entities":
                return given["representations"]
            case "things":
                return [{"__typename": "Thing", "id": number} for number in IDS]
            case "thing":
                return {"__typename": "Thing", "id": given["id"]} if given["id"] in IDS else None
            case "client":
                return {"__typename": "Client", "id": given["id"]}
            case "owner":
                return {"__typename": "Client", "id": f"c{id_}"}
            case "favourite":
                return {"__typename": "Thing", "id": str(id_)[1:]}
            case "serial" | "model":
                return value(f"thing:{id_}:{name}")
            case "note":
                return value(f"thing:{id_}:note")
            case "name":
                return value(f"client:{id_}:name")
            case "balance":
                return value(f"client:{id_}:balance", self.who)
            case "mine":
                return value("query:0:mine", self.who)
            case "said":
                return value("query:0:said")
            case "change":
                for attribute in ("serial", "model", "note"):
                    self.world.change(f"thing:{given['id']}:{attribute}")
                return "done"
            case "changeKind":
                for number in given["ids"]:
                    self.world.change(f"thing:{number}:serial")
                return "done"
        raise LookupError(name)


@contextlib.asynccontextmanager
async def world(redis: str | None = None, gateways: int = 1, size: int = 4 * 2**20) -> AsyncIterator[World]:
    """Serve the services, and put gateways before them: with a Redis, on that, else each by itself."""
    made = World()
    async with serving(made) as address, HttpPool() as pool, contextlib.AsyncExitStack() as stack:
        sdls = {"thing": THING, "client": CLIENT}
        sources = [Source(name, sdl, f"{name}.graphql", (f"{address}/{name}",)) for name, sdl in sdls.items()]
        supergraph = compose(sources)
        rules = RequestHeaders([Pass("authorization")])
        for _ in range(gateways):
            client = RedisClient(redis, timeout=0.1, retry_after=0.05) if redis else None
            store = RedisCacheStore(client, "stitcher:cache:") if client else None
            cache = ResponseCache(size, store, now=lambda: made.time)
            stack.push_async_callback(cache.close)
            options = GatewayOptions(
                cache=cache,
                cache_policies=find_cache_policies(supergraph.whole),
                request_headers=dict.fromkeys(sdls, rules),
            )
            transports = {
                name: HttpTransport(
                    name,
                    Upstream.at(f"{address}/{name}"),
                    pool,
                    timeout=5,
                    share=True,
                    request_headers=rules,
                    reads_tags=True,
                )
                for name in sdls
            }
            made.caches.append(cache)
            made.gateways.append(Gateway(supergraph, transports, options))
        yield made
