"""Compares versions as PEP 440 orders them.

https://packaging.python.org/en/latest/specifications/version-specifiers/

Imported only where one folder holds two versions of a distribution.
"""

from __future__ import annotations

_SEPARATORS = ("-", "_", ".")
_PRE = {"alpha": 1, "a": 1, "beta": 2, "b": 2, "preview": 3, "pre": 3, "rc": 3, "c": 3}
_NO_PRE, _DEV_ONLY = 4, 0  # before which pre-releases stand, and which stand before them
_POST = ("post", "rev", "r")
_DIGITS = "0123456789"


def sort_key(version: str) -> tuple[object, ...]:
    """Return a key that sorts versions; what is no version comes before all that are one.

    >>> sorted(["1.0", "1.0.post1", "1.0rc1", "1!0.1", "1.0+local"], key=sort_key)
    ['1.0rc1', '1.0', '1.0+local', '1.0.post1', '1!0.1']
    """
    try:
        return (1, *_key(version.strip().lower()))
    except ValueError:
        return (0, version)


def _key(version: str) -> tuple[object, ...]:
    """Raises ValueError if it is no version."""
    public, plus, local = version.partition("+")
    release, rest = _digits(public[public.startswith("v") :])
    epoch = "0"
    if rest.startswith("!"):
        epoch = release
        release, rest = _digits(rest[1:])
    numbers = [int(release)]
    while rest[:1] == "." and rest[1:2] and rest[1] in _DIGITS:
        release, rest = _digits(rest[1:])
        numbers.append(int(release))
    while numbers and numbers[-1] == 0:
        numbers.pop()
    pre, pre_number, rest = _segment(rest, _PRE)
    if rest[:1] == "-" and rest[1:2] and rest[1] in _DIGITS:
        post, post_digits = "post", ""
        post_digits, rest = _digits(rest[1:])
        post_number = int(post_digits)
    else:
        post, post_number, rest = _segment(rest, _POST)
    dev, dev_number, rest = _segment(rest, ("dev",))
    if rest:
        raise ValueError(version)
    rank = _PRE[pre] if pre else _DEV_ONLY if dev and not post else _NO_PRE
    return (
        int(epoch),
        tuple(numbers),
        (rank, pre_number),
        post_number if post else -1,
        (not dev, dev_number),
        tuple(map(_local_part, _normal(local).split("."))) if plus else (),
    )


def _digits(text: str) -> tuple[str, str]:
    rest = text.lstrip(_DIGITS)
    return text[: len(text) - len(rest)], rest


def _segment(text: str, words: tuple[str, ...] | dict[str, int]) -> tuple[str, int, str]:
    """Return which of `words` the text begins with, the number after it, and the rest."""
    start = text[text.startswith(_SEPARATORS) :]
    for word in words:
        if start.startswith(word):
            after = start[len(word) :]
            digits, rest = _digits(after[after.startswith(_SEPARATORS) :])
            return word, int(digits or 0), rest
    return "", 0, text


def _normal(local: str) -> str:
    return local.replace("-", ".").replace("_", ".")


def _local_part(part: str) -> tuple[bool, int, str]:
    if not (part.isascii() and part.isalnum()):
        raise ValueError(part)
    return (True, int(part), "") if part.isdigit() else (False, 0, part)
