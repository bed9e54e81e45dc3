"""Clients of httpx; each use tells what the server answers, which is the path."""

from __future__ import annotations

import asyncio
import os
import ssl

from .uses import used, used_again

LOOP = asyncio.new_event_loop()


def begin():
    import httpx

    url = f"https://localhost:{os.environ['HTTPS_PORT']}"
    tls = ssl.create_default_context(cadata=os.environ["AUTHORITY"])
    limits = httpx.Limits(keepalive_expiry=None)
    client = httpx.Client(verify=tls, limits=limits, timeout=60)
    asynchronous = httpx.AsyncClient(verify=tls, limits=limits, timeout=60)

    async def use_async():
        return (await asynchronous.get(f"{url}/async")).text

    return used(
        {
            "a client of httpx": lambda: client.get(f"{url}/sync").text,
            "an async client of httpx": lambda: LOOP.run_until_complete(use_async()),
        }
    )


def go_on(begun):
    return used_again(begun)
