"""Spans are gathered and exported by a thread, which goes on in each environment.

needs opentelemetry-sdk
warning running-thread
"""

import secrets

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

provider = TracerProvider(resource=Resource({"service.name": "orders"}))
provider.add_span_processor(BatchSpanProcessor(InMemorySpanExporter()))
tracer = provider.get_tracer("orders")


def handler(event, context):
    return secrets.token_hex(8)
