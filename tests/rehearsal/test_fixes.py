"""The code that a finding shows, pasted where it says: the finding goes away."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import textwrap
import zipfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.conftest import ROOT
from tests.rehearsal.command import LIMIT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Site
    from tests.rehearsal.command import Functions
    from tests.rehearsal.peer import Peer

HANDLER = "\n\ndef handler(event, context):\n    return {}\n"
VALUES = {
    "a name": "import uuid\nRUN = uuid.uuid4().hex",
    "a name with a type": "import uuid\nRUN: str = uuid.uuid4().hex",
    "one of two names": "import uuid\nleft, RUN = 1, uuid.uuid4().hex",
    "a name in a condition": "import uuid\ntry:\n    RUN = uuid.uuid4().hex\nfinally:\n    pass",
    "an attribute of an object": (
        "import uuid\nclass Client:\n    def __init__(self):\n        self.id = uuid.uuid4().hex\n"
        "client = Client()\nkept = [client]"
    ),
    "an attribute made from an argument": (
        "import uuid\nclass Client:\n    def __init__(self, name):\n"
        "        self.id = name + uuid.uuid4().hex\nclient = Client('tea')"
    ),
    "a field of a dataclass": (
        "import dataclasses, uuid\n@dataclasses.dataclass\nclass Client:\n"
        "    id: str = dataclasses.field(default_factory=lambda: uuid.uuid4().hex)\n"
        "client = Client()"
    ),
    "an attribute by a keyword": (
        "import uuid\nfrom types import SimpleNamespace\nspace = SimpleNamespace(id=uuid.uuid4())"
    ),
    "an attribute of a class": "import uuid\nclass Client:\n    id = uuid.uuid4().hex",
    "an attribute of a function": ("import uuid\ndef log():\n    pass\nlog.run = uuid.uuid4().hex"),
    "a value in a dict": "import uuid\nstate = {'one': 1, 'id': uuid.uuid4().hex}",
    "a value in a list of a dict": "import uuid\nstate = {'ids': [1, uuid.uuid4().hex]}",
    "an element of a tuple": "import uuid\npair = (1, uuid.uuid4().hex)",
    "an element after a starred one": "import uuid\nlisted = [*range(3), uuid.uuid4().hex]",
    "elements of a comprehension": "import uuid\nlisted = [uuid.uuid4().hex for _ in range(1)]",
    "a member of a set": "import uuid\nnames = {1, uuid.uuid4().hex}",
    "a key of a dict": "import uuid\nnames = {uuid.uuid4().hex: 1}",
    "a variable of a closure": (
        "import uuid\ndef make():\n    run = uuid.uuid4().hex\n    return lambda: run\ntag = make()"
    ),
    "a cached result": (
        "import functools, uuid\n@functools.lru_cache(maxsize=None)\ndef run():\n"
        "    return uuid.uuid4().hex\nrun()"
    ),
    "an environment variable": "import os, uuid\nos.environ['RUN'] = uuid.uuid4().hex",
    "an environment variable that may be set": (
        "import os, uuid\nos.environ.setdefault('LATER', uuid.uuid4().hex)"
    ),
    "a part of a library's object": (
        "import uuid\nfrom urllib.request import Request\nask = Request('http://a.example')\n"
        "ask.add_header('X-Run', uuid.uuid4().hex)\nask.data = b'constant'"
    ),
    "what a library's object was made with": (
        "import logging, uuid\n"
        "log = logging.LoggerAdapter(logging.getLogger('a'), {'run': uuid.uuid4().hex})"
    ),
    "what the system drew": ("import random\nRUN = random.SystemRandom().getrandbits(128)"),
    "a name and its copy": "import uuid\nRUN = uuid.uuid4().hex\nCOPY = RUN",
    "what a password was asked for": (
        "import os, uuid\ndef ask(name, password, key):\n    return name + uuid.uuid4().hex\n"
        "RUN = ask('me', password=os.environ['HOME'], key=os.getenv('HOME'))"
    ),
    "a time": "import time\nstarted = time.time()",
    "a deadline by the monotonic clock": (
        "import time\ntoken, kept = 'constant', 1\ndeadline = time.monotonic() + 3599\n"
        "def get():\n    return token if time.monotonic() < deadline else None"
    ),
    "a deadline that a function sets": (
        "import time\ntoken = 'constant'\ndeadline = time.monotonic() + 3599\n"
        "def get():\n    global token, deadline\n    if deadline < time.monotonic():\n"
        "        token, deadline = 'renewed', time.monotonic() + 3599\n    return len(token)"
    ),
    "a deadline of an object": (
        "import time\nclass Token:\n    def __init__(self):\n"
        "        self.deadline = time.monotonic() + 3599\ntoken = Token()"
    ),
    "a deadline in a dict": ("import time\nstate = {'of': {'deadline': time.monotonic() + 3599}}"),
}
GENERATORS = {
    "random.Random": "import random\nrng = random.Random()\ndraw = rng.random",
    "random.Random in a dict": (
        "import random\npool = {'rng': random.Random()}\ndef draw():\n"
        "    return pool['rng'].random()"
    ),
    "random.Random in an object with a dict of its own": (
        "import collections, random\ncount = collections.Counter()\n"
        "count.kept = ({7: random.Random()},)\ndef draw():\n    return count.kept[0][7].random()"
    ),
    "random.Random in a library's object": (
        "import random, string, types\nspec = string.Formatter()\n"
        "spec.kept = [{'rng': random.Random()}]\ndef draw():\n"
        "    return spec.kept[0]['rng'].random()"
    ),
    "numpy's Generator": (
        "import numpy as np\nrng = np.random.default_rng()\ndef draw():\n"
        "    return float(rng.random())"
    ),
    "numpy's Generator of another kind": (
        "import numpy as np\nrng = np.random.Generator(np.random.MT19937())\ndef draw():\n"
        "    return float(rng.random())"
    ),
    "numpy's RandomState": (
        "import numpy as np\nrng = np.random.RandomState()\ndef draw():\n    return rng.rand()"
    ),
}


FETCHING = (
    "import functools, os\nfrom urllib.request import urlopen\n"
    "URL = 'http://127.0.0.1:' + os.environ['PEER_PORT']\n"
)
FETCHED = {
    "a name": "KEY = urlopen(URL).read()\ndef key():\n    return KEY",
    "names that come of each other": (
        "answer = urlopen(URL)\nKEY = answer.read()\nTEXT = KEY.decode()\n"
        "def key():\n    return KEY + TEXT.encode()"
    ),
    "a cached result": (
        "@functools.lru_cache(maxsize=1)\ndef key():\n    return urlopen(URL).read()\nkey()"
    ),
}


ENDING = (
    "import base64, json, time\ndef make(**claims):\n    parts = [{'alg': 'none'}, claims]\n"
    "    texts = [base64.urlsafe_b64encode(json.dumps(one).encode()).rstrip(b'=')"
    " for one in parts]\n"
    "    return b'.'.join([*texts, b'c2lnbmF0dXJl']).decode()\n"
    "TOKEN = make(exp=int(time.time()) + 900)"
)


ANOTHER_CACHE = (
    "def cached(function):\n    def ask():\n        return ask.cache[0]\n"
    "    ask.cache = {0: function()}\n    return ask\n"
    "@cached\ndef key():\n    return urlopen(URL).read()"
)
# Modules with values that no code renews for sure.
UNSURE = {
    "assigned_twice": "RUN = ''\nRUN = uuid.uuid4().hex",
    "assigned_by_name": "globals()['RUN'] = uuid.uuid4().hex",
    "assigned_in_loop": "for RUN in [uuid.uuid4().hex]:\n    pass",
    "assigned_with_what_is_gone": "part = 'a'\nRUN = part + uuid.uuid4().hex\ndel part",
    "with_a_secret": (
        "def ask(name, password):\n    return name + uuid.uuid4().hex\n"
        "RUN = ask('me', password='a secret')"
    ),
    "with_a_secret_in_bytes": "RUN = str(dict(key='a secret'.encode(), id=uuid.uuid4().hex))",
    "with_a_secret_in_a_dict": "RUN = str({'password': 'a secret', 'id': uuid.uuid4().hex})",
    "with_a_secret_in_a_call": (
        "def login(name, word):\n    return name + uuid.uuid4().hex\nRUN = login('me', 'a secret')"
    ),
    "with_a_secret_in_a_url": "RUN = 'https://me:a-secret@a.example/?' + uuid.uuid4().hex",
    "with_a_secret_in_a_part": (
        "class Client:\n    def __init__(self):\n"
        "        self.run = dict(password='a secret', id=uuid.uuid4().hex)['id']\n"
        "client = Client()\nkept = [client]"
    ),
    "held_by_another": (
        "class Client:\n    def __init__(self, run):\n        self.run = run\n"
        "client = Client(uuid.uuid4().hex)\nkept = [client]"
    ),
    "held_by_a_decorator": (
        "class Client:\n    def __init__(self, run):\n        self.run = run\n"
        "    def route(self, function):\n        return function\n"
        "client = Client(uuid.uuid4().hex)\n@client.route\ndef index():\n    pass"
    ),
    "imported_by_all": (
        "class Client:\n    def __init__(self, run):\n        self.run = run\n"
        "client = Client(uuid.uuid4().hex)"
    ),
    "imported_by_star": "__all__ = ['RUN']\nRUN = uuid.uuid4().hex",
    "made_apart": "LEFT = RIGHT = uuid.uuid4().hex",
    "drawn": "import random\ndef make():\n    return random.getrandbits(64)\nRUN = f'run-{make()}'",
    "drawn_elsewhere": "from drawn import make\nRUN = f'run-{make()}'",
    "drawn_by_an_object": (
        "from faker import Faker as Maker\nmaker = Maker()\nRUN = maker.pystr(30, 40)"
    ),
    "class_with_bases": "class Base:\n    pass\nclass Client(Base):\n    run = uuid.uuid4().hex",
    "filled_with_what_is_gone": (
        "from urllib.request import Request\nask = Request('http://a.example')\n"
        "run = uuid.uuid4().hex\nask.add_header('X-Run', run + '')\ndel run"
    ),
    "filled_by_function": (
        "from urllib.request import Request\nfor ask in [Request('http://a.example')]:\n    pass\n"
        "def fill():\n    ask.add_header('X-Run', uuid.uuid4().hex)\nfill()"
    ),
    "cached_within": (
        "import functools\ndef make():\n    @functools.lru_cache(maxsize=None)\n    def run():\n"
        "        return uuid.uuid4().hex\n    run()\n    return lambda: run\ntag = make()"
    ),
    "in_a_cache_that_ages": (
        "from cachetools import TTLCache\ncache = TTLCache(9, 300)\nrun = uuid.uuid4().hex\n"
        "cache.update(run=run + '')\ndel run"
    ),
    "filled_beside": (
        "import logging\nlog = logging.getLogger('b')\nclass Filter(logging.Filter):\n    pass\n"
        "log.addFilter(logging.Filter(uuid.uuid4().hex))"
    ),
}


def paste(functions: Functions, finding: dict[str, Any]) -> None:
    """Put the code that a finding shows at the end of the files that it names."""
    assert finding["additions"], finding["fix"]
    for one in finding["additions"]:
        assert f"at the end of {one['file']}:\n\n{one['text']}" in finding["fix"]
        with (functions.folder / one["file"]).open("a", encoding="utf-8") as file:
            file.write(f"\n{one['text']}\n")


def apply(patch: Path, folder: Path, *options: str) -> str:
    """Let git apply a patch, and return what it says."""
    command = ["git", "apply", "--verbose", *options, str(patch)]
    ran = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stderr


def write_all(functions: Functions) -> dict[str, str]:
    """Write each example as a module of its own, and a function that imports all of them.

    Returns:
        The modules' names, and the codes of their findings.
    """
    codes = {}
    for name, source in VALUES.items():
        is_time = name.startswith(("a time", "a deadline"))
        code = "captured-time" if is_time else "shared-value"
        codes[_write_module(functions, "value", name, source)] = code
    for name, source in GENERATORS.items():
        codes[_write_module(functions, "generator", name, source)] = "shared-random-state"
    for name, source in FETCHED.items():
        module = _write_module(functions, "fetched", name, FETCHING + source)
        codes[module] = "fetched-at-init"
    codes[_write_module(functions, "ending", "a token", ENDING)] = "expiring-value"
    draws = [f"{one}.draw()" for one in codes if one.startswith("generator")]
    functions.write(
        "app.py",
        f"import {', '.join(codes)}\n\n\ndef handler(event, context):\n"
        f"    return [{', '.join(draws)}]\n",
    )
    return codes


def _write_module(functions: Functions, kind: str, name: str, source: str) -> str:
    module = re.sub(r"\W+", "_", f"{kind}_{name}")
    functions.write(f"{module}.py", source)
    return module


def test_each_kind_of_code_mends_its_finding_pasted_as_it_is_shown(
    peer: Peer, functions: Functions
) -> None:
    codes = write_all(functions)
    findings = functions.again(env=peer.variables).report["findings"]
    found = sorted((one["additions"][0]["file"], one["code"]) for one in findings)
    assert found == sorted((f"{module}.py", code) for module, code in codes.items())
    for finding in findings:
        paste(functions, finding)
    assert functions.again(env=peer.variables).codes == []


def test_all_code_together_is_one_patch_that_mends_all(
    peer: Peer, functions: Functions, tmp_path: Path
) -> None:
    codes = write_all(functions)
    patch = tmp_path / "all.patch"
    rehearsal = functions.again("--patch", str(patch), env=peer.variables)
    assert len(rehearsal.codes) == len(codes)
    assert f"git apply {patch}" in rehearsal.stderr
    assert apply(patch, functions.folder).count("Applied patch") == len(codes)
    mended = functions.again("--patch", str(patch), env=peer.variables)
    assert (mended.codes, mended.status) == ([], 0)
    assert patch.read_bytes() == b""
    assert "is empty: no finding has code to add" in mended.stderr


FORMS = {
    "crlf": b"import uuid\r\n\r\nRUN = uuid.uuid4().hex",
    "old_ends": b"import uuid\rRUN = uuid.uuid4().hex\r",
    "mixed_ends": b"import uuid\r\nRUN = uuid.uuid4().hex\n\n\n\n",
    "marked": b"\xef\xbb\xbf" + "import uuid\nRUN = uuid.uuid4().hex + 'größer'\n".encode(),
    "latin": "# coding: latin-1\nimport uuid\nRUN = uuid.uuid4().hex + 'é\\u20ac'\n".encode(
        "latin-1"
    ),
    "bare": b"RUN = __import__('uuid').uuid4().hex",
    "documented": b"'What it is.'\n\nRUN = __import__('uuid').uuid4().hex\n",
    "joined": b"'What it is.'; import uuid; RUN = uuid.uuid4(\n).hex\nTEXT = '''\n'''\n",
    "imports_one": (
        b"import uuid\n\nfrom snapshot_restore_py import register_before_snapshot as before\n\n"
        b"RUN = uuid.uuid4().hex\n\n\n@before\ndef renew_run():\n    pass\n"
    ),
    "imports_two": (
        b"from snapshot_restore_py import register_before_snapshot  # the only one\nimport uuid\n\n"
        b"RUN = uuid.uuid4().hex\n\n\n@register_before_snapshot\ndef renew_run():\n    pass\n"
    ),
    "tries_to_import": (
        b"import uuid\n\ntry:\n    from snapshot_restore_py import register_after_restore\n"
        b"except ImportError:\n    pass\n\nRUN = uuid.uuid4().hex\nif RUN:\n    pass\n"
    ),
    "imports_all": b"import uuid\nfrom snapshot_restore_py import *\n\nRUN = uuid.uuid4().hex\n",
}


def test_a_patch_suits_files_of_all_forms(functions: Functions, tmp_path: Path) -> None:
    spaced = functions.folder / "my layer"
    spaced.mkdir()
    (spaced / "spaced.py").write_bytes(FORMS["crlf"])
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "apart.py").write_bytes(FORMS["crlf"])
    for name, content in FORMS.items():
        (functions.folder / f"{name}.py").write_bytes(content)
    patch = tmp_path / "forms.patch"
    found = functions.rehearse(
        "import sys\nsys.path.insert(0, sys.path[0] + '/my layer')\n"
        f"import apart, spaced, {', '.join(FORMS)}{HANDLER}",
        *("--patch", str(patch)),
        path=(outside,),
    )
    assert len(found.codes) == len(FORMS) + 2
    assert f"{outside / 'apart.py'} is not in it" in found.stderr

    # As well where the folder is none of a repository's as in one.
    before = apply(patch, functions.folder, "--check")
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    assert apply(patch, functions.folder).count("Applied patch") == len(FORMS) + 1
    assert before.count("Checking patch") == len(FORMS) + 1

    texts = {name: (functions.folder / f"{name}.py").read_bytes() for name in FORMS}
    assert all(map(ast.parse, texts.values()))
    assert b"\n" not in texts["crlf"].replace(b"\r\n", b"")
    assert b"\n" not in texts["old_ends"]
    assert texts["marked"].startswith(FORMS["marked"][:3])
    assert "'é\\u20ac'".encode("latin-1") in texts["latin"].partition(b"def renew_run")[2]
    assert b"'What it is.'\n\nfrom snapshot_restore_py import" in texts["documented"]
    assert b"def renew_run_2():\n" in texts["imports_one"]
    assert texts["imports_one"].count(b"\nfrom snapshot_restore_py import ") == 1
    assert texts["imports_two"].count(b"from snapshot_restore_py import ") == 2
    assert texts["tries_to_import"].count(b"import") == 2
    assert texts["imports_all"].count(b"import") == 2
    mended = functions.again(path=(outside,))
    assert [one["location"] for one in mended.report["findings"]] == ["apart.RUN"]


def test_the_code_for_a_connection_closes_it_and_opens_it_again(
    peer: Peer, functions: Functions
) -> None:
    source = (
        "import http.client, os\n"
        "client = http.client.HTTPConnection('127.0.0.1', int(os.environ['PEER_PORT']))\n"
        "client.connect()\n\n\ndef handler(event, context):\n"
        "    client.request('GET', '/')\n    return client.getresponse().status\n"
    )
    findings = functions.rehearse(source, env=peer.variables).report["findings"]
    assert findings[0]["code"] == "open-connection"
    for other in findings[1:]:  # Restores that share a connection read each other's answers.
        assert other["code"] == "handler-failed"
        assert other["fix"].startswith("First close the open connection")
    paste(functions, findings[0])
    mended = functions.again(env=peer.variables)
    assert (mended.codes, mended.results) == ([], [200] * 3)


def test_the_code_for_a_child_process_ends_it_and_starts_it_again(functions: Functions) -> None:
    source = (
        "import subprocess\n"
        "echo = subprocess.Popen(['cat'], stdin=subprocess.PIPE, stdout=subprocess.PIPE,\n"
        "    text=True)"
        "\n\n\ndef handler(event, context):\n    print('called', file=echo.stdin, flush=True)\n"
        "    return echo.stdout.readline()\n"
    )
    finding = functions.rehearse(source).finding
    assert (finding["code"], finding["location"]) == ("running-process", "app.echo")
    paste(functions, finding)
    rehearsal = functions.again()
    assert (rehearsal.codes, rehearsal.results) == ([], ["called\n"] * 3)


def test_what_was_fetched_in_an_unusual_way_gets_words(peer: Peer, functions: Functions) -> None:
    functions.write("looped.py", f"{FETCHING}for KEY in [urlopen(URL).read()]:\n    pass\n")
    functions.write("cached.py", FETCHING + ANOTHER_CACHE)
    functions.write(
        "aged.py",
        f"{FETCHING}from cachetools import TTLCache, cached\n@cached(TTLCache(1, 300))\n"
        "def key():\n    return urlopen(URL).read()\nkey()\n",
    )
    functions.write(
        "fetching.py",
        f"{FETCHING}def fetch():\n    global last\n    last = urlopen(URL).read()\n"
        "    return last\n",
    )
    functions.write("kept.py", "from fetching import fetch\nKEY = fetch()\n")
    report = functions.rehearse(
        "import aged, cached, kept, looped\n\ndef handler(event, context):\n"
        "    return len(looped.KEY + cached.key() + aged.key() + kept.KEY)\n",
        env=peer.variables,
    ).report
    fixes = {one["location"]: one["fix"] for one in report["findings"]}
    assert fixes["fetching.py:6"].endswith("Or again after the restore, in a hook.")
    assert fixes["looped.py:4"].endswith("Or again after the restore, in a hook.")
    assert fixes["cached.py:11"].startswith("Forget it after the restore, in a hook: cached.key()")
    assert "Install the plugin snapshot-restore-caches" in fixes["aged.py:7"]
    assert not any(one["additions"] for one in report["findings"])


def test_what_is_fetched_where_no_code_tells_who_keeps_it_is_not_guessed(
    peer: Peer, functions: Functions
) -> None:
    functions.write(
        "stored.py",
        f"{FETCHING}KEPT = {{}}\ndef store():\n    return KEPT\n"
        "store()['key'] = urlopen(URL).read()\n",
    )
    rehearsal = functions.rehearse(
        "import stored\n\ndef handler(event, context):\n    return len(stored.KEPT['key'])\n",
        env=peer.variables,
    )
    assert "fetched-at-init" not in rehearsal.codes


def test_a_connection_that_is_opened_or_closed_in_an_unusual_way_gets_words(
    peer: Peer, functions: Functions
) -> None:
    report = functions.rehearse(
        "import atexit, functools, http.client, os, socket\nport = int(os.environ['PEER_PORT'])\n"
        "for client in [http.client.HTTPConnection('127.0.0.1', port)]:\n"
        "    client.connect()\n"
        "def logged(function):\n    @functools.wraps(function)\n"
        "    def call(*arguments):\n        return function(*arguments)\n    return call\n"
        "class Link:\n    def __init__(self):\n"
        "        self.socket = socket.create_connection(('127.0.0.1', port))\n"
        "class Awaited(Link):\n    @logged\n    async def close(self):\n        pass\n"
        "class Asking(Link):\n    def close(self, reason):\n        pass\n"
        "awaited, asking = Awaited(), Asking()\n"
        "atexit.register(socket.create_connection(('127.0.0.1', port)).close)" + HANDLER,
        env=peer.variables,
    ).report
    fixes = {one["location"].rpartition(".")[2]: one["fix"] for one in report["findings"]}
    assert "before the snapshot with client.close(), in a hook, and open" in fixes["client"]
    # No name leads to the one that the interpreter has for its end.
    assert "before the snapshot, in a hook, and open it again" in fixes["socket"]
    assert "before the snapshot, in a hook, and open it again" in fixes["awaited"]
    assert "before the snapshot, in a hook, and open it again" in fixes["asking"]
    assert not any(one["additions"] for one in report["findings"])


@pytest.mark.parametrize(
    ("library", "plugin"),
    [("requests", "snapshot-restore-urllib3"), ("httpx", "snapshot-restore-httpx")],
)
def test_a_connection_that_a_plugin_closes_gets_its_name(
    library: str, plugin: str, peer: Peer, functions: Functions
) -> None:
    client = {"requests": "requests.Session()", "httpx": "httpx.Client()"}[library]
    source = (
        f"import {library}, os\nclient = {client}\n"
        f"client.get('http://127.0.0.1:' + os.environ['PEER_PORT'])" + HANDLER
    )
    finding = functions.rehearse(source, env=peer.variables).finding
    assert finding["location"].endswith(" in app.client")
    command = finding["fix"].rpartition("\n\n")[2]
    assert command == f"pip install ./plugins/{plugin}"
    options = ["-q", "--dry-run", "--no-deps", "--no-build-isolation", "--no-index"]
    pip = [sys.executable, "-m", *command.split(), *options]
    assert subprocess.run(pip, cwd=ROOT, check=False).returncode == 0


def test_a_function_that_lies_elsewhere_gets_code_for_its_own_file(
    functions: Functions, site: Site
) -> None:
    site.write({"app": VALUES["a name"] + HANDLER})
    (finding,) = _findings(functions, site.path)
    assert finding["location"] == "app.RUN"
    assert f"at the end of {site.path / 'app.py'}:" in finding["fix"]
    assert "RUN = uuid.uuid4().hex" in finding["fix"]


def test_a_function_in_a_zip_file_gets_words(functions: Functions, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("app.py", textwrap.dedent(VALUES["a name"] + HANDLER))
    (finding,) = _findings(functions, tmp_path / "code.zip")
    assert finding["fix"].startswith("Make anew after the restore what app.RUN holds, in a hook")


def _findings(functions: Functions, path: Path) -> Any:
    with functions.start(path=(path,)) as process:
        return json.loads(process.communicate(timeout=LIMIT)[0])["findings"]


def test_what_a_result_shows_of_a_library_object_is_an_error(functions: Functions) -> None:
    report = functions.rehearse(
        "import uuid\nfrom urllib.request import Request\nask = Request('http://a.example')\n"
        "for number in range(7):\n    ask.add_header(f'X-Run-{number}', uuid.uuid4().hex)\n"
        "def handler(event, context):\n    return ask.get_header('X-run-3')\n"
    ).report
    (finding,) = report["findings"]
    assert (finding["level"], finding["location"]) == ("error", "app.ask")
    assert "holds 7 values that were made up" in finding["message"]
    assert finding["evidence"].endswith("and 2 more")


def test_what_a_hook_draws_alike_in_all_restores_is_told_together(functions: Functions) -> None:
    finding = functions.rehearse(
        "import random\nfrom urllib.request import Request\n"
        "from snapshot_restore_py import register_after_restore\n"
        "ask = Request('http://a.example')\nids = [0, 0]\n"
        "@register_after_restore\ndef renew():\n"
        "    ask.add_header('X-Run', f'run-{random.getrandbits(128)}')\n"
        "    ids[:] = random.getrandbits(128), random.getrandbits(128)\n"
        f"renew(){HANDLER}"
    ).finding
    assert (finding["code"], finding["location"]) == ("shared-value", "app.ids")
    assert finding["message"] == (
        "2 values in app.ids are renewed after the restore, to the same values in every restore"
    )
    assert finding["fix"].startswith("The hook draws from a random generator that is in one state")


def test_a_token_in_an_object_with_a_dict_of_its_own_is_made_anew(functions: Functions) -> None:
    source = ENDING.replace("TOKEN = make(", "client.__dict__ = dict(token=make(") + ")"
    source = f"class Client:\n    pass\nclient = Client()\n{source}{HANDLER}"
    finding = functions.rehearse(source).finding
    assert (finding["code"], finding["location"]) == ("expiring-value", "app.client.token")


def test_where_no_code_is_sure_there_are_words(functions: Functions) -> None:
    for name, source in UNSURE.items():
        functions.write(f"{name}.py", f"import uuid\n{source}\n")
    functions.write(
        "site-packages/bound.py", "import contextvars\nBOUND = contextvars.ContextVar('bound')\n"
    )
    functions.write("imports_by_star.py", "from imported_by_star import *\n")
    functions.write("shop/stock.py", f"import uuid\n{UNSURE['imported_by_all']}\n")
    report = functions.rehearse(
        "import functools, os, sys, uuid\nsys.path.insert(0, sys.path[0] + '/site-packages')\n"
        f"import {', '.join(UNSURE)}, imports_by_star\n"
        "from shop import stock as goods\n"
        "HELD = [imported_by_all.client, goods.client, functools.cache, sys.path]\n"
        "from bound import BOUND\nBOUND.set({'run': uuid.uuid4().hex})\ndel BOUND\n"
        "os.environ.update(FIRST=uuid.uuid4().hex)\n"
        "os.environ.setdefault(*('SECOND', uuid.uuid4().hex))\n"
        "for run in ['b']:\n    os.environ['THIRD'] = run + uuid.uuid4().hex\ndel run\n"
        f"def log(message, run=uuid.uuid4().hex):\n    pass{HANDLER}"
    ).report
    found = {one["location"]: one["fix"] for one in report["findings"]}
    assert not any(one["additions"] for one in report["findings"])
    for name in UNSURE:
        assert any(location.startswith(f"{name}.") for location in found), name
    assert "shop.stock.client.run" in found
    for name in ("FIRST", "SECOND", "THIRD"):
        assert found[f"os.environ['{name}']"].startswith(
            f"Make anew after the restore what os.environ['{name}']"
        )
    assert found["assigned_twice.RUN"].startswith(
        "Make anew after the restore what assigned_twice.RUN holds"
    )
    assert found["context variable bound['run']"].startswith(
        "Make anew after the restore what context variable bound["
    )
    assert found["app.log (default of run)"].startswith("Let run of log have the default None in")
    assert found["cached_within.tag (variable run)() (cached result)"] == (
        "Empty the cache after the restore, in a hook: that of tag (variable run)."
    )
    assert found["in_a_cache_that_ages.cache"].endswith("./plugins/snapshot-restore-caches")
    for name in ("drawn", "drawn_elsewhere", "drawn_by_an_object"):
        assert found[f"{name}.RUN"].endswith("pip install ./plugins/snapshot-restore-random")
    shared = found["made_apart.LEFT"]
    assert shared.startswith(
        "Make anew after the restore what made_apart.LEFT, made_apart.RIGHT hold"
    )
    assert "An imported name, or an object that was given the old one, keeps it." in shared


def test_what_is_made_from_another_value_is_renewed_with_that(functions: Functions) -> None:
    source = (
        "import uuid\nRUN = uuid.uuid4().hex\nPLACE = 'uploads/' + RUN\n"
        "def handler(event, context):\n    return PLACE.endswith(RUN)\n"
    )
    report = functions.rehearse(source).report
    fixes = {one["location"]: one["fix"] for one in report["findings"]}
    assert "restore, with app.RUN, which it is made from, at the end" in fixes["app.PLACE"]
    assert "which it is made from" not in fixes["app.RUN"]
    for finding in report["findings"]:
        paste(functions, finding)
    mended = functions.again()
    assert (mended.codes, mended.results) == ([], [True] * 3)


def test_a_name_that_other_modules_have_imported_is_imported_again(functions: Functions) -> None:
    functions.write("shop/__init__.py", "from .ids import RUN\n")
    functions.write("shop/ids.py", "import uuid\nRUN = uuid.uuid4().hex\n")
    source = "from shop import RUN as SHOWN\ndef handler(event, context):\n    return SHOWN\n"
    finding = functions.rehearse(source).finding
    assert finding["location"] == "shop.ids.RUN"
    assert "also as:      shop.RUN, app.SHOWN" in finding["evidence"]
    assert [one["file"] for one in finding["additions"]] == [
        "shop/ids.py",
        "shop/__init__.py",
        "app.py",
    ]
    paste(functions, finding)
    mended = functions.again()
    assert mended.codes == []
    assert len(set(mended.results)) == 3


@pytest.mark.parametrize("name", ["API_TOKEN", "signing_key", "password", "client_secret"])
def test_a_secret_is_not_shown_in_full(name: str, functions: Functions) -> None:
    source = f"import secrets\n{name} = secrets.token_hex(8)\nshort = {{'{name}': {name}[:7]}}"
    findings = functions.rehearse(source + HANDLER).report["findings"]
    assert [one["location"] for one in findings] == [f"app.{name}", f"app.short['{name}']"]
    for finding in findings:
        assert re.search(r"first init:   \S{0,4}\.\.\. \((16|7) long\)\n", finding["evidence"])
