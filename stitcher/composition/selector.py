"""Selection maps → what has to be fetched for them, and the values that are made of it.

A field that is selected with different arguments gets a response key for each. Type conditions become
fragments; the value goes by ``__typename``. It has them as they are written: which types meet an abstract
one is known when all subgraphs are merged (``freeze``).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from stitcher.composition.selection_map import ListMap, MapEntry, ObjectMap, PathMap, PathStep, SelectionMap
from stitcher.selections import Field, Fragment, Selection, Selections
from stitcher.supergraph import ArgumentValue, FirstOf, KeyItems, KeyPath, Narrowed

__all__ = ["Selector"]


@dataclass(slots=True)
class _Branch:
    """A selection set that grows: fields by response key, and fragments by type."""

    fields: dict[str, tuple[PathStep, _Branch]] = field(default_factory=dict)
    fragments: dict[str, _Branch] = field(default_factory=dict)

    def enter(self, step: PathStep) -> tuple[str, _Branch]:
        """Return the response key of a field, and what is selected below it."""
        key, number = step.name, 0
        while key in self.fields and self.fields[key][0] != step:
            number += 1
            key = f"{step.name}_{number}"
        return key, self.fields.setdefault(key, (step, _Branch()))[1]

    def narrow(self, type_condition: str) -> _Branch:
        return self.fragments.setdefault(type_condition, _Branch())

    def selections(self) -> Selections:
        selected: list[Selection] = [
            Field(step.name, key, step.arguments, selections=below.selections())
            for key, (step, below) in self.fields.items()
        ]
        if self.fragments:
            selected.insert(0, Field("__typename", "__typename"))
            selected += [Fragment(name, below.selections()) for name, below in self.fragments.items()]
        return tuple(selected)


class Selector:
    """Selects what several maps of one object take, together."""

    def __init__(self) -> None:
        self._root = _Branch()

    @property
    def selections(self) -> Selections:
        """What has been selected so far."""
        return self._root.selections()

    def select(self, selected: SelectionMap) -> ArgumentValue:
        """Select what a map takes, and return the value that it makes of it."""
        return _value(selected, self._root)


def _value(selected: SelectionMap, branch: _Branch) -> ArgumentValue:
    values = [_entry_value(entry, branch) for entry in selected.alternatives]
    return values[0] if len(values) == 1 else FirstOf(tuple(values))


def _entry_value(entry: MapEntry, branch: _Branch) -> ArgumentValue:
    if isinstance(entry, ObjectMap):
        return _object_value(entry, branch)
    if entry.type_condition is not None:
        inner = PathMap(entry.steps, below=entry.below)
        value = _entry_value(inner, branch.narrow(entry.type_condition))
        return Narrowed((), frozenset({entry.type_condition}), value)
    path: list[str] = []
    for number, step in enumerate(entry.steps):
        key, branch = branch.enter(PathStep(step.name, step.arguments))
        path.append(key)
        if step.type_condition is not None:
            # The parser has made sure that something follows: more fields, or an object.
            rest = PathMap(entry.steps[number + 1 :], below=entry.below)
            value = _entry_value(rest, branch.narrow(step.type_condition))
            return Narrowed(tuple(path), frozenset({step.type_condition}), value)
    if isinstance(entry.below, ListMap):
        return KeyItems(tuple(path), _item_value(entry.below, branch))
    if isinstance(entry.below, ObjectMap):
        return _prefixed(tuple(path), _object_value(entry.below, branch))
    return KeyPath(tuple(path))


def _item_value(items: ListMap, branch: _Branch) -> ArgumentValue:
    if isinstance(items.item, ListMap):
        return KeyItems((), _item_value(items.item, branch))
    return _value(items.item, branch)


def _object_value(selected: ObjectMap, branch: _Branch) -> ArgumentValue:
    """Return an object's value; it is there only for objects of the types that its fields are narrowed to."""
    value: ArgumentValue = {name: _value(inner, branch) for name, inner in selected.fields}
    conditions = {
        inner.alternatives[0].type_condition
        for _, inner in selected.fields
        if len(inner.alternatives) == 1 and isinstance(inner.alternatives[0], PathMap)
    }
    for condition in sorted(conditions - {None}, key=str):
        value = Narrowed((), frozenset({str(condition)}), value)
    return value


def _prefixed(path: tuple[str, ...], value: ArgumentValue) -> ArgumentValue:
    """Return a value as seen from further above."""
    if isinstance(value, KeyPath):
        return KeyPath((*path, *value.path))
    if isinstance(value, KeyItems):
        return KeyItems((*path, *value.path), value.value)
    if isinstance(value, Narrowed):
        return Narrowed((*path, *value.path), value.types, value.value)
    if isinstance(value, FirstOf):
        return FirstOf(tuple(_prefixed(path, choice) for choice in value.values))
    assert isinstance(value, dict)  # noqa: S101 -- a map has no constants
    return {name: _prefixed(path, inner) for name, inner in value.items()}
