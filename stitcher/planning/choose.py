"""Which of its candidates each leaf of an operation takes: the fewest fetches for the whole.

A plan costs, in this order, the fetches that have to run one after the other, all fetches, and the fields.
Exact choice is a Steiner tree problem; this comes close and is bounded.

A. *Greedily*: leaves without a choice come first; then each takes what adds least to what is there.
B. *Alone*: each leaf may change its mind in view of the others, until nobody does.
C. *Together*: a fetch is given up if all leaves that it serves can go elsewhere at less cost. What one leaf
   gains nothing by leaving, as long as another stays, may be of no use once both leave.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from stitcher.planning.nodes import Node
from stitcher.planning.walk import Leaf

__all__ = ["choose"]

ROUNDS = 4  # of changing minds; two are enough for nearly all operations

Cost: TypeAlias = tuple[int, int, int]
"""Sequential fetches, fetches, fields."""


def choose(leaves: Sequence[Leaf]) -> list[Node]:
    """Choose a candidate for every leaf, and count the users of each node; return the chosen ones."""
    for leaf in sorted(leaves, key=lambda leaf: len(leaf.candidates) > 1):  # A
        _reconsider(leaf, leaves)
    undecided = [leaf for leaf in leaves if len(leaf.candidates) > 1]
    for _ in range(ROUNDS):
        changed = [_reconsider(leaf, leaves) for leaf in undecided]  # B
        if not any(changed) and not _give_up_a_fetch(undecided, leaves):  # C
            break
    return [leaf.choice for leaf in leaves if leaf.choice]


def _reconsider(leaf: Leaf, leaves: Sequence[Leaf]) -> bool:
    """Let a leaf take the candidate that adds least to the other leaves' routes; say whether it changed."""
    before = leaf.choice
    _take(leaf, None)
    if len(leaf.candidates) == 1:
        _take(leaf, leaf.candidates[0])
    else:
        _take_cheapest(leaf, leaf.candidates, _depth(leaves))
    return leaf.choice is not before


def _give_up_a_fetch(undecided: Sequence[Leaf], leaves: Sequence[Leaf]) -> bool:
    """Do without the first fetch whose leaves are served for less without it; say whether there was one."""
    served: dict[Node, list[Leaf]] = {}
    for leaf in undecided:
        if leaf.choice:
            for node in leaf.choice.route:
                if node.is_fetch:
                    served.setdefault(node, []).append(leaf)
    return any(
        fetch.users == len(moved) and _move_away(fetch, moved, leaves) for fetch, moved in served.items()
    )


def _move_away(fetch: Node, moved: Sequence[Leaf], leaves: Sequence[Leaf]) -> bool:
    elsewhere = [[each for each in leaf.candidates if fetch not in each.route] for leaf in moved]
    if not all(elsewhere):
        return False
    chosen = [leaf.choice for leaf in moved]
    before = _depth(leaves)
    saved = _added_by(moved, chosen, before)
    depth = _depth(leaves)
    for leaf, candidates in zip(moved, elsewhere, strict=True):
        _take_cheapest(leaf, candidates, depth)
        depth = max(depth, leaf.choice.depth if leaf.choice else 0)
    found = [leaf.choice for leaf in moved]
    if _added_by(moved, found, depth) < saved:
        for leaf, choice in zip(moved, found, strict=True):
            _take(leaf, choice)
        return True
    for leaf, choice in zip(moved, chosen, strict=True):
        _take(leaf, choice)
    return False


def _added_by(leaves: Sequence[Leaf], choices: Sequence[Node | None], depth: int) -> Cost:
    """Return what leaves add to the others' routes by their choices, and leave them without."""
    for leaf in leaves:
        _take(leaf, None)
    added = {node for choice in choices if choice for node in choice.route if not node.users}
    return depth, sum(node.is_fetch for node in added), len(added)


def _take_cheapest(leaf: Leaf, candidates: Sequence[Node], deepest: int) -> None:
    _take(leaf, min(candidates, key=lambda node: _added(node, deepest)))


def _take(leaf: Leaf, choice: Node | None) -> None:
    for node, users in ((leaf.choice, -1), (choice, 1)):
        if node:
            for each in node.route:
                each.users += users
    leaf.choice = choice


def _depth(leaves: Sequence[Leaf]) -> int:
    return max((leaf.choice.depth for leaf in leaves if leaf.choice), default=0)


def _added(node: Node, deepest: int) -> Cost:
    added = [each for each in node.route if not each.users]
    return max(node.depth, deepest), sum(each.is_fetch for each in added), len(added)
