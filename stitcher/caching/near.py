"""What is kept in this process: entries, and pages, which become entries when something of them is wanted.

A page is a subgraph's answer as it came, with the keys of what is in it. Most answers are never wanted again:
these cost no more than to remember their keys. Where much of a page is wanted again, it is read as a whole.
The first time that a small part of it is wanted, all of it becomes entries of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from stitcher.cache_policies import CachePolicy
from stitcher.caching.canonical import kept
from stitcher.caching.entries import Entry
from stitcher.caching.parts import CachedPart
from stitcher.caching.tags import tag
from stitcher.values import dumps, loads

__all__ = ["Near", "Page", "Told"]

SHARE = 64
"""One value may take this part of the room: what is larger isn't worth the others that would have to go."""

OVERHEAD = 400
"""About how many bytes an entry takes beside its body, its key and its tags."""

MANY = 4
"""A page is read as a whole where this part of it is wanted, at least."""

LARGEST = 1024 * 1024
"""The most bytes of a page: it is read in one go, while others wait."""

KEY_OVERHEAD = 150
"""About how many bytes a key of a page takes."""


class Told(NamedTuple):
    """How an answer came: when, after how long, asked for at which place in the log of purges."""

    now: float
    took: float
    since: int


@dataclass(slots=True, eq=False)
class Page:
    """What one part of a fetch was answered, as it came.

    ``values`` reads the values from the answer's data, in the order of ``keys``: None for what isn't kept.
    ``names`` gives the tags that each has before it comes, ``tags`` are those that the subgraph gave to each.
    Without a ``policy`` it isn't kept, but can tell its tags all the same.
    """

    part: CachedPart
    raw: bytes
    values: Callable[[Mapping[str, Any]], Sequence[Any]]
    names: Callable[[int], Iterable[str]]
    tags: Sequence[Sequence[str]]
    told: Told
    policy: CachePolicy | None = None
    keys: Sequence[str] = ()

    @property
    def size(self) -> int:
        """About how many bytes it takes."""
        return len(self.raw) + len(self.keys) * KEY_OVERHEAD

    @property
    def fresh(self) -> float:
        """Until when it is (``time.time``)."""
        return self.told.now + (self.policy.max_age if self.policy else 0)

    def read(self) -> Sequence[Any]:
        """Return the values as they came, in the order of the keys."""
        return self.values(loads(self.raw)["data"] or {})

    def entries(self) -> list[tuple[str, Entry]]:
        """Return its values under their keys."""
        policy, told, part = self.policy, self.told, self.part
        if policy is None:
            return []
        fresh = told.now + policy.max_age
        times = (fresh, fresh + policy.while_asking, fresh + policy.if_error, told.took, told.since)
        fixed = tuple(part.tagger.fixed)
        return [
            (
                self.keys[number],
                Entry(
                    dumps(kept(value, part.renaming)),
                    *times,
                    policy.is_private,
                    (*fixed, *self._tags_of(number, value)),
                ),
            )
            for number, value in enumerate(self.read())
            if value is not None
        ]

    def all_tags(self) -> set[str]:
        """Return the tags of all that is in it."""
        found = set(self.part.tagger.fixed)
        for number, value in enumerate(self.read()):
            found |= self._tags_of(number, value)
        return found

    def _tags_of(self, number: int, value: Any) -> set[str]:
        found = self.part.tagger.find(value)
        found.update(self.names(number))
        if self.tags:
            found.update(tag(self.part.subgraph, written) for written in self.tags[number])
        return found


class _Sized(NamedTuple):
    value: Any
    size: int


class Near:
    """The values that were used last.

    Args:
        size: how many bytes all of them may take; one may take a 64th of it, and so may a page.
    """

    def __init__(self, size: int) -> None:
        self._most = size
        self._values: dict[Hashable, _Sized | Page] = {}
        self._order: dict[Hashable | Page, None] = {}  # what was used longest ago comes first
        self.size = 0

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Hashable) -> Any:
        """Return the value of a key, None if it isn't kept."""
        found = self._values.get(key)
        if type(found) is Page:
            self.open(found)
            found = self._values.get(key)
        if found is None:
            return None
        self._touch(key)
        return found.value  # type: ignore[union-attr]

    def has_none(self, keys: Sequence[str | None]) -> bool:
        """Say whether nothing is kept under any of some keys."""
        return self._values.keys().isdisjoint(keys)

    def page(self, keys: Sequence[str]) -> Page | None:
        """Return the page that has the values of these keys, and of no others, in this order."""
        found = self._values.get(keys[0])
        if isinstance(found, Page) and found.keys == keys:
            self._touch(found)
            return found
        return None

    def find(self, keys: Sequence[str]) -> list[Any]:
        """Return the values of keys: for those of which a page holds many, the page."""
        values = self._values
        found = [values.get(key) for key in keys]
        if found.count(None) == len(found):
            return found
        for page in {id(each): each for each in found if type(each) is Page}.values():
            if found.count(page) * MANY < len(page.keys):
                self.open(page)
                found = [
                    values.get(key) if each is page else each for key, each in zip(keys, found, strict=True)
                ]
            else:
                self._touch(page)
        return [
            each if each is None or isinstance(each, Page) else self._used(key, each)
            for key, each in zip(keys, found, strict=True)
        ]

    def put(self, key: Hashable, value: Any, size: int) -> None:
        """Keep a value of so many bytes, unless it is too large."""
        self.drop(key)
        if size > self._most // SHARE:
            return
        self._values[key] = _Sized(value, size)
        self._order[key] = None
        self.size += size
        self._make_room()

    def put_entry(self, key: str, entry: Entry) -> None:
        """Keep an entry."""
        self.put(key, entry, len(key) + len(entry.body) + OVERHEAD + sum(map(len, entry.tags)))

    def add(self, page: Page) -> bool:
        """Keep what is on a page, in the place of what its keys had; say whether it isn't too large."""
        values, keys, size = self._values, page.keys, page.size
        if not self.has_none(keys):
            for key in keys:
                self.drop(key)
        if size > min(self._most // SHARE, LARGEST):
            return False
        values.update(dict.fromkeys(keys, page))
        self._order[page] = None
        self.size += size
        if self.size > self._most:
            self._make_room()
        return True

    def open(self, page: Page) -> None:
        """Make entries of what is on a page."""
        self._drop_page(page)
        for key, entry in page.entries():
            self.put_entry(key, entry)

    def keys(self) -> list[Hashable]:
        """Return the keys of all that is kept."""
        return list(self._values)

    def clear(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._order.clear()
        self.size = 0

    def drop(self, key: Hashable) -> None:
        """Forget the value of a key; of a page, with all that is on it."""
        dropped = self._values.get(key)
        if type(dropped) is Page:
            self._drop_page(dropped)
        elif dropped is not None:
            del self._values[key], self._order[key]
            self.size -= dropped.size

    def _used(self, key: Hashable, found: _Sized) -> Any:
        self._touch(key)
        return found.value

    def _touch(self, what: Hashable | Page) -> None:
        del self._order[what]
        self._order[what] = None

    def _make_room(self) -> None:
        while self.size > self._most:
            oldest = next(iter(self._order))
            if isinstance(oldest, Page):
                self._drop_page(oldest)
            else:
                self.drop(oldest)

    def _drop_page(self, page: Page) -> None:
        del self._order[page]
        self.size -= page.size
        values = self._values
        for key in page.keys:
            if values.get(key) is page:
                del values[key]
