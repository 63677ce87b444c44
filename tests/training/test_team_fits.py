"""Teams that do not fit a game, a channel or each other are refused where they meet, before anything is computed."""

from dataclasses import replace
from functools import cache
from itertools import permutations, product

import numpy as np
import pytest
from interlect.agents import Agent, AgentPlayer, Team, Wire, cnet
from interlect.agents.operators import exclude, inside
from interlect.envs import game, play
from interlect.envs.core.evaluation import evaluate
from interlect.envs.pairs import exact as pair_exact
from interlect.envs.relay.exact import policy_tables
from interlect.envs.switch_riddle.rules import SwitchRiddle
from interlect.protocols import DRU, Channel, Continuous, Erasure, Sampled, Symbols
from interlect.protocols.common.deduplication import DeduplicatedPlayer
from interlect.training import PPO, Classification, Dial, Rial, SenderReceiver, Settings, Supervised, ValueRegression
from interlect.training.recipes.table import make_learner
from interlect.training.runs.evaluate import evaluate_team

SMALL = {"width": 8, "batch": 4}
SETTINGS: dict[str, Settings] = {
    "dial riddle": Dial("switch_riddle_v0", agents=3, **SMALL),
    "dial riddle of 4": Dial("switch_riddle_v0", agents=4, shared=False, **SMALL),
    "dial colors": Dial("color_digit_v0", **SMALL),
    "rial riddle": Rial("switch_riddle_v0", agents=3, **SMALL),
    "rial digits": Rial("multistep_digit_v0", **SMALL),
    "ppo riddle": PPO("switch_riddle_v0", agents=3, **SMALL),
    "relay by value": ValueRegression("relay_v0", **SMALL),
    "relay supervised": Supervised("relay_v0", longest=7, **SMALL),
    "referential": SenderReceiver("referential_v0", **SMALL),
    "discriminate": SenderReceiver("referential_v0", task="discriminate", candidates=3, **SMALL),
    "classification": Classification("digits_v0", **SMALL),
}
REFUSED = r"must .*; received .*\. (Use|Pass|Put) "


@cache
def team(name: str) -> Team:
    return make_learner(SETTINGS[name]).team()


def played_game(name):
    settings = SETTINGS[name]
    return game(settings.game, **settings.options()), settings.agents


def core(name, lanes=2):
    built, agents = played_game(name)
    return built.core(agents, lanes, 0)


def meetings(name, player, channel):
    """All ways in which a player meets a game."""
    built, agents = played_game(name)
    yield lambda: play(core(name), player, channel)
    yield lambda: play(core(name), DeduplicatedPlayer(player), channel)
    yield lambda: evaluate(built, agents, player, channel, episodes=2)
    yield lambda: evaluate(built, agents, player, channel, episodes=2, exact=False)


RIDDLE_OF_3 = {"dial riddle", "rial riddle", "ppo riddle"}
"""Teams of one game, of which those of RIAL and PPO have messages of the same form."""


@pytest.mark.parametrize("name", SETTINGS)
def test_teams_fit_their_own_game(name):
    found = play(core(name), team(name), team(name).channel)
    assert np.isfinite(found.returns).all()


@pytest.mark.parametrize("name", SETTINGS)
def test_teams_of_another_game_are_refused(name):
    for other in SETTINGS:
        if other == name or {name, other} <= RIDDLE_OF_3:
            continue
        for channel in (team(name).channel, team(other).channel):
            for meet in meetings(other, team(name), channel):
                with pytest.raises(ValueError, match=REFUSED):
                    meet()


def test_teams_of_other_recipes_play_the_same_game_over_their_own_messages():
    for name, other in permutations(RIDDLE_OF_3, 2):
        play(core(other), team(name), team(name).channel)
        if "dial riddle" in (name, other):
            with pytest.raises(ValueError, match="messages of its own form"):
                play(core(other), team(name), team(other).channel)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("carrier", [DRU(3), Continuous(2), Symbols(7, 4), Sampled(3, 3, end=True)], ids=str)
def test_teams_of_another_channel_are_refused(name, carrier):
    own = team(name)
    for meet in meetings(name, own, Channel(carrier)):
        with pytest.raises(ValueError, match=r"messages of its own form, .*; received .*\. Pass the channel"):
            meet()
    with pytest.raises(ValueError, match=r"must have the shape \[.*; received .* in agent_0.*Pass the channel"):
        Team(own.agents, Channel(carrier))


def test_another_link_and_another_way_to_learn_are_no_other_channel():
    own = team("referential")
    symbols = Symbols(own.channel.carrier.vocabulary, own.channel.carrier.length)
    for channel in (replace(own.channel, link=Erasure(0.5)), Channel(symbols), replace(own.channel, cut=((0, 1),))):
        play(core("referential"), own, channel)


@pytest.mark.parametrize(("name", "other"), [*permutations(SETTINGS, 2)])
def test_agents_of_different_games_or_channels_make_no_team(name, other):
    one, two = team(name), team(other)
    riddles = SETTINGS[name].game == SETTINGS[other].game == "switch_riddle_v0"
    if riddles and one.channel.carrier.size == two.channel.carrier.size:
        Team([one.agents[0], two.agents[-1]], one.channel)
        return
    with pytest.raises(ValueError, match=REFUSED):
        Team([one.agents[0], two.agents[-1]], one.channel)


@pytest.mark.parametrize("name", ["referential", "discriminate"])
def test_sender_and_receiver_that_are_swapped_are_refused(name):
    own = team(name)
    swapped = Team(list(own.agents)[::-1], own.channel)
    for meet in meetings(name, swapped, own.channel):
        with pytest.raises(ValueError, match=r"a single legal action; received .*sender and then"):
            meet()


@pytest.mark.parametrize(("length", "other"), [*product((2, 3), repeat=2)])
def test_message_lengths_must_agree(length, other):
    a, b = (make_learner(SenderReceiver("referential_v0", length=n, **SMALL)).team() for n in (length, other))
    mixed = [a.agents[0], b.agents[1]]
    if length == other:
        play(core("referential"), Team(mixed, a.channel), a.channel)
        return
    for channel in (a.channel, b.channel):
        with pytest.raises(ValueError, match=r"must have the shape \[.*; received .* in agent_"):
            Team(mixed, channel)


def test_numbers_of_agents_must_agree():
    with pytest.raises(ValueError, match=r"must fill 3 seats; received '4 agents'"):
        play(core("dial riddle"), team("dial riddle of 4"), Channel())
    with pytest.raises(ValueError, match=r"the input seat of an agent must be int\[\] below 4; received .*below 3"):
        play(core("dial riddle of 4"), team("dial riddle"), Channel())
    play(SwitchRiddle(2, 2, 0), team("dial riddle"), Channel())  # a shared agent may leave seats empty


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (Dial("switch_riddle_v0", agents=2, **SMALL), "dial riddle"),
        (PPO("switch_riddle_v0", agents=3, length=2, **SMALL), "ppo riddle"),
        (PPO("switch_riddle_v0", agents=3, vocabulary=5, **SMALL), "ppo riddle"),
        (SenderReceiver("referential_v0", length=3, **SMALL), "referential"),
        (Dial("switch_riddle_v0", agents=3, length=2, **SMALL), "dial riddle"),
        (Dial("switch_riddle_v0", agents=3, carrier="number", length=2, **SMALL), "dial riddle"),
    ],
)
def test_settings_of_another_team_are_refused(settings, name):
    with pytest.raises(ValueError, match=r"must be .*, as in the settings; received .*Pass the settings of the run"):
        evaluate_team(settings, team(name))


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"settings": "x"}, r"settings must be those of a run; received 'x'\. Pass run\.settings"),
        ({"team": SETTINGS["dial riddle"]}, r"must be a Team; received 'Dial'\. Pass run\.team"),
        ({"episodes": "10"}, "episodes must be an integer, at least 2; received '10'"),
        *(
            ({"channel": "shuffled", "shuffles": wrong}, f"shuffles must be an integer, at least 2; received {wrong!r}")
            for wrong in (0, 1, "x")
        ),
    ],
)
def test_invalid_arguments_of_an_evaluation_are_refused(arguments, says, without_type_checks):
    with pytest.raises(ValueError, match=says):
        evaluate_team(**{"settings": SETTINGS["dial riddle"], "team": team("dial riddle")} | arguments)


@pytest.mark.parametrize("name", ["dial riddle", "referential"])
def test_the_channel_of_an_episode_must_be_a_channel(name, without_type_checks):
    for channel in (None, DRU()):
        with pytest.raises(ValueError, match=r"must be a Channel; received .*\. Pass the channel of the team"):
            play(core(name), team(name), channel)


def test_an_episode_needs_a_core_and_a_player(without_type_checks):
    own = team("dial riddle")
    with pytest.raises(ValueError, match=r"must be a Core; received 'switch_riddle_v0'\. Pass make_core"):
        play("switch_riddle_v0", own, own.channel)
    with pytest.raises(ValueError, match=r"must be a Player, .*; received 'Dial'\. Pass a Team, such as run\.team"):
        play(core("dial riddle"), SETTINGS["dial riddle"], own.channel)


def test_exact_methods_refuse_foreign_teams():
    with pytest.raises(ValueError, match=REFUSED):
        policy_tables(core("relay by value"), team("referential"), team("referential").channel)
    with pytest.raises(ValueError, match=REFUSED):
        pair_exact.value(core("dial colors"), team("rial digits"), team("rial digits").channel)


def test_inputs_and_outputs_that_no_game_has_are_refused():
    (agent,) = team("dial riddle").agents
    graph = agent.graph
    renamed = replace(graph, inputs={**graph.inputs, "smell": graph.inputs["heard"]})
    with pytest.raises(ValueError, match=r"must be among observation, heard.*; received .*'smell'\] in agent_0"):
        play(core("dial riddle"), Team([Agent(renamed)], Channel()), Channel())
    mute = replace(
        graph,
        outputs={"act": graph.outputs["act"]},
        wires=tuple(wire for wire in graph.wires if wire.target != "output.emit"),
    )
    with pytest.raises(ValueError, match=r"must have the output emit.*; received 'agent_0 without it'"):
        play(core("dial riddle"), Team([Agent(mute)], Channel()), Channel())
    with pytest.raises(ValueError, match=r"the agent"):
        play(core("dial riddle of 4"), AgentPlayer(agent, Channel()), Channel())


def test_a_team_needs_agents():
    with pytest.raises(ValueError, match="at least one agent"):
        Team([], Channel())


def test_agents_with_fewer_inputs_still_play():
    less = inside(team("dial riddle"), "agent_0", exclude, "action_embedding").after
    play(core("dial riddle"), less, Channel())
    own = team("dial riddle of 4")
    left = exclude(own, "agent_1").after
    play(core("dial riddle"), left, Channel())
    assert Wire("rnn.out", "hidden.x") in left.agents[0].graph.wires
    play(SwitchRiddle(3, 2, 0), Team([Agent(cnet(3, 1, 2, 2, DRU(), False, width=8))], Channel()), Channel())
