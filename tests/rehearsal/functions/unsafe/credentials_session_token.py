"""The header that AWS's extension for parameters asks for, made from a variable.

env AWS_SESSION_TOKEN=example
error missing-in-lambda
"""

import os

HEADERS = {"X-Aws-Parameters-Secrets-Token": os.environ.get("AWS_SESSION_TOKEN", "")}


def handler(event, context):
    return len(HEADERS)
