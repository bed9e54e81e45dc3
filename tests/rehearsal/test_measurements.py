"""Which numbers say how much the process and the system used, told by the source."""

from __future__ import annotations

import pytest

from snapshot_restore_py._rehearsal.evidence.flow import Flow
from snapshot_restore_py._rehearsal.evidence.measurements import Measurements


@pytest.mark.parametrize(
    ("text", "path", "is_measured"),
    [
        ("NAME = time.process_time()", "app.NAME", True),
        ("NAME: float = getrusage(RUSAGE_SELF).ru_maxrss / 1024", "app.NAME", True),
        ("NAME = random()", "app.NAME", False),
        ("NAME = time.process_time()", "app.OTHER", False),
        ("now, NAME = tracemalloc.get_traced_memory()", "app.NAME", True),
        ("USED = os.times().user\nNAME = USED * 2", "app.NAME", True),
        ("NAME = USED * 2\nUSED = os.times().user", "app.NAME", True),
        ("NAME = {'used': os.times().user, 'id': random(), **{}}", "app.NAME['used']", True),
        ("NAME = {'used': os.times().user, 'id': random()}", "app.NAME['id']", False),
        ("class A:\n    def __init__(self): self.used = process_time()", "app.a.used", True),
        ("def used(): return process_time()\nNAME = used()", "app.NAME", True),
        ("def used(): return\nNAME = used()", "app.NAME", False),
        ("def free(): return open('/proc/meminfo').read()\nNAME = free()", "app.NAME", True),
        ("def id(): return open('/proc/sys/id').read()\nNAME = id()", "app.NAME", False),
        ("NAME['used'] = process_time()", "app.NAME['used']", False),
    ],
)
def test_what_a_number_measures(tmp_path, text, path, is_measured):
    (tmp_path / "app.py").write_text(text)
    assert Measurements(Flow({"app": str(tmp_path / "app.py")})).has(path) is is_measured
