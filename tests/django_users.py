"""Code that asks a database by Django, which keeps the connection from request to request."""

from __future__ import annotations

CODE = """
import django
from django.conf import settings
settings.configure(
    DATABASES={{
        "default": {{
            "ENGINE": "{engine}", "HOST": "127.0.0.1", "PORT": {port},
            "USER": "tester", "NAME": "{database}", "CONN_MAX_AGE": None,
            "OPTIONS": {options},
        }}
    }}
)
django.setup()
from django.db import connection, transaction
def work():
    with connection.cursor() as cursor:
        cursor.execute("{question}")
        return cursor.fetchone()[0]
half = object.__new__(type(connection.cursor.__self__))
told = work()
"""
"""`work()` returns the answer to a question, with the same connection if it can."""

IN_TRANSACTION = "\ntransaction.atomic().__enter__()\n"


def on_postgresql(port: int) -> str:
    """Return the code for a PostgreSQL server."""
    # The copies share the connection, and could not go on with its TLS session.
    return CODE.format(
        engine="django.db.backends.postgresql",
        port=port,
        database="postgres",
        options={"sslmode": "disable"},
        question="SELECT pg_backend_pid()",
    )
