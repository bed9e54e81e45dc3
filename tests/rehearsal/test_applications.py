"""The functions of a template, rehearsed by the real command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT, hear_interrupts
from tests.rehearsal.command import LIMIT
from tests.rehearsal.ready_command import READY

if TYPE_CHECKING:
    from pathlib import Path

VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
GLOBALS = {
    "Runtime": VERSION,
    "Handler": "app.handler",
    "Timeout": 60,
    "SnapStart": {"ApplyOn": "PublishedVersions"},
}
TELLS = """
import os
def handler(event, context):
    return {name: os.environ.get(name) for name in event}
"""
MAKES_UP = """
import uuid
ID = str(uuid.uuid4())
def handler(event, context):
    return 1
"""
FAILS = "import nothing_of_that_name\n"
FINE = "def handler(event, context):\n    return 1\n"


class Application:
    """An application in a folder, with a template and the code of its functions."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.resources: dict[str, Any] = {}

    def write(self, name: str, source: str) -> Path:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(source), encoding="utf-8")
        return file

    def pack(self, name: str, **files: str) -> None:
        (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(self.folder / name, "w") as archive:
            for file, text in files.items():
                archive.writestr(file, text)

    def add(self, name: str, source: str | None = None, **properties: Any) -> None:
        """Add a function, with its code in a folder of its name if there is one."""
        if source is not None:
            self.write(f"{name.lower()}/app.py", source)
            properties.setdefault("CodeUri", name.lower())
        self.resources[name] = {"Type": "AWS::Serverless::Function", "Properties": properties}

    def save(self, name: str = "template.json", globals_: Any = GLOBALS) -> None:
        template = {"Globals": {"Function": globals_}, "Resources": self.resources}
        self.write(name, json.dumps(template))

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "snapshot_restore_command"]
        return subprocess.Popen(
            [*command, *self._arguments(arguments, options)],
            cwd=self.folder,
            env=self._variables(options),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.PIPE,
            text=True,
            preexec_fn=hear_interrupts,
        )

    def _arguments(self, arguments: tuple[str, ...], options: dict[str, Any]) -> list[str]:
        template = options.get("template", "template.json")
        return ["rehearse", "--template", template, "--restores", "2", *arguments]

    def _variables(self, options: dict[str, Any]) -> dict[str, str]:
        return {
            **{name: one for name, one in os.environ.items() if name != "AWS_REGION"},
            "PYTHONPATH": f"{ROOT}{os.pathsep}{self.folder / 'elsewhere'}",
            **options.get("env", {}),
        }

    def run(self, *arguments: str, text: str = "", **options: Any) -> Outcome:
        given = (*arguments, "--format", "json")
        if not text:
            found = READY.run(
                self._arguments(given, options), self.folder, self._variables(options), LIMIT
            )
            return Outcome(found.status, json.loads(found.stdout or "null"), found.stderr)
        with self.start(*given, **options) as process:
            try:
                stdout, stderr = process.communicate(text, timeout=LIMIT)
            finally:
                process.kill()
        return Outcome(process.returncode, json.loads(stdout or "null"), stderr)

    def rehearse(self, *arguments: str, **options: Any) -> Outcome:
        """Save the template, and rehearse its functions."""
        self.save()
        return self.run(*arguments, **options)


class Outcome:
    def __init__(self, status: int, told: Any, stderr: str) -> None:
        self.status = status
        self.told = told
        self.stderr = stderr

    @property
    def reports(self) -> dict[str, Any]:
        reports = self.told.get("reports", [self.told])
        return {one["function"]: one for one in reports}

    def result(self, name: str) -> Any:
        return self.reports[name]["phases"]["invoke"][0]["result"]

    def findings(self, name: str) -> list[Any]:
        return [one for one in self.reports[name]["findings"] if one["level"] != "note"]

    @property
    def problem(self) -> str:
        """The one line in which it says why the call is wrong."""
        assert (self.status, self.told) == (2, None)
        assert self.stderr.count("\n") == 1
        return self.stderr


@pytest.fixture
def application(tmp_path: Path) -> Application:
    return Application(tmp_path)


class TestWhatTheTemplateSays:
    def test_a_function_has_its_variables_memory_time_and_layers(self, application):
        source = """
            import os, shared, library, vendored
            def handler(event, context):
                assert context.get_remaining_time_in_millis() <= 20000
                names = ("STAGE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_REGION", "GIVEN")
                found = {name: os.environ.get(name) for name in names}
                return {**found, "memory": context.memory_limit_in_mb, "shared": shared.NAME}
        """
        application.add(
            "Orders",
            source,
            Timeout=20,
            MemorySize=1024,
            Environment={
                "Variables": {"STAGE": "dev", "GIVEN": "no", "PYTHONPATH": "/var/task/lib:/other"}
            },
            Layers=[{"Ref": "Shared"}, {"Ref": "Unpacked"}, "arn:aws:lambda:x:1:layer:y:1"],
        )
        application.write("orders/lib/vendored.py", "")
        application.write("layers/shared/python/shared.py", "NAME = 'shared'")
        library = f"layers/shared/python/lib/{VERSION}/site-packages/library.py"
        application.write(library, "")
        application.write("layers/unpacked/other.py", "")
        for name in ("Shared", "Unpacked"):
            application.resources[name] = {
                "Type": "AWS::Serverless::LayerVersion",
                "Properties": {"ContentUri": f"layers/{name.lower()}"},
            }
        found = application.rehearse(
            "--env", "GIVEN=yes", "--parameter", "AWS::Region=eu-west-1", "--no-aws"
        )
        assert found.status == 0
        assert found.result("Orders") == {
            "STAGE": "dev",
            "AWS_LAMBDA_FUNCTION_NAME": "Orders",
            "AWS_REGION": "eu-west-1",
            "GIVEN": "yes",
            "memory": "1024",
            "shared": "shared",
        }
        assert "Orders lacks the layer arn:aws:lambda:x:1:layer:y:1" in found.stderr
        assert "Orders really runs: 2 inits and 5 invocations" in found.stderr
        assert "AWS: none (--no-aws)" in found.stderr

    def test_inline_code_and_archives_are_unpacked(self, application):
        code = "def handler(event, context): return 'inline'"
        application.add("Inline", Handler="index.handler", InlineCode=code)
        application.add("Packed", CodeUri="dist/code.zip", Layers=[{"Ref": "Layer"}])
        application.pack(
            "dist/code.zip",
            **{"app.py": "import packed\ndef handler(event, context): return packed.NAME"},
        )
        application.pack("dist/layer.zip", **{"python/packed.py": "NAME = 'packed'"})
        application.resources["Layer"] = {
            "Type": "AWS::Serverless::LayerVersion",
            "Properties": {"ContentUri": "dist/layer.zip"},
        }
        before = sorted(application.folder.rglob("*"))
        found = application.rehearse("Inline", "Packed")
        assert found.status == 0
        assert (found.result("Inline"), found.result("Packed")) == ("inline", "packed")
        assert found.reports["Inline"]["path"] == "Inline"
        assert len(sorted(application.folder.rglob("*"))) == len(before) + 1  # the template

    def test_what_serverless_has_packed_is_told_as_its_sources(self, application):
        application.pack(".serverless/shop.zip", **{"app.py": MAKES_UP})
        application.write("app.py", MAKES_UP)
        properties = {**GLOBALS, "Code": {"S3Bucket": "b", "S3Key": "serverless/shop/1/shop.zip"}}
        application.resources["HelloLambdaFunction"] = {
            "Type": "AWS::Lambda::Function",
            "Properties": {**properties, "FunctionName": "shop-dev-hello"},
        }
        application.save(".serverless/cloudformation-template-update-stack.json")
        found = application.run("shop-dev-hello", template=".serverless")
        assert found.status == 1
        (finding,) = found.findings("HelloLambdaFunction")
        assert (finding["file"], finding["line"]) == ("app.py", 3)
        assert found.told["path"] == "."

    def test_what_sam_has_built_runs_and_is_told_as_its_sources(self, application):
        application.add("Orders", "raise SystemExit('was run')")
        application.write("orders/requirements.txt", "library-that-there-is-not")
        application.save()
        application.add("Orders", CodeUri="Orders")
        application.write(".aws-sam/build/Orders/app.py", MAKES_UP)
        application.write(".aws-sam/build/Orders/requirements.txt", "library-that-there-is-not")
        application.save(".aws-sam/build/template.yaml")
        outputs = ("--output", "github=annotations.txt")
        found = application.run(*outputs)
        assert found.status == 1
        text = (application.folder / "annotations.txt").read_text()
        assert text.startswith("::error file=orders/app.py,line=3,title=shared-value in Orders::")
        assert "library-that-there-is-not" not in found.stderr

    def test_another_version_of_python_is_told(self, application):
        application.add("Old", FINE, Runtime="python3.2")
        found = application.rehearse()
        expected = f"rehearsed with {VERSION}, though their runtime is python3.2: Old"
        assert expected in found.stderr

    def test_requirements_that_are_not_installed_are_told(self, application):
        application.add("Orders", FINE)
        application.write(
            "orders/requirements.txt",
            """
            # of the shop
            library-that-there-is-not>=1  # for orders
            Of.The_Layer==1
            other-that-there-is-not[extra]
            pytest
            old; python_version < "3"
            new-that-there-is-not; python_version > "3" --hash=sha256:0
            strange; python_version is
            -r more.txt
            git+https://example/x
            """,
        )
        application.write("layer/python/of_the_layer-1.dist-info/METADATA", "Name: of-the-layer\n")
        application.write("layer/python/nameless-1.dist-info/METADATA", "Version: 1\n")
        application.resources["Layer"] = {
            "Type": "AWS::Serverless::LayerVersion",
            "Properties": {"ContentUri": "layer"},
        }
        application.resources["Orders"]["Properties"]["Layers"] = [{"Ref": "Layer"}]
        found = application.rehearse()
        assert found.status == 0
        assert (
            "Orders lacks library-that-there-is-not, other-that-there-is-not, "
            "new-that-there-is-not, of its requirements: run sam build, or pip install -r "
            "orders/requirements.txt\n"
        ) in found.stderr
        application.write("orders/requirements.txt", "pytest")
        assert "requirements" not in application.rehearse().stderr

    def test_a_placeholder_is_told_where_the_function_reads_it(self, application):
        application.add(
            "Orders",
            'import os\nTABLE = os.environ["TABLE"]\nURL = os.environ.get("URL")\n' + FINE,
            Environment={
                "Variables": {"TABLE": {"Ref": "Table"}, "URL": "x", "UNREAD": {"Ref": "Table"}}
            },
        )
        found = application.rehearse()
        assert found.told["not_examined"] == [
            "what comes of TABLE, which app.py reads in line 2: its value is a placeholder for "
            "Table; give it one with --env TABLE=VALUE"
        ]
        assert application.rehearse("--env", "TABLE=orders").told["not_examined"] == []

    def test_a_layer_that_reads_one_is_told_whole(self, application):
        application.add(
            "Orders",
            "import shared\n" + FINE,
            Environment={"Variables": {"TABLE": {"Ref": "Table"}}},
            Layers=[{"Ref": "Layer"}],
        )
        file = application.write("layer/python/shared.py", "import os\nX = os.getenv('TABLE')\n")
        application.resources["Layer"] = {
            "Type": "AWS::Serverless::LayerVersion",
            "Properties": {"ContentUri": "layer"},
        }
        (told,) = application.rehearse().told["not_examined"]
        assert told.startswith(f"what comes of TABLE, which {file.resolve()} reads in line 2: ")

    def test_an_invocation_may_take_its_timeout_and_a_phase_that_of_the_command(self, application):
        application.add(
            "Slow",
            "import time\ntime.sleep(1.5)\ndef handler(event, context):\n    time.sleep(60)\n",
            Timeout=1,
        )
        found = application.rehearse()
        assert found.status == 1
        codes = {one["code"] for one in found.findings("Slow")}
        assert codes == {"timeout"}
        finding = found.findings("Slow")[0]
        assert "took longer than 1 s and was killed" in finding["message"]
        assert "raise the Timeout in the template" in finding["fix"]


class TestEvents:
    @pytest.fixture
    def two(self, application):
        for name in ("Orders", "Prices"):
            application.add(name, "def handler(event, context):\n    return event\n")
        return application

    def test_one_may_be_for_all(self, two):
        file = two.write("event.json", '{"id": 1}')
        for event in ('{"id": 1}', str(file), "-"):
            found = two.rehearse("--event", event, text='{"id": 1}')
            assert [found.result(one) for one in ("Orders", "Prices")] == [{"id": 1}] * 2

    def test_each_may_have_its_own_by_name(self, two):
        two.write("events/Orders.json", '{"id": 7}')
        found = two.rehearse("--events", "events", "--event", '["other"]')
        assert [found.result(one) for one in ("Orders", "Prices")] == [{"id": 7}, ["other"]]
        assert [found.reports[one]["event"] for one in ("Orders", "Prices")] == [
            {"id": 7},
            ["other"],
        ]

    def test_of_several_each_is_tried_for_each_function(self, two):
        two.write("a.json", '{"id": 1}')
        events = ("--event", "a.json", "--event", '{"id": 2}', "--event", "-")
        two.write("events/Orders.json", '{"id": 7}')
        found = two.rehearse(*events, "--events", "events", text='{"id": 3}')
        assert found.status == 0
        told = [
            (one["function"], one["event_name"], one["phases"]["invoke"][0]["result"])
            for one in found.told["reports"]
        ]
        assert told == [
            ("Orders", None, {"id": 7}),
            ("Prices", "a.json", {"id": 1}),
            ("Prices", "event 2", {"id": 2}),
            ("Prices", "standard input", {"id": 3}),
        ]
        assert "4 of 4: Nothing went wrong in 2 restores of " in found.stderr
        assert "Prices with event 2" in found.stderr

    def test_what_several_events_show_of_a_function_is_the_same_finding(self, application):
        application.add("Orders", MAKES_UP)
        application.write("a.json", "{}")
        events = ("--event", "a.json", "--event", "[]")
        arguments = (*events, "--baseline", "b.json")
        found = application.rehearse(*arguments, "--write-baseline")
        assert found.status == 0
        again = application.rehearse(*events)
        assert again.status == 1
        ids = [[two["id"] for two in one["findings"]] for one in again.told["reports"]]
        assert ids[0] == ids[1]
        assert application.rehearse(*arguments).status == 0

    def test_a_baseline_takes_what_each_event_shows(self, application):
        source = """
            import uuid
            ID, OTHER = str(uuid.uuid4()), None
            def handler(event, context):
                if event:
                    raise ValueError("no order")
                return 1
        """
        application.add("Orders", textwrap.dedent(source))
        arguments = ("--event", "[1]", "--event", "[]", "--baseline", "b.json")
        assert application.rehearse(*arguments, "--write-baseline").status == 0
        (accepted,) = json.loads((application.folder / "b.json").read_text())["functions"]
        codes = [one["code"] for one in accepted["findings"]]
        assert "handler-failed" in codes
        assert "shared-value" in codes
        assert len({one["id"] for one in accepted["findings"]}) == len(codes)
        found = application.rehearse(*arguments)
        assert found.status == 0
        assert [one["outdated"] for one in found.told["reports"]] == [[], []]

    def test_the_times_of_a_function_are_those_of_all_its_events(self, two):
        two.rehearse("--event", "[1]", "--event", "[2]", "--output", "json=r.json")
        times = json.loads((two.folder / "r.json").read_text())
        for one, seconds in zip(times["reports"], (3, 3, 5, 0.1)):
            one["seconds"] = seconds
        two.add("Users", FINE)
        two.write("r.json", json.dumps(times))
        # Orders took 6 seconds, Prices 5.1; Users counts as an average one.
        found = two.rehearse("--times", "r.json", "--shard", "2/2")
        assert [*found.reports] == ["Prices", "Users"]

    def test_what_sam_generates_works_as_it_is(self, two):
        record = {"eventSource": "aws:sqs", "body": "Test message.", "messageId": "1"}
        text = json.dumps({"Records": [record]}, indent=2)
        two.write("sqs.json", text)
        assert two.rehearse("--event", "sqs.json").result("Orders") == json.loads(text)
        assert two.rehearse("--event", "-", text=text).result("Orders") == json.loads(text)

    def test_one_that_is_no_json_is_told(self, two):
        problem = two.rehearse("--event", "{id}").problem
        assert "the event in the call is not JSON: " in problem
        two.write("events/Prices.json", "{")
        assert "events/Prices.json is not JSON: " in two.rehearse("--events", "events").problem


class TestSideBySide:
    def test_one_that_cannot_start_leaves_the_others_alone(self, application):
        application.add("Fails", FAILS)
        application.add("MakesUp", MAKES_UP)
        application.add("Gone", CodeUri="gone")
        application.add("Uploaded", CodeUri="s3://bucket/x.zip")
        application.add("Broken", CodeUri="broken.zip")
        application.write("broken.zip", "no archive")
        application.add("Fine", FINE)
        found = application.rehearse("--traceback", "--output", "junit=r.xml", "--jobs", "2")
        assert found.status == 3
        assert [*found.reports] == ["Fails", "MakesUp", "Gone", "Uploaded", "Broken", "Fine"]
        assert [one["ok"] for one in found.reports.values()] == [False] * 5 + [True]
        assert "nothing_of_that_name" in found.reports["Fails"]["error"]
        assert found.reports["Gone"]["error"].startswith("its code is not there: ")
        assert found.reports["Gone"]["reason"] == "it has no code"
        assert found.reports["Uploaded"]["error"].startswith("its code is not on this machine")
        assert "broken.zip cannot be unpacked: " in found.reports["Broken"]["error"]
        assert "[Fails, init] Traceback (most recent call last):" in found.stderr
        assert "[Gone, init]" not in found.stderr
        assert " of 6: Fails could not be rehearsed: its import failed\n" in found.stderr
        assert "6 of 6: " in found.stderr
        assert (application.folder / "r.xml").read_text().count("<testsuite ") == 6

    def test_they_run_at_the_same_time(self, application):
        source = """
            import os, pathlib, time
            here = pathlib.Path({folder!r})
            (here / "{name}").touch()
            while not (here / "{other}").exists():
                time.sleep(0.01)
            def handler(event, context):
                return 1
        """
        for name, other in (("A", "B"), ("B", "A")):
            text = source.format(folder=str(application.folder), name=name, other=other)
            application.add(name, textwrap.dedent(text))
        found = application.rehearse("--jobs", "2")
        assert found.status == 0
        assert all(one["ok"] for one in found.reports.values())

    def test_what_each_writes_is_told_with_its_name(self, application):
        application.add("Orders", "print('of orders')\n" + FINE)
        application.add("Prices", "print('of prices')\n" + FINE)
        found = application.rehearse()
        assert "[Orders, init] of orders\n" in found.stderr
        assert "[Prices, second init] of prices\n" in found.stderr

    def test_a_rehearsal_that_dies_is_an_outcome_among_others(self, application):
        source = """
            import contextlib, os
            with contextlib.suppress(OSError), open(f"/proc/{os.getppid()}/fd/2", "w") as stderr:
                stderr.write("the last\\nwords\\n")
            os.kill(os.getppid(), 9)
        """
        application.add("Kills", textwrap.dedent(source))
        application.add("Fine", FINE)
        found = application.rehearse()
        assert found.status == 4
        assert found.reports["Fine"]["ok"]
        assert found.reports["Kills"]["reason"] == "the rehearsal itself failed"
        last = "words" if os.path.exists("/proc/self/fd/2") else "it said nothing"
        expected = f"the process of its rehearsal was killed by SIGKILL: {last}"
        assert found.reports["Kills"]["error"] == expected

    def test_an_interrupt_ends_all(self, application):
        text = "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(600)\n"
        application.add("A", text)
        application.add("B", text)
        application.save()
        with application.start("--jobs", "2", "--timeout", "600") as process:
            assert process.stderr
            lines = (line for line in process.stderr if ", init] " in line)
            pids = [int(next(lines).rpartition(" ")[2]) for _ in range(2)]
            process.send_signal(signal.SIGINT)
            assert process.wait(LIMIT) == 130
        for pid in pids:
            with pytest.raises(ProcessLookupError):
                os.kill(pid, 0)

    def test_findings_in_code_that_is_alike_have_other_ids(self, application):
        application.add("A", MAKES_UP)
        application.add("B", MAKES_UP)
        first, again = application.rehearse(), application.rehearse("--jobs", "1")
        ids = [found.findings(name)[0]["id"] for found in (first, again) for name in "AB"]
        assert ids[:2] == ids[2:]
        assert ids[0] != ids[1]

    def test_values_are_masked_unless_they_are_to_be_shown(self, application):
        token = "ghp_0123456789abcdef"
        application.add("A", f"def handler(event, context):\n    return {token!r}\n")
        assert token not in json.dumps(application.rehearse().told)
        assert application.rehearse("--show-values").result("A") == token

    def test_findings_may_be_ignored(self, application):
        application.add("A", MAKES_UP)
        application.add("B", FINE)
        found = application.rehearse("--ignore", "shared-value")
        assert found.status == 0
        assert "Nothing went wrong in 2 restores of A.\n" in found.stderr

    def test_the_configuration_may_say_more_of_one_function(self, application):
        application.add("A", MAKES_UP)
        application.add("B", MAKES_UP)
        application.add("C", TELLS)
        application.write("events/c.json", '["X", "Y"]')
        application.write(
            "pyproject.toml",
            """
            [tool.snapshot-restore]
            template = "template.json"
            restores = 2
            env = {X = "of all"}
            [tool.snapshot-restore.function.A]
            ignore = [{code = "shared-value", location = "app.ID", reason = "a name for logs"}]
            [tool.snapshot-restore.function.B]
            fail-on = "never"
            [tool.snapshot-restore.function.C]
            event = "events/c.json"
            env = {Y = "of C"}
            """,
        )
        found = application.rehearse()
        assert found.status == 0
        assert [one["reason"] for one in found.reports["A"]["ignored"]] == ["a name for logs"]
        assert [one["code"] for one in found.findings("B")] == ["shared-value"]
        assert found.result("C") == {"X": "of all", "Y": "of C"}

    def test_a_baseline_accepts_what_each_function_has(self, application):
        application.add("A", MAKES_UP)
        application.add("B", MAKES_UP)
        application.add("C", FAILS)
        found = application.rehearse("A", "B", "C", "--baseline", "b.json", "--write-baseline")
        assert found.status == 3
        accepted = json.loads((application.folder / "b.json").read_text())["functions"]
        assert [one["handler"] for one in accepted] == ["A", "B"]
        assert application.rehearse("A", "B", "--baseline", "b.json").status == 0
        application.write("b/app.py", MAKES_UP + "OTHER = str(uuid.uuid4())\n")
        found = application.rehearse("A", "B", "--baseline", "b.json")
        assert found.status == 1
        assert [len(found.findings(name)) for name in "AB"] == [0, 1]

    def test_a_comment_in_shared_code_is_none_too_many(self, application):
        line = "ID = str(uuid.uuid4())  # snapshot-restore: ignore[shared-value] for logs\n"
        application.write("src/shared.py", "import uuid\n" + line)
        application.write("src/one.py", "import shared\n" + FINE)
        application.write("src/two.py", FINE)
        application.add("One", CodeUri="src", Handler="one.handler")
        application.add("Two", CodeUri="src", Handler="two.handler")
        found = application.rehearse()
        assert found.status == 0
        assert len(found.reports["One"]["ignored"]) == 1
        assert [one["outdated"] for one in found.reports.values()] == [[], []]

    def test_they_are_shown_as_text_too(self, application):
        application.add("A", FINE)
        application.add("B", FAILS)
        application.save()
        with application.start() as process:
            stdout, _ = process.communicate(timeout=LIMIT)
        assert process.returncode == 3
        assert stdout.startswith("B could not be rehearsed: its import failed\n")
        assert stdout.endswith(
            "2 rehearsals, 1 with errors:\n"
            "  Nothing went wrong in 2 restores of A.\n"
            "  B could not be rehearsed: its import failed\n"
        )

    def test_quiet_leaves_the_report_alone_and_verbose_tells_each_step(self, application):
        application.add("A", "print('of A')\n" + FINE, Layers=["arn:x"])
        application.add("B", FAILS)
        quiet = application.rehearse("--quiet")
        assert (quiet.status, quiet.stderr, [*quiet.reports]) == (3, "", ["A", "B"])
        verbose = application.run("--verbose").stderr
        for step in ("[A, init] after ", "[A, restore 2, handler] after ", "[B, init] after "):
            assert step in verbose
        assert "[A, init] of A\n" in verbose
        assert "[B, init] Traceback (most recent call last):\n" in verbose
        assert "which of them?" in application.run("--quiet", "--verbose").problem


class TestSelection:
    def test_those_with_snapstart_are_rehearsed_or_those_that_are_named(self, application):
        application.add("A", FINE)
        application.add("B", FINE, SnapStart={"ApplyOn": "None"})
        application.add("Image", PackageType="Image")
        found = application.rehearse()
        assert [*found.reports] == ["A"]
        assert "SnapStart takes no images: Image\n" in found.stderr
        assert [*application.rehearse("--all").reports] == ["A", "B"]
        assert [*application.rehearse("B").reports] == ["B"]

    def test_a_share_may_be_empty(self, application):
        application.add("A", FINE)
        found = application.rehearse("--shard", "2/2")
        assert (found.status, found.told) == (0, None)
        assert "there is nothing to rehearse in the share 2/2\n" in found.stderr
        assert [*application.rehearse("--shard", "1/2").reports] == ["A"]

    def test_shares_follow_the_times_of_an_earlier_report(self, application):
        for name in "ABCD":
            application.add(name, FINE)
        application.rehearse("--all", "--output", "json=all.json")
        times = json.loads((application.folder / "all.json").read_text())
        assert all(one["seconds"] > 0 for one in times["reports"])
        for one, seconds in zip(times["reports"], (1, 9, 2, 3)):
            one["seconds"] = seconds
        application.write("times.json", json.dumps(times))
        arguments = ("--times", "times.json", "--shard")
        assert [*application.rehearse(*arguments, "1/2").reports] == ["B"]
        assert [*application.rehearse(*arguments, "2/2").reports] == ["A", "C", "D"]

    def test_those_that_took_longest_begin_first_and_all_are_told_in_their_order(self, application):
        for name in "AB":
            application.add(name, f"print('runs')\n{FINE}")
        application.rehearse("--output", "json=r.json")
        times = json.loads((application.folder / "r.json").read_text())
        times["reports"][1]["seconds"] = 600
        application.write("r.json", json.dumps(times))
        # Where the report is going to be written, the earlier one tells the times.
        found = application.rehearse("--output", "json=r.json", "--jobs", "1")
        assert found.stderr.index("[B, init] runs") < found.stderr.index("[A, init] runs")
        assert [*found.reports] == ["A", "B"]

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            (None, "cannot read the times: "),
            ("{", "times.json is not JSON: "),
            ("{}", "times.json is no report of snapshot-restore"),
        ],
    )
    def test_times_that_cannot_be_read_are_told(self, application, text, expected):
        application.add("Orders", "raise SystemExit('was run')")
        if text:
            application.write("times.json", text)
        assert expected in application.rehearse("--times", "times.json").problem

    def test_what_is_no_report_and_is_going_to_be_one_tells_no_times(self, application):
        application.add("A", FINE)
        application.write("r.json", "{")
        found = application.rehearse("--output", "json=r.json", "--output", "github=-")
        assert found.status == 0
        assert json.loads((application.folder / "r.json").read_text())["ok"]

    def test_reports_of_before_without_times_are_passed_over(self, application):
        application.add("A", FINE)
        application.rehearse("--output", "json=r.json")
        told = json.loads((application.folder / "r.json").read_text())
        del told["seconds"]
        application.write("r.json", json.dumps(told))
        found = application.rehearse("--times", "r.json", "--shard", "1/2")
        assert [*found.reports] == ["A"]

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [
            (["a"], "there is no function 'a' in the template. Functions: Orders"),
            (["Order"], "no function 'Order' in the template. Is it Orders? Functions: Orders"),
            (["--path", "src"], "--path does not go with --template: the template says where"),
            (["--patch", "x"], "--patch does not go with --template: "),
            (["--jobs", "0"], "--jobs has to be 1 or more"),
            (["--events", "x"], "--events x: that is no folder"),
            (["--parameter", "x"], "--parameter x: a parameter is written NAME=VALUE"),
            (["--parameter", "X=1"], "has no parameter 'X'. Parameters: AWS::AccountId, "),
            (["--shard", "3/2"], "--shard 3/2: it is written as 2/5"),
        ],
    )
    def test_wrong_calls_are_told_before_anything_runs(self, application, arguments, expected):
        application.add("Orders", "raise SystemExit('was run')")
        if "--path" in arguments:
            (application.folder / "src").mkdir()
        assert expected in application.rehearse(*arguments).problem

    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("run.sh", "it is a program, which AWS's Lambda Web Adapter starts; a handler is"),
            ("app.py", "it is a file; a handler is a function in a module, as app.handler\n"),
        ],
    )
    def test_a_file_is_no_handler(self, application, name, expected):
        application.write(name, "exit 1")
        command = [sys.executable, "-m", "snapshot_restore_command", "rehearse", name]
        found = subprocess.run(command, capture_output=True, text=True, cwd=application.folder)
        assert (found.returncode, found.stdout) == (2, "")
        assert found.stderr.startswith(f"snapshot-restore: {name} cannot be rehearsed: {expected}")

    @pytest.mark.parametrize("arguments", [[], ["app.handler", "b.handler"]])
    def test_without_a_template_there_is_one_handler(self, application, arguments):
        command = [sys.executable, "-m", "snapshot_restore_command", "rehearse", *arguments]
        found = subprocess.run(command, capture_output=True, text=True, cwd=application.folder)
        assert found.returncode == 2
        assert "name one handler, as in app.handler; or the functions of a template" in found.stderr

    def test_the_region_is_that_of_the_environment(self, application):
        application.add("A", TELLS, Environment={"Variables": {"X": {"Ref": "AWS::Region"}}})
        found = application.rehearse("--event", '["X"]', env={"AWS_REGION": "eu-north-1"})
        assert found.result("A") == {"X": "eu-north-1"}
