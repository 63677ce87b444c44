"""Metrics and sections of third parties: shown by name, escaped, and never at the cost of the rest."""

import json

import numpy as np
import pytest
from interlect.training import Dial, train
from interlect.training.command_line.commands import show_study
from interlect.training.reports import metrics, sections
from interlect.training.reports.metrics import Measured, numbers, register_metric
from interlect.training.reports.report_data import Section
from interlect.training.reports.run_report import study_run
from interlect.training.reports.sections import register_report_section
from markupsafe import Markup
from matplotlib.figure import Figure

EVIL = '<script>alert("x")</script>'


@pytest.fixture(autouse=True)
def registries(monkeypatch):
    """What a test registers is gone after it."""
    monkeypatch.setattr(metrics, "METRICS", dict(metrics.METRICS))
    monkeypatch.setattr(sections, "SECTIONS", dict(sections.SECTIONS))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return train(Dial("switch_riddle_v0", updates=2, batch=2, width=8), tmp_path_factory.mktemp("runs") / "run")


def test_every_run_has_its_metrics_in_study_json_terminal_and_report(run, capsys):
    def episode_length(studied):
        return {"mean": studied.transcript.live.sum(axis=0).mean(), "per lane": studied.transcript.live.sum(axis=0)}

    register_metric("episode_length", episode_length)
    register_metric("not here", lambda studied: None)
    show_study(run.path)
    printed, page = capsys.readouterr().out, (run.path / "report.html").read_text()
    found = json.loads((run.path / "study.json").read_text())
    assert found["population"] == "all 729 equally likely episodes"
    assert found["failed"] == {}
    names = ["messages", "mutual_information", "decision_trees", "interventions", "episode_length"]
    assert [*found["metrics"]] == names
    length = found["metrics"]["episode_length"]
    assert length["mean"] == pytest.approx(np.mean(length["per lane"]))
    assert len(length["per lane"]) == 729
    costs = found["metrics"]["interventions"]
    assert costs["silent"]["cost"] == costs["normal"]["normalized_return"] - costs["silent"]["normalized_return"]
    for shown in (printed, page):
        assert "episode_length.mean" in shown
        assert f"{length['mean']:.4f}" in shown
        assert "not here" not in shown
        assert "per lane" not in shown, "lists are in study.json alone"


def test_messages_that_cannot_be_counted_are_measured_too(tmp_path):
    settings = Dial("switch_riddle_v0", carrier="number", updates=2, batch=2, width=8)
    data, _ = study_run(train(settings, tmp_path / "run").path)
    assert data.study is None
    assert [*json.loads((tmp_path / "run" / "study.json").read_text())["metrics"]] == ["interventions"]


def test_a_metric_that_raises_is_named_and_the_rest_is_measured(run):
    register_metric("broken", lambda studied: 1 / 0)
    register_metric("endless", lambda studied: float("inf"))
    register_metric("last", lambda studied: 7)
    with pytest.warns(
        RuntimeWarning, match=r"(?s)A metric must be computed without an error; received.*Correct the function"
    ):
        data, page = study_run(run.path)
    found = json.loads((run.path / "study.json").read_text())
    assert (found["metrics"]["last"], [*found["failed"]]) == (7, ["broken", "endless"])
    assert "ZeroDivisionError: division by zero" in found["failed"]["broken"]
    assert "finite numbers" in found["failed"]["endless"]
    assert "ZeroDivisionError" in page.read_text()
    assert data.measured.values["last"] == 7


def test_sections_are_text_html_or_a_figure_in_front_of_the_settings(page):
    figure = Figure()
    figure.add_subplot().plot([0, 1], [0, 1])
    register_report_section("text", lambda data: Section(EVIL, EVIL))
    register_report_section("html", lambda data: Section("HTML", Markup("<em>{}</em>").format(EVIL)))
    register_report_section("figure", lambda data: Section("Drawn", figure))
    register_report_section("none", lambda data: None)
    html = page()
    assert "<script" not in html
    assert html.count("&lt;script&gt;") == 3
    assert "<em>&lt;script" in html
    assert 'aria-label="Drawn"' in html
    places = [
        html.index(f"<h2>{title}") for title in ("Value of the channel", "&lt;script", "HTML", "Drawn", "Settings")
    ]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("function", "error"),
    [
        (lambda data: 1 / 0, "ZeroDivisionError: division by zero"),
        (lambda data: "text", "must return a Section with a title, or None"),
        (lambda data: Section("title", 7), "AttributeError"),
    ],
)
def test_a_section_that_raises_is_named_and_the_rest_is_written(page, function, error):
    register_report_section("broken <section>", function)
    with pytest.warns(RuntimeWarning, match="A section must be computed without an error"):
        html = page()
    assert "<h2>broken &lt;section&gt;</h2>" in html
    assert error in html
    assert "<h2>Settings and results</h2>" in html


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match=r"that no other metric has; received 'messages'\. Choose a name other than"):
        register_metric("messages", lambda studied: 1)
    with pytest.raises(ValueError, match="that no other section has; received ''"):
        register_report_section("", lambda data: None)


def test_values_are_plain_numbers():
    value = {"a": np.float32(0.5), "b": [np.int64(2), None, np.ones(2)], 3: True}
    assert numbers(value) == {"a": 0.5, "b": [2, None, [1.0, 1.0]], "3": True}
    assert [*Measured({"a": {"b": 1, "c": [2]}, "d": None, "e": 0.5}).scalars()] == [("a.b", 1), ("e", 0.5)]
    for wrong in ("text", float("nan"), [float("inf")], object()):
        with pytest.raises(ValueError, match="A metric must return finite numbers"):
            numbers(wrong)
