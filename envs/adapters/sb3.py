"""The agents of many episodes as a vectorized environment of stable-baselines3, all played by one policy.

``vec_env`` makes it from a registered game, and ``Seats`` from any parallel environments.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces
from jaxtyping import Bool, Float32, Shaped
from pettingzoo import ParallelEnv
from stable_baselines3.common.vec_env import VecEnv

from ...protocols.channels.channel import Channel
from ...protocols.common.checks import check_integer
from ...protocols.common.draws import lane_seed
from ...protocols.common.errors import invalid
from ...protocols.common.limits import MAX_LANES
from ..core.registry import make_core
from .action_masks import Mask
from .batched import BatchedGame

Parallel = ParallelEnv[Any, Any, Any]


def vec_env(
    name: str,
    agents: int | None = None,
    n_envs: int = 256,
    channel: Channel | None = None,
    history: int = 0,
    seed: int | None = None,
    *,
    illegal: str = "replace",
    mask: Mask = "full",
    **options: Any,
) -> "BatchedSeats":
    """Make a registered game as a ``VecEnv`` of stable-baselines3 that plays ``n_envs`` episodes in parallel.

    The agents of all episodes share one policy. Stable-baselines3 counts each agent of each episode as one environment,
    so that ``num_envs`` is ``n_envs`` times the number of agents. Its own algorithms have no memory and ignore action
    masks: set ``history``, and leave ``illegal`` at "replace".

    Args:
        name: Name of the game, also of one that ``register_environment`` has registered.
        agents: Number of agents N; the game's default if None.
        n_envs: Number of episodes that are played in parallel, the lanes of the core.
        channel: The channel between the agents; None for a game without communication.
        history: Number of past steps in an observation. If positive, it also contains identity and time.
        seed: The seed of the first episodes; see ``BatchedSeats``. None draws it from the system's entropy.
        illegal: "replace" plays the first legal action instead of an illegal one; "error" raises.
        mask: What ``action_masks()`` covers: "full" the whole action space, "action" the A actions only; None for no
            masks.
        options: Further options of the game's core.

    Raises:
        ValueError: If an argument is invalid, or the game does not exist or does not have such an option.
    """
    check_integer("n_envs", n_envs, 1, limit=MAX_LANES)
    core = make_core(name, agents, lanes=n_envs, seed=seed, **options)
    return BatchedSeats(BatchedGame(core, channel, history, illegal=illegal, mask=mask), seed)


class BatchedSeats(VecEnv):
    """A ``VecEnv`` with one row per agent of each lane of a batched game; ``vec_env`` makes one.

    Rows are ordered by lane, then by agent in the order of ``possible_agents``. The episodes of lane k are equal to
    those of a ``parallel_env`` with the same options that is seeded with ``lane_seed(seed, k)`` at first. Infos are
    empty, except where an episode has ended. sb3-contrib's ``MaskablePPO`` reads ``action_masks()``.

    Args:
        game: The game.
        seed: The seed of the first episodes. None draws it from the system's entropy. ``seed()``, which
            stable-baselines3 calls with an algorithm's seed, replaces it.
    """

    def __init__(self, game: BatchedGame, seed: int | None = None) -> None:
        self.game, self.render_mode = game, None
        super().__init__(game.core.lanes * game.core.agents, game.observation_space, game.action_space)
        self._choices: Any = ()
        if seed is not None:
            self.seed(seed)

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seed the next reset, and return the seed of each row's lane, with which a ``parallel_env`` plays the same."""
        first = super().seed(seed)[0]
        if first is not None:
            core = self.game.core
            self._seeds = [s for lane in range(core.lanes) for s in [lane_seed(first, lane)] * core.agents]
        return self._seeds

    def reset(self) -> Float32[np.ndarray, "rows D"]:
        """Begin the next episode in all lanes, or the first episodes of the seed, and return the observations."""
        observations = self.game.reset(self._seeds[0])
        self._reset_seeds()
        self._reset_options()
        self.reset_infos = [{} for _ in range(self.num_envs)]
        return _rows(observations)

    def step_async(self, actions: Shaped[np.ndarray, "rows ..."]) -> None:
        core = self.game.core
        shape = np.shape(actions)
        if shape[:1] != (self.num_envs,):
            rule = f"A step needs one action per row, {core.lanes} lanes times {core.agents} agents = {self.num_envs}"
            raise invalid(rule, f"an array of shape {list(shape)}", "Pass one action per row.")
        self._choices = np.asarray(actions).reshape(core.lanes, core.agents, *shape[1:])

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Play one joint step in all lanes, and begin the next episode in lanes that end.

        Their infos contain the last observation of the episode, ``terminal_observation``, and ``TimeLimit.truncated``.
        """
        observations, step = self.game.step(self._choices)
        ended, agents = step.ended, self.game.core.agents
        infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        if ended.any():
            lanes = ended.nonzero()[0]
            last = observations[lanes]
            cut = (step.truncated & ~step.terminated)[lanes].tolist()
            for lane, seen, truncated in zip(lanes.tolist(), last, cut, strict=True):
                for row, vector in enumerate(seen, lane * agents):
                    infos[row] = {"terminal_observation": vector, "TimeLimit.truncated": truncated}
            observations[lanes] = self.game.reset_lanes(ended)
        return _rows(observations), step.reward.reshape(-1), ended.repeat(agents), infos

    def action_masks(self) -> Bool[np.ndarray, "rows entries"]:
        """The legal actions of each row, as sb3-contrib's ``MaskablePPO`` reads them.

        Raises:
            ValueError: If there are no masks.
        """
        return _rows(self.game.action_masks())

    def close(self) -> None:
        """Do nothing: there are no resources to release."""

    def get_images(self) -> list[Any]:
        """No images: render a ``parallel_env`` instead."""
        return []

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of this environment, its ``BatchedGame`` or the core, which all rows share.

        Raises:
            AttributeError: If none of them has it.
        """
        return [getattr(self._owner(attr_name), attr_name) for _ in self._get_indices(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Set an attribute where ``get_attr`` finds it.

        Raises:
            ValueError: If ``indices`` are not None.
            AttributeError: If there is no such attribute.
        """
        if indices is not None:
            raise invalid("All rows share one game, so indices must be None", indices, "Remove them.")
        setattr(self._owner(attr_name), attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        """Call a method once. Each row receives its own part of an array with one entry per row or lane, else all."""
        found = getattr(self._owner(method_name), method_name)(*method_args, **method_kwargs)
        rows = self._get_indices(indices)
        entries = len(found) if isinstance(found, np.ndarray) and found.ndim else 0
        if entries not in (self.num_envs, self.game.core.lanes):
            return [found for _ in rows]
        return [found[row * entries // self.num_envs] for row in rows]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        """False for each row: no lane is wrapped."""
        return [False for _ in self._get_indices(indices)]

    def _owner(self, name: str) -> Any:
        return next((owner for owner in (self, self.game) if hasattr(owner, name)), self.game.core)


class Seats(VecEnv):
    """Parallel environments whose agents share one policy, as a ``VecEnv`` with one row per agent of each environment.

    Rows are ordered by environment, then by agent in the order of ``possible_agents``. Stable-baselines3's own
    algorithms ignore action masks: make games of this package with ``illegal="replace"``, the default. sb3-contrib's
    ``MaskablePPO`` reads ``action_masks()``. A policy without memory needs past steps in the observation: set
    ``history``.

    Args:
        env: A game of this package, or any parallel environment whose agents have equal spaces and begin and end
            together; or several such environments with the same agents and spaces, which play independently.
        seed: The seed of the first episode; environment k is seeded with ``seed`` + k. None draws it from the system's
            entropy. ``seed()``, which stable-baselines3 calls with an algorithm's seed, replaces it.

    Raises:
        ValueError: If agents have different spaces, or environments different agents; and during play, if some agents
            of an environment end before others.
    """

    def __init__(self, env: Parallel | Sequence[Parallel], seed: int | None = None) -> None:
        self.envs = list(env) if isinstance(env, Sequence) else [env]
        if not self.envs:
            raise invalid("Seats needs at least one environment", env, "Pass an environment, or a list of them.")
        self.seats = list(self.envs[0].possible_agents)
        self.render_mode = getattr(self.envs[0], "render_mode", None)
        shared = self._shared_spaces()
        super().__init__(len(self.envs) * len(self.seats), *shared)
        self._infos: list[dict[str, Any]] = [{} for _ in range(self.num_envs)]
        self._chosen: Any = ()
        if seed is not None:
            self.seed(seed)

    def seed(self, seed: int | None = None) -> Sequence[int | None]:
        """Seed the next reset: environment k with ``seed`` + k, for all of its agents."""
        super().seed(seed)
        first = self._seeds[0]
        self._seeds = [None if first is None else first + row // len(self.seats) for row in range(self.num_envs)]
        return self._seeds

    def reset(self) -> Any:
        seen: list[Any] = []
        for place, env in enumerate(self.envs):
            row = place * len(self.seats)
            seen += self._begin(env, row, self._seeds[row], self._options[row])
        self._reset_seeds()
        self._reset_options()
        self.reset_infos = [dict(info) for info in self._infos]
        return self._stack(seen)

    def step_async(self, actions: np.ndarray) -> None:
        self._chosen = actions

    def step_wait(self) -> tuple[Any, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        seen: list[Any] = []
        paid = np.empty(self.num_envs, dtype=np.float32)
        over = np.empty(self.num_envs, dtype=bool)
        infos: list[dict[str, Any]] = []
        for place, env in enumerate(self.envs):
            rows = slice(place * len(self.seats), (place + 1) * len(self.seats))
            actions = dict(zip(self.seats, self._chosen[rows], strict=True))
            observations, rewards, terminated, truncated, news = env.step(actions)
            ended = not env.agents
            if not ended and len(env.agents) < len(self.seats):
                remedy = "Use a library that lets agents leave early, or a wrapper that keeps them to the end."
                raise invalid("Agents of one policy must end together", f"{env.agents} of {self.seats}", remedy)
            paid[rows] = [rewards[agent] for agent in self.seats]
            over[rows] = ended
            self._infos[rows] = [dict(news.get(agent, {})) for agent in self.seats]
            shown = [observations[agent] for agent in self.seats]
            infos += [dict(info) for info in self._infos[rows]]
            if ended:
                for info, agent, observation in zip(infos[rows], self.seats, shown, strict=True):
                    info["terminal_observation"] = observation
                    info["TimeLimit.truncated"] = bool(truncated[agent] and not terminated[agent])
                shown = self._begin(env, rows.start)
                self.reset_infos[rows] = [dict(info) for info in self._infos[rows]]
            seen += shown
        return self._stack(seen), paid, over, infos

    def action_masks(self) -> np.ndarray:
        """The legal actions of each row, ``[rows, entries]``, as sb3-contrib's ``MaskablePPO`` reads them.

        Raises:
            ValueError: If the environments have no ``action_mask`` in their infos.
        """
        masks = [info["action_mask"] for info in self._infos if "action_mask" in info]
        if len(masks) < self.num_envs:
            raise invalid("Action masks must be in the environment's infos", "none", 'Make games with mask="full".')
        return np.stack(masks).astype(bool)

    def close(self) -> None:
        for env in self.envs:
            env.close()  # type: ignore[no-untyped-call]

    def get_images(self) -> list[Any]:
        """One image per environment, which its agents share."""
        return [env.render() for env in self.envs]

    def render(self, mode: str | None = None) -> np.ndarray | None:
        """Images of all environments, tiled, if they render images; else each of them renders once."""
        if self.render_mode == "rgb_array":
            return super().render(mode)
        for env in self.envs:
            env.render()
        return None

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """The attribute of each row's environment, or this adapter's ``action_masks``.

        Raises:
            AttributeError: If an environment lacks it.
        """
        if attr_name == "action_masks":
            return [self.action_masks for _ in self._get_indices(indices)]
        return [getattr(env, attr_name) for env in self._environments(indices)]

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        for env in self._environments(indices):
            setattr(env, attr_name, value)

    def env_method(self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any) -> list[Any]:
        if method_name == "action_masks":
            masks = self.action_masks()
            return [masks[row] for row in self._get_indices(indices)]
        return [getattr(env, method_name)(*method_args, **method_kwargs) for env in self._environments(indices)]

    def env_is_wrapped(self, wrapper_class: Any, indices: Any = None) -> list[bool]:
        return [_is_wrapped(env, wrapper_class) for env in self._environments(indices)]

    def _shared_spaces(self) -> tuple[spaces.Space[Any], spaces.Space[Any]]:
        first = self.seats[0]
        shared = self.envs[0].observation_space(first), self.envs[0].action_space(first)
        for env in self.envs:
            if list(env.possible_agents) != self.seats:
                rule = "The environments of one policy must have the same agents"
                raise invalid(rule, [self.seats, list(env.possible_agents)], "Create them with the same function.")
            for agent in self.seats:
                own = env.observation_space(agent), env.action_space(agent)
                if own != shared:
                    remedy = "Use a library with one policy per agent, or pad the spaces with a wrapper."
                    rule = f"Agents of one policy must have equal spaces, and those of {agent} and {first} differ"
                    raise invalid(rule, own, remedy)
        return shared

    def _begin(self, env: Parallel, row: int, seed: int | None = None, options: Any = None) -> list[Any]:
        """Begin an episode; store the infos of its rows, and return their observations."""
        observations, infos = env.reset(seed=seed, options=options or None)
        self._infos[row : row + len(self.seats)] = [dict(infos.get(agent, {})) for agent in self.seats]
        return [observations[agent] for agent in self.seats]

    def _environments(self, indices: Any) -> Iterator[Parallel]:
        """The environment of each row."""
        return (self.envs[row // len(self.seats)] for row in self._get_indices(indices))

    def _stack(self, seen: list[Any]) -> Any:
        if isinstance(self.observation_space, spaces.Dict):
            return {key: np.stack([observation[key] for observation in seen]) for key in self.observation_space}
        return np.stack(seen)


def _is_wrapped(env: Any, wrapper_class: type) -> bool:
    while env is not None:
        if isinstance(env, wrapper_class):
            return True
        env = getattr(env, "__dict__", {}).get("env")
    return False


def _rows(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1, *array.shape[2:])
