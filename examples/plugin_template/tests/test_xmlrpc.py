"""The installed plugin, with real clients and a real server."""

import socketserver
import subprocess
import sys
import threading
import xmlrpc.client
import xmlrpc.server

import pytest
import snapshot_restore_xmlrpc

import snapshot_restore_py
from snapshot_restore_py.live_objects import CleanUpError

LIMIT = 60  # seconds; only guards against a test that hangs


class Server(socketserver.ThreadingMixIn, xmlrpc.server.SimpleXMLRPCServer):
    daemon_threads = True  # Clients may stay connected when a test is over.


class RequestHandler(xmlrpc.server.SimpleXMLRPCRequestHandler):
    protocol_version = "HTTP/1.1"  # Which keeps connections alive.

    def handle(self):
        self.server.accepted += 1
        super().handle()
        self.server.closed.release()


@pytest.fixture
def server():
    server = Server(("127.0.0.1", 0), RequestHandler, logRequests=False)
    server.register_function(lambda a, b: a + b, "add")
    server.accepted = 0
    server.closed = threading.Semaphore(0)
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_found_and_loaded():
    (plugin,) = (one for one in snapshot_restore_py.plugins() if one.name == "xmlrpc")
    assert (plugin.distribution, plugin.status) == ("snapshot-restore-xmlrpc", "loaded")
    assert [hook[0] for hook in plugin.before_snapshot] == [snapshot_restore_xmlrpc.before_snapshot]


def test_connections_are_closed_and_the_next_call_opens_a_new_one(server):
    proxy = xmlrpc.client.ServerProxy(server.url)
    assert [proxy.add(1, 2), proxy.add(3, 4)] == [3, 7]
    assert server.accepted == 1
    snapshot_restore_xmlrpc.before_snapshot()
    assert server.closed.acquire(timeout=LIMIT)  # The server sees that it is closed.
    assert proxy.add(5, 6) == 11
    assert server.accepted == 2


def test_closed_and_half_constructed_objects_are_no_problem():
    half = xmlrpc.client.Transport.__new__(xmlrpc.client.Transport)
    closed = xmlrpc.client.Transport()
    closed.close()
    snapshot_restore_xmlrpc.before_snapshot()
    assert not hasattr(half, "_connection")


def test_one_that_cannot_be_closed_is_named_and_does_not_stop_the_others(server):
    class Stuck(xmlrpc.client.Transport):
        def close(self):
            raise OSError("busy")

    stuck = Stuck()
    proxy = xmlrpc.client.ServerProxy(server.url)
    proxy.add(1, 2)
    with pytest.raises(CleanUpError, match=r"Stuck object at .*: OSError: busy") as caught:
        snapshot_restore_xmlrpc.before_snapshot()
    assert server.closed.acquire(timeout=LIMIT)
    assert len(caught.value.failures) == 1
    del Stuck.close  # So that other tests do not find one that fails.
    stuck.close()


def test_it_does_not_import_the_library():
    code = """
import sys, snapshot_restore_py
snapshot_restore_py.run_before_snapshot()
print("snapshot_restore_xmlrpc" in sys.modules, "xmlrpc" in sys.modules)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (run.stdout, run.stderr) == ("True False\n", "")
