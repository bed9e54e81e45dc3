"""Draws the README's pictures of a rehearsal from what it really shows.

    python .ci/pictures.py

Writes examples/coupons/rehearsal.svg, the text, and rehearsal.png, the page. Needs the extra
`cli` and Debian's chromium.
"""

import io
import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
FUNCTION = ROOT / "examples" / "coupons"
sys.path.insert(0, str(ROOT))

from snapshot_restore_py._rehearsal.reports.text import show  # noqa: E402
from snapshot_restore_py._rehearsal.telling.reading import read  # noqa: E402

folder = Path(tempfile.mkdtemp())
html, told = folder / "report.html", folder / "report.json"
command = [sys.executable, "-m", "snapshot_restore_py", "rehearse", "app.handler"]
outputs = ["--output", f"html={html}", "--output", f"json={told}"]
subprocess.run([*command, *outputs], cwd=FUNCTION, stdout=subprocess.DEVNULL, check=False)
(report,) = read(json.loads(told.read_text(encoding="utf-8")))
console = Console(record=True, width=80, force_terminal=True, file=io.StringIO())
show(report, console)
picture = console.export_svg(title="snapshot-restore rehearse app.handler")
# Without the fonts that it would load from elsewhere.
picture = re.sub(r"\s*@font-face \{.*?\}(?=\n)", "", picture, flags=re.DOTALL)
(FUNCTION / "rehearsal.svg").write_text(picture, encoding="utf-8")
check = [sys.executable, str(ROOT / ".ci" / "check_page.py"), "--screenshots", str(folder)]
subprocess.run([*check, str(html)], check=True)
(shot,) = folder.glob("*desk*light*.png")
(FUNCTION / "rehearsal.png").write_bytes(shot.read_bytes())
shutil.rmtree(folder)
