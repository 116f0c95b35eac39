"""A gateway over two services to attack: that of the tests of the server."""

from tests.server.conftest import http, open_gateway, schemas, services

__all__ = ["http", "open_gateway", "schemas", "services"]
