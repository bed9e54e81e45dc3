"""Reseeds the process-wide pseudo-random generators after each restore.

A snapshot holds their state, so without this every execution environment that starts from
it draws the same numbers.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_SEED_SIZE = 32  # bytes


def after_restore() -> None:
    """Give new seeds from the operating system to the generators that are in use.

    These are the functions of `random`, those of `numpy.random` that share one generator,
    and torch's global generators. A module that has not been imported yet seeds itself when
    it is.
    """
    random = sys.modules.get("random")
    if random is not None:
        random.seed(int.from_bytes(os.urandom(_SEED_SIZE), "big"))
    numpy_random = sys.modules.get("numpy.random")
    if numpy_random is not None:
        _reseed_numpy(numpy_random)
    torch_random = sys.modules.get("torch.random")
    if torch_random is not None:
        torch_random.seed()  # Of all devices; one that is not in use yet gets it when it is.


def _reseed_numpy(numpy_random: "Any") -> None:
    try:
        numpy_random.seed()
    except TypeError:
        # Its user has put another kind of bit generator in place, which cannot be reseeded.
        kind = type(numpy_random.get_bit_generator())
        numpy_random.set_bit_generator(kind())
