"""A subgraph's errors → the client's paths.

Runs only where something went wrong, so it may walk the data again: objects don't know where they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from stitcher.execution.entities import Data, is_one_of
from stitcher.execution.shaper import Link
from stitcher.planning.plan import Path
from stitcher.planning.projection import FieldShape, ObjectShape

__all__ = ["ClientPath", "error_path", "locate", "path_to", "visible"]

ClientPath: TypeAlias = tuple[str | int, ...]


def path_to(link: Link | None) -> ClientPath:
    """Return the path to a place of the response."""
    segments: list[str | int] = []
    while link:
        link, segment = link
        segments.append(segment if isinstance(segment, int) else segment.key)
    return tuple(reversed(segments))


def locate(root: Data, targets: Iterable[Path], objects: Iterable[Data]) -> ClientPath:
    """Return where the first of some objects stands in the response, of those at the target paths."""
    wanted = {id(item) for item in objects}
    found = (path for target in targets for path, reached in _walk(root, target, ()) if id(reached) in wanted)
    return next(found, ())


def _walk(value: Any, path: Path, at: ClientPath) -> Iterator[tuple[ClientPath, Data]]:
    if type(value) is list:
        for index, item in enumerate(value):
            yield from _walk(item, path, (*at, index))
    elif type(value) is dict:
        if not path:
            yield at, value
            return
        segment, *rest = path
        if isinstance(segment, str):
            yield from _walk(value.get(segment), tuple(rest), (*at, segment))
        elif is_one_of(value, segment):
            yield from _walk(value, tuple(rest), at)


def error_path(error: Mapping[str, Any]) -> ClientPath:
    """Return the path that a subgraph gave an error, empty if it gave none that can be used."""
    path = error.get("path")
    return tuple(path) if isinstance(path, list) and all(map(_is_segment, path)) else ()


def _is_segment(segment: object) -> bool:
    return type(segment) is str or (type(segment) is int and segment >= 0)


def visible(
    shape: ObjectShape, root: Data, path: ClientPath, included: Callable[[FieldShape], bool]
) -> ClientPath:
    """Return a path in the client's own response keys.

    It is cut where it leaves what the client asked for, as it does below fields that the gateway added.
    """
    current: ObjectShape | None = shape
    value: Any = root
    shown: list[str | int] = []
    for segment in path:
        if isinstance(segment, int):
            shown.append(segment)
            value = value[segment] if type(value) is list and segment < len(value) else None
            continue
        fields = (field for field in _fields(current, value) if field.source == segment and included(field))
        found = next(fields, None)
        if found is None:
            break
        shown.append(found.key)
        current = found.shape
        value = value.get(segment) if type(value) is dict else None
    return tuple(shown)


def _fields(shape: ObjectShape | None, value: Any) -> Iterator[FieldShape]:
    """Yield the fields that an object may have in the response: of its type, where that is known."""
    types = shape.types if shape else {}
    name = value.get("__typename") if type(value) is dict else None
    for group in [types[name]] if type(name) is str and name in types else types.values():
        yield from group.all
