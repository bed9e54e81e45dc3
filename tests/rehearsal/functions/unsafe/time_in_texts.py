"""Times of the import in texts, as people write them; minutes and days are recognized at once.

warning captured-time app.PREFIX
warning captured-time app.PARTITION
warning captured-time app.RUN
warning captured-time app.FILE
warning captured-time app.MODIFIED
warning captured-time app.LOGGED
warning captured-time app.GREETING
warning captured-time app.BANNER
warning captured-time app.SESSION
warning captured-time app.NAMES{}
error shared-value app.ORDER
error shared-value app.ORDERS{}
"""

import time
import uuid
from datetime import datetime, timezone
from email.utils import formatdate

now = datetime.now(timezone.utc)
PREFIX = f"logs/{now:%Y/%m/%d}/"
PARTITION = f"year={now:%Y}/month={now:%m}/day={now:%d}/hour={now:%H}"
RUN = f"run-{now:%Y%m%d-%H%M}"
FILE = f"export_{now:%y%m%d_%H%M%S}.csv"
MODIFIED = formatdate(usegmt=True)
LOGGED = f'127.0.0.1 - - [{now:%d/%b/%Y:%H:%M:%S} +0000] "GET / HTTP/1.1"'
GREETING = f"Prices of {now:%d.%m.%Y}, {now:%H:%M}"
BANNER = f"up since {time.ctime()}"
SESSION = f"session-{time.time_ns()}"
NAMES = {f"worker-{time.time():.0f}"}
ORDER = f"{now:%Y%m%d}-{uuid.uuid4().hex}"
ORDERS = {f"{now:%Y%m%d}-{uuid.uuid4().hex}"}
del now


def handler(event, context):
    return PREFIX
