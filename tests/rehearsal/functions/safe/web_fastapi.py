"""A FastAPI application behind Mangum."""

from fastapi import Depends, FastAPI
from mangum import Mangum
from pydantic import BaseModel


class Order(BaseModel):
    id: int
    name: str = "tea"


def tenant():
    return "acme"


app = FastAPI(title="orders")


@app.post("/orders")
async def create(order: Order, owner: str = Depends(tenant)):
    return {"id": order.id, "owner": owner}


@app.get("/health")
def health():
    return {"ok": True}


api = Mangum(app, lifespan="off")


def handler(event, context):
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/health",
        "rawQueryString": "",
        "headers": {"host": "example.com"},
        "requestContext": {
            "http": {"method": "GET", "path": "/health", "sourceIp": "127.0.0.1"},
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    return api(event, context)["statusCode"]
