"""The JSON Schema of a report, and the reports that there are."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.documentation.blocks import ROOT
from tests.rehearsal.reports import ALL, REPORTS

SCHEMA = json.loads(
    (ROOT / "snapshot_restore_py" / "_rehearsal" / "telling" / "report.schema.json").read_text(
        encoding="utf-8"
    )
)
TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "null": type(None),
}
# What the schema may say; the others only describe.
KNOWN = {"type", "properties", "required", "items", "enum", "const", "anyOf", "minimum", "$ref"}
KNOWN |= {"description", "title", "$schema", "$defs"}


def problems(value: Any, schema: dict[str, Any], place: str = "report") -> list[str]:
    """Return what in a value is not as the schema has it, and what the schema does not know."""
    assert schema.keys() <= KNOWN
    if "$ref" in schema:
        return problems(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], place)
    found = []
    if "anyOf" in schema:
        choices = [problems(value, one, place) for one in schema["anyOf"]]
        found += [] if [] in choices else min(choices, key=len)
    types = schema.get("type", list(TYPES))
    names = [types] if isinstance(types, str) else types
    if not any(isinstance(value, TYPES[name]) for name in names):
        return [*found, f"{place} is {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{place} is {value!r}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{place} is {value!r}")
    if "minimum" in schema and value is not None and value < schema["minimum"]:
        found.append(f"{place} is {value!r}")
    if "properties" in schema:
        found += [f"{place} lacks {name}" for name in schema["required"] if name not in value]
        for name, part in value.items():
            if name in schema["properties"]:
                found += problems(part, schema["properties"][name], f"{place}.{name}")
            else:
                found.append(f"{place}.{name} is not in the schema")
    if "items" in schema:
        for part in value:
            found += problems(part, schema["items"], f"{place}[]")
    return found


@pytest.mark.parametrize("title", ALL)
def test_reports_are_as_the_schema_says(title):
    assert problems(json.loads(json.dumps(ALL[title].as_json())), SCHEMA) == []


def test_what_is_not_as_it_says_is_seen():
    report = json.loads(json.dumps(next(iter(REPORTS.values())).as_json()))
    assert problems({**report, "ok": "yes"}, SCHEMA)
    assert problems({**report, "other": 1}, SCHEMA)
    assert problems({**report, "copies": "magic"}, SCHEMA)
    assert problems({name: report[name] for name in report if name != "ok"}, SCHEMA)


def test_so_is_what_is_told_of_an_import_that_fails(tmp_path):
    (tmp_path / "app.py").write_text("import nothing_of_that_name")
    command = [sys.executable, "-m", "snapshot_restore_command", "rehearse", "app.handler"]
    result = subprocess.run(
        [*command, "--path", str(tmp_path), "--format", "json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=120,
    )
    assert result.returncode == 3
    assert problems(json.loads(result.stdout), SCHEMA) == []
