"""Reads the entry points of one group out of the installed distributions' metadata.

The format is the PyPA specification's, read with the leniency of `importlib_metadata`:
https://packaging.python.org/en/latest/specifications/entry-points/
"""

from ._distributions import distribution, read_file

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._distributions import AnyDistribution, Source

GROUP = "snapshot_restore_py"
"""The group in which distributions declare their hooks."""


class EntryPoint:
    """One entry point, or what stands where one should be and cannot be read."""

    __slots__ = ("distribution", "error", "name", "value")

    def __init__(
        self,
        name: str,
        value: str,
        distribution: "AnyDistribution",
        error: "Exception | None" = None,
    ) -> None:
        self.name = name
        self.value = value
        self.distribution = distribution
        self.error = error
        """Why it cannot be read, None if it can."""


def find(installed: "dict[str, Source]") -> "list[EntryPoint]":
    """Return the entry points of our group, with those that cannot be read."""
    found = []
    group = GROUP.encode()
    for key, source in installed.items():
        try:
            if isinstance(source, str):
                data = read_file(source + "/entry_points.txt")
            else:
                data = source.entry_points_data()
            if data is None or group not in data:
                continue
            text = data.decode()
        except Exception as error:
            found.append(EntryPoint("", "", distribution(key, source), error))
        else:
            found += parse(text, distribution(key, source))
    return found


def parse(text: str, distribution: "AnyDistribution") -> "list[EntryPoint]":
    """Return the entry points of our group in the text of an `entry_points.txt`."""
    found = []
    section = ""
    for raw_line in text.splitlines():
        line = raw_line.strip()
        if not line or line[0] == "#":
            continue
        if line[0] == "[" and line[-1] == "]":
            section = line.strip("[]")
        elif section == GROUP:
            name, equals, value = line.partition("=")
            error = None if equals else ValueError(f"the line {line!r} has no '='")
            found.append(EntryPoint(name.strip(), value.strip(), distribution, error))
    return found


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
