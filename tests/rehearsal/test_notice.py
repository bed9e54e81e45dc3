"""What the command says before it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from snapshot_restore_py._rehearsal.driving.call import Call
from snapshot_restore_py._rehearsal.telling.notice import notice

if TYPE_CHECKING:
    from pathlib import Path

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}


def call(handler: str = "app.handler", **changes: bool) -> Call:
    return Call(handler, "/srv/function", {}, 3, 30, **changes)


def test_it_says_how_often_the_code_really_runs() -> None:
    first, _ = notice(call(), {}).splitlines()
    assert first == ("snapshot-restore: app.handler really runs: 2 inits and 7 invocations or more")
    assert "4 invocations" in notice(call(second_call=False), {})


@pytest.mark.parametrize(("columns", "width"), [("40", 40), ("80", 80), ("160", 80), ("10", 40)])
def test_it_fits_the_terminal(columns: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    lines = notice(call("a_package_with_handlers.module.handler"), {}).splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(" ".join(lines).split()).endswith("us-east-1")


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({}, "no credentials found, us-east-1"),
        ({"AWS_PROFILE": "dev", "AWS_REGION": "eu-west-1"}, "profile dev, eu-west-1"),
        ({"AWS_PROFILE": "dev", **KEYS}, "AWS_ACCESS_KEY_ID, us-east-1"),
        ({**KEYS, "AWS_DEFAULT_REGION": "eu-west-2"}, "AWS_ACCESS_KEY_ID, eu-west-2"),
        (
            {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://a:b@x"},
            "AWS_CONTAINER_CREDENTIALS_FULL_URI, us-east-1",
        ),
    ],
)
def test_it_names_the_credentials_and_shows_none(
    variables: dict[str, str], told: str, tmp_path: Path
) -> None:
    text = notice(call(), {"HOME": str(tmp_path), **variables})
    assert text.splitlines()[1].startswith(f"AWS: {told}")
    assert ("--no-aws" in text) == (told[:2] != "no")
    assert not any(value in text for value in ("AKIAEXAMPLE", "secret", "a:b@x"))


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("credentials", "[default]\naws_access_key_id = x%y\n", "profile default"),
        ("config", "[default]\nsso_session = work\n", "profile default"),
        ("config", "[default]\nregion = eu-west-1\n", "no credentials found"),
        ("credentials", "[other]\naws_access_key_id = x\n", "no credentials found"),
        ("credentials", "not a file of settings", "no credentials found"),
    ],
)
def test_the_default_profile_counts_where_a_file_has_it(
    tmp_path: Path, file: str, content: str, told: str
) -> None:
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / file).write_text(content)
    assert f"AWS: {told}" in notice(call(), {"HOME": str(tmp_path)})
    variable = {"credentials": "AWS_SHARED_CREDENTIALS_FILE", "config": "AWS_CONFIG_FILE"}[file]
    elsewhere = {"HOME": "/nonexistent", variable: str(tmp_path / ".aws" / file)}
    assert f"AWS: {told}" in notice(call(), elsewhere)


def test_it_is_no_wider_than_80_columns() -> None:
    text = notice(call("company.departments.orders.handlers.application.handler"), KEYS)
    assert max(map(len, text.splitlines())) <= 80
    assert notice(call(no_aws=True), KEYS).endswith("\nAWS: none (--no-aws)")
