"""The generator of SQLite, used at the import.

error shared-result
"""

import sqlite3

database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE orders (id TEXT DEFAULT (hex(randomblob(16))), name TEXT)")
database.execute("INSERT INTO orders (name) VALUES ('warm')")
database.execute("DELETE FROM orders")


def handler(event, context):
    database.execute("INSERT INTO orders (name) VALUES ('tea')")
    return database.execute("SELECT id, name FROM orders").fetchone()
