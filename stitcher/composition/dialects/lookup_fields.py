"""``@lookup`` and ``@is``: query fields that turn keys into entities.

A. Find every lookup field, and the shortest way to it from Query, through fields that take no arguments.
B. Read where its arguments come from: ``@is``, else the field of the same name.
C. Make a lookup for each object type that the field may return, and for each alternative that the arguments
   leave for it. What type conditions say of the entity itself is decided here, once.

Source: GraphQL Composite Schemas specification, "@lookup", "@is", and the error codes LOOKUP_* and IS_*.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from graphql import ListTypeNode

from stitcher.composition.dialects.applications import read_selection_map
from stitcher.composition.field_set_checks import possible_types
from stitcher.composition.model import (
    BUILT_IN_SCALARS,
    Application,
    FieldDeclaration,
    InputDeclaration,
    Kind,
    MappedArgument,
    SubgraphSchema,
    Types,
)
from stitcher.composition.selection_map import (
    MapEntry,
    ObjectMap,
    PathMap,
    PathStep,
    SelectionMap,
)
from stitcher.composition.selector import Selector
from stitcher.composition.type_refs import named_type, nullable, type_text
from stitcher.errors import Problem
from stitcher.supergraph import Lookup, LookupArgument

__all__ = ["LookupDirectives", "read_lookups"]


@dataclass(frozen=True, slots=True)
class LookupDirectives:
    """What the schema calls the directives."""

    lookup: str
    is_: str


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument of a lookup field, and where its value comes from."""

    declared: InputDeclaration
    selected: SelectionMap
    application: Application | None


def read_lookups(schema: SubgraphSchema, names: LookupDirectives, problems: list[Problem]) -> None:
    """Take the directives off the schema, and add its lookups; see the module's outline."""
    _LookupReader(schema, names, problems).read()


class _LookupReader:
    """Reads one schema; holds what every step needs."""

    def __init__(self, schema: SubgraphSchema, names: LookupDirectives, problems: list[Problem]) -> None:
        self.schema = schema
        self.names = names
        self.problems = problems

    def read(self) -> None:
        paths = _paths(self.schema.types)  # A
        for declared in self.schema.types.values():
            for own in declared.fields.values():
                where = f"{declared.name}.{own.name}"
                mapped = {name: argument.take(self.names.is_) for name, argument in own.arguments.items()}
                if not own.take(self.names.lookup):
                    self._report_useless(
                        where, own, [application for taken in mapped.values() for application in taken]
                    )
                elif self._is_lookup(where, own, declared.name in paths):
                    arguments = self._arguments(where, own, mapped)  # B
                    if arguments is not None:
                        self._add(where, own, arguments, paths[declared.name])  # C

    # A. Find

    def _is_lookup(self, where: str, own: FieldDeclaration, reachable: bool) -> bool:
        """Report why a field can't be a lookup; return whether it can."""
        subject = f"The lookup field {where} of subgraph {own.subgraph}"
        before = len(self.problems)
        if not own.arguments:
            message = f"{subject} has no arguments, so it takes no key."
            self._report("LOOKUP_MUST_HAVE_ARGUMENTS", message, own, "give it the entity's key as arguments.")
        if isinstance(nullable(own.type), ListTypeNode):
            message = f"{subject} returns a list; a lookup returns one entity."
            self._report("LOOKUP_RETURNS_LIST", message, own, "return the entity itself, for one key.")
        elif not self._returns_entities(own):
            message = f"{subject} returns {type_text(own.type)}, which has no fields."
            self._report(
                "LOOKUP_RETURNS_NO_ENTITY", message, own, "return an object, an interface or a union."
            )
        if not reachable:
            message = f"{subject} can't be reached from Query through fields without arguments."
            fix = "move it to Query, or to an object that a field of Query without arguments returns."
            self._report("LOOKUP_NOT_REACHABLE", message, own, fix)
        return len(self.problems) == before

    def _returns_entities(self, own: FieldDeclaration) -> bool:
        name = named_type(own.type)
        if name in self.schema.types:
            return self.schema.types[name].is_composite
        return name not in BUILT_IN_SCALARS  # that it isn't declared is a rule's to say

    def _report_useless(self, where: str, own: FieldDeclaration, taken: Sequence[Application]) -> None:
        for application in taken:
            message = f"@{self.names.is_} is applied to an argument of {where} in subgraph {own.subgraph}, "
            message += "which is no lookup field."
            fix = f"mark the field @{self.names.lookup}, or take @{self.names.is_} away."
            self.problems.append(Problem("IS_INVALID_USAGE", message, (application.place,), fix))

    # B. Arguments

    def _arguments(
        self, where: str, own: FieldDeclaration, mapped: dict[str, list[Application]]
    ) -> list[_Argument] | None:
        """Return where all arguments come from; None, and problems, if one of them can't be read."""
        arguments: list[_Argument] = []
        for declared in own.arguments.values():
            application = next(iter(mapped[declared.name]), None)
            selected: SelectionMap | None = SelectionMap((PathMap((PathStep(declared.name),)),))
            if application is not None:
                what = f"@{self.names.is_} on argument {where}({declared.name}:) in subgraph {own.subgraph}"
                selected = read_selection_map(application, "IS", what, self.problems)
            if selected is not None:
                arguments.append(_Argument(declared, selected, application))
        return arguments if len(arguments) == len(own.arguments) else None

    # C. Lookups

    def _add(
        self, where: str, own: FieldDeclaration, arguments: Sequence[_Argument], path: tuple[str, ...]
    ) -> None:
        types = self.schema.types
        returned = named_type(own.type)
        unused = {id(argument): argument for argument in arguments}
        for name in sorted(possible_types(returned, types)) if returned in types else ():
            if types[name].kind is not Kind.OBJECT:
                continue
            choices: list[list[SelectionMap]] = []
            for argument in arguments:
                applying = [
                    SelectionMap((entry,)) for entry in _applying(argument.selected.alternatives, name, types)
                ]
                choices.append(applying)
                if applying:
                    unused.pop(id(argument), None)
                    self._remember(where, argument, name, applying)
            for choice in itertools.product(*choices):
                self.schema.lookups.setdefault(name, []).append(
                    self._lookup(name, own, list(zip(arguments, choice, strict=True)), path)
                )
        for mapped in unused.values():
            message = (
                f"The selection map of argument {where}({mapped.declared.name}:) in subgraph {own.subgraph} "
                f"is for none of the types that {returned} may be."
            )
            self._report("IS_INVALID_FIELDS", message, mapped.declared, "correct the type conditions.")

    def _lookup(
        self,
        type_name: str,
        own: FieldDeclaration,
        arguments: Sequence[tuple[_Argument, SelectionMap]],
        path: tuple[str, ...],
    ) -> Lookup:
        selector = Selector()
        values = tuple(
            LookupArgument(
                argument.declared.name, type_text(argument.declared.type), selector.select(selected)
            )
            for argument, selected in arguments
        )
        return Lookup(
            subgraph=self.schema.name,
            type_name=type_name,
            key=selector.selections,
            field=own.name,
            arguments=values,
            many=False,
            path=path,
        )

    def _remember(
        self, where: str, argument: _Argument, type_name: str, applying: Sequence[SelectionMap]
    ) -> None:
        """Keep what the argument takes of the type, for the rule that checks it against the merged types."""
        application = argument.application
        place = argument.declared.place if application is None else application.place
        alternatives = tuple(entry for selection in applying for entry in selection.alternatives)
        self.schema.mapped.append(
            MappedArgument(
                code="IS",
                what=f"argument {where}({argument.declared.name}:)",
                type=argument.declared.type,
                selected=SelectionMap(alternatives),
                type_name=type_name,
                place=place,
                inputs=self.schema.types,
            )
        )

    def _report(
        self, code: str, message: str, declared: FieldDeclaration | InputDeclaration, fix: str
    ) -> None:
        self.problems.append(Problem(code, message, (declared.place,), fix))


# A. Find


def _paths(types: Types) -> dict[str, tuple[str, ...]]:
    """Return the shortest way from Query to each type by fields without arguments that return one object."""
    paths: dict[str, tuple[str, ...]] = {"Query": ()} if "Query" in types else {}
    waiting = list(paths)
    for name in waiting:
        for own in types[name].fields.values():
            returned = types.get(named_type(own.type))
            if own.arguments or returned is None or returned.name in paths:
                continue
            if returned.fields and not isinstance(nullable(own.type), ListTypeNode):
                paths[returned.name] = (*paths[name], own.name)
                waiting.append(returned.name)
    return paths


# C. Lookups


def _applying(entries: Sequence[MapEntry], type_name: str, types: Types) -> Iterator[MapEntry]:
    """Yield the alternatives for entities of one type, without the type conditions that they meet."""
    for entry in entries:
        if isinstance(entry, PathMap):
            if _meets(entry.type_condition, type_name, types):
                yield replace(entry, type_condition=None)
            continue
        fields = [
            (name, tuple(_applying(inner.alternatives, type_name, types))) for name, inner in entry.fields
        ]
        if all(alternatives for _, alternatives in fields):
            yield ObjectMap(tuple((name, SelectionMap(alternatives)) for name, alternatives in fields))


def _meets(type_condition: str | None, type_name: str, types: Types) -> bool:
    if type_condition is None or type_condition == type_name:
        return True
    return type_condition in types and type_name in possible_types(type_condition, types)
