"""Sentry without an address, and a tracer of OpenTelemetry that exports at once.

needs sentry-sdk opentelemetry-sdk
"""

import sentry_sdk
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

sentry_sdk.init(dsn=None, traces_sample_rate=0.0, default_integrations=False)
exporter = InMemorySpanExporter()
provider = TracerProvider(resource=Resource({"service.name": "orders"}))
provider.add_span_processor(SimpleSpanProcessor(exporter))
trace.set_tracer_provider(provider)
tracer = trace.get_tracer("orders")


def handler(event, context):
    return "ok"
