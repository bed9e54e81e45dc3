"""The plugin snapshot-restore-urllib3 closes what a session of requests keeps open.

with snapshot-restore-urllib3
"""

import os

import requests

session = requests.Session()
FLAGS = session.get(f"http://127.0.0.1:{os.environ['PEER_PORT']}/flags").status_code


def handler(event, context):
    return FLAGS
