"""The command `snapshot-restore`: shows the plugins and hooks of a function.

The function's code, and the plugins, run in a process of their own, started as Lambda
starts it; this one only prints what it found.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import sys
import textwrap
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from . import __version__
from ._completion import SHELLS, script
from ._rehearsal.telling.nearest import nearest
from ._rehearsal.telling.plain_json import dumps
from ._rehearsal.telling.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_INSPECTION = Path(__file__).with_name("_inspection.py")
_GRACE = 5.0  # seconds that the inspecting process may take to end after it has told its report
_SCHEMA = Path(__file__).with_name("_rehearsal") / "telling" / "report.schema.json"
_WIDTH = 80  # columns
_STANDARD_ERROR = 2  # the descriptor
_TAKEN_BACK = {
    "aws": "no-aws",
    "second-call": "no-second-call",
    "no-show-values": "show-values",
    "no-traceback": "traceback",
    "no-quiet": "quiet",
    "no-verbose": "verbose",
    "network": "no-network",
    "cache": "no-cache",
}
_PHASES = {"before_snapshot": "Before the snapshot", "after_restore": "After each restore"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status.

    0: done. 1: a plugin failed. 2: the call is wrong, or the handler cannot be imported.
    3: the function's init failed in a rehearsal. 4: the command itself failed.
    130: it was interrupted. 141: who reads the output has read enough, as for a program that
    the signal ends.
    """
    _open_streams()
    options = _parser().parse_args(arguments)
    if options.command == "rehearse":
        from ._rehearsal.targets import WrongCallError

        try:
            options = _configured(options)
        except WrongCallError as problem:
            return _complain(str(problem))
    if "path" in options and not options.path.is_dir():
        return _complain(f"{options.path} is not a folder")
    if "timeout" in options and not 0 < options.timeout < math.inf:
        return _complain("--timeout has to be a positive number of seconds")
    from ._supervision import guarded

    try:
        return guarded(lambda: _finish(options))
    except OSError as error:
        return _fail(options, error)


def _finish(options: argparse.Namespace) -> int:
    """Do what is asked for, and return the exit status, whatever goes wrong."""
    try:
        status = _run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still to be written has nowhere to go.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return 141
    except KeyboardInterrupt:
        print("snapshot-restore: interrupted", file=sys.stderr)
        return 130
    except Exception as error:  # The last line of defence: there is never a traceback.
        return _fail(options, error)
    return status


def _fail(options: argparse.Namespace, error: Exception) -> int:
    what = "the rehearsal" if options.command == "rehearse" else "the command"
    cause = " ".join(str(error).split())
    _complain(f"{what} itself failed: {type(error).__name__}{cause and ': '}{cause}")
    return 4


def _open_streams() -> None:
    """Give the process the standard streams that it lacks, and let them take any text."""
    with contextlib.suppress(OSError):
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _STANDARD_ERROR:
            os.set_inheritable(descriptor, True)
        os.close(descriptor)
    for name in ("stdout", "stderr"):
        stream: Any = getattr(sys, name)
        if stream is None:
            stream = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
            setattr(sys, name, stream)
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _run(options: argparse.Namespace) -> int:
    if options.command in _TOOLS:
        return _run_tool(options)
    found = _inspect(options.path, options.handler, options.timeout)
    if isinstance(found, str):
        return _complain(found)
    if "error" in found:
        _complain(found["error"])
        return int(found["status"])
    if options.format == "json":
        print(dumps(found))
    else:
        print(printable("\n".join(_text(found))))
    return int(any(plugin["status"] == "failed" for plugin in found["plugins"]))


class _Parser(argparse.ArgumentParser):
    """One command's parser."""

    shows_codes = False
    is_configured = False
    _words: Sequence[str] = ()

    def parse_known_args(self, *args: Any, **options: Any) -> Any:
        """Parse, and keep apart what was given, which wins over the configuration."""
        if not self.is_configured:
            return super().parse_known_args(*args, **options)
        held = [(one, one.default) for one in self._actions]
        for one in self._actions:
            one.default = argparse.SUPPRESS
        try:
            given, rest = super().parse_known_args(*args, **options)
        finally:
            for one, default in held:
                one.default = default
        defaults = {one.dest: default for one, default in held if default != argparse.SUPPRESS}
        self.given = vars(given)
        return argparse.Namespace(**{**defaults, **self.given, "parser": self}), rest

    def parse_args(self, *args: Any, **options: Any) -> Any:
        """Parse all there is; a wrong option gets the nearest right one."""
        self._words = args[0] if args and args[0] is not None else sys.argv[1:]
        options_given, rest = self.parse_known_args(*args, **options)
        if rest:
            chosen = self._chosen(getattr(options_given, "command", None))
            wrong = next((one for one in rest if one.startswith("--")), rest[0])
            chosen.error(f"there is no {wrong}{chosen._near(wrong)}")
        return options_given

    def error(self, message: str) -> NoReturn:
        """Say what is wrong in the call, and end with status 2."""
        wrong = next((one for one in self._words if one.startswith("--")), "")
        if "required" in message and wrong and wrong not in self._option_string_actions:
            message = f"there is no {wrong}{self._near(wrong)}"  # That is why something lacks.
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {message}\n")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Raise ArgumentError if a value is none of the choices, and name the nearest."""
        if action.choices is not None and value not in action.choices:
            choices = [str(one) for one in action.choices]
            near = nearest(str(value), choices) or "."
            raise argparse.ArgumentError(
                action, f"there is no {value!r}{near} It is one of: {', '.join(choices)}"
            )

    def _chosen(self, command: str | None) -> _Parser:
        """Return the parser of a command."""
        found = [one.choices for one in self._actions if isinstance(one.choices, dict)]
        chosen: _Parser = found[0].get(command, self) if found else self
        return chosen

    def _near(self, option: str) -> str:
        return nearest(option.partition("=")[0], self._option_string_actions)

    def format_help(self) -> str:
        """Return the help, with the codes that `--ignore` takes, which only it imports."""
        text = super().format_help()
        if self.shows_codes:
            from ._rehearsal.findings import codes

            names = ", ".join(code.name for code in codes())
            text += "\n".join(["", *_wrapped(f"Each CODE is one of: {names}.", indent=""), ""])
        return text


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="snapshot-restore",
        description="Look at the SnapStart hooks of a Lambda function, and rehearse a snapshot.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    common = _Parser(add_help=False)
    common.add_argument(
        "--path",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="the function's folder, first on sys.path as in Lambda (default: this folder)",
    )
    common.add_argument(
        "--timeout",
        type=float,
        default=30,
        metavar="SECONDS",
        help="how long it may take, in a rehearsal each phase (default: 30)",
    )
    listing = _Parser(add_help=False)
    listing.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    commands = parser.add_subparsers(
        required=True, metavar="COMMAND", dest="command", parser_class=_Parser
    )
    hooks = commands.add_parser(
        "hooks",
        parents=[common, listing],
        help="show the plugins, and the hooks in the order in which they run",
        description="Import a handler as Lambda does, and show the plugins and all hooks. That "
        "runs the code of the handler's module and of the plugins, in a process of its own.",
    )
    hooks.add_argument("handler", help="as in Lambda's configuration, for example app.handler")
    plugins = commands.add_parser(
        "plugins",
        parents=[common, listing],
        help="show the installed plugins",
        description="Show the plugins that a function in DIR gets. That imports them: their code "
        "runs, in a process of its own.",
    )
    plugins.set_defaults(handler="")
    rehearse = commands.add_parser(
        "rehearse",
        parents=[common, _reporting_parser("error", "error")],
        help="run the function through a snapshot and several restores, and say what goes wrong",
        description="Run a function through its whole life on this machine: init, snapshot, "
        "several restores. Report what was seen to go wrong. The init runs for real, at least "
        "twice, and the handler in each restore, twice or more, with your environment and your "
        "credentials.",
    )
    rehearse.shows_codes = rehearse.is_configured = True
    rehearse.add_argument(
        "handler",
        nargs="*",
        default=[],
        metavar="handler",
        help="as in Lambda's configuration, for example app.handler; with --template, names of "
        "functions (default: those with SnapStart)",
    )
    _add_application(rehearse)
    rehearse.add_argument(
        "--event",
        action="append",
        default=[],
        metavar="FILE",
        help="a JSON file with the event, as sam local generate-event writes it, or the JSON "
        "itself; - reads standard input (default: an empty object); may be given again: each is "
        "tried",
    )
    rehearse.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a variable of the function's environment; may be given again",
    )
    rehearse.add_argument(
        "--env-file",
        type=Path,
        metavar="FILE",
        help="a file of such variables, one a line; lines that begin with # are left out",
    )
    rehearse.add_argument(
        "--restores", type=int, default=3, metavar="N", help="how many restores (default: 3)"
    )
    rehearse.add_argument(
        "--own",
        nargs="+",
        action="extend",
        default=[],
        metavar="MODULE",
        help="modules that are your own too, as in company or company.*, wherever they lie",
    )
    rehearse.add_argument(
        "--expect-failure",
        action="append",
        default=[],
        metavar="TYPE",
        help="an exception that the handler may fail of or answer, by the name of its class or of "
        "a base; all else is judged as ever; may be given again",
    )
    rehearse.add_argument(
        "--no-aws",
        action="store_true",
        help="run without AWS: made-up credentials, no service that can be reached",
    )
    rehearse.add_argument(
        "--no-second-call",
        action="store_true",
        help="do not invoke the handler a second time in each restore, to compare its speed",
    )
    _add_machine(rehearse)
    rehearse.add_argument(
        "--traceback",
        action="store_true",
        help="show the whole traceback if the handler cannot be imported",
    )
    rehearse.add_argument(
        "--quiet",
        action="store_true",
        help="only print the report: not what is done, nor what the function writes",
    )
    rehearse.add_argument(
        "--verbose",
        action="store_true",
        help="tell each step in a line of its own, and the whole traceback of what fails",
    )
    rehearse.add_argument(
        "--html", type=Path, metavar="FILE", help="the same as --output html=FILE"
    )
    rehearse.add_argument(
        "--patch",
        type=Path,
        metavar="FILE",
        help="write all code of the report as one patch, for git apply in DIR",
    )
    rehearse.add_argument(
        "--ignore",
        nargs="+",
        action="extend",
        default=[],
        metavar="CODE",
        help="leave out findings",
    )
    rehearse.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help="the file with [tool.snapshot-restore] (default: the nearest pyproject.toml that has "
        "it, upwards from the function's folder)",
    )
    rehearse.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="accept the findings that stand in this file; others count",
    )
    rehearse.add_argument(
        "--write-baseline",
        action="store_true",
        help="write what is found into the file of --baseline, so that it is accepted",
    )
    # What the configuration has set can be taken back.
    for name, says in _TAKEN_BACK.items():
        rehearse.add_argument(
            f"--{name}",
            dest=says.replace("-", "_"),
            action="store_false",
            default=argparse.SUPPRESS,
            help=f"the contrary of --{says}, which the configuration may say",
        )
    report = commands.add_parser(
        "report",
        parents=[_reporting_parser(None, "as each was rehearsed")],
        help="make one report of several, in any format",
        description="Read what rehearsals wrote as JSON, and make one report of it. The exit "
        "status is the greatest that one of them had.",
    )
    report.add_argument(
        "file",
        nargs="+",
        metavar="FILE",
        help="what --output json=FILE or this command wrote; - reads standard input",
    )
    explain = commands.add_parser(
        "explain",
        help="say what a finding means and what to do about it",
        description="Print a finding's page of the documentation.",
    )
    explain.shows_codes = True
    explain.add_argument("code", metavar="CODE", help="as in shared-value")
    commands.add_parser(
        "clean",
        help="remove the machines that the engine microvm has kept",
        description="Remove the virtual machines that were booted and kept for the next rehearsal.",
    )
    commands.add_parser(
        "schema",
        help="print the JSON schema of a report",
        description="Print the JSON schema, draft 2020-12, of what --format json prints.",
    )
    completion = commands.add_parser(
        "completion",
        help="print what makes a shell complete commands, options and findings",
        description='Print a script for a shell. In bash: eval "$(snapshot-restore completion '
        'bash)"',
    )
    completion.add_argument("shell", choices=SHELLS, help="which one")
    return parser


def _add_application(parser: argparse.ArgumentParser) -> None:
    """Add the options for the functions of a template."""
    parser.add_argument(
        "--template",
        type=Path,
        metavar="FILE",
        help="rehearse the functions of a template of SAM or CloudFormation, in YAML or JSON, or "
        "of a folder that holds one: cdk.out, .serverless",
    )
    parser.add_argument(
        "--all",
        action="store_true",
        help="with --template: all Python functions, also those without SnapStart",
    )
    parser.add_argument(
        "--parameter",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="with --template: the value of a parameter, or of a pseudo parameter such as "
        "AWS::Region; may be given again",
    )
    parser.add_argument(
        "--events",
        type=Path,
        metavar="FOLDER",
        help="with --template: a folder with FUNCTION.json for each function that gets an event of "
        "its own, called by its name, as in Orders.json or Stack/Orders.json; the others get those "
        "of --event",
    )
    parser.add_argument(
        "--jobs",
        type=int,
        default=_cores(),
        metavar="N",
        help="how many functions of a template, or rehearsals of one with several events, run side "
        "by side (default: one for each core)",
    )
    parser.add_argument(
        "--shard",
        metavar="K/N",
        help="with --template: only a share of the functions, as in 2/5, the second of five",
    )
    parser.add_argument(
        "--times",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="an earlier report as JSON, which tells how long functions take: the shares of "
        "--shard are made so that they take equally long; may be given again",
    )


def _add_machine(parser: argparse.ArgumentParser) -> None:
    """Add the options of the engines."""
    from ._machine.options import age, ports
    from ._rehearsal.driving.engines import USUAL, engines

    parser.add_argument(
        "--engine",
        choices=engines(),
        default=USUAL,
        metavar="ENGINE",
        help=f"what makes the restores: {', '.join(engines())} (default: {USUAL}). microvm runs "
        "the function in a small virtual machine, really snapshotted and restored; it needs "
        "QEMU, on Linux",
    )
    parser.add_argument(
        "--age",
        type=age,
        default=0.0,
        metavar="TIME",
        help="with microvm: restore that long after the snapshot, as in 3h or 14d, so that what "
        "has expired shows (default: at once)",
    )
    parser.add_argument(
        "--host-ports",
        type=ports,
        default=(),
        metavar="PORT,...",
        help="with microvm: ports of this machine's loopback that the function finds on its own, "
        "as in 5432,6379",
    )
    parser.add_argument(
        "--no-network",
        action="store_true",
        help="with microvm: let the function reach nothing outside",
    )
    parser.add_argument(
        "--kernel",
        metavar="FILE",
        help="with microvm: the kernel (default: that of the variable SNAPSHOT_RESTORE_KERNEL, or "
        "the newest in /boot)",
    )
    parser.add_argument(
        "--memory",
        type=int,
        metavar="MB",
        help="with microvm: the machine's memory (default: what the packages need, and more)",
    )
    parser.add_argument(
        "--no-cache",
        action="store_true",
        help="with microvm: boot a machine, and do not keep it for the next time",
    )
    parser.add_argument(
        "--keep",
        metavar="FOLDER",
        help="with microvm: keep the console's log and the snapshot, which hold all that the "
        "function had in its memory, secrets too",
    )


def _cores() -> int:
    """Return how many cores this process may use."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def _reporting_parser(fail_on: str | None, told: str) -> _Parser:
    """Return the options of what makes reports; `told` is what the help says of the default."""
    from ._rehearsal.reports import forms
    from ._rehearsal.telling.fail_on import FAIL_ON

    parser = _Parser(add_help=False)
    parser.add_argument(
        "--format",
        choices=forms(),
        default="text",
        metavar="FORMAT",
        help=f"what is printed: {', '.join(forms())} (default: text)",
    )
    parser.add_argument(
        "--output",
        action="append",
        default=[],
        metavar="FORMAT=FILE",
        help="write the report in one of these formats too; - as FILE is standard output; may be "
        "given again",
    )
    parser.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        default=fail_on,
        help=f"the least level of a finding that makes the exit status 1 (default: {told})",
    )
    parser.add_argument(
        "--documentation",
        type=_address,
        metavar="URL",
        help="where the documentation is published, for links to the findings' pages",
    )
    parser.add_argument(
        "--show-values",
        action="store_true",
        help="show what the init made up, and what looks like a secret, as it is",
    )
    return parser


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://", "file://")):
        raise argparse.ArgumentTypeError(f"{text!r} does not begin with https://")
    return text.rstrip("/")


def _configured(options: argparse.Namespace) -> argparse.Namespace:
    from ._rehearsal.configuration import configured

    return configured(options, options.parser.given, options.parser._actions)


def _run_tool(options: argparse.Namespace) -> int:
    from ._rehearsal.targets import WrongCallError

    try:
        return _TOOLS[options.command](options)
    except WrongCallError as problem:
        return _complain(str(problem))


# Imported there, because the other commands do not need them.
def _rehearse(options: argparse.Namespace) -> int:
    from ._rehearsal.command import run

    return run(options)


def _report(options: argparse.Namespace) -> int:
    from ._rehearsal.reporting import run

    return run(options)


def _explain(options: argparse.Namespace) -> int:
    from ._rehearsal.explaining import run

    return run(options.code)


def _schema(options: argparse.Namespace) -> int:  # noqa: ARG001
    print(_SCHEMA.read_text(encoding="utf-8"), end="")
    return 0


def _complete(options: argparse.Namespace) -> int:
    try:
        print(script(_parser(), options.shell))
    except ImportError:
        return _complain("it needs shtab: pip install 'shtab>=1.13'")
    return 0


def _clean(_: argparse.Namespace) -> int:
    from ._machine.cache import clean

    folder, freed = clean()
    where = f" in {folder}" if folder else ""
    print(printable(f"removed {freed / 1e6:,.0f} MB of virtual machines{where}"))
    return 0


_TOOLS = {
    "rehearse": _rehearse,
    "report": _report,
    "explain": _explain,
    "schema": _schema,
    "completion": _complete,
    "clean": _clean,
}


def _complain(problem: str) -> int:
    print(f"snapshot-restore: {printable(problem)}", file=sys.stderr)
    return 2


def _inspect(path: Path, handler: str, limit: float) -> dict[str, Any] | str:
    """Return what the inspecting process reports, or what went wrong with it."""
    from ._supervision import Started, no_process_left

    # The package may be importable here only because of where this process was started.
    arguments = [str(path.resolve()), str(_INSPECTION.parent.parent), handler]
    sys.stdout.flush()
    deadline = time.monotonic() + limit
    what = f"the handler {handler!r}" if handler else "the plugins"
    with no_process_left():
        process = Started(_INSPECTION, (arguments, []), _show)
        grace = 0.0
        try:
            line = process.line()
            while line is None:
                status = process.status()
                if status is not None and not process.read():
                    return f"the process that imported {what} ended early: it {_ended(status)}"
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    return f"the process that imported {what} took over {limit:g} s and was killed"
                process.pause(remaining)
                line = process.line()
            grace = _GRACE
        finally:
            process.end(grace)
    try:
        report: dict[str, Any] = json.loads(line)
    except (ValueError, RecursionError):
        report = {}
    if not isinstance(report, dict) or not {"error", "plugins"} & report.keys():
        return f"the process that imported {what} told what is no report"
    return report


def _show(written: bytes) -> None:
    """Show what the function's code writes, made harmless for a terminal."""
    sys.stderr.write(printable(written.decode("utf-8", "replace")))
    sys.stderr.flush()


def _ended(status: int) -> str:
    if os.WIFSIGNALED(status):
        return f"was killed by signal {os.WTERMSIG(status)}"
    return f"ended with status {os.WEXITSTATUS(status)}"


def _text(found: dict[str, Any]) -> Iterator[str]:
    yield from _plugin_table(found["plugins"], with_cost="handler" not in found)
    for problem in found["problems"]:
        yield ""
        yield from _wrapped(f"Warning: {problem}", indent="")
    for phase, title in _PHASES.items():
        if phase in found:
            yield ""
            yield from _hook_list(title, found[phase], found["path"])


def _plugin_table(plugins: list[dict[str, Any]], *, with_cost: bool) -> Iterator[str]:
    if not plugins:
        yield "No plugins are installed."
        return
    columns = ("name", "distribution", "version", "status")
    rows = [[name.upper() for name in columns]]
    rows += [[plugin[name] or "-" for name in columns] for plugin in plugins]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row, plugin in zip(rows, [None, *plugins]):
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
        if plugin and plugin["error"]:
            yield from _wrapped(plugin["error"])
        if plugin and plugin["seconds"] and with_cost:
            yield from _wrapped(_cost(plugin))


def _cost(plugin: dict[str, Any]) -> str:
    modules = Counter(module.partition(".")[0] for module in plugin["modules"])
    names = [f"{top} ({count} modules)" if count > 1 else top for top, count in modules.items()]
    what = f", imported {', '.join(names)}" if names else ""
    return f"{plugin['seconds'] * 1000:.1f} ms{what}"


def _wrapped(text: str, indent: str = "  ") -> list[str]:
    wrapper = textwrap.TextWrapper(_WIDTH, initial_indent=indent, subsequent_indent=indent)
    wrapper.break_on_hyphens = wrapper.break_long_words = False  # Paths stay whole.
    return wrapper.wrap(text)


def _hook_list(title: str, hooks: list[dict[str, Any]], path: str) -> Iterator[str]:
    yield f"{title}, in the order in which they run:" if hooks else f"{title}: no hooks."
    digits = len(str(len(hooks)))
    for number, hook in enumerate(hooks, 1):
        owner = f"plugin {hook['plugin']}" if hook["plugin"] else "explicit"
        yield f"  {number:{digits}}. {hook['name']} ({owner})"
        if hook["file"]:
            yield f"  {'':{digits}}  {_shown(hook['file'], path)}, line {hook['line']}"


def _shown(file: str, path: str) -> str:
    """Return a file's path as short as it can be: from the function's folder, if inside."""
    inside = os.path.relpath(file, path) if file.startswith(path + os.sep) else file
    return inside if len(inside) < _WIDTH - 20 else "..." + inside[20 - _WIDTH :]
