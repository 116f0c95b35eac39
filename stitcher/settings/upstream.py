"""Settings of what lies behind the gateway: schemas, resolvers, microservices."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr

from stitcher.settings.values import HeaderName, Listed, WebAddress

__all__ = ["UpstreamSettings"]


class UpstreamSettings(BaseModel):
    """Which schemas are merged, and how the microservices are asked."""

    schemas: Path = Field(Path("schemas"), description="a directory of .graphql, .graphqls or .gql files")
    supergraph: WebAddress | Path | None = Field(
        None,
        union_mode="left_to_right",
        description="a supergraph file, as a composition tool writes it, or a registry's http(s) address",
    )
    supergraph_header: SecretStr | None = Field(
        None, description="a header such as X-Hive-CDN-Key: …, or the value of Authorization"
    )
    schema_poll_seconds: float = Field(4.0, ge=0.1, le=3600, description="a number of seconds, 0.1 to 3600")
    schema_watch: bool = Field(True, description="on or off")
    schema_copies: Path = Field(Path(".stitcher/copies"), description="a directory")
    resolvers: str = Field(
        "resolvers", pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*$", description="the name of a Python package"
    )
    subgraph_timeout: float = Field(
        10.0, gt=0, le=3600, description="a number of seconds, more than 0 and at most 3600"
    )
    attempt_timeout: float = Field(
        5.0, gt=0, le=3600, description="a number of seconds, more than 0 and at most 3600"
    )
    connect_timeout: float = Field(
        2.0, gt=0, le=3600, description="a number of seconds, more than 0 and at most 3600"
    )
    request_timeout: float = Field(
        30.0, gt=0, le=3600, description="a number of seconds, more than 0 and at most 3600"
    )
    subgraph_requests: int = Field(500, ge=1, description="a number of requests at a time, 1 or more")
    subgraph_queue: int = Field(500, ge=0, description="a number of requests that wait, 0 or more")
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
