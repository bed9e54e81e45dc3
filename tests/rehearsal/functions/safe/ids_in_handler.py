"""Ids of several kinds, made in the handler.

needs python-ulid PyJWT cryptography
"""

import secrets
import time
import uuid

import jwt
from cryptography.fernet import Fernet
from ulid import ULID


def handler(event, context):
    claims = {"jti": uuid.uuid4().hex, "exp": int(time.time()) + 60}
    token = jwt.encode(claims, secrets.token_hex(32), algorithm="HS256")
    return [str(ULID()), str(uuid.uuid4()), token, Fernet.generate_key().decode()]
