"""A table made at the import: SQLite's generator has its seed from then on.

error shared-result
"""

import sqlite3

database = sqlite3.connect(":memory:")
database.execute("CREATE TABLE orders (name TEXT)")


def handler(event, context):
    return database.execute("SELECT hex(randomblob(16))").fetchone()
