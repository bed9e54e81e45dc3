"""The plugin, installed with pip, with grpcio's own server behind a relay.

A forked copy lacks the threads of gRPC's core, which a restore keeps. So the process of the
snapshot goes on itself, after its connections have vanished; three at the same time where it
is about several restores.
"""

from __future__ import annotations

import contextlib

import pytest

from tests.servers.grpc_server import GrpcServer
from tests.servers.vanishing import VanishingRelay
from tests.snapshots import Snapshot, imported_without_use, installed_once, run


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """A folder into which pip has installed the plugin."""
    return installed_once(tmp_path_factory.getbasetemp(), "snapshot-restore-grpc")


@pytest.fixture(scope="session")
def server():
    server = GrpcServer()
    yield server
    server.stop()


@pytest.fixture
def relay(server):
    relay = VanishingRelay(server.port)
    yield relay
    relay.stop()


SYNC = """
import grpc
channel = grpc.insecure_channel("127.0.0.1:{port}", options={options})
def work():
    return channel.unary_unary("/test/peer")(b"", timeout=5).decode()
told = work()
"""
ASYNC = """
import asyncio, grpc.aio
loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
async def start():
    return grpc.aio.insecure_channel("127.0.0.1:{port}", options={options})
channel = loop.run_until_complete(start())
async def use():
    return (await channel.unary_unary("/test/peer")(b"", timeout=5)).decode()
def work():
    return loop.run_until_complete(use())
told = work()
"""
CHANNELS = {"sync": SYNC, "async": ASYNC}
ROUND_ROBIN = [("grpc.lb_policy_name", "round_robin")]


@pytest.mark.parametrize("channel", CHANNELS)
def test_each_restore_has_a_connection_of_its_own(installed, relay, channel):
    code = CHANNELS[channel].format(port=relay.port, options=[])
    with contextlib.ExitStack() as stack:
        snapshots = [stack.enter_context(Snapshot(code, installed, "grpc")) for _ in range(3)]
        relay.wait_until_all_are_closed()
        peers = {snapshot.resume() for snapshot in snapshots}
        assert len(peers | {snapshot.told for snapshot in snapshots}) == 6
        assert all(peer.startswith("ipv4:") for peer in peers)
        assert relay.open == 3


@pytest.mark.parametrize("channel", CHANNELS)
def test_what_a_channel_connects_by_itself_is_closed_after_the_restore(installed, relay, channel):
    code = CHANNELS[channel].format(port=relay.port, options=ROUND_ROBIN)
    code = code.replace("timeout=5", "timeout=20, wait_for_ready=True")
    with Snapshot(code, installed, "grpc") as snapshot:
        relay.vanish()
        peer = snapshot.resume()
        assert peer.startswith("ipv4:")
        assert peer != snapshot.told


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_connection_that_is_half_made_is_waited_for_before_the_snapshot(
    installed, server, channel
):
    relay = VanishingRelay(server.port, distance=0.3)
    code = CHANNELS[channel].format(port=relay.port, options=ROUND_ROBIN)
    code = code.replace("timeout=5", "timeout=5, wait_for_ready=True")
    with Snapshot(code, installed, "grpc") as snapshot:
        assert relay.open == 1  # Made by the channel itself, in the place of the first.
        assert relay.accepted == 2
        relay.vanish()
        assert snapshot.resume().startswith("ipv4:")
    relay.stop()


def test_a_server_that_is_gone_holds_nothing_up(installed, server):
    relay = VanishingRelay(server.port)
    code = f"""
        import grpc
        import snapshot_restore_py
        from snapshot_restore_grpc import channels
        channels._SETTLING = 0.1
        channel = grpc.insecure_channel("127.0.0.1:{relay.port}", options={ROUND_ROBIN})
        channel.unary_unary("/test/peer")(b"", timeout=5)
        silent = __import__("socket").create_server(("127.0.0.1", 0))
        other = grpc.insecure_channel(f"127.0.0.1:{{silent.getsockname()[1]}}")
        other.subscribe(lambda state: None, try_to_connect=True)
        accepted = silent.accept()
        snapshot_restore_py.run_before_snapshot()
        tell(True)
        # At once: gRPC's thread that watches a channel fails where that is closed meanwhile.
        __import__("sys").stdout.flush()
        __import__("os")._exit(0)
    """
    assert run(code, installed, "grpc") is True
    relay.stop()


def test_without_the_plugin_the_connection_is_in_the_snapshot(installed, relay):
    code = SYNC.format(port=relay.port, options=[])
    with Snapshot(code, installed, "none") as snapshot:
        assert relay.open == 1
        assert snapshot.resume() == snapshot.told


def test_a_channel_that_does_not_notice_is_named(installed, relay):
    code = f"""
        import asyncio, grpc, grpc.aio
        import snapshot_restore_py
        import snapshot_restore_grpc.channels
        from snapshot_restore_py.live_objects import CleanUpError
        snapshot_restore_grpc.channels._PATIENCE = 0.1
        target, options = "127.0.0.1:{relay.port}", [("grpc.enable_channelz", 0)]
        channel = grpc.insecure_channel(target, options=options)
        channel.unary_unary("/test/peer")(b"", timeout=5)
        async def use():
            async with grpc.aio.insecure_channel(target, options=options) as other:
                await other.unary_unary("/test/peer")(b"", timeout=5)
                try:
                    snapshot_restore_py.run_before_snapshot()
                except CleanUpError as error:
                    return [f"{{name}}: {{error}}" for name, error in error.failures]
        told = asyncio.run(use())
        channel.close()
        tell(told)
    """
    told = run(code, installed, "grpc")
    assert len(told) == 2
    assert "grpc._channel.Channel object at 0x" in told[0]
    assert f"127.0.0.1:{relay.port}: after 0 seconds it still takes itself" in told[0]
    assert "grpc.aio._channel.Channel object at 0x" in told[1]


def test_a_core_that_notices_only_when_it_sends_is_let_send(installed, relay):
    # Older ones are so where the channel has connected by itself.
    code = f"""
        import grpc
        import snapshot_restore_py
        from snapshot_restore_grpc import channels
        shut_down, unnoticed = channels.shut_down, []
        channels.shut_down = unnoticed.append
        channel = grpc.insecure_channel("127.0.0.1:{relay.port}")
        first = channel.unary_unary("/test/peer")(b"", timeout=5).decode()
        class Older(type(channel)):
            def unary_unary(self, method, *args, **kwargs):
                while unnoticed:
                    shut_down(unnoticed.pop())
                return super().unary_unary(method, *args, **kwargs)
        channel.__class__ = Older
        snapshot_restore_py.run_before_snapshot()
        tell([first, channel.unary_unary("/test/peer")(b"", timeout=5).decode()])
    """
    first, second = run(code, installed, "grpc")
    assert first != second


def test_a_channel_that_has_connected_anew_before_it_is_looked_at_has_noticed(installed, relay):
    code = f"""
        import grpc, time
        import snapshot_restore_py
        from snapshot_restore_grpc import channels
        shut_down, unnoticed = channels.shut_down, []
        channels.shut_down = unnoticed.append
        def watch(core, ready):
            shut_down(unnoticed.pop())
            state = ready
            while True:
                core.watch_connectivity_state(state, time.time() + 5)
                state = core.check_connectivity_state(True)
                if state == ready:
                    break
        channels._watch = watch
        channel = grpc.insecure_channel("127.0.0.1:{relay.port}")
        first = channel.unary_unary("/test/peer")(b"", timeout=5).decode()
        snapshot_restore_py.run_before_snapshot()
        tell([first, channel.unary_unary("/test/peer")(b"", timeout=5).decode()])
    """
    first, second = run(code, installed, "grpc")
    assert first != second
    assert relay.accepted == 2


def test_closed_and_half_constructed_channels_are_left_alone(installed, relay):
    code = f"""
        import asyncio, grpc, grpc.aio
        import snapshot_restore_py
        closed = grpc.insecure_channel("127.0.0.1:{relay.port}")
        unused = grpc.insecure_channel("127.0.0.1:{relay.port}")
        closed.close()
        async def use():
            async with grpc.aio.insecure_channel("127.0.0.1:{relay.port}") as channel:
                return channel
        closed_async = asyncio.run(use())
        half = grpc._channel.Channel.__new__(grpc._channel.Channel)
        snapshot_restore_py.run_before_snapshot()
        snapshot_restore_py.run_after_restore()
        half._unregister = None
        unused.close()
        tell(True)
    """
    assert run(code, installed, "grpc") is True


def test_a_process_that_has_no_channel_needs_nothing(installed):
    code = """
        import grpc
        import snapshot_restore_py
        snapshot_restore_py.run_before_snapshot()
        snapshot_restore_py.run_after_restore()
        tell(True)
    """
    assert run(code, installed, "grpc") is True


def test_it_does_not_import_grpc(installed):
    assert imported_without_use(installed, "grpc", "grpc", "json") == []
