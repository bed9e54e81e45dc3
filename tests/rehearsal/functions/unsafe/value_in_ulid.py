"""An id that sorts by time, as an object of its library.

needs python-ulid
error shared-value app.RUN
"""

from ulid import ULID

RUN = ULID()


def handler(event, context):
    return {"run": str(RUN)}
