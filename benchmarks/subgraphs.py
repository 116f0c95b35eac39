"""All services of a graph in one process: ``python -m benchmarks.subgraphs PORT GRAPH SIZE [DELAY]``.

Each is at ``/<name>``. Data is made up from an object's type and id alone, so every gateway gets the same.
An answer is worked out once, and given again for the same request: little of what is measured is theirs.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import orjson
import uvicorn
from ariadne.contrib.federation import FederatedObjectType, make_federated_schema
from graphql import GraphQLResolveInfo, GraphQLSchema, get_named_type, get_nullable_type, graphql_sync
from graphql.type import is_list_type, is_object_type
from starlette.types import Receive, Scope, Send

from benchmarks.graphs import GRAPHS, Graph

__all__ = ["Subgraphs", "schemas"]


def schemas(graph: Graph) -> dict[str, GraphQLSchema]:
    """Return each subgraph's executable schema."""
    made = {}
    for name, sdl in graph.sdls.items():
        plain = make_federated_schema(sdl)
        types = [each for each in plain.type_map.values() if is_object_type(each) and "@key" in sdl]
        entities = []
        for each in types:
            if f"type {each.name} @key" in sdl:
                entity = FederatedObjectType(each.name)
                entity.reference_resolver(lambda _, __, reference: reference)
                entities.append(entity)
        schema = make_federated_schema(sdl, *entities)
        for type_ in schema.type_map.values():
            if is_object_type(type_) and not type_.name.startswith("_"):
                for field_name, field in type_.fields.items():
                    if not field_name.startswith("_"):
                        field.resolve = _resolver(graph)
        made[name] = schema
    return made


def _resolver(graph: Graph) -> Any:
    def resolve(source: Any, info: GraphQLResolveInfo[Any], **_: Any) -> Any:
        source = source or {}
        if info.field_name in source:
            return source[info.field_name]
        where = f"{source.get('id', '')}{info.field_name[0]}"
        named = get_named_type(info.return_type)
        if is_list_type(get_nullable_type(info.return_type)):
            count = graph.sizes.get(f"{info.parent_type.name}.{info.field_name}", 3)
            return [{"id": f"{named.name}-{each}"} for each in range(count)]
        if is_object_type(named):
            return {"id": f"{named.name}-{len(where) % 5}"}
        return len(where) if named.name == "Int" else f"the {info.field_name} of {source.get('id', 'all')}"

    return resolve


class Subgraphs:
    """The ASGI application; each answer takes ``delay`` seconds."""

    def __init__(self, graph: Graph, delay: float) -> None:
        self._schemas = schemas(graph)
        self._answers: dict[tuple[str, bytes], bytes] = {}
        self._delay = delay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one POST."""
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        key = (scope["path"].strip("/"), body)
        if key not in self._answers:
            self._answers[key] = self._answer(*key)
        if self._delay:
            await asyncio.sleep(self._delay)
        answer = self._answers[key]
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    def _answer(self, name: str, body: bytes) -> bytes:
        request = orjson.loads(body or b'{"query": "{ __typename }"}')
        result = graphql_sync(self._schemas[name], request["query"], variable_values=request.get("variables"))
        return orjson.dumps(result.formatted)


def main() -> None:
    """Serve until the process is ended."""
    port, graph, size, *delay = sys.argv[1:]
    app = Subgraphs(GRAPHS[graph](int(size)), float(delay[0]) if delay else 0.0)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False, lifespan="off")


if __name__ == "__main__":
    main()
