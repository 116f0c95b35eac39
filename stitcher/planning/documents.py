"""Fetches as GraphQL text: what is sent to a subgraph.

An entity fetch asks for each batch under its own response key, with its keys in variables: one variable with
all of them where the lookup takes a list, else one field and one set of variables a key.
"""

from __future__ import annotations

from collections.abc import Sequence

from stitcher.planning.normalize import variables_of
from stitcher.planning.plan import Batch, Fetch
from stitcher.selections import Document, Fragment, print_selections
from stitcher.supergraph import Constant

__all__ = ["render", "variable_name"]


def render(fetch: Fetch, sizes: Sequence[int]) -> Document:
    """Return the text of a fetch.

    Args:
        fetch: what to ask for.
        sizes: the number of keys in each batch; it matters for lookups that take one key at a time.
    """
    asked = [batch.selections for batch, size in zip(fetch.batches, sizes, strict=True) if size]
    used = variables_of(each for selections in (fetch.selections, *asked) for each in selections)
    declarations = [text for name, text in fetch.variables.items() if name in used]
    fields = [print_selections(fetch.selections)] if fetch.selections else []
    for batch, size in zip(fetch.batches, sizes, strict=True):
        for index in range(1 if batch.lookup.many else size):
            arguments = _arguments(batch, index, declarations)
            key = batch.key if batch.lookup.many else f"{batch.key}_{index}"
            fields.append(_lookup_field(batch, key, arguments))
    kind = "mutation" if fetch.is_mutation else "query"
    head = f"{kind}({', '.join(declarations)})" if declarations else kind
    return Document(f"{head} {{ {' '.join(fields)} }}", is_mutation=fetch.is_mutation)


def variable_name(batch: Batch, argument: str, index: int = 0) -> str:
    """Return the variable that holds a lookup's argument, for one key if it takes one at a time."""
    return f"{batch.key}_{argument}" if batch.lookup.many else f"{batch.key}_{index}_{argument}"


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


def _lookup_field(batch: Batch, key: str, arguments: str) -> str:
    # A lookup may return more types than the one that it is used for.
    entity = Fragment(batch.lookup.type_name, batch.selections)
    return f"{key}: {batch.lookup.field or '_entities'}{arguments} {{ {entity} }}"
