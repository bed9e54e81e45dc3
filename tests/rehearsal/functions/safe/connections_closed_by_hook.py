"""Connections that a hook closes before the snapshot, and opens again after the restore."""

import http.client
import os

from snapshot_restore_py import register_after_restore, register_before_snapshot

client = http.client.HTTPConnection("127.0.0.1", int(os.environ["PEER_PORT"]))
client.connect()


@register_before_snapshot
def disconnect():
    client.close()


@register_after_restore
def connect():
    client.connect()


def handler(event, context):
    client.request("GET", "/")
    return client.getresponse().status
