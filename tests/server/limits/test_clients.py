from ipaddress import ip_network
from typing import Any

import pytest

from stitcher.server.auth.identity import Identity, identify
from stitcher.server.http.proxies import TrustedProxies
from stitcher.server.limits.clients import Clients

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48"), ip_network("127.0.0.1")]


def scope(peer: str | None, *forwarded: str) -> dict[str, Any]:
    headers = [(b"x-forwarded-for", value.encode("latin-1")) for value in forwarded]
    return {"type": "http", "client": (peer, 1) if peer else None, "headers": [(b"host", b"a"), *headers]}


def test_without_proxies_the_connection_counts() -> None:
    clients = Clients(TrustedProxies())
    assert clients.of(scope("192.0.2.1")) == "address:192.0.2.1"
    assert clients.of(scope("192.0.2.1", "198.51.100.7")) == "address:192.0.2.1"
    assert clients.of(scope(None, "198.51.100.7")) == "address:unknown"


def test_a_stranger_is_not_believed() -> None:
    assert Clients(TrustedProxies(PROXIES)).of(scope("192.0.2.1", "198.51.100.7")) == "address:192.0.2.1"
    assert Clients(TrustedProxies(PROXIES)).of(scope(None, "198.51.100.7")) == "address:unknown"


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        (["198.51.100.7"], "198.51.100.7"),
        (["1.1.1.1, 198.51.100.7"], "198.51.100.7"),
        (["1.1.1.1, 198.51.100.7, 10.1.1.1,127.0.0.1"], "198.51.100.7"),
        (["1.1.1.1", "198.51.100.7", "10.1.1.1"], "198.51.100.7"),
        (["198.51.100.7:4711"], "198.51.100.7"),
        (["::ffff:198.51.100.7"], "198.51.100.7"),
        (["[2001:db8:1:2::3]:4711"], "2001:db8:1:2::/64"),
        (["2001:db8:1:2:3:4:5:6, 2001:db8:ffff:1::1"], "2001:db8:1:2::/64"),
        (["fe80::1%eth0"], "fe80::/64"),
        ([], "10.0.0.1"),
        (["10.2.2.2, 10.1.1.1"], "10.2.2.2"),
        (["198.51.100.7, unknown"], "10.0.0.1"),
        (["198.51.100.7, , 10.3.3.3"], "10.3.3.3"),
        (["198.51.100.7, 999.1.1.1"], "10.0.0.1"),
        (["\xff\x00, <script>"], "10.0.0.1"),
    ],
)
def test_the_rightmost_that_is_no_proxy(forwarded: list[str], client: str) -> None:
    assert Clients(TrustedProxies(PROXIES)).of(scope("10.0.0.1", *forwarded)) == f"address:{client}"


def test_a_network_of_ipv6_is_one_client() -> None:
    clients = Clients(TrustedProxies())
    assert (
        clients.of(scope("2001:db8::1")) == clients.of(scope("2001:db8::ffff:1")) == "address:2001:db8::/64"
    )
    assert clients.of(scope("2001:db8:0:1::1")) == "address:2001:db8:0:1::/64"
    assert clients.of(scope("::ffff:192.0.2.1")) == clients.of(scope("192.0.2.1"))


def test_a_user_counts_wherever_it_is() -> None:
    clients = Clients(TrustedProxies())
    first, second = scope("192.0.2.1"), scope("192.0.2.2")
    for each in (first, second):
        identify(each, Identity({"sub": "42"}))
    assert clients.of(first) == clients.of(second) == "user:42"
    assert clients.address_of(second) == "address:192.0.2.2"


def test_a_token_that_names_nobody_counts_by_address() -> None:
    anonymous = scope("192.0.2.1")
    identify(anonymous, Identity({"scope": "read"}))
    assert Clients(TrustedProxies()).of(anonymous) == "address:192.0.2.1"
