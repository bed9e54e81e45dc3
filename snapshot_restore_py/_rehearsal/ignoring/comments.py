"""Findings that are accepted where they are made, by a comment in the function's code.

    ORDER = uuid4()  # snapshot-restore: ignore[shared-value] a name for logs, never compared

A comment counts for the statement that it stands in or behind; one with a line of its own for the
statement that follows.
"""

from __future__ import annotations

import os
import re
import tokenize
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from snapshot_restore_py._rehearsal.targets import WrongCallError
from snapshot_restore_py._rehearsal.telling.nearest import nearest

from . import Rule, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapshot_restore_py._rehearsal.findings import Finding
    from snapshot_restore_py._rehearsal.telling.report import Report

_WORD = "ignore"
# Other words behind the name are a sentence, and mean nothing.
_COMMENT = re.compile(
    rf"#+\s*snapshot-restore:\s*(?P<word>{_WORD}\b|\w+(?=\s*\[))(?:\s*\[(?P<codes>[^\]]*)\])?"
    r"(?P<reason>.*)"
)
_FORM = f"# snapshot-restore: {_WORD}[CODE] reason"
_NO_STATEMENT = {tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}
_ENDS = {tokenize.NEWLINE, tokenize.ENDMARKER}


@dataclass(frozen=True)
class _Comment:
    """A comment, and the lines that it counts for."""

    text: str
    line: int
    lines: range


def rules(report: Report, folder: str) -> list[Rule]:
    """Return what comments in the function's own modules accept.

    Args:
        report: Names the modules' files.
        folder: The function's folder, absolute.

    Raises:
        WrongCallError: One is not written as it should be, or has no reason, or its code is none.
    """
    return [
        rule
        for file in report.sources
        for comment in _comments(os.path.join(folder, file))
        for rule in _rules(comment, file, report.run.file(file))
    ]


def _rules(comment: _Comment, file: str, shown: str) -> Iterator[Rule]:
    match = _COMMENT.match(comment.text)
    if not match:
        return
    where = f"{shown}:{comment.line}"
    if match["word"] != _WORD:
        right = nearest(match["word"], [_WORD]) or "."
        raise WrongCallError(
            f"{where}: a comment cannot say {match['word']!r}{right} It is written {_FORM}"
        )
    names = [one.strip() for one in (match["codes"] or "").split(",") if one.strip()]
    if not names:
        raise WrongCallError(f"{where}: it has to be said which finding is ignored: {_FORM}")
    reason = match["reason"].strip(" \t:-")
    if not reason:
        written = _FORM.replace("CODE", ", ".join(names))
        raise WrongCallError(f"{where}: what is ignored needs a reason: {written}")
    for name in names:
        problem = unknown(name)
        if problem:
            raise WrongCallError(f"{where}: {problem}")
        missed = f"{where} ignores {name}, which was not found there: remove the comment"
        matches = partial(_is_at, file=file, lines=comment.lines)
        yield Rule(name, "comment", where, reason, matches, missed)


def _is_at(finding: Finding, *, file: str, lines: range) -> bool:
    return finding.file == file and finding.line in lines


def _comments(file: str) -> list[_Comment]:
    """Return the comments of a file that name this package; none if it is no Python."""
    try:
        with tokenize.open(file) as stream:
            text = stream.read()
        if "snapshot-restore:" not in text:
            return []
        lines = iter(text.splitlines(keepends=True))
        return list(_attached(tokenize.generate_tokens(lambda: next(lines, ""))))
    except (OSError, ValueError, SyntaxError, tokenize.TokenError):
        return []


def _attached(tokens: Iterable[tokenize.TokenInfo]) -> Iterator[_Comment]:
    """Yield comments with the lines of the statement that they belong to."""
    waiting: list[tokenize.TokenInfo] = []
    first = None
    for token in tokens:
        if token.type == tokenize.COMMENT:
            waiting.append(token)
        elif token.type in _ENDS:
            last = token.start[0]
            lines = range(first or last, last + 1)
            yield from (_Comment(one.string, one.start[0], lines) for one in waiting)
            waiting, first = [], None
        elif first is None and token.type not in _NO_STATEMENT:
            first = token.start[0]
