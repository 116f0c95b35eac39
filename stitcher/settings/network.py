"""Settings of the network: where the gateway listens, whom it believes, which browsers' pages may ask."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ByteSize, Field

from stitcher.settings.values import Host, Listed, Origin, Proxies

__all__ = ["NetworkSettings"]


class NetworkSettings(BaseModel):
    """Where the gateway listens, and to whom."""

    host: str = Field("127.0.0.1", description="an address or a host name to listen on")
    port: int = Field(3000, ge=0, le=65535, description="a port number, 0 to 65535")
    workers: int = Field(1, ge=1, le=256, description="a number of processes, 1 to 256")
    keep_alive_timeout: int = Field(65, ge=1, le=3600, description="a number of seconds, 1 to 3600")
    max_requests: int = Field(2000, ge=1, description="a number of requests at a time, 1 or more")
    max_connections: int = Field(10_000, ge=1, description="a number of connections, 1 or more")
    body_limit: ByteSize = Field(
        ByteSize(1024 * 1024), ge=1, description="a number of bytes, or a size such as 1MiB"
    )
    trusted_proxies: Listed[Proxies] = Field(
        (), description="addresses or networks such as 10.0.0.0/8, separated by commas, but not everybody's"
    )
    allowed_hosts: Listed[Host] = Field(
        (), description="host names such as api.example, or *.example, separated by commas"
    )
    cors_origins: Listed[Origin] = Field(
        (),
        description="origins such as https://app.example or capacitor://localhost, separated by commas; "
        "not *, since their pages may use sessions",
    )
    csrf_prevention: Literal["browsers", "strict"] = Field("browsers", description="browsers or strict")
