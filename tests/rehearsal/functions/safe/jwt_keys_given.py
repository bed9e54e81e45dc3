"""Tokens signed in the handler with a key of the settings; a client of key sets is not asked.

needs PyJWT cryptography
env SIGNING_KEY=1234567890123456789
"""

import os
import time
import uuid

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

private = ec.derive_private_key(int(os.environ["SIGNING_KEY"]), ec.SECP256R1())
public = private.public_key()
issuers = jwt.PyJWKClient("https://login.example.com/keys.json", cache_jwk_set=True, lifespan=300)


def handler(event, context):
    claims = {"sub": "ada", "exp": int(time.time()) + 60, "jti": uuid.uuid4().hex}
    token = jwt.encode(claims, private, algorithm="ES256", headers={"kid": "orders"})
    return jwt.decode(token, public, algorithms=["ES256"])["jti"]
