"""What events have to look like: their kinds, their form, and who may tell them when.

They come from processes that run the function's code, which can write into any file
descriptor. So they are data of strangers, and looked at before anything is concluded.
"""

from __future__ import annotations

from typing import Any

_NONE = type(None)
_NUMBER = {int, float}
_TEXT = {str, _NONE}
_LINE = {int, _NONE}
# A form is a type, a set of types, a list [of one form], a tuple of forms (a list in JSON), a
# dict {str: form} with any keys, or a dict with the keys that have to be there.
_VALUE = (str, str, str, str, {int, float, _NONE}, str, bool, str)
_VALUES = {str: _VALUE}
_TEXTS = {str: str}
_PLACE = {"name": str, "plugin": _TEXT, "file": _TEXT, "line": _LINE}
_READS = [(str, str, int)]
_EXPIRING = [(str, str, {int, float, _NONE}, str, [str], int, str, bool)]
_FRAME = (str, int, str, str)
_FETCHES = [(str, [_FRAME])]
_CONNECTION = {
    **dict.fromkeys(("kind", "peer", "local", "holder", "root", "closing"), str),
    "modules": [str],
}
_FAILURE = {"error": str, "names": [str], "reach": str, "server": str}
_PLUGIN = {"name": str, "distribution": str, "version": str, "status": str, "error": _TEXT}

FORMS: dict[str, dict[str, Any]] = {
    "begin": {"phase": str},
    "refused": {"error": str, "status": int},
    "end init": {"seconds": _NUMBER, "plugins": [_PLUGIN], "problems": [str]},
    "hook": _PLACE,
    "hook done": {"seconds": _NUMBER, "dropped": [str], "died": [(str, str)]},
    "hook failed": {"seconds": _NUMBER, "error": str, "traceback": str},
    "end before_snapshot": {"seconds": _NUMBER},
    "end after_restore": {"seconds": _NUMBER},
    "snapshot": {
        "seconds": _NUMBER,
        "clocks": ({str: _NUMBER}, {str: _NUMBER}),
        "values": _VALUES,
        "generators": _TEXTS,
        "connections": [_CONNECTION],
        "threads": [{"name": str, "target": str}],
        "processes": [{"name": str, "handle": str, "root": str, "is_named": bool}],
        "missing": [str],
        "twice": {"before_snapshot": [_PLACE], "after_restore": [_PLACE]},
        "cut": [str],
        "copies": str,
        "reads": _READS,
        "expiring": _EXPIRING,
        "fetches": _FETCHES,
        "data": [str],
        "files": _TEXTS,
        "pending": [(str, str, str)],
    },
    "copied": {"pid": int},
    "restored": {"status": int},
    "observed": {
        "values": _VALUES,
        "generators": _TEXTS,
        "cut": [str],
        "expiring": _EXPIRING,
        "fetches": _FETCHES,
        "rebound": [str],
        "held": _TEXTS,
    },
    "end invoke": {
        "seconds": _NUMBER,
        "late": [_PLACE],
        "generators": _TEXTS,
        "renewed": [str],
        "reads": _READS,
        "imports": [(str, _NUMBER, str, int)],
        "opened": [str],
        "servers": [str],
        "caught": [_FAILURE],
    },
    "compared": {"parts": _VALUES, "places": _TEXTS, "is_cut": bool, "explained": [str]},
    # Of the frames there is one, or none.
    "profiled": {"draws": [(str, [_FRAME], [_FRAME], bool)], "clients": [(str, str, int)]},
    "end second call": {"seconds": _NUMBER},
}
"""The kinds of events, and the facts that each has to have."""

_MAY_HAVE = {"error": str, "traceback": str, "failure": _FAILURE}


def is_event(found: dict[str, Any], expected: tuple[str, ...]) -> bool:
    """Tell whether an event is of a kind that is expected (of any if none is) and of its form."""
    kind = found.get("event")
    if kind == "end":
        kind = f"end {found.get('phase')}"
    if not isinstance(kind, str) or kind not in FORMS or not has_form(found, FORMS[kind]):
        return False
    return (not expected or kind in expected) and all(
        has_form(found[name], form) for name, form in _MAY_HAVE.items() if name in found
    )


def has_form(value: Any, form: Any) -> bool:
    """Tell whether a value that came as JSON has a form."""
    if isinstance(form, list):
        return isinstance(value, list) and all(has_form(one, form[0]) for one in value)
    if isinstance(form, tuple):
        return (
            isinstance(value, list) and len(value) == len(form) and all(map(has_form, value, form))
        )
    if isinstance(form, dict):
        if not isinstance(value, dict):
            return False
        if str in form:
            return all(has_form(one, form[str]) for one in value.values())
        return all(name in value and has_form(value[name], one) for name, one in form.items())
    return type(value) in (form if isinstance(form, set) else (form,))


class Senders:
    """Who may tell events: the process itself, then the holder of its snapshot, and a copy.

    Attributes:
        has_copy: Whether a copy has been asked for, which has not ended.
    """

    def __init__(self) -> None:
        self.has_copy = False
        self._holder = ""
        self._told: dict[str, int] = {}

    def accept(self, found: dict[str, Any], pid: int) -> bool:
        """Tell whether an event comes from who may tell it now, and is the next one of that."""
        name, _, count = str(found.get("number")).partition(".")
        if not count.isdecimal():
            return False
        kind = found["event"]
        if kind == "copied":
            may = self.has_copy and name == str(found["pid"])
            self._told.pop(name, None)  # The system may give an id again.
        elif kind == "restored":
            may = self.has_copy and name == self._holder
        elif kind == "snapshot":
            may = not self._holder
            self._holder = name
        elif self._holder:
            may = self.has_copy and name in self._told and name != self._holder
        else:
            may = name == str(pid)
        may = may and int(count) == self._told.get(name, int(count) - 1) + 1
        self._told[name] = int(count)
        return may
