"""Fetches as GraphQL text: what is sent to a subgraph.

An entity fetch asks for each batch under its own response key, with its keys in variables: one variable with
all of them where the lookup takes a list, else one field and one set of variables a key. What is selected is
then a fragment, written once however many keys there are. A batch without keys isn't asked for at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain, count

from stitcher.planning.normalize import variables_of
from stitcher.planning.plan import Batch, Fetch
from stitcher.selections import Document, Field, Fragment, Selection, Selections, print_selections
from stitcher.supergraph import Constant, Lookup

__all__ = ["filled_name", "free_prefix", "render", "variable_name"]


def render(fetch: Fetch, batches: Iterable[tuple[Batch, int]] = ()) -> Document:
    """Return the text of a fetch.

    Args:
        fetch: what to ask for.
        batches: those to ask for, each with the number of its keys. How many there are matters for lookups
            that take one key at a time, and whether there are any matters for all.
    """
    asked = [(batch, size) for batch, size in batches if size]
    selected = (fetch.selections, *(batch.selections for batch, _ in asked))
    used = (
        variables_of(selection for selections in selected for selection in selections)
        | fetch.directives.variables
    )
    declarations = [text for name, text in fetch.variables.items() if name in used]
    fields = [print_selections(fetch.selections)] if fetch.selections else []
    fragments: list[str] = []
    for batch, size in asked:
        own, spread = batch.selections, ""
        if size > 1 and not batch.lookup.many:
            own, alike = _divided(batch)
            if alike:
                spread = f"...{batch.key}"
                fragments.append(f" fragment {batch.key} on {batch.lookup.type_name} {{ {alike} }}")
        for index in range(1 if batch.lookup.many else size):
            arguments = _arguments(batch, index, declarations)
            key = batch.key if batch.lookup.many else f"{batch.key}_{index}"
            filled = _fill(batch, own, index, declarations)
            fields.append(_lookup_field(batch.lookup, key, arguments, filled, spread))
    kind = "mutation" if fetch.is_mutation else "query"
    head = (f"{kind}({', '.join(declarations)})" if declarations else kind) + fetch.directives.text
    return Document(f"{head} {{ {' '.join(fields)} }}{''.join(fragments)}", is_mutation=fetch.is_mutation)


def free_prefix(taken: Iterable[str]) -> str:
    """Return the beginning of names that are the gateway's own. It is short whatever names the client has."""
    names = tuple(taken)
    candidates = chain("_", (f"_{number}_" for number in count(1)))
    return next(
        candidate for candidate in candidates if not any(name.startswith(candidate) for name in names)
    )


def variable_name(batch: Batch, argument: str, index: int = 0) -> str:
    """Return the variable that holds a lookup's argument, for one key if it takes one at a time."""
    return f"{batch.key}_{argument}" if batch.lookup.many else f"{batch.key}_{index}_{argument}"


def filled_name(batch: Batch, position: int, index: int) -> str:
    """Return the variable for one of the arguments that a batch fills in.

    It goes by its position, since the client's names may be of any length; no argument's name begins with a
    digit.
    """
    return variable_name(batch, f"{position}_{batch.filled[position][1].name}", index)


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


def _divided(batch: Batch) -> tuple[Selections, str]:
    """Return what differs from key to key: the fields with arguments to fill in; and the rest, as text."""
    filled = {key for key, _ in batch.filled}
    own = tuple(
        selection
        for selection in batch.selections
        if isinstance(selection, Field) and selection.key in filled
    )
    return own, print_selections(selection for selection in batch.selections if selection not in own)


def _fill(batch: Batch, selections: Selections, index: int, declarations: list[str]) -> Selections:
    """Return a batch's selections with the arguments that the gateway adds, and declare their variables."""
    if not batch.filled:
        return selections
    written: dict[str, str] = {}
    for position, (key, argument) in enumerate(batch.filled):
        variable = filled_name(batch, position, index)
        declarations.append(f"${variable}: {argument.type}")
        written[key] = f"{written[key]}, " if key in written else ""
        written[key] += f"{argument.name}: ${variable}"
    return tuple(_with_arguments(selection, written) for selection in selections)


def _with_arguments(selection: Selection, written: Mapping[str, str]) -> Selection:
    if isinstance(selection, Fragment) or selection.key not in written:
        return selection
    own = selection.arguments[1:-1]
    more = written[selection.key]
    return replace(selection, arguments=f"({own}, {more})" if own else f"({more})")


def _lookup_field(lookup: Lookup, key: str, arguments: str, selections: Selections, spread: str) -> str:
    inner = " ".join(filter(None, (print_selections(selections), spread)))
    if not spread or selections:  # a lookup may return more types than the one that it is used for
        inner = f"... on {lookup.type_name} {{ {inner} }}"
    text = f"{lookup.field or '_entities'}{arguments} {{ {inner} }}"
    for name in reversed(lookup.path):
        text = f"{name} {{ {text} }}"
    return f"{key}: {text}"
