"""Reads the JSON of reports, to make other forms of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.advice.fix import Addition, Command, Fix, Hook
from snapshot_restore_py._rehearsal.evidence.records import (
    HookRun,
    Invocation,
    Output,
    Phase,
    PluginRow,
)
from snapshot_restore_py._rehearsal.findings import LEVELS, Caller, Finding

from .fail_on import FAIL_ON
from .report import IGNORED_BY, SCHEMA_VERSION, Failure, Ignored, Outdated, Report, Run, each

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Callable, TypeVar

    _T = TypeVar("_T")


class UnreadableError(ValueError):
    """What was read is no report. The message says what it lacks, in one line."""


def read(value: Any) -> tuple[Report | Failure, ...]:
    """Return what a JSON report tells of each function.

    Args:
        value: The JSON, as `json.loads` returns it.

    Raises:
        UnreadableError: It is no report, or one of another version of its form.
    """
    version = value.get("schema_version") if isinstance(value, dict) else None
    if version is None:
        raise UnreadableError("no report of snapshot-restore, which has a schema_version")
    if version != SCHEMA_VERSION:
        raise UnreadableError(
            f"a report with schema_version {version}; this snapshot-restore reads "
            f"{SCHEMA_VERSION}: rehearse anew with this one, or use the one that wrote it"
        )
    try:
        if "reports" in value:
            return tuple(one for part in _list(value["reports"]) for one in read(part))
        return each(_failure(value) if "error" in value else _report(value))
    except (KeyError, TypeError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise UnreadableError(f"a report that is not as the schema says: {what}") from None


def _report(value: dict[str, Any]) -> Report:
    phases = _dict(value["phases"])
    return Report(
        handler=_text(value["handler"]),
        python=_text(value["python"]),
        restores=_whole(value["restores"]),
        plugins=_each(value["plugins"], _plugin),
        init=_phase_or_none(phases["init"]),
        before_snapshot=_phase_or_none(phases["before_snapshot"]),
        after_restore=_each(phases["after_restore"], _phase),
        invoke=_each(phases["invoke"], _invocation),
        findings=_each(value["findings"], _finding),
        outputs=_each(value["outputs"], _output),
        run=_run(value),
        second_calls=_each(phases["second_call"], _invocation_or_none),
        not_examined=_each(value["not_examined"], _text),
        copies=_text_or_none(value["copies"]),
        ignored=_each(value["ignored"], _ignored),
        outdated=_each(value["outdated"], _outdated),
        seconds=_seconds_or_none(value.get("seconds")),  # Reports of before have none.
    )


def _failure(value: dict[str, Any]) -> Failure:
    return Failure(
        handler=_text(value["handler"]),
        python=_text(value["python"]),
        error=_text(value["error"]),
        traceback=_text(value["traceback"]),
        run=_run(value),
        reason=_text(value.get("reason", Failure.reason)),  # Reports of before have none.
    )


def _run(value: dict[str, Any]) -> Run:
    return Run(
        version=_text(value["version"]),
        date=_text(value["date"]),
        event=value["event"],
        path=_text(value["path"]),
        documentation=_text_or_none(value["documentation"]),
        fail_on=_one_of(FAIL_ON, value["fail_on"]),
        # Reports of before have none of them.
        function=_text_or_none(value.get("function")),
        event_name=_text_or_none(value.get("event_name")),
    )


def _plugin(value: Any) -> PluginRow:
    return PluginRow(
        name=_text(_dict(value)["name"]),
        distribution=_text(value["distribution"]),
        version=_text(value["version"]),
        status=_text(value["status"]),
        error=_text_or_none(value["error"]),
    )


def _phase_or_none(value: Any) -> Phase | None:
    return None if value is None else _phase(value)


def _phase(value: Any) -> Phase:
    hooks = _dict(value).get("hooks", [])
    return Phase(_seconds(value["seconds"]), _each(hooks, _hook_run))


def _hook_run(value: Any) -> HookRun:
    return HookRun(
        name=_text(_dict(value)["name"]),
        plugin=_text_or_none(value["plugin"]),
        location=_text_or_none(value["location"]),
        seconds=_seconds(value["seconds"]),
        error=_text_or_none(value["error"]),
    )


def _invocation(value: Any) -> Invocation:
    seconds = _seconds(_dict(value)["seconds"])
    return Invocation(seconds, value.get("result"), _text_or_none(value["error"]))


def _invocation_or_none(value: Any) -> Invocation | None:
    return None if value is None else _invocation(value)


def _output(value: Any) -> Output:
    origin, text = _text(_dict(value)["origin"]), _text(value["text"])
    return Output(origin, text, _whole(value["cut"]))


def _finding(value: Any) -> Finding:
    return Finding(
        code=_text(_dict(value)["code"]),
        level=_one_of(LEVELS, value["level"]),
        message=_text(value["message"]),
        location=_text(value["location"]),
        evidence=_text(value["evidence"]),
        fix=_fix(value["fix_parts"], _each(value["additions"], _addition)),
        callers=_each(value["callers"], _caller),
        file=_text_or_none(value["file"]),
        line=None if value["line"] is None else _whole(value["line"]),
        id=_text(value["id"]),
    )


def _ignored(value: Any) -> Ignored:
    return Ignored(
        finding=_finding(_dict(value)["finding"]),
        reason=_text(value["reason"]),
        by=_one_of(IGNORED_BY, value["by"]),
        where=_text(value["where"]),
    )


def _outdated(value: Any) -> Outdated:
    return Outdated(
        code=_text(_dict(value)["code"]),
        by=_one_of(IGNORED_BY, value["by"]),
        where=_text(value["where"]),
        message=_text(value["message"]),
    )


def _fix(parts: Any, additions: Iterable[Addition]) -> Fix:
    code = iter(additions)
    found: list[str | Addition | Command] = []
    for part in _list(parts):
        kind, text = _one_of(("words", "code", "command"), _dict(part)["kind"]), _text(part["text"])
        if kind == "code":
            addition = next(code, None)
            if addition is None:
                raise TypeError("a finding has less additions than its fix has code")
            found.append(addition)
        else:
            found.append(Command(text) if kind == "command" else text)
    return Fix(tuple(found))


def _addition(value: Any) -> Addition:
    hooks = _each(_dict(value)["hooks"], _hook)
    return Addition(_text(value["module"]), _text(value["file"]), hooks)


def _hook(value: Any) -> Hook:
    return Hook(
        phase=_text(_dict(value)["phase"]),
        name=_text(value["name"]),
        statements=_each(value["statements"], _text),
        line=_whole(value["line"]),
    )


def _caller(value: Any) -> Caller:
    names = ("location", "function", "library", "library_location")
    return Caller(*(_text_or_none(_dict(value)[name]) for name in names))


def _each(value: Any, made: Callable[[Any], _T]) -> tuple[_T, ...]:
    return tuple(made(one) for one in _list(value))


def _list(value: Any) -> list[Any]:
    return _of(list, value)


def _dict(value: Any) -> dict[str, Any]:
    return _of(dict, value)


def _text(value: Any) -> str:
    return _of(str, value)


def _text_or_none(value: Any) -> str | None:
    return None if value is None else _of(str, value)


def _whole(value: Any) -> int:
    if isinstance(value, bool) or _of(int, value) < 0:
        raise TypeError(f"{value!r} is no number of something")
    return _of(int, value)


def _seconds(value: Any) -> float:
    return _of(float, value) if isinstance(value, float) else _whole(value)


def _seconds_or_none(value: Any) -> float | None:
    return None if value is None else _seconds(value)


def _one_of(choices: tuple[_T, ...], value: Any) -> _T:
    if value not in choices:
        raise TypeError(f"{value!r} is none of {', '.join(map(str, choices))}")
    return next(one for one in choices if one == value)


def _of(kind: type[_T], value: Any) -> _T:
    if not isinstance(value, kind):
        raise TypeError(f"{value!r:.60} is of another type")
    return value
