"""The key that signs cookies, made up at the import.

needs flask
error shared-value
"""

import secrets

from flask import Flask

app = Flask(__name__)
app.secret_key = secrets.token_hex(32)


def handler(event, context):
    return app.secret_key[:64]
