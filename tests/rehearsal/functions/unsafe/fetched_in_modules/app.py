"""Answers of a server that other modules have fetched, in ways that are rare.

needs requests
error open-connection
warning fetched-at-init settings.py:14
warning fetched-at-init settings.py:18
warning fetched-at-init settings.py:22
warning fetched-at-init settings.py:25
warning fetched-at-init settings.py:37
warning fetched-at-init settings.py:44
warning fetched-at-init settings.py:46
warning fetched-at-init settings.py:47
warning fetched-at-init settings.py:48
warning fetched-at-init settings.py:50
warning fetched-at-init settings.py:52
"""

import settings
from settings import LATER, NAME, TOTAL, objects


def handler(event, context):
    settings.remembered()
    used = [settings.KEY, settings.LINES, settings.MADE, settings.WORD, settings.Settings.text]
    return len([*used, settings.YIELDED, LATER, NAME, TOTAL, objects])
