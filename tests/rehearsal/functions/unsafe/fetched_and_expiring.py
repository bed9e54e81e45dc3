"""A token that a server made during the init: that it ends says more than that it was fetched.

warning expiring-value app.TOKEN
"""

import base64
import json
import os
import time
from urllib.request import urlopen

answer = urlopen("http://127.0.0.1:{}/".format(os.environ["PEER_PORT"])).read()
parts = [{"alg": "HS256"}, {"exp": int(time.time()) + 900, "sub": answer.decode()}, {"a": 1}]
encoded = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b"=") for one in parts]
TOKEN = b".".join(encoded).decode()
del parts, encoded


def handler(event, context):
    return TOKEN[:9]
