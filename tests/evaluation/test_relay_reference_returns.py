"""Reference returns of the relay: by brute force, and each reference player earns its own."""

from collections import Counter
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from interlect.envs import evaluate, game
from interlect.envs.core.play import frames, play, returns
from interlect.envs.pictures.classifier import parity_confusion, predicted_odd
from interlect.envs.pictures.images import digits
from interlect.envs.relay import probabilities
from interlect.envs.relay.chains import Chains, chains_of, public_chains
from interlect.envs.relay.reference_players import reference_player
from interlect.envs.relay.reference_returns import reference_returns
from interlect.envs.relay.rules import Relay
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import DRU, Channel, Flip, Symbols

CHANNEL = Channel(Symbols(16))
TASKS = ("count", "spell")
SETS = ("private", "public", "given")


GIVEN = np.array([[0, 1, 0, 2], [2, 1, 2, -1], [1, 0, -1, -1], [1, 2, 1, 0]])
"""Agents with two places, first, last and in between."""


def chains(word: str) -> str | np.ndarray:
    return GIVEN if word == "given" else word


def right_answer(task: str, chain: list[int], parity: tuple[int, ...]) -> int:
    odd = [parity[agent] for agent in chain]
    return sum(odd) if task == "count" else int("".join(map(str, [0, 0, *odd][-3:])), 2)


def rows(drawn: Chains) -> list[tuple[list[int], float]]:
    """Each chain, and how likely it is."""
    table = [[agent for agent in row if agent >= 0] for row in drawn.table.tolist()]
    return list(zip(table, drawn.chance.tolist(), strict=True))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("word", SETS)
@pytest.mark.parametrize("agents", [3, 4])
def test_no_communication_is_the_best_guess_over_all_parities(task: str, word: str, agents: int) -> None:
    drawn = chains_of(chains(word), agents, agents + 1)
    expected = 0.0
    for chain, chance in rows(drawn):
        for own in (0, 1):
            known = [p for p in product((0, 1), repeat=agents) if p[chain[-1]] == own]
            answers = Counter(right_answer(task, chain, parity) for parity in known)
            expected += chance * max(answers.values()) / 2**agents
    assert probabilities.no_communication(task, drawn) == pytest.approx(expected, abs=1e-12)
    assert reference_returns(Relay(agents, task=task, chains=chains(word)))["no_communication"].value == pytest.approx(
        expected
    )


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("word", ["private", "public"])
@pytest.mark.parametrize("agents", [2, 3, 4])
def test_private_and_public_chains_need_not_be_known(task: str, word: str, agents: int) -> None:
    """Who is the last, and at which step, tells all that the best guess needs."""
    drawn = chains_of(word, agents, agents + 1)
    answers: dict[tuple, Counter] = {}
    for chain, chance in rows(drawn):
        for parity in product((0, 1), repeat=agents):
            seen = (chain[-1], len(chain), parity[chain[-1]])
            answers.setdefault(seen, Counter())[right_answer(task, chain, parity)] += chance / 2**agents
    assert probabilities.no_communication(task, drawn) == pytest.approx(
        sum(max(by.values()) for by in answers.values()), abs=1e-12
    )


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("word", SETS)
def test_vision_is_the_chance_of_a_right_answer_over_all_errors(task: str, word: str) -> None:
    eyes = np.array([[0.4, 0.1], [0.2, 0.3]])
    drawn = chains_of(chains(word), 3, 4)
    expected = 0.0
    for chain, chance in rows(drawn):
        for true, seen in product(product((0, 1), repeat=3), repeat=2):
            right = right_answer(task, chain, true) == right_answer(task, chain, seen)
            expected += chance * right * np.prod([eyes[p, q] for p, q in zip(true, seen, strict=True)])
    assert probabilities.vision(task, drawn, eyes) == pytest.approx(expected, abs=1e-12)


def test_known_no_communication_optima() -> None:
    def no_communication(task: str, word: str, agents: int = 4) -> float:
        return game("relay_v0", task=task, chains=word).reference_returns(agents)["no_communication"].value

    assert no_communication("count", "private") == 3 / 8
    assert no_communication("count", "public") == (1 / 2 + 1 / 2 + 3 / 8 + (3 / 8 + 1 / 4) / 2) / 4
    assert no_communication("spell", "private") == 1 / 4
    assert no_communication("spell", "private", 2) == no_communication("count", "private", 2) == 1 / 2
    assert no_communication("spell", "private", 30) == 1 / 4


def test_eyes_are_fitted_to_the_pictures_to_train_on_alone() -> None:
    train, held_out = digits("train"), digits("held_out")
    right = {p.split: (predicted_odd(p) == p.digit % 2).mean() for p in (train, held_out)}
    assert right["train"] > right["held_out"] > 0.97
    for pictures in (train, held_out):
        eyes = parity_confusion(pictures)
        assert eyes.sum(axis=1).tolist() == pytest.approx([0.5, 0.5])
        by_class = [(predicted_odd(pictures) == pictures.digit % 2)[pictures.digit == d].mean() for d in range(10)]
        assert np.trace(eyes) == pytest.approx(np.mean(by_class))


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("word", SETS)
@pytest.mark.parametrize("agents", [3, 4])
def test_relaying_equals_the_oracle(task: str, word: str, agents: int) -> None:
    core = Relay(agents, 500, 0, task, chains=chains(word))
    assert (returns(core, reference_player("relaying", core, CHANNEL.carrier), CHANNEL) == 1).all()
    assert (returns(core, reference_player("oracle", core, CHANNEL.carrier), CHANNEL) == 1).all()


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("word", SETS)
@pytest.mark.parametrize("name", ["no_communication", "vision"])
def test_players_earn_their_reference_returns(task: str, word: str, name: str) -> None:
    lanes = 40_000
    core = Relay(4, lanes, 1, task, "held_out", chains(word))
    earned = returns(core, reference_player(name, core, CHANNEL.carrier), CHANNEL)[:, 0]
    value = reference_returns(core)[name].value
    assert abs(earned.mean() - value) < 4 * np.sqrt(value * (1 - value) / lanes)


def test_vision_errs_where_the_classifier_does_and_depends_on_the_pictures() -> None:
    found = {split: game("relay_v0", pictures=split).reference_returns(4)["vision"] for split in ("train", "held_out")}
    assert 0.9 < found["held_out"].value < found["train"].value < 1
    assert found["held_out"].kind == "reference"
    assert "98.87% of parities, on held-out pictures" in found["held_out"].how


def test_relaying_says_the_answer_so_far() -> None:
    core = Relay(3, 300, 0, "count", chains="public")
    record = play(core, reference_player("relaying", core, CHANNEL.carrier), CHANNEL)
    step, lane, speaker = np.nonzero(record.hears.any(axis=2))
    said = record.sent[step, lane, speaker, 0].argmax(axis=1)
    assert len(said) > 300
    np.testing.assert_array_equal(said, record.facts["odd"][step, lane])


def test_relaying_needs_its_messages() -> None:
    core = Relay(4, 2000, 0)
    deaf = returns(core, reference_player("relaying", core, CHANNEL.carrier), CHANNEL, silence)
    assert deaf.mean() == pytest.approx(1 / 8, abs=0.03)  # right where all others are even


def silence(channel, heard, present, rng):
    return 0 * heard, present & False


def test_no_communication_hears_nothing() -> None:
    core, twin = (Relay(4, 400, 2, chains="public") for _ in range(2))
    plain = frames(core, reference_player("no_communication", core, CHANNEL.carrier), CHANNEL)
    deaf = frames(twin, reference_player("no_communication", twin, CHANNEL.carrier), CHANNEL, silence)
    for one, other in zip(plain, deaf, strict=True):
        np.testing.assert_array_equal(one.action, other.action)
        np.testing.assert_array_equal(one.sent, other.sent)


class Reader:
    """Knows every picture by heart, and relays the count; it looks at nothing but what an agent may see."""

    def initial_state(self, seats):
        known = [digits(split) for split in ("train", "held_out")]
        self.images, self.digits = (np.concatenate([getattr(p, name) for p in known]) for name in ("image", "digit"))
        return {}

    def step(self, inputs, state, rng):
        nearest = (np.square(self.images).sum(1) - 2 * inputs.observation @ self.images.T).argmin(axis=1)
        odd = self.digits[nearest] % 2
        count = np.minimum(np.where(inputs.present.any(1), inputs.heard.sum(1).argmax(1), 0) + odd, 15)
        named = np.minimum(1 + count, inputs.legal.shape[1] - 1)
        return np.where(inputs.legal[:, 0], 0, named), np.eye(16, dtype=np.float32)[count][:, None], state


def test_evaluation_between_the_reference_returns() -> None:
    played = game("relay_v0", chains="public", pictures="held_out")
    found = evaluate(played, 3, Reader(), CHANNEL, episodes=300)
    assert (found.return_mean, found.normalized_return, found.communication_gain, found.standard_error) == (1, 1, 1, 0)
    assert found.how == "paired with the oracle on 300 episodes of seed 0"
    assert found.no_communication == played.reference_returns(3)["no_communication"]
    deaf = evaluate(played, 3, Reader(), CHANNEL, "silent", episodes=300)
    assert deaf.communication_gain < 0.2


class Followed(Reader):
    memoryless = True


@pytest.mark.parametrize("name", ["normal", "silent"])
def test_a_player_without_memory_is_followed(name: str) -> None:
    played = game("relay_v0", chains="public", pictures="held_out", task="count")
    found = evaluate(played, 3, Followed(), CHANNEL, name)
    assert (found.standard_error, found.episodes) == (0, 0)
    assert found.how == "exact: by recursion over the messages, on every picture"
    sampled = evaluate(played, 3, Followed(), CHANNEL, name, episodes=4096, exact=False)
    assert sampled.how.startswith("paired")
    assert found.return_mean == pytest.approx(sampled.return_mean, abs=4 * sampled.standard_error + 1e-12)
    assert found.return_mean == pytest.approx(1.0) if name == "normal" else found.return_mean < 0.5


def test_what_cannot_be_followed_is_sampled() -> None:
    played = game("relay_v0", chains="public", pictures="held_out")
    noisy = replace(CHANNEL, link=Flip(0.1))
    assert evaluate(played, 3, Followed(), noisy, episodes=64).how.startswith("paired")
    assert evaluate(played, 3, Followed(), CHANNEL, "shuffled", episodes=64).how.startswith("paired")
    assert evaluate(played, 3, Reader(), CHANNEL, episodes=64).how.startswith("paired")
    many = game("relay_v0", chains=public_chains(6)[:1025], pictures="held_out")
    assert evaluate(many, 6, Followed(), CHANNEL, episodes=64).how.startswith("paired")
    with pytest.raises(ValueError, match="intervention"):
        evaluate(played, 3, Followed(), CHANNEL, "loud")


def test_bad_input() -> None:
    core = Relay(4, longest=20)
    with pytest.raises(ValueError, match="needs 21 different messages"):
        reference_player("relaying", core, Symbols(16))
    with pytest.raises(ValueError, match="needs 8 different messages"):
        reference_player("relaying", Relay(4, task="spell"), DRU(2))
    with pytest.raises(ValueError, match="Did you mean 'oracle'"):
        reference_player("orakle", core)
    with pytest.raises(ValueError, match="reference player of the relay needs its core; received 'SwitchRiddle'"):
        reference_player("oracle", SwitchRiddle())
    with pytest.raises(ValueError, match="agents must be an integer, at least 2"):
        game("relay_v0").reference_returns(1)
