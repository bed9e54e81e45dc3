"""Puts distributions that ship plugins in the one order that does not depend on chance."""

from ._distributions import distribution, normalize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ._distributions import Source


def by_requirements(
    keys: "Iterable[str]", installed: "dict[str, Source]"
) -> "tuple[list[str], dict[str, Exception]]":
    """Return `keys` (normalised names), required ones first, and the unreadable ones' errors.

    Of the distributions whose required ones are all placed, the one with the smallest name
    is placed next. Requirements count through any chain of installed distributions; their
    markers and extras do not matter. The members of a dependency cycle count as one
    distribution with its smallest name, and stand in the order of their names.
    """
    keys = sorted(keys)
    requirements = Requirements(installed)
    needs = {key: requirements.reached_from(key).intersection(keys) for key in keys}
    cycles: dict[str, list[str]] = {}
    for key in keys:
        # The keys are sorted, so the first member that reaches back is the smallest.
        leader = next(one for one in keys if one == key or _need_each_other(needs, one, key))
        cycles.setdefault(leader, []).append(key)
    placed: list[str] = []
    while cycles:
        leader = next(
            leader
            for leader, members in cycles.items()
            if needs[leader].issubset([*placed, *members])
        )
        placed += cycles.pop(leader)
    return placed, requirements.errors


def _need_each_other(needs: "dict[str, set[str]]", one: str, other: str) -> bool:
    return other in needs[one] and one in needs[other]


class Requirements:
    """What distributions require, each one's metadata read once at most."""

    def __init__(self, installed: "dict[str, Source]") -> None:
        self.errors: dict[str, Exception] = {}
        self._installed = installed
        self._direct: dict[str, list[str]] = {}

    def reached_from(self, key: str) -> "set[str]":
        """Return all that `key` requires, directly or through others."""
        reached: set[str] = set()
        waiting = [key]
        while waiting:
            for required in self._required_by(waiting.pop()):
                if required not in reached:
                    reached.add(required)
                    waiting.append(required)
        return reached

    def _required_by(self, key: str) -> "list[str]":
        if key not in self._direct:
            required: list[str] = []
            try:
                if key in self._installed:
                    requirements = distribution(key, self._installed[key]).requirements()
                    required = list(map(required_name, requirements))
            except Exception as error:
                self.errors[key] = error
            self._direct[key] = required
        return self._direct[key]


def required_name(requirement: str) -> str:
    """Return the normalised name that a requirement specifier starts with.

    >>> required_name("My_Lib[extra]>=2; python_version < '4'")
    'my-lib'
    """
    name = requirement.strip()
    for end, character in enumerate(name):
        if not (character.isalnum() or character in "-_."):
            return normalize(name[:end])
    return normalize(name)
