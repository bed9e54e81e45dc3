"""Whichever module a program begins with, it gets the same plugins and the same hooks."""

from __future__ import annotations

import os
import textwrap
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, event, given, settings, strategies as st

from tests.layouts import Server

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="each beginning is a fork")

# More, by hand: SNAPSHOT_RESTORE_LAYOUTS=600 python -m pytest tests/test_layouts.py
LAYOUTS = int(os.environ.get("SNAPSHOT_RESTORE_LAYOUTS", "40"))

GUARDED = """
try:
    from {other} import value as v{n}
except ImportError:
    v{n} = None
if v{n} is not None:
"""
REGISTERED = """
    import snapshot_restore_py as s
    @s.register_{phase}
    def hook_{name}_{n}(): pass
"""
STATEMENTS = {
    "import": "import {other}\n",
    "value": "from {other} import value as v{n}\n",
    "attribute": "import {other}\n{other}.value\n",
    "guarded": GUARDED + REGISTERED,
    "question": "import {other}\nif hasattr({other}, 'value'):" + REGISTERED,
    "filled": "from {other} import early as e{n}\nif e{n}:" + REGISTERED,
    "by name": "import importlib\nif getattr(importlib.import_module('{other}'), 'value', None):"
    + REGISTERED,
    "us": "import snapshot_restore_py\n",
    "hook": "if True:" + REGISTERED,
}
ALONE = ("us", "hook")


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.stop()


@st.composite
def layouts(draw: Any) -> dict[str, Any]:
    libraries = ["alpha", "beta", "gamma"][: draw(st.integers(1, 3))]
    modules = []
    for library in libraries:
        inside = draw(st.lists(st.sampled_from("ab"), unique=True, max_size=2))
        modules += [library, *(f"{library}.{name}" for name in inside)]
    files = {}
    providers = set()
    for library in libraries:
        own = [module for module in modules if module.split(".")[0] == library]
        info = f"{library}-1.0.dist-info"
        provider = draw(st.sampled_from([*own, own[-1], None]))
        if provider:
            providers.add(provider)
            files[f"{info}/entry_points.txt"] = f"[snapshot_restore_py]\n{library} = {provider}\n"
        others = [one for one in libraries if one != library]
        required = draw(st.lists(st.sampled_from(others), unique=True)) if others else []
        lines = ["Metadata-Version: 2.1", f"Name: {library}", "Version: 1.0"]
        lines += [f"Requires-Dist: {one}" for one in required]
        files[f"{info}/METADATA"] = "\n".join([*lines, "", ""])
    for module in modules:
        path = module.replace(".", "/")
        files[f"{path}.py" if "." in module else f"{path}/__init__.py"] = draw(
            sources(module, modules, is_provider=module in providers)
        )
    return {"files": files, "modules": modules}


@st.composite
def sources(draw: Any, module: str, modules: list[str], *, is_provider: bool) -> str:
    others = [other for other in modules if other != module]
    kinds = st.sampled_from([*STATEMENTS] if others else ALONE)
    parts = ["early = None\n"]
    for n, kind in enumerate(draw(st.lists(kinds, max_size=4))):
        text = STATEMENTS[kind].replace("{name}", module.replace(".", "_"))
        phase = draw(st.sampled_from(["before_snapshot", "after_restore"]))
        other = draw(st.sampled_from(others)) if others else ""
        parts.append(text.format(n=n, phase=phase, other=other))
    parts.insert(draw(st.integers(1, len(parts))), "value = early = 1\n")
    if is_provider:
        names = draw(st.lists(st.sampled_from(["before_snapshot", "after_restore"]), unique=True))
        parts += [f"def {name}(): pass\n" for name in names]
    return textwrap.dedent("".join(parts))


@given(layouts())
@settings(
    max_examples=LAYOUTS,
    deadline=None,
    derandomize=LAYOUTS < 100,
    suppress_health_check=list(HealthCheck),
)
def test_every_beginning_gives_the_same_plugins_hooks_and_order(server, layout):
    seen = server.tried(layout)
    # Circular imports that fail, or differ, without us are none of our business.
    assume(seen)
    event("counts")
    assert all(one == seen["snapshot_restore_py"] for one in seen.values()), seen
