"""A FastAPI application primed before the snapshot, which makes ids for each request.

needs fastapi mangum
"""

import uuid

from fastapi import FastAPI, Request
from mangum import Mangum

from snapshot_restore_py import register_before_snapshot

app = FastAPI()
api = Mangum(app, lifespan="off")


@app.middleware("http")
async def add_id(request: Request, proceed):
    response = await proceed(request)
    response.headers["x-request-id"] = str(uuid.uuid4())
    return response


@app.get("/orders/{number}")
async def show(number: int, limit: int = 10):
    return {"number": number, "limit": limit}


def request(path):
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": "limit=5",
        "headers": {"host": "example.com"},
        "requestContext": {
            "http": {"method": "GET", "path": path, "sourceIp": "127.0.0.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }


@register_before_snapshot
def prime():
    api(request("/orders/1"), None)
    api(request("/openapi.json"), None)


def handler(event, context):
    response = api(request("/orders/7"), context)
    return response["body"], response["headers"]["x-request-id"]
