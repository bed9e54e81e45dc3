"""The plugin, installed with pip, with the SDK and a collector."""

from __future__ import annotations

import pytest

from tests.servers.telemetry import Collector
from tests.snapshots import Snapshot, imported_without_use, installed_once, run


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which pip has installed the plugin, and one that it requires."""
    plugins = ("snapshot-restore-opentelemetry", "snapshot-restore-urllib3")
    return installed_once(tmp_path_factory.getbasetemp(), *plugins)


@pytest.fixture
def collector():
    with Collector() as collector:
        yield collector


# The spans of the init wait in a batch; those of a restore are sent at once, as a copy has none of
# the threads that send batches.
CODE = """
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor
provider = TracerProvider(resource={resource})
exporter = OTLPSpanExporter("{url}/v1/traces")
provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=600_000))
tracer = provider.get_tracer("tests")
with tracer.start_as_current_span("init"):
    pass
open_span = tracer.start_span("open")
def work():
    provider._active_span_processor._span_processors = (SimpleSpanProcessor(exporter),)
    open_span._span_processor = provider._active_span_processor
    with tracer.start_as_current_span(f"restore {{number}}"):
        pass
    open_span.end()
"""
RESTORES = ["open"] * 3 + ["restore 1", "restore 2", "restore 3"]


def test_spans_of_the_init_are_sent_once_and_before_the_snapshot(installed, collector):
    code = CODE.format(url=collector.url, resource=None)
    with Snapshot(code, installed) as snapshot:
        assert [name for name, _ in collector.spans()] == ["init"]
        assert snapshot.restore() == [None] * 3
        assert sorted(name for name, _ in collector.spans()) == ["init", *RESTORES]
        # The connection of the init was closed after it, as each restore has one of its own.
        assert collector.connections == 4


def test_each_restore_has_an_instance_id_of_its_own(installed, collector):
    with Snapshot(CODE.format(url=collector.url, resource=None), installed) as snapshot:
        snapshot.restore()
        ids = dict.fromkeys(one for name, one in collector.spans() if name != "open")
        assert len(ids) == 4
        assert None not in ids
        spans = [one for name, one in collector.spans() if name == "open"]
        assert sorted(spans) == sorted(list(ids)[1:])


@pytest.mark.parametrize("way", ["restore", "resume"])
def test_an_instance_id_that_was_set_stays(installed, collector, way):
    resource = "Resource.create({'service.instance.id': 'ours'})"
    with Snapshot(CODE.format(url=collector.url, resource=resource), installed) as snapshot:
        getattr(snapshot, way)()
        assert {one for _, one in collector.spans()} == {"ours"}


def test_without_the_plugin_the_init_is_not_sent_and_all_restores_have_one_id(installed, collector):
    code = CODE.format(url=collector.url, resource=None)
    with Snapshot(code, installed, "none", at_once=False) as snapshot:
        assert collector.spans() == []
        snapshot.restore()
        assert len({one for _, one in collector.spans()}) == 1


# What is in memory shows what was sent, without a server.
MEMORY = """
import warnings
import snapshot_restore_py
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import (
    ConsoleMetricExporter, InMemoryMetricReader, MetricExportResult, PeriodicExportingMetricReader
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
def cycle():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        snapshot_restore_py.run_before_snapshot()
        snapshot_restore_py.run_after_restore()
    return [str(warning.message) for warning in caught if warning.category is RuntimeWarning]
class Metrics(ConsoleMetricExporter):
    sent = []
    def export(self, data, *_, **__):
        self.sent += [
            point.value for resource in data.resource_metrics
            for scope in resource.scope_metrics for metric in scope.metrics
            for point in metric.data.data_points
        ]
        return MetricExportResult.SUCCESS
"""


def test_metrics_are_sent_and_what_fails_is_a_warning(installed):
    code = """
    reader = PeriodicExportingMetricReader(Metrics(), export_interval_millis=600_000)
    provider = MeterProvider([reader])
    provider.get_meter("tests").create_counter("orders").add(3)
    class Failing(InMemoryMetricReader):
        def force_flush(self, timeout_millis=0):
            raise OSError("no collector")
    failing = MeterProvider([Failing()])
    messages = cycle()
    sent = Metrics.sent[:]
    provider.shutdown()
    tell([sent, len(messages), "MeterProvider" in messages[0], "no collector" in messages[0]])
    """
    assert run_with(code, installed) == [[3], 1, True, True]


@pytest.mark.parametrize("patience", [0, 100_000])
def test_what_is_not_sent_in_time_is_a_warning(installed, patience):
    # One that says at once that it has not sent anything is shut down.
    code = f"""
    import snapshot_restore_opentelemetry.telemetry as telemetry
    from opentelemetry.sdk.trace import SpanProcessor
    telemetry._PATIENCE = {patience}
    class Slow(SpanProcessor):
        def force_flush(self, timeout_millis=0):
            return False
    provider = TracerProvider()
    provider.add_span_processor(Slow())
    tell(cycle())
    """
    messages = run_with(code, installed)
    assert len(messages) == (patience == 0)
    assert all("TimeoutError: it was not done after 0 seconds" in one for one in messages)


def test_logs_are_sent(installed):
    code = """
    import logging
    from opentelemetry.sdk import _logs
    from opentelemetry.sdk._logs import export
    provider = _logs.LoggerProvider()
    newest = getattr(export, "InMemoryLogRecordExporter", None)
    exporter = (newest or export.InMemoryLogExporter)()
    processor = export.BatchLogRecordProcessor(exporter, schedule_delay_millis=600_000)
    provider.add_log_record_processor(processor)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        handler = _logs.LoggingHandler(logger_provider=provider)
    logging.getLogger("tests").addHandler(handler)
    logging.getLogger("tests").warning("the init")
    messages = cycle()
    tell([messages, [one.log_record.body for one in exporter.get_finished_logs()]])
    provider.shutdown()
    """
    assert run_with(code, installed) == [[], ["the init"]]


def test_half_constructed_objects_and_providers_that_are_shut_down_are_left_alone(installed):
    code = """
    import logging
    logging.disable()  # The SDK says what it thinks of it.
    half = [one.__new__(one) for one in (TracerProvider, MeterProvider, Resource)]
    over = TracerProvider()
    exporter = InMemorySpanExporter()
    over.add_span_processor(BatchSpanProcessor(exporter))
    over.shutdown()
    metrics = MeterProvider([PeriodicExportingMetricReader(Metrics())])
    metrics.shutdown()
    tell(cycle())
    for one in half:
        one._atexit_handler = one._disabled = None
    """
    assert run_with(code, installed) == []


def test_resources_that_are_made_after_a_restore_have_the_new_instance_id(installed):
    code = """
    key = "service.instance.id"
    old = Resource.create()
    before = old.attributes[key]
    messages = cycle()
    new = old.attributes[key]
    tell([messages, new == before, new == Resource.create().attributes[key]])
    """
    assert run_with(code, installed) == [[], False, True]


def run_with(code, installed):
    lines = MEMORY + "\n".join(line[4:] for line in code.splitlines())
    return run(lines, installed, "opentelemetry")


def test_it_does_not_import_the_sdk(installed):
    assert imported_without_use(installed, "opentelemetry", "opentelemetry") == []
