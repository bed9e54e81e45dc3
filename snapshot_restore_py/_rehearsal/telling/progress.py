"""Shows what rehearsals do just now, in lines that stay at the end of a terminal."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from .printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console, ConsoleOptions, RenderResult

    from .watching import Watch

_PER_SECOND = 12.5  # pictures, as many as the spinner has


@contextmanager
def progress(console: Console, watch: Watch) -> Iterator[None]:
    """Show with a spinner what is done now, as long as the `with` block runs.

    Where the console is no terminal nothing is shown. What is written to `sys.stderr`
    meanwhile appears above the line, if the console is that of `sys.stderr`.

    Args:
        console: Where it is shown.
        watch: What is done now.
    """
    # FORCE_COLOR makes everything a terminal for rich, but a file must get no animation.
    if console.is_interactive and console.file.isatty():
        with Live(
            _Lines(watch, "dots" if console.encoding.startswith("utf") else "line"),
            console=console,
            refresh_per_second=_PER_SECOND,
            transient=True,
            redirect_stdout=False,
        ):
            yield
    else:
        yield


class _Lines:
    """What is shown at each moment."""

    def __init__(self, watch: Watch, spinner: str) -> None:
        self._watch = watch
        self._spinner = Spinner(spinner)

    def __rich_console__(
        self,
        console: Console,
        options: ConsoleOptions,
    ) -> RenderResult:
        text = Text(f"{self._spinner.render(console.get_time())} ", no_wrap=True, overflow="crop")
        yield text.append(printable(self._watch.text()).replace("\n", "\n  "))
