"""What is said before a rehearsal starts: that the function's code really runs."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.driving.credentials import credentials, region

from .printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from snapshot_restore_py._rehearsal.driving.call import Call

_WIDTH = 80  # columns


def notice(call: Call, environment: Mapping[str, str]) -> str:
    """Return what is going to happen, in some lines without a secret.

    Args:
        call: What is rehearsed.
        environment: The function's variables.
    """
    runs = f"2 inits and {call.invocations} invocations or more"
    lines = [f"snapshot-restore: {call.handler} really runs: {runs}"]
    lines.append(aws_line(environment, no_aws=call.no_aws))
    return "\n".join(
        textwrap.fill(printable(line), _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
        for line in lines
    )


def aws_line(environment: Mapping[str, str], *, no_aws: bool) -> str:
    """Return what of AWS a function is going to have, without a secret.

    Args:
        environment: The function's variables.
        no_aws: Whether it runs without.
    """
    if no_aws:
        return "AWS: none (--no-aws)"
    found = credentials(environment)
    if found:
        return f"AWS: {found}, {region(environment)}; --no-aws runs it without"
    return f"AWS: no credentials found, {region(environment)}"
