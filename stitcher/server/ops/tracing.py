"""Traces by OpenTelemetry: a span for each request, and one below it for each time that a service is asked.

A client's ``traceparent`` goes on in them, and services are sent that of their own span (W3C Trace Context).
What is exported where, and how much of it, the SDK reads from its own variables (``OTEL_…``): OTLP over HTTP.
A span is called by the operation's kind, never by its name, which clients choose.

Source: OpenTelemetry, "Semantic conventions for GraphQL Server" and "for HTTP spans".
"""

from __future__ import annotations

from collections.abc import Mapping
from time import time_ns

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.types import Scope

from stitcher.events import RequestEnded

__all__ = ["Tracing"]

W3C = TraceContextTextMapPropagator()

TRACE_HEADERS = (b"traceparent", b"tracestate")


class Tracing:
    """Makes spans, and hands them to an exporter in the end."""

    def __init__(self) -> None:
        self._provider = TracerProvider(resource=Resource.create({SERVICE_NAME: "stitcher"}))
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("stitcher")

    def begin(self, scope: Scope) -> RequestSpan:
        """Begin the span of a request, below its client's if that has one."""
        carrier = {
            name.decode(): value.decode("latin-1")
            for name, value in scope["headers"]
            if name in TRACE_HEADERS
        }
        parent = W3C.extract(carrier) if carrier else Context()
        attributes = {"http.request.method": scope["method"], "url.path": scope["path"]}
        span = self._tracer.start_span(scope["method"], parent, SpanKind.SERVER, attributes)
        return RequestSpan(self, span)

    def fetch(self, above: Span, subgraph: str) -> Span:
        """Begin the span of a request to a service."""
        attributes = {"http.request.method": "POST", "stitcher.subgraph": subgraph}
        return self._tracer.start_span("POST", set_span_in_context(above), SpanKind.CLIENT, attributes)

    async def close(self) -> None:
        """Export what is left."""
        self._provider.shutdown()


class RequestSpan:
    """The span of one request."""

    def __init__(self, tracing: Tracing, span: Span) -> None:
        self._tracing = tracing
        self._span = span

    def fetch(self, subgraph: str) -> FetchSpan:
        """Begin the span of a request to a service."""
        return FetchSpan(self._tracing.fetch(self._span, subgraph))

    def end(self, event: RequestEnded) -> None:
        """End the span with what became of the request."""
        span = self._span
        span.set_attribute("http.response.status_code", event.status)
        codes = [*event.trail.codes]
        seen = event.trail.seen
        if seen is not None:
            span.update_name(seen.kind)
            span.set_attribute("graphql.operation.type", seen.kind)
            if seen.name:
                span.set_attribute("graphql.operation.name", seen.name)
            codes += seen.codes
        for code in dict.fromkeys(codes):
            span.add_event("error", {"error.type": code})
        if event.status >= 500 or event.status == 0:
            span.set_attribute("error.type", codes[0] if codes else str(event.status))
            span.set_status(Status(StatusCode.ERROR))
        span.end(time_ns())


class FetchSpan:
    """The span of one request to a service."""

    def __init__(self, span: Span) -> None:
        self._span = span

    def headers(self) -> Mapping[str, str]:
        """Return what the service is sent, so that its own spans are below this one."""
        carrier: dict[str, str] = {}
        W3C.inject(carrier, set_span_in_context(self._span))
        return carrier

    def end(self, size: int, code: str | None) -> None:
        """End the span, with the bytes of the answer, and a code if it failed."""
        if code is None:
            self._span.set_attribute("http.response.body.size", size)
        else:
            self._span.set_attribute("error.type", code)
            self._span.set_status(Status(StatusCode.ERROR, code))
        self._span.end(time_ns())
