"""What the gateway may ask for to do its work that isn't for every client: errors there stay inside.

A field that is required, or in a key, may be inaccessible to clients, or marked. What a service says of its
failure may tell what it is. Who may see a marked field, and asks for it, is told all the same: a plan is made
for many clients, and says only which fields are marked.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from graphql import get_named_type
from graphql.type import is_abstract_type, is_interface_type, is_object_type

from stitcher.planning.restriction import Restriction
from stitcher.selections import Fragment, Selections
from stitcher.supergraph import Supergraph

__all__ = ["Keys", "leads_along", "secret_keys"]

Keys = tuple[str, ...]
"""Response keys, from the object that a fetch begins at down to a field."""


def secret_keys(
    supergraph: Supergraph, restriction: Restriction | None, type_name: str, selections: Selections
) -> frozenset[Keys]:
    """Return where in what is selected on a type the fields are that not every client may see."""
    marked = restriction.authorization.fields.keys() if restriction else frozenset()
    if not marked and supergraph.whole is supergraph.schema:
        return frozenset()
    return frozenset(_secret(supergraph, marked, type_name, selections))


def _secret(
    supergraph: Supergraph, marked: Set[tuple[str, str]], type_name: str, selections: Selections
) -> Iterator[Keys]:
    declared = supergraph.whole.get_type(type_name)
    if declared is None:
        return
    shown = supergraph.schema.get_type(type_name)
    objects = supergraph.whole.get_possible_types(declared) if is_abstract_type(declared) else (declared,)
    for selection in selections:
        if isinstance(selection, Fragment):
            yield from _secret(supergraph, marked, selection.type_condition, selection.selections)
        elif is_object_type(declared) or is_interface_type(declared):
            field = declared.fields.get(selection.name)
            if field is None:
                continue  # __typename
            is_shown = (is_object_type(shown) or is_interface_type(shown)) and selection.name in shown.fields
            if not is_shown or any((object_.name, selection.name) in marked for object_ in objects):
                yield (selection.key,)
            else:
                named = get_named_type(field.type).name
                below = _secret(supergraph, marked, named, selection.selections)
                yield from ((selection.key, *keys) for keys in below)


def leads_along(selections: Selections, keys: Keys) -> bool:
    """Whether keys lead from one selected field to one below it, as far as they go."""
    if not keys:
        return True
    for selection in selections:
        if isinstance(selection, Fragment):
            if leads_along(selection.selections, keys):
                return True
        elif selection.key == keys[0] and leads_along(selection.selections, keys[1:]):
            return True
    return False
