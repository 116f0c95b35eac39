"""Who tells a schema from afar: a registry, or a service itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from yarl import URL

__all__ = ["LiveService", "Registry"]


@dataclass(frozen=True, slots=True)
class Registry:
    """An address that serves a supergraph, such as a registry's CDN, and the header that it wants."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def label(self) -> str:
        """What places in the schema are named by: the address, without what may be secret."""
        return str(URL(self.url).with_user(None).with_query(None))


@dataclass(frozen=True, slots=True)
class LiveService:
    """A service that tells its schema: by ``_service { sdl }``, or by introspection, without directives."""

    name: str
    urls: Sequence[str]
    by_introspection: bool
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def url(self) -> str:
        """What its schema is remembered by."""
        return self.urls[0] if self.urls else self.name

    @property
    def label(self) -> str:
        """What places in the schema are named by."""
        return f"{self.name} (live)"
