"""The gateway's root, ``/``, where whoever knows only its host comes first."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stitcher.server.http.negotiation import takes_html

__all__ = ["front_door"]

VARY = {"Vary": "Accept"}


def front_door(places: Mapping[str, str], page: str | None) -> Route:
    """Return the route of ``/``: browsers are shown to the page, others are told where everything is.

    Args:
        places: The path of everything that is on, by what it is.
        page: The path of the page for browsers; None where there is none.
    """

    async def answer(request: Request) -> Response:
        if page is not None and takes_html(request.headers.get("accept", "")):
            # Relative: it holds behind a proxy's prefix, too, and says nothing of the client's Host header.
            return Response(status_code=307, headers={"Location": page.removeprefix("/"), **VARY})
        return JSONResponse(dict(places), headers=VARY)

    return Route("/", answer)
