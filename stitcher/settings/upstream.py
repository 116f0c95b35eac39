"""Settings of what lies behind the gateway: schemas, resolvers, microservices."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field

from stitcher.settings.values import HeaderName, Listed

__all__ = ["UpstreamSettings"]


class UpstreamSettings(BaseModel):
    """Which schemas are merged, and how the microservices are asked."""

    schemas: Path = Field(Path("schemas"), description="a directory of .graphql, .graphqls or .gql files")
    supergraph: Path | None = Field(None, description="a supergraph file, as a composition tool writes it")
    resolvers: str = Field(
        "resolvers", pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*$", description="the name of a Python package"
    )
    subgraph_timeout: float = Field(
        10.0, gt=0, le=3600, description="a number of seconds, more than 0 and at most 3600"
    )
    forward_headers: Listed[HeaderName] = Field(
        ("authorization", "traceparent", "tracestate", "x-request-id"),
        description="names of request headers separated by commas, none of which belongs to the "
        "connection or the body (such as host or content-length)",
    )
    inflight_dedupe: bool = Field(True, description="1 or 0")

    @property
    def sdl_directory(self) -> Path | None:
        """The directory of SDL files; beside a supergraph file, only one that was asked for."""
        return self.schemas if self.supergraph is None or "schemas" in self.model_fields_set else None
