"""Fields, arguments and input fields that differ from subgraph to subgraph, and what clients see of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from graphql import TypeNode, print_ast

from stitcher.composition.hints.describing import common_fields, hint, names, split, types_of_several
from stitcher.composition.merge_types import contextual_arguments
from stitcher.composition.model import Composition, Declaration, FieldDeclaration, InputDeclaration
from stitcher.composition.type_refs import type_text
from stitcher.errors import Problem

__all__ = ["hint_at_types"]


def hint_at_types(composition: Composition) -> Iterator[Problem]:
    """Yield differing types and defaults, and arguments and input fields that clients don't see."""
    for merged, declared in types_of_several(composition):
        for name, fields in common_fields(declared).items():
            path, whole = f"{merged.name}.{name}", merged.fields[name]
            yield from _types("FIELD", f"Field {path}", fields, whole.type)
            taken = contextual_arguments(fields)
            yield from _contextual(f"Argument {path}({{}}:)", fields, taken)
            arguments = _Inputs(f"Argument {path}({{}}:)", "ARGUMENT_PRESENCE", whole.arguments)
            groups = [
                {name: argument for name, argument in own.arguments.items() if name not in taken}
                for own in fields
            ]
            yield from arguments.hints(fields, groups)
        inputs = _Inputs(f"Input field {merged.name}.{{}}", "INPUT_OBJECT_FIELD", merged.input_fields)
        yield from inputs.hints(declared, [declaration.input_fields for declaration in declared])


@dataclass(frozen=True, slots=True)
class _Inputs:
    """The arguments of one field, or the fields of one input type: their name in hints, what they became."""

    what: str
    code: str
    merged: Mapping[str, InputDeclaration]

    def hints(
        self, declared: Sequence[Declaration], groups: Iterable[Mapping[str, InputDeclaration]]
    ) -> Iterator[Problem]:
        by_name: dict[str, list[InputDeclaration]] = {}
        for group in groups:
            for name, own in group.items():
                by_name.setdefault(name, []).append(own)
        for name, several in by_name.items():
            what = self.what.format(name)
            if len(several) < len(declared) and not any(own.inaccessible for own in several):
                message = f"{what} is {split(declared, several)}: clients don't see it."
                yield hint(f"INCONSISTENT_{self.code}", message, several, "add it to each, or hide it.")
            elif name in self.merged:
                yield from _types("ARGUMENT", what, several, self.merged[name].type)
                yield from _defaults(what, several)


def _contextual(
    what: str, fields: Iterable[FieldDeclaration], taken: Mapping[str, Sequence[InputDeclaration]]
) -> Iterator[Problem]:
    for name, contextual in taken.items():
        others = [own.arguments[name] for own in fields if name in own.arguments]
        if others:
            message = (
                f"{what.format(name)} takes its value from a context in {names(contextual)}, and not in "
                f"{names(others)}: clients don't see it."
            )
            code = "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS"
            fix = "let it take its value from a context in each, or give it another name."
            yield hint(code, message, [*contextual, *others], fix)


def _types(
    code: str, what: str, declared: Sequence[FieldDeclaration] | Sequence[InputDeclaration], merged: TypeNode
) -> Iterator[Problem]:
    texts = {declaration.subgraph: type_text(declaration.type) for declaration in declared}
    if len(set(texts.values())) > 1:
        written = ", ".join(f"{text} in {subgraph}" for subgraph, text in texts.items())
        message = f"{what} is of type {written}: clients see {type_text(merged)}."
        code = f"INCONSISTENT_BUT_COMPATIBLE_{code}_TYPE"
        yield hint(code, message, declared, "give it the same type in each.")


def _defaults(what: str, declared: Sequence[InputDeclaration]) -> Iterator[Problem]:
    having = [declaration for declaration in declared if declaration.default is not None]
    if having and len(having) < len(declared) and having[0].default is not None:
        default = print_ast(having[0].default)
        message = f"{what} has the default {default} {split(declared, having)}: clients see none."
        yield hint(
            "INCONSISTENT_DEFAULT_VALUE_PRESENCE", message, declared, "give it the same default in each."
        )
