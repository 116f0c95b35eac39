"""Fetches as GraphQL text: what is sent to a subgraph.

An entity fetch asks for each batch under its own response key, with its keys in variables: one variable with
all of them where the lookup takes a list, else one field and one set of variables a key. A batch without keys
isn't asked for at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stitcher.planning.normalize import variables_of
from stitcher.planning.plan import Batch, Fetch
from stitcher.selections import Document, Fragment, Selection, Selections, print_selections
from stitcher.supergraph import Constant, Lookup, LookupArgument

__all__ = ["filled_name", "render", "variable_name"]


def render(fetch: Fetch, sizes: Sequence[int]) -> Document:
    """Return the text of a fetch.

    Args:
        fetch: what to ask for.
        sizes: the number of keys in each batch. How many there are matters for lookups that take one key at a
            time, and whether there are any matters for all.
    """
    asked = [(batch, size) for batch, size in zip(fetch.batches, sizes, strict=True) if size]
    selected = (fetch.selections, *(batch.selections for batch, _ in asked))
    used = variables_of(each for selections in selected for each in selections)
    declarations = [text for name, text in fetch.variables.items() if name in used]
    fields = [print_selections(fetch.selections)] if fetch.selections else []
    for batch, size in asked:
        for index in range(1 if batch.lookup.many else size):
            arguments = _arguments(batch, index, declarations)
            key = batch.key if batch.lookup.many else f"{batch.key}_{index}"
            selections = _fill(batch, index, declarations)
            fields.append(_lookup_field(batch.lookup, key, arguments, selections))
    kind = "mutation" if fetch.is_mutation else "query"
    head = f"{kind}({', '.join(declarations)})" if declarations else kind
    return Document(f"{head} {{ {' '.join(fields)} }}", is_mutation=fetch.is_mutation)


def variable_name(batch: Batch, argument: str, index: int = 0) -> str:
    """Return the variable that holds a lookup's argument, for one key if it takes one at a time."""
    return f"{batch.key}_{argument}" if batch.lookup.many else f"{batch.key}_{index}_{argument}"


def filled_name(batch: Batch, key: str, argument: LookupArgument, index: int) -> str:
    """Return the variable that fills in an argument of the field under a response key."""
    return variable_name(batch, f"{key}_{argument.name}", index)


def _arguments(batch: Batch, index: int, declarations: list[str]) -> str:
    """Declare the variables of one lookup field and return its arguments as text."""
    if batch.lookup.field is None:
        variable = variable_name(batch, "representations")
        declarations.append(f"${variable}: [_Any!]!")
        return f"(representations: ${variable})"
    arguments = []
    for argument in batch.lookup.arguments:
        shared = isinstance(argument.value, Constant)
        variable = variable_name(batch, argument.name, 0 if shared else index)
        if not (shared and index):
            declarations.append(f"${variable}: {argument.type}")
        arguments.append(f"{argument.name}: ${variable}")
    return f"({', '.join(arguments)})" if arguments else ""


def _fill(batch: Batch, index: int, declarations: list[str]) -> Selections:
    """Return a batch's selections with the arguments that the gateway adds, and declare their variables."""
    if not batch.filled:
        return batch.selections
    written: dict[str, str] = {}
    for key, argument in batch.filled:
        variable = filled_name(batch, key, argument, index)
        declarations.append(f"${variable}: {argument.type}")
        written[key] = f"{written[key]}, " if key in written else ""
        written[key] += f"{argument.name}: ${variable}"
    return _with_arguments(batch.selections, written)


def _with_arguments(selections: Selections, written: dict[str, str]) -> Selections:
    filled: list[Selection] = []
    for selection in selections:
        if isinstance(selection, Fragment):
            filled.append(replace(selection, selections=_with_arguments(selection.selections, written)))
        elif more := written.get(selection.key):
            own = selection.arguments[1:-1]
            filled.append(replace(selection, arguments=f"({own}, {more})" if own else f"({more})"))
        else:
            filled.append(selection)
    return tuple(filled)


def _lookup_field(lookup: Lookup, key: str, arguments: str, selections: Selections) -> str:
    # A lookup may return more types than the one that it is used for.
    text = f"{lookup.field or '_entities'}{arguments} {{ {Fragment(lookup.type_name, selections)} }}"
    for name in reversed(lookup.path):
        text = f"{name} {{ {text} }}"
    return f"{key}: {text}"
