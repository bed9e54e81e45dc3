"""Finds the distributions that count, out of all whose metadata a start has seen.

Plain folders are scanned without a metadata library, which costs more than all the rest of
the start. Zip files, wheels and custom finders go to `_foreign`.
"""

from ._discovery import Look, MetadataError, finders, finds_on_path
from ._metadata import BrokenDistribution, Distribution, name_in, normalize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from typing_extensions import TypeAlias

    Found: TypeAlias = "str | Distribution"
    Group: TypeAlias = "list[tuple[str, Found]]"

_KINDS = ("dist-info", "egg-info")


class Installed:
    """The distributions that count, by normalised name.

    The rule is that of `importlib_metadata`: one name counts once. Metadata with a
    metadata file goes before leftovers without one; then the first on `sys.path` wins.
    Where two lie in one folder, and the library takes the one that the file system lists
    first, the newer version is taken.
    """

    def __init__(self, look: Look) -> None:
        self._found: dict[str, Found] = {}
        rivals: dict[str, list[Found]] = {}
        for group in _groups(look):
            named = dict(group)
            if len(named) == len(group) and self._found.keys().isdisjoint(named):
                self._found.update(named)
                continue
            for key, one in group:
                first = self._found.setdefault(key, one)
                if first is not one:
                    rivals.setdefault(key, [first]).append(one)
        for key, ones in rivals.items():
            valid = (one for one in ones if _made(key, one).is_valid())
            self._found[key] = next(valid, ones[0])

    def get(self, key: str) -> "Distribution | None":
        """Return the distribution of that name, None if none is installed."""
        # A folder's is a mere path until it is needed: there can be thousands of them.
        found = self._found.get(key)
        if isinstance(found, str):
            found = self._found[key] = _made(key, found)
        return found

    def at(self, folder: str) -> "Distribution | None":
        """Return the distribution of that metadata folder, None if it does not count."""
        key = name_in(folder.rpartition("/")[2])
        if _folder(self._found.get(key)) != folder:  # Shadowed, or metadata tell another name.
            key = next((key for key, one in self._found.items() if _folder(one) == folder), "")
        return self.get(key)

    def others(self) -> "list[Distribution]":
        """Return those that are no plain folders."""
        return [one for one in self._found.values() if not isinstance(one, str)]


def _folder(found: "Found | None") -> "str | None":
    return found.folder if isinstance(found, Distribution) else found


def _made(key: str, found: "Found") -> Distribution:
    return Distribution(key, found) if isinstance(found, str) else found


def _groups(look: Look) -> "Iterator[Group]":
    """Yield what each entry of `sys.path`, and each custom finder, offers."""
    if not look.has_finders:
        yield from _on_path(look)
        return
    from . import _foreign

    path_searched = False
    # Importing the library puts a finder of its own on `sys.meta_path`; so they are asked
    # for after it.
    for finder in finders():
        if not finds_on_path(finder):
            yield _named(_foreign.found_by(finder))
        elif not path_searched:
            path_searched = True
            yield from _on_path(look)


def _on_path(look: Look) -> "Iterator[Group]":
    for root, infos in look.folders.items():
        if infos is None:
            from . import _foreign

            yield _named(_foreign.found_in(root))
        elif isinstance(infos, list):
            yield _in_folder(root, infos)
        else:
            yield [(root, BrokenDistribution(root, infos))]


def _named(distributions: "list[Distribution]") -> "Group":
    """Return distributions by their names, of two in one place the newer first."""
    places: dict[str, list[tuple[str, Found]]] = {}
    for one in distributions:
        place = one.folder.rpartition("/")[0]
        places.setdefault(place, []).append((one.key, one))
    return [
        one
        for found in places.values()
        for one in (newest_first(found) if len(found) > 1 else found)
    ]


def _in_folder(root: str, infos: "list[str]") -> "Group":
    prefix = f"{root or '.'}/"
    found: list[tuple[str, Found]] = []
    for info in infos:
        stem, _, kind = info.rpartition(".")
        # As `normalize` does it; there can be thousands, and to call it takes as long again.
        key = stem.partition("-")[0].lower().replace("_", "-").replace(".", "-")
        if "--" in key or not key or kind not in _KINDS or key[0] == "~":
            if info[0] == "~":
                continue  # What pip left behind.
            key = normalize(key) if key and kind in _KINDS else _declared_key(root, info)
            if not key:
                continue
        found.append((key, prefix + info))
    return newest_first(found) if len(dict(found)) < len(found) else found


def _declared_key(root: str, child: str) -> str:
    """Return the key of a metadata folder whose name does not tell; empty if it is none.

    `importlib_metadata` takes upper case for such a name, and asks the metadata.
    """
    if child.lower() == "egg-info":
        if not root.rstrip("/").lower().endswith(".egg"):
            return ""
    elif not child.lower().endswith((".dist-info", ".egg-info")):
        return ""
    try:
        return normalize(Distribution(child, f"{root or '.'}/{child}").name)
    except (OSError, MetadataError, UnicodeDecodeError):
        return normalize(child)


def newest_first(found: "Group") -> "list[Any]":
    """Return the distributions of one folder, each name's newest version first."""
    from ._versions import sort_key

    return sorted(found, key=lambda one: _age(sort_key, *one), reverse=True)


def _age(sort_key: "Callable[[str], Any]", key: str, found: "Found") -> "Any":
    one = _made(key, found)
    try:
        version = one.version
    except Exception:
        version = ""
    return sort_key(version), one.folder
