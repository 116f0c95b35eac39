"""How long an answer may be kept, as HTTP says it: to browsers, and to proxies in front of the gateway.

Source: RFC 9111 (caching), and RFC 9110, sections 8.8.3 (ETag), 13.1.2 (If-None-Match) and 15.4.5 (304).
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TypeAlias

from starlette.responses import Response

from stitcher.cache_policies import CachePolicy

__all__ = ["cache_headers", "unless_known"]

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]

VARYING = ("accept", "cookie")
"""What answers differ by, beside the headers that services are sent: media type, and who has logged in."""

KEPT = frozenset({b"cache-control", b"etag", b"vary"})
"""Headers of an answer that a 304 in its place has, too."""


def cache_headers(policy: CachePolicy, varying: tuple[str, ...]) -> Headers:
    """Return the headers of an answer that may be kept.

    Args:
        policy: For how long, and by whom.
        varying: The client's headers that services are sent, and that make a difference.
    """
    scope = "private" if policy.is_private else "public"
    said = f"max-age={policy.max_age}, {scope}".encode()
    names = ", ".join((*VARYING, *varying)).encode("latin-1")
    return ((b"cache-control", said), (b"vary", names))


def unless_known(response: Response, known: bytes | None) -> Response:
    """Return an answer to a GET with its tag; without its body, if the client has it already.

    An answer that may not be kept stays as it is.

    Args:
        response: The answer.
        known: The request's ``If-None-Match``.
    """
    said = dict(response.raw_headers).get(b"cache-control", b"")
    if response.status_code != 200 or not said.startswith(b"max-age"):  # a rule may pass on another
        return response
    tag = b'"%s"' % blake2b(bytes(response.body), digest_size=16).hexdigest().encode()
    response.raw_headers.append((b"etag", tag))
    if known is None or not (known.strip() == b"*" or tag in _tags(known)):
        return response
    not_modified = Response(status_code=304)
    not_modified.raw_headers = [header for header in response.raw_headers if header[0] in KEPT]
    return not_modified


def _tags(known: bytes) -> list[bytes]:
    """Return the tags of a list, compared weakly (RFC 9110, 8.8.3.2)."""
    return [tag.strip().removeprefix(b"W/") for tag in known.split(b",")]
