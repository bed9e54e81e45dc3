"""A made-up value is told once, where it is made; another made from it is one of its own.

error shared-value ids.RUN
error shared-value app.PREFIX
"""

from ids import RUN

PREFIX = f"uploads/{RUN}/"


def handler(event, context):
    return PREFIX
