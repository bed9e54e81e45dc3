"""Gives tests a folder for functions to rehearse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.rehearsal.command import Functions

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def functions(tmp_path: Path) -> Functions:
    return Functions(tmp_path)
