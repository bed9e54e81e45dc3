"""Each example under AWS's runtime interface client: what its hooks do, and when."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import json
import os
import random
import re
import shlex
import shutil
import subprocess
import sys
import venv
import zipfile
from http.client import HTTPConnection
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from tests.runtime.function import ROOT, Function, pip
from tests.runtime.services import JsonService, Redis, XmlRpcService
from tests.servers.programs import Program, free_port

if TYPE_CHECKING:
    from pathlib import Path

    from tests.runtime.conftest import Runtime

EXAMPLES = ROOT / "examples"
FOLDERS = sorted(path.name for path in EXAMPLES.iterdir() if path.is_dir())


@pytest.fixture
def example(request: pytest.FixtureRequest, function: Function) -> Function:
    """A function with the files of the example that the test's class is named for."""
    shutil.copytree(_folder(request.cls), function.folder, dirs_exist_ok=True)
    return function


def _folder(test_class: type) -> Path:
    (folder,) = (name for name in FOLDERS if _class_name(name) == test_class.__name__)
    return EXAMPLES / folder


def _class_name(folder: str) -> str:
    return "Test" + folder.title().replace("_", "")


class TestAllExamples:
    @pytest.mark.parametrize("folder", FOLDERS)
    def test_each_has_a_readme_and_a_place_in_the_index(self, folder):
        assert (EXAMPLES / folder / "README.md").read_text(encoding="utf-8").startswith("# ")
        assert f"\n- [{folder}]({folder}/): " in (EXAMPLES / "README.md").read_text(
            encoding="utf-8"
        )

    @pytest.mark.parametrize("folder", FOLDERS)
    def test_each_is_tested(self, folder):
        tests = vars(globals()[_class_name(folder)])
        assert any(name.startswith("test_") for name in tests)

    def test_links_in_the_readmes_lead_somewhere(self):
        for readme in EXAMPLES.rglob("README.md"):
            for target in re.findall(r"\]\((?!https:)([^)]+)\)", readme.read_text("utf-8")):
                assert (readme.parent / target).exists(), (readme, target)


class TestInTheHandler:
    def test_the_prices_are_in_the_snapshot(self, example):
        prices = example.folder / "prices.csv"
        run = example.run({"product": "tea"}, at_snapshot=prices.unlink)
        assert run.responses[0]["price"] == 3.2

    def test_an_environment_gets_an_id_of_its_own_after_the_restore(self, example):
        example.write(
            "probe.py",
            """
            import app

            at_import = app.environment_id

            def handler(event, context):
                return [at_import, app.handler(event, context)["environment"]]
            """,
        )
        run = example.run({"product": "tea"}, {"product": "cocoa"}, handler="probe.handler")
        (in_snapshot, first), (_, second) = run.responses
        assert in_snapshot != first == second
        assert len(first) == 32

    def test_it_works_without_snapstart(self, example):
        run = example.run({"product": "tea"}, snap_start=False)
        assert run.responses[0]["price"] == 3.2


class TestInAModule:
    # Stands for a snapshot: whatever starts from it has the generator in the same state.
    SNAPSHOT = """
        import quiz
        from app import handler

        quiz._random.seed(1)
    """

    def test_without_its_hook_all_environments_ask_the_same(self, example):
        example.write("snapshot.py", self.SNAPSHOT)
        runs = [
            example.run({"count": 5}, handler="snapshot.handler", snap_start=False)
            for _ in range(2)
        ]
        assert runs[0].responses == runs[1].responses

    def test_with_it_each_asks_its_own_questions(self, example):
        example.write("snapshot.py", self.SNAPSHOT)
        runs = [example.run({"count": 5}, handler="snapshot.handler") for _ in range(2)]
        assert runs[0].responses != runs[1].responses
        assert len(runs[0].responses[0]["questions"]) == 5


class TestInAClass:
    def test_all_connections_are_closed_at_the_snapshot_and_open_after_the_restore(self, example):
        with Redis({"1234": "Ada/fr", "fr": "Bonjour"}) as redis:
            run = example.run(
                {"session": "1234"},
                env={"SESSIONS": redis.address, "GREETINGS": redis.address},
                at_snapshot=lambda: redis.connections.assert_closed(made=2),
            )
            assert run.responses == ["Bonjour, Ada!"]
            assert redis.connections.made == 4


class TestWithArguments:
    def test_the_keys_are_not_in_the_snapshot_and_are_fetched_after_the_restore(self, example):
        # Its hook is the first registered, so it is the last to run before the snapshot.
        example.write(
            "probe.py",
            """
            from snapshot_restore_py import register_before_snapshot

            @register_before_snapshot
            def show():
                print("in the snapshot:", app._keys)

            import app
            from app import handler
            """,
        )
        keys = {"orders": "old", "invoices": "older"}

        def answer(path: str) -> object:
            return {"data": {"data": {"key": keys[path.rpartition("/")[2]]}}}

        with JsonService(answer) as vault:
            run = example.run(
                {"kind": "orders", "message": "42 boxes of tea"},
                handler="probe.handler",
                env={"VAULT_ADDR": f"http://{vault.address}", "VAULT_TOKEN": "s.ecret"},
                at_snapshot=lambda: keys.update(orders="new"),
            )
        assert run.transcript[:2] == ["in the snapshot: {}", "GET restore/next"]
        signature = hmac.new(b"new", b"42 boxes of tea", hashlib.sha256).hexdigest()
        assert run.responses == [signature]
        names = ["orders", "invoices"]
        assert [path for path, _ in vault.requests] == [
            f"/v1/secret/data/signing/{name}" for name in [*names, *names]
        ]
        assert {headers["X-Vault-Token"] for _, headers in vault.requests} == {"s.ecret"}


class TestAsyncHook:
    def test_both_tables_are_read_at_the_same_time_after_the_restore(self, example):
        tables = {"/exchange": {"CHF": 0.5}, "/tax": {"CH": 0.0}}
        # Each request is answered only when the other one is there.
        both = Barrier(2, timeout=300)

        def answer(path: str) -> object:
            both.wait()
            return tables[path]

        with JsonService(answer) as service:
            run = example.run(
                {"price": 20, "currency": "CHF", "country": "CH"},
                env={
                    "EXCHANGE_RATES": f"http://{service.address}/exchange",
                    "TAX_RATES": f"http://{service.address}/tax",
                },
                at_snapshot=lambda: tables.update({"/tax": {"CH": 0.1}}),
            )
        assert run.responses == [11.0]
        assert sorted(path for path, _ in service.requests) == [
            *("/exchange", "/exchange"),
            *("/tax", "/tax"),
        ]


class TestLibraryWithDependency:
    def test_it_disconnects_before_the_snapshot_and_reads_the_flags_after_the_restore(
        self, function
    ):
        function.install(_folder(type(self)))
        function.write(
            "app.py",
            """
            import acme_flags

            print("at import:", acme_flags.is_on("sale"))

            def handler(event, context):
                return acme_flags.is_on("sale")
            """,
        )
        flags = {"sale": False}
        with JsonService(lambda _: flags) as service:

            def at_snapshot() -> None:
                service.connections.assert_closed(made=1)
                flags["sale"] = True

            run = function.run({}, env={"ACME_FLAGS": service.address}, at_snapshot=at_snapshot)
            assert run.transcript[:2] == ["at import: False", "GET restore/next"]
            assert (run.responses, run.stderr) == ([True], "")
            assert service.connections.made == 2
            assert [path for path, _ in service.requests] == ["/flags", "/flags"]


class TestLibraryWithoutDependency:
    def test_its_buffer_is_empty_in_the_snapshot_and_the_session_is_new_after_the_restore(
        self, function
    ):
        function.install(_folder(type(self)))
        function.write(
            "app.py",
            """
            import acme_audit

            acme_audit.record("started")

            def handler(event, context):
                acme_audit.record("handled")
                acme_audit.flush()
            """,
        )
        run = function.run({})
        started, restore, _, handled, *_ = run.transcript
        assert json.loads(started)["action"] == "started"
        assert restore == "GET restore/next"
        assert json.loads(handled)["action"] == "handled"
        assert json.loads(started)["session"] != json.loads(handled)["session"]
        assert run.stderr == ""

    def test_where_it_is_not_used_it_is_not_imported(self, function):
        function.install(_folder(type(self)))
        function.write(
            "app.py",
            """
            import sys

            def handler(event, context):
                import snapshot_restore_py

                status = [plugin.status for plugin in snapshot_restore_py.plugins()]
                return [status, "acme_audit" in sys.modules]
            """,
        )
        run = function.run({})
        assert (run.responses, run.stderr) == ([[["loaded"], False]], "")

    def test_it_works_where_the_package_is_not_installed(self, function):
        function.install(_folder(type(self)))
        code = f"""
import sys
sys.path.append({str(function.layer)!r})
import acme_audit
acme_audit.record("started")
acme_audit.flush()
try:
    import snapshot_restore_py
except ModuleNotFoundError:
    print("alone")
"""
        # Without the folders that site adds, only the standard library and the layer are seen.
        run = subprocess.run(
            [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, timeout=60
        )
        assert run.stderr == ""
        line, alone = run.stdout.splitlines()
        assert (json.loads(line)["action"], alone) == ("started", "alone")


class TestPluginTemplate:
    def test_its_connections_are_closed_in_the_snapshot_and_open_again_after_the_restore(
        self, function
    ):
        function.install(_folder(type(self)))
        function.write(
            "app.py",
            """
            import os, xmlrpc.client

            calculator = xmlrpc.client.ServerProxy(os.environ["CALCULATOR"])
            print("at import:", calculator.add(1, 2))

            def handler(event, context):
                return calculator.add(*event)
            """,
        )
        with XmlRpcService() as service:
            run = function.run(
                [3, 4],
                env={"CALCULATOR": f"http://{service.address}"},
                at_snapshot=lambda: service.connections.assert_closed(made=1),
            )
            assert run.transcript[:2] == ["at import: 3", "GET restore/next"]
            assert (run.responses, run.stderr) == ([7], "")
            assert service.connections.made == 2

    def test_its_own_tests_pass(self, function, tmp_path):
        # In a copy, because this project's settings for pytest are not for the template.
        copy = shutil.copytree(_folder(type(self)), tmp_path / "copy")
        function.install(copy)
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist"],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(function.layer)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert run.returncode == 0, run.stdout
        assert " passed" in run.stdout


class TestOnlyPlugins:
    @pytest.fixture
    def example(self, example: Function) -> Function:
        example.install("-r", "requirements.txt", cwd=_folder(type(self)))
        return example

    def test_the_hooks_of_both_libraries_run(self, example):
        flags = {"sale": False}
        with JsonService(lambda _: flags) as service:

            def at_snapshot() -> None:
                service.connections.assert_closed(made=1)
                flags["sale"] = True

            run = example.run(
                {"price": 20}, env={"ACME_FLAGS": service.address}, at_snapshot=at_snapshot
            )
        started, restore, _, sold, *_ = run.transcript
        assert json.loads(started)["action"] == "started"
        assert restore == "GET restore/next"
        assert json.loads(sold)["action"] == "sold for 16.0"
        assert json.loads(started)["session"] != json.loads(sold)["session"]
        assert (run.responses, run.stderr) == ([{"price": 16.0}], "")

    def test_they_run_in_the_order_that_the_readme_tells(self, example):
        example.write(
            "probe.py",
            """
            from app import handler
            from snapshot_restore_py import get_after_restore, get_before_snapshot

            print("before", *(hook.plugin.name for hook in reversed(get_before_snapshot())))
            print("after", *(hook.plugin.name for hook in get_after_restore()))
            """,
        )
        with JsonService(lambda _: {"sale": False}) as service:
            run = example.run(handler="probe.handler", env={"ACME_FLAGS": service.address})
        assert run.transcript[:2] == ["before acme-flags acme-audit", "after acme-audit acme-flags"]


class TestCoupons:
    def test_it_gives_out_coupons(self, example):
        (response,) = example.run({"value": 20}).responses
        assert (len(response["coupon"]), response["value"]) == (8, 20)

    def test_a_rehearsal_finds_the_bug_and_the_plugin_mends_it(self, function):
        report = _rehearse(_folder(type(self)), function.layer)
        (finding,) = report["findings"]
        assert (finding["code"], finding["location"]) == ("shared-random-state", "random")
        assert "pip install ./plugins/snapshot-restore-random" in finding["fix"]
        assert len({run["result"]["coupon"] for run in report["phases"]["invoke"]}) == 1

        function.install(ROOT / "plugins" / "snapshot-restore-random")
        report = _rehearse(_folder(type(self)), function.layer)
        assert (report["findings"], report["ok"]) == ([], True)
        assert len({run["result"]["coupon"] for run in report["phases"]["invoke"]}) == 3


def _rehearse(folder: Path, layer: Path) -> Any:
    command = [sys.executable, "-m", "snapshot_restore_command", "rehearse", "app.handler"]
    result = subprocess.run(
        [*command, "--path", str(folder), "--format", "json"],
        env={**os.environ, "PYTHONPATH": f"{layer}{os.pathsep}{ROOT}"},
        stdout=subprocess.PIPE,
        timeout=300,
    )
    report = json.loads(result.stdout)
    assert result.returncode == int(not report["ok"])
    return report


class TestWebAdapter:
    def test_the_server_runs_the_hooks_when_it_is_asked_as_by_the_adapter(self, tmp_path):
        folder = shutil.copytree(_folder(type(self)), tmp_path / "function")
        text = (folder / "template.yaml").read_text(encoding="utf-8")
        variables = {**os.environ, **dict(re.findall(r"\b(AWS_LWA_\w+): (\S+)", text))}
        variables["AWS_LWA_PORT"] = str(free_port())
        variables["PATH"] = os.pathsep.join([str(tmp_path), variables["PATH"]])
        variables["PYTHONPATH"] = str(ROOT)
        (tmp_path / "python").write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        (tmp_path / "python").chmod(0o755)
        server = Program([str(folder / "run.sh")], "running on", cwd=folder, env=variables)
        try:

            def ask(method: str, path: str) -> tuple[int, bytes]:
                connection = HTTPConnection("127.0.0.1", int(variables["AWS_LWA_PORT"]), 60)
                with contextlib.closing(connection):
                    connection.request(method, path)
                    response = connection.getresponse()
                    return response.status, response.read()

            status, at_init = ask("GET", "/")
            assert (status, len(json.loads(at_init)["environment"])) == (200, 32)
            for name in ("BEFORE_CHECKPOINT", "AFTER_RESTORE"):
                assert ask("POST", variables[f"AWS_LWA_SNAPSTART_{name}_PATH"]) == (204, b"")
            restored = ask("GET", "/")
            assert restored not in ((200, at_init), (500, b""))
            assert ask("GET", "/") == restored
        finally:
            server.process.terminate()
            server.wait()


class TestSam:
    @pytest.fixture
    def deployed(self, function: Function, tmp_path: Path) -> Function:
        """The function of the template with its layer, built as the README says."""
        folder = _folder(type(self))
        wheels = ("--wheel-dir", tmp_path / "wheels", "--no-build-isolation")
        pip(*_command(folder / "README.md", "python -m pip"), *wheels, cwd=folder)
        shutil.copytree(folder / "layer", tmp_path / "layer-sources")
        function.install("-r", str(tmp_path / "layer-sources" / "requirements.txt"))
        shutil.copytree(folder / _setting("CodeUri"), function.folder, dirs_exist_ok=True)
        return function

    def test_the_deployed_function_answers(self, deployed):
        run = deployed.run({"product": "tea"}, handler=_setting("Handler"))
        assert run.responses[0]["price"] == 3.2
        assert run.stderr == ""

    def test_the_plugin_in_the_layer_runs(self, deployed):
        deployed.write(
            "snapshot.py",
            """
            import random
            import snapshot_restore_py

            random.seed(1)

            def handler(event, context):
                return [snapshot_restore_py.__file__, random.random()]
            """,
        )
        run = deployed.run({}, handler="snapshot.handler")
        ((file, number),) = run.responses
        assert file == str(deployed.layer / "snapshot_restore_py" / "__init__.py")
        assert number != random.Random(1).random()


def _command(readme: Path, start: str) -> list[str]:
    """Return the arguments of the command in a README that starts with `start`."""
    text = readme.read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith(f"    {start} "))
    return shlex.split(line.strip()[len(start) :])


def _setting(name: str) -> str:
    template = (EXAMPLES / "sam" / "template.yaml").read_text(encoding="utf-8")
    (value,) = re.findall(rf"\b{name}: (.+)", template)
    return value


def _yaml(name: str) -> Any:
    return yaml.safe_load((EXAMPLES / "ci" / name).read_text(encoding="utf-8"))


class TestCi:
    """The commands of the workflows are run as they stand there, one after another."""

    @pytest.fixture
    def application(self, runtime: Runtime, tmp_path: Path) -> Path:
        """A repository with an application, and a machine with Python where `sam` is a stand-in."""
        if sys.version_info < (3, 12):
            pytest.skip("Python 3.13 is what the workflows have, which needs no importlib-metadata")
        folder = tmp_path / "repository"
        for name, source in {
            "Orders": "import uuid\nID = uuid.uuid4()\ndef handler(event, context): return 1\n",
            "Prices": "def handler(event, context): return 1\n",
            "Users": "def handler(event, context): return 2\n",
        }.items():
            for place in (folder / name.lower(), folder / ".built" / name):
                place.mkdir(parents=True)
                (place / "app.py").write_text(source)
        version = "python{}.{}".format(*sys.version_info)
        for file, sources in (("template.yaml", str.lower), (".built/template.yaml", str)):
            resources = {
                name: {
                    "Type": "AWS::Serverless::Function",
                    "Properties": {
                        "Handler": "app.handler",
                        "Runtime": version,
                        "CodeUri": sources(name),
                        "SnapStart": {"ApplyOn": "PublishedVersions"},
                        "Timeout": 60,
                    },
                }
                for name in ("Orders", "Prices", "Users")
            }
            (folder / file).write_text(json.dumps({"Resources": resources}))
        (folder / "wheels").mkdir()
        shutil.copy(runtime.wheel, folder / "wheels")
        venv.create(tmp_path / "machine", with_pip=True, symlinks=True)
        sam = tmp_path / "machine" / "bin" / "sam"
        sam.write_text("#!/bin/sh\nmkdir .aws-sam && cp -r .built .aws-sam/build\n")
        sam.chmod(0o755)
        return folder

    def run(self, command: str, folder: Path, **variables: str) -> tuple[int, str]:
        machine = folder.parent / "machine" / "bin"
        found = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command],
            cwd=folder,
            env={
                **{name: one for name, one in os.environ.items() if name != "PYTHONPATH"},
                "PATH": os.pathsep.join([str(machine), os.environ["PATH"]]),
                **variables,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=300,
        )
        return found.returncode, found.stdout

    def test_the_workflow_of_github_runs(self, application):
        jobs = _yaml("github.yml")["jobs"]
        summary = application / "summary"
        statuses, told = [], ""
        for job in ("build", "rehearse", "report"):
            matrix = jobs[job].get("strategy", {}).get("matrix", {"shard": [0]})
            for shard in matrix["shard"]:
                for step in jobs[job]["steps"]:
                    if "run" in step:
                        command = step["run"].replace("${{ matrix.shard }}", str(shard))
                        assert "${{" not in command
                        found = self.run(command, application, GITHUB_STEP_SUMMARY=str(summary))
                        statuses.append(found[0])
                        told += found[1]
        # What fails is the shard with the function that has a finding, and then the report.
        assert statuses == [0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0], told
        assert "::error file=orders/app.py,line=2,title=shared-value in Orders::" in told
        assert "3 functions" in summary.read_text()
        result = json.loads((application / "rehearsal.sarif").read_text())["runs"][0]["results"]
        assert [one["ruleId"] for one in result] == ["shared-value"]
        times = json.loads((application / "times.json").read_text())["reports"]
        assert [one["function"] for one in times] == ["Orders", "Prices", "Users"]
        # The next run shares by these times.
        for number in (1, 2, 3):
            call = "snapshot-restore rehearse --template template.yaml --times times.json"
            shard = f"{call} --shard {number}/3 --fail-on never"
            assert self.run(shard, application)[0] == 0

    def test_all_shards_of_github_are_there(self):
        text = (EXAMPLES / "ci" / "github.yml").read_text(encoding="utf-8")
        (shards,) = re.findall(r"shard: \[([^\]]+)\]", text)
        (count,) = re.findall(r"matrix\.shard \}\}/(\d+)", text)
        numbers = [int(one) for one in shards.split(",")]
        assert numbers == list(range(1, int(count) + 1))

    def test_what_the_jobs_of_github_hand_on_is_what_was_written(self):
        jobs = _yaml("github.yml")["jobs"]
        ran = "\n".join(step.get("run", "") for job in jobs.values() for step in job["steps"])
        for job in jobs.values():
            for step in job["steps"]:
                if "upload" in step.get("uses", ""):
                    paths = step["with"].get("path", step["with"].get("sarif_file")).split()
                    assert all(path in ran or path == ".aws-sam/build" for path in paths)

    def test_the_pipeline_of_gitlab_runs(self, application):
        jobs = _yaml("gitlab.yml")
        count = jobs["rehearse"]["parallel"]
        statuses, told = [], ""
        for job in jobs["stages"]:
            numbers = range(1, jobs[job].get("parallel", 1) + 1)
            for number in numbers:
                variables = {"CI_NODE_INDEX": str(number), "CI_NODE_TOTAL": str(count)}
                for command in jobs[job]["script"]:
                    found = self.run(command, application, **variables)
                    statuses.append(found[0])
                    told += found[1]
        assert statuses == [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1], told
        artifacts = jobs["report"]["artifacts"]
        for file in (*artifacts["paths"], *artifacts["reports"].values(), "times.json"):
            assert (application / file).is_file()
        assert 'name="Orders"' in (application / "rehearsal.xml").read_text()

    def test_the_hooks_before_a_push_run(self, application):
        install = _yaml("github.yml")["jobs"]["report"]["steps"][3]["run"]
        assert self.run(install, application)[0] == 0
        (local,) = _yaml("pre-commit-config.yaml")["repos"]
        (ours,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
        assert self.run("sam build", application)[0] == 0
        for hook in (*local["hooks"], ours):
            command = shlex.join([*shlex.split(hook["entry"]), *hook.get("args", [])])
            status, told = self.run(command, application)
            assert status == 1, told
            assert "1 error in Orders" in told


class TestServerless:
    def test_it_issues_tickets(self, example):
        first, second = example.run({}, {}).responses
        assert (first["desk"], first["ticket"][:9]) == ("none", second["ticket"][:9])
        assert [one["ticket"].rpartition("-")[2] for one in (first, second)] == ["1", "2"]

    def test_what_is_packaged_is_rehearsed_as_the_readme_says(self, tmp_path):
        folder = shutil.copytree(_folder(type(self)), tmp_path / "tickets")
        self.package(folder)
        text = (folder / "README.md").read_text(encoding="utf-8")
        (command,) = re.findall(r"^    snapshot-restore (.+)$", text, re.MULTILINE)
        found = subprocess.run(
            [sys.executable, "-m", "snapshot_restore_command", *shlex.split(command)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert found.returncode == 0, found.stderr
        assert "IssueLambdaFunction" in text
        assert "Nothing went wrong in 3 restores of IssueLambdaFunction." in found.stdout
        assert '"desk": "main"' in found.stdout

    def package(self, folder: Path) -> None:
        """Do what `serverless package` does: an archive, and a template that names it."""
        said = yaml.safe_load((folder / "serverless.yml").read_text(encoding="utf-8"))
        out = folder / ".serverless"
        out.mkdir()
        service, provider = said["service"], said["provider"]
        with zipfile.ZipFile(out / f"{service}.zip", "w") as archive:
            for pattern in said["package"]["patterns"]:
                if not pattern.startswith("!"):
                    archive.write(folder / pattern, pattern)
        resources = {}
        for name, function in said["functions"].items():
            resources[f"{name.title()}LambdaFunction"] = {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Code": {
                        "S3Bucket": {"Ref": "ServerlessDeploymentBucket"},
                        "S3Key": f"serverless/{service}/dev/1-2026/{service}.zip",
                    },
                    "Handler": function["handler"],
                    "Runtime": provider["runtime"],
                    "FunctionName": f"{service}-dev-{name}",
                    "Timeout": function["timeout"],
                    "Environment": {"Variables": provider["environment"]},
                    "SnapStart": {
                        "ApplyOn": "PublishedVersions" if function["snapStart"] else "None"
                    },
                },
            }
        file = out / "cloudformation-template-update-stack.json"
        file.write_text(json.dumps({"Resources": resources}))
