"""Puts distributions that ship plugins in the one order that does not depend on chance."""

from ._metadata import normalize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from ._distributions import Installed

_OURS = "snapshot-restore"
_STOPS = ">=<!~;[( @,"
"""What can follow the name in a requirement specifier, the frequent ones first."""


class Requirements:
    """What installed distributions require. The metadata of each are read once."""

    def __init__(self, installed: "Installed") -> None:
        self.errors: dict[str, Exception] = {}
        """By normalised name, why the metadata of a distribution cannot be read."""
        self.installed = installed
        self._direct: dict[str, list[str]] = {}

    def of(self, key: str) -> "list[str]":
        """Return the normalised names that `key` requires directly."""
        if key not in self._direct:
            required: list[str] = []
            # All plugins may require this package, and its own requirements are for its tests.
            distribution = None if key == _OURS else self.installed.get(key)
            if distribution is not None:
                try:
                    required = list(map(required_name, distribution.requirements()))
                except Exception as error:
                    self.errors[key] = error
            self._direct[key] = required
        return self._direct[key]

    def of_all_but_ends(self, key: str, wanted: "Container[str]") -> "list[str]":
        """Return those of `of(key)` that are wanted, or may lead to one that is.

        Most are neither: they require nothing themselves, or are not installed.
        """
        return [one for one in self.of(key) if one in wanted or self.of(one)]

    def reached_from(self, key: str) -> "set[str]":
        """Return the normalised names of all that `key` requires, directly or through others."""
        reached: set[str] = set()
        waiting = [key]
        while waiting:
            for required in self.of(waiting.pop()):
                if required not in reached:
                    reached.add(required)
                    waiting.append(required)
        return reached


def by_requirements(keys: "Iterable[str]", requirements: Requirements) -> "list[str]":
    """Return `keys` (normalised names), required ones first.

    Of the distributions whose required ones are all placed, the one with the smallest name
    is placed next. Requirements count through any chain of installed distributions; their
    markers and extras do not matter. The members of a dependency cycle count as one
    distribution with its smallest name, and stand in the order of their names.
    """
    wanted = set(keys)
    cycles = _cycles(wanted, requirements)
    cycle_of = {key: cycle for cycle in cycles for key in cycle.members}
    for cycle in cycles:
        cycle.wanted = sorted(wanted.intersection(cycle.members))
        required = {
            cycle_of[one]
            for key in cycle.members
            for one in requirements.of_all_but_ends(key, wanted)
        }
        required.discard(cycle)
        cycle.missing = len(required)
        for one in required:
            one.required_by.append(cycle)
    placed: list[str] = []
    ready: list[_Cycle] = []
    free = [cycle for cycle in cycles if not cycle.missing]
    while free or ready:
        while free:  # Those without a plugin count as placed as soon as they can be.
            cycle = free.pop()
            if cycle.wanted:
                ready.append(cycle)
            else:
                free += cycle.freed()
        ready.sort(key=_name, reverse=True)
        cycle = ready.pop()
        placed += cycle.wanted
        free += cycle.freed()
    return placed


class _Cycle:
    """Distributions that require each other; nearly always just one."""

    def __init__(self, members: "list[str]") -> None:
        self.members = members
        self.wanted: list[str] = []  # those with plugins, sorted
        self.required_by: list[_Cycle] = []
        self.missing = 0  # how many of those required are not placed yet

    def freed(self) -> "list[_Cycle]":
        """Count this one as placed, and return those that can be placed now."""
        found = []
        for other in self.required_by:
            other.missing -= 1
            if not other.missing:
                found.append(other)
        return found


def _name(cycle: _Cycle) -> str:
    return cycle.wanted[0]


def _cycles(wanted: "set[str]", requirements: Requirements) -> "list[_Cycle]":
    """Return the cycles of what `wanted` ones reach, all but its ends, by Tarjan's algorithm.

    It keeps a stack of its own: a chain may be longer than Python's stack is deep.
    """
    found: list[_Cycle] = []
    number: dict[str, int] = {}
    lowest: dict[str, int] = {}  # The smallest number in its cycle that a name is known to reach.
    unfinished: list[str] = []
    for start in sorted(wanted):
        if start in number:
            continue
        path = [(start, iter(requirements.of_all_but_ends(start, wanted)))]
        while path:
            key, rest = path[-1]
            if key not in number:
                number[key] = lowest[key] = len(number)
                unfinished.append(key)
            for required in rest:
                if required not in number:
                    further = requirements.of_all_but_ends(required, wanted)
                    path.append((required, iter(further)))
                    break
                if required in lowest:
                    lowest[key] = min(lowest[key], lowest[required])
            else:
                path.pop()
                if path:
                    above = path[-1][0]
                    lowest[above] = min(lowest[above], lowest[key])
                if lowest[key] == number[key]:
                    members: list[str] = []
                    while not members or members[-1] != key:
                        members.append(unfinished.pop())
                        del lowest[members[-1]]
                    found.append(_Cycle(members))
    return found


def required_name(requirement: str) -> str:
    """Return the normalised name that a requirement specifier starts with.

    >>> required_name("My_Lib[extra]>=2; python_version < '4'")
    'my-lib'
    """
    name = requirement.strip()
    for stop in _STOPS:
        if stop in name:
            name = name.partition(stop)[0]
    return normalize(name.rstrip())
