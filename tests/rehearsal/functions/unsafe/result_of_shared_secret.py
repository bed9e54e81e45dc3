"""What is made from a shared secret is not told beside it, nor is the secret in a text.

error shared-value app.SECRET
"""

import hashlib
import hmac
import secrets

SECRET = secrets.token_hex(16)


def handler(event, context):
    signature = hmac.new(SECRET.encode(), b"order", hashlib.sha256).hexdigest()
    return {"signature": signature, "text": f"the secret is {SECRET}"}
