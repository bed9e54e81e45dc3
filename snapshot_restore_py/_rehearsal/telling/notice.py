"""What is said before a rehearsal starts: that the function's code really runs."""

from __future__ import annotations

import shutil
import textwrap
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.driving.credentials import credentials, region

from .printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from snapshot_restore_py._rehearsal.driving.call import Call

_NARROWEST, _WIDEST = 40, 80  # columns


def notice(call: Call, environment: Mapping[str, str]) -> str:
    """Return what is going to happen, in some lines without a secret.

    Args:
        call: What is rehearsed.
        environment: The function's variables.
    """
    return announced([call.handler], call.invocations, aws_line(environment, no_aws=call.no_aws))


def announced(names: Sequence[str], invocations: int, aws: str) -> str:
    """Return what is going to happen to functions, in some lines.

    Args:
        names: What the functions are called.
        invocations: How many each has at least.
        aws: What of AWS they are going to have, as `aws_line` tells it.
    """
    several = len(names) > 1
    lines = [
        f"snapshot-restore: {', '.join(names)} really {'run' if several else 'runs'}: 2 inits and "
        f"{invocations} invocations or more{' each' if several else ''}",
        aws,
    ]
    width = max(_NARROWEST, min(shutil.get_terminal_size().columns, _WIDEST))
    return "\n".join(
        textwrap.fill(printable(line), width, subsequent_indent="  ", break_on_hyphens=False)
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
