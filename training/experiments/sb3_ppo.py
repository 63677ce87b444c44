"""PPO of stable-baselines3 on the switch riddle, with the deadline as the end of an episode or as a truncation.

All agents share one feed-forward policy that observes the whole episode so far; messages are bits, and part of the
action. A learner bootstraps from the value of the last state of a truncated episode. No agent ever acts in that state,
so its value is never trained, and the critic can predict more than the game pays::

    python -m interlect.training.experiments.sb3_ppo --seeds 0-4
"""

from typing import TYPE_CHECKING

import numpy as np

from ...envs import switch_riddle_v0
from ...protocols import Channel
from .experiment import Rows, experiment

if TYPE_CHECKING:
    from stable_baselines3 import PPO

    from ...envs.adapters.sb3 import Seats

AGENTS = 3
HORIZON = 6
RIDDLES = 4
"""Number of environments, played independently."""
STEPS = 120_000
"""Environment steps per run, counted per agent."""
EPISODES = 2_000
"""Number of sampled episodes of the evaluation."""


def riddles(deadline: str, seed: int | None = None) -> "Seats":
    """Riddles with three prisoners, for one policy.

    Args:
        deadline: "terminates" or "truncates", as in ``switch_riddle_v0``.
        seed: Seed of the first episodes; None if the algorithm seeds them.
    """
    from ...envs.adapters.sb3 import Seats

    make = switch_riddle_v0.parallel_env
    envs = [make(agents=AGENTS, channel=Channel(), history=HORIZON, deadline=deadline) for _ in range(RIDDLES)]
    return Seats(envs, seed)


def train_policy(deadline: str, seed: int) -> "PPO":
    """A policy trained with the defaults of stable-baselines3, except for the batches, the discount and the entropy."""
    from stable_baselines3 import PPO

    env = riddles(deadline)
    model = PPO("MlpPolicy", env, n_steps=256, batch_size=512, gamma=1.0, ent_coef=0.01, seed=seed, device="cpu")
    return model.learn(STEPS)


def evaluate_policy(model: "PPO", seed: int) -> dict[str, float]:
    """The mean return of the most probable actions, and the largest value that the critic predicts on the way."""
    env = riddles("terminates", seed)
    observations = env.reset()
    values: list[float] = []
    returns: list[float] = []
    while len(returns) < EPISODES:
        inputs, _ = model.policy.obs_to_tensor(observations)
        values.append(model.policy.predict_values(inputs).max().item())
        observations, rewards, ended, _ = env.step(model.predict(observations, deterministic=True)[0])
        returns += rewards[ended].reshape(-1, AGENTS).mean(1).tolist()  # only the last step pays
    return {"return": float(np.mean(returns)), "largest value": max(values)}


def run(seed: int) -> Rows:
    """Both treatments of the deadline."""
    return {
        f"deadline {deadline}": evaluate_policy(train_policy(deadline, seed), 1_000_000 + seed)
        for deadline in ("terminates", "truncates")
    }


if __name__ == "__main__":
    experiment("PPO of stable-baselines3 on the switch riddle", "sb3-ppo", run)
