"""The engine in the test's own process: what it does where something is missing or goes wrong."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from snapshot_restore_py._machine import base as bases
from snapshot_restore_py._machine.architecture import MissingError
from snapshot_restore_py._machine.machine import Machine, MachineError
from snapshot_restore_py._machine.options import Options
from snapshot_restore_py._machine.program import Program
from snapshot_restore_py._rehearsal.advice.source import Source
from snapshot_restore_py._rehearsal.driving.call import Call, Listener
from snapshot_restore_py._rehearsal.driving.engine import EngineError
from snapshot_restore_py._rehearsal.driving.engines import engine, engines
from snapshot_restore_py._rehearsal.driving.life import CannotStartError, live
from snapshot_restore_py._rehearsal.findings import find

HANDLER = """
    import uuid
    VALUE = str(uuid.uuid4())
    def handler(event, context):
        return VALUE
"""


@pytest.fixture
def call(python, cache, machines, monkeypatch):
    """Make a call of a function, in an environment that is quick to pack."""
    monkeypatch.setattr(sys, "executable", str(python))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setenv("SNAPSHOT_RESTORE_PLUGINS", "none")

    def made(source: str = HANDLER, **options):
        limit = options.pop("limit", 20)
        (machines.folder / "app.py").write_text(dedent(source))
        machine = Options(**options)
        return Call(
            "app.handler", str(machines.folder), {}, 2, limit, engine="microvm", machine=machine
        )

    return made


class Heard(Listener):
    """Keeps what it hears."""

    def __init__(self):
        self.steps, self.said = [], []
        super().__init__(self.steps.append, lambda origin, text: self.said.append((origin, text)))


def rehearsed(call):
    heard = Heard()
    return live(call, heard, engine(call)), heard


def test_it_is_one_of_those_that_there_are():
    assert engines() == ["fork", "microvm"]


def test_a_machine_is_booted_once_and_then_kept(call, tmp_path, monkeypatch):
    looked = []

    def libraries(objects, program):
        looked.append(objects)
        return found(objects, program)

    found = bases.libraries
    monkeypatch.setattr(bases, "libraries", libraries)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    first, heard = rehearsed(call())
    second, heard_then = rehearsed(call())

    assert heard.steps[0] == "booting a virtual machine"
    assert "booting a virtual machine" not in heard_then.steps
    assert first.made_up == second.made_up == ("app.VALUE",)
    for evidence in (first, second):
        assert len({one.result for one in evidence.invocations}) == 1
        assert len(evidence.restored) == 2
        assert not evidence.overruns
    # To find the libraries of all files takes longer than all else before the machine goes on.
    assert len(looked) == 1

    (file,) = tmp_path.rglob("facts")
    facts = json.loads(file.read_text())
    file.write_text(json.dumps({**facts, "libraries": [*facts["libraries"], "/lib/gone.so"]}))
    _, heard = rehearsed(call())

    assert len(looked) == 2
    assert "booting a virtual machine" not in heard.steps


def test_what_has_changed_goes_into_the_kept_machine(call):
    first = call()
    folder = Path(first.path)
    (folder / "old").mkdir()
    (folder / "old" / "file.txt").write_text("old")
    rehearsed(first)
    (folder / "old" / "file.txt").unlink()
    (folder / "old").rmdir()
    (folder / "new").mkdir()
    (folder / "new" / "file.txt").write_text("new")
    (folder / "link.txt").symlink_to("new/file.txt")

    evidence, heard = rehearsed(
        call(
            """
            import os, socket, threading
            threading.Thread(target=threading.Event().wait, name="worker", daemon=True).start()
            def handler(event, context):
                with open("link.txt") as stream:
                    text = stream.read()
                try:
                    with socket.create_connection(("127.0.0.1", 1)) as connection:
                        ended = connection.recv(1) == b""
                except ConnectionError as error:
                    ended = type(error).__name__
                return [text, os.path.exists("old"), ended]
            """,
            host_ports=(1,),
        )
    )

    assert "booting a virtual machine" not in heard.steps
    for one in evidence.invocations:
        assert one.result == ["new", False, "ConnectionResetError"]
    (finding,) = find(evidence, Source(first.path, {}))
    assert finding.code == "running-thread"
    assert "So it did in this rehearsal." in finding.evidence


def test_files_that_cannot_be_read_are_told(call, monkeypatch):
    readable, listed = os.access, os.scandir

    def access(path, mode):
        return readable(path, mode) and not str(path).endswith(".secret")

    def scandir(path):
        if str(path).endswith("closed"):
            raise PermissionError
        return listed(path)

    wish = call()
    for name in ("a.secret", "b.secret"):
        (Path(wish.path) / name).write_text("")
    (Path(wish.path) / "closed").mkdir()
    os.mkfifo(Path(wish.path) / "pipe")
    monkeypatch.setattr(os, "access", access)
    monkeypatch.setattr(os, "scandir", scandir)

    _, heard = rehearsed(wish)

    assert [text for _, text in heard.said if "secret" in text] == [
        f"not in it, because it cannot be read: {wish.path}/a.secret, and 2 more"
    ]


def test_without_the_cache_each_rehearsal_boots_and_keeps_what_is_wished(call, tmp_path):
    folder = tmp_path / "kept"

    _, heard = rehearsed(call(is_cached=False, has_network=False, kept=str(folder)))

    assert heard.steps[0] == "booting a virtual machine"
    assert sorted(path.name for path in folder.iterdir()) == [
        *("console-1.log", "console-2.log", "memory-1", "memory-2", "state-1", "state-2"),
    ]
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_handler_that_takes_too_long_is_told_with_its_stack(call):
    evidence, _ = rehearsed(
        call(
            """
            import time
            def handler(event, context):
                time.sleep(1000)
            """,
            limit=2,
        )
    )

    (overrun,) = evidence.overruns
    assert overrun.phase == "restore 1, handler"
    assert "in handler" in overrun.stack


def test_an_init_that_takes_too_long_is_told(call):
    evidence, _ = rehearsed(call("import time\ntime.sleep(1000)\n", limit=2))

    assert [one.phase for one in evidence.overruns][:1] == ["init"]


def test_an_init_that_ends_is_told(call):
    with pytest.raises(CannotStartError, match="ended with status 3"):
        rehearsed(call("import os\nos._exit(3)\n"))


@pytest.mark.parametrize(
    "line", ["no event", '{"number": "1.1", "event": "refused", "error": "", "status": 0}']
)
def test_a_function_that_writes_to_the_line_is_told(call, line):
    evidence, _ = rehearsed(
        call(
            f"""
            import os
            for descriptor in range(20, 300):
                try:
                    os.write(descriptor, b'\\n{line}\\n')
                except OSError:
                    pass
            def handler(event, context):
                return 1
            """
        )
    )

    assert evidence.disturbed == line


def test_a_copy_that_writes_much_and_does_not_end_is_cut_short(call):
    evidence, heard = rehearsed(
        call(
            """
            import os, random, time
            os._exit = lambda _: time.sleep(1000)
            def handler(event, context):
                print("x" * 1_000_000)
                return random.random() < 1
            """,
            limit=2,
        )
    )

    assert [one.result for one in evidence.invocations] == [True, True]
    assert any("bytes more" in text for _, text in heard.said)
    assert evidence.profile.draws


def test_a_machine_that_is_lost_in_the_init_is_told(call):
    with pytest.raises(CannotStartError, match="is lost, for the virtual machine has ended"):
        rehearsed(call("import ctypes\nctypes.CDLL(None).reboot(0x01234567)\nwhile True: pass\n"))


def failing(monkeypatch, owner, name, times):
    """Let a method fail in one of its calls; the others go through."""
    really, calls = getattr(owner, name), []

    def method(*arguments):
        calls.append(name)
        if len(calls) == times:
            raise MachineError("the virtual machine is tired")
        return really(*arguments)

    monkeypatch.setattr(owner, name, method)


@pytest.mark.parametrize(
    ("owner", "name", "said"),
    [
        (Machine, "begin", "the virtual machine is tired"),
        (Program, "start", "the virtual machine is tired"),
        (Machine, "save", "is lost, for the virtual machine is tired while it was looked at"),
    ],
)
@pytest.mark.usefixtures("_kept")
def test_a_machine_that_fails_before_the_snapshot_is_told(call, monkeypatch, owner, name, said):
    failing(monkeypatch, owner, name, 1)

    with pytest.raises(CannotStartError, match=said):
        rehearsed(call())


@pytest.mark.parametrize("is_cached", [False, True])
@pytest.mark.usefixtures("_kept")
def test_a_machine_that_does_not_boot_is_told(call, monkeypatch, is_cached):
    monkeypatch.setattr(bases, "_CHANGES", -1)  # Too much has changed for the kept one.
    failing(monkeypatch, Machine, "answer", 1)

    with pytest.raises(CannotStartError, match="the virtual machine is tired"):
        rehearsed(call(is_cached=is_cached))


@pytest.mark.usefixtures("_kept")
def test_a_second_init_that_fails_beside_the_first_one_is_tried_again(call, monkeypatch):
    failing(monkeypatch, Machine, "save", 2)

    evidence, _ = rehearsed(call())

    assert evidence.second.snapshot
    assert evidence.made_up == ("app.VALUE",)


@pytest.mark.usefixtures("_kept")
def test_a_restore_that_does_not_begin_is_told_and_the_others_live(call, monkeypatch):
    failing(monkeypatch, Machine, "begin", 3)  # after those of both inits

    evidence, _ = rehearsed(call())

    first, second = evidence.restores
    assert first.invocation
    assert "is lost, for the virtual machine is tired" in str(first.invocation.error)
    assert second.restored


def test_without_qemu_it_is_said_what_to_install(call, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CannotStartError, match=r"Install QEMU .Debian and Ubuntu: qemu-system-"):
        rehearsed(call())


def test_packages_that_are_too_large_are_told(call, monkeypatch):
    monkeypatch.setattr(bases, "_LARGEST", 10)

    with pytest.raises(
        CannotStartError, match=r"MB, most of it in \S+lib\S+, and a machine takes 10 at most"
    ):
        rehearsed(call())


def test_too_little_memory_is_told(call):
    with pytest.raises(CannotStartError, match="64 MB are too little: with the packages"):
        rehearsed(call(memory=64, is_cached=False))


def test_a_folder_that_cannot_be_written_to_is_told(call, tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(CannotStartError, match="a virtual machine cannot be made"):
        rehearsed(call(kept=str(tmp_path / "file" / "kept")))


def test_a_processor_that_does_not_serve_is_told(call, monkeypatch):
    monkeypatch.setattr(bases, "has_virtualisation", lambda: True)
    monkeypatch.setattr(bases, "_QUICK_BOOT", 0.0)

    _, heard = rehearsed(call(is_cached=False))

    assert [text.partition(":")[0] for origin, text in heard.said if "machine" in origin] == [
        "/dev/kvm does not serve"
    ]


def test_a_kernel_without_drivers_is_told(call, monkeypatch):
    monkeypatch.setattr(bases, "modules", lambda *_: None)

    for _ in "booted", "kept":
        evidence, heard = rehearsed(call())

        assert len(evidence.restored) == 2
        ((origin, text),) = ((origin, text) for origin, text in heard.said if "driver" in text)
        assert origin == "virtual machine"
        assert text.startswith("no network: ")
    made = engine(call(host_ports=(5432,)))
    with made.session(), pytest.raises(EngineError, match="ports of the host need a network, and"):
        made.start(Heard(), [])


def test_what_machines_lack_is_an_error_of_the_engine(call, monkeypatch):
    def fail(*_):
        raise MissingError("nothing is there")

    monkeypatch.setattr(bases, "kernel", fail)
    made = engine(call())

    with made.session(), pytest.raises(EngineError, match="nothing is there"):
        made.start(Heard(), [])
    assert not made.tells_speed


def test_a_machine_says_what_it_cannot_do(call):
    wish = call()
    folder = Path(wish.path)
    told = bases.Told(lambda _: None, lambda _: None)
    found = bases.base(wish.machine, [str(folder)], dict(os.environ), told)

    machine = found.start(wish.machine)
    try:
        with pytest.raises(MachineError, match="the virtual machine says: FileNotFoundError"):
            machine.order(b"N", b'["/nothing"]')
    finally:
        machine.end()
        machine.end()
        found.saved.memory.close()
