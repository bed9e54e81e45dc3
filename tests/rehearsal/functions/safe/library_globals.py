"""What functions usually keep of popular libraries: much of it has ids and times of its own.

needs Faker PyJWT PyYAML aiohttp aiosqlite anthropic anyio attrs aws-xray-sdk
needs aws_lambda_powertools blinker boto3 cachetools click cryptography dnspython docker duckdb
needs fastapi flask flask-cors grpcio h2 html5lib httpx httpx2 itsdangerous jinja2 jmespath
needs jsonschema loguru mangum markdown-it-py marshmallow multidict numpy openai
needs opentelemetry-sdk packaging pandas polars psycopg psycopg-pool psycopg2-binary pydantic
needs pydantic-settings pygments pymongo pymysql python-dateutil python-dotenv python-ulid redis
needs requests requests-aws4auth responses rich sentry-sdk sortedcontainers sqlalchemy starlette
needs structlog tenacity tomlkit urllib3 uuid-utils valkey werkzeug wrapt xmltodict yarl
with patience
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

import aiosqlite
import anthropic
import anyio
import attrs
import blinker
import boto3
import cachetools
import click
import dns.resolver
import docker
import duckdb
import faker
import grpc
import h2.config
import html5lib
import httpx
import httpx2
import itsdangerous
import jinja2
import jmespath
import jsonschema
import jwt
import marshmallow
import multidict
import numpy as np
import openai
import pandas as pd
import polars as pl
import psycopg_pool
import pydantic
import pydantic_settings
import pygments.lexers
import pymongo
import pymysql
import redis
import requests
import responses
import rich.console
import sentry_sdk
import sortedcontainers
import sqlalchemy as sa
import structlog
import tenacity
import tomlkit
import ulid
import urllib3
import uuid_utils
import valkey
import werkzeug.test
import wrapt
import xmltodict
import yaml
import yarl
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_xray_sdk.core import xray_recorder
from cryptography.fernet import Fernet
from dateutil import rrule, tz
from dotenv import dotenv_values
from fastapi import FastAPI
from flask import Flask
from flask_cors import CORS
from loguru import logger as loguru_logger
from mangum import Mangum
from markdown_it import MarkdownIt
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from packaging.version import Version
from requests.adapters import HTTPAdapter
from requests_aws4auth import AWS4Auth
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
zone, days = tz.gettz("Europe/Zurich"), rrule.rrule(rrule.DAILY, count=3)
variables = dotenv_values("/nonexistent")
limiter, notified = anyio.CapacityLimiter(3), blinker.signal("notified")
resolver = dns.resolver.Resolver(configure=False)
containers = docker.DockerClient(base_url="tcp://127.0.0.1:1", version="1.41")
analytics = duckdb.connect(":memory:")
protocol = h2.config.H2Configuration(client_side=True)
html, markdown = html5lib.HTMLParser(), MarkdownIt("commonmark")
newer_web = httpx2.Client(base_url="https://api.example.com")
names = jmespath.compile("items[].name")
validator = jsonschema.Draft202012Validator({"type": "object"})
headers = multidict.CIMultiDict(agent="orders-1")
lexer = pygments.lexers.get_lexer_by_name("python")
connect = wrapt.decorator(lambda wrapped, _, args, kwargs: wrapped(*args, **kwargs))(
    pymysql.connect
)
signing = AWS4Auth("constant-6", "constant-7", "eu-west-1", "es")
retrying = tenacity.Retrying(wait=tenacity.wait_random_exponential())
document, url = tomlkit.parse("name = 'orders-1'"), yarl.URL("https://api.example.com/orders")
known_uuid = uuid_utils.UUID("018f2e1c-7a6b-7c3d-8e4f-5a6b7c8d9e0f")
client = werkzeug.test.Client(flask_app)
parsed, loader = xmltodict.parse("<order id='1'/>"), yaml.SafeLoader("name: orders-1")
xray_recorder.configure(service="orders", context_missing="LOG_ERROR")
version, journal = Version("1.0"), aiosqlite.connect(":memory:")
CORS(flask_app)
executor = ThreadPoolExecutor(3)
jobs = queue.Queue()
guard = threading.Lock()
mail = EmailMessage()
jar = CookieJar()
memory = sqlite3.connect(":memory:", check_same_thread=False)


class Order(pydantic.BaseModel):
    name: str = "tea-1"


class Schema(marshmallow.Schema):
    name = marshmallow.fields.String()


class Settings(pydantic_settings.BaseSettings):
    region: str = "eu-west-1"


@attrs.define
class Item:
    name: str = "tea-1"


order, settings, item, schema = Order(), Settings(), Item(), Schema()
adapter = pydantic.TypeAdapter(list[Order])


@click.group()
def commands():
    pass


@tenacity.retry(wait=tenacity.wait_exponential_jitter())
def work():
    return 1


@flask_app.get("/")
def index():
    return "ok"


@fast_app.get("/")
def fast_index():
    return "ok"


def handler(event, context):
    return {"order": str(uuid.uuid4()), "name": order.name}
