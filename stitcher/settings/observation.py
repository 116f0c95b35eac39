"""Settings of what is told of requests: the log, and metrics."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from stitcher.settings.values import Listed

__all__ = ["ObservationSettings"]

LEVELS = ("debug", "info", "warning", "error")


def _logger_level(text: str) -> str:
    name, equals, level = text.partition("=")
    if not (name.strip() and equals and level.strip() in LEVELS):
        raise ValueError(f"{text!r} is no logger with a level")
    return f"{name.strip()}={level.strip()}"


class ObservationSettings(BaseModel):
    """What is logged and counted."""

    traces: bool = Field(False, description="on or off")
    metrics: bool = Field(False, description="on or off")
    metrics_port: int | None = Field(None, ge=1, le=65535, description="a port number, 1 to 65535")
    log_format: Literal["auto", "pretty", "json"] = Field("auto", description="auto, pretty or json")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="debug, info, warning or error"
    )
    log_levels: Listed[Annotated[str, AfterValidator(_logger_level)]] = Field(
        (), description="loggers with a level, such as stitcher.transport=debug, separated by commas"
    )
    log_requests: float = Field(
        1.0, ge=0, le=1, description="the share of requests that are logged, from 0 to 1"
    )
    log_slow_seconds: float = Field(1.0, ge=0, description="a number of seconds")
