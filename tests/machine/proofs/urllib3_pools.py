"""A pool of urllib3 and a session of requests; each use tells what the server answers."""

from __future__ import annotations

import os
import ssl
import tempfile

from .uses import used, used_again


def begin():
    import requests
    import urllib3

    url = f"https://localhost:{os.environ['HTTPS_PORT']}"
    tls = ssl.create_default_context(cadata=os.environ["AUTHORITY"])
    pool = urllib3.PoolManager(retries=False, ssl_context=tls)
    session = requests.Session()
    with tempfile.NamedTemporaryFile("w", delete=False) as authority:
        authority.write(os.environ["AUTHORITY"])
    session.verify = authority.name
    return used(
        {
            "a pool of urllib3": lambda: pool.request("GET", f"{url}/pool").data.decode(),
            "a session of requests": lambda: session.get(f"{url}/session").text,
        }
    )


def go_on(begun):
    return used_again(begun)
