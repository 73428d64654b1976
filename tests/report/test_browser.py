"""The pages in a real browser: nothing overflows, nothing is refused, and dark is dark."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kerasuite.report import theme
from kerasuite.report.comparison import write_comparison
from kerasuite.report.page import write_report

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# Measures the page and tells the page around it.
PROBE = """<script>
addEventListener("load", () => {
  const root = document.scrollingElement, text = document.querySelector(".ks-figure text");
  parent.postMessage({
    width: innerWidth,
    content: root.scrollWidth,
    background: getComputedStyle(document.documentElement).backgroundColor,
    ink: getComputedStyle(document.body).color,
    figure: text && getComputedStyle(text).fill,
    scrollers: [...document.querySelectorAll(".scroll")].every(
      (box) => box.getBoundingClientRect().right <= innerWidth),
  }, "*");
});
</script>"""
# Headless Chromium has a least window width, frames have none.
FRAMES = """<!doctype html><pre id="result"></pre><script>
const results = [], frames = FRAMES_JSON;
addEventListener("message", (event) => {
  results.push(event.data);
  if (results.length === frames.length)
    document.getElementById("result").textContent = JSON.stringify(results);
});
for (const [source, width] of frames) {
  const frame = document.createElement("iframe");
  frame.src = source;
  frame.style = `width:${width}px;height:800px;border:0`;
  document.body.append(frame);
}
</script>"""


@pytest.fixture(scope="module")
def browser():
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        reason = f"no browser on PATH: looked for {', '.join(BROWSERS)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def visit(browser, page, profile, *flags):
    """The page's DOM after its scripts have run, and what was logged."""
    command = [
        browser,
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--user-data-dir={profile}",
        "--enable-logging=stderr",
        "--virtual-time-budget=5000",
        *flags,
        "--dump-dom",
        Path(page).as_uri(),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout, re.findall(r"CONSOLE.*", done.stderr)


def measure(browser, folder, pages, *flags):
    """What the probe says of each page at the width of a phone and of a desktop."""
    frames = []
    for i, page in enumerate(pages):
        copy = folder / f"copy{i}.html"
        # The page forbids scripts that are not its own: the copy is allowed the probe.
        source = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text())
        copy.write_text(source.replace("</body>", PROBE + "</body>"))
        frames += [(copy.as_uri(), width) for width in (360, 1280)]
    outer = folder / "frames.html"
    outer.write_text(FRAMES.replace("FRAMES_JSON", json.dumps(frames)))
    dom, _ = visit(browser, outer, folder / "profile", *flags)
    return json.loads(re.search(r'<pre id="result">(.+?)</pre>', dom)[1])


@pytest.fixture(scope="module")
def pages(tmp_path_factory, finished_run, finished_sweep):
    folder = tmp_path_factory.mktemp("pages")
    run = shutil.copytree(finished_run, folder / "run")
    sweep = shutil.copytree(finished_sweep, folder / "sweep")
    return [write_report(run), write_comparison(sweep)]


def rgb(role, scheme):
    colour = theme.ROLES[role][scheme]
    return "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))


def test_fits_phone_and_desktop_in_light_and_dark(browser, pages, tmp_path):
    for scheme, flags in enumerate([(), ("--blink-settings=preferredColorScheme=0",)]):
        results = measure(browser, tmp_path, pages, *flags)
        assert sorted(r["width"] for r in results) == [360, 360, 1280, 1280]
        for result in results:
            assert result["content"] <= result["width"]
            assert result["scrollers"]
            assert result["background"] == rgb("background", scheme)
            assert result["ink"] == rgb("ink", scheme)
            assert result["figure"] in {rgb("ink", scheme), rgb("muted", scheme)}


def test_runs_its_script_and_logs_nothing(browser, pages, tmp_path):
    for page in pages:
        dom, messages = visit(browser, page, tmp_path / "profile")
        assert messages == []
        # The script shows the button, so the page's own policy lets it run.
        button = re.search(r"<button[^>]*>", dom)[0]
        assert "hidden" not in button


def test_the_policy_refuses_other_scripts(browser, pages, tmp_path):
    source = pages[0].read_text(encoding="utf-8")
    other = tmp_path / "other.html"
    script = "<script>document.title = 'taken over'</script></body>"
    other.write_text(source.replace("</body>", script), encoding="utf-8")
    dom, messages = visit(browser, other, tmp_path / "profile")
    assert "taken over</title>" not in dom
    assert any("Content Security Policy" in message for message in messages)
