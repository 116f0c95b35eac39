"""Large answers: decoded, encoded and freed piece by piece, in a thread, while the event loop goes on.

Python runs one thread at a time, and lets another one have its turn only between two of its instructions. A
call into orjson is one instruction: half a second of it for 20 MB. So a thread alone doesn't help; the calls
have to be short.

- *Decode*: msgspec finds where the members of the outermost objects and lists begin and end (about a
  millisecond a megabyte), and each of them is decoded by itself. Values are the same as of one call.
- *Encode*: lists are encoded some items at a time, and put together as they are.
- *Free*: dropping the last reference to a large value frees all of it in one instruction, too. So a value is
  taken apart; what anybody else holds a reference to is not ours to empty, and stays whole.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import msgspec
import orjson

from stitcher.values import dumps, loads

__all__ = ["LARGE", "decode", "encode", "free", "is_large"]

LARGE = 256 * 1024
"""Bytes from which on an answer is worked on in a thread: some milliseconds' worth of work."""

PIECE = 64 * 1024
"""The bytes of JSON that are decoded in one call: about a millisecond."""

ITEMS = 256
"""How many items of a list are encoded, or freed, in one call."""

KEYS = 5_000
"""How many items make a variable large."""

DEPTH = 6
"""How deep lists are looked for to be encoded in parts: what lies deeper is a small part of the whole."""

_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


def decode(content: bytes | memoryview) -> Any:
    """Return the value of a JSON text.

    Raises:
        orjson.JSONDecodeError: it isn't JSON.
    """
    if len(content) > PIECE:
        try:
            return {name: decode(memoryview(raw)) for name, raw in _members(content).items()}
        except (msgspec.MsgspecError, RecursionError):
            pass  # no object, or a deep one
        try:
            items = _items(content)
        except (msgspec.MsgspecError, RecursionError):
            pass  # no list either: one long string, or no JSON at all
        else:
            return _decode_items(items, PIECE * len(items) // len(content))
    return loads(content)


def _decode_items(items: list[msgspec.Raw], count: int) -> list[Any]:
    """Decode items of a list, ``count`` at a time."""
    if count < 2:
        return [decode(memoryview(item)) for item in items]
    decoded: list[Any] = []
    for start in range(0, len(items), count):
        decoded += decode(b"[%b]" % b",".join(items[start : start + count]))
    return decoded


def encode(value: Any) -> bytes:
    """Return a value as JSON.

    Raises:
        TypeError, ValueError: it has something that JSON doesn't.
    """
    try:
        return orjson.dumps(_in_parts(value, DEPTH))
    except TypeError:
        return dumps(value)  # something that orjson doesn't write, and not in a list that is written in parts


def _in_parts(value: Any, depth: int) -> Any:
    if not depth:
        return value
    if type(value) is dict:
        return {key: _in_parts(item, depth - 1) for key, item in value.items()}
    if type(value) is list:
        if len(value) <= ITEMS:
            return [_in_parts(item, depth - 1) for item in value]
        parts = (dumps(value[start : start + ITEMS])[1:-1] for start in range(0, len(value), ITEMS))
        return orjson.Fragment(b"[" + b",".join(parts) + b"]")
    return value


def is_large(variables: Mapping[str, Any]) -> bool:
    """Whether encoding an operation's variables takes some milliseconds."""
    return any(type(value) is list and len(value) > KEYS for value in variables.values())


def free(value: dict[str, Any]) -> None:
    """Empty an object that its owner has no more need of, and whatever in it nobody else holds."""
    remaining = [*value.values()]
    value.clear()
    while remaining:
        is_shared = _references(remaining) > UNSHARED
        each = remaining.pop()
        if is_shared:
            continue
        if type(each) is dict:
            remaining.extend(each.values())
            each.clear()
        elif type(each) is list:
            while len(each) > ITEMS:
                del each[-ITEMS:]
            remaining.extend(each)
            each.clear()


def _references(values: list[Any]) -> int:
    """Count what refers to the last of some values: the list, this call, and whoever else."""
    return sys.getrefcount(values[-1])


UNSHARED = _references([[]])
"""How many that are where nobody else does."""
