"""A column whose default was called when the table was described.

needs SQLAlchemy
error shared-value
"""

import uuid

from sqlalchemy import String, create_engine
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column

engine = create_engine("sqlite://")


class Base(DeclarativeBase):
    pass


class Order(Base):
    __tablename__ = "orders"
    id = mapped_column(String(36), primary_key=True, default=str(uuid.uuid4()))
    name = mapped_column(String(50))


def handler(event, context):
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        order = Order(name="tea")
        session.add(order)
        session.commit()
        return order.id
