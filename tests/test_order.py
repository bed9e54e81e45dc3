"""The one order of plugins, whatever is installed where and imported first."""

from __future__ import annotations

import itertools
import random
import sys
import tempfile
import types
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings, strategies as st

from snapshot_restore_py import _discovery, _distributions, _plugins
from snapshot_restore_py._order import Requirements, by_requirements
from tests.conftest import Site, zip_up

ORDER = """
import snapshot_restore_py as s
report([plugin.name for plugin in s.plugins()])
"""


def hooks_of(name: str) -> str:
    """Return a provider module whose hooks tell their plugin."""
    return f"def {name}(): pass\nbefore_snapshot = after_restore = {name}\n"


def install(site: Site, name: str, *requires: str, plugin: bool = True) -> None:
    module = name.replace("-", "_")
    entry_points = {name: module} if plugin else None
    site.add(name, entry_points, {module: hooks_of(module)}, requires=requires)


class TestRule:
    def test_without_requirements_names_decide(self, site, interpreter):
        for name in ("beta", "Alpha", "gamma_x", "gamma-a"):
            install(site, name)
        assert interpreter.run(ORDER, site) == ["Alpha", "beta", "gamma-a", "gamma_x"]

    def test_a_required_distribution_comes_first(self, site, interpreter):
        install(site, "a", "b")
        install(site, "b", "c")
        install(site, "c")
        assert interpreter.run(ORDER, site) == ["c", "b", "a"]

    def test_requirements_count_through_distributions_without_plugins(self, site, interpreter):
        install(site, "a", "middle")
        install(site, "middle", "other-middle", plugin=False)
        install(site, "other-middle", "z", plugin=False)
        install(site, "z")
        install(site, "m")
        assert interpreter.run(ORDER, site) == ["m", "z", "a"]

    def test_what_this_package_requires_for_its_tests_links_nothing(self, site, interpreter):
        install(site, "a", "snapshot-restore")
        install(site, "snapshot-restore", "z", plugin=False)
        install(site, "z")
        assert interpreter.run(ORDER, site) == ["a", "z"]

    def test_a_distribution_that_is_not_installed_links_nothing(self, site, interpreter):
        install(site, "a", "missing")
        install(site, "b")
        assert interpreter.run(ORDER, site) == ["a", "b"]

    @pytest.mark.parametrize(
        "requirement",
        [
            "B.Lib",
            "b_lib>=1.0",
            "b-lib (>1)",
            "b-lib[extra1,extra2]~=1.0",
            "b-lib ; python_version < '2'",
            'b-lib; extra == "test"',
            "b-lib @ file:///b-lib.whl",
            "  b--lib  ",
        ],
    )
    def test_only_the_name_of_a_requirement_matters(self, site, interpreter, requirement):
        install(site, "a", requirement)
        install(site, "b-lib")
        assert interpreter.run(ORDER, site) == ["b-lib", "a"]

    def test_the_smallest_ready_name_is_placed_next(self, site, interpreter):
        install(site, "a", "x")
        install(site, "b")
        install(site, "x")
        install(site, "y")
        assert interpreter.run(ORDER, site) == ["b", "x", "a", "y"]

    def test_a_cycle_is_placed_by_its_smallest_name(self, site, interpreter):
        install(site, "b", "y")
        install(site, "y", "m")
        install(site, "m", "b", plugin=False)
        install(site, "a")
        install(site, "c")
        install(site, "a-needs-cycle", "y")
        assert interpreter.run(ORDER, site) == ["a", "b", "y", "a-needs-cycle", "c"]

    def test_a_distribution_that_requires_itself_is_no_cycle(self, site, interpreter):
        install(site, "b", "b[extra]", "c")
        install(site, "c")
        assert interpreter.run(ORDER, site) == ["c", "b"]

    def test_inside_a_distribution_names_decide_and_then_values(self, site, interpreter):
        site.add(
            "lib",
            "[snapshot_restore_py]\nb = one\na = two\na = one\nb = one\nB = one\n",
            {"one": hooks_of("one"), "two": hooks_of("two")},
        )
        code = "import snapshot_restore_py as s\nreport([(p.name, p.value) for p in s.plugins()])"
        assert interpreter.run(code, site) == [
            ["B", "one"],
            ["a", "one"],
            ["a", "two"],
            ["b", "one"],
        ]

    def test_metadata_without_a_single_field_counts_as_none(self, site, interpreter):
        site.add("a", {"a": "a"}, {"a": hooks_of("a")}, metadata="Name\n")
        site.add("b", {"b": "b"}, {"b": hooks_of("b")}, metadata="")
        assert interpreter.run(ORDER, site) == ["a", "b"]

    def test_requirements_of_an_egg_count(self, site, interpreter):
        folder = site.add("a", {"a": "a"}, {"a": hooks_of("a")}, info="egg-info")
        (folder / "requires.txt").write_text("x\n\n[extra:python_version < '3']\nb>=1\n")
        install(site, "b")
        assert interpreter.run(ORDER, site) == ["b", "a"]

    def test_an_unreadable_distribution_in_between_links_nothing_and_is_told(
        self, site, interpreter
    ):
        install(site, "a", "middle")
        site.add("middle", metadata=b"Name: middle\nRequires-Dist: \xff\n")
        install(site, "b")
        code = "import snapshot_restore_py as s; print([plugin.name for plugin in s.plugins()])"
        result = interpreter.start(code, site)
        assert result.stdout == "['a', 'b', '']\n"
        assert "PluginWarning: the entry points of middle 1.0 failed" in result.stderr
        strict = {"SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"}
        assert interpreter.start(code, site, env=strict).returncode == 1

    def test_a_chain_of_a_thousand_is_ordered_without_a_deep_stack(self):
        class Chain:
            def get(self, key):
                number = int(key[1:])
                required = [f"d{number + 1:04}"] if number < 3000 else []
                return types.SimpleNamespace(requirements=lambda: required)

        keys = [f"d{number:04}" for number in range(3001)]
        assert by_requirements(keys, Requirements(Chain())) == keys[::-1]

    def test_plugins_come_before_explicit_registrations(self, site, interpreter):
        install(site, "b")
        install(site, "a")
        code = """
            from snapshot_restore_py import *
            from snapshot_restore_py import get_after_restore, get_before_snapshot
            @register_before_snapshot
            def explicit(): pass
            register_after_restore(explicit)
            report([names(get_before_snapshot()), names(get_after_restore())])
        """
        assert interpreter.run(code, site) == [["a", "b", "explicit"]] * 2

    def test_what_the_handler_makes_a_plugin_register_is_explicit(self, site, interpreter):
        source = """
            from snapshot_restore_py import register_after_restore
            def after_restore(): pass
            def connect():
                @register_after_restore
                def reconnect(): pass
        """
        site.add("a", {"a": "a"}, {"a": source})
        install(site, "b")
        code = """
            from snapshot_restore_py import get_after_restore, register_after_restore
            @register_after_restore
            def explicit(): pass
            import a
            a.connect()
            report(names(get_after_restore()))
        """
        assert interpreter.run(code, site) == ["after_restore", "b", "explicit", "reconnect"]

    def test_registering_many_hooks_of_a_plugin_keeps_their_order(self, site, interpreter):
        source = """
            from snapshot_restore_py import register_after_restore
            for number in range(20000):
                register_after_restore(print, number)
        """
        site.add("a", {"a": "a"}, {"a": source})
        code = """
            from snapshot_restore_py import get_after_restore
            report([hook[1][0] for hook in get_after_restore()] == list(range(20000)))
        """
        assert interpreter.run(code, site) is True


NAMES = ["a", "b", "c", "d", "e", "f"]
graphs = st.dictionaries(
    st.sampled_from(NAMES),
    st.tuples(st.booleans(), st.sets(st.sampled_from(NAMES), max_size=3)),
    min_size=1,
)


def expected_order(graph: dict[str, tuple[bool, set[str]]]) -> list[str]:
    """Return the order by the rule's own words, from the closure of the requirements."""
    needs = {name: {one for one in graph[name][1] if one in graph} for name in graph}
    for middle, name, other in itertools.product(graph, graph, graph):
        if middle in needs[name] and other in needs[middle]:
            needs[name].add(other)
    plugins = {name for name in graph if graph[name][0]}
    order: list[str] = []
    while len(order) < len(plugins):
        ready = []
        for name in plugins - set(order):
            cycle = {name} | {one for one in needs[name] & plugins if name in needs[one]}
            if needs[name] & plugins <= set(order) | cycle:
                ready.append(sorted(cycle))
        order += min(ready)
    return order


@settings(deadline=None)
@given(graphs, st.randoms(use_true_random=False))
def test_any_graph_of_requirements_gives_the_order_of_the_rule(graph, randomness):
    with tempfile.TemporaryDirectory() as temporary:
        sites = [Site(Path(temporary, str(number))) for number in range(2)]
        names = list(graph)
        randomness.shuffle(names)
        for name in names:
            plugin, requires = graph[name]
            entry_points = {name: name} if plugin else None
            randomness.choice(sites).add(name, entry_points, requires=tuple(requires))
        with mock.patch.object(sys, "path", [str(site.path) for site in sites]):
            look = _discovery.Look()
            found = _plugins.find_plugins(look, _distributions.Installed(look))
    assert [plugin.name for plugin in found] == expected_order(graph)


@pytest.mark.parametrize("seed", range(24))
def test_one_set_of_distributions_has_one_order(tmp_path, interpreter, seed):
    randomness = random.Random(seed)
    sites = [Site(tmp_path / f"{number}-{seed}") for number in range(3)]
    distributions = [
        ("chain-top", ("chain-middle",), True),
        ("chain-middle", ("zz-chain-base",), True),
        ("zz-chain-base", (), True),
        ("through", ("silent-one", "silent-two"), True),
        ("silent-one", ("silent-two",), False),
        ("silent-two", ("zz-far-base",), False),
        ("zz-far-base", (), True),
        ("cycle-b", ("cycle-a",), True),
        ("cycle-a", ("silent-in-cycle",), True),
        ("silent-in-cycle", ("cycle-b",), False),
        ("tie-2", (), True),
        ("tie-1", (), True),
    ]
    randomness.shuffle(distributions)
    for name, requires, plugin in distributions:
        install(randomness.choice(sites), name, *requires, plugin=plugin)
    libraries = [name.replace("-", "_") for name, _, plugin in distributions if plugin]
    decorated = "from snapshot_restore_py import *\n@register_after_restore\ndef {0}_too(): pass\n"
    for name in libraries:
        for site in sites:
            module = site.path / f"{name}.py"
            if module.exists():
                # Half of them register by decorator too, at their first line.
                lines = decorated.format(name) if len(name) % 2 else ""
                module.write_text(lines + module.read_text())
    first = randomness.sample(libraries, randomness.randrange(len(libraries)))
    imports = "\n".join(f"import {module}" for module in first)
    code = f"{imports}\nimport snapshot_restore_py as s\nreport(names(s.get_after_restore()))"
    path: list[object] = [*sites]
    if seed % 2:
        path[0] = tmp_path / f"zipped-{seed}.zip"
        zip_up(sites[0].path, path[0])
    randomness.shuffle(path)
    environment = {"PYTHONHASHSEED": str(seed)}
    order = ["cycle_a", "cycle_b", "tie_1", "tie_2", "zz_chain_base", "chain_middle"]
    order += ["chain_top", "zz_far_base", "through"]
    expected = [
        hook for name in order for hook in ([f"{name}_too"] if len(name) % 2 else []) + [name]
    ]
    assert interpreter.run(code, *path, env=environment) == expected
