"""Multi-step digits: two agents tell each other, bit by bit, which digit they see (Foerster et al. 2016).

See ``interlect.envs.multistep_digit.env`` for the page of this environment.
"""

from .multistep_digit.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
