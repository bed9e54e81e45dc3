"""Looks at the values and random generators that a function's modules hold.

Loaded in the process that it looks at. It imports nothing that the function could notice:
no module that draws random numbers or starts a thread. It runs no code of the function.
"""

from __future__ import annotations

import functools
import gc
import os
import re
import sys
from collections import deque
from contextvars import ContextVar, copy_context
from types import (
    AsyncGeneratorType,
    BuiltinMethodType,
    CellType,
    CoroutineType,
    FunctionType,
    GeneratorType,
    MappingProxyType,
    MethodType,
    SimpleNamespace,
)
from typing import TYPE_CHECKING, Any

from snapshot_restore_py._rehearsal.inside.answers import ids_and_dates, is_response_metadata
from snapshot_restore_py._rehearsal.inside.c_objects import held_in_c
from snapshot_restore_py._rehearsal.inside.kinds import (
    ancestors,
    attributes,
    identity,
    members,
    module_of,
    objects,
    of_kinds,
    renews_itself,
    type_name,
)
from snapshot_restore_py._rehearsal.inside.libraries import (
    MOST_OBJECTS,
    is_a_librarys_own,
    is_private_id,
    parts_of_library_object,
)
from snapshot_restore_py._rehearsal.inside.ownership import all_modules
from snapshot_restore_py._rehearsal.inside.reachability import Search, names_in
from snapshot_restore_py._rehearsal.inside.standard import (
    held_attributes,
    held_inside,
    holds_by_attributes,
)
from snapshot_restore_py._rehearsal.inside.values import (
    SHOWN,
    Normalizer,
    Value,
    digest as digest_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from snapshot_restore_py._rehearsal.inside.ownership import OwnModules

_MANY = 500  # elements; a larger collection is compared as a whole
_MOST_VALUES = 100_000
_GIVEN_BITS = 32  # of a number that is looked at in an object of a library
_NAMED = 5  # names of what was left out
_LONGEST_PATH = 500  # characters; of a longer one, the middle is kept as its hash
_ENDS = 150  # characters of a longer one that are kept at both ends
_CACHED = "functools._lru_cache_wrapper"
_PLAIN_KINDS = {"argparse.Namespace", "_thread._local", "_threading_local.local"}
_FIELDS = "__pydantic_fields__"  # with their defaults
_GLOBAL_GENERATORS = (
    ("random", "_inst", "random"),
    ("numpy.random.mtrand", "_rand", "numpy.random"),
)
_GENERATORS = {"random": ("Random",), "numpy.random": ("Generator", "RandomState")}
_PLAIN_MARKS = ("__dataclass_fields__", "__attrs_attrs__")


class Part:
    """A part of a value: a name's, a container's or an object's.

    Attributes:
        value: The part itself.
        path: How it is reached, as in `app.settings.name`.
        group: The collection that has it as a member, empty for what stands at a place.
        library: Whether it stands in an object of a library.
    """

    __slots__ = ("group", "library", "path", "value")

    def __init__(self, value: Any, path: str, group: str = "", *, library: bool = False) -> None:
        self.value = value
        self.path = path
        self.group = group
        self.library = library


class Observation:
    """What is reachable from the names of the function's own modules, now.

    Attributes:
        values: By their path, as in `app.settings.name`.
        generators: The kinds and states of pseudo-random generators, by their path.
        cut: What was not looked at, because there was too much; in words.
        plain: The wanted values themselves, by their path.
        ignored: Ids and dates of which nothing is told, wherever they stand.
        renewing: The paths of objects that can get anew what they hold.

    Args:
        own: The function's modules.
        wanted: The paths of all values that are needed; None for all that there are.
        given: Numbers that the system gave to the process that has made the values.
    """

    def __init__(
        self,
        own: OwnModules,
        wanted: Iterable[str] | None = None,
        given: Iterable[int] = (),
    ) -> None:
        self.values: dict[str, Value] = {}
        self.cut: list[str] = []
        self.plain: dict[str, Any] = {}
        self.ignored: list[str] = []
        self.renewing: list[str] = []
        self._modules = own.modules()
        self._wanted = None if wanted is None else set(wanted)
        self._seen: set[int] = set()
        self._keep: list[object] = []  # An id stays unique only while its object lives.
        self._plain_kinds: dict[int, bool] = {}
        self._generators: dict[str, Any] = {}
        self._seen_generators: set[int] = set()
        self._texts = Normalizer(of_copies=wanted is not None, given=given)
        self._generator_kinds = _generator_kinds()
        self._look_at_global_generators()
        names = [one for name, module in self._modules.items() for one in names_in(name, module)]
        self._names = {path for path, _ in names}
        self._in_libraries: deque[Part] = deque()
        self._visit(deque(Part(value, path) for path, value in [*names, *_environment()]))
        if self._wanted is None or self._wanted - self.values.keys():
            self._visit_libraries()
            self._visit_hidden()
        digests = set(map(digest_of, self.ignored))
        self.values = {path: one for path, one in self.values.items() if one.digest not in digests}
        self._look_for_hidden_generators()
        self.generators = self.states()

    def held(self, digests: Iterable[str]) -> dict[str, str]:
        """Return the paths, other than the wanted ones, of what has one of these digests."""
        old = set(digests)
        return {
            path: value.digest
            for path, value in self.values.items()
            if value.digest in old and not value.library and path not in (self._wanted or ())
        }

    def states(self) -> dict[str, str]:
        """Return the states that the generators, as they were found, have now."""
        return {path: state_of(generator) for path, generator in self._generators.items()}

    def generators_at(self, paths: Iterable[str]) -> dict[str, Any]:
        """Return those generators themselves, by their path."""
        return {path: one for path, one in self._generators.items() if path in set(paths)}

    def _look_at_global_generators(self) -> None:
        for module, name, path in _GLOBAL_GENERATORS:
            found = sys.modules.get(module)
            if found is not None:
                self._see_generator(getattr(found, name), path)

    def _look_for_hidden_generators(self) -> None:
        every = objects() if self._generator_kinds else []
        hidden = [
            one
            for one in of_kinds(every, lambda kind: issubclass(kind, self._generator_kinds))
            if identity(one) not in self._seen_generators and not _asks_the_system(one)
        ]
        search = Search(hidden, self._modules)
        paths = search.paths()
        if search.is_cut:
            self.cut.append("random generators that only a long way leads to")
        for generator in hidden:
            path = paths.get(identity(generator))
            if path:
                inside = f"{path.root} (a generator inside)"
                self._see_generator(generator, path.expression() or inside)

    def _see_generator(self, generator: Any, path: str) -> None:
        if identity(generator) not in self._seen_generators and not _asks_the_system(generator):
            self._seen_generators.add(identity(generator))
            number = 2
            name = path
            while name in self._generators:
                name, number = f"{path} {number}", number + 1
            self._generators[name] = generator

    def _visit(self, pending: deque[Part]) -> None:
        """Look at parts, and at what is in them: at all names before the depth of one."""
        while pending and len(self.values) < _MOST_VALUES:
            part = pending.popleft()
            leaf = self._texts.value(part.value, part.group or part.path)
            if leaf:
                self._see_value(leaf, part)
            elif self._is_new(part):
                if _size(part.value) > _MANY:
                    self._see_as_a_whole(part)
                else:
                    pending += self._inside(part)
        if pending:
            names = dict.fromkeys(_root(part.path) for part in pending)
            shown = ", ".join([*names][:_NAMED])
            more = f" and {len(names) - _NAMED} more names" if len(names) > _NAMED else ""
            self.cut.append(f"values after the first {_MOST_VALUES:,}: in {shown}{more}")

    def _visit_libraries(self) -> None:
        """Look into the objects of libraries, the nearest ones first."""
        for variable, value in copy_context().items():
            path = f"context variable {variable.name}"
            self._in_libraries.append(Part(value, path, library=True))
        count = 0
        while self._in_libraries and count < MOST_OBJECTS:
            part = self._in_libraries.popleft()
            may_be_given = self._may_be_given(part)
            if is_a_librarys_own(part.value) and not may_be_given:
                continue
            leaf = self._texts.value(part.value, part.group or part.path)
            if leaf:
                if may_be_given or (leaf.kind == "text" and not is_private_id(part.path)):
                    self._see_value(leaf, part)
            elif self._is_of_function(type(part.value)) or self._is_closure(part.value):
                self._visit(deque([Part(part.value, part.path)]))
            elif self._is_new(part):
                count += 1
                if _size(part.value) <= _MANY:
                    self._in_libraries += self._inside(part)

    def _may_be_given(self, part: Part) -> bool:
        """Tell whether a number may be what the function gave to the object that a name stands for.

        A generator of ids holds the number of its worker so. Large ones may be addresses.
        """
        is_small = type(part.value) is int and part.value.bit_length() <= _GIVEN_BITS
        return is_small and part.path.rpartition(".")[0] in self._names

    def _visit_hidden(self) -> None:
        """Look into objects and closures of the function that libraries alone know.

        A filter of the root logger is one, or what makes the records of logs.
        """
        hidden = [
            one
            for one in of_kinds(objects(), self._may_be_hidden)
            if identity(one) not in self._seen
            and (type(one) is not FunctionType or self._is_closure(one))
        ]
        ways = Search(hidden, all_modules()).paths()
        for one in hidden:
            way = ways.get(identity(one))
            if way:  # Else it is only garbage, or belongs to what is running.
                path = way.expression() or f"{way.root} (inside)"
                self._visit(deque([Part(one, path)]))

    def _may_be_hidden(self, kind: type) -> bool:
        return kind is FunctionType or (
            not issubclass(kind, (type, BaseException))
            and any(self._is_own(module_of(one)) for one in ancestors(kind))
        )

    def _is_closure(self, one: Any) -> bool:
        """Tell whether it is a function of the function's that has kept variables of another."""
        return type(one) is FunctionType and bool(one.__closure__) and self._is_own(one.__module__)

    def _see_value(self, leaf: Value, part: Part) -> None:
        path = self._keep_value(leaf, part)
        if self._wanted and path in self._wanted:
            self.plain[path] = part.value

    def _keep_value(self, value: Value, part: Part) -> str:
        value.group = part.group
        value.library = part.library
        path = f"{part.group} {value.digest}" if part.group else part.path
        number = 2
        while not part.group and path in self.values:  # as of keys that look alike
            path, number = f"{part.path} {number}", number + 1
        self.values[path] = value
        return path

    def _is_new(self, part: Part) -> bool:
        if identity(part.value) in self._seen:
            return False
        self._seen.add(identity(part.value))
        self._keep.append(part.value)
        if renews_itself(type(part.value)):
            self.renewing.append(part.path)
        if issubclass(type(part.value), self._generator_kinds):
            if not part.library:  # Else the shortest way to it is looked for.
                self._see_generator(part.value, part.path)
            return False
        return True

    def _inside(self, whole: Part) -> list[Part]:
        parts = list(self._parts(whole.value, whole.path))
        for part in parts:
            part.path = _bounded(part.path)
            # What a member of a set has stands at no place either: the order may differ.
            part.group = part.group or whole.group
            part.library = whole.library
        return parts

    def _see_as_a_whole(self, collection: Part) -> None:
        """Make one value of all that is in a large collection."""
        if self._wanted is None or collection.group or collection.path in self._wanted:
            digest, bare = map(str, self._digests(collection.value))
            shown = f"{_size(collection.value)} elements, compared as a whole"
            self._keep_value(Value("text", digest, bare, shown), collection)

    def _digests(self, collection: Any) -> tuple[int, int]:
        """Return the digest and the bare digest of all that is in a collection."""
        digest = bare = 0
        members = bare_members = 0
        pending = self._elements(collection, is_member=False)
        digests = self._texts.digests
        while pending:
            value, is_member = pending.pop()
            found = digests(value)
            if found and is_member:  # in no order
                members += hash(found[0])
                bare_members += hash(found[1])
            elif found:
                digest, bare = hash((digest, found[0])), hash((bare, found[1]))
            elif (
                not issubclass(type(value), self._generator_kinds)
                and identity(value) not in self._seen
            ):
                self._seen.add(identity(value))
                self._keep.append(value)
                pending += self._elements(value, is_member=is_member)
        return hash((digest, members)), hash((bare, bare_members))

    def _elements(self, value: Any, *, is_member: bool) -> list[tuple[Any, bool]]:
        """Return what is in a value, and whether it is there as a member, the last one first."""
        kind = type(value)
        # Those that are large most often.
        if kind is list or kind is tuple:
            return [(one, is_member) for one in value[::-1]]
        if kind is dict and not is_response_metadata(value):
            keys = [(key, True) for key in value]
            return keys + [(one, is_member) for one in reversed(value.values())]
        if kind is set:
            return [(one, True) for one in value]
        parts = self._inside(Part(value, ""))
        return [(part.value, is_member or bool(part.group)) for part in reversed(parts)]

    def _parts(self, value: Any, path: str) -> Iterator[Part]:
        kind = type(value)
        if issubclass(kind, (dict, list, set, frozenset, tuple)) and self._is_plain(kind):
            yield from _named(held_attributes(value), path)
        if kind is list or kind is tuple:
            yield from _numbered(iter(value), path)
        elif issubclass(kind, dict):
            if is_response_metadata(value):
                self.ignored += ids_and_dates(value)
            else:
                yield from self._items(dict.items(value), path)
        elif kind is MappingProxyType:
            # It may stand for any mapping; what it stands for is asked of nobody.
            for one in gc.get_referents(value):
                yield Part(one, path)
        elif issubclass(kind, (set, frozenset)):
            base: Any = set if issubclass(kind, set) else frozenset
            for index, one in enumerate(base.__iter__(value)):
                yield Part(one, f"{path}{{{index}}}", f"{path}{{}}")
        elif "n_sequence_fields" in members(kind):
            return  # What the system told, as of files and of resources that are used.
        elif issubclass(kind, (list, tuple)):
            base = list if issubclass(kind, list) else tuple
            yield from _numbered(base.__iter__(value), path)
        elif kind is deque:
            yield from _numbered(iter(value), path)
        elif issubclass(kind, type):
            if module_of(value) in self._modules:
                name, found = type_name(value), members(value)
                yield from _named(found, name)
                yield from _special_functions(found, name)
                if _FIELDS in found:
                    yield Part(found[_FIELDS], f"{name}.{_FIELDS}")
        else:
            yield from self._parts_of_object(value, path)

    def _items(self, items: Any, path: str) -> Iterator[Part]:
        for index, (key, one) in enumerate(items):
            yield Part(key, f"{path}[{index}] (itself)", f"{path}[]")
            yield Part(one, f"{path}[{self._key(key, index)}]")

    def _key(self, key: Any, index: int) -> str:
        """Return a key as it is written, whole: many ids and addresses begin alike."""
        if issubclass(type(key), str):
            return repr(str.__str__(key))
        leaf = self._texts.value(key, "")
        if leaf is None:
            return str(index)
        return leaf.shown if len(leaf.shown) < SHOWN else leaf.digest

    def _parts_of_object(self, value: Any, path: str) -> Iterator[Part]:
        kind = type(value)
        if kind is FunctionType:
            if self._is_own(value.__module__):
                yield from _parts_of_function(value, path)
        elif kind is MethodType or kind is BuiltinMethodType:
            yield Part(value.__self__, path)
        elif kind is staticmethod or kind is classmethod:
            yield Part(value.__func__, path)
        elif kind is functools.partial:
            yield Part(value.func, f"{path} (partial)")
            yield Part(value.args, f"{path} (partial)")
            yield Part(value.keywords, f"{path} (partial)")
        elif type_name(kind) == _CACHED and self._is_own(value.__module__):
            yield from _cached(value, path)
        elif kind is ContextVar:
            yield Part(value.get(None), path)
            defaults = (one for one in gc.get_referents(value) if one is not value.name)
            for one in defaults:
                yield Part(one, f"{path} (default)")
        elif kind is GeneratorType:
            yield from self._variables(value.gi_frame, path)
        elif kind is CoroutineType:
            yield from self._variables(value.cr_frame, path)
        elif kind is AsyncGeneratorType:
            yield from self._variables(value.ag_frame, path)
        elif self._is_plain(kind):
            yield from _named(held_attributes(value), path)
            yield from _in_c(value, path)
        else:
            yield from self._parts_of_others(value, path)

    def _parts_of_others(self, value: Any, path: str) -> Iterator[Part]:
        """Yield what an object of the standard library holds; keep those of others for later."""
        inside = [Part(one, f"{path} (inside)") for one in held_inside(value)]
        inside += [] if issubclass(type(value), BaseException) else _in_c(value, path)
        yield from inside
        if not inside and path:  # Not in a collection that is compared as a whole.
            found = parts_of_library_object(value, path)
            self._in_libraries += [Part(one, name, library=True) for one, name in found]

    def _variables(self, frame: Any, path: str) -> Iterator[Part]:
        """Yield the variables of a generator or coroutine of the function that has not ended."""
        if frame is not None and self._is_own(frame.f_globals.get("__name__")):
            for name, value in dict(frame.f_locals).items():
                yield Part(value, f"{path} (variable {name})")

    def _is_of_function(self, kind: type) -> bool:
        """Tell whether an object is not what a library made for itself, wherever it is held."""
        return self._is_plain(kind) and (
            kind is SimpleNamespace or any(self._is_own(module_of(one)) for one in ancestors(kind))
        )

    def _is_plain(self, kind: type) -> bool:
        known = self._plain_kinds.get(identity(kind))
        if known is None:
            self._keep.append(kind)
            known = self._plain_kinds[identity(kind)] = (
                kind is SimpleNamespace
                or type_name(kind) in _PLAIN_KINDS
                or (issubclass(kind, BaseException) and module_of(kind) == "builtins")
                or holds_by_attributes(kind)
                or any(
                    self._is_own(module_of(one))
                    or any(mark in members(one) for mark in _PLAIN_MARKS)
                    for one in ancestors(kind)
                )
            )
        return known

    def _is_own(self, module: Any) -> bool:
        return type(module) is str and module in self._modules


def _environment() -> Iterator[tuple[str, Any]]:
    """Yield the environment variables, as Python knows them."""
    # A test double may stand in its place.
    for name, value in attributes(os.environ).get("_data", {}).items():
        yield f"os.environ[{os.fsdecode(name)!r}]", os.fsdecode(value)


def _bounded(path: str) -> str:
    """Return a path that is as unique as it was, but not as long as its value lies deep."""
    if len(path) <= _LONGEST_PATH:
        return path
    return f"{path[:_ENDS]}...{hash(path):x}...{path[-_ENDS:]}"


def _root(path: str) -> str:
    """Return the name that a path begins with, as in `app.settings`."""
    return re.split(r"[\[({ ]", path, maxsplit=1)[0]


def _size(value: Any) -> int:
    """Return how many elements a collection has; 0 for anything else."""
    for base in (dict, list, tuple, set, frozenset):
        if issubclass(type(value), base):
            return base.__len__(value)
    return len(value) if type(value) is deque else 0


def _numbered(elements: Iterator[Any], path: str) -> Iterator[Part]:
    for index, one in enumerate(elements):
        yield Part(one, f"{path}[{index}]")


def _named(namespace: Mapping[str, Any], path: str) -> Iterator[Part]:
    for name, value in namespace.items():
        if not str(name).startswith("__"):
            yield Part(value, f"{path}.{name}")


def _in_c(value: Any, path: str) -> Iterator[Part]:
    for step, one in held_in_c(value):
        yield Part(one, f"{path}{step}")


def _special_functions(namespace: Mapping[str, Any], path: str) -> Iterator[Part]:
    """Yield the defaults of functions such as `__init__`."""
    for name, value in namespace.items():
        if type(value) is FunctionType and str(name).startswith("__"):
            yield from _defaults(value, f"{path}.{name}")


def _parts_of_function(function: FunctionType, path: str) -> Iterator[Part]:
    yield from _defaults(function, path)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        # Those with such names are the interpreter's: the class, and what is in it.
        if not _is_empty(cell) and not name.startswith("__"):
            yield Part(cell.cell_contents, f"{path} (variable {name})")
    yield from _named(vars(function), path)


def _defaults(function: FunctionType, path: str) -> Iterator[Part]:
    code = function.__code__
    defaults = function.__defaults__ or ()
    names = code.co_varnames[: code.co_argcount]
    for name, value in zip(names[len(names) - len(defaults) :], defaults):
        yield Part(value, f"{path} (default of {name})")
    for name, value in (function.__kwdefaults__ or {}).items():
        yield Part(value, f"{path} (default of {name})")


def _is_empty(cell: CellType) -> bool:
    return not gc.get_referents(cell)


def _cached(wrapper: Any, path: str) -> Iterator[Part]:
    yield Part(wrapper.__wrapped__, path)
    # The results stand in a dict, or, where the cache's size is limited, in links, whose
    # contents count as the wrapper's own.
    known = (identity(vars(wrapper)), identity(wrapper.__wrapped__))
    group = f"{path}() (cached result)"
    for part in gc.get_referents(wrapper):
        results = list(part.values()) if type(part) is dict else [part]
        for one in results if identity(part) not in known else ():
            yield Part(one, group, group)


def _generator_kinds() -> tuple[type, ...]:
    kinds: list[type] = []
    for module, names in _GENERATORS.items():
        found = sys.modules.get(module)
        if found is not None:
            kinds += [getattr(found, name) for name in names]
    return tuple(kinds)


def _asks_the_system(generator: Any) -> bool:
    random: Any = sys.modules.get("random")
    return random is not None and issubclass(type(generator), random.SystemRandom)


def state_of(generator: Any) -> str:
    """Return a generator's kind, and a digest of its state."""
    kind = type(generator)
    random: Any = sys.modules.get("random")
    if random is not None and issubclass(kind, random.Random):
        # What Random.getstate() returns, without code of a class that is derived from it.
        plain = random.Random.__base__.getstate(generator)
        return f"Random {hash(plain)} {attributes(generator).get('gauss_next')}"
    numpy: Any = sys.modules["numpy.random"]
    if issubclass(kind, numpy.Generator):
        return f"Generator {hash(_frozen(generator.bit_generator.state))}"
    return f"RandomState {hash(_frozen(generator.get_state(legacy=False)))}"


def _frozen(state: Any) -> Any:
    if isinstance(state, dict):
        return tuple((key, _frozen(value)) for key, value in state.items())
    return state.tobytes() if hasattr(state, "tobytes") else state
