"""Where a finding is in the code, and by what it is recognised in another run."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapshot_restore_py._rehearsal.advice.source import Source

    from ._finding import Finding

_LENGTH = 16  # hexadecimal digits, so that two findings have the same one by no chance
_FILE_AND_LINE = re.compile(r"(?P<file>.+):(?P<line>\d+)")
# What differs between two runs: keys and indexes that hold a number, addresses, numbers.
_VOLATILE = re.compile(
    r"(?<=\[)[^\]]*\d[^\]]*(?=\])|\b0x[0-9a-f]+\b|\b[0-9a-f-]{8,}\b|\b\d+\b", re.IGNORECASE
)
# What comes before a library's own path is another one on each machine.
_INSTALLED = re.compile(r"^.*/(?:site-packages|dist-packages|lib/python[\d.]+)/")


def located(findings: Iterable[Finding], handler: str, source: Source) -> Iterator[Finding]:
    """Yield findings with their file, their line and their id.

    Where nothing nearer is known, file and line are those of the handler.

    Args:
        findings: They have their location only.
        handler: As in Lambda's configuration.
        source: The function's own modules.
    """
    seen: Counter[str] = Counter()
    for one in findings:
        file, line = _place(one, handler, source)
        key = "\0".join([one.code, handler, *_stable(one.location, source)])
        seen[key] += 1
        # Of those that cannot be told apart there are as many in each run.
        number = f"\0{seen[key]}" if seen[key] > 1 else ""
        digest = hashlib.sha256((key + number).encode("utf-8", "surrogatepass")).hexdigest()
        yield replace(one, file=file, line=line, id=digest[:_LENGTH])


def _place(finding: Finding, handler: str, source: Source) -> tuple[str | None, int | None]:
    locations = [finding.location, *(one.location or "" for one in finding.callers)]
    for location in locations:
        match = _FILE_AND_LINE.fullmatch(location)
        if match:
            return match["file"], int(match["line"])
    module, name = source.split(finding.location.rpartition(" in ")[2])
    if not source.has(module):
        module, _, name = handler.replace("/", ".").rpartition(".")
    if not source.has(module):
        return None, None
    return source.file(module), source.line(module, re.split(r"\W", name)[0])


def _stable(location: str, source: Source) -> tuple[str, ...]:
    """Return what of a location is the same in the next run, also after a change elsewhere."""
    match = _FILE_AND_LINE.fullmatch(location)
    if not match:
        return (_VOLATILE.sub("*", location),)
    file = match["file"]
    if file.startswith("/"):
        installed = _INSTALLED.sub("", file)
        file = installed if installed != file else file.rpartition("/")[2]
    # The number of the line changes with each line above it; what stands in it does not.
    return file, " ".join(source.text_of_line(match["file"], int(match["line"])).split())
