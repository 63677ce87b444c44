"""Rollouts of every game under seeded random actions and every channel, scripted players, reference returns, draws."""

import json
from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from interlect.envs import GAMES, game, make_core, play
from interlect.protocols import (
    DRU,
    Channel,
    Composed,
    Continuous,
    Delay,
    Draws,
    Erasure,
    Flip,
    Gaussian,
    Gumbel,
    Perfect,
    Quantized,
    Sampled,
    Symbols,
)
from interlect.training.recipes.table import make_learner, recipes

CARRIERS = {
    "bit": DRU(),
    "bits": DRU(3),
    "symbols": Symbols(5, 2),
    "symbols_that_end": Symbols(3, 3, end=True),
    "sampled": Sampled(3),
    "gumbel": Gumbel(3),
    "quantized": Quantized(4),
    "continuous": Continuous(3),
}
LINKS = {
    "perfect": Perfect(),
    "flip": Flip(0.4),
    "erasure": Erasure(0.4),
    "gaussian": Gaussian(0.5),
    "delay": Delay(2),
    "composed": Composed((Flip(0.3), Delay(1), Erasure(0.2), Gaussian(0.1))),
}
OPTIONS: dict[str, tuple[str, dict[str, Any]]] = {
    **{name: (name, {}) for name in GAMES},
    "relay_spell_public": ("relay_v0", {"chains": "public", "task": "spell"}),
    "relay_held_out": ("relay_v0", {"pictures": "held_out", "agents": 3}),
    "referential_rebuild": ("referential_v0", {"task": "reconstruct", "attributes": 3, "values": 4}),
    "referential_held_out": ("referential_v0", {"split": "held_out"}),
    "switch_riddle_of_five": ("switch_riddle_v0", {"agents": 5}),
}
BARS = ("oracle", "no_communication", "vision", "parity", "color", "1 bit", "2 bits", "coding", "relaying", "counting")
"""Every name of a scripted player in any game."""


def rollout(name: str, options: dict[str, Any], channel: Channel | None, folder: Path, label: str) -> None:
    """Two episodes of the PettingZoo environment, with actions that are drawn."""
    env = import_module(f"interlect.envs.{name}").parallel_env(**options, channel=channel)
    rows: list[Any] = []
    for episode in range(2):
        observations, infos = env.reset(seed=episode)
        spaces = {agent: env.action_space(agent) for agent in env.possible_agents}
        for seat, space in enumerate(spaces.values()):
            space.seed(seat)
        rows.append([_plain(observations), _plain(infos), _plain(env.state())])
        while env.agents:
            masks = [infos[agent].get("action_mask") for agent in env.agents]
            actions = {a: _sample(spaces[a], mask) for a, mask in zip(env.agents, masks, strict=True)}
            observations, rewards, ends, cuts, infos = env.step(actions)
            told = (actions, observations, rewards, ends, cuts, infos, env.state())
            rows.append([_plain(each) for each in told])
    (folder / f"{label}.json").write_text(json.dumps(rows))


def _sample(space: Any, mask: Any) -> Any:
    try:
        return space.sample(mask) if mask is not None else space.sample()
    except (AssertionError, TypeError, ValueError):
        return space.sample()


def rollouts(name: str, options: dict[str, Any], folder: Path) -> None:
    """Over no channel, over every carrier, and over every link."""
    channels: dict[str, Channel | None] = {"none": None}
    if GAMES[name].has_messages:
        channels |= {f"{said}-{way}": Channel(CARRIERS[said], LINKS[way]) for said in CARRIERS for way in LINKS}
    for label, channel in channels.items():
        rollout(name, options, channel, folder, label)


def scripted(name: str, options: dict[str, Any], folder: Path) -> None:
    """The reference returns, and the scripted players as they play."""
    options = dict(options)
    agents = options.pop("agents", None)
    said: dict[str, Any] = {}
    arrays: dict[str, Any] = {}
    made = game(name, **options)
    core = make_core(name, agents=agents, lanes=6, seed=3, **options)
    said["reference_returns"] = {
        reference: asdict(each) for reference, each in made.reference_returns(core.agents).items()
    }
    said["count"] = made.episode_count(core.agents)
    for reference in BARS:
        for kind, carrier in {"bits": DRU(4), "symbols": Symbols(16, 3)}.items():
            core = make_core(name, agents=agents, lanes=6, seed=3, **options)
            try:
                player = made.reference_player(reference, core, carrier)
            except ValueError as refused:
                said[f"{reference} {kind}"] = {"refused": True, "why": str(refused)}
                continue
            _keep(arrays, f"{reference} {kind}", play(core, player, Channel(carrier)))
    np.savez(folder / "played.npz", **arrays)
    (folder / "said.json").write_text(json.dumps(said))


def played(name: str, folder: Path) -> None:
    """Teams that never learned, as they play the core and hear each other."""
    arrays: dict[str, Any] = {}
    for label, recipe in recipes().items():
        if recipe.runs_on(name):
            settings = recipe(name, width=8)
            team = make_learner(settings).team()
            core = make_core(name, agents=settings.agents, lanes=5, seed=2, **settings.training_options())
            _keep(arrays, label, play(core, team, team.channel))
    np.savez(folder / "played.npz", **arrays)


def draws(folder: Path) -> None:
    """The numbers that lanes draw, as cores and links use them."""
    arrays = {}
    for name, (key, options) in OPTIONS.items():
        core = make_core(key, lanes=16, seed=7, **options)
        for episode in range(3):
            step = core.reset()
            arrays |= {f"{name} {episode} observation": step.observation, f"{name} {episode} legal": step.legal}
            arrays |= {f"{name} {episode} {fact}": value for fact, value in core.facts().items()}
    channel = Channel(Symbols(5, 2), LINKS["composed"])
    lanes = Draws(9, 4)
    for time in range(4):
        noise = channel.link_noise(lanes, time, 3)
        arrays |= {f"noise {time} {place}": np.asarray(each) for place, each in enumerate(_listed(noise))}
    np.savez(folder / "draws.npz", **arrays)


def _listed(noise: Any) -> list[Any]:
    return list(noise) if isinstance(noise, tuple | list) else [] if noise is None else [noise]


def _keep(arrays: dict[str, Any], label: str, transcript: Any) -> None:
    found = vars(transcript) | {"returns": transcript.returns}
    facts = found.pop("facts")
    arrays |= {f"{label} {name}": value for name, value in (found | facts).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value


CASES: dict[str, Callable[[Path], None]] = {
    **{f"rollouts/{label}": partial(rollouts, *parts) for label, parts in OPTIONS.items()},
    **{f"scripted/{label}": partial(scripted, *parts) for label, parts in OPTIONS.items()},
    **{f"never_learned/{name}": partial(played, name) for name in GAMES},
    "draws": draws,
}
