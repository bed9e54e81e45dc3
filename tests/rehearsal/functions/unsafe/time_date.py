"""The day of the import, which is over soon.

warning captured-time app.TODAY
warning captured-time app.MIDNIGHT
"""

from datetime import date, datetime, time

TODAY = date.today()
MIDNIGHT = datetime.combine(TODAY, time.min)


def handler(event, context):
    return f"reports/{TODAY}"
