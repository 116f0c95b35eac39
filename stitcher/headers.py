"""Rules about headers, compiled once: what of a client's services are sent, and what of theirs it gets.

A. *Requests*. Rules apply in order, each to what those before it left: ``Pass`` takes a client's header
   along, under another name if it says so; ``Set`` adds one of the gateway's own; ``Remove`` takes one away.
B. *What matters*. Two requests may share an answer in flight if the headers are equal that services are
   sent. One that is different in every request, and says nothing of whose it is, doesn't matter.
C. *Answers*. Where several services send a header, the first or the last counts, or all are put together.
   ``Set-Cookie`` is never joined (RFC 9110, 5.3).

Names are in lower case. Headers of a connection are never passed on, in either direction (RFC 9110, 7.6.1).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from re import compile as compile_pattern
from typing import Literal, TypeAlias

__all__ = [
    "BODY_HEADERS",
    "CONNECTION_HEADERS",
    "ClientHeaders",
    "Pass",
    "Remove",
    "RequestHeaders",
    "RequestRule",
    "ResponseHeaders",
    "ResponseRule",
    "Set",
    "combine",
]

CONNECTION_HEADERS = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection"),
        *("te", "trailer", "transfer-encoding", "upgrade"),
    }
)

BODY_HEADERS = frozenset({"content-encoding", "content-length", "content-type", "accept", "accept-encoding"})

NOT_PASSED = CONNECTION_HEADERS | BODY_HEADERS | {"host", "date", "server"}

NOT_BY_PATTERN = NOT_PASSED | {"cookie"}
"""What a pattern doesn't fit: a client's cookies are the gateway's, unless a rule names them."""

REQUEST_IDS = frozenset({"x-request-id", "traceparent", "tracestate"})
"""Headers that name one request, and say nothing of whose it is."""


@dataclass(frozen=True, slots=True)
class Pass:
    """A client's header is passed on: one by its name, or all that a pattern with ``*`` fits.

    ``renamed`` is the name that services know it by; ``default`` is sent where the client sends none.
    ``matters`` says whether requests that differ in it may not share an answer; None is as usual.
    """

    name: str
    renamed: str | None = None
    default: str | None = None
    matters: bool | None = None


@dataclass(frozen=True, slots=True)
class Set:
    """A header is sent with this value, whatever the client sends."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Remove:
    """A header isn't sent."""

    name: str


RequestRule: TypeAlias = Pass | Set | Remove


@dataclass(frozen=True, slots=True)
class ResponseRule:
    """Clients get a header of answers: one by its name, or all that a pattern with ``*`` fits."""

    name: str
    combine: Literal["first", "last", "append"] = "last"


class RequestHeaders:
    """What one service is sent of a client's headers.

    Args:
        rules: In the order in which they apply; None for all headers as they are.
    """

    def __init__(self, rules: Sequence[RequestRule] | None = None) -> None:
        self._is_all = rules is None
        rules = rules or ()
        self._steps = [(rule, _fits(rule.name)) for rule in rules]
        self._is_plain = all(
            isinstance(rule, Pass) and "*" not in rule.name and not rule.renamed and rule.default is None
            for rule in rules
        )
        self._plain = frozenset(rule.name for rule in rules)
        self._ignored = _ignored(self._steps)

    def may_send(self, name: str) -> bool:
        """Say whether a service may be sent a client's header of this name."""
        return self._is_all or any(
            rule.renamed == name if rule.renamed else fits(name)
            for rule, fits in self._steps
            if isinstance(rule, Pass)
        )

    def matters(self, name: str) -> bool:
        """Say whether two requests may not share an answer if they differ in this header."""
        return name not in self._ignored

    def of(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        """Return what is sent, given what ``ClientHeaders`` has taken of the client's."""
        if self._is_plain:
            if self._is_all or headers.keys() <= self._plain:
                return headers
            return {name: value for name, value in headers.items() if name in self._plain}
        sent: dict[str, str] = {}
        for rule, fits in self._steps:
            if isinstance(rule, Set):
                sent[rule.name] = rule.value
            elif isinstance(rule, Remove):
                sent = {name: value for name, value in sent.items() if not fits(name)}
            elif "*" in rule.name:
                sent.update((name, value) for name, value in headers.items() if fits(name))
            elif rule.name in headers:
                sent[rule.renamed or rule.name] = headers[rule.name]
            elif rule.default is not None:
                sent.setdefault(rule.renamed or rule.name, rule.default)
        return sent

    def key(self, sent: Mapping[str, str]) -> tuple[tuple[str, str], ...]:  # B
        """Return of what is sent what has to be the same for two requests to share an answer."""
        return tuple(sorted(item for item in sent.items() if item[0] not in self._ignored))


class ClientHeaders:
    """What of a client's headers any service is told, and what of that matters.

    Args:
        rules: Those of each service.

    Attributes:
        have_token: Whether a client's token is among them.
    """

    def __init__(self, rules: Iterable[Sequence[RequestRule]] = ()) -> None:
        passed = dict.fromkeys(rule for steps in rules for rule in steps if isinstance(rule, Pass))
        steps = [(rule, _fits(rule.name)) for rule in passed]
        self._named = {rule.name.encode("latin-1"): rule.name for rule in passed if "*" not in rule.name}
        self._patterns = [fits for rule, fits in steps if "*" in rule.name]
        self.have_token = any(fits("authorization") for _, fits in steps)
        self._ignored = frozenset(
            name for name in (*self._named.values(), *REQUEST_IDS) if not _matters(name, steps)
        )

    def taken(self, headers: Mapping[bytes, bytes], own: Collection[bytes]) -> dict[str, str]:
        """Return the headers that rules concern, a character for each byte.

        Args:
            headers: The client's.
            own: Those that it names as its connection's.
        """
        taken = {
            name: headers[raw].decode("latin-1")
            for raw, name in self._named.items()
            if raw in headers and raw not in own
        }
        if self._patterns:
            for raw, value in headers.items():
                name = raw.decode("latin-1")
                if raw not in own and any(fits(name) for fits in self._patterns):
                    taken[name] = value.decode("latin-1")
        return taken

    @property
    def varying(self) -> tuple[str, ...] | None:
        """The headers in which requests with different answers may differ; None where patterns name them."""
        named = (name for name in self._named.values() if name not in self._ignored)
        return None if self._patterns else tuple(sorted(named))

    def key(self, taken: Mapping[str, str]) -> tuple[tuple[str, str], ...]:  # B
        """Return of these headers what has to be the same for two requests to share an answer."""
        return tuple(sorted(item for item in taken.items() if item[0] not in self._ignored))


class ResponseHeaders:
    """What clients get of one service's answers.

    Args:
        rules: Those that concern this service.
    """

    def __init__(self, rules: Sequence[ResponseRule]) -> None:
        self._steps = [(_fits(rule.name), rule.combine) for rule in rules]
        self.has_cookies = any(fits("set-cookie") for fits, _ in self._steps)

    def of(self, headers: Iterable[tuple[str, str]]) -> list[tuple[str, str, str]]:
        """Return the name, the value and how it is combined, of each header of an answer that clients get."""
        headers = [(name.lower(), value) for name, value in headers]
        own = {
            name.strip().lower() for key, value in headers if key == "connection" for name in value.split(",")
        }
        taken: list[tuple[str, str, str]] = []
        for name, value in headers:
            if name in NOT_PASSED or name in own:
                continue
            how = next((how for fits, how in reversed(self._steps) if fits(name)), None)
            if how is not None:
                taken.append((name, value, "append" if name == "set-cookie" else how))
        return taken


def combine(taken: Iterable[tuple[str, str, str]]) -> list[tuple[str, str]]:  # C
    """Return the headers that a client gets, of those of all answers in order."""
    found: dict[str, list[str]] = {}
    for name, value, how in taken:
        if how == "append":
            found.setdefault(name, []).append(value)
        elif how == "last" or name not in found:
            found[name] = [value]
    combined: list[tuple[str, str]] = []
    for name, values in found.items():
        if name == "set-cookie":
            combined.extend((name, value) for value in values)
        elif name == "vary":
            varied = {part.strip().lower(): part.strip() for value in values for part in value.split(",")}
            combined.append((name, ", ".join(filter(None, varied.values()))))
        else:
            combined.append((name, ", ".join(values)))
    return combined


def _ignored(steps: Iterable[tuple[RequestRule, Callable[[str], bool]]]) -> frozenset[str]:
    """Return the names, as they are sent, of headers in which requests that share an answer may differ."""
    passed = [(rule, fits) for rule, fits in steps if isinstance(rule, Pass)]
    named = {rule.renamed or rule.name: rule.name for rule, _ in passed if "*" not in rule.name}
    named = {**{name: name for name in REQUEST_IDS}, **named}
    return frozenset(sent for sent, name in named.items() if not _matters(name, passed))


def _matters(name: str, passed: Iterable[tuple[Pass, Callable[[str], bool]]]) -> bool:
    said = [rule.matters for rule, fits in passed if fits(name)]
    return any(matters if matters is not None else name not in REQUEST_IDS for matters in said)


def _fits(name: str) -> Callable[[str], bool]:
    if "*" not in name:
        return name.__eq__
    pattern = compile_pattern(translate(name))
    return lambda written: written not in NOT_BY_PATTERN and pattern.match(written) is not None
