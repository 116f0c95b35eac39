"""Read the answer to the README's example on stdin: no errors, and data of at least three services."""

import json
import sys
from collections.abc import Iterator
from typing import Any

SERVED_BY = {
    "email": "client",
    "name": "client",
    "serial": "thing",
    "status": "thing",
    "model": "thing",
    "message": "event",
    "severity": "event",
    "balance": "account",
    "currency": "account",
    "amount": "account",
}
"""Fields of clients, things, events and accounts, each of which one service alone has."""


def answered(value: Any) -> Iterator[str]:
    """Yield the service of every known field that has a value."""
    if isinstance(value, list):
        for item in value:
            yield from answered(item)
    elif isinstance(value, dict):
        for name, inner in value.items():
            if inner is not None and name in SERVED_BY:
                yield SERVED_BY[name]
            yield from answered(inner)


answer = json.load(sys.stdin)
if errors := answer.get("errors"):
    sys.exit(f"The answer has errors: {errors}")
services = sorted(set(answered(answer["data"])))
print(f"Answered by {', '.join(services) or 'nobody'}.")
if len(services) < 3:
    sys.exit("These are fewer than three services.")
