"""What functions usually keep of popular libraries: much of it has ids and times of its own.

needs Faker PyJWT aiohttp anthropic attrs aws_lambda_powertools boto3 cachetools cryptography
needs fastapi flask grpcio httpx itsdangerous jinja2 loguru mangum numpy openai
needs opentelemetry-sdk pandas polars psycopg psycopg-pool psycopg2-binary pydantic
needs pydantic-settings pymongo python-ulid redis requests responses rich sentry-sdk
needs sortedcontainers sqlalchemy starlette structlog urllib3 valkey
env AWS_ACCESS_KEY_ID=example AWS_SECRET_ACCESS_KEY=example
env OPENAI_API_KEY=example ANTHROPIC_API_KEY=example
"""

import base64
import logging
import queue
import sqlite3
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from http.cookiejar import CookieJar

import anthropic
import attrs
import boto3
import cachetools
import faker
import grpc
import httpx
import itsdangerous
import jinja2
import jwt
import numpy as np
import openai
import pandas as pd
import polars as pl
import psycopg_pool
import pydantic
import pydantic_settings
import pymongo
import redis
import requests
import responses
import rich.console
import sentry_sdk
import sortedcontainers
import sqlalchemy as sa
import structlog
import ulid
import urllib3
import valkey
from aws_lambda_powertools import Logger, Metrics, Tracer
from cryptography.fernet import Fernet
from fastapi import FastAPI
from flask import Flask
from loguru import logger as loguru_logger
from mangum import Mangum
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from requests.adapters import HTTPAdapter
from sqlalchemy.orm import declarative_base, sessionmaker
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware

s3 = boto3.client("s3")
sqs = boto3.client("sqs", region_name="eu-west-1")
table = boto3.resource("dynamodb").Table("orders")
aws_session = boto3.Session(region_name="eu-west-1")
session = requests.Session()
session.mount("https://", HTTPAdapter(pool_maxsize=5))
session.headers["User-Agent"] = "orders/1.0"
web = httpx.Client(base_url="https://api.example.com", headers={"x-app": "orders-1"})
async_web = httpx.AsyncClient(timeout=3)
pool_manager = urllib3.PoolManager(num_pools=4)
flask_app = Flask(__name__)
flask_app.config.update(SECRET_KEY="constant-1", DEBUG=False)
fast_app = FastAPI(title="orders")
asgi_handler = Mangum(fast_app, lifespan="off")
star_app = Starlette(middleware=[Middleware(SessionMiddleware, secret_key="constant-2")])
keys = jwt.PyJWKClient("https://api.example.com/jwks")
engine = sa.create_engine("postgresql+psycopg2://user@localhost/db")
make_session = sessionmaker(engine)
Base = declarative_base()
pool = psycopg_pool.ConnectionPool("host=localhost", open=False)
documents = pymongo.MongoClient("mongodb://localhost:1", connect=False)
cache = redis.Redis()
cache_pool = redis.ConnectionPool.from_url("redis://localhost:6379/0")
lock = redis.Redis().lock("orders-lock-1")
other_cache = valkey.Valkey()
ai = openai.OpenAI()
async_ai = openai.AsyncOpenAI()
claude = anthropic.Anthropic()
log = Logger(service="orders")
tracer = Tracer(service="orders", disabled=True)
metrics = Metrics(namespace="orders", service="orders")
bound_log = structlog.get_logger().bind(service="orders-1")
plain_log = loguru_logger.bind(service="orders-1")
standard_log = logging.getLogger("orders")
standard_log.addHandler(logging.StreamHandler())
sentry_sdk.init(dsn=None)
sentry = sentry_sdk.get_client()
provider = TracerProvider(resource=Resource.create({"service.name": "orders-1"}))
spans = trace.get_tracer("orders", tracer_provider=provider)
recent = cachetools.TTLCache(10, 300)
recent["a"] = "constant-3"
templates = jinja2.Environment(autoescape=True)
page = templates.from_string("{{ name }}")
box = Fernet(base64.urlsafe_b64encode(b"k" * 32))
signer = itsdangerous.URLSafeTimedSerializer("constant-4")
channel = grpc.insecure_channel("localhost:1")
people = faker.Faker()
numbers = np.arange(5)
frame = pd.DataFrame({"a": ["b1", "c1"]})
other_frame = pl.DataFrame({"a": ["b1", "c1"]})
console = rich.console.Console()
mock = responses.RequestsMock()
ordered = sortedcontainers.SortedDict(a="constant-5")
first_ulid = ulid.ULID.from_str("01ARZ3NDEKTSV4RRFFQ69G5FAV")
executor = ThreadPoolExecutor(3)
jobs = queue.Queue()
guard = threading.Lock()
mail = EmailMessage()
jar = CookieJar()
memory = sqlite3.connect(":memory:", check_same_thread=False)


class Order(pydantic.BaseModel):
    name: str = "tea-1"


class Settings(pydantic_settings.BaseSettings):
    region: str = "eu-west-1"


@attrs.define
class Item:
    name: str = "tea-1"


order, settings, item = Order(), Settings(), Item()
adapter = pydantic.TypeAdapter(list[Order])


@flask_app.get("/")
def index():
    return "ok"


@fast_app.get("/")
def fast_index():
    return "ok"


def handler(event, context):
    return {"order": str(uuid.uuid4()), "name": order.name}
