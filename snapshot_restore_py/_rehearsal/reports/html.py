"""Shows a rehearsal's report as one page that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.telling.durations import duration
from snapshot_restore_py._rehearsal.telling.printable import printable
from snapshot_restore_py._rehearsal.telling.report import Failure, Report, each
from snapshot_restore_py._rehearsal.telling.timeline import timeline
from snapshot_restore_py._rehearsal.telling.verdict import (
    counted,
    errors_first,
    facts,
    origin,
    title,
    verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import TextIO

    from snapshot_restore_py._rehearsal.advice.fix import Fix
    from snapshot_restore_py._rehearsal.evidence.records import HookRun, Invocation, Output
    from snapshot_restore_py._rehearsal.findings import Finding
    from snapshot_restore_py._rehearsal.telling.report import AnyReport, Ignored
    from snapshot_restore_py._rehearsal.telling.timeline import Stretch

_LONGEST = 20_000  # characters of a result
_INLINE = 60  # characters of a result that stands in its line

# Without it all is there to be read: it filters findings, and copies fixes.
_SCRIPT = """
(() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const [bar] = all(".filter");
  if (bar) {
    const [text, code, level] = bar.querySelectorAll("input, select");
    const articles = all("article");
    const content = articles.map(one => {
      const name = one.closest(".function")?.querySelector("h2").textContent ?? "";
      return `${name} ${one.textContent}`.toLowerCase();
    });
    const filter = () => {
      const words = text.value.toLowerCase().split(/\\s+/).filter(Boolean);
      articles.forEach((one, index) => {
        one.hidden = (code.value && one.dataset.code !== code.value)
          || (level.value && one.dataset.level !== level.value)
          || !words.every(word => content[index].includes(word));
      });
      const isAll = !words.length && !code.value && !level.value;
      for (const one of all(".function")) {
        one.hidden = !isAll && !one.querySelector("article:not([hidden])");
        const [link] = all(`.functions a[href="#${one.id}"]`);
        link.closest("tr").hidden = one.hidden;
      }
      const shown = articles.filter(one => !one.hidden).length;
      bar.querySelector("output").textContent = `${shown} of ${articles.length} findings`;
    };
    bar.addEventListener("input", filter);
    bar.hidden = false;
    filter();
  }
  for (const button of all(".copy")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = button.nextElementSibling;
      try {
        await navigator.clipboard.writeText(source.textContent);
      } catch {
        getSelection().selectAllChildren(source);
        document.execCommand("copy");
      }
      button.textContent = "Copied";
    });
  }
})();
"""
_HASH = base64.b64encode(hashlib.sha256(_SCRIPT.encode()).digest()).decode()

# Requests are forbidden, and all scripts but this one, in case that something of the function's
# got through.
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{hash}'">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
{head}
</header>
<main>
{sections}
</main>
<script>{script}</script>
</body>
</html>
"""

_STYLE = """\
:root {
  color-scheme: light dark;
  --paper: #fff; --tint: #f3f4f6; --line: #d5d8de; --ink: #1b1f24; --faint: #57606a;
  --error: #b3131f; --warning: #7a5200; --fine: #176a34; --bar: #3b74b8; --on: #fff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --tint: #21262d; --line: #3a414b; --ink: #e4e8ed; --faint: #a2acb8;
    --error: #ff8f88; --warning: #e8bb55; --fine: #74cf8f; --bar: #5f9fe6; --on: #15181c;
  }
}
* { box-sizing: border-box; }
body {
  max-width: 62rem; margin: 0 auto; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; text-size-adjust: 100%;
  -webkit-text-size-adjust: 100%;
}
code, pre { font: .875em/1.5 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { unicode-bidi: isolate; }
h1, h2, h3, p, ol, ul, dl, dd, pre { margin: 0; padding: 0; }
ol, ul { list-style: none; }
h1 { font-size: 1.5rem; line-height: 1.25; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; }
h3 { margin-top: .25rem; font-size: 1rem; }
.function { margin-top: 3rem; border-top: 2px solid var(--line); }
.function h3 { margin: 2rem 0 .5rem; }
h4 { margin: .25rem 0 0; font-size: 1rem; }
a { color: inherit; }
.facts, .details, .more { color: var(--faint); font-size: .875rem; }
.verdict { margin: .5rem 0 .25rem; font-size: 1.125rem; font-weight: 600; }
.error { color: var(--error); }
.warning { color: var(--warning); }
.fine { color: var(--fine); }
.level {
  margin-right: .5rem; padding: .1rem .5rem; border-radius: .25rem; color: var(--on);
  font-size: .8125rem; font-weight: 600;
}
.level.error { background: var(--error); }
.level.warning { background: var(--warning); }
.level.note { background: var(--bar); }
article { padding: 1rem 0 1.25rem; border-top: 1px solid var(--line); }
dl { display: grid; grid-template-columns: minmax(0, 1fr); margin-top: .5rem; }
dt { margin-top: .5rem; color: var(--faint); font-size: .875rem; }
.text, .box { padding: .5rem .75rem; border-radius: .375rem; background: var(--tint); }
.text p, .text pre { font: .875rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
.text p { min-height: 1.5em; white-space: pre-wrap; }
pre { overflow-x: auto; }
.text .copied { margin: .5rem 0; }
.copy {
  float: right; margin-left: .5rem; padding: .1rem .5rem; border: 1px solid var(--line);
  border-radius: .25rem; background: var(--paper); color: var(--ink); font: inherit;
  font-size: .8125rem; cursor: pointer;
}
.filter:not([hidden]) { display: flex; flex-wrap: wrap; gap: .5rem 1rem; margin-top: 1rem; }
.filter label, .filter output { max-width: 100%; font-size: .875rem; }
.filter input, .filter select {
  max-width: 100%; padding: .2rem .4rem; border: 1px solid var(--line); border-radius: .25rem;
  background: var(--paper); color: var(--ink); font: inherit;
}
.anchor { color: var(--faint); text-decoration: none; }
article:target { border-left: .25rem solid var(--bar); padding-left: .75rem; }
.box { max-height: 70vh; overflow-y: auto; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; font-size: .875rem; }
th, td { padding: .4rem .5rem .4rem 0; text-align: left; vertical-align: baseline; }
th { font-weight: 400; }
thead { color: var(--faint); }
tr { border-bottom: 1px solid var(--line); }
tr.failed { border-bottom: 0; }
col.name { width: 25%; }
col.distribution { width: 33%; }
col.version { width: 19%; }
.timeline > li { padding: .5rem 0; border-top: 1px solid var(--line); }
.timeline > li > .row { font-weight: 600; }
.timeline ol { padding-left: 1rem; }
.timeline ol > li { padding-top: .375rem; }
.row { display: grid; grid-template-columns: minmax(0, 1fr) auto; column-gap: 1rem; }
.time { white-space: nowrap; font-variant-numeric: tabular-nums; font-weight: 400; }
.track { height: .25rem; border-radius: .125rem; background: var(--tint); }
.bar {
  display: block; min-width: 3px; height: 100%; border-radius: inherit; background: var(--bar);
}
.hooks .bar { opacity: .6; }
details { padding: .5rem 0; border-top: 1px solid var(--line); }
summary { cursor: pointer; }
details > * + * { margin-top: .5rem; }
@media not all and (min-width: 48rem) {
  .track { grid-column: 1 / -1; margin-bottom: .25rem; }
  /* All bars of one width have one scale. */
  .timeline ol .track { margin-left: -1rem; }
  .hooks .track { display: none; }
}
@media (min-width: 48rem) {
  body { padding: 2rem; }
  dl { grid-template-columns: 5rem minmax(0, 1fr); row-gap: .5rem; }
  dt, dd > code { display: block; margin: 0; padding-top: .5rem; }
  table { font-size: 1rem; }
  .row { grid-template-columns: minmax(0, 1fr) 18rem 5rem; }
  .time { text-align: right; }
  .track { grid-area: 1 / 2; align-self: center; }
  .time { grid-column: 3; }
}
"""


def write(report: AnyReport, stream: TextIO) -> None:
    """Write a report as a page."""
    stream.write(page(report))


def page(report: AnyReport) -> str:
    """Return a report as a page of HTML; of several, an overview leads to each."""
    reports = each(report)
    anchors = _Anchors()
    if len(reports) == 1:
        (only,) = reports
        head = _head(only, "h1") + _filter(reports)
        sections = _sections(only, 2, anchors)
    else:
        failed = sum(not one.ok for one in reports)
        level = "error" if failed else "warning" if any(map(_warns, reports)) else "fine"
        outcome = f"{counted(failed, 'function')} of {len(reports)} with errors"
        head = (
            f"<h1>{_safe(title(report))}</h1>\n"
            f'<p class="verdict {level}">{outcome if failed else "No function has errors"}</p>\n'
            f"{_counts(_all_findings(reports))}{_filter(reports)}"
        )
        functions = [_function(at, one, anchors) for at, one in enumerate(reports, 1)]
        sections = "\n".join([_overview(reports), *functions])
    return _PAGE.format(
        title=_safe(title(report)),
        style=_STYLE,
        head=head,
        sections=sections,
        script=_SCRIPT,
        hash=_HASH,
    )


def _overview(reports: Sequence[Report | Failure]) -> str:
    rows = [
        f'<tr><th scope="row"><a href="#function-{number}">{_code(one.name)}</a></th>'
        f'<td class="{_level(one)}">{_safe(verdict(one))}</td></tr>'
        for number, one in enumerate(reports, 1)
    ]
    return _section(
        "Functions",
        '<table class="functions">\n<thead><tr><th scope="col">function</th>'
        f'<th scope="col">outcome</th></tr></thead>\n<tbody>\n{chr(10).join(rows)}\n</tbody>\n'
        "</table>",
    )


class _Anchors:
    """Names of places in a page, which are the same for a finding in each page."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()

    def of(self, finding: Finding) -> str:
        """Return the next name for a finding; another function may have the same one."""
        name = re.sub(r"[^\w-]", "", f"finding-{finding.id}", flags=re.ASCII)
        self._seen[name] += 1
        return name if self._seen[name] == 1 else f"{name}-{self._seen[name]}"


def _all_findings(reports: Iterable[Report | Failure]) -> list[Finding]:
    told = [one for one in reports if isinstance(one, Report)]
    return errors_first(finding for one in told for finding in one.findings)


def _filter(reports: Sequence[Report | Failure]) -> str:
    """Return what findings are filtered by, for a page that runs its script."""
    findings = _all_findings(reports)
    if len(findings) < 2:
        return ""
    codes = dict.fromkeys(one.code for one in findings)
    levels = dict.fromkeys(one.level for one in findings)
    return (
        '\n<div class="filter" role="search" hidden>\n'
        '<label>Filter <input type="search"></label>\n'
        f"{_select('code', codes)}\n{_select('level', levels)}\n<output></output>\n</div>"
    )


def _select(name: str, values: Iterable[str]) -> str:
    options = "".join(f"<option>{_safe(one)}</option>" for one in values)
    return f'<label>{name} <select><option value="">all</option>{options}</select></label>'


def _function(number: int, report: Report | Failure, anchors: _Anchors) -> str:
    return (
        f'<section class="function" id="function-{number}">\n{_head(report, "h2")}\n'
        f"{_sections(report, 3, anchors)}\n</section>"
    )


def _head(report: Report | Failure, tag: str) -> str:
    how = f"{facts(report)}; {origin(report)}" if isinstance(report, Report) else origin(report)
    return (
        f"<{tag}>Rehearsal of {_code(report.name)}</{tag}>\n"
        f'<p class="verdict {_level(report)}">{_safe(verdict(report))}</p>\n'
        f'<p class="facts">{_safe(how)}</p>'
    )


def _level(report: Report | Failure) -> str:
    return "error" if not report.ok else "warning" if _warns(report) else "fine"


def _warns(report: Report | Failure) -> bool:
    return isinstance(report, Report) and any(one.level == "warning" for one in report.findings)


def _sections(report: Report | Failure, level: int, anchors: _Anchors) -> str:
    if isinstance(report, Failure):
        traceback = _box(report.traceback) if report.traceback else ""
        return _section("Import", f'<p class="error">{_safe(report.error)}</p>{traceback}', level)
    findings = errors_first(report.findings)
    sections = [
        (
            "Findings",
            _counts(findings)
            + "\n".join(_finding(one, report, level, anchors.of(one)) for one in findings),
        ),
        ("Ignored", "\n".join(map(_ignored, report.ignored))),
        ("Ignored in vain", "\n".join(f"<p>{_safe(one.message)}</p>" for one in report.outdated)),
        ("Not examined", "\n".join(f"<p>{_safe(one)}</p>" for one in report.not_examined)),
        ("Timeline", _timeline(report)),
        ("Plugins", _plugins(report)),
        ("Event", _json(report.run.event)),
        ("Output", _outputs(report)),
    ]
    return "\n".join(_section(name, content, level) for name, content in sections if content)


def _section(name: str, content: str, level: int = 2) -> str:
    return f"<section>\n<h{level}>{name}</h{level}>\n{content}\n</section>"


def _counts(findings: Sequence[Finding]) -> str:
    """Return how many findings there are of each code, where there are several."""
    counts = Counter(one.code for one in findings)
    if len(findings) < 2:
        return ""
    items = [f"{_code(code)} {count}" for code, count in counts.items()]
    return f'<p class="details">{", ".join(items)}</p>\n'


def _safe(text: str) -> str:
    return escape(printable(text))


def _code(text: str) -> str:
    """Return a name or a location that wraps behind its dots and slashes."""
    return f"<code>{re.sub(r'(?<=[._/])', '<wbr>', _safe(text))}</code>"


def _finding(finding: Finding, report: Report, heading: int, anchor: str) -> str:
    level = finding.level
    code = _code(finding.code)
    if report.run.documentation:
        code = f'<a href="{_safe(report.run.link(finding.code))}">{code}</a>'
    entries = [
        ("where", _code(finding.location) if finding.location else ""),
        ("file", _file(finding, report)),
        ("evidence", _text(finding.evidence)),
        ("fix", _fix(finding.fix)),
    ]
    listed = "\n".join(f"<dt>{title}</dt><dd>{entry}</dd>" for title, entry in entries if entry)
    return (
        f'<article id="{anchor}" data-code="{_safe(finding.code)}" data-level="{level}">\n'
        f'<p><span class="level {level}">{level}</span>{code} '
        f'<a class="anchor" href="#{anchor}" title="A link to this finding">#</a></p>\n'
        f"<h{heading + 1}>{_safe(finding.message)}</h{heading + 1}>\n<dl>\n{listed}\n</dl>\n"
        "</article>"
    )


def _ignored(ignored: Ignored) -> str:
    finding = ignored.finding
    return (
        f"<details>\n<summary>{_code(finding.code)} {_code(finding.location)} "
        f'<span class="details">{_safe(ignored.reason)}</span></summary>\n'
        f"<p>{_safe(finding.message)}</p>{_text(finding.evidence)}"
        f'<p class="details">{_safe(ignored.where)}</p>\n</details>'
    )


def _file(finding: Finding, report: Report) -> str:
    """Return file and line, where the location does not tell them."""
    if finding.file is None or finding.location.startswith(finding.file):
        return ""
    return _code(report.run.file(finding.file) + (f":{finding.line}" if finding.line else ""))


def _text(text: str) -> str:
    """Return lines that wrap, and blocks of indented ones, which are code and do not."""
    return _tinted(_lines(text))


def _lines(text: str) -> list[str]:
    text = printable(text).strip("\n")
    parts = []
    for indented, lines in groupby(text.split("\n"), lambda line: line.startswith(" ")):
        if indented:
            parts.append(f'<pre tabindex="0">{escape(chr(10).join(lines))}</pre>')
        else:
            parts += [f"<p>{escape(line)}</p>" for line in lines]
    return parts if text.strip() else []


def _fix(fix: Fix) -> str:
    """Return words that wrap, and blocks of what is to be copied."""
    parts: list[str] = []
    for part in fix.parts:
        parts += _lines(part) if isinstance(part, str) else [_copied(part.text)]
    return _tinted(parts)


def _tinted(parts: list[str]) -> str:
    return f'<div class="text">{"".join(parts)}</div>' if parts else ""


def _copied(text: str) -> str:
    return (
        '<button type="button" class="copy" hidden>Copy</button>'
        f'<pre class="copied" tabindex="0">{_safe(text)}</pre>'
    )


def _timeline(report: Report) -> str:
    stretches = list(timeline(report))
    whole = max(stretch.end for stretch in stretches) or 1
    groups: list[list[str]] = []
    for stretch in stretches:
        if stretch.depth == 0:
            groups.append([])
        groups[-1].append(_stretch(stretch, whole))
    items = (first + (_list(below) if below else "") for first, *below in groups)
    return _list(items, "timeline")


def _list(items: Iterable[str], kind: str = "") -> str:
    opening = f'<ol class="{kind}">' if kind else "<ol>"
    return "\n".join([opening, *(f"<li>{item}</li>" for item in items), "</ol>"])


def _stretch(stretch: Stretch, whole: float) -> str:
    title = stretch.title if stretch.finished else f"{stretch.title}: not finished"
    row = _row(f"<p>{title}</p>", stretch.start, stretch.seconds, whole)
    below = _invocation(stretch.invocation) if stretch.invocation else ""
    start = stretch.start
    hooks = []
    for hook in stretch.hooks:
        hooks.append(_row(_hook(hook), start, hook.seconds, whole))
        start += hook.seconds
    return row + (_list(hooks, "hooks") if hooks else "") + below


def _row(name: str, start: float, seconds: float | None, whole: float) -> str:
    """Return a name with its duration, and a bar that shows both on the scale of the whole."""
    if seconds is None:
        return f'<div class="row"><div>{name}</div></div>'
    place = f"margin-left:min({start / whole:.2%},100% - 3px);width:{seconds / whole:.2%}"
    return (
        f'<div class="row"><div>{name}</div><span class="time">{_safe(duration(seconds))}</span>'
        f'<span class="track"><span class="bar" style="{place}"></span></span></div>'
    )


def _hook(hook: HookRun) -> str:
    owner = f"plugin {_code(hook.plugin)}" if hook.plugin else "explicit"
    location = f", {_code(hook.location)}" if hook.location else ""
    failure = f'<p class="error">failed: {_safe(hook.error)}</p>' if hook.error else ""
    return f'<p>{_code(hook.name)}</p><p class="details">{owner}{location}</p>{failure}'


def _invocation(invocation: Invocation) -> str:
    if invocation.error is not None:
        return f'<p class="error">failed: {_safe(invocation.error)}</p>'
    result = json.dumps(invocation.result, ensure_ascii=False)
    if len(result) <= _INLINE:
        return f"<p>returned <code>{_safe(result)}</code></p>"
    return f"<p>returned</p>{_json(invocation.result)}"


def _json(value: Any) -> str:
    """Return a box with a value as JSON, cut where it is huge."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    rest = len(text) - _LONGEST
    cut = f'<p class="details">{counted(rest, "character")} more</p>' if rest > 0 else ""
    return f"{_box(text[:_LONGEST])}{cut}"


def _box(text: str) -> str:
    # A newline that follows the tag at once does not count.
    return f'<pre class="box" tabindex="0">\n{_safe(text)}</pre>'


def _plugins(report: Report) -> str:
    if not report.plugins:
        return "<p>No plugins are installed.</p>"
    rows = []
    for plugin in report.plugins:
        kind = "failed" if plugin.error else ""
        rows.append(
            f'<tr class="{kind}"><th scope="row">{_code(plugin.name)}</th>'
            f"<td>{_safe(plugin.distribution)}</td><td>{_safe(plugin.version)}</td>"
            f'<td class="{"error" if plugin.error else ""}">{_safe(plugin.status)}</td></tr>'
        )
        if plugin.error:
            rows.append(f'<tr><td class="error" colspan="4">{_safe(plugin.error)}</td></tr>')
    return (
        '<table>\n<colgroup><col class="name"><col class="distribution"><col class="version">'
        "<col></colgroup>\n"
        '<thead><tr><th scope="col">name</th><th scope="col">distribution</th>'
        '<th scope="col">version</th><th scope="col">status</th></tr></thead>\n<tbody>\n'
        + "\n".join(rows)
        + "\n</tbody>\n</table>"
    )


def _outputs(report: Report) -> str:
    outputs = [output for output in report.outputs if output.text or output.cut]
    return "\n".join(map(_output, outputs)) or "<p>The function wrote nothing.</p>"


def _output(output: Output) -> str:
    lines = counted(len(output.text.splitlines()), "line")
    were = "was" if output.cut == 1 else "were"
    more = f"<p>{counted(output.cut, 'byte')} more {were} left out.</p>" if output.cut else ""
    return (
        f'<details>\n<summary>{_safe(output.origin)} <span class="details">{lines}</span>'
        f"</summary>\n{_box(output.text)}{more}\n</details>"
    )
