"""Example episodes of the switch riddle: who is in the room, what the switch shows, and who has visited."""

import numpy as np

from ...protocols.analysis.language import percent
from ...protocols.channels.channel import Channel
from ..core.example_episode import DrawnAgent, ExampleEpisode, ExampleStep, episode_messages
from ..core.play import Transcript
from .rules import TELL, SwitchRiddle

LEGEND = (
    "The prisoner in the room is blue, between the state of the switch on arrival (received) and on leaving (sent). "
    "Prisoners who have visited the room are filled."
)


def example_episodes(transcript: Transcript, channel: Channel) -> tuple[ExampleEpisode, ...]:
    """At most three episodes, one per outcome: won, out of time, lost.

    Each episode has the median length for its outcome and, among those, the largest number of visitors.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    outcome, days = np.sign(transcript.returns[:, 0]), transcript.live.sum(axis=0)
    visitors = transcript.observation.astype(bool).any(axis=0).sum(axis=1)
    chosen = []
    for sign, title in ((1, "Won"), (0, "Out of time"), (-1, "Lost")):
        lanes = np.flatnonzero(outcome == sign)
        if len(lanes):
            typical = lanes[days[lanes] == np.sort(days[lanes])[len(lanes) // 2]]
            most_visited = typical[visitors[typical] == visitors[typical].max()]
            lane = int(most_visited[len(most_visited) // 2])
            share = percent(len(lanes) / len(outcome))
            chosen.append(ExampleEpisode(f"{title}: {share} of episodes", example(transcript, channel, lane), LEGEND))
    return tuple(chosen)


def example(transcript: Transcript, channel: Channel, lane: int) -> tuple[ExampleStep, ...]:
    """One episode, day by day."""
    role = SwitchRiddle.role
    exchanged = episode_messages(transcript, channel, lane)
    visited = transcript.observation[:, lane].astype(bool).cumsum(axis=0) > 0
    scenes = []
    for day in range(int(transcript.live[:, lane].sum())):
        occupant = int(transcript.observation[day, lane].argmax())
        heard, sent = (
            exchanged.name(exchanged.heard[day, occupant].max()),
            exchanged.name(exchanged.sent[day, occupant]),
        )
        tells = bool(transcript.action[day, lane, occupant] == TELL)
        figures = tuple(
            DrawnAgent(str(seat), seat == occupant, bool(visited[day, seat])) for seat in range(visited.shape[1])
        )
        does = [f"reads {heard}" if heard is not None else "reads nothing"]
        does += ["tells"] if tells else [f"writes {sent}"] if sent is not None else []
        has = f"{visited[day].sum()} of {visited.shape[1]} have visited"
        text = f"{role.capitalize()} {occupant} {' and '.join(does)}; {has}."
        scenes.append(ExampleStep(f"Day {day + 1}", figures, heard, sent, "tell" if tells else None, text))
    return tuple(scenes)
