"""Sessions of HTTP clients that have not been used yet."""

import http.client
import urllib.request

import httpx
import requests
import urllib3
from requests.adapters import HTTPAdapter

session = requests.Session()
session.mount("https://", HTTPAdapter(max_retries=urllib3.Retry(3, backoff_factor=0.2)))
session.headers["x-service"] = "orders"
client = httpx.Client(timeout=3, headers={"x-service": "orders"})
asynchronous = httpx.AsyncClient()
pool = urllib3.PoolManager()
opener = urllib.request.build_opener()
users = http.client.HTTPSConnection("users.example.com")


def handler(event, context):
    return session.headers["x-service"]
