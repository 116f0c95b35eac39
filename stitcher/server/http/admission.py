"""How many clients are let in: beyond it they are told to come back, before anything is done for them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import Receive, Scope, Send

from stitcher.server.http.responses import error_response

__all__ = ["ADMISSION", "HEALTH", "PROBES", "Admission", "refuse"]

ADMISSION = "admission"
"""The name by which an application's state has it for the connections."""

HEALTH = "/health"

PROBES = frozenset({HEALTH, f"{HEALTH}/live", f"{HEALTH}/ready"})
"""Where probes ask. They are always let in: a gateway that has much to do mustn't be taken for a dead one."""

RETRY_AFTER = "1"
"""Seconds."""


@dataclass(slots=True)
class Admission:
    """What one process takes: how many requests and connections at a time.

    ``is_draining`` says that it is about to end: each answer is the last one of its connection.
    """

    max_requests: int = 2000
    max_connections: int = 10_000
    is_draining: bool = False


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for which there is no room."""
    response = error_response(
        scope,
        503,
        "GATEWAY_OVERLOADED",
        "The gateway has as many requests as it may have; try again.",
        headers={"Retry-After": RETRY_AFTER},
    )
    await response(scope, receive, send)
