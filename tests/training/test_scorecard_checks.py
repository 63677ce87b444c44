"""Which runs can have a scorecard: what cannot is refused before anything is learned."""

import pytest
from interlect.training import PPO, Classification, Dial, ValueRegression
from interlect.training.command_line.main import main
from interlect.training.recipes.table import make_learner
from interlect.training.scorecard.supported_runs import check_scorecard, run_scorecard


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (ValueRegression("relay_v0", silent=True), "receive messages; received .*silence"),
        (Dial("switch_riddle_v0", silent=True), "receive messages; received .*silence"),
        (
            Classification("digits_v0", agents=2, shared=False),
            "needs a single agent; received '2 with separate parameters'",
        ),
        (Dial("relay_v0"), "relay_v0 needs agents trained by value_regression or supervised; received 'dial'"),
        (PPO("switch_riddle_v0"), "switch_riddle_v0 needs agents trained by dial or rial; received 'ppo'"),
    ],
)
def test_what_a_card_would_measure_wrongly_has_none(settings, words):
    with pytest.raises(ValueError, match=words):
        check_scorecard(settings)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"agents": 3}, "4 agents; received 3"),
        ({"credit": "blocked"}, "credit 'through'; received 'blocked'"),
        ({"carrier": "bits"}, "symbols by Gumbel-softmax; received 'bits'"),
    ],
)
def test_a_relay_of_another_kind_has_no_scorecard(changes, said):
    with pytest.raises(ValueError, match=f"The scorecard of the relay needs {said}. .*one by one in Python"):
        check_scorecard(ValueRegression("relay_v0", **changes))


@pytest.mark.parametrize(
    ("settings", "received"),
    [
        (ValueRegression("relay_v0", vocabulary=32), "'8.3%'"),
        (ValueRegression("relay_v0", length=2), "'6.0%'"),
        (Dial("switch_riddle_v0", width=8), "'6.1%'"),
        (Classification("digits_v0", width=8), "'block_0: 6%'"),
    ],
)
def test_an_interface_that_would_be_too_large_is_found_before_any_is_learned(settings, received):
    with pytest.raises(ValueError, match=f"at most 5% .*; received {received}"):
        check_scorecard(settings)


@pytest.mark.parametrize(
    "settings",
    [Dial("switch_riddle_v0", width=16), Classification("digits_v0", width=10, blocks=2)],
    ids=["riddle", "digits"],
)
def test_what_passes_the_check_has_a_card(settings):
    check_scorecard(settings)
    assert run_scorecard(settings, make_learner(settings).team(), updates=0).rows()


def test_a_newcomers_interfaces_count_where_there_is_one():
    settings = ValueRegression("relay_v0", vocabulary=20)
    check_scorecard(settings)
    with pytest.raises(ValueError, match=r"at most 5% of an agent's parameters; received '5.3%'"):
        check_scorecard(settings, new_agents=True)


def test_a_run_whose_card_would_be_refused_is_not_trained(tmp_path, capsys):
    command = ["train", "value_regression", "relay_v0", "--width", "32", "--operators", "--out", str(tmp_path / "run")]
    assert main(command) == 1
    assert "at most 5%" in capsys.readouterr().out
    assert not (tmp_path / "run").exists()
