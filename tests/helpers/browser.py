"""A real browser that lays out a page: what it measures, and pictures of it."""

import json
import re
import shutil
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DARK = "--blink-settings=preferredColorScheme=0"
LIGHT = "--blink-settings=preferredColorScheme=1"

PROBE = """
const page = document.getElementById("page"), inside = page.contentDocument, view = page.contentWindow;
const box = element => element.getBoundingClientRect(), all = kind => [...inside.querySelectorAll(kind)];
const channels = color => color.match(/[\\d.]+/g).slice(0, 3).map(Number);
const light = color => {
  const c = channels(color).map(v => (v /= 255) <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
  return .2126 * c[0] + .7152 * c[1] + .0722 * c[2]; };
const contrast = (a, b) => (Math.max(light(a), light(b)) + .05) / (Math.min(light(a), light(b)) + .05);
const paper = view.getComputedStyle(inside.body).backgroundColor;
const root = inside.documentElement, words = all("h1, h2, p, figcaption, dt, th, li");
const scrolls = element => { for (let e = element; e; e = e.parentElement)
  if (["auto", "scroll"].includes(view.getComputedStyle(e).overflowX)) return true; return false; };
const shown = element => box(element).width > 0 && view.getComputedStyle(element).visibility !== "hidden";
const label = element => element.textContent.trim().slice(0, 40) || element.outerHTML.slice(0, 60);
const outside = (a, b) => a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1;
const crossed = [];
for (const svg of all("svg")) {
  const texts = [...svg.querySelectorAll("text")].filter(shown);
  texts.forEach((one, i) => texts.slice(i + 1).forEach(other => { const a = box(one), b = box(other);
    if (Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1.5 &&
        Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > .35 * Math.min(a.height, b.height))
      crossed.push(label(one) + " | " + label(other)); })); }
const found = { paper: light(paper), scroll: root.scrollWidth, width: root.clientWidth,
  sections: all("h2").map(h => h.textContent), pictures: all("svg").length,
  flat: all("svg").filter(s => shown(s) && (box(s).width < 40 || box(s).height < 20)).length,
  contrast: Math.min(...words.map(e => contrast(view.getComputedStyle(e).color, paper))),
  ink: Math.min(...all(".chart text").map(e => contrast(view.getComputedStyle(e).fill, paper))),
  long: all(".tree rect, .scene .fit").filter(r => shown(r)
    && r.nextElementSibling.getBBox().width > r.getBBox().width + 1).map(r => label(r.nextElementSibling)),
  small: Math.min(...all(".chart svg").map(s => 10 * box(s).width / s.viewBox.baseVal.width)),
  tiny: all("svg text").filter(t => shown(t) && box(t).height < 8).map(label),
  clipped: all("*").filter(e => ["hidden", "clip"].includes(view.getComputedStyle(e).overflowX) && !e.closest("svg")
    && e.scrollWidth > e.clientWidth + 1).map(label),
  beyond: all("body *").filter(e => shown(e) && !e.closest("svg") && !scrolls(e)
    && (box(e).right > root.clientWidth + 1 || box(e).left < -1)).map(label),
  spilled: all("svg").flatMap(s => [...s.querySelectorAll("text, rect, circle")].filter(t => shown(t) &&
    !t.closest("defs, clipPath") && outside(box(t), box(s))).map(label)), crossed };
document.body.append(Object.assign(document.createElement("pre"), { id: "found", textContent: JSON.stringify(found) }));
"""


def browse(folder: Path, *arguments: str) -> str:
    """The output of one call of the browser, whose profile is in ``folder``."""
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def look(html: str, folder: Path, width: int, scheme: str) -> dict[str, Any]:
    """What a browser makes of the page in a window of that width.

    ``beyond`` are elements that leave the page and do not scroll in a box of their own, ``clipped`` those with hidden
    text, ``spilled`` labels outside their SVG, ``crossed`` labels over each other, and ``long`` labels wider than
    their box.
    """
    frame = f'<iframe id="page" style="width:{width}px;height:900px;border:0" srcdoc="{escape(html)}"></iframe>'
    probe = folder / "probe.html"
    probe.write_text(f"<!DOCTYPE html><body>{frame}<script>onload = () => {{{PROBE}}}</script>")
    dom = browse(folder / "profile", scheme, "--window-size=1400,1000", "--dump-dom", probe.as_uri())
    found = re.search(r'<pre id="found">(.*?)</pre>', dom)
    assert found, dom[-2000:]
    measured: dict[str, Any] = json.loads(unescape(found[1]))
    return measured


def picture(html: str, folder: Path, width: int, height: int, scheme: str, path: Path) -> Path:
    """A screenshot of the page in a window of that width."""
    frame = f'<iframe style="width:{width}px;height:{height}px;border:0" srcdoc="{escape(html)}"></iframe>'
    probe = folder / "picture.html"
    probe.write_text(f'<!DOCTYPE html><body style="margin:0">{frame}')
    browse(folder / "profile", scheme, f"--screenshot={path}", f"--window-size={width},{height}", probe.as_uri())
    return path
