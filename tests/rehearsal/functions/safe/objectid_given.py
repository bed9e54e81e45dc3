"""Ids of MongoDB that come with the data.

needs pymongo
"""

from bson import ObjectId

ROOT = ObjectId("65f000000000000000000001")


def handler(event, context):
    return [str(ROOT), ROOT.generation_time.year]
