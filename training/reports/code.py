"""The code of a sender: what it says of each object to train on, and how compositional that is."""

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

TITLE = "Which position says which attribute: normalized mutual information"


def measure(settings: SenderReceiver, team: Team) -> Compositionality | None:
    """How compositional the code is, on the objects to train on; None of pictures, or of a single object."""
    if settings.objects == "digits":
        return None
    meanings, messages = code(settings, team)
    return compositionality(meanings, messages, settings.vocabulary) if len(meanings) > 1 else None


def code(settings: SenderReceiver, team: Team) -> tuple[Int64[np.ndarray, "M K"], Int64[np.ndarray, "M L"]]:
    """The attributes of each object to train on, and the symbols that the sender says of it."""
    core = make_core(settings.game, **settings.training_options())
    assert isinstance(core, Referential)
    meanings = core.objects.attributes(np.arange(core.objects.kinds))
    seen = np.zeros((len(meanings), *(core.observation_space.shape or ())), dtype=np.float32)
    seen[:, : core.objects.size] = core.objects.seen(np.arange(len(meanings)))
    with torch.inference_mode():
        emit = team.agents[SENDER].eval()(torch.from_numpy(seen), None)[0]["emit"]
    return meanings, team.channel.carrier.element(team.channel.send(emit).numpy())


def sentence(found: Compositionality) -> str:
    """The three measures in words."""
    shown = ", ".join(f"{name} {decimals(getattr(found, name))}" for name in ("topsim", "posdis", "bosdis"))
    return f"How compositional the code is, over the objects to train on: {shown}."


def rows(found: Compositionality) -> list[tuple[str, ...]]:
    """Which position says which attribute, for a table: names of the columns, then one row a position."""
    head = ("position", *(f"attribute {k}" for k in range(len(found.positions[0]))))
    return [head, *((str(place), *map(decimals, row)) for place, row in enumerate(found.positions))]


def renderables(found: Compositionality) -> Group:
    """The measures for a terminal; printing is the caller's."""
    head, *body = rows(found)
    table = Table(*head)
    for row in body:
        table.add_row(*row)
    return Group(Text(f"\n{sentence(found)}"), Text(f"\n{TITLE}", style="bold"), table)
