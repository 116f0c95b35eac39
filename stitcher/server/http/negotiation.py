"""Which media type and coding a response has, which media type a request may have.

GraphQL over HTTP, "Media Types", and RFC 9110, 12.5.
"""

from __future__ import annotations

from functools import lru_cache

__all__ = ["GRAPHQL_RESPONSE", "JSON", "is_json", "is_plain", "negotiate", "takes_gzip", "takes_html"]

JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"

_RANGES = {
    GRAPHQL_RESPONSE: (GRAPHQL_RESPONSE, "application/*", "*/*"),
    JSON: (JSON, "application/*", "*/*"),
}
"""The ranges that match each type, the most specific first."""


@lru_cache(maxsize=256)
def negotiate(accept: str | None) -> str | None:
    """Return the media type to answer with, or None where the client takes neither.

    The client's weights decide, then an explicit name over a wildcard (RFC 9110, 12.5.1). What is left
    open falls to ``application/graphql-response+json`` where the client names it, else to
    ``application/json``, as for clients that say nothing.
    """
    if accept is None or not accept.strip():
        return JSON
    weights = dict(map(_weighted, accept.split(",")))
    weights.setdefault("*/*", weights.get("*", 0.0))  # how Java's HttpURLConnection writes it, among others
    ranked = []
    for media_type, ranges in _RANGES.items():
        for specificity, media_range in zip((2, 1, 0), ranges, strict=True):
            if media_range in weights:
                if weights[media_range] > 0:
                    named = specificity == 2
                    ranked.append(
                        (
                            weights[media_range],
                            specificity,
                            (media_type == GRAPHQL_RESPONSE) is named,
                            media_type,
                        )
                    )
                break
    return max(ranked)[-1] if ranked else None


@lru_cache(maxsize=256)
def is_json(content_type: str | None) -> bool:
    """Tell whether a request's body is said to be JSON, in UTF-8 where a charset is named."""
    media_type, *parameters = (content_type or "").lower().split(";")
    if media_type.strip() != JSON:
        return False
    charsets = [
        value.strip(' "') for name, _, value in (p.partition("=") for p in parameters) if "charset" in name
    ]
    return all(charset in ("utf-8", "utf8") for charset in charsets)


def is_plain(content_encoding: bytes) -> bool:
    """Tell whether a request's body is as it is, not compressed."""
    return not content_encoding or all(
        coding.strip() in (b"", b"identity") for coding in content_encoding.lower().split(b",")
    )


def takes_html(accept: str) -> bool:
    """Tell whether a client asks for HTML by name, as browsers do."""
    return "text/html" in accept and dict(map(_weighted, accept.split(","))).get("text/html", 0) > 0


def takes_gzip(accept_encoding: str | None) -> bool:
    """Tell whether a client takes a response under gzip (RFC 9110, 12.5.3)."""
    weights = dict(map(_weighted, (accept_encoding or "").split(",")))
    return weights.get("gzip", weights.get("*", 0)) > 0


def _weighted(media_range: str) -> tuple[str, float]:
    name, *parameters = media_range.lower().split(";")
    weight = 1.0
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                weight = float(value)
            except ValueError:
                weight = 0.0
    return name.strip(), weight
