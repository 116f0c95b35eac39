"""Who may see a field may see what it is made of: so it asks for no less than that does.

It is made of what it requires, and of what its arguments take from contexts.

A. The clauses of such a field are those that the gateway will hold it to.
B. Each field that it is made of, at every depth, has clauses too; of an abstract type, those of all objects.
C. Each of these has to be implied by the field's own: what meets these meets that. ``@authenticated`` is
   implied by itself alone; alternatives of scopes or policies by alternatives that each contain one of them.

Source: Apollo Federation, error code MISSING_TRANSITIVE_AUTH_REQUIREMENTS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from math import prod

from stitcher.authorization import Authorization, Clause, Clauses
from stitcher.composition.contexts import sources_of
from stitcher.composition.field_set_checks import possible_types, selected_fields
from stitcher.composition.model import Composition, FieldDeclaration, SubgraphSchema, TypeDeclaration, Types
from stitcher.errors import Problem
from stitcher.selections import Selections

__all__ = ["check_required_access", "clauses_of", "is_implied"]

_COMBINATIONS = 10_000
"""The most ways of meeting all of a field's alternatives that are looked at."""


def check_required_access(composition: Composition) -> Iterator[Problem]:
    """Yield fields that give away what is made of fields that ask for more than they do."""
    if composition.whole is None:
        return
    authorization = Authorization(composition.whole)
    if not authorization:
        return
    for schema in composition.schemas:
        for declared in schema.types.values():
            for own in declared.fields.values():
                if not own.external:
                    made_of = list(_made_of(own, declared, schema, composition.merged))
                    yield from _check(declared, own, made_of, authorization, composition.merged)


def _made_of(
    own: FieldDeclaration, declared: TypeDeclaration, schema: SubgraphSchema, merged: Types
) -> Iterator[tuple[str, str, Selections]]:
    """Yield what a field is made of: how it gets that, and what it selects from which type."""
    if own.requires is not None:
        yield "requires", declared.name, own.requires.selections
    for given in own.contexts:
        for type_name, selections in sources_of(given, schema.types, merged):
            yield f"takes from context {given.context}", type_name, selections


def _check(
    declared: TypeDeclaration,
    own: FieldDeclaration,
    made_of: Sequence[tuple[str, str, Selections]],
    authorization: Authorization,
    types: Types,
) -> Iterator[Problem]:
    chosen = [
        (how, parent, selected)
        for how, type_name, selections in made_of
        for selected, parent, _ in selected_fields(selections, type_name, types)
    ]
    for name in _objects(declared.name, types) if chosen else ():
        held = authorization.fields.get((name, own.name), frozenset())  # A
        for how, parent, selected in chosen:
            needed = clauses_of(parent.name, selected.name, authorization, types)  # B
            missing = sorted(str(clause) for clause in needed if not is_implied(clause, held))
            if missing:
                marks = " ".join(missing)
                message = (
                    f"Field {name}.{own.name} of subgraph {own.subgraph} {how} "
                    f"{parent.name}.{selected.name}, which is marked {marks}, and doesn't ask for as much "
                    "itself: it would give away what it is made of."
                )
                yield Problem(
                    "MISSING_TRANSITIVE_AUTH_REQUIREMENTS",
                    message,
                    (own.place,),
                    f"mark {declared.name}.{own.name} {marks}.",
                )
                return


def clauses_of(type_name: str, field_name: str, authorization: Authorization, types: Types) -> Clauses:
    """Return the clauses of a field: of an abstract type's, those that it has on any object."""
    objects = _objects(type_name, types)
    return frozenset().union(*(authorization.fields.get((name, field_name), frozenset()) for name in objects))


def _objects(type_name: str, types: Types) -> list[str]:
    return [name for name in possible_types(type_name, types) if name in types] or [type_name]


# C


def is_implied(needed: Clause, held: Clauses) -> bool:
    """Whether whoever meets all clauses that are held meets the one that is needed."""
    alike = [clause.alternatives for clause in held if clause.directive == needed.directive]
    if not needed.alternatives:
        return bool(alike)
    if any(_all_contain(alternatives, needed) for alternatives in alike):
        return True
    if not alike or prod(map(len, alike)) > _COMBINATIONS:
        return False
    return _all_contain((frozenset().union(*combination) for combination in product(*alike)), needed)


def _all_contain(granted: Iterator[frozenset[str]] | frozenset[frozenset[str]], needed: Clause) -> bool:
    return all(any(names <= group for names in needed.alternatives) for group in granted)
