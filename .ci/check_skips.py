"""Fails if a test was skipped for any other reason than the version of Python, or its length.

Functions of the corpus may be skipped where its extra is not installed, which the word
`without-corpus` after the file of results says.
"""

import sys
import xml.etree.ElementTree as ET

cases = list(ET.parse(sys.argv[1]).iter("testcase"))
skipped = {
    f"{case.get('classname')}.{case.get('name')}": skip.get("message", "")
    for case in cases
    for skip in case.iter("skipped")
    # An expected failure has run, and is a failure itself if it passes.
    if skip.get("type") != "pytest.xfail"
}
reasons = ["Python 3.", "takes long"]
if "without-corpus" in sys.argv[2:]:
    reasons.append("needs the extra corpus")
unexplained = [
    name for name, text in skipped.items() if not any(reason in text for reason in reasons)
]
print(f"{len(cases)} tests, {len(skipped)} skipped because of: {', '.join(reasons)}")
if not cases or unexplained:
    sys.exit(f"no tests, or skipped without a reason: {unexplained}")
