"""Shows a rehearsal's report as text, on a terminal or in a file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from snapshot_restore_py._rehearsal.telling.durations import duration
from snapshot_restore_py._rehearsal.telling.printable import printable
from snapshot_restore_py._rehearsal.telling.report import Failure, Report, each
from snapshot_restore_py._rehearsal.telling.timeline import timeline
from snapshot_restore_py._rehearsal.telling.verdict import counted, errors_first, facts, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TextIO

    from snapshot_restore_py._rehearsal.evidence.records import HookRun, PluginRow
    from snapshot_restore_py._rehearsal.findings import Finding
    from snapshot_restore_py._rehearsal.telling.report import AnyReport
    from snapshot_restore_py._rehearsal.telling.timeline import Stretch

_NARROWEST, _WIDEST = 40, 100  # columns: longer lines are tiring to read
_LABEL = 12  # columns of the labels in a finding
_GAP = 2  # columns between what stands side by side, and of an indentation
_RETURNED = "returned "
_FAILED = "bold red"
# On a background of their own they are legible whatever the terminal's is.
_LEVELS = {
    "error": "bold bright_white on red",
    "warning": "black on yellow",
    "note": "black on cyan",
}
_STATUSES = {"failed": _FAILED, "disabled": "dim"}


def write(report: AnyReport, stream: TextIO) -> None:
    """Write a report to a terminal, or into a file."""
    show(report, Console(file=stream))


def show(report: AnyReport, console: Console) -> None:
    """Print a report: the plugins, the timeline, the findings, and one closing line.

    Of several functions those with something to be told are shown, without plugins and timeline;
    what came of each stands at the end, where it does not scroll away.
    """
    reports = each(report)
    for one in reports:
        page = _Page(console)
        if isinstance(one, Failure):
            page.block(verdict(one), _FAILED)
            page.block(one.error, indent=_GAP)
        elif len(reports) == 1:
            _add_report(one, page)
        elif one.findings or one.outdated or one.not_examined:
            page.block(f"Rehearsal of {one.name}: {facts(one)}", "bold")
            _add_findings(one, page)
        else:
            continue
        if len(reports) > 1:
            page.blank()
        page.print()
    if len(reports) > 1:
        page = _Page(console)
        _add_overview(reports, page)
        page.print()


def _add_overview(reports: Sequence[Report | Failure], page: _Page) -> None:
    failed = [one for one in reports if not one.ok]
    page.block(_outcome(reports), _FAILED if failed else "bold")
    for one in [*(one for one in reports if one.ok), *failed]:
        page.block(verdict(one), "" if one.ok else _FAILED, indent=_GAP, lead=Text(" "))


def _outcome(reports: Sequence[Report | Failure]) -> str:
    failed = sum(not one.ok for one in reports)
    functions = counted(len(reports), "rehearsal")
    return f"{functions}, {failed} with errors:" if failed else f"{functions} without an error:"


def _add_report(report: Report, page: _Page) -> None:
    page.block(f"Rehearsal of {report.name}: {facts(report)}", "bold")
    page.heading("Plugins")
    if report.plugins:
        page.table([_plugin_row(plugin) for plugin in report.plugins])
    else:
        page.block("No plugins are installed.", indent=_GAP)
    page.heading("Timeline")
    page.table(list(_timeline_rows(report)))
    _add_findings(report, page)
    page.blank()
    page.block(verdict(report), "bold" if report.ok else _FAILED)


def _add_findings(report: Report, page: _Page) -> None:
    if report.findings:
        page.heading("Findings")
        for finding in errors_first(report.findings):
            _add_finding(finding, page)
    if report.outdated:
        page.heading("Ignored in vain")
        for outdated in report.outdated:
            page.block(outdated.message, indent=_GAP)
    if report.not_examined:
        page.heading("Not examined")
        for one in report.not_examined:
            page.block(one, indent=_GAP)


@dataclass(frozen=True)
class _Row:
    """A row of a table.

    Attributes:
        lead: What stands in the first column.
        name: What stands in the second one, indented by `depth` steps.
        details: What stands in the third one, or below the name if there is no room.
        below: What stands in lines of its own below it.
        cut: Whether `below` is cut to one line.
    """

    lead: str
    name: str
    depth: int = 0
    details: str = ""
    below: str = ""
    cut: bool = False
    lead_style: str = ""
    name_style: str = ""
    below_style: str = _FAILED


def _plugin_row(plugin: PluginRow) -> _Row:
    return _Row(
        plugin.status,
        plugin.name,
        details=f"{plugin.distribution} {plugin.version}",
        below=plugin.error or "",
        lead_style=_STATUSES.get(plugin.status, ""),
    )


def _timeline_rows(report: Report) -> Iterator[_Row]:
    stretches = list(timeline(report))
    hooks = [hook for stretch in stretches for hook in stretch.hooks]
    timed: list[Stretch | HookRun] = [*stretches, *hooks]
    width = max(len(_time(one.seconds)) for one in timed)
    for stretch in stretches:
        yield _stretch_row(stretch, _time(stretch.seconds).rjust(width))
        for hook in stretch.hooks:
            yield _Row(
                _time(hook.seconds).rjust(width),
                hook.name,
                stretch.depth + 1,
                _details(hook),
                below=f"failed: {hook.error}" if hook.error else "",
            )


def _stretch_row(stretch: Stretch, time: str) -> _Row:
    title = stretch.title if stretch.finished else f"{stretch.title}: not finished"
    below, cut = "", False
    if stretch.invocation is not None:
        if stretch.invocation.error is not None:
            below = f"failed: {stretch.invocation.error}"
        else:
            below = f"{_RETURNED}{json.dumps(stretch.invocation.result, ensure_ascii=False)}"
            cut = True
    return _Row(
        time,
        title,
        stretch.depth,
        below=below,
        cut=cut,
        name_style="bold" if stretch.depth == 0 else "",
        below_style="" if cut else _FAILED,
    )


def _details(hook: HookRun) -> str:
    owner = f"plugin {hook.plugin}" if hook.plugin else "explicit"
    return f"{owner}, {hook.location}" if hook.location else owner


def _time(seconds: float | None) -> str:
    return "" if seconds is None else duration(seconds)


def _add_finding(finding: Finding, page: _Page) -> None:
    page.blank()
    level = Text(" " * (_GAP - 1)).append(f" {finding.level} ", _LEVELS[finding.level])
    page.block(finding.code, indent=_LABEL, lead=level)
    page.block(finding.message, "bold", indent=_GAP)
    for label, text in (("where", finding.location), ("evidence", finding.evidence)):
        _add_labelled(label, text, page)
    for number, part in enumerate(finding.fix.parts):
        if number:
            page.blank()
        if isinstance(part, str):
            _add_labelled("" if number else "fix", part, page)
        else:
            page.verbatim(part.text)


def _add_labelled(label: str, text: str, page: _Page) -> None:
    if text.strip():
        lead = Text(" " * _GAP).append(label, "dim")
        page.block(text.strip("\n"), indent=_LABEL, lead=lead)


class _Page:
    """Lines of harmless text: not wider than a console, but for what is to be copied."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._width = max(_NARROWEST, min(console.width, _WIDEST))
        self._lines: list[Text] = []

    def print(self) -> None:
        for line in self._lines:
            line.rstrip()
        # They are wrapped already. Rich searches no Text for markup, emoji or links.
        self._console.print(Text("\n").join(self._lines), soft_wrap=True)

    def blank(self) -> None:
        self._lines.append(Text())

    def heading(self, title: str) -> None:
        self.blank()
        self._lines.append(Text(title, "bold"))

    def block(
        self, text: str, style: str = "", *, indent: int = 0, lead: Text | None = None
    ) -> None:
        """Add the lines of `text`, indented; `lead` stands before the first one."""
        line = lead or Text()
        for piece in self._wrapped(text, self._width - indent):
            line.append(" " * (indent - line.cell_len)).append(piece, style)
            self._lines.append(line)
            line = Text()

    def verbatim(self, text: str) -> None:
        """Add what is to be copied: its lines as they are."""
        self._lines += map(Text, self._clean(text).split("\n"))

    def table(self, rows: list[_Row]) -> None:
        """Add rows with their names and details in columns, as far as there is room."""
        start = 2 * _GAP + max(cell_len(row.lead) for row in rows)
        cells = [(self._clean(row.name), self._clean(row.details)) for row in rows]
        widths = [row.depth * _GAP + cell_len(name) for row, (name, _) in zip(rows, cells)]
        rooms = [self._width - start - _GAP - cell_len(details) for _, details in cells]
        fitting = (
            width
            for (_, details), width, room in zip(cells, widths, rooms)
            if details and width <= room
        )
        column = max(fitting, default=0)
        for row, (name, details), width, room in zip(rows, cells, widths, rooms):
            indent = start + row.depth * _GAP
            lead = Text(" " * _GAP).append(row.lead, row.lead_style)
            self.block(name, row.name_style, indent=indent, lead=lead)
            if details and width <= column <= room:
                gap = start + column + _GAP - self._lines[-1].cell_len
                self._lines[-1].append(" " * gap).append(details, "dim")
            elif details:
                self.block(details, "dim", indent=indent + _GAP)
            if row.cut:
                self._add_cut(row.below, indent + _GAP)
            elif row.below:
                self.block(row.below, row.below_style, indent=indent + _GAP)

    def _add_cut(self, text: str, indent: int) -> None:
        room = self._width - indent
        shown = self._clean(text[: room + 1])
        if cell_len(shown) > room or len(text) > room:
            end = f"... ({counted(len(text) - len(_RETURNED), 'character')})"
            shown = set_cell_size(shown, max(0, room - len(end))).rstrip() + end
        self._lines.append(Text(" " * indent + shown))

    def _clean(self, text: str) -> str:
        encoding = self._console.encoding
        return printable(text).encode(encoding, "backslashreplace").decode(encoding)

    def _wrapped(self, text: str, width: int) -> Iterator[str]:
        """Yield the lines of `text` in at most `width` columns, with their indentation."""
        for line in self._clean(text).split("\n"):
            content = line.lstrip(" ")
            indent = " " * min(len(line) - len(content), width // 2)
            # What is indented is code: it must be seen which of its lines go on.
            further = indent + " " * _GAP if indent else ""
            for piece in Text(content).wrap(self._console, width - len(further), overflow="fold"):
                yield indent + piece.plain.rstrip()
                indent = further
