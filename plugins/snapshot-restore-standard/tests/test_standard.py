"""The distribution that requires all others."""

from __future__ import annotations

import re
from pathlib import Path

PLUGINS = Path(__file__).parent.parent.parent


def test_it_requires_each_of_the_other_plugins():
    text = (PLUGINS / "snapshot-restore-standard" / "pyproject.toml").read_text()
    required = set(re.findall(r'"(snapshot-restore-[a-z0-9]+)>=', text))
    others = {path.parent.name for path in PLUGINS.glob("*/pyproject.toml")}
    assert required == others - {"snapshot-restore-standard"}
