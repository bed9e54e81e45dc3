"""Signatures with a given key: the secret number in each comes from OpenSSL's generator.

needs cryptography
error shared-result
"""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

private = ec.derive_private_key(1234567890123456789, ec.SECP256R1())
algorithm = ec.ECDSA(hashes.SHA256())
private.public_key().verify(private.sign(b"primed", algorithm), b"primed", algorithm)


def handler(event, context):
    return private.sign(b"order 7", algorithm).hex()
