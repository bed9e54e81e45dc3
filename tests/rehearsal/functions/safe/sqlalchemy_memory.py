"""A table in memory, filled at the import.

needs SQLAlchemy
"""

from sqlalchemy import Integer, String, create_engine, select
from sqlalchemy.orm import DeclarativeBase, Session, mapped_column
from sqlalchemy.pool import StaticPool


class Base(DeclarativeBase):
    pass


class Country(Base):
    __tablename__ = "countries"
    id = mapped_column(Integer, primary_key=True)
    name = mapped_column(String(50))


engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
Base.metadata.create_all(engine)
with Session(engine) as session:
    session.add_all([Country(name="Norway"), Country(name="Chile")])
    session.commit()


def handler(event, context):
    with Session(engine) as session:
        return session.scalars(select(Country.name).order_by(Country.id)).all()
