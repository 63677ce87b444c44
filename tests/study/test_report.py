import io
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from interlect.envs.switch_riddle.example_episodes import example_episodes
from interlect.envs.switch_riddle.knowledge import knowledge
from interlect.training.command_line.terminal import screens
from interlect.training.reports.charts import learning_curve, score_bars
from interlect.training.reports.report import headline
from interlect.training.reports.report_data import ReportData
from interlect.training.reports.study import study
from rich.console import Console

VOID = {"meta", "br", "hr", "img", "link", "input"}


class Checked(HTMLParser):
    """Raises where tags are not nested; collects attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.attributes, self.tags, self.words = [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attribute) for attribute in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> at {self.getpos()}"

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)


def text(page: str) -> str:
    return " ".join(" ".join(Checked(page).words).split())


def variants(inputs, several_runs) -> dict[str, dict]:
    bare = {"settings": {"recipe": "dial"}}
    return {
        "whole": {},
        "several": {"learning_curves": several_runs},
        "bare": {
            "config": bare,
            "learning_curves": [],
            "result": {},
            "study": None,
            "interventions": {},
            "example_episodes": (),
        },
        "undefined": {
            "result": inputs["result"]
            | {
                "communication_gain": None,
                "communication_gain_reason": "the oracle earns no more",
                "no_communication": None,
            },
            "learning_curves": [[{"updates": 1, "episodes": 32, "normalized_return": None}]],
        },
    }


@pytest.mark.parametrize("name", ["whole", "several", "bare", "undefined"])
def test_the_page_is_well_formed_small_and_stands_alone(page, inputs, several_runs, name):
    html = page(**variants(inputs, several_runs)[name])
    found = Checked(html)
    assert len(html.encode()) < 500_000
    assert not {"script", "link", "iframe", "object", "embed", "img"} & set(found.tags)
    for tag, attribute, value in found.attributes:
        assert not attribute.startswith("on"), (tag, attribute)
        if attribute in ("src", "href", "xlink:href", "action"):
            assert value.startswith("#"), (tag, attribute, value)
    assert set(re.findall(r"url\((.)", html)) <= {"#"}
    assert not re.search(r"https?:|@import|//[a-z]", html)
    names = [value for _, attribute, value in found.attributes if attribute == "id"]
    assert len(names) == len(set(names))
    labels = [value for tag, attribute, value in found.attributes if (tag, attribute) == ("svg", "aria-label")]
    assert found.tags.count("svg") == len(labels)
    assert all(labels)
    assert found.tags.count("th") == sum(a == "scope" for _, a, _ in found.attributes)


def test_the_headline_gives_the_figures_and_their_kind(inputs):
    assert headline(inputs["result"]) == (
        "The team earns 0.7311 per episode, 0.9870 of what the oracle earns (0.7407, exact). The best team without "
        "communication earns 0.5350, best found; this team closes 95.3% of the gap between it and the oracle "
        "(communication gain 0.9532)."
    )
    none = inputs["result"] | {
        "communication_gain": None,
        "communication_gain_reason": "no no-communication optimum is known",
        "no_communication": None,
    }
    assert headline(none).endswith("The communication gain is undefined: no no-communication optimum is known.")
    assert "this team earns less (communication gain -0.2000)" in headline(
        inputs["result"] | {"communication_gain": -0.2}
    )
    assert headline({}) == "This run has no result yet."


def test_every_input_shows(page, inputs):
    words = text(page())
    shown = (
        "dial on switch_riddle_v0",
        "3 agents · seed 5",
        "32,000",
        "150,000",
        "27.2",
        "optimizer.learning_rate 0.0005",
    )
    for figure in (*shown, "numpy 2.1.7", "exact: all 729 equally likely episodes", "searched", "counted"):
        assert figure in words, figure
    for sentence in inputs["study"].sentences:
        assert sentence.partition(": ")[2].replace("`", " ").replace("  ", " ")[:60] in words
    for example in inputs["example_episodes"]:
        assert example.title in words
        assert all(scene.text in words for scene in example.scenes)
    assert "silent (no message arrives): 0.8833" in words
    assert "Reproduces 100% of 2,709 decisions with 4 leaves" in words
    assert "best without communication (best found)" in words


@pytest.mark.parametrize(
    ("piece", "change"),
    [
        ("config", {"settings": {"recipe": "dial", "sigma": 2.5}}),
        ("learning_curves", [[{"updates": 10, "episodes": 320, "environment_steps": 900, "normalized_return": 0.25}]]),
        ("interventions", {"silent": {"normalized_return": 0.0123}}),
        ("example_episodes", ()),
    ],
)
def test_another_input_gives_another_page(page, piece, change):
    assert page(**{piece: change}) != page() == page()


def test_the_result_moves_headline_and_tiles(page, inputs):
    before, after = text(page()), text(page(result=inputs["result"] | {"normalized_return": 0.4321}))
    for normalized_return, words in (("0.9870", before), ("0.4321", after)):
        assert f"per episode, {normalized_return} of what the oracle earns" in words
        assert f"normalized return {normalized_return} of the oracle's return" in words
    assert "0.4321" not in before


def test_the_language_moves_the_page(page, played):
    transcript, channel = played(None)
    found = knowledge(transcript, channel)
    html = page(study=study(found, "729 random episodes"), example_episodes=example_episodes(transcript, channel))
    assert "no single fact explains it" in text(html)
    assert "two agents have visited" not in html
    assert "The tree is too large to draw." in html


def test_what_users_wrote_is_escaped(page, inputs):
    evil = '<script>alert("x")</script>&'
    result = inputs["result"] | {
        "recipe": evil,
        "how": evil,
        "communication_gain": None,
        "communication_gain_reason": evil,
    }
    reference_returns = {"oracle": inputs["result"]["oracle"] | {"kind": evil, "how": evil}}
    scene = inputs["example_episodes"][0].scenes[0]
    html = page(
        config={"settings": {evil: evil}, "versions": {evil: evil}},
        result=result | reference_returns,
        study=replace(inputs["study"], population=evil, clock=evil, heard=1),
        interventions={evil: {"normalized_return": 0.5, "how": evil}},
        example_episodes=[
            replace(inputs["example_episodes"][0], title=evil, scenes=(replace(scene, text=evil, heard=evil),))
        ],
    )
    assert "<script" not in html
    assert evil in " ".join(Checked(html).words)


def test_missing_pieces_are_named(page, inputs, several_runs):
    words = text(page(**variants(inputs, several_runs)["bare"]))
    for line in (
        "This run has no result yet.",
        "These messages are real numbers, not symbols",
        "No learning curve was recorded.",
        "No episode was recorded.",
        "The team was not evaluated with interventions on its channel.",
    ):
        assert line in words
    assert "the channel was silenced" in text(page(study=replace(inputs["study"], heard=0)))


def test_a_curve_goes_through_its_points():
    from interlect.training.reports.charts import Mark

    rows = [
        {"updates": u, "episodes": 8 * u, "normalized_return": s}
        for u, s in ((10, 0.0), (20, 0.5), (30, None), (40, 1.0))
    ]
    svg = learning_curve([rows], [Mark("oracle (exact)", 1.0)], 'a "label"')
    assert "updates (8 episodes per update)" in svg
    assert 'aria-label="a &#34;label&#34;"' in svg
    paths = re.findall(r'd="(M [^"]*)" clip-path="[^"]*" style="fill: none; stroke: var\(--accent\)', svg)
    points = np.array(re.findall(r"([\d.]+) ([\d.]+)", paths[0]), dtype=float)
    steps = np.diff(points, axis=0)
    assert len(points) == 3
    assert steps[1, 0] == pytest.approx(2 * steps[0, 0], abs=1e-3)
    assert steps[1, 1] == pytest.approx(steps[0, 1], abs=1e-3)
    assert learning_curve([[{"updates": 1, "normalized_return": None}], []], [], "") is None


def test_several_runs_get_a_line_each_and_their_median(several_runs):
    svg = learning_curve(several_runs, [], "")
    assert svg.count("stroke: var(--accent)") == len(several_runs) + 1
    other = [*several_runs[:2], several_runs[2][:5]]
    assert learning_curve(other, [], "").count("stroke: var(--accent)") == len(several_runs)


def test_bars_are_as_long_as_their_scores():
    svg = score_bars({"normal": 1.0, "silent": 0.25, "worse": -0.5}, [], "")
    paths = re.findall(r'd="(M [^"]*)"[^>]*style="fill: var\(--(?:accent|soft)\)', svg)
    widths = [np.ptp(np.array(re.findall(r"([\d.]+) [\d.]+", path), dtype=float)) for path in paths][:3]
    assert widths[1] / widths[0] == pytest.approx(0.25, abs=1e-3)
    assert widths[2] / widths[0] == pytest.approx(0.5, abs=1e-3)
    assert all(figure in svg for figure in ("1.0000", "0.2500", "-0.5000"))


def test_the_terminal_shows_the_study_and_printing_is_left_to_the_caller(inputs, capsys):
    console = Console(width=120, record=True, file=io.StringIO())
    for screen in screens(ReportData(**inputs), Path("report.html")):
        console.print(screen)
    shown = " ".join(console.export_text().split())
    for line in (*inputs["study"].sentences, "heard 1?", "day 5", "Reproduces 100% of 3,438 decisions"):
        assert line in shown
    assert capsys.readouterr().out == ""


def test_stories_show_one_episode_of_each_ending(played, plain):
    transcript, channel = played(plain)
    won, gradient_delay = example_episodes(transcript, channel)
    assert won.title == "Won: 74.1% of episodes"
    assert gradient_delay.title == "Out of time: 25.9% of episodes"
    last = won.scenes[-1]
    assert last.final_action == "tell"
    assert all(figure.marked for figure in last.figures)
    assert [scene.final_action for scene in won.scenes[:-1]] == [None] * (len(won.scenes) - 1)
    assert len(gradient_delay.scenes) == 6
    assert gradient_delay.scenes[-1].sent is None
    for before, after in zip(won.scenes[:-1], won.scenes[1:], strict=True):
        assert after.heard == before.sent
