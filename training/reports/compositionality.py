"""How compositional a sender's code is: what it sends for each training object."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Int64
from rich.console import Group
from rich.table import Table
from rich.text import Text

from ...agents import Team
from ...envs.core.registry import make_core
from ...envs.referential.rules import SENDER, Referential
from ...protocols.analysis.compositionality import Compositionality, compositionality
from ..learners.sender_receiver import SenderReceiver
from ..runs.figures import decimals

CAPTION = "Information about each attribute per position of the message: normalized mutual information"


def sender_compositionality(settings: SenderReceiver, team: Team) -> Compositionality | None:
    """Compositionality of the sender's code on the training objects; None for pictures, or for a single object."""
    if settings.objects == "digits":
        return None
    meanings, messages = sender_code(settings, team)
    return compositionality(meanings, messages, settings.vocabulary) if len(meanings) > 1 else None


def sender_code(settings: SenderReceiver, team: Team) -> tuple[Int64[np.ndarray, "M K"], Int64[np.ndarray, "M L"]]:
    """The attributes of each training object, and the symbols that the sender emits for it."""
    core = make_core(settings.game, **settings.training_options())
    assert isinstance(core, Referential)
    meanings = core.objects.attributes(np.arange(core.objects.kinds))
    seen = np.zeros((len(meanings), *(core.observation_space.shape or ())), dtype=np.float32)
    seen[:, : core.objects.size] = core.objects.observation_of(np.arange(len(meanings)))
    with torch.inference_mode():
        emit = team.agents[SENDER].eval()(torch.from_numpy(seen), None)[0]["emit"]
    return meanings, team.channel.carrier.element(team.channel.send(emit).numpy())


def sentence(found: Mapping[str, Any]) -> str:
    """The three measures in words.

    Args:
        found: the metric "compositionality": ``Compositionality`` as a mapping.
    """
    shown = ", ".join(f"{name} {decimals(found[name])}" for name in ("topsim", "posdis", "bosdis"))
    return f"Compositionality of the code over the training objects: {shown}."


def rows(found: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Information per position and attribute as a table: the names of the columns, then one row per position."""
    head = ("position", *(f"attribute {k}" for k in range(len(found["positions"][0]))))
    return [head, *((str(place), *map(decimals, row)) for place, row in enumerate(found["positions"]))]


def renderables(found: Mapping[str, Any]) -> Group:
    """The measures for a terminal; printing is left to the caller."""
    head, *body = rows(found)
    table = Table(*head)
    for row in body:
        table.add_row(*row)
    return Group(Text(f"\n{sentence(found)}"), Text(f"\n{CAPTION}", style="bold"), table)
