"""Engines, tables and session makers; PostgreSQL's is not connected yet."""

from sqlalchemy import Column, Integer, String, create_engine, text
from sqlalchemy.orm import declarative_base, sessionmaker

memory = create_engine("sqlite://")
file = create_engine("sqlite:///orders.db")
postgres = create_engine("postgresql+psycopg://user@localhost/orders", pool_pre_ping=True)
Base = declarative_base()


class Order(Base):
    __tablename__ = "orders"
    id = Column(Integer, primary_key=True)
    name = Column(String)


Base.metadata.create_all(memory)
Session = sessionmaker(memory)
with file.begin() as connection:
    connection.execute(text("create table if not exists orders (id integer)"))


def handler(event, context):
    with Session() as session:
        session.add(Order(name="tea"))
        session.commit()
        return session.query(Order).count()
