"""Rules about headers in ``gateway.toml``: what services are sent, and what of their answers clients get."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal, Self, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from stitcher import headers
from stitcher.settings.values import Listed, a_header_name, a_header_value

__all__ = ["RequestHeaderSettings", "ResponseHeaderSettings"]

T = TypeVar("T")

PATTERN = "the name of a header, or a pattern such as x-tenant-*; none of the connection's or the body's"


def _checked(check: Callable[[str], str]) -> Callable[[str], str]:
    return lambda value: check(value.replace("*", "x")) and value.lower()


Pattern = Annotated[str, AfterValidator(_checked(a_header_name))]
Name = Annotated[str, AfterValidator(a_header_name)]
Value = Annotated[str, AfterValidator(a_header_value)]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class RequestHeaderSettings(_Rule):
    """One rule about what services are sent."""

    passed: Pattern | None = Field(None, alias="pass", description=PATTERN)
    renamed: Name | None = Field(None, alias="as", description="the name that services know it by")
    default: Value | None = Field(None, description="text for when the client sends no such header")
    matters: bool | None = Field(None, description="true or false")
    set: Name | None = Field(None, description="the name of a header")
    value: Value | None = Field(None, description="text without line breaks")
    remove: Pattern | None = Field(None, description=PATTERN)

    @model_validator(mode="after")
    def _check_what_it_does(self) -> Self:
        given = [name for name in ("passed", "set", "remove") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError("expected one of pass, set and remove.")
        if (self.value is None) == (given == ["set"]):
            raise ValueError("expected set and value together.")
        if given != ["passed"] and (self.renamed or self.default or self.matters is not None):
            raise ValueError("as, default and matters go with pass.")
        if self.passed and "*" in self.passed and (self.renamed or self.default):
            raise ValueError("as and default go with the name of one header, not with a pattern.")
        return self

    def rule(self) -> headers.RequestRule:
        """Return the rule."""
        if self.set is not None:
            return headers.Set(self.set, self.value or "")
        if self.remove is not None:
            return headers.Remove(self.remove)
        return headers.Pass(self.passed or "", self.renamed, self.default, self.matters)


class ResponseHeaderSettings(_Rule):
    """One rule about what clients get of services' answers."""

    passed: Pattern = Field(alias="pass", description=PATTERN)
    services: Listed[str] = Field((), alias="from", description="names of services")
    combine: Literal["first", "last", "append"] = Field("last", description="first, last or append")

    def rule(self) -> headers.ResponseRule:
        """Return the rule."""
        return headers.ResponseRule(self.passed, self.combine)
