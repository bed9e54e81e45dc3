"""Reports as a rehearsal makes them, ordinary and extreme, to be shown."""

from __future__ import annotations

from dataclasses import replace

from snapshot_restore_py._rehearsal.advice.fix import (
    Addition,
    Command,
    Fix,
    Hook,
    in_code,
    in_words,
)
from snapshot_restore_py._rehearsal.evidence.records import (
    HookRun,
    Invocation,
    Output,
    Phase,
    PluginRow,
)
from snapshot_restore_py._rehearsal.findings import Caller, Finding
from snapshot_restore_py._rehearsal.telling.report import (
    Failure,
    Ignored,
    Outdated,
    Report,
    Run,
    Several,
)

CLOSE = HookRun("app.close_connections", None, "app.py:21", 0.0021, None)
PREPARE = HookRun("snapshot_restore_boto.before_snapshot", "boto", None, 0.0324, None)
RESEED = HookRun(
    "snapshot_restore_random.after_restore",
    "random",
    "snapshot_restore_random/__init__.py:19",
    0.0004,
    None,
)
SECRET = HookRun("app.Settings.load_secret", None, "app.py:34", 1.26, None)
RANDOM = PluginRow("random", "snapshot-restore-random", "1.1.0", "loaded", None)
BOTO = PluginRow("boto", "snapshot-restore-boto", "0.3", "loaded", None)
BROKEN = PluginRow(
    "audit",
    "acme-audit",
    "2.0",
    "failed",
    "ModuleNotFoundError: No module named 'acme_audit.snapshot' (acme_audit/__init__.py, line 3)",
)
DISABLED = PluginRow("flags", "acme-flags", "", "disabled", None)

RUN = Run("2.0.0", "2026-11-27T12:00:00Z", {"order": 7}, "functions/orders")


def report(**changes: object) -> Report:
    """Return a report without findings, with some fields changed."""
    fields = {
        "handler": "app.handler",
        "python": "3.13.0",
        "restores": 3,
        "plugins": (BOTO, RANDOM),
        "init": Phase(0.412),
        "before_snapshot": Phase(0.0347, (CLOSE, PREPARE)),
        "after_restore": (Phase(1.262, (RESEED, SECRET)),) * 3,
        "invoke": tuple(
            Invocation(0.0123 + number, {"statusCode": 200, "body": f"order {number}"}, None)
            for number in range(3)
        ),
        "findings": (),
        "run": RUN,
        "outputs": (
            Output("init", "loading the settings\n", 0),
            Output("restore 1, handler", "START\none line\nEND\n", 0),
        ),
    }
    return Report(**{**fields, **changes})


PREFIX = Hook(
    "after_restore",
    "renew_order_prefix",
    (
        "global ORDER_PREFIX",
        "ORDER_PREFIX = make_order_prefix('of a text that is longer than a line of 80 columns')",
    ),
)
SHARED = Finding(
    "shared-value",
    "error",
    "Made up at init, and the same in all 3 restores",
    "app.ORDER_PREFIX",
    "this init    '6f1c2d'\nrestore 1    '6f1c2d'\nrestore 2    '6f1c2d'\nrestore 3    '6f1c2d'\n"
    "another init 'a90be1'",
    in_code("Make it anew after the restore", Addition("app", "app.py", (PREFIX,))),
)
GENERATOR = Finding(
    "shared-random-state",
    "error",
    "The generator was in the same state in all 3 restores, and the handler drew from it",
    "random (the module's own generator)",
    "its next number would have been 0.8444218515250481 in each of them",
    Fix(
        (
            "Install the plugin that reseeds it after each restore:",
            Command("pip install ./plugins/snapshot-restore-random"),
            "Or seed it in a hook of your own.",
        )
    ),
)
CLOCK = Finding(
    "captured-time",
    "warning",
    "A clock reading of the init, the same in all 3 restores",
    "app.STARTED (app.py:7)",
    "datetime.datetime(2026, 11, 24, 22, 34, 48, 117263)",
    in_words("Read the clock in the handler, or after the restore."),
)
HOOK_FAILED = Finding(
    "hook-failed",
    "error",
    "The hook app.Settings.load_secret raised ConnectionRefusedError",
    "app.py:34",
    "Traceback (most recent call last):\n"
    '  File "/srv/functions/orders/app.py", line 36, in load_secret\n'
    "    self.secret = client.get_secret_value(SecretId=self.secret_id)['SecretString'].strip()\n"
    '  File "/srv/functions/orders/client.py", line 12, in get_secret_value\n'
    "    connection.connect()\n"
    "ConnectionRefusedError: [Errno 111] Connection refused",
    in_words("Let the hook deal with it. A hook that raises makes the restore fail in Lambda."),
)
TIMEOUT = Finding(
    "timeout", "error", "The init was killed after 30 s", "app", "", in_words("Raise --timeout.")
)

HOSTILE = (
    "[red]x[/red] [/] [link=file:///etc]l[/link] :smile: <script>alert(1)</script>"
    "<!--</pre></details> &amp; \"'\x1b[31m\x1b]0;title\x07\x9b2J\x00\r\u202egnp\u2028\ud83d\t|"
)
UNICODE = "Größe 価格表を読み込む処理 \U0001f469\u200d\U0001f680 e\u0301 עברית"
LONG = "package.with_a_long_name" * 9


def hostile(text: str) -> Report:
    """Return a report that has `text` wherever a function's text can stand."""
    hook = HookRun(text, text, text, 0.01, text)
    return report(
        handler=text,
        python=text,
        plugins=(PluginRow(text, text, text, "failed", text),),
        before_snapshot=Phase(0.1, (hook,)),
        after_restore=(Phase(0.1, (hook, CLOSE)),) * 2,
        invoke=(Invocation(0.1, {text: [text, None]}, None), Invocation(0.1, None, text)),
        findings=tuple(
            Finding(text, level, text, text, f"{text}\n  {text}", in_words(text))
            for level in ("warning", "error")
        ),
        outputs=(Output(text, f"{text}\n{text}\n", 12345),),
        ignored=(
            Ignored(
                Finding(text, "error", text, text, text, in_words(text)), text, "comment", text
            ),
        ),
        outdated=(Outdated(text, "comment", text, text),),
    )


REPORTS = {
    "nothing went wrong": report(),
    "no plugins, no hooks, no output": report(
        plugins=(),
        before_snapshot=Phase(0.00001),
        after_restore=(Phase(0.00001),) * 3,
        outputs=(Output("init", "", 0),),
    ),
    "findings": report(
        plugins=(BOTO, BROKEN, DISABLED, RANDOM),
        findings=(CLOCK, GENERATOR, SHARED),
    ),
    "a hook failed after a restore": report(
        after_restore=(
            Phase(
                1.262,
                (
                    RESEED,
                    HookRun(
                        *("app.Settings.load_secret", None, "app.py:34", 1.26),
                        "ConnectionRefusedError: [Errno 111] Connection refused",
                    ),
                ),
            ),
        ),
        invoke=(),
        findings=(HOOK_FAILED,),
    ),
    "a hook failed before the snapshot": report(
        before_snapshot=Phase(0.01, (HookRun("app.close", None, "app.py:3", 0.01, "OSError"),)),
        after_restore=(),
        invoke=(),
        findings=(HOOK_FAILED,),
    ),
    "the init was killed": report(
        init=None, before_snapshot=None, after_restore=(), invoke=(), findings=(TIMEOUT,)
    ),
    "the handler failed in some restores": report(
        restores=4,
        invoke=(
            Invocation(0.2, None, None),
            Invocation(0.2, None, "ZeroDivisionError: division by zero (app.py, line 9)"),
            Invocation(0.2, [], None),
        ),
        findings=(
            Finding(
                "handler-failed",
                "error",
                "The handler raised in 1 of 3 restores",
                "app.py:9",
                "restore 2: ZeroDivisionError: division by zero",
                in_words("Correct the handler."),
            ),
        ),
    ),
    "one restore": report(
        restores=1,
        after_restore=(Phase(0.1),),
        invoke=(Invocation(125, "", None),),
        findings=(CLOCK,),
    ),
    "many findings": report(findings=(CLOCK, SHARED, HOOK_FAILED) * 15),
    "huge results": report(
        invoke=tuple(Invocation(0.1, {"body": "x" * 10**size}, None) for size in (2, 4, 6)),
        outputs=(Output("restore 1, handler", "0123456789 " * 20_000 + "\n", 123_456),),
    ),
    "hostile text": hostile(HOSTILE),
    "text of the world": hostile(UNICODE),
    "long names": hostile(LONG),
}

FAILURE = Failure(
    "app.handler",
    "3.13.0",
    "cannot import the handler 'app.handler': ZeroDivisionError: division by zero (app.py, line 1)",
    'Traceback (most recent call last):\n  File "app.py", line 1, in <module>\n    1 / 0\n',
    RUN,
)
PLACED = replace(SHARED, file="app.py", line=7, id="0123456789abcdef")
CALLED = replace(
    GENERATOR,
    callers=(
        Caller("app.py:12", "app.handler", "faker.Faker.name", "/opt/python/faker/proxy.py:3"),
        Caller(None, None, "jitter.wait", "/opt/python/jitter.py:1"),
    ),
)
PUBLISHED = replace(RUN, documentation="https://docs.example/latest", path="")
# What is told in other ways than a rehearsal that came to its end.
ALL = {
    **REPORTS,
    "the import failed": FAILURE,
    "an import failed without a traceback": replace(FAILURE, traceback=""),
    "the import failed with hostile text": Failure(*[HOSTILE] * 4, replace(RUN, path=HOSTILE)),
    "findings that are ignored": report(
        ignored=(Ignored(PLACED, "a name for logs", "comment", "functions/orders/app.py:7"),),
        outdated=(
            Outdated(
                "captured-time",
                "comment",
                "functions/orders/app.py:3",
                "functions/orders/app.py:3 ignores captured-time, which was not found there: "
                "remove the comment",
            ),
            Outdated(
                "timeout",
                "configuration",
                "pyproject.toml: tool.snapshot-restore.ignore, number 1",
                "pyproject.toml: tool.snapshot-restore.ignore, number 1 ignores timeout at *, "
                "which was not found: remove the entry",
            ),
        ),
    ),
    "with file, line and link": report(findings=(PLACED, CLOCK), run=PUBLISHED),
    "second calls and callers": report(
        second_calls=(Invocation(0.001, None, None), None, Invocation(0.1, None, "OSError: no")),
        findings=(CALLED,),
    ),
    "several functions": Several(
        (REPORTS["findings"], FAILURE, REPORTS["hostile text"], report(), report(findings=(CLOCK,)))
    ),
    "several functions without an error": Several((report(), report(findings=(CLOCK,)))),
    "several functions where nothing went wrong": Several((report(), report())),
}
