"""Episodes of the relay as stories: who has the message, what it heard and passes on, and the answer."""

import numpy as np

from ...protocols.analysis.language import percent
from ...protocols.channels.channel import Channel
from ..core.example_episode import ExampleEpisode, Figure, Scene, told_in
from ..core.play import Transcript
from ..pictures.images import PARITIES
from .rules import WAIT, Relay


def example_episodes(transcript: Transcript, channel: Channel) -> tuple[ExampleEpisode, ...]:
    """At most two episodes, one of each ending there was: right, wrong. Each is of the median length for its ending.

    Raises:
        ValueError: if the channel's messages cannot be counted.
    """
    won, steps = transcript.returns[:, 0] > 0, transcript.live.sum(axis=0)
    chosen = []
    for title, lanes in (("Right", np.flatnonzero(won)), ("Wrong", np.flatnonzero(~won))):
        if len(lanes):
            typical = lanes[steps[lanes] == np.sort(steps[lanes])[len(lanes) // 2]]
            lane, share = int(typical[len(typical) // 2]), percent(len(lanes) / len(won))
            chosen.append(ExampleEpisode(f"{title}: {share} of episodes end so", example(transcript, channel, lane)))
    return tuple(chosen)


def example(transcript: Transcript, channel: Channel, lane: int) -> tuple[Scene, ...]:
    """One episode, place by place."""
    role = Relay.role
    told = told_in(transcript, channel, lane)
    holds = transcript.hears[:, lane].any(axis=1) | (transcript.action[:, lane] != WAIT)
    passed = holds.cumsum(axis=0) > 0
    scenes = []
    for step in range(int(transcript.live[:, lane].sum())):
        holder = int(holds[step].argmax())
        heard, sent = told.name(told.heard[step, holder].max()), told.name(told.sent[step, holder])
        action = int(transcript.action[step, lane, holder])
        facts = {name: int(fact[step, lane]) for name, fact in transcript.facts.items()}
        figures = tuple(Figure(str(seat), seat == holder, bool(passed[step, seat])) for seat in range(passed.shape[1]))
        sees = f"sees {'an' if facts['digit'] == 8 else 'a'} {facts['digit']}"
        does = [sees, f"hears {heard if heard is not None else 'nothing'}"]
        does += [f"names {action - 1}"] if action != WAIT else [f"says {sent}"]
        so_far = f"{facts['odd']} odd so far, spelled {facts['spelled']}"
        text = (
            f"{role.capitalize()} {holder} {does[0]} ({PARITIES[facts['parity']]}), {does[1]} and {does[2]}; {so_far}."
        )
        exclaims = str(action - 1) if action != WAIT else None
        scenes.append(Scene(f"Place {facts['place']}", figures, heard, sent, exclaims, text))
    return tuple(scenes)
