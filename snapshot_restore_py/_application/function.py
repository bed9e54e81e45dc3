"""What a template says of a function."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Optional, Union


class TemplateError(Exception):
    """A template cannot be read, or names what there is not. The message is one line."""


@dataclass(frozen=True)
class Inline:
    """Code that stands in the template itself: Lambda calls its module `index`."""

    text: str


Code = Optional[Union[Path, Inline]]
"""A folder, an archive (`.zip`), the text of a module, or None if it is not on this machine."""


@dataclass(frozen=True)
class Function:
    """A function of a template.

    Attributes:
        name: Its logical id, after those of the stacks around it, with slashes.
        aliases: What else it is called: its logical id alone, the name in Lambda, the path in CDK.
        handler: As in Lambda's configuration; a placeholder where it cannot be resolved.
        runtime: As in `python3.13`; empty for an image.
        code: Where its code is.
        source: The folder whose files a person edits, if the code is a copy of them; or None.
        layers: The folders and archives of its layers, in their order.
        missing_layers: What is said of layers that are not on this machine.
        variables: Of its environment.
        placeholders: For each variable that cannot be resolved, what its value lacks.
        timeout: Seconds that an invocation may take.
        memory: Megabytes.
        region: Where the stack is taken to be.
        has_snapstart: Whether SnapStart is on.
        is_image: Whether it is a container image.
    """

    name: str
    handler: str
    runtime: str
    code: Code = None
    aliases: tuple[str, ...] = ()
    source: Path | None = None
    layers: tuple[Path, ...] = ()
    missing_layers: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    placeholders: dict[str, tuple[str, ...]] = field(default_factory=dict)
    timeout: int = 3
    memory: int = 128
    region: str = "us-east-1"
    has_snapstart: bool = False
    is_image: bool = False

    @property
    def is_python(self) -> bool:
        """Whether its runtime is one of Python's."""
        return not self.is_image and self.runtime.startswith("python")

    @property
    def is_program(self) -> bool:
        """Whether AWS's Lambda Web Adapter starts a program, instead of a handler's import.

        https://aws.github.io/aws-lambda-web-adapter/
        """
        if self.variables.get("AWS_LAMBDA_EXEC_WRAPPER") == "/opt/bootstrap":
            return True
        return isinstance(self.code, Path) and (self.code / self.handler).is_file()
