"""Example episodes of the relay: the active agent, the messages received and sent, and the answer."""

import numpy as np

from ...protocols.analysis.language import percent
from ...protocols.channels.channel import Channel
from ..core.example_episode import DrawnAgent, ExampleEpisode, ExampleStep, episode_messages
from ..core.play import Transcript
from ..pictures.images import PARITIES
from .rules import WAIT, Relay

LEGEND = (
    "The active agent is blue, between the message that it received and the message that it sent. Agents that have "
    "been active are filled. The bubble contains the answer."
)


def example_episodes(transcript: Transcript, channel: Channel) -> tuple[ExampleEpisode, ...]:
    """At most two episodes: one with a correct and one with an incorrect answer, each of the median length of its kind.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    won, steps = transcript.returns[:, 0] > 0, transcript.live.sum(axis=0)
    chosen = []
    for title, lanes in (("Right", np.flatnonzero(won)), ("Wrong", np.flatnonzero(~won))):
        if len(lanes):
            typical = lanes[steps[lanes] == np.sort(steps[lanes])[len(lanes) // 2]]
            lane, share = int(typical[len(typical) // 2]), percent(len(lanes) / len(won))
            chosen.append(ExampleEpisode(f"{title}: {share} of episodes", example(transcript, channel, lane), LEGEND))
    return tuple(chosen)


def example(transcript: Transcript, channel: Channel, lane: int) -> tuple[ExampleStep, ...]:
    """One episode, place by place."""
    role = Relay.role
    exchanged = episode_messages(transcript, channel, lane)
    holds = transcript.hears[:, lane].any(axis=1) | (transcript.action[:, lane] != WAIT)
    done = holds.cumsum(axis=0) > 0
    scenes = []
    for step in range(int(transcript.live[:, lane].sum())):
        holder = int(holds[step].argmax())
        heard, sent = exchanged.name(exchanged.heard[step, holder].max()), exchanged.name(exchanged.sent[step, holder])
        action = int(transcript.action[step, lane, holder])
        facts = {name: int(fact[step, lane]) for name, fact in transcript.facts.items()}
        figures = tuple(DrawnAgent(str(seat), seat == holder, bool(done[step, seat])) for seat in range(done.shape[1]))
        sees = f"sees {'an' if facts['digit'] == 8 else 'a'} {facts['digit']}"
        does = [sees, f"hears {heard if heard is not None else 'nothing'}"]
        does += [f"names {action - 1}"] if action != WAIT else [f"sends {sent}"]
        so_far = f"{facts['odd']} odd so far, spelled {facts['spelled']}"
        text = (
            f"{role.capitalize()} {holder} {does[0]} ({PARITIES[facts['parity']]}), {does[1]} and {does[2]}; {so_far}."
        )
        final_action = str(action - 1) if action != WAIT else None
        scenes.append(ExampleStep(f"Place {facts['place']}", figures, heard, sent, final_action, text))
    return tuple(scenes)
