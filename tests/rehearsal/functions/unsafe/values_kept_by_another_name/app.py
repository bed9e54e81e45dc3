"""A hook renews the settings by their own name; the handler has the old ones by another.

error shared-value app.SETTINGS['id']
"""

from config import SETTINGS


def handler(event, context):
    return len(SETTINGS["id"])
