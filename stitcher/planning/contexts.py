"""Arguments from a context: which object above an object has the value, at the nodes that lead there.

The nearest object above whose type sets the context counts. A node may stand for objects of several types. If
some of these set it and others don't, the way is of no use, and the planner asks for what is below type by
type.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set

from stitcher.planning.nodes import Node, SetContext
from stitcher.selections import Field, Fragment, Selections
from stitcher.supergraph import ContextArgument

__all__ = ["contexts_of"]


def contexts_of(
    node: Node, arguments: Iterable[ContextArgument], types_of: Callable[[Node], frozenset[str]]
) -> tuple[SetContext, ...] | None:
    """Return what sets each argument of a field of an object, None if one is set by nothing above it.

    ``types_of`` tells the object types that the object at a node may be.
    """
    found = tuple(_context_of(node, argument, types_of) for argument in arguments)
    contexts = tuple(context for context in found if context is not None)
    return contexts if len(contexts) == len(found) else None


def _context_of(
    node: Node, argument: ContextArgument, types_of: Callable[[Node], frozenset[str]]
) -> SetContext | None:
    known = dict(argument.selections)
    for above in _above(node):
        types = types_of(above)
        setting = types & known.keys()
        if setting:
            return SetContext(argument, above, _selected(known, setting)) if setting == types else None
    return None


def _selected(known: Mapping[str, Selections], types: Set[str]) -> Selections:
    """Return what is selected of an object that is of one of some types."""
    if len(types) == 1:
        return known[next(iter(types))]
    return tuple(Fragment(name, known[name]) for name in sorted(types) if known[name])


def _above(node: Node) -> Iterator[Node]:
    """Yield the nodes of the objects that hold an object, the nearest first: one per object."""
    child, parent = node, node.parent
    while parent:
        if isinstance(child.move, Field):
            yield parent
        child, parent = parent, parent.parent
