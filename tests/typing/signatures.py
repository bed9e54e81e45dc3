"""Read by mypy and pyright only: what they must accept, and what they must refuse.

An error that a checker does not report makes its `ignore` comment unused, which is an
error itself.
"""

from __future__ import annotations

import functools

from typing_extensions import assert_type

from snapshot_restore_py import (
    Hook,
    Plugin,
    PluginError,
    PluginWarning,
    get_after_restore,
    get_before_snapshot,
    plugins,
    register_after_restore,
    register_before_snapshot,
    run_after_restore,
    run_before_snapshot,
)


@register_before_snapshot
def close(timeout: float = 1.0) -> bool:
    return timeout > 0


@register_after_restore
async def reconnect() -> str:
    return "connected"


# The decorated function keeps its type.
assert_type(close(timeout=2.0), bool)
close("no number")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def uses_reconnect() -> None:
    assert_type(await reconnect(), str)


def reload(name: str, *, retries: int = 3) -> int:
    return len(name) * retries


# With arguments, they are checked against the function's own.
assert_type(register_after_restore(reload, "table")("other"), int)
register_after_restore(reload, "table", retries=1)
register_before_snapshot(reload, name="table")
register_after_restore(reload, 1)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
register_after_restore(reload)  # type: ignore[type-var]  # pyright: ignore[reportCallIssue]
register_after_restore(reload, "table", 1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
register_before_snapshot(reload, "table", retry=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


@register_after_restore  # type: ignore[type-var]  # pyright: ignore[reportCallIssue]
def needs_an_argument(name: str) -> None: ...


# What is no function is refused.
register_before_snapshot(None)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
register_before_snapshot("name")  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
register_before_snapshot()  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]


class Cache:
    size = 0

    def __init__(self) -> None:
        register_after_restore(self.refresh)
        register_after_restore(self.resize, 10)
        register_after_restore(self.resize, "10")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]

    def __call__(self) -> None: ...

    def refresh(self) -> None: ...

    def resize(self, size: int) -> None: ...


# An object that can be called keeps its own type.
assert_type(register_after_restore(Cache()), Cache)
register_after_restore(functools.partial(reload, "table"))
register_after_restore(lambda: None)

hooks: list[Hook] = get_before_snapshot()
func, args, kwargs = get_after_restore()[0]
func(*args, **kwargs)
entry = hooks.pop()
assert_type(entry.plugin, "Plugin | None")
hooks.append((close, (), {}))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]

for plugin in plugins():
    assert_type(plugin, Plugin)
    assert_type(plugin.name, str)
    assert_type(plugin.error, "BaseException | None")
    assert_type(plugin.seconds, float)
    plugin.name = "other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]

run_before_snapshot()
run_after_restore()
facts: list[str] = [PluginError("").distribution, PluginWarning("").version]
