"""The client's login: the auth service is asked, with the client's own access token."""

from typing import Any

from ariadne import QueryType
from graphql import GraphQLError, GraphQLResolveInfo

from stitcher import delegate

__all__ = ["query"]

query = QueryType()

ME = "{ me { id email name role } }"


@query.field("session")
async def resolve_session(_: object, info: GraphQLResolveInfo[Any]) -> dict[str, Any]:
    """Tell who the client is; one without an accepted access token is nobody, and that is no error."""
    try:
        user = (await delegate(info, "auth", ME))["me"]
    except GraphQLError as error:
        if (error.extensions or {}).get("code") != "UNAUTHENTICATED":
            raise
        user = None
    return {"authenticated": user is not None, "user": user}
