"""Texts that look like times, or name times that are none of the import's."""

import time
from email.utils import formatdate

OPENING_HOURS = {"monday": ("08:00", "18:30"), "sunday": None}
RELEASED = "2026-01-31T12:00:00Z"
CALENDAR_VERSION = "2026.1.31"
ADDRESS, PHYSICAL = "192.168.10.20:5432", "12:34:56:78:9a:bc"
RATIO, VERSE = "16:09", "John 11:35"
ID = "20260131-0915-4cb4-8a3d-7b1f0a9c2e5d"
COOKIE = f"seen=1; Expires={formatdate(time.time() + 86400, usegmt=True)}"
WINDOW = f"maintenance-{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(time.time() + 7200))}"


def handler(event, context):
    return [OPENING_HOURS, RELEASED, COOKIE, WINDOW]
