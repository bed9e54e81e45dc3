"""Resolves the functions of a template, as far as that can be done without AWS.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
What cannot be resolved becomes a placeholder that bears its name, and is noted.
"""

from __future__ import annotations

import base64
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Callable

_ACCOUNT = "123456789012"
_NOTHING = object()  # AWS::NoValue
_IN_TEXT = re.compile(r"\$\{([^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([^}]*)\}\}")
_CONDITIONS = ("Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals", "Condition")


class Placeholder(str):
    """Stands for a value that only AWS knows.

    Attributes:
        resource: The logical id of the resource whose it is; empty if it is none's.
        stack: The stack of that resource.
    """

    resource = ""
    stack: Stack | None = None


class Stack:
    """The values of one template.

    Args:
        template: The template, with functions in their long form.
        given: The values of parameters, pseudo parameters among them.
        folder: Where the template lies.

    Attributes:
        template: As above.
        folder: As above.
        pseudo: The values of pseudo parameters.
        lacking: The names of what could not be resolved, since this was emptied.
        inner: Returns the nested stack that a resource is, if it is one that is known here.
    """

    def __init__(self, template: dict[str, Any], given: Mapping[str, Any], folder: Path) -> None:
        self.template = template
        self.folder = folder
        self.lacking: list[str] = []
        self.inner: Callable[[str], Stack | None] = lambda _: None
        self._given = given
        self._asked: set[str] = set()
        region = str(given.get("AWS::Region", "us-east-1"))
        china, government = region.startswith("cn-"), region.startswith("us-gov-")
        partition = "aws-cn" if china else "aws-us-gov" if government else "aws"
        name = str(given.get("AWS::StackName", "rehearsal"))
        pseudo: dict[str, Any] = {
            "AWS::AccountId": _ACCOUNT,
            "AWS::NoValue": _NOTHING,
            "AWS::NotificationARNs": [],
            "AWS::Partition": partition,
            "AWS::Region": region,
            "AWS::StackId": f"arn:{partition}:cloudformation:{region}:{_ACCOUNT}:stack/{name}/1",
            "AWS::StackName": name,
            "AWS::URLSuffix": "amazonaws.com.cn" if china else "amazonaws.com",
        }
        self.pseudo = {one: given.get(one, value) for one, value in pseudo.items()}

    def section(self, name: str) -> dict[str, Any]:
        """Return a section of the template; empty if there is none, or it is no such."""
        found = self.template.get(name)
        return found if isinstance(found, dict) else {}

    def resolve(self, value: Any) -> Any:
        """Return a value with its functions resolved; None for what is to be left out."""
        found = self._resolved(value)
        return None if found is _NOTHING else found

    def is_true(self, condition: Any) -> bool:
        """Tell whether a condition holds: its name, or the function that it is."""
        if isinstance(condition, str):
            if condition in self._asked or condition not in self.section("Conditions"):
                self._placeholder(f"condition {condition}")
                return False
            self._asked.add(condition)
            try:
                return self.is_true(self.section("Conditions")[condition])
            finally:
                self._asked.discard(condition)
        found = self.resolve(condition)
        return found is True or str(found).lower() == "true"

    def _resolved(self, value: Any) -> Any:
        if isinstance(value, list):
            found = [self._resolved(one) for one in value]
            return [one for one in found if one is not _NOTHING]
        if isinstance(value, dict):
            if len(value) == 1:
                ((name, argument),) = value.items()
                if name == "Ref" or name in _CONDITIONS or str(name).startswith("Fn::"):
                    return self._call(str(name), argument)
            pairs = {key: self._resolved(one) for key, one in value.items()}
            return {key: one for key, one in pairs.items() if one is not _NOTHING}
        if isinstance(value, str) and not isinstance(value, Placeholder):
            return _DYNAMIC.sub(lambda found: self._placeholder(found[1]), value)
        return value

    def _call(self, name: str, argument: Any) -> Any:
        function = _FUNCTIONS.get(name)
        # Its argument may be of a form that it does not know, or name what there is not.
        try:
            found = function(self, argument) if function else None
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            found = None
        if found is None:
            short = name.replace("Fn::", "")
            return self._placeholder(f"{short} {_words(argument)}")
        return found

    def _placeholder(self, name: str, resource: str = "") -> Placeholder:
        if name not in self.lacking:
            self.lacking.append(name)
        found = Placeholder(f"placeholder-{name.replace(' ', '-')}")
        found.resource = resource
        found.stack = self
        return found

    def _ref(self, name: str) -> Any:
        if name in self.pseudo:
            return self.pseudo[name]
        parameter = self.section("Parameters").get(name)
        if parameter is None:
            return self._placeholder(name, name)
        kind = str(parameter.get("Type", "String"))
        value = self._given.get(name)
        if value is None:
            value = parameter.get("Default")
            if value is None:
                return self._placeholder(f"parameter {name}")
            if kind.startswith("AWS::SSM::"):
                return self._placeholder(f"ssm:{value}")
        if isinstance(value, Placeholder):
            self._placeholder(value.partition("-")[2])
            return value
        if ("List<" in kind or kind == "CommaDelimitedList") and not isinstance(value, list):
            return [one.strip() for one in text(value).split(",")]
        return value

    def _get_att(self, argument: Any) -> Any:
        given = argument.split(".") if isinstance(argument, str) else self._resolved(argument)
        name, *rest = ".".join(map(text, given)).split(".")
        nested = self.inner(name) if len(rest) == 2 and rest[0] == "Outputs" else None
        output = nested.section("Outputs").get(rest[1]) if nested else None
        if nested and isinstance(output, dict) and "Value" in output:
            return self._output(nested, output["Value"])
        return self._placeholder(".".join([name, *rest]), name)

    def _output(self, nested: Stack, value: Any) -> Any:
        """Return what a nested stack gives out, which may lack something there."""
        before, nested.lacking = nested.lacking, []
        try:
            found = nested.resolve(value)
            self.lacking += [one for one in nested.lacking if one not in self.lacking]
        finally:
            nested.lacking = before
        return found

    def _sub(self, argument: Any) -> Any:
        template, names = argument if isinstance(argument, list) else (argument, {})

        def value(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name.startswith("!"):
                return f"${{{name[1:]}}}"
            if name in names:
                return text(self._resolved(names[name]))
            return text(self._get_att(name) if "." in name else self._ref(name))

        return self._resolved(_IN_TEXT.sub(value, template))

    def _join(self, argument: Any) -> Any:
        separator, parts = argument
        return text(separator).join(map(text, self._list(parts)))

    def _split(self, argument: Any) -> Any:
        separator, value = self._resolved(argument)
        return text(value).split(separator)

    def _select(self, argument: Any) -> Any:
        index, values = argument
        return self._list(values)[int(self._resolved(index))]

    def _if(self, argument: Any) -> Any:
        condition, yes, no = argument
        return self._resolved(yes if self.is_true(condition) else no)

    def _find_in_map(self, argument: Any) -> Any:
        name, first, second, *other = argument
        found = self.section("Mappings")
        try:
            for key in (name, first, second):
                found = found[text(self._resolved(key))]
        except KeyError:
            return self._resolved(other[0]["DefaultValue"])
        return self._resolved(found)

    def _base64(self, argument: Any) -> Any:
        return base64.b64encode(text(self._resolved(argument)).encode()).decode()

    def _azs(self, argument: Any) -> Any:
        region = text(self._resolved(argument)) or self.pseudo["AWS::Region"]
        return [f"{region}{zone}" for zone in "abc"]

    def _import_value(self, argument: Any) -> Any:
        return self._placeholder(f"export {text(self._resolved(argument))}")

    def _length(self, argument: Any) -> Any:
        return len(self._list(argument))

    def _to_json(self, argument: Any) -> Any:
        return json.dumps(self._resolved(argument), separators=(",", ":"))

    def _equals(self, argument: Any) -> Any:
        one, other = argument
        return text(self._resolved(one)) == text(self._resolved(other))

    def _list(self, value: Any) -> list[Any]:
        found = self._resolved(value)
        if not isinstance(found, list):
            raise TypeError("no list")
        return found


_FUNCTIONS: dict[str, Callable[[Stack, Any], Any]] = {
    "Condition": Stack.is_true,
    "Fn::And": lambda stack, argument: all(map(stack.is_true, argument)),
    "Fn::Base64": Stack._base64,
    "Fn::Equals": Stack._equals,
    "Fn::FindInMap": Stack._find_in_map,
    "Fn::GetAZs": Stack._azs,
    "Fn::GetAtt": Stack._get_att,
    "Fn::If": Stack._if,
    "Fn::ImportValue": Stack._import_value,
    "Fn::Join": Stack._join,
    "Fn::Length": Stack._length,
    "Fn::Not": lambda stack, argument: not stack.is_true(argument[0]),
    "Fn::Or": lambda stack, argument: any(map(stack.is_true, argument)),
    "Fn::Select": Stack._select,
    "Fn::Split": Stack._split,
    "Fn::Sub": Stack._sub,
    "Fn::ToJsonString": Stack._to_json,
    "Ref": Stack._ref,
}


def text(value: Any) -> str:
    """Return a value as the text that CloudFormation makes of it.

    >>> text(True), text(8080), text(None), text("x"), text(["a", 1])
    ('true', '8080', '', 'x', 'a,1')
    """
    if value is None or value is _NOTHING:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ",".join(map(text, value))
    return value if isinstance(value, str) else str(value)


def _words(argument: Any) -> str:
    return argument if isinstance(argument, str) else json.dumps(argument, default=str)
