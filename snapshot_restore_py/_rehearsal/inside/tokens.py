"""What texts say of their own end: tokens, presigned URLs, policies."""

from __future__ import annotations

import base64
import json
import re
from datetime import datetime, timezone
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

POLICY = "a policy for uploads"
_LONGEST = 1_000_000  # characters of a text that is looked at
_JWT = re.compile(r"(?<![\w-])ey[\w-]{8,}\.(ey[\w-]{4,})\.[\w-]+")
_SIGNED = re.compile(r"X-(?:Amz|Goog)-Date=(\d{8}T\d{6}Z)", re.IGNORECASE)
_LASTS = re.compile(r"X-(?:Amz|Goog)-Expires=(\d{1,9})(?!\d)", re.IGNORECASE)
_NEXT = r"(?:^|[?&; ])"
_AT = re.compile(_NEXT + r"(?:Expires|se)=(\d{10}(?!\d)|\d{4}-\d\d-\d\dT[\w:%]+Z)")
_SIGNATURE = re.compile(_NEXT + "(?:Signature|sig)=")
_POLICY = re.compile(_NEXT + r"(?:CloudFront-)?Policy=([\w~-]+)")
_LESS_THAN = re.compile(r'"DateLessThan": ?\{"AWS:EpochTime": ?(\d+)')
_UPLOAD = re.compile(r"(?<![\w+/])(eyJleHBpcmF0aW9u[\w+/]+)")
_EXPIRATION = re.compile(r'^\{"expiration": ?"([\w:.-]+)"')
_HIDDEN = re.compile(r"(?<![\w+/-])(aHR0cHM6Ly[\w+/-]+)")  # an address in base64


class Ending(NamedTuple):
    """What carries its end: what it is, in words, its text, and when it ends, since 1970."""

    kind: str
    text: str
    end: float


def ending(text: str) -> Ending | None:
    """Return what in a text carries its own end; None if there is nothing."""
    # One of these is in each; all expressions for all texts of a process would take seconds.
    has_mark = (
        ".ey" in text
        or "xpires=" in text
        or "sig=" in text
        or "olicy=" in text
        or "aHR0cHM6Ly" in text
        or "eyJleHBpcmF0aW9u" in text
    )
    if not has_mark or len(text) > _LONGEST:
        return None
    try:
        return next(_endings(text), None)
    except (OverflowError, ValueError):  # It only looks like one.
        return None


def _endings(text: str) -> Iterator[Ending]:
    for token in _JWT.finditer(text):
        claims = json.loads(_decoded(token[1]))
        end = claims.get("exp") if isinstance(claims, dict) else None
        if isinstance(end, (int, float)):
            yield Ending("a JSON Web Token", token[0], float(end))
    signed, lasts = _SIGNED.search(text), _LASTS.search(text)
    if signed and lasts:
        is_url = "://" in text or text.startswith(("X-", "x-"))
        kind = "a presigned URL" if is_url else "a token for a service of AWS"
        yield Ending(kind, text, _seconds(signed[1]) + int(lasts[1]))
    at, policy = _AT.search(text), _POLICY.search(text)
    if at and _SIGNATURE.search(text):
        yield Ending("a signed URL", text, _seconds(at[1].replace("%3A", ":")))
    if policy:
        # CloudFront's way to write base64 into an address.
        until = _LESS_THAN.search(_decoded(policy[1].translate(str.maketrans("-_~", "+=/"))))
        if until:
            yield Ending("a signed URL", text, float(until[1]))
    for upload in _UPLOAD.finditer(text):
        expiration = _EXPIRATION.search(_decoded(upload[1]))
        if expiration:
            yield Ending(POLICY, upload[0], _seconds(expiration[1]))
    for hidden in _HIDDEN.finditer(text):
        for one in _endings(_decoded(hidden[1])):
            yield Ending("a token for a service of AWS", hidden[0], one.end)


def claims_in(text: str) -> str:
    """Return what the JSON Web Tokens in a text claim; empty if there are none."""
    if ".ey" not in text:
        return ""
    try:
        return "\n".join(_decoded(token[1]) for token in _JWT.finditer(text))
    except ValueError:  # It only looks like one.
        return ""


def _decoded(text: str) -> str:
    standard = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    padding = "=" * (-len(standard) % 4)
    return base64.b64decode(standard + padding).decode("utf-8", "replace")


def _seconds(text: str) -> float:
    """Return the seconds since 1970 of a time that is written as such, or in ISO 8601."""
    digits = re.sub("[^0-9]", "", text.partition(".")[0])
    if len(digits) < len("20261231235959"):
        return float(digits)
    return datetime.strptime(digits[:14], "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc).timestamp()
