"""Compositionality of a sender's code, which is the message that it sends for each training object."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64

from ...agents import Team
from ...envs.core.registry import make_core
from ...envs.referential.rules import SENDER, Referential
from ...protocols.analysis.compositionality import Compositionality, compositionality
from ..learners.sender_receiver import SenderReceiver
from ..runs.figures import decimals

CAPTION = "Normalized mutual information of each position of the message and each attribute"


def sender_compositionality(settings: SenderReceiver, team: Team) -> Compositionality | None:
    """Compositionality of the sender's code on the training objects; None for images, or for a single object."""
    if settings.objects == "digits":
        return None
    meanings, messages = sender_code(settings, team)
    return compositionality(meanings, messages, settings.vocabulary) if len(meanings) > 1 else None


def sender_code(settings: SenderReceiver, team: Team) -> tuple[Int64[np.ndarray, "M K"], Int64[np.ndarray, "M L"]]:
    """The attributes of each training object, and the symbols that the sender emits for it."""
    core = make_core(settings.game, **settings.training_options())
    assert isinstance(core, Referential)
    meanings = core.objects.attributes(np.arange(core.objects.kinds))
    observation = np.zeros((len(meanings), *(core.observation_space.shape or ())), dtype=np.float32)
    observation[:, : core.objects.size] = core.objects.observation_of(np.arange(len(meanings)))
    with torch.inference_mode():
        emit = team.agents[SENDER].eval()(torch.from_numpy(observation), None)[0]["emit"]
    return meanings, team.channel.carrier.element(team.channel.send(emit).numpy())


def sentence(measures: Mapping[str, Any]) -> str:
    """The three measures in a sentence.

    Args:
        measures: the metric "compositionality", which is a ``Compositionality`` as a mapping.
    """
    values = ", ".join(f"{name} {decimals(measures[name])}" for name in ("topsim", "posdis", "bosdis"))
    return f"Compositionality of the code over the training objects: {values}."


def rows(measures: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """A table of information by position and attribute: the column names, then one row per position."""
    head = ("position", *(f"attribute {k}" for k in range(len(measures["positions"][0]))))
    return [head, *((str(place), *map(decimals, row)) for place, row in enumerate(measures["positions"]))]
