"""Temporary folders and files made at the import: each environment has its own disk."""

import tempfile
from pathlib import Path

FOLDER = tempfile.mkdtemp(prefix="orders-")
PATH = Path(FOLDER) / "orders.csv"
PATH.write_text("a,b")
LATER = str(Path(FOLDER) / "archive" / "later.csv")
FILE = tempfile.NamedTemporaryFile(suffix=".csv")
CONFIG = {"path": str(PATH), "url": f"file://{PATH}", FOLDER: True}


def handler(event, context):
    assert not Path(LATER).exists()
    return PATH.read_text()
