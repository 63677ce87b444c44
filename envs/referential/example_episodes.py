"""Example episodes of the referential game: the object, the message, and the receiver's answer."""

import numpy as np

from ...protocols.analysis.language import percent
from ...protocols.analysis.messages import messages
from ...protocols.channels.channel import Channel
from ..core.example_episode import DrawnAgent, ExampleEpisode, ExampleStep
from ..core.play import Transcript
from .rules import RECEIVER, SENDER, WAIT, Referential

LEGEND = (
    "The active agent is blue, between the message that it received and the message that it sent. Agents that have "
    "sent a message or answered are filled. The bubble contains the answer."
)


def example_episodes(transcript: Transcript, channel: Channel) -> tuple[ExampleEpisode, ...]:
    """At most two episodes: one with a correct answer, and one with an incorrect one.

    Raises:
        ValueError: If the messages of the channel are not countable.
    """
    won = transcript.returns[:, RECEIVER] == 1
    chosen = []
    for title, lanes in (("Right", np.flatnonzero(won)), ("Wrong", np.flatnonzero(~won))):
        if len(lanes):
            share = percent(len(lanes) / len(won))
            lane = int(lanes[len(lanes) // 2])
            chosen.append(ExampleEpisode(f"{title}: {share} of episodes", example(transcript, channel, lane), LEGEND))
    return tuple(chosen)


def example(transcript: Transcript, channel: Channel, lane: int) -> tuple[ExampleStep, ...]:
    """One episode, step by step."""
    may, present = (heard[:, lane, RECEIVER, SENDER] for heard in (transcript.hears, transcript.present))
    came = transcript.heard[:, lane, RECEIVER, SENDER]
    exchanged = messages(channel.carrier, transcript.sent[:, lane, SENDER], may, came, present)
    facts = {name: int(fact[0, lane]) for name, fact in transcript.facts.items()}
    sees = [str(value) for name, value in facts.items() if name == "digit" or name.startswith("attribute_")]
    scenes = []
    for step in range(int(transcript.live[:, lane].sum())):
        heard, sent = exchanged.name(exchanged.heard[step]), exchanged.name(exchanged.sent[step])
        action = int(transcript.action[step, lane, RECEIVER])
        does = [f"Sender sees {' '.join(sees)}"] if step == 0 else []
        does += [f"{'' if does else 'Sender '}sends {sent}"] if sent is not None else []
        words = [" and ".join(does)] if does else []
        if action != WAIT:
            answer = f"picks candidate {action - 1}" if "position" in facts else f"names {action - 1}"
            correct = facts.get("position", facts.get(f"attribute_{step - 1}")) == action - 1
            words.append(f"Receiver hears {heard or 'nothing'} and {answer}, {'right' if correct else 'wrong'}")
        figures = tuple(
            DrawnAgent(role, seat == (SENDER if step == 0 else RECEIVER), seat == SENDER or action != WAIT)
            for seat, role in enumerate(Referential.roles)
        )
        final_action = str(action - 1) if action != WAIT else None
        scenes.append(ExampleStep(f"Step {step + 1}", figures, heard, sent, final_action, f"{'; '.join(words)}."))
    return tuple(scenes)
