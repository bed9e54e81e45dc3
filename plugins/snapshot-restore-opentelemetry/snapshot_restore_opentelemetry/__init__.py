"""Lets OpenTelemetry send what the init recorded once, and not once for each restore.

Each environment gets a `service.instance.id` of its own besides, where the SDK made it up.
"""

import sys


def before_snapshot() -> None:
    """Send the spans, logs and metrics that wait to be sent.

    Warns:
        RuntimeWarning: If that failed. The snapshot is taken nevertheless.
    """
    if "opentelemetry.sdk" in sys.modules:
        from . import telemetry

        telemetry.flush()


def after_restore() -> None:
    """Make up a new `service.instance.id`."""
    # It is loaded if the SDK was in use before the snapshot.
    telemetry = sys.modules.get(f"{__name__}.telemetry")
    if telemetry is not None:
        telemetry.renew_instance_id()
