"""Ids of MongoDB: only the first four bytes, the time, change from restore to restore.

needs pymongo
error shared-result
"""

from bson import ObjectId

assert ObjectId() != ObjectId()


def handler(event, context):
    return {"id": str(ObjectId())[8:]}
