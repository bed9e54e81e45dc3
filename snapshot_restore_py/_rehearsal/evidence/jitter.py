"""What random numbers are drawn for, as far as it does no harm that all copies draw the same.

Libraries draw how long they wait until they try again. What does so is named for it, returns
no text, and no result shows it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .records import Draw, Frame

_WAITING = re.compile(r"retr(y|ies)|back_?off|jitter|sleep|delay|(?<!a)wait", re.IGNORECASE)
_WAITS = "how long to wait"
# What names do not tell: module, function, and what it draws.
_PURPOSES = {
    ("s3transfer", "random_file_extension"): "names of files that only it uses",
    ("email", "_make_boundary"): "what stands between the parts of a message",
    ("pymongo", "_select_server"): "which server to ask",
    ("redis", "get_random_node"): "which server to ask",
}


def jitter(draws: Sequence[Draw]) -> list[str]:
    """Return what libraries draw, if all that was drawn does no harm; else nothing."""
    purposes = [_purpose(one) for one in draws]
    return list(dict.fromkeys(purposes)) if all(purposes) else []


def _purpose(draw: Draw) -> str:
    if draw.library is None:
        return ""
    package, name = draw.library.module.partition(".")[0], draw.library.name.rpartition(".")[2]
    known = _PURPOSES.get((package, name), "")
    return known or (_WAITS if _is_wait(draw.library) and not draw.is_text else "")


def _is_wait(code: Frame) -> bool:
    return _WAITING.search(f"{code.module}.{code.name}") is not None
