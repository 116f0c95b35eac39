"""Settings of how the gateway is operated and looked into: Redis, logs, metrics, the explorer."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field

from stitcher.settings.values import Listed, RedisUrl

__all__ = ["OperationSettings"]


class OperationSettings(BaseModel):
    """What the gateway keeps, tells and shows."""

    config_file: Path = Field(Path("gateway.toml"), description="the path of a TOML file")
    drain_seconds: float = Field(5.0, ge=0, le=3600, description="a number of seconds, 0 to 3600")
    grace_seconds: int = Field(15, ge=1, le=3600, description="a number of seconds, 1 to 3600")
    ready_requires: Listed[Literal["redis", "schema", "services"]] = Field(
        (), description="one or several of redis, schema, services, separated by commas"
    )
    redis_url: RedisUrl | None = Field(None, description="redis://host:port/number, rediss://… or unix://…")
    operation_cache_size: int = Field(1000, ge=1, description="a number of operations, 1 or more")
    introspection: bool = Field(True, description="on or off")
    suggestions: bool | None = Field(None, description="on or off")
    explorer: Literal["playground", "graphiql", "builtin", "off"] = Field(
        "playground", description="playground, graphiql, builtin or off"
    )
    debug: bool = Field(False, description="on or off")
