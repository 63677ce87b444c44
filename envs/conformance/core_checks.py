"""Checks of a batched core, one function per rule. The name of the function is the name of the rule."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields
from typing import Any, Protocol, runtime_checkable

import numpy as np
from gymnasium import spaces
from jaxtyping import Float32, Integer

from ..adapters import GameEnv
from ..core.core import Core, Step
from .rules import RequirementError, check_maker, require, run, same

LANES = 6
"""The number of lanes that a check plays."""


@runtime_checkable
class MakeCore(Protocol):
    """Returns a new core of one game."""

    def __call__(self, lanes: int, seed: int) -> Core:
        """Build the core."""
        ...


def check_core(make_core: MakeCore) -> None:
    """Run every check on a core.

    Args:
        make_core: A function that returns a new core with the given lanes and seed. It is called many times.

    Raises:
        ConformanceError: If a rule is violated. The message names the first such rule.
        ValueError: If ``make_core`` is not callable, or does not accept ``lanes`` and ``seed``.
    """
    check_maker(make_core, "Pass a function: lambda lanes, seed: MyCore(lanes=lanes, seed=seed).", lanes=LANES, seed=0)
    for rule in CORE_CHECKS.values():
        run(rule, make_core)


def steps_have_shapes(make_core: MakeCore) -> None:
    """A step has the shapes and dtypes of Step, observations lie in their space, and the state in [0, 1]."""
    core = make_core(lanes=LANES, seed=0)
    agents, actions = core.agents, core.actions
    shapes: dict[str, tuple[Any, tuple[int, ...]]] = {
        "reward": (np.float32, (LANES, agents)),
        "terminated": (np.bool_, (LANES,)),
        "truncated": (np.bool_, (LANES,)),
        "legal": (np.bool_, (LANES, agents, actions)),
        "hears": (np.bool_, (LANES, agents, agents)),
    }
    for step in _steps(core):
        for name, expected in shapes.items():
            array = getattr(step, name)
            require((array.dtype.type, array.shape) == expected, f"{name} is {array.dtype}{list(array.shape)}.")
        _require_observations(step.observation, core)
        state = core.state()
        require(state.dtype == np.float32 and state.shape[0] == LANES, f"The state is {state.dtype}.")
        require(state.min() >= 0 and state.max() <= 1, "A number of the state is outside [0, 1].")


def facts_are_integers(make_core: MakeCore) -> None:
    """facts() returns integers [B] under the same names at every step; later steps and resets do not change them."""
    core = make_core(lanes=LANES, seed=0)
    kept: list[dict[str, Any]] = []
    copies: list[dict[str, Any]] = []
    for _ in _steps(core):
        facts: Any = core.facts()
        require(isinstance(facts, dict) and all(isinstance(name, str) for name in facts), f"They are {facts!r}.")
        names = list(copies[0] if copies else facts)
        require(facts.keys() == set(names), f"Names were {names} and are {list(facts)}.")
        for name, fact in facts.items():
            require(isinstance(fact, np.ndarray), f"{name!r} is a {type(fact).__name__}, not an array.")
            valid = fact.dtype.kind in "iu" and fact.shape == (LANES,)
            require(valid, f"{name!r} is {fact.dtype}{list(fact.shape)}, not integers [{LANES}].")
        kept.append(facts)
        copies.append(deepcopy(facts))
    require(all(map(same, kept, copies)), "Earlier facts were changed.")


def a_legal_action_exists(make_core: MakeCore) -> None:
    """Every agent always has a legal action."""
    for step in _steps(make_core(lanes=LANES, seed=0)):
        require(step.legal.any(axis=2).all(), "An agent has no legal action.")


def lanes_are_independent(make_core: MakeCore) -> None:
    """Lane i plays the same episodes whatever the number of lanes, and whatever is played and reset in other lanes."""
    few, many = make_core(lanes=LANES, seed=4), make_core(lanes=2 * LANES, seed=4)
    shared, rest = np.random.default_rng(0), np.random.default_rng(1)
    a, b = few.reset(), many.reset()
    for _ in range(6 * few.horizon):
        _require_same_lanes(a, b, LANES)
        require(same(few.state(), many.state()[:LANES].copy()), "The states differ.")
        action = _random(a, shared)
        a, b = few.step(action), many.step(np.concatenate([action, _random(b, rest)[LANES:]]))
        again = np.concatenate([a.ended, b.ended[LANES:] | (rest.random(LANES) < 0.2)])
        a, b = few.reset(lanes=again[:LANES]), many.reset(lanes=again)


def lanes_draw_independently(make_core: MakeCore) -> None:
    """Lanes have independent random numbers: if episodes depend on the seed, not all lanes play the same episode."""
    games = np.stack([_inactive_states(make_core(lanes=LANES, seed=seed)) for seed in range(8)])
    if (games[:, :, 0] == games[:1, :, 0]).all():
        return
    require((games != games[:, :, :1]).any(), "All lanes play the same episode.")


def resets_leave_other_lanes_unchanged(make_core: MakeCore) -> None:
    """Resetting some lanes begins a new episode in them, and does not change the others."""
    core = make_core(lanes=LANES, seed=5)
    rng = np.random.default_rng(0)
    after = core.reset()
    for _ in range(4 * core.horizon):
        before = core.step(_random(after, rng))
        time, state = core.time.copy(), core.state().copy()
        chosen = rng.random(LANES) < 0.4
        after = core.reset(lanes=chosen)
        require((core.time == np.where(chosen, 0, time)).all(), f"Times were {time} and are {core.time}.")
        require(same(core.state()[~chosen], state[~chosen]), "The state of another lane changed.")
        require(same(after.observation[~chosen], before.observation[~chosen]), "Another lane's observation changed.")
        require(same(after.ended, before.ended & ~chosen), "A lane's end changed.")


def ended_lanes_do_not_change(make_core: MakeCore) -> None:
    """In a lane that has ended, rewards are zero, no agent hears anything, and flags and time do not change."""
    core = make_core(lanes=LANES, seed=6)
    rng = np.random.default_rng(0)
    step = core.reset()
    for _ in range(core.horizon + 2):
        over, time = step, core.time.copy()
        step = core.step(_random(step, rng))
        ended = over.ended
        require(not step.reward[ended].any(), "A reward is not zero.")
        require(not step.hears[ended].any(), "An agent hears something.")
        require(same(step.terminated[ended], over.terminated[ended]), "A termination flag changed.")
        require(same(step.truncated[ended], over.truncated[ended]), "A truncation flag changed.")
        require(same(core.time[ended], time[ended]), "The time changed.")
    require(step.ended.all(), "A lane continues past the horizon.")


def resets_are_silent(make_core: MakeCore) -> None:
    """After a reset, no agent hears anything, rewards are zero, and no lane has ended."""
    step = make_core(lanes=LANES, seed=7).reset()
    require(not step.hears.any(), "An agent hears something.")
    require(not step.reward.any(), "A reward is not zero.")
    require(not step.ended.any(), "A lane has ended.")


def illegal_actions_change_nothing(make_core: MakeCore) -> None:
    """An illegal action raises ValueError and changes nothing."""
    core, twin = make_core(lanes=LANES, seed=8), make_core(lanes=LANES, seed=8)
    step, _ = core.reset(), twin.reset()
    plain = step.legal.argmax(axis=2)
    lane, agent, masked = next(iter(np.argwhere(~step.legal).tolist()), (0, 0, core.actions))
    for wrong in (masked, core.actions, -1):
        action = plain.copy()
        action[lane, agent] = wrong
        try:
            core.step(action)
        except ValueError:
            pass
        else:
            raise RequirementError(f"Action {wrong} of agent {agent} was played.")
        require(same(core.state(), twin.state()), f"Action {wrong} changed the state.")
    require(same(*(_arrays_of(c.step(plain)) for c in (core, twin))), "An illegal action changed the next step.")


def core_seeds_repeat_episodes(make_core: MakeCore) -> None:
    """After a reset with a seed, a core plays the same episodes as a new core after the same reset."""
    old, new = make_core(lanes=LANES, seed=0), make_core(lanes=LANES, seed=1)
    list(_steps(old))
    for seed in (9, None, None):
        a, b = old.reset(seed), new.reset(seed)
        for k in range(old.horizon):
            require(same(_arrays_of(a), _arrays_of(b)), f"Step {k} differs.")
            action = _random(a, np.random.default_rng(k))
            a, b = old.step(action), new.step(action)


def later_steps_change_no_steps(make_core: MakeCore) -> None:
    """Later steps and resets do not change what a step returned."""
    steps, copies = [], []
    for step in _steps(make_core(lanes=LANES, seed=10)):
        steps.append(step)
        copies.append(deepcopy(step))
    for k, (step, copy) in enumerate(zip(steps, copies, strict=True)):
        require(same(_arrays_of(step), _arrays_of(copy)), f"Step {k} was changed.")


def pettingzoo_env_equals_lane_zero(make_core: MakeCore) -> None:
    """A PettingZoo environment of one lane plays the same episodes as lane 0 of a batch."""
    core = make_core(lanes=LANES, seed=11)
    env = GameEnv(make_core(lanes=1, seed=11), illegal="error")
    rng = np.random.default_rng(0)
    for _ in range(4):
        step = core.reset()
        _, infos = env.reset()
        while env.agents:
            agents = env.agents
            masks = np.stack([infos[agent]["action_mask"] for agent in agents]).astype(bool)
            require(same(masks, step.legal[0].copy()), f"Masks are {masks} and {step.legal[0]}.")
            require(same(env.state(), core.state()[0].copy()), "The states differ.")
            action = _random(step, rng)
            step = core.step(action)
            choices = dict(zip(agents, action[0].tolist(), strict=True))
            _, rewards, terminations, truncations, infos = env.step(choices)
            require(list(rewards.values()) == step.reward[0].tolist(), f"Rewards are {rewards}.")
            require(set(terminations.values()) == {bool(step.terminated[0])}, f"Terminations are {terminations}.")
            require(set(truncations.values()) == {bool(step.truncated[0])}, f"Truncations are {truncations}.")


CORE_CHECKS: dict[str, Callable[[MakeCore], None]] = {
    rule.__name__: rule
    for rule in (
        steps_have_shapes,
        facts_are_integers,
        a_legal_action_exists,
        lanes_are_independent,
        lanes_draw_independently,
        resets_leave_other_lanes_unchanged,
        ended_lanes_do_not_change,
        resets_are_silent,
        illegal_actions_change_nothing,
        core_seeds_repeat_episodes,
        later_steps_change_no_steps,
        pettingzoo_env_equals_lane_zero,
    )
}


def _steps(core: Core) -> Iterator[Step]:
    """The steps of random play. Lanes are reset when they end."""
    rng = np.random.default_rng(0)
    step = core.reset()
    for _ in range(4 * core.horizon):
        yield step
        step = core.step(_random(step, rng))
        yield step
        step = core.reset(lanes=step.ended)


def _require_observations(observation: np.ndarray, core: Core) -> None:
    space, shape = core.observation_space, (core.lanes, core.agents)
    found = f"observation is {observation.dtype}{list(observation.shape)}."
    if isinstance(space, spaces.Discrete):
        valid = observation.dtype.kind in "iu" and observation.shape == shape
        require(valid, f"{found} The space is {space}, so it must be integers {list(shape)}.")
    require(observation.shape[:2] == shape, found)
    for row in observation.reshape(-1, *observation.shape[2:]):
        inside = int(row) if isinstance(space, spaces.Discrete) else row
        require(space.contains(inside), f"{row} is outside {space}.")


def _inactive_states(core: Core) -> Float32[np.ndarray, "T B S"]:
    """The states of an episode in which all agents take their first legal action."""
    step, states = core.reset(), [core.state()]
    for _ in range(core.horizon):
        step = core.step(step.legal.argmax(axis=2))
        states.append(core.state())
    return np.stack(states)


def _random(step: Step, rng: np.random.Generator) -> Integer[np.ndarray, "B N"]:
    """A random legal action per agent, which in each lane depends on ``rng`` and the legal actions only."""
    action: np.ndarray = (rng.random(step.legal.shape) * step.legal).argmax(axis=2)
    return action


def _arrays_of(step: Step) -> list[np.ndarray]:
    return [getattr(step, field.name) for field in fields(step)]


def _require_same_lanes(few: Step, many: Step, lanes: int) -> None:
    for field in fields(few):
        a, b = getattr(few, field.name), getattr(many, field.name)[:lanes]
        require(same(a, b), f"{field.name} differs.")
