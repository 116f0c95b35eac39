"""Which visits of an object can be made: each needs inputs, which may need further visits, even in a circle.

A. *Ask*. While visits of an object are being opened, one that is asked for on the way isn't opened inside
   another, but put on the object's list.
B. *Work off* the list, the latest first, until the goal is open. If a whole turn brings nothing new, all that
   is left on the list is out of reach.
C. *Levels*. A key may take fields of nested objects, and these may have to be visited first: without end
   where a key is nested in its own type. So nested objects are visited on as few levels as will do: on none
   at first, and on one more only where something was out of reach for want of a level.
D. *Remember*, for all nodes of a kind, on how many levels at the least a visit has to look.

The work grows with the number of visits and levels, not with the number of orders to take them in.
"""

from __future__ import annotations

from collections.abc import Callable

from stitcher.planning.nodes import Node, Visit

__all__ = ["Visits"]

LEVEL_LIMIT = 20
"""Levels of objects nested in keys that are visited on the way to one visit; more than two are rare."""


class Visits:
    """The visits of all nodes.

    Args:
        open_visit: makes a visit a child of the node that it starts from, if its inputs can be had by what
            ``at`` returns meanwhile.
    """

    def __init__(self, open_visit: Callable[[Node, Visit], None]) -> None:
        self._open = open_visit
        self._lists: dict[Node, dict[Visit, None]] = {}
        self._levels = LEVEL_LIMIT  # on which nested objects may be visited now
        self._wanting = False  # whether something was out of reach for want of a level
        self._least: dict[tuple[object, Visit], int] = {}

    def at(self, origin: Node, visit: Visit) -> Node | None:
        """Return the node that a visit of ``origin`` leads to, None if it is out of reach or not open yet."""
        node = origin.children.get(visit)
        if node is not None:
            return node
        if origin in self._lists:
            self._lists[origin][visit] = None  # A
        else:
            self._find_way(origin, visit)
        return origin.children.get(visit)

    def _find_way(self, origin: Node, goal: Visit) -> None:  # C
        allowed, wanting, kind = self._levels, self._wanting, origin.kind
        left = [goal]
        while left and (least := self._least.get((kind, goal), 0)) < allowed:
            self._levels, self._wanting = least, False
            left = self._work_off(origin, goal)
            least = least + 1 if self._wanting else LEVEL_LIMIT
            self._least.update(((kind, visit), least) for visit in left)  # D
        self._levels = allowed
        self._wanting = wanting or (bool(left) and least < LEVEL_LIMIT)

    def _work_off(self, origin: Node, goal: Visit) -> list[Visit]:
        """Open the goal and what it takes; return what is out of reach, if the goal is."""
        asked = self._lists[origin] = {goal: None}
        before: list[Visit] = []
        left = [goal]
        while goal in left and left != before:
            for visit in reversed(left):  # B
                self._open(origin, visit)
            before, left = left, [visit for visit in asked if visit not in origin.children]
        del self._lists[origin]
        return left if goal in left else []
