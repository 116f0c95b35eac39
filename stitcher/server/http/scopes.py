"""The kinds of ASGI scopes and messages that gates look at: a WebSocket's handshake is a request, too."""

from __future__ import annotations

__all__ = ["REQUESTS", "STARTS"]

REQUESTS = frozenset({"http", "websocket"})
"""The types of scopes that are requests of clients. What refuses one answers it by HTTP either way."""

STARTS = frozenset({"http.response.start", "websocket.http.response.start", "websocket.accept"})
"""The types of messages that carry an answer's headers."""
