"""Batches, parameters, feature flags, routes and idempotency of Powertools, only set up.

needs aws-lambda-powertools boto3
env AWS_DEFAULT_REGION=eu-west-1 POWERTOOLS_TRACE_DISABLED=1 POWERTOOLS_SERVICE_NAME=orders
"""

from aws_lambda_powertools import Logger, Tracer
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.feature_flags import AppConfigStore, FeatureFlags
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)
from aws_lambda_powertools.utilities.parameters import SSMProvider

logger = Logger()
tracer = Tracer()
app = APIGatewayHttpResolver()
processor = BatchProcessor(event_type=EventType.SQS)
parameters = SSMProvider()
flags = FeatureFlags(store=AppConfigStore(environment="test", application="orders", name="flags"))
persistence = DynamoDBPersistenceLayer(table_name="idempotency")
config = IdempotencyConfig(use_local_cache=True)


@idempotent_function(data_keyword_argument="order", persistence_store=persistence, config=config)
def pay(order):
    return order


@app.get("/orders")
def orders():
    return {"orders": []}


@tracer.capture_method
def record_handler(record):
    return record.body


def handler(event, context):
    records = [{"messageId": "1", "body": "tea", "eventSource": "aws:sqs"}]
    return process_partial_response(
        event={"Records": records},
        record_handler=record_handler,
        processor=processor,
        context=context,
    )
