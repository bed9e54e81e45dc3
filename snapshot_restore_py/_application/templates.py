"""Reads templates: of SAM, CloudFormation, CDK's output, and what Serverless compiles."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .code import cdk_path, code_of, source_of
from .documents import load
from .function import Function, TemplateError
from .intrinsics import Placeholder, Stack, text
from .loops import unrolled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_FUNCTIONS = ("AWS::Serverless::Function", "AWS::Lambda::Function")
_STACKS = ("AWS::Serverless::Application", "AWS::CloudFormation::Stack")
_IN_FOLDERS = (
    "template.yaml",
    "template.yml",
    "template.json",
    "cloudformation-template-update-stack.json",
)
_BUILT = Path(".aws-sam", "build", "template.yaml")


@dataclass(frozen=True)
class Application:
    """What a template, or several of one application, tell.

    Attributes:
        functions: All of them, in the order of the template.
        notes: What could not be looked at, each in one line.
    """

    functions: tuple[Function, ...]
    notes: tuple[str, ...] = ()


def read(path: Path, parameters: Mapping[str, str]) -> Application:
    """Return the functions of an application.

    Args:
        path: A template; or a folder with one, or with the output of `cdk synth`.
        parameters: Values for the template's parameters, and for pseudo parameters.

    Raises:
        TemplateError: There is no template, it cannot be read, or it has no such parameter.
    """
    reader = _Reader(parameters)
    functions = tuple(reader.application(path))
    unknown = [one for one in parameters if one not in reader.parameters]
    if unknown:
        known = ", ".join(sorted(reader.parameters)) or "there are none"
        raise TemplateError(f"{path} has no parameter {unknown[0]!r}. Parameters: {known}")
    return Application(functions, tuple(dict.fromkeys(reader.notes)))


class _Reader:
    def __init__(self, given: Mapping[str, str]) -> None:
        self.given = given
        self.parameters: set[str] = set()
        self.notes: list[str] = []

    def application(self, path: Path) -> Iterator[Function]:
        """Yield the functions of a template, or of a folder."""
        file = path
        if path.is_dir():
            if (path / "manifest.json").is_file():
                yield from self._assembly(path)
                return
            found = [path / name for name in _IN_FOLDERS if (path / name).is_file()]
            if not found:
                raise TemplateError(f"{path} has no template: {', '.join(_IN_FOLDERS)}")
            file = found[0]
        elif path.name == "manifest.json":
            yield from self._assembly(path.parent)
            return
        functions = list(self._template(file.absolute(), ()))
        built = file.absolute().parent / _BUILT
        yield from self._with_build(functions, built) if built.is_file() else functions

    def _with_build(self, functions: list[Function], file: Path) -> Iterator[Function]:
        """Yield functions with the code that `sam build` has made of theirs."""
        built = {one.name: one for one in self._template(file, ())}
        for one in functions:
            made = built.get(one.name)
            if made and isinstance(made.code, Path) and made.code.is_dir():
                source = one.code if isinstance(one.code, Path) else None
                yield replace(
                    one,
                    code=made.code,
                    source=source,
                    layers=made.layers,
                    missing_layers=made.missing_layers,
                )
            else:
                yield one

    def _assembly(self, folder: Path) -> Iterator[Function]:
        """Yield the functions of all stacks in the output of `cdk synth`."""
        folder = folder.absolute()
        for name, artifact in load(folder / "manifest.json").get("artifacts", {}).items():
            properties = artifact.get("properties", {})
            if artifact.get("type") == "aws:cloudformation:stack":
                file = folder / properties["templateFile"]
                yield from self._template(file, (properties.get("stackName", name),))
            elif artifact.get("type") == "cdk:cloud-assembly":
                yield from self._assembly(folder / properties["directoryName"])

    def _template(self, file: Path, around: tuple[str, ...]) -> Iterator[Function]:
        yield from self._functions(self._opened(file, self.given, ()), around)

    def _opened(self, file: Path, given: Mapping[str, Any], chain: tuple[Path, ...]) -> Stack:
        """Return the stack of a template; `chain` are those of the stacks around it."""
        stack = Stack(load(file), given, file.parent)
        if not stack.section("Resources"):
            raise TemplateError(f"{file} is no template: it has no Resources")
        self.parameters |= {*stack.pseudo, *stack.section("Parameters")}
        stack.template = unrolled(stack.template, partial(_items, stack))
        found: dict[str, Stack | None] = {}

        def inner(name: str) -> Stack | None:
            if name not in found:
                found[name] = None  # It may ask for itself, by way of another one.
                # What its parameters lack is not what is resolved just now.
                before, stack.lacking = stack.lacking, []
                found[name] = self._nested(name, stack, given, (*chain, file))
                stack.lacking = before
            return found[name]

        stack.inner = inner
        return stack

    def _functions(self, stack: Stack, around: tuple[str, ...]) -> Iterator[Function]:
        for name, resource in stack.section("Resources").items():
            if str(name).startswith("Fn::"):
                self.notes.append(f"{name} is not carried out: its items are not known")
            if not isinstance(resource, dict) or not _is_there(resource, stack):
                continue
            if resource.get("Type") in _FUNCTIONS:
                yield _function(resource, stack, (*around, str(name)))
            elif resource.get("Type") in _STACKS:
                nested = stack.inner(str(name))
                if nested:
                    yield from self._functions(nested, (*around, str(name)))

    def _nested(
        self, name: str, stack: Stack, given: Mapping[str, Any], chain: tuple[Path, ...]
    ) -> Stack | None:
        """Return the stack that a resource is; None if it is none, or is not on this machine."""
        resource = stack.section("Resources").get(name)
        if not isinstance(resource, dict) or resource.get("Type") not in _STACKS:
            return None
        properties = _properties(resource, stack)
        file = code_of(resource, properties, stack)
        if not isinstance(file, Path) or not file.is_file():
            self.notes.append(f"the stack {name} in {chain[-1].name} lies elsewhere")
            return None
        if file.absolute() in chain:
            self.notes.append(f"{file.absolute()} holds itself")
            return None
        values = properties.get("Parameters") or {}
        pseudo = {key: one for key, one in given.items() if key.startswith("AWS::")}
        return self._opened(file.absolute(), {**pseudo, **values}, chain)


def _items(stack: Stack, collection: Any) -> list[str] | None:
    """Return over what a loop goes; None if that is not known."""
    stack.lacking.clear()
    found = stack.resolve(collection)
    return [text(one) for one in found] if isinstance(found, list) and not stack.lacking else None


def _is_there(resource: dict[str, Any], stack: Stack) -> bool:
    condition = resource.get("Condition")
    return condition is None or stack.is_true(condition)


def _properties(resource: dict[str, Any], stack: Stack) -> dict[str, Any]:
    """Return a resource's properties, resolved."""
    found: dict[str, Any] = stack.resolve(_stated(resource, stack))
    return found


def _stated(resource: dict[str, Any], stack: Stack) -> dict[str, Any]:
    """Return a resource's properties as the template has them, with those that are for all."""
    own = _section(resource, "Properties")
    if resource.get("Type") == "AWS::Serverless::Function":
        merged: dict[str, Any] = _merged(_section(stack.section("Globals"), "Function"), own)
        return merged
    return own


def _merged(above: Any, below: Any) -> Any:
    """Return what SAM makes of a value of its Globals and one of a function."""
    if isinstance(above, list) and isinstance(below, list):
        return above + below
    if isinstance(above, dict) and isinstance(below, dict) and not _is_call(above, below):
        both = {key: _merged(above[key], below[key]) for key in above if key in below}
        return {**above, **below, **both}
    return below


def _is_call(*values: dict[str, Any]) -> bool:
    names = [next(iter(value)) for value in values if len(value) == 1]
    return any(name == "Ref" or name.startswith("Fn::") for name in names)


def _function(resource: dict[str, Any], stack: Stack, path: tuple[str, ...]) -> Function:
    properties = _properties(resource, stack)
    variables, placeholders = _variables(resource, stack)
    layers = [_layer(one) for one in _list(properties.get("Layers"))]
    called = properties.get("FunctionName")
    names = [path[-1], cdk_path(resource), text(called) if _is_known(called) else ""]
    code, image = properties.get("Code"), properties.get("PackageType") == "Image"
    return Function(
        name="/".join(path),
        aliases=tuple(dict.fromkeys(one for one in names if one)),
        handler=text(properties.get("Handler")),
        runtime=text(properties.get("Runtime")),
        code=code_of(resource, properties, stack),
        source=source_of(stack),
        layers=tuple(one for one in layers if isinstance(one, Path)),
        missing_layers=tuple(one for one in layers if isinstance(one, str)),
        variables=variables,
        placeholders=placeholders,
        timeout=_number(properties.get("Timeout"), 3),
        memory=_number(properties.get("MemorySize"), 128),
        region=text(stack.pseudo["AWS::Region"]),
        has_snapstart=_section(properties, "SnapStart").get("ApplyOn") == "PublishedVersions",
        is_image=image or (isinstance(code, dict) and "ImageUri" in code),
    )


def _variables(
    resource: dict[str, Any], stack: Stack
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Return a function's variables, and of each that cannot be resolved what it lacks."""
    variables: Any = _stated(resource, stack)
    for name in ("Environment", "Variables"):
        inner = variables.get(name)
        variables = stack.resolve(inner) if isinstance(inner, dict) and _is_call(inner) else inner
        if not isinstance(variables, dict):
            return {}, {}
    found, placeholders = {}, {}
    for name, value in variables.items():
        stack.lacking.clear()
        resolved = stack.resolve(value)
        if resolved is not None:
            found[str(name)] = text(resolved)
            if stack.lacking:
                placeholders[str(name)] = tuple(stack.lacking)
    return found, placeholders


def _layer(value: Any) -> Path | str:
    """Return the folder or archive of a layer, or what is said of one that is not here."""
    if not isinstance(value, Placeholder) or value.stack is None:
        return f"the layer {text(value)}"
    at = value.stack
    resource = at.section("Resources").get(value.resource)
    if not isinstance(resource, dict):
        return f"the layer {value.partition('-')[2]}"
    path = code_of(resource, _properties(resource, at), at)
    if not isinstance(path, Path) or not path.exists():
        return f"the layer {value.resource}"
    return path


def _is_known(value: Any) -> bool:
    return isinstance(value, str) and "placeholder-" not in value


def _section(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _number(value: Any, otherwise: int) -> int:
    found = text(value)
    return int(found) if found.isdecimal() else otherwise
