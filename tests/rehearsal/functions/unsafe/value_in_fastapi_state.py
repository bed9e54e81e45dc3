"""An id in the state of an application, which its routes hand out.

needs fastapi mangum
error shared-value
"""

import json
import uuid

from fastapi import FastAPI, Request
from mangum import Mangum

app = FastAPI()
app.state.instance = uuid.uuid4().hex
api = Mangum(app, lifespan="off")


@app.get("/")
async def show(request: Request):
    return {"instance": request.app.state.instance}


def handler(event, context):
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {"host": "example.com"},
        "requestContext": {
            "http": {"method": "GET", "path": "/", "sourceIp": "127.0.0.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    return json.loads(api(event, context)["body"])
