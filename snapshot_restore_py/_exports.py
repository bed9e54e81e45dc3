"""Finds the classes that a module exports, without importing anything."""

from __future__ import annotations

import sys
import types
from typing import Any


class MissingClassError(LookupError):
    """The module has been imported, and has no such class."""


def exported_classes(module: str, name: str) -> list[type]:
    """Return the classes that a module, if it has been imported, exports by a name.

    That is one at most, but where a lazy export cannot tell where it comes from.

    Raises:
        MissingClassError: The module has been imported and has no such class.
    """
    namespace = _namespace(module)
    if namespace is None:
        return []
    found = namespace.get(name)
    if isinstance(found, type):
        return [found]
    if type(found) is getattr(types, "LazyImportType", None):
        origin = _origin(found)
        return exported_classes(*origin) if origin else _defined_below(module, name)
    if "__getattr__" in namespace:
        classes = _defined_below(module, name)
        if classes or name in namespace.get("__all__", ()):
            return classes
    raise MissingClassError(
        f"{_library(module)} has no class {module}.{name}: this version is not supported. What "
        "its objects hold at the snapshot is not cleaned up. Look for a newer version of the "
        "plugin, or install a version of the library that it supports"
    )


def _namespace(module: str) -> dict[str, Any] | None:
    """Return the variables of a module; None if it has not been imported."""
    found = sys.modules.get(module)
    if not isinstance(found, types.ModuleType):
        return None
    # Asking a lazy module for an attribute would import it.
    namespace: dict[str, Any] = object.__getattribute__(found, "__dict__")
    lazy = getattr(sys.modules.get("importlib.util"), "_LazyModule", None)
    is_unfinished = getattr(namespace.get("__spec__"), "_initializing", False)
    return None if type(found) is lazy or is_unfinished else namespace


def _origin(lazy: object) -> tuple[str, str] | None:
    """Return the module and the name that a lazy import of Python 3.15 stands for.

    It tells them by its repr() only, as in "<lazy_import 'package.module.Class'>".
    """
    module, _, name = repr(lazy).partition("'")[2].partition("'")[0].rpartition(".")
    return (module, name) if module.strip(".") and name else None


def _defined_below(package: str, name: str) -> list[type]:
    """Return the classes of a name that the imported modules below a package define."""
    found: list[type] = []
    for full_name in list(sys.modules):
        if full_name.startswith(f"{package}."):
            kind = (_namespace(full_name) or {}).get(name)
            if isinstance(kind, type) and kind not in found:
                found.append(kind)
    return found


def _library(module: str) -> str:
    """Return the name and the version of the library that a module belongs to."""
    package = module.partition(".")[0]
    version = (_namespace(package) or {}).get("__version__")
    if not isinstance(version, str):
        from importlib import metadata

        try:
            version = metadata.version(package)
        except metadata.PackageNotFoundError:
            version = "of unknown version"
    return f"{package} {version}"
