"""Asks whether what is installed in an environment has known vulnerabilities, by pip-audit.

    python .ci/audit.py FOLDER [OPTION ...]

Takes the environment's folder of installed packages, and more options of pip-audit. Fails if
a vulnerability is known, and if pip-audit itself fails. What could not be asked, as where there
is no network, is told on a line and is no failure. This project's own distributions are left
out.
"""

import json
import re
import subprocess
import sys
from typing import Any

SERVICES = ("pypi", "osv")  # The second one is asked only about what the first does not know.
TIME = 25  # seconds for each
OUT_OF_REACH = re.compile(r"Connect|Timeout|ServiceError|ProxyError|SSLError|HTTPError")


class NotAskedError(Exception):
    """A service could not be asked. The message says why."""


def ask(service: str) -> list[dict[str, Any]]:
    """Return what a service tells, by dependency; raises NotAskedError."""
    command = [sys.executable, "-m", "pip_audit", "--path", sys.argv[1], *sys.argv[2:]]
    command += ["--format", "json", "--progress-spinner", "off", "--timeout", "8", "-s", service]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIME)
    except subprocess.TimeoutExpired:
        raise NotAskedError(f"{service}: no answer within {TIME} seconds") from None
    try:
        found: list[dict[str, Any]] = json.loads(result.stdout)["dependencies"]
    except ValueError:
        *_, last = result.stderr.strip().splitlines() or [f"exit status {result.returncode}"]
        if not OUT_OF_REACH.search(result.stderr):
            sys.exit(f"pip-audit failed:\n{result.stderr}")
        raise NotAskedError(f"{service}: {last}") from None
    return [one for one in found if not one["name"].startswith("snapshot-restore")]


audited: dict[str, dict[str, Any]] = {}
missing: set[str] = set()
for service in SERVICES:
    try:
        answer = ask(service)
    except NotAskedError as error:
        print(f"not audited by {error}")
        continue
    if not answer:
        sys.exit(f"there are no packages in {sys.argv[1]}")
    for one in answer:
        if "vulns" in one:
            audited.setdefault(one["name"], one)
            missing.discard(one["name"])
        elif one["name"] not in audited:
            missing.add(one["name"])
    if not missing:
        break
if missing:
    print(f"not audited, as no service that answers knows them: {', '.join(sorted(missing))}")
vulnerable = {name: one for name, one in audited.items() if one["vulns"]}
for name, one in vulnerable.items():
    for vulnerability in one["vulns"]:
        fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
        print(f"VULNERABLE: {name} {one['version']}: {vulnerability['id']}, fixed in {fixed}")
print(f"{len(audited)} packages audited, {len(vulnerable)} of them vulnerable")
sys.exit(bool(vulnerable))
