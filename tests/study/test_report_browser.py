"""The report in a real browser: wide and narrow, light and dark."""

import matplotlib.image
import pytest
from browser import BROWSER, DARK, LIGHT, browse, look
from interlect.agents import SymbolMap, Wire, relay_agent
from interlect.agents.operators import augment
from interlect.protocols import Gumbel
from interlect.training.scorecard.page import write_page
from interlect.training.scorecard.rows import Row, aggregate_rows

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no browser found: install chromium")


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
    assert found["long"] == [], "text of a tree's box is wider than the box"
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
        assert found["long"] == []
        assert found["contrast"] >= 4.5
