"""Selections as they are kept: aliases and the order of fields make no difference.

Values are kept under the fields' names. Where a name stands for several fields, with other arguments or
other fields below them, its number among these is added. Where one key stands for several fields, of which
conditions or types choose one, values are kept as they were asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from stitcher.selections import Fragment, Selections, print_selections

__all__ = ["Renaming", "asked", "canonical", "kept"]

Renaming: TypeAlias = "Mapping[str, tuple[str, Renaming | None]]"
"""What a value's keys are called where it is kept, and what is below each; None for what stays the same."""


@dataclass(slots=True)
class _Named:
    """A field of a set: the key that it is asked for with, and what tells it from others of its name."""

    key: str
    name: str
    identity: str
    below: Renaming | None


def canonical(selections: Selections) -> tuple[str, Renaming | None]:
    """Return what tells selections from others, as text, and how their values are kept."""
    named: list[_Named] = []
    text = _text(selections, named)
    stored = _stored(named, has_fragments=any(isinstance(each, Fragment) for each in selections))
    if stored is None:
        return f"={print_selections(selections)}", None
    renaming = {each.key: (stored[each.identity], each.below) for each in named}
    is_same = all(key == name and below is None for key, (name, below) in renaming.items())
    return text, None if is_same else renaming


def _text(selections: Selections, named: list[_Named]) -> str:
    texts: set[str] = set()
    for selection in selections:
        if isinstance(selection, Fragment):
            texts.add(f"... on {selection.type_condition} {{ {_text(selection.selections, named)} }}")
            continue
        inner, below = canonical(selection.selections) if selection.selections else ("", None)
        conditions = " ".join(sorted(map(str, selection.conditions)))
        identity = f"{selection.name}{selection.asked_with}{conditions}"
        if inner:
            identity += f" {{ {inner} }}"
        texts.add(identity)
        named.append(_Named(selection.key, selection.name, identity, below))
    return " ".join(sorted(texts))


def _stored(named: list[_Named], *, has_fragments: bool) -> dict[str, str] | None:
    """Return what each field is called where it is kept; None if that can't be said."""
    by_name: dict[str, set[str]] = {}
    for each in named:
        by_name.setdefault(each.name, set()).add(each.identity)
    keys: dict[str, str] = {}
    if any(keys.setdefault(each.key, each.identity) != each.identity for each in named):
        return None  # as by conditions, or for objects of different types
    if has_fragments and any(len(identities) > 1 for identities in by_name.values()):
        return None
    stored: dict[str, str] = {}
    for name, identities in by_name.items():
        for number, identity in enumerate(sorted(identities)):
            stored[identity] = name if len(identities) == 1 else f"{name}:{number}"
    return stored


def kept(value: Any, renaming: Renaming | None) -> Any:
    """Return a value, as it came from a subgraph, as it is kept."""
    if renaming is None or value is None:
        return value
    if type(value) is list:
        return [kept(item, renaming) for item in value]
    if type(value) is not dict:
        return value
    return {name: kept(value[key], below) for key, (name, below) in renaming.items() if key in value}


def asked(value: Any, renaming: Renaming | None) -> Any:
    """Return a value that was kept as it would have come from the subgraph."""
    if renaming is None or value is None:
        return value
    if type(value) is list:
        return [asked(item, renaming) for item in value]
    if type(value) is not dict:
        return value
    return {key: asked(value[name], below) for key, (name, below) in renaming.items() if name in value}
