"""A document that each insert copies, its id included.

needs pymongo
error shared-value
"""

from bson import ObjectId

TEMPLATE = {"_id": ObjectId(), "status": "new", "items": []}


def handler(event, context):
    order = {**TEMPLATE, "items": ["tea"]}
    return {"inserted": str(order["_id"])}
