"""A table as a resource of boto3, which each restore fills in batches and queries.

needs boto3 moto
with aws
"""

import boto3
from boto3.dynamodb.conditions import Key

dynamodb = boto3.resource("dynamodb")
RECENT = Key("customer").eq("ada") & Key("number").gte(3)


def handler(event, context):
    table = dynamodb.create_table(
        TableName=f"orders-{context.aws_request_id}",
        KeySchema=[
            {"AttributeName": "customer", "KeyType": "HASH"},
            {"AttributeName": "number", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "customer", "AttributeType": "S"},
            {"AttributeName": "number", "AttributeType": "N"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    with table.batch_writer() as batch:
        for number in range(6):
            batch.put_item(Item={"customer": "ada", "number": number})
    return table.query(KeyConditionExpression=RECENT)["Count"]
