"""Carries out the loops of templates: `Fn::ForEach`, of the transform AWS::LanguageExtensions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Callable

_LOOP = "Fn::ForEach::"
_NO_LETTER = re.compile(r"[^A-Za-z0-9]")


def unrolled(value: Any, items: Callable[[Any], list[str] | None]) -> Any:
    """Return a part of a template with what its loops make; one without known items stays.

    Args:
        value: The part.
        items: Returns over what a loop goes, as far as that is known.
    """
    if isinstance(value, list):
        return [unrolled(one, items) for one in value]
    if not isinstance(value, dict):
        return value
    found: dict[Any, Any] = {}
    for key, one in value.items():
        made = _made(one, items) if str(key).startswith(_LOOP) else None
        if made is None:
            found[key] = unrolled(one, items)
        else:
            found.update(made)
    return found


def _made(loop: Any, items: Callable[[Any], list[str] | None]) -> dict[Any, Any] | None:
    """Return what a loop makes; None if it is none, or its items are not known."""
    if not isinstance(loop, list) or len(loop) != 3 or not isinstance(loop[2], dict):
        return None
    name, collection, body = loop
    chosen = items(collection)
    if chosen is None:
        return None
    found: dict[Any, Any] = {}
    for item in chosen:
        found.update(unrolled(_with(body, str(name), item), items))
    return found


def _with(value: Any, name: str, item: str) -> Any:
    """Return a part of a template in which a loop's name stands for an item."""
    if isinstance(value, str):
        letters = _NO_LETTER.sub("", item)
        return value.replace(f"${{{name}}}", item).replace(f"&{{{name}}}", letters)
    if isinstance(value, list):
        return [_with(one, name, item) for one in value]
    if isinstance(value, dict):
        if value == {"Ref": name}:
            return item
        return {_with(key, name, item): _with(one, name, item) for key, one in value.items()}
    return value
