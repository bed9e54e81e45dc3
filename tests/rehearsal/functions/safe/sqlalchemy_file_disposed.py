"""A file of SQLite with prices, whose connections are closed before the snapshot.

needs SQLAlchemy
"""

import tempfile
from pathlib import Path

from sqlalchemy import Column, Integer, MetaData, String, Table, create_engine, insert, select

from snapshot_restore_py import register_before_snapshot

FILE = Path(tempfile.mkdtemp()) / "prices.db"
engine = create_engine(f"sqlite:///{FILE}")
prices = Table("prices", MetaData(), Column("item", String(20)), Column("price", Integer))
prices.metadata.create_all(engine)
with engine.begin() as connection:
    connection.execute(insert(prices), [{"item": "tea", "price": 3}, {"item": "milk", "price": 2}])

register_before_snapshot(engine.dispose)


def handler(event, context):
    with engine.connect() as connection:
        return connection.scalar(select(prices.c.price).where(prices.c.item == "tea"))
