"""What an object is and holds, told without running any code of its class.

Classes may answer for themselves by metaclasses, properties and special methods, which may
connect, load or fail. Here only the interpreter's own descriptors are asked.
"""

from __future__ import annotations

import gc
from itertools import compress, filterfalse
from types import GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_MANY = 20_000  # objects: about as many as there are classes
_mro: Any = type.__dict__["__mro__"]
_dict: Any = type.__dict__["__dict__"]
_subclasses: Any = type.__dict__["__subclasses__"]
_module: Any = type.__dict__["__module__"]
_qualname: Any = type.__dict__["__qualname__"]
_module_dict: Any = _dict.__get__(ModuleType)["__dict__"]

# Of any object, whatever its class says about hashes: it tells objects apart as id() does. That
# is an event which the interpreter audits, so a million calls of it take a second.
identity: Callable[[object], int] = object.__hash__


def objects() -> list[Any]:
    """Return all objects that the garbage collector knows."""
    gc.unfreeze()  # What is frozen is left out otherwise.
    return gc.get_objects()


def parts() -> list[Any]:
    """Return all that objects refer to, texts included, which the collector does not know."""
    found = gc.get_referents(*objects())
    # Nor does it know containers of nothing but texts, numbers and the like.
    containers = of_kinds(found, lambda kind: kind is dict or kind is tuple)
    return found + gc.get_referents(*filterfalse(gc.is_tracked, containers))


def of_kinds(every: list[Any], matches: Callable[[type], bool]) -> list[Any]:
    """Return those objects whose classes match; each class is asked for once."""
    kinds = _kinds(every)
    matching = list(filter(matches, kinds))
    return _having(every, matching, are_odd=_are_odd(kinds)) if matching else []


def by_kinds(every: list[Any], name_of: Callable[[type], str]) -> dict[str, list[Any]]:
    """Return objects, each once, by what their classes are called; not those called nothing."""
    kinds = _kinds(every)
    named: dict[str, list[type]] = {}
    for kind in kinds:
        named.setdefault(name_of(kind), []).append(kind)
    named.pop("", None)
    are_odd = _are_odd(kinds)
    wanted = _having(every, [kind for ones in named.values() for kind in ones], are_odd=are_odd)
    unique = list(by_identity(wanted).values())
    return {name: _having(unique, ones, are_odd=are_odd) for name, ones in named.items()}


def _kinds(every: list[Any]) -> list[type]:
    """Return the classes of objects, and maybe others."""
    return list(by_identity(_classes() if len(every) > _MANY else map(type, every)).values())


def _having(every: list[Any], wanted: list[type], *, are_odd: bool) -> list[Any]:
    """Return the objects whose classes are wanted."""
    # There may be millions, so what is done for each is done in C.
    if are_odd:
        keys = set(map(identity, wanted))
        flags = map(keys.__contains__, map(identity, map(type, every)))
    else:
        flags = map(set(wanted).__contains__, map(type, every))
    return list(compress(every, flags))


def _are_odd(kinds: list[type]) -> bool:
    """Tell whether one of the classes may be hashed and compared by code of others."""
    return any(map(_is_odd, by_identity(map(type, kinds)).values()))


def _is_odd(metaclass: type) -> bool:
    """Tell whether its classes say by themselves how they are hashed and compared."""
    names = ("__hash__", "__eq__")
    return any(member(metaclass, name) is not member(type, name) for name in names)


def by_identity(every: Iterable[Any]) -> dict[int, Any]:
    """Return the objects, each of them once, by what tells them apart."""
    listed = list(every)
    return dict(zip(map(identity, listed), listed))


def _classes() -> list[type]:
    """Return all classes that there are."""
    found: list[type] = [object]
    level: Iterable[type] = found
    while level:
        level = by_identity([one for kind in level for one in _subclasses(kind)]).values()
        found = [*found, *level]
    return found


def ancestors(kind: type) -> tuple[type, ...]:
    """Return a class and all that it is derived from, in the order of look-up."""
    # Python 3.9 has classes that it does not finish, for what its caches hold.
    found: tuple[type, ...] = _mro.__get__(kind) or (kind,)
    return found


def members(kind: type) -> Mapping[str, Any]:
    """Return what a class itself defines."""
    found: Mapping[str, Any] = _dict.__get__(kind) or {}
    return found


def module_of(kind: type) -> str:
    """Return the name of a class's module; empty if it has none."""
    try:
        module = _module.__get__(kind)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


def type_name(kind: type) -> str:
    """Return a class's name, as in `module.Class`."""
    return f"{module_of(kind)}.{_qualname.__get__(kind)}"


def member(kind: type, name: str) -> Any:
    """Return what a class has under a name, itself or from another; None if it has nothing."""
    for one in ancestors(kind):
        namespace = members(one)
        if name in namespace:
            return namespace[name]
    return None


def renews_itself(kind: type) -> bool:
    """Tell whether the objects of a class can get anew what they hold."""
    return any(callable(member(kind, name)) for name in ("refresh", "_refresh"))


def names_in_module(module: ModuleType) -> dict[str, Any]:
    """Return a module's names; one that is loaded at its first use is not loaded."""
    return dict(_module_dict.__get__(module) or {})


def file_of(module: ModuleType) -> str:
    """Return the file that a module says it was loaded from; empty if it says none."""
    file = (_module_dict.__get__(module) or {}).get("__file__")
    return file if type(file) is str else ""


def attributes(value: Any) -> dict[str, Any]:
    """Return the attributes that an object itself has, in slots and in its dict."""
    found: dict[str, Any] = {}
    for name, slot in _layout(type(value)).slots:
        try:
            found[name] = slot.__get__(value)
        except AttributeError:  # not set
            continue
    found.update(dict.items(own_dict(value)))
    return found


def own_dict(value: Any) -> dict[str, Any]:
    """Return the dict of an object's attributes; an empty one if it has none."""
    descriptor = _layout(type(value)).own_dict
    found: Any = {} if descriptor is None else descriptor.__get__(value)
    # A proxy written in C may show that of what it stands for, which is a class's.
    return found if issubclass(type(found), dict) else {}


class _Layout(NamedTuple):
    """Where the objects of a class have their attributes: descriptors of slots, and of the dict."""

    kind: type  # It stays, so that no other one gets its identity.
    slots: list[tuple[str, Any]]
    own_dict: Any


_layouts: dict[int, _Layout] = {}


def _layout(kind: type) -> _Layout:
    known = _layouts.get(identity(kind))
    if known is None:
        namespaces = [dict(members(one)) for one in ancestors(kind)]
        every = [one for namespace in namespaces for one in namespace.items()]
        slots = [
            (name, one)
            for name, one in every
            if type(one) is MemberDescriptorType and name != "__dict__"
        ]
        dicts = (one for name, one in every if name == "__dict__" and type(one) in _DESCRIPTORS)
        known = _layouts[identity(kind)] = _Layout(kind, slots, next(dicts, None))
    return known


_DESCRIPTORS = (GetSetDescriptorType, MemberDescriptorType)
