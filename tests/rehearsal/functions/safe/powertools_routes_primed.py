"""Routes of Powertools that check what comes in and goes out, primed before the snapshot.

needs aws-lambda-powertools pydantic
env POWERTOOLS_SERVICE_NAME=orders
"""

import json

from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from pydantic import BaseModel, Field

from snapshot_restore_py import register_before_snapshot

app = APIGatewayRestResolver(enable_validation=True)


class Order(BaseModel):
    name: str = Field(min_length=2)
    amount: int = Field(default=1, gt=0)


@app.post("/orders")
def create(order: Order) -> Order:
    return order


def request(body):
    return {
        "path": "/orders",
        "httpMethod": "POST",
        "headers": {"content-type": "application/json"},
        "requestContext": {"requestId": "constant", "path": "/orders"},
        "body": json.dumps(body),
    }


register_before_snapshot(app.resolve, request({"name": "primed"}), {})


def handler(event, context):
    good = app.resolve(request({"name": "tea"}), context)
    bad = app.resolve(request({"name": "tea", "amount": 0}), context)
    return [good["statusCode"], bad["statusCode"], good["body"]]
