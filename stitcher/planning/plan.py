"""The plan: which subgraph is asked for what, after what. Frozen data, printable as text and JSON.

Fetches form a directed acyclic graph: a fetch may wait for several others (``after``), and waits for nobody
else. A fetch either asks for root fields, or turns keys into entities for one or more batches of objects that
earlier fetches brought.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from stitcher.authorization import Clauses
from stitcher.leaves import Leaf
from stitcher.planning.projection import ObjectShape
from stitcher.selections import (
    NO_DIRECTIVES,
    Condition,
    Document,
    Field,
    Selections,
    Written,
    print_selections,
)
from stitcher.supergraph import ROOT, Lookup, LookupArgument

__all__ = ["Batch", "Conditions", "Context", "Fetch", "Path", "Places", "Plan", "print_path"]

Path: TypeAlias = tuple[str | frozenset[str], ...]
"""From the root of the data to objects: response keys (lists are entered), and sets of type names to keep."""

Places: TypeAlias = tuple[tuple[Path, tuple[tuple[str, str], ...]], ...]
"""What belongs to the objects at some paths: the keys there, each with its key in what the gateway knows."""

Conditions: TypeAlias = tuple[tuple[Condition, ...], ...]
"""Alternatives, each a list of which all must hold; none at all for what is always asked for."""


@dataclass(frozen=True, slots=True)
class Context:
    """A value from above the objects of a batch, for an argument of some of its fields.

    The first ``depth`` segments of the batch's target lead to the objects that have the value.
    ``representation`` says where in these it is: one field an object, of which each level holds no more than
    one other; none where the value is null. ``argument`` is to be filled in at the fields that have the
    response ``keys``. ``leaf`` is the argument's type, where that is no list or input object, and
    ``always_there`` as that of a batch.
    """

    depth: int
    representation: Selections
    argument: LookupArgument
    keys: tuple[str, ...]
    leaf: Leaf | None = None
    always_there: frozenset[tuple[str, ...]] = frozenset()


@dataclass(frozen=True, slots=True)
class Batch:
    """Objects of one kind that one lookup completes, wherever in the response they stand.

    ``representation`` says what identifies an object: ``Field.key`` is where in the data a value is read,
    ``Field.asked_as`` what it is called there. Names in ``required`` are not part of the key: they may be
    null, but must have been answered. ``filled`` are arguments of selected fields, by response key, whose
    values are made of them. ``contexts`` are for further arguments: objects for which their values differ are
    asked for apart. With ``by_key``, entities are told apart by their keys, otherwise by their order.

    With ``deep``, the entity shares objects with other fetches and is merged in depth. With ``apart``, each
    of several objects that one entity stands for gets a copy of it, since what is below may differ.
    ``fallback`` asks for what needs nothing but the key, for objects that lack what else is needed.
    ``conditions`` are as those of a fetch, where they aren't the same.

    ``secret`` are the response keys, from the entity down, of what not every client may see.

    ``leaves`` are the types of values in the representation, by name. ``always_there`` are the keys that lead
    to each part of it that is never null. ``flat`` is what it is made of, where that is nothing but leaves:
    each one's name, its key in the data and its type.
    """

    key: str
    lookup: Lookup
    targets: tuple[Path, ...]
    representation: Selections
    required: frozenset[str]
    selections: Selections
    filled: tuple[tuple[str, LookupArgument], ...] = ()
    contexts: tuple[Context, ...] = ()
    by_key: bool = False
    deep: bool = False
    apart: bool = False
    secret: frozenset[tuple[str, ...]] = frozenset()
    fallback: Fetch | None = None
    conditions: Conditions = ()
    leaves: Mapping[str, Leaf] = field(default_factory=dict)
    always_there: frozenset[tuple[str, ...]] = frozenset()
    flat: tuple[tuple[str, str, Leaf | None], ...] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        leaves = [
            selection
            for selection in self.representation
            if isinstance(selection, Field) and not selection.selections
        ]
        flat = tuple((leaf.asked_as, leaf.key, self.leaves.get(leaf.asked_as)) for leaf in leaves)
        object.__setattr__(self, "flat", flat if len(flat) == len(self.representation) else None)


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to one subgraph.

    ``selections`` are a root fetch's, and ``targets`` the objects that they are answered for: the data as a
    whole, or objects of type Query in it; ``deep`` and ``apart`` are as those of a batch. ``batches`` are an
    entity fetch's. ``variables`` maps those of the client's variables that are passed on to their
    declarations. ``directives`` are those of the operation as a whole.

    ``document`` is None where the text depends on how many entities are asked for (a lookup one by one), or
    with how many values of contexts. The fetch is left out unless one of ``conditions`` (alternatives, each a
    list of which all must hold) does, or there are none.
    """

    id: int
    subgraph: str
    after: tuple[int, ...] = ()
    is_mutation: bool = False
    selections: Selections = ()
    targets: tuple[Path, ...] = ()
    batches: tuple[Batch, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    directives: Written = NO_DIRECTIVES
    conditions: Conditions = ()
    document: Document | None = None
    deep: bool = False
    apart: bool = False
    secret: frozenset[tuple[str, ...]] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What one operation takes, in an order in which every fetch comes after those that it waits for.

    ``introspection`` is the part of the operation that the gateway answers itself; ``described`` says what
    of that belongs below the root. ``clauses`` are the conditions on who may see what, as far as they
    concern the operation. ``followers`` are, for each fetch, the fetches that wait for it. It is a mutation's
    if any fetch is.
    """

    fetches: tuple[Fetch, ...]
    shape: ObjectShape
    introspection: Document | None = None
    described: Places = ()
    clauses: Clauses = frozenset()
    followers: tuple[tuple[int, ...], ...] = field(init=False, repr=False, compare=False)
    is_mutation: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "is_mutation", any(fetch.is_mutation for fetch in self.fetches))
        followers: list[list[int]] = [[] for _ in self.fetches]
        for fetch in self.fetches:
            for earlier in fetch.after:
                followers[earlier].append(fetch.id)
        object.__setattr__(self, "followers", tuple(map(tuple, followers)))

    def __str__(self) -> str:
        lines = [_describe(fetch) for fetch in self.fetches]
        if self.introspection:
            lines.append(f"answered by the gateway itself\n     {self.introspection.text}")
        return "\n".join(lines) or "nothing to fetch"

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain data, for tools."""
        plan: dict[str, Any] = {"fetches": [_to_json(fetch) for fetch in self.fetches]}
        if self.introspection:
            plan["introspection"] = self.introspection.text
        return plan


def print_path(path: Path) -> str:
    """Return a path as text: ``search<Product>.reviews``."""
    text = ""
    for segment in path:
        if isinstance(segment, str):
            text += f".{segment}" if text else segment
        else:
            text += f"<{'|'.join(sorted(segment))}>"
    return text


def _describe(fetch: Fetch) -> str:
    after = f" after {', '.join(str(number + 1) for number in fetch.after)}" if fetch.after else ""
    title = f"{fetch.id + 1}. {'mutate ' if fetch.is_mutation else ''}{fetch.subgraph}{after}"
    parts = []
    if where := _where(fetch.targets):
        parts.append(f"   {ROOT} at {where}")
    if fetch.selections:
        parts.append(_indented(print_selections(fetch.selections)))
    for batch in fetch.batches:
        parts.append(
            f"   {batch.lookup.type_name} by {print_selections(batch.representation)}"
            f"{'' if batch.lookup.field is None else f' ({batch.lookup.field})'} at {_where(batch.targets)}"
        )
        parts.extend(f"     with {_given(batch, context)}" for context in batch.contexts)
        parts.append(_indented(print_selections(batch.selections)))
    return "\n".join([title, *parts])


def _where(targets: Iterable[Path]) -> str:
    return ", ".join(print_path(target) for target in targets if target)


def _given(batch: Batch, context: Context) -> str:
    """Return what an argument is filled with: ``region from shop { region }``."""
    above = print_path(batch.targets[0][: context.depth]) or ROOT
    return f"{context.argument.name} from {above} {{ {print_selections(context.representation)} }}"


def _indented(selections: str) -> str:
    text = f"{{ {selections} }}"
    return textwrap.fill(
        text,
        width=110,
        initial_indent="     ",
        subsequent_indent="       ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def _to_json(fetch: Fetch) -> dict[str, Any]:
    plan: dict[str, Any] = {"id": fetch.id + 1, "subgraph": fetch.subgraph}
    if fetch.after:
        plan["after"] = [number + 1 for number in fetch.after]
    if fetch.is_mutation:
        plan["mutation"] = True
    if fetch.document:
        plan["document"] = fetch.document.text
    plan["variables"] = list(fetch.variables)
    if any(fetch.targets):
        plan["at"] = [print_path(target) for target in fetch.targets]
    if fetch.selections:
        plan["selections"] = print_selections(fetch.selections)
    if fetch.batches:
        plan["batches"] = [
            {
                "lookup": str(batch.lookup),
                "at": [print_path(target) for target in batch.targets],
                "representation": print_selections(batch.representation),
                **(
                    {"contexts": [_given(batch, context) for context in batch.contexts]}
                    if batch.contexts
                    else {}
                ),
                "selections": print_selections(batch.selections),
            }
            for batch in fetch.batches
        ]
    return plan
