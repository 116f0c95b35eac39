"""Tags: the words by which what is kept is ended, and where in an answer they are found.

A. *Words.* ``subgraph:thing``, ``type:thing:Thing``, ``entity:Thing:42`` and ``tag:thing:things``: the first
   two and the last are one subgraph's. ``entity:Thing:*`` is of what has a Thing that can't be named, since
   not all of its keys were asked for: it ends with every purge of a Thing.
B. *Formats* are the SDLs' own words: ``@cacheTag(format: "thing-{$key.id}")`` on types, with the values of an
   entity's key, and ``"things-{$args.status}"`` on root fields, with arguments.
C. *Finding* them is prepared for what is selected: what is the same for each answer is known before.
D. *Purging* a word ends all that may have what it names: an entity as any of its interfaces, too, and what a
   format of its type may have made.

Source of B: Apollo Federation, "Federated directives", ``@cacheTag``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
)
from graphql.type import is_composite_type

from stitcher.directives import SchemaElement, applied, arguments_of
from stitcher.selections import Field, Fragment, Selections
from stitcher.supergraph import Supergraph

__all__ = ["Format", "Tagger", "Tagging", "entity_tag", "formats", "subgraph_tag", "tag", "type_tag"]

UNNAMED = "*"

MISSING: Any = object()

_PLACE = re.compile(r"\{\$(key|args)\.([_A-Za-z][\w.]*)\}", re.ASCII)


# A. Words


def subgraph_tag(subgraph: str) -> str:
    """Return the word for all that a subgraph answered."""
    return f"subgraph:{subgraph}"


def type_tag(subgraph: str, type_name: str) -> str:
    """Return the word for what a subgraph answered with objects of a type."""
    return f"type:{subgraph}:{type_name}"


def tag(subgraph: str, written: str) -> str:
    """Return the word for what a subgraph answered with a tag of its own."""
    return f"tag:{subgraph}:{written}"


def entity_tag(type_name: str, key: Any) -> str:
    """Return the word for what has an entity.

    Args:
        type_name: Its type.
        key: Its key's value, or, where the key has several, an object of them: JSON, in which 1 is as "1".
    """
    return f"entity:{type_name}:{_key_text(key)}"


def _key_text(key: Any) -> str:
    plain = _as_text(key)
    return plain if isinstance(plain, str) else orjson.dumps(plain, option=orjson.OPT_SORT_KEYS).decode()


def _as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_text(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return value if isinstance(value, str) else orjson.dumps(value).decode()


# B. Formats


@dataclass(frozen=True, slots=True)
class Format:
    """A tag with places for values: ``thing-{$key.id}``.

    ``places`` are ``key.id`` and ``args.status``, as they stand.
    """

    text: str
    places: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, text: str) -> Format:
        """Return the format that a text is."""
        return cls(text, tuple((found[1], found[2]) for found in _PLACE.finditer(text)))

    def fill(self, values: Mapping[str, Any]) -> str | None:
        """Return the tag for some values, by ``key`` and ``args``; None where one is missing."""
        texts: list[str] = []
        for kind, path in self.places:
            value = values.get(kind)
            for name in path.split("."):
                value = value.get(name, MISSING) if isinstance(value, Mapping) else MISSING
            if value is MISSING:
                return None
            texts.append(_key_text(value))
        return _PLACE.sub(lambda _: texts.pop(0), self.text)

    def may_make(self, written: str) -> bool:
        """Say whether a tag may come of this format."""
        pattern = ".*".join(map(re.escape, _PLACE.split(self.text)[::3]))
        return re.fullmatch(pattern, written, re.DOTALL) is not None


def formats(element: SchemaElement | None, directive: str, argument: str = "format") -> Iterator[Format]:
    """Yield the formats that a directive gives an element."""
    for node in applied(element) if element is not None else ():
        if node.name.value == directive:
            given = arguments_of(node).get(argument)
            for text in given if isinstance(given, list) else [given]:
                if isinstance(text, str):
                    yield Format.of(text)


# C. Finding


@dataclass(frozen=True, slots=True)
class _Entity:
    """How an object of a type is named: by keys and formats, each with where their values are."""

    type_name: str
    keys: tuple[tuple[tuple[str, str], ...], ...]
    formats: tuple[tuple[Format, tuple[tuple[str, str], ...]], ...]


@dataclass(frozen=True, slots=True)
class _Spot:
    """A place in an answer where objects are that can be named, or lead to some."""

    entity: _Entity | None
    below: tuple[tuple[str, _Spot], ...]


class Tagger:
    """Finds the tags of what one selection brings.

    Attributes:
        fixed: Those that it has whatever comes.
    """

    def __init__(self, subgraph: str, fixed: Iterable[str], spot: _Spot | None) -> None:
        self._subgraph = subgraph
        self.fixed = frozenset(fixed)
        self._spot = spot

    def find(self, value: Any) -> set[str]:
        """Return the tags of a value as it came from the subgraph, but for the fixed ones."""
        found: set[str] = set()
        if self._spot is not None:
            self._collect(self._spot, value, found)
        return found

    def _collect(self, spot: _Spot, value: Any, found: set[str]) -> None:
        if type(value) is list:
            for item in value:
                self._collect(spot, item, found)
        elif type(value) is dict:
            if spot.entity:
                found.update(_names(self._subgraph, spot.entity, value))
            for key, below in spot.below:
                self._collect(below, value.get(key), found)


def _names(subgraph: str, entity: _Entity, value: Mapping[str, Any]) -> Iterator[str]:
    for key in entity.keys:
        values = {name: value.get(own, MISSING) for name, own in key}
        if MISSING in values.values() or None in values.values():
            yield entity_tag(entity.type_name, UNNAMED)
        else:
            yield entity_tag(entity.type_name, _short(values))
    for form, places in entity.formats:
        written = form.fill({"key": {name: value.get(own, MISSING) for name, own in places}})
        yield entity_tag(entity.type_name, UNNAMED) if written is None else tag(subgraph, written)


def _short(values: Mapping[str, Any]) -> Any:
    return next(iter(values.values())) if len(values) == 1 else values


class Tagging:
    """What the schema says of tags."""

    def __init__(self, supergraph: Supergraph) -> None:
        self._supergraph = supergraph
        self._keys: dict[str, list[Selections]] = {}
        for type_name, lookups in supergraph.lookups.items():
            self._keys[type_name] = list(dict.fromkeys(lookup.key for lookup in lookups if lookup.key))
        self._formats = {
            name: found
            for name, declared in supergraph.whole.type_map.items()
            if (found := list(formats(declared, "cacheTag")))
        }

    def of_root(self, subgraph: str, selection: Field) -> Tagger:
        """Prepare for a root field of Query: its value."""
        declared = self._field("Query", selection.name)
        returned = get_named_type(declared.type) if declared else None
        fixed: set[str] = {subgraph_tag(subgraph)}
        spot = self._spot(subgraph, returned, selection.selections, fixed)
        return Tagger(subgraph, fixed, spot)

    def of_entity(self, subgraph: str, type_name: str, selections: Selections) -> Tagger:
        """Prepare for entities of a type, without their own names: these are in their representations."""
        fixed: set[str] = {subgraph_tag(subgraph)}
        declared = self._supergraph.whole.type_map.get(type_name)
        spot = self._spot(subgraph, declared, selections, fixed, names_itself=False)
        return Tagger(subgraph, fixed, spot)

    def of_representation(
        self, subgraph: str, type_name: str, representation: Mapping[str, Any]
    ) -> list[str]:
        """Return the names of the entity that a representation is of."""
        found: list[str] = []
        for key in self._keys.get(type_name, ()):
            values = _read(key, representation)
            found.append(entity_tag(type_name, UNNAMED if values is MISSING else _short(values)))
        for form in self._formats.get(type_name, ()):
            written = form.fill({"key": representation})
            found.append(entity_tag(type_name, UNNAMED) if written is None else tag(subgraph, written))
        return found

    def formats_of_root(self, name: str) -> Sequence[Format]:
        """Return the formats of a root field of Query."""
        return list(formats(self._field("Query", name), "cacheTag"))

    def _field(self, type_name: str, name: str) -> GraphQLField | None:
        declared = self._supergraph.whole.type_map.get(type_name)
        return declared.fields.get(name) if isinstance(declared, GraphQLObjectType) else None

    def _spot(
        self,
        subgraph: str,
        declared: GraphQLNamedType | None,
        selections: Selections,
        fixed: set[str],
        *,
        names_itself: bool = True,
    ) -> _Spot | None:
        if declared is None or not is_composite_type(declared):
            return None
        possible = self._possible(declared)
        fixed.update(type_tag(subgraph, name) for name in {declared.name, *possible})
        fields = list(_fields(declared, selections, self._supergraph))
        entity = None
        if names_itself:
            if is_abstract_type(declared):
                fixed.update(
                    entity_tag(name, UNNAMED) for name in (declared.name, *possible) if self._is_entity(name)
                )
            else:
                entity = self._entity(declared.name, [field for _, field in fields], fixed)
        below: list[tuple[str, _Spot]] = []
        for parent, field in fields:
            returned = get_named_type(parent.fields[field.name].type)
            if found := self._spot(subgraph, returned, field.selections, fixed):
                below.append((field.key, found))
        return _Spot(entity, tuple(below)) if entity or below else None

    def _is_entity(self, type_name: str) -> bool:
        return bool(self._keys.get(type_name) or self._formats.get(type_name))

    def _entity(self, type_name: str, fields: Sequence[Field], fixed: set[str]) -> _Entity | None:
        own = {field.name: field.key for field in fields if not field.asked_with and not field.selections}
        keys: list[tuple[tuple[str, str], ...]] = []
        for key in self._keys.get(type_name, ()):
            if all(isinstance(part, Field) and not part.selections and part.name in own for part in key):
                names = [part.name for part in key if isinstance(part, Field)]
                keys.append(tuple((name, own[name]) for name in names))
            else:
                fixed.add(entity_tag(type_name, UNNAMED))
        made: list[tuple[Format, tuple[tuple[str, str], ...]]] = []
        for form in self._formats.get(type_name, ()):
            if all(path in own for _, path in form.places):
                made.append((form, tuple((path, own[path]) for _, path in form.places)))
            else:
                fixed.add(entity_tag(type_name, UNNAMED))
        return _Entity(type_name, tuple(keys), tuple(made)) if keys or made else None

    def _possible(self, declared: GraphQLNamedType) -> list[str]:
        if isinstance(declared, GraphQLInterfaceType | GraphQLUnionType):
            return [each.name for each in self._supergraph.whole.get_possible_types(declared)]
        return []

    # D. Purging

    def entity(self, type_name: str, key: Any) -> list[str]:
        """Return what has to be purged so that nothing is left that has an entity."""
        return [
            word
            for name in self._related(type_name)
            for word in (entity_tag(name, key), entity_tag(name, UNNAMED))
        ]

    def type(self, type_name: str, subgraphs: Iterable[str] = ()) -> list[str]:
        """Return what has to be purged so that nothing is left with objects of a type."""
        names = list(subgraphs) or list(self._supergraph.subgraphs)
        return [type_tag(subgraph, name) for subgraph in names for name in self._related(type_name)]

    def tag(self, written: str, subgraphs: Iterable[str] = ()) -> list[str]:
        """Return what has to be purged so that nothing is left that has a tag."""
        names = list(subgraphs) or list(self._supergraph.subgraphs)
        made = [
            related
            for type_name, found in self._formats.items()
            if any(form.may_make(written) for form in found)
            for related in self._related(type_name)
        ]
        unnamed = dict.fromkeys(entity_tag(name, UNNAMED) for name in made)
        return [*(tag(subgraph, written) for subgraph in names), *unnamed]

    def knows(self, type_name: str) -> bool:
        """Say whether there is a type that objects may have."""
        return is_composite_type(self._supergraph.whole.type_map.get(type_name))

    def _related(self, type_name: str) -> list[str]:
        """Return a type, the types that its objects may be, and those that they are as well."""
        declared = self._supergraph.whole.type_map.get(type_name)
        if declared is None:
            return [type_name]
        names = {type_name, *self._possible(declared)}
        for abstract in self._supergraph.whole.type_map.values():
            if is_abstract_type(abstract) and not names.isdisjoint(self._possible(abstract)):
                names.add(abstract.name)
        return sorted(names)


def _read(key: Selections, source: Any) -> Any:
    """Return what a key has in a representation; MISSING where it isn't there."""
    values: dict[str, Any] = {}
    for part in key:
        if isinstance(part, Fragment) or type(source) is not dict or source.get(part.name) is None:
            return MISSING
        values[part.name] = (
            _read(part.selections, source[part.name]) if part.selections else source[part.name]
        )
        if values[part.name] is MISSING:
            return MISSING
    return values


def _fields(
    declared: GraphQLNamedType, selections: Selections, supergraph: Supergraph
) -> Iterator[tuple[GraphQLObjectType | GraphQLInterfaceType, Field]]:
    """Yield the fields that may be selected of a type's objects, each with a type that has it."""
    for selection in selections:
        if isinstance(selection, Fragment):
            narrowed = supergraph.whole.type_map.get(selection.type_condition)
            if narrowed is not None:
                yield from _fields(narrowed, selection.selections, supergraph)
        elif (
            isinstance(declared, GraphQLObjectType | GraphQLInterfaceType)
            and selection.name in declared.fields
        ):
            yield declared, selection
