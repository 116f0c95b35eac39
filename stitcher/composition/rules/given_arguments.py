"""Arguments that field sets give to a field are ones that every subgraph that serves the field takes.

Requirements may give arguments, and what is taken from contexts. The own types of their subgraph say only
what it believes; what is sent is read by who serves the field, and an argument that one of them doesn't have,
or wants otherwise, would spoil the whole request. So each is checked once all subgraphs are known, at every
depth. Selection maps are checked in the same way.

Source: Apollo Federation, error codes REQUIRES_INVALID_FIELDS and CONTEXT_INVALID_SELECTION.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stitcher.composition.contexts import setting_types, sources_of
from stitcher.composition.field_set import FieldSet
from stitcher.composition.field_set_checks import (
    check_arguments,
    check_given_arguments,
    possible_types,
    selected_fields,
)
from stitcher.composition.model import (
    Composition,
    FieldDeclaration,
    FromContext,
    SubgraphSchema,
    TypeDeclaration,
)
from stitcher.errors import Problem
from stitcher.selections import Field

__all__ = ["check_arguments_of_servers", "check_required_arguments"]


def check_required_arguments(composition: Composition) -> Iterator[Problem]:
    """Yield what is wrong with the arguments in field sets, for the subgraphs that serve the fields."""
    for schema in composition.schemas:
        for declared in schema.types.values():
            for own in declared.fields.values():
                path = f"{declared.name}.{own.name}"
                if own.requires is not None and not own.filled and not own.external:
                    yield from _check_requires(own.requires, declared.name, path, schema, composition)
                for given in own.contexts:
                    yield from _check_context(given, path, schema, composition)


def _check_requires(
    fields: FieldSet, type_name: str, path: str, schema: SubgraphSchema, composition: Composition
) -> Iterator[Problem]:
    types = composition.merged if fields.over_merged else schema.types
    if any(check_arguments(fields.selections, type_name, types)):
        return  # wrong already where it is written
    what = f'The requires field set "{fields.text.strip()}" of field {path} in {schema.name}'
    chosen = selected_fields(fields.selections, type_name, composition.merged)
    yield from _check("REQUIRES_INVALID_ARGUMENTS", what, fields, chosen, composition)


def _check_context(
    given: FromContext, path: str, schema: SubgraphSchema, composition: Composition
) -> Iterator[Problem]:
    fields = given.fields
    for setting in setting_types(given.context, schema.types):
        if any(check_arguments(fields.selections, setting.name, schema.types)):
            return
    text, name = fields.text.strip(), given.argument.name
    what = f'The selection "{text}" of argument {path}({name}:) in {schema.name}'
    for type_name, selections in sources_of(given, schema.types, composition.merged):
        chosen = selected_fields(selections, type_name, composition.merged)
        yield from _check("CONTEXT_INVALID_SELECTION", what, fields, chosen, composition)


def _check(
    code: str,
    what: str,
    fields: FieldSet,
    chosen: Iterable[tuple[Field, TypeDeclaration, FieldDeclaration]],
    composition: Composition,
) -> Iterator[Problem]:
    for selected, parent, _ in chosen:
        given = check_arguments_of_servers(selected.arguments, parent.name, selected.name, composition)
        for wrong, server in given:
            yield Problem(
                code,
                f"{what} is wrong: {wrong}",
                tuple(dict.fromkeys((fields.place, server.place))),
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
