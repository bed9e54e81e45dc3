"""Parts of the day of the import that are set anew, or that no result says."""

import logging
from datetime import date, datetime

from snapshot_restore_py import register_after_restore

log = logging.getLogger(__name__)
BUILT = datetime.now().year
BEGUN = datetime.now()
log.info("begun at %s", BEGUN)
YEAR = date.today().year
UNUSED = date.today().month


@register_after_restore
def renew():
    global YEAR
    YEAR = date.today().year


def handler(event, context):
    log.info("built in %s", BUILT)
    return [YEAR, date.today().year - 1990]
