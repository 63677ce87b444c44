"""Channels as JSON. Classes are stored by their registered names, never by import path."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, is_dataclass
from inspect import isabstract
from typing import Any, TypeAlias, TypedDict, TypeVar

from ..common.errors import InvalidArgument, invalid, unknown
from ..common.schemas import Count, check_json
from .carriers import DRU, Carrier, Continuous
from .channel import Channel
from .links import Composed, Delay, Erasure, Flip, Gaussian, Link, Perfect
from .symbols import Gumbel, Quantized, Sampled, Symbols

CARRIERS: dict[str, type[Carrier]] = {c.__name__: c for c in (DRU, Symbols, Sampled, Gumbel, Quantized, Continuous)}
LINKS: dict[str, type[Link]] = {c.__name__: c for c in (Perfect, Flip, Erasure, Gaussian, Delay, Composed)}

Kind = TypeVar("Kind", bound=type)
T = TypeVar("T")
SavedPart: TypeAlias = tuple[str, dict[str, Any]]
"""Class name and settings of a carrier or link in JSON."""
MAX_DEPTH = 100
"""Maximum depth of Composed links in a saved channel."""
REMEDY = "Use channel_to_json to save it."


class SavedLinks(TypedDict):
    """The settings of a Composed link in JSON."""

    links: list[Any]


class SavedChannel(TypedDict):
    """A channel in JSON."""

    carrier: SavedPart
    link: SavedPart
    credit: str
    cut: list[tuple[Count, Count]]


def register_carrier(kind: Kind) -> Kind:
    """Register a carrier class, so that channels can be saved and loaded with it. Also a class decorator.

    Raises:
        ValueError: If ``kind`` is not a concrete frozen dataclass that derives from ``Carrier``, or if its
            name belongs to another class.
    """
    _register("carrier", kind, Carrier, CARRIERS)
    return kind


def register_link(kind: Kind) -> Kind:
    """Register a link class, so that channels can be saved and loaded with it. Also a class decorator.

    Raises:
        ValueError: If ``kind`` is not a concrete frozen dataclass that derives from ``Link``, or if its
            name belongs to another class.
    """
    _register("link", kind, Link, LINKS)
    return kind


OWN = frozenset((*CARRIERS, *LINKS))
"""The names of interlect's own carriers and links."""


def third_party(kinds: Mapping[str, type]) -> tuple[str, ...]:
    """The names of the carriers or links that other packages registered."""
    return tuple(name for name in kinds if name not in OWN)


def channel_to_json(channel: Channel) -> dict[str, Any]:
    """The channel's parts by name, with their settings.

    Raises:
        ValueError: If the class of its carrier, or of a link, is not registered.
    """
    return {
        "carrier": [_name("carrier", channel.carrier, CARRIERS), asdict(channel.carrier)],  # type: ignore[call-overload]
        "link": _link_to_json(channel.link),
        "credit": channel.credit,
        "cut": [list(pair) for pair in channel.cut],
    }


def channel_from_json(parts: dict[str, Any]) -> Channel:
    """Rebuild a channel from the output of ``channel_to_json``.

    Raises:
        ValueError: If a name is not registered, or the parts are not those of a channel.
    """
    check_json(parts, SavedChannel, "A saved channel", REMEDY)
    cut = tuple((speaker, listener) for speaker, listener in parts["cut"])
    carrier = _build("carrier", CARRIERS, *parts["carrier"])
    return Channel(carrier, _link_from_json(parts["link"]), parts["credit"], cut)


def _link_to_json(link: Link) -> list[Any]:
    if isinstance(link, Composed):
        return ["Composed", {"links": [_link_to_json(part) for part in link.links]}]
    return [_name("link", link, LINKS), asdict(link)]  # type: ignore[call-overload]


def _link_from_json(part: Any, depth: int = 0) -> Link:
    check_json(part, SavedPart, "A saved link", REMEDY)
    name, settings = part
    if name == "Composed" and depth < MAX_DEPTH:
        check_json(settings, SavedLinks, "A saved Composed link", REMEDY)
        return Composed(tuple(_link_from_json(inner, depth + 1) for inner in settings["links"]))
    return _build("link", LINKS, name, settings)


def _build(what: str, table: Mapping[str, Callable[..., T]], name: str, settings: dict[str, Any]) -> T:
    """The carrier or link of this name with these settings."""
    if name not in table:
        raise unknown(what, name, table)
    try:
        return table[name](**settings)
    except InvalidArgument:
        raise
    except Exception as error:  # unknown or missing settings, or a check of a third-party class
        raise invalid(f"The settings of a saved {what} must be those of {name}", settings, REMEDY) from error


def _register(what: str, kind: Any, base: type, table: dict[str, Any]) -> None:
    fits = isinstance(kind, type) and issubclass(kind, base) and not isabstract(kind)
    own = fits and is_dataclass(kind) and "__dataclass_params__" in vars(kind)
    if not own or not kind.__dataclass_params__.frozen:
        remedy = f"Use @dataclass(frozen=True) on a subclass of {base.__name__} that implements all its methods."
        rule = f"A registered {what} must be a concrete frozen dataclass that derives from {base.__name__}"
        raise invalid(rule, kind, remedy)
    if table.setdefault(kind.__name__, kind) is not kind:
        remedy = f"Choose another name: {kind.__name__} exists already."
        raise invalid(f"The name of a registered {what} must be unique", kind, remedy)


def _name(what: str, part: Carrier | Link, table: Mapping[str, type]) -> str:
    name = type(part).__name__
    if table.get(name) is not type(part):
        raise invalid(f"The {what} of a saved channel must be registered", part, f"Use register_{what}({name}).")
    return name
