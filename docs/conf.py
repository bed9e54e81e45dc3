"""How Sphinx builds the documentation: `python -m sphinx -W --keep-going docs site`."""

import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from generate import write  # noqa: E402

from snapshot_restore_py import __version__  # noqa: E402

project = "snapshot-restore"
author = "The authors of snapshot-restore"
copyright = author  # noqa: A001
release = version = __version__
html_title = f"snapshot-restore {release}"

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["reference/options/*", "reference/findings/table.md"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
# Reports' lines, and what is not Python, have no lexer of their own.
highlight_language = "text"

html_theme = "furo"
html_copy_source = False
html_static_path = ["style"]
html_css_files = ["site.css"]

# Docstrings have names in single quotes.
default_role = "code"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_preserve_defaults = True

write()
