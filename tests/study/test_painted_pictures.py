"""The report of forgery: genuine and painted pictures, interpolations, and their legends."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from interlect.envs.core.registry import GAMES, game_spec
from interlect.envs.forgery.named_attributes import name_attributes
from interlect.envs.forgery.shapes import Shapes
from interlect.training.adversarial.gan import GAN
from interlect.training.adversarial.gap import GAP
from interlect.training.adversarial.settings import AdversarialSettings
from interlect.training.adversarial.stackgan import StackGAN
from interlect.training.recipes.table import make_learner
from interlect.training.reports.page_sections import interpolations as between
from interlect.training.reports.page_sections import painted_pictures as section
from interlect.training.reports.page_sections.painted_pictures import (
    GENUINE,
    PAINTED,
    ROWS,
    painted_pictures,
    painters_game,
)
from interlect.training.reports.picture_grids import picture_grid
from interlect.training.reports.report_data import ReportData
from interlect.training.reports.studied_run import StudiedRun

GRIDS = {"data": "digits", "updates": 1, "batch": 4, "width": 8, "layers": 1}


def studied(settings: AdversarialSettings, game: str = "forgery_v0") -> ReportData:
    team = make_learner(settings).team()
    return ReportData(run=StudiedRun.play(replace(settings, game=game), team))


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> Callable[[AdversarialSettings], tuple[dict, list[str]]]:
    """The pictures of the section by heading, and the labels of their rows."""

    def blocks(settings: AdversarialSettings) -> tuple[dict, list[str]]:
        drawn = []
        monkeypatch.setattr(section, "picture_grid", lambda *given: drawn.append(given) or picture_grid(*given))
        painted_pictures(studied(settings))
        ((found, _, labels),) = drawn
        return found, labels

    return blocks


def test_genuine_pictures_are_of_the_caption_of_their_row(blocks) -> None:
    found, captions = blocks(StackGAN("forgery_v0", batch=4, width=8))
    shapes = Shapes("held_out")
    assert list(found) == ["genuine", "painted"]
    assert len(found["painted"]) == len(captions) == ROWS
    for caption, pictures in zip(captions, found["genuine"], strict=True):
        named = name_attributes(pictures).attributes
        assert {shapes.captions.index(caption)} == {shapes.attributes.tolist().index(row) for row in named.tolist()}


@pytest.mark.parametrize("condition", ["none", "kind"])
def test_genuine_and_painted_pictures_are_not_exchanged(condition: str, blocks) -> None:
    found, labels = blocks(GAN("forgery_v0", condition=condition, **GRIDS))
    genuine, painted = (np.concatenate(found[name]) for name in ("genuine", "painted"))
    assert genuine.shape == (ROWS * GENUINE, 64)
    assert painted.shape == (ROWS * PAINTED, 64)
    assert np.isin(genuine, np.linspace(-1, 1, 17)).all()  # the gray values of scikit-learn's digits
    assert not np.isin(painted, np.linspace(-1, 1, 17)).any()
    assert labels == ([str(kind) for kind in range(10)] if condition == "kind" else ())


def test_headings_name_the_blocks_of_a_grid() -> None:
    black, white = np.full((2, 4), -1, dtype=np.float32), np.ones((3, 4), dtype=np.float32)
    figure = picture_grid({"genuine": [black], "painted": [white]}, (1, 2, 2), ["a caption that is longer than a line"])
    (axes,) = figure.axes
    (drawn,) = (image.get_array() for image in axes.images)
    places = dict(zip([label.get_text() for label in axes.get_xticklabels()], axes.get_xticks(), strict=True))
    assert drawn.shape == (3, 2 * 3 + 1 + 3 * 3, 3)
    assert (drawn[:2, :2] == 1).all()
    assert (drawn[:2, 7:9] == 0).all()  # the ink of a gray picture is drawn dark
    assert 0 < places["genuine"] < 6 < 7 < places["painted"]
    assert axes.get_yticklabels()[0].get_text() == "a caption that is\nlonger than a line"


@pytest.mark.parametrize("channels", [2, 4])
def test_pictures_of_other_channels_are_drawn_as_ink(channels: int) -> None:
    row = np.full((1, channels * 4), 0, dtype=np.float32)
    assert (picture_grid({"": [row]}, (channels, 2, 2)).axes[0].images[0].get_array()[:2, :2] == 0.5).all()


@pytest.mark.parametrize("settings", [GAN("forgery_v0", width=8), GAP("forgery_v0", agents=4, width=8)])
def test_points_have_a_legend_and_axes_have_labels(settings: AdversarialSettings) -> None:
    found = painted_pictures(studied(settings))
    painted = ["painted"] if settings.agents == 2 else ["painter 0", "painter 1"]
    for words in ("genuine", *painted, "first number", "second number"):
        assert f">{words}</text>" in found.body


def test_interpolations_are_labeled_by_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = []
    monkeypatch.setattr(between, "picture_grid", lambda *given: drawn.append(given) or picture_grid(*given))
    data = studied(GAN("forgery_v0", condition="kind", **GRIDS))
    found = between.interpolations(data)
    ((blocks, shape, left, right),) = drawn
    core = painters_game(data.run, 2 * between.ROWS)
    core.reset()
    kinds = core.kind.astype(str).tolist()
    assert (left, right) == (kinds[::2], kinds[1::2])
    axes = picture_grid(blocks, shape, left, right).axes[0]
    for ticks, labels in ((axes, left), (axes.child_axes[0], right)):
        assert [label.get_text() for label in ticks.get_yticklabels()] == labels
    assert "All pictures are painted" in found.body


def test_a_game_with_the_rules_of_forgery_has_these_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GAMES, "own_forgery", replace(game_spec("forgery_v0"), environments=None))
    data = studied(GAN("forgery_v0", **GRIDS), "own_forgery")
    assert painted_pictures(data).title == "Painted pictures"
    assert between.interpolations(data).title == "Interpolations"
