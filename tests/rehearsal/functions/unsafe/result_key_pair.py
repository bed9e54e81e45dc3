"""A key pair made at the import.

needs cryptography
error shared-result
"""

from cryptography.hazmat.primitives.asymmetric import ed25519

private = ed25519.Ed25519PrivateKey.generate()


def handler(event, context):
    return {"public": private.public_key().public_bytes_raw().hex()}
