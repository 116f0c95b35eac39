"""What differs by service: the tables ``[services.<name>]`` of ``gateway.toml``."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from stitcher.settings.headers import RequestHeaderSettings
from stitcher.settings.values import Listed, WebAddress

__all__ = ["ServiceSettings"]


class ServiceSettings(BaseModel):
    """How one service is reached; what isn't set is as for all services."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    url: Listed[WebAddress] = Field(
        (), description="the http(s) address of each instance, as a list or separated by commas"
    )
    timeout: float | None = Field(
        None, gt=0, le=3600, description="a number of seconds, more than 0 and at most 3600"
    )
    max_requests: int | None = Field(None, ge=1, description="a number of requests at a time, 1 or more")
    schema_from: Literal["file", "service", "introspection"] = Field(
        "file",
        alias="schema",
        description="file, service (its _service { sdl }) or introspection",
    )
    request_headers: tuple[RequestHeaderSettings, ...] = Field((), description="a list of rules")
