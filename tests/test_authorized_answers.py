"""For any operation and marks, clients get what a schema with all the data gives that refuses what is marked.

That schema refuses at run time, when it knows each object's type; the gateway before anything is fetched.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from graphql import ConstDirectiveNode, GraphQLSchema, NameNode, get_named_type, graphql_sync
from graphql.type import is_abstract_type, is_enum_type, is_interface_type, is_object_type, is_scalar_type
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stitcher.composition.compose import compose
from stitcher.composition.sources import Source
from stitcher.gateway.gateway import Gateway
from stitcher.gateway.request import ClientRequest
from stitcher.transport.exchange import HttpPool
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstream
from tests.operations import Request, requests
from tests.searching import examples
from tests.subgraph_server import serve
from tests.test_same_answers import BOOKSHOP, MUSEUM, World, alike, essence

EXAMPLES = examples(40)

MARK = ConstDirectiveNode(name=NameNode(value="authenticated"), arguments=())


def markable(schema: GraphQLSchema) -> list[tuple[str, str]]:
    """Return every coordinate that can be marked: a type with no field, or a field."""
    found: list[tuple[str, str]] = []
    for named in schema.type_map.values():
        if named.ast_node is None or named.name == "Query":
            continue
        if is_object_type(named) or is_interface_type(named):
            found += [(named.name, name) for name in ("", *named.fields)]
        elif is_scalar_type(named) or is_enum_type(named):
            found.append((named.name, ""))
    return found


def contested(schema: GraphQLSchema) -> list[tuple[str, str]]:
    """Return the coordinates of object types by which these differ from others of one interface or union."""
    found = set()
    for abstract in filter(is_abstract_type, schema.type_map.values()):
        for possible in schema.get_possible_types(abstract):
            found |= {(possible.name, name) for name in ("", *getattr(abstract, "fields", ()))}
    return sorted(found)


@contextmanager
def marked(schema: GraphQLSchema, marks: set[tuple[str, str]]) -> Iterator[None]:
    """Put ``@authenticated`` onto elements of a schema, for a while."""
    elements: list[Any] = []
    for type_name, field_name in marks:
        named: Any = schema.type_map[type_name]
        elements.append(named.fields[field_name] if field_name else named)
    before = [each.ast_node for each in elements]
    for element in elements:
        element.ast_node = replace(element.ast_node, directives=(*(element.ast_node.directives or ()), MARK))
    yield
    for each, node in zip(elements, before, strict=True):
        each.ast_node = node


class Oracle:
    """The schema with all the data, which refuses what is marked."""

    def __init__(self, whole: GraphQLSchema) -> None:
        self.schema = whole
        self.marks: set[tuple[str, str]] = set()
        for named in whole.type_map.values():
            if is_object_type(named) and not named.name.startswith("__"):
                for name, field in named.fields.items():
                    field.resolve = self.guarded(named, name, field.resolve)
            elif is_abstract_type(named):
                named.resolve_type = self.guarded_type(named.resolve_type)

    def guarded(self, owner: Any, name: str, resolve: Any) -> Any:
        def guard(source: Any, info: Any, **given: Any) -> Any:
            if self.refuses(owner, name):
                raise PermissionError(f"{owner.name}.{name}")
            return resolve(source, info, **given) if resolve else source.get(name)

        return guard

    def guarded_type(self, resolve: Any) -> Any:
        def guard(value: Any, info: Any, abstract: Any) -> Any:
            type_name = resolve(value, info, abstract) if resolve else value["__typename"]
            if self.refuses_type(self.schema.type_map[type_name]):
                raise PermissionError(type_name)
            return type_name

        return guard

    def refuses_type(self, named: Any) -> bool:
        interfaces = getattr(named, "interfaces", ())
        return any((each.name, "") in self.marks for each in (named, *interfaces))

    def refuses(self, owner: Any, name: str) -> bool:
        owners = [each for each in (owner, *owner.interfaces) if name in each.fields]
        returned = get_named_type(owner.fields[name].type)
        possible = self.schema.get_possible_types(returned) if is_abstract_type(returned) else ()
        return (
            any((each.name, name) in self.marks for each in owners)
            or self.refuses_type(owner)
            or self.refuses_type(returned)
            or (bool(possible) and all(map(self.refuses_type, possible)))
        )


@pytest.mark.search
@pytest.mark.parametrize("world", [BOOKSHOP, MUSEUM], ids=["bookshop", "museum"])
def test_every_operation_is_answered_as_far_as_it_may_be(world: World) -> None:
    supergraph = compose([Source(name, sdl, f"{name}.graphql", ()) for name, sdl in world.sdls.items()])
    oracle = Oracle(world.whole_schema(supergraph.schema))
    anywhere = st.sampled_from(markable(supergraph.schema))
    apart = st.sampled_from(contested(supergraph.schema))

    with asyncio.Runner() as runner:

        async def check(find: Any) -> None:
            async with serve(world.subgraph_schemas()) as server, HttpPool() as pool:
                transports = {
                    name: HttpTransport(name, Upstream.at(server.url(name)), pool, timeout=20)
                    for name in world.sdls
                }
                await asyncio.to_thread(find, transports, asyncio.get_running_loop())

        def find(transports: Any, loop: asyncio.AbstractEventLoop) -> None:
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            )
            @given(
                request=requests(supergraph.schema, world.values, 3, mutations=False),
                marks=st.sets(anywhere | apart, max_size=5),
            )
            def differ(request: Request, marks: set[tuple[str, str]]) -> None:
                oracle.marks = marks
                with marked(supergraph.schema, marks):
                    gateway = Gateway(supergraph, transports)
                answering = gateway.execute(ClientRequest(request.query, request.variables))
                own = asyncio.run_coroutine_threadsafe(answering, loop).result(60)
                assume(own.executed)
                result = graphql_sync(oracle.schema, request.query, variable_values=request.variables)
                expected = essence(result.data, [error.formatted for error in result.errors or ()], [])
                answer = essence(own.data, own.errors, [])
                assert alike(answer, expected), (answer, expected)

            differ()

        runner.run(check(find))
