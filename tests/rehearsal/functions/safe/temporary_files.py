"""Temporary folders and files made at the import: each environment has its own disk."""

import tempfile
from pathlib import Path

FOLDER = tempfile.mkdtemp(prefix="orders-")
PATH = Path(FOLDER) / "orders.csv"
PATH.write_text("a,b")
FILE = tempfile.NamedTemporaryFile(suffix=".csv")
CONFIG = {"path": str(PATH), "url": f"file://{PATH}", FOLDER: True}


def handler(event, context):
    return PATH.read_text()
