"""schemas/ says what the services say, and the services say what their own files say."""

import importlib
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    REMOVE,
    DirectiveNode,
    Visitor,
    build_client_schema,
    build_schema,
    get_introspection_query,
    lexicographic_sort_schema,
    parse,
    print_ast,
    print_schema,
    visit,
)

from tests.stack import SERVICES, Stack

ROOT = Path(__file__).parents[2]
FEDERATION = ("thing", "client")
STITCHED = ("auth", "account", "event")


CACHING = ("cacheControl", "invalidates")


class Without(Visitor):
    """Takes away what the gateway alone understands."""

    def __init__(self, *names: str) -> None:
        super().__init__()
        self.names = names

    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        return REMOVE if node.name.value in self.names else None


def composed(name: str) -> str:
    return (ROOT / "schemas" / f"{name}.graphql").read_text()


def own(name: str) -> str:
    return (ROOT / "services" / name / "schema.graphql").read_text()


def same_text(sdl: str) -> str:
    return print_ast(parse(sdl))


@pytest.mark.parametrize("name", FEDERATION)
def test_a_federation_subgraph_is_composed_word_for_word(name: str) -> None:
    assert print_ast(visit(parse(composed(name)), Without(*CACHING))) == same_text(own(name))


@pytest.mark.parametrize("name", STITCHED)
def test_a_plain_service_is_composed_with_stitching_directives_and_no_other_difference(name: str) -> None:
    stitched = parse(composed(name))
    without = visit(stitched, Without("key", "merge", "inaccessible", *CACHING))
    assert print_ast(without) == same_text(own(name))
    assert "@" not in same_text(own(name))
    assert "@key(selectionSet:" in print_ast(stitched)


@pytest.mark.parametrize("name", FEDERATION)
async def test_a_running_federation_subgraph_gives_the_sdl_that_is_composed(name: str, stack: Stack) -> None:
    answer = await stack.ask(name, "{ _service { sdl } }")
    known = print_ast(visit(parse(composed(name)), Without(*CACHING)))
    assert same_text(answer["data"]["_service"]["sdl"]) == known


@pytest.mark.parametrize("name", STITCHED)
async def test_a_running_plain_service_has_the_schema_of_its_file(name: str, stack: Stack) -> None:
    answer = await stack.ask(name, get_introspection_query())
    running = lexicographic_sort_schema(build_client_schema(answer["data"]))
    assert print_schema(running) == print_schema(lexicographic_sort_schema(build_schema(own(name))))


@pytest.mark.parametrize("name", SERVICES)
def test_what_one_service_does_not_answer_takes_nothing_of_another_with_it(name: str) -> None:
    """Root fields, and all but the key of types that several services add to, must be nullable."""
    schemas = {each: importlib.import_module(f"services.{each}.app").service.schema for each in SERVICES}
    query = schemas[name].query_type
    mutation = schemas[name].mutation_type
    roots = [field for root in (query, mutation) if root for field in root.fields.items()]
    hidden = {"_service", "_entities", "accountsByIds", "clientsByIds", "thingsByIds"}
    assert [key for key, field in roots if str(field.type).endswith("!") and key not in hidden] == []

    for shared in ("Client", "Thing", "User"):
        here = schemas[name].get_type(shared)
        fields = here.fields.items() if here else ()
        # A reference to an entity is its key, which the service itself has.
        required = {key for key, field in fields if str(field.type).endswith("!")}
        assert required <= {"id", "owner"}
