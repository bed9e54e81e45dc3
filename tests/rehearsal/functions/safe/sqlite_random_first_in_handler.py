"""The generator of SQLite, not used before the handler: making a table uses it.

In newer versions opening a database does, too.
"""

import sqlite3


def handler(event, context):
    database = sqlite3.connect(":memory:")
    return database.execute("SELECT hex(randomblob(16))").fetchone()
