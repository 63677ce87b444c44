"""Agents without memory: skipping irrelevant rows changes nothing, and gradients flow back along the whole chain."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
import torch
from interlect.agents import Agent, Team, Wire, relay_agent
from interlect.agents.operators import exclude, reorder
from interlect.envs import make_core, play
from interlect.envs.pictures.images import PIXELS
from interlect.envs.relay import exact, public_chains
from interlect.envs.relay.reference_returns import reference_returns
from interlect.envs.relay.rules import Relay
from interlect.protocols import Channel, Composed, Delay, Erasure, Flip, Gumbel, Perfect, Sampled, Symbols
from interlect.training import Dial, Run, Supervised, ValueRegression, resume, train
from interlect.training.learners import value_regression
from interlect.training.learners.value_regression import relay_channel
from interlect.training.recipes.table import make_learner
from interlect.training.rollouts.memoryless import play_memoryless


def relay(lanes=64, **options):
    return make_core("relay_v0", agents=4, lanes=lanes, seed=5, **({"chains": "public"} | options))


def runners(carrier, count=4):
    torch.manual_seed(0)
    return [Agent(relay_agent(PIXELS, 7, carrier, width=16)).eval() for _ in range(count)]


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("link", [Perfect(), Flip(0.3), Erasure(0.3), Delay(1), Composed((Delay(1), Erasure(0.2)))])
def test_play_memoryless_equals_evaluation(link, count):
    channel = Channel(Symbols(16), link)
    agents = runners(channel.carrier, count)
    chosen = play_memoryless(agents, relay(), channel, 0.0, False, np.random.default_rng(0))
    played = play(relay(), Team(agents, channel), channel)
    assert chosen.steps == played.live.sum()
    acted = np.zeros(64, dtype=int)
    acted[chosen.lane] = chosen.action
    np.testing.assert_array_equal(acted, played.action.max(axis=(0, 2)))
    gain = np.zeros(64)
    gain[chosen.lane] = chosen.return_to_go
    np.testing.assert_array_equal(gain, played.returns[:, 0])
    assert 0 < gain.mean() < 1


@pytest.mark.parametrize("credit", ["through", "blocked"])
def test_gradients_reach_the_first_encoder_unless_credit_is_blocked(credit):
    channel = Channel(Gumbel(16), credit=credit)
    agents = runners(channel.carrier)
    chain = np.array([[0, 1, 2, 3]])
    choices = play_memoryless(agents, relay(chains=chain), channel, 0.0, False, np.random.default_rng(0))
    choices.act[:, 1].sum().backward()
    reached = [agent.image_features.map.weight.grad is not None for agent in agents]
    assert reached == ([True] * 4 if credit == "through" else [False, False, False, True])


def changed_parameters(settings):
    learner = make_learner(settings)
    before = learner.team().agents
    learner.update()
    after = learner.team().agents
    return [
        {
            name: not torch.equal(one.state_dict()[name], other.state_dict()[name])
            for name in one.state_dict()
            if name in ("message_head.map.weight", "credit.predict.4.weight")
        }
        for one, other in zip(before, after, strict=True)
    ]


@pytest.mark.parametrize("recipe", [ValueRegression, Supervised])
def test_senders_learn_by_the_channel_a_predictor_or_not_at_all(recipe):
    found = {}
    for credit in ("through", "blocked", "synthetic"):
        found[credit] = changed_parameters(recipe("relay_v0", credit=credit, updates=2, batch=32, width=8))
    assert found["through"] == [{"message_head.map.weight": True}] * 4
    assert found["blocked"] == [{"message_head.map.weight": False}] * 4
    # Predictions start at zero, so that no sender learns in the first update.
    assert found["synthetic"] == [{"message_head.map.weight": False, "credit.predict.4.weight": True}] * 4


def test_predictors_predict_the_loss_of_one_lane():
    learner = make_learner(Supervised("relay_v0", credit="synthetic", batch=8, width=8))
    assert [agent.credit.rows for agent in learner.agents] == [8] * 4


def test_in_silence_messages_have_no_effect():
    channel = Channel(Symbols(16))
    agents = runners(channel.carrier)
    acts = []
    for change in (0.0, 3.0):
        for agent in agents:
            agent.message_head.map.bias.data += change * torch.randn(16)
        acts.append(play_memoryless(agents, relay(), channel, 0.0, True, np.random.default_rng(0)).act)
    assert torch.equal(*acts)


def test_log_probabilities_sum_over_delivered_messages_per_lane():
    channel = Channel(Sampled(16, 2))
    agents = runners(channel.carrier)
    for agent in agents:
        for parameter in agent.message_head.parameters():
            torch.nn.init.zeros_(parameter)
    core = relay(chains=np.array([[0, 1, -1, -1], [2, 0, 3, -1], [3, 1, 2, 0]]))
    said = play_memoryless(agents, core, channel, 0.0, False, np.random.default_rng(0)).log_prob
    hops = torch.from_numpy((core.chain >= 0).sum(-1) - 1)
    torch.testing.assert_close(said, -hops * 2 * np.log(16), check_dtype=False)
    assert len(said.unique()) == 3
    assert not play_memoryless(agents, core, channel, 0.0, True, np.random.default_rng(0)).log_prob.any()
    symbols = Channel(Symbols(16, 2))
    assert not play_memoryless(agents, core, symbols, 0.0, False, np.random.default_rng(0)).log_prob.any()


def test_a_score_function_trains_all_senders_of_a_chain():
    settings = ValueRegression(
        "relay_v0", carrier="sampled", credit="blocked", chains="private", updates=2, batch=32, width=8
    )
    assert changed_parameters(settings) == [{"message_head.map.weight": True}] * 3 + [
        {"message_head.map.weight": False}
    ]


@pytest.mark.parametrize("settings", [ValueRegression("relay_v0", width=8), Dial("switch_riddle_v0", width=8)])
def test_quantized_messages_have_a_codebook_and_a_predictor_after_it(settings):
    for credit, last in {"through": "codebook", "synthetic": "credit"}.items():
        graph = make_learner(replace(settings, carrier="quantized", credit=credit)).team().agents[0].graph
        assert Wire(f"{last}.out", "output.emit") in graph.wires
        assert credit == "through" or Wire("codebook.out", "credit.x") in graph.wires
    assert "codebook" not in make_learner(settings).team().agents[0].graph.modules


def test_bits_have_the_capacity_of_symbols_and_are_not_normalized_together():
    bits, symbols = (ValueRegression("relay_v0", carrier=carrier, length=2) for carrier in ("bits", "gumbel"))
    assert relay_channel(bits, 0.0).capacity_bits == relay_channel(symbols, 0.0).capacity_bits == 8
    x = torch.tensor([[1.0, 1, 1, 1, 1, 1, 1, 1]])
    assert torch.equal(make_learner(bits).team().agents[0].logit_norm(x), x)


def test_random_actions_are_uniform_over_legal_ones():
    channel = Channel(Symbols(16))
    choices = play_memoryless(runners(channel.carrier), relay(4000), channel, 1.0, False, np.random.default_rng(0))
    shares = np.bincount(choices.action, minlength=7) / 4000
    assert shares[0] == 0
    np.testing.assert_allclose(shares[1:], 1 / 6, atol=0.03)


SMALL = {"updates": 12, "batch": 16, "width": 8, "evaluate_every": 5, "checkpoint_every": 4}


@pytest.mark.parametrize(
    ("recipe", "shared", "credit", "carrier"),
    [
        (ValueRegression, True, "through", "gumbel"),
        (ValueRegression, False, "synthetic", "quantized"),
        (Supervised, True, "synthetic", "bits"),
        (Supervised, False, "through", "numbers"),
        (ValueRegression, False, "blocked", "sampled"),
    ],
)
def test_a_stopped_run_resumes_exactly(tmp_path, recipe, shared, credit, carrier):
    settings = recipe("relay_v0", shared=shared, credit=credit, carrier=carrier, **SMALL)
    whole = train(settings, tmp_path / "whole")

    class Cut(Exception):
        pass

    def stop(updates, row):
        if updates == 6:
            raise Cut

    with pytest.raises(Cut):
        train(settings, tmp_path / "cut", stop)
    torch.rand(7)
    cut = resume(tmp_path / "cut")
    for mine, other in zip(whole.team.agents, cut.team.agents, strict=True):
        assert all(torch.equal(mine.state_dict()[name], t) for name, t in other.state_dict().items())
    assert Run.load(tmp_path / "cut").result["normalized_return"] == whole.result["normalized_return"]


def test_evaluation_uses_held_out_pictures_and_chains():
    settings = ValueRegression("relay_v0", chains="most")
    trained, held_out = settings.training_options(), settings.options()
    assert (trained["pictures"], held_out["pictures"]) == ("train", "held_out")
    both = {tuple(row) for row in trained["chains"]} & {tuple(row) for row in held_out["chains"]}
    assert not both
    assert len(held_out["chains"]) == len(public_chains(4)) // 4 == 51


def test_bad_settings():
    with pytest.raises(ValueError, match=r"dropout must be a finite number from 0 to 1; received 2"):
        ValueRegression("relay_v0", dropout=2.0)
    with pytest.raises(ValueError, match=r"value_regression must run on the CPU; received 'cuda'.*device=.cpu."):
        make_learner(ValueRegression("relay_v0", device="cuda"))
    with pytest.raises(ValueError, match=r"carrier=.sampled. with credit=.through..*Pass credit=.blocked."):
        ValueRegression("relay_v0", carrier="sampled")
    with pytest.raises(
        ValueError, match=r"With carrier bits, the vocabulary must be a power of two, at least 2; received 12"
    ):
        ValueRegression("relay_v0", carrier="bits", vocabulary=12)
    with pytest.raises(ValueError, match=r"value_regression must run on relay_v0; received 'switch_riddle_v0'"):
        make_learner(ValueRegression("switch_riddle_v0"))


@pytest.mark.slow
@pytest.mark.parametrize("task", ["count", pytest.param("spell", marks=pytest.mark.exhaustive)])
def test_a_public_relay_is_learned_from_reward(tmp_path, task):
    run = train(ValueRegression("relay_v0", task=task, seed=20, evaluate_every=4000), tmp_path / "run")
    assert run.result["normalized_return"] >= 0.9
    for agent in run.team.names:
        assert kept(exclude(run.team, agent).after, task) >= 0.95
    for one, other in combinations(run.team.names, 2):
        assert kept(reorder(run.team, one, other).after, task) >= 0.95


@pytest.mark.slow
def test_a_private_relay_is_learned_from_reward_and_is_not_modular(tmp_path):
    settings = ValueRegression(
        "relay_v0", task="spell", chains="private", logit_norm="batch", seed=20, evaluate_every=4000
    )
    run = train(settings, tmp_path / "run")
    assert kept(run.team, "spell") >= 0.95
    assert kept(exclude(run.team, "agent_2").after, "spell") < 0.6
    assert kept(reorder(run.team, "agent_1", "agent_2").after, "spell") < 0.6


def kept(team, task):
    """Probability of a right answer in the chain of all seats, relative to that with a plain classifier as encoder."""
    core = Relay(len(team.agents), task=task, pictures="held_out", longest=5)
    return exact.value(core, team, team.channel) / reference_returns(core)["vision"].value


def test_the_temperature_is_annealed_linearly(monkeypatch):
    settings = ValueRegression("relay_v0", updates=3, batch=8, width=8, temperature=2.0, final_temperature=0.5)
    heard = []

    def watched(agents, core, channel, *rest):
        heard.append(channel.carrier.temperature)
        return play_memoryless(agents, core, channel, *rest)

    monkeypatch.setattr(value_regression, "play_memoryless", watched)
    learner = make_learner(settings)
    for _ in range(3):
        learner.update()
    assert heard == pytest.approx([2.0, 1.5, 1.0])
    assert learner.team().channel.carrier.temperature == 0.5
