"""What receivers understand of descriptions, and what they imagine: the data and the measures of imagination."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Int64

from ...agents import Agent, Team
from ...agents.generators.imagination import PICTURE, imagination, imagine
from ...envs.core.core import Core
from ...envs.core.play import play
from ...envs.pictures.classifier import classify
from ...envs.referential.objects import DigitObjects
from ...envs.referential.rules import RECEIVER, SENDER, Referential
from ...protocols.analysis.generated import diversity, frechet_distance
from ...protocols.common.errors import invalid


@dataclass(frozen=True)
class Descriptions:
    """n pictures, the messages that described them, and whether the receiver understood.

    Attributes:
        picture: The sender's pictures, with pixels from 0 to 1.
        heard: The messages, as the receiver heard them.
        digit: The digit of each picture.
        correct: Whether the receiver picked the candidate with this digit.
    """

    picture: Float32[np.ndarray, "n D"]
    heard: Float32[np.ndarray, "n 1 size"]
    digit: Int64[np.ndarray, "n"]
    correct: Bool[np.ndarray, "n"]


def descriptions(team: Team, core: Core) -> Descriptions:
    """Play the next episode of each lane of a referential game with digits, and return what was sent and heard.

    Args:
        team: A sender and a receiver.
        core: The game. All candidates show different digits; with ten, the receiver's choice names one of all digits.

    Raises:
        ValueError: If it is another game, or its objects are not pictures.
    """
    if not isinstance(core, Referential) or not isinstance(core.objects, DigitObjects):
        rule = "Pictures are described in the referential game with digits"
        received = f"{type(core).__name__} of {type(getattr(core, 'objects', None)).__name__}"
        raise invalid(rule, received, 'Pass make_core("referential_v0", objects="digits").')
    played = play(core, team, team.channel)
    return Descriptions(
        played.observation[0, :, SENDER, : core.objects.size],
        played.heard[1, :, RECEIVER, SENDER, None],
        played.facts["digit"][0].astype(np.int64),
        played.reward[-1, :, RECEIVER] == 1,
    )


def imagination_measures(agent: Agent, data: Descriptions, seed: int = 0) -> dict[str, float]:
    """Compare pictures painted from messages with the pictures that the sender saw. No critic takes part.

    Returns:
        ``painted``, the fraction of painted pictures that a support vector classifier assigns to the sender's digit;
        ``genuine``, the same for the sender's pictures; ``receiver``, the fraction of correct choices in the game;
        ``ratio``, ``painted`` / ``receiver``; ``diversity`` of painted pictures within a digit, relative to the
        sender's; and their ``frechet_distance``, with pixels from -1 to 1.

    Args:
        agent: A receiver with imagination.
        data: Held-out pictures, and the messages that the agent heard.
        seed: Seed of the painter's random numbers.

    Raises:
        ValueError: If the agent has no imagination, or its messages or pictures have other sizes than the data.
    """
    check_sizes(imagination(agent.graph), data)
    painted = imagine(agent.graph, data.heard, seed)
    named, receiver = float((classify(painted) == data.digit).mean()), float(data.correct.mean())
    return {
        "painted": named,
        "genuine": float((classify(data.picture) == data.digit).mean()),
        "receiver": receiver,
        "ratio": named / receiver if receiver else float("nan"),
        "diversity": diversity(painted, data.digit) / diversity(data.picture, data.digit),
        "frechet_distance": frechet_distance(2 * data.picture - 1, 2 * painted - 1),
    }


def check_sizes(faculty: Agent, data: Descriptions) -> None:
    """Check that an agent hears messages, and paints pictures, of the sizes in the data.

    Args:
        faculty: The border and the painter; see ``imagination``.
        data: The data.

    Raises:
        ValueError: If sizes differ.
    """
    graph = faculty.graph
    for what, port, received in (
        ("picture painted", graph.outputs[PICTURE], data.picture.shape[1:]),
        ("message heard", graph.inputs["heard"], data.heard.shape[1:]),
    ):
        if port.shape != received:
            rule = f"The {what} by this agent must have the shape of the data, {list(received)}"
            raise invalid(rule, list(port.shape), "Use data of the agent's own team, and a painter of its pictures.")
