"""Plugins: what a provider can be, what happens when one fails, and which are chosen."""

from __future__ import annotations

import pytest

from tests.conftest import Site, zip_up

STATUS = """
import snapshot_restore_py as s
report([[p.name, p.status, names(p.before_snapshot), names(p.after_restore)] for p in s.plugins()])
"""
HOOKS = """
from snapshot_restore_py import get_after_restore, get_before_snapshot
report([names(get_before_snapshot()), names(get_after_restore())])
"""
REGISTER_EXPLICITLY = "from snapshot_restore_py import *\nregister_after_restore({})\n"
GOOD = "def before_snapshot(): pass\ndef after_restore(): pass\n"


class TestProviders:
    def test_a_module_with_the_two_functions_needs_no_dependency(self, site, interpreter):
        site.add("lib", {"lib": "lib.snapshot"}, {"lib": "", "lib.snapshot": GOOD})
        assert interpreter.run(STATUS, site) == [
            ["lib", "loaded", ["before_snapshot"], ["after_restore"]]
        ]

    @pytest.mark.parametrize("phase", ["before_snapshot", "after_restore"])
    def test_one_of_the_two_is_enough(self, site, interpreter, phase):
        site.add("lib", {"lib": "lib"}, {"lib": f"def {phase}(): pass"})
        hooks = [["before_snapshot"], []] if phase == "before_snapshot" else [[], [phase]]
        assert interpreter.run(STATUS, site) == [["lib", "loaded", *hooks]]

    def test_any_object_can_be_the_provider(self, site, interpreter):
        source = """
            class Pool:
                class hooks:
                    @staticmethod
                    def before_snapshot(): calls.append("before")
                    @classmethod
                    def after_restore(cls): calls.append("after")
                def __init__(self): self.calls = calls
                def before_snapshot(self): self.calls.append("close")
                def after_restore(self): self.calls.append("open")
            calls = []
            pool = Pool()
        """
        site.add("lib", {"a": "lib:pool", "b": "lib:pool.hooks [extra]"}, {"lib": source})
        code = """
            import snapshot_restore_py as s
            s.run_before_snapshot()
            s.run_after_restore()
            import lib
            report(lib.calls)
        """
        assert interpreter.run(code, site) == ["before", "close", "open", "after"]

    def test_arguments_with_defaults_do_no_harm(self, site, interpreter):
        source = """
            def before_snapshot(wait=1, *rest, deep=False, **more): pass
            class Pool:
                def after_restore(self, context=None): pass
            pool = Pool()
            after_restore = pool.after_restore
        """
        site.add("lib", {"a": "lib", "b": "lib:pool"}, {"lib": source})
        assert interpreter.run(STATUS, site) == [
            ["a", "loaded", ["before_snapshot"], ["after_restore"]],
            ["b", "loaded", [], ["after_restore"]],
        ]

    def test_async_hooks_of_a_provider_run(self, site, interpreter):
        source = """
            calls = []
            async def before_snapshot(): calls.append("before")
            async def after_restore(): calls.append("after")
        """
        site.add("lib", {"lib": "lib"}, {"lib": source})
        code = """
            import snapshot_restore_py as s, lib
            s.run_before_snapshot()
            for func, args, kwargs in s.get_after_restore():
                func(*args, **kwargs)
            report(lib.calls)
        """
        assert interpreter.run(code, site) == ["before", "after"]

    def test_a_provider_module_may_register_hooks_itself(self, site, interpreter):
        source = """
            from snapshot_restore_py import register_after_restore, register_before_snapshot
            def after_restore(): pass
            @register_after_restore
            def first(): pass
            register_before_snapshot(register_after_restore(lambda: None, ))
        """
        site.add("lib", {"lib": "lib"}, {"lib": source})
        assert interpreter.run(STATUS, site) == [
            ["lib", "loaded", ["<lambda>"], ["first", "<lambda>", "after_restore"]]
        ]

    @pytest.mark.parametrize("prefix", ["", "async "])
    def test_a_decorated_function_of_the_well_known_name_is_registered_once(
        self, site, interpreter, prefix
    ):
        source = f"""
            from snapshot_restore_py import register_after_restore
            @register_after_restore
            {prefix}def after_restore(): pass
            @register_after_restore
            def other(): pass
        """
        site.add("lib", {"lib": "lib"}, {"lib": source})
        assert interpreter.run(HOOKS, site) == [[], ["after_restore", "other"]]

    def test_hooks_of_modules_inside_and_packages_around_belong_to_the_plugin(
        self, site, interpreter
    ):
        register = "from snapshot_restore_py import *\nregister_after_restore({})\n"
        modules = {
            "lib": register.format("abs"),
            "lib.snapshot": "from . import inner, beside\n" + register.format("len"),
            "lib.snapshot.inner": register.format("max"),
            "lib.beside": register.format("min"),
            "library": register.format("sum"),
        }
        modules["lib.snapshot"] = (
            "from . import inner\nfrom .. import beside\nimport library\n" + register.format("len")
        )
        site.add("lib", {"lib": "lib.snapshot"}, modules)
        code = """
            from snapshot_restore_py import get_after_restore
            report([[hook[0].__name__, bool(hook.plugin)] for hook in get_after_restore()])
        """
        assert interpreter.run(code, site) == [
            ["abs", True],
            ["min", True],
            ["len", True],
            ["max", True],
            ["sum", False],
        ]

    def test_a_module_that_two_plugins_could_claim_belongs_to_the_first(self, site, interpreter):
        register = "from snapshot_restore_py import *\nregister_after_restore({})\n"
        modules = {
            "company": register.format("abs"),
            "company.b": register.format("len"),
            "company.a": register.format("max"),
        }
        site.add("lib", {"one": "company.b", "two": "company.a"}, modules)
        assert interpreter.run(STATUS, site) == [
            ["one", "loaded", [], ["abs", "len"]],
            ["two", "loaded", [], ["max"]],
        ]

    @pytest.mark.parametrize(
        "provider",
        [
            "from ._impl import *",
            "from . import _impl",
            "from ._impl import abs as after_restore",
        ],
    )
    def test_hooks_of_a_module_beside_the_provider_are_the_plugins(
        self, site, interpreter, provider
    ):
        implementation = REGISTER_EXPLICITLY.format("abs") + "abs = abs\n"
        modules = {"svc": "", "svc.hooks": provider, "svc._impl": implementation}
        site.add("svc", {"svc": "svc.hooks"}, modules)
        assert interpreter.run(STATUS, site) == [["svc", "loaded", [], ["abs"]]]

    def test_what_strangers_in_one_namespace_register_is_explicit(self, site, interpreter):
        site.add("one", {"one": "company.one"}, {"company.one": GOOD})
        site.write({"company.other": REGISTER_EXPLICITLY.format("abs")})
        (site.path / "company/__init__.py").unlink()
        code = "import snapshot_restore_py as s, company.other\n"
        code += "report([[h[0].__name__, bool(h.plugin)] for h in s.get_after_restore()])"
        assert interpreter.run(code, site) == [["after_restore", True], ["abs", False]]

    def test_a_module_of_two_plugins_keeps_its_hooks_if_one_fails(self, site, interpreter):
        source = REGISTER_EXPLICITLY.format("abs") + "class Good:\n    before_snapshot = print\n"
        site.add("lib", {"a": "lib:Missing", "b": "lib:Good"}, {"lib": source})
        assert interpreter.run(STATUS, site, env={"PYTHONWARNINGS": "ignore"}) == [
            ["a", "failed", [], []],
            ["b", "loaded", ["print"], ["abs"]],
        ]

    def test_two_entry_points_of_one_provider_register_its_hooks_once(self, site, interpreter):
        site.add("lib", {"a": "lib", "b": "lib"}, {"lib": GOOD})
        assert interpreter.run(HOOKS, site) == [["before_snapshot"], ["after_restore"]]

    def test_a_provider_in_a_zip_file_is_loaded(self, site, interpreter, tmp_path):
        site.add("lib", {"lib": "lib"}, {"lib": GOOD})
        archive = tmp_path / "lib.whl"
        zip_up(site.path, archive)
        assert interpreter.run(HOOKS, archive) == [["before_snapshot"], ["after_restore"]]

    def test_plugins_are_loaded_in_the_thread_that_imports_the_package(self, site, interpreter):
        source = "import threading\nname = threading.current_thread().name\n" + GOOD
        site.add("lib", {"lib": "lib"}, {"lib": source})
        code = """
            import threading
            def work():
                import snapshot_restore_py, lib
                seen.append(lib.name)
            seen = []
            thread = threading.Thread(target=work, name="worker")
            thread.start()
            thread.join()
            report(seen)
        """
        assert interpreter.run(code, site) == ["worker"]

    def test_an_emptied_registry_stays_empty(self, site, interpreter):
        site.add("lib", {"lib": "lib"}, {"lib": GOOD})
        code = """
            import snapshot_restore_py as s
            s._before_snapshot_registry = []
            s._after_restore_registry = []
            report([s.get_before_snapshot(), s.get_after_restore()])
        """
        assert interpreter.run(code, site) == [[], []]

    @pytest.mark.parametrize(
        "again",
        ["importlib.reload(s)", "del sys.modules['snapshot_restore_py']"],
    )
    def test_importing_the_package_anew_brings_plugins_hooks_back(self, site, interpreter, again):
        source = GOOD + "from snapshot_restore_py import *\nregister_after_restore(print)\n"
        site.add("lib", {"lib": "lib"}, {"lib": source})
        code = f"""
            import importlib, sys
            import snapshot_restore_py as s
            s.register_after_restore(len)
            {again}
            from snapshot_restore_py import *
            from snapshot_restore_py import get_after_restore, get_before_snapshot
            register_after_restore(max)
            report([names(get_before_snapshot()), names(get_after_restore())])
        """
        expected = [["before_snapshot"], ["print", "after_restore", "max"]]
        assert interpreter.run(code, site) == expected


REFUSED = {
    "VALUE = 1": ("lib", "NoHookError: lib offers no hook"),
    "before_snapshot = 'text'": ("lib", "lib: before_snapshot is 'text', not callable"),
    "after_restore = None": ("lib", "lib: after_restore is None, not callable"),
    "class Pool:\n  def after_restore(self): pass": ("lib:Pool", "lib:Pool is a class, and its"),
    "class Pool:\n  after_restore = str.upper": ("lib:Pool", "lib:Pool is a class, and its"),
    "def after_restore(): yield": ("lib", "generator function"),
    "def after_restore(context): pass": ("lib", "lib: after_restore needs arguments, but it"),
    "def before_snapshot(*, wait): pass": ("lib", "lib: before_snapshot needs arguments"),
    "class P:\n  def after_restore(self, context): pass\np = P()": ("lib:p", "needs arguments"),
    "raise RuntimeError('no license')": ("lib", "RuntimeError: no license"),
    "raise SystemExit(3)": ("lib", "SystemExit: 3"),
    "raise GeneratorExit": ("lib", "GeneratorExit"),
    "import not_installed": ("lib", "ModuleNotFoundError: No module named 'not_installed'"),
    "this is no Python": ("lib", "SyntaxError"),
    "VALUE = 2": ("lib:missing", "AttributeError: module 'lib' has no attribute 'missing'"),
    "VALUE = 3": ("missing_module", "ModuleNotFoundError: No module named 'missing_module'"),
    "VALUE = 4": ("not a module!", "'not a module!' is not of the form 'module' or"),
    "VALUE = 5": ("", "'' is not of the form 'module'"),
    "VALUE = 6": ("..lib", "Error"),
}


class TestFailures:
    @pytest.mark.parametrize("source", REFUSED)
    def test_a_plugin_that_fails_is_reported_and_the_others_work(self, site, interpreter, source):
        value, cause = REFUSED[source]
        site.add("broken-lib", {"broken": value}, {"lib": source}, version="2.1")
        site.add("a-good", {"good1": "good1"}, {"good1": GOOD})
        site.add("z-good", {"good2": "good2"}, {"good2": GOOD})
        result = interpreter.start(
            """
            import snapshot_restore_py as s
            print([p.name for p in s.plugins() if p.status == "failed"], len(s.get_after_restore()))
            """,
            site,
        )
        assert result.stdout == "['broken'] 2\n"
        assert result.returncode == 0
        value_shown = f" (broken = {value})" if value else ""
        assert result.stderr.startswith(
            f"<string>:2: PluginWarning: plugin 'broken' of broken-lib 2.1{value_shown} failed, "
            "none of its hooks are registered: "
        )
        assert cause in result.stderr
        assert result.stderr.count("PluginWarning") == 1

    def test_a_failed_plugin_is_undone_as_a_whole_and_what_it_imported_stays(
        self, site, interpreter
    ):
        register = "from snapshot_restore_py import *\nregister_after_restore({0})\n"
        modules = {
            "lib": register.format("abs") + "register_before_snapshot(abs)\n",
            "lib.snapshot": register.format("len")
            + "import lib.snapshot.inner, other_plugin, library\nraise OSError('late')\n",
            "lib.snapshot.inner": register.format("max"),
            "library": register.format("min"),
        }
        site.add("lib", {"lib": "lib.snapshot"}, modules)
        site.add("other", {"other": "other_plugin"}, {"other_plugin": register.format("sum")})
        code = """
            import warnings
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                from snapshot_restore_py import get_after_restore, get_before_snapshot, plugins
            warning = caught[0].message
            plugin = plugins()[0]
            report({
                "hooks": [names(get_before_snapshot()), names(get_after_restore())],
                "plugin": [plugin.name, plugin.status],
                "its hooks": [plugin.before_snapshot, plugin.after_restore],
                "error": repr(plugin.error),
                "warning": [warning.name, warning.distribution, warning.version, warning.value],
                "cause is kept": warning.__cause__ is plugin.error,
                "warnings": len(caught),
            })
        """
        assert interpreter.run(code, site) == {
            "hooks": [["abs"], ["sum", "abs", "min"]],
            "plugin": ["lib", "failed"],
            "its hooks": [[], []],
            "error": "OSError('late')",
            "warning": ["lib", "lib", "1.0", "lib.snapshot"],
            "cause is kept": True,
            "warnings": 1,
        }

    def test_what_a_package_around_a_failed_plugin_registers_is_explicit(self, site, interpreter):
        source = "import snapshot_restore_py as s\ndef late(): s.register_after_restore(print)\n"
        site.add("lib", {"lib": "lib.snapshot"}, {"lib": source + "late()", "lib.snapshot": "1/0"})
        code = """
            import warnings
            warnings.simplefilter("ignore")
            import snapshot_restore_py, lib
            lib.late()
            hooks = snapshot_restore_py.get_after_restore()
            report([names(hooks), [hook.plugin for hook in hooks]])
        """
        assert interpreter.run(code, site) == [["print", "print"], [None, None]]

    def test_what_a_package_registers_whose_own_import_fails_is_undone(self, site, interpreter):
        modules = {"lib": REG.format("hook") + "1 / 0\n", "lib.a": GOOD, "lib.b": GOOD}
        site.add("lib", {"a": "lib.a", "b": "lib.b"}, modules)
        code = "import warnings\nwarnings.simplefilter('ignore')\n" + HOOKS
        assert interpreter.run(code, site) == [[], []]

    def test_a_keyboard_interrupt_is_not_held_back(self, site, interpreter):
        site.add("lib", {"lib": "lib"}, {"lib": "raise KeyboardInterrupt"})
        code = """
            try:
                import snapshot_restore_py
            except KeyboardInterrupt:
                report("interrupted")
        """
        assert interpreter.run(code, site) == "interrupted"

    @pytest.mark.parametrize(
        ("text", "cause"),
        [
            (b"[snapshot_restore_py]\nno equals sign\n", "the line 'no equals sign' has no '='"),
            (b"[snapshot_restore_py]\nlib = \xff\n", "UnicodeDecodeError"),
        ],
    )
    def test_malformed_metadata_is_a_failed_plugin_of_its_distribution(
        self, site, interpreter, text, cause
    ):
        site.add("broken-lib", text, version="3.0")
        site.add("good", {"good": "good"}, {"good": GOOD})
        result = interpreter.start("import snapshot_restore_py as s; print(s.plugins()[1])", site)
        assert "'good'" in result.stdout
        assert "of broken-lib 3.0 failed" in result.stderr
        assert cause in result.stderr
        assert result.stderr.count("PluginWarning") == 1

    def test_a_malformed_line_leaves_the_others_of_its_file(self, site, interpreter):
        text = "[other]\nfine without\n[snapshot_restore_py]\nno equals\ngood = good\n"
        site.add("lib", text, {"good": GOOD})
        result = interpreter.start(
            "import snapshot_restore_py as s; print([p.status for p in s.plugins()])", site
        )
        assert result.stdout == "['loaded', 'failed']\n"

    def test_malformed_metadata_of_others_is_not_our_business(self, site, interpreter):
        site.add("broken", b"[console_scripts]\nx = \xff\n")
        site.add("other", b"[console_scripts]\nno equals\n", metadata=b"\xff")
        assert interpreter.run(STATUS, site) == []

    def test_undecodable_names_and_requirements_are_a_failed_plugin(self, site, interpreter):
        site.add("broken", {"broken": "lib"}, {"lib": GOOD}, metadata=b"Name: \xff\n\n")
        result = interpreter.start("import snapshot_restore_py as s; print(s.plugins())", site)
        assert "status='failed'" in result.stdout
        assert "plugin 'broken' of broken (broken = lib) failed" in result.stderr
        site.add("good", {"good": "good"}, {"good": GOOD})
        result = interpreter.start("import snapshot_restore_py as s; print(s.plugins())", site)
        assert "plugin 'broken' of broken (broken = lib) failed" in result.stderr
        assert "name='good'" in result.stdout

    def test_a_plugin_with_unreadable_metadata_registers_nothing_in_other_ways(
        self, site, interpreter
    ):
        source = "from snapshot_restore_py import *\nregister_after_restore(print)\n"
        site.add("broken", {"broken": "lib"}, {"lib": source}, metadata=b"Name: \xff\n\n")
        code = """
            import warnings
            warnings.simplefilter("ignore")
            import lib, snapshot_restore_py
            report(names(snapshot_restore_py.get_after_restore()))
        """
        assert interpreter.run(code, site) == []

    def test_missing_metadata_leaves_what_the_folders_name_tells(self, site, interpreter):
        (site.add("My-Lib", {"lib": "lib"}, {"lib": GOOD}) / "METADATA").unlink()
        code = """
            import snapshot_restore_py as s
            report([[p.distribution, p.version] for p in s.plugins()])
        """
        assert interpreter.run(code, site) == [["my-lib", "1.0"]]

    @pytest.mark.parametrize("readable", ["entry_points.txt", "METADATA"])
    def test_unreadable_metadata_is_a_failed_plugin(self, site, interpreter, readable):
        site.add("locked", {"locked": "locked"}, {"locked": GOOD})
        site.add("good", {"good": "good"}, {"good": GOOD})
        result = interpreter.start(
            f"""
            import os
            open_file = os.open
            def refusing(path, *args):
                if "locked" in path and path.endswith({readable!r}):
                    raise PermissionError(13, "Permission denied", path)
                return open_file(path, *args)
            os.open = refusing
            import snapshot_restore_py as s
            print({{p.distribution: p.status for p in s.plugins()}})
            """,
            site,
        )
        assert result.stdout == "{'good': 'loaded', 'locked': 'failed'}\n"
        assert "of locked" in result.stderr
        assert "PermissionError: [Errno 13] Permission denied" in result.stderr

    def test_a_failed_plugin_is_reported_once_however_often_the_package_is_imported(
        self, site, interpreter
    ):
        site.add("lib", {"lib": "lib"}, {"lib": "1 / 0"})
        code = """
            import importlib, snapshot_restore_py
            importlib.reload(snapshot_restore_py)
            print(snapshot_restore_py.plugins()[0].status)
        """
        result = interpreter.start(code, site)
        assert result.stdout == "failed\n"
        assert result.stderr.count("PluginWarning") == 1

    def test_warnings_as_errors_end_the_import(self, site, interpreter):
        site.add("lib", {"lib": "lib"}, {"lib": "1 / 0"})
        result = interpreter.start("import snapshot_restore_py", site, options=("-Werror",))
        assert result.returncode == 1
        assert "snapshot_restore_py.PluginWarning: plugin 'lib'" in result.stderr
        assert "ZeroDivisionError" in result.stderr


# In a process for each place: raises KeyboardInterrupt there, imports again, and compares.
INTERRUPTED = """
    import os, sys
    STEP = 29
    FILES = ("__init__.py", "_loading.py", "_registry.py", "_plugins.py", "/a.py", "/b.py")

    def names_of(hooks):
        return [(hook[0].__module__, hook[0].__name__, hook.plugin.name) for hook in hooks]

    def look():
        import snapshot_restore_py as s
        states = [(plugin.name, plugin.status) for plugin in s.plugins()]
        return [states, names_of(s.get_before_snapshot()), names_of(s.get_after_restore())]

    def interrupt(wanted):
        count = 0
        def trace(frame, event, argument):
            nonlocal count
            if not frame.f_code.co_filename.endswith(FILES):
                return None
            count += event == "line"
            if count == wanted:
                sys.settrace(None)
                raise KeyboardInterrupt
            return trace
        sys.settrace(trace)
        try:
            import snapshot_restore_py
        except KeyboardInterrupt:
            pass
        sys.settrace(None)
        return count

    def in_a_process(work, *arguments):
        reading, writing = os.pipe()
        if os.fork() == 0:
            try:
                os.write(writing, repr(work(*arguments)).encode())
            finally:
                os._exit(0)
        os.close(writing)
        with open(reading) as stream:
            found = stream.read()
        os.wait()
        return found

    def tried(number):
        interrupt(number)
        return look()

    wanted = in_a_process(look)
    places = range(1, int(in_a_process(interrupt, 0)), STEP)
    report([place for place in places if in_a_process(tried, place) != wanted])
"""

STRICT = {"SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"}


class TestStrictMode:
    def test_a_failed_plugin_is_an_error_of_the_import(self, site, interpreter):
        site.add("lib", {"lib": "lib:x"}, {"lib": "1 / 0"}, version="2.0")
        code = """
            for attempt in range(2):
                try:
                    import snapshot_restore_py
                except Exception as error:
                    facts = [error.name, error.distribution, error.version, error.value]
                    report([type(error).__name__, repr(error.__cause__), *facts, str(error)])
        """
        assert interpreter.run(code, site, env=STRICT) == [
            "PluginError",
            "ZeroDivisionError('division by zero')",
            *["lib", "lib", "2.0", "lib:x"],
            "plugin 'lib' of lib 2.0 (lib = lib:x) failed, none of its hooks are registered: "
            "ZeroDivisionError: division by zero",
        ]

    def test_nothing_is_raised_where_nothing_failed(self, site, interpreter):
        site.add("lib", {"lib": "lib"}, {"lib": GOOD})
        assert interpreter.run(HOOKS, site, env=STRICT) == [
            ["before_snapshot"],
            ["after_restore"],
        ]

    @pytest.mark.parametrize(
        ("word", "status"),
        [
            ("0", 0),
            ("", 0),
            ("No", 0),
            ("off", 0),
            ("False", 0),
            ("TRUE", 1),
            ("yes", 1),
            ("On", 1),
        ],
    )
    def test_words_for_yes_and_no_are_understood_in_any_case(self, site, interpreter, word, status):
        site.add("lib", {"lib": "lib"}, {"lib": "1 / 0"})
        env = {"SNAPSHOT_RESTORE_PLUGINS_STRICT": word}
        assert interpreter.start("import snapshot_restore_py", site, env=env).returncode == status

    def test_another_word_is_refused(self, interpreter):
        env = {"SNAPSHOT_RESTORE_PLUGINS_STRICT": "maybe"}
        result = interpreter.start("import snapshot_restore_py", env=env)
        assert result.returncode == 1
        assert "SNAPSHOT_RESTORE_PLUGINS_STRICT='maybe' is neither yes nor no" in result.stderr


class TestChoice:
    @pytest.fixture(autouse=True)
    def three_distributions(self, site):
        def tells(name):
            return f"def {name}(): pass\nbefore_snapshot = after_restore = {name}\n"

        site.add("a-lib", {"a": "a"}, {"a": tells("a")})
        site.add("B_Lib", {"b1": "b1", "b2": "b2"}, {"b1": tells("b1"), "b2": tells("b2")})
        site.add("c-lib", {"c": "c"}, {"c": tells("c")})

    @pytest.mark.parametrize(
        ("choice", "hooks"),
        [
            ("", []),
            ("none", []),
            (" ", []),
            (",", []),
            ("c,a", ["c", "a"]),
            (" c , a ,", ["c", "a"]),
            ("a,a", ["a"]),
            ("b2", ["b2"]),
            ("c-lib,b-lib", ["c", "b1", "b2"]),
            ("b.lib,b1", ["b1", "b2"]),
            ("b2,B-LIB", ["b2", "b1"]),
            ("-a", ["b1", "b2", "c"]),
            ("-b-lib", ["a", "c"]),
            ("-b1,- c", ["a", "b2"]),
        ],
    )
    def test_the_variable_chooses(self, site, interpreter, choice, hooks):
        code = """
            import sys
            from snapshot_restore_py import get_after_restore, plugins
            loaded = [plugin.name for plugin in plugins() if plugin.status == "loaded"]
            imported = [name for name in ("a", "b1", "b2", "c") if name in sys.modules]
            report([names(get_after_restore()), loaded, imported, len(plugins())])
        """
        env = {"SNAPSHOT_RESTORE_PLUGINS": choice}
        assert interpreter.run(code, site, env=env) == [hooks, hooks, sorted(hooks), 4]

    def test_those_not_chosen_are_disabled(self, site, interpreter):
        code = """
            import snapshot_restore_py as s
            report([[plugin.name, plugin.status] for plugin in s.plugins()])
        """
        env = {"SNAPSHOT_RESTORE_PLUGINS": "c"}
        assert interpreter.run(code, site, env=env) == [
            ["c", "loaded"],
            ["a", "disabled"],
            ["b1", "disabled"],
            ["b2", "disabled"],
        ]

    def test_hooks_of_a_library_whose_plugin_is_disabled_are_explicit(self, site, interpreter):
        site.write({"c": "from snapshot_restore_py import *\nregister_after_restore(print)\n"})
        code = """
            from snapshot_restore_py import get_after_restore, register_after_restore
            register_after_restore(len)
            import c
            report(names(get_after_restore()))
        """
        env = {"SNAPSHOT_RESTORE_PLUGINS": "none"}
        assert interpreter.run(code, site, env=env) == ["len", "print"]

    def test_names_of_entry_points_go_before_names_of_distributions(self, site, interpreter):
        site.add("c", {"x": "a"})
        env = {"SNAPSHOT_RESTORE_PLUGINS": "c"}
        assert interpreter.run(HOOKS, site, env=env) == [["c"], ["c"]]

    @pytest.mark.parametrize("choice", ["a,-b1", "-a,b1"])
    def test_a_mix_of_both_forms_is_refused(self, site, interpreter, choice):
        result = interpreter.start(
            "import snapshot_restore_py", site, env={"SNAPSHOT_RESTORE_PLUGINS": choice}
        )
        assert result.returncode == 1
        assert result.stderr.splitlines()[-1] == (
            f"snapshot_restore_py.PluginError: SNAPSHOT_RESTORE_PLUGINS='{choice}' mixes "
            "plugins to load and plugins to leave out. Write either 'a,b' to load exactly these, "
            "or '-a,-b' to load all but these."
        )

    def test_to_leave_out_what_is_not_installed_is_no_failure(self, site, interpreter):
        env = {"SNAPSHOT_RESTORE_PLUGINS": "-nothing,-c", "SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"}
        assert interpreter.run(HOOKS, site, env=env) == [["a", "b1", "b2"]] * 2

    @pytest.mark.parametrize("choice", ["other:a", "Other : a", "-a-lib,-b_lib,-c"])
    def test_a_distributions_name_tells_two_of_one_name_apart(self, site, interpreter, choice):
        site.add("other", {"a": "other_a"}, {"other_a": "def after_restore(): pass"})
        env = {"SNAPSHOT_RESTORE_PLUGINS": choice}
        assert interpreter.run(HOOKS, site, env=env) == [[], ["after_restore"]]

    def test_a_name_to_load_that_is_not_installed_is_a_failed_plugin(self, site, interpreter):
        choice, hooks = "b1,nothing,a", ["b1", "a"]
        code = """
            from snapshot_restore_py import get_after_restore, plugins
            failed = [plugin for plugin in plugins() if plugin.status == "failed"]
            print([hook[0].__name__ for hook in get_after_restore()])
            print([plugin.name for plugin in failed], [plugin.distribution for plugin in failed])
        """
        env = {"SNAPSHOT_RESTORE_PLUGINS": choice}
        result = interpreter.start(code, site, env=env)
        assert result.stdout == f"{hooks}\n['nothing'] ['']\n"
        assert "PluginWarning: plugin 'nothing' failed" in result.stderr
        assert "SNAPSHOT_RESTORE_PLUGINS names 'nothing', but no installed" in result.stderr
        strict = {**env, "SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"}
        assert "PluginError: plugin 'nothing'" in interpreter.start(code, site, env=strict).stderr

    def test_a_broken_plugin_that_is_not_chosen_is_not_reported(self, site, interpreter):
        site.add("broken", "[snapshot_restore_py]\nno equals\n")
        site.write({"a": "1 / 0"})
        env = {"SNAPSHOT_RESTORE_PLUGINS": "-a,-broken", "SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"}
        assert interpreter.run(HOOKS, site, env=env) == [["b1", "b2", "c"]] * 2


class TestRecords:
    def test_a_record_tells_everything_and_is_frozen(self, site, interpreter):
        site.add("My.Lib", {"name": "lib:x"}, {"lib": "class x: after_restore = print"})
        code = """
            import dataclasses
            import snapshot_restore_py as s
            plugin, = s.plugins()
            try:
                plugin.name = "other"
            except dataclasses.FrozenInstanceError:
                report([
                    plugin.name, plugin.distribution, plugin.version, plugin.value, plugin.status,
                    plugin.error, plugin.before_snapshot, [tuple(plugin.after_restore[0][1:])],
                    isinstance(plugin, s.Plugin), s.get_after_restore()[0].plugin == plugin,
                ])
        """
        facts = ["name", "My.Lib", "1.0", "lib:x", "loaded", None, [], [[[], {}]]]
        assert interpreter.run(code, site) == [*facts, True, True]

    def test_a_plugins_hooks_stay_in_its_record_when_they_have_run(self, site, interpreter):
        site.add("lib", {"lib": "lib"}, {"lib": GOOD})
        code = """
            from snapshot_restore_py import get_before_snapshot, plugins, run_before_snapshot
            run_before_snapshot()
            report([names(get_before_snapshot()), names(plugins()[0].before_snapshot)])
        """
        assert interpreter.run(code, site) == [[], ["before_snapshot"]]

    def test_without_plugins_there_is_no_record(self, interpreter):
        assert interpreter.run(STATUS) == []


class TestForeignMetadata:
    """Plugins whose metadata no folder holds: they are ordered and reported like all."""

    def test_a_plugin_in_a_wheel_is_ordered_by_its_requirements(self, site, interpreter, tmp_path):
        other = Site(tmp_path / "other")
        other.add("a-lib", {"a": "a"}, {"a": GOOD}, requires=("b-lib>=1",))
        archive = tmp_path / "a_lib-1.0-py3-none-any.whl"
        zip_up(other.path, archive)
        site.add("b-lib", {"b": "b"}, {"b": GOOD})
        code = """
            import snapshot_restore_py as s
            report([[p.name, p.distribution, p.version] for p in s.plugins()])
        """
        expected = [["b", "b-lib", "1.0"], ["a", "a-lib", "1.0"]]
        assert interpreter.run(code, archive, site) == expected

    def test_a_finder_that_raises_is_a_failed_plugin(self, site, interpreter):
        site.add("lib", {"lib": "lib"}, {"lib": GOOD})
        result = interpreter.start(
            """
            import sys
            class Finder:
                def find_spec(self, *args): return None
                def find_distributions(self, context): raise OSError("no network")
                def __repr__(self): return "<finder of a private index>"
            sys.meta_path[:0] = [Finder(), Finder()]
            import snapshot_restore_py as s
            print([(p.name, p.distribution, p.status) for p in s.plugins()])
            """,
            site,
        )
        assert result.stdout == (
            "[('', '<finder of a private index>', 'failed'), ('lib', 'lib', 'loaded')]\n"
        )
        assert (
            "PluginWarning: the entry points of <finder of a private index> failed, none of its "
            "hooks are registered: OSError: no network"
        ) in result.stderr


REG = "from snapshot_restore_py import *\n@register_after_restore\ndef {0}(): pass\n"
OWNERS = """
import snapshot_restore_py as s
report([
    [[hook[0].__name__, hook.plugin and hook.plugin.name] for hook in s.get_after_restore()],
    [[plugin.name, plugin.status] for plugin in s.plugins()],
])
"""


class TestOwners:
    def test_a_plugin_inside_another_plugins_package_owns_its_hooks(self, site, interpreter):
        site.add("company", {"company": "company"}, {"company": REG.format("first")})
        site.add("x-redis", {"redis": "company.redis"}, requires=("company",))
        site.write({"company.redis": REG.format("second")})
        (site.path / "company/__init__.py").write_text(REG.format("first"))
        (site.path / "company.py").unlink()
        hooks = [["first", "company"], ["second", "redis"]]
        assert interpreter.run(OWNERS, site)[0] == hooks

    def test_a_hook_registered_by_way_of_a_helper_is_the_plugins(self, site, interpreter):
        helper = "import snapshot_restore_py as s\ndef on(f): return s.register_after_restore(f)\n"
        source = "from company_helper import on\n@on\ndef hook(): pass\n"
        site.add("lib", {"lib": "lib"}, {"lib": source, "company_helper": helper})
        code = "import snapshot_restore_py\nsnapshot_restore_py.register_after_restore(print)\n"
        hooks = [["hook", "lib"], ["print", None]]
        assert interpreter.run(code + OWNERS, site)[0] == hooks

    @pytest.mark.parametrize("made", ["register_after_restore(make())", "register(make())"])
    @pytest.mark.parametrize("first", ["helper", "lib.late"])
    def test_a_plugins_hook_that_a_module_of_nobodys_made_is_the_plugins(
        self, site, interpreter, made, first
    ):
        modules = {
            "lib": "",
            "lib.snapshot": "def after_restore(): pass\n",
            "lib.late": f"from helper import *\n{made}\n",
            "helper": REG.format("own")
            + "def make():\n    def made(): pass\n    return made\n"
            + "def register(hook): register_after_restore(hook)\n",
        }
        site.add("lib", {"lib": "lib.snapshot"}, modules)
        code = f"import snapshot_restore_py, {first}, helper, lib.late\n" + OWNERS
        hooks = [["made", "lib"], ["after_restore", "lib"], ["own", None]]
        assert interpreter.run(code, site)[0] == hooks

    @pytest.mark.parametrize("late", [False, True])
    def test_what_a_compiled_module_registers_is_its_own(self, site, interpreter, late):
        # A loader's module has no code of its own on the stack, as one written in C has none.
        finder = """
            import importlib.util, sys
            class Finder:
                def find_spec(self, name, path=None, target=None):
                    if name == "lib.compiled":
                        return importlib.util.spec_from_loader(name, self)
                def create_module(self, spec): return None
                def exec_module(self, module):
                    import snapshot_restore_py as s
                    def hook(): pass
                    s.register_after_restore(hook)
            sys.meta_path.insert(0, Finder())
        """
        modules = {"finder": finder, "lib": "", "lib.snapshot": "def after_restore(): pass\n"}
        site.add("lib", {"lib": "lib.snapshot" if late else "lib.compiled"}, modules)
        code = "import finder\nimport snapshot_restore_py\nimport lib.compiled\n" + OWNERS
        hooks = [["hook", "lib"], *([["after_restore", "lib"]] if late else [])]
        assert interpreter.run(code, site)[0] == hooks

    def test_what_strangers_in_a_namespace_of_the_old_style_register_is_explicit(
        self, site, interpreter, tmp_path
    ):
        extended = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
        other = Site(tmp_path / "other")
        site.add("one", {"one": "company.one"}, {"company": extended, "company.one": GOOD})
        other.write({"company": extended, "company.other": REG.format("other")})
        code = "import snapshot_restore_py, company.other\n" + OWNERS
        hooks = [["after_restore", "one"], ["other", None]]
        assert interpreter.run(code, site, other)[0] == hooks

    def test_a_package_without_a_file_that_is_no_namespace_is_the_plugins(self, site, interpreter):
        site.add("lib", {"lib": "lib.snapshot"}, {"lib.snapshot": GOOD, "top.snapshot": GOOD})
        code = f"""
            import importlib.util, os, sys
            class Finder:
                def find_spec(self, name, path=None, target=None):
                    if name == "lib":
                        spec = importlib.util.spec_from_loader(name, self, is_package=True)
                        spec.submodule_search_locations.append({str(site.path / "lib")!r})
                        return spec
                def create_module(self, spec): return None
                def exec_module(self, module): exec({REG.format("shared")!r}, vars(module))
            sys.meta_path.insert(0, Finder())
        """
        code = "\n".join(line[12:] for line in code.splitlines()) + OWNERS
        hooks = [["shared", "lib"], ["after_restore", "lib"]]
        assert interpreter.run(code, site)[0] == hooks

    def test_a_registering_function_of_a_library_leaves_the_handlers_hook_explicit(
        self, site, interpreter
    ):
        source = "import snapshot_restore_py as s\ndef on(f): return s.register_after_restore(f)\n"
        site.add("lib", {"lib": "lib"}, {"lib": source + "def after_restore(): pass\n"})
        hooks = [["after_restore", "lib"], ["print", None]]
        assert interpreter.run("import lib\nlib.on(print)\n" + OWNERS, site)[0] == hooks

    def test_what_a_package_registers_stays_with_the_plugin_that_has_not_failed(
        self, site, interpreter
    ):
        modules = {
            "lib": REG.format("shared"),
            "lib.http": "import not_installed\n",
            "lib.redis": "def after_restore(): pass\n",
        }
        site.add("lib", {"http": "lib.http", "redis": "lib.redis"}, modules)
        code = "import warnings\nwarnings.simplefilter('ignore')\n" + OWNERS
        assert interpreter.run(code, site) == [
            [["shared", "redis"], ["after_restore", "redis"]],
            [["http", "failed"], ["redis", "loaded"]],
        ]

    def test_what_a_package_has_in_common_goes_on_to_a_plugin_further_around(
        self, site, interpreter
    ):
        modules = {
            "lib": "",
            "lib.inner": REG.format("first") + "from . import beside\n",
            "lib.inner.beside": REG.format("second"),
            "lib.inner.http": "1 / 0\n",
            "lib.other": "def after_restore(): pass\n",
        }
        site.add("lib", {"http": "lib.inner.http", "other": "lib.other"}, modules)
        code = "import warnings\nwarnings.simplefilter('ignore')\n" + OWNERS
        hooks = [["first", "other"], ["second", "other"], ["after_restore", "other"]]
        assert interpreter.run(code, site)[0] == hooks

    def test_what_a_package_has_in_common_goes_on_though_its_import_has_failed(
        self, site, interpreter
    ):
        modules = {
            "lib": "import lib.beside, state\nstate.tries += 1\nif state.tries == 1: 1 / 0\n",
            "lib.beside": REG.format("hook"),
            "lib.a": "def after_restore(): pass\n",
            "lib.b": "def after_restore(): pass\n",
            "state": "tries = 0\n",
        }
        site.add("lib", {"a": "lib.a", "b": "lib.b"}, modules)
        code = "import warnings\nwarnings.simplefilter('ignore')\n" + OWNERS
        hooks = [["hook", "b"], ["after_restore", "b"]]
        assert interpreter.run(code, site)[0] == hooks

    def test_what_a_failed_plugin_leaves_stays_in_order(self, site, interpreter):
        modules = {
            "lib": REG.format("first") + "@register_after_restore\ndef second(): pass\n",
            "lib.http": "1 / 0\n",
        }
        site.add("a", {"a": "a"}, {"a": "def after_restore(): pass\n"})
        site.add("lib", {"http": "lib.http"}, modules)
        code = "import warnings\nwarnings.simplefilter('ignore')\n" + OWNERS
        hooks = [["after_restore", "a"], ["first", None], ["second", None]]
        assert interpreter.run(code, site)[0] == hooks

    def test_the_warning_says_which_hooks_stay(self, site, interpreter):
        modules = {"lib": REG.format("shared"), "lib.snapshot": "1 / 0\n"}
        site.add("lib", {"lib": "lib.snapshot"}, modules)
        result = interpreter.start("import snapshot_restore_py", site)
        assert "registered while it was imported: shared. The cause: ZeroDivisionError" in (
            result.stderr
        )

    def test_an_exception_that_cannot_tell_its_text_ends_nothing(self, site, interpreter):
        source = "class E(Exception):\n  def __str__(self): raise SystemExit(3)\n"
        source += "  def __eq__(self, other): raise SystemExit(4)\nraise E from E()\n"
        site.add("lib", {"lib": "lib"}, {"lib": source})
        result = interpreter.start("import snapshot_restore_py; print('goes on')", site)
        assert result.stdout == "goes on\n"
        assert "are registered: E" in result.stderr

    def test_the_names_of_hooks_that_stay_are_told_though_one_cannot_tell_its_own(
        self, site, interpreter
    ):
        source = """
            import snapshot_restore_py as s
            from unittest import mock
            class Unbound:
                def __getattribute__(self, name): raise RuntimeError("unbound")
                def __call__(self): pass
            s.register_after_restore(mock.call)
            s.register_after_restore(Unbound())
        """
        site.add("lib", {"lib": "lib.snapshot"}, {"lib": source, "lib.snapshot": "1 / 0"})
        result = interpreter.start("import snapshot_restore_py; print('goes on')", site)
        assert result.stdout == "goes on\n"
        assert "registered while it was imported: a hook. The cause" in result.stderr

    def test_an_interrupt_at_any_line_and_a_second_try_lose_no_hook(self, site, interpreter):
        for name in ("a", "b"):
            source = REG.format("hook") + "def before_snapshot(): pass\n"
            site.add(name, {name: name}, {name: source + "def after_restore(): pass\n"})
        assert interpreter.run(INTERRUPTED, site, options=("-S",)) == []

    def test_an_interrupted_import_goes_on_where_it_stopped(self, site, interpreter):
        source = REG.format("hook") + "import settings\nif not settings.ready:\n"
        source += "  settings.ready = True\n  raise KeyboardInterrupt\ndef after_restore(): pass\n"
        site.add("a", {"a": "a"}, {"a": "def after_restore(): pass\n"})
        site.add("b", {"b": "b"}, {"b": source, "settings": "ready = False\n"})
        code = "try:\n    import snapshot_restore_py\nexcept KeyboardInterrupt: pass\n" + OWNERS
        hooks = [["after_restore", "a"], ["hook", "b"], ["after_restore", "b"]]
        assert interpreter.run(code, site) == [hooks, [["a", "loaded"], ["b", "loaded"]]]

    def test_a_module_run_as_a_program_has_its_hooks_once(self, site, interpreter):
        source = REG.format("once") + "if __name__ == '__main__':\n"
        source += "    import snapshot_restore_py as s\n"
        source += "    print([one[0].__name__ for one in s.get_after_restore()])\n"
        site.add("lib", {"lib": "lib"}, {"lib": source})
        assert interpreter.launch(["-m", "lib"], site).stdout == "['once']\n"

    @pytest.mark.parametrize("provider", ["", "from . import tool\n"])
    @pytest.mark.parametrize("library", ["", "import snapshot_restore_py\n"])
    def test_a_module_inside_a_plugin_that_is_the_program_has_its_hooks_once(
        self, site, interpreter, library, provider
    ):
        source = REG.format("once") + "if __name__ == '__main__':\n"
        source += "    import snapshot_restore_py as s\n"
        source += "    print([[h[0].__name__, h.plugin.name] for h in s.get_after_restore()])\n"
        modules = {"lib": library, "lib.tool": source, "lib.snapshot": provider + GOOD}
        site.add("lib", {"lib": "lib.snapshot"}, modules)
        hooks = [["once", "lib"], ["after_restore", "lib"]]
        assert interpreter.launch(["-m", "lib.tool"], site).stdout == f"{hooks}\n"

    @pytest.mark.parametrize("first", ["", "import snapshot_restore_py\n"])
    def test_hooks_of_a_file_that_a_library_runs_without_importing_it_stay(
        self, site, interpreter, first
    ):
        source = """
            import snapshot_restore_py
            from importlib.util import module_from_spec, spec_from_file_location
            spec = spec_from_file_location("lib.hooks", __file__[:-11] + "hooks.py")
            spec.loader.exec_module(module_from_spec(spec))
        """
        modules = {"lib": source, "lib.hooks": REG.format("hook"), "lib.snapshot": GOOD}
        site.add("lib", {"lib": "lib.snapshot"}, modules)
        hooks = [["hook", "lib"], ["after_restore", "lib"]]
        assert interpreter.run(first + "import lib\n" + OWNERS, site)[0] == hooks

    def test_a_plugin_without_a_hook_is_loaded_once_a_module_inside_it_registers_one(
        self, site, interpreter
    ):
        modules = {"lib": "", "lib.snapshot": "", "lib.client": REG.format("close")}
        site.add("lib", {"lib": "lib.snapshot"}, modules)
        code = """
            import warnings
            warnings.simplefilter("ignore")
            import snapshot_restore_py as s
            before = [plugin.status for plugin in s.plugins()]
            import lib.client
            report([before, [[p.status, names(p.after_restore)] for p in s.plugins()]])
        """
        assert interpreter.run(code, site) == [["failed"], [["loaded", ["close"]]]]

    @pytest.mark.parametrize("kind", ["", "async "])
    @pytest.mark.parametrize("first", ["", "import plain\n"])
    def test_a_function_decorated_in_a_module_of_nobodys_is_the_plugins_once(
        self, site, interpreter, kind, first
    ):
        source = "from snapshot_restore_py import *\n"
        source += f"@register_after_restore\n{kind}def after_restore(): pass\n"
        source += "@register_after_restore\ndef other(): pass\n"
        site.write({"plain": source})
        site.add("lib", {"lib": "lib"}, {"lib": "from plain import after_restore"})
        code = (
            first
            + """
            import snapshot_restore_py as s
            report([[h[0].__name__, h.plugin and h.plugin.name] for h in s.get_after_restore()])
        """
        )
        code = "\n".join(line.strip() for line in code.splitlines())
        assert interpreter.run(code, site) == [["after_restore", "lib"], ["other", None]]

    @pytest.mark.parametrize(
        "way",
        [
            "helper.on_restore(hook)",
            "exec('import snapshot_restore_py; snapshot_restore_py.register_after_restore(hook)')",
            "exec('s.register_after_restore(hook)', {'s': s, 'hook': hook})",
            "thread(target=work)",
            "pool.submit(work).result()",
            # Nothing tells whose the thread is that calls the registration itself.
            "stays = pool.submit(s.register_after_restore, hook).result()",
        ],
    )
    def test_a_failing_plugin_is_undone_by_whatever_way_it_registered(self, site, interpreter, way):
        helper = "import snapshot_restore_py as s\ndef on_restore(f): s.register_after_restore(f)\n"
        source = f"""
            import helper, threading
            import snapshot_restore_py as s
            from concurrent.futures import ThreadPoolExecutor
            pool = ThreadPoolExecutor(1)
            def thread(**arguments):
                one = threading.Thread(**arguments)
                one.start()
                one.join()
            def hook(): pass
            def work():
                s.register_after_restore(hook)
            {way}
            1 / 0
        """
        site.add("lib", {"lib": "lib"}, {"lib": source})
        site.write({"helper": helper})
        code = "import snapshot_restore_py as s\nprint(names(s.get_after_restore()))"
        result = interpreter.start("names = lambda hs: [h[0].__name__ for h in hs]\n" + code, site)
        stays = way.startswith("stays")
        told = (
            "hooks are undone; these stay, which" if stays else "none of its hooks are registered"
        )
        assert told in result.stderr
        assert ("while it was imported: hook. The cause" in result.stderr) == stays
        assert result.stdout == ("['hook']\n" if stays else "[]\n")

    def test_a_method_that_is_decorated_and_offered_is_there_once(self, site, interpreter):
        source = """
            from snapshot_restore_py import *
            class Pool:
                def after_restore(self): pass
                def other(self): pass
            pool = Pool()
            register_after_restore(pool.after_restore)
            register_after_restore(pool.other)
            register_after_restore(pool.after_restore, "with arguments")
        """
        site.add("lib", {"lib": "lib:pool"}, {"lib": source})
        assert interpreter.run(STATUS, site) == [
            ["lib", "loaded", [], ["after_restore", "other", "after_restore"]]
        ]

    def test_odd_things_in_the_lists_do_not_disturb_the_undoing_of_a_plugin(
        self, site, interpreter
    ):
        modules = {
            "lib": REG.format("shared"),
            "lib.good": "from plain import *\n",
            "plain": GOOD,
            "lib.bad": "import snapshot_restore_py as s\n"
            "s._after_restore_registry[:] = ['odd']\n1/0",
        }
        site.add("lib", {"bad": "lib.bad", "good": "lib.good"}, modules)
        code = """
            import warnings
            warnings.simplefilter("ignore")
            import snapshot_restore_py as s
            report([p.status for p in s.plugins()])
        """
        assert interpreter.run(code, site) == ["failed", "loaded"]

    def test_code_that_runs_under_a_modules_name_is_not_its_import(self, site, interpreter):
        site.add("lib", {"lib": "lib.snapshot"}, {"lib": "", "lib.snapshot": GOOD})
        code = """
            import lib
            exec("import snapshot_restore_py", {"__name__": "lib"})
            report([p.status for p in __import__("snapshot_restore_py").plugins()])
        """
        assert interpreter.run(code, site) == ["loaded"]

    def test_public_names_are_listed_and_others_are_errors(self, interpreter):
        code = """
            import snapshot_restore_py as s
            missing = {"Hook", "Plugin", "PluginError", "PluginWarning", "plugins"} - set(dir(s))
            from snapshot_restore_py import *
            stars = [name for name in globals() if name.startswith("register")]
            report([sorted(missing), stars, hasattr(s, "Plugins"), s.PluginError.__module__])
        """
        assert interpreter.run(code) == [
            [],
            ["register_after_restore", "register_before_snapshot"],
            False,
            "snapshot_restore_py",
        ]
