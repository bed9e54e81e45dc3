"""A provider of OpenTelemetry, with a span of the init and one of each restore."""

from __future__ import annotations

import os


def begin():
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    url = f"http://127.0.0.1:{os.environ['COLLECTOR_PORT']}/v1/traces"
    exporter = OTLPSpanExporter(url)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=600_000))
    with provider.get_tracer("tests").start_as_current_span("init"):
        pass
    return provider


def go_on(provider):
    with provider.get_tracer("tests").start_as_current_span("restore"):
        pass
    return provider.force_flush(60_000)
