"""Directives stand where they mean something.

Subgraphs of federation 1, which put up with more, are spared where that does no harm.
Sources: Apollo Federation, error codes *_ON_INTERFACE, PROVIDES_ON_NON_OBJECT_FIELD, OVERRIDE_LABEL_INVALID,
EXTERNAL_COLLISION_WITH_ANOTHER_DIRECTIVE and MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL; GraphQL Composite
Schemas specification, EXTERNAL_PROVIDES_COLLISION and PROVIDES_ON_NON_COMPOSITE_FIELD.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from stitcher.composition.model import Composition, FieldDeclaration, Kind, SubgraphSchema, TypeDeclaration
from stitcher.composition.type_refs import named_type, type_text
from stitcher.errors import Place, Problem

__all__ = ["check_placement"]

_LABEL = re.compile(r"[a-zA-Z][\w:./-]*|percent\((100|\d{1,2}(\.\d{1,8})?)\)", re.ASCII)

_MERGED = frozenset({"cost", "deprecated", "listSize", "tag"})
"""What counts for all subgraphs, wherever it stands; authorization has a rule of its own."""


def check_placement(composition: Composition) -> Iterator[Problem]:
    """Yield directives that can't be where they are, or not together."""
    for schema in composition.schemas:
        for declared in schema.types.values():
            for own in declared.fields.values():
                path = f"{declared.name}.{own.name}"
                yield from _check_provides(own, path, schema)
                yield from _check_override(own, path)
                if not schema.shares_everything:
                    yield from _check_external(own, path, schema)
                    if declared.kind is Kind.INTERFACE:
                        yield from _check_interface(own, declared)


def _check_provides(own: FieldDeclaration, path: str, schema: SubgraphSchema) -> Iterator[Problem]:
    if own.provides is None:
        return
    returned = schema.types.get(named_type(own.type))
    if returned is None or not returned.is_composite:
        type_name = type_text(own.type)
        message = f"Field {path} of subgraph {own.subgraph} provides fields of {type_name}, which has none."
        yield _problem("PROVIDES_ON_NON_OBJECT_FIELD", message, own.provides.place, "take @provides off.")
    if own.external:
        message = f"Field {path} of subgraph {own.subgraph} is external, and provides fields below it."
        yield _problem("EXTERNAL_PROVIDES_COLLISION", message, own.place, "take @external or @provides off.")


def _check_override(own: FieldDeclaration, path: str) -> Iterator[Problem]:
    label = own.override.label if own.override is not None else None
    if own.override is not None and label is not None and not _LABEL.fullmatch(label):
        message = f'The label "{label}" of the override of {path} in subgraph {own.subgraph} is none.'
        fix = 'write a name, or a share of the requests such as "percent(5)".'
        yield _problem("OVERRIDE_LABEL_INVALID", message, own.override.place, fix)


def _check_external(own: FieldDeclaration, path: str, schema: SubgraphSchema) -> Iterator[Problem]:
    if schema.composite or not own.external:
        return
    applied = [node.name.value for node in own.directives if node.name.value in _MERGED]
    for name in [*applied, *(["inaccessible"] if own.inaccessible else [])]:
        message = f"Field {path} is external in subgraph {own.subgraph}, so @{name} has no meaning there."
        fix = f"apply @{name} where the field is served."
        yield _problem("MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL", message, own.place, fix)


def _check_interface(own: FieldDeclaration, interface: TypeDeclaration) -> Iterator[Problem]:
    path = f"{interface.name}.{own.name}"
    for code, name, applied in (
        ("EXTERNAL_ON_INTERFACE", "external", own.external),
        ("OVERRIDE_ON_INTERFACE", "override", own.override is not None),
        ("REQUIRES_UNSUPPORTED_ON_INTERFACE", "requires", own.requires is not None),
        ("PROVIDES_UNSUPPORTED_ON_INTERFACE", "provides", own.provides is not None),
    ):
        if applied:
            message = (
                f"Field {path} of subgraph {own.subgraph} belongs to an interface, which serves no fields."
            )
            fix = f"take @{name} off, and apply it to the types that implement {interface.name}."
            yield _problem(code, message, own.place, fix)


def _problem(code: str, message: str, place: Place, fix: str) -> Problem:
    return Problem(code, message, (place,), fix)
