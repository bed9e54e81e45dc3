"""Keys derived from a passphrase at the import; what must be new comes from the system.

needs cryptography
env PASSPHRASE=example
"""

import base64
import os

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC


def derive(purpose):
    kdf = PBKDF2HMAC(hashes.SHA256(), length=32, salt=purpose, iterations=1000)
    return kdf.derive(os.environ["PASSPHRASE"].encode())


boxes = MultiFernet([Fernet(base64.urlsafe_b64encode(derive(one))) for one in (b"new", b"old")])
cipher = AESGCM(derive(b"orders"))
signer = ed25519.Ed25519PrivateKey.from_private_bytes(derive(b"signer"))
TOKEN = signer.sign(b"orders").hex()


def handler(event, context):
    nonce = os.urandom(12)
    sealed = cipher.encrypt(nonce, b"tea", None)
    assert boxes.decrypt(boxes.encrypt(b"tea")) == cipher.decrypt(nonce, sealed, None)
    return {"nonce": nonce.hex(), "sealed": sealed.hex()}
