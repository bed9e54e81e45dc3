"""What the audit log does about AWS Lambda's snapshots."""

import acme_audit


def before_snapshot():
    # Lines that still wait would be in the snapshot, and every environment would write them.
    acme_audit.flush()


def after_restore():
    acme_audit.start_session()
