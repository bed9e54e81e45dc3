"""Ids of spans come from the global generator, so all restores give out the same.

needs opentelemetry-sdk
error shared-random-state
"""

from opentelemetry.sdk.trace import TracerProvider

tracer = TracerProvider().get_tracer("orders")


def handler(event, context):
    with tracer.start_as_current_span("call") as span:
        return f"{span.get_span_context().trace_id:032x}"
