"""The GraphQL Composite Schemas specification.

A. Find the names: the plain ones, unless ``@link`` imports them under others.
B. Take off what Federation writes alike. Objects have the keys of the interfaces that they implement.
C. Requirements: an argument with ``@require`` is hidden from clients, and filled in from other fields.
D. Lookups. The fields that they identify an entity by are keys too, whether or not ``@key`` says so.
E. Take away what is internal, input types that only lookups and requirements use, and the machinery.

A schema is of this dialect if it uses or defines a directive that is found nowhere else (``@lookup``,
``@is``, ``@require``, ``@internal``), or links the spec.

Source: GraphQL Composite Schemas specification, "Source Schema", and the error codes of "Composition".
"""

from __future__ import annotations

from graphql import ConstDirectiveNode, DirectiveDefinitionNode

from stitcher.authorization import AUTHORIZATION_DIRECTIVES
from stitcher.composition.dialects.applications import read_selection_map
from stitcher.composition.dialects.link import links_spec, read_links
from stitcher.composition.dialects.lookup_fields import LookupDirectives, read_lookups
from stitcher.composition.dialects.ownership import read_ownership, serve_key_fields
from stitcher.composition.field_set import FieldSet
from stitcher.composition.model import (
    FieldDeclaration,
    InputDeclaration,
    Kind,
    MappedArgument,
    SubgraphSchema,
    TypeDeclaration,
    Types,
    place_of,
)
from stitcher.composition.selector import Selector
from stitcher.composition.type_refs import named_type, type_text
from stitcher.errors import Problem
from stitcher.selections import print_selections
from stitcher.supergraph import LookupArgument

__all__ = ["read", "recognises"]

_SPEC = "composite-schemas"
_OWN = ("lookup", "is", "require", "internal")
_SHARED = ("key", "shareable", "external", "provides", "override", "inaccessible")
_MACHINERY_TYPES = frozenset({"FieldSelectionMap", "FieldSelectionSet"})
_ARGUMENTS = {"is": "field", "require": "field", "key": "fields", "provides": "fields"}


def recognises(schema: SubgraphSchema) -> bool:
    """Return whether the schema is of this dialect; one that links Federation's spec is of that one."""
    if links_spec(schema, "federation"):
        return False
    known = {*schema.uses, *schema.directives}
    return links_spec(schema, _SPEC) or not known.isdisjoint(_OWN)


def read(schema: SubgraphSchema, problems: list[Problem]) -> None:
    """Read the dialect; see the module's outline."""
    schema.composite = True
    schema.shares_everything = False
    names = _names(schema)  # A
    _check_definitions(schema, problems)
    _check_root_names(schema, problems)
    read_ownership(schema, names, problems)  # B
    _inherit_keys(schema.types)
    for element in schema.elements():
        element.inaccessible = bool(element.take(names["inaccessible"])) or element.inaccessible
    internal = _Internal(schema, names["internal"])
    requirements = _Requirements(schema, names["require"], problems)  # C
    requirements.read()
    read_lookups(schema, LookupDirectives(names["lookup"], names["is"]), problems)  # D
    for declared in schema.types.values():
        for key in declared.keys:
            serve_key_fields(schema, declared.name, key.fields.selections)
        for lookup in schema.lookups.get(declared.name, ()):
            serve_key_fields(schema, declared.name, lookup.key)
    internal.remove(problems)  # E
    _remove_unused_inputs(schema, requirements.input_types | internal.input_types)
    for name in _MACHINERY_TYPES & schema.types.keys():
        del schema.types[name]


# A. Names


def _names(schema: SubgraphSchema) -> dict[str, str]:
    imports = {
        name: local
        for link in read_links(schema)
        if link.spec == _SPEC
        for name, local in link.imports.items()
    }
    return {name: imports.get(f"@{name}", name).removeprefix("@") for name in (*_OWN, *_SHARED)}


def _check_definitions(schema: SubgraphSchema, problems: list[Problem]) -> None:
    """Report definitions of the spec's own scalars and directives that are not as the spec has them."""
    for name in sorted(_MACHINERY_TYPES & schema.types.keys()):
        declared = schema.types[name]
        if declared.kind is not Kind.SCALAR:
            message = (
                f"Subgraph {schema.name} declares {name} as {declared.kind.value}; the spec has a scalar."
            )
            fix = f"declare it as a scalar, or leave the declaration of {name} out."
            problems.append(Problem("TYPE_DEFINITION_INVALID", message, (declared.place,), fix))
    for name, argument in _ARGUMENTS.items():
        definition = schema.directives.get(name)
        if definition is not None and argument not in _argument_names(definition):
            message = f"Subgraph {schema.name} defines @{name} without the argument {argument}."
            fix = f"add the argument, or leave the definition of @{name} out."
            problems.append(Problem("TYPE_DEFINITION_INVALID", message, (place_of(definition),), fix))


def _check_root_names(schema: SubgraphSchema, problems: list[Problem]) -> None:
    for name, written in schema.root_names.items():
        if written != name and name in schema.types:
            message = f"The {name.lower()} root of subgraph {schema.name} is called {written}."
            place = schema.types[name].place
            problems.append(Problem(f"ROOT_{name.upper()}_USED", message, (place,), f"call it {name}."))


def _argument_names(definition: DirectiveDefinitionNode) -> set[str]:
    return {argument.name.value for argument in definition.arguments or ()}


# B. Keys of interfaces


def _inherit_keys(types: Types) -> None:
    for declared in types.values():
        if declared.kind is Kind.OBJECT:
            texts = {key.fields.text for key in declared.keys}
            for interface in declared.interfaces:
                keys = types[interface].keys if interface in types else []
                declared.keys += [key for key in keys if key.fields.text not in texts]


# C. Requirements


class _Requirements:
    """Turns arguments with ``@require`` into what their fields require."""

    def __init__(self, schema: SubgraphSchema, directive: str, problems: list[Problem]) -> None:
        self.schema = schema
        self.directive = directive
        self.problems = problems
        self.input_types: set[str] = set()

    def read(self) -> None:
        for declared in self.schema.types.values():
            for own in declared.fields.values():
                required = [argument for argument in own.arguments.values() if self._is_required(argument)]
                if required:
                    self._read_field(own, declared, required)

    def _is_required(self, argument: InputDeclaration) -> bool:
        return any(node.name.value == self.directive for node in argument.directives)

    def _read_field(
        self, own: FieldDeclaration, parent: TypeDeclaration, required: list[InputDeclaration]
    ) -> None:
        path = f"{parent.name}.{own.name}"
        if own.external:
            message = f"Field {path} of subgraph {own.subgraph} is external, and requires other fields."
            fix = "take @external off, or the requirement."
            self.problems.append(Problem("EXTERNAL_REQUIRE_COLLISION", message, (own.place,), fix))
        selector = Selector()
        filled: list[LookupArgument] = []
        for argument in required:
            del own.arguments[argument.name]
            self.input_types.add(named_type(argument.type))
            (application, *_) = argument.take(self.directive)
            what = f"argument {path}({argument.name}:)"
            where = f"@{self.directive} on {what} in subgraph {own.subgraph}"
            selected = read_selection_map(application, "REQUIRE", where, self.problems)
            if selected is None:
                continue
            mapped = MappedArgument(
                code="REQUIRE",
                what=what,
                type=argument.type,
                selected=selected,
                type_name=parent.name,
                place=application.place,
                inputs=self.schema.types,
            )
            self.schema.mapped.append(mapped)
            value = selector.select(selected)
            filled.append(LookupArgument(argument.name, type_text(argument.type), value))
        own.filled = tuple(filled)
        selections = selector.selections
        if selections:
            own.requires = FieldSet(print_selections(selections), selections, own.place, over_merged=True)


# E. What clients don't see


class _Internal:
    """What is marked as internal: found before lookups are read, taken away after."""

    def __init__(self, schema: SubgraphSchema, directive: str) -> None:
        self.schema = schema
        self.types = {name for name, declared in schema.types.items() if declared.take(directive)}
        self.fields = {
            (declared.name, own.name)
            for declared in schema.types.values()
            for own in declared.fields.values()
            if own.take(directive) or declared.name in self.types
        }
        self.input_types = {
            named_type(argument.type)
            for type_name, field_name in self.fields
            for argument in schema.types[type_name].fields[field_name].arguments.values()
        }

    def remove(self, problems: list[Problem]) -> None:
        """Take away internal types and fields, and report other fields that refer to internal types."""
        types = self.schema.types
        kept: Types = {}
        for name, declared in types.items():
            if name in self.types:
                continue
            kept[name] = declared
            problems += [
                self._unprotected(node, f"{name}.{own.name}")
                for own in declared.fields.values()
                if (name, own.name) in self.fields
                for node in own.directives
                if node.name.value in AUTHORIZATION_DIRECTIVES
            ]
            declared.fields = {
                own.name: own for own in declared.fields.values() if (name, own.name) not in self.fields
            }
            declared.members = {
                member: at for member, at in declared.members.items() if member not in self.types
            }
            for own in [own for own in declared.fields.values() if named_type(own.type) in self.types]:
                problems.append(self._report(own, declared))
                del declared.fields[own.name]  # the problem is named once
            if name == "Query" and not declared.fields:
                del kept[name]  # it had nothing but internal lookups
        self.schema.types = kept

    def _unprotected(self, node: ConstDirectiveNode, path: str) -> Problem:
        mark = f"@{node.name.value}"
        message = f"{mark} on {path} in subgraph {self.schema.name} protects nothing: the field is internal."
        fix = f"apply {mark} to what clients see."
        return Problem("INVALID_AUTHORIZATION", message, (place_of(node),), fix)

    def _report(self, own: FieldDeclaration, parent: TypeDeclaration) -> Problem:
        name = named_type(own.type)
        message = (
            f"Field {parent.name}.{own.name} of subgraph {own.subgraph} refers to {name}, which is internal."
        )
        places = (own.place, self.schema.types[name].place)
        return Problem("REFERENCE_TO_INTERNAL_TYPE", message, places, "mark both @internal, or neither.")


def _remove_unused_inputs(schema: SubgraphSchema, candidates: set[str]) -> None:
    """Take away input types that were there for arguments that clients don't see, and for nothing else."""
    roots = {
        named_type(argument.type)
        for declared in schema.types.values()
        for own in declared.fields.values()
        for argument in own.arguments.values()
    }
    unused = _inputs_below(candidates, schema.types) - _inputs_below(roots, schema.types)
    schema.types = {name: declared for name, declared in schema.types.items() if name not in unused}


def _inputs_below(names: set[str], types: Types) -> set[str]:
    """Return the input types of these names, and all that they are made of."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found and name in types and types[name].kind is Kind.INPUT:
            found.add(name)
            waiting.extend(named_type(own.type) for own in types[name].input_fields.values())
    return found
