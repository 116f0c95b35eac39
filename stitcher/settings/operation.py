"""Settings of how the gateway is operated and looked into: Redis, logs, metrics, the explorer."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from stitcher.settings.values import RedisUrl

__all__ = ["OperationSettings"]


class OperationSettings(BaseModel):
    """What the gateway keeps, tells and shows."""

    redis_url: RedisUrl | None = Field(None, description="redis://host:port/number, rediss://… or unix://…")
    operation_cache_size: int = Field(1000, ge=1, description="a number of operations, 1 or more")
    introspection: bool = Field(True, description="on or off")
    suggestions: bool | None = Field(None, description="on or off")
    explorer: Literal["playground", "graphiql", "builtin", "off"] = Field(
        "playground", description="playground, graphiql, builtin or off"
    )
    metrics: bool = Field(False, description="on or off")
    debug: bool = Field(False, description="on or off")
    log_format: Literal["auto", "pretty", "json"] = Field("auto", description="auto, pretty or json")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug, info, warning or error"
    )
