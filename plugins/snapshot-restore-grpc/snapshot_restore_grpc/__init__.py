"""Takes the connections of gRPC's channels out of the snapshot.

In a restored environment they would be dead, and gRPC would not notice: the first call waits
for its deadline, or for ever.
"""

import sys


def before_snapshot() -> None:
    """Close the connections of all channels, and wait until the channels have noticed.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if a channel has not noticed.
    """
    if "grpc" in sys.modules:
        from . import channels

        channels.disconnect_all()


def after_restore() -> None:
    """Close what channels have connected anew by themselves meanwhile.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if a channel has not noticed.
    """
    channels = sys.modules.get(f"{__name__}.channels")
    if channels is not None:
        channels.disconnect_again()
