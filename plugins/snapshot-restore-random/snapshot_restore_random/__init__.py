"""Reseeds the process-wide pseudo-random generators after each restore.

A snapshot holds their state, so without this every execution environment that starts from
it draws the same numbers, keys and ids.
"""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_SEED_SIZE = 32  # bytes


def after_restore() -> None:
    """Give new seeds from the operating system to the generators that are in use.

    A module that has not been imported yet seeds itself when it is. One of a version that
    cannot be reseeded is named in a RuntimeWarning.

    Raises:
        CleanUpError: Of `snapshot_restore_py.live_objects`, if some could not be reseeded;
            all the others are.
    """
    loaded = [(name, reseed) for name, reseed in _RESEEDERS.items() if _module(name) is not None]
    failed = []
    for name, reseed in loaded:
        try:
            reseed(_module(name))
        except AttributeError as missing:  # An unsupported version is no reason not to start.
            _warn(name, missing)
        except Exception as error:
            failed.append((name, error))
    if failed:
        from snapshot_restore_py.live_objects import CleanUpError

        raise CleanUpError(tuple(failed)) from failed[0][1]


def _module(name: str) -> "Any":
    module = sys.modules.get(name)
    if not isinstance(module, type(sys)):
        return None
    # Asking a lazy module for an attribute would import it.
    return None if type(module).__name__ == "_LazyModule" else module


def _warn(name: str, missing: AttributeError) -> None:
    import warnings

    warnings.warn(
        f"this version of {name} cannot be reseeded ({missing}): all restored environments "
        "draw the same from it. Use a version that snapshot-restore-random supports",
        RuntimeWarning,
        stacklevel=3,
    )


def _seed() -> int:
    return int.from_bytes(os.urandom(_SEED_SIZE), "big")


def _reseed_random(random: "Any") -> None:
    random.seed(_seed())


def _reseed_numpy(numpy_random: "Any") -> None:
    try:
        numpy_random.seed()
    except TypeError:
        # Its user has put another kind of bit generator in place, which cannot be reseeded.
        kind = type(numpy_random.get_bit_generator())
        numpy_random.set_bit_generator(kind())


def _reseed_torch(torch_random: "Any") -> None:
    torch_random.seed()  # Of all devices; one that is not in use yet gets it when it is.


def _reseed_polars(polars: "Any") -> None:
    polars.set_random_seed(_seed() >> 8 * (_SEED_SIZE - 8))  # It takes 64 bits.


def _reseed_openssl(ssl: "Any") -> None:
    # Otherwise OpenSSL's own generator asks for entropy only once in an hour.
    ssl.RAND_add(os.urandom(48), 48.0)


def _reseed_cryptography(rust: "Any") -> None:
    # The wheel of cryptography has an OpenSSL of its own.
    openssl = rust._openssl
    entropy = os.urandom(48)
    openssl.lib.RAND_add(openssl.ffi.from_buffer(entropy), len(entropy), 48.0)


def _reseed_object_ids(objectid: "Any") -> None:
    kind = objectid.ObjectId
    # The class reads its random part under the name that Python makes of __random.
    kind._ObjectId__random = os.urandom(5)
    kind._inc = int.from_bytes(os.urandom(3), "big")


def _reseed_uuid_utils(uuid_utils: "Any") -> None:
    uuid_utils.reseed_rng()


def _reseed_ddtrace(native: "Any") -> None:
    native.seed()


def _reseed_faker(generator: "Any") -> None:
    generator.random.seed(_seed())


def _rename_temporary_files(tempfile: "Any") -> None:
    tempfile._name_sequence = None


def _reseed_sqlite(sqlite: "Any") -> None:
    import ctypes

    # No size and no buffer: SQLite forgets its state, and asks the system at the next use.
    randomness = ctypes.CDLL(getattr(sqlite, "__file__", None)).sqlite3_randomness
    randomness.argtypes, randomness.restype = [ctypes.c_int, ctypes.c_void_p], None
    randomness(0, None)


_RESEEDERS: "dict[str, Callable[[Any], None]]" = {
    "random": _reseed_random,
    "numpy.random": _reseed_numpy,
    "torch.random": _reseed_torch,
    "polars": _reseed_polars,
    "_ssl": _reseed_openssl,
    "cryptography.hazmat.bindings._rust": _reseed_cryptography,
    "bson.objectid": _reseed_object_ids,
    "uuid_utils": _reseed_uuid_utils,
    "ddtrace.internal.native": _reseed_ddtrace,
    "faker.generator": _reseed_faker,
    "tempfile": _rename_temporary_files,
    "_sqlite3": _reseed_sqlite,
}
