"""Parts of the day of the import, which the result says on other days, too.

warning captured-time app.YEAR
warning captured-time app.IS_WEEKEND
warning captured-time app.MONTH
warning captured-time app.YESTERDAY
warning captured-time app.DEFAULTS['month']
warning captured-time app.Footer.hour
warning captured-time app.footer.week
warning captured-time app.key (default of day)
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


footer = Footer()


def key(day=time.strftime("%j of %Y")):
    return f"logs/{day}"


def handler(event, context):
    return [YEAR, IS_WEEKEND, MONTH, YESTERDAY, Footer.hour, footer.week, key(), DEFAULTS]
