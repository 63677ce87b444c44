"""An episode as a story: what a person would want to see of each step. Drawing it is somebody else's work."""

from dataclasses import dataclass

import numpy as np

from ...protocols.analysis.messages import Messages, messages
from ...protocols.channels.channel import Channel
from .play import Transcript


@dataclass(frozen=True)
class Figure:
    """One agent in a scene.

    Attributes:
        name: short, as drawn.
        inside: whether it stands where things happen (the room).
        marked: whether it has done what counts (visited).
    """

    name: str
    inside: bool
    marked: bool


@dataclass(frozen=True)
class Scene:
    """One step of one episode.

    Attributes:
        step: its name: "day 1".
        figures: the agents.
        heard: the message that arrived, None if none did.
        sent: the message that was sent to somebody, None if none was.
        exclaims: an action that ends the episode: "tell"; None otherwise.
        text: all of this in words.
    """

    step: str
    figures: tuple[Figure, ...]
    heard: str | None
    sent: str | None
    exclaims: str | None
    text: str


@dataclass(frozen=True)
class ExampleEpisode:
    """One episode.

    Attributes:
        title: how it ended.
        scenes: its steps.
    """

    title: str
    scenes: tuple[Scene, ...]


def told_in(transcript: Transcript, channel: Channel, lane: int) -> Messages:
    """What was said in one episode, where somebody could hear it, and what was heard there."""
    hears = np.asarray(transcript.hears[:, lane].any(axis=1))
    sent, heard, present = (part[:, lane] for part in (transcript.sent, transcript.heard, transcript.present))
    return messages(channel.carrier, sent, hears, heard, present)
