"""Ends to come that the handler gives to others, who get them when they are over.

warning captured-time app.HEADERS['Expires']
warning captured-time app.cookie['session']['expires']
warning captured-time app.TOKEN['expires_at']
"""

import http.cookies
import time
from email.utils import formatdate

HEADERS = {"Expires": formatdate(time.time() + 3600, usegmt=True)}
TOKEN = {"token": "constant", "expires_at": int(time.time()) + 1800}
cookie = http.cookies.SimpleCookie({"session": "constant"})
cookie["session"]["expires"] = formatdate(time.time() + 600, usegmt=True)
lease = {"id": "constant", "until": int(time.time()) + 900}


def handler(event, context):
    global lease
    if lease["until"] < time.time():
        lease = {"id": "constant", "until": int(time.time()) + 900}
    return [HEADERS, cookie.output(header=""), TOKEN, lease]
