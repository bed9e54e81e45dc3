"""Finding a library's live objects, and cleaning up all of them."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket
import sys
import threading
import types
import weakref

import pytest

from snapshot_restore_py.live_objects import (
    CleanUpError,
    close_transport,
    for_each,
    global_name,
    instances_in,
    instances_of,
    shut_down,
)


class Connection:
    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = False

    def __repr__(self) -> str:
        return f"<connection {self.name}>"

    def close(self) -> None:
        if self.name == "stuck":
            raise OSError("busy")
        self.closed = True


class TlsConnection(Connection):
    pass


class Proxy:
    @property
    def __class__(self):
        raise RuntimeError("not bound to anything")


def test_all_instances_are_found_those_of_derived_classes_and_half_constructed_ones_too():
    whole, tls, half = Connection("a"), TlsConnection("b"), Connection.__new__(Connection)
    proxy, dead = Proxy(), weakref.proxy(Connection("gone"))
    found = instances_of(Connection)
    assert {id(one) for one in found} == {id(one) for one in (whole, tls, half)}
    assert [id(one) for one in instances_of(TlsConnection)] == [id(tls)]
    assert type(proxy) is Proxy
    assert type(dead) is weakref.ProxyType


def test_frozen_ones_are_found():
    connection = Connection("a")
    gc.freeze()
    assert [id(one) for one in instances_of(Connection)] == [id(connection)]


def test_those_of_a_class_in_a_module_are_found_by_its_name(monkeypatch):
    connection = Connection("a")
    module = types.ModuleType("some_library")
    module.Client, module.value = Connection, 1
    monkeypatch.setitem(sys.modules, "some_library", module)
    assert [id(one) for one in instances_in("some_library", "Client")] == [id(connection)]


@pytest.mark.parametrize("version", ["7.1", None])
def test_a_class_that_a_loaded_library_lacks_is_warned_of(monkeypatch, version):
    module = types.ModuleType("some_library")
    module.value = 1
    if version:
        module.__version__ = version
    monkeypatch.setitem(sys.modules, "some_library", module)
    told = f"some_library {version or 'of unknown version'} has no class some_library"
    for name in ("Missing", "value"):
        with pytest.warns(RuntimeWarning, match=rf"{told}\.{name}"):
            assert instances_in("some_library", name) == []
        assert instances_in("some_library", name, may_be_missing=True) == []


def test_a_module_that_is_still_being_imported_is_not_warned_of(monkeypatch):
    module = types.ModuleType("some_library")
    module.__spec__ = types.SimpleNamespace(_initializing=True)
    monkeypatch.setitem(sys.modules, "some_library", module)
    assert instances_in("some_library", "Client") == []


class LazyImport:
    """Stands in for Python 3.15's types.LazyImportType: it can be told by its repr()."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<lazy_import '{self.name}'>"


@pytest.mark.parametrize("origin", ["some_library._client._Client", "some_library..."])
def test_a_lazily_imported_class_is_found_where_it_is_defined(monkeypatch, origin):
    monkeypatch.setattr(types, "LazyImportType", LazyImport, raising=False)
    library, defining = types.ModuleType("some_library"), types.ModuleType("some_library._client")
    library.Client = lazy = LazyImport(origin)
    monkeypatch.setitem(sys.modules, "some_library", library)
    assert instances_in("some_library", "Client") == []
    defining.Client = defining._Client = Connection
    monkeypatch.setitem(sys.modules, "some_library._client", defining)
    connection = Connection("a")
    assert [id(one) for one in instances_in("some_library", "Client")] == [id(connection)]
    assert library.Client is lazy


def test_a_class_that_a_package_exports_by_getattr_is_found_where_it_is_defined(monkeypatch):
    def fail(name: str) -> None:
        raise AssertionError("imported")

    library, defining = types.ModuleType("some_library"), types.ModuleType("some_library._client")
    library.__getattr__, library.__all__ = fail, ["Client"]
    monkeypatch.setitem(sys.modules, "some_library", library)
    assert instances_in("some_library", "Client") == []
    defining.Client = Connection
    monkeypatch.setitem(sys.modules, "some_library._client", defining)
    connection = Connection("a")
    assert [id(one) for one in instances_in("some_library", "Client")] == [id(connection)]
    with pytest.warns(RuntimeWarning, match=r"some_library\.Pool"):
        assert instances_in("some_library", "Pool") == []


class Slotted:
    __slots__ = ("data",)

    def __init__(self) -> None:
        self.data: list[int] = []


def names(kind: type = Connection) -> set[int]:
    return {id(one) for one in instances_of(kind)}


def test_what_was_made_after_a_walk_is_found_whatever_was_collected_meanwhile():
    connections = [Connection("0")]
    assert names() == {id(connections[0])}
    steps = [
        lambda: None,
        lambda: gc.collect(0),
        lambda: gc.collect(1),
        gc.collect,
        gc.freeze,
        lambda: (gc.freeze(), gc.unfreeze()),
        gc.disable,
        gc.enable,
        lambda: [[] for _ in range(100_000)],
    ]
    for step in steps:
        for before in (True, False):
            if before:
                connections.append(TlsConnection("early"))
                step()
            else:
                step()
                connections.append(Connection("late"))
            assert names() == {id(one) for one in connections}


def test_a_class_made_after_a_walk_is_found():
    instances_of(Connection)
    kind = type("Later", (Connection,), {})
    connection = kind("a")
    assert names() == {id(connection)}


def test_a_walk_keeps_nothing_alive():
    connection = Connection("a")
    instances_of(Connection)
    gone = weakref.ref(connection)
    del connection
    assert gone() is None
    assert instances_of(Connection) == []


def test_classes_with_many_instances_or_without_weak_references_are_found():
    slotted, many = Slotted(), [Connection(str(number)) for number in range(2000)]
    for _ in range(2):
        assert names(Slotted) == {id(slotted)}
        assert names() == {id(one) for one in many}


def test_classes_that_cannot_be_told_by_their_hash_do_no_harm():
    class Alike(type):
        def __eq__(cls, other: object) -> bool:
            return isinstance(other, Alike)

        def __hash__(cls) -> int:
            return 1

    class Unhashable(type):
        __hash__ = None

    kinds = [Alike("A", (), {}), Alike("B", (), {}), Unhashable("C", (), {})]
    objects = [kind() for kind in kinds]
    assert [[one is objects[2] for one in instances_of(kinds[2])]] == [[True]]
    del objects[2], kinds[2]
    gc.collect()
    for kind, one in zip(kinds, objects):
        assert any(found is one for found in instances_of(kind))


def test_where_no_walk_can_be_trusted_all_are_found_nevertheless(interpreter):
    # In a process of its own: that of the tests has classes that compare in a way of their own.
    code = """
        import gc
        from snapshot_restore_py.live_objects import instances_of
        class Many: pass
        class Few: pass
        many, few = [Many() for _ in range(1001)], Few()
        found = [len(instances_of(Many)), len(instances_of(Few))]
        gc.set_threshold(1, 1, 1)  # What was made just now is not young any more.
        found.append(len(instances_of(Few)))
        class Unhashable(type):
            __hash__ = None
        class Odd(metaclass=Unhashable): pass
        odd = Odd()
        found += [len(instances_of(Few)), len(instances_of(Odd))]
        report(found)
    """
    assert interpreter.run(code) == [1001, 1, 1, 1, 1]


def test_a_library_that_is_not_in_use_is_not_imported(monkeypatch, site, interpreter):
    monkeypatch.setitem(sys.modules, "no_module", None)
    assert instances_in("no_module", "Client") == []
    site.write({"library": "print('imported')\nclass Client: pass"})
    code = """
        import importlib.util, sys
        from snapshot_restore_py.live_objects import instances_in
        found = [instances_in("library", "Client")]
        spec = importlib.util.find_spec("library")
        spec.loader = importlib.util.LazyLoader(spec.loader)
        sys.modules["library"] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        report([*found, instances_in("library", "Client")])
    """
    assert interpreter.run(code, site) == [[], []]


def test_a_connection_is_shut_down_for_all_who_hold_its_socket():
    ours, theirs = socket.socketpair()
    with ours, theirs, ours.dup() as same:
        shut_down(ours.fileno())
        assert same.recv(1) == theirs.recv(1) == b""
        shut_down(ours.fileno())
    shut_down(ours.fileno())


def test_one_that_fails_does_not_stop_the_others_and_all_failures_are_told():
    connections = [Connection("a"), Connection("stuck"), Connection("b"), Connection("stuck")]
    with pytest.raises(CleanUpError) as caught:
        for_each(connections, Connection.close)
    assert [connection.closed for connection in connections] == [True, False, True, False]
    assert str(caught.value) == (
        "<connection stuck>: OSError: busy; <connection stuck>: OSError: busy"
    )
    assert [name for name, _ in caught.value.failures] == ["<connection stuck>"] * 2
    assert caught.value.__cause__ is caught.value.failures[0][1]


def test_nothing_is_raised_where_nothing_fails():
    connections = [Connection("a")]
    for_each(connections, Connection.close)
    assert connections[0].closed


def test_an_object_that_cannot_tell_its_name_is_named_by_its_class():
    half = Connection.__new__(Connection)
    with pytest.raises(CleanUpError, match=r"Connection object at .*: AttributeError"):
        for_each([half], Connection.close)


def test_the_caller_may_describe_the_objects():
    with pytest.raises(CleanUpError, match=r"^the stuck one: OSError: busy$"):
        for_each([Connection("stuck")], Connection.close, lambda one: f"the {one.name} one")


def test_an_object_is_named_by_the_variable_that_holds_it(monkeypatch):
    connection = Connection("a")
    assert global_name(connection) is None
    monkeypatch.setitem(sys.modules, "nothing", None)
    application = types.ModuleType("application")
    application.database = connection
    monkeypatch.setitem(sys.modules, "application", application)
    assert global_name(connection) == "application.database"


class Peer:
    """A server's end of one connection."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()
        self.accepted: socket.socket | None = None

    def sees_the_end(self) -> bool:
        self.accepted, _ = self.listener.accept()
        self.accepted.settimeout(30)
        with contextlib.suppress(ConnectionResetError):
            return self.accepted.recv(1) == b""
        return True

    def close(self) -> None:
        self.listener.close()
        if self.accepted:
            self.accepted.close()


async def connect(peer: Peer) -> asyncio.Transport:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_connection(asyncio.Protocol, *peer.address)
    return transport


def test_a_transport_is_closed_while_its_loop_rests():
    loop = asyncio.new_event_loop()
    with contextlib.closing(Peer()) as peer, contextlib.closing(loop):
        transport = loop.run_until_complete(connect(peer))
        close_transport(transport)
        assert peer.sees_the_end()
        assert transport.get_extra_info("socket").fileno() == -1
        loop.run_until_complete(asyncio.sleep(0))
        close_transport(transport)


def test_a_transport_is_closed_by_code_that_its_loop_runs():
    async def close() -> None:
        transport = await connect(peer)
        transport.write(b"")
        close_transport(transport)
        assert peer.sees_the_end()

    with contextlib.closing(Peer()) as peer:
        asyncio.run(close())


def test_a_transport_is_closed_while_its_loop_is_busy_in_another_thread():
    loop, go_on = asyncio.new_event_loop(), threading.Event()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    with contextlib.closing(Peer()) as peer:
        transport = asyncio.run_coroutine_threadsafe(connect(peer), loop).result(30)
        loop.call_soon_threadsafe(go_on.wait)
        close_transport(transport)
        assert peer.sees_the_end()
        go_on.set()
        for _ in range(2):  # the loop's own clean-up takes it two turns
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
        assert transport.is_closing()


def test_a_transport_is_closed_after_its_loop_was(interpreter):
    code = """
        import asyncio
        from snapshot_restore_py.live_objects import close_transport
        from tests.test_live_objects import Peer, connect
        peer = Peer()
        transport = asyncio.run(connect(peer))
        close_transport(transport)
        report([peer.sees_the_end(), transport.get_extra_info("socket").fileno()])
    """
    assert interpreter.run(code) == [True, -1]


def test_a_transport_without_a_socket_is_aborted():
    class Pipe(asyncio.WriteTransport):
        aborted = False

        def abort(self) -> None:
            self.aborted = True

    pipe = Pipe()
    close_transport(pipe)
    assert pipe.aborted
