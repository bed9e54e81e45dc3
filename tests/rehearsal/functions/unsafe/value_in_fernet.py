"""A key for encryption, made up at the import.

needs cryptography
warning shared-value
"""

from cryptography.fernet import Fernet

box = Fernet(Fernet.generate_key())


def handler(event, context):
    return box.decrypt(box.encrypt(b"tea")).decode()
