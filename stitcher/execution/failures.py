"""What failed in one execution, and what the client is told of it.

Each failure is reported once, with the client's path, ``extensions.code`` and the service's name. What it
leaves empty is remembered, spot by spot, so that the shaper doesn't report it again, and a later fetch can
tell a null that was answered from one that wasn't. Where a service gave nothing of use and didn't say so, it
is remembered who is to blame: the shaper reports each place of the response that lacks something for it.

A field that the gateway added for itself has no place in the response. If it fails, that is told at the
field which is null for want of it; before one is known, at the object that has both. Where the client may not
see it, what the service says of it is logged, and stays inside.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeAlias

import structlog

from stitcher.execution.blame import Blame, way_along, way_to
from stitcher.execution.entities import MISSING, Data, Group, Lacking, first_lacking
from stitcher.execution.error_paths import ClientPath, error_path, locate, path_to, visible
from stitcher.execution.lookups import Unmerged, entity_at, groups_at
from stitcher.execution.shaper import Link, Lost, Spot, holds, is_included
from stitcher.planning.plan import Batch, Fetch, Plan
from stitcher.planning.projection import FieldShape
from stitcher.planning.secrets import leads_along
from stitcher.selections import Field, Fragment, Selections

__all__ = ["MOST_PLACES", "Batches", "Failures", "Told", "Unreported"]

Batches: TypeAlias = Sequence[tuple[Batch, Sequence[Group]]]
"""What an entity fetch asked for: its batches, and the groups of each."""

MOST_PLACES = 1000
"""How many places that lack something are told of; a last error says how many more there are."""

TYPENAME = "__typename"

_MESSAGES = {
    Lost.NULL: "Cannot return null for non-nullable field {field}.",
    Lost.MISSING: "The field {field} was left out.",
    Lost.KIND: "Expected {wanted} for {field}.",
    Lost.TYPE: "Expected an object of a known type for {field}.",
}

PRIVATE_EXTENSIONS = frozenset(
    {
        *("exception", "stacktrace", "stackTrace", "traceback", "trace", "originalError"),
        *("debug", "debugMessage"),
    }
)
"""Where GraphQL servers put traces and other things for their developers' eyes."""

log = structlog.get_logger(__name__)


class Told(dict[str, Any]):
    """An error in the gateway's own words."""


Reason: TypeAlias = str | Data
"""Why there is nothing in a spot: the error that says so, or the service that is to blame."""

DEFAULT_CODE = "DOWNSTREAM_SERVICE_ERROR"


class Failures:
    """The failures of one execution; ``errors`` are formatted for the client.

    Args:
        plan: what is executed.
        data: the data so far, which execution goes on to fill.
        variables: the operation's coerced variables: a field that they leave out can't fail.
        debug: whether clients are told what is for developers only.
    """

    def __init__(self, plan: Plan, data: Data, variables: Mapping[str, Any], *, debug: bool = False) -> None:
        self.shape = plan.shape
        self.data = data
        self.variables = variables
        self._fetches = plan.fetches
        self.errors: list[Data] = []
        self._private = frozenset[str]() if debug else PRIVATE_EXTENSIONS
        self._empty: dict[tuple[int, str | int], Reason] = {}
        self._halves: set[int] = set()
        self._unknown: set[int] = set()
        self._places = 0
        self._others: Data = {}
        self._unplaced: set[int] = set()

    @cached_property
    def _blame(self) -> Blame:
        return Blame(self._fetches, self.variables)

    def told(self) -> tuple[Data, ...]:
        """Return all errors but those of root fields that only the gateway asked for, and nobody misses."""
        if not self._unplaced:
            return tuple(self.errors)
        missed = [error for error in self.errors if "path" in error or id(error) not in self._unplaced]
        if len(missed) < len(self.errors):
            log.warning("what only the gateway asked for failed", errors=len(self.errors) - len(missed))
        return tuple(missed)

    # What the shaper asks and tells

    def explains(self, spot: Spot) -> bool:
        """Whether an error that is reported explains that there is nothing in a spot."""
        return bool(self._empty) and isinstance(self._empty.get(_identity(spot)), dict)

    def is_unknown(self, source: Data) -> bool:
        """Whether a service that was asked for an object has none."""
        return id(source) in self._unknown

    def lost(self, why: Lost, at: Link, field: FieldShape, spot: Spot) -> None:
        """Report what is lost of a field, unless an error explains it."""
        known = self._empty.get(_identity(spot))
        if isinstance(known, dict) or (why is Lost.MISSING and id(spot[0]) in self._halves):
            return
        way = way_to(at)
        typed = self._blame.asked((*way, (None, TYPENAME))) if why is Lost.TYPE else None
        service = known or typed or self._blame.service(way)
        self._places += 1
        if self._places > MOST_PLACES:
            self._leave_out(self._places - MOST_PLACES)
            return
        code = "UNEXPECTED_NULL" if why in (Lost.NULL, Lost.MISSING) else "UNEXPECTED_VALUE"
        extensions = {"code": code, "service": service} if service else {"code": code}
        message = _MESSAGES[why].format(field=field.coordinate, wanted=_wanted(field, at))
        self.errors.append({"message": message, "path": list(path_to(at)), "extensions": extensions})

    def _leave_out(self, count: int) -> None:
        """Say in one error how many there would be."""
        if count == 1:
            self._others = {"message": "", "extensions": {"code": "ERRORS_LEFT_OUT"}}
            self.errors.append(self._others)
        self._others["message"] = f"{count} more places lack what was asked for."

    def denied(self, at: Link | None) -> None:
        """Report what the client may not see."""
        message = "Not authorized to see this field or type."
        extensions = {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
        self.errors.append({"message": message, "path": list(path_to(at)), "extensions": extensions})

    def is_asked(self, at: Link, key: str) -> bool:
        """Whether a service was asked for a key of the objects in a place."""
        return self._blame.asked((*way_to(at), (None, key))) is not None

    # What execution tells

    def is_empty(self, owner: Data, key: str) -> bool:
        """Whether a field of an object is null because of a failure."""
        return bool(self._empty) and (id(owner), key) in self._empty

    def halves(self, objects: Iterable[Data]) -> None:
        """Remember objects of which parts are null, for a reason, without being so one by one."""
        self._halves.update(map(id, objects))

    def _nothing_came(self, each: Data, keys: Iterable[str], why: Reason | None) -> None:
        """Remember why an object lacks something; there is no reason if nothing has failed."""
        for key in keys:
            if each.get(key) is not None or (id(each), key) in self._empty:
                continue
            if why is not None:
                self._empty[id(each), key] = why
            if isinstance(why, str):
                each.pop(key, None)  # the shaper has to tell it from a null
            else:
                each[key] = None

    def unasked(self, batch: Batch, lacking: Iterable[Lacking]) -> None:
        """Remember what can't be asked for, and tell what failed of it where it is missed."""
        keys = list(self._keys(batch.selections))
        others = set(self._keys(batch.fallback.batches[0].selections)) if batch.fallback else set[str]()
        for group in lacking:
            missed = [key for key in keys if key not in others] if group.has_key else keys
            why = self._why(batch, group)
            self._nothing_came(group.object, missed, why)
            if isinstance(why, dict) and id(why) in self._unplaced:
                start = locate(self.data, batch.targets, [group.object])
                self._place(why, self._first_missed(start, batch, missed))

    def unmerged(self, fetch: Fetch, unmerged: Iterable[Unmerged]) -> None:
        """Remember what an entity fetch brought nothing for: who is to blame, unless an error says why.

        An entity that is null isn't there, which is an answer: but not if its key was spoiled, and not where
        an error tells of it.
        """
        for batch, group, entity in unmerged:
            keys = list(self._keys(batch.selections))
            for item in group.objects:
                why: Reason | None = fetch.subgraph
                if entity is None and not any((id(item), key) in self._empty for key in keys):
                    why = self._why(batch, Lacking(batch.targets[0], item))
                self._nothing_came(item, keys, why)
                if why is None:
                    self._unknown.add(id(item))

    def _why(self, batch: Batch, lacking: Lacking) -> Reason | None:
        """Return why an object lacks what it must have; None if it lacks nothing of that."""
        found = lacking.above or first_lacking(batch, lacking.object, self.is_empty)
        if found is None:
            return None
        spot, keys = found
        if spot[0].get(spot[1], MISSING) is None and self.is_unknown(spot[0]):
            return None  # there is no such object to ask anything more of
        known = self._empty.get(_identity(spot))
        if known is not None:
            return known
        return self._blame.service(way_along(keys if lacking.above else (*lacking.target, *keys)))

    def root(self, fetch: Fetch, objects: Sequence[Data], errors: Iterable[Mapping[str, Any]]) -> None:
        """Report a root fetch's errors, at the first of the objects that it answers for.

        Those without a path stand for everything that it asked for.
        """
        start = locate(self.data, fetch.targets, objects)
        for error in errors:
            path = error_path(error)
            error = self._told_of(fetch, fetch.subgraph, start, path, error)
            if any(path[:1] == (key,) for key in self._keys(fetch.selections)):
                told = self._report(fetch.subgraph, start + path, error)
                for item in objects:
                    self._explain(item, path, told)
                continue
            at: dict[ClientPath, list[str]] = {}
            for key in self._keys(fetch.selections):
                at.setdefault(self._visible((*start, key)), []).append(key)
            for keys in at.values():
                told = self._report(fetch.subgraph, (*start, keys[0]), error)
                for entity in objects:
                    self._nothing_came(entity, keys, told)

    def entities(
        self, fetch: Fetch, asked: Batches, errors: Iterable[Mapping[str, Any]], data: Data | None
    ) -> None:
        """Report an entity fetch's errors, each at the first object that it concerns in what was answered."""
        for error in errors:
            path = error_path(error)
            for batch, groups in asked:
                number, rest = entity_at(batch, path)
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

    def whole_fetch(self, fetch: Fetch, asked: Batches, error: Mapping[str, Any]) -> None:
        """Report an error that belongs to no entity in particular, of some batches or all."""
        path: ClientPath = ()
        for batch, groups in asked:
            error = self._told_of(batch, fetch.subgraph, (), (), error)
            if groups and not path:
                start = locate(self.data, batch.targets, groups[0].objects)
                path = self._first_missed(start, batch, self._keys(batch.selections))
        told = self._report(fetch.subgraph, path, error)
        for batch, groups in asked:
            self._nothing_came_for(groups, batch, told)

    def _entity(
        self, fetch: Fetch, batch: Batch, group: Group, rest: ClientPath, error: Mapping[str, Any]
    ) -> None:
        start = locate(self.data, batch.targets, group.objects)
        path = start + rest if rest else self._first_missed(start, batch, self._keys(batch.selections))
        told = self._report(fetch.subgraph, path, self._told_of(batch, fetch.subgraph, start, rest, error))
        if rest:
            for item in group.objects:
                self._explain(item, rest, told)
        else:
            self._nothing_came_for([group], batch, told)

    def _nothing_came_for(self, groups: Iterable[Group], batch: Batch, why: Reason) -> None:
        keys = tuple(self._keys(batch.selections))
        for group in groups:
            for item in group.objects:
                self._nothing_came(item, keys, why)

    def _told_of(
        self,
        asking: Fetch | Batch,
        service: str,
        start: ClientPath,
        path: ClientPath,
        error: Mapping[str, Any],
    ) -> Mapping[str, Any]:
        """Return what the client is told of an error: not what a service says of what it may not see.

        What it asked for itself it may see. An error without a path, or with one that leads along nothing
        that was asked for, may be about anything.
        """
        if not asking.secret or not self._private or isinstance(error, Told):
            return error
        keys = tuple(segment for segment in path if isinstance(segment, str))
        is_secret = any(keys[:length] in asking.secret for length in range(1, len(keys) + 1))
        if keys and not is_secret and leads_along(asking.selections, keys):
            return error
        if keys and len(self._visible(start + path)) == len(start + path):
            return error
        log.warning("a field that the client may not see failed", subgraph=service, error=dict(error))
        return Told(message=f"The service '{service}' failed at a field that this one depends on.")

    def _explain(self, start: Data, path: ClientPath, error: Data) -> None:
        """Remember the null to which an error's path leads, or at which it ends early."""
        current: Any = start
        owner: tuple[int, str | int] | None = None
        for segment in path:
            if type(current) is dict and isinstance(segment, str):
                owner = (id(current), segment)
                current = current.get(segment)
            elif type(current) is list and isinstance(segment, int) and segment < len(current):
                owner = (id(current), segment)
                current = current[segment]
            if current is None:
                break
        if owner:
            self._empty[owner] = error
        if type(current) is dict:
            self.halves([current])

    def _keys(self, selections: Selections) -> Iterable[str]:
        """Yield the keys of what is asked for, fragments entered."""
        for selection in selections:
            if isinstance(selection, Fragment):
                yield from self._keys(selection.selections)
            elif holds(selection.conditions, self.variables):
                yield selection.key

    def _visible(self, path: ClientPath) -> ClientPath:
        return visible(self.shape, self.data, path, lambda field: is_included(field, self.variables))

    def _first_missed(self, start: ClientPath, batch: Batch, keys: Iterable[str]) -> ClientPath:
        """Return the path to the first that an object lacks of a batch and the client asked for, if to any.

        What objects are told apart by is asked for again, but not lacking.
        """
        known = {selection.key for selection in batch.representation if isinstance(selection, Field)}
        paths = [(*start, key) for key in keys if key not in known] or [start]
        return next((path for path in paths if len(self._visible(path)) == len(path)), paths[0])

    def _report(self, service: str, path: ClientPath, error: Mapping[str, Any]) -> Data:
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
        return formatted

    def _place(self, error: Data, path: ClientPath) -> None:
        """Give an error the client's part of a path; where that isn't all, its place may yet be found."""
        self._unplaced.discard(id(error))
        shown = self._visible(path)
        if shown:
            error["path"] = list(shown)
        if len(shown) < len(path):
            self._unplaced.add(id(error))


def _wanted(field: FieldShape, at: Link) -> str:
    """Say of which kind a value at a place of a field has to be."""
    level = 0
    while isinstance(at[1], int) and at[0]:
        level, at = level + 1, at[0]
    if level + 1 < len(field.nullable):
        return "a list"
    return f"a value of {field.leaf.name}" if field.leaf else "an object"


def _identity(spot: Spot) -> tuple[int, str | int]:
    return id(spot[0]), spot[1]


class Unreported:
    """A reporter that knows of an execution's failures and tells nobody: for a look before the end."""

    def __init__(self, failures: Failures) -> None:
        self.explains = failures.explains
        self.is_unknown = failures.is_unknown
        self.is_asked = failures.is_asked

    def lost(self, why: Lost, at: Link, field: FieldShape, spot: Spot) -> None:
        """Say nothing."""

    def denied(self, at: Link | None) -> None:
        """Say nothing."""
