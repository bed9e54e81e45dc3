"""Converts prices, with exchange rates and tax rates that are read after each restore."""

import asyncio
import json
import os
import urllib.request

from snapshot_restore_py import register_after_restore

_rates = {}


def download(url):
    with urllib.request.urlopen(url, timeout=5) as response:
        return json.load(response)


@register_after_restore
async def refresh():
    """Read both tables at the same time: the hooks after a restore have 10 seconds in all."""
    names = ("EXCHANGE_RATES", "TAX_RATES")
    tables = await asyncio.gather(
        *(asyncio.to_thread(download, os.environ[name]) for name in names)
    )
    _rates.update(zip(names, tables))


asyncio.run(refresh())


def handler(event, context):
    exchange_rate = _rates["EXCHANGE_RATES"][event["currency"]]
    tax_rate = _rates["TAX_RATES"][event["country"]]
    return round(event["price"] * exchange_rate * (1 + tax_rate), 2)
