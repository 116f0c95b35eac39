"""The local subgraph's executable schema, made of an SDL file and a package of resolvers.

A. Read the SDL without the directives that tell the gateway how to merge it: they mean nothing here.
   Federation's ``@key`` stays, because Ariadne finds entities by it.
B. Take the ``bindables`` of the package.
C. Bind them: as a federation subgraph where the SDL has such keys, else as a plain schema.
D. Check that every root field has a resolver.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ariadne import make_executable_schema
from ariadne.contrib.federation import make_federated_schema
from graphql import (
    REMOVE,
    DirectiveDefinitionNode,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    ObjectTypeDefinitionNode,
    ObjectTypeExtensionNode,
    OperationType,
    SchemaExtensionNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from stitcher.errors import CompositionError, Place, Problem
from stitcher.local.resolvers import module_place
from stitcher.validity import LoneDeprecations

__all__ = ["build_local_schema"]


def build_local_schema(text: str, file: str, resolvers: ModuleType) -> GraphQLSchema:
    """Make the executable schema of an SDL with the ``bindables`` of a package.

    Args:
        text: The SDL.
        file: Where it was read from, for messages.
        resolvers: The package.

    Raises:
        CompositionError: INVALID_SCHEMA, BAD_RESOLVERS, or all MISSING_RESOLVERs.
    """
    try:
        document = parse(text)
        sdl = _executable_sdl(document)  # A
    except GraphQLError as error:
        raise CompositionError([_invalid_schema(file, error)]) from error
    bindables = _bindables(resolvers)  # B
    try:  # C
        make = make_federated_schema if sdl.has_keys else make_executable_schema
        lone = LoneDeprecations()
        schema = make(sdl.text, *bindables, lone)
        lone.restore(schema)
    except (TypeError, GraphQLError) as error:
        raise CompositionError([_invalid_schema(file, error)]) from error
    except ValueError as error:
        raise CompositionError([_unbindable(resolvers, error)]) from error
    if problems := list(_missing_resolvers(file, resolvers.__name__, document, schema)):  # D
        raise CompositionError(problems)
    return schema


@dataclass(frozen=True, slots=True)
class _Sdl:
    text: str
    has_keys: bool


# A. The SDL that can be executed


def _executable_sdl(document: DocumentNode) -> _Sdl:
    defined = {node.name.value for node in document.definitions if isinstance(node, ObjectTypeDefinitionNode)}
    visitor = _Reduction(defined)
    return _Sdl(print_ast(visit(document, visitor)), visitor.has_keys)


class _Reduction(Visitor):
    """Leaves out merging directives; makes a definition of the first ``extend type`` without one."""

    KEPT = frozenset({"deprecated", "specifiedBy", "oneOf"})

    def __init__(self, defined: set[str]) -> None:
        super().__init__()
        self.defined = defined
        self.has_keys = False

    def enter_directive(self, node: DirectiveNode, *_: Any) -> Any:
        fields = tuple(argument for argument in node.arguments or () if argument.name.value == "fields")
        if node.name.value == "key" and fields:
            self.has_keys = True
            return DirectiveNode(name=node.name, arguments=fields)
        return None if node.name.value in self.KEPT else REMOVE

    def enter_directive_definition(self, node: DirectiveDefinitionNode, *_: Any) -> Any:
        return REMOVE

    def enter_schema_extension(self, node: SchemaExtensionNode, *_: Any) -> Any:
        return None if node.operation_types else REMOVE

    def leave_object_type_extension(self, node: ObjectTypeExtensionNode, *_: Any) -> Any:
        if node.name.value in self.defined:
            return None
        self.defined.add(node.name.value)
        return ObjectTypeDefinitionNode(
            name=node.name, interfaces=node.interfaces, directives=node.directives, fields=node.fields
        )


# B. The resolvers


def _bindables(resolvers: ModuleType) -> list[Any]:
    bindables = getattr(resolvers, "bindables", None)
    if not isinstance(bindables, list | tuple):
        problem = Problem(
            "BAD_RESOLVERS",
            f"The package '{resolvers.__name__}' has no list `bindables`.",
            (module_place(resolvers),),
            "export the list of Ariadne bindables: `bindables = [query, mutation]`.",
        )
        raise CompositionError([problem])
    return list(bindables)


# C. The ways in which binding fails


def _invalid_schema(file: str, error: Exception) -> Problem:
    line = 1
    if isinstance(error, GraphQLError) and error.locations:
        line = error.locations[0].line
    return Problem(
        "INVALID_SCHEMA",
        str(error).partition("\n\n")[0],
        (Place(file, line),),
        "correct the SDL; `stitcher compose` checks it.",
    )


def _unbindable(resolvers: ModuleType, error: ValueError) -> Problem:
    return Problem(
        "BAD_RESOLVERS",
        f"The resolvers don't fit the schema: {error}",
        (module_place(resolvers),),
        "name a type and a field that the gateway's schema has, or add them to it.",
    )


# D. Root fields without a resolver


def _missing_resolvers(
    file: str, package: str, document: DocumentNode, schema: GraphQLSchema
) -> Iterator[Problem]:
    roots = {
        root.name: operation
        for operation in OperationType
        if (root := schema.get_root_type(operation)) is not None
    }
    for node in document.definitions:
        if not isinstance(node, ObjectTypeDefinitionNode | ObjectTypeExtensionNode):
            continue
        operation = roots.get(node.name.value)
        bound = schema.get_type(node.name.value)
        if operation is None or not isinstance(bound, GraphQLObjectType):
            continue
        for declared in node.fields or ():
            served = bound.fields[declared.name.value]
            if (served.subscribe if operation is OperationType.SUBSCRIPTION else served.resolve) is not None:
                continue
            name = f"{node.name.value}.{declared.name.value}"
            source = "source" if operation is OperationType.SUBSCRIPTION else "field"
            line = declared.name.loc.start_token.line if declared.name.loc else 1
            yield Problem(
                "MISSING_RESOLVER",
                f"Nothing resolves {name}, which the gateway serves itself.",
                (Place(file, line),),
                f'bind it in {package}: @{operation.value}.{source}("{declared.name.value}").',
            )
