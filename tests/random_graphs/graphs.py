"""Random graphs, split over services and whole: what the strategy draws, and how it is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, graphql_sync
from hypothesis import strategies as st

from stitcher.large import LARGE
from tests.random_graphs.model import Done, Path, Row, Types
from tests.random_graphs.parts import DIALECTS, Service
from tests.random_graphs.rows import draw_rows
from tests.random_graphs.sdl import write
from tests.random_graphs.service import RandomService, whole_resolver, whole_type
from tests.random_graphs.split import draw_split
from tests.random_graphs.types import draw_types


@dataclass(frozen=True, repr=False)
class RandomGraph:
    """A graph: its services by name, the objects that all of them answer from, and the mutations done."""

    types: Types
    rows: dict[str, list[Row]]
    services: dict[str, RandomService]
    done: Done

    @property
    def sdls(self) -> dict[str, str]:
        return {name: service.written.sdl for name, service in self.services.items()}

    @property
    def values(self) -> dict[str, list[Any]]:
        """What arguments are drawn from, by name."""
        ids = [f"{letter}{number}" for letter in "abcd" for number in range(2)]
        codes = [f"{letter}-{number}" for letter in "abcd" for number in range(2)]
        return {
            "id": [*ids, "none"],
            "code": [*codes, "none"],
            "homeId": ["h0", "h1"],
            "no": [0, 1],
            "n": [1, 2, 3],
            "times": [0, 1, 2],
            "first": [0, 1, 5],
        }

    def whole(self, merged: GraphQLSchema, query: str, variables: dict[str, Any]) -> ExecutionResult:
        """Answer an operation from the objects themselves."""
        lookups = {
            name: own for service in self.services.values() for name, own in service.written.lookups.items()
        }
        return graphql_sync(
            merged,
            query,
            self.rows["Query"][0],
            variable_values=variables,
            field_resolver=whole_resolver(self.types, self.rows, lookups, self.done),
            type_resolver=whole_type,
        )

    def __repr__(self) -> str:
        sdls = "\n\n".join(
            f"# {name}: {service.service.dialect}\n{self.sdls[name]}"
            for name, service in self.services.items()
        )
        broken = [
            f"{type_name} {number}: {name} = {value!r}"
            for type_name, rows in self.rows.items()
            if self.types[type_name].kind == "type"
            for number, row in enumerate(rows)
            for name, value in row.items()
            if value is None or isinstance(value, Exception)
        ]
        return "\n".join([sdls, "", *broken])

    def _repr_pretty_(self, printer: Any, _: bool) -> None:
        printer.text(repr(self))


@st.composite
def graphs(draw: Any, dialects: Sequence[str] = DIALECTS) -> RandomGraph:
    """Draw a graph and a way of splitting it over services of the dialects."""
    types = draw_types(draw)
    services = draw_split(draw, types, dialects)
    rows = draw_rows(draw, types, _required(types))
    shared = _shared(services)
    written = {service.name: write(service, types, shared) for service in services}
    done: Done = []
    sizes = st.sampled_from((0, 0, LARGE, None))
    running = {
        service.name: RandomService(service, written[service.name], types, rows, done, draw(sizes))
        for service in services
    }
    return RandomGraph(types, rows, running, done)


def _required(types: Types) -> set[tuple[str, str]]:
    """Return the fields that others are made of: computed ones, and those that take something from above.

    So are those that nested objects among these would be lost with.
    """
    found: set[tuple[str, str]] = set()

    def keep(type_name: str) -> None:
        for name in types[type_name].members or [type_name]:
            for own in types[name].attributes.values():
                if "!" in own.type and (name, own.name) not in found:
                    found.add((name, own.name))
                    if own.named in types:
                        keep(own.named)

    def follow(type_name: str, path: Path) -> None:
        name = path[0].partition("(")[0]
        found.add((type_name, name))
        found.update((member, name) for member in types[type_name].members)
        if len(path) > 1:
            keep(types[type_name].attributes[name].named)
            follow(types[type_name].attributes[name].named, path[1:])

    for type_ in types.values():
        for own in type_.attributes.values():
            for path in own.requires:
                follow(type_.name, path)
            for context in own.contexts:
                for type_name, path in context.paths.items():
                    follow(type_name, path)
    return found


def _shared(services: list[Service]) -> set[tuple[str, str]]:
    """Return the fields that more than one service serves, or provides along some path."""
    served = [
        (type_name, name)
        for service in services
        for type_name, part in service.parts.items()
        for name, own in part.fields.items()
        if not own.overridden
    ]
    return {each for each in served if served.count(each) > 1}
