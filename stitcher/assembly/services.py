"""How each service is reached: its transport, and the rules about headers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stitcher.composition.sources import Source
from stitcher.events import Observer
from stitcher.headers import ClientHeaders, Pass, RequestHeaders, RequestRule, ResponseHeaders
from stitcher.settings.load import Settings
from stitcher.settings.services import ServiceSettings
from stitcher.transport.http import HttpTransport
from stitcher.transport.upstreams import Upstreams

__all__ = ["client_headers", "request_headers", "transports", "unshared"]

AS_FOR_ALL = ServiceSettings.model_validate({})


def transports(
    settings: Settings, sources: Iterable[Source], upstreams: Upstreams, observer: Observer | None = None
) -> Mapping[str, HttpTransport]:
    """Return a transport for each service, by name; ``upstreams`` knows these services from now on."""
    made = {}
    for name, upstream in upstreams.reach({source.name: source.urls for source in sources}).items():
        own = settings.services.get(name, AS_FOR_ALL)
        upstream.bulkhead.room = own.max_requests or settings.subgraph_requests
        upstream.bulkhead.queue = settings.subgraph_queue
        made[name] = HttpTransport(
            name,
            upstream,
            upstreams.pool,
            timeout=own.timeout or settings.subgraph_timeout,
            attempt_timeout=settings.attempt_timeout,
            share=settings.inflight_dedupe,
            request_headers=request_headers(settings, name),
            response_headers=_response_headers(settings, name),
            reads_tags=settings.response_cache > 0,
            observer=observer,
        )
    return made


def request_headers(settings: Settings, name: str) -> RequestHeaders:
    """Return what a service is sent of a client's headers."""
    return RequestHeaders(_request_rules(settings, name))


def client_headers(settings: Settings, sources: Iterable[Source]) -> ClientHeaders:
    """Return what is taken of a client's headers, for whichever service."""
    return ClientHeaders([_request_rules(settings, source.name) for source in sources])


def unshared(settings: Settings, sources: Iterable[Source]) -> frozenset[str]:
    """Return the services of whose answers clients get cookies."""
    rules = {source.name: _response_headers(settings, source.name) for source in sources}
    return frozenset(name for name, given in rules.items() if given and given.has_cookies)


def _request_rules(settings: Settings, name: str) -> list[RequestRule]:
    """Return the rules about what a service is sent: those for all, then its own."""
    own = settings.services.get(name, AS_FOR_ALL).request_headers
    rules = [rule.rule() for rule in (*settings.request_headers, *own)]
    return [*map(Pass, settings.forward_headers), *rules]


def _response_headers(settings: Settings, name: str) -> ResponseHeaders | None:
    rules = [rule.rule() for rule in settings.response_headers if not rule.services or name in rule.services]
    return ResponseHeaders(rules) if rules else None
