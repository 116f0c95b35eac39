from ipaddress import ip_network
from typing import Any

import pytest

from stitcher.server.http.proxies import TrustedProxies

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8::/32")]


def scope(peer: str | None, *said: str, scheme: str = "http") -> dict[str, Any]:
    headers = [(b"x-forwarded-proto", each.encode()) for each in said]
    return {"scheme": scheme, "client": (peer, 1) if peer else None, "headers": [(b"host", b"a"), *headers]}


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (scope("192.0.2.1", scheme="https"), True),
        (scope("192.0.2.1"), False),
        (scope("192.0.2.1", "https"), False),
        (scope(None, "https"), False),
        (scope("no address", "https"), False),
        (scope("10.1.1.1"), False),
        (scope("10.1.1.1", "http"), False),
        (scope("10.1.1.1", "https"), True),
        (scope("10.1.1.1", " HTTPS "), True),
        (scope("10.1.1.1", "wss"), True),
        (scope("::ffff:10.1.1.1", "https"), True),
        (scope("2001:db8::1", "https"), True),
        (scope("10.1.1.1", "https, http"), False),
        (scope("10.1.1.1", "http", "https"), True),
        (scope("10.1.1.1", "httpsx"), False),
    ],
)
def test_who_says_that_it_came_by_tls(request_: dict[str, Any], expected: bool) -> None:
    assert TrustedProxies(PROXIES).came_by_tls(request_) is expected


def test_nobody_is_trusted_unless_told() -> None:
    assert not TrustedProxies().came_by_tls(scope("127.0.0.1", "https"))
