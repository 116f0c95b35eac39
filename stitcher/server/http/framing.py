"""Which requests' heads leave no doubt about whom a request is for, and where its body ends.

Where a proxy in front reads a head in another way than the gateway does, what one takes for a body is a
request to the other: somebody's answer goes to somebody else. So what could be read in two ways is refused,
beyond what llhttp refuses itself (both framings at once, repeated lengths, bare line feeds and the like).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

__all__ = ["RefusedRequestError", "check_head", "framing_of"]

Headers = Sequence[tuple[bytes, bytes]]

VERSIONS = ("1.1", "1.0")

HOST = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]*|\[[0-9a-fA-F:.]+\])(?::[0-9]*)?", re.ASCII)
"""A host and its port (RFC 9110, 7.2), or nothing."""

AUTHORITY = re.compile(rb"[^:/?#]+://([^/?#]*)")
"""The host of a target in absolute form, as proxies are sent, with all that stands before the path."""

FRAMING = (b"content-length", b"transfer-encoding")


class RefusedRequestError(ValueError):
    """The request can't be served as it stands; the message is for the client, in ASCII."""


def check_head(method: bytes, target: bytes, version: str, headers: Headers) -> None:
    """Check what a request's head says of its host and its body.

    Raises:
        RefusedRequestError: it is of another version of HTTP, is meant for a proxy (CONNECT), has not
            exactly one good ``Host`` (RFC 9112, 3.2), or another one than its target (3.2.2), or a body in a
            coding that isn't known (6.1).
    """
    if version not in VERSIONS:
        raise RefusedRequestError("The server speaks HTTP/1.1.")
    if method == b"CONNECT":
        raise RefusedRequestError("The server is no proxy: it doesn't take CONNECT.")
    values = dict(headers)  # checked in a microsecond: this is done for every request
    if len(values) < len(headers):
        names = [name for name, _ in headers]
        if names.count(b"host") > 1:
            raise RefusedRequestError("There is more than one Host header.")
        if names.count(b"transfer-encoding") > 1:
            raise RefusedRequestError("There is more than one Transfer-Encoding header.")
    host = values.get(b"host")
    if host is not None:
        if not _is_host(host):
            raise RefusedRequestError("The Host header is no host.")
        if target[:1] not in (b"/", b"*") and not _is_of(host, target):
            raise RefusedRequestError("The Host header is of another host than the URL.")
    elif version != "1.0":
        raise RefusedRequestError("There is no Host header.")
    coding = values.get(b"transfer-encoding")
    if coding is not None and (coding.lower() != b"chunked" or version == "1.0"):
        raise RefusedRequestError("The only transfer coding is chunked, in HTTP/1.1.")


@lru_cache(256)
def _is_host(value: bytes) -> bool:
    return HOST.fullmatch(value) is not None


def _is_of(host: bytes, url: bytes) -> bool:
    own = AUTHORITY.match(url)
    return own is None or own[1].lower() == host.lower()


def framing_of(headers: Iterable[tuple[bytes, bytes]], *, keep_alive: bool) -> bytes:
    """Return the head of a request that has a body of the same length, and asks for no other protocol."""
    lines = [b"%b: %b\r\n" % header for header in headers if header[0] in FRAMING]
    if not keep_alive:
        lines.append(b"Connection: close\r\n")
    return b"POST / HTTP/1.1\r\n%b\r\n" % b"".join(lines)
