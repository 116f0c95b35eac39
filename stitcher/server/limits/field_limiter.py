"""Counts the limited fields of an operation before anything is fetched: ``@rateLimit``, and logins.

Aliases, fragments and whatever else makes one HTTP request of many uses don't help: each use counts. All that
an operation uses is counted at once, or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import blake2b
from typing import Any
from unicodedata import normalize

from graphql import FieldNode, OperationDefinitionNode, ValueNode, parse, value_from_ast_untyped
from starlette.types import Scope

from stitcher.field_limits import Per
from stitcher.planning.counting import Counted
from stitcher.server.limits.clients import Clients
from stitcher.server.limits.limiter import Hit, Limiter, Verdict
from stitcher.windows import Window

__all__ = ["FieldLimiter", "OverLimitError"]

ACCOUNT_ARGUMENTS = frozenset({"email", "username", "login", "phone"})
"""Arguments, or fields of input objects in them, that name an account."""


class OverLimitError(Exception):
    """An operation uses a field more often than its limit still allows."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        windows = ", ".join(str(state.window) for state in verdict.states)
        super().__init__(f"Over the limit {windows}; try again in {verdict.retry_after} s.")


class FieldLimiter:
    """Admits operations by the limits of their fields.

    Args:
        limiter: Where is counted.
        clients: Who is counted.
    """

    def __init__(self, limiter: Limiter, clients: Clients) -> None:
        self._limiter = limiter
        self._clients = clients

    async def admit(self, scope: Scope, counted: Iterable[Counted], variables: Mapping[str, Any]) -> None:
        """Count an operation's limited fields.

        Raises:
            OverLimitError: there are more of them than are left; none is counted then.
        """
        hits = self._hits(scope, counted, variables)
        if hits:
            verdict = await self._limiter.hit(hits)
            if not verdict.is_admitted:
                raise OverLimitError(verdict)

    def _hits(self, scope: Scope, counted: Iterable[Counted], variables: Mapping[str, Any]) -> list[Hit]:
        costs: dict[tuple[str, Window], int] = {}
        for use in counted:
            for who in self._who(scope, use, variables):
                for window in use.limit.windows:
                    key = f"{window.name}:{who}", window
                    costs[key] = costs.get(key, 0) + 1
        return [Hit(key, window, cost) for (key, window), cost in costs.items()]

    def _who(self, scope: Scope, counted: Counted, variables: Mapping[str, Any]) -> Iterator[str]:
        """Yield whose use of the field it is, for each of them."""
        if counted.limit.per is Per.ACCOUNT:
            for arguments in counted.arguments:
                yield from _accounts(arguments, variables)
            return
        name = self._clients.of if counted.limit.per is Per.CLIENT else self._clients.address_of
        who = name(scope)
        for _ in counted.arguments:
            yield who


def _accounts(arguments: str, variables: Mapping[str, Any]) -> Iterator[str]:
    """Yield the accounts that a field's arguments name, wherever in them, without telling what they are."""
    pending: list[Any] = [
        {name: value_from_ast_untyped(node, dict(variables)) for name, node in _nodes(arguments)}
    ]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            pending += value.values()
            for name in ACCOUNT_ARGUMENTS & value.keys():
                yield from (f"account:{_digest(leaf)}" for leaf in _leaves(value[name]))


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif value is not None:
        yield value


def _digest(account: Any) -> str:
    """Return the same for all ways of writing an account that a service may take for the same."""
    if isinstance(account, float) and account.is_integer():
        account = int(account)
    written = normalize("NFKC", str(account)).strip().casefold()
    return blake2b(written.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@lru_cache(1024)
def _nodes(arguments: str) -> tuple[tuple[str, ValueNode], ...]:
    (definition,) = parse(f"{{ field{arguments} }}", no_location=True).definitions
    assert isinstance(definition, OperationDefinitionNode)  # noqa: S101 - as it is written above
    (field,) = definition.selection_set.selections
    assert isinstance(field, FieldNode)  # noqa: S101
    return tuple((argument.name.value, argument.value) for argument in field.arguments or ())
