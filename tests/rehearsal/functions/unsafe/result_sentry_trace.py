"""The trace of Sentry that priming began: all environments go on with it.

needs sentry-sdk
error shared-result
"""

import sentry_sdk

sentry_sdk.init(dsn=None, default_integrations=False)
assert sentry_sdk.get_traceparent()


def handler(event, context):
    return {"sentry-trace": sentry_sdk.get_traceparent()}
