"""Example episodes of the two-agent digit games: each step from the perspective of each agent."""

from collections.abc import Callable

import numpy as np

from ...protocols.analysis.language import percent
from ...protocols.channels.channel import Channel
from ..core.example_episode import DrawnAgent, ExampleEpisode, ExampleStep, episode_messages
from ..core.play import Transcript
from .rules import WAIT, Pair

Sees = Callable[[Transcript, int, int], str]
"""A function of transcript, lane and agent that returns in words what the agent sees."""

LEGEND = (
    "Each drawing shows one agent at one step, in blue, between the message that it received and the message that it "
    "sent. At the last step, both agents are filled and answer, and the bubble contains the answer."
)


def example_episodes(
    transcript: Transcript, channel: Channel, game: type[Pair], sees: Sees
) -> tuple[ExampleEpisode, ...]:
    """At most two episodes: one with the greatest return and one with the least.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    returns = transcript.returns[:, 0]
    chosen = []
    for value in sorted({float(returns.max()), float(returns.min())}, reverse=True):
        lanes = np.flatnonzero(returns == np.float32(value))
        title = f"Return {value:g}: {percent(len(lanes) / len(returns))} of episodes"
        chosen.append(
            ExampleEpisode(title, example(transcript, channel, game, sees, int(lanes[len(lanes) // 2])), LEGEND)
        )
    return tuple(chosen)


def example(
    transcript: Transcript, channel: Channel, game: type[Pair], sees: Sees, lane: int
) -> tuple[ExampleStep, ...]:
    """One episode, step by step, first agent 0 and then agent 1."""
    exchanged = episode_messages(transcript, channel, lane)
    scenes = []
    for step in range(int(transcript.live[:, lane].sum())):
        for seat in range(2):
            heard, sent = exchanged.name(exchanged.heard[step, seat].max()), exchanged.name(exchanged.sent[step, seat])
            action = int(transcript.action[step, lane, seat])
            answer = None if action == WAIT else game.action_names[action]
            views = [sees(transcript, lane, agent) for agent in (seat, 1 - seat)]
            does = f"sends {sent}" if answer is None else f"answers {answer}"
            text = f"{game.role.capitalize()} {seat} sees {views[0]}, hears {heard or 'nothing'} and {does}; "
            figures = tuple(DrawnAgent(str(agent), agent == seat, answer is not None) for agent in range(2))
            text += f"the other agent sees {views[1]}."
            scenes.append(ExampleStep(f"Step {step + 1}", figures, heard, sent, answer, text))
    return tuple(scenes)
