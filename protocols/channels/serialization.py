"""Channels as JSON, by registered names: never by import path."""

from dataclasses import asdict
from typing import Any

from ..common.errors import bad, unknown
from .carriers import DRU, Carrier, Continuous
from .channel import Channel
from .links import Composed, Delay, Erasure, Flip, Gaussian, Link, Perfect
from .symbols import Gumbel, Quantized, Sampled, Symbols

CARRIERS: dict[str, type[Carrier]] = {c.__name__: c for c in (DRU, Symbols, Sampled, Gumbel, Quantized, Continuous)}
LINKS: dict[str, type[Link]] = {c.__name__: c for c in (Perfect, Flip, Erasure, Gaussian, Delay, Composed)}


def channel_to_json(channel: Channel) -> dict[str, Any]:
    """The channel's parts by name, with their settings."""
    return {
        "carrier": [type(channel.carrier).__name__, asdict(channel.carrier)],  # type: ignore[call-overload]
        "link": _link_to_json(channel.link),
        "credit": channel.credit,
        "cut": [list(pair) for pair in channel.cut],
    }


def channel_from_json(parts: dict[str, Any]) -> Channel:
    """The channel of ``channel_to_json``.

    Raises:
        ValueError: if a name is not known, or the parts are no channel.
    """
    try:
        (carrier, carrier_settings), (link, link_settings) = parts["carrier"], parts["link"]
        credit, cut = parts["credit"], tuple((int(speaker), int(listener)) for speaker, listener in parts["cut"])
    except (KeyError, TypeError, ValueError) as error:
        raise bad(
            "A channel has carrier, link, credit and what is cut", parts, "Save it with channel_to_json."
        ) from error
    if carrier not in CARRIERS:
        raise unknown("carrier", carrier, CARRIERS)
    return Channel(CARRIERS[carrier](**carrier_settings), _link_from_json(link, link_settings), credit, cut)


def _link_to_json(link: Link) -> list[Any]:
    if isinstance(link, Composed):
        return ["Composed", {"links": [_link_to_json(each) for each in link.links]}]
    return [type(link).__name__, asdict(link)]  # type: ignore[call-overload]


def _link_from_json(name: str, settings: dict[str, Any]) -> Link:
    if name not in LINKS:
        raise unknown("link", name, LINKS)
    if name == "Composed":
        return Composed(tuple(_link_from_json(*each) for each in settings["links"]))
    return LINKS[name](**settings)
