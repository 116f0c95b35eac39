"""What failed in one execution, and what the client is told of it.

Each failure is reported once, with the client's path, ``extensions.code`` and the service's name. The nulls
that it leaves behind are remembered by object and field, so that the shaper doesn't report them again, and
a later fetch can tell a null that was answered from one that wasn't.

A field that the gateway added for itself has no place in the response. If it fails, that is told at the
field which is null for want of it; before one is known, at the object that has both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from stitcher.execution.entities import Data, Group
from stitcher.execution.error_paths import ClientPath, error_path, locate, locations, visible
from stitcher.execution.lookups import groups_at
from stitcher.execution.shaper import holds, is_included
from stitcher.planning.plan import Batch, Fetch
from stitcher.planning.projection import ObjectShape
from stitcher.selections import Fragment, Selections

__all__ = ["Asked", "Failures"]

Asked: TypeAlias = Sequence[tuple[Batch, Sequence[Group]]]
"""What an entity fetch asked for: its batches, and the groups of each."""

PRIVATE_EXTENSIONS = frozenset(
    {
        *("exception", "stacktrace", "stackTrace", "traceback", "trace", "originalError"),
        *("debug", "debugMessage"),
    }
)
"""Where GraphQL servers put traces and other things for their developers' eyes."""

DEFAULT_CODE = "DOWNSTREAM_SERVICE_ERROR"


class Failures:
    """The failures of one execution; ``errors`` are formatted for the client.

    Args:
        shape: the response's shape.
        data: the data so far, which execution goes on to fill.
        variables: the operation's coerced variables: a field that they leave out can't fail.
        debug: whether clients are told what is for developers only.
    """

    def __init__(
        self, shape: ObjectShape, data: Data, variables: Mapping[str, Any], *, debug: bool = False
    ) -> None:
        self.shape = shape
        self.data = data
        self.variables = variables
        self.errors: list[Data] = []
        self._private = frozenset[str]() if debug else PRIVATE_EXTENSIONS
        self._fields: set[tuple[int, str]] = set()
        self._unplaced: list[Data] = []

    def explains(self, owner: Data, key: str) -> bool:
        """Whether a field of an object is null because of a failure."""
        return bool(self._fields) and (id(owner), key) in self._fields

    def null(self, path: ClientPath, coordinate: str) -> None:
        """Report a null that the schema doesn't allow and no other error explains."""
        message = f"Cannot return null for non-nullable field {coordinate}."
        self.errors.append(
            {"message": message, "path": list(path), "extensions": {"code": "UNEXPECTED_NULL"}}
        )

    def denied(self, path: ClientPath) -> None:
        """Report what the client may not see."""
        message = "Not authorized to see this field or type."
        extensions = {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
        self.errors.append({"message": message, "path": list(path), "extensions": extensions})

    def nothing_came(self, objects: Iterable[Data], selections: Selections) -> None:
        """Remember that no answer came for what was selected on some objects."""
        keys = tuple(self._keys(selections))
        for each in objects:
            for key in keys:
                if each.get(key) is None:
                    each[key] = None
                    self._fields.add((id(each), key))

    def lacking(self, batch: Batch, groups: Iterable[Group]) -> None:
        """Remember that objects lack what a batch requires, and tell what failed of it where it is missed."""
        if not self.errors:
            return  # a service left out what it has to answer; the shaper tells where that matters
        others = batch.fallback.batches[0].selections if batch.fallback else ()
        missed = [key for key in self._keys(batch.selections) if key not in set(self._keys(others))]
        for group in groups:
            self.nothing_came(group.objects, batch.selections)
            starts = locations(self.data, batch.targets, group.objects) if self._unplaced else ()
            for start in starts:
                for error in [each for each in self._unplaced if tuple(each["path"][: len(start)]) == start]:
                    self._unplaced.remove(error)
                    self._place(error, self._first_shown(start, missed))

    def root(self, fetch: Fetch, objects: Sequence[Data], errors: Iterable[Mapping[str, Any]]) -> None:
        """Report a root fetch's errors, at the first of the objects that it answers for.

        Those without a path stand for everything that it asked for.
        """
        start = locate(self.data, fetch.targets, objects)
        for error in errors:
            path = error_path(error)
            if len(self._visible(start + path)) > len(start):
                self._report(fetch.subgraph, start + path, error)
                for each in objects:
                    self._explain(each, path)
            else:
                paths = [(*start, key) for key in self._keys(fetch.selections)]
                for at in {self._visible(at): at for at in paths}.values():
                    self._report(fetch.subgraph, at, error)
                self.nothing_came(objects, fetch.selections)

    def entities(
        self, fetch: Fetch, asked: Asked, errors: Iterable[Mapping[str, Any]], data: Mapping[str, Any] | None
    ) -> None:
        """Report an entity fetch's errors, each at the first object that it concerns in what was answered."""
        for error in errors:
            path = error_path(error)
            for batch, groups in asked:
                number, rest = _entity(batch, path)
                concerned = () if number is None else groups_at(batch, data, groups, number)
                if len(concerned) == 1:
                    self._entity(fetch, batch, concerned[0], rest, error)
                    break
                if concerned:
                    self.whole_fetch(fetch, [(batch, concerned)], error)
                    break
            else:
                own = [(batch, groups) for batch, groups in asked if path[:1] == (batch.key,)]
                self.whole_fetch(fetch, own or asked, error)

    def whole_fetch(self, fetch: Fetch, asked: Asked, error: Mapping[str, Any]) -> None:
        """Report an error that belongs to no entity in particular, of some batches or all."""
        path: ClientPath = ()
        for batch, groups in asked:
            self.nothing_came((each for group in groups for each in group.objects), batch.selections)
            if groups and not path:
                start = locate(self.data, batch.targets, groups[0].objects)
                path = self._first_shown(start, self._keys(batch.selections))
        self._report(fetch.subgraph, path, error)

    def _entity(
        self, fetch: Fetch, batch: Batch, group: Group, rest: ClientPath, error: Mapping[str, Any]
    ) -> None:
        start = locate(self.data, batch.targets, group.objects)
        path = start + rest if rest else self._first_shown(start, self._keys(batch.selections))
        self._report(fetch.subgraph, path, error)
        if rest:
            for each in group.objects:
                self._explain(each, rest)
        else:
            self.nothing_came(group.objects, batch.selections)

    def _explain(self, start: Data, path: ClientPath) -> None:
        """Remember the null to which an error's path leads, or at which it ends early."""
        current: Any = start
        owner: tuple[int, str] | None = None
        for segment in path:
            if type(current) is dict and isinstance(segment, str):
                owner = (id(current), segment)
                current = current.get(segment)
            elif type(current) is list and isinstance(segment, int) and segment < len(current):
                current = current[segment]
            if current is None:
                break
        if owner:
            self._fields.add(owner)

    def _keys(self, selections: Selections) -> Iterable[str]:
        """Yield the keys of what is asked for, fragments entered."""
        for selection in selections:
            if isinstance(selection, Fragment):
                yield from self._keys(selection.selections)
            elif holds(selection.conditions, self.variables):
                yield selection.key

    def _visible(self, path: ClientPath) -> ClientPath:
        return visible(self.shape, self.data, path, lambda field: is_included(field, self.variables))

    def _first_shown(self, start: ClientPath, keys: Iterable[str]) -> ClientPath:
        """Return the path to the first of an object's fields that the client asked for, if to any."""
        paths = [(*start, key) for key in keys] or [start]
        return next((path for path in paths if len(self._visible(path)) == len(path)), paths[0])

    def _report(self, service: str, path: ClientPath, error: Mapping[str, Any]) -> None:
        given = error.get("extensions")
        extensions = {
            name: value
            for name, value in (given.items() if isinstance(given, Mapping) else ())
            if name not in self._private
        }
        if extensions.get("code") is None:
            extensions["code"] = DEFAULT_CODE
        extensions["service"] = service
        formatted: Data = {"message": str(error.get("message") or "The service gave no message.")}
        self._place(formatted, path)
        formatted["extensions"] = extensions
        self.errors.append(formatted)

    def _place(self, error: Data, path: ClientPath) -> None:
        """Give an error the client's part of a path; where that isn't all, its place may yet be found."""
        shown = self._visible(path)
        if shown:
            error["path"] = list(shown)
            if len(shown) < len(path):
                self._unplaced.append(error)


def _entity(batch: Batch, path: ClientPath) -> tuple[int | None, ClientPath]:
    """Return which of a batch's entities an error's path is about, and the path within it."""
    above = len(batch.lookup.path)  # the fields that lead to a lookup which isn't one of Query's
    if batch.lookup.many:
        number = path[above + 1] if path[:1] == (batch.key,) and len(path) > above + 1 else None
        return (number, path[above + 2 :]) if isinstance(number, int) else (None, ())
    first = path[0] if path else None
    prefix = f"{batch.key}_"
    if isinstance(first, str) and first.startswith(prefix) and first[len(prefix) :].isdigit():
        return int(first[len(prefix) :]), path[above + 1 :]
    return None, ()
