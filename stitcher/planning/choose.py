"""Which of its candidates each leaf of an operation takes, so that the whole plan costs least.

A plan costs, in this order, the steps that have to run one after the other, the requests, and the fields.
Each is settled within what the one before leaves open.

A. *Steps*: a plan is as deep as the leaf whose shallowest candidate is deepest. Deeper candidates are out.
B. *Requests*: a subgraph is asked once a step, for all objects that are looked up there (``optimize``). So
   leaves that are served by the same requests are as one, wherever they stand; and the fewest requests that
   serve them all are searched for, by branch and bound; among as few, those for which leaves have to wait
   least. Since that is a set cover, the search is bounded too, and ends with the best so far.
C. *Fields*: each leaf takes, of the candidates that need no further request, what adds least to the other
   leaves' routes, and may change its mind in view of the others, until nobody does.

The turns of a mutation run one after the other, and are settled one by one (``servers``).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from stitcher.planning.nodes import Move, Node, Visit
from stitcher.planning.walk import Leaf

__all__ = ["choose", "release"]

EFFORT = 1000  # how many choices a search for the fewest requests may look at
ROUNDS = 4  # of changing minds; two are enough for nearly all operations

Recipient: TypeAlias = str | Move
"""Who is asked: a subgraph, for whatever is looked up there, or by a move of its own, for root fields."""

Request: TypeAlias = tuple[Recipient, int]
"""Who is asked, and at which step."""

Requests: TypeAlias = frozenset[Request]

Choice: TypeAlias = tuple[Requests, ...]
"""Ways to serve a leaf: the requests of any of them do."""


def choose(leaves: Sequence[Leaf]) -> list[Node]:
    """Choose a candidate for every leaf, and count the users of each node; return the chosen ones."""
    if leaves:
        deepest = max(min(node.depth for node in leaf.candidates) for leaf in leaves)  # A
        shallow = {leaf: [node for node in leaf.candidates if node.depth <= deepest] for leaf in leaves}
        _take_least(_served(shallow))
    return [leaf.choice for leaf in leaves if leaf.choice]


def release(leaves: Iterable[Leaf]) -> None:
    """Undo what was chosen."""
    for leaf in leaves:
        _take(leaf, None)


# B


def _served(candidates: Mapping[Leaf, Sequence[Node]]) -> dict[Leaf, list[Node]]:
    """Return the candidates that the fewest requests serve."""
    fetches = {leaf: tuple(node.fetch for node in nodes) for leaf, nodes in candidates.items()}
    ways = _ways(dict.fromkeys(fetch for chain in fetches.values() for fetch in chain))
    choices: Counter[Choice] = Counter()
    for alike, number in Counter(fetches.values()).items():
        choices[_smallest(way for fetch in alike for way in ways[fetch])] += number
    asked = _Search(choices).fewest()
    served = {fetch for fetch, alternatives in ways.items() if any(way <= asked for way in alternatives)}
    return {
        leaf: [node for node, fetch in zip(nodes, fetches[leaf], strict=True) if fetch in served]
        for leaf, nodes in candidates.items()
    }


def _ways(fetches: Iterable[Node]) -> dict[Node, Choice]:
    """Return the ways to make each fetch.

    Those before it are made as early as they can be. By itself it is made for leaves, so that nobody waits
    for it: it can as well be made when its subgraph has to be asked later, or is for the last time.
    """
    before = {last: {_request(passed) for passed in last.route if passed.is_fetch} for last in fetches}
    steps: dict[Recipient, set[int]] = {}
    latest: dict[Recipient, int] = {}
    for last, requests in before.items():
        itself, step = _request(last)
        latest[itself] = max(step, latest.get(itself, 0))
        requests.remove((itself, step))
        for asked, earlier in requests:
            steps.setdefault(asked, set()).add(earlier)
    ways: dict[Node, Choice] = {}
    for last, requests in before.items():
        itself, step = _request(last)
        later = sorted({latest[itself], *steps.get(itself, ())})
        ways[last] = tuple(frozenset({*requests, (itself, other)}) for other in later if other >= step)
    return ways


def _request(fetch: Node) -> Request:
    return fetch.subgraph if isinstance(fetch.move, Visit) else fetch.move, fetch.depth


def _smallest(ways: Iterable[Requests]) -> Choice:
    """Leave out the ways that take more than another one."""
    kept = tuple(dict.fromkeys(ways))
    return tuple(way for way in kept if not any(other < way for other in kept))


class _Search:
    """The search for the fewest requests that leave no choice unserved."""

    def __init__(self, choices: Mapping[Choice, int]) -> None:
        """Take the choices, each with the number of leaves that have it."""
        self.choices = choices
        self.best: Requests = frozenset()
        self.cost: tuple[int, int] | None = None
        self.effort = self.gain = 0

    def fewest(self) -> Requests:
        alone: list[Requests] = [ways[0] for ways in self.choices if len(ways) == 1]
        asked = frozenset[Request]().union(*alone)
        for self.gain in (1, 0):  # first what is fewer, then also what is as few
            self.effort = EFFORT
            self._explore(asked, _unserved(self.choices, asked))
        return self.best

    def _explore(self, asked: Requests, choices: Sequence[Choice]) -> None:
        """Serve the choices that aren't yet, as long as that may be better than the best so far."""
        if not choices:
            self._compare(asked)
            return
        self.effort -= len(choices)
        hardest = max(choices, key=lambda ways: (min(len(way - asked) for way in ways), -len(ways)))
        further = [(more, _unserved(choices, more)) for more in map(asked.union, hardest) if self._pays(more)]
        for more, left in sorted(further, key=lambda pair: (len(pair[0]), len(pair[1]))):
            if self._pays(more, bool(left)):
                self._explore(more, left)

    def _pays(self, asked: Requests, further: int = 0) -> bool:
        return self.cost is None or (self.effort > 0 and len(asked) + further + self.gain <= self.cost[0])

    def _compare(self, asked: Requests) -> None:
        self.effort -= len(self.choices)
        waiting = sum(
            leaves * min(len(way) for way in ways if way <= asked) for ways, leaves in self.choices.items()
        )
        if self.cost is None or (len(asked), waiting) < self.cost:
            self.best, self.cost = asked, (len(asked), waiting)


def _unserved(choices: Iterable[Choice], asked: Requests) -> list[Choice]:
    return [ways for ways in choices if not any(way <= asked for way in ways)]


# C


def _take_least(candidates: Mapping[Leaf, Sequence[Node]]) -> None:
    for leaf in sorted(candidates, key=lambda leaf: len(candidates[leaf]) > 1):
        _reconsider(leaf, candidates[leaf])
    undecided = [leaf for leaf, nodes in candidates.items() if len(nodes) > 1]
    for _ in range(ROUNDS):
        changed = [_reconsider(leaf, candidates[leaf]) for leaf in undecided]
        if not any(changed):
            break


def _reconsider(leaf: Leaf, candidates: Sequence[Node]) -> bool:
    """Let a leaf take the candidate that adds least to the other leaves' routes; say whether it changed."""
    before = leaf.choice
    _take(leaf, None)
    _take(leaf, candidates[0] if len(candidates) == 1 else min(candidates, key=_added))
    return leaf.choice is not before


def _take(leaf: Leaf, choice: Node | None) -> None:
    for node, users in ((leaf.choice, -1), (choice, 1)):
        if node:
            for step in node.route:
                step.users += users
    leaf.choice = choice


def _added(node: Node) -> tuple[int, int]:
    """Return what a route adds to those of the others: lookups, and fields."""
    added = [step for step in node.route if not step.users]
    return sum(added_step.is_fetch for added_step in added), len(added)
