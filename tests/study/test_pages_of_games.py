"""The report of a run of each game in a real browser: wide and on a phone, light and dark."""

import time

import pytest
from browser import BROWSER, DARK, LIGHT, look
from interlect.envs import GAMES
from interlect.training import train
from interlect.training.reports.run_report import study_run
from small_runs import first_recipe

pytestmark = pytest.mark.skipif(BROWSER is None, reason="no browser found: install chromium")
WIDE, PHONE = 1280, 390
NAMES = tuple(GAMES)
"""The games of the package, before other tests register theirs."""
SHOWN = ("clipped", "beyond", "spilled", "crossed", "long", "tiny")
"""What must not be on a page; see ``browser.look``."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> dict[str, str]:
    folder, pages = tmp_path_factory.mktemp("runs"), {}
    for name in NAMES:
        run = train(first_recipe(name)(name, updates=3, batch=8, width=8, seed=1), folder / name)
        began = time.process_time()
        pages[name] = study_run(run.path)[1].read_text()
        assert time.process_time() - began < 10, f"the study of {name} takes longer than 10 CPU-seconds"
    return pages


@pytest.mark.parametrize("width", [WIDE, PHONE])
@pytest.mark.parametrize("name", NAMES)
def test_no_page_scrolls_sideways_and_no_label_is_cut_or_crossed(pages, tmp_path, name, width):
    found = look(pages[name], tmp_path, width, LIGHT)
    assert found["scroll"] <= width
    assert {kind: found[kind] for kind in SHOWN if found[kind]} == {}
    assert found["flat"] == 0
    assert found["contrast"] >= 4.5
    dark = look(pages[name], tmp_path, width, DARK)
    assert dark["paper"] < 0.05
    assert min(dark["contrast"], dark["ink"], found["ink"]) >= 4.5


def test_only_the_riddle_speaks_of_prisoners_and_switches(pages):
    own = {name: page.partition("<h2>Example episodes</h2>")[2].partition("<h2>")[0] for name, page in pages.items()}
    assert {name for name, text in own.items() if "witch" in text or "risoner" in text} == {"switch_riddle_v0"}
    assert ">sender</text>" in own["referential_v0"]
    assert ">receiver</text>" in own["referential_v0"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("<p style='width:2000px'>wide</p>", "beyond"),
        ("<p style='width:20px;overflow:hidden;white-space:nowrap'>clipped text</p>", "clipped"),
        ("<svg width=90 height=30 viewBox='0 0 90 30'><text x=80 y=20>outside</text></svg>", "spilled"),
        ("<svg width=90 height=30><text y=20>one</text><text y=20>two</text></svg>", "crossed"),
        ("<svg class=tree width=90 height=30><rect width=9 height=9 /><text y=20>long</text></svg>", "long"),
        ("<svg width=90 height=30 viewBox='0 0 900 300'><text y=20>tiny</text></svg>", "tiny"),
    ],
)
def test_the_browser_finds_faults(pages, tmp_path, fault, kind):
    page = pages["digits_v0"].replace("<footer>", f"{fault}<footer>")
    assert look(page, tmp_path, PHONE, LIGHT)[kind] != []
