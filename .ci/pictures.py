"""Draws the README's pictures of a rehearsal from what it really shows.

    python .ci/pictures.py

Writes examples/coupons/rehearsal.svg, the text, and rehearsal.png, the page. Needs the extra
`cli` and Debian's chromium.
"""

import io
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
FUNCTION = ROOT / "examples" / "coupons"
sys.path.insert(0, str(ROOT))

from snapshot_restore_py._rehearsal.driving.call import Call, Listener  # noqa: E402
from snapshot_restore_py._rehearsal.rehearsal import rehearse  # noqa: E402
from snapshot_restore_py._rehearsal.reports.html import page  # noqa: E402
from snapshot_restore_py._rehearsal.reports.text import show  # noqa: E402
from snapshot_restore_py._rehearsal.telling.masking import masked  # noqa: E402

report = masked(rehearse(Call("app.handler", str(FUNCTION), {}, 3, 30), Listener()))
console = Console(record=True, width=80, force_terminal=True, file=io.StringIO())
show(report, console)
picture = console.export_svg(title="snapshot-restore rehearse app.handler")
# Without the fonts that it would load from elsewhere.
picture = re.sub(r"\s*@font-face \{.*?\}(?=\n)", "", picture, flags=re.DOTALL)
(FUNCTION / "rehearsal.svg").write_text(picture, encoding="utf-8")
with tempfile.TemporaryDirectory() as folder:
    html = Path(folder, "report.html")
    html.write_text(page(report), encoding="utf-8")
    check = [
        sys.executable,
        str(ROOT / ".ci" / "check_page.py"),
        "--screenshots",
        folder,
        str(html),
    ]
    subprocess.run(check, check=True)
    (picture,) = Path(folder).glob("*desk*light*.png")
    (FUNCTION / "rehearsal.png").write_bytes(picture.read_bytes())
