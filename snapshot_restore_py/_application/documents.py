"""Reads the files of templates: YAML with CloudFormation's short forms, and JSON.

YAML is PyYAML's; what is added are constructors for the short forms' tags, as AWS's own command
line has them. The libraries that resolve templates were measured and left: they take one value
that is unknown here for an error, and bring up to 150 MB along.
"""

from __future__ import annotations

import json
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .function import TemplateError

if TYPE_CHECKING:
    from pathlib import Path

_BARE = ("Ref", "Condition")  # All other functions begin with Fn:: in their long form.


def load(file: Path) -> dict[str, Any]:
    """Return what a template says, with all functions in their long form.

    Raises:
        TemplateError: It cannot be read, is neither YAML nor JSON, or PyYAML is not installed.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"cannot read {file}: {error}") from None
    found = _json(text, file) if text.lstrip().startswith("{") else _yaml(text, file)
    if not isinstance(found, dict):
        raise TemplateError(f"{file} is no template: it has no Resources")
    return found


def _json(text: str, file: Path) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        # A template in YAML may begin with a brace, too.
        try:
            return _yaml(text, file)
        except TemplateError:
            raise TemplateError(f"{file} is no JSON: {error}") from None


def _yaml(text: str, file: Path) -> Any:
    try:
        yaml: Any = import_module("yaml")
    except ImportError:
        raise TemplateError(
            f"{file} is YAML, which needs PyYAML: pip install 'snapshot-restore[templates]'"
        ) from None

    # A date is a text for CloudFormation.
    resolvers = {
        first: [one for one in found if not one[0].endswith(":timestamp")]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    loader: Any = type("Loader", (yaml.SafeLoader,), {"yaml_implicit_resolvers": resolvers})
    loader.add_multi_constructor("!", _long_form)
    try:
        return yaml.load(text, loader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise TemplateError(f"{file} is no YAML: {' '.join(str(error).split())}") from None


def _long_form(loader: Any, name: str, node: Any) -> dict[str, Any]:
    """Return the long form of what a tag such as `!Sub` stands before."""
    value = {
        "scalar": loader.construct_scalar,
        "sequence": lambda node: loader.construct_sequence(node, deep=True),
        "mapping": lambda node: loader.construct_mapping(node, deep=True),
    }[node.id](node)
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {name if name in _BARE else f"Fn::{name}": value}
