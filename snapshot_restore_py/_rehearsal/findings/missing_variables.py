"""Variables of the environment that are there on this machine, and not in Lambda."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._finding import Code, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source
    from snapshot_restore_py._rehearsal.evidence.records import Evidence

# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
MISSING = Code(
    "missing-in-lambda",
    "error",
    "init",
    "your code reads `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` or `AWS_SESSION_TOKEN`, which "
    "functions with SnapStart do not have",
    "With SnapStart, Lambda gives credentials to SDKs by a local address, so that they can be "
    "renewed after a restore, and sets none of the three variables. SDKs know where to look.",
    remedy='Leave the credentials to the SDK: `boto3.client("s3")` without keys. Where keys are '
    "needed in code, take them from "
    "`boto3.Session().get_credentials().get_frozen_credentials()` for each request.",
    ignorable="If the code reads them only where they are there, as for tests on a developer's "
    "machine. Where it uses `os.environ.get` and goes on without them, check that it does "
    "so in Lambda too.",
)
CODES = (MISSING,)


def find(evidence: Evidence, source: Source) -> Iterator[Finding]:
    """Yield a finding for each line that reads one of the variables."""
    for one in evidence.reads:
        yield MISSING.finding(
            f"{one.variable} is read, which is not set in Lambda with SnapStart",
            f"{source.shown(one.file)}:{one.line}",
            f"read at: {source.shown(one.file)}, line {one.line}",
            "Let the SDK find the credentials, when they are needed:\n\n"
            "    credentials = boto3.Session().get_credentials().get_frozen_credentials()\n\n"
            "has access_key, secret_key and token. To tell whether the code runs in Lambda, look "
            "for AWS_LAMBDA_FUNCTION_NAME.",
        )
