"""What the command does not get right yet: functions of the corpus, and what is missing.

Each is a strict expected failure, so whoever mends the command removes its line here.
"""

from __future__ import annotations

EXPECTED_FAILURES: dict[str, str] = {}
