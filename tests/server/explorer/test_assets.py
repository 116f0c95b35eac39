import gzip
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette

from stitcher.server.explorer import assets
from tests.asgi_server import serving

SCRIPT = b"console.log('\xc3\xa4')" * 100


@pytest.fixture
async def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The address of one asset."""
    (tmp_path / "page.js.gz").write_bytes(gzip.compress(SCRIPT))
    (tmp_path / "secret.gz").write_bytes(b"")
    monkeypatch.setattr(assets, "VENDOR", tmp_path)
    asset = assets.read_asset("page.js")
    async with serving(Starlette(routes=[assets.assets_route([asset])])) as base:
        yield f"{base}/{asset.url}"


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, br", "gzip"),
        ("*", "gzip"),
        ("br;q=1, GZIP;q=0.5", "gzip"),
        ("gzip;q=0, *", None),
        ("identity", None),
        ("", None),
    ],
)
async def test_it_is_sent_compressed_to_whoever_takes_that(
    url: str, accepted: str, coding: str | None
) -> None:
    async with (
        aiohttp.ClientSession(auto_decompress=False) as http,
        http.get(url, headers={"accept-encoding": accepted}) as response,
    ):
        body = await response.read()
        headers = response.headers
    assert headers.get("content-encoding") == coding
    assert (gzip.decompress(body) if coding else body) == SCRIPT
    assert headers["content-type"] == "text/javascript; charset=utf-8"
    assert headers["vary"] == "Accept-Encoding"
    assert headers["cache-control"] == "public, max-age=31536000, immutable"


async def test_who_has_it_already_is_not_sent_it_again(http: aiohttp.ClientSession, url: str) -> None:
    tags = set()
    for coding in ("gzip", "identity"):
        async with http.get(url, headers={"accept-encoding": coding}) as response:
            tag = response.headers["etag"]
        tags.add(tag)
        for known, status in ((tag, 304), (f'"other", W/{tag}', 304), ('"other"', 200)):
            headers = {"accept-encoding": coding, "if-none-match": known}
            async with http.get(url, headers=headers) as response:
                assert (known, response.status, response.headers["etag"]) == (known, status, tag)
                assert bool(await response.read()) is (status == 200)
    assert len(tags) == 2  # one for each coding: the bytes differ


async def test_nothing_else_is_served(http: aiohttp.ClientSession, url: str) -> None:
    for name in ("secret", "page.js.gz", "..%2Fpage.html"):
        async with http.get(url.replace("page.js", name)) as response:
            assert (name, response.status) == (name, 404)
    async with http.head(url) as response:
        assert (response.status, await response.read()) == (200, b"")
    async with http.post(url) as response:
        assert response.status == 405
