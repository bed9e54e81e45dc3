"""The generator of SQLite, not used before the handler: making a table uses it."""

import sqlite3

database = sqlite3.connect(":memory:")


def handler(event, context):
    return database.execute("SELECT hex(randomblob(16))").fetchone()
