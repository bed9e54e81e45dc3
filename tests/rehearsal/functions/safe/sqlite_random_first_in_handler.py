"""The generator of SQLite, not used before the handler."""

import sqlite3

database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE orders (name TEXT)")


def handler(event, context):
    return database.execute("SELECT hex(randomblob(16))").fetchone()
