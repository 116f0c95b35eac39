"""JSON values as they are, in and out.

- *Integers* of any size stay what they are (up to :data:`DIGITS` digits). msgspec reads them as fast as
  orjson does, which makes floats of those beyond 64 bits. orjson writes faster, but none of these.
- *Depth*: msgspec goes as deep as Python's stack allows, some 900 levels; orjson reads 1,024 and writes 254.
  What is deeper is written level by level.
- *What JSON can't hold* (infinity, half of a surrogate pair) and some servers send all the same is read by
  Python's own parser, and taken out by :func:`plain`, value by value.

Of an object's equal keys the last one counts, whichever way is taken. A number with a fraction or an exponent
is a double.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from math import isfinite, log10
from typing import Any, TypeAlias

import msgspec
import orjson

__all__ = ["DIGITS", "Lost", "ValuePath", "dumps", "loads", "loads_leniently", "plain"]

DIGITS = 4300
"""The most digits of an integer: Python takes the square of that in time to read one."""

BITS = int(DIGITS / log10(2))
"""The most bits of an integer, so that it has no more digits than that."""

LEVELS = 250
"""How deep a value may be for :func:`plain`."""

ValuePath: TypeAlias = tuple[str | int, ...]

Lost: TypeAlias = Callable[[ValuePath, Any, str], Any]
"""Told of a value that JSON can't hold: its path, the value, and what it is; returns what stands for it."""

_read_exactly = msgspec.json.Decoder().decode
_LONG = re.compile(rb"\d{19}")
_write_exactly = msgspec.json.Encoder(decimal_format="number").encode


def loads(content: bytes | memoryview) -> Any:
    """Return the value of a JSON text, integers exactly.

    Raises:
        orjson.JSONDecodeError: it isn't JSON, or has an integer of more than :data:`DIGITS` digits.
    """
    try:
        return _read_exactly(content)
    except RecursionError as error:
        if _LONG.search(content):
            raise orjson.JSONDecodeError("a long integer, nested too deeply", "", 0) from error
        return orjson.loads(content)
    except (msgspec.MsgspecError, UnicodeError) as error:
        orjson.loads(content)  # which says best what isn't JSON at all
        raise orjson.JSONDecodeError(str(error), "", 0) from error


def loads_leniently(content: bytes, lost: Lost) -> Any:
    """Return the value of what is JSON but for some values, without these.

    Raises:
        ValueError: it isn't JSON, or is nested too deeply.
    """
    try:
        value = json.loads(content.decode("utf-8-sig"), parse_int=_integer)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return plain(value, lost)


def _integer(text: str) -> int | float:
    return int(text) if len(text) <= DIGITS else float("inf")


def dumps(value: Any) -> bytes:
    """Return a value as JSON, integers exactly.

    Raises:
        TypeError, ValueError: it has something that JSON doesn't.
    """
    try:
        return orjson.dumps(value)
    except TypeError:
        try:
            return _write_exactly(value)
        except RecursionError:
            return b"".join(_written(value))


def _written(value: Any) -> Iterator[bytes]:
    """Write a value of any depth, without recursion."""
    remaining = [value]
    while remaining:
        item = remaining.pop()
        if type(item) is bytes:
            yield item
        elif type(item) is dict:
            parts: list[Any] = [b"{"]
            for key, inner in item.items():
                parts += [b"," if len(parts) > 1 else b"", _write_exactly(key), b":", inner]
            remaining += reversed([*parts, b"}"])
        elif type(item) is list:
            parts = [b"["]
            for inner in item:
                parts += [b"," if len(parts) > 1 else b"", inner]
            remaining += reversed([*parts, b"]"])
        else:
            yield _write_exactly(item)


def plain(value: Any, lost: Lost, path: ValuePath = ()) -> Any:
    """Return a copy of a value, of nothing but what JSON has; what it doesn't have, ``lost`` is told of."""
    kind = type(value)
    if value is None or kind is bool:
        return value
    if kind is int:
        short = value.bit_length() <= BITS
        return value if short else lost(path, value, "a number that JSON can't hold")
    if kind is str:
        return value if _is_text(value) else lost(path, value, "text that isn't Unicode")
    if kind is float:
        return value if isfinite(value) else lost(path, value, "a number that JSON can't hold")
    if isinstance(value, dict | list | tuple):
        if len(path) >= LEVELS:
            return lost(path, value, f"a value nested more than {LEVELS} levels deep")
        if isinstance(value, dict):
            if not all(isinstance(key, str) and _is_text(key) for key in value):
                return lost(path, value, "an object with a key that isn't text")
            copied = {}
            for key, inner in value.items():
                copied[key] = plain(inner, lost, (*path, key))
            return copied
        items = []
        for index, inner in enumerate(value):
            items.append(plain(inner, lost, (*path, index)))
        return items
    try:
        return orjson.loads(orjson.dumps(value))
    except TypeError:
        return lost(path, value, "a value that JSON doesn't have")


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
