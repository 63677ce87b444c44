"""Reference returns of the referential game: each is what its player earns, and no guess is worth more."""

from itertools import product

import numpy as np
import pytest
from interlect.envs import evaluate, game
from interlect.envs.core.play import returns
from interlect.envs.referential.probabilities import best_guess
from interlect.envs.referential.reference_players import default_carrier, reference_player
from interlect.envs.referential.rules import Referential
from interlect.envs.relay.rules import Relay
from interlect.protocols import DRU, Channel, Continuous, Erasure, Flip, PlayerInput, Symbols

RECONSTRUCT = [
    {"task": "reconstruct", "values": 4},
    {"task": "reconstruct", "attributes": 3, "values": (2, 4, 3), "once": True},
    {"task": "reconstruct", "values": 5, "split": "train", "holdout": "compositional", "holdout_share": 0.3},
    {"task": "reconstruct", "values": (4, 5), "split": "held_out", "holdout": "values"},
    {"task": "reconstruct", "values": (4, 5), "split": "held_out", "holdout": "values", "partial": True},
    {"task": "reconstruct", "attributes": 3, "values": 3, "split": "train", "partial": True, "holdout_share": 0.4},
]
FEW = [
    {"attributes": 1, "values": 4, "candidates": 4},
    {"values": (2, 3), "candidates": 2, "split": "held_out", "holdout": "values"},
]
MANY = [{}, {"objects": "digits", "split": "held_out"}, {"objects": "digits", "same_picture": True, "candidates": 10}]


@pytest.mark.parametrize("options", RECONSTRUCT + FEW, ids=str)
def test_players_earn_their_reference_returns_exactly(options):
    played = game("referential_v0", **options)
    total = played.episode_count(2)
    core = played.enumerated_core(2, np.arange(total))
    channel = Channel(default_carrier(core))
    assert (played.episode_weight(2, np.arange(total)) == 1).all()
    for name, reference in played.reference_returns(2).items():
        assert reference.kind == "exact"
        earned = returns(core, played.reference_player(name, core, channel.carrier), channel)
        assert earned.mean(dtype=np.float64) == pytest.approx(reference.value, abs=1e-6)
    found = evaluate(played, 2, reference_player("coding", core, channel.carrier), channel)
    assert (found.return_mean, found.standard_error, found.communication_gain) == (1.0, 0.0, 1.0)
    assert found.how == f"exact: all {total} equally likely episodes"
    silent = evaluate(played, 2, reference_player("no_communication", core, channel.carrier), channel, "silent")
    assert silent.communication_gain == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("options", MANY, ids=str)
def test_players_earn_their_reference_returns_in_a_sample(options):
    played = game("referential_v0", **options)
    assert played.episode_count(2) is None
    core = played.core(2, 1500, 1)
    channel = Channel(default_carrier(core))
    for name, reference in played.reference_returns(2).items():
        earned = returns(core, played.reference_player(name, core, channel.carrier), channel).mean()
        assert earned == pytest.approx(
            reference.value, abs=1e-9 if reference.value == 1 else 4 * (reference.value / 1500) ** 0.5
        )
    assert played.reference_returns(2)["no_communication"].value == pytest.approx(1 / core.candidates)


@pytest.mark.parametrize("options", RECONSTRUCT, ids=str)
def test_no_combination_is_a_better_guess(options):
    """Every combination of values as the guess, whether there is such an object or not."""
    core = Referential(**options)
    rows = core.objects.attributes(np.arange(core.objects.kinds))
    right = [rows == guess for guess in product(*map(range, core.objects.values))]
    worth = [float(r.mean()) if core.partial else float(r.all(axis=1).mean()) for r in right]
    value, guess = best_guess(core.objects, core.partial)
    assert max(worth) == pytest.approx(value)
    assert worth[np.ravel_multi_index(guess, core.objects.values)] == pytest.approx(value)


@pytest.mark.parametrize("options", FEW, ids=str)
def test_no_look_at_the_candidates_is_a_better_guess(options):
    """All episodes, by what the receiver sees: each position is the object's equally often."""
    total = Referential(**options).episode_count
    core = Referential(lanes=total, shown=np.arange(total), **options)
    core.reset()
    seen = core.step(np.zeros((total, 2), dtype=np.int64)).observation[:, 1]
    views, view = np.unique(seen, axis=0, return_inverse=True)
    counts = np.zeros((len(views), core.candidates))
    np.add.at(counts, (view.ravel(), core.position), 1)
    assert (counts == counts[:1, :1]).all()


def test_the_code_is_digits_in_the_base_of_the_vocabulary():
    core = Referential(lanes=100, task="reconstruct", shown=np.arange(100))
    coding = reference_player("coding", core)
    step = core.reset()
    seats = np.tile([0, 1], 100)
    heard, present = np.zeros((200, 2, 20), dtype=np.float32), np.zeros((200, 2), dtype=bool)
    inputs = PlayerInput(step.observation.reshape(200, -1), heard, present, step.legal.reshape(200, -1))
    _, sent, _ = coding.step(inputs, coding.initial_state(seats), np.random.default_rng(0))
    np.testing.assert_array_equal(sent[0::2].argmax(axis=-1), core.attributes)
    assert not sent[1::2].argmax(axis=-1).any()


@pytest.mark.parametrize(
    "carrier", [Symbols(100), Symbols(2, 7), DRU(7), Symbols(5, 4, end=True), Symbols(101, 1, end=True)], ids=str
)
@pytest.mark.parametrize("task", ["reconstruct", "discriminate"])
def test_any_carrier_with_enough_messages_will_do(carrier, task):
    core = Referential(lanes=300, seed=0, task=task)
    assert returns(core, reference_player("coding", core, carrier), Channel(carrier)).min() == 1.0


def test_whoever_hears_once_remembers_and_noise_costs():
    options = {"task": "reconstruct", "values": 4, "once": True}
    core = Referential(lanes=2000, seed=0, **options)
    carrier = default_carrier(core)
    lost = returns(core, reference_player("coding", core, carrier), Channel(carrier, Erasure(0.5)))[:, 0]
    assert lost.mean() == pytest.approx(0.5 + 0.5 / 16, abs=0.05)  # who hears nothing names 0, 0
    flipped = returns(core, reference_player("coding", core, carrier), Channel(carrier, Flip(0.5))).mean()
    assert 0.15 < flipped < 0.35


def test_many_objects_are_evaluated_exactly():
    played = game("referential_v0", task="reconstruct", values=(50, 40))
    core = played.core(2, 1, 0)
    channel = Channel(Symbols(50, 3))
    found = evaluate(played, 2, reference_player("coding", core, channel.carrier), channel)
    assert (found.return_mean, found.episodes) == (1.0, 2000)
    assert found.no_communication.value == 1 / 2000


def test_bad_input():
    core = Referential()
    with pytest.raises(ValueError, match=r"needs 100 different messages, 6\.64 bits; received Symbols"):
        reference_player("coding", core, Symbols(9, 2))
    with pytest.raises(ValueError, match="needs 100 different messages"):
        reference_player("coding", core, Symbols(5, 3, end=True))
    with pytest.raises(ValueError, match="needs 100 different messages"):
        reference_player("coding", core, Continuous(2))
    with pytest.raises(ValueError, match="Did you mean 'oracle'"):
        reference_player("orakle", core)
    with pytest.raises(ValueError, match="reference player of the referential game needs its core; received 'Relay'"):
        reference_player("oracle", Relay())
    with pytest.raises(ValueError, match=r"need random episodes; received \['shown'\]"):
        game("referential_v0", shown=np.array([0]))
    with pytest.raises(ValueError, match="agents must be 2"):
        game("referential_v0").reference_returns(3)
