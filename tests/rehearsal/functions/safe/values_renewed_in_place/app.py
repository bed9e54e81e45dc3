"""A hook renews the settings in place, so that all names lead to the new ones."""

from config import SETTINGS


def handler(event, context):
    return len(SETTINGS["id"])
