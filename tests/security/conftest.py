"""Gateways to attack: those of the tests of the server."""

from tests.server.conftest import (
    auth,
    auth_server,
    browser,
    http,
    open_browser,
    open_gateway,
    schemas,
    services,
)

__all__ = [
    "auth",
    "auth_server",
    "browser",
    "http",
    "open_browser",
    "open_gateway",
    "schemas",
    "services",
]
