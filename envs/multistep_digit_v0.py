"""Multi-step digits: two agents send each other, bit by bit, the digit they see (Foerster et al. 2016).

See ``interlect.envs.multistep_digit.env`` for the documentation of these environments.
"""

from .multistep_digit.env import env, parallel_env, raw_env

__all__ = ["env", "parallel_env", "raw_env"]
