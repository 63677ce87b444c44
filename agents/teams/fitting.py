"""Checks that agents fit each other, the channel between them, and the game that they play."""

from collections.abc import Mapping

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool

from ...protocols.channels.carriers import Carrier
from ...protocols.common.errors import invalid
from ...protocols.common.player import Seating
from ..compiler import Agent
from ..modules import Port

SHARED = ("observation", "heard", "present", "action")
"""The inputs whose ports depend on the game only, so that they are the same for all agents."""


def check_team(agents: Mapping[str, Agent], carrier: Carrier) -> None:
    """Check that agents can share a channel and a game. Inputs and outputs that an agent lacks are not checked.

    Raises:
        ValueError: If an agent has messages of another shape, or observes or acts differently from the first one.
    """
    expected: dict[str, tuple[str, Port]] = {}
    for name, agent in agents.items():
        graph = agent.graph
        _check_messages(name, agent, carrier)
        ends = {f"input {end}": graph.inputs[end] for end in SHARED if end in graph.inputs}
        ends |= {"output act": graph.outputs["act"]} if "act" in graph.outputs else {}
        for end, port in ends.items():
            first, as_first = expected.setdefault(end, (name, port))
            if not port.fits(as_first):
                rule = f"The agents of a team must play the same game: the {end} of {first} is {as_first}"
                raise invalid(rule, f"{port} in {name}", "Use agents that were made for one game.")


def check_channel(own: Carrier, played: Carrier) -> None:
    """Check that messages of a team mean the same to the channel over which it plays.

    Raises:
        ValueError: If they differ in their space or shapes. Links, and how senders learn, may differ.
    """
    if _form(own) != _form(played):
        rule = f"A team must play over messages of its own form, {own}"
        raise invalid(rule, played, "Pass the channel of the team, or one with its carrier and another link.")


def check_agent(name: str, agent: Agent, seating: Seating, carrier: Carrier) -> None:
    """Check that the ports of an agent are those of a game.

    Raises:
        ValueError: If an input or output is missing, unknown, or of another shape or type.
    """
    remedy = "Use the game, options and channel that the agent was made for."
    ports = _ports(seating, carrier)
    unknown = sorted(agent.graph.inputs.keys() - ports.keys())
    if unknown:
        raise invalid(f"The inputs of a player must be among {', '.join(ports)}", f"{unknown} in {name}", remedy)
    outputs = {"act": Port((seating.actions,)), "emit": Port(carrier.emit_shape)}
    for side, ends, found in (("input", ports, agent.graph.inputs), ("output", outputs, agent.graph.outputs)):
        for end, port in ends.items():
            if end in found and port is not None and not _fits(end, found[end], port):
                rule = f"In this game, the {side} {end} of an agent must be {port}"
                raise invalid(rule, f"{found[end]} in {name}", remedy)
            if end not in found and side == "output":
                raise invalid(f"An agent that plays must have the output {end}, {port}", f"{name} without it", remedy)


def check_acts(agent: Agent, legal: Bool[np.ndarray, "rows A"]) -> None:
    """Check that an agent whose output ``act`` has no wires, such as a sender, has one legal action only.

    Raises:
        ValueError: If it has a choice, so that another agent belongs into its seat.
    """
    if not agent.graph.into("output.act") and (legal.sum(-1) > 1).any():
        rule = "An agent whose output act has no wires must take a seat with a single legal action"
        remedy = "Put the agents in the order of the game's seats, such as sender and then receiver."
        raise invalid(rule, f"{int(legal.sum(-1).max())} legal actions", remedy)


def _check_messages(name: str, agent: Agent, carrier: Carrier) -> None:
    inputs, outputs, size = agent.graph.inputs, agent.graph.outputs, (carrier.size,)
    shapes = {
        "input heard": (inputs["heard"].shape[-1:] if "heard" in inputs else size, size),
        "input message": (inputs["message"].shape if "message" in inputs else size, size),
        "output emit": (outputs["emit"].shape if "emit" in outputs else carrier.emit_shape, carrier.emit_shape),
    }
    for end, (found, shape) in shapes.items():
        if found != shape:
            rule = f"Over {carrier}, messages at the {end} of an agent must have the shape {list(shape)}"
            raise invalid(rule, f"{list(found)} in {name}", "Pass the channel that the agents were made for.")


def _ports(seating: Seating, carrier: Carrier) -> dict[str, Port | None]:
    """The inputs that a game has for an agent; None if it cannot be expressed as a port."""
    return {
        "observation": _observation(seating.observation_space),
        "heard": Port((seating.message_slots, carrier.size)),
        "present": Port((seating.message_slots,)),
        "action": Port((), "int", count=seating.actions + 1),
        "message": Port((carrier.size,)),
        "seat": Port((), "int", count=seating.agents),
    }


def _observation(space: spaces.Space[object]) -> Port | None:
    if isinstance(space, spaces.Discrete):
        return Port((), "int", count=int(space.start + space.n))
    if isinstance(space, spaces.Box):
        return Port(space.shape, "float" if np.issubdtype(space.dtype, np.floating) else "int")
    return None


def _fits(end: str, found: Port, port: Port) -> bool:
    """Whether an agent can read a port of the game. An agent that distinguishes more seats can play in fewer."""
    if end == "seat" and found.count is not None and port.count is not None:
        return found.dtype == port.dtype and found.shape == port.shape and found.count >= port.count
    return found.fits(port)


def _form(carrier: Carrier) -> tuple[object, ...]:
    return carrier.space, carrier.emit_shape, carrier.signal_shape, carrier.size, getattr(carrier, "end", False)
