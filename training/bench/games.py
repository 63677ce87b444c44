"""Environment steps per CPU second with random actions, in games of interlect and of other packages."""

from collections.abc import Callable
from typing import Any

import numpy as np

from ...envs.core.core import Core
from ...envs.switch_riddle.rules import SwitchRiddle
from ...protocols.channels.channel import Channel
from ...protocols.channels.exchange import Exchange


def riddle_core_workload(lanes: int, steps: int) -> Callable[[], float]:
    """A workload: the switch riddle's core with three agents and random legal actions; lanes that end are reset."""
    core = SwitchRiddle(agents=3, lanes=lanes, seed=0)
    rng = np.random.default_rng(0)
    step = core.reset()

    def work() -> float:
        nonlocal step
        for actions in rng.integers(0, 2, (steps, lanes, 1), dtype=bool).view(np.int8):
            step = core.step(actions & step.observation)
            ended = step.ended
            if ended.any():
                step = core.reset(lanes=ended)
        return lanes * steps

    return work


def core_workload(core: Core, channel: Channel, steps: int) -> Callable[[], float]:
    """A workload: any core with random legal actions and random messages; lanes are reset when they end."""
    rng = np.random.default_rng(0)
    space = channel.carrier.space
    space.seed(0)
    signals = np.stack([channel.carrier.signal(space.sample()) for _ in range(256)])
    step = core.reset()
    exchange = Exchange(channel, core.draws, core.agents, core.anonymous)

    def work() -> float:
        nonlocal step
        for _ in range(steps):
            action = np.where(step.legal, rng.random(step.legal.shape, dtype=np.float32), -1).argmax(axis=-1)
            sent = signals[rng.integers(256, size=action.shape)]
            step = core.step(action)
            _ = exchange.deliver(sent, step.hears).slots
            if step.ended.any():
                exchange.reset(step.ended)
                step = core.reset(lanes=step.ended)
        return float(core.lanes * steps)

    return work


def jaxmarl_workload(lanes: int, steps: int) -> Callable[[], float]:
    """A workload: JaxMARL's SwitchRiddle with three agents and random actions: jit of a scan of vmap, as in JaxMARL."""
    import jax
    from jaxmarl import make

    env = make("switch_riddle", num_agents=3)
    spaces = [env.action_space(agent) for agent in env.agents]

    def one(carry: Any, key: Any) -> tuple[Any, Any]:
        _, state = carry
        keys = jax.random.split(key, lanes)

        def lane(key: Any, state: Any) -> Any:
            act, step = jax.random.split(key)
            draws = jax.random.split(act, len(spaces))
            actions = {a: s.sample(k) for a, s, k in zip(env.agents, spaces, draws, strict=True)}
            observation, state, reward, _, _ = env.step(step, state, actions)
            return (observation, state), reward[env.agents[0]]

        after: tuple[Any, Any] = jax.vmap(lane)(keys, state)
        return after

    episode = jax.jit(lambda carry, key: jax.lax.scan(one, carry, jax.random.split(key, steps)))

    carry = jax.vmap(env.reset)(jax.random.split(jax.random.PRNGKey(0), lanes))
    key = jax.random.PRNGKey(1)

    def work() -> float:
        nonlocal carry, key
        key, now = jax.random.split(key)
        carry, reward = episode(carry, now)
        reward.block_until_ready()
        return lanes * steps

    return work


def parallel_env_workload(env: Any, steps: int) -> Callable[[], float]:
    """A workload: any PettingZoo parallel environment with precomputed random actions."""
    env.reset(seed=0)
    for i, agent in enumerate(env.possible_agents):
        env.action_space(agent).seed(i)
    sampled = [{a: env.action_space(a).sample() for a in env.possible_agents} for _ in range(256)]

    def work() -> float:
        for i in range(steps):
            env.step(sampled[i % 256])
            if not env.agents:
                env.reset()
        return steps

    return work


def vec_env_workloads(lanes: int, steps: int) -> dict[str, Callable[[], float]]:
    """Workloads: the riddle with history 6 by ``vec_env``, and by ``Seats`` over as many, for fewer steps."""
    from ...envs.adapters.sb3 import Seats, vec_env
    from ...envs.switch_riddle import env as switch_riddle_v0

    batched = vec_env("switch_riddle_v0", 3, lanes, Channel(), history=6, seed=0)
    separate = [switch_riddle_v0.parallel_env(3, Channel(), history=6) for _ in range(lanes)]
    return {"ours": _vec_env_workload(batched, steps), "other": _vec_env_workload(Seats(separate, 0), steps // 50)}


def _vec_env_workload(env: Any, steps: int) -> Callable[[], float]:
    env.reset()
    env.action_space.seed(0)
    sampled = [np.stack([env.action_space.sample() for _ in range(env.num_envs)]) for _ in range(16)]

    def work() -> float:
        for i in range(steps):
            env.step(sampled[i % len(sampled)])
        return float(env.num_envs // 3 * steps)

    return work
