"""Running random graphs: each service from the same objects, of which it sees its own part; and the whole.

A service answers by its declarations. It fails where it is asked for what it doesn't serve, or isn't sent
what it requires: then the gateway's answer differs. A document that isn't valid for it ends the test.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from graphql import (
    build_schema,
    execute_sync,
    parse,
    validate,
)

from stitcher.large import decode
from stitcher.transport.base import SubgraphRequest, SubgraphResponse
from tests.random_graphs.model import (
    ROOTS,
    Context,
    Done,
    Path,
    Row,
    Types,
    answer,
    at,
    find,
    interfaces_of,
    required,
    shouted,
)
from tests.random_graphs.parts import FEDERATION, Service
from tests.random_graphs.sdl import ABOVE, REQUIRE, Lookup, Written

Rows = Mapping[str, list[Row]]


@dataclass(frozen=True)
class Seen:
    """An object as a service sees it: with what it was sent, and what its path provides."""

    row: Row
    sent: Any = None
    provided: frozenset[Path] = frozenset()


class InvalidDocumentError(AssertionError):
    """A service was sent what it can't read: no failure of a service, and not to be taken for one."""


class RandomService:
    """One service, in process; the transport to it too."""

    def __init__(
        self, service: Service, written: Written, types: Types, rows: Rows, done: Done, size: int | None
    ) -> None:
        """Run a service.

        Args:
            service: its part of the graph.
            written: its SDL.
            types: the whole graph's types.
            rows: the whole graph's objects.
            done: where it tells the mutations that it does.
            size: how many bytes it says that its answers take. None for a service in the gateway's own
                process, whose answers hold its objects' values themselves.
        """
        self.done = done
        self.size = size
        self.service = service
        self.written = written
        self.types = types
        self.rows = rows
        self.schema = build_schema(_executable(service, written.sdl), assume_valid_sdl=True)
        self.parse = lru_cache(None)(self._parse)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        result = execute_sync(
            self.schema,
            self.parse(request.document.text),
            Seen(self.rows["Query"][0]),
            variable_values=orjson.loads(orjson.dumps(dict(request.variables))),
            field_resolver=self.resolve,
            type_resolver=self.type_of,
        )
        errors = tuple(error.formatted for error in result.errors or ())
        if self.size is None:
            return SubgraphResponse(result.data, errors)
        body = decode(orjson.dumps({"data": result.data, "errors": errors}))
        return SubgraphResponse(body["data"], tuple(body["errors"]), self.size)

    async def close(self) -> None:
        pass

    def _parse(self, text: str) -> Any:
        document = parse(text)
        if problems := validate(self.schema, document):
            raise InvalidDocumentError(f"{self.service.name}: {problems}\n{text}")
        if '"about' in text:
            raise InvalidDocumentError(f"{self.service.name} is sent what only newer services read: {text}")
        return document

    def resolve(self, seen: Seen, info: Any, **arguments: Any) -> Any:
        name, type_name = info.field_name, info.parent_type.name
        if name == "_entities":
            return [self.entity(argument) for argument in arguments["representations"]]
        if name == "lookups":
            return seen
        if name in self.written.lookups:
            return self.look_up(self.written.lookups[name], arguments)
        own = self.service.parts[type_name].fields[name]
        provided = [path for path in self.applying(seen, type_name) if path[0] == name]
        if not own.served and not provided:
            return LookupError(f"{self.service.name} was asked for {type_name}.{name}")
        attribute = self.types[type_name].attributes[name]
        row = _row(self.rows, type_name, seen.row)
        if type_name == "Mutation":
            self.done.append((name, json.dumps(arguments)))
        if own.contextual:
            above = [arguments[f"{ABOVE}{number}"] for number in range(len(attribute.contexts))]
            found = answer(attribute, row[name], {}, lambda path: at(seen.sent, path), above)
        elif own.computed and arguments:  # those that carry what is required; clients give none
            inputs = {path: arguments[f"{REQUIRE}{number}"] for number, path in enumerate(attribute.requires)}
            found = answer(attribute, row[name], {}, inputs.__getitem__)
        else:
            found = answer(attribute, row[name], arguments, lambda path: at(seen.sent, path))
        below = (path[1:] for path in provided if len(path) > 1)
        return shouted(_seen(found, frozenset([*below, *own.provides])), info)

    def applying(self, seen: Seen, type_name: str) -> Iterator[Path]:
        """Yield what an object's path provides of it, out of the fragments that are for its type."""
        for path in seen.provided:
            condition = path[0].removeprefix("... on ")
            if condition == path[0]:
                yield path
            elif condition == type_name or condition in interfaces_of(self.types, type_name):
                yield path[1:]

    def type_of(self, seen: Seen, info: Any, abstract: Any) -> str:
        name = str(seen.row["__typename"])
        if name in self.service.parts:
            return name
        return next(each for each, part in self.service.parts.items() if part.interface_object)

    def entity(self, representation: Row) -> Seen | None:
        name = representation["__typename"]
        part = self.service.parts[name]
        for key in part.entrances:
            if row := self.find(name, key, representation):
                return Seen(row, representation)
        return None

    def look_up(self, lookup: Lookup, arguments: dict[str, Any]) -> Any:
        if lookup.arguments:
            key = {path: arguments[name] for name, path in lookup.arguments}
            row = find(self.rows[lookup.type_name], key)
            return row and Seen(row)
        if not lookup.many:
            return self.by_key(lookup, arguments["key"])
        found = [self.by_key(lookup, key) for key in reversed(arguments["keys"])]
        return [each for each in found if each]

    def by_key(self, lookup: Lookup, sent: Any) -> Seen | None:
        given = {lookup.key[0][0]: sent} if lookup.bare else sent
        row = self.find(lookup.type_name, lookup.key, given)
        return Seen(row, given) if row else None

    def find(self, type_name: str, key: Any, given: Row) -> Row | None:
        """Find an object by a key, if all of the key is given."""
        if any(path[0] not in given for path in key):
            return None
        return find(self.rows[type_name], {path: at(given, path) for path in key})


def whole_resolver(types: Types, rows: Rows, lookups: Mapping[str, Lookup], done: Done) -> Any:
    """Return what resolves a field from the objects themselves, the lookups that clients see among them."""
    above: dict[tuple[str | int, ...], Row] = {}  # the objects by their paths

    def taken(context: Context, path: tuple[str | int, ...]) -> Any:
        lengths = range(len(path) - 1, -1, -1)
        holders = (above[path[:length]] for length in lengths if path[:length] in above)
        row = next(each for each in holders if each["__typename"] in context.types)
        way = context.paths.get(row["__typename"])
        return None if way is None else required(types, row, way)

    def resolve(row: Row, info: Any, **arguments: Any) -> Any:
        name, type_name = info.field_name, info.parent_type.name
        row = _row(rows, type_name, row)
        path = tuple(info.path.as_list()[:-1])
        above[path] = row
        if type_name == "Query" and name in lookups:
            lookup = lookups[name]
            return find(rows[lookup.type_name], {path: arguments[given] for given, path in lookup.arguments})
        attribute = types[type_name].attributes[name]
        if type_name == "Mutation":
            done.append((name, json.dumps(arguments)))
        values = [taken(context, path) for context in attribute.contexts]
        found = answer(attribute, row[name], arguments, lambda inner: required(types, row, inner), values)
        return shouted(found, info)

    return resolve


def _row(rows: Rows, type_name: str, row: Row) -> Row:
    """Return the object that a field is asked of: Query and Mutation have one, however one came to them."""
    return rows[type_name][0] if type_name in ROOTS else row


def whole_type(row: Row, *_: Any) -> str:
    return str(row["__typename"])


def _seen(value: Any, provided: frozenset[Path]) -> Any:
    if isinstance(value, list) and any(isinstance(item, list) or _is_row(item) for item in value):
        return [_seen(item, provided) for item in value]
    return Seen(value, provided=provided) if _is_row(value) else value


def _is_row(value: Any) -> bool:
    return isinstance(value, dict) and "__typename" in value


def _executable(service: Service, sdl: str) -> str:
    """Add to an SDL what a service of its dialect has to have."""
    sdl = "\n".join(
        line for line in sdl.replace("extend type ", "type ").splitlines() if "extend schema" not in line
    )
    entities = [name for name, part in service.parts.items() if part.entrances and name != "Animal"]
    entities += [name for name, part in service.parts.items() if part.interface_object]
    if service.dialect not in FEDERATION or not entities:
        return sdl if "type Query" in sdl else sdl + "\ntype Query { nothing: Int }"
    extend = "extend " if "type Query" in sdl else ""
    return (
        f"{sdl}\nscalar _Any\nunion _Entity = {' | '.join(entities)}\n"
        f"{extend}type Query {{ _entities(representations: [_Any!]!): [_Entity]! }}"
    )
