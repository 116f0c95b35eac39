"""Arguments that a requirement gives to a field are ones that every subgraph that serves the field takes.

The requiring subgraph's own types say only what it believes; what is sent is read by who serves the field,
and an argument that one of them doesn't have, or wants otherwise, would spoil the whole request. So each is
checked once all subgraphs are known, at every depth. Selection maps are checked in the same way.

Source: Apollo Federation, error code REQUIRES_INVALID_FIELDS.
"""

from __future__ import annotations

from collections.abc import Iterator

from stitcher.composition.field_set import (
    check_arguments,
    check_given_arguments,
    possible_types,
    selected_fields,
)
from stitcher.composition.model import Composition, FieldDeclaration, SubgraphSchema
from stitcher.errors import Problem

__all__ = ["check_arguments_of_servers", "check_required_arguments"]


def check_required_arguments(composition: Composition) -> Iterator[Problem]:
    """Yield what is wrong with the arguments in field sets, for the subgraphs that serve the fields."""
    for schema in composition.schemas:
        for declared in schema.types.values():
            for own in declared.fields.values():
                if own.requires is None or own.filled or own.external:
                    continue
                selections = own.requires.selections
                types = composition.merged if own.requires.over_merged else schema.types
                if any(check_arguments(selections, declared.name, types)):
                    continue  # wrong already where it is written
                chosen = selected_fields(selections, declared.name, composition.merged)
                what = f'"{own.requires.text.strip()}" of field {declared.name}.{own.name} in {schema.name}'
                for selected, parent, _ in chosen:
                    given = check_arguments_of_servers(
                        selected.arguments, parent.name, selected.name, composition
                    )
                    for wrong, server in given:
                        yield Problem(
                            "REQUIRES_INVALID_ARGUMENTS",
                            f"The requires field set {what} is wrong: {wrong}",
                            tuple(dict.fromkeys((own.requires.place, server.place))),
                            f"give it what {server.subgraph} takes, or change the field there.",
                        )


def check_arguments_of_servers(
    given: str, type_name: str, field_name: str, composition: Composition
) -> Iterator[tuple[str, FieldDeclaration]]:
    """Yield what is wrong with giving a field these arguments: a sentence, and the declaration that says so.

    ``given`` is GraphQL text, with its parentheses.
    """
    for schema, server in _servers(type_name, field_name, composition):
        path = f"{type_name}.{field_name}"
        for wrong in check_given_arguments(given, path, server, schema.types):
            yield f"{wrong.removesuffix('.')}, in subgraph {schema.name}.", server


def _servers(
    type_name: str, field_name: str, composition: Composition
) -> Iterator[tuple[SubgraphSchema, FieldDeclaration]]:
    """Yield who may be asked for the field: of an abstract type also those that have it on its objects.

    What is asked of an interface object is asked for each type that implements it.
    """
    merged = composition.merged
    names = {type_name} | possible_types(type_name, merged)
    interfaces = {interface for name in names if name in merged for interface in merged[name].interfaces}
    for schema in composition.schemas:
        for name in sorted(names | interfaces):
            declared = schema.types.get(name)
            if declared is None or (name not in names and not declared.interface_object):
                continue
            server = declared.fields.get(field_name)
            if server is not None and server.served:
                yield schema, server
