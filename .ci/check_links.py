"""Asks whether the pages that the documentation links to are still there.

Fails if a server says that one is not. What could not be asked, as where there is no network,
is told and is no failure.
"""

import re
import sys
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
PAGES = ("*.md", "docs/**/*.md", "examples/**/*.md", "plugins/*/*.md")
GONE = (404, 410)
TIME = 8  # seconds for each answer


def links() -> dict[str, str]:
    """Return the links to other sites, each with a page that has it."""
    found = {}
    for pattern in PAGES:
        for page in sorted(ROOT.glob(pattern)):
            for link in re.findall(r"\]\((https?://[^)\s#]+)", page.read_text(encoding="utf-8")):
                found[link] = str(page.relative_to(ROOT))
    return found


def problem(link: str) -> "str | int | None":
    """Return what is wrong with a link: a status, or why it could not be asked."""
    try:
        with urlopen(Request(link, headers={"User-Agent": "check_links"}), timeout=TIME):
            return None
    except HTTPError as error:
        return error.code
    except (OSError, HTTPException) as error:
        return str(error)


found = links()
with ThreadPoolExecutor(8) as executor:
    problems = dict(zip(found, executor.map(problem, found)))
gone = [link for link, what in problems.items() if what in GONE]
for link, what in problems.items():
    if what is not None:
        print(f"{found[link]}: {link}: {'GONE' if link in gone else 'not checked'}: {what}")
print(f"{sum(what is None for what in problems.values())} of {len(found)} links answered")
sys.exit(bool(gone))
