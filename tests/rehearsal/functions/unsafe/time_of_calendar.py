"""Parts of the day of the import, which the result says on other days, too.

warning captured-time app.YEAR
warning captured-time app.IS_WEEKEND
warning captured-time app.MONTH
warning captured-time app.YESTERDAY
warning captured-time app.DEFAULTS['month']
warning captured-time app.Footer.hour
warning captured-time app.footer.week
warning captured-time app.key (default of day)
warning captured-time app.GREETING
warning captured-time app.DAYS_LEFT
warning captured-time app.STEP
warning captured-time app.MINUTES
"""

import time
from datetime import date, datetime, timedelta

YEAR = datetime.now().year
IS_WEEKEND = date.today().weekday() >= 5
MONTH = f"{datetime.now():%B}"
YESTERDAY = (date.today() - timedelta(days=1)).isoformat()
DEFAULTS = {"currency": "EUR", "month": f"{datetime.now():%B %Y}"}


class Footer:
    hour = f"hour {time.localtime().tm_hour}"

    def __init__(self):
        self.week = f"week {date.today().isocalendar()[1]}"


def greeting():
    hour = datetime.now().hour
    if hour < 12:
        return "good morning"
    return "hello"


footer = Footer()
GREETING = greeting()
DAYS_LEFT = (date(2090, 1, 1) - date.today()).days
STEP, MINUTES = int(time.time()) // 30, time.time() / 60


def key(day=time.strftime("%j of %Y")):
    return f"logs/{day}"


def handler(event, context):
    parts = [YEAR, IS_WEEKEND, MONTH, YESTERDAY, Footer.hour, footer.week, key(), DEFAULTS]
    return [*parts, GREETING, DAYS_LEFT, STEP, MINUTES]
