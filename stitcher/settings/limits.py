"""Settings of how much clients may ask: how often, and how large an operation."""

from __future__ import annotations

from pydantic import BaseModel, ByteSize, Field

from stitcher.settings.values import Listed, Name, RateLimit

__all__ = ["LimitSettings"]

RATE_LIMIT = "a limit such as 100/minute or 10/second;1000/hour, or off"


class LimitSettings(BaseModel):
    """How often a client may ask, and how large an operation may be."""

    rate_limit: RateLimit = Field("100/minute", description=RATE_LIMIT)
    login_rate_limit: RateLimit = Field("5/minute", description=RATE_LIMIT)
    login_account_rate_limit: RateLimit = Field("20/minute", description=RATE_LIMIT)
    login_fields: Listed[Name] = Field(
        ("login", "register"), description="names of fields of Mutation, separated by commas"
    )
    character_limit: int = Field(15_000, ge=1, description="a number of characters, 1 or more")
    token_limit: int = Field(2_000, ge=1, description="a number of tokens, 1 or more")
    depth_limit: int = Field(15, ge=1, description="a number of levels, 1 or more")
    root_field_limit: int = Field(100, ge=1, description="a number of fields, 1 or more")
    field_limit: int = Field(500, ge=1, description="a number of fields, 1 or more")
    alias_limit: int = Field(30, ge=0, description="a number of aliases, 0 or more")
    directive_limit: int = Field(50, ge=0, description="a number of directives, 0 or more")
    cost_limit: int = Field(50_000, ge=1, description="a cost, 1 or more")
    variable_limit: ByteSize = Field(
        ByteSize(256 * 1024), ge=1, description="a number of bytes, or a size such as 256KiB"
    )
    variable_item_limit: int = Field(5_000, ge=1, description="a number of values, 1 or more")
    variable_depth_limit: int = Field(20, ge=1, description="a number of levels, 1 or more")
