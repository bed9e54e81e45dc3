"""The handler answers that the caller has done wrong."""


def handler(event, context):
    if "body" not in event:
        return {"statusCode": 400, "body": "no body"}
    return {"statusCode": 200}
