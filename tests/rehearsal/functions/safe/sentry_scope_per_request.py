"""Sentry keeps its events in a list; each invocation has a scope, and so a trace, of its own.

needs sentry-sdk
"""

import sentry_sdk
from sentry_sdk.transport import Transport

events = []


class Kept(Transport):
    def capture_envelope(self, envelope):
        events.append(envelope.get_event())


sentry_sdk.init(
    dsn="https://key@sentry.example.com/1",
    transport=Kept,
    server_name="orders",
    release="1.0",
    default_integrations=False,
)


def handler(event, context):
    with sentry_sdk.isolation_scope() as scope:
        scope.set_new_propagation_context()
        scope.set_tag("request", context.aws_request_id)
        number = sentry_sdk.capture_message("called")
    (event,) = events
    return number, event["contexts"]["trace"]["trace_id"]
