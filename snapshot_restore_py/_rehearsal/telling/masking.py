"""Masks what may be secret in a report: by its form, by its name, and what the init made up.

Of a masked value the beginning and the length stay, by which it can be recognised.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any

from .report import Failure

if TYPE_CHECKING:
    from typing import Callable, TypeVar, Union

    from snapshot_restore_py._rehearsal.evidence.records import Evidence

    from .report import Report

    _Told = TypeVar("_Told", bound=Union[Report, Failure])
    _T = TypeVar("_T")

_SHORTEST = 6  # characters of what the init made up; shorter ones are no secrets, but words
_KEPT = 4  # characters at most
_LONG = 16  # characters, from which on the end of a text is shown, too
_CUT = "..."  # at the end of a value that is shown in part
_NAME = r"[\w-]*(?:secret|token|passw|pwd|credential|api_?key|private_?key|cookie|dsn)[\w-]*"
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
# A name and its value, as in logs, URLs and JSON; not in code, where a call follows.
_NAMED = re.compile(
    rf"(?P<name>\b{_NAME}[\"']?(?:=|: ?)[\"']?)"
    r"(?P<value>[^\s\"'&,;(){}\[\]]{4,})(?![\w(.]| \(\d)",
    re.IGNORECASE,
)
# What is no text of the function's, but names things.
_KEPT_AS_IT_IS = {"handler", "python", "made_up", "fix", "code", "file", "id", "version", "date"}
_KEPT_AS_IT_IS |= {"by", "where", "sources"}
# Bearer and JSON Web Tokens, passwords in URLs, keys of AWS, GitHub, Slack and others, PEM.
_FORMS = re.compile(
    r"(?P<name>\bbearer |://[^/\s:@]*:)(?P<value>[^\s\"'@,]+)(?![^\s\"'@,]| \(\d)"
    r"|(?P<whole>\beyJ[\w-]{8,}(?:\.[\w-]+)*|\b(?:AKIA|ASIA)[A-Z0-9]{12,}"
    r"|\b(?:gh[opsu]|github_pat)_\w+|\bxox[abp]-[\w-]+|\bsk-[\w-]{8,}"
    r"|-----BEGIN [A-Z ]+-----[^-]*(?:-----END [A-Z ]+-----)?)",
    re.IGNORECASE,
)


def made_up_texts(evidence: Evidence) -> tuple[str, ...]:
    """Return the texts that the inits made up, as far as they are shown."""
    snapshots = [one.snapshot for one in (evidence.first, evidence.second) if one.snapshot]
    seen = [snapshot.values for snapshot in snapshots] + [one.values for one in evidence.restored]
    found = [values[path] for path in evidence.made_up for values in seen if path in values]
    shown = [one.shown.lstrip("b") for one in found if one.kind == "text"]
    # Of a large collection a number of elements is shown, in no quotes.
    texts = {one.strip("'\"") for one in shown if one.startswith(("'", '"'))}
    texts |= {text.shown.strip("'\"") for one in evidence.shared for text in (one.value, one.other)}
    return tuple(sorted(one for one in texts if len(one.rstrip(".")) >= _SHORTEST))


def masked(report: _Told) -> _Told:
    """Return what is told of a function with what may be secret masked."""
    if isinstance(report, Failure):
        return _changed_fields(report, masked_text)
    patterns = [_pattern(text) for text in report.made_up if " long)" not in text]
    known = re.compile("|".join(patterns)) if patterns else None

    def plain(text: str) -> str:
        text = masked_text(text)
        return known.sub(lambda match: _recognisable(match[0]), text) if known else text

    return replace(_changed_fields(report, plain), made_up=())


def masked_text(text: str) -> str:
    """Return a text in which what may be secret by its form or its name is masked."""
    return _FORMS.sub(_hidden, _NAMED.sub(_hidden, text))


def _pattern(text: str) -> str:
    if text.endswith(_CUT):
        return re.escape(text[: -len(_CUT)]) + r"(?:\.\.\.|[^\s\"',]*)"
    return re.escape(text)


def _changed(value: Any, plain: Callable[[str], str]) -> Any:
    """Return a value, whatever it is made of, with its texts changed."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_changed(one, plain) for one in value)
    if isinstance(value, dict):
        return {key: _by_name(key, one, plain) for key, one in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return _changed_fields(value, plain)
    return value


def _changed_fields(value: _T, plain: Callable[[str], str]) -> _T:
    record: Any = value
    names = [one.name for one in fields(record) if one.name not in _KEPT_AS_IT_IS]
    changed: _T = replace(record, **{one: _changed(getattr(record, one), plain) for one in names})
    return changed


def _by_name(name: str, value: Any, plain: Callable[[str], str]) -> Any:
    if isinstance(value, str) and _SECRET_NAME.fullmatch(name):
        return _mask(value)
    return _changed(value, plain)


def _hidden(match: re.Match[str]) -> str:
    found = match.groupdict()
    return _mask(found["whole"]) if found.get("whole") else found["name"] + _mask(found["value"])


def _recognisable(text: str) -> str:
    """Mask what the init made up, so that it is still seen what differs between two inits."""
    if text.endswith(_CUT) or len(text) < _LONG:
        return _mask(text)
    return f"{text[:_KEPT]}...{text[-_KEPT // 2 :]} ({len(text)} long)"


def _mask(text: str) -> str:
    if text.endswith(" long)"):
        return text
    return f"{text[: min(_KEPT, len(text) // 4)]}... ({len(text)} long)"
