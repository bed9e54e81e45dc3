"""The plugin, installed with pip, in copies of one process.

A copy stands for a restored environment: both start with the memory, and so with the
generators, of the process that they are copies of. A fork would tell the copy that it is
one: its process id changes, and handlers of Python and of the C library run. A restore
tells nobody. So on Linux a copy is made by the system call itself, and is the first process
of a process id namespace of its own, as the original is; elsewhere by the C library's fork().
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from importlib.util import find_spec
from pathlib import Path

import pytest

PLUGIN = Path(__file__).parent.parent
CORE = PLUGIN.parent.parent

COPIES = """
import ctypes, json, os, platform, sys
libc = ctypes.PyDLL(None, use_errno=True)
NEW_USER, NEW_PROCESS_IDS, SIGCHLD = 0x10000000, 0x20000000, 17
if sys.platform == "linux":
    number = 56 if platform.machine() == "x86_64" else 220
    # Only administrators need no namespace of users; and in a chroot there can be none.
    users = NEW_USER if os.geteuid() else 0
    assert libc.unshare(users | NEW_PROCESS_IDS) == 0, ctypes.get_errno()
    first = os.fork()
    if first:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]))
    def fork():
        return libc.syscall(number, NEW_PROCESS_IDS | SIGCHLD, 0, 0, 0, 0)
else:
    fork = libc.fork
{prepare}
import snapshot_restore_py

def restored_copy():
    read, write = os.pipe()
    child = fork()
    if not child:
        snapshot_restore_py.run_after_restore()
        os.write(write, json.dumps({draw}).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as stream:
        result = json.load(stream)
    assert os.waitpid(child, 0)[1] == 0
    return result

snapshot_restore_py.run_before_snapshot()
print(json.dumps([restored_copy() for _ in range(3)]))
snapshot_restore_py.run_after_restore()  # The coverage measured in copies is lost.
"""


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip has installed the plugin."""
    target = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    command += ["--no-build-isolation", "--disable-pip-version-check", "--no-cache-dir"]
    subprocess.run([*command, "--target", str(target), str(PLUGIN)], check=True)
    return target


def run(code: str, installed: Path, plugins: str, *path: Path) -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, [*path, installed, CORE])),
        "SNAPSHOT_RESTORE_PLUGINS": plugins,
    }
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (result.returncode, result.stderr) == (0, "")
    return result.stdout


def draws(installed: Path, plugins: str, prepare: str, draw: str, *path: Path) -> list[object]:
    code = COPIES.format(prepare=textwrap.dedent(prepare), draw=draw)
    result: list[object] = json.loads(run(code, installed, plugins, *path))
    return result


GENERATORS = {
    "random": ("import random; random.random()", "random.random()"),
    "random, seeded by its user": ("import random; random.seed(1)", "random.random()"),
    "random's normal distribution": ("import random; random.gauss(0, 1)", "random.gauss(0, 1)"),
    "numpy": ("import numpy; numpy.random.rand()", "numpy.random.rand()"),
    "numpy, seeded by its user": ("import numpy; numpy.random.seed(1)", "numpy.random.rand()"),
    "numpy with another bit generator": (
        "import numpy; numpy.random.set_bit_generator(numpy.random.PCG64(1))",
        "numpy.random.rand()",
    ),
    "polars": (
        "import polars; numbers = polars.Series(range(10_000)); numbers.shuffle()",
        "str(numbers.shuffle()[:5].to_list())",
    ),
    "ssl": ("import ssl; ssl.RAND_bytes(8)", "ssl.RAND_bytes(8).hex()"),
    "cryptography's private keys": (
        """
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        Ed25519PrivateKey.generate()
        """,
        "Ed25519PrivateKey.generate().private_bytes_raw().hex()",
    ),
    "cryptography's AES keys": (
        "from cryptography.hazmat.primitives.ciphers.aead import AESGCM; AESGCM.generate_key(128)",
        "AESGCM.generate_key(128).hex()",
    ),
    "the random part of MongoDB's ids": (
        "import bson.objectid; bson.objectid.ObjectId()",
        "str(bson.objectid.ObjectId())[8:18]",
    ),
    "the counter of MongoDB's ids": (
        "import bson.objectid; bson.objectid.ObjectId()",
        "str(bson.objectid.ObjectId())[18:]",
    ),
    "uuid_utils": ("import uuid_utils; uuid_utils.uuid4()", "str(uuid_utils.uuid4())"),
    "ddtrace": (
        "import ddtrace.internal.native as native; native.rand64bits()",
        "native.rand64bits()",
    ),
    "Faker": ("import faker; fake = faker.Faker(); fake.name()", "fake.pystr()"),
    "SQLite": (
        """
        import sqlite3
        database = sqlite3.connect(":memory:")
        draw = lambda: database.execute("select hex(randomblob(8))").fetchone()[0]
        draw()
        """,
        "draw()",
    ),
    "names of temporary files": (
        "import tempfile; tempfile.mktemp()",
        "next(tempfile._get_candidate_names())",
    ),
}


@pytest.mark.parametrize("generator", GENERATORS)
def test_without_the_plugin_all_copies_draw_the_same_and_with_it_they_do_not(installed, generator):
    if generator in ("ddtrace", "polars") and not find_spec(generator):
        # One brings a plugin for pytest, which slows all others down; the other is large.
        pytest.skip("needs the extra corpus")
    prepare, draw = GENERATORS[generator]
    without = draws(installed, "none", prepare, draw)
    assert len(without) == 3
    assert len(set(without)) == 1
    assert len(set(draws(installed, "random", prepare, draw))) == 3


# What is too large for this suite, or is not installed everywhere, as modules with functions
# that are named as the real ones are.
STAND_INS = {
    "torch.random": ("rand", "seed()"),
    "ddtrace.internal.native": ("rand64bits", "seed()"),
    "polars": ("draw", "set_random_seed(number)"),
}


@pytest.fixture
def stand_ins(tmp_path: Path) -> Path:
    """A folder with a fake of each of them."""
    for module, (draw, seed) in STAND_INS.items():
        file = tmp_path.joinpath("stand_ins", *module.split(".")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        for package in list(file.relative_to(tmp_path / "stand_ins").parents)[:-1]:
            (tmp_path / "stand_ins" / package / "__init__.py").touch()
        file.write_text(
            "import random\n"
            "_generator = random.Random(1)\n"
            f"{draw} = _generator.random\n"
            f"def {seed}: _generator.seed({seed.partition('(')[2][:-1]})\n"
        )
    return tmp_path / "stand_ins"


@pytest.mark.parametrize("module", STAND_INS)
def test_the_same_is_so_for_a_stand_in(installed, stand_ins, module):
    draw = f"library.{STAND_INS[module][0]}()"
    fake = (f"import {module} as library; {draw}", draw, stand_ins)
    assert len(set(draws(installed, "none", *fake))) == 1
    assert len(set(draws(installed, "random", *fake))) == 3


def test_a_generator_of_the_users_own_is_left_alone(installed):
    prepare = "import random; own = random.Random(1)"
    assert len(set(draws(installed, "random", prepare, "own.random()"))) == 1


def test_a_version_that_cannot_be_reseeded_is_named_and_the_others_are_reseeded(installed):
    code = """
        import random, sys, types, warnings
        sys.modules["uuid_utils"] = types.ModuleType("uuid_utils")
        import snapshot_restore_py
        random.seed(1)
        first = random.Random(1).random()
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            snapshot_restore_py.run_after_restore()
        print([str(one.message)[:45] for one in told], random.random() == first)
    """
    told = "['this version of uuid_utils cannot be reseeded'] False\n"
    assert run(code, installed, "random") == told


def test_a_failure_is_named_and_the_others_are_reseeded(installed):
    code = """
        import random, sys, types
        sys.modules["faker.generator"] = broken = types.ModuleType("faker.generator")
        broken.random = types.SimpleNamespace(seed=lambda value: 1 / 0)
        sys.modules["uuid_utils"] = None
        import snapshot_restore_py
        try:
            snapshot_restore_py.run_after_restore()
        except Exception as error:
            print(error)
    """
    told = "faker.generator: ZeroDivisionError: division by zero\n"
    assert run(code, installed, "random") == told


def test_a_bit_generator_that_numpy_cannot_reseed_is_replaced(installed, tmp_path):
    # Older versions of numpy are like this for all but their own kind; here is one for them.
    package = tmp_path / "older" / "numpy"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("from . import random\n")
    (package / "random.py").write_text(
        textwrap.dedent(
            """
            import random

            class Generator:
                def __init__(self, seed=None):
                    self.draw = random.Random(seed).random

            _current = Generator(1)

            def seed():
                raise TypeError("can only re-seed a MT19937")

            def get_bit_generator():
                return _current

            def set_bit_generator(other):
                global _current
                _current = other

            def rand():
                return _current.draw()
            """
        )
    )
    numpy = ("import numpy; numpy.random.rand()", "numpy.random.rand()", package.parent)
    assert len(set(draws(installed, "none", *numpy))) == 1
    assert len(set(draws(installed, "random", *numpy))) == 3


def test_it_imports_neither_random_nor_numpy_nor_torch(installed, stand_ins):
    code = """
        import sys
        before = set(sys.modules)
        import snapshot_restore_py
        snapshot_restore_py.run_after_restore()
        new = {name.partition(".")[0] for name in set(sys.modules) - before}
        unwanted = {"random", "numpy", "torch", "hashlib", "typing"}
        print(new & unwanted, "snapshot_restore_random" in new)
    """
    assert run(code, installed, "random", stand_ins) == "set() True\n"
