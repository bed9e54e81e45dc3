"""Made-up values in objects of the standard library that functions fill.

error shared-value app.SALT
error shared-value app.PAGE
error shared-value app.BODY
error shared-value app.HASH
error shared-value app.MAC
error shared-value app.DONE (inside)
error shared-value app.SHARE._numerator
error shared-value app.LATER (inside)
error shared-value app.RANGE.stop
error shared-value app.PART.stop
error shared-value app.ADDRESS._ip
error shared-value app.BY_OBJECT.data[0]
error shared-value app.COOKIE['session']._value
error shared-value app.LIMITS.data['shard']
error shared-value app.JOBS.queue[0]
error shared-value app.Client.jitter.fget (default of number)
error shared-value app.Client.call.args[0]
error shared-value app.SETTINGS.maps[0]['shard']
"""

import array
import functools
import hashlib
import hmac
import http.cookies
import io
import ipaddress
import queue
import random
import secrets
import weakref
from collections import ChainMap, UserDict
from datetime import timedelta
from fractions import Fraction


def made_up():
    return random.getrandbits(40)


class Key:
    pass


class Client:
    jitter = property(lambda self, number=made_up(): number)
    call = functools.partialmethod(max, made_up())


KEY = Key()
BY_OBJECT = weakref.WeakKeyDictionary({KEY: made_up()})
COOKIE = http.cookies.SimpleCookie()
COOKIE["session"] = secrets.token_hex()
SALT = array.array("B", secrets.token_bytes(16))
PAGE = io.StringIO()
PAGE.write(secrets.token_hex())
BODY = io.BytesIO(secrets.token_bytes(16))
HASH = hashlib.sha256(secrets.token_bytes(16))
MAC = hmac.new(secrets.token_bytes(16), digestmod="sha256")
SETTINGS = ChainMap({"shard": made_up()})
LIMITS = UserDict(shard=made_up())
JOBS = queue.Queue()
JOBS.put(made_up())
DONE = queue.SimpleQueue()
DONE.put(made_up())
SHARE = Fraction(made_up() * 7 + 1, 7)
LATER = timedelta(days=random.randrange(10**8))
RANGE = range(made_up())
PART = slice(made_up())
ADDRESS = ipaddress.ip_address(random.getrandbits(128))


def handler(event, context):
    return "done"
