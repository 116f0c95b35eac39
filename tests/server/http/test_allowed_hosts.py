from typing import Any

import aiohttp
import pytest

from stitcher.errors import SettingsError
from stitcher.settings.load import load_settings
from tests.server.conftest import OpenGateway

HOSTS = "api.example,*.apps.example,API2.example:8443,[::1]"

ASKED = {
    "api.example": True,
    "API.example": True,
    "api.example:80": True,
    "api.example:": True,
    "api2.example:8443": True,
    "api2.example": False,
    "api2.example:443": False,
    "a.apps.example": True,
    "a.b.apps.example:3000": True,
    "apps.example": False,
    "evilapps.example": False,
    "[::1]": True,
    "[::1]:3000": True,
    "[::2]:3000": False,
    "api.example.evil.example": False,
    "evil.example": False,
    "127.0.0.1": False,
    "": False,
}


async def test_hosts_that_are_listed(open_gateway: OpenGateway, http: aiohttp.ClientSession) -> None:
    query = {"query": "{ __typename }"}
    async with open_gateway(allowed_hosts=HOSTS) as url:
        for host, is_allowed in ASKED.items():
            async with http.post(url, json=query, headers={"host": host}) as response:
                answer: Any = await response.json()
                assert (host, response.status) == (host, 200 if is_allowed else 421)
                if not is_allowed:
                    assert answer["errors"][0]["extensions"]["code"] == "HOST_NOT_ALLOWED"
        health = url.replace("/graphql", "/health")
        async with http.get(health, headers={"host": "10.0.0.7:3000"}) as response:
            assert response.status == 200
    async with open_gateway() as url, http.post(url, json=query, headers={"host": "any"}) as response:
        assert response.status == 200


@pytest.mark.parametrize("value", ["https://api.example", "*", "*example", "a/b", "a.*", "a b", "a:b"])
def test_what_is_no_host(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("ALLOWED_HOSTS", value)
    with pytest.raises(SettingsError, match=r"ALLOWED_HOSTS: .* can't be used; expected host names"):
        load_settings()
