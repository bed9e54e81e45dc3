"""The id of the service's instance, which OpenTelemetry makes up and keeps to itself.

needs opentelemetry-sdk
env OTEL_EXPERIMENTAL_RESOURCE_DETECTORS=service_instance
error shared-result
"""

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

trace.set_tracer_provider(TracerProvider(resource=Resource.create({"service.name": "orders"})))


def handler(event, context):
    return dict(trace.get_tracer_provider().resource.attributes)["service.instance.id"]
