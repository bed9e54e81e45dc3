"""Clients of databases that have not connected yet.

needs redis pymongo requests httpx
"""

import httpx
import pymongo
import redis
import requests

cache = redis.Redis(host="cache.example.com", socket_timeout=2)
mongo = pymongo.MongoClient("mongodb://db.example.com", connect=False)
orders = mongo["shop"]["orders"]
session = requests.Session()
client = httpx.AsyncClient(timeout=3)


def handler(event, context):
    return [orders.full_name, session.verify]
