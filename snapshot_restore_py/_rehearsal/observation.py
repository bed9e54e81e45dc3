"""Looks at the values and random generators that a function's modules hold.

Loaded in the process that it looks at. It imports nothing that the function could notice:
no module that draws random numbers or starts a thread.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import sys
from types import BuiltinMethodType, FunctionType, MappingProxyType, MethodType
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.reachability import find, names_in
from snapshot_restore_py._rehearsal.values import Normalizer, Value, type_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from snapshot_restore_py._rehearsal.reachability import OwnModules

_MANY = 500  # elements; a larger collection is compared as a whole
_MOST_VALUES = 100_000
_PLAIN_KINDS = {
    "types.SimpleNamespace",
    "argparse.Namespace",
    "_thread._local",
    "_threading_local.local",
}


class Observation:
    """What is reachable from the names of the function's own modules, now.

    Attributes:
        values: By their path, as in `app.settings.name`.
        generators: The states of pseudo-random generators, by their path.
    """

    def __init__(self, own: OwnModules) -> None:
        self.values: dict[str, Value] = {}
        self.generators: dict[str, str] = {}
        self._own = own
        self._modules = own.modules()
        self._seen: set[int] = set()
        self._seen_generators: set[int] = set()
        self._keep: list[object] = []  # An id stays unique only while its object lives.
        self._texts = Normalizer()
        self._generator_kinds = _generator_kinds()
        self._look_at_global_generators()
        for name, module in self._modules.items():
            for path, value in names_in(name, module):
                self._visit(value, path)
        self._look_for_hidden_generators()

    def _look_at_global_generators(self) -> None:
        random = sys.modules.get("random")
        if random is not None:
            self._see_generator(random._inst, "random")
        numpy = sys.modules.get("numpy.random.mtrand")
        if numpy is not None:
            self._see_generator(numpy._rand, "numpy.random")

    def _look_for_hidden_generators(self) -> None:
        if self._generator_kinds:
            hidden = [
                one
                for one in gc.get_objects()
                if issubclass(type(one), self._generator_kinds)
                and id(one) not in self._seen_generators
            ]
            paths = find(hidden, self._own)
            for generator in hidden:
                if id(generator) in paths:
                    self._see_generator(generator, paths[id(generator)].root)

    def _see_generator(self, generator: Any, path: str) -> None:
        if id(generator) not in self._seen_generators and not _asks_the_system(generator):
            self._seen_generators.add(id(generator))
            while path in self.generators:
                path += "'"
            self.generators[path] = _state(generator)

    def _visit(self, value: Any, path: str) -> None:
        pending = [(value, path)]
        while pending and len(self.values) < _MOST_VALUES:
            value, path = pending.pop()
            leaf = self._texts.value(value, path)
            if leaf:
                self.values[path] = leaf
            elif id(value) not in self._seen:
                self._seen.add(id(value))
                self._keep.append(value)
                if issubclass(type(value), self._generator_kinds):
                    self._see_generator(value, path)
                else:
                    # The last one pushed is visited first: paths in the order of the source.
                    pending += reversed(list(self._children(value, path)))

    def _children(self, value: Any, path: str) -> Iterator[tuple[Any, str]]:
        kind = type(value)
        if issubclass(kind, dict):
            yield from self._items(list(dict.items(value)), path)
        elif kind is MappingProxyType:
            yield from self._items(list(value.items()), path)
        elif issubclass(kind, (set, frozenset)):
            members = list((set if issubclass(kind, set) else frozenset).__iter__(value))
            self._see_members(members, path, f"{path}{{}}")
            for index, one in enumerate(members):
                if not self._texts.value(one, ""):
                    yield one, f"{path}{{{index}}}"
        elif issubclass(kind, (list, tuple)):
            base = list if issubclass(kind, list) else tuple
            yield from self._elements(list(base.__iter__(value)), path)
        elif type_name(kind) == "collections.deque":
            yield from self._elements(list(value), path)
        elif issubclass(kind, type):
            if value.__module__ in self._modules:
                yield from self._attributes(vars(value), f"{value.__module__}.{value.__qualname__}")
        else:
            yield from self._parts(value, path)

    def _items(self, items: list[tuple[Any, Any]], path: str) -> Iterator[tuple[Any, str]]:
        if len(items) > _MANY:
            self._see_as_a_whole(sorted(self._digests(items)), path, len(items))
            return
        self._see_members([key for key, _ in items], path, f"{path}[]")
        for index, (key, one) in enumerate(items):
            leaf = self._texts.value(key, "")
            yield one, f"{path}[{leaf.shown if leaf else index}]"

    def _elements(self, elements: list[Any], path: str) -> Iterator[tuple[Any, str]]:
        if len(elements) > _MANY:
            self._see_as_a_whole(self._digests(elements), path, len(elements))
        else:
            yield from ((one, f"{path}[{index}]") for index, one in enumerate(elements))

    def _digests(self, elements: Iterable[Any]) -> Iterator[str]:
        for one in elements:
            for part in one if type(one) is tuple else (one,):
                leaf = self._texts.value(part, "")
                yield leaf.digest if leaf else ""

    def _see_as_a_whole(self, digests: Iterable[str], path: str, size: int) -> None:
        digest = str(hash(tuple(digests)))
        self.values[path] = Value("text", digest, f"{size} elements, in all")

    def _see_members(self, members: list[Any], path: str, group: str) -> None:
        for one in members:
            leaf = self._texts.value(one, path)
            if leaf:
                leaf.group = group
                self.values[f"{group} {leaf.digest}"] = leaf

    def _attributes(self, namespace: Any, path: str) -> Iterator[tuple[Any, str]]:
        for name, value in list(namespace.items()):
            if not (isinstance(name, str) and name.startswith("__")):
                yield value, f"{path}.{name}"

    def _parts(self, value: Any, path: str) -> Iterator[tuple[Any, str]]:
        kind = type(value)
        if kind is FunctionType:
            if value.__module__ in self._modules:
                yield from _parts_of_function(value, path)
        elif kind is MethodType or kind is BuiltinMethodType:
            yield value.__self__, path
        elif kind in (staticmethod, classmethod):
            yield value.__func__, path
        elif kind is functools.partial:
            yield value.func, f"{path} (partial)"
            yield list(value.args), f"{path} (partial)"
            yield value.keywords, f"{path} (partial)"
        elif type_name(kind) == "functools._lru_cache_wrapper":
            if value.__module__ in self._modules:
                yield from _cached(value, path)
        elif type_name(kind) == "_contextvars.ContextVar":
            yield value.get(None), path
        elif self._is_plain(kind):
            yield from self._attributes(_namespace(value), path)

    def _is_plain(self, kind: type) -> bool:
        return (
            any(one.__module__ in self._modules for one in kind.__mro__)
            or hasattr(kind, "__dataclass_fields__")
            or type_name(kind) in _PLAIN_KINDS
        )


def _parts_of_function(function: FunctionType, path: str) -> Iterator[tuple[Any, str]]:
    code = function.__code__
    defaults = function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    for name, value in zip(names[len(names) - len(defaults) :], defaults):
        yield value, f"{path} (default of {name})"
    for name, value in (function.__kwdefaults__ or {}).items():
        yield value, f"{path} (default of {name})"
    for name, cell in zip(code.co_freevars, function.__closure__ or ()):
        try:
            yield cell.cell_contents, f"{path} (variable {name})"
        except ValueError:  # not bound yet
            continue
    for name, value in vars(function).items():
        yield value, f"{path}.{name}"


def _cached(wrapper: Any, path: str) -> Iterator[tuple[Any, str]]:
    yield wrapper.__wrapped__, path
    # The results stand in a dict, or, where the cache's size is limited, in links, whose
    # contents count as the wrapper's own.
    parts: list[Any] = []
    for part in gc.get_referents(wrapper):
        if type(part) is not dict:
            parts.append(part)
        elif part is not vars(wrapper):
            parts += part.values()
    for index, part in enumerate(parts):
        if part is not wrapper.__wrapped__:
            yield part, f"{path}() (cached result {index})"


def _namespace(value: Any) -> dict[str, Any]:
    """Return the attributes that an object itself has, without running its code."""
    found: dict[str, Any] = {}
    for kind in type(value).__mro__:
        for name, member in vars(kind).items():
            if type_name(type(member)) == "builtins.member_descriptor" and name != "__dict__":
                try:
                    found[name] = member.__get__(value)
                except AttributeError:  # not set
                    continue
    with contextlib.suppress(AttributeError):
        found.update(object.__getattribute__(value, "__dict__"))
    return found


def _generator_kinds() -> tuple[type, ...]:
    kinds: list[type] = []
    random = sys.modules.get("random")
    if random is not None:
        kinds.append(random.Random)
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        kinds += [numpy.Generator, numpy.RandomState]
    return tuple(kinds)


def _asks_the_system(generator: Any) -> bool:
    random = sys.modules.get("random")
    return random is not None and isinstance(generator, random.SystemRandom)


def _state(generator: Any) -> str:
    """Return a digest of a generator's state."""
    if hasattr(generator, "getstate"):
        return str(hash(generator.getstate()))
    if hasattr(generator, "bit_generator"):
        return str(hash(_frozen(generator.bit_generator.state)))
    return str(hash(_frozen(generator.get_state(legacy=False))))


def _frozen(state: Any) -> Any:
    if isinstance(state, dict):
        return tuple((key, _frozen(value)) for key, value in state.items())
    return state.tobytes() if hasattr(state, "tobytes") else state
