"""Reference returns of the two-agent digit games: each reference player earns its own, exactly and in play."""

import numpy as np
import pytest
from interlect.envs import evaluate, game
from interlect.envs.color_digit.reference_players import reference_player as color_player
from interlect.envs.core.play import play, returns
from interlect.envs.multistep_digit.reference_players import reference_player as digit_player
from interlect.envs.multistep_digit.reference_returns import best
from interlect.envs.pictures.classifier import predicted_digits, predicted_odd
from interlect.envs.pictures.images import Pictures, digits, odd_probability
from interlect.envs.relay.rules import Relay
from interlect.protocols import DRU, Channel, Continuous, Erasure, Symbols

NAMES = {
    "color_digit_v0": ("oracle", "no_communication", "vision", "parity", "color"),
    "multistep_digit_v0": ("oracle", "no_communication", "vision", "1 bit", "2 bits", "3 bits", "4 bits"),
}
REFERENCES = [(name, reference) for name, reference_returns in NAMES.items() for reference in reference_returns]
CARRIERS = (DRU(), Symbols(2), Symbols(16), DRU(3))


def test_known_values() -> None:
    color = {name: reference.value for name, reference in game("color_digit_v0").reference_returns(2).items()}
    assert color.keys() == set(NAMES["color_digit_v0"])
    assert (color["oracle"], color["no_communication"], color["parity"], color["color"]) == (4, 0, 4, 2)
    digit = {name: reference.value for name, reference in game("multistep_digit_v0").reference_returns(2).items()}
    assert digit.keys() == set(NAMES["multistep_digit_v0"])
    values = [digit[name] for name in ("no_communication", "1 bit", "2 bits", "3 bits", "4 bits", "oracle")]
    assert values == pytest.approx([0.1, 0.2, 0.4, 0.8, 1, 1])


@pytest.mark.parametrize(("pictures", "share"), [("train", 1.0), ("held_out", 0.98)])
def test_vision_is_what_the_classifier_reads(pictures: str, share: float) -> None:
    seen = digits(pictures)
    by_class = [(predicted_digits(seen) == d)[seen.digit == d].mean() for d in range(10)]
    assert game("multistep_digit_v0", pictures=pictures).reference_returns(2)["vision"].value == pytest.approx(
        np.mean(by_class)
    )
    odd = [(predicted_odd(seen) == seen.digit % 2)[seen.digit == d].mean() for d in range(10)]
    value = game("color_digit_v0", pictures=pictures).reference_returns(2)["vision"].value
    assert value == pytest.approx(8 * np.mean(odd) - 4)
    assert share - 0.02 < value / 4 < 1


@pytest.mark.parametrize(("name", "reference"), REFERENCES)
@pytest.mark.parametrize("pictures", ["train", "held_out"])
def test_players_earn_their_reference_returns(name: str, reference: str, pictures: str) -> None:
    made, lanes = game(name, pictures=pictures), 20_000
    core, value = made.core(2, lanes, 1), made.reference_returns(2)[reference].value
    for carrier in CARRIERS[: 1 if pictures == "train" else None]:
        player, channel = made.reference_player(reference, core, carrier), Channel(carrier)
        earned = returns(core, player, channel)
        assert (earned[:, 0] == earned[:, 1]).all()
        assert abs(earned[:, 0].mean() - value) < 4 * earned[:, 0].std() / lanes**0.5 + 1e-6
        if reference != "oracle" and carrier != DRU(3):
            found = made.exact_value(2, player, channel)
            if name == "multistep_digit_v0" and carrier == Symbols(16):
                assert found is None
            else:
                assert found[0] == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_who_equals_the_oracle_earns_the_same_in_every_episode(name: str) -> None:
    made, rival = game(name, pictures="held_out"), NAMES[name][-1] if "multi" in name else "parity"
    core, twin = (made.core(2, 3000, 5) for _ in range(2))
    best = returns(core, made.reference_player("oracle", core, DRU()), Channel())
    np.testing.assert_array_equal(best, returns(twin, made.reference_player(rival, twin, DRU()), Channel()))


@pytest.mark.parametrize("name", NAMES)
def test_no_communication_hears_nothing(name: str) -> None:
    made = game(name)
    core, twin = (made.core(2, 500, 2) for _ in range(2))
    plain = play(core, made.reference_player("no_communication", core, Symbols(1)), Channel(Symbols(1)))
    deaf = play(twin, made.reference_player("no_communication", twin, Symbols(1)), Channel(Symbols(1), Erasure(1.0)))
    np.testing.assert_array_equal(plain.action, deaf.action)


def test_without_messages_no_answer_of_color_digit_earns_more_than_the_optimum() -> None:
    """Over all choices by one's own label: none adds more on average."""
    payoff = game("color_digit_v0").core(2, 1, 0).payoff
    assert payoff.mean(axis=2).max() == 0


class Skewed(Pictures):
    """Classes as frequent as MNIST's."""

    share = np.array([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]) / 60_000


def test_reference_returns_are_computed_from_the_shares_of_the_classes() -> None:
    skewed = Skewed("train", digits("train").image, digits("train").digit)
    assert [best(skewed, bits) for bits in range(5)] == pytest.approx([0.1124, 0.2168, 0.4183, 0.8123, 1.0], abs=1e-4)
    assert odd_probability(skewed) == pytest.approx((6742 + 6131 + 5421 + 6265 + 5949) / 60_000)


def test_evaluation_between_the_reference_returns() -> None:
    made = game("color_digit_v0", pictures="held_out")
    player = made.reference_player("color", made.core(2, 1, 0), DRU())
    found = evaluate(made, 2, player, Channel())
    assert (found.return_mean, found.normalized_return, found.communication_gain) == pytest.approx((2, 0.5, 0.5))
    assert (found.standard_error, found.episodes) == (0, 0)
    assert found.how == "exact: by joining the responses of both agents to every view and message"
    silent = evaluate(made, 2, player, Channel(), "silent")
    assert silent.return_mean == pytest.approx(0, abs=1e-12)
    assert silent.how.startswith("exact")
    for intervention in ("constant", "shuffled"):
        assert evaluate(made, 2, player, Channel(), intervention, 256).how.startswith("paired")


def test_the_oracle_pairs_with_teams_over_any_channel() -> None:
    made = game("multistep_digit_v0")
    player = made.reference_player("no_communication", made.core(2, 1, 0), Continuous(2))
    found = evaluate(made, 2, player, Channel(Continuous(2)), episodes=2000)
    assert found.how.startswith("paired with the oracle")
    assert abs(found.return_mean - 0.1) < 4 * found.standard_error


def test_bad_input() -> None:
    color, digit = (game(name).core(2, 1, 0) for name in NAMES)
    with pytest.raises(ValueError, match="needs 2 different messages"):
        color_player("parity", color, Symbols(1))
    with pytest.raises(ValueError, match="needs 2 different messages"):
        digit_player("1 bit", digit, Continuous())
    with pytest.raises(ValueError, match="Did you mean 'parity'"):
        color_player("party", color)
    with pytest.raises(ValueError, match="Did you mean '2 bits'"):
        digit_player("2 bit", digit)
    with pytest.raises(ValueError, match="reference player of color-digit needs its core; received 'MultistepDigit'"):
        color_player("oracle", digit)
    with pytest.raises(ValueError, match="reference player of multi-step digits needs its core; received 'Relay'"):
        digit_player("oracle", Relay())
    with pytest.raises(ValueError, match="agents must be 2"):
        game("color_digit_v0").reference_returns(3)
