"""A Flask application that was called at the import, with a cookie signed by a given key.

needs flask
env FLASK_SECRET_KEY=example
"""

import secrets

from flask import Flask, session

app = Flask(__name__)
app.config.from_prefixed_env()


@app.get("/login")
def login():
    session["csrf"] = secrets.token_urlsafe(16)
    return {"user": "ada"}


@app.get("/health")
def health():
    return {"ok": True}


assert app.test_client().get("/health").get_json() == {"ok": True}


def handler(event, context):
    response = app.test_client().get("/login")
    return response.get_json()["user"], response.headers["Set-Cookie"]
