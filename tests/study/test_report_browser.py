"""The report in a real browser: wide and narrow, light and dark."""

import json
import re
import shutil
import subprocess
from html import escape, unescape

import matplotlib.image
import pytest
from interlect.agents import SymbolMap, Wire, relay_agent
from interlect.agents.operators import augment
from interlect.protocols import Gumbel
from interlect.training.scorecard.page import write_page
from interlect.training.scorecard.rows import Row, aggregate_rows

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no browser found: install chromium")

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
const found = { paper: light(paper), scroll: root.scrollWidth, width: root.clientWidth,
  sections: all("h2").map(h => h.textContent), pictures: all("svg").length,
  flat: all("svg").filter(s => box(s).width < 40 || box(s).height < 20).length,
  contrast: Math.min(...words.map(e => contrast(view.getComputedStyle(e).color, paper))),
  ink: Math.min(...all(".chart text").map(e => contrast(view.getComputedStyle(e).fill, paper))),
  long: all(".tree rect").filter(r => r.nextSibling.getBBox().width > r.getBBox().width + 1).length,
  small: Math.min(...all(".chart svg").map(s => 10 * box(s).width / s.viewBox.baseVal.width)) };
document.body.append(Object.assign(document.createElement("pre"), { id: "found", textContent: JSON.stringify(found) }));
"""


def browse(folder, *arguments: str) -> str:
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder}"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def look(html: str, folder, width: int, scheme: str) -> dict:
    """What a browser makes of the page in a window of that width."""
    frame = f'<iframe id="page" style="width:{width}px;height:900px;border:0" srcdoc="{escape(html)}"></iframe>'
    probe = folder / "probe.html"
    probe.write_text(f"<!DOCTYPE html><body>{frame}<script>onload = () => {{{PROBE}}}</script>")
    dom = browse(folder / "profile", scheme, "--window-size=1400,1000", "--dump-dom", probe.as_uri())
    found = re.search(r'<pre id="found">(.*?)</pre>', dom)
    assert found, dom[-2000:]
    return json.loads(unescape(found[1]))


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1200, 375])
def test_the_page_is_readable(page, tmp_path, width, scheme):
    found = look(page(), tmp_path, width, scheme)
    assert found["width"] == width
    assert found["scroll"] <= width, "the page itself must not scroll sideways"
    assert (found["paper"] < 0.05) == (scheme == DARK)
    assert found["contrast"] >= 4.5
    assert found["ink"] >= 4.5
    assert found["flat"] == 0
    assert found["long"] == 0, "text of a tree's box is wider than the box"
    assert found["small"] >= 8, "a chart's text is under 8 px"
    assert found["pictures"] >= 12
    assert found["sections"] == [
        "Meanings of the symbols",
        "Learning curve",
        "The protocol",
        "Example episodes",
        "Value of the channel",
        "Settings and results",
    ]


def test_the_page_prints_and_its_dark_side_is_drawn(page, tmp_path):
    page()
    address, profile = (tmp_path / "report.html").as_uri(), tmp_path / "profile"
    browse(profile, DARK, f"--print-to-pdf={tmp_path / 'page.pdf'}", address)
    assert (tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
    browse(profile, DARK, f"--screenshot={tmp_path / 'page.png'}", "--window-size=1000,800", address)
    picture = matplotlib.image.imread(tmp_path / "page.png")[..., :3]
    assert picture.mean() < 0.3
    assert picture.std() > 0.03


@pytest.mark.parametrize("scheme", [LIGHT, DARK], ids=["light", "dark"])
def test_the_page_of_operators_is_readable(tmp_path, scheme):
    graph = relay_agent(64, 7, Gumbel(16))
    after = augment(graph, "code", SymbolMap((1, 16)), on=Wire("input.heard", "message_encoder.heard")).after
    curves = [(0, 0.6), (900, 0.8)], [(0, 0.2), (900, 0.3)]
    row = Row("exclude", "it goes", "measured: so", 0.9, 0.95, 0.6, 0.8, 0.3, 0.4, 256, 0.01, *curves, (graph, after))
    sides = {"public": {0: [row], 1: [row]}, "private": {0: [row], 1: [row]}}
    origins = {
        "0": {"checkpoint": 4000, "relearning_updates": 100, "settings": {"updates": 4000}},
        "1": {"checkpoint": 20, "relearning_updates": 100, "settings": {"updates": 4000}},
    }
    said = {side: {"rows": aggregate_rows(rows), "origins": origins} for side, rows in sides.items()}
    page = write_page(tmp_path / "page.html", sides, said)
    for width in (1200, 375):
        found = look(page.read_text(), tmp_path, width, scheme)
        assert found["width"] == width
        assert found["scroll"] <= width
        assert found["sections"] == ["exclude: it goes"]
        assert found["pictures"] == 3
        assert found["flat"] == 0
        assert found["long"] == 0
        assert found["contrast"] >= 4.5
