"""A web application, of the interface ASGI, that tells which execution environment answers."""

import json
import uuid

from snapshot_restore_py import register_after_restore, web

environment_id = uuid.uuid4().hex


@register_after_restore
async def new_id():
    global environment_id
    environment_id = uuid.uuid4().hex


async def app(scope, receive, send):
    if scope["type"] != "http":
        raise NotImplementedError(scope["type"])
    body = json.dumps({"environment": environment_id}).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


# The server serves this one. Any application fits: FastAPI(), Django's, or Flask's by wsgi().
application = web.asgi(app)
