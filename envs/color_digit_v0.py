"""Color-digit: two agents see colored digits, and one bit has to encode the most valuable part (Foerster et al. 2016).

See ``interlect.envs.color_digit.env`` for the documentation of these environments.
"""

from .color_digit.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
