"""Shows what a rehearsal does just now, in a line that stays at the end of a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from .printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Callable

    from rich.console import Console

_PER_SECOND = 12.5  # pictures, as many as the spinner has


@contextmanager
def progress(console: Console) -> Iterator[Callable[[str], None]]:
    """Show a line with a spinner as long as the `with` block runs.

    Where the console is no terminal nothing is shown. What is written to `sys.stderr`
    meanwhile appears above the line, if the console is that of `sys.stderr`.

    Args:
        console: Where it is shown.

    Yields:
        A function to call with what begins now, as in `restore 2: handler`.
    """
    spinner = Spinner("dots" if console.encoding.startswith("utf") else "line")

    def step(now: str) -> None:
        text = " ".join(printable(now).split())
        spinner.update(text=Text(text, no_wrap=True, overflow="crop"))

    # FORCE_COLOR makes everything a terminal for rich, but a file must get no animation.
    if console.is_interactive and console.file.isatty():
        with Live(
            spinner,
            console=console,
            refresh_per_second=_PER_SECOND,
            transient=True,
            redirect_stdout=False,
        ):
            yield step
    else:
        yield step
