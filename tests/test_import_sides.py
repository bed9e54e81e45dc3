"""Whichever side is imported first, the library or this package: the result is the same."""

from __future__ import annotations

import os

import pytest

from tests.conftest import zip_up

REGISTER = "from snapshot_restore_py import *\nregister_after_restore({})\n"
RESULT = """
from snapshot_restore_py import get_after_restore, plugins
report([
    [[hook[0].__name__, hook.plugin and hook.plugin.name] for hook in get_after_restore()],
    [[plugin.name, plugin.status] for plugin in plugins()],
])
"""
LAYOUTS = {
    "the library's module is the provider": (
        "lib",
        {"lib": "import snapshot_restore_py\ndef after_restore(): pass\n"},
    ),
    "the library registers by decorator": ("lib", {"lib": REGISTER.format("abs")}),
    "the library imports the package at its first line and its provider imports it back": (
        "lib.snapshot",
        {
            "lib": REGISTER.format("abs") + "class Client: pass\n",
            "lib.snapshot": "from lib import Client\n"
            + REGISTER.format("len")
            + "def after_restore(): Client\n",
        },
    ),
    "the provider uses an attribute of the library at its import": (
        "lib.snapshot",
        {
            "lib": "import snapshot_restore_py\nfrom . import snapshot\nvalue = 1\n",
            "lib.snapshot": "import lib\nvalue = lib.__dict__['value'] if 0 else 1\n"
            "def after_restore(): pass\n",
        },
    ),
    "the provider needs a value that the library sets last": (
        "lib.snapshot",
        {
            "lib": "import snapshot_restore_py\nvalue = 1\n",
            "lib.snapshot": "import lib\nvalue = lib.value\ndef after_restore(): pass\n",
        },
    ),
    "the provider looks into a table that the library fills": (
        "lib.snapshot",
        {
            "lib": "table = {}\nimport snapshot_restore_py\ntable['x'] = 1\n",
            "lib.snapshot": "from lib import table\ntable['x']\ndef after_restore(): pass\n",
        },
    ),
    "the provider calls a function of the library": (
        "lib.snapshot",
        {
            "lib": "def value(): return ready\nimport snapshot_restore_py\nready = 1\n",
            "lib.snapshot": "from lib import value\nvalue()\ndef after_restore(): pass\n",
        },
    ),
    "the provider turns the import error into another one": (
        "lib.snapshot",
        {
            "lib": "import snapshot_restore_py\nvalue = 1\n",
            "lib.snapshot": "try:\n    from lib import value\nexcept ImportError:\n"
            "    raise RuntimeError('lib is broken') from None\ndef after_restore(): pass\n",
        },
    ),
    "a module inside the provider has registered before the provider fails": (
        "lib.snapshot",
        {
            "lib": "import snapshot_restore_py\nvalue = 1\n",
            "lib.snapshot": "from . import inner\n"
            + REGISTER.format("abs")
            + "from lib import value\nfrom . import second\n",
            "lib.snapshot.inner": REGISTER.format("len"),
            "lib.snapshot.second": REGISTER.format("max"),
        },
    ),
    "the provider is an object that the library makes last": (
        "lib:provider",
        {
            "lib": "import snapshot_restore_py\nclass Provider:\n"
            "    def after_restore(self): pass\nprovider = Provider()\n"
        },
    ),
    "the provider is a module that is an attribute of another": (
        "front:lib",
        {
            "lib": "import snapshot_restore_py\ndef after_restore(): pass\n",
            "front": "import lib\n",
        },
    ),
    "the provider needs another module that imports the package": (
        "provider",
        {
            "lib": "import snapshot_restore_py\nvalue = 1\n",
            "provider": "from lib import value\ndef after_restore(): pass\n",
        },
    ),
}
# What stands in the middle of several plugins, so that a wrong place shows.
NEIGHBOUR = "def {0}(): pass\nafter_restore = {0}\n"


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip file"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_hooks_are_the_same_on_whichever_side_the_imports_begin(
    site, interpreter, tmp_path, layout, zipped
):
    value, modules = LAYOUTS[layout]
    site.add("m-lib", {"lib": value}, modules)
    site.add("a-lib", {"a": "a"}, {"a": NEIGHBOUR.format("a")})
    site.add("z-lib", {"z": "z"}, {"z": NEIGHBOUR.format("z")})
    place: object = site
    if zipped:
        place = tmp_path / "site.zip"
        zip_up(site.path, place)
    explicit = "from snapshot_restore_py import *\nregister_after_restore(print)\n"
    package_first = interpreter.run(explicit + "import lib\n" + RESULT, place)
    library_first = interpreter.run("import lib\n" + explicit + RESULT, place)
    assert library_first == package_first
    hooks, statuses = package_first
    assert statuses == [["a", "loaded"], ["lib", "loaded"], ["z", "loaded"]]
    assert [plugin for _, plugin in hooks] == ["a", *["lib"] * (len(hooks) - 3), "z", None]
    assert len(hooks) > 3


def test_an_exception_that_is_its_own_cause_holds_nothing_up(site, interpreter):
    modules = {
        "lib": "import snapshot_restore_py\n",
        "lib.snapshot": "error = OSError('loop')\nerror.__cause__ = other = OSError()\n"
        "other.__cause__ = error\nraise error\n",
    }
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    result = interpreter.start(
        "import lib, snapshot_restore_py as s; s.plugins(); print('goes on')", site
    )
    assert result.stdout == "goes on\n"
    assert "PluginWarning" in result.stderr


def test_a_plugin_that_needs_a_waiting_one_waits_too(site, interpreter):
    value, modules = LAYOUTS["the provider needs a value that the library sets last"]
    site.add("a-lib", {"lib": value}, modules)
    source = "import lib.snapshot\nfrom lib.snapshot import value\ndef after_restore(): pass\n"
    site.add("b-lib", {"b": "b"}, {"b": source})
    hooks, statuses = interpreter.run("import lib\n" + RESULT, site)
    assert statuses == [["lib", "loaded"], ["b", "loaded"]]
    assert hooks == [["after_restore", "lib"], ["after_restore", "b"]]


@pytest.mark.parametrize(
    "reading",
    [
        "get_before_snapshot",
        "get_after_restore",
        "plugins",
        "run_before_snapshot",
        "run_after_restore",
    ],
)
def test_a_waiting_plugin_is_completed_when_the_registry_is_first_read(site, interpreter, reading):
    modules = {
        "lib": "import snapshot_restore_py\nvalue = 1\n",
        "lib.snapshot": "from lib import value\ndef after_restore(): pass\n",
    }
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    code = f"""
        import lib
        import snapshot_restore_py, sys
        before = "lib.snapshot" in sys.modules
        snapshot_restore_py.{reading}()
        report([before, names(snapshot_restore_py._after_restore_registry)])
    """
    assert interpreter.run(code, site) == [False, ["after_restore"]]


BROKEN_LATER = {
    "lib": "import snapshot_restore_py\nvalue = 1\n",
    "lib.snapshot": "from lib import value\nprint('tried')\n1 / 0\n",
}


def test_a_waiting_plugin_that_still_fails_is_reported_then(site, interpreter):
    site.add("lib", {"lib": "lib.snapshot"}, BROKEN_LATER)
    code = """
        import lib, snapshot_restore_py
        print("imported", flush=True)
        snapshot_restore_py.get_after_restore()
        snapshot_restore_py.get_after_restore()
        print([(plugin.status, plugin.error) for plugin in snapshot_restore_py.plugins()])
    """
    result = interpreter.start(code, site)
    assert result.stdout == (
        "imported\ntried\n[('failed', ZeroDivisionError('division by zero'))]\n"
    )
    assert result.stderr.startswith("<string>:4: PluginWarning: plugin 'lib' of lib 1.0")
    assert result.stderr.count("PluginWarning") == 1


def test_in_strict_mode_it_is_an_error_of_the_first_read(site, interpreter):
    site.add("lib", {"lib": "lib.snapshot"}, BROKEN_LATER)
    code = """
        import lib, snapshot_restore_py
        try:
            snapshot_restore_py.get_before_snapshot()
        except snapshot_restore_py.PluginError as error:
            report([error.name, repr(error.__cause__)])
    """
    env = {"SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"}
    expected = ["lib", "ZeroDivisionError('division by zero')"]
    assert interpreter.run(code, site, env=env) == expected


def test_a_plugin_that_is_broken_in_itself_does_not_wait(site, interpreter):
    broken = "print('tried')\ntry:\n    1 / 0\nexcept ArithmeticError as error:\n"
    broken += "    raise ValueError from error\n"
    site.add("lib", {"lib": "broken"}, {"broken": broken, "handler": ""})
    site.write({"handler": "import snapshot_restore_py\nprint('handler goes on')\n"})
    result = interpreter.start("import handler", site)
    assert result.stdout == "tried\nhandler goes on\n"
    assert "PluginWarning" in result.stderr
    env = {"SNAPSHOT_RESTORE_PLUGINS_STRICT": "1"}
    assert interpreter.start("import handler", site, env=env).stdout == "tried\n"


def test_reading_in_the_middle_of_the_library_lets_the_plugin_wait_on(site, interpreter):
    modules = {
        "lib": "import snapshot_restore_py as s\n"
        "early = [(p.name, p.status) for p in s.plugins()]\nvalue = 1\n",
        "lib.snapshot": "from lib import value\ndef after_restore(): pass\n",
    }
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    code = "import lib\nimport snapshot_restore_py as s\n"
    code += "report([lib.early, names(s.get_after_restore())])"
    assert interpreter.run(code, site) == [[["lib", "failed"]], ["after_restore"]]


def test_a_plugin_may_read_the_registry_while_it_is_loaded(site, interpreter):
    source = "import snapshot_restore_py as s\nseen = [p.name for p in s.plugins()]\n"
    source += "s.get_after_restore()\ndef after_restore(): pass\n"
    site.add("a", {"a": "a"}, {"a": source})
    site.add("b", {"b": "b"}, {"b": NEIGHBOUR.format("b")})
    code = "import snapshot_restore_py as s, a\nreport([a.seen, names(s.get_after_restore())])"
    assert interpreter.run(code, site) == [["a", "b"], ["after_restore", "b"]]


def test_a_library_whose_import_failed_before_leaves_no_stale_hook(site, interpreter):
    source = REGISTER.format("abs") + "import settings\nif not settings.ready: 1 / 0\n"
    site.add("lib", {"lib": "lib"}, {"lib": source, "settings": "ready = False"})
    code = """
        import settings
        try:
            import lib
        except ZeroDivisionError:
            settings.ready = True
        from snapshot_restore_py import get_after_restore, plugins
        report([names(get_after_restore()), [plugin.status for plugin in plugins()]])
    """
    assert interpreter.run(code, site) == [["abs"], ["loaded"]]


def test_a_half_imported_lazy_module_is_left_alone(site, interpreter):
    modules = {
        "lazy": "raise SystemExit('a lazy module was imported')",
        "lib": "import snapshot_restore_py\nvalue = 1\n",
        "lib.snapshot": "from lib import value\ndef after_restore(): pass\n",
    }
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    code = """
        import importlib.util, sys
        spec = importlib.util.find_spec("lazy")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        sys.modules["lazy"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        import lib, snapshot_restore_py
        report(names(snapshot_restore_py.get_after_restore()))
    """
    assert interpreter.run(code, site) == ["after_restore"]


SILENT = {
    "an import error that is caught": (
        "import snapshot_restore_py\nvalue = 1\n",
        "try:\n    from lib import value\nexcept ImportError:\n    value = None\n"
        "def before_snapshot(): pass\nif value: after_restore = print\n",
    ),
    "a question for an attribute": (
        "import snapshot_restore_py\nvalue = 1\n",
        "import lib\ndef before_snapshot(): pass\n"
        "if hasattr(lib, 'value'): after_restore = print\n",
    ),
    "a value that is filled in later": (
        "pool = None\nimport snapshot_restore_py\npool = print\n",
        "from lib import pool\ndef before_snapshot(): pass\nif pool: after_restore = pool\n",
    ),
}


for looks in (
    "'value' in vars(lib)",
    "'value' in dir(lib)",
    "getattr(lib, '__version__', '')",
):
    SILENT[f"a question by importlib: {looks}"] = (
        "import snapshot_restore_py\nvalue = 1\n__version__ = '1'\n",
        "from importlib import import_module\nlib = import_module('lib')\n"
        f"def before_snapshot(): pass\nif {looks}: after_restore = print\n",
    )


@pytest.mark.parametrize("provider", ["lib.snapshot", "addon"])
@pytest.mark.parametrize("kind", SILENT)
def test_a_provider_never_sees_half_of_a_library(site, interpreter, kind, provider):
    library, source = SILENT[kind]
    site.add("lib", None, {"lib": library, "lib.other": ""})
    site.add("m-lib", {"lib": provider}, {provider: source})
    (site.path / "lib/__init__.py").write_text(library)
    both = ["print"], [["lib", "loaded"]]
    hooks, statuses = interpreter.run("import lib\n" + RESULT, site)
    assert ([name for name, _ in hooks], statuses) == both


def test_all_threads_see_the_complete_registry(site, interpreter):
    modules = {
        "lib": "import snapshot_restore_py\n",
        "lib.snapshot": "import threading, snapshot_restore_py as s\n"
        "inner = threading.Thread(target=s.get_after_restore)\ninner.start()\ninner.join()\n"
        "def after_restore(): pass\n",
    }
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    code = """
        import threading, lib, snapshot_restore_py as s
        seen, barrier = [], threading.Barrier(4)
        def read():
            barrier.wait()
            seen.append(len(s.get_after_restore()))
        threads = [threading.Thread(target=read) for _ in range(4)]
        for one in threads: one.start()
        for one in threads: one.join()
        report(seen)
    """
    assert interpreter.run(code, site) == [1, 1, 1, 1]


REFUSES_A_SECOND_TIME = """
names = []
def declare(name):
    assert not names
    names.append(name)
"""
ADDON = """
import metrics
metrics.declare("restores")
import lib
lib.value
def after_restore(): pass
"""


@pytest.mark.parametrize("zipped", [False, True], ids=["folder", "zip file"])
@pytest.mark.parametrize(
    ("name", "requires"),
    [("lib", ("Lib>=1",)), ("lib", ("between",)), ("other-name", ("other_name",))],
    ids=["by name", "through a chain", "by its files"],
)
def test_a_plugin_is_not_tried_before_what_it_requires_is_complete(
    site, interpreter, tmp_path, name, requires, zipped
):
    modules = {"lib": "import snapshot_restore_py\nvalue = 1\n", "metrics": REFUSES_A_SECOND_TIME}
    metadata = site.add(name, None, modules)
    (metadata / "RECORD").write_text("lib.py,,\nmetrics.py,,\n")
    site.add("between", None, requires=("lib",))
    site.add("addon", {"addon": "addon"}, {"addon": ADDON}, requires=requires)
    place: object = site
    if zipped:
        place = tmp_path / "site.zip"
        zip_up(site.path, place)
    result = interpreter.run("import lib\n" + RESULT, place)
    assert result == [[["after_restore", "addon"]], [["addon", "loaded"]]]


def test_the_handler_being_imported_holds_no_plugin_up(site, interpreter):
    site.add("addon", {"addon": "addon"}, {"addon": NEIGHBOUR.format("addon")})
    site.write({"app": "import snapshot_restore_py as s\nearly = len(s._after_restore_registry)\n"})
    code = "import app\nreport(app.early)"
    assert interpreter.run(code, site, env={"_HANDLER": "app.handler"}) == 1
    assert interpreter.run(code, site) == 1


def test_a_compiled_module_being_imported_is_unfinished_too(site, interpreter):
    # A loader's module has no code of its own on the stack, as one written in C has none.
    finder = """
        import importlib.util, sys
        class Finder:
            def find_spec(self, name, path=None, target=None):
                return importlib.util.spec_from_loader(name, self) if name == "lib" else None
            def create_module(self, spec):
                return None
            def exec_module(self, module):
                import snapshot_restore_py
                module.value = 1
        sys.meta_path.insert(0, Finder())
        import lib
    """
    source = "try:\n    from lib import value\nexcept ImportError:\n    raise SystemExit\n"
    site.add("addon", {"addon": "addon"}, {"addon": source + "def after_restore(): pass\n"})
    result = interpreter.run(
        "\n".join(line[8:] for line in finder.splitlines()) + "\n" + RESULT, site
    )
    assert result == [[["after_restore", "addon"]], [["addon", "loaded"]]]


def test_a_package_that_was_imported_too_early_is_imported_anew_as_a_whole(site, interpreter):
    site.add("app", None, {"app": "import snapshot_restore_py\nvalue = 1\n"})
    modules = {
        "lib": "import lib.client\nlib.client.value\nimport app\n",
        "lib.client": "value = 1\nfrom snapshot_restore_py import *\n"
        "@register_after_restore\ndef hook(): pass\n",
        "addon": "import lib\ndef after_restore(): pass\n",
    }
    site.add("addon", {"addon": "addon"}, modules)
    code = """
        import app, snapshot_restore_py as s
        report([[h[0].__name__, bool(h.plugin)] for h in s.get_after_restore()])
    """
    assert interpreter.run(code, site) == [["after_restore", True], ["hook", False]]


APP = "import snapshot_restore_py\nvalue = 1\n"
ODD = {
    "a thread of the provider looks": (
        APP,
        "import sys, threading\nseen = []\n"
        "thread = threading.Thread(target=lambda: seen.append(sys.modules['app'].__name__))\n"
        "other = threading.Thread(target=lambda: getattr(sys.modules['app'], 'value', None))\n"
        "thread.start(), other.start(), thread.join(), other.join()\n",
        1,
    ),
    "the provider replaces the import": (
        APP,
        "import builtins\nreal = builtins.__import__\n"
        "builtins.__import__ = lambda *args, **kwargs: real(*args, **kwargs)\n",
        1,
    ),
    "an object in place of a module": (
        "import sys, types\nsys.modules[__name__] = types.SimpleNamespace(value=1)\n" + APP,
        "import sys\nsys.modules['app'].value\n",
        1,
    ),
    "a module taken out": (
        APP,
        "import sys\nnames = [*sys.modules]\ndel sys.modules[names[names.index(__name__) - 1]]\n",
        1,
    ),
    "the provider gives the module a class": (
        APP + "app = __import__(__name__)\nassert type(app).__name__ == 'Odd'\n",
        "import sys, types\nclass Odd(types.ModuleType): pass\n"
        "sys.modules['app'].__class__ = Odd\n",
        1,
    ),
    "a name in sys.modules": (
        APP,
        "import sys\nprint(end='tried ')\nassert hasattr(sys.modules['app'], 'value')\n",
        2,
    ),
    "a function of the library in a table": (
        "import table\ndef get(): return ready\ntable.get = get\n" + APP + "ready = True\n",
        "import table\nprint(end='tried ')\nassert table.get()\n",
        2,
    ),
    "a class of the library in a table": (
        "import table\nclass C: pass\ntable.kind = C\n" + APP + "C.value = 1\n",
        "from table import kind\nprint(end='tried ')\nkind.value\n",
        2,
    ),
    "the library's own table": (
        "import table\nowned = table.owned = {}\n" + APP + "owned['a'] = 1\n",
        "from table import owned\nprint(end='tried ')\nowned['a']\n",
        2,
    ),
    "an error behind another one": (
        "import table\nowned = table.owned = {}\n" + APP + "owned['a'] = 1\n",
        "import table\nprint(end='tried ')\nfrom helper import look\n"
        "try:\n    look()\nexcept KeyError as error:\n    raise ValueError from error\n",
        2,
    ),
}


@pytest.mark.parametrize("first", ["", "import snapshot_restore_py\n"])
def test_what_has_imported_a_module_that_was_imported_too_early_is_imported_anew_too(
    site, interpreter, first
):
    modules = {
        "app": "import snapshot_restore_py\nclass Client: pass\n",
        "helper": "import os.path\ntry:\n    from app import Client\n"
        "except ImportError:\n    Client = None\n",
        "second": "from helper import Client\n",
        "third": "from package import inner\nhas = inner.Client is not None\n",
        "package": "",
        "package.inner": "from second import Client\n",
        "unconcerned": "import os.path, metrics\nmetrics.declare('once')\n",
        "metrics": REFUSES_A_SECOND_TIME,
    }
    source = "import package, unconcerned, helper, second, package.inner, third\n"
    source += "if third.has:\n    def after_restore(): pass\n"
    site.write(modules)
    site.add("addon", {"addon": "addon"}, {"addon": source})
    result = interpreter.run(first + "import app\n" + RESULT, site)
    assert result == [[["after_restore", "addon"]], [["addon", "loaded"]]]


@pytest.mark.parametrize("first", ["", "import snapshot_restore_py\n"])
def test_a_providers_function_that_the_handler_registers_too_is_there_twice(
    site, interpreter, first
):
    source = "def after_restore(): pass\n"
    modules = {"lib": "import snapshot_restore_py\n", "lib.snapshot": source}
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    code = "import lib, snapshot_restore_py as s\nfrom lib.snapshot import after_restore\n"
    code += "s.register_after_restore(after_restore)\n"
    hooks = [["after_restore", "lib"], ["after_restore", None]]
    assert interpreter.run(first + code + RESULT, site) == [hooks, [["lib", "loaded"]]]


def test_a_module_that_reads_the_registry_while_another_thread_completes_it(site, interpreter):
    modules = {
        "lib": "import snapshot_restore_py\n",
        "lib.inner": "import events, snapshot_restore_py\nevents.inner.set()\n"
        "events.loading.wait()\nseen = len(snapshot_restore_py.get_after_restore())\n",
        "lib.snapshot": "import events\nevents.loading.set()\nimport lib.inner\n"
        "def after_restore(): pass\n",
        "events": "import threading\ninner, loading = threading.Event(), threading.Event()\n",
    }
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    code = """
        import lib, events, importlib, sys, threading, snapshot_restore_py as s
        thread = threading.Thread(target=importlib.import_module, args=["lib.inner"])
        thread.start()
        events.inner.wait()
        seen = len(s.get_after_restore())
        thread.join()
        report([seen, sys.modules["lib.inner"].seen])
    """
    assert interpreter.run(code, site) == [1, 0]


def test_a_provider_may_wait_for_a_thread_that_imports_the_package(site, interpreter):
    modules = {
        "lib": "",
        "lib.inner": REGISTER.format("abs"),
        "lib.snapshot": "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor(1) as pool:\n"
        "    pool.submit(__import__, 'lib.inner').result()\n"
        "def after_restore(): pass\n",
    }
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    hooks = [["abs", "lib"], ["after_restore", "lib"]]
    assert interpreter.run(RESULT, site) == [hooks, [["lib", "loaded"]]]


def test_a_thread_that_reads_while_plugins_are_loaded_waits_for_their_end(site, interpreter):
    modules = {
        "a": "import events\nevents.loading.set()\nevents.reading.wait()\n" + NEIGHBOUR.format("a"),
        "b": NEIGHBOUR.format("b"),
        "events": "import threading\nloading, reading = [threading.Event() for _ in 'ab']\n",
    }
    site.add("lib", {"a": "a", "b": "b"}, modules)
    code = """
        import events, threading
        seen = []
        def read():
            events.loading.wait()
            import snapshot_restore_py as s
            events.reading.set()
            seen.append(len(s.get_after_restore()))
        thread = threading.Thread(target=read)
        thread.start()
        import snapshot_restore_py
        thread.join()
        report(seen)
    """
    assert interpreter.run(code, site) == [2]


LOADING = "import events\nevents.loading.set()\nevents.begun.wait()\n"
BEGUN = "import events\nevents.begun.set()\nimport snapshot_restore_py\n"


@pytest.mark.parametrize(
    ("library", "provider"),
    [
        ("class Client: pass\n", "from lib import Client\n"),
        ("value = 1\n", "import lib\nlib.value\n"),
    ],
)
def test_a_library_that_another_thread_imports_meanwhile(site, interpreter, library, provider):
    site.add("a", {"a": "a"}, {"a": LOADING + NEIGHBOUR.format("a")})
    modules = {"lib": BEGUN + library, "lib.snapshot": provider + NEIGHBOUR.format("b")}
    site.add("lib", {"lib": "lib.snapshot"}, modules)
    site.write({"events": "import threading\nloading, begun = [threading.Event() for _ in 'ab']"})
    code = """
import events, threading
def work():
    events.loading.wait()
    import lib
thread = threading.Thread(target=work)
thread.start()
import snapshot_restore_py
thread.join()
"""
    hooks = [["a", "a"], ["b", "lib"]]
    result = interpreter.run(code + RESULT, site)
    assert result == [hooks, [["a", "loaded"], ["lib", "loaded"]]]


@pytest.mark.parametrize("oddity", ODD)
def test_a_plugin_that_nothing_told_to_wait_is_loaded_in_the_end(site, interpreter, oddity):
    app, provider, tries = ODD[oddity]
    helper = "from table import owned\ndef look():\n    mine = owned\n    return mine['a']\n"
    site.write({"app": app, "table": "", "helper": helper})
    if "tried" not in provider:
        provider += "print(end='tried ')\n"
    site.add("addon", {"addon": "addon"}, {"addon": provider + "def after_restore(): pass\n"})
    code = "import app, snapshot_restore_py as s\n"
    code += "print([[p.name, p.status, len(p.after_restore)] for p in s.plugins()])"
    result = interpreter.start(code, site)
    assert result.stdout == "tried " * tries + "[['addon', 'loaded', 1]]\n", result.stderr


def test_a_list_of_files_that_cannot_be_read_holds_no_plugin_up(site, interpreter):
    folder = site.add("addon", {"addon": "addon"}, {"addon": "def after_restore(): pass\n"})
    (folder / "RECORD").unlink(missing_ok=True)
    os.mkfifo(folder / "RECORD")
    site.write({"app": "import snapshot_restore_py\n"})
    code = "import app, snapshot_restore_py as s\nreport([[p.name, p.status] for p in s.plugins()])"
    assert interpreter.run(code, site) == [["addon", "loaded"]]


def test_hostile_objects_on_the_way_of_an_exception_are_asked_for_nothing(site, interpreter):
    source = """
        class Meta(type):
            def __getattribute__(self, name): raise RuntimeError(name)
        class Odd(metaclass=Meta): pass
        class Unbound:
            def __getattribute__(self, name): raise RuntimeError("unbound")
        class Hostile(Exception):
            def __bool__(self): raise SystemExit(3)
            def __eq__(self, other): raise SystemExit(4)
            def __str__(self): raise SystemExit(5)
        unbound = Unbound()
        raise Hostile from Hostile()
    """
    site.write({"lib": "import snapshot_restore_py\nready = True\n"})
    site.add("other", {"other": "other"}, {"other": source})
    code = "import lib, snapshot_restore_py as s\nprint(s.plugins()[0].status)"
    assert interpreter.start(code, site).stdout == "failed\n"
