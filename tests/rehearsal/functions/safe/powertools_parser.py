"""Powertools' parser with a model of pydantic.

needs aws-lambda-powertools pydantic
"""

from aws_lambda_powertools.utilities.parser import event_parser
from pydantic import BaseModel


class Order(BaseModel):
    name: str = "tea"
    amount: int = 1


@event_parser(model=Order)
def handler(event, context):
    return event.amount
