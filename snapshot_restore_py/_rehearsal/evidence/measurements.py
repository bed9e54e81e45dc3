"""Which numbers say how much the process and the system used, told by the source.

Each init uses a little more or less, and the process goes on after a restore.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .wall_clock import FUNCTIONS, last_name, own_nodes, targets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .flow import Flow

_MEASURING = {"cpu_percent", "cpu_times", "disk_usage", "get_count", "get_traced_memory"}
_MEASURING |= {"getloadavg", "getrusage", "memory_full_info", "memory_info", "process_time"}
_MEASURING |= {"process_time_ns", "statvfs", "swap_memory", "thread_time", "thread_time_ns"}
_MEASURING |= {"times", "virtual_memory"}
_FILES = ("/proc/", "/sys/fs/cgroup/")  # in which the system tells it
_OTHER_FILES = "/proc/sys/"


class Measurements:
    """Finds what holds such numbers, and what was reckoned from them.

    Args:
        flow: The function's modules.
    """

    def __init__(self, flow: Flow) -> None:
        nodes = [node for _, tree in flow.trees() for node in ast.walk(tree)]
        self._names: set[str] = set(map(_reading, nodes)) - {""}
        self._ends: set[str] = set()
        known = -1
        while known != len(self._ends) + len(self._names):
            known = len(self._ends) + len(self._names)
            for node in nodes:
                if isinstance(node, FUNCTIONS[:2]) and self._returns_one(node):
                    self._names.add(node.name)
                value = getattr(node, "value", None)
                if value and targets_of(node) and self._measures(value):
                    self._keep(node, value)

    def has(self, path: str) -> bool:
        """Tell whether a path leads to such a number."""
        return path.endswith(tuple(self._ends))

    def _measures(self, value: ast.expr) -> bool:
        return any(
            last_name(one.func) in _MEASURING
            if isinstance(one, ast.Call)
            else last_name(one) in self._names
            for one in ast.walk(value)
        )

    def _returns_one(self, function: ast.AST) -> bool:
        values = (one.value for one in own_nodes(function) if isinstance(one, ast.Return))
        return any(one and self._measures(one) for one in values)

    def _keep(self, statement: ast.AST, value: ast.expr) -> None:
        for target in targets_of(statement):
            for name in _stored_in(target):
                if isinstance(value, ast.Dict):
                    self._ends.update(f".{name}[{key}]" for key in self._measured_keys(value))
                else:
                    self._names.add(name)
                    self._ends.add(f".{name}")

    def _measured_keys(self, value: ast.Dict) -> Iterator[str]:
        for key, one in zip(value.keys, value.values):
            if key and self._measures(one):
                yield ast.unparse(key)


def _reading(node: ast.AST) -> str:
    """Return the name of a function that reads a file of measurements; empty for others."""
    files = [
        one.value
        for one in (own_nodes(node) if isinstance(node, FUNCTIONS[:2]) else ())
        if isinstance(one, ast.Constant) and isinstance(one.value, str)
    ]
    is_reading = any(one.startswith(_FILES) and _OTHER_FILES not in one for one in files)
    return getattr(node, "name", "") if is_reading else ""


def _stored_in(target: ast.expr) -> Iterator[str]:
    for one in ast.walk(target):
        if isinstance(one, (ast.Attribute, ast.Name)) and isinstance(one.ctx, ast.Store):
            yield last_name(one)
