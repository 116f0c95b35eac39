"""What a client is told about limits, in the header fields RateLimit-Policy, RateLimit and Retry-After.

Source: draft-ietf-httpapi-ratelimit-headers-11, sections 3, 4 and 6. On a refusal, RateLimit has only the
windows that refuse, so that Retry-After is never before the end of one.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from stitcher.server.limits.limiter import State, Verdict
from stitcher.windows import Window

__all__ = ["policy_field", "refusal_headers", "state_field"]


def policy_field(windows: Iterable[Window]) -> str:
    """Return the value of ``RateLimit-Policy``: ``"requests/minute";q=100;w=60``."""
    return ", ".join(f'"{window.name}";q={window.amount};w={window.seconds}' for window in windows)


def state_field(states: Iterable[State]) -> str:
    """Return the value of ``RateLimit``: ``"requests/minute";r=99;t=60``."""
    return ", ".join(
        f'"{state.window.name}";r={state.remaining};t={math.ceil(state.resets_in)}' for state in states
    )


def refusal_headers(verdict: Verdict) -> dict[str, str]:
    """Return the header fields of a refusal, which the client may repeat its request after."""
    return {
        "Retry-After": str(verdict.retry_after),
        "RateLimit-Policy": policy_field(state.window for state in verdict.states),
        "RateLimit": state_field(verdict.states),
    }
