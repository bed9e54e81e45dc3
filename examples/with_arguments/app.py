"""Signs messages with keys that are kept in HashiCorp Vault."""

import hashlib
import hmac
import json
import os
import urllib.request

from snapshot_restore_py import register_after_restore, register_before_snapshot

KEYS = ("signing/orders", "signing/invoices")

_keys = {}


def fetch(name, *, timeout):
    """Read a key from Vault's key-value store; wait at most `timeout` seconds."""
    request = urllib.request.Request(
        f"{os.environ['VAULT_ADDR']}/v1/secret/data/{name}",
        headers={"X-Vault-Token": os.environ["VAULT_TOKEN"]},
    )
    with urllib.request.urlopen(request, timeout=timeout) as response:
        _keys[name] = json.load(response)["data"]["data"]["key"].encode()


def forget(name):
    del _keys[name]


for name in KEYS:
    fetch(name, timeout=10)
    # The snapshot is stored and can outlive the key, so it should not hold it.
    register_before_snapshot(forget, name)
    # All hooks after a restore together have 10 seconds.
    register_after_restore(fetch, name, timeout=3)


def handler(event, context):
    key = _keys[f"signing/{event['kind']}"]
    return hmac.new(key, event["message"].encode(), hashlib.sha256).hexdigest()
