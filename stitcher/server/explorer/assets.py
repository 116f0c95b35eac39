"""Scripts and styles for pages: read once, sent compressed, and kept by browsers until they change.

Their addresses have their digests, so that a browser may keep them for good (RFC 9111, and RFC 8246 for
``immutable``).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from mimetypes import guess_type

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stitcher.server.http.negotiation import takes_gzip
from stitcher.server.http.responses import error_response

__all__ = ["PATH", "Asset", "assets_route", "read_asset"]

PATH = "graphql/assets"
"""Where assets are, as seen from the endpoint's own path, so that a proxy may put a prefix before both."""

VENDOR = files(__package__).joinpath("vendor")

FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file: its name, its media type, its content under gzip, and the digest of the content."""

    name: str
    media_type: str
    compressed: bytes
    digest: bytes

    @property
    def url(self) -> str:
        """The address, relative to the endpoint's."""
        return f"{PATH}/{self.name}?v={self.digest.hex()[:16]}"

    @property
    def integrity(self) -> str:
        """The digest as in ``integrity`` and a Content-Security-Policy (Subresource Integrity, 3.1)."""
        return "sha256-" + base64.b64encode(self.digest).decode()

    def response(self, request: Request) -> Response:
        """Return the file, compressed where the client takes that, or nothing where it has it already."""
        zipped = takes_gzip(request.headers.get("accept-encoding"))
        tag = f'"{self.digest.hex()[:32]}{"-gzip" if zipped else ""}"'
        headers = {"Cache-Control": FOR_GOOD, "ETag": tag, "Vary": "Accept-Encoding"}
        known = request.headers.get("if-none-match", "")
        if tag in (name.strip().removeprefix("W/") for name in known.split(",")):
            return Response(status_code=304, headers=headers)
        if not zipped:
            return Response(gzip.decompress(self.compressed), headers=headers, media_type=self.media_type)
        headers["Content-Encoding"] = "gzip"
        return Response(self.compressed, headers=headers, media_type=self.media_type)


def read_asset(name: str) -> Asset:
    """Return a file of ``vendor``.

    Raises:
        FileNotFoundError: it was never put there.
    """
    compressed = VENDOR.joinpath(f"{name}.gz").read_bytes()
    with gzip.open(io.BytesIO(compressed)) as content:  # never whole in memory
        digest = hashlib.file_digest(content, "sha256").digest()
    return Asset(name, guess_type(name)[0] or "application/octet-stream", compressed, digest)


def assets_route(assets: Iterable[Asset]) -> Route:
    """Return the route that serves these files, and no others."""
    by_name = {asset.name: asset for asset in assets}

    async def serve(request: Request) -> Response:
        asset = by_name.get(request.path_params["name"])
        if asset is None:
            return error_response(request.scope, 404, "NOT_FOUND", "Not Found.")
        return asset.response(request)

    return Route(f"/{PATH}/{{name}}", serve)
