"""The report of forgery: genuine and painted pictures, interpolations, and their legends."""

import re
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
from interlect.training.command_line.terminal import screens
from interlect.training.learners.settings import Settings
from interlect.training.recipes.table import make_learner, recipes
from interlect.training.reports.charts import measure_curves
from interlect.training.reports.measures_in_words import in_words
from interlect.training.reports.metrics import Measured
from interlect.training.reports.page_sections import interpolations as between
from interlect.training.reports.page_sections import painted_pictures as section
from interlect.training.reports.page_sections.painted_pictures import (
    GENUINE,
    PAINTED,
    ROWS,
    painted_pictures,
    painters_game,
)
from interlect.training.reports.page_sections.run import learning
from interlect.training.reports.picture_grids import picture_grid
from interlect.training.reports.report import headline, report
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


DIGITS = {"kind_accuracy": 0.931, "frechet_distance": 3.1, "feature_frechet_distance": 4.25, "diversity": 0.9}
RESULT = {"return_mean": 0.0, "normalized_return": None, "how": "exact: the game is zero-sum", "updates": 7}


@pytest.mark.parametrize(
    ("measures", "words"),
    [
        (
            {"modes": 8.0, "high_quality": 0.95, "kl_divergence": 0.1},
            "Painted points cover 8 components of the mixture. 95.0% of painted points are within three standard "
            "deviations of the nearest mean.",
        ),
        (
            DIGITS,
            "A support vector classifier recognizes the observed digit in 93.1% of painted pictures. The Fréchet "
            "distance between features of genuine and painted pictures is 4.2500, where less is better.",
        ),
        (
            {"attribute_accuracy": 0.7, "color_and_shape_accuracy": 0.5, "recognizable": 1.0, "frechet_distance": 2.0},
            "Color and shape are both those of the caption in 50.0% of painted pictures. A shape is recognizable in "
            "100% of painted pictures.",
        ),
        (
            {"frechet_distance": 98.4},
            "The Fréchet distance between genuine and painted pictures is 98.4, where less is better.",
        ),
        ({"bleu": 0.5, "length": 3}, "Measures: bleu 0.5000, length 3."),
    ],
)
def test_measures_are_stated_in_words(measures: dict, words: str) -> None:
    assert in_words(measures) == words


def test_the_headline_of_a_game_without_an_oracle_is_its_measures() -> None:
    result = RESULT | {"measures": DIGITS}
    assert headline(result) == in_words(DIGITS)
    training = DIGITS | {"kind_accuracy": 1.0}
    split = headline(result | {"stopped": True, "training_split": RESULT | {"measures": training}})
    assert split == (
        f"Training was stopped at update 7. {in_words(DIGITS)} These are values for held-out instances. On those seen "
        f"in training: {in_words(training)}"
    )


def test_a_report_of_pictures_begins_with_measures_and_has_no_section_on_symbols(tmp_path) -> None:
    data = ReportData(result=RESULT | {"measures": DIGITS}, measured=Measured({"measures": DIGITS}))
    page = report(tmp_path / "report.html", data).read_text()
    assert page.index("A support vector classifier recognizes") < page.index("<h2>")
    assert "measures of 2,500 episodes; the return of 0.0000 is exact: the game is zero-sum." in page
    assert "The team earns" not in page
    assert "Meanings of the symbols" not in page
    printed = [screen.content for screen in screens(data, tmp_path / "report.html")]
    assert not any("table of meanings" in str(content) for content in printed)


def test_the_loss_of_each_adversarial_recipe_has_a_name() -> None:
    named = {name: kind.loss_name for name, kind in recipes().items() if kind.loss_name != Settings.loss_name}
    assert named.keys() == {"gan", "gap", "sgan", "stackgan"}
    row = {"updates": 3, "loss": 0.5, "measures": {"modes": 1.0}}
    chart = measure_curves([[row]], "label", named["sgan"])
    assert ">sum of the losses of both critics</text>" in chart
    assert len(re.findall(r"<use [^>]*var\(--accent\)", chart)) == 2  # curves of one point are dots


def test_only_a_chart_with_a_median_says_so() -> None:
    rows = [[{"updates": 3, "episodes": 9, "environment_steps": 9, "measures": {"modes": 1.0}}]] * 2
    found = learning(ReportData(learning_curves=rows))
    assert "2 runs, one thin line each. " in found.body
    assert "median" not in found.body
