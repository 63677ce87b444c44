"""Carriers and links of other authors: once registered they are saved, loaded and listed."""

import json
from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, make_dataclass
from typing import Any

import pytest
from interlect.agents import Agent, Team, load_team, relay_agent, save_team
from interlect.protocols import DRU, Channel, Composed, Delay, Erasure, Link, Perfect, register_carrier, register_link
from interlect.protocols.channels.serialization import CARRIERS, LINKS, channel_from_json, channel_to_json


@pytest.fixture(autouse=True)
def tables() -> Iterator[None]:
    """Removes from the tables what a test registers."""
    kept = dict(CARRIERS), dict(LINKS)
    yield
    for table, before in zip((CARRIERS, LINKS), kept, strict=True):
        for name in table.keys() - before.keys():
            del table[name]


@dataclass(frozen=True)
class Loud(DRU):
    volume: float = 2.0


@dataclass(frozen=True)
class Lossy(Erasure):
    reason: str = "rain"


def test_registered_classes_are_saved_loaded_and_listed(tmp_path: Any) -> None:
    assert register_carrier(Loud) is Loud
    assert register_link(Lossy) is Lossy
    register_carrier(Loud)  # once more changes nothing
    assert CARRIERS["Loud"] is Loud
    assert LINKS["Lossy"] is Lossy
    for link in (Lossy(0.3, "snow"), Composed((Delay(1), Lossy(0.2)))):
        channel = Channel(Loud(2, volume=3.0), link)
        assert channel_from_json(json.loads(json.dumps(channel_to_json(channel)))) == channel
    team = Team([Agent(relay_agent(4, 3, channel.carrier, width=4))], channel)
    save_team(tmp_path / "team", team)
    assert load_team(tmp_path / "team").channel == channel


def test_what_is_not_registered_is_refused_when_it_is_saved(tmp_path: Any) -> None:
    with pytest.raises(
        ValueError, match=r"The carrier of a saved channel must be registered.*Loud.*register_carrier\(Loud\)"
    ):
        channel_to_json(Channel(Loud()))
    for link in (Lossy(), Composed((Perfect(), Composed((Lossy(),))))):
        with pytest.raises(
            ValueError,
            match=r"The link of a saved channel must be registered; received Lossy.*Use register_link\(Lossy\)",
        ):
            channel_to_json(Channel(DRU(), link))
    with pytest.raises(ValueError, match="must be registered"):
        save_team(tmp_path / "team", Team([Agent(relay_agent(4, 3, Loud(), width=4))], Channel(Loud())))
    other = make_dataclass("DRU", [], bases=(DRU,), frozen=True)
    with pytest.raises(ValueError, match="must be registered"):
        channel_to_json(Channel(other()))


class Undecorated(DRU):
    pass


@dataclass(frozen=True)
class Abstract(Link):
    @abstractmethod
    def how(self) -> int: ...


@pytest.mark.parametrize("kind", [Undecorated, Perfect, int])
def test_carriers_are_frozen_dataclasses(kind: Any) -> None:
    with pytest.raises(
        ValueError, match=r"concrete frozen dataclass that derives from Carrier; received .*Use @dataclass"
    ):
        register_carrier(kind)
    assert not {"Undecorated", "Perfect", "int"} & set(CARRIERS)


@pytest.mark.parametrize("kind", [Abstract, Link, DRU])
def test_links_are_concrete(kind: Any) -> None:
    with pytest.raises(
        ValueError, match="A registered link must be a concrete frozen dataclass that derives from Link"
    ):
        register_link(kind)


def test_a_name_belongs_to_one_class() -> None:
    with pytest.raises(ValueError, match=r"must be unique; received .*Choose another name: DRU exists"):
        register_carrier(make_dataclass("DRU", [], bases=(DRU,), frozen=True))
    assert CARRIERS["DRU"] is DRU
