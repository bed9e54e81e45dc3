"""Where the code of a function or of a layer lies, in what the tools leave of a project."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .function import Inline
from .intrinsics import Placeholder

if TYPE_CHECKING:
    from pathlib import Path

    from .function import Code
    from .intrinsics import Stack

_SERVERLESS = ".serverless"
_ELSEWHERE = ("s3://", "https://", "http://")


def code_of(resource: dict[str, Any], properties: dict[str, Any], stack: Stack) -> Code:
    """Return where the code of a resource is; None if it is not on this machine.

    Args:
        resource: The resource as it stands in the template.
        properties: Its properties, resolved.
        stack: Of which it is.
    """
    asset = _metadata(resource).get("aws:asset:path")
    if isinstance(asset, str):
        return stack.folder / asset
    if isinstance(properties.get("InlineCode"), str):
        return Inline(properties["InlineCode"])
    keys = ("CodeUri", "Code", "ContentUri", "Content", "Location", "TemplateURL")
    value = next((properties[key] for key in keys if key in properties), None)
    if isinstance(value, dict):
        if isinstance(value.get("ZipFile"), str):
            return Inline(value["ZipFile"])
        return _by_key(value.get("S3Key", value.get("Key")), stack.folder)
    if isinstance(value, str) and not isinstance(value, Placeholder):
        return _local(value, stack.folder)
    # SAM takes the template's folder where nothing is said.
    return stack.folder if value is None and "Serverless" in str(resource.get("Type")) else None


def source_of(stack: Stack) -> Path | None:
    """Return the folder whose files a person edits, where that is known to be another one."""
    return stack.folder.parent if stack.folder.name == _SERVERLESS else None


def cdk_path(resource: dict[str, Any]) -> str:
    """Return a resource's path in its CDK application; empty if that is not told."""
    path = _metadata(resource).get("aws:cdk:path")
    return path[: -len("/Resource")] if isinstance(path, str) and path.endswith("/Resource") else ""


def _metadata(resource: dict[str, Any]) -> dict[str, Any]:
    found = resource.get("Metadata")
    return found if isinstance(found, dict) else {}


def _local(value: str, folder: Path) -> Path | None:
    if value.startswith(_ELSEWHERE):
        return _by_key(value, folder)
    path = folder / value
    return path.parent if path.suffix == ".py" else path


def _by_key(key: Any, folder: Path) -> Path | None:
    """Return what is uploaded with a key: an asset of CDK, or an archive of Serverless."""
    if not isinstance(key, str):
        return None
    name = key.rpartition("/")[2]
    for file in sorted(folder.glob("*.assets.json")):
        assets = json.loads(file.read_text(encoding="utf-8")).get("files", {})
        asset = assets.get(name.partition(".")[0])
        if asset:
            return folder / str(asset["source"]["path"])
    if (folder / name).is_file():
        return folder / name
    return folder.parent if folder.name == _SERVERLESS else None
