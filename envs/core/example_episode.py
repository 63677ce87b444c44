"""Example episodes, step by step, which reports draw."""

from dataclasses import dataclass

import numpy as np

from ...protocols.analysis.messages import Messages, messages
from ...protocols.channels.channel import Channel
from .play import Transcript


@dataclass(frozen=True)
class DrawnAgent:
    """One agent in the drawing of a step.

    Attributes:
        name: Short name, as drawn.
        inside: Whether the agent is drawn inside the room, because it acts at this step.
        marked: Whether the agent is drawn filled, because it has already visited, spoken or answered.
    """

    name: str
    inside: bool
    marked: bool


@dataclass(frozen=True)
class ExampleStep:
    """One step of an example episode.

    Attributes:
        step: Name of the step, such as "Day 1".
        figures: The agents.
        heard: The message received; None if there was none.
        sent: The message sent to another agent; None if there was none.
        final_action: An action that ends the episode, such as "tell"; None otherwise.
        text: The step in words.
    """

    step: str
    figures: tuple[DrawnAgent, ...]
    heard: str | None
    sent: str | None
    final_action: str | None
    text: str


@dataclass(frozen=True)
class ExampleEpisode:
    """One episode.

    Attributes:
        title: The outcome of the episode.
        scenes: The steps of the episode.
        legend: The meaning of the drawings in this game: which agents are inside and which are marked.
    """

    title: str
    scenes: tuple[ExampleStep, ...]
    legend: str = ""


def episode_messages(transcript: Transcript, channel: Channel, lane: int) -> Messages:
    """The messages of one episode: those sent while some agent could hear them, and those received."""
    hears = np.asarray(transcript.hears[:, lane].any(axis=1))
    sent, heard, present = (part[:, lane] for part in (transcript.sent, transcript.heard, transcript.present))
    return messages(channel.carrier, sent, hears, heard, present)
