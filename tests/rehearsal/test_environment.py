"""The environment of a function with SnapStart, and the variables that a rehearsal is given."""

from __future__ import annotations

import pytest

SHOWING = """
    import os
    def handler(event, context):
        names = ["AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME",
                 "AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_RUNTIME_DIR", "FIRST", "SECOND"]
        return [context.log_group_name, context.log_stream_name, *map(os.environ.get, names)]
"""


def test_it_is_that_of_snapstart_whatever_the_shell_has(functions):
    env = {
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/mine",
        "AWS_LAMBDA_LOG_STREAM_NAME": "mine",
    }
    shown = functions.rehearse(SHOWING, env=env).results[0]
    assert shown == [None, None, "snap-start", None, None, "/var/runtime", None, None]


def test_variables_come_from_options_and_from_a_file(functions):
    functions.write(
        "variables",
        "# settings\n\nFIRST=from the file\n  SECOND = \"a = b\"\nSECOND='a = b'\n",
    )
    file = str(functions.folder / "variables")
    rehearsal = functions.rehearse(SHOWING, "--env-file", file, "--env", "FIRST=given=twice")
    assert rehearsal.results[0][-2:] == ["given=twice", "a = b"]
    again = functions.rehearse(SHOWING, "--env", "FIRST=1", "--env", "SECOND=", "--env", "FIRST=2")
    assert again.results[0][-2:] == ["2", ""]


def test_a_relative_folder_for_temporary_files_is_one(functions):
    source = "PLACE = 'scratch/report.csv'\ndef handler(event, context): return PLACE\n"
    rehearsal = functions.rehearse(source, "--env", "TMPDIR=scratch")
    assert (rehearsal.codes, rehearsal.results) == ([], ["scratch/report.csv"] * 3)


@pytest.mark.parametrize("given", ["FIRST", "=1", " =1"])
def test_what_is_no_variable_is_refused(functions, given):
    rehearsal = functions.rehearse(SHOWING, "--env", given)
    assert (rehearsal.status, rehearsal.report) == (2, None)
    assert rehearsal.stderr == "snapshot-restore: --env: a variable is written NAME=VALUE\n"


def test_a_file_with_another_line_is_refused_without_showing_it(functions):
    functions.write("variables", "FIRST=1\nsecret\n")
    file = functions.folder / "variables"
    rehearsal = functions.rehearse(SHOWING, "--env-file", str(file))
    assert (rehearsal.status, rehearsal.report) == (2, None)
    assert rehearsal.stderr == (
        f"snapshot-restore: {file}, line 2: a variable is written NAME=VALUE\n"
    )


def test_a_file_that_cannot_be_read_is_refused(functions):
    missing = functions.rehearse(SHOWING, "--env-file", "/nonexistent/variables")
    assert missing.status == 2
    assert missing.stderr.startswith("snapshot-restore: cannot read the variables: ")
    (functions.folder / "variables").write_bytes(b"FIRST=\xff\n")
    undecodable = functions.rehearse(SHOWING, "--env-file", str(functions.folder / "variables"))
    assert undecodable.status == 2
    assert "are not UTF-8" in undecodable.stderr


def test_a_key_that_only_the_shell_could_have_is_one_finding_though_the_handler_fails(functions):
    source = """
        import os
        os.environ.pop("AWS_SECRET_ACCESS_KEY", None)
        def handler(event, context): return os.environ["AWS_SECRET_ACCESS_KEY"]
    """
    rehearsal = functions.rehearse(source)
    found = [(one["code"], one["location"]) for one in rehearsal.report["findings"]]
    assert found == [("missing-in-lambda", "app.py:3"), ("missing-in-lambda", "app.py:4")]
    assert "get_frozen_credentials" in rehearsal.report["findings"][0]["fix"]


def test_a_key_is_found_where_code_runs_the_read_of_the_library_for_it(functions, tmp_path):
    source = """
        import os, string
        string.read = eval("lambda name: __import__('os').environ[name]", {"__name__": "string"})
        os.environ["AWS_ACCESS_KEY_ID"] = "set here"
        def handler(event, context):
            return len(string.read("AWS_ACCESS_KEY_ID")) + len(os.environ["AWS_ACCESS_KEY_ID"])
    """
    assert functions.rehearse(source).codes == []


def test_what_is_no_name_is_an_error_as_ever(functions):
    source = """
        import os
        def handler(event, context):
            try: os.environ[1]
            except TypeError: return "refused"
    """
    rehearsal = functions.rehearse(source)
    assert (rehearsal.codes, rehearsal.results) == ([], ["refused"] * 3)
