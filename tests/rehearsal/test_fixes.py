"""The code that a finding shows, pasted where it says: the finding goes away."""

from __future__ import annotations

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
        "import os, uuid\nos.environ.setdefault('RUN', uuid.uuid4().hex)"
    ),
    "a part of a library's object": (
        "import uuid\nfrom urllib.request import Request\nask = Request('http://a.example')\n"
        "ask.add_header('X-Run', uuid.uuid4().hex)\nask.data = b'constant'"
    ),
    "what a library's object was made with": (
        "import logging, uuid\n"
        "log = logging.LoggerAdapter(logging.getLogger('a'), {'run': uuid.uuid4().hex})"
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
    "a cache of another kind": (
        "def cached(function):\n    def ask():\n        if not ask.cache:\n"
        "            ask.cache[0] = function()\n        return ask.cache[0]\n"
        "    ask.cache = {}\n    return ask\n"
        "@cached\ndef key():\n    return urlopen(URL).read()\nkey()"
    ),
}


def pasted(source: str, finding: dict[str, Any]) -> str:
    file = re.search(r"at the end of (\S+):\n", finding["fix"])
    assert file, finding["fix"]
    assert file[1] == "app.py"
    code = [line for line in finding["fix"].splitlines() if line.startswith("    ") or not line]
    return f"{source}\n{textwrap.dedent(chr(10).join(code))}\n"


@pytest.mark.parametrize("name", VALUES)
def test_the_code_for_a_value_makes_it_anew(name: str, functions: Functions) -> None:
    source = VALUES[name] + HANDLER
    findings = functions.rehearse(source).report["findings"]
    assert len(findings) == 1
    assert functions.rehearse(pasted(source, findings[0])).codes == []


@pytest.mark.parametrize("name", GENERATORS)
def test_the_code_for_a_generator_seeds_it_anew(name: str, functions: Functions) -> None:
    source = GENERATORS[name] + "\n\ndef handler(event, context):\n    return draw()\n"
    findings = functions.rehearse(source).report["findings"]
    assert [one["code"] for one in findings] == ["shared-random-state"]
    assert functions.rehearse(pasted(source, findings[0])).codes == []


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
    assert functions.rehearse(pasted(source, findings[0]), env=peer.variables).codes == []


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
    rehearsal = functions.rehearse(pasted(source, finding))
    assert (rehearsal.codes, rehearsal.results) == ([], ["called\n"] * 3)


@pytest.mark.parametrize("name", FETCHED)
def test_the_code_for_what_was_fetched_fetches_it_again(
    name: str, peer: Peer, functions: Functions
) -> None:
    source = FETCHING + FETCHED[name] + "\n\ndef handler(event, context):\n    return len(key())\n"
    finding = functions.rehearse(source, env=peer.variables).finding
    assert finding["code"] == "fetched-at-init"
    assert functions.rehearse(pasted(source, finding), env=peer.variables).codes == []


def test_what_was_fetched_in_an_unusual_way_gets_words(peer: Peer, functions: Functions) -> None:
    source = (
        FETCHING + "for KEY in [urlopen(URL).read()]:\n    pass\n\ndef handler(event, context):\n"
        "    return len(KEY)\n"
    )
    finding = functions.rehearse(source, env=peer.variables).finding
    assert finding["fix"].endswith("Or again after the restore, in a hook.")


def test_a_connection_that_is_opened_in_an_unusual_way_gets_code_that_closes_it(
    peer: Peer, functions: Functions
) -> None:
    source = (
        "import http.client, os\nport = int(os.environ['PEER_PORT'])\n"
        "for client in [http.client.HTTPConnection('127.0.0.1', port)]:\n"
        "    client.connect()" + HANDLER
    )
    finding = functions.rehearse(source, env=peer.variables).finding
    assert finding["fix"].endswith("def disconnect():\n        client.close()")
    assert functions.rehearse(pasted(source, finding), env=peer.variables).codes == []


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
    command = finding["fix"].rpartition("\n    ")[2]
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


def test_a_function_in_a_zip_file_gets_code_as_far_as_it_is_known(
    functions: Functions, tmp_path: Path
) -> None:
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("app.py", textwrap.dedent(VALUES["a name"] + HANDLER))
    (finding,) = _findings(functions, tmp_path / "code.zip")
    assert "...  # make RUN anew" in finding["fix"]


def _findings(functions: Functions, path: Path) -> Any:
    with functions.start(path=(path,)) as process:
        return json.loads(process.communicate(timeout=LIMIT)[0])["findings"]


@pytest.mark.parametrize(
    "source",
    [
        "import os, uuid\nos.environ.update(RUN=uuid.uuid4().hex)",
        "import os, uuid\nos.environ.setdefault(*('RUN', uuid.uuid4().hex))",
        "import os, uuid\nfor run in ['b']:\n"
        "    os.environ['RUN'] = run + uuid.uuid4().hex\ndel run",
    ],
)
def test_an_environment_variable_that_is_set_in_an_unusual_way_gets_open_code(
    source: str, functions: Functions
) -> None:
    finding = functions.rehearse(source + HANDLER).finding
    assert finding["location"] == "os.environ['RUN']"
    assert "...  # set os.environ['RUN'] anew" in finding["fix"]


@pytest.mark.parametrize(
    "source",
    [
        "ask.add_header('X-Run', run)\n",
        "def fill():\n    ask.add_header('X-Run', run)\nfill()\n",
        "for number in [1]:\n    pass\nask.add_header('X-Run', run + str(number))\ndel number\n",
    ],
)
def test_a_library_object_that_is_filled_in_an_unusual_way_gets_open_code(
    source: str, functions: Functions
) -> None:
    start = (
        "import uuid\nfrom urllib.request import Request\n"
        "for ask in [Request('http://a.example')]:\n    pass\n"
        "for run in [uuid.uuid4().hex]:\n    pass\n"
    )
    finding = functions.rehearse(f"{start}{source}del run{HANDLER}").finding
    assert finding["location"] == "app.ask"
    assert finding["level"] == "warning"
    assert "...  # make what ask holds anew" in finding["fix"]


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


def test_a_value_in_a_context_variable_of_a_library_is_found(functions: Functions) -> None:
    site = "import contextvars\nBOUND = contextvars.ContextVar('bound')\n"
    functions.write("site-packages/bound.py", site)
    finding = functions.rehearse(
        "import sys, uuid\nsys.path.insert(0, sys.path[0] + '/site-packages')\n"
        "from bound import BOUND\n"
        f"BOUND.set({{'run': uuid.uuid4().hex}})\ndel BOUND{HANDLER}"
    ).finding
    assert finding["location"] == "context variable bound['run']"
    assert finding["fix"] == "Set it anew after the restore, in a hook."


def test_a_default_of_a_function_gets_advice_instead_of_code(functions: Functions) -> None:
    source = f"import uuid\ndef log(message, run=uuid.uuid4().hex):\n    pass{HANDLER}"
    finding = functions.rehearse(source).finding
    assert finding["fix"].startswith("Let run of log have the default None in app.py")


@pytest.mark.parametrize(
    "source",
    [
        "import uuid\nRUN = ''\nRUN = uuid.uuid4().hex",
        "import uuid\nglobals()['RUN'] = uuid.uuid4().hex",
        "import uuid\nfor RUN in [uuid.uuid4().hex]:\n    pass",
    ],
)
def test_code_that_cannot_be_written_for_a_name_is_left_open(
    source: str, functions: Functions
) -> None:
    finding = functions.rehearse(source + HANDLER).finding
    assert "...  # make RUN anew" in finding["fix"]


def test_a_name_that_other_modules_have_imported_is_told_of_them(functions: Functions) -> None:
    functions.write("shop/__init__.py", "import uuid\nRUN = uuid.uuid4().hex\n")
    finding = functions.rehearse(f"from shop import RUN{HANDLER}").finding
    assert finding["location"] == "shop.RUN"
    assert "also as:      app.RUN" in finding["evidence"]
    assert "at the end of shop/__init__.py:" in finding["fix"]
    assert finding["fix"].endswith(
        "and read it as shop.RUN in app, where an imported name keeps the old value."
    )


@pytest.mark.parametrize("name", ["API_TOKEN", "signing_key", "password", "client_secret"])
def test_a_secret_is_not_shown_in_full(name: str, functions: Functions) -> None:
    source = f"import secrets\n{name} = secrets.token_hex(8)\nshort = {{'{name}': {name}[:7]}}"
    findings = functions.rehearse(source + HANDLER).report["findings"]
    assert [one["location"] for one in findings] == [f"app.{name}", f"app.short['{name}']"]
    for finding in findings:
        assert re.search(r"first init:   \S{0,4}\.\.\. \((16|7) long\)\n", finding["evidence"])
