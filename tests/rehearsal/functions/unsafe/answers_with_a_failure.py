"""The handler catches all that fails, and answers with a status.

warning handler-failed handler
"""


def handler(event, context):
    try:
        return {"statusCode": 200, "body": event["body"]}
    except KeyError:
        return {"statusCode": 500, "body": "internal error"}
