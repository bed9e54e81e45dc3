"""Flushes the SDK's providers, and renews the id that it made up for this process.

The id is an attribute of resources. They are shared by providers, tracers, loggers and spans, and
each of these would have to be given another one; so the resources themselves are renewed.
"""

from __future__ import annotations

import sys
import time
import uuid
import warnings
from typing import Any

from snapshot_restore_py.live_objects import instances_in

_PATIENCE = 10_000
"""How many milliseconds a provider has to send what waits."""

# The metrics of the SDK itself tell of the others, so they come last.
_PROVIDERS = (
    ("opentelemetry.sdk.trace", "TracerProvider"),
    ("opentelemetry.sdk._logs", "LoggerProvider"),
    ("opentelemetry.sdk.metrics", "MeterProvider"),
)
_KEY = "service.instance.id"

_resources: list[Any] = []
"""The resources with an id that the SDK made up."""


def flush() -> None:
    """Let all providers send what waits, and find the resources for `renew_instance_id()`."""
    # Telemetry is no reason not to start, so that nothing here is an error.
    for module, kind in _PROVIDERS:
        for provider in instances_in(module, kind):
            if vars(provider):  # Or it is half constructed.
                _flush(provider)
    made_up = _made_up()
    _resources[:] = [
        one
        for one in instances_in("opentelemetry.sdk.resources", "Resource")
        if made_up and getattr(one, "_attributes", {}).get(_KEY) == made_up
    ]


def _flush(provider: Any) -> None:
    start = time.monotonic()
    try:
        done = provider.force_flush(_PATIENCE)
        # One that is shut down says the same, but at once.
        if done is False and time.monotonic() - start >= _PATIENCE / 1000:
            raise TimeoutError(f"it was not done after {_PATIENCE / 1000:g} seconds")
    except Exception as error:
        warnings.warn(
            f"{type(provider).__name__} of OpenTelemetry could not send what the init recorded, "
            f"so that each restored environment may send it: {type(error).__name__}: {error}",
            RuntimeWarning,
            stacklevel=2,
        )


def _made_up() -> str | None:
    """Return the id that the SDK made up; None if it did not, as in older versions."""
    return getattr(sys.modules.get("opentelemetry.sdk.resources"), "_service_instance_id", None)


def renew_instance_id() -> None:
    """Give all resources that had the id which the SDK made up another one, the same for all."""
    if not _resources:
        return
    new: Any = str(uuid.uuid4())
    # Resources that are made from now on have it too.
    sys.modules["opentelemetry.sdk.resources"].__dict__["_service_instance_id"] = new
    for resource in _resources:
        kind = type(resource._attributes)
        # A single assignment, which other threads see whole.
        resource._attributes = kind(attributes={**resource._attributes, _KEY: new})
