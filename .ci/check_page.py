"""Opens a rehearsal's pages in a real browser, and fails if one of them reads badly.

On a phone and on a desk, light and dark: nothing may be wider than the window or cut off,
all text must stand out from what is behind it, and the page must load nothing else. That also
holds without scripts. With them, findings can be filtered and fixes copied.
Checks the pages that are named, or those of the tests' reports. Needs Debian's chromium.
Of a site's pages, `--within article` checks what lies in that element, and they may load what
lies beside them.

    python .ci/check_page.py [--within ELEMENT] [--screenshots FOLDER] [PAGE ...]
"""

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from contextlib import closing
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WINDOWS = {"phone": (360, 800), "desk": (1280, 900)}
SCHEMES = ("light", "dark")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --hide-scrollbars "
    "--disable-background-networking --disable-component-update --disable-sync "
    "--remote-debugging-pipe"
)
CONTRAST = 4.5  # WCAG 2.2, 1.4.3
TIME = 300  # seconds for everything

# What the check must find in a page where everything is wrong.
WRONG = """\
<!doctype html><html lang="en"><meta charset="utf-8"><title>Wrong</title>
<meta name="viewport" content="width=device-width">
<body style="background: #fff; color: #000">
<p style="width: 2000px">too wide</p>
<p style="width: 3em; overflow: hidden; white-space: nowrap">cut off at the right</p>
<p style="height: 1.5em; line-height: 1.5; overflow: hidden">cut off<br>below</p>
<p style="position: absolute; left: -50px">outside of the window</p>
<p style="color: #999">too pale</p>
<p style="width: 3em; overflow: auto; white-space: nowrap">can be scrolled, which is fine</p>
<img src="other.png" alt="">
"""
FOUND = {"wider", "cut: cut off at the right", "cut: below", "cut: outside of the window"}
FOUND |= {"pale: too pale", "loads: other.png"}

MEASURE = r"""
(width => {
  document.querySelectorAll("details").forEach(details => { details.open = true; });
  const problems = new Set();
  const root = document.documentElement;
  if (root.scrollWidth > width) problems.add("wider");

  const channels = color => color.match(/[\d.]+/g).map(Number);
  const luminance = color => {
    const [r, g, b] = channels(color).slice(0, 3).map(value => {
      value /= 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = element => {
    for (; element; element = element.parentElement) {
      const color = getComputedStyle(element).backgroundColor;
      if ((channels(color)[3] ?? 1) === 1) return color;
    }
    return "rgb(255, 255, 255)";
  };

  let texts = 0;
  const walker = document.createTreeWalker(document.querySelector("WITHIN"), NodeFilter.SHOW_TEXT);
  for (let node; (node = walker.nextNode());) {
    if (!node.data.trim()) continue;
    if (node.parentElement.closest("style, script, option, [hidden]")) continue;
    texts += 1;
    const name = node.data.trim().slice(0, 60);
    const range = document.createRange();
    range.selectNodeContents(node);
    const boxes = [...range.getClientRects()];
    if (!boxes.length) problems.add("cut: " + name);
    for (let { left, right, top, bottom } of boxes) {
      top += window.scrollY; bottom += window.scrollY;
      let scrolls = false;
      for (let outer = node.parentElement; outer && !scrolls; outer = outer.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(outer);
        if (overflowX === "visible" && overflowY === "visible") continue;
        if (outer === root || outer === document.body) continue;
        scrolls = [overflowX, overflowY].some(value => value === "auto" || value === "scroll");
        const box = outer.getBoundingClientRect();
        const [above, below] = [box.top + window.scrollY, box.bottom + window.scrollY];
        if (!scrolls && (left < box.left - 1 || right > box.right + 1 || top < above - 1
                         || bottom > below + 1)) problems.add("cut: " + name);
      }
      if (!scrolls && (left < -1 || top < -1)) problems.add("cut: " + name);
      if (!scrolls && right > width + 1) problems.add("wider");
    }
    const [one, other] = [getComputedStyle(node.parentElement).color,
                          background(node.parentElement)].map(luminance);
    const contrast = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (contrast < CONTRAST) problems.add("pale: " + name);
  }
  return JSON.stringify({ texts, problems: [...problems] });
})(WIDTH)
""".replace("CONTRAST", str(CONTRAST))


# What a person does with a page of several functions, and what must come of it.
USE = r"""
(async () => {
  const all = selector => [...document.querySelectorAll(selector)];
  const seen = selector => all(selector).filter(one => one.getClientRects().length).length;
  const told = [["at first", seen("article"), seen(".function"), seen(".functions tbody tr")]];
  const [text, code, level] = all(".filter input, .filter select");
  const set = (field, value) => {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    const counts = [seen("article"), seen(".function"), seen(".functions tbody tr")];
    told.push([value, ...counts, document.querySelector(".filter output").textContent]);
  };
  for (const [field, value] of FILTERS) { set({ text, code, level }[field], value); }
  const button = all(".copy").find(one => one.getClientRects().length);
  button.click();
  for (let i = 0; button.textContent !== "Copied" && i < 1000; i += 1) {
    await new Promise(done => requestAnimationFrame(done));
  }
  const copied = await navigator.clipboard.readText();
  told.push(["copied", copied === button.nextElementSibling.textContent]);
  return JSON.stringify(told);
})()
"""
FILTERS = [["text", "ORDER_prefix"], ["text", "of nothing"], ["text", ""]]
FILTERS += [["code", "captured-time"], ["code", ""], ["level", "error"], ["level", ""]]

# Findings, functions and rows of the overview that are seen then, and what is told.
USED = [
    ["at first", 6, 5, 5],
    ["ORDER_prefix", 1, 1, 1, "1 of 6 findings"],
    ["of nothing", 0, 0, 0, "0 of 6 findings"],
    ["", 6, 5, 5, "6 of 6 findings"],
    ["captured-time", 2, 2, 2, "2 of 6 findings"],
    ["", 6, 5, 5, "6 of 6 findings"],
    ["error", 3, 2, 2, "3 of 6 findings"],
    ["", 6, 5, 5, "6 of 6 findings"],
    ["copied", True],
]


class Browser:
    """A browser, spoken to through pipes in the DevTools protocol."""

    def __init__(self, folder: str) -> None:
        command = ["chromium", *FLAGS.split(), f"--user-data-dir={folder}/profile"]
        self._process = subprocess.Popen(
            # It reads from file descriptor 3 and answers on 4.
            ["sh", "-c", 'exec "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1', "sh", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "TMPDIR": folder},
        )
        self._limit = threading.Timer(TIME, self._process.kill)
        self._limit.daemon = True
        self._limit.start()
        self._rest = b""
        self._calls = 0
        self._session = {}
        self.events = []
        target = self.call("Target.createTarget", url="about:blank")
        session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        self._session = {"sessionId": session["sessionId"]}
        self.call("Page.enable")
        self.call("Network.enable")

    def close(self) -> None:
        """End it, and wait until it has."""
        self._session = {}
        if self._process.poll() is None:
            self.call("Browser.close")
        self._process.communicate()
        self._limit.cancel()

    def call(self, method: str, **params: object) -> dict:
        """Return what the browser answers; what it tells meanwhile goes to `events`."""
        self._calls += 1
        message = {"id": self._calls, "method": method, "params": params, **self._session}
        self._process.stdin.write(json.dumps(message).encode() + b"\0")
        self._process.stdin.flush()
        while True:
            answer = self._receive()
            if answer.get("id") != self._calls:
                self.events.append(answer)
            elif "error" in answer:
                sys.exit(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def wait(self, method: str) -> None:
        """Wait for an event."""
        while not any(event["method"] == method for event in self.events):
            self.events.append(self._receive())

    def _receive(self) -> dict:
        while b"\0" not in self._rest:
            chunk = self._process.stdout.read1(2**20)
            if not chunk:
                sys.exit(f"the browser ended, or was not done after {TIME} s")
            self._rest += chunk
        message, self._rest = self._rest.split(b"\0", 1)
        return json.loads(message)


def problems(
    browser: Browser, page: Path, window: str, scheme: str, within: str = "body"
) -> set[str]:
    """Return what is wrong with a page in a window."""
    width, height = WINDOWS[window]
    browser.call(
        "Emulation.setDeviceMetricsOverride",
        width=width,
        height=height,
        deviceScaleFactor=2,
        mobile=window == "phone",
    )
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.call("Emulation.setEmulatedMedia", features=[feature])
    browser.events.clear()
    browser.call("Page.navigate", url=page.as_uri())
    browser.wait("Page.loadEventFired")
    requests = [
        event["params"]["request"]["url"]
        for event in browser.events
        if event["method"] == "Network.requestWillBeSent"
    ]
    expression = MEASURE.replace("WIDTH", str(width)).replace("WITHIN", within)
    answer = browser.call("Runtime.evaluate", expression=expression)
    if "value" not in answer["result"]:
        sys.exit(f"{page}: {answer}")
    found = json.loads(answer["result"]["value"])
    allowed = ("data:",) if within == "body" else ("data:", "file:")
    loaded = {url for url in requests if url != page.as_uri() and not url.startswith(allowed)}
    return {
        *found["problems"],
        *(f"loads: {url.rpartition('/')[2]}" for url in loaded),
        *([] if found["texts"] else ["no text"]),
    }


def misused(browser: Browser, page: Path) -> list[str]:
    """Return what does not come of using a page with findings."""
    browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite"])
    browser.call("Emulation.setFocusEmulationEnabled", enabled=True)
    browser.events.clear()
    browser.call("Page.navigate", url=page.as_uri())
    browser.wait("Page.loadEventFired")
    expression = USE.replace("FILTERS", json.dumps(FILTERS))
    answer = browser.call("Runtime.evaluate", expression=expression, awaitPromise=True)
    if "value" not in answer["result"]:
        return [str(answer)]
    told = json.loads(answer["result"]["value"])
    return [f"{one} instead of {other}" for one, other in zip(told, USED) if one != other]


def screenshot(browser: Browser, target: Path) -> None:
    """Write a picture of the whole page."""
    picture = browser.call("Page.captureScreenshot", captureBeyondViewport=True)
    target.write_bytes(base64.b64decode(picture["data"]))


def write_pages(folder: Path) -> list[Path]:
    """Write the pages of the tests' reports, and return their paths."""
    sys.path.insert(0, str(ROOT))
    from snapshot_restore_py._rehearsal.reports.html import page
    from tests.rehearsal.reports import ALL

    paths = []
    for title, report in ALL.items():
        paths.append(folder / f"{title.replace(', ', ' ').replace(' ', '-')}.html")
        paths[-1].write_text(page(report), encoding="utf-8")
    return paths


def main() -> None:
    """Check the pages."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pages", nargs="*", type=Path, metavar="PAGE")
    parser.add_argument("--within", default="body", metavar="ELEMENT")
    parser.add_argument("--screenshots", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    if not shutil.which("chromium"):
        sys.exit("there is no chromium; install it with: apt-get install chromium")
    failed = False
    # The browser may still write while its folder is removed.
    folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
    with folder as name, closing(Browser(name)) as browser:
        wrong = Path(name, "wrong.html")
        wrong.write_text(WRONG)
        for window, scheme in product(WINDOWS, SCHEMES):
            found = problems(browser, wrong, window, scheme)
            if found != FOUND:
                sys.exit(f"the check itself is broken: {found} instead of {FOUND}")
        pages = [page.resolve() for page in options.pages] or write_pages(Path(name))
        if not options.pages:
            several = Path(name, "several-functions.html")
            found = misused(browser, several)
            browser.call("Emulation.setScriptExecutionDisabled", value=True)
            found += problems(browser, several, "phone", "light")
            browser.call("Emulation.setScriptExecutionDisabled", value=False)
            if found:
                sys.exit("\n  ".join([f"{several.name}, used, and without scripts:", *found]))
        for page, window, scheme in product(pages, WINDOWS, SCHEMES):
            found = problems(browser, page, window, scheme, options.within)
            if found:
                failed = True
                print(f"{page.name} on a {window}, {scheme}:", *sorted(found), sep="\n  ")
            if options.screenshots:
                screenshot(browser, options.screenshots / f"{page.stem}-{window}-{scheme}.png")
    if failed:
        sys.exit("some pages read badly")
    print(f"{len(pages)} pages read well on {' and '.join(WINDOWS)}, {' and '.join(SCHEMES)}")


if __name__ == "__main__":
    main()
