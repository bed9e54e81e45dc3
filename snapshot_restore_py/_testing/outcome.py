"""What came of a call in a copy: how it travels to the test, and what it is there."""

from __future__ import annotations

import contextlib
import io
import pickle
import sys
from dataclasses import dataclass
from traceback import format_exception
from typing import TYPE_CHECKING, Any

from .copies import flush_streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_PACKAGE = "snapshot_restore_py"
_SHOWN = 200  # characters of an object that a message shows


class RestoreError(Exception):
    """A restored copy brought neither a result nor an exception that can be raised.

    Attributes:
        restore: Which copy, counted from 1.
    """

    def __init__(self, message: str, restore: int) -> None:
        super().__init__(message)
        self.restore = restore


class CopyTraceback(Exception):
    """Stands as the cause of an exception that was raised in a copy: its text is where."""

    def __str__(self) -> str:
        """Show the text as a block of its own."""
        return f'\n"""\n{self.args[0]}"""'


@dataclass(frozen=True)
class Outcome:
    """What came of a call.

    Attributes:
        has_failed: Whether it raised an exception.
        pickled: The result, or the exception; empty if it cannot be pickled.
        summary: The exception, or the result that cannot be pickled, in one line.
        traceback: The exception's; empty if there is none.
        output: What was written to each of the streams that are held in memory.
    """

    has_failed: bool
    pickled: bytes
    summary: str
    traceback: str
    output: list[str]

    def dump(self) -> bytes:
        """Return it as bytes, which `load` takes."""
        return pickle.dumps(tuple(vars(self).values()))


def load(data: bytes) -> Outcome:
    """Return what `Outcome.dump` has made bytes of."""
    return Outcome(*pickle.loads(data))


class HeldOutput:
    """The standard streams that are objects in memory, as with pytest's `--capture=sys`.

    What a copy writes there stays in the copy, unless it is sent here.
    """

    def __init__(self) -> None:
        streams: list[Any] = [sys.stdout]
        if sys.stderr is not sys.stdout:
            streams.append(sys.stderr)
        self._streams = [stream for stream in streams if hasattr(stream, "getvalue")]
        self._lengths = [len(stream.getvalue()) for stream in self._streams]

    def written(self) -> list[str]:
        """Return, in a copy, what was written since the snapshot."""
        return [stream.getvalue()[length:] for stream, length in zip(self._streams, self._lengths)]

    def write(self, texts: list[str]) -> None:
        """Write what a copy has written."""
        for stream, text in zip(self._streams, texts):
            # Under a stream of pytest's that also writes to the terminal: a copy did that.
            buffer = getattr(stream, "buffer", None)
            if buffer is None:
                stream.write(text)
            else:
                buffer.write(text.encode(stream.encoding, stream.errors))


def outcome_of(call: Callable[[], object], output: HeldOutput) -> Outcome:
    """Call `call`, and return what came of it."""
    has_failed = False
    summary = traceback = ""
    pickled = b""
    value: object
    try:
        value = call()
    except BaseException as error:
        has_failed = True
        value = error
        summary = _in_one_line(error)
        traceback = _traceback(error)
    try:
        pickled = _pickled(value)
    except BaseException as problem:
        if not has_failed:
            summary = f"{_short(value)}, which cannot be pickled ({_in_one_line(problem)})"
    flush_streams()
    return Outcome(has_failed, pickled, summary, traceback, output.written())


class _Pickler(pickle.Pickler):
    """Knows the classes by which pytest fails and skips: they pretend to be built in."""

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, type) and obj in _outcomes().values():
            return _outcome, (obj.__name__,)
        return NotImplemented


def _pickled(value: object) -> bytes:
    stream = io.BytesIO()
    _Pickler(stream).dump(value)
    return stream.getvalue()


def _outcomes() -> dict[str, Any]:
    pytest: Any = sys.modules.get("pytest")
    raisers = (pytest.fail, pytest.skip, pytest.xfail, pytest.exit) if pytest else ()
    return {one.Exception.__name__: one.Exception for one in raisers}


def _outcome(name: str) -> Any:
    return _outcomes()[name]


def value_of(outcome: Outcome, restore: int) -> Any:
    """Return the result of the call, or raise its exception, in the test.

    Raises RestoreError if it does not come out of its pickle.
    """
    __tracebackhide__ = True
    value: object = None
    summary = outcome.summary
    is_whole = False
    try:
        value = pickle.loads(outcome.pickled)
        is_whole = True
    except Exception as problem:
        summary = summary or f"what cannot be unpickled ({_in_one_line(problem)})"
    if outcome.has_failed:
        cause = CopyTraceback(outcome.traceback)
        if not isinstance(value, BaseException):
            raise RestoreError(
                f"restore {restore} raised an exception that does not survive pickling: {summary}",
                restore,
            ) from cause
        if type(value) in _outcomes().values():
            raise value  # It fails or skips the test, and says all in its message.
        if sys.version_info >= (3, 11):
            value.add_note(f"Raised in restore {restore}")
        raise value from cause
    if not is_whole:
        raise RestoreError(
            f"the call in restore {restore} returned {summary}. Results travel to the test by "
            "pickle: let the call return something simpler, such as a str or a tuple",
            restore,
        )
    return value


def _traceback(error: BaseException) -> str:
    first = error.__traceback__
    while first and _is_our_own(first):
        first = first.tb_next
    return "".join(format_exception(type(error), error, first))


def _is_our_own(traceback: TracebackType) -> bool:
    module = str(traceback.tb_frame.f_globals.get("__name__"))
    return module.partition(".")[0] == _PACKAGE


def _short(value: object) -> str:
    text = ""
    with contextlib.suppress(BaseException):
        text = repr(value)
    kind = type(value).__qualname__
    return f"{text} (a {kind})" if 0 < len(text) <= _SHOWN else f"a {kind}"


def _in_one_line(error: BaseException) -> str:
    text = ""
    with contextlib.suppress(BaseException):
        text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
