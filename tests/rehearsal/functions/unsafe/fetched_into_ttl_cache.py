"""Flags of a server in a cache that would ask again by a clock that stands still meanwhile.

needs cachetools requests
warning fetched-at-init
"""

import os

import requests
from cachetools import TTLCache, cached


@cached(TTLCache(maxsize=1, ttl=300))
def flags():
    with requests.Session() as session:
        return session.get(f"http://127.0.0.1:{os.environ['PEER_PORT']}/flags").text


flags()


def handler(event, context):
    return flags()
