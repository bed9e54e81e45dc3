"""Generators of random things, which were all used in the init."""

from __future__ import annotations

import random
import secrets
import sqlite3
import ssl
import tempfile
import uuid

from .uses import used, used_again


def begin():
    import bson.objectid
    import faker
    import numpy as np
    import uuid_utils
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    raw_form = serialization.Encoding.Raw, serialization.PrivateFormat.Raw
    plain = serialization.NoEncryption()
    signer = ec.derive_private_key(1234567, ec.SECP256R1())
    names = faker.Faker()
    database = sqlite3.connect(":memory:")

    def asked(question):
        return lambda: database.execute(f"SELECT {question}").fetchone()[0]

    def raw(kind):
        return lambda: kind.generate().private_bytes(*raw_form, plain).hex()

    return used(
        {
            "random": random.random,
            "numpy": np.random.rand,
            "ssl": lambda: ssl.RAND_bytes(8).hex(),
            "Ed25519": raw(ed25519.Ed25519PrivateKey),
            "X25519": raw(x25519.X25519PrivateKey),
            "EC": lambda: str(
                ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
            ),
            "RSA": lambda: str(rsa.generate_private_key(65537, 1024).private_numbers().p),
            "AESGCM": lambda: AESGCM.generate_key(128).hex(),
            "the nonce of ECDSA": lambda: signer.sign(b"", ec.ECDSA(hashes.SHA256())).hex(),
            # Without the time at its beginning.
            "ObjectId": lambda: str(bson.objectid.ObjectId())[8:],
            "uuid_utils": lambda: str(uuid_utils.uuid4()),
            "Faker": names.pystr,
            "SQLite's randomblob()": asked("hex(randomblob(8))"),
            "SQLite's random()": asked("random()"),
            "names of temporary files": tempfile.mktemp,
            "uuid": lambda: str(uuid.uuid4()),
            "secrets": secrets.token_hex,
        }
    )


def go_on(begun):
    return {name: now for name, (_, now) in used_again(begun).items()}
