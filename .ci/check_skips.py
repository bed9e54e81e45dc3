"""Fails if a test was skipped for any other reason than the version of Python."""

import sys
import xml.etree.ElementTree as ET

cases = list(ET.parse(sys.argv[1]).iter("testcase"))
skipped = {
    f"{case.get('classname')}.{case.get('name')}": skip.get("message", "")
    for case in cases
    for skip in case.iter("skipped")
}
unexplained = [name for name, reason in skipped.items() if "Python 3." not in reason]
print(f"{len(cases)} tests, {len(skipped)} skipped for the version of Python")
if not cases or unexplained:
    sys.exit(f"no tests, or skipped without a reason: {unexplained}")
