"""Orders that are paid once, by Powertools and a table; an order is new in each invocation.

needs aws-lambda-powertools boto3 moto
with aws
env POWERTOOLS_SERVICE_NAME=orders
"""

import uuid

import boto3
from aws_lambda_powertools.utilities.idempotency import (
    DynamoDBPersistenceLayer,
    IdempotencyConfig,
    idempotent_function,
)

dynamodb = boto3.client("dynamodb")
payments = DynamoDBPersistenceLayer(table_name="payments", boto3_client=dynamodb)
config = IdempotencyConfig(event_key_jmespath="number", use_local_cache=True)


@idempotent_function(data_keyword_argument="order", persistence_store=payments, config=config)
def pay(order):
    return {"payment": str(uuid.uuid4())}


def handler(event, context):
    # The restores share one server, on which a table can be made only once.
    try:
        dynamodb.create_table(
            TableName="payments",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    except dynamodb.exceptions.ResourceInUseException:
        pass
    config.register_lambda_context(context)
    order = {"number": context.aws_request_id}
    first, again = pay(order=order), pay(order=order)
    return first == again, first
