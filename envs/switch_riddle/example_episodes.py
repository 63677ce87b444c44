"""Episodes of the switch riddle as stories: who is in the room, what the switch says, who has visited."""

import numpy as np

from ...protocols.analysis.language import percent
from ...protocols.channels.channel import Channel
from ..core.example_episode import ExampleEpisode, Figure, Scene, told_in
from ..core.play import Transcript
from .rules import TELL, SwitchRiddle


def example_episodes(transcript: Transcript, channel: Channel) -> tuple[ExampleEpisode, ...]:
    """At most three episodes, one of each ending there was: won, out of time, lost.

    Each is of the median length for its ending, and among those one with the most visitors.

    Raises:
        ValueError: if the channel's messages cannot be counted.
    """
    outcome, days = np.sign(transcript.returns[:, 0]), transcript.live.sum(axis=0)
    visitors = transcript.observation.astype(bool).any(axis=0).sum(axis=1)
    chosen = []
    for sign, title in ((1, "Won"), (0, "Out of time"), (-1, "Lost")):
        lanes = np.flatnonzero(outcome == sign)
        if len(lanes):
            typical = lanes[days[lanes] == np.sort(days[lanes])[len(lanes) // 2]]
            liveliest = typical[visitors[typical] == visitors[typical].max()]
            lane = int(liveliest[len(liveliest) // 2])
            share = percent(len(lanes) / len(outcome))
            chosen.append(ExampleEpisode(f"{title}: {share} of episodes end so", example(transcript, channel, lane)))
    return tuple(chosen)


def example(transcript: Transcript, channel: Channel, lane: int) -> tuple[Scene, ...]:
    """One episode, day by day."""
    role = SwitchRiddle.role
    told = told_in(transcript, channel, lane)
    visited = transcript.observation[:, lane].astype(bool).cumsum(axis=0) > 0
    scenes = []
    for day in range(int(transcript.live[:, lane].sum())):
        occupant = int(transcript.observation[day, lane].argmax())
        heard, sent = told.name(told.heard[day, occupant].max()), told.name(told.sent[day, occupant])
        tells = bool(transcript.action[day, lane, occupant] == TELL)
        figures = tuple(
            Figure(str(seat), seat == occupant, bool(visited[day, seat])) for seat in range(visited.shape[1])
        )
        does = [f"reads {heard}" if heard is not None else "reads nothing"]
        does += ["tells"] if tells else [f"writes {sent}"] if sent is not None else []
        has = f"{visited[day].sum()} of {visited.shape[1]} have visited"
        text = f"{role.capitalize()} {occupant} {' and '.join(does)}; {has}."
        scenes.append(Scene(f"Day {day + 1}", figures, heard, sent, "tell" if tells else None, text))
    return tuple(scenes)
