"""The same in the configuration, and shown by no result.

needs flask
warning shared-value
"""

import os

from flask import Flask

app = Flask(__name__)
app.config.update(SECRET_KEY=os.urandom(24), SESSION_COOKIE_NAME="orders")


@app.get("/")
def index():
    return "ok"


def handler(event, context):
    return app.test_client().get("/").get_data(as_text=True)
