"""Reads the entry points of one group out of the installed distributions' metadata.

The format is the PyPA specification's, read with the leniency of `importlib_metadata`:
https://packaging.python.org/en/latest/specifications/entry-points/
"""

from ._discovery import GROUP
from ._metadata import lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._discovery import Look
    from ._distributions import Installed
    from ._metadata import Distribution


class EntryPoint:
    """One entry point, or what stands where one should be and cannot be read."""

    __slots__ = ("distribution", "error", "name", "value")

    def __init__(
        self,
        name: str,
        value: str,
        distribution: "Distribution",
        error: "Exception | None" = None,
    ) -> None:
        self.name = name
        self.value = value
        self.distribution = distribution
        self.error = error
        """Why it cannot be read, None if it can."""


def find(look: "Look", installed: "Installed") -> "list[EntryPoint]":
    """Return the entry points of our group, with those that cannot be read."""
    found: list[EntryPoint] = []
    others = installed.others()
    for folder, data in look.declared.items():
        distribution = installed.at(folder)
        if distribution is None:
            continue  # It is in the shadow of another one of its name.
        if isinstance(data, Exception):
            found.append(EntryPoint("", "", distribution, data))
        else:
            found += parse(data, distribution)
    for distribution in others:
        try:
            found += parse(distribution.entry_points_data() or b"", distribution)
        except Exception as error:
            found.append(EntryPoint("", "", distribution, error))
    return found


def parse(data: bytes, distribution: "Distribution") -> "list[EntryPoint]":
    """Return the entry points of our group in an `entry_points.txt`.

    What other groups hold does not matter, not even whether it is text.
    """
    found = []
    section = ""
    for raw_line in lines(data):
        line = raw_line.decode("utf-8", "surrogateescape").strip()
        if not line or line[0] == "#":
            continue
        if line[0] == "[" and line[-1] == "]":
            section = line.strip("[]")
        elif section == GROUP:
            found.append(_entry_point(raw_line, distribution))
    return found


def _entry_point(raw_line: bytes, distribution: "Distribution") -> EntryPoint:
    try:
        line = raw_line.decode().strip()
    except UnicodeDecodeError as undecodable:
        return EntryPoint("", "", distribution, undecodable)
    name, equals, value = line.partition("=")
    error = None if equals else ValueError(f"the line {line!r} has no '='")
    return EntryPoint(name.strip(), value.strip(), distribution, error)


def split_value(value: str) -> "tuple[str, str]":
    """Return the module and the attribute path (empty if none) of an entry point's value.

    >>> split_value("mylib.snapshot:hooks [extra]")
    ('mylib.snapshot', 'hooks')

    Raises ValueError if the value is not of the form `module[:attr[.attr]] [extras]`.
    """
    reference, bracket, extras = value.partition("[")
    module, colon, attribute = reference.partition(":")
    module = module.rstrip()
    attribute = attribute.strip()
    if (
        not _is_dotted(module)
        or (colon and not _is_dotted(attribute))
        or (bracket and not extras.endswith("]"))
    ):
        raise ValueError(f"{value!r} is not of the form 'module' or 'module:attribute'")
    return module, attribute


def _is_dotted(reference: str) -> bool:
    return reference.replace(".", "_").replace("_", "a").isalnum()
