"""Finding a library's live objects, and cleaning up all of them."""

from __future__ import annotations

import gc
import weakref

import pytest

from snapshot_restore_py.live_objects import CleanUpError, for_each, instances_of


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
