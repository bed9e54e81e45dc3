"""Logger, Metrics and Tracer of Powertools for AWS Lambda."""

from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger(service="orders")
metrics = Metrics(namespace="shop", service="orders")
tracer = Tracer(service="orders", disabled=True)


@tracer.capture_method
def total(order):
    return sum(order)


@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    metrics.add_metric(name="orders", unit=MetricUnit.Count, value=1)
    logger.info("called")
    return total([1, 2])
