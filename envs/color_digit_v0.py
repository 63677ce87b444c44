"""Color-digit: two agents see a colored digit each, and one bit has to say what is worth most (Foerster et al. 2016).

See ``interlect.envs.color_digit.env`` for the page of this environment.
"""

from .color_digit.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
